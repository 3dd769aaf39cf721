"""Optimizers, which move parameters against their gradients.

**optimizer** the step, wholly or not at all.
"""

from .optimizer import SGD

__all__ = ["SGD"]
