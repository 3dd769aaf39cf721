"""``Tensor``: a numpy array that remembers.

As for ``Value``, an operation is three things: compute the numbers, make a node, fill in the record. Elementwise
operations are the rows of `core.ops` with numpy's broadcasting; operations that rearrange, sum and multiply whole
arrays are the rows of `arrays.ops`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from ..core import ops
from ..core.comparisons import asked
from ..core.context import Note, checked_name, inside_recording
from ..core.modes import active, mode_here
from ..core.numbers import REMEDIES, MaybeNone, asked_by_a_plot, refuse_keywords
from ..core.protocol import answer, asks_only, extend, primitive_of
from ..core.stores import by_hand, gradient_of
from ..core.sweep import backward
from ..core.table import Primitive
from ..core.tape import Loop, Node, Totals, create, data_of, make_leaf, record
from ..core.value import Value
from ..core.value import compute as compute_number
from ..errors import InputTypeError, InputValueError, TapeError, shortened
from . import ops as array_ops
from .elements import AFTER_ARRAYS, METHODS, MOVES, REFLECTED, Elementwise, beside_tensors, binary, in_dtype, reflected
from .elimination import SLICEWISE
from .errstate import quietly
from .of_values import is_array_of_values, of_element, of_elements
from .readonly import (
    KEPT,
    Frozen,
    array_of,
    as_data,
    frozen,
    is_array_of_a_library,
    real_numbers,
    recorded_constant,
    recorded_setting,
    without_record,
)
from .sweep import add_up_arrays, propagate_arrays
from .table import REFUSED, ArrayPrimitive, arrays, in_numpy, refusal, run

__all__ = ["Tensor", "apply", "compute", "evaluate"]

# --- Running an operation ---------------------------------------------------------------------------------------------


def compute(op: Primitive, *numbers: Any) -> Any:
    """The value of an operation on numbers and arrays, by IEEE 754; of whole arrays of values as well.

    Raises
    ------
    InputValueError
        If the shapes do not fit, or the result is too large.
    """
    if not any(map(is_array_of_values, numbers)):
        return _computed(op, numbers)
    with np.errstate(all="ignore"):
        rule = partial(op.value, arrays) if isinstance(op, ArrayPrimitive) else partial(in_numpy, op.value)
        return run(op, numbers, SLICEWISE.get(op, rule), *numbers)  # not `quietly`, since it records


def _computed(op: Primitive, numbers: Sequence[Any]) -> Any:
    """The value of an operation on numbers and arrays of numbers."""
    if isinstance(op, ArrayPrimitive):
        return run(op, numbers, quietly, op.value, arrays, *numbers)
    if type(numbers[0]) is np.ndarray or any(isinstance(x, np.ndarray) for x in numbers):
        return run(op, numbers, quietly, in_numpy, op.value, *numbers)
    return compute_number(op, *numbers)


def apply(op: Primitive, *given: Any) -> Any:
    """The value of an operation on tensors, values, arrays and numbers, recorded. No record keeps a caller's array."""
    on_whole = isinstance(op, ArrayPrimitive)  # the arguments include axes, shapes and indices
    dtype = given[0]._data.dtype if type(given[0]) is Tensor else _dtype(given)
    nodes: list[Node | None] = []
    numbers: list[Any] = []
    keep = recorded_setting if on_whole else recorded_constant
    for x in given:
        if isinstance(x, Node):
            nodes.append(x)
            numbers.append(x._data)
        else:
            nodes.append(None)
            numbers.append(keep(x, dtype))
    function: Callable[..., Any] = op.value if on_whole else in_numpy
    first: Any = arrays if on_whole else op.value
    try:
        data = function(first, *numbers) if op in MOVES else quietly(function, first, *numbers)
    except REFUSED as error:
        raise refusal(op, numbers, error) from error.__cause__
    if op is array_ops.ENTRY:
        return record(Value, op, tuple(nodes), tuple(numbers), data)
    if op is not array_ops.CAST and (type(data) is not np.ndarray or data.dtype is not dtype):
        data = in_dtype(data, dtype, *numbers)
    return record(Tensor, op, tuple(nodes), tuple(numbers), data)


def evaluate(op: Primitive, *given: Any) -> Any:
    """The value of an operation on a user's operands: recorded if one is a value or a tensor, otherwise numbers.

        numbers                               a float
        values, and numbers                   a value
        arrays, and numbers                   an array
        tensors, or values beside arrays      a tensor
        an array of values                    an array of values, element by element

    Beside an array or a tensor, a list is an array.

    Raises
    ------
    InputTypeError
        If an operand is none of these.
    InputValueError
        If the shapes do not fit.
    """
    if isinstance(op, ArrayPrimitive):
        if Tensor in map(type, given) or any(isinstance(x, Node) for x in given):
            return apply(op, *given)
        return compute(op, *given)
    kinds = {*map(type, given)}
    if Tensor in kinds and kinds <= _BESIDE_TENSORS:
        return _of_tensors(op, given)
    if kinds <= _SCALARS:
        return of_element(op, *given)
    operands: list[Any] = [
        array_of(x, op.name) if type(x) is not np.ndarray and is_array_of_a_library(x) else x for x in given
    ]
    tensors = any(isinstance(x, Tensor) for x in operands)
    if tensors or any(isinstance(x, np.ndarray) and x.ndim for x in operands):
        operands = [array_of(x, op.name) if isinstance(x, (list, tuple)) else x for x in operands]
    elif any(isinstance(x, Value) for x in operands):
        return of_element(op, *(x[()] if isinstance(x, np.ndarray) else x for x in operands))
    if not tensors and any(is_array_of_values(x) for x in operands):
        return of_elements(op, *operands)
    if any(isinstance(x, Node) for x in operands):
        # A compiled function computes with single values: there a value beside an array meets each of its elements.
        return (of_elements if inside_recording() and not tensors else apply)(op, *operands)
    return compute(
        op, *(real_numbers(x, op.name, is_condition=op is ops.WHERE and not k) for k, x in enumerate(operands))
    )


def _of_tensors(op: Primitive, given: Sequence[Any]) -> Any:
    """The same of tensors, and of values, arrays and numbers beside them."""
    if type(given[0]) is Tensor and op in METHODS:
        return METHODS[op](*given)
    if type(given[-1]) is Tensor and op in REFLECTED:
        return REFLECTED[op](given[1], given[0])
    if op is ops.WHERE and type(given[0]) is np.ndarray and type(given[1]) is type(given[2]) is Tensor:
        return _chosen(*given)
    return apply(op, *given)


def _beside_values(op: Primitive, *given: Any) -> Any:
    """Apply an operation to a value beside operands that are neither values nor numbers."""
    known = all(isinstance(x, (Node, Real, np.bool_, list, tuple)) or is_array_of_a_library(x) for x in given)
    return evaluate(op, *given) if known else NotImplemented


extend(_beside_values)


def _dtype(given: Sequence[Any]) -> Any:
    """The dtype of the first tensor; where there is none, of the first array in floating point."""
    for x in given:
        if isinstance(x, Tensor):
            return x._data.dtype
    return next((x.dtype for x in given if isinstance(x, np.ndarray) and x.dtype in KEPT), np.dtype(float))


_times: Callable[[Tensor, Any], Tensor] = binary(array_ops.MATMUL, array_ops.product)
_after: Callable[[Tensor, Any], Tensor] = reflected(array_ops.MATMUL, array_ops.product)
_chosen: Callable[..., Tensor] = beside_tensors(ops.WHERE, np.where)


class Tensor(Elementwise):
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

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None, **others: Any) -> None:
        if others:
            refuse_keywords("Tensor", others)
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
                f"{shortened(self, 80)} is computed by {self._op.name}, so its numbers follow from its arguments; "
                "change those and compute again, or assign to .detach()"
            )
        self._data = self._shaped_like_this(data, ".data")

    def _shaped_like_this(self, given: Any, what: str) -> np.ndarray[Any, Any]:
        array = as_data(given, what, self._data.dtype)
        if array.shape != self._data.shape:
            raise InputValueError(f"{what} of a tensor of shape {self.shape} has that shape, not {array.shape}")
        return array

    @property
    def grad(self) -> Frozen | MaybeNone:
        """The gradient; ``None`` before any pass has reached the tensor, else an array of its shape."""
        grad = gradient_of(self)
        return None if grad is None else frozen(grad)

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is None:
            self._grad = by_hand(self, None)
        else:
            array = as_data(grad, ".grad", self._data.dtype)
            array = self._shaped_like_this(array if array.ndim else np.full(self.shape, array), ".grad")
            self._grad = by_hand(self, array)

    def backward(self, gradient: Any = None) -> None:
        """Deposit the derivative of this tensor by everything it depends on in their ``grad``.

        Parameters
        ----------
        gradient : array_like, optional
            The upstream gradient, by which the derivatives are multiplied, in the shape of the tensor; 1 for a single
            number.

        Raises
        ------
        InputValueError
            If it is left out and the tensor is not a single number, or if its shape is another.
        """
        backward(self, self.seed(gradient))

    def seed(self, gradient: Any = None) -> np.ndarray[Any, Any]:
        """The gradient that a backward pass from here begins with; see `backward`."""
        if gradient is not None:
            return self._shaped_like_this(data_of(gradient), "the gradient")
        if self._data.size != 1:
            raise InputValueError(
                f"backward() starts at one number, not at shape {self.shape}; sum up first, as in "
                "y.sum().backward(), or give gradient=, an array of that shape"
            )
        return np.array(1.0, self._data.dtype) if not self._data.ndim else np.ones(self._data.shape, self._data.dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._data.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64 or float32."""
        dtype: np.dtype[Any] = self._data.dtype
        return dtype

    def item(self) -> float:
        """The number of a tensor that has a single one, as a plain float."""
        if self._data.size != 1:
            raise InputValueError(f"item() is for a single number, not for shape {self.shape}; take .numpy()")
        return float((mode_here().read(self) if active else self._data).item())

    def numpy(self) -> np.ndarray[Any, Any]:
        """A copy of the array: the way out, without a gradient."""
        return (mode_here().read(self) if active else self._data).copy()

    def tolist(self) -> Any:
        """The numbers as floats in nested lists, or a single float: without a gradient, as `numpy`."""
        return self.numpy().tolist()

    def clone(self) -> Tensor:
        """A tensor of the same numbers, through which the gradient flows back to this one."""
        return self._apply(ops.COPY, self)

    def detach(self) -> Tensor:
        """A new leaf of the same numbers: what is computed from it sends no gradient here."""
        leaf = create(Tensor)
        make_leaf(leaf, self._data)
        return mode_here().detached(leaf, self) if active else leaf

    @property
    def T(self) -> Tensor:  # noqa: N802 - numpy's name
        """The tensor with its axes in reverse order."""
        if self._data.ndim == 2:  # the weights of a layer, at each call
            return record(Tensor, array_ops.TRANSPOSE, (self, None), (self._data, (1, 0)), self._data.T)
        return self.transpose()

    def _product(self, x: Any, y: Any) -> Tensor:
        if {type(x), type(y)} <= _FACTORS and x.ndim == y.ndim == 2:
            return _times(x, y) if type(x) is Tensor else _after(y, x)
        return super()._product(x, y)

    def _apply(self, op: Primitive, *given: Any) -> Tensor:
        return apply(op, *given)  # type: ignore[no-any-return]

    # --- Manners of an array ------------------------------------------------------------------------------------------

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise InputValueError(
                f"a tensor of shape {self.shape} is not true or false as a whole; compare it, and write (t > 0).all() "
                "or (t > 0).any()"
            )
        return bool(asked(np.not_equal, self, 0))

    def __contains__(self, x: Any) -> bool:
        return bool(np.any(self == x))

    __array__: object = Elementwise._plain  # no method to type checkers: to them, too, array * t is a tensor

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """``np.exp(t)``, ``np.maximum(t, 0)``, ``array * t``: recorded, as with our own functions."""
        if asks_only(ufunc, method):
            return asked(ufunc, *inputs, **options)
        if asked_by_a_plot():
            return getattr(ufunc, method)(*map(data_of, inputs), **options)
        if ufunc in AFTER_ARRAYS and type(inputs[0]) is np.ndarray and not options and method == "__call__":
            return AFTER_ARRAYS[ufunc](self, inputs[0])
        if ufunc is np.matmul and method == "__call__" and not options:
            return self._product(*inputs)
        op = primitive_of(ufunc, method, options)
        return _of_tensors(op, inputs) if _BESIDE_TENSORS.issuperset(map(type, inputs)) else apply(op, *inputs)

    def __array_function__(self, function: Callable[..., Any], _: Any, args: Any, options: Any) -> Any:
        """``np.sum(t, axis=0)``, ``np.concatenate([t, u])``: recorded, as with our own functions."""
        if asked_by_a_plot():
            return function(*map(without_record, args), **options)
        return answer(function, args, options)

    def __format__(self, specification: str) -> str:
        return format(self.item(), specification) if specification else repr(self)

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        numbers = np.array2string(self._data, separator=", ", prefix="Tensor(", threshold=100)
        kind = "" if self.dtype == np.float64 else f", dtype={self.dtype}"
        shape = f", shape={self.shape}" if self.ndim else ""
        return f"Tensor({numbers}{shape}{kind}{name})"


_SCALARS, _FACTORS = {float, int, Value}, {Tensor, np.ndarray}
# Operands that are recorded as they are, where a tensor is among them.
_BESIDE_TENSORS = {Tensor, Value, np.ndarray, float, int}
Tensor._kind = Tensor  # also of a kind of tensor that is derived from it
REMEDIES[Tensor] = "index one of its numbers, as in tensor.values()[0]; or make values tensors: autograd.stack(values)"
