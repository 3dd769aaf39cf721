"""The record of a result as a table of integers, which the later stages work on.

    y = w * x + b          values   0: w   1: b   2: x   |   3: %3 = mul(0, 2)   4: %4 = add(3, 1)

Each value has a number. The leaves come first (parameters, arguments, constants), then the computed values in the order
of the record, so that operands precede their results. Equal constants are one leaf. The elements of a leaf tensor that
is read as values, ``w.values()``, are arguments, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays.ops import ENTRY
from ...arrays.tensor import Tensor
from ...core.several import DOT
from ...core.stores import exclusively
from ...core.table import Primitive
from ...core.tape import Node, collect
from ...core.value import Value
from ..recording.tracer import ComputesWithTensors

__all__ = ["ARGUMENT", "COMPUTED", "CONSTANT", "PARAMETER", "Columns", "read_columns"]

Ids = np.ndarray[Any, Any]

# The kinds of values, in the order in which the factors of a product are written: a weight precedes its input.
PARAMETER, CONSTANT, ARGUMENT, COMPUTED = range(4)


class Columns:
    """A record as integer columns.

    Attributes
    ----------
    parameters : list of Value
        The leaves that the function read without being given them: values 0, 1, ….
    tensors : list of Tensor
        The leaf tensors whose elements the function read without being given them.
    arguments : int
        The number of arguments, which are the values after the parameters: those that all samples share, the elements
        of tensors, and those that each sample has.
    constants : ndarray
        The constants, each number once, which are the values after the arguments.
    table, codes : list of Primitive, ndarray
        The operations that occur, and for each computed value the index of its operation.
    starts, operands : ndarray
        The operands of computed value ``k`` are the values ``operands[starts[k]:starts[k + 1]]``.
    results : list of int
        The values of the results.
    """

    def __init__(self, parameters: list[Value], tensors: list[Tensor], arguments: int) -> None:
        self.parameters = parameters
        self.tensors = tensors
        self.arguments = arguments
        self.constants = np.empty(0)
        self.table: list[Primitive] = []
        self.codes: Ids = np.empty(0, dtype=np.int64)
        self.starts: Ids = np.zeros(1, dtype=np.int64)
        self.operands: Ids = np.empty(0, dtype=np.int64)
        self.results: list[int] = []

    @property
    def leaves(self) -> int:
        """The number of leaves."""
        return len(self.parameters) + self.arguments + len(self.constants)

    def kinds(self) -> list[int]:
        """The kind of each leaf: `PARAMETER`, `ARGUMENT` or `CONSTANT`."""
        return [PARAMETER] * len(self.parameters) + [ARGUMENT] * self.arguments + [CONSTANT] * len(self.constants)

    def __len__(self) -> int:
        return len(self.codes)

    def operations(self) -> int:
        """The number of operations on one or two numbers; a sum of n terms counts as n - 1."""
        lengths = np.diff(self.starts)
        total = 0
        for code, op in enumerate(self.table):
            each = lengths[self.codes == code]
            total += int(each.sum()) - len(each) if op is DOT or op.arity is None else len(each)
        return total


def read_columns(
    results: Sequence[Node], shared: Sequence[Value], began: int, batched: Sequence[Value] = ()
) -> Columns:
    """Return the record of results as columns; leaves created after ``began`` are constants, unless they are arguments.

    Parameters
    ----------
    results : sequence of Value
        The values whose record is read.
    shared, batched : sequence of Value
        The arguments that all samples share, and those that each sample has.
    began : int
        The creation number of the first record of the function.

    Raises
    ------
    ComputesWithTensors
        If the record contains a tensor other than a leaf whose elements are read.
    """
    columns: Columns = exclusively(_read, results, shared, began, batched)
    return columns


def _read(results: Sequence[Node], shared: Sequence[Value], began: int, batched: Sequence[Value]) -> Columns:
    computed, leaves = collect(results)
    computed.reverse()
    tensors = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf._number <= began]
    kinds: set[type[Node]] = {*map(type, leaves), *map(type, computed)}
    if any(issubclass(kind, Tensor) for kind in kinds):
        known = set(map(id, tensors))
        if any(isinstance(x, Tensor) and id(x) not in known for x in (*leaves, *computed)):
            raise ComputesWithTensors
    own = {id(x) for x in (*shared, *tensors, *batched)}
    made_inside = [leaf for leaf in leaves if id(leaf) not in own and leaf._number > began]
    parameters: list[Any] = [leaf for leaf in leaves if id(leaf) not in own and leaf._number <= began]
    columns = Columns(parameters, tensors, len(shared) + sum(x.size for x in tensors) + len(batched))
    constants: list[float] = [leaf._data for leaf in made_inside]
    # In this function the slot for adjoints holds the number of the value; that of a tensor holds the number of its
    # first element. Constants count down from -1 until they are merged.
    number = 0
    for node in (*parameters, *shared, *tensors, *batched):
        node._adjoint = number
        number += node._data.size if isinstance(node, Tensor) else 1
    for k, node in enumerate(made_inside):
        node._adjoint = -1 - k
    table: dict[Any, int] = {}
    codes: list[int] = []
    operands: list[int] = []
    starts = [0]
    code, keep, end = codes.append, operands.append, starts.append
    value = first = 1 << 40  # computed values are numbered from here until the number of constants is known
    for node in computed:
        op, a, b = node._op, node._a, node._b
        if op is ENTRY:
            tensor, (array, index) = node.arguments()[0], node.numbers()
            node._adjoint = tensor._adjoint + _position(index, array.shape)  # type: ignore[union-attr]
            continue
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
    # Compared by their bits: 0.0 and -0.0 are two constants, and nan is one.
    unique, place = np.unique(np.array(constants, dtype=np.float64).view(np.int64), return_inverse=True)
    columns.constants = unique.view(np.float64)
    before = len(parameters) + columns.arguments
    columns.operands = np.array(operands, dtype=np.int64)
    found = np.array([result._adjoint for result in results], dtype=np.int64)
    for ids in (columns.operands, found):
        negative = ids < 0
        ids[negative] = before + place.reshape(-1)[-1 - ids[negative]]
        ids[ids >= first] += columns.leaves - first
    columns.results = found.tolist()
    return columns


def _position(index: Sequence[int], shape: Sequence[int]) -> int:
    """Return the place of an element among all elements of an array, of which the last axis runs fastest."""
    place = 0
    for k, length in zip(index, shape, strict=True):
        place = place * length + k
    return place
