"""A recorded program of tensors as statements: each computes one named array from others.

    %1 = affine x W b    v1 = x @ W.T + b
    %2 = tanh %1         v2 = np.tanh(v1)

The term of a statement is that of its operation, by its row of a table; what its gradient contributes to those of its
operands follows from the rule of the same row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ...arrays.table import ArrayPrimitive
from ...core import ops
from ...core.tape import Node, data_of
from ..recording.tracer import DETACH
from ..tensors.derived import Derived
from ..tensors.program import Program
from ..tensors.steps import followed_in, operands_of
from ..wording.defined import DEFINED
from ..wording.inputs import Given, identifier, inputs_of
from ..wording.rules import is_singular
from ..wording.terms import COMPARISONS, Term, name, term
from .followed import followed
from .names import Names
from .sized import Place, Sized

__all__ = ["Leaf", "Statement", "Statements"]


class Leaf(NamedTuple):
    """An array that a program is given.

    Attributes
    ----------
    key : str
        Its name in the dict of parameters, or the expression that reads it from an argument.
    text : str
        Its name in the program.
    numbers : ndarray
        The numbers as they are now; of an argument, those of the recorded call.
    about : str
        The module that it belongs to.
    active : bool
        True if its gradient is wanted.
    node : Node or Derived
        The leaf.
    """

    key: str
    text: str
    numbers: Any
    about: str
    active: bool
    node: Any


class Statement(NamedTuple):
    """A statement.

    Attributes
    ----------
    text : str
        The name of the array that it computes.
    node : Node or Derived
        The step.
    operands : list
        Its operands: `Sized` terms, `Place` for arrays without a gradient, and constants.
    active : bool
        True if its gradient is wanted.
    """

    text: str
    node: Any
    operands: list[Any]
    active: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return np.shape(numbers_of(self.node))

    @property
    def dtype(self) -> Any:
        """Its dtype."""
        return numbers_of(self.node).dtype


class Statements:
    """The statements of a program.

    Parameters
    ----------
    program : Program
        The program.
    names : callable
        Maps the position of an argument to its name.
    language : str
        ``"numpy"``, ``"jax"``, ``"torch"`` or ``"onnx"``.

    Attributes
    ----------
    given : Given
        The arguments: the signature, and what is part of the structure.
    parameters, inputs : list of Leaf
        The leaves that are read.
    constants : list of (str, ndarray)
        Arrays of numbers, by name.
    steps : list of Statement
        The statements, of which each computes an array that a later one or a result reads.
    active : set of int
        The identities of the nodes whose gradient is wanted.
    names : Names
        The namespace for the rules of the table of arrays.
    taken : set of str
        All names.
    """

    def __init__(self, program: Program, names: Callable[[int | str], str], language: str) -> None:
        self.program, self.language, self.own = program, language, program.name
        self.recorded = program.recorded
        self.taken: set[str] = {*DEFINED.get(language, ())}
        self.given: Given = inputs_of(program.key, names, self.taken)
        self.taken.update(self.given.signature)
        self.constants: list[tuple[str, Any]] = []
        self._known: dict[Any, str] = {}  # the names of constants
        self.names = Names(language, self._constant)
        self.texts: dict[int, str] = {}  # the names of leaves and steps
        needed = self._needed()
        self.active = self._active()
        self.inputs = list(self._inputs(needed))
        self.parameters = list(self._parameters(needed))
        for leaf in (*self.parameters, *self.inputs):
            self.texts[id(leaf.node)] = leaf.text
        for x in program.steps.outer:
            if id(x) in needed and id(x) not in self.texts:  # which the function makes itself
                self.texts[id(x)] = self._constant(numbers_of(x)).parts[0]
        self.steps: list[Statement] = []
        for x in program.steps.computed:
            if id(x) in needed:
                self._add(x)

    # --- What is written ----------------------------------------------------------------------------------------------

    def _needed(self) -> set[int]:
        """The identities of what the results depend on."""
        needed = {id(x) for x in self.recorded.result.values}
        for x in reversed(self.program.steps.computed):
            if id(x) in needed:
                needed.update(map(id, followed_in(operands_of(x, self.recorded.kept))))
        return needed

    def _active(self) -> set[int]:
        """The identities of the inputs that receive a gradient, and of what is computed from them on the way."""
        program = self.program
        found = {id(program.inputs[k]) for k in program.receives}
        for x in program.steps.computed:
            if isinstance(x, Node) and x._op is not DETACH and any(id(each) in found for each in x.arguments()):
                found.add(id(x))
        return found & program.steps.reached

    def _inputs(self, needed: set[int]) -> Iterator[Leaf]:
        labels = {each.path: each.label for each in self.given.inputs}
        roots = dict(zip(self.given.labels, self.given.signature, strict=True))
        for leaf, label in zip(self.recorded.leaves, self.recorded.names, strict=True):
            if leaf is not None and id(leaf) in needed:
                root = re.split(r"[.\[]", label)[0]
                path = roots[root] + label[len(root) :]
                text = labels.get(path) or self._named(path.lower())
                yield Leaf(path, text, numbers_of(leaf), "", id(leaf) in self.active, leaf)

    def _parameters(self, needed: set[int]) -> Iterator[Leaf]:
        keys = {leaf.text for leaf in self.inputs if leaf.active}
        for x in self.program.steps.outer:
            if id(x) in needed and x._number < self.recorded.began:
                key, k = x.known_as or "w", 1
                while key in keys:  # as in the listing
                    k += 1
                    key = f"{x.known_as or 'w'}{k}"
                keys.add(key)
                yield Leaf(key, self._named(key), numbers_of(x), x.scope, id(x) in self.active, x)

    def _named(self, wanted: str) -> str:
        """A name for a leaf; those that begin with d_ are the names of gradients."""
        return identifier(f"its_{wanted}" if wanted.startswith("d_") else wanted, self.taken)

    # --- Steps --------------------------------------------------------------------------------------------------------

    def _add(self, x: Any) -> None:
        operands = [self._operand(each) for each in operands_of(x, self.recorded.kept)]
        text = identifier(f"v{len(self.steps) + 1}", self.taken)
        self.texts[id(x)] = text
        self.steps.append(Statement(text, x, operands, id(x) in self.active))

    def _operand(self, x: Any) -> Any:
        if isinstance(x, Node):
            numbers = numbers_of(x)
            return Sized(name(self.texts[id(x)]), numbers.shape, numbers.dtype)
        if isinstance(x, Derived):
            return Place(name(self.texts[id(x)]), x.array)
        if isinstance(x, tuple):
            return tuple(map(self._operand, x))
        x = data_of(x)
        if isinstance(x, np.generic) or (isinstance(x, np.ndarray) and not x.ndim):
            return x.item()
        return x

    def term(self, x: Statement, rules: Any) -> Any:
        """Return the term of the value of a statement, in its shape and dtype."""
        if isinstance(x.node, Derived):
            return followed(x.node, self._operand, self.names, self.own)
        op = x.node._op
        if op is DETACH:
            return term("still", x.operands[0].term)
        if isinstance(op, ArrayPrimitive):
            found = getattr(self.names, op.name)(*self.arrays(x))
            return self.in_dtype(found.term, found.dtype, x.dtype)
        operands = self.elements(x)
        parts = [each.term if isinstance(each, Sized) else each for each in operands]
        arrays = [each for each in operands if isinstance(each, Sized)]
        found = rules.value(op, parts, len({each.shape for each in arrays}) == 1)
        if not isinstance(found, Term):
            found = term("number", found)
        if found.head in COMPARISONS:
            found = term("where", found, 1.0, 0.0)
        read = set(_names_in(found))
        shapes = [each.shape for each in arrays if read.intersection(_names_in(each.term))]
        if np.broadcast_shapes(*shapes) != x.shape:
            found = term("broadcast", found, x.shape)
        return self.in_dtype(found, np.result_type(*(each.dtype for each in arrays)), x.dtype)

    def arrays(self, x: Statement) -> list[Any]:
        """The operands of an operation on arrays, as its row takes them: all arrays in one dtype."""
        found = [
            Sized(self._constant(each), each.shape, each.dtype)
            if isinstance(each, np.ndarray) and each.dtype.kind == "f"
            else each
            for each in x.operands
        ]
        if x.node._op.name == "cast":
            return found
        wide = np.result_type(*(each.dtype for each in found if isinstance(each, Sized)))
        return [self.names.cast(each, wide) if isinstance(each, Sized) else each for each in found]

    def elements(self, x: Statement) -> list[Any]:
        """The operands of an operation element by element: numbers, and `Sized` terms that are no wider than it."""
        found: list[Any] = []
        for each in x.operands:
            if isinstance(each, Place):
                each = self._as_numbers(each, x)
            elif isinstance(each, np.ndarray):
                each = Sized(self._constant(each), each.shape, each.dtype)
            if isinstance(each, Sized) and each.dtype.kind == "f" and each.dtype.itemsize > x.dtype.itemsize:
                each = self.names.cast(each, x.dtype)
            found.append(each)
        return found

    def _as_numbers(self, x: Place, of: Statement) -> Sized:
        """An array without a gradient as numbers; the condition of a choice stays one."""
        dtype = of.dtype if x.numbers.dtype.kind != "f" else x.numbers.dtype
        if of.node._op is ops.WHERE and x is of.operands[0] and x.numbers.dtype == bool:
            return Sized(term("truth", x.term), x.numbers.shape, dtype)
        return Sized(x.term, x.numbers.shape, dtype)

    def in_dtype(self, found: Any, given: Any, dtype: Any) -> Any:
        """Return a term in a dtype; in numpy, some functions widen single precision."""
        widens = self.language == "numpy" and dtype == np.float32 and _widens(found)
        return term("cast", found, dtype.name) if given != dtype or widens else found

    def is_careful(self) -> bool:
        """True if gradients of 0 are not to be passed on: if it selects, and can compute infinite slopes."""
        each = [x for x in self.steps if isinstance(x.node, Node) and not isinstance(x.node._op, ArrayPrimitive)]
        selects = any(x.node._op.selects and x.node._op is not DETACH for x in each)
        return selects and any(is_singular(x.node._op, x.operands) for x in each)

    def _constant(self, numbers: Any) -> Any:
        """Return the term of an array of numbers that is known."""
        numbers = np.asarray(numbers)
        key = (numbers.dtype.str, numbers.shape, numbers.tobytes())
        if key not in self._known:
            letter = "c" if numbers.dtype.kind == "f" else "i"
            count = sum(text.startswith(letter) for text, _ in self.constants)
            self._known[key] = identifier(f"{letter}{count + 1}", self.taken)
            self.constants.append((self._known[key], numbers))
        return name(self._known[key])


def numbers_of(x: Any) -> Any:
    """The numbers of a leaf or a step in the recorded call."""
    return np.asarray(x.array if isinstance(x, Derived) else x._data)


def _names_in(x: Any) -> Iterator[str]:
    if isinstance(x, Term):
        if x.head == "name":
            yield x.parts[0]
        else:
            for part in x.parts:
                yield from _names_in(part)


def _widens(x: Any) -> bool:
    """True if numpy may compute a term of single precision in double precision."""
    if not isinstance(x, Term):
        return False
    if x.head in COMPARISONS or x.head in ("erf", "erfc", "call", "spread_call", "passed_on", "ties", "direction"):
        return True
    return any(map(_widens, x.parts))
