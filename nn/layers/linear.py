"""`Linear`, a matrix product on arrays, and `Flatten`, which joins axes.

Linear    y = f(x Wᵀ + b)     x (N, n_in)    W (n_out, n_in)    b (n_out,)    y (N, n_out)
Flatten   (N, channels, rows, columns) -> (N, channels · rows · columns)
"""

from __future__ import annotations

import math
from typing import Any

from autograd import Tensor
from autograd.core.context import current_scope
from autograd.core.modes import active
from autograd.errors import InputTypeError, InputValueError, described

from ..given import MOST, whole_number
from ..init import Initializer, drawn, resolve
from ..members import parameter
from ..module import Module
from .activations import Activation, activation_name, as_activation, default_init, elementwise
from .inputs import affine, as_array, other_width

__all__ = ["Flatten", "Linear"]


class Linear(Module):
    """``f(x Wᵀ + b)`` for each row of a batch: a matrix product, a bias, and an activation.

    Parameters
    ----------
    n_in, n_out : int
        The numbers of inputs and outputs of each sample.
    activation : str or callable
        The activation f, as in `Neuron`; none by default.
    init : str or callable, optional
        The distribution of the initial weights; see `nn.init`. By default it depends on the activation: ``he_uniform``
        for relu and similar ones (leaky_relu, prelu, elu, gelu, silu, softplus), ``lecun_normal`` for selu,
        ``xavier_uniform`` for all others. An activation in a layer of its own has no influence. The initial bias is 0.
    bias : bool
        True if there is a bias.

    Attributes
    ----------
    weight : Tensor
        The matrix W, of shape ``(n_out, n_in)``.
    bias : Tensor or None
        The bias b, of shape ``(n_out,)``.

    Raises
    ------
    InputTypeError, InputValueError
        If the sizes are not positive integers, or there is no such activation or initialiser; in a call, if the last
        axis of the input has not n_in elements.

    Notes
    -----
    The input may be a tensor, an array, or nested lists of numbers and values, of shape ``(…, n_in)``; the result is a
    tensor of shape ``(…, n_out)``. Of an array of values, and in a compiled function, it is an array of values.

    Examples
    --------
    >>> from nn import Linear, init
    >>> layer = Linear(2, 3, activation="relu", init=init.constant(0.5))
    >>> y = layer([[1.0, 2.0], [3.0, -4.0]])
    >>> y.numpy()
    array([[1.5, 1.5, 1.5],
           [0. , 0. , 0. ]])
    >>> y.sum().backward()
    >>> layer.weight.grad
    array([[1., 2.],
           [1., 2.],
           [1., 2.]])
    >>> layer
    Linear(2 -> 3 relu, 9 parameters)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "linear",
        init: str | Initializer | None = None,
        bias: bool = True,
    ) -> None:
        shape = whole_number(n_out, "n_out"), whole_number(n_in, "n_in")
        if math.prod(shape) > MOST:
            raise InputValueError(f"{shape[0]:,} × {shape[1]:,} weights are too many; take at most {MOST:,}")
        if not isinstance(bias, bool):
            raise InputTypeError(f"bias takes True or False, not {described(bias)}")
        self.activation = as_activation(activation)
        draw = resolve(default_init(self.activation) if init is None else init)
        self.weight: Tensor = parameter(drawn(draw, shape), "w")
        self.bias: Tensor | None = parameter([0.0] * shape[0], "b") if bias else None

    def forward(self, x: Any) -> Tensor:
        weight = self.weight
        if type(x) is not Tensor or active:  # outside of all modes a tensor is taken as it is
            x = as_array(x)
        width = weight.shape[1]
        if x.shape[-1:] != (width,):
            raise other_width(x, width)
        return elementwise(self.activation, affine(x, weight, self.bias))  # type: ignore[no-any-return]

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return self.weight.shape[1]

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        return self.weight.shape[0]

    def __repr__(self) -> str:
        return self._described(f"{self.n_in} -> {self.n_out} {activation_name(self.activation)}")


class Flatten(Module):
    """Join the axes from ``start`` on into one, so that each sample of a batch becomes a row.

    Parameters
    ----------
    start : int
        The first axis of those that are joined; 1 by default, which keeps the samples of a batch apart.

    Examples
    --------
    >>> import numpy as np
    >>> from autograd import Tensor, matmul
    >>> from nn import Flatten
    >>> x = Tensor(np.ones((5, 3, 2, 2)))
    >>> y = Flatten()(x)
    >>> y.sum().backward()
    >>> y.shape, x.grad.shape
    ((5, 12), (5, 3, 2, 2))
    """

    def __init__(self, start: int = 1) -> None:
        self.start = whole_number(start, "start", least=0)

    def forward(self, x: Any) -> Any:
        x = as_array(x)
        if x.ndim < self.start:
            raise InputValueError(
                f"{current_scope()} joins the axes from axis {self.start} on, and the input has {x.ndim}; give a batch"
            )
        return x.reshape((*x.shape[: self.start], math.prod(x.shape[self.start :])))
