"""Products of matrices inside kernels, by the functions of the BLAS that numpy itself calls.

A kernel gets the addresses of these functions and the numbers of each product, its *sizes*, as data: so its text is the
same for any number of samples. Where numpy's library does not have the functions, with integers of 64 bits and under
one of these names, products stay calls of numpy's.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from copy import copy
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.linalg import _umath_linalg

from .accesses import Access, Memory
from .nests import Opaque, extent_of
from .statements import factors_of

__all__ = ["FUNCTIONS", "Product", "addresses", "product_of"]

Array = np.ndarray[Any, Any]

FUNCTIONS = ("dgemm", "dgemv")  # for matrices, and for a matrix and a vector
NAMES = ("scipy_cblas_{}64_", "cblas_{}64_")  # in the libraries of numpy's wheels
PLAIN, TRANSPOSED = 111, 112  # how the BLAS calls them


class _Matrix(NamedTuple):
    """A matrix in memory: how it is to be read, and the distance of its rows, or of its columns if it is transposed."""

    order: int
    distance: int


class Product(Opaque):
    """A product of two matrices.

    Attributes
    ----------
    accesses : tuple of Access
        The places of the two factors and of the result.
    shapes : tuple of (tuple of int, bool)
        Their shapes, and if the last axis is that of the samples.
    sizes : tuple of int
        What the BLAS is told, apart from the places.
    function : str
        The name of its function.
    """

    def __init__(
        self,
        call: Any,
        step: int,
        memory: Memory,
        accesses: tuple[Access, ...],
        shapes: tuple[tuple[tuple[int, ...], bool], ...],
        sizes: tuple[int, ...],
        function: str,
    ) -> None:
        super().__init__(call, step, memory)
        self.extents = [extent_of(*each) for each in zip(accesses, *zip(*shapes, strict=True), strict=True)]
        self.accesses, self.shapes, self.sizes, self.function = accesses, shapes, sizes, function

    def at(self, accesses: tuple[Access, ...]) -> Product:
        """Return the product with its accesses in a loop."""
        other = copy(self)
        other.accesses = accesses
        return other


@cache
def addresses() -> dict[str, int]:
    """Return the addresses of the functions; empty if numpy's library does not have all of them."""
    library = ctypes.CDLL(_umath_linalg.__file__)
    for name in NAMES:
        with suppress(AttributeError):
            found = [getattr(library, name.format(function)) for function in FUNCTIONS]
            places = [ctypes.cast(each, ctypes.c_void_p).value or 0 for each in found]
            return dict(zip(FUNCTIONS, places, strict=True))
    return {}


def product_of(call: Any, step: int, memory: Memory, samples: int | None) -> Product | None:
    """Return a call as a product; ``None`` if it is of another kind."""
    factors = factors_of(call)
    if factors is None or not addresses() or not all(x.size for x in factors):
        return None
    x, y, out = factors
    found = [memory.access(each, each.shape) for each in factors]
    read = [_matrix(each) for each in factors]
    if None in found or None in read or any(np.may_share_memory(each, out) for each in (x, y)):
        return None
    accesses: Any = found
    shapes = [(x.shape, x.shape[1] == samples and x.strides[1] == x.itemsize) for x in factors]
    if read[2].order == TRANSPOSED:
        x, y, out, accesses = y.T, x.T, out.T, [accesses[k] for k in (1, 0, 2)]
        shapes = [shapes[k] for k in (1, 0, 2)]
        read = [_matrix(each) for each in (x, y, out)]
    first, second, result = read
    (m, k), n = x.shape, y.shape[1]
    if n == 1 or m == 1:
        matrix, vector = (first, y[:, 0]) if n == 1 else (_matrix(y.T), x[0])
        rows, columns = (m, k) if n == 1 else (n, k)
        turned = matrix.order == TRANSPOSED
        told = (matrix.order, *((columns, rows) if turned else (rows, columns)), matrix.distance,
                _stride(vector), _stride(out[:, 0] if n == 1 else out[0]))  # fmt: skip
        if n != 1:
            accesses, shapes = [accesses[k] for k in (1, 0, 2)], [shapes[k] for k in (1, 0, 2)]
        return Product(call, step, memory, tuple(accesses), tuple(shapes), told, "dgemv")
    sizes = (first.order, second.order, m, n, k, first.distance, second.distance, result.distance)
    return Product(call, step, memory, tuple(accesses), tuple(shapes), sizes, "dgemm")


def _matrix(x: Array) -> Any:
    """Return how the BLAS reads a matrix; ``None`` if neither its rows nor its columns are gapless."""
    (rows, columns), (down, right) = x.shape, (step // x.itemsize for step in x.strides)
    if x.dtype != np.float64:
        return None
    if (right == 1 or columns == 1) and (down >= columns or rows == 1):
        return _Matrix(PLAIN, max(down, columns))
    if (down == 1 or rows == 1) and (right >= rows or columns == 1):
        return _Matrix(TRANSPOSED, max(right, rows))
    return None


def _stride(x: Array) -> int:
    return max(int(x.strides[0]) // x.itemsize, 1)
