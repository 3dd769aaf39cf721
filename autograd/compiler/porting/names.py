"""The namespace in which the rules of the table of arrays are text: each operation, as terms.

rule of matmul    lambda m, k, g, x, y, z: m.sum_like(m.matmul(g, m.mT(y)), x) …
on arrays         the gradient by x, as numbers
on names          d_v1 @ W.T, since the shapes say that there is nothing to sum
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...arrays.ops import kept, spread
from ...arrays.table import ArrayNamespace
from ...core.namespaces import FUNCTIONS
from ...errors import InputValueError
from ..wording.terms import ALL, name, term, traced
from .places import is_straight, is_tangled, is_truth, items_of, moving_axis, numbers_in, trimmed
from .sized import Place, Shape, Sized, elementwise

__all__ = ["Names"]


class Names(ArrayNamespace):
    """The functions of rules, for arrays that are terms with shapes.

    Parameters
    ----------
    language : str
        ``"numpy"``, ``"jax"``, ``"torch"`` or ``"onnx"``.
    constant : callable
        Returns the term of an array of whole numbers or truth values.
    """

    def __init__(self, language: str, constant: Callable[[Any], Any]) -> None:
        own = {each: elementwise(getattr(traced, each)) for each in (*FUNCTIONS, "less", "equal", "power", "where")}
        super().__init__(**own)
        self.language, self.constant = language, constant

    # --- Shapes -------------------------------------------------------------------------------------------------------

    def broadcast_to(self, x: Any, shape: Shape) -> Any:
        if x.shape == tuple(shape):
            return x
        return Sized(term("broadcast", x.term, tuple(shape)), shape, x.dtype, x.inner or x)

    def reshape(self, x: Any, shape: Any) -> Any:
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        rest = math.prod(n for n in shape if n != -1)
        shape = tuple(x.size // max(rest, 1) if n == -1 else n for n in shape)
        if shape == x.shape:
            return x
        own = [n for n in x.shape if n != 1]
        if x.shape and len(own) == x.ndim and [n for n in shape if n != 1] == own:  # only axes of length 1 are new
            items = [None if n == 1 else ALL for n in shape]
            return Sized(term("index", x.term, trimmed(items)), shape, x.dtype)
        return Sized(term("reshape", x.term, shape), shape, x.dtype)

    def transpose(self, x: Any, axes: Shape) -> Any:
        axes = tuple(k % x.ndim for k in axes)
        if axes == tuple(range(x.ndim)):
            return x
        return Sized(term("transpose", x.term, axes), tuple(x.shape[k] for k in axes), x.dtype)

    def mT(self, x: Any) -> Any:  # noqa: N802 - the row's name
        return self.transpose(x, (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))

    def cast(self, x: Any, dtype: Any) -> Any:
        dtype = np.dtype(dtype)
        return x if x.dtype == dtype else Sized(term("cast", x.term, dtype.name), x.shape, dtype)

    def pad(self, x: Any, widths: Any) -> Any:
        shape = tuple(before + n + after for (before, after), n in zip(widths, x.shape, strict=True))
        return Sized(term("pad", x.term, tuple(widths)), shape, x.dtype)

    # --- Indices ------------------------------------------------------------------------------------------------------

    def getitem(self, x: Any, index: Any) -> Any:
        items = items_of(index)
        shape = np.broadcast_to(np.int8(0), x.shape)[tuple(map(numbers_in, items))].shape
        if all(item is Ellipsis or (type(item) is slice and item == slice(None)) for item in items):
            return x
        along = moving_axis(items, x.shape)
        if along is not None:
            return Sized(term("take_along_axis", x.term, items[along].term, along), shape, x.dtype)
        if is_tangled(items) or not is_straight(items, self.language):
            flat = term("reshape", x.term, (x.size,)) if x.ndim != 1 else x.term
            return Sized(term("index", flat, (self.constant(self._places(items, x.shape)),)), shape, x.dtype)
        return Sized(term("index", x.term, self._spelled(items, x.ndim)), shape, x.dtype)

    def entry(self, x: Any, index: Any) -> Any:
        return self.getitem(x, index)

    def scatter(self, x: Any, index: Any, shape: Shape) -> Any:
        items = items_of(index)
        if is_tangled(items) or self.language == "onnx" or not is_straight(items, self.language):
            places = (self.constant(self._places(items, shape)),)
            flat = term("scatter", x.term, places, (math.prod(shape),))
            return Sized(term("reshape", flat, tuple(shape)), shape, x.dtype)
        return Sized(term("scatter", x.term, self._spelled(items, len(shape)), tuple(shape)), shape, x.dtype)

    def _places(self, items: Sequence[Any], shape: Shape) -> Any:
        if any(isinstance(item, Place) for item in items):
            raise InputValueError(
                f"an index with slices or several arrays that are computed is not written in {self.language}; "
                "index along one axis at a time"
            )
        return np.arange(math.prod(shape)).reshape(shape)[tuple(items)]

    def _spelled(self, items: Sequence[Any], ndim: int) -> tuple[Any, ...]:
        """The items of an index as terms have them, with a slice for each axis that an ellipsis stands for."""
        taken = sum(numbers_in(item).ndim if isinstance(item, (Place, np.ndarray)) and is_truth(item) else 1
                    for item in items if item is not None and item is not Ellipsis)  # fmt: skip
        found: list[Any] = []
        for item in items:
            if item is Ellipsis:
                found += [ALL] * (ndim - taken)
            elif isinstance(item, slice):
                found.append(("slice", item.start, item.stop, item.step))
            elif isinstance(item, Place):
                found.append(item.term)
            elif isinstance(item, np.ndarray):
                found.append(self.constant(item))
            else:
                found.append(item if item is None else int(item))
        return trimmed(found)

    # --- Sums and other reductions ------------------------------------------------------------------------------------

    def sum_to(self, x: Any, shape: Shape) -> Any:
        extra = x.ndim - len(shape)
        if extra:
            x = self.sum_over(x, tuple(range(extra)), False)
        axes = tuple(k for k, n in enumerate(shape) if n == 1 and x.shape[k] != 1)
        return self.sum_over(x, axes, True) if axes else x

    def sum_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._total("sum", x, axes, keepdims)

    def mean_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._total("mean", x, axes, keepdims)

    def _total(self, head: str, x: Any, axes: Shape, keepdims: bool) -> Any:
        if not axes:
            return x
        along: Any = None if len(axes) == x.ndim else axes[0] if len(axes) == 1 else tuple(axes)
        if keepdims:
            return Sized(term(head, x.term, along, True), kept(x, axes), x.dtype)
        return Sized(term(head, x.term, along), _without(x.shape, axes), x.dtype)

    def _reduced(self, head: str, x: Any, axes: Shape, keepdims: bool) -> Any:
        """A reduction along one axis, into which several are made one."""
        merged, axis, _ = self._merged(x, axes)
        found = Sized(term(head, merged.term, axis), _without(x.shape, axes), x.dtype)
        return self.reshape(found, kept(x, axes)) if keepdims else found

    def _along(self, head: str, x: Any, axes: Shape) -> Any:
        """A function of the elements along one axis that gives one for each of them."""
        merged, axis, back = self._merged(x, axes)
        return back(Sized(term(head, merged.term, axis), merged.shape, x.dtype))

    def _merged(self, x: Any, axes: Shape) -> tuple[Any, int, Callable[[Any], Any]]:
        """An array with some axes made one, the number of that axis, and the way back."""
        if len(axes) == 1:
            return x, axes[0], lambda y: y
        order = (*(k for k in range(x.ndim) if k not in axes), *axes)
        turned = self.transpose(x, order)
        ahead = x.ndim - len(axes)
        merged = self.reshape(turned, (*turned.shape[:ahead], math.prod(turned.shape[ahead:])))

        def back(y: Any) -> Any:
            return self.transpose(self.reshape(y, turned.shape), tuple(np.argsort(order).tolist()))

        return merged, ahead, back

    def prod_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("prod", x, axes, keepdims)

    def max_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("amax", x, axes, keepdims)

    def min_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("amin", x, axes, keepdims)

    def norm_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("norm", x, axes, keepdims)

    def var_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("var", x, axes, keepdims)

    def std_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("std", x, axes, keepdims)

    def logsumexp_over(self, x: Any, axes: Shape, keepdims: bool) -> Any:
        return self._reduced("logsumexp", x, axes, keepdims)

    def softmax_over(self, x: Any, axes: Shape) -> Any:
        return self._along("softmax", x, axes)

    def log_softmax_over(self, x: Any, axes: Shape) -> Any:
        return self._along("log_softmax", x, axes)

    def centred_over(self, x: Any, axes: Shape) -> Any:
        return self._along("centred", x, axes)

    def others(self, x: Any, axes: Shape) -> Any:
        return self._along("others", x, axes)

    def ratio(self, x: Any, length: Any) -> Any:
        if self.language != "numpy":
            return super().ratio(x, length)
        return elementwise(lambda *parts: term("direction", *parts))(x, length)

    def cosine_similarity_over(self, x: Any, y: Any, axes: Shape) -> Any:
        first, second = (
            self.ratio(each, spread(self, self.norm_over(each, axes, True), each, axes)) for each in (x, y)
        )
        return self.sum_over(first * second, axes, False)

    def cumsum(self, x: Any, axis: int) -> Any:
        return Sized(term("cumsum", x.term, axis), x.shape, x.dtype)

    # --- Several arrays -----------------------------------------------------------------------------------------------

    def concatenate(self, axis: int, *xs: Any) -> Any:
        axis %= xs[0].ndim
        shape = (*xs[0].shape[:axis], sum(x.shape[axis] for x in xs), *xs[0].shape[axis + 1 :])
        made = term("concatenate", term("list", *(x.term for x in xs)), *([axis] if axis else []))
        return Sized(made, shape, np.result_type(*(x.dtype for x in xs)))

    def stack(self, *xs: Any) -> Any:
        return Sized(term("stack", term("list", *(getattr(x, "term", x) for x in xs))), (len(xs),), float)

    def matmul(self, x: Any, y: Any) -> Any:
        shape = (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-1])
        return Sized(term("matmul", x.term, y.term), shape, np.result_type(x.dtype, y.dtype))

    def einsum(self, subscripts: str, x: Any, y: Any) -> Any:
        first, second, out = subscripts.replace("->", ",").split(",")
        lengths = dict(zip(first + second, x.shape + y.shape, strict=True))
        shape = tuple(lengths[letter] for letter in out)
        return Sized(term("einsum", subscripts, x.term, y.term), shape, np.result_type(x.dtype, y.dtype))

    def affine(self, x: Any, w: Any, b: Any) -> Any:
        return self.matmul(x, self.mT(w)) + b

    def cross_entropy_over(self, x: Any, axes: Shape, _: bool, classes: Any) -> Any:
        losses = self.logsumexp_over(x, axes[-1:], False) - self._of_classes(x, classes)
        return losses if len(axes) == 1 else self.mean_over(losses, tuple(axes[:-1]), False)

    def _of_classes(self, x: Any, classes: Any) -> Any:
        """The element of each row that belongs to a class."""
        given = self._place(classes)
        along = term("index", given.term, (*(ALL,) * given.numbers.ndim, None))
        found = term("take_along_axis", x.term, along, x.ndim - 1)
        return Sized(term("index", found, (*(ALL,) * given.numbers.ndim, 0)), x.shape[:-1], x.dtype)

    def one_hot(self, x: Any, classes: Any) -> Any:
        rows = term("eye", x.shape[-1], x.dtype.name)
        return Sized(term("index", rows, (self._place(classes).term,)), x.shape, x.dtype)

    def _place(self, given: Any) -> Place:
        return given if isinstance(given, Place) else Place(self.constant(np.asarray(given)), given)

    # --- Convolutions -------------------------------------------------------------------------------------------------

    def windows(self, x: Any, size: Shape, stride: Shape) -> Any:
        places = _places(x.shape, size, stride)
        if self.language != "onnx":
            made = term("windows", x.term, _pair(size), _pair(stride))
            return Sized(made, (*x.shape[:2], *places, *size), x.dtype)
        rows, columns = (
            self.constant(s * np.arange(n)[:, None] + np.arange(k))
            for n, k, s in zip(places, size, stride, strict=True)
        )
        made = term("index", term("index", x.term, (ALL, ALL, rows)), (ALL, ALL, ALL, ALL, columns))
        found = Sized(made, (*x.shape[:2], places[0], size[0], places[1], size[1]), x.dtype)
        return self.transpose(found, (0, 1, 2, 4, 3, 5))

    def overlap(self, g: Any, stride: Shape, shape: Shape) -> Any:
        if self.language == "onnx":
            cells = sliding_window_view(np.arange(math.prod(shape)).reshape(shape), g.shape[4:], (2, 3))
            flat = self.scatter(g, cells[:, :, :: stride[0], :: stride[1]], (math.prod(shape),))
            return self.reshape(flat, shape)
        return Sized(term("overlap", g.term, _pair(stride), tuple(shape)), shape, g.dtype)

    def conv(self, x: Any, w: Any, stride: Shape) -> Any:
        if self.language == "onnx":
            return self.einsum("nchwij,fcij->nfhw", self.windows(x, w.shape[2:], stride), w)
        shape = (x.shape[0], w.shape[0], *_places(x.shape, w.shape[2:], stride))
        return Sized(term("conv", x.term, w.term, _pair(stride)), shape, np.result_type(x.dtype, w.dtype))

    def conv_input(self, w: Any, g: Any, stride: Shape, shape: Shape) -> Any:
        if self.language == "onnx":
            return self.overlap(self.einsum("nfhw,fcij->nchwij", g, w), stride, shape)
        made = term("conv_input", w.term, g.term, _pair(stride), tuple(shape))
        return Sized(made, shape, np.result_type(w.dtype, g.dtype))

    def conv_filter(self, x: Any, g: Any, stride: Shape, size: Shape) -> Any:
        if self.language == "onnx":
            return self.einsum("nfhw,nchwij->fcij", g, self.windows(x, size, stride))
        made = term("conv_filter", x.term, g.term, _pair(stride), _pair(size))
        return Sized(made, (g.shape[1], x.shape[1], *size), np.result_type(x.dtype, g.dtype))

    # --- Square matrices ----------------------------------------------------------------------------------------------

    def inv(self, x: Any) -> Any:
        return Sized(term("inv", x.term), x.shape, x.dtype)

    def solve(self, x: Any, y: Any) -> Any:
        shape = (*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), *y.shape[-2:])
        y = self.reshape(y, (1,) * max(0, x.ndim - y.ndim) + y.shape)
        return Sized(term("solve", x.term, y.term), shape, np.result_type(x.dtype, y.dtype))

    def det(self, x: Any) -> Any:
        return Sized(term("det", x.term), x.shape[:-2], x.dtype)

    def cofactors(self, x: Any) -> Any:
        return Sized(term("cofactors", x.term), x.shape, x.dtype)

    def cholesky(self, x: Any) -> Any:
        return Sized(term("cholesky", ((x + self.mT(x)) / 2).term), x.shape, x.dtype)

    def half_lower(self, x: Any) -> Any:
        return (Sized(term("tril", x.term), x.shape, x.dtype) + Sized(term("tril", x.term, -1), x.shape, x.dtype)) / 2


def _places(shape: Shape, size: Shape, stride: Shape) -> Shape:
    return tuple((n - k) // s + 1 for n, k, s in zip(shape[2:], size, stride, strict=True))


def _pair(given: Any) -> Any:
    return name(str(tuple(map(int, given))))


def _without(shape: Shape, axes: Shape) -> Shape:
    return tuple(n for k, n in enumerate(shape) if k not in axes)
