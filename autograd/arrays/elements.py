"""The methods of a tensor that work element by element: operators, functions of one argument, comparisons.

An operation on a tensor and a number, an array or another tensor takes the fast path of `binary`: compute by numpy,
record. Any other operand goes through `tensor.apply`, which knows values, lists and the arrays of other libraries.
Functions without a method of their own take the same paths, by `METHODS` and `REFLECTED`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any, ClassVar, NoReturn, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..core import ops
from ..core.comparisons import asked
from ..core.modes import active, mode_here, note_here
from ..core.namespaces import BY_NUMPY
from ..core.numbers import asked_by_a_plot, bounds, whole
from ..core.protocol import asks_only
from ..core.several import TABLE
from ..core.table import Primitive
from ..core.tape import Node, create, data_of, tick
from ..errors import InputTypeError, InputValueError
from .errstate import quietly
from .ops import BROADCAST_TO, CAST, CONCATENATE, ENTRY, GETITEM, RESHAPE, TRANSPOSE
from .ordering import Ordered
from .readonly import is_array_of_a_library, recorded_constant
from .table import BROADCAST, REFUSED, arrays, in_numpy, refusal

__all__ = [
    "AFTER_ARRAYS",
    "METHODS",
    "MOVES",
    "REFLECTED",
    "Elementwise",
    "beside_tensors",
    "binary",
    "in_dtype",
    "reflected",
]

E = TypeVar("E", bound="Elementwise")
Truths: TypeAlias = NDArray[np.bool_]

# The methods of elementwise operations on a tensor alone, or beside another operand, and on one before a tensor.
METHODS: dict[Primitive, Callable[..., Any]] = {}
REFLECTED: dict[Primitive, Callable[[Any, Any], Any]] = {}
AFTER_ARRAYS: dict[Any, Callable[[Any, Any], Any]] = {}  # the latter by the functions of numpy that they are


def in_dtype(data: Any, dtype: Any, *numbers: Any) -> np.ndarray[Any, Any]:
    """The result of an operation in the dtype of its tensors; in double precision, if an array among the operands is.

    A rule may give truth values; and a number without axes, which numpy has in float64.
    """
    array = np.asarray(data)
    if array.dtype is dtype:
        return array
    wide = array.dtype.kind == "f" and any(isinstance(x, np.ndarray) and x.dtype == np.float64 for x in numbers)
    return array if wide else array.astype(dtype)


def binary(op: Primitive, quick: Callable[[Any, Any], Any]) -> Callable[[E, Any], E]:
    """The method ``x.__op__(y)``; ``quick`` is the row's value rule as a function of numpy's."""

    def method(self: E, other: Any) -> E:
        if type(other) is float:
            b: Elementwise | None = None
            y: Any = other
        elif isinstance(other, Elementwise):
            b = other
            y = other._data
        elif type(other) is np.ndarray or type(other) is int:
            b = None
            y = recorded_constant(other, self._data.dtype)
        else:
            return self._apply(op, self, other) if _is_operand(other) else NotImplemented
        x = self._data
        try:
            data = quietly(quick, x, y)
        except REFUSED as error:
            raise refusal(op, (x, y), error) from None
        z: E = create(self._kind)
        z._data = data if type(data) is np.ndarray and data.dtype is x.dtype else in_dtype(data, x.dtype, x, y)
        z._grad = z._mark = None
        z._note = note_here()
        z._op = op
        z._a = self
        z._b = b
        z._x = x
        z._y = y
        z._number = tick()
        if active:
            mode_here().on_record(z)
        return z

    method.__doc__ = f"``{op.write(['self', 'other'])}``, with broadcasting."
    METHODS[op] = method
    return method


def reflected(op: Primitive, quick: Callable[[Any, Any], Any]) -> Callable[[E, Any], E]:
    """The method ``y.__rop__(x)``; ``quick`` as for `binary`."""

    def method(self: E, other: Any) -> E:
        if type(other) is float or type(other) is int or type(other) is np.ndarray:
            x, y = recorded_constant(other, self._data.dtype), self._data
            try:
                data = quietly(quick, x, y)
            except REFUSED as error:
                raise refusal(op, (x, y), error) from None
            if type(data) is not np.ndarray or data.dtype is not y.dtype:
                data = in_dtype(data, y.dtype, x, y)
            z: E = create(self._kind)
            z._data = data
            z._grad = z._mark = z._a = None
            z._note = note_here()
            z._op = op
            z._b = self
            z._x = x
            z._y = y
            z._number = tick()
            if active:
                mode_here().on_record(z)
            return z
        return self._apply(op, other, self) if _is_operand(other) else NotImplemented

    method.__doc__ = f"``{op.write(['other', 'self'])}``, with broadcasting."
    REFLECTED[op] = method
    if isinstance(quick, np.ufunc) and not asks_only(quick, "__call__"):
        AFTER_ARRAYS[quick] = method
    return method


def beside_tensors(op: Primitive, quick: Callable[..., Any]) -> Callable[..., Any]:
    """The function ``op(x, *tensors)``; x is a tensor, or an array of numbers.

    ``quick`` is the row's value rule as a function of numpy's, and op has more than two arguments.
    """

    def function(x: Any, *tensors: E) -> E:
        dtype = tensors[0]._data.dtype
        if isinstance(x, Elementwise):
            nodes: tuple[Any, ...] = (x, *tensors)
            dtype = x._data.dtype
            numbers = tuple(map(_numbers_of, nodes))
        else:
            nodes = (None, *tensors)
            numbers = (recorded_constant(x, dtype), *map(_numbers_of, tensors))
        try:
            data = quietly(quick, *numbers)
        except REFUSED as error:
            raise refusal(op, numbers, error) from None
        z: E = create(tensors[0]._kind)
        z._data = data if type(data) is np.ndarray and data.dtype is dtype else in_dtype(data, dtype, *numbers)
        z._grad = z._mark = z._a = z._b = None
        z._note = note_here()
        z._op = op
        z._x = nodes
        z._y = numbers
        z._number = tick()
        if active:
            mode_here().on_record(z)
        return z

    return function


_numbers_of = operator.attrgetter("_data")


def _is_operand(x: Any) -> bool:
    """Return True if arithmetic with a tensor takes ``x``, or refuses it with an error of its own."""
    return isinstance(x, (Node, Real, np.generic, list, tuple, complex, str)) or is_array_of_a_library(x)


def _unary(op: Primitive) -> Callable[[E], E]:
    """The method ``x.op()``."""
    quick = getattr(arrays, op.name)

    def method(self: E) -> E:
        x = self._data
        data = quietly(quick, x)
        y: E = create(self._kind)
        y._data = data if type(data) is np.ndarray and data.dtype is x.dtype else in_dtype(data, x.dtype)
        y._grad = y._mark = y._b = y._y = None
        y._note = note_here()
        y._op = op
        y._a = self
        y._x = x
        y._number = tick()
        if active:
            mode_here().on_record(y)
        return y

    method.__doc__ = f"``{op.write(['self'])}`` of each element; see `autograd.{op.name}`."
    method.__name__ = op.name
    METHODS[op] = method
    return method


def _comparison(name: str) -> Callable[[Any, Any], Truths]:
    compare = getattr(operator, name.strip("_"))

    def method(self: Elementwise, other: Any) -> Any:  # NotImplemented if ``other`` is no operand
        if not _is_operand(other):
            return NotImplemented
        try:
            return asked(compare, self, other)
        except ValueError:
            raise InputValueError(
                f"a tensor of shape {self._data.shape} does not compare with shape {np.shape(data_of(other))}: "
                f"{BROADCAST}"
            ) from None

    method.__doc__ = "An array of truth values; it records nothing."
    return method


# The operations that compute nothing, so that numpy has no warning to give.
MOVES = {BROADCAST_TO, CONCATENATE, ENTRY, GETITEM, RESHAPE, TRANSPOSE, ops.WHERE}


class Elementwise(Ordered):
    """The base class of tensors with the methods that work element by element."""

    __slots__ = ()
    _kind: ClassVar[Any]  # the class of the results: that of plain tensors

    def _alone(self: E, op: Primitive, *settings: Any) -> E:
        x = self._data
        try:
            data = op.value(arrays, x, *settings) if op in MOVES else quietly(op.value, arrays, x, *settings)
        except REFUSED as error:
            raise refusal(op, (x, *settings), error) from error.__cause__
        if type(data) is not np.ndarray or data.dtype is not x.dtype:
            data = np.asarray(data, None if op is CAST else x.dtype)
        z: E = create(self._kind)
        z._data = data
        z._grad = z._mark = z._a = z._b = None
        z._note = note_here()
        z._op = op
        if len(settings) == 1:
            z._a = self
            z._x = x
            z._y = settings[0]
        else:
            z._x = (self, *[None] * len(settings))
            z._y = (x, *settings)
        z._number = tick()
        if active:
            mode_here().on_record(z)
        return z

    # --- Plain numbers ------------------------------------------------------------------------------------------------

    def to_numpy(self) -> NDArray[Any]:
        """The same as ``numpy()``, by the name under which matplotlib asks for the numbers of a plot."""
        numbers: NDArray[Any] = self._data.copy()
        return numbers

    def _plain(self, *_: Any, **__: Any) -> NDArray[Any]:
        return self.to_numpy() if asked_by_a_plot() else self._refuse()

    def __float__(self) -> float:
        return float(self._data.item()) if self._data.size == 1 and asked_by_a_plot() else self._refuse()

    def _refuse(self, *_: Any) -> NoReturn:
        raise InputTypeError(
            f"a tensor of shape {self._data.shape} does not turn into plain numbers by itself, which would lose its "
            "gradient: call the function of the same name in autograd (autograd.stack for np.array), or take .numpy() "
            "for the numbers alone, .item() for a single one"
        )

    __int__ = __complex__ = _refuse

    # --- Arithmetic ---------------------------------------------------------------------------------------------------

    __add__ = binary(ops.ADD, np.add)
    __radd__ = reflected(ops.ADD, np.add)
    __sub__ = binary(ops.SUB, np.subtract)
    __rsub__ = reflected(ops.SUB, np.subtract)
    __mul__ = binary(ops.MUL, np.multiply)
    __rmul__ = reflected(ops.MUL, np.multiply)
    __truediv__ = binary(ops.DIV, np.divide)
    __rtruediv__ = reflected(ops.DIV, np.divide)
    __floordiv__ = binary(ops.FLOORDIV, np.floor_divide)
    __rfloordiv__ = reflected(ops.FLOORDIV, np.floor_divide)
    __mod__ = binary(ops.MOD, np.remainder)
    __rmod__ = reflected(ops.MOD, np.remainder)
    __pow__ = binary(ops.POW, arrays.power)
    __rpow__ = reflected(ops.POW, arrays.power)
    __neg__ = _unary(ops.NEG)
    __abs__ = _unary(ops.ABS)

    def __pos__(self: E) -> E:
        return self

    def __round__(self: E, digits: int | None = None) -> E:
        return self._alone(ops.ROUND, whole(0 if digits is None else digits, "the number of digits", least=None))

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

    def leaky_relu(self: E, slope: Any = 0.01) -> E:
        """``x`` for ``x > 0``, else ``slope * x``; see `autograd.leaky_relu`."""
        return self._apply(ops.LEAKY_RELU, self, slope)

    def elu(self: E, alpha: Any = 1.0) -> E:
        """``x`` for ``x > 0``, else ``alpha * (exp(x) - 1)``; see `autograd.elu`."""
        return self._apply(ops.ELU, self, alpha)

    def clip(self: E, low: Any = None, high: Any = None) -> E:
        """The nearest number between the bounds; see `autograd.clip`."""
        return self._apply(ops.CLIP, self, *bounds(low, high))

    # --- Comparisons --------------------------------------------------------------------------------------------------

    __eq__: Any = _comparison("__eq__")  # of any object, as for numpy's arrays
    __ne__: Any = _comparison("__ne__")
    __lt__ = _comparison("__lt__")
    __le__ = _comparison("__le__")
    __gt__ = _comparison("__gt__")
    __ge__ = _comparison("__ge__")
    __hash__ = object.__hash__  # == compares numbers; a tensor is nevertheless held by its identity


for _op in TABLE.values():  # the functions that are no methods
    if _op.arity == 1 and _op not in METHODS:
        _unary(_op)
    elif _op.arity == 2 and _op not in REFLECTED:
        for _method in (binary, reflected):
            _method(_op, BY_NUMPY.get(_op.name) or partial(in_numpy, _op.value))
