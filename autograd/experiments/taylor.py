"""`nudge`: a value moves by a small step, the program runs again, and the change is compared with the gradient.

    actual = y(x + h) - y(x) = dy/dx h + remainder

The derivative is the slope for which the remainder falls with the square of the step h: half the step, a quarter of the
remainder. At a kink the remainder falls no faster than the step itself. Where a Python ``if`` would go the other way,
the numbers are those of a path that would not be taken. The same test of each single operation that has an edge finds
the one with the kink.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..core.namespaces import floats
from ..core.numbers import number, whole
from ..core.sweep import local_derivatives
from ..core.value import Value
from ..errors import InputValueError
from ..programs.entry import Entry
from ..programs.listing import Program, only_numbers, program
from ..stepping.passes import reverse
from ..text.layout import clipped, folded, table
from ..text.numbers import brief
from ..text.paper import paper
from .branches import Branch, asked, turned
from .rerun import Rerun
from .rounding import EPSILON, noise
from .what_if import branch_lines

__all__ = ["Nudge", "Row", "nudge"]

HALVINGS = 4
LEAST = 3.0  # the least ratio of a remainder to that of half the step that counts as 4, the ratio of tiny steps
FINE = 2.0**-17  # of the value: a step for which a kink is far above rounding, and curvature far below a kink

SAID = {
    "square": "The remainder falls with the square of the step: half the step, a quarter of the remainder.",
    "exact": "What remains is rounding: over steps of this size, {y} is as good as straight along {x}.",
    "branch": "Beyond a branch no square is claimed: these numbers go on along the path that was recorded.",
    "undefined": "No square is claimed here: not all of these numbers are finite, with a slope of {slope}.",
    "far": "The remainder does not fall with the square: these steps are too large for a slope, or a derivative is "
    "wrong; take smaller steps, or ask check_gradients.",
}


class Row(NamedTuple):
    """The numbers of one step.

    Attributes
    ----------
    by : float
        The step.
    predicted, actual, remainder : float
        ``slope * by``, the change of the result, and the difference of the two.
    rounding : float
        The part of the remainder that may be rounding.
    branches : list of Branch
        The comparisons that would be answered otherwise after this step.
    """

    by: float
    predicted: float
    actual: float
    remainder: float
    rounding: float
    branches: list[Branch]

    @property
    def audible(self) -> bool:
        """True if the remainder is more than rounding."""
        return abs(self.remainder) > self.rounding


class Nudge:
    """The change of a result after a step, and the change that the gradient predicts; ``print`` shows both.

    Made by `nudge`.

    Attributes
    ----------
    entry, result : Entry
        The value that was moved, and the result, in the program.
    slope : float
        The derivative of the one by the other.
    by, predicted, actual, remainder : float
        The step, the predicted and the actual change, and their difference.
    rows : list of Row
        The same for the step and for halves of it.
    ratios : list of float
        Of each row but the last, its remainder divided by that of the next row; nan if one of them is rounding. It is
        4 if the remainder falls with the square.
    branches : list of Branch
        The comparisons that would be answered otherwise after one of the steps.
    kinks, crossed : list of Entry
        The operations that have a kink or a jump right at the value, and those that cross one during a step.
    verdict : str
        ``"square"``, if the remainder falls with the square or faster; ``"exact"``, if there is none but rounding;
        ``"branch"``, ``"kink"`` or ``"undefined"``, if a Python branch, a kink or a jump, or a number that is not
        finite stands in the way; ``"far"``, if the remainder falls more slowly than that, because the steps are too
        large or a derivative is wrong.
    """

    def __init__(self, program: Program, entry: Entry, by: float) -> None:
        self.entry = entry
        self.result = program.results[0]
        self.slope, upstream = _derivatives(program, entry)
        rerun = Rerun(program, [entry], [self.result])
        value_noise = noise(rerun.values, [entry.value])[0]
        fine = math.copysign(min(abs(by) / 2**HALVINGS, FINE * (abs(entry.value) or abs(by))), by)
        steps = [*(by / 2**k for k in range(HALVINGS + 1)), fine, fine / 16]
        moved = [rerun.all_values(floats, [entry.value + step]) for step in steps]
        branches = asked(program)
        self.rows = [
            self._row(step, values[self.result.k], value_noise, turned(branches, values))
            for step, values in zip(steps[:-2], moved, strict=False)
        ]
        self.by, self.predicted, self.actual, self.remainder, *_ = self.rows[0]
        self.ratios = [
            abs(row.remainder / after.remainder) if row.audible and after.audible else math.nan
            for row, after in pairwise(self.rows)
        ]
        of_largest_step = {branch[:4]: branch for row in reversed(self.rows) for branch in row.branches}
        self.branches = [each for branch in branches if (each := of_largest_step.get(branch[:4]))]
        self.kinks: list[Entry] = []
        self.crossed: list[Entry] = []
        for z in program:
            if z.op is not None and z.op.edge and upstream.get(z.k) and z is not entry:
                remainders = _remainders(z, moved)
                if _is_kink(*remainders[-2:]):
                    self.kinks.append(z)
                elif any(map(_is_sudden, remainders[:-2], remainders[1:-2])):
                    self.crossed.append(z)
        self.verdict = self._verdict()

    def _row(self, by: float, value: float, value_noise: float, branches: list[Branch]) -> Row:
        predicted, actual = self.slope * by, value - self.result.value
        x = self.entry.value
        size = abs(value) + abs(self.result.value) + abs(self.slope) * (abs(x) + abs(x + by))
        rounding = 4 * EPSILON * size + (value_noise if math.isfinite(value_noise) else 0.0)
        return Row(by, predicted, actual, actual - predicted, rounding, branches)

    def _verdict(self) -> str:
        ratios = [ratio for ratio in self.ratios if not math.isnan(ratio)]
        if not all(math.isfinite(row.remainder) for row in self.rows):
            return "undefined"
        if self.branches:
            return "branch"
        if not any(row.audible for row in self.rows):
            return "exact"
        if self.kinks or self.crossed:
            return "kink"
        if not ratios:
            return "exact"
        return "square" if ratios[-1] >= LEAST else "far"

    def text(self, digits: int = 4) -> str:
        """Return the step, a table of it and its halves, and a sentence on what the table shows.

        Parameters
        ----------
        digits : int
            Significant digits, from 1 to 100.
        """
        digits, sheet = whole(digits, "digits", least=1, most=100), paper()
        write: Callable[[float], str] = lambda x: brief(x, digits)
        x, y = self.entry, self.result
        head = (
            f"{x.label} = {write(x.value)} moves by {write(self.by)}, {y.label} = {write(y.value)} by "
            f"{write(self.actual)}; the gradient predicts {write(self.slope)} × {write(self.by)} = "
            f"{write(self.predicted)}"
        )
        rows: list[tuple[str, ...]] = [("by", "predicted", "actual", "remainder", "ratio")]
        for row, ratio in zip(self.rows, [math.nan, *self.ratios], strict=True):
            falls = "branch" if row.branches else "" if math.isnan(ratio) else write(ratio)
            rows.append((*map(write, row[:4]), falls if row.audible or row.branches else "rounding"))
        style = "green" if self.verdict in ("square", "exact") else "yellow"
        said = [sheet.paint(line, style) for each in self._sentences() for line in folded(each, sheet)]
        lines = [*folded(head, sheet), *table(rows, sheet, narrowed=0, least=8, cut=clipped, whole=True), *said]
        return "\n".join([*lines, *branch_lines(self.branches, digits, sheet)])

    def _sentences(self) -> list[str]:
        """Return the sentences on what the table shows."""
        if self.verdict == "kink":
            here = "has a kink or a jump right here, where its derivative is a convention"
            away = "changes sides on the way; shorter steps stay on this side"
            return [
                *(f"{z.label} = {z.expression} {here}: {z.op.edge}." for z in self.kinks if z.op),
                *(f"{z.label} = {z.expression} {away}." for z in self.crossed),
            ]
        if self.verdict == "square" and self.ratios[-1] > 6:
            return ["The remainder falls even faster than with the square of the step."]
        return [SAID[self.verdict].format(x=self.entry.label, y=self.result.label, slope=self.slope)]

    def __repr__(self) -> str:
        return self.text()


def _derivatives(program: Program, entry: Entry) -> tuple[float, dict[int, float | None]]:
    """Return the derivative of the result by an entry, and by each computed one by its position."""
    slope = 1.0 if entry is program.results[0] else 0.0
    upstream = {}
    for step in reverse(program):
        upstream[step.entry.k] = step.upstream
        for part in step.parts:
            if part.entry is entry and part.passes:
                slope += part.contribution
    return slope, upstream


class _Remainder(NamedTuple):
    """The change of one operation, less what its slopes predict from the changes of its arguments."""

    size: float
    rounding: float  # how much of it may be rounding


def _remainders(z: Entry, moved: Sequence[Sequence[float]]) -> list[_Remainder]:
    """Return the remainder of an operation for each step, after which the program's entries have the values given."""
    slopes = local_derivatives(z.node)
    remainders = []
    for values in moved:
        predicted, size = 0.0, abs(values[z.k]) + abs(z.value)
        for x, slope in zip(z.inputs, slopes, strict=True):
            if isinstance(x, Entry) and values[x.k] != x.value:
                predicted += slope * (values[x.k] - x.value)
                size += abs(slope) * (abs(values[x.k]) + abs(x.value))
        remainders.append(_Remainder(abs(values[z.k] - z.value - predicted), 8 * EPSILON * size))
    return remainders


def _is_kink(fine: _Remainder, finer: _Remainder) -> bool:
    """Return True if a remainder does not fall with the square from a small step to a sixteenth of it."""
    return finer.size > finer.rounding and fine.size < LEAST**4 * finer.size


def _is_sudden(before: _Remainder, after: _Remainder) -> bool:
    """Return True if a remainder appears or vanishes from one step to its half, as no power of the step does."""
    small, large = sorted([before, after])
    return small.size <= small.rounding and large.size > 16 * max(large.rounding, small.rounding)


def nudge(x: Value | str, by: float = 0.01, *, of: Value) -> Nudge:
    """Move a value by a little, and compare the change of the result with the change that its gradient predicts.

    ``y(x + h) - y(x) = dy/dx h + remainder``, and the remainder falls with the square of h: that is what makes dy/dx
    the derivative (Taylor).

    Parameters
    ----------
    x : Value or str
        A value in the program of the result, or its name or label. A computed one is held at the new number, and all
        that depends on it is computed again.
    by : float
        The step.
    of : Value
        The result, y.

    Returns
    -------
    Nudge
        The numbers of the step and of shorter ones, and a verdict. At a kink, and where a comparison would be answered
        otherwise (see `replay`), it says so and claims no square.

    Raises
    ------
    InputTypeError
        If ``of`` is not a recorded value, or ``by`` is not a number.
    InputValueError
        If ``x`` is not part of the program, or the step is 0, not finite or lost in the rounding of ``x``.

    Examples
    --------
    >>> from autograd import Value, nudge
    >>> x = Value(3.0, name="x")
    >>> y = x * x
    >>> y.name = "y"
    >>> nudge(x, 0.5, of=y)  # dy/dx = 2x
    x = 3 moves by 0.5, y = 9 by 3.25; the gradient predicts 6 × 0.5 = 3
    by       predicted  actual  remainder  ratio
    0.5      3          3.25    0.25
    0.25     1.5        1.562   0.0625     4
    0.125    0.75       0.7656  0.01562    4
    0.0625   0.375      0.3789  0.003906   4
    0.03125  0.1875     0.1885  0.0009766  4
    The remainder falls with the square of the step: half the step, a quarter of the
    remainder.
    >>> print(nudge(x, 0.5, of=(x - 3).relu()))
    x = 3 moves by 0.5, %2 = 0 by 0.5; the gradient predicts 0 × 0.5 = 0
    by       predicted  actual   remainder  ratio
    0.5      0          0.5      0.5
    0.25     0          0.25     0.25       2
    0.125    0          0.125    0.125      2
    0.0625   0          0.0625   0.0625     2
    0.03125  0          0.03125  0.03125    2
    %2 = relu(%1) has a kink or a jump right here, where its derivative is a
    convention: 0 at 0.
    """
    listing = program(of)
    only_numbers(listing, "nudge")
    entry = listing.find_version(x)
    step = number(by, "a step")
    if not math.isfinite(entry.value):
        raise InputValueError(f"no step leads away from {entry.label} = {entry.value!r}; nudge a value that is finite")
    if not (math.isfinite(step) and entry.value + step / 2**HALVINGS != entry.value):
        raise InputValueError(
            f"a step of {step!r} from {entry.label} = {entry.value!r} leads nowhere; take a finite one that is larger "
            f"than rounding, such as {FINE * max(abs(entry.value), FINE):.1g}"
        )
    return Nudge(listing, entry, step)
