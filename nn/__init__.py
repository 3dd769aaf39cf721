"""Neurons, layers, losses and optimizers, on the values of `autograd`."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`nn` needs stepgrad's package `autograd`, but one in {autograd.__path__[0]} is found before it; "
        "HIPS autograd has a package of that name, and the two cannot share an environment"
    )

from autograd.core.context import is_internal

from . import data, init, losses, optim
from .layers import MLP, Flatten, Layer, Linear, ModuleList, Neuron, PReLU, Residual, Sequential
from .module import Module
from .saving import load, save

__all__ = [
    "MLP",
    "Flatten",
    "Layer",
    "Linear",
    "Module",
    "ModuleList",
    "Neuron",
    "PReLU",
    "Residual",
    "Sequential",
    "data",
    "init",
    "load",
    "losses",
    "optim",
    "save",
]

is_internal(__name__)
