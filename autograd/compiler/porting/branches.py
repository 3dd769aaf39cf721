"""The lines at which Python decided while a call was recorded, in words."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..tensors.recording import Decision

__all__ = ["conditions", "said_of"]


def _line_of(decision: Decision) -> str:
    """Return the line of the user's code as text: `if x.sum() > 0:`, line 5 of model.py."""
    file, _, number = decision.place.rpartition(":")
    code = linecache.getline(file, int(number)).strip() if file else ""
    where = f"line {number} of {Path(file).name}" if file else decision.place
    return f"`{code}`, {where}" if code else where


def conditions(decisions: Iterable[Decision]) -> Iterator[str]:
    """Yield for which calls a program holds, by each decision."""
    for each in decisions:
        if each.is_of_numbers:
            yield f"calls in which the whole numbers that are read in {_line_of(each)}, are those of the recorded call"
        elif each.is_own:
            yield f"calls in which the condition in {_line_of(each)}, is {bool(each.answer)}"
        else:
            yield f"calls in which {_line_of(each)}, finds the same about its arguments, such as labels in their range"


def said_of(decision: Decision) -> str:
    """Return a sentence about a decision."""
    if decision.is_of_numbers:
        said = "the whole numbers are those of the recorded call; for others it is recorded anew"
    elif decision.is_own:
        said = f"the answer was {bool(decision.answer)}; for another one it is recorded anew"
    else:
        said = "what it finds about its arguments, such as labels in their range; else it is recorded anew"
    return f"{_line_of(decision)}: {said}"
