"""The reverse pass of a program as lines of numpy.

    v2 = v1 + b1[:, None]      d_v1 = d_v2                          a sum passes its gradient on
                               d_b1 = d_v2.sum(1)                   what is broadcast collects it
    v1 = W1 @ x                d_W1 = d_v1 @ x.T                    a product swaps its factors
                               d_x = W1.T @ d_v1

It is the chain rule on the statements, latest first. A gradient is written as soon as all of its contributions are
there.
"""

from __future__ import annotations

from typing import Any

from ..wording.rules import Rules
from ..wording.spelling import shape_text, statement
from ..wording.terms import name, term
from .outputs import Outputs, Part, first_axis_last
from .program import Program
from .reads import Contribution, Named

__all__ = ["reverse_pass"]


def reverse_pass(program: Program, outputs: Outputs, rules: Rules) -> list[str]:
    """Return the lines that compute the gradient ``d_…`` by each array."""
    return _Reverse(program, outputs, rules).lines()


class _Reverse:
    def __init__(self, program: Program, outputs: Outputs, rules: Rules) -> None:
        self.program, self.outputs, self.rules = program, outputs, rules
        self.given: dict[int, list[Contribution]] = {}
        self.missing: dict[int, int] = {}
        for x in self.program.statements:
            if x.target.active:
                for read, _ in x.pulls(self.rules, name("g")):
                    self.missing[id(read.named)] = self.missing.get(id(read.named), 0) + 1
        for part in self.outputs.parts:
            if part.read.named.active:
                self.missing[id(part.read.named)] = self.missing.get(id(part.read.named), 0) + 1

    def lines(self) -> list[str]:
        """Return the lines of the pass."""
        found: list[str] = []
        for k, part in enumerate(self.outputs.parts):
            if part.read.named.active:
                g = f"g{k + 1}" if part.path else "g"
                found += statement(
                    f"{g} = ",
                    f"np.ones(np.shape({part.name})) if seeds is None else np.asarray(seeds{part.path}, dtype=float)",
                )
                found += self._add(part.read.named, part.read.back(self._seed(part, name(g))))
        for x in reversed(self.program.statements):
            if x.target.active and id(x.target) in self.given:
                for read, contribution in x.pulls(self.rules, name(f"d_{x.target.text}")):
                    found += self._add(read.named, contribution)
            elif x.target.active:  # nothing reaches it, since an operation that reads it passes no gradient on
                for read, _ in x.pulls(self.rules, name("g")):
                    found += self._add(read.named, None)
        leaves = [*(x.named for x in self.program.parameters), *(named for _, named in self.program.inputs)]
        for named in leaves:
            if named.active and id(named) not in self.given:
                found += statement(f"d_{named.text} = ", f"np.zeros({named.text}.shape)")
        return found

    def _seed(self, part: Part, g: Any) -> Any:
        """Return the upstream gradient of a part with the batch axis, if the part has one, last."""
        if not self.outputs.samples:
            return g
        if not part.read.named.lanes:
            return term("sum", g, 0)
        return first_axis_last(g, len(part.shape))

    def _add(self, named: Named, contribution: Contribution | None) -> list[str]:
        """Keep a contribution; when all of them are there, return the lines that sum them."""
        if contribution is not None:
            self.given.setdefault(id(named), []).append(contribution)
        self.missing[id(named)] -= 1
        if self.missing[id(named)] or id(named) not in self.given:
            return []
        given, label = self.given[id(named)], f"d_{named.text}"
        remark = shape_text(named.shape, named.lanes)
        spelled = self.rules.speller.number
        if all(each.at is None for each in given):
            total = given[0].value
            for each in given[1:]:
                total = total + each.value
            return list(statement(f"{label} = ", spelled(total), remark))
        lines = [*statement(f"{label} = ", f"np.zeros({named.text}.shape)", remark)]
        for each in given:
            target = label
            if each.flat:
                rest = ", -1" if named.lanes else ""
                target = f"{label}.reshape({named.size}{rest})"
            if each.at is None:
                lines += statement(f"{label} += ", spelled(each.value))
            elif each.repeated:
                at = self.rules.speller.as_object(each.at)
                lines += statement("np.add.at", f"({target}, {at}, {spelled(each.value)})")
            else:
                at = spelled(term("index", name(target), each.at))
                lines += statement(f"{at} += ", spelled(each.value))
        return lines
