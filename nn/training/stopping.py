"""Early stopping: training ends when the validation loss no longer falls, with the parameters of the best epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import Any

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..data.arrays import count

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Stop when a number has not improved for more than ``patience`` epochs, and go back to the best parameters.

    Parameters
    ----------
    patience : int
        The number of epochs without improvement that are tolerated; with 0 the first one ends training.
    monitor : str, optional
        The column of the history that is watched; by default the loss of validation, and without validation the loss.
    least : float
        The change that an improvement must exceed.
    maximize : bool
        True if the number is to rise, as an accuracy is.
    restore : bool
        True if the model gets the parameters and buffers of the best epoch back when training ends.

    Attributes
    ----------
    best : float or None
        The best number so far.
    epoch : int
        The epoch of the best number.
    waited : int
        The number of epochs since then.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is of the wrong kind, or negative.

    Examples
    --------
    >>> from nn import EarlyStopping
    >>> stopping = EarlyStopping(patience=1)
    >>> losses = [3.0, 2.0, 2.5, 2.2]
    >>> [stopping.observe(epoch, loss) for epoch, loss in enumerate(losses, start=1)]
    [False, False, False, True]
    >>> stopping.best, stopping.epoch
    (2.0, 2)
    """

    def __init__(
        self,
        patience: int = 10,
        monitor: str | None = None,
        least: float = 0.0,
        maximize: bool = False,
        restore: bool = True,
    ) -> None:
        self.patience = count(patience, "patience", least=0)
        if monitor is not None and not isinstance(monitor, str):
            raise InputTypeError(f"monitor takes the name of a column of the history, not {described(monitor)}")
        self.monitor = monitor
        self.least = number(least, "least")
        if not self.least >= 0:
            raise InputValueError(f"least is not negative, unlike {shortened(least)}")
        for name, option in (("maximize", maximize), ("restore", restore)):
            if not isinstance(option, bool):
                raise InputTypeError(f"{name} takes True or False, not {described(option)}")
        self.maximize, self.restore = maximize, restore
        self.forget()

    def forget(self) -> None:
        """Forget all epochs, for a training that starts from its first epoch."""
        self.best: float | None = None
        self.epoch = self.waited = 0
        self.state: Mapping[str, Any] | None = None

    def observe(self, epoch: int, given: float, state: Callable[[], Mapping[str, Any]] | None = None) -> bool:
        """Take the number of an epoch; keep the state of the model if it is the best; return True to stop."""
        if self.best is None:
            better = not isnan(given)
        else:
            better = (given - self.best if self.maximize else self.best - given) > self.least
        if better:
            self.best, self.epoch, self.waited = given, epoch, 0
            self.state = state() if state is not None and self.restore else None
            return False
        self.waited += 1
        return self.waited > self.patience

    def state_dict(self) -> dict[str, Any]:
        """Return the counts and the state of the best epoch, from which `load_state_dict` continues."""
        kept: dict[str, Any] = {"epoch": self.epoch, "waited": self.waited}
        if self.best is not None:
            kept["best"] = self.best
        if self.state is not None:
            kept["state"] = dict(self.state)
        return kept

    def load_state_dict(self, kept: Mapping[str, Any]) -> None:
        """Continue from a `state_dict`.

        Raises
        ------
        InputTypeError, InputValueError
            If ``kept`` is not one.
        """
        if not isinstance(kept, Mapping) or not {"epoch", "waited"} <= kept.keys():
            raise InputValueError(f"{shortened(kept)} is not what EarlyStopping.state_dict() returns")
        epoch, waited = (count(kept[name], name, least=0) for name in ("epoch", "waited"))
        best = number(kept["best"], "best") if "best" in kept else None
        self.epoch, self.waited, self.best, self.state = epoch, waited, best, kept.get("state")

    def __repr__(self) -> str:
        return f"EarlyStopping(patience={self.patience}, best={self.best} in epoch {self.epoch}, waited {self.waited})"
