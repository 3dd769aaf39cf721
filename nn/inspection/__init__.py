"""Inspection: the layers of a model, what they compute, and whether they learn.

**parts** the modules of a model with their parameters, and the activations in a record. **shapes** `summary`: shapes,
parameters and pre-activations. **learning** `diagnose`: gradients, dead and saturated units, and updates.
"""

from .learning import diagnose
from .shapes import summary

__all__ = ["diagnose", "summary"]
