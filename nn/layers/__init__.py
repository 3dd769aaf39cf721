"""Layers: neurons and networks on scalars, layers on arrays, and modules that hold others."""

from .activations import PReLU
from .containers import ModuleList, Residual, Sequential
from .linear import Flatten, Linear
from .neurons import MLP, Layer, Neuron

__all__ = ["MLP", "Flatten", "Layer", "Linear", "ModuleList", "Neuron", "PReLU", "Residual", "Sequential"]
