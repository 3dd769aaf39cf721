"""``Tensor``: a numpy array that remembers.

As for ``Value``, an operation is three things: compute the numbers, make a node, fill in the record. Elementwise
operations are the rows of `core.ops` with numpy's broadcasting; operations that rearrange, sum and multiply whole
arrays are the rows of `arrays.ops`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NoReturn

import numpy as np

from ..core import ops
from ..core.context import Note, checked_name
from ..core.modes import active, mode_here
from ..core.numbers import bounds
from ..core.sweep import backward
from ..core.table import Primitive
from ..core.tape import Loop, Node, Totals, create, make_leaf, record
from ..core.ufuncs import asks_only, primitive_of
from ..core.value import Value, apply, compute
from ..errors import InputTypeError, InputValueError, TapeError
from . import ops as array_ops
from .methods import Shaped
from .protocol import answer
from .readonly import Frozen, as_data, frozen, recorded_constant
from .sweep import add_up_arrays, propagate_arrays
from .table import ArrayPrimitive, arrays

__all__ = ["Tensor", "apply_to_arrays", "perform", "work_out"]

Method = Callable[..., Any]


def apply_to_arrays(op: Primitive, *given: Any) -> Any:
    """The value of an operation on tensors, values, arrays and numbers, recorded; other constants are passed on."""
    nodes: list[Node | None] = []
    numbers: list[Any] = []
    as_given = isinstance(op, ArrayPrimitive)  # axes, shapes and indices are
    for x in given:
        if isinstance(x, Node):
            nodes.append(x)
            numbers.append(x._data)
        else:
            nodes.append(None)
            numbers.append(x if as_given else recorded_constant(x, _dtype(given)))
    data = work_out(op, numbers)
    if op is array_ops.ENTRY:
        return record(Value, op, tuple(nodes), tuple(numbers), data)
    return new(op, nodes, numbers, data)


def _dtype(given: Sequence[Any]) -> Any:
    """That of the first tensor."""
    for x in given:
        if isinstance(x, Tensor):
            return x._data.dtype
    return np.dtype(float)


def work_out(op: Primitive, numbers: Sequence[Any]) -> Any:
    """The value of an operation on arrays and numbers, by IEEE 754.

    Raises
    ------
    InputValueError
        If their shapes do not fit.
    """
    with np.errstate(all="ignore"):
        try:
            return op.value(arrays, *numbers)
        except (ValueError, IndexError, OverflowError) as error:
            raise _do_not_fit(op, numbers, error) from None


def perform(op: Primitive, *given: Any) -> Any:
    """The value of an operation: recorded if it is given a value or a tensor, else numbers."""
    if isinstance(op, ArrayPrimitive) or any(isinstance(x, Tensor) for x in given):
        return apply_to_arrays(op, *given) if any(isinstance(x, Node) for x in given) else work_out(op, given)
    if any(isinstance(x, Value) for x in given):
        return apply(op, *given)
    return op.value(arrays, *given) if any(isinstance(x, np.ndarray) for x in given) else compute(op, *given)


def _do_not_fit(op: Primitive, numbers: Sequence[Any], error: Exception) -> Exception:
    shapes = " and ".join(f"shape {x.shape}" for x in numbers if isinstance(x, np.ndarray)) or "numbers"
    return InputValueError(f"{op.name} of {shapes}: {error}")


def new(op: Primitive, nodes: Sequence[Node | None], numbers: Sequence[Any], data: Any) -> Tensor:
    """A recorded tensor."""
    array = data if type(data) is np.ndarray else np.asarray(data)
    dtype = _dtype(nodes)
    if array.dtype is not dtype:  # truth values; and functions of a plain number, which numpy gives in float64
        wide = any(isinstance(x, np.ndarray) and x.dtype == np.float64 for x in numbers)
        if array.dtype.kind != "f" or not wide:
            array = array.astype(dtype)
    return record(Tensor, op, tuple(nodes), tuple(numbers), array)


def _binary(op: Primitive, quick: np.ufunc) -> tuple[Method, Method]:
    """The methods ``x.__op__(y)`` and ``y.__rop__(x)``; ``quick`` is the row's value rule as a function of numpy's."""

    def method(self: Tensor, other: Any) -> Any:
        if type(other) is Tensor:
            b: Tensor | None = other
            y: Any = other._data
        elif type(other) is float or type(other) is int:
            b = None
            y = other
        elif type(other) is np.ndarray:
            b = None
            y = recorded_constant(other, self._data.dtype)
        else:
            return apply_to_arrays(op, self, other) if _is_operand(other) else NotImplemented
        x = self._data
        try:
            with np.errstate(all="ignore"):
                data = quick(x, y)
        except (ValueError, OverflowError) as error:
            raise _do_not_fit(op, (x, y), error) from None
        return record(Tensor, op, (self, b), (x, y), np.asarray(data))

    def reflected(self: Tensor, other: Any) -> Any:
        return apply_to_arrays(op, other, self) if _is_operand(other) else NotImplemented

    method.__doc__ = f"``{op.write(['self', 'other'])}``, with broadcasting."
    reflected.__doc__ = f"``{op.write(['other', 'self'])}``, with broadcasting."
    return method, reflected


_matrix_product = _binary(array_ops.MATMUL, np.matmul)[0]


def _is_operand(x: Any) -> bool:
    return isinstance(x, (Node, np.ndarray, np.generic, int, float, list, tuple, complex, str))


def _unary(op: Primitive) -> Method:
    def method(self: Tensor) -> Any:
        x = self._data
        with np.errstate(all="ignore"):
            data = op.value(arrays, x)
        return record(Tensor, op, (self,), (x,), np.asarray(data))

    method.__doc__ = f"``{op.write(['self'])}`` of each element; see `autograd.{op.name}`."
    method.__name__ = op.name
    return method


def _comparison(name: str) -> Method:
    compare = getattr(operator, name.strip("_"))

    def method(self: Tensor, other: Any) -> Any:
        return compare(self._data, other._data if isinstance(other, Node) else other)

    method.__doc__ = "An array of truth values; it records nothing."
    return method


class Tensor(Shaped):
    """An array of numbers that records what is done with it.

    Parameters
    ----------
    data : array_like
        Real numbers, of any shape; copied. float64, or float32 if the array is.
    name : str, optional
        Shown in listings and drawings.
    dtype : optional
        ``float`` or ``numpy.float32``, to convert to.

    Raises
    ------
    InputTypeError
        If the array holds whole numbers, truth values, complex numbers or objects, or ``name`` is not text.

    Examples
    --------
    >>> from autograd import Tensor
    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="w")
    >>> loss = ((w @ [1.0, -1.0]) ** 2).sum()
    >>> loss.backward()
    >>> w.grad
    array([[-2.,  2.],
           [-2.,  2.]])
    """

    __slots__ = ()
    loop: ClassVar[Loop | None] = propagate_arrays
    totals: ClassVar[Totals | None] = add_up_arrays

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None) -> None:
        if isinstance(data, Node):
            raise InputTypeError(f"Tensor takes numbers, not {type(data).__name__}; share it, or take its .detach()")
        make_leaf(self, as_data(data, "Tensor", dtype), Note(checked_name(name)) if name is not None else None)
        if active:
            mode_here().on_record(self)

    # --- Numbers ------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Frozen:
        """The array, not to be written to. A leaf may be given another one of its shape."""
        return frozen(mode_here().read(self) if active else self._data)

    @data.setter
    def data(self, data: Any) -> None:
        if self._op is not None:
            raise TapeError(
                f"{self!r} is computed by {self._op.name}, so its numbers follow from its arguments; "
                "change those and compute again, or assign to .detach()"
            )
        self._data = self._shaped_like_this(data, ".data")

    def _shaped_like_this(self, given: Any, what: str) -> np.ndarray[Any, Any]:
        array = as_data(given, what, self._data.dtype)
        if array.shape != self._data.shape:
            raise InputValueError(f"{what} of a tensor of shape {self.shape} has that shape, not {array.shape}")
        return array

    @property
    def grad(self) -> Frozen | None:
        """The gradient: ``None`` before any pass has reached the tensor, else an array of its shape."""
        return None if self._grad is None else frozen(self._grad)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is None:
            self._grad = None
        else:
            self._grad = self._shaped_like_this(np.full(self.shape, grad) if np.ndim(grad) == 0 else grad, ".grad")

    def backward(self, gradient: Any = None) -> None:
        """Deposit the derivative of this tensor by everything it depends on in their ``grad``.

        Parameters
        ----------
        gradient : array_like, optional
            What the derivatives are multiplied by, in the shape of the tensor; not needed for a single number.

        Raises
        ------
        InputValueError
            If it is left out and the tensor is not a single number, or if its shape is another.
        """
        backward(self, self.seed(gradient))

    def seed(self, gradient: Any = None) -> np.ndarray[Any, Any]:
        """The gradient that a backward pass from here begins with; see `backward`."""
        if gradient is not None:
            return self._shaped_like_this(gradient._data if isinstance(gradient, Node) else gradient, "the gradient")
        if self._data.size != 1:
            raise InputValueError(
                f"backward() starts at one number, not at shape {self.shape}; sum up first, as in "
                "y.sum().backward(), or give gradient=, an array of that shape"
            )
        return np.ones_like(self._data)

    shape = property(lambda self: self._data.shape, doc="The length of each axis.")
    ndim = property(lambda self: self._data.ndim, doc="How many axes there are.")
    size = property(lambda self: self._data.size, doc="How many numbers there are.")
    dtype = property(lambda self: self._data.dtype, doc="float64 or float32.")

    def item(self) -> float:
        """The number of a tensor that has a single one, as a plain float."""
        if self._data.size != 1:
            raise InputValueError(f"item() is for a single number, not for shape {self.shape}; take .numpy()")
        return float((mode_here().read(self) if active else self._data).item())

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the array: the way out, without a gradient."""
        return (mode_here().read(self) if active else self._data).copy()

    def detach(self) -> Tensor:
        """A new leaf of the same numbers: what is computed from it sends no gradient here."""
        leaf = create(Tensor)
        make_leaf(leaf, self._data)
        return mode_here().detached(leaf, self) if active else leaf

    # --- Arithmetic ---------------------------------------------------------------------------------------------------

    __add__, __radd__ = _binary(ops.ADD, np.add)
    __sub__, __rsub__ = _binary(ops.SUB, np.subtract)
    __mul__, __rmul__ = _binary(ops.MUL, np.multiply)
    __truediv__, __rtruediv__ = _binary(ops.DIV, np.divide)
    __floordiv__, __rfloordiv__ = _binary(ops.FLOORDIV, np.floor_divide)
    __mod__, __rmod__ = _binary(ops.MOD, np.remainder)
    __pow__, __rpow__ = _binary(ops.POW, np.power)
    __neg__ = _unary(ops.NEG)
    __abs__ = _unary(ops.ABS)

    def __pos__(self) -> Tensor:
        return self

    def __round__(self, digits: int | None = None) -> Any:
        return apply_to_arrays(ops.ROUND, self, operator.index(digits or 0))

    exp = _unary(ops.EXP)
    expm1 = _unary(ops.EXPM1)
    log = _unary(ops.LOG)
    log2 = _unary(ops.LOG2)
    log10 = _unary(ops.LOG10)
    log1p = _unary(ops.LOG1P)
    sqrt = _unary(ops.SQRT)
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
        return apply_to_arrays(ops.LEAKY_RELU, self, slope)

    def elu(self, alpha: Any = 1.0) -> Any:
        """``x`` for ``x > 0``, else ``alpha * (exp(x) - 1)``; see `autograd.elu`."""
        return apply_to_arrays(ops.ELU, self, alpha)

    def clip(self, low: Any = None, high: Any = None) -> Any:
        """The nearest number between the bounds; see `autograd.clip`."""
        return apply_to_arrays(ops.CLIP, self, *bounds(low, high))

    def _product(self, x: Any, y: Any) -> Tensor:
        if type(x) is Tensor and x._data.ndim == 2 and type(y) in (Tensor, np.ndarray) and y.ndim == 2:
            result: Tensor = _matrix_product(x, y)
            return result
        return super()._product(x, y)

    def _apply(self, op: Primitive, *given: Any) -> Tensor:
        result: Tensor = apply_to_arrays(op, *given)
        return result

    # --- Manners of an array ------------------------------------------------------------------------------------------

    __eq__ = _comparison("__eq__")
    __ne__ = _comparison("__ne__")
    __lt__ = _comparison("__lt__")
    __le__ = _comparison("__le__")
    __gt__ = _comparison("__gt__")
    __ge__ = _comparison("__ge__")
    __hash__ = object.__hash__  # == compares numbers; a tensor is nevertheless held by its identity

    def __bool__(self) -> bool:
        return bool(self._data)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise InputTypeError(
            f"a tensor of shape {self.shape} does not turn into plain numbers by itself, which would lose its "
            "gradient: call the function of the same name in autograd, or take .numpy() for the numbers alone"
        )

    __float__ = __int__ = __complex__ = __array__ = __setitem__ = _refuse

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """``np.exp(t)``, ``np.maximum(t, 0)``, ``array * t``: recorded, as with our own functions."""
        if asks_only(ufunc, method):
            return ufunc(*(x._data if isinstance(x, Node) else x for x in inputs), **options)
        if ufunc is np.matmul and method == "__call__" and not options:
            return self._product(*inputs)
        return apply_to_arrays(primitive_of(ufunc, method, options), *inputs)

    def __array_function__(self, function: Method, _: Any, args: Any, options: Any) -> Any:
        """``np.sum(t, axis=0)``, ``np.concatenate([t, u])``: recorded, as with our own functions."""
        return answer(function, args, options)

    def __format__(self, specification: str) -> str:
        return format(self.item(), specification) if specification else repr(self)

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        numbers = np.array2string(self._data, separator=", ", prefix="Tensor(", threshold=100)
        kind = "" if self.dtype == np.float64 else f", dtype={self.dtype}"
        shape = f", shape={self.shape}" if self.ndim else ""
        return f"Tensor({numbers}{shape}{kind}{name})"
