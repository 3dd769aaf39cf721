"""The program of a result: its records in the order of creation, for every reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from ..core.stores import exclusively
from ..core.tape import Node, collect
from ..errors import InputTypeError, InputValueError, described
from ..text.layout import Listing, line_up, table
from ..text.names import PATH, printable
from ..text.numbers import short
from ..text.paper import ENDLESS, Paper
from .entry import Entry
from .labels import label
from .lookup import matching, unclear
from .tree import LINES, Tree

__all__ = ["Program", "only_numbers", "program", "results_of"]


class Program(Listing[Entry]):
    """The entries that one or several results depend on, in the order of recording; ``print`` shows the listing.

    Made by `program`.

    Attributes
    ----------
    results : tuple of Entry
        The entries of the results.
    computed : list of Entry
        The entries of the operations: all but the leaves.
    """

    def __init__(self, *results: Node) -> None:
        computed, leaves = exclusively(collect, results)
        self._items: list[Entry] = []
        self._of: dict[int, Entry] = {}  # by the identity of the node; of a leaf's versions, the latest
        versions: dict[tuple[int, int], Entry] = {}
        upcoming = iter([*leaves, None])
        leaf = next(upcoming)
        used_as = _first_numbers(computed)
        for node in reversed(computed):
            while leaf is not None and leaf._number < node._number:
                data = used_as.get(id(leaf), leaf._data)
                versions[id(leaf), id(data)] = self._add(leaf, data)
                leaf = next(upcoming)
            inputs: list[Any] = []
            numbers = []
            for argument, number in node.operands():
                numbers.append(number)
                if argument is None:
                    inputs.append(number)
                elif argument._op is not None:
                    inputs.append(self._of[id(argument)])
                else:  # the float object tells the versions of a leaf apart: each assignment of .data brings its own
                    version = versions.get((id(argument), id(number))) or self._add(argument, number)
                    versions[id(argument), id(number)] = version
                    inputs.append(version)
            entry = self._add(node, node._data)
            entry.inputs, entry.numbers = tuple(inputs), tuple(numbers)
            for x in inputs:
                if isinstance(x, Entry):
                    x.uses.append(entry.k)
        while leaf is not None:  # a result that is itself a leaf
            self._add(leaf, leaf._data)
            leaf = next(upcoming)
        self.computed = [entry for entry in self._items if entry.op is not None]
        self.results: tuple[Entry, ...] = tuple(self._of[id(result)] for result in results)
        for entry in self.results:
            entry.role = "output" if entry.op else entry.role
        self._names = label(self._items)

    def _add(self, node: Node, value: Any) -> Entry:
        entry = Entry(len(self._items), node, value)
        self._items.append(entry)
        self._of[id(node)] = entry
        return entry

    def find(self, which: Node | str) -> Entry:
        """Return the entry of a value, given by itself, its label or its name.

        Of a leaf that was changed between two uses, it is the entry of the latest number; `find_version` insists on
        one entry.

        Raises
        ------
        InputTypeError
            If something else than a value or text is given.
        InputValueError
            If the program has no such entry, or several values have the name.
        """
        if isinstance(which, Node) and id(which) in self._of:
            return self._of[id(which)]
        found = matching(self, which)
        if len({id(entry.node) for entry in found}) == 1:
            return found[-1]
        raise unclear(which, found, self, self.results)

    def find_version(self, which: Node | str) -> Entry:
        """Return the only entry of a value, given by itself, its label or its name.

        Raises
        ------
        InputTypeError
            If something else than a value or text is given.
        InputValueError
            If the program has no such entry, or several: values of one name, or a leaf that was changed between two
            uses.
        """
        found = matching(self, which)
        if len(found) == 1:
            return found[0]
        raise unclear(which, found, self, self.results)

    def label_of(self, node: Node) -> str:
        """Return the label of a value: of a leaf that was changed, the name that its entries share with no other."""
        versions = [entry for entry in self if entry.node is node]
        name = self._names.get(id(node))
        bearers = [key for key, each in self._names.items() if each == name]
        return name if name and len(bearers) == 1 else versions[0].label

    def tree(self, depth: int | None = None, lines: int | None = LINES, digits: int = 4) -> Tree:
        """The program as a tree of text, from its results down to the leaves, with values and gradients.

        Parameters
        ----------
        depth : int, optional
            The largest number of operations between a result and an entry; unless given, the tree is complete.
        lines : int or None
            The largest number of lines; ``None`` for any number.
        digits : int
            Significant digits of the numbers.

        Returns
        -------
        Tree
            The text for ``print``, in the width and the characters of the terminal. A value that is used again is
            pointed to.

        Examples
        --------
        >>> from autograd import Value, program
        >>> w, x = Value(5.0, name="w"), Value(0.5, name="x")
        >>> n = w * x; n.name = "n"
        >>> y = n * n; y.name = "y"
        >>> y.backward()
        >>> program(y).tree()
                         value  gradient
        y = n * n        6.25   1.0
        ├─ n = w * x     2.5    5.0
        │  ├─ w = input  5.0    2.5
        │  └─ x = input  0.5    25.0
        └─ n  ↑ see above
        """
        return Tree(self, self.results, depth, lines, digits)

    def _table(self, items: Sequence[Entry], paper: Paper) -> list[str]:
        equations = line_up([(paper.plain(entry.label), entry.expression) for entry in items])
        rows = [
            (equation, short(entry.value), short(entry.grad), printable(entry.scope, PATH))
            for equation, entry in zip(equations, items, strict=True)
        ]
        return table([("", "value", "gradient", ""), *rows], paper._replace(width=ENDLESS))


def only_numbers(program: Program, what: str) -> None:
    """Refuse a program in which arrays take part, for ``what``, which is right for single numbers only.

    Raises
    ------
    InputTypeError
        If an array takes part.
    """
    for entry in program.computed:
        if entry.op is not None and entry.op.opaque:
            raise InputTypeError(
                f"{what} is for programs of single numbers, and {entry.label} is computed by {entry.op.name}, which "
                "runs compiled; call the function as it is written, its __wrapped__, on one sample"
            )
    for entry in program:
        if not isinstance(entry.value, float):
            raise InputTypeError(
                f"{what} is for programs of single numbers, and {entry.label} is a tensor of shape "
                f"{entry.value.shape}; program, steps, explain and draw show programs with tensors"
            )


def _first_numbers(computed: Sequence[Node]) -> dict[int, Any]:
    """The number of each leaf at its first use."""
    first: dict[int, Any] = {}
    for node in computed:  # latest first, so the earliest use is kept
        for argument, number in node.operands():
            if argument is not None and argument._op is None:
                first[id(argument)] = number
    return first


def results_of(given: Any) -> Sequence[Node]:
    """Return a result as it is given: itself, or one of several in a list or another iterable.

    Raises
    ------
    InputTypeError
        If it is neither, or one of several is no recorded value.
    InputValueError
        If there are none.
    """
    several = isinstance(given, Iterable) and not isinstance(given, (Node, str, bytes, Mapping, Set))
    results = list(given) if several and getattr(given, "ndim", None) != 0 else [given]
    for result in results:
        if not isinstance(result, Node):
            raise InputTypeError(f"a program belongs to a recorded value, not to {described(result)}")
    if not results:
        raise InputValueError("a program needs at least one result")
    return results


def program(*results: Node | Iterable[Node] | Program) -> Program:
    """The program that computed a value: its tape, in let-form.

    Parameters
    ----------
    *results : Value or Tensor, or one iterable of them
        One result, or several that are to be read together. A program is returned as it is.

    Returns
    -------
    Program
        A sequence of entries (`Entry`) in the order in which they were recorded. Values without a name are ``%k``,
        where ``k`` is the position in this program. The gradient is ``-`` until a pass has reached the value.

    Raises
    ------
    InputTypeError
        If a result is not a recorded value.
    InputValueError
        If there is none.

    Examples
    --------
    >>> from autograd import Value, program
    >>> x = Value(0.5, name="x")
    >>> y = (x * x + 1).tanh()
    >>> y.name = "y"
    >>> y.backward()
    >>> print(program(y))
                   value   gradient
    x  = input     0.5     0.2804
    %1 = x * x     0.25    0.2804
    %2 = %1 + 1    1.25    0.2804
    y  = tanh(%2)  0.8483  1.0
    """
    if len(results) == 1:
        [given] = results
        return given if isinstance(given, Program) else Program(*results_of(given))
    return Program(*results_of(results))
