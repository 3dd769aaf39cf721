"""Layers: neurons and networks on scalars, layers on arrays, and modules that hold others."""

from .activations import PReLU
from .attention import MultiHeadAttention
from .containers import ModuleList, Residual, Sequential
from .convolution import Conv1d, Conv2d
from .dropout import Dropout
from .embedding import Embedding
from .linear import Flatten, Linear
from .neurons import MLP, Layer, Neuron
from .normalisation import BatchNorm1d, BatchNorm2d, LayerNorm, RMSNorm
from .pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from .recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "GRU",
    "LSTM",
    "MLP",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv1d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "LSTMCell",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "ModuleList",
    "MultiHeadAttention",
    "Neuron",
    "PReLU",
    "RMSNorm",
    "RNNCell",
    "Residual",
    "Sequential",
]
