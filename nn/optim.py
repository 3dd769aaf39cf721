"""How parameters follow their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from autograd import Value
from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, TapeError
from autograd.parameters import Places

__all__ = ["SGD"]

Schedule: TypeAlias = Callable[[int], float]  # the rate of each step, counted from 0


def descent(grad: Any, rate: float) -> Any:
    """The rule of gradient descent, for a number as for each of an array: what is taken from it."""
    return rate * grad


class SGD:
    """Gradient descent: each step takes ``rate * grad`` from every parameter.

    A step happens wholly or not at all: all new numbers are computed first, and then set in one go that no error or
    interrupt can split. Parameters whose gradient is ``None`` stay as they are.

    Parameters
    ----------
    parameters : iterable of Value
        What is trained, such as ``model.parameters()``.
    lr : float or callable
        The learning rate, or a schedule: a function from the number of the step, counted from 0, to its rate.

    Attributes
    ----------
    parameters : tuple of Value
        What is trained.
    steps : int
        How many steps were taken.

    Raises
    ------
    InputTypeError
        If a parameter is not a value, or the rate not a number.
    InputValueError
        If there are no parameters, one is given twice or is computed, or the rate is not finite and positive.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import SGD
    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=lambda step: 0.25 / (step + 1))
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (x * x).backward()
    ...     optimizer.step()
    ...     print(x)
    Value(1.5, grad=6.0)
    Value(1.125, grad=3.0)
    """

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        self._places = Places(_checked(parameters))
        self.lr = lr
        self.steps = 0
        if not callable(lr):
            _checked_rate(lr, "lr")

    @property
    def parameters(self) -> tuple[Value, ...]:
        return self._places.values

    @property
    def rate(self) -> float:
        """The rate of the next step."""
        if callable(self.lr):
            return _checked_rate(self.lr(self.steps), f"the schedule's rate for step {self.steps}")
        return _checked_rate(self.lr, "lr")

    def step(self) -> None:
        """Move every parameter that has a gradient.

        Raises
        ------
        TapeError
            If none has.
        InputValueError
            If the schedule gives a rate that is not finite and positive.
        """
        if not self._places.update(descent, self.rate):
            raise TapeError(
                f"none of the {len(self.parameters)} parameters has a gradient; "
                "call backward() on a loss that depends on them before step()"
            )
        self.steps += 1

    def zero_grad(self) -> None:
        """Forget the gradients: from here on ``grad`` is ``None``, until a pass reaches the parameters."""
        self._places.forget_gradients()

    def __repr__(self) -> str:
        rate = getattr(self.lr, "__name__", "a schedule") if callable(self.lr) else repr(self.lr)
        return f"SGD({len(self.parameters):,} parameters, lr={rate}, after {self.steps} steps)"


def _checked_rate(given: float, what: str) -> float:
    rate = number(given, what)
    if not (rate > 0 and math.isfinite(rate)):
        raise InputValueError(f"{what} must be finite and positive, not {given!r}")
    return rate


def _checked(parameters: Iterable[Value]) -> list[Value]:
    """The parameters as a list in which each is a leaf and occurs once."""
    if isinstance(parameters, (Value, str)) or not isinstance(parameters, Iterable):
        raise InputTypeError(
            f"an optimizer takes a sequence of parameters, not {type(parameters).__name__}; "
            "give model.parameters(), or [x] for a single value"
        )
    listed = list(parameters)
    if not listed:
        raise InputValueError(
            "an optimizer needs at least one parameter, and the list is empty; does the model have any?"
        )
    places: dict[int, int] = {}  # by identity: values that are equal are not the same parameter
    for k, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise InputTypeError(f"parameter {k} is not a Value but {type(parameter).__name__} {parameter!r:.40}")
        if parameter._op is not None:
            raise InputValueError(
                f"parameter {k}, {parameter!r}, is computed by {parameter._op.name}; only leaves can be trained"
            )
        if id(parameter) in places:
            raise InputValueError(
                f"parameter {k}, {parameter!r}, is the same as parameter {places[id(parameter)]}; give each once"
            )
        places[id(parameter)] = k
    return listed
