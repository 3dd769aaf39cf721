"""``Value``: a float that remembers.

An operation on values is three things: compute the number, make a node, fill in the record. The two factories
``_binary`` and ``_unary`` do that for the operators and methods of two arguments and of one; after them, the class
lists the operations, one line each, and defines comparison, conversion and printing.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from ..errors import InputTypeError, TapeError, shortened
from . import ops
from .comparisons import COMPARED, answered, remember
from .context import Note, checked_name
from .modes import active, mode_here, note_here
from .namespaces import EDGES, at_edge, floats
from .numbers import REMEDIES, REMEDY, MaybeNone, asked_by_a_plot, bounds, number, refuse_keywords, whole
from .protocol import Operator, Question, asks_only, extended, primitive_of
from .stores import by_hand, gradient_of
from .sweep import backward
from .table import Primitive
from .tape import Node, create, data_of, make_leaf, record, tick

__all__ = ["Scalar", "Value", "apply", "compute"]

Scalar: TypeAlias = "float | Value"  # what an operation on values takes
Method = Callable[..., "Value"]


def operand(given: Any, what: str = "arithmetic with a value") -> tuple[Value | None, float]:
    """An operation's argument as (node, number); a constant has no node. ``what`` names the operation in an error.

    Everything but an exact ``Value``, ``float`` or ``int`` takes this slow path: subclasses of ``Value`` are nodes,
    numpy's numbers and truth values are constants, and an int stays as written: ``x ** 2``.
    """
    if isinstance(given, Value):
        return given, given._data
    if isinstance(given, (bool, np.bool_)):
        return None, bool(given)
    as_float = number(given, what)
    return None, given if type(given) is int else as_float


def is_foreign(given: Any) -> bool:
    """Return True if ``given`` is neither a value nor a number, nor of a built-in type that is refused as a number."""
    return not isinstance(given, _DECIDED_HERE)


def compute(op: Primitive, *numbers: float) -> float:
    """The value of an operation on floats, by IEEE 754."""
    try:
        return float(op.value(floats, *numbers))
    except EDGES:
        return float(at_edge(op.value, *numbers))


def apply(op: Primitive, *given: Any) -> Value:
    """The value of an operation on values and numbers, recorded; beside other operands, the result of an extension."""
    try:
        operands = [operand(x) for x in given]
    except InputTypeError as error:
        refusal = error
    else:
        numbers = [x for _, x in operands]
        return record(Value, op, tuple(node for node, _ in operands), numbers, compute(op, *numbers))
    found: Value = extended(op, *given) if any(map(is_foreign, given)) else NotImplemented
    if found is NotImplemented:
        raise refusal
    return found


def _binary(op: Primitive, quick: Callable[[float, float], float]) -> tuple[Operator[Value], Operator[Value]]:
    """The methods ``x.__op__(y)`` and ``y.__rop__(x)``; ``quick`` is the row's value rule as one C function."""

    def method(self: Value, other: Any) -> Any:
        x = self._data
        if type(other) is Value:
            b: Value | None = other
            y = other._data
        elif type(other) is float or type(other) is int:
            b = None
            y = other
        elif is_foreign(other):
            return extended(op, self, other)
        else:
            b, y = operand(other)
        try:
            data = quick(x, y)
        except EDGES:
            data = compute(op, x, number(y, "arithmetic with a value"))
        z = create(Value)
        z._data = data
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

    def reflected(self: Value, other: Any) -> Any:
        if is_foreign(other):
            return extended(op, other, self)
        a, x = operand(other)
        y = self._data
        try:
            data = quick(x, y)
        except EDGES:
            data = compute(op, number(x, "arithmetic with a value"), y)
        return record(Value, op, (a, self), (x, y), data)

    method.__doc__ = f"``{op.write(['self', 'other'])}``"
    reflected.__doc__ = f"``{op.write(['other', 'self'])}``"
    return method, reflected  # type: ignore[return-value] # which are typed as they are bound to a value


def _unary(op: Primitive, quick: Callable[[float], float] | None = None) -> Method:
    """The method ``x.op()``; ``quick`` is the row's value rule as one function."""
    quick = quick or getattr(floats, op.name)

    def method(self: Value) -> Value:
        x = self._data
        try:
            data = quick(x)
        except EDGES:
            data = at_edge(op.value, x)
        y = create(Value)
        y._data = data
        y._grad = y._mark = y._b = y._y = None
        y._note = note_here()
        y._op = op
        y._a = self
        y._x = x
        y._number = tick()
        if active:
            mode_here().on_record(y)
        return y

    method.__doc__ = f"``{op.write(['self'])}``; see `autograd.{op.name}`."
    method.__name__ = op.name
    return method


def _comparison(name: str, sign: str) -> Question[Value]:
    """A comparison of numbers: it leaves a note on the values, and is recorded while a function is being compiled."""
    compare, ufunc = getattr(float, name), getattr(np, next(key for key, each in COMPARED.items() if each == sign))

    def method(self: Value, other: Any) -> Any:
        node = other if isinstance(other, Value) else None
        x, y = self._data, other if node is None else node._data
        answer = compare(x, y)
        if answer is not NotImplemented:
            return remember(sign, answer, self, x, node, y)
        if hasattr(other, "__array__") and not hasattr(other, "__array_ufunc__"):  # it would not ask numpy
            return ufunc(self, np.asarray(other))
        return answer

    return method  # type: ignore[return-value] # as above


class Value(Node):
    """A float that records what is done with it.

    Parameters
    ----------
    data : float
        Any real number; kept as a Python float.
    name : str, optional
        Shown in listings and drawings.

    Raises
    ------
    InputTypeError
        If ``data`` is not a real number, or ``name`` is not text. A bool is not a number here.
    InputValueError
        If ``data`` is an integer too large for a float, or ``name`` is empty.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(2.0, name="x")
    >>> y = x * x + 3 * x
    >>> y.backward()
    >>> y
    Value(10.0, grad=1.0)
    >>> x  # dy/dx = 2x + 3
    Value(2.0, name='x', grad=7.0)
    """

    __slots__ = ()

    def __init__(self, data: float, name: str | None = None, **others: Any) -> None:
        if others:
            refuse_keywords("Value", others)
        self._data = data if type(data) is float else number(data, "Value")
        self._grad = self._op = self._a = self._b = self._x = self._y = self._mark = None
        self._note = None if name is None else Note(checked_name(name))
        self._number = tick()
        if active:
            mode_here().on_record(self)

    # --- Numbers ------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number. A leaf may be given another one: what was recorded before keeps the old one in every reading."""
        data: float = mode_here().read(self) if active else self._data
        return data

    @data.setter
    def data(self, data: Any) -> None:
        if self._op is not None:
            raise TapeError(
                f"{shortened(self, 80)} is computed by {self._op.name}, so its number follows from its arguments; "
                "change those and compute again, or assign to .detach()"
            )
        self._data = number(data, ".data")

    @property
    def grad(self) -> float | MaybeNone:
        """The gradient; ``None`` before any pass has reached the value, else a number, which may be 0.

        On a leaf it is the sum over all passes since the last ``grad = None``; else that of the last pass.
        """
        grad: float | None = gradient_of(self)
        return grad

    @grad.setter
    def grad(self, grad: float | None) -> None:
        self._grad = by_hand(self, None if grad is None else number(grad, ".grad"))

    def backward(self, gradient: float = 1.0) -> None:
        """Deposit the derivative of this value by everything it depends on in their ``grad``.

        Parameters
        ----------
        gradient : float
            The upstream gradient, by which the derivatives are multiplied.

        Examples
        --------
        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> y = x * x
        >>> z = 2 * y
        >>> z.backward(); x.grad
        12.0
        >>> z.backward(); x.grad  # a leaf adds up
        24.0
        """
        backward(self, number(gradient, "gradient"))

    def item(self) -> float:
        """The number as a plain float: the way out, without a gradient."""
        return mode_here().read(self) if active else self._data  # type: ignore[no-any-return]

    def detach(self) -> Value:
        """A new leaf of the same number: what is computed from it sends no gradient here."""
        leaf = create(Value)
        make_leaf(leaf, self._data, Note(role="detached"))
        return mode_here().detached(leaf, self) if active else leaf

    # --- Arithmetic ---------------------------------------------------------------------------------------------------

    __add__, __radd__ = _binary(ops.ADD, operator.add)
    __sub__, __rsub__ = _binary(ops.SUB, operator.sub)
    __mul__, __rmul__ = _binary(ops.MUL, operator.mul)
    __truediv__, __rtruediv__ = _binary(ops.DIV, operator.truediv)
    __floordiv__, __rfloordiv__ = _binary(ops.FLOORDIV, operator.floordiv)
    __mod__, __rmod__ = _binary(ops.MOD, operator.mod)
    __pow__, __rpow__ = _binary(ops.POW, math.pow)
    __neg__ = _unary(ops.NEG, operator.neg)
    __abs__ = _unary(ops.ABS, abs)

    def __pos__(self) -> Value:
        return self

    def __round__(self, digits: int | None = None) -> Value:
        places = whole(0 if digits is None else digits, "the number of digits", least=None)
        return record(Value, ops.ROUND, (self, None), (self._data, places), compute(ops.ROUND, self._data, places))

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    # --- Functions of one value ---------------------------------------------------------------------------------------

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

    def leaky_relu(self, slope: Scalar = 0.01) -> Value:
        """``x`` for ``x > 0``, else ``slope * x``; see `autograd.leaky_relu`."""
        return apply(ops.LEAKY_RELU, self, slope)

    def elu(self, alpha: Scalar = 1.0) -> Value:
        """``x`` for ``x > 0``, else ``alpha * (exp(x) - 1)``; see `autograd.elu`."""
        return apply(ops.ELU, self, alpha)

    def clip(self, low: Scalar | None = None, high: Scalar | None = None, *, out: None = None) -> Value:
        """The nearest number between the bounds; see `autograd.clip`. ``np.clip`` calls this, with ``out=None``."""
        if out is not None:
            raise InputTypeError(f"clip makes a new value, and cannot write into {shortened(out)}; leave out= away")
        return apply(ops.CLIP, self, *bounds(low, high))

    # --- The methods that numpy calls on the elements of an array of values -------------------------------------------

    __floor__ = _unary(ops.FLOOR)
    __ceil__ = _unary(ops.CEIL)
    fabs, rint, conjugate = __abs__, __round__, __pos__  # np.var multiplies with the conjugate
    arctan2 = _binary(ops.ATAN2, math.atan2)[0]
    hypot = _binary(ops.HYPOT, math.hypot)[0]

    # --- Comparison, conversion, printing -----------------------------------------------------------------------------

    __eq__: Any = _comparison("__eq__", "==")  # of any object
    __ne__: Any = _comparison("__ne__", "!=")
    __lt__ = _comparison("__lt__", "<")
    __le__ = _comparison("__le__", "<=")
    __gt__ = _comparison("__gt__", ">")
    __ge__ = _comparison("__ge__", ">=")
    __hash__ = object.__hash__  # == compares numbers; a value is nevertheless held by its identity

    def __bool__(self) -> bool:
        return bool(remember("bool", bool(self._data), self, self._data))

    def _refuse(self, *_: Any) -> Any:
        if asked_by_a_plot(Value):
            return self._data
        raise InputTypeError(
            f"{shortened(self, 80)} does not turn into a plain number by itself, which would lose its {REMEDY}"
        )

    __float__ = __int__ = __complex__ = __trunc__ = _refuse

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """``np.exp(x)``, ``np.maximum(x, 0)``, ``np.float64(2) * x``: recorded, as with our own functions."""
        arrays = (*inputs, *options.get("out", ()))
        if any(isinstance(x, np.ndarray) and x.dtype == object for x in arrays):  # numpy asks each element by itself
            inputs = tuple(np.array(x, dtype=object) if isinstance(x, Value) else x for x in inputs)
            return getattr(ufunc, method)(*inputs, **options)
        if any(isinstance(x, Node) and not isinstance(x, Value) for x in inputs):
            return NotImplemented
        if asks_only(ufunc, method):
            return answered(ufunc.__name__, ufunc(*map(data_of, inputs), **options), inputs)
        return apply(primitive_of(ufunc, method, options), *inputs)

    def __format__(self, specification: str) -> str:
        return format(self._data, specification) if specification else repr(self)

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        grad = "" if self.grad is None else f", grad={self.grad!r}"
        return f"{type(self).__name__}({self._data!r}{name}{grad})"


REMEDIES[Value] = "take its number with .item(), or share the value itself"
_DECIDED_HERE = (Value, Real, np.bool_, complex, str, bytes, list, tuple, dict, set, type(None))
