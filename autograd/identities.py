"""The formulas of an entry's derivatives, in the user's names.

y = tanh(n)     dy/dn = 1 - y²                              a local derivative, element by element
z = x @ w       dL/dw (2×3) = xᵀ (2×4) @ dL/dz (4×3)        of an operation on whole arrays, what it hands on
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .array_ops import ArrayPrimitive
from .array_symbols import ArraySymbol, constant
from .notation import adjoint
from .program import Entry
from .symbols import Expression, Symbol, formulas, named, symbols

__all__ = ["formulas_of", "shaped"]


def shaped(entry: Entry, name: Symbol) -> ArraySymbol:
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
        What is differentiated.

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
        shaped(x, symbol(x)) if isinstance(x, Entry) else constant(x) if isinstance(x, np.ndarray) else x
        for x in entry.inputs
    ]
    return [
        op.pull(symbols, k, shaped(entry, g), *operands, shaped(entry, z)) if isinstance(x, Entry) else 0
        for k, x in enumerate(entry.inputs)
    ]
