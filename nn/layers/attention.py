"""Attention: the output at each position of a sequence is a mean over all positions, weighted by similarity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import InputValueError

from ..given import whole_number
from ..init import Initializer, drawn, resolve
from ..members import parameter
from ..module import Module
from .inputs import affine, as_array, beside, flag

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(Module):
    """Scaled dot-product attention in several heads; Vaswani et al. 2017, section 3.2.

    ``softmax(Q Kᵀ / √d) V`` for each head of width d, with ``Q = query W_qᵀ + b_q`` and K and V likewise; the heads are
    concatenated and multiplied by the output matrix.

    Parameters
    ----------
    embed_dim : int
        The number of features of the inputs and the output.
    num_heads : int
        The number of heads, a divisor of ``embed_dim``, since the heads divide the features equally.
    causal : bool
        True if a position attends to itself and to earlier positions only.
    bias : bool
        True if there are biases, which are 0 at first.
    init : str or callable
        The distribution of the initial weights; see `nn.init`. By default Xavier's uniform one.

    Attributes
    ----------
    in_proj_weight : Tensor
        The rows of W_q, W_k and W_v, one after the other, as in PyTorch.
    in_proj_bias : Tensor
        Their biases.
    out_proj_weight : Tensor
        The output matrix.
    out_proj_bias : Tensor
        Its bias.

    Raises
    ------
    InputTypeError, InputValueError
        If a size is not a positive whole number, or ``num_heads`` does not divide ``embed_dim``; in a call, if the
        shapes do not fit.

    Notes
    -----
    A call ``attention(query, key, value)`` takes arrays [sample, position, feature], or [position, feature].
    Without a key, the query is the key; without a value, the key is the value. The output has the shape of the query.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor
    >>> from nn import MultiHeadAttention, init
    >>> attention = MultiHeadAttention(2, 1, causal=True, init=init.constant(0.0))
    >>> attention.in_proj_weight.data = np.concatenate([np.eye(2)] * 3)
    >>> attention.out_proj_weight.data = np.eye(2)
    >>> x = Tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> y = attention(x); y[0].sum().backward()
    >>> y.numpy().round(4), x.grad  # the first position attends to itself alone
    (array([[1.    , 0.    ],
           [0.3302, 0.6698]]), array([[1., 1.],
           [0., 0.]]))
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        causal: bool = False,
        bias: bool = True,
        init: str | Initializer = "xavier_uniform",
    ) -> None:
        width, heads = whole_number(embed_dim, "embed_dim"), whole_number(num_heads, "num_heads")
        if width % heads:
            raise InputValueError(f"embed_dim must be a multiple of num_heads, and {heads} does not divide {width}")
        self.num_heads, self.causal, has_bias = heads, flag(causal, "causal"), flag(bias, "bias")
        draw = resolve(init)
        self.in_proj_weight = parameter(drawn(draw, (3 * width, width)), "in_proj_weight")
        self.in_proj_bias = parameter(np.zeros(3 * width), "in_proj_bias") if has_bias else None
        self.out_proj_weight = parameter(drawn(draw, (width, width)), "out_proj_weight")
        self.out_proj_bias = parameter(np.zeros(width), "out_proj_bias") if has_bias else None

    def forward(self, query: Any, key: Any = None, value: Any = None) -> Tensor:
        q = self._input(query, "query")
        k = q if key is None else self._input(key, "key")
        v = k if value is None else self._input(value, "value")
        if not q.ndim == k.ndim == v.ndim or q.shape[:-2] != k.shape[:-2] or k.shape[:-1] != v.shape[:-1]:
            raise InputValueError(
                "query, key and value have the same samples, and key and value the same positions; their shapes are "
                f"{q.shape}, {k.shape} and {v.shape}"
            )
        if self.causal and q.shape[-2] != k.shape[-2]:
            raise InputValueError(
                f"causal attention has as many positions in the key as in the query, not {k.shape[-2]} and "
                f"{q.shape[-2]}"
            )
        weights = autograd.split(beside(self.in_proj_weight, q), 3)
        biases = [None] * 3 if self.in_proj_bias is None else autograd.split(beside(self.in_proj_bias, q), 3)
        q, k, v = (self._heads(affine(x, w, b)) for x, w, b in zip((q, k, v), weights, biases, strict=True))
        scores = autograd.matmul(q, autograd.swapaxes(k, -1, -2)) * (1 / math.sqrt(q.shape[-1]))
        if self.causal:
            scores = scores + np.triu(np.full(scores.shape[-2:], -math.inf), 1)
        y = autograd.swapaxes(autograd.matmul(autograd.softmax(scores), v), -2, -3)
        y = autograd.reshape(y, (*y.shape[:-2], -1))
        return affine(y, self.out_proj_weight, self.out_proj_bias)  # type: ignore[no-any-return]

    def _input(self, x: Any, what: str) -> Any:
        given, width = as_array(x), self.in_proj_weight.shape[1]
        if given.ndim not in (2, 3) or given.shape[-1] != width or not given.size:
            raise InputValueError(
                f"MultiHeadAttention takes its {what} as an array [sample, position, feature] or [position, feature] "
                f"with {width} features, not of shape {given.shape}"
            )
        return given

    def _heads(self, x: Any) -> Any:
        """The features divided among the heads, with the axis of the heads before that of the positions."""
        return autograd.swapaxes(autograd.reshape(x, (*x.shape[:-1], self.num_heads, -1)), -2, -3)

    def __repr__(self) -> str:
        causal = ", causal" if self.causal else ""
        return self._described(f"{self.in_proj_weight.shape[1]}, {self.num_heads} heads{causal}")
