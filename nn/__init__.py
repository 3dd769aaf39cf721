"""Neurons, layers, losses and optimizers, on the values of `autograd`."""

import sys

from autograd.context import internal

from . import init, losses, optim
from .layers import MLP, Layer, Neuron
from .module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron", "init", "losses", "optim"]

internal.update(id(vars(module)) for name, module in sys.modules.items() if name.startswith(f"{__name__}."))
