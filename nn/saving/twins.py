"""The layers that PyTorch has, too: a row for each, with the names of its arguments and of its arrays there.

The equations and shapes are the same, so a row needs no formulas. It has what PyTorch's layer must be to compute the
same as ours, such as ``dilation=1``, and for each of our arguments the name that it has there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from autograd.functions.convolution import sides_of

from .. import layers
from ..module import Module

__all__ = ["ACTIVATIONS", "TWINS", "Twin"]


class Twin(NamedTuple):
    """A layer that both libraries have.

    Attributes
    ----------
    ours, theirs : type, str
        The class here, and the name of the class there.
    arguments : dict from str to str
        The names of the arguments here, and there.
    values : callable
        The values of these arguments of one of our layers, in the same order.
    arrays : dict from str to str
        The paths of parameters and buffers here, and there.
    fixed : dict from str to object
        The attributes that PyTorch's layer must have.
    always : dict from str to object
        Further arguments of the class there.
    """

    ours: type[Module]
    theirs: str
    arguments: dict[str, str]
    values: Callable[[Any], tuple[Any, ...]]
    arrays: dict[str, str]
    fixed: dict[str, Any]
    always: dict[str, Any]


def _pairs(text: str) -> dict[str, str]:
    """The names in a text, here and there: ``n_in=in_features bias``."""
    return {pair.partition("=")[0]: pair.rpartition("=")[2] for pair in text.split()}


def _twin(
    ours: type[Module],
    theirs: str,
    arguments: str,
    values: Callable[[Any], Iterable[Any]],
    arrays: str = "",
    **fixed: Any,
) -> Twin:
    always = fixed.pop("always", {})
    return Twin(ours, theirs, _pairs(arguments), lambda layer: tuple(values(layer)), _pairs(arrays), fixed, always)


def padding_there(layer: Any) -> Any:
    """The padding of one of our convolutions as PyTorch has it; None if PyTorch has no such padding."""
    sizes = layer.weight.shape[2:]
    if layer.padding == "same":
        return "same" if set(layer.stride) == {1} else None
    padding = [layer.padding] if layer.axes == 1 else layer.padding
    sides = sides_of(padding, sizes, sizes, layer.stride)
    if any(before != after for before, after in sides):
        return None
    return sides[0][0] if layer.axes == 1 else tuple(before for before, _ in sides)


def _convolution(ours: type[Module]) -> Twin:
    def values(m: Any) -> tuple[Any, ...]:
        filters, channels, *sizes = m.weight.shape
        return channels, filters, tuple(sizes), m.stride, padding_there(m), m.bias is not None

    arguments = "in_channels out_channels kernel_size stride padding bias"
    fixed = {"dilation": 1, "groups": 1, "padding_mode": "zeros", "transposed": False}
    return _twin(ours, ours.__name__, arguments, values, "weight bias", **fixed)


def _pool(ours: type[Module], **fixed: Any) -> Twin:
    fixed = {"padding": 0, "dilation": 1, "ceil_mode": False, **fixed}
    return _twin(ours, ours.__name__, "kernel_size stride", lambda m: (m.kernel_size, m.stride), **fixed)


def _batch_norm(ours: type[Module]) -> Twin:
    def values(m: Any) -> tuple[Any, ...]:
        return len(m.running_mean), m.eps, m.momentum, m.weight is not None

    arrays = "weight bias running_mean running_var"
    return _twin(ours, ours.__name__, "num_features eps momentum affine", values, arrays, track_running_stats=True)


def _cell(ours: type[Module], **fixed: Any) -> Twin:
    def values(m: Any) -> tuple[Any, ...]:
        return m.weight_ih.shape[1], m.hidden_size, m.bias_ih is not None

    arrays = "weight_ih weight_hh bias_ih bias_hh"
    return _twin(ours, ours.__name__, "input_size hidden_size bias", values, arrays, **fixed)


def _recurrent(ours: type[Module], **fixed: Any) -> Twin:
    def values(m: Any) -> tuple[Any, ...]:
        return m.cell.weight_ih.shape[1], m.cell.hidden_size, m.cell.bias_ih is not None, m.batch_first

    arrays = " ".join(f"cell.{name}={name}_l0" for name in "weight_ih weight_hh bias_ih bias_hh".split())
    fixed = {"num_layers": 1, "bidirectional": False, "dropout": 0.0, "proj_size": 0, **fixed}
    return _twin(ours, ours.__name__, "input_size hidden_size bias batch_first", values, arrays, **fixed)


_ROWS = [
    _twin(
        layers.Linear,
        "Linear",
        "n_in=in_features n_out=out_features bias",
        lambda m: (m.n_in, m.n_out, m.bias is not None),
        "weight bias",
    ),
    _convolution(layers.Conv1d),
    _convolution(layers.Conv2d),
    _pool(layers.MaxPool1d, return_indices=False),
    _pool(layers.MaxPool2d, return_indices=False),
    _pool(layers.AvgPool1d),
    _pool(layers.AvgPool2d, divisor_override=None),
    _twin(layers.Flatten, "Flatten", "start=start_dim", lambda m: (m.start,), end_dim=-1),
    _batch_norm(layers.BatchNorm1d),
    _batch_norm(layers.BatchNorm2d),
    _twin(
        layers.LayerNorm,
        "LayerNorm",
        "normalized_shape eps bias",
        lambda m: (m.weight.shape, m.eps, m.bias is not None),
        "weight bias",
        elementwise_affine=True,
    ),
    _twin(
        layers.RMSNorm,
        "RMSNorm",
        "normalized_shape eps",
        lambda m: (m.weight.shape, m.eps),
        "weight",
        elementwise_affine=True,
    ),
    _twin(layers.Dropout, "Dropout", "p", lambda m: (m.p,)),
    _twin(
        layers.Embedding,
        "Embedding",
        "num_embeddings embedding_dim",
        lambda m: m.weight.shape,
        "weight",
        padding_idx=None,
        max_norm=None,
    ),
    _cell(layers.RNNCell, nonlinearity="tanh"),
    _cell(layers.GRUCell),
    _cell(layers.LSTMCell),
    _recurrent(layers.RNN, nonlinearity="tanh"),
    _recurrent(layers.GRU),
    _recurrent(layers.LSTM),
    _twin(
        layers.MultiHeadAttention,
        "MultiheadAttention",
        "embed_dim num_heads bias",
        lambda m: (m.in_proj_weight.shape[1], m.num_heads, m.in_proj_bias is not None),
        "in_proj_weight in_proj_bias out_proj_weight=out_proj.weight out_proj_bias=out_proj.bias",
        batch_first=True,
        dropout=0.0,
        _qkv_same_embed_dim=True,
        bias_k=None,
        add_zero_attn=False,
        always={"batch_first": True},
    ),
    _twin(layers.PReLU, "PReLU", "channels=num_parameters", lambda m: (int(np.size(m.slope.data)),), "slope=weight"),
]
TWINS = {row.theirs: row for row in _ROWS}

# The activations of both libraries: the name here, and the class there with what its attributes must be.
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "linear": ("Identity", {}),
    "relu": ("ReLU", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "elu": ("ELU", {"alpha": 1.0}),
    "selu": ("SELU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "softplus": ("Softplus", {"beta": 1.0}),
    "logsigmoid": ("LogSigmoid", {}),
    "softsign": ("Softsign", {}),
    "hardtanh": ("Hardtanh", {"min_val": -1.0, "max_val": 1.0}),
}
