"""Neurons, layers, losses and optimizers, on the values of `autograd`."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import autograd

if not hasattr(autograd, "Value"):
    raise ImportError(
        f"`nn` needs stepgrad's package `autograd`, but one in {autograd.__path__[0]} is found before it; "
        "HIPS autograd has a package of that name, and the two cannot share an environment"
    )

from autograd.core.context import is_internal

from . import data, init, losses, optim, regularisers
from .hints import hint
from .inspection import diagnose, summary
from .layers import (
    GRU,
    LSTM,
    MLP,
    RNN,
    AvgPool1d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv1d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    GRUCell,
    Layer,
    LayerNorm,
    Linear,
    LSTMCell,
    MaxPool1d,
    MaxPool2d,
    ModuleList,
    MultiHeadAttention,
    Neuron,
    PReLU,
    Residual,
    RMSNorm,
    RNNCell,
    Sequential,
)
from .module import Module
from .saving import from_torch, load, save, to_torch
from .training import (
    CSVLog,
    EarlyStopping,
    History,
    TensorBoardLog,
    accuracy,
    binary,
    confusion_matrix,
    cross_validate,
    ensembles,
    evaluate,
    fit,
    grid_search,
    predict,
    r2,
)

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "CSVLog",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "EarlyStopping",
    "Embedding",
    "Flatten",
    "GRUCell",
    "History",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "MultiHeadAttention",
    "Neuron",
    "PReLU",
    "RMSNorm",
    "RNNCell",
    "Residual",
    "Sequential",
    "TensorBoardLog",
    "accuracy",
    "binary",
    "confusion_matrix",
    "cross_validate",
    "data",
    "diagnose",
    "ensembles",
    "evaluate",
    "fit",
    "from_torch",
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
    "to_torch",
]

is_internal(__name__)

if not TYPE_CHECKING:  # pragma: no branch - a type checker has to refuse such a name, too

    def __getattr__(name: str) -> ModuleType:
        """Load `nn.sklearn`, which needs scikit-learn, where it is used; refuse a name that is not here."""
        if name == "sklearn":
            return import_module("nn.sklearn")
        raise AttributeError(
            f"module 'nn' has no attribute {name!r}{hint(name, __all__)}", name=name, obj=sys.modules[__name__]
        )
