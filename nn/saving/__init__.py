"""Saving and loading: the state of a model, of its optimizer and of random generators, in one file.

**files** `save` and `load`. **formats** the two kinds of files, as names and arrays. **trees** nested data as text and
arrays. **grids** scalars as arrays. **generators** the states of random generators.
"""

from .files import load, save

__all__ = ["load", "save"]
