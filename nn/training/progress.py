"""The progress of a training, in a form that suits a terminal, a notebook or a file.

terminal    a bar of tqdm, if it is installed
notebook    a bar of tqdm: the notebook's own where ipywidgets is installed, else one of text
elsewhere   a line for each tenth of the epochs: a pipe or a file shows no bar that moves
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any

__all__ = ["Progress"]

PAUSE = 0.1  # seconds between two updates of a bar
LINES = 10


def _bar(total: int, done: int) -> Any:
    """A bar of tqdm where one can be shown, else None."""
    in_notebook = "ipykernel" in sys.modules
    if not (in_notebook or sys.stderr.isatty()):
        return None
    try:
        from tqdm import tqdm as make
    except ImportError:
        return None
    if in_notebook:
        with suppress(ImportError):  # without ipywidgets the bar of text works in a notebook, too
            import ipywidgets  # noqa: F401
            from tqdm.notebook import tqdm as make
    return make(total=total, initial=done, unit="epoch", mininterval=0)


class Progress:
    """The line that shows the state of a running training, on standard error.

    Parameters
    ----------
    total, done : int
        The number of epochs in all, and those before the first of this training.
    shown : bool
        True if anything is shown.
    """

    def __init__(self, total: int, done: int, shown: bool) -> None:
        self._total, self._shown = total, shown
        self._bar: Any = _bar(total, done) if shown else None
        self._at = done
        self._latest = -PAUSE
        self._tenth = -1

    def show(self, epoch: int, numbers: Mapping[str, float]) -> None:
        """Show the numbers of an epoch, unless others have been shown just before."""
        if not self._shown:
            return
        if self._bar is None:
            tenth = epoch * LINES // self._total
            if tenth != self._tenth:
                self._tenth = tenth
                print(f"epoch {epoch:{len(str(self._total))}} of {self._total}   {_written(numbers, '   ')}",
                      file=sys.stderr, flush=True)  # fmt: skip
        elif epoch == self._total or perf_counter() - self._latest > PAUSE:
            self._move(epoch, numbers)

    def _move(self, epoch: int, numbers: Mapping[str, float]) -> None:
        self._bar.set_postfix_str(_written(numbers, ", "), refresh=False)
        self._bar.update(epoch - self._at)
        self._at, self._latest = epoch, perf_counter()

    def close(self, epoch: int, numbers: Mapping[str, float]) -> None:
        """Show the last epoch of all, if it has not been shown, and leave the bar as it is."""
        if self._bar is not None:
            if epoch != self._at:
                self._move(epoch, numbers)
            self._bar.close()


def _written(numbers: Mapping[str, float], between: str) -> str:
    return between.join(f"{name.replace('_', ' ')} {each:.4g}" for name, each in numbers.items())
