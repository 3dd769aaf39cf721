"""Steps that are divided by the size of each number's own gradients: `Adagrad`, `RMSprop` and `Adadelta`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from .optimizer import Optimizer, Schedule
from .settings import a_flag, a_fraction, directed, not_negative

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


def root(square: Any, eps: float, eps_inside: bool) -> Any:
    """The divisor of a step: ``√s + ε``, or ``√(s + ε)``."""
    return np.sqrt(square + eps) if eps_inside else np.sqrt(square) + eps


# --- Adagrad ----------------------------------------------------------------------------------------------------------


def adagrad(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    steps: Any,
    *,
    lr: float,
    lr_decay: float,
    weight_decay: float,
    initial_accumulator_value: float,  # noqa: ARG001 - the sum begins with it
    eps: float,
    maximize: bool,
    eps_inside: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `Adagrad`."""
    g = directed(w, g, weight_decay, maximize)
    total = memory["square"] + g * g
    rate = lr / (1 + (steps - 1) * lr_decay)
    return w - rate * g / root(total, eps, eps_inside), {"square": total}


class Adagrad(Optimizer):
    """Steps that are divided by the root of the sum of all squared gradients; Duchi, Hazan & Singer 2011.

        s ← s + g²      w ← w - lr / (1 + (t - 1) · lr_decay) · g / (√s + eps)      in step t = 1, 2, …

    The steps of a number that has had large gradients stay small.

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`.
    lr_decay : float
        The decay of the rate with the number of steps, as in the formula.
    weight_decay : float
        ``weight_decay · w`` is added to the gradient.
    initial_accumulator_value : float
        The sum of squares before the first step.
    eps : float
        Keeps the divisor from 0.
    maximize : bool
        True to maximise the objective instead of minimising it.
    eps_inside : bool
        Divide by ``√(s + eps)`` instead.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import Adagrad
    >>> x = Value(3.0)
    >>> optimizer = Adagrad([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x  # the first step is as long as the rate
    Value(2.5, grad=6.0)
    """

    rule = staticmethod(adagrad)
    by_number = True
    checks: ClassVar = {
        "lr_decay": not_negative,
        "weight_decay": not_negative,
        "initial_accumulator_value": not_negative,
        "eps": not_negative,
        "maximize": a_flag,
        "eps_inside": a_flag,
    }

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        eps_inside: bool = False,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            on_nonfinite=on_nonfinite,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
            maximize=maximize,
            eps_inside=eps_inside,
        )

    @staticmethod
    def starts(settings: dict[str, Any], /) -> dict[str, float]:
        return {"square": settings["initial_accumulator_value"]}


# --- RMSprop ----------------------------------------------------------------------------------------------------------


def rmsprop(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    _: Any,
    *,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
    maximize: bool,
    eps_inside: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `RMSprop`."""
    g = directed(w, g, weight_decay, maximize)
    square = alpha * memory["square"] + (1 - alpha) * (g * g)
    after = {"square": square}
    if centered:
        after["mean"] = mean = alpha * memory["mean"] + (1 - alpha) * g
        square = np.maximum(square - mean * mean, 0.0)  # rounding may leave a variance of less than 0
    step = g / root(square, eps, eps_inside)
    if momentum:
        after["momentum"] = step = momentum * memory["momentum"] + step
    return w - lr * step, after


class RMSprop(Optimizer):
    """Steps that are divided by the root of a running average of squared gradients; Tieleman & Hinton 2012.

        s ← alpha · s + (1 - alpha) · g²        w ← w - lr · g / (√s + eps)

    Some lecture notes call it Adadelta; that name is Zeiler's, see `Adadelta`.

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`.
    alpha : float
        The factor of the running average.
    eps : float
        Keeps the divisor from 0.
    weight_decay : float
        ``weight_decay · w`` is added to the gradient.
    momentum : float
        If not 0, the steps have heavy-ball momentum: ``v ← momentum · v + g / (√s + eps)``, ``w ← w - lr · v``.
    centered : bool
        Divide by the root of the gradient's variance, ``s`` minus the square of the average gradient; Graves 2013.
    maximize : bool
        True to maximise the objective instead of minimising it.
    eps_inside : bool
        Divide by ``√(s + eps)`` instead.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import RMSprop
    >>> x = Value(3.0)
    >>> optimizer = RMSprop([x], lr=0.05)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x  # the first step is lr / √(1 - alpha) long
    Value(2.5, grad=6.0)
    """

    rule = staticmethod(rmsprop)
    by_number = True
    checks: ClassVar = {
        "alpha": a_fraction,
        "eps": not_negative,
        "weight_decay": not_negative,
        "momentum": not_negative,
        "centered": a_flag,
        "maximize": a_flag,
        "eps_inside": a_flag,
    }

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        eps_inside: bool = False,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            on_nonfinite=on_nonfinite,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
            maximize=maximize,
            eps_inside=eps_inside,
        )

    @staticmethod
    def starts(settings: dict[str, Any], /) -> dict[str, float]:
        return {
            "square": 0.0,
            **({"mean": 0.0} if settings["centered"] else {}),
            **({"momentum": 0.0} if settings["momentum"] else {}),
        }


# --- Adadelta ---------------------------------------------------------------------------------------------------------


def adadelta(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    _: Any,
    *,
    lr: float,
    rho: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `Adadelta`."""
    g = directed(w, g, weight_decay, maximize)
    square = rho * memory["square"] + (1 - rho) * (g * g)
    step = np.sqrt(memory["step"] + eps) / np.sqrt(square + eps) * g
    return w - lr * step, {"square": square, "step": rho * memory["step"] + (1 - rho) * (step * step)}


class Adadelta(Optimizer):
    """Steps in the units of the parameter: running averages of squared steps and gradients; Zeiler 2012.

        s ← rho · s + (1 - rho) · g²        d = √(u + eps) / √(s + eps) · g
        w ← w - lr · d                      u ← rho · u + (1 - rho) · d²

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`; the rate is 1 in the publication.
    rho : float
        The factor of the running averages.
    eps : float
        Keeps the divisor from 0, and sets the length of the first steps.
    weight_decay : float
        ``weight_decay · w`` is added to the gradient.
    maximize : bool
        True to maximise the objective instead of minimising it.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import Adadelta
    >>> x = Value(3.0)
    >>> optimizer = Adadelta([x], eps=1e-6)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x  # the first step is √(eps / (1 - rho)) long
    Value(2.9968377..., grad=6.0)
    """

    rule = staticmethod(adadelta)
    by_number = True
    checks: ClassVar = {"rho": a_fraction, "eps": not_negative, "weight_decay": not_negative, "maximize": a_flag}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters, on_nonfinite=on_nonfinite, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay, maximize=maximize
        )

    @staticmethod
    def starts(_: dict[str, Any], /) -> dict[str, float]:
        return {"square": 0.0, "step": 0.0}
