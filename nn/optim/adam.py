"""Adam and its variants: running averages of gradients, divided by those of their squares.

m ← β₁ m + (1 - β₁) g        m̂ = m / (1 - β₁ᵗ)
v ← β₂ v + (1 - β₂) g²       v̂ = v / (1 - β₂ᵗ)        r = m̂ / (√v̂ + eps)        in step t = 1, 2, …

Adam     w ← w - lr · r                                     decay as a part of g
AdamW    w ← w - lr · r - lr · weight_decay · w             decay beside it
LAMB     w ← w - lr · ‖w‖ / ‖u‖ · u,  u = r + weight_decay · w
"""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from .optimizer import Optimizer, Schedule
from .settings import Less, a_flag, directed, not_negative, two_fractions

__all__ = ["LAMB", "Adam", "AdamW"]


def averages(
    g: Any, memory: dict[str, Any], betas: tuple[float, float], amsgrad: bool = False
) -> tuple[dict[str, Any], Any]:
    """The running averages of the gradients and of their squares; with ``amsgrad``, also the largest of the latter.

    The second result is an array that may be overwritten: for many parameters, memory is what takes most of the time.
    """
    mean, square = betas[0] * memory["mean"], betas[1] * memory["square"]
    part = (1 - betas[0]) * g
    mean += part
    np.multiply(g, g, part)
    part *= 1 - betas[1]
    square += part
    after = {"mean": mean, "square": square}
    if amsgrad:
        after["largest"] = np.maximum(memory["largest"], square)
    return after, part


def direction(
    after: dict[str, Any],
    size: Any,
    steps: Any,
    betas: tuple[float, float],
    eps: float,
    eps_inside: bool = False,
    bias_correction: bool = True,
    rate: float = 1.0,
) -> Any:
    """The quotient of the averages, each corrected for its start at 0, times a rate.

    It is computed in the array ``size``. The corrections are applied as factors of the quotient and of eps, which needs
    fewer passes over arrays.
    """
    for_mean, for_square = 1.0, 1.0
    if bias_correction:
        for_mean, for_square = 1 / (1 - betas[0] ** steps), 1 / (1 - betas[1] ** steps)
    square = after.get("largest", after["square"])
    np.sqrt(square + eps / for_square if eps_inside else square, size)
    if not eps_inside:
        size += eps / for_square**0.5
    np.divide(after["mean"], size, size)
    size *= rate * for_mean / for_square**0.5
    return size


def adam(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    steps: Any,
    *,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    amsgrad: bool,
    maximize: bool,
    eps_inside: bool,
    bias_correction: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `Adam`."""
    after, scratch = averages(directed(w, g, weight_decay, maximize), memory, betas, amsgrad)
    return Less(w, direction(after, scratch, steps, betas, eps, eps_inside, bias_correction, lr)), after


def adamw(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    steps: Any,
    *,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    amsgrad: bool,
    maximize: bool,
    eps_inside: bool,
    bias_correction: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `AdamW`."""
    after, scratch = averages(directed(w, g, 0.0, maximize), memory, betas, amsgrad)
    step = direction(after, scratch, steps, betas, eps, eps_inside, bias_correction, lr)
    return np.subtract(w * (1 - lr * weight_decay), step, step), after


class Adam(Optimizer):
    """Steps along the average gradient, divided by the root of the average squared gradient; Kingma & Ba 2015.

    In step t = 1, 2, … of their algorithm 1, from m = v = 0:

        m ← β₁ m + (1 - β₁) g         m̂ = m / (1 - β₁ᵗ)
        v ← β₂ v + (1 - β₂) g²        v̂ = v / (1 - β₂ᵗ)        w ← w - lr · m̂ / (√v̂ + eps)

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`.
    betas : pair of float
        The factors β₁ and β₂ of the running averages.
    eps : float
        Keeps the divisor from 0.
    weight_decay : float
        ``weight_decay · w`` is added to the gradient, and so divided like it; see `AdamW`.
    amsgrad : bool
        Divide by the largest v so far; Reddi, Kale & Kumar 2018.
    maximize : bool
        True to maximise the objective instead of minimising it.
    eps_inside : bool
        Divide by ``√(v̂ + eps)`` instead.
    bias_correction : bool
        True if m and v are corrected for their start at 0; else the first steps are far from lr in length.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import Adam
    >>> x = Value(3.0)
    >>> optimizer = Adam([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x  # the first step is as long as the rate
    Value(2.5000000008, grad=6.0)
    """

    rule = staticmethod(adam)
    by_number = True
    checks: ClassVar = {
        "betas": two_fractions,
        "eps": not_negative,
        "weight_decay": not_negative,
        "amsgrad": a_flag,
        "maximize": a_flag,
        "eps_inside": a_flag,
        "bias_correction": a_flag,
    }

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        eps_inside: bool = False,
        bias_correction: bool = True,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            on_nonfinite=on_nonfinite,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            amsgrad=amsgrad,
            maximize=maximize,
            eps_inside=eps_inside,
            bias_correction=bias_correction,
        )

    @staticmethod
    def starts(settings: dict[str, Any], /) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0, **({"largest": 0.0} if settings["amsgrad"] else {})}


class AdamW(Adam):
    """Adam with weight decay beside the step instead of in the gradient; Loshchilov & Hutter 2019.

    With the quotient r = m̂ / (√v̂ + eps) of `Adam`:

        w ← w - lr · r - lr · weight_decay · w

    So each step also multiplies the parameters by ``1 - lr · weight_decay``, whatever their gradients are. All
    parameters are those of `Adam`; only the default of ``weight_decay`` differs.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import AdamW
    >>> x = Value(3.0)
    >>> optimizer = AdamW([x], lr=0.5, weight_decay=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x  # 3 (1 - 0.05) - 0.5
    Value(2.3500000008, grad=6.0)
    """

    rule = staticmethod(adamw)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        eps_inside: bool = False,
        bias_correction: bool = True,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            eps_inside=eps_inside,
            bias_correction=bias_correction,
            on_nonfinite=on_nonfinite,
        )


# --- LAMB -------------------------------------------------------------------------------------------------------------


def lamb(
    w: Any,
    g: Any,
    memory: dict[str, Any],
    steps: Any,
    *,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> tuple[Any, dict[str, Any]]:
    """The rule of `LAMB`."""
    after, scratch = averages(directed(w, g, 0.0, maximize), memory, betas)
    u = directed(w, direction(after, scratch, steps, betas, eps), weight_decay, False)
    length, step = sqrt(np.vdot(w, w)), sqrt(np.vdot(u, u))
    ratio = length / step if length and step else 1.0
    return w - lr * ratio * u, after


class LAMB(Optimizer):
    """Adam with the step of each layer scaled to the norm of its weights; You et al. 2020, algorithm 2.

    With the quotient r = m̂ / (√v̂ + eps) of `Adam`:

        w ← w - lr · ‖w‖ / ‖u‖ · u,  u = r + weight_decay · w

    The step of a layer is ``lr`` times as long as the vector of its weights. A layer is a tensor, or all values of a
    parameter group together; for a network of values, give a group for each layer::

        LAMB([{"params": layer.parameters()} for layer in model.layers])

    Where the weights or the step are all 0, the ratio of their lengths is taken to be 1.

    Parameters
    ----------
    parameters, lr, on_nonfinite
        As for every `Optimizer`.
    betas, eps
        As for `Adam`.
    weight_decay : float
        ``weight_decay · w`` is added to the quotient of the averages.
    maximize : bool
        True to maximise the objective instead of minimising it.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn.optim import LAMB
    >>> w = Tensor([3.0, 4.0])
    >>> optimizer = LAMB([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data  # a step of length 0.5 with equal parts, since those of Adam are
    array([2.64644..., 3.64644...])
    """

    rule = staticmethod(lamb)
    checks: ClassVar = {"betas": two_fractions, "eps": not_negative, "weight_decay": not_negative, "maximize": a_flag}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        on_nonfinite: str = "raise",
    ) -> None:
        super().__init__(
            parameters,
            on_nonfinite=on_nonfinite,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            maximize=maximize,
        )

    @staticmethod
    def starts(_: dict[str, Any], /) -> dict[str, float]:
        return {"mean": 0.0, "square": 0.0}
