"""Rules run on symbols: the formula of a local derivative, in the user's names.

The functions of the namespace ``symbols`` give symbols: the rule that is evaluated on floats, run on names, writes down
its own formula.

    rule of tanh        lambda m, x, y: (1 - y * y,)
    on floats           y = 0.8337                       0.305
    on symbols          y = the name "y"                 1 - y²
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..arrays.table import ArrayNamespace, ArrayPrimitive
from ..core.namespaces import EDGES, floats
from ..core.several import TABLE
from ..core.table import Primitive
from ..programs.entry import Entry
from ..text.numbers import brief
from .array_symbols import TIES, ArraySymbol, array_constant, of_arrays
from .notation import Expression, Symbol, adjoint, is_number, named

__all__ = ["formulas", "formulas_of", "symbols", "with_shape"]


def _applied(name: str) -> Callable[..., Symbol]:
    return lambda *args: Symbol(name, *args)


def _decided(name: str) -> Callable[..., Expression]:
    """A function that is evaluated at once if all its arguments are numbers."""

    def function(*args: Any) -> Any:
        return Symbol(name, *args) if any(isinstance(x, Symbol) for x in args) else getattr(floats, name)(*args)

    return function


def _power(base: Expression, exponent: Expression) -> Expression:
    if is_number(exponent, 0) or is_number(exponent, 1):
        return base if exponent else 1
    return Symbol("pow", base, exponent)


def _where(condition: Expression, x: Expression, y: Expression) -> Expression:
    if isinstance(condition, Symbol):
        return x if x is y else Symbol("where", condition, x, y)
    return x if condition else y


def _first(x: Expression, _: Expression) -> Expression:
    return x


def _maximum(x: Expression, y: Expression) -> Expression:
    return x if x is TIES else _decided("maximum")(x, y)


class _Symbols(ArrayNamespace):
    """The namespace in which a rule is written down."""

    def missing(self, op: Primitive) -> Callable[..., Expression]:
        return _applied(op.name)


symbols = _Symbols(
    **{name: _decided(name) for name in ("less", "equal", "sign", "maximum", "minimum", "round")}
    | {
        "absolute": lambda x: Symbol("abs", x) if isinstance(x, Symbol) else abs(x),
        "maximum": _maximum,
        "power": _power,
        "where": _where,
        # The safe forms of a quotient and of a logarithm are written as the plain ones.
        "ratio": lambda x, length: x / length,
        "nonzero": lambda x: x,
        "ordinary": lambda _, number, __: number,
        "unless": lambda _, closed, __: closed,
        "centred": lambda xs: [x - Symbol("mean", *xs) for x in xs],
        "base": _first,
        "ties": lambda xs, extreme: [_where(Symbol("equal", x, extreme), Symbol("div", 1, TIES), 0) for x in xs],
        "signed": lambda x, share: _decided("sign")(x) * share,
        "softmax": lambda xs: [Symbol("softmax", j, *xs) for j in range(len(xs))],
    }
    | of_arrays
)
symbols.settle(TABLE)


def formulas(op: Primitive, operands: Sequence[Expression], result: Symbol) -> Sequence[Expression]:
    """The derivatives of an operation by its arguments, as symbols and numbers; constants are numbers, or arrays.

    A rule of the user's that does not run on symbols gives ``f′``, by the name of its operation.
    """
    operands = [array_constant(x) if isinstance(x, np.ndarray) else x for x in operands]
    try:
        return list(op.derivatives(symbols, *operands, result))
    except EDGES:  # arithmetic among the constants alone, such as 1 / 0: left as written
        operands = [x if isinstance(x, Symbol) else Symbol("constant", brief(x)) for x in operands]
    except Exception:
        return [named(f"{op.name}′")] * len(operands)
    return list(op.derivatives(symbols, *operands, result))


def with_shape(entry: Entry, name: Symbol) -> ArraySymbol:
    """A name of an entry, or of its gradient, with its shape."""
    return ArraySymbol(np.shape(entry.value), name.head, *name.parts)


def formulas_of(
    entry: Entry, symbol: Callable[[Entry], Symbol] = lambda entry: named(entry.label), over: str = "L"
) -> Sequence[Expression]:
    """For each argument of a computed entry the local derivative; of an operation on whole arrays, the gradient.

    Parameters
    ----------
    symbol : callable
        The name of an entry.
    over : str
        The name of the quantity that is differentiated.

    Examples
    --------
    >>> from autograd import Tensor, program
    >>> x, w = Tensor([[1.0, 2.0]], name="x"), Tensor([[3.0], [4.0]], name="w")
    >>> [*_, z] = program(x @ w)
    >>> formulas_of(z)
    [dL/d%2 @ wᵀ, xᵀ @ dL/d%2]
    """
    op = entry.op
    assert op is not None
    if not isinstance(op, ArrayPrimitive):
        return formulas(op, [symbol(x) if isinstance(x, Entry) else x for x in entry.inputs], symbol(entry))
    z, g = symbol(entry), adjoint(over, symbol(entry).parts[0])
    operands = [
        with_shape(x, symbol(x)) if isinstance(x, Entry) else array_constant(x) if isinstance(x, np.ndarray) else x
        for x in entry.inputs
    ]
    return [
        op.pull(symbols, k, with_shape(entry, g), *operands, with_shape(entry, z)) if isinstance(x, Entry) else 0
        for k, x in enumerate(entry.inputs)
    ]
