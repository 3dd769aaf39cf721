"""The activations of layers: by name in any spelling, as any function, or as a module with parameters of its own.

"relu", "ReLU", "re_lu"     the function of that name in `autograd`, see `ACTIVATIONS`
"prelu"                     a `PReLU` for each layer
autograd.tanh, f            any function of one number, or array
PReLU(), a module           its parameters are found, and trained with the others
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import autograd
from autograd import Tensor, Value, leaky_relu, reshape
from autograd.core.numbers import number
from autograd.core.table import TABLE
from autograd.errors import InputTypeError, InputValueError, described

from ..given import found_name, whole_number
from ..members import parameter
from ..module import Module
from .inputs import beside

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "PReLU",
    "activation_name",
    "array_function_of",
    "as_activation",
    "default_init",
    "elementwise",
    "function_of",
]

Activation: TypeAlias = Callable[[Any], Any]

ACTIVATIONS = [
    "linear",
    *(name for name, op in TABLE.items() if op.arity == 1 and hasattr(autograd, name)),
    *("elu", "leaky_relu", "prelu"),
]
_ALIASES = {"identity": "linear", "none": "linear", "swish": "silu", "logistic": "sigmoid"}
_NAMES = {id(getattr(autograd, name)): name for name in ACTIVATIONS if name not in ("linear", "prelu")}
# The method of a tensor costs less to call than the function of that name.
_METHODS = {name: getattr(Tensor, name) for name in ACTIVATIONS if hasattr(Tensor, name)} | {"linear": Tensor.__pos__}
_HALVING = {"relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "softplus"}


def as_activation(activation: str | Activation | None) -> str | Activation:
    """Return the activation as a layer keeps it: a name in the spelling of `autograd`, a function or a module.

    Raises
    ------
    InputTypeError
        If it is neither text nor callable.
    InputValueError
        If no activation has the name.
    """
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        name = found_name(activation, ACTIVATIONS, "activation", _ALIASES)
        return PReLU() if name == "prelu" else name
    if isinstance(activation, type) or not callable(activation):
        raise InputTypeError(
            f'activation takes a name or a function, not {described(activation)}; write activation="relu"'
        )
    return _NAMES.get(id(activation), activation)


def function_of(activation: str | Activation) -> Activation | None:
    """Return the function that applies an activation to a single value, or None for the identity."""
    if activation == "linear":
        return None
    if isinstance(activation, str):  # the method of a value costs less to call than the function of that name
        return getattr(Value, activation, None) or getattr(autograd, activation)  # type: ignore[no-any-return]
    return activation


def array_function_of(activation: str | Activation) -> Activation | None:
    """Return the function that applies an activation to an array or tensor, or None for the identity."""
    if activation == "linear":
        return None
    return getattr(autograd, activation) if isinstance(activation, str) else activation


def elementwise(activation: str | Activation, x: Any) -> Any:
    """Apply an activation to an array or tensor, or to each item of a list, and return the result."""
    if isinstance(activation, str):
        if type(x) is Tensor and activation in _METHODS:
            return _METHODS[activation](x)
        if type(x) is list:
            return [elementwise(activation, each) for each in x]
    function = array_function_of(activation)
    return x if function is None else function(x)


def activation_name(activation: str | Activation) -> str:
    """Return the name of an activation, for descriptions."""
    return activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)


def default_init(activation: str | Activation) -> str:
    """Return the name of the initialiser that keeps the variance of signals for an activation.

    It is He's for relu and other activations that drop about half of the signal, LeCun's for selu (Klambauer et al.
    2017), and Xavier's for all others; see `nn.init`.
    """
    name = "prelu" if isinstance(activation, PReLU) else activation
    return "he_uniform" if name in _HALVING else "lecun_normal" if name == "selu" else "xavier_uniform"


class PReLU(Module):
    """``x`` for ``x > 0``, else ``slope * x``, with a slope that is trained (He et al. 2015).

    Parameters
    ----------
    channels : int
        The number of slopes: one for everything; or one for each channel. The channels are the last axis of a batch
        ``(N, channels)``, the second axis of ``(N, channels, …)``, or the items of a list.
    slope : float
        The initial slope, 0.25 as in the publication.

    Examples
    --------
    >>> from nn import Layer, PReLU, init
    >>> layer = Layer(2, 2, activation=PReLU(), init=init.constant(0.5))
    >>> y = layer([1.0, -3.0])
    >>> y[0].backward()
    >>> y[0], layer.neurons[0].activation.slope
    (Value(-0.25, grad=1.0), Value(0.25, name='slope', grad=-1.0))
    >>> len(layer.parameters())  # 2 · 2 weights, 2 biases, and the slope of both neurons
    7
    """

    def __init__(self, channels: int = 1, slope: float = 0.25) -> None:
        channels, slope = whole_number(channels, "channels"), number(slope, "slope")
        self.slope = parameter(slope if channels == 1 else [slope] * channels, "slope")

    def forward(self, x: Any) -> Any:
        slope = self.slope
        if type(x) is list:
            slopes = [slope] * len(x) if isinstance(slope, Value) else slope.values()
            self._check(len(x), len(slopes))
            return [leaky_relu(each, own) for each, own in zip(x, slopes, strict=True)]
        if isinstance(slope, Tensor):
            shape = getattr(x, "shape", ())
            axis = min(len(shape) - 1, 1)
            self._check(shape[axis] if shape else 1, slope.size)
            slope = reshape(beside(slope, x), (-1, *(1,) * (len(shape) - 1 - axis)))
        return leaky_relu(x, slope)

    def _check(self, given: int, channels: int) -> None:
        if given != channels:
            raise InputValueError(f"PReLU has slopes for {channels} channels, and there are {given}")
