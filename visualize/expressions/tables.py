"""The grammar of `python -m autograd` as data for a script: its functions, its operations and its sentences.

Nothing is written here that the parser of the command line has, too. What a function or an operator does is found out
by calling it once on values and reading the record:

    x >= y      less(y, x); equal(x, y); add(of the first, of the second)
    round(x)    round(x, 0)
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from typing import Any

from autograd import Entry, InputTypeError, InputValueError, Value, program
from autograd.arrays.tensor import evaluate
from autograd.core import ops
from autograd.core.ops import TABLE
from autograd.core.table import Primitive
from autograd.formulas.notation import LISTED, LOOSE, SUPERSCRIPT
from autograd.stepping.passes import reverse
from autograd.stepping.records import untaken
from autograd.terminal import expression, remedies
from autograd.terminal.sentences import SENTENCES
from autograd.text.names import SIGNS

from ..javascript.programs import json_number
from ..javascript.words import function
from .trees import heads, slopes

__all__ = ["MOST", "grammar", "operations"]

MOST = 12  # arguments of a function that takes any number of them
WHOLE = 987_654_321  # stands for an argument that is a whole number when a rule is traced

COMPARISONS = {ast.Lt: "<", ast.Gt: ">", ast.Eq: "==", ast.NotEq: "!=", ast.LtE: "<=", ast.GtE: ">="}
Key = tuple[Primitive, int]  # an operation with a number of arguments


class _Rows:
    """The operations that the grammar needs, each for each number of arguments, in the order of their first use."""

    def __init__(self) -> None:
        self.keys: dict[Key, int] = {}
        self.reasons: dict[Key, dict[int, str]] = {}

    def of(self, op: Primitive, count: int) -> int:
        return self.keys.setdefault((op, count), len(self.keys))

    def lines(self, call: Callable[..., Any], count: int) -> list[list[Any]]:
        """Return the record of a call: for each operation its row and its operands.

        An operand is the position of an argument; or -1, -2, … for the result of the first line, the second, …; or a
        list of a constant, and of 1 if that is a whole number.
        """
        given: list[Any] = [Value(0.25 + k / 100) for k in range(count)]
        try:
            known = program(call(*given))
        except InputTypeError:  # the last argument is a whole number
            given[-1] = WHOLE
            known = program(call(*given))
        at = {id(x): k for k, x in enumerate(given)}
        lines: dict[int, int] = {}
        found = []
        for entry in known.computed:
            assert entry.op is not None
            lines[entry.k] = -1 - len(lines)
            inputs = [_operand(x, at, lines, count) for x in entry.inputs]
            found.append([self.of(entry.op, len(entry.inputs)), *inputs])
        for step in reverse(known):
            assert step.entry.op is not None
            reasons = self.reasons.setdefault((step.entry.op, len(step.entry.inputs)), {})
            reasons |= {part.position: untaken(part._replace(slope=0.0), "{}") for part in step.parts}
        return found


def _operand(x: Any, at: dict[int, int], lines: dict[int, int], count: int) -> Any:
    if isinstance(x, Entry):
        return lines[x.k] if x.op else at[id(x.node)]
    return count - 1 if x == WHOLE else [json_number(x), *([1] if isinstance(x, int) else [])]


def _grammar(rows: _Rows) -> dict[str, Any]:
    actions = {op.write(["", ""]).strip(): partial(evaluate, op) for op in expression.OPERATORS.values()}
    comparisons = {COMPARISONS[kind]: compare for kind, compare in expression.COMPARISONS.items()}
    known: dict[str, Any] = {}
    for name, given in expression.FUNCTIONS.items():
        counts = range(given.least, min(int(min(given.most, MOST)), MOST) + 1)
        known[name] = {
            "least": given.least,
            "most": given.most if given.most <= MOST else None,
            "counts": given.counts,
            "ways": {count: rows.lines(given.call, count) for count in counts},
        }
    return {
        "operators": {sign: rows.lines(action, 2) for sign, action in (actions | comparisons).items()},
        "negative": rows.lines(partial(evaluate, ops.NEG), 1),
        "functions": known,
        "names": list(known),
    }


def grammar() -> dict[str, Any]:
    """Return all that the script reads, builds and refuses expressions with, as data."""
    rows = _Rows()
    found = _grammar(rows)
    trees = {key: slopes(*key) for key in rows.keys}
    named = {op.name for op, _ in rows.keys}.union(*(heads(tree) for each in trees.values() for tree in each))
    return found | {
        "rows": [
            {
                "name": op.name,
                "write": _pattern(op),
                "selects": op.selects,
                "slopes": trees[op, count],
                "reasons": rows.reasons.get((op, count), {}) if op.selects else {},
                **({"tacit": [op.tacit, op.write(["", "{1}"])]} if op.tacit is not None else {}),
            }
            for op, count in rows.keys
        ],
        "notations": {name: _pattern(TABLE[name]) for name in sorted(named) if name in TABLE},
        "listed": {name: before for name, before in LISTED.items() if name in named | {"mean"}},
        "loose": LOOSE,
        "constants": {name: json_number(x) for name, x in expression.CONSTANTS.items()},
        "sentences": SENTENCES | _of_functions(),
        "limits": [expression.LONGEST, expression.DEEPEST, remedies.LONGEST],
        "signs": remedies.SIGNS,
        "letters": remedies.LETTERS,
        "elsewhere": remedies.ELSEWHERE,
        "grammar": remedies.GRAMMAR,
        "tree": {kind.__name__: sentence for kind, sentence in remedies.TREE.items()},
        "superscript": {chr(a): chr(b) for a, b in SUPERSCRIPT.items()},
        "notation": SIGNS,
    }


def _pattern(op: Primitive) -> str:
    """The notation of an operation, with ``{0}``, ``{1}``, … for operands and ``{*}`` for a list of any length."""
    if op.arity is None:
        return op.write([*(f"{{{k}}}" for k in range(LISTED[op.name])), "{*}"])
    return op.write([f"{{{k}}}" for k in range(op.arity)])


def _of_functions() -> dict[str, str]:
    """The sentences with which functions refuse numbers, as patterns."""
    found = {"many": "on this page {} takes up to {} arguments, not {}"}
    for name, call, given in (
        ("whole", expression.FUNCTIONS["round"].call, (1.5, 2.25)),
        ("crossed", expression.FUNCTIONS["clip"].call, (1.5, 4.25, 2.25)),
    ):
        try:
            call(*given)
        except (InputTypeError, InputValueError) as error:
            found[name] = str(error).replace("float 2.25", "{}").replace("4.25", "{}").replace("2.25", "{}")
    return found


def operations() -> str:
    """Return the source of the operations: for each row of the grammar its value and its derivatives."""
    rows = _Rows()
    _grammar(rows)
    return ",\n".join(_source(op, count) for op, count in rows.keys)


def _source(op: Primitive, count: int) -> str:
    value, derivatives = function(op, (None,) * (count - 1) + (WHOLE,))
    selects = str(op.selects).lower()
    return f"{{ value: {value}, slopes: {derivatives}, selects: {selects} }}".replace(str(WHOLE), f"x{count - 1}")
