"""Arrays without a gradient, which a program computes anew at each call, as terms: truth values and whole numbers.

x > 0                       less(0, x)
scores.argmax(axis=1)       np.argmax(scores, axis=1)
labels[rows]                labels[rows]
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...errors import InputValueError
from ..tensors.derived import Derived
from ..wording.terms import Term, name, term
from .names import Names
from .sized import Place, Sized

__all__ = ["followed"]

HEADS: dict[Any, str] = {
    operator.lt: "less", operator.le: "less_equal", operator.gt: "greater", operator.ge: "greater_equal",
    operator.eq: "equal", operator.ne: "not_equal", operator.and_: "logical_and", operator.or_: "logical_or",
    operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.mod: "mod", operator.floordiv: "floordiv",
    np.less: "less", np.less_equal: "less_equal", np.greater: "greater", np.greater_equal: "greater_equal",
    np.equal: "equal", np.not_equal: "not_equal", np.logical_not: "logical_not", np.isnan: "isnan",
    np.logical_and: "logical_and", np.logical_or: "logical_or", np.isfinite: "isfinite",
    np.add: "add", np.subtract: "sub", np.multiply: "mul", np.remainder: "mod", np.floor_divide: "floordiv",
    np.negative: "neg", np.divide: "div", np.power: "power", np.sqrt: "sqrt", np.absolute: "absolute",
    np.maximum: "maximum", np.minimum: "minimum",
}  # fmt: skip
OF_TRUTH: dict[Any, str] = {np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.invert: "logical_not"}
KINDS = (int, type(None))  # of an axis
EVERYWHERE = {"argmax", "argmin", "any", "all", "sum"}  # functions that PyTorch has by the same name and arguments


def followed(x: Derived, operand: Callable[[Any], Any], names: Names, own: str) -> Any:
    """Return the term of an array that is derived from others.

    Raises
    ------
    InputValueError
        If the language has no such function, or the function is not one of numpy.
    """
    function: Any = x.function
    operands = [operand(each) for each in x.operands]
    head = HEADS.get(function)
    if head is None and x.array.dtype == bool:
        head = OF_TRUTH.get(function)
    if head is not None and not x.options:
        return term(head, *map(_bare, operands))
    if function is operator.getitem:
        source = operands[0]
        shape = np.shape(source.numbers) if isinstance(source, Place) else source.shape
        return names.getitem(Sized(_bare(source), shape, x.array.dtype), operands[1]).term
    label = getattr(function, "__name__", "")
    if label in ("_as_dtype", "astype"):
        dtype = x.options.get("dtype", operands[1] if len(operands) > 1 else None)
        return term("cast", _bare(operands[0]), np.dtype(dtype).name)
    if label == "transpose" and len(operands) == 1 and not x.options:
        return term("transpose", _bare(operands[0]), tuple(reversed(range(x.array.ndim))))
    axis = x.options.get("axis")
    if label in ("sum", "mean") and len(operands) == 1 and not x.options.keys() - {"axis"} and type(axis) in KINDS:
        source = _bare(operands[0])
        return term(label, term("cast", source, "float64") if label == "mean" else source, axis)
    if label == "_order":
        return _argsort(x, _bare(operands[0]), names.language, own)
    if label == "_copied":  # numbers that a model keeps, such as averages: those that it has now
        return names.constant(np.asarray(x.options["read"]()))
    if label in ("argmax", "argmin") and names.language == "onnx" and axis is not None:
        return term(label, _bare(operands[0]), axis, bool(x.options.get("keepdims")))
    if names.language in ("torch", "onnx") and not (label in EVERYWHERE and names.language == "torch"):
        raise _refused(own, label, names.language)
    given = [_argument(each, own, names) for each in operands]
    return term("call", _word(function, own, names.language), *given, *_options(x, own, names))


def _argsort(x: Derived, of: Any, language: str, own: str) -> Any:
    """The places in ascending order along an axis; equal ones as they stand."""
    axis = x.options["axis"]
    given = {"numpy": f'{axis}, kind="stable"', "jax": f"{axis}, stable=True", "torch": f"dim={axis}, stable=True"}
    if language not in given:
        raise _refused(own, "argsort", language)
    return term("argsort", of, name(given[language]))


def _word(function: Any, own: str, language: str) -> str:
    alias = {"numpy": "np", "jax": "jnp", "torch": "torch"}[language]
    label = getattr(function, "__name__", "")
    if isinstance(getattr(function, "__self__", None), np.ufunc):  # such as np.add.reduce
        return f"{alias}.{function.__self__.__name__}.{label}"
    label = "ravel" if label == "flatten" else label
    if function in (getattr(np, label, None), getattr(np.ndarray, label, None)) or label == "ravel":
        return f"{alias}.{label}"
    raise _refused(own, label, language)


def _refused(own: str, label: str, language: str) -> InputValueError:
    return InputValueError(
        f"{own} computes whole numbers or truth values by {label or 'a function'}, which is not written in "
        f"{language}; give them as an argument"
    )


def _options(x: Derived, own: str, names: Names) -> list[Any]:
    found = []
    for key, given in x.options.items():
        if given is not None and not isinstance(given, (bool, int, tuple)):
            raise _refused(own, getattr(x.function, "__name__", ""), names.language)
        if given is not None and given is not False:
            found.append(name(f"{key}={given!r}"))
    return found


def _bare(x: Any) -> Any:
    return x.term if isinstance(x, (Sized, Place)) else x


def _argument(x: Any, own: str, names: Names) -> Any:
    """An argument of a function of numpy: a term, a number, or Python's text for it."""
    if isinstance(x, tuple) and any(isinstance(each, (Sized, Place)) for each in x):
        return term("list", *(_argument(each, own, names) for each in x))
    x = names.constant(x) if isinstance(x, np.ndarray) else _bare(x)
    if isinstance(x, (Term, float)) or type(x) is int:
        return x
    if x is None or isinstance(x, (bool, str, tuple)):
        return name(repr(x))
    raise _refused(own, f"a function of {x!r}", names.language)
