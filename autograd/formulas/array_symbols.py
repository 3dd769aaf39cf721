"""Operations on whole arrays, on symbols: the derivative of a matrix product as the matrix identity it is.

    rule of matmul      m.matmul(m.mT(x), g)
    on arrays           x (4, 2), g (4, 3)                  an array (2, 3)
    on symbols          x (4, 2), dL/dz (4, 3)              xᵀ (2×4) @ dL/dz (4×3)

Symbols of arrays know their shapes, so a broadcast is written only where something is broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays.matrices import ARRAY_TABLE
from ..arrays.ops import EINSUM, MATMUL
from ..arrays.table import ArrayPrimitive
from ..text.numbers import brief
from .notation import Expression, Symbol, Writer, named

__all__ = ["TIES", "ArraySymbol", "ShapedWriter", "array_constant", "of_arrays", "shape"]

Shape = tuple[int, ...]

TIES = named("ties")  # the number of arguments that equal the extreme


class ArraySymbol(Symbol):
    """A symbol that stands for an array of a known shape.

    Examples
    --------
    >>> x, g = ArraySymbol((4, 2), "name", "x"), ArraySymbol((4, 3), "adjoint", "L", "z")
    >>> product = of_arrays["matmul"](of_arrays["mT"](x), g)
    >>> product, product.shape
    (xᵀ @ dL/dz, (2, 3))
    >>> ShapedWriter().at(product)
    'xᵀ (2×4) @ dL/dz (4×3)'
    """

    __slots__ = ("shape",)

    def __init__(self, shape: Shape, head: str, *parts: Expression) -> None:
        super().__init__(head, *parts)
        self.shape = shape


def array_constant(array: np.ndarray[Any, Any]) -> ArraySymbol:
    """The symbol of an array without a name: its numbers if it is small, otherwise its shape."""
    text = brief(array)
    return ArraySymbol(array.shape, "constant", f"array{text}" if text.startswith("(") else text)


def shape(x: Expression) -> Shape | None:
    """Return the shape of the array that an expression stands for, or ``None`` if a name in it has no shape."""
    if isinstance(x, ArraySymbol) or not isinstance(x, Symbol):
        return getattr(x, "shape", ())
    if isinstance(x.parts[0], str):
        return None
    shapes = [shape(part) for part in x.parts]  # of an elementwise operation
    return None if None in shapes else np.broadcast_shapes(*shapes)  # type: ignore[arg-type]


def _applied(op: ArrayPrimitive) -> Callable[..., Symbol]:
    def function(*args: Any) -> Symbol:
        shapes = [shape(x) for x in args]
        known = [
            np.broadcast_to(0.0, found or ()) if isinstance(x, Symbol) else x
            for x, found in zip(args, shapes, strict=True)
        ]
        parts = [
            x if isinstance(x, Symbol) else Symbol("constant", op.spelled(k, known, brief)) for k, x in enumerate(args)
        ]
        if any(isinstance(x, Symbol) and found is None for x, found in zip(args, shapes, strict=True)):
            return Symbol(op.name, *parts)
        return ArraySymbol(_result(op, known), op.name, *parts)

    return function


def _result(op: ArrayPrimitive, args: list[Any]) -> Shape:
    """The shape of the result, computed on arrays of these shapes that take no memory."""
    if op is MATMUL:
        x, y = args[0].shape, args[1].shape
        return (*np.broadcast_shapes(x[:-2], y[:-2]), x[-2], y[-1])
    if op is EINSUM:
        first, second, out = args[0].replace("->", ",").split(",")
        lengths = dict(zip(first + second, args[1].shape + args[2].shape, strict=True))
        return tuple(lengths[letter] for letter in out)
    if op.name in ("broadcast_to", "sum_to", "reshape", "scatter", "overlap", "conv_input"):
        return tuple(args[-1])
    if op.name == "conv_filter":
        x, g = args[:2]
        return (g.shape[1], x.shape[1], *args[3])
    if op.name in ("inv", "cholesky", "half_lower"):
        return np.shape(args[0])
    if op.name == "solve":
        return (*np.broadcast_shapes(args[0].shape[:-2], args[1].shape[:-2]), *args[1].shape[-2:])
    return np.shape(op.value(None, *args))


of_arrays: dict[str, Callable[..., Expression]] = {
    name: _applied(op) for name, op in ARRAY_TABLE.items() if isinstance(op, ArrayPrimitive)
}
reshape, broadcast_to, sum_over, prod_over, sum_to = (
    of_arrays[name] for name in ("reshape", "broadcast_to", "sum_over", "prod_over", "sum_to")
)


def _reshape(x: Expression, wanted: Shape) -> Expression:
    return x if shape(x) in (wanted, None) else reshape(x, wanted)


def _broadcast_to(x: Expression, wanted: Shape) -> Expression:
    if x is TIES or shape(x) == wanted:
        return x
    if shape(x) is None:
        return Symbol("broadcast_to", x, Symbol("constant", "…"))
    if isinstance(x, Symbol) and x.head == "reshape" and _without_ones(x) == _without_ones(x.parts[0]):
        x = x.parts[0]  # broadcasting puts axes in front by itself
    return broadcast_to(x, wanted)


def _without_ones(x: Symbol) -> Shape:
    """The shape from the first axis on that is longer than 1."""
    found = shape(x) or ()
    return found[next((k for k, n in enumerate(found) if n != 1), len(found)) :]


def _sum_over(x: Expression, axes: Shape, keepdims: bool) -> Expression:
    """A sum; of the ones that mark where an element equals the extreme, their number."""
    return TIES if isinstance(x, Symbol) and x.head == "where" else sum_over(x, axes, keepdims)


of_arrays |= {
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "sum_over": _sum_over,
    "sum_to": lambda x, wanted: x if shape(x) == wanted else sum_to(x, wanted),
    "sum_like": lambda x, model: x if shape(x) in (shape(model), None) else sum_to(x, shape(model)),
    "centred_over": lambda x, axes: x - of_arrays["mean_over"](x, axes, True),
    "one_hot": lambda x, classes: ArraySymbol(shape(x) or (), "constant", f"one_hot({classes})"),
    "cofactors": lambda x: of_arrays["det"](x) * of_arrays["mT"](of_arrays["inv"](x)),  # the safe form of it
    "others": lambda x, axes: prod_over(x, axes, True) / x,  # the safe form of it
}

NAMES = ("name", "adjoint")
VIEWS = ("mT", "transpose", "getitem", "entry")


class ShapedWriter(Writer):
    """Writes expressions with the shape behind each factor."""

    def text(self, x: Expression) -> tuple[str, int]:
        if not isinstance(x, ArraySymbol) or not (x.head in NAMES or (x.head in VIEWS and x.parts[0].head in NAMES)):
            return super().text(x)
        text, own = Writer(self.unicode, self.digits, self.most).text(x)
        times = "×" if self.unicode else "x"
        return f"{text} ({times.join(map(str, x.shape))})" if x.shape else text, own
