"""The record of a result as a table of whole numbers, which is what the compiler reads.

    y = w * x + b          values   0: w   1: b   2: x   |   3: %3 = mul(0, 2)   4: %4 = add(3, 1)

Values have numbers: first the leaves (parameters, arguments, constants), then what was computed, in the order of the
record, so that arguments stand before their results. Constants that are the same number are one leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.tensor import Tensor
from ...core.several import DOT
from ...core.stores import exclusively
from ...core.table import Primitive
from ...core.tape import Node, collect
from ...core.value import Value
from ...errors import InputTypeError

__all__ = ["ARGUMENT", "COMPUTED", "CONSTANT", "PARAMETER", "Columns", "read_columns"]

Ids = np.ndarray[Any, Any]

# What a value is, in the order in which the factors of a product are written: a weight stands left of its input.
PARAMETER, CONSTANT, ARGUMENT, COMPUTED = range(4)


class Columns:
    """A record in columns.

    Attributes
    ----------
    parameters : list of Value
        The leaves that the function read and was not given; they are values 0, 1, ….
    arguments : int
        How many arguments there are; they are the values after the parameters.
    constants : ndarray
        The constants, each number once; they are the values after the arguments.
    table, codes : list of Primitive, ndarray
        The operations that occur, and for each computed value which of them it is.
    starts, operands : ndarray
        The arguments of computed value ``k`` are the values ``operands[starts[k]:starts[k + 1]]``.
    results : list of int
        The values asked for.
    """

    def __init__(self, parameters: list[Value], arguments: int) -> None:
        self.parameters = parameters
        self.arguments = arguments
        self.constants = np.empty(0)
        self.table: list[Primitive] = []
        self.codes: Ids = np.empty(0, dtype=np.int64)
        self.starts: Ids = np.zeros(1, dtype=np.int64)
        self.operands: Ids = np.empty(0, dtype=np.int64)
        self.results: list[int] = []

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return len(self.parameters) + self.arguments + len(self.constants)

    def kinds(self) -> list[int]:
        """What each leaf is."""
        return [PARAMETER] * len(self.parameters) + [ARGUMENT] * self.arguments + [CONSTANT] * len(self.constants)

    def __len__(self) -> int:
        return len(self.codes)

    def operations(self) -> int:
        """How many operations of two numbers or one there are, as a person would count them."""
        lengths = np.diff(self.starts)
        total = 0
        for code, op in enumerate(self.table):
            each = lengths[self.codes == code]
            total += int(each.sum()) - len(each) if op is DOT or op.arity is None else len(each)
        return total


def read_columns(results: Sequence[Node], arguments: Sequence[Value], began: int) -> Columns:
    """The record of results, as a function of arguments; leaves made after ``began`` are constants.

    Raises
    ------
    InputTypeError
        If an array takes part.
    """
    columns: Columns = exclusively(_read, results, arguments, began)
    return columns


def _read(results: Sequence[Node], arguments: Sequence[Value], began: int) -> Columns:
    computed, leaves = collect(results)
    computed.reverse()
    kinds: set[type[Node]] = {*map(type, leaves), *map(type, computed)}
    if any(issubclass(kind, Tensor) for kind in kinds):
        array = next(node for node in (*leaves, *computed) if isinstance(node, Tensor))
        raise InputTypeError(
            f"compile makes array programs of programs of single numbers, and here {array!r:.60} is a tensor already"
        )
    own = {id(argument) for argument in arguments}
    made_inside = [leaf for leaf in leaves if id(leaf) not in own and leaf._number > began]
    parameters: list[Any] = [leaf for leaf in leaves if id(leaf) not in own and leaf._number <= began]
    columns = Columns(parameters, len(arguments))
    constants: list[float] = [leaf._data for leaf in made_inside]
    # The scratch of the sweeps holds each value's number meanwhile; constants count down from -1 until they are merged.
    for k, node in enumerate((*parameters, *arguments)):
        node._adjoint = k
    for k, node in enumerate(made_inside):
        node._adjoint = -1 - k
    table: dict[Any, int] = {}
    codes: list[int] = []
    operands: list[int] = []
    starts = [0]
    code, keep, end = codes.append, operands.append, starts.append
    value = first = 1 << 40  # computed values count from here until it is known how many constants there are
    for node in computed:
        op, a, b = node._op, node._a, node._b
        code(table.setdefault(op, len(table)))
        if b is not None:
            if a is not None:
                keep(a._adjoint)
            else:
                constants.append(node._x)
                keep(-len(constants))
            keep(b._adjoint)
        elif a is not None:
            keep(a._adjoint)
            if op.arity == 2:  # type: ignore[union-attr]
                constants.append(node._y)
                keep(-len(constants))
        else:
            for argument, number in zip(node._x, node._y):  # noqa: B905 - made to be of equal length
                if argument is None:
                    constants.append(number)
                    keep(-len(constants))
                else:
                    keep(argument._adjoint)
        end(len(operands))
        node._adjoint = value
        value += 1
    columns.table = list(table)
    columns.codes, columns.starts = np.array(codes, dtype=np.int64), np.array(starts, dtype=np.int64)
    # By their bits: 0.0 and -0.0 are two numbers, and a nan is one.
    unique, place = np.unique(np.array(constants, dtype=np.float64).view(np.int64), return_inverse=True)
    columns.constants = unique.view(np.float64)
    before = len(parameters) + len(arguments)
    columns.operands = np.array(operands, dtype=np.int64)
    found = np.array([result._adjoint for result in results], dtype=np.int64)
    for ids in (columns.operands, found):
        negative = ids < 0
        ids[negative] = before + place.reshape(-1)[-1 - ids[negative]]
        ids[ids >= first] += columns.leaves - first
    columns.results = found.tolist()
    return columns
