"""Gradient descent, with and without momentum."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import Any, ClassVar

import numpy as np

from autograd.errors import InputTypeError, InputValueError, described

from ..given import found_name
from .optimizer import Optimizer, Schedule
from .settings import Less, a_flag, any_number, directed, not_negative, per_value

__all__ = ["SGD"]

FORMS = ["heavy_ball", "averaging", "velocity"]


def descent(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    steps: Any,
    *,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    maximize: bool,
    form: str,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `SGD`."""
    g = directed(w, g, weight_decay, maximize)
    if not momentum:
        return Less(w, np.multiply(g, lr)), {}
    v = momentum * memory["momentum"]
    if form == "velocity":
        v -= lr * g
        return w + (momentum * v - lr * g if nesterov else v), {"momentum": v}
    if form == "averaging":
        v += (1 - momentum) * g
    else:  # the first gradient is not dampened
        v += g if not dampening else per_value(steps == 1, 1.0, 1 - dampening) * g
    return w - lr * (g + momentum * v if nesterov else v), {"momentum": v}


def a_form(given: Any, what: str) -> str:
    """The name of a form of momentum."""
    if not isinstance(given, str):
        raise InputTypeError(f'{what} takes a name such as "averaging", not {described(given)}')
    return given if given in FORMS else found_name(given, FORMS, "form of momentum")


class SGD(Optimizer):
    """Gradient descent, with momentum if it is asked for.

    ``w ← w - lr · g``, and with momentum, from v = 0:

        heavy_ball   v ← momentum · v + (1 - dampening) · g   w ← w - lr · v   Polyak 1964, PyTorch
        averaging    v ← momentum · v + (1 - momentum) · g    w ← w - lr · v   a running average
        velocity     v ← momentum · v - lr · g                w ← w + v        Sutskever et al. 2013

    The first gradient of the heavy ball is not dampened. The velocity is the heavy ball's times -lr as long as the rate
    stays the same. With ``nesterov``, w is the look-ahead point of Nesterov's method (1983), at which that method takes
    the gradient, and it moves by ``-lr · (g + momentum · v)``.

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`.
    momentum : float
        The factor by which the previous step is continued; 0 for no momentum.
    dampening : float
        The share of the gradient that the heavy ball leaves out.
    weight_decay : float
        ``weight_decay · w`` is added to the gradient: the gradient of an L2 penalty of ½ weight_decay · Σ w².
    nesterov : bool
        Nesterov's momentum; for the forms ``heavy_ball``, without dampening, and ``velocity``.
    maximize : bool
        True to maximise the objective instead of minimising it.
    form : str
        One of the forms of momentum above.

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

    rule = staticmethod(descent)
    by_number = True
    checks: ClassVar = {
        "momentum": not_negative,
        "dampening": any_number,
        "weight_decay": not_negative,
        "nesterov": a_flag,
        "maximize": a_flag,
        "form": a_form,
    }

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.001,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        form: str = "heavy_ball",
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            on_nonfinite=on_nonfinite,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
            maximize=maximize,
            form=form,
        )

    @staticmethod
    def check_together(settings: dict[str, Any]) -> None:
        form = settings["form"]
        if settings["nesterov"] and (not settings["momentum"] or settings["dampening"] or form == "averaging"):
            raise InputValueError(
                "nesterov takes a momentum, no dampening, and the form heavy_ball or velocity, "
                f"not momentum={settings['momentum']}, dampening={settings['dampening']}, form={form!r}"
            )
        if settings["dampening"] and form != "heavy_ball":
            raise InputValueError(f"dampening belongs to the form heavy_ball, not to {form!r}; leave it out")

    @classmethod
    def moved_apart(cls, numbers: Any, gradients: Any, steps: Any, settings: dict[str, Any], /) -> Any:
        """The same as of every optimizer, in calls of C code where the step is ``lr · g``."""
        if cls.rule is not descent or settings["weight_decay"] or settings["maximize"]:
            return super().moved_apart(numbers, gradients, steps, settings)
        less = [*map(np.multiply, gradients, repeat(settings["lr"]))]
        news = map(np.subtract, numbers, less, less)
        return [new if new.dtype is w.dtype else new.astype(w.dtype) for w, new in zip(numbers, news, strict=True)]

    @staticmethod
    def starts(settings: dict[str, Any], /) -> dict[str, float]:
        return {"momentum": 0.0} if settings["momentum"] else {}
