"""Operations of the user's own: a row of the table, added in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays.tensor import evaluate
from ..core.several import TABLE
from ..core.table import Notation, Rule, row
from ..errors import InputTypeError, InputValueError

__all__ = ["primitive"]

_BUILT_IN = frozenset(TABLE)


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
        How it is written: a format string such as ``"{} @ {}"``, or a function from the written operands.
    domain, edge : str
        Where it is real, and what its derivative is where there is none.
    selects : bool
        Whether a derivative of 0 says that the argument was not chosen, so that nothing at all reaches it.

    Returns
    -------
    callable
        The operation: of floats a float, of arrays an array, of values a value.

    Raises
    ------
    InputTypeError
        If a rule cannot be called.
    InputValueError
        If the name is not one, or that of a built-in operation.

    Examples
    --------
    >>> cube = primitive("cube", lambda m, x: x * x * x, lambda m, x, y: (3 * x * x,))
    >>> x = Value(2.0, name="x"); y = cube(x); y.backward()
    >>> y, x.grad
    (Value(8.0, grad=1.0), 12.0)
    >>> grad(grad(cube))(2.0)
    12.0
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise InputValueError(f"an operation is called by a Python name, not {name!r}")
    if name in _BUILT_IN:
        raise InputValueError(f"{name} is built in; give your operation another name")
    for what, rule in (("value", value), ("derivatives", derivatives)):
        if not callable(rule):
            raise InputTypeError(f"the rule for {what} is a function, not {type(rule).__name__}; write lambda m, x: …")
    op = row(name, value, derivatives, notation, domain=domain, edge=edge, selects=selects)

    def function(*args: Any) -> Any:
        if op.arity is not None and len(args) != op.arity:
            raise InputTypeError(f"{name} takes {op.arity} arguments, not {len(args)}")
        return evaluate(op, *args)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``{name}``, an operation added by `autograd.primitive`."
    return function
