"""The methods of a tensor that work element by element: operators, functions of one argument, comparisons.

An operation on a tensor and a number, an array or another tensor takes the fast path of `binary`: compute by numpy,
record. Any other operand goes through `tensor.apply`, which knows values, lists and the arrays of other libraries.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from ..core import ops
from ..core.numbers import bounds, whole
from ..core.table import Primitive
from ..core.tape import Node, data_of
from ..errors import InputValueError
from .ordering import Ordered
from .readonly import is_array_of_a_library, recorded_constant
from .table import BROADCAST, arrays, refusal

__all__ = ["Elementwise", "binary"]

Method = Callable[..., Any]


def binary(op: Primitive, quick: Callable[[Any, Any], Any]) -> tuple[Method, Method]:
    """The methods ``x.__op__(y)`` and ``y.__rop__(x)``; ``quick`` is the row's value rule as a function of numpy's."""

    def method(self: Elementwise, other: Any) -> Any:
        if isinstance(other, Elementwise):
            b: Elementwise | None = other
            y: Any = other._data
        elif type(other) is float:
            b = None
            y = other
        elif type(other) is np.ndarray or type(other) is int:
            b = None
            y = recorded_constant(other, self._data.dtype)
        else:
            return self._apply(op, self, other) if _is_operand(other) else NotImplemented
        x = self._data
        try:
            with np.errstate(all="ignore"):
                data = quick(x, y)
        except ValueError as error:
            raise refusal(op, (x, y), error) from None
        return self._recorded(op, (self, b), (x, y), np.asarray(data))

    def reflected(self: Elementwise, other: Any) -> Any:
        return self._apply(op, other, self) if _is_operand(other) else NotImplemented

    method.__doc__ = f"``{op.write(['self', 'other'])}``, with broadcasting."
    reflected.__doc__ = f"``{op.write(['other', 'self'])}``, with broadcasting."
    return method, reflected


def _is_operand(x: Any) -> bool:
    """Return True if arithmetic with a tensor has an answer to ``x``, if only that it refuses it."""
    return isinstance(x, (Node, Real, np.generic, list, tuple, complex, str)) or is_array_of_a_library(x)


def _unary(op: Primitive) -> Method:
    def method(self: Elementwise) -> Any:
        x = self._data
        with np.errstate(all="ignore"):
            data = op.value(arrays, x)
        return self._recorded(op, (self,), (x,), np.asarray(data))

    method.__doc__ = f"``{op.write(['self'])}`` of each element; see `autograd.{op.name}`."
    method.__name__ = op.name
    return method


def _comparison(name: str) -> Method:
    compare = getattr(operator, name.strip("_"))

    def method(self: Elementwise, other: Any) -> Any:
        if not _is_operand(other):
            return NotImplemented
        x, y = self._data, data_of(other)
        try:
            return compare(x, y)
        except ValueError:
            raise InputValueError(
                f"a tensor of shape {x.shape} does not compare with shape {np.shape(y)}: {BROADCAST}"
            ) from None

    method.__doc__ = "An array of truth values; it records nothing."
    return method


class Elementwise(Ordered):
    """The part of a tensor that is about its elements."""

    __slots__ = ()

    def _recorded(self, op: Primitive, nodes: Sequence[Node | None], numbers: Sequence[Any], data: Any) -> Any:
        """A tensor with this record."""
        raise NotImplementedError  # pragma: no cover - a tensor has it

    # --- Arithmetic ---------------------------------------------------------------------------------------------------

    __add__, __radd__ = binary(ops.ADD, np.add)
    __sub__, __rsub__ = binary(ops.SUB, np.subtract)
    __mul__, __rmul__ = binary(ops.MUL, np.multiply)
    __truediv__, __rtruediv__ = binary(ops.DIV, np.divide)
    __floordiv__, __rfloordiv__ = binary(ops.FLOORDIV, np.floor_divide)
    __mod__, __rmod__ = binary(ops.MOD, np.remainder)
    __pow__, __rpow__ = binary(ops.POW, arrays.power)
    __neg__ = _unary(ops.NEG)
    __abs__ = _unary(ops.ABS)

    def __pos__(self) -> Elementwise:
        return self

    def __round__(self, digits: int | None = None) -> Any:
        return self._apply(ops.ROUND, self, whole(0 if digits is None else digits, "the number of digits", least=None))

    exp = _unary(ops.EXP)
    expm1 = _unary(ops.EXPM1)
    log = _unary(ops.LOG)
    log2 = _unary(ops.LOG2)
    log10 = _unary(ops.LOG10)
    log1p = _unary(ops.LOG1P)
    exp2 = _unary(ops.EXP2)
    sqrt = _unary(ops.SQRT)
    cbrt = _unary(ops.CBRT)
    sin = _unary(ops.SIN)
    cos = _unary(ops.COS)
    tan = _unary(ops.TAN)
    asin = arcsin = _unary(ops.ASIN)
    acos = arccos = _unary(ops.ACOS)
    atan = arctan = _unary(ops.ATAN)
    sinh = _unary(ops.SINH)
    cosh = _unary(ops.COSH)
    tanh = _unary(ops.TANH)
    asinh = arcsinh = _unary(ops.ASINH)
    acosh = arccosh = _unary(ops.ACOSH)
    atanh = arctanh = _unary(ops.ATANH)
    sign = _unary(ops.SIGN)
    erf = _unary(ops.ERF)
    erfc = _unary(ops.ERFC)
    sigmoid = _unary(ops.SIGMOID)
    logsigmoid = _unary(ops.LOGSIGMOID)
    softplus = _unary(ops.SOFTPLUS)
    relu = _unary(ops.RELU)
    gelu = _unary(ops.GELU)
    silu = _unary(ops.SILU)

    def leaky_relu(self, slope: Any = 0.01) -> Any:
        """``x`` for ``x > 0``, else ``slope * x``; see `autograd.leaky_relu`."""
        return self._apply(ops.LEAKY_RELU, self, slope)

    def elu(self, alpha: Any = 1.0) -> Any:
        """``x`` for ``x > 0``, else ``alpha * (exp(x) - 1)``; see `autograd.elu`."""
        return self._apply(ops.ELU, self, alpha)

    def clip(self, low: Any = None, high: Any = None) -> Any:
        """The nearest number between the bounds; see `autograd.clip`."""
        return self._apply(ops.CLIP, self, *bounds(low, high))

    # --- Comparisons --------------------------------------------------------------------------------------------------

    __eq__ = _comparison("__eq__")
    __ne__ = _comparison("__ne__")
    __lt__ = _comparison("__lt__")
    __le__ = _comparison("__le__")
    __gt__ = _comparison("__gt__")
    __ge__ = _comparison("__ge__")
    __hash__ = object.__hash__  # == compares numbers; a tensor is nevertheless held by its identity
