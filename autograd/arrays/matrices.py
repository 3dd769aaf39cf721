"""Operations on square matrices, or on several laid out along the axes before the last two: one row each.

The differentials that the rules follow from, for a matrix X (M. Giles, "Collected matrix derivative results for forward
and reverse mode algorithmic differentiation", 2008; for the last one I. Murray, "Differentiation of the Cholesky
decomposition", arXiv:1602.07527, 2016):

    Z = X⁻¹         dZ = -Z dX Z
    Z = X⁻¹ Y       dZ = X⁻¹ (dY - dX Z)
    z = det X       dz = Σ C dX, elementwise, with the cofactors C = det(X) X⁻ᵀ
    Z Zᵀ = X        dZ = Z Φ(Z⁻¹ dX Z⁻ᵀ), where Φ takes the lower triangle, with half the diagonal

The decomposition Z Zᵀ reads X as its symmetric part ``(X + Xᵀ)/2``, so its gradient is a symmetric matrix.
With these rows the table of the operations on arrays is complete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputValueError
from .layers import ARRAY_TABLE
from .ops import spread
from .table import row, shape_of

__all__ = ["ARRAY_TABLE", "NOT_DEFINITE", "SINGULAR"]

SINGULAR = "there is a singular matrix, which has no inverse; adding a little to its diagonal may be a way round it"
NOT_DEFINITE = "there is a matrix that is not positive definite; is it symmetric, and are its eigenvalues above 0?"


def _refusing(name: str, refusal: str, function: Callable[..., Any], *matrices: Any) -> Any:
    """Call a function of numpy, with an error of ours for a matrix that has no such result."""
    try:
        return function(*matrices)
    except np.linalg.LinAlgError as error:
        if "square" in str(error) or "dimension" in str(error):
            raise ValueError from error  # which says that the shapes do not fit
        raise InputValueError(f"{name} of {' and '.join(f'shape {x.shape}' for x in matrices)}: {refusal}") from None


def _solve(x: Any, y: Any) -> Any:
    y = y[(None,) * max(0, np.ndim(x) - np.ndim(y))]  # of one axis less, earlier versions of numpy take it for rows
    return _refusing("solve", SINGULAR, np.linalg.solve, x, y)


def _symmetric(m: Any, x: Any) -> Any:
    return (x + m.mT(x)) / 2


def _cholesky_pull(m: Any, _: int, g: Any, x: Any, z: Any) -> Any:
    half = m.half_lower(m.matmul(m.mT(z), g))
    left = m.solve(m.mT(z), half + m.mT(half))
    return m.mT(m.solve(m.mT(z), m.mT(left))) / 2


def _cholesky_push(m: Any, _: int, t: Any, x: Any, z: Any) -> Any:
    return m.matmul(z, m.half_lower(m.solve(z, m.mT(m.solve(z, _symmetric(m, t))))))


def _matrix_axes(x: Any) -> tuple[int, int]:
    return len(shape_of(x)) - 2, len(shape_of(x)) - 1


# fmt: off

INV = row("inv", lambda m, x: _refusing("inv", SINGULAR, np.linalg.inv, x),
          lambda m, k, g, x, z: -m.matmul(m.mT(z), m.matmul(g, m.mT(z))), "inv({})",
          push=lambda m, k, t, x, z: -m.matmul(z, m.matmul(t, z)), slices=_matrix_axes,
          fits="its matrices have to be square")
# Of two matrices.
SOLVE = row("solve", lambda m, x, y: _solve(x, y),
            lambda m, k, g, x, y, z: m.sum_like(-m.matmul(m.solve(m.mT(x), g), m.mT(z)), x) if k == 0 else
                                     m.sum_like(m.solve(m.mT(x), g), y), "solve({}, {})",
            push=lambda m, k, t, x, y, z: -m.solve(x, m.matmul(t, z)) if k == 0 else m.solve(x, t),
            slices=lambda x, y: _matrix_axes(x) if shape_of(x)[:-2] == shape_of(y)[:-2] else None,
            fits="the first has to be square, with as many rows as the second")
DET = row("det", lambda m, x: np.linalg.det(x),
          lambda m, k, g, x, z: spread(m, g, x, _matrix_axes(x)) * m.cofactors(x), "det({})",
          push=lambda m, k, t, x, z: m.sum_over(m.cofactors(x) * t, _matrix_axes(x), False), slices=_matrix_axes,
          fits="its matrices have to be square")
CHOLESKY = row("cholesky", lambda m, x: _refusing("cholesky", NOT_DEFINITE, np.linalg.cholesky, _symmetric(m, x)),
               _cholesky_pull, "cholesky({})", push=_cholesky_push, slices=_matrix_axes,
               fits="its matrices have to be square")
# Φ, the lower triangle with half the diagonal.
HALF_LOWER = row("half_lower", lambda m, x: np.tril(x) * (1 - np.eye(shape_of(x)[-1], dtype=x.dtype) / 2),
                 lambda m, k, g, x, z: m.half_lower(g), "Φ({})")
