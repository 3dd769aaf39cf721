"""Tables of text, aligned for reading or in Markdown for pasting, and the verdicts in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Target(NamedTuple):
    """The required figure and, where more is aimed at, the figure to reach."""

    must: float
    reach: float | None = None
    smaller_is_better: bool = False

    def verdict(self, value: float) -> str:
        """``reached``, ``met`` (what must be, but no more) or ``MISSED``."""
        sign = -1 if self.smaller_is_better else 1
        if self.reach is not None and sign * value >= sign * self.reach:
            return "reached"
        return "met" if sign * value >= sign * self.must else "MISSED"

    def cells(self) -> list[str]:
        """Both numbers, as printed."""
        return [f"{self.must:g}", "" if self.reach is None else f"{self.reach:g}"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool = False) -> str:
    """The first column is aligned to the left, the others to the right."""
    if markdown:
        rule = [":--", *["--:"] * (len(head) - 1)]
        return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *rows])
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        ).rstrip()
        for line in lines
    )


def seconds(value: float) -> str:
    """A time, in the unit that suits it."""
    unit, size = next(((unit, size) for unit, size in [("s", 1.0), ("ms", 1e-3)] if value >= size), ("µs", 1e-6))
    return f"{value / size:.3g} {unit}"
