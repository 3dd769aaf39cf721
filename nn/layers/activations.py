"""The activations of layers: by name in any spelling, or any function of one value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import autograd
from autograd import Value
from autograd.core.table import TABLE
from autograd.errors import InputTypeError, described

from ..given import found_name

__all__ = ["Activation", "activation_name", "as_activation", "function_of"]

Activation: TypeAlias = Callable[[Any], Any]

_FUNCTIONS = ["linear", *(name for name, op in TABLE.items() if op.arity == 1 and hasattr(autograd, name))]
_FUNCTIONS += ["elu", "leaky_relu"]
_ALIASES = {"identity": "linear", "none": "linear", "swish": "silu", "logistic": "sigmoid"}


def as_activation(activation: str | Activation | None) -> str | Activation:
    """Return the activation as it is kept: a name in the spelling of `autograd`, or a function."""
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        return found_name(activation, _FUNCTIONS, "activation", _ALIASES)
    if isinstance(activation, type) or not callable(activation):
        raise InputTypeError(
            f'activation takes a name or a function, not {described(activation)}; write activation="relu"'
        )
    return activation


def function_of(activation: str | Activation) -> Activation | None:
    """Return the function of an activation, or None for the identity."""
    if activation == "linear":
        return None
    if isinstance(activation, str):  # the method of a value costs less to call than the function of that name
        return getattr(Value, activation, None) or getattr(autograd, activation)  # type: ignore[no-any-return]
    return activation


def activation_name(activation: str | Activation) -> str:
    """Return the name of an activation, for descriptions."""
    return activation if isinstance(activation, str) else getattr(activation, "__name__", type(activation).__name__)
