"""Values beside objects of other packages: numpy's functions, and operands of other kinds.

    np.exp(x)             a row of the table, by its name         `primitive_of`
    np.sum(t, axis=0)     what stands for it in ``FUNCTIONS``     `answer`
    x * array             the first extension that knows it       `extended`

The packages above fill in ``FUNCTIONS`` and call `extend`, so the core does not import arrays.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn, Protocol, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from ..errors import InputTypeError, InputValueError, shortened
from .numbers import COUNTED, asked_by_a_plot
from .several import TABLE
from .table import Primitive

__all__ = [
    "FUNCTIONS",
    "Compatible",
    "Operator",
    "Question",
    "answer",
    "asks_only",
    "extend",
    "extended",
    "primitive_of",
]


V = TypeVar("V")  # a value, which is defined above this module
O = TypeVar("O", contravariant=True)  # noqa: E741 - an operand of that kind


_FLAG = (
    "requires_grad, since everything that is recorded has a gradient; to train other parameters only, call freeze() on "
    "the module; to record nothing, write with no_grad()"
)


class Compatible:
    """The attributes of a node that other libraries, and users of those, look for."""

    __slots__ = ()
    grad: Any
    __pandas_priority__ = 10_000  # a column of pandas leaves arithmetic with a node to the node

    def zero_grad(self) -> None:
        """Forget the gradient: ``grad`` is ``None`` until a pass reaches the value again."""
        self.grad = None

    def __index__(self) -> int:
        raise InputTypeError(f"{shortened(self, 80)} is no index and no count, since it may vary; {COUNTED}")

    @property
    def requires_grad(self) -> NoReturn:
        """Refuse PyTorch's flag: everything that is recorded has a gradient, and a module freezes its parameters."""
        raise AttributeError(f"a {type(self).__name__} has no {_FLAG}")

    @requires_grad.setter
    def requires_grad(self, _: Any) -> NoReturn:
        raise InputValueError(f"a {type(self).__name__} takes no {_FLAG}")

    @property
    def _mask(self) -> NoReturn:
        """Refuse arithmetic with a masked array: ``numpy.ma`` would take the numbers and leave the record behind."""
        if asked_by_a_plot():
            raise AttributeError("_mask")  # for matplotlib, a node is an array without a mask
        raise InputTypeError(
            "arithmetic with a Value or a Tensor takes an array without a mask, which would leave the gradient behind: "
            "give the masked elements a number, x.filled(0.0), or leave them out, x.compressed()"
        )


# --- Functions of elements --------------------------------------------------------------------------------------------


_OURS = {  # by numpy's names, where ours are others
    "absolute": "abs",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "divide": "div",
    "fabs": "abs",
    "float_power": "pow",
    "floor_divide": "floordiv",
    "multiply": "mul",
    "negative": "neg",
    "power": "pow",
    "remainder": "mod",
    "subtract": "sub",
}
_QUESTIONS = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.isnan, np.isinf, np.isfinite, np.signbit),
}


def asks_only(ufunc: np.ufunc, method: str) -> bool:
    """Return True if this function of numpy answers with a truth value, which has no gradient."""
    return method == "__call__" and ufunc in _QUESTIONS


def primitive_of(ufunc: np.ufunc, method: str, options: Mapping[str, Any]) -> Primitive:
    """The row of the table that a numpy function stands for.

    Raises
    ------
    InputTypeError
        If there is none, or if it was called with options such as ``out=``, or as a reduction.
    """
    name = ufunc.__name__
    op = TABLE.get(_OURS.get(name, name))
    if method == "__call__" and not options and op is not None and op.arity == ufunc.nin:
        return op
    call = ("np." if getattr(np, name, None) is ufunc else "") + name + ("" if method == "__call__" else f".{method}")
    raise InputTypeError(
        f"{call} does not record a Value or a Tensor{' with ' + ', '.join(options) if options else ''}; "
        + _remedy(name, options)
    )


def _remedy(name: str, options: Mapping[str, Any]) -> str:
    if "out" in options:
        return "an array that is written into keeps no gradient: write a = a + b for a += b"
    if name == "matmul":
        return "a matrix product takes arrays of at least one dimension: write x * y for a number"
    if name in ("expit", "log_expit"):  # scipy's
        return f"write autograd.{'sigmoid' if name == 'expit' else 'logsigmoid'}(…)"
    return "use a function of autograd, or .item() or .numpy() for the numbers alone"


# --- Functions of whole arrays ----------------------------------------------------------------------------------------

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}  # numpy's function, and what stands for it


def answer(function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """The result of one of numpy's functions of whole arrays, with a tensor among its arguments.

    Raises
    ------
    InputTypeError
        If nothing stands for it, or if it was called with arguments that what stands for it does not take.
    """
    ours = FUNCTIONS.get(function)
    problem = "" if ours is None else _mismatch(ours, len(args), tuple(options))
    if ours is not None and not problem:
        return ours(*args, **options)
    call = f"{function.__module__.replace('numpy', 'np', 1)}.{function.__name__}"
    raise InputTypeError(
        f"{call} of a tensor {problem}"
        if problem
        else f"{call} does not record a tensor; use a function of autograd, or take its .numpy() for the numbers alone"
    )


@lru_cache(maxsize=1024)
def _mismatch(ours: Callable[..., Any], count: int, names: tuple[str, ...]) -> str:
    """Why a function does not take so many arguments, and further ones by name; empty, if it does."""
    signature = inspect.signature(ours)
    try:
        signature.bind(*[None] * count, **dict.fromkeys(names))
    except TypeError as error:
        return f"takes {signature} and nothing else: {error}"
    return ""


# --- Operands of other kinds ------------------------------------------------------------------------------------------


class Operator(Protocol[V]):
    """The type of an operator of a value: another value with values and numbers, a tensor or more with arrays."""

    @overload
    def __call__(self, other: float | V, /) -> V: ...
    @overload
    def __call__(self, other: NDArray[Any] | Sequence[Any], /) -> Any: ...


class Question(Protocol[O]):
    """The type of a comparison of a value: a truth value, or an array of them."""

    @overload
    def __call__(self, other: float | O, /) -> bool: ...
    @overload
    def __call__(self, other: NDArray[Any] | Sequence[Any], /) -> Any: ...


_extensions: list[Callable[..., Any]] = []


def extend(apply: Callable[..., Any]) -> None:
    """Register a function that applies operations to values beside operands of another kind, such as arrays.

    ``apply(op, *operands)`` gives the recorded result, or ``NotImplemented`` if it does not know an operand.
    """
    _extensions.append(apply)


def extended(op: Primitive, *given: Any) -> Any:
    """The result of the first extension that knows the operands; ``NotImplemented`` if none does."""
    found = (apply(op, *given) for apply in _extensions)
    return next((result for result in found if result is not NotImplemented), NotImplemented)
