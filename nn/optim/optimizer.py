"""Optimizers, which move parameters against their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, TapeError, described, shortened
from autograd.parameters import Places

from ..given import is_sequence
from ..members import NODES, Holder, Parameter

__all__ = ["SGD"]

Schedule: TypeAlias = Callable[[int], float]  # the rate of each step, counted from 0


def descent(grad: Any, rate: float) -> Any:
    """The rule of gradient descent for numbers and arrays: the amount that is subtracted from a parameter."""
    return rate * grad


class SGD:
    """Gradient descent: each step subtracts ``rate * grad`` from every parameter.

    A step happens wholly or not at all: all new numbers are computed first, and then set in one go that no error or
    interrupt can split. Parameters whose gradient is ``None`` stay as they are.

    Parameters
    ----------
    parameters : iterable of Value and Tensor
        The leaves to be trained, such as ``model.parameters()``.
    lr : float or callable
        The learning rate, or a schedule: a function from the number of the step, counted from 0, to its rate. A
        schedule may give 0, for a step that moves nothing.

    Attributes
    ----------
    parameters : tuple of Value and Tensor
        The leaves that are trained.
    steps : int
        The number of steps taken.

    Raises
    ------
    InputTypeError
        If a parameter is neither a value nor a tensor, or the rate not a number.
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

    def __init__(self, parameters: Iterable[Parameter], lr: float | Schedule) -> None:
        self._places = Places(_checked(parameters))
        self.lr = lr
        self.steps = 0
        if not callable(lr):
            _checked_rate(lr, "lr")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self._places.values

    @property
    def rate(self) -> float:
        """The rate of the next step."""
        if callable(self.lr):
            return _checked_rate(self.lr(self.steps), f"the schedule's rate for step {self.steps}", may_be_zero=True)
        return _checked_rate(self.lr, "lr")

    def step(self) -> None:
        """Move every parameter that has a gradient.

        Raises
        ------
        TapeError
            If none has.
        InputValueError
            If the schedule gives a rate that is negative or not finite.
        """
        rate = self.rate
        if rate:
            has_gradients = self._places.update(descent, rate)
        else:  # 0 times an infinite gradient would be nan
            has_gradients = any(parameter.grad is not None for parameter in self.parameters)
        if not has_gradients:
            raise TapeError(
                f"none of the {len(self.parameters)} parameters has a gradient; "
                "call backward() on a loss that depends on them before step()"
            )
        self.steps += 1

    def zero_grad(self) -> None:
        """Set all gradients to ``None``, which they are until a pass reaches the parameters again."""
        self._places.forget_gradients()

    def __repr__(self) -> str:
        rate = getattr(self.lr, "__name__", "a schedule") if callable(self.lr) else repr(self.lr)
        return f"SGD({len(self.parameters):,} parameters, lr={rate}, after {self.steps} steps)"


def _checked_rate(given: float, what: str, may_be_zero: bool = False) -> float:
    rate = number(given, what)
    if not (math.isfinite(rate) and (rate > 0 or (may_be_zero and rate == 0))):
        wanted = "not negative" if may_be_zero else "positive"
        raise InputValueError(f"{what} must be finite and {wanted}, not {shortened(given)}")
    return rate


def _checked(parameters: Iterable[Parameter]) -> list[Parameter]:
    """The parameters as a list in which each is a leaf and occurs once."""
    if isinstance(parameters, (*NODES, Holder)) or not is_sequence(parameters):
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
        if not isinstance(parameter, NODES):
            raise InputTypeError(
                f"parameter {k} is not a Value but {described(parameter)}; an optimizer takes values and tensors, such "
                "as model.parameters()"
            )
        wrong = ""
        if parameter._op is not None:
            wrong = f"computed by {parameter._op.name}; only leaves can be trained"
        elif id(parameter) in places:
            wrong = f"the same as parameter {places[id(parameter)]}; give each once"
        if wrong:
            raise InputValueError(f"parameter {k}, {shortened(parameter)}, is {wrong}")
        places[id(parameter)] = k
    return listed
