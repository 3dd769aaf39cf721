"""Predictions and their targets as losses take them: single ones, nested lists, and arrays of one shape.

mse(p, t)                            numbers, values, or tensors without axes: one pair
mse([p1, p2], [t1, t2])              sequences: a pair for each position
mse([[p11, p12]], [[t11, t12]])      nested ones, and arrays of objects, too
mse(tensor, array)                   where a tensor takes part: element by element, by operations on arrays
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

import autograd
from autograd import Tensor, Value, mean, stack
from autograd.arrays.readonly import Followed
from autograd.core.tape import Node
from autograd.core.value import Scalar, operand
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..given import is_sequence
from .checks import factors, option

__all__ = [
    "REDUCTIONS",
    "Scalars",
    "as_array",
    "as_lists",
    "has_tensor",
    "nested_shape",
    "over_pairs",
    "parts",
    "reduced",
    "scalar",
]

FITS = "a number, one for each output, or one for each pair"
REDUCTIONS = ("mean", "sum", "none")
DEEPEST = 32  # levels of nesting
PLAIN = {Value, float, int}  # most items, told by their type alone

Loss = Callable[..., Any]
Scalars: TypeAlias = "Scalar | Iterable[Any]"  # also lists of lists, arrays and tensors


def over_pairs(
    loss: Loss,
    predictions: Any,
    targets: Any,
    reduction: str,
    beside: dict[str, Any] | None = None,
    check: Callable[[Any, Any], None] | None = None,
) -> Any:
    """Return the loss of one pair; or those of all pairs, reduced.

    Parameters
    ----------
    loss : callable
        ``(prediction, target, *beside) -> loss``, for scalars as for arrays of one shape.
    predictions, targets : number, Value, Tensor, or sequence of them
        Nested to any depth; both of one shape.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    beside : dict, optional
        Plain factors by their names, which broadcast to the shape of the pairs; ``None`` for one that is not given.
    check : callable, optional
        Called once with lists of all predictions and all targets, or with lists of one array each.

    Raises
    ------
    InputTypeError, InputValueError
        If the shapes differ, there are no pairs, or there is no such reduction.
    """
    option(reduction, "reduction", REDUCTIONS)
    predictions, targets = as_lists(predictions), as_lists(targets)
    shape = _common_shape(predictions, targets)
    more = [None if x is None else factors(x, name, shape, FITS) for name, x in (beside or {}).items()]
    if has_tensor(predictions) or has_tensor(targets):
        p, t = as_array(predictions), as_array(targets)
        if check is not None:
            check([p], [t])
        return reduced(loss(p, t, *more), shape, reduction)
    ps = [scalar(p) for p in parts(predictions, len(shape))]
    ts = [scalar(t) for t in parts(targets, len(shape))]
    if check is not None:
        check(ps, ts)
    columns = [[None] * len(ps) if x is None else np.broadcast_to(x, shape).ravel().tolist() for x in more]
    found = [loss(*pair) for pair in zip(ps, ts, *columns, strict=True)]
    return reduced(found if shape else found[0], shape, reduction)


def reduced(losses: Any, shape: tuple[int, ...], reduction: str, total: Any = None) -> Any:
    """The mean or the sum of losses of a shape, or all of them in that shape; a single loss as it is.

    Parameters
    ----------
    losses : number, Value, Tensor, or list of numbers and values
        A loss if the shape is ``()``; else an array of the shape, or a list of all.
    shape : tuple of int
        The shape of the predictions.
    reduction : str
        ``"mean"``, ``"sum"`` or ``"none"``.
    total : number or Value, optional
        The sum of the weights, by which a weighted mean divides; by default the number of losses.
    """
    if reduction == "none":
        return _nested(losses, shape) if type(losses) is list else losses
    added = losses if not shape else None
    if total is not None and reduction == "mean":
        return (autograd.sum(losses) if added is None else added) / total
    if added is not None:
        return added
    if isinstance(losses, Tensor):
        return losses.mean() if reduction == "mean" else losses.sum()
    return mean(losses) if reduction == "mean" else autograd.sum(losses)


def _nested(items: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """A list of items as nested lists of a shape."""
    if len(shape) == 1:
        return items
    size = len(items) // shape[0]
    return [_nested(items[k * size : (k + 1) * size], shape[1:]) for k in range(shape[0])]


def _common_shape(predictions: Any, targets: Any) -> tuple[int, ...]:
    """The shape of both, where it is the same."""
    shape, other = nested_shape(predictions), nested_shape(targets)
    if bool(shape) is not bool(other):
        raise InputTypeError(
            "a loss takes one prediction and one target, or a sequence of each, "
            f"not {type(predictions).__name__} and {type(targets).__name__}"
        )
    if len(shape) == len(other) == 1 and shape != other:
        raise InputValueError(f"there are {shape[0]} predictions and {other[0]} targets; give one for each")
    if shape != other:
        raise InputValueError(
            f"the predictions have shape {shape} and the targets have shape {other}; {_remedy(shape, other)}"
        )
    if 0 in shape:
        raise InputValueError("the loss of no predictions is not defined; give at least one")
    return shape


def _remedy(shape: tuple[int, ...], other: tuple[int, ...]) -> str:
    """The way to make two shapes one, as an end of a sentence."""
    if [n for n in shape if n != 1] != [n for n in other if n != 1]:
        return "give a target for each prediction"
    if shape == (*other, 1):
        return (
            "drop the axis of length 1: predictions[..., 0] of an array, [p[0] for p in predictions] of a list; or "
            "give the targets that axis: targets[..., None]"
        )
    if other == (*shape, 1):
        return "drop the axis of length 1: targets[..., 0] of an array, [t[0] for t in targets] of a list"
    return f"give both one shape, as by targets.reshape({shape}) of an array"


# --- Nested sequences -------------------------------------------------------------------------------------------------


def as_lists(given: Any, depth: int = 0) -> Any:
    """Return nested sequences as nested lists; single items, tensors and arrays of numbers stay as they are."""
    if type(given) in PLAIN or isinstance(given, (Tensor, Followed)):
        return given
    if isinstance(given, np.ndarray) and (given.dtype.kind not in "biuf" or not given.ndim):
        return as_lists(given.tolist(), depth)
    if isinstance(given, np.ndarray) or not is_sequence(given):
        return given
    if depth == DEEPEST:
        raise InputValueError(f"predictions and targets are nested up to {DEEPEST} deep, not as {shortened(given)} is")
    return [as_lists(each, depth + 1) for each in given]


def nested_shape(given: Any) -> tuple[int, ...]:
    """The lengths of nested lists of one shape; the items of the innermost may be arrays."""
    if type(given) is list:
        shapes = {nested_shape(each) for each in given}
        if len(shapes) > 1:
            raise InputValueError(f"{described(given)} has rows of different lengths; give rows of one length")
        return (len(given), *(shapes.pop() if shapes else ()))
    return given.shape if isinstance(given, (Tensor, np.ndarray, Followed)) else ()


def has_tensor(given: Any) -> bool:
    """Return True if a tensor is among the items of nested lists."""
    return any(map(has_tensor, given)) if type(given) is list else isinstance(given, Tensor)


def as_array(given: Any) -> Any:
    """Nested lists as a tensor, or as an array where there are numbers only."""
    if type(given) is not list:
        return given if isinstance(given, (Tensor, np.ndarray, Followed)) else scalar(given)
    parts = [as_array(each) for each in given]
    return stack(parts) if any(isinstance(part, Node) for part in parts) else np.array(parts, dtype=float)


def scalar(given: Any) -> Any:
    """A value as it is, or a checked number."""
    if type(given) is Value:
        return given
    node, constant = operand(given)
    return constant if node is None else node


def parts(given: Any, levels: int) -> list[Any]:
    """The items that stand ``levels`` deep in nested lists, in order."""
    if not levels:
        return [given]
    if isinstance(given, np.ndarray):
        given = given.tolist()
    return given if levels == 1 else [part for each in given for part in parts(each, levels - 1)]
