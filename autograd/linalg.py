"""Linear algebra: functions of square matrices, with the names of ``numpy.linalg``.

They take a matrix, or several laid out along the axes before the last two: a tensor gives a tensor, an array an array,
and an array of values values, by elimination. ``numpy.linalg.solve(tensor, …)`` and its kind record the same. The
formulas of the derivatives, with their sources, are in `arrays.matrices`; lengths of vectors are in `autograd.norm`.

A matrix is refused as singular if elimination meets a pivot of exactly 0. A matrix that is singular up to rounding
gives large numbers, as in numpy.

>>> from autograd import Tensor, linalg
>>> a = Tensor([[2.0, 1.0], [1.0, 3.0]])
>>> linalg.det(a).backward()
>>> a.grad  # det(a) times the transposed inverse
array([[ 3., -1.],
       [-1.,  2.]])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arrays import matrices
from .arrays.tensor import evaluate
from .core.protocol import FUNCTIONS
from .errors import InputValueError
from .functions.arraylike import array_like, on_array, plain, shaped

__all__ = ["cholesky", "det", "inv", "solve"]


def _square(given: Any, name: str) -> Any:
    """The argument as an array of square matrices."""
    x = array_like(given, name)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise InputValueError(f"{name} takes a square matrix, or an array of several, not shape {x.shape}")
    return x


@on_array
def solve(a: Any, b: Any) -> Any:
    """The solution of ``a x = b``: of linear equations, for one right-hand side or several.

    With the gradient g by the solution x: ``∂L/∂b = a⁻ᵀ g``, ``∂L/∂a = -a⁻ᵀ g xᵀ``

    Parameters
    ----------
    a : Tensor or array_like
        A square matrix, or several.
    b : Tensor or array_like
        A vector; or a matrix of one column for each right-hand side, or several.

    Raises
    ------
    InputValueError
        If the shapes do not fit, or a matrix is singular.

    Examples
    --------
    >>> a, b = Tensor([[2.0, 0.0], [0.0, 4.0]]), Tensor([2.0, 2.0])
    >>> x = solve(a, b); x.sum().backward()
    >>> x.numpy(), b.grad
    (array([1. , 0.5]), array([0.5 , 0.25]))
    >>> a.grad
    array([[-0.5  , -0.25 ],
           [-0.25 , -0.125]])
    """
    x, y = _square(a, "solve"), array_like(b, "solve")
    if not y.ndim or y.shape[-1 if y.ndim == 1 else -2] != x.shape[-1]:
        raise InputValueError(
            f"solve takes as many numbers on the right as there are equations, {x.shape[-1]} for a of shape {x.shape}, "
            f"not shape {y.shape}"
        )
    if y.ndim > 1:
        return plain(evaluate(matrices.SOLVE, x, y))
    z = shaped(evaluate(matrices.SOLVE, x, plain(shaped(y, "solve").reshape(-1, 1))), "solve")
    return plain(z.reshape(z._data.shape[:-1]))


@on_array
def inv(a: Any) -> Any:
    """The inverse of a matrix. To solve equations with it, `solve` is quicker and more exact.

    With the gradient g by the inverse z: ``∂L/∂a = -zᵀ g zᵀ``

    Raises
    ------
    InputValueError
        If the matrix is not square, or singular.

    Examples
    --------
    >>> a = Tensor([[2.0, 0.0], [0.0, 4.0]]); z = inv(a); z.sum().backward()
    >>> z.numpy(), a.grad
    (array([[0.5 , 0.  ],
           [0.  , 0.25]]), array([[-0.25  , -0.125 ],
           [-0.125 , -0.0625]]))
    """
    return plain(evaluate(matrices.INV, _square(a, "inv")))


@on_array
def det(a: Any) -> Any:
    """The determinant of a matrix.

    ``∂ det(a)/∂a = det(a) a⁻ᵀ``, the cofactors, which a singular matrix has, too.

    Raises
    ------
    InputValueError
        If the matrix is not square.

    Examples
    --------
    >>> a = Tensor([[1.0, 2.0], [2.0, 4.0]]); z = det(a); z.backward()
    >>> z.item(), a.grad
    (0.0, array([[ 4., -2.],
           [-2.,  1.]]))
    """
    return plain(evaluate(matrices.DET, _square(a, "det")))


@on_array
def cholesky(a: Any) -> Any:
    """The lower triangular matrix z with ``z zᵀ = a``, of a symmetric matrix with positive eigenvalues.

    The symmetric part ``(a + aᵀ)/2`` is decomposed, so the gradient is a symmetric matrix: half of it belongs
    to an element below the diagonal and half to the one above, by which a symmetric matrix changes together. With the
    gradient g by z: ``∂L/∂a = z⁻ᵀ (Φ(zᵀ g) + Φ(zᵀ g)ᵀ) z⁻¹ / 2``, where Φ takes the lower triangle with half the
    diagonal (I. Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527, 2016).

    Raises
    ------
    InputValueError
        If the matrix is not square, or not positive definite.

    Examples
    --------
    >>> a = Tensor([[4.0, 2.0], [2.0, 5.0]]); z = cholesky(a); z[1, 0].backward()
    >>> z.numpy(), a.grad  # z[1, 0] = a[1, 0] / sqrt(a[0, 0])
    (array([[2., 0.],
           [1., 2.]]), array([[-0.125,  0.25 ],
           [ 0.25 ,  0.   ]]))
    """
    return plain(evaluate(matrices.CHOLESKY, _square(a, "cholesky")))


FUNCTIONS.update(
    {
        np.linalg.solve: lambda a, b: solve(a, b),
        np.linalg.inv: lambda a: inv(a),
        np.linalg.det: lambda a: det(a),
        np.linalg.cholesky: lambda a: cholesky(a),
    }
)
