"""A learning rate that is lowered when the loss stops falling."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Tensor, Value
from autograd.core.numbers import number, whole
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .settings import not_negative

__all__ = ["reduce_on_plateau"]


class reduce_on_plateau:  # noqa: N801 - used like the functions that make the other schedules
    """A schedule that observes the loss, and lowers the rate when the loss has not fallen for some time.

    Parameters
    ----------
    rate : float
        The first rate.
    factor : float
        The factor by which the rate is multiplied.
    patience : int
        The number of losses in a row that may be no better than the best one.
    threshold : float
        The least improvement that counts: a share of the best loss, or an amount.
    threshold_mode : str
        ``"rel"`` for a share, ``"abs"`` for an amount.
    mode : str
        ``"min"`` for a loss, ``"max"`` for what should rise, such as an accuracy.
    cooldown : int
        The number of losses after a reduction that do not count towards ``patience``.
    least : float
        The lowest rate.
    eps : float
        The rate is lowered only by more than this.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import SGD, reduce_on_plateau
    >>> rate = reduce_on_plateau(0.5, factor=0.5, patience=1)
    >>> optimizer = SGD([Value(1.0)], lr=rate)
    >>> for loss in [3.0, 2.0, 2.0, 2.0, 1.0]:
    ...     print(rate.observe(loss), optimizer.rate)
    0.5 0.5
    0.5 0.5
    0.5 0.5
    0.25 0.25
    0.25 0.25
    """

    def __init__(
        self,
        rate: float,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        mode: str = "min",
        cooldown: int = 0,
        least: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        for what, given, names in [("threshold_mode", threshold_mode, ("rel", "abs")), ("mode", mode, ("min", "max"))]:
            if not isinstance(given, str) or given not in names:
                raise InputValueError(f'{what} is "{names[0]}" or "{names[1]}", not {shortened(given)}')
        self.rate = not_negative(rate, "rate")
        self.factor = not_negative(factor, "factor")
        if self.factor >= 1:
            raise InputValueError(f"factor must be less than 1, for a rate that falls, not {shortened(factor)}")
        self.patience, self.cooldown = whole(patience, "patience"), whole(cooldown, "cooldown")
        self.threshold, self.least = not_negative(threshold, "threshold"), not_negative(least, "least")
        self.threshold_mode, self.mode, self.eps = threshold_mode, mode, not_negative(eps, "eps")
        self.best = math.inf if mode == "min" else -math.inf
        self.no_better = self.cooling = 0

    def __call__(self, step: int) -> float:
        """The present rate, whatever the step."""
        whole(step, "step")
        return self.rate

    def observe(self, loss: float | Value | Tensor) -> float:
        """Take the next loss, such as that of an epoch, and return the rate from now on. A nan is never better."""
        loss = _as_float(loss)
        if self._is_better(loss):
            self.best, self.no_better = loss, 0
        else:
            self.no_better += 1
        if self.cooling:
            self.cooling, self.no_better = self.cooling - 1, 0
        if self.no_better > self.patience:
            lower = max(self.rate * self.factor, self.least)
            self.rate = lower if self.rate - lower > self.eps else self.rate
            self.cooling, self.no_better = self.cooldown, 0
        return self.rate

    def _is_better(self, loss: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "abs":
            return sign * loss < sign * self.best - self.threshold
        if math.isinf(self.best):
            return sign * loss < sign * self.best
        return sign * loss < sign * self.best * (1 - sign * self.threshold)

    def state_dict(self) -> dict[str, float]:
        """Return what changes: the rate, the best loss and the two counts."""
        return {"rate": self.rate, "best": self.best, "no_better": self.no_better, "cooling": self.cooling}

    def checked_state(self, state: Any) -> dict[str, Any]:
        """Return all attributes, updated by those of a state.

        Raises
        ------
        InputTypeError, InputValueError
            If it is not one that `state_dict` has returned.
        """
        names = self.state_dict()
        if not isinstance(state, Mapping) or set(state) != set(names):
            raise InputTypeError(f"the state of reduce_on_plateau has {', '.join(names)}, not {described(state)}")
        rate, best = not_negative(state["rate"], "rate"), number(state["best"], "best")
        counts = {name: whole(_as_whole(state[name]), name) for name in ("no_better", "cooling")}
        return {**vars(self), "rate": rate, "best": best, **counts}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Continue from a state.

        Raises
        ------
        InputTypeError, InputValueError
            If it is not one that `state_dict` has returned; then nothing is changed.
        """
        vars(self).update(self.checked_state(state))

    def __repr__(self) -> str:
        return f"reduce_on_plateau(rate={self.rate}, best={self.best})"


def _as_whole(given: Any) -> Any:
    """An integer of a file of arrays."""
    return given[()] if isinstance(given, np.ndarray) and not given.ndim else given


def _as_float(loss: Any) -> float:
    """A loss as a plain number."""
    if isinstance(loss, Tensor) and loss.size == 1:
        return loss.item()
    return loss.data if isinstance(loss, Value) else number(loss, "a loss")
