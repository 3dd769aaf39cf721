"""Saving and loading: models, optimizers and random generators in one file; and models of PyTorch.

**files** `save` and `load`. **formats** the two kinds of files, as names and arrays. **trees** nested data as text and
arrays. **grids** scalars as arrays. **generators** the states of random generators. **bridge** `from_torch` and
`to_torch`. **twins** the layers that both libraries have.
"""

from .bridge import from_torch, to_torch
from .files import load, save

__all__ = ["from_torch", "load", "save", "to_torch"]
