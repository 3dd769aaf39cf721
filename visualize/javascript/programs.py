"""A program as data for the engine in ``engine.js``, and its operations as source."""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.resources import files
from typing import Any

from autograd import Entry, Program
from autograd.core.table import Primitive
from autograd.experiments.branches import asked

from .words import Untranslated, function, helpers

__all__ = ["branches", "engine", "engine_of", "entries", "json_number", "runs"]


def entries(program: Program) -> list[dict[str, Any]]:
    """Return the entries of a program as the engine takes them.

    An input is the position of an entry, or a list of one constant. ``home`` is the first entry of the same value: the
    versions of a leaf that was changed share a gradient.
    """
    keys = {key: n for n, key in enumerate(_operations(program))}
    homes: dict[int, int] = {}
    return [
        {
            "op": None if entry.op is None else keys[_key(entry)],
            "inputs": [x.k if isinstance(x, Entry) else [json_number(x)] for x in entry.inputs],
            "home": homes.setdefault(id(entry.node), entry.k),
        }
        for entry in program
    ]


def runs(program: Program) -> bool:
    """Return True if the engine can evaluate a program: no operation has a rule that only Python runs."""
    return all(_function(*key) for key in _operations(program))


def engine(program: Program) -> str:
    """Return the source of the engine for a program: its operations, the functions that they call, and ``engine.js``.

    An operation with a rule that only Python runs has no functions there; `runs` returns False for its program.
    """
    return engine_of(",\n".join(_written(*key) for key in _operations(program)))


def engine_of(table: str) -> str:
    """Return the source of the engine for a table of operations, which is their source, separated by commas."""
    text = files("visualize.javascript").joinpath("engine.js").read_text(encoding="utf-8")
    return f"{helpers(table)}\nconst operations = [\n{table}\n];\n{text}"


def _written(op: Primitive, numbers: Numbers) -> str:
    selects = f"selects: {str(op.selects).lower()}"
    found = _function(op, numbers)
    return f"{{ value: {found[0]}, slopes: {found[1]}, {selects} }}" if found else f"{{ {selects} }}"


def branches(program: Program) -> list[dict[str, Any]]:
    """Return the comparisons of Python that steered a program, in the order of the values compared."""
    return [
        {
            "question": branch.question,
            "comparison": branch.comparison,
            "sides": [side.k if isinstance(side, Entry) else [json_number(side)] for side in branch.sides],
            "numbers": [json_number(x) for x in branch.numbers],
            "answer": branch.answer,
            "source": str(branch.source) if branch.source else "",
        }
        for branch in asked(program)
    ]


def json_number(x: float) -> float | str:
    """A number, or the text of one that JSON has no number for."""
    number = float(x)
    return number if math.isfinite(number) else str(number)


Numbers = tuple[float | None, ...]


def _key(entry: Entry) -> tuple[Primitive, Numbers]:
    """An operation and the number of its arguments; with the constants among them, if its rules need their numbers."""
    assert entry.op is not None
    unknown = (None,) * len(entry.inputs)
    constants = tuple(None if isinstance(x, Entry) else x for x in entry.inputs)
    return entry.op, unknown if _function(entry.op, unknown) else constants


@lru_cache(maxsize=1024)
def _function(op: Primitive, numbers: Numbers) -> tuple[str, str] | None:
    try:
        return function(op, numbers)
    except Untranslated:
        return None


def _operations(program: Program) -> list[tuple[Primitive, Numbers]]:
    """The operations of a program, in the order of their first use."""
    return list(dict.fromkeys(map(_key, program.computed)))
