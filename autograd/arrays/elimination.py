"""Inverses, determinants and decompositions of matrices of values, by elimination.

Each is a program of single values. The pivots are chosen by comparisons of values, so a compiled function notices when
other numbers need another order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import ops
from ..core.table import Primitive
from ..errors import InputValueError
from . import matrices
from .of_values import BY_SLICES, of_element

__all__ = ["SLICEWISE"]

Objects = np.ndarray[Any, Any]


def _magnitude(x: Any) -> Any:
    return of_element(ops.ABS, x)


def _inverse(x: Objects) -> Objects:
    return _solve(x, np.eye(x.shape[-1]))


def _solve(x: Objects, y: Any) -> Objects:
    """The solutions of ``x z = y``, by the elimination of Gauss and Jordan with the largest pivot of each column."""
    side = x.shape[-1]
    rows = np.concatenate([x.astype(object), y.astype(object)], axis=1)
    for k in range(side):
        pivot = k
        for i in range(k + 1, side):
            if _magnitude(rows[i, k]) > _magnitude(rows[pivot, k]):
                pivot = i
        if rows[pivot, k] == 0:
            raise InputValueError(f"solve of shape {x.shape} and shape {y.shape}: {matrices.SINGULAR}")
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k, k + 1 :] = rows[k, k + 1 :] / rows[k, k]
        for i in range(side):
            if i != k:
                rows[i, k + 1 :] = rows[i, k + 1 :] - rows[i, k] * rows[k, k + 1 :]
    return rows[:, side:]


def _determinant(x: Objects) -> Any:
    """The product of the pivots, each the largest of all that is left; of two rows and columns, in closed form.

    So there is no division by 0, and two derivatives are right, of singular matrices as well.
    """
    rows, found = x.astype(object), 1.0
    while len(rows) > 2:
        row, column = 0, 0
        for i, j in np.ndindex(rows.shape):
            if _magnitude(rows[i, j]) > _magnitude(rows[row, column]):
                row, column = i, j
        pivot = rows[row, column]
        if pivot == 0:
            return 0.0
        rows[[0, row]] = rows[[row, 0]]
        rows[:, [0, column]] = rows[:, [column, 0]]
        found = found * (pivot if (row > 0) == (column > 0) else -pivot)
        rows = rows[1:, 1:] - np.outer(rows[1:, 0] / pivot, rows[0, 1:])
    if len(rows) == 2:
        return found * (rows[0, 0] * rows[1, 1] - rows[0, 1] * rows[1, 0])
    return found * rows[0, 0] if len(rows) else found


def _cholesky(x: Objects) -> Objects:
    """The lower triangle whose product with its transpose is the symmetric part of ``x``, row by row."""
    side = len(x)
    found = np.full((side, side), 0.0, dtype=object)
    for i, j in zip(*np.tril_indices(side), strict=True):
        rest = x[i, i] if i == j else (x[i, j] + x[j, i]) / 2
        for k in range(j):
            rest = rest - found[i, k] * found[j, k]
        if i != j:
            found[i, j] = rest / found[j, j]
        elif rest > 0:
            found[i, j] = of_element(ops.SQRT, rest)
        else:
            raise InputValueError(f"cholesky of shape {x.shape}: {matrices.NOT_DEFINITE}")
    return found


def _each(function: Callable[..., Any], axes: int = 2) -> Callable[..., Any]:
    """Apply a function of one matrix to each of several, which are laid out along the axes before the last two."""

    def apply(*given: Any) -> Any:
        outer = np.broadcast_shapes(*(x.shape[:-2] for x in given))
        found = np.empty((*outer, *given[-1].shape[-2:][:axes]), dtype=object)
        spread = [np.broadcast_to(x, (*outer, *x.shape[-2:])) for x in given]
        for index in np.ndindex(*outer):
            found[index] = function(*(x[index] for x in spread))
        return found[()]

    return apply


SLICEWISE: dict[Primitive, Callable[..., Any]] = {  # the operations that values do not share with arrays of numbers
    **BY_SLICES,
    matrices.INV: _each(_inverse),
    matrices.SOLVE: _each(_solve),
    matrices.DET: _each(_determinant, axes=0),
    matrices.CHOLESKY: _each(_cholesky),
}
