"""Neurons, layers, losses and optimizers, on the values of `autograd`."""

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`nn` needs stepgrad's package `autograd`, but one in {autograd.__path__[0]} is found before it; "
        "HIPS autograd has a package of that name, and the two cannot share an environment"
    )

from autograd.core.context import is_internal

from . import data, init, losses, optim, regularisers
from .inspection import diagnose, summary
from .layers import MLP, Flatten, Layer, Linear, ModuleList, Neuron, PReLU, Residual, Sequential
from .module import Module
from .saving import load, save
from .training import (
    EarlyStopping,
    History,
    accuracy,
    confusion_matrix,
    cross_validate,
    evaluate,
    fit,
    grid_search,
    predict,
    r2,
)

__all__ = [
    "MLP",
    "EarlyStopping",
    "Flatten",
    "History",
    "Layer",
    "Linear",
    "Module",
    "ModuleList",
    "Neuron",
    "PReLU",
    "Residual",
    "Sequential",
    "accuracy",
    "confusion_matrix",
    "cross_validate",
    "data",
    "diagnose",
    "evaluate",
    "fit",
    "grid_search",
    "init",
    "load",
    "losses",
    "optim",
    "predict",
    "r2",
    "regularisers",
    "save",
    "summary",
]

is_internal(__name__)
