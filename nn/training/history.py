"""``History``: the numbers of each epoch of a training, as columns, a table and a plot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from autograd.errors import InputValueError, shortened
from autograd.watching.axes import curves

__all__ = ["History", "as_text"]

ROWS = 12  # epochs that the table shows of a long training


class History(Mapping[str, "list[float]"]):
    """The numbers of each epoch: the loss, what was measured for validation, and the metrics.

    ``history["loss"]`` is a list with a float for each epoch. ``print(history)`` shows a table; a history is a mapping
    of columns, and ``pandas.DataFrame(dict(history))`` is the same as a DataFrame.

    Attributes
    ----------
    stopped : str
        The reason for which training ended before the last epoch; else empty.
    kept : int
        The number of the epoch whose parameters the model has: the last one, or the best if those were restored.
    way : str
        The way in which losses were computed: ``"compiled"``, ``"sample by sample"`` or ``"in batches"``.
    seconds : float
        The time that training took.

    Examples
    --------
    >>> from nn import MLP, data, fit, losses, optim
    >>> X, y = data.regression_line(20, noise=0.0)
    >>> model = MLP(1, [1])
    >>> optimizer = optim.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, losses.mse, (X, y), optimizer, epochs=50, batch_size=20)
    >>> history["loss"][-1] < 1e-6, len(history["loss"]), history.way
    (True, 50, 'compiled')
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {"epoch": []}
        self.stopped = ""
        self.kept = 0
        self.way = ""
        self.seconds = 0.0

    def add(self, epoch: int, numbers: Mapping[str, float]) -> None:
        """Append the numbers of an epoch."""
        columns = self._columns
        columns["epoch"].append(epoch)
        for name, each in numbers.items():
            if name in columns:
                columns[name].append(each)
            else:
                columns[name] = [each]
        self.kept = epoch

    def __getitem__(self, name: str) -> list[float]:
        if name in self:
            return self._columns[name]
        near = get_close_matches(name, self._columns, n=1) if isinstance(name, str) else []
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self._columns)}"
        raise InputValueError(f"the history has no column {shortened(name)}; {hint}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._columns

    def __len__(self) -> int:
        return len(self._columns)

    def to_dict(self) -> dict[str, list[float]]:
        """Return copies of the columns by name, as a DataFrame takes them."""
        return {name: list(column) for name, column in self.items()}

    def plot(self, *names: str, ax: Any = None) -> Any:
        """Draw columns over the epochs.

        Parameters
        ----------
        names : str
            The columns; by default the losses.
        ax : matplotlib Axes, optional
            Axes to draw on.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        InputTypeError, InputValueError
            If ``ax`` is none, or there is no such column.
        """
        columns = {name: self[name] for name in names or [name for name in self if name.endswith("loss")]}
        return curves(
            ax, "epoch", self["epoch"], [(name.replace("_", " "), column) for name, column in columns.items()]
        )

    def __str__(self) -> str:
        epochs = self["epoch"]
        if not epochs:
            return f"no epochs{self.stopped and f'; {self.stopped}'}"
        last = len(epochs) - 1
        shown = sorted({0, last, *self._position(), *(round(k * last / (ROWS - 1)) for k in range(ROWS))})
        rows = []
        for k in shown:
            numbers = [f"{self[name][k]:.4g}" for name in self if name != "epoch"]
            rows.append([str(epochs[k]), *numbers, *["kept"] * (epochs[k] == self.kept != epochs[-1])])
        return as_text([name.replace("_", " ") for name in self], rows) + (f"\n{self.stopped}" if self.stopped else "")

    def __repr__(self) -> str:
        epochs = len(self["epoch"])
        numbers = [f"{name} {self[name][k]:.4g}" for k in self._position() for name in self if name != "epoch"]
        return f"History({', '.join([f'{epochs} epoch' + 's' * (epochs != 1), *numbers])})"

    def _position(self) -> list[int]:
        """The position of the epoch that is kept, in a list that is empty if it belongs to an earlier training."""
        return [k for k, epoch in enumerate(self["epoch"]) if epoch == self.kept]


def as_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose columns are aligned to the right; cells beyond the last heading end their row."""
    widths = [
        max(len(cell) for cell in column) for column in zip(head, *(row[: len(head)] for row in rows), strict=True)
    ]
    return "\n".join(
        "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths, strict=False)), *row[len(head) :]]).rstrip()
        for row in [head, *rows]
    )
