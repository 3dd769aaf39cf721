"""An array program as a sequence of lines, and its text, in which repeated steps are shown once.

%1 = neg x[B]             [B]
100 times, %2 … %201:                the two lines of the first step stand for all 200 lines
  %2 = mul w0 %1          [B]
  %3 = tanh %2            [B]
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InputValueError, shortened
from ...text.layout import Listing, ends, table
from ...text.paper import ENDLESS, Paper, paper
from .lines import ArrayLine
from .repeats import repeats

__all__ = ["ArrayProgram"]

Row = tuple[str, ...]

WIDE = 48  # characters up to which the shapes of all lines are aligned
LONG = 40  # the most lines of a program in which no repeated steps are looked for
MOST, FIRST, LAST = 99, 60, 35  # the most lines that are shown in full; of more, the first 60 and the last 35


class ArrayProgram(Listing[ArrayLine]):
    """The program that a compiled function runs, as a sequence of lines; ``print`` shows it.

    For a long program, ``print`` shows repeated steps once, with the number of repetitions, and at most 100 lines; the
    sequence has all lines.

    Made by the attribute ``program`` of a compiled function.

    Attributes
    ----------
    name : str
        The name of the function.
    computed : list of ArrayLine
        The operations.
    operations : int
        The number of scalar operations that they replace; with a batch, for each sample.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd import Value
    >>> w = [Value(0.5, name="w[0]"), Value(-2.0, name="w[1]")]
    >>> @autograd.compile
    ... def f(x):
    ...     return (w[0] * x[0] + w[1] * x[1]).tanh()
    >>> f(np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.5]])).sum().backward()
    >>> round(w[0].grad, 4)
    2.7864
    >>> f.program
    w  = parameters          [2]
    x  = argument            [2,B]
    %1 = matmul w[2] x[2,B]  [B]
    %2 = tanh %1             [B]    -> f[B]
    """

    def __init__(self, name: str, lines: list[ArrayLine], operations: int) -> None:
        self.name, self.operations = name, operations
        self._items = lines
        self.computed = [line for line in lines if not line.is_leaf]

    def find(self, label: str) -> ArrayLine:
        """Return the line with a label.

        Raises
        ------
        InputValueError
            If there is none.
        """
        for line in self:
            if line.label == label:
                return line
        raise InputValueError(
            f"{shortened(label)} is not part of the program of {self.name}; print(program) shows its lines"
        )

    def __str__(self) -> str:
        return "\n".join(self._folded(paper()))

    def _shortened(self, on: Paper) -> str:
        return "\n".join(self._folded(on))

    def _folded(self, on: Paper) -> list[str]:
        """Return the lines of text; a long program has repeated steps once, and leaves out lines in the middle."""
        if len(self) <= LONG:
            return self._table(self._items, on)
        first = len(self) - len(self.computed)
        found = {first + each.begin: each for each in repeats(self.computed)}
        rows: list[Row] = []
        k = 0
        while k < len(self):
            each = found.get(k)
            if each is None:
                rows.append(_row(self[k]))
                k += 1
            else:
                end = first + each.end
                rows.append((f"{each.times:,} times, {self[k].label} … {self[end - 1].label}:",))
                rows += [_row(line, "  ") for line in self[k : k + each.length]]
                k = end
        before, middle, after = ends(rows, FIRST, LAST) if len(rows) > MOST else (rows, [], [])
        return _written([*before, *[(f"… {len(middle):,} more lines …",)] * bool(middle), *after], on)

    def _table(self, items: Sequence[ArrayLine], paper: Paper) -> list[str]:
        return _written([_row(line) for line in items], paper)


def _row(line: ArrayLine, indent: str = "") -> Row:
    return f"{indent}{line.label}", line.expression, line.size, line.remark


def _written(rows: Sequence[Row], on: Paper) -> list[str]:
    return table(rows, on._replace(width=ENDLESS), between=(" = ", "  ", "  "), stray=WIDE)
