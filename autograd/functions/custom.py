"""Operations of the user's own: a row of the table, added in one call."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays.matrices import ARRAY_TABLE
from ..arrays.table import arrays, shape_of
from ..arrays.tensor import evaluate
from ..core.namespaces import EDGES
from ..core.several import TABLE
from ..core.table import Notation, Primitive, Rule
from ..errors import AutogradError, InputTypeError, InputValueError, described, shortened

__all__ = ["primitive"]

_BUILT_IN = frozenset([*TABLE, *ARRAY_TABLE, *dir(arrays)])  # the names that a rule may take from its namespace


def primitive(
    name: str,
    value: Rule,
    derivatives: Rule,
    notation: str | Notation = "",
    *,
    domain: str = "",
    edge: str = "",
    selects: bool = False,
) -> Callable[..., Any]:
    """Add an operation of your own, which then behaves like a built-in one: listed, drawn, differentiated again.

    Parameters
    ----------
    name : str
        A Python name, under which listings show it. Adding it again replaces it; the built-in ones stay.
    value : callable
        ``(m, x, y) -> z``: arithmetic, with functions taken from ``m``, as in ``m.exp(x)`` or ``m.where(…)``. So the
        one rule serves floats, arrays and values.
    derivatives : callable
        ``(m, x, y, z) -> (dz/dx, dz/dy)``, likewise: a tuple, with an entry for each argument.
    notation : str or callable
        The notation in listings: a format string such as ``"{} @ {}"``, or a function from the written operands.
    domain, edge : str
        The domain in which the value is real, and the convention where the derivative does not exist, in words.
    selects : bool
        True if a derivative of 0 says that the argument was not chosen, so that no gradient reaches it.

    Returns
    -------
    callable
        The operation: of floats a float, of arrays an array, of values a value.

    Raises
    ------
    InputTypeError
        If a rule cannot be called, or another argument is of the wrong type. Later, when the operation runs: if a rule
        does not give a number, or the derivatives are no tuple with one for each argument, or a rule raises.
    InputValueError
        If the name is not one, or that of a built-in operation; if the notation has other places than operands.

    Examples
    --------
    >>> cube = primitive("cube", lambda m, x: x * x * x, lambda m, x, y: (3 * x * x,))
    >>> x = Value(2.0, name="x"); y = cube(x); y.backward()
    >>> y, x.grad
    (Value(8.0, grad=1.0), 12.0)
    >>> grad(grad(cube))(2.0)
    12.0
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise InputValueError(f"an operation is called by a Python name, not {shortened(name)}")
    if name in _BUILT_IN:
        raise InputValueError(f"{name} is built in; give your operation another name")
    for what, rule in (("value", value), ("derivatives", derivatives)):
        if not callable(rule):
            raise InputTypeError(f"the rule for {what} is a function, not {described(rule)}; write lambda m, x: …")
    for what, text in (("domain", domain), ("edge", edge)):
        if not isinstance(text, str):
            raise InputTypeError(f"{what} is text, not {described(text)}")
    if not isinstance(selects, bool):
        raise InputTypeError(f"selects is True or False, not {described(selects)}")
    arity = _arity(name, value)
    _check_notation(name, notation, arity)
    op = Primitive(name, value, derivatives, notation, domain=domain, edge=edge, selects=selects)
    op.value, op.derivatives = _checked_value(name, value), _checked_derivatives(name, derivatives)
    TABLE[name] = op

    def function(*args: Any) -> Any:
        if arity is not None and len(args) != arity:
            raise InputTypeError(f"{name} takes {arity} arguments, not {len(args)}")
        return evaluate(op, *args)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``{name}``, an operation added by `autograd.primitive`."
    return function


# --- Checks of what a user's rules and notation give ------------------------------------------------------------------


def _arity(name: str, value: Rule) -> int | None:
    """The number of operands that the value rule takes; ``None`` for any number."""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        raise InputTypeError(
            f"the rule for the value of {name} does not say what it takes; write lambda m, x: …"
        ) from None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    if len(parameters) < 2:
        raise InputTypeError(f"the rule for the value of {name} takes the namespace and its operands: lambda m, x: …")
    return len(parameters) - 1


def _check_notation(name: str, notation: Any, arity: int | None) -> None:
    if not isinstance(notation, str) and not callable(notation):
        raise InputTypeError(f"the notation of {name} is a format string, or a function, not {described(notation)}")
    if isinstance(notation, str) and notation and arity is not None:
        try:
            notation.format(*["x"] * arity)
        except (IndexError, KeyError, ValueError, AttributeError):
            raise InputValueError(
                f"the notation of {name} has a place {{}} for each of its {arity} operands, not {shortened(notation)}"
            ) from None


def _run(name: str, what: str, rule: Rule, m: Any, operands: Sequence[Any]) -> Any:
    """The result of a user's rule, or an error that names the operation."""
    try:
        return rule(m, *operands)
    except AutogradError:
        raise
    except EDGES as error:
        if any(type(x) in (int, float) for x in operands) or not _broadcast(operands):
            raise  # at an edge the rule runs once more on numpy's numbers; shapes that do not fit are named elsewhere
        raise InputValueError(_raised(name, what, error)) from error
    except (LookupError, AssertionError) as error:  # the rule has no number here; it may have one elsewhere
        raise InputValueError(_raised(name, what, error)) from error
    except Exception as error:  # a user's rule may raise anything
        raise InputTypeError(_raised(name, what, error)) from error


def _broadcast(operands: Sequence[Any]) -> bool:
    """Return True if the shapes of all operands fit."""
    try:
        np.broadcast_shapes(*map(shape_of, operands))
    except ValueError:
        return False
    return True


def _raised(name: str, what: str, error: Exception) -> str:
    return f"the rule for the {what} of {name} raised {type(error).__name__}; it is arithmetic, with functions from m"


def _checked_value(name: str, rule: Rule) -> Rule:
    def value(m: Any, *operands: Any) -> Any:
        found = _run(name, "value", rule, m, operands)
        if _is_no_number(found, operands):
            raise InputTypeError(f"the rule for the value of {name} gives a number, not {described(found)}")
        return found

    return value


def _checked_derivatives(name: str, rule: Rule) -> Rule:
    def derivatives(m: Any, *operands_and_value: Any) -> tuple[Any, ...]:
        count = len(operands_and_value) - 1
        found = _run(name, "derivatives", rule, m, operands_and_value)
        if not isinstance(found, (tuple, list)) or len(found) != count:
            raise InputTypeError(
                f"the rule for the derivatives of {name} gives a tuple with one for each argument, {count} in all, not "
                f"{described(found)}; write lambda m, x, y: (…,)"
            )
        for each in found:
            if _is_no_number(each, operands_and_value):
                raise InputTypeError(f"a derivative of {name} is a number, not {described(each)}")
        return tuple(found)

    return derivatives


def _is_no_number(found: Any, operands: Sequence[Any]) -> bool:
    """Return True if a result is no number; a complex one is a number among complex operands only."""
    if isinstance(found, complex):
        return not any(isinstance(x, complex) for x in operands)
    return isinstance(found, (str, bytes, type(None), tuple, list, dict, set))
