"""The reverse pass of a program of tensors as lines of numpy: matrix backpropagation, written out.

    v1 = x @ W.T + b      d_x = d_v1 @ W
                          d_W = d_v1.T @ x
                          d_b = d_v1.sum(0)

Each line is the rule of a row of our tables, run on names. A gradient is written as soon as all of its contributions
are there; the remark says what it is the gradient by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...arrays.table import ArrayPrimitive
from ...core.tape import Node
from ..recording.tracer import DETACH
from ..wording.rules import Rules, shared_parts
from ..wording.spelling import WIDE, shape_text, statement
from ..wording.terms import name
from .sized import Sized
from .statements import Statement, Statements

__all__ = ["reverse_pass"]


def reverse_pass(statements: Statements, rules: Rules, seeds: Sequence[tuple[Any, Any]]) -> list[str]:
    """Return the lines that compute the gradient ``d_…`` by each array.

    Parameters
    ----------
    statements : Statements
        The program.
    rules : Rules
        The rules of the table of numbers.
    seeds : sequence of (Node, Sized)
        The results through which gradients flow, and the gradients by them.
    """
    found = _Reverse(statements, rules)
    return list(found.lines(seeds))


class _Reverse:
    def __init__(self, statements: Statements, rules: Rules) -> None:
        self.statements, self.rules, self.names = statements, rules, statements.names
        self.spelled = rules.speller.number
        self.given: dict[int, list[Sized]] = {}
        self.count = 0  # of the parts that have names

    def lines(self, seeds: Sequence[tuple[Any, Any]]) -> Iterator[str]:
        """Yield the lines of the pass."""
        for node, g in seeds:
            self._add(node, g)
        for x in reversed(self.statements.steps):
            if x.active and id(x.node) in self.given:
                yield from self._written(x.node, f"{x.text} = {self.spelled(self.statements.term(x, self.rules))}")
                for node, contribution in self._contributions(x):
                    self._add(node, contribution)
        for leaf in (*self.statements.parameters, *self.statements.inputs):
            if leaf.active:
                yield from self._written(leaf.node, leaf.text)

    def _add(self, node: Any, contribution: Sized) -> None:
        shape, dtype = node._data.shape if hasattr(node._data, "shape") else (), contribution.dtype
        if contribution.shape != shape:
            contribution = self.names.sum_to(contribution, shape)
        wanted = getattr(node._data, "dtype", dtype)
        made = self.statements.in_dtype(contribution.term, contribution.dtype, wanted)
        self.given.setdefault(id(node), []).append(Sized(made, shape, wanted))

    def _written(self, node: Any, of: str) -> Iterator[str]:
        """Yield the lines that sum the contributions to a gradient."""
        label = f"d_{self.statements.texts[id(node)]}"
        given = self.given.get(id(node))
        shape = node._data.shape if hasattr(node._data, "shape") else ()
        if given is None:  # nothing reaches it
            yield from statement(f"{label} = ", f"np.zeros_like({self.statements.texts[id(node)]})", _remark(shape, of))
            return
        total: Any = given[0]
        for each in given[1:]:
            total = total + each
        parts, (made,) = shared_parts([total.term], self.statements.taken)
        for part, term in parts:
            yield from statement(f"{part} = ", self.spelled(term))
        text = self.spelled(made)
        remark = _remark(shape, of)
        if len(f"    {label} = {text}  # {remark}") > WIDE:
            remark = _remark(shape, of.partition(" = ")[0])
        yield from statement(f"{label} = ", text, remark)

    def _contributions(self, x: Statement) -> Iterator[tuple[Any, Sized]]:
        """Yield the operands whose gradient is wanted, with what that of a statement contributes."""
        op: Any = x.node._op
        wanted = [
            (k, each)
            for k, each in enumerate(x.node.arguments())
            if each is not None and self._is_active(each) and op is not DETACH
        ]
        g = Sized(name(f"d_{x.text}"), x.shape, x.dtype)
        result = Sized(name(x.text), x.shape, x.dtype)
        if isinstance(op, ArrayPrimitive):
            operands = self.statements.arrays(x)
            for k, node in wanted:
                yield node, op.pull(self.names, k, g, *operands, result)
            return
        elements = self.statements.elements(x)
        parts = [each.term if isinstance(each, Sized) else each for each in elements]
        products = self.rules.products(op, parts, result.term, g.term)
        for k, node in wanted:
            if products[k] is not None:
                yield node, Sized(products[k], x.shape, x.dtype)

    def _is_active(self, node: Node) -> bool:
        return id(node) in self.statements.active


def _remark(shape: tuple[int, ...], of: str) -> str:
    return f"{shape_text(shape, False)} by {of}".strip()
