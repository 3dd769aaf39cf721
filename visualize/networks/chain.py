"""Layers one after another, each drawn as if it were one neuron: in capital letters, with its shapes.

    X ──> W, W0 ── Z ──> f ──> A         Z = Wᵀ X + W0        W (m × n), X (m × 1)
                                         A = f(Z)             W0, Z, A (n × 1)

Below the weights stand their numbers: row i of W has the weights of input i, column j those of neuron j. Layers that
are too wide for one row stand in several, each of which begins with the outputs of the layer before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from autograd.text.numbers import short

from ..canvas.text import SCRIPT
from ..canvas.theme import SMALL, widest
from .model import Network, Stage, Weight
from .parts import (
    COMMA,
    FAINT,
    FORMULA,
    ROUND,
    WEIGHT,
    Part,
    activation,
    arrow,
    circle,
    drawn_positions,
    extent,
    operation_box,
    small,
    symbol,
    text,
    tint,
)

__all__ = ["equation", "statements"]

APART = 20  # points between two neighbours, on the axis and below it
ROW = 15  # points that a row of a matrix takes
AWAY = 40  # points between the axis and the numbers above and below it
BETWEEN = 30  # points between two rows
EDGE = 22  # points at most between the parts and the side of the picture
WIDEST = widest(FORMULA * SCRIPT) - 2 * EDGE  # points; indices of that size are the smallest text

Rows = Sequence[Sequence[str]]


class Matrix(NamedTuple):
    """A matrix with its name before it, as a label, and the size of that."""

    label: str
    width: float
    height: float


class Station(NamedTuple):
    """A part on the axis. One in transit has no shape of its own and stands on an arrow."""

    kind: str  # input, output, computed, weights, activation or transit
    name: str
    label: str
    width: float
    above: list[Matrix]
    below: list[list[Matrix]]

    @property
    def spread(self) -> float:
        """The width below the axis."""
        return max((_across(line) for line in self.below), default=0)

    @property
    def top(self) -> float:
        """The height above the axis."""
        return AWAY + max((matrix.height for matrix in self.above), default=0)

    @property
    def bottom(self) -> float:
        """The depth below the axis."""
        heights = [max(matrix.height for matrix in line) for line in self.below]
        return AWAY + sum(heights) + max(len(heights) - 1, 0) * APART / 2


def equation(network: Network) -> str:
    """The formula that the picture shows, in one line."""
    layered = network.stages[0].number is not None
    layer, before = ("<I>l</I>", "<I>l</I>-1") if layered else (None, None)
    x = symbol("A" if layered else "X", before)
    z, w, a, f = (symbol(letter, layer) for letter in "ZWAf")
    transposed = f"({w})<SUP>T</SUP>" if layered else f"{w}<SUP>T</SUP>"
    return f"{z} = {transposed} {x} + {symbol('W', layer, 0)}{COMMA}{a} = {f}({z})"


def statements(network: Network, show: tuple[str, ...]) -> Iterator[Part]:
    """The statements of the parts on each row from left to right, of the arrows, and of the numbers above and below."""
    axis = 0.0
    for n, stations in enumerate(_rows(network, show)):
        axis -= max(station.top for station in stations) if n else 0.0
        for station, x in zip(stations, _places(stations), strict=True):
            yield _drawn(station, x, axis)
            yield from _line(f"{station.name}_above", x, axis + AWAY, station.above, upwards=True)
            y = axis - AWAY
            for k, matrices in enumerate(station.below):
                yield from _line(f"{station.name}_{k}", x, y, matrices)
                y -= max(matrix.height for matrix in matrices) + APART / 2
        for before, after in pairwise(station for station in stations if station.kind != "transit"):
            yield arrow(before.name, after.name)
        axis -= max(station.bottom for station in stations) + BETWEEN


def _rows(network: Network, show: tuple[str, ...]) -> Iterator[list[Station]]:
    """The stations of each row, which has as many layers as fit."""
    begin, count = 0, len(network.stages)
    while begin < count:
        row, end = list(_stations(network, show, begin, begin + 1)), begin + 1
        while end < count and _width(longer := list(_stations(network, show, begin, end + 1))) <= WIDEST:
            row, end = longer, end + 1
        yield row
        begin = end


def _width(stations: list[Station]) -> float:
    reach = [
        (x - half, x + half)
        for station, x in zip(stations, _places(stations), strict=True)
        for half in [max(station.width, station.spread) / 2]
    ]
    return max(right for _, right in reach) - min(left for left, _ in reach)


def _places(stations: list[Station]) -> list[float]:
    """The places on the axis: evenly spaced between the weights of two layers, which need space below the axis."""
    places = [0.0]
    start: int | None = None  # the latest weights
    for k, (before, after) in enumerate(pairwise(stations), start=1):
        places.append(places[-1] + before.width / 2 + APART + after.width / 2)
        if after.kind != "weights":
            continue
        if start is not None:
            room = (stations[start].spread + after.spread) / 2 + APART
            wider = max(room - (places[k] - places[start]), 0) / (k - start)
            places[start:] = [x + n * wider for n, x in enumerate(places[start:])]
        start = k
    return places


def _line(name: str, x: float, y: float, matrices: list[Matrix], upwards: bool = False) -> Iterator[Part]:
    """Matrices beside one another, above or below a height."""
    left = x - _across(matrices) / 2
    for k, matrix in enumerate(matrices):
        half = max(each.height for each in matrices) / 2
        yield text(f"{name}_{k}", left + matrix.width / 2, y + half if upwards else y - half, matrix.label)
        left += matrix.width + APART / 2


def _across(matrices: list[Matrix]) -> float:
    return sum(matrix.width for matrix in matrices) + (len(matrices) - 1) * APART / 2


def _drawn(station: Station, x: float, y: float) -> Part:
    if station.kind == "weights":
        return operation_box(station.name, x, y, "parameter", station.label, 2 * ROUND)
    if station.kind == "activation":
        return operation_box(station.name, x, y, "computed", station.label, ROUND)
    if station.kind == "transit":
        return text(station.name, x, y, station.label)
    return circle(station.name, x, y, station.kind, station.label)


def _stations(network: Network, show: tuple[str, ...], begin: int, end: int) -> Iterator[Station]:
    """The stations of a row with the layers from ``begin`` to ``end``, counted from 0."""
    last = network.stages[-1]
    if begin:
        before = network.stages[begin - 1]
        yield _vector("computed", f"again{begin}", symbol("A", before.number), before.n_out, before.a)
    else:
        n_in = network.stages[0].n_in
        yield _vector("input", "x", symbol("X"), n_in, network.x)
        if last.number is not None:
            yield _vector("transit", "a0", symbol("A", 0), n_in, None)
    for k, stage in enumerate(network.stages[begin:end], start=begin + 1):
        yield _weights(f"w{k}", stage, show)
        yield _vector("transit", f"z{k}", symbol("Z", stage.number), stage.n_out, stage.z)
        width = max(ROUND, extent([stage.activation])[0] + 16)
        yield Station("activation", f"f{k}", activation(stage.number, stage.activation), width, [], [])
        kind = "output" if stage is last else "computed" if k == end else "transit"
        yield _vector(kind, f"a{k}", symbol("A", stage.number), stage.n_out, stage.a)


def _vector(kind: str, name: str, label: str, count: int, numbers: list[float] | None) -> Station:
    """The station of a column of ``count`` numbers, which stand above it if they are known."""
    above = [] if numbers is None else [_matrix("", FAINT, [[short(number)] for number in numbers])]
    between = f"<BR/>{tint(' ', FAINT, 3)}<BR/>" if kind == "transit" else "<BR/>"  # space for the arrow
    label = f"{label}{between}{_shape(count, 1)}"
    return Station(kind, name, label, max(ROUND, _across(above) if above else 0), above, [])


def _weights(name: str, stage: Stage, show: tuple[str, ...]) -> Station:
    """The weights and offsets of a layer; below it their numbers, and below these their gradients."""
    w, w0 = symbol("W", stage.number), symbol("W", stage.number, 0)
    both = [(w, stage.weights), (w0, [[offset] for offset in stage.offsets])]
    below = []
    if "data" in show:
        below.append([_matrix(f"{called} =", WEIGHT, _written(rows, "data")) for called, rows in both])
    if "grad" in show:
        below.append([_matrix(f"grad {called} =", FAINT, _written(rows, "grad")) for called, rows in both])
    label = "<BR/>".join(f"{called} {_shape(len(rows), len(rows[0]))}" for called, rows in both)
    return Station("weights", name, label, 2 * ROUND, [], below)


def _written(rows: Sequence[Sequence[Weight]], what: str) -> Rows:
    return [[short(getattr(weight, what)) for weight in row] for row in rows]


def _shape(rows: int, columns: int) -> str:
    return small(f"{rows}×{columns}")


# --- Matrices ---------------------------------------------------------------------------------------------------------


def _matrix(caption: str, colour: str, numbers: Rows) -> Matrix:
    """Numbers between brackets, with the middle of many rows and of many columns left out."""
    rows = _elided(numbers)
    left, right = (
        f'<TD ROWSPAN="{len(rows)}" BORDER="1" SIDES="TB{side}" WIDTH="5" COLOR="{colour}"></TD>' for side in "LR"
    )
    first, *rest = ("".join(_cell(text, colour) for text in row) for row in rows)
    table = _table("".join(f"<TR>{row}</TR>" for row in [left + first + right, *rest]))
    width = (
        extent([caption])[0] * FORMULA / SMALL + sum(extent(column)[0] + 8 for column in zip(*rows, strict=True)) + 12
    )
    before = f'<TD>{tint(caption, colour, FORMULA)}</TD><TD WIDTH="4"></TD>' if caption else ""
    return Matrix(_table(f"<TR>{before}<TD>{table}</TD></TR>"), width, len(rows) * ROW)


def _elided(matrix: Rows) -> list[list[str]]:
    columns = drawn_positions(len(matrix[0]))
    rows = [None if i is None else matrix[i - 1] for i in drawn_positions(len(matrix))]
    return [[_entry(row, j) for j in columns] for row in rows]


def _entry(row: Sequence[str] | None, j: int | None) -> str:
    if row is None:
        return "⋱" if j is None else "⋮"
    return "⋯" if j is None else row[j - 1]


def _cell(text: str, colour: str) -> str:
    align = "CENTER" if text in "⋱⋮⋯" else "RIGHT"
    return f'<TD HEIGHT="{ROW}" ALIGN="{align}"> {tint(text, colour)} </TD>'


def _table(rows: str) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'
