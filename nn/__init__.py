"""Neurons, layers, losses and optimizers, on the values of `autograd`."""

from autograd.core.context import is_internal

from . import init, losses, optim
from .layers import MLP, Layer, Neuron
from .module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron", "init", "losses", "optim"]

is_internal(__name__)
