"""Logs of a training, as callbacks of `fit`: a table in a file, and TensorBoard."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

from autograd.errors import InputTypeError, InputValueError, described

from .fitting import Run

__all__ = ["CSVLog", "TensorBoardLog"]


def _path(given: Any, example: str) -> Path:
    if not isinstance(given, (str, os.PathLike)):
        raise InputTypeError(f"path takes the name of a file or folder, such as {example!r}, not {described(given)}")
    return Path(given)


def _run(given: Any, log: str) -> Run:
    if not isinstance(given, Run):
        raise InputTypeError(
            f"{log} is a callback of fit, which calls it with the run, not with {described(given)}; give it to fit as "
            "callbacks="
        )
    return given


class CSVLog:
    """A callback of `fit` that writes a row of numbers after each epoch, for spreadsheets and pandas.

    The first row has the names: ``epoch``, ``loss``, and what else is measured. Each row is in the file as soon as its
    epoch is over. Training that begins with epoch 1 replaces the file; training that is resumed continues it.

    Parameters
    ----------
    path : str or path
        The name of the file.

    Raises
    ------
    InputTypeError
        If the path is neither text nor a path.
    InputValueError
        When training is resumed, if the file has other columns.
    OSError
        In training, if the file cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import nn
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "log.csv")
    >>> model = nn.Linear(1, 1, init=nn.init.constant(0.0))
    >>> optimizer = nn.optim.SGD(model.parameters(), lr=0.25)
    >>> history = nn.fit(model, nn.losses.mse, ([[1.0]], [[2.0]]), optimizer,
    ...                  epochs=2, callbacks=nn.CSVLog(path), progress=False)
    >>> with open(path) as file:
    ...     print(file.read())
    epoch,loss
    1,4.0
    2,0.0
    <BLANKLINE>
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _path(path, "log.csv")

    def __call__(self, run: Run) -> None:
        """Write the row of the latest epoch."""
        run = _run(run, "CSVLog")
        row = {"epoch": run.epoch, **run.numbers}
        begins = run.epoch == 1 or not self.path.is_file()
        if not begins:
            with self.path.open(encoding="utf-8", newline="") as file:
                columns = next(csv.reader(file), [])
            if columns != list(row):
                raise InputValueError(
                    f"{self.path.name} has the columns {', '.join(columns)}, and this training has {', '.join(row)}; "
                    "give another name"
                )
        with self.path.open("w" if begins else "a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([list(row), list(row.values())] if begins else [list(row.values())])


class TensorBoardLog:
    """A callback of `fit` that writes the numbers of each epoch for TensorBoard.

    The package tensorboardX, or PyTorch with tensorboard, must be installed. ``tensorboard --logdir FOLDER`` shows the
    curves.

    Parameters
    ----------
    path : str or path
        The folder of the run.

    Raises
    ------
    InputTypeError
        If the path is neither text nor a path.
    ImportError
        If neither package is installed.

    Examples
    --------
    ::

        nn.fit(model, loss, data, optimizer, callbacks=nn.TensorBoardLog("runs/first"))
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        folder = str(_path(path, "runs/first"))
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                raise ImportError("TensorBoardLog needs a package that writes for TensorBoard: "
                                  "pip install tensorboardX") from None  # fmt: skip
        self._writer: Any = SummaryWriter(folder)

    def __call__(self, run: Run) -> None:
        """Write the numbers of the latest epoch."""
        for name, value in _run(run, "TensorBoardLog").numbers.items():
            self._writer.add_scalar(name, value, run.epoch)
        self._writer.flush()
