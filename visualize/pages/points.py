"""The points of data on which a page trains: a table of numbers for leaves of its program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd import Entry, InputTypeError, InputValueError, Program
from autograd.errors import described

from ..javascript.programs import json_number

__all__ = ["points_of"]

MOST = 1000


def points_of(data: Any, program: Program) -> dict[str, Any] | None:
    """Return points as the script takes them: the leaves, their rows of numbers, and where the boundary is.

    The boundary is that of the prediction, the last entry that does not depend on the third leaf, which is the target.
    It lies in the middle between the least and the largest target.

    Raises
    ------
    InputTypeError, InputValueError
        If they are no columns of numbers for three leaves of the program.
    """
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise InputTypeError(
            f'data takes the columns of three leaves, data={{"x1": [...], "x2": [...], "target": [...]}}, '
            f"not {described(data)}"
        )
    leaves = [program.find_version(which) for which in data]
    for leaf in leaves:
        if leaf.op is not None:
            raise InputValueError(f"{leaf.label} is computed; the columns of data are for leaves of the program")
    if len(leaves) != 3:
        raise InputValueError(f"data has columns for two inputs and the target, and {len(leaves)} are given")
    try:
        columns = [np.asarray(column, dtype=np.float64) for column in data.values()]
    except (TypeError, ValueError, OverflowError):
        raise InputTypeError("each column of data is a list or an array of numbers") from None
    shapes = {column.shape for column in columns}
    if len(shapes) > 1 or columns[0].ndim != 1 or not 0 < columns[0].size <= MOST:
        raise InputValueError(
            f"the columns of data are as long as each other, with 1 to {MOST:,} numbers each; they have the shapes "
            f"{', '.join(str(column.shape) for column in columns)}"
        )
    if not all(np.isfinite(column).all() for column in columns):
        raise InputValueError("the numbers of data are finite; leave out points with nan or inf")
    target = columns[2]
    return {
        "leaves": [leaf.k for leaf in leaves],
        "rows": [[json_number(x) for x in row] for row in zip(*columns, strict=True)],
        "prediction": _prediction(program, leaves[2]),
        "level": float(target.min() + target.max()) / 2,
    }


def _prediction(program: Program, target: Entry) -> int:
    """The position of the last computed entry that does not depend on the target."""
    depends = {target.k}
    for entry in program.computed:
        if any(isinstance(x, Entry) and x.k in depends for x in entry.inputs):
            depends.add(entry.k)
    others = [entry.k for entry in program.computed if entry.k not in depends]
    if not others:
        raise InputValueError(f"nothing is computed without {target.label}, so there is no prediction to draw")
    return others[-1]
