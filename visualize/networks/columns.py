"""Layers as columns: every neuron a circle, or opened up, and every weight on its arrow.

    x1 ──(w1)──> ╭───╮        ╭───╮
    x2 ──(w2)──> │ Σ │── z ──>│ f │──> a       a neuron, opened up
     1 ──(w0)──> ╰───╯        ╰───╯

The weights between two columns stand below one another, at the fraction t of the distance from tail to head. There the
arrow from place i, of a column with the spacing s, to place k, of one with the spacing r, is (1 - t) i s + t k r below
the topmost. So labels of height h do not overlap if those into one neuron stand together, in steps of (1 - t) s ≥ h, or
those out of one input do, in steps of t r ≥ h.

Layers that are too wide for one row stand in several, each of which begins with the outputs of the layer before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from autograd.text.numbers import short

from ..canvas.text import SCRIPT
from ..canvas.theme import SMALL, widest
from ..picture.labels import escape
from .model import Network, Stage
from .parts import (
    COMMA,
    FORMULA,
    ROUND,
    Part,
    activation,
    arrow,
    circle,
    constant_input,
    drawn_positions,
    extent,
    frame,
    left_out,
    on_arrow,
    operation_box,
    small,
    symbol,
    text,
    valued,
    weight,
)

__all__ = ["equation", "statements"]

SPACING = ROUND + 18
# The least distance of two columns, as a part of the rise of their steepest arrow; and the largest fraction t, beyond
# which no weight stands. The later ones make a picture narrower and higher.
WAYS = [(0.8, 0.8), (0.65, 0.8), (0.5, 0.8), (0.5, 0.75), (0.35, 0.75), (0.35, 0.7), (0.2, 0.7), (0.2, 0.65)]
BESIDE, ABOVE = 17, 8  # points between a neuron and the frame around it; the latter also to a weight
SUM = 20  # points, the size of the letter Σ
EDGE = 23  # points at most between the outermost circle and the side of the picture
BETWEEN = 24  # points between two rows


class Column(NamedTuple):
    """Circles below one another, and below them a constant if a layer follows."""

    units: list[int | None]  # counted from 1; None is the gap that stands for several
    has_constant: bool
    spacing: float
    left: float = 0  # the place at which arrows arrive,
    right: float = 0  # and the place at which they leave; these differ if neurons are opened up
    axis: float = 0  # the height of its middle
    again: bool = False  # drawn once more, at the beginning of a row

    @property
    def places(self) -> list[int | None]:
        """The circles by their indices. The constant is input 0, since its weight is w0."""
        return [*self.units, 0] if self.has_constant else self.units

    def height(self, place: int) -> float:
        """The height of the centre of a circle."""
        return self.axis + self.half - place * self.spacing

    @property
    def width(self) -> float:
        """The width of a picture that ends behind this column."""
        return self.right + ROUND + 2 * EDGE

    @property
    def half(self) -> float:
        """The height of the topmost centre above the axis."""
        return (len(self.places) - 1) / 2 * self.spacing


def equation(network: Network) -> str:
    """The formula that the picture shows, in one line."""
    if network.is_neuron:
        inputs = drawn_positions(network.stages[0].n_in)
        terms = ["…" if i is None else f"{symbol('w', None, i)} {symbol('x', None, i)}" for i in inputs]
        return f"<I>z</I> = {' + '.join(terms)} + {symbol('w', None, 0)}{COMMA}<I>a</I> = <I>f</I>(<I>z</I>)"
    layered = network.stages[0].number is not None
    layer, before = ("<I>l</I>", "<I>l</I>-1") if layered else (None, None)
    i, j, ij, zero_j = (f"<I>{index}</I>" for index in ("i", "j", "ij", "0j"))
    z, a, f = symbol("z", layer, j), symbol("a", layer, j), symbol("f", layer)
    term = f"{symbol('w', layer, ij)} {symbol('a' if layered else 'x', before, i)}"
    return f"{z} = Σ<SUB>{i}</SUB> {term} + {symbol('w', layer, zero_j)}{COMMA}{a} = {f}({z})"


def statements(network: Network, show: tuple[str, ...], opened: bool) -> Iterator[Part]:
    """The statements of the inputs, then for each layer of the arrows with their weights and of the neurons."""
    most = widest((SMALL if "name" in show else FORMULA) * SCRIPT)  # indices are the smallest text
    for way, row in [*product(WAYS[:3], [math.inf]), *product(WAYS, [most])]:
        picture = _Picture(network, show, opened, way, row)
        if picture.width <= most:
            break
    return picture.statements()


class _Picture:
    """The places and statements of all parts: column k has the outputs of layer k, column 0 the inputs.

    Parameters
    ----------
    network, show, opened
        What is drawn.
    way : tuple of float
        One of `WAYS`.
    row : float
        The width of a row; a layer that would exceed it begins another one.
    """

    def __init__(
        self, network: Network, show: tuple[str, ...], opened: bool, way: tuple[float, float], row: float
    ) -> None:
        self.network = network
        self.show = show
        self.opened = opened
        self.steep, self.far = way
        self.columns = [Column(drawn_positions(network.stages[0].n_in), True, SPACING)]
        self.rows: list[list[int]] = [[]]  # the positions of their layers
        self.before: list[Column] = []  # for each layer, the column at which its arrows begin
        self.parts: list[float] = []  # for each layer, the fraction t at which the weights on its arrows stand
        for stage in network.stages:
            self._add(stage, row)
        self._stack()

    # --- Places ---

    @property
    def width(self) -> float:
        return max(column.width for column in self.columns)

    def _add(self, stage: Stage, row: float) -> None:
        """Place a layer as near to the column before it as the weights allow, or at the beginning of a row."""
        before = self.columns[-1]
        placed = self._placed(stage, before)
        if self.before and placed[1].width > row:
            self.rows.append([])
            self.columns[-1] = before._replace(has_constant=False)
            placed = self._placed(stage, before._replace(left=0, right=0, again=True))
        before, column, part = placed
        if not self.before:
            self.columns[0] = before
        self.rows[-1].append(len(self.before))
        self.before.append(before)
        self.columns.append(column)
        self.parts.append(part)

    def _placed(self, stage: Stage, before: Column) -> tuple[Column, Column, float]:
        """The column before a layer, that of its outputs, and the fraction t of the weights between them."""
        units = drawn_positions(stage.n_out)
        pairs = product(before.places, units)
        width, height = extent(self._label(stage, i, j) for i, j in pairs if i is not None and j is not None)
        if before.right == 0:  # the first of a row gets the spacing that makes both columns equally high
            part = min(len(units) / (len(units) + 1), self.far)
            before = before._replace(spacing=max(SPACING, height / (1 - part)))
        spacing, part = _spacing(before, len(units), height, self.far)
        column = Column(units, stage is not self.network.stages[-1], spacing)
        climb = before.half + column.half
        clear = max((width / 2 + ROUND) / (1 - part), (width / 2 + ROUND / 2 + ABOVE) / part if width else 0.0)
        left = before.right + max(clear, self.steep * climb, 3 * ROUND)
        right = left + self._reach(stage) + _box(stage) / 2 + 1.5 * ROUND if self.opened else left
        return before, column._replace(left=left, right=right), part

    def _stack(self) -> None:
        """Place the rows below one another."""
        axis = 0.0
        for n, row in enumerate(self.rows):
            half = ROUND / 2 + ABOVE + max(max(self.before[k].half, self.columns[k + 1].half) for k in row)
            axis -= half + self._above(row) if n else 0.0
            for k in row:
                self.before[k] = self.before[k]._replace(axis=axis)
                self.columns[k + 1] = self.columns[k + 1]._replace(axis=axis)
            axis -= half + BETWEEN

    def _above(self, row: list[int]) -> float:
        """The height of the titles of a row."""
        return max(extent([self._title(self.network.stages[k])])[1] for k in row) + 4

    def _reach(self, stage: Stage) -> float:
        """The distance from the sum to the activation, which is the space for z."""
        width, _ = extent(self._z(stage, j) for j in drawn_positions(stage.n_out) if j is not None)
        return ROUND / 2 + max(width + 20, 40) + _box(stage) / 2

    # --- Statements ---

    def statements(self) -> Iterator[Part]:
        yield from self._inputs()
        for k, stage in enumerate(self.network.stages, start=1):
            if self.before[k - 1].again:
                yield from self._outputs_again(k - 1)
            yield from self._weights(k, stage)
            yield from self._frame(k, stage)
            yield from self._neurons(k, stage)

    def _inputs(self) -> Iterator[Part]:
        column, x = self.before[0], self.network.x
        for place, i in enumerate(column.units):
            y = column.height(place)
            if i is None:
                yield _ellipsis("x_more", 0, y, self.network.stages[0].n_in)
            else:
                yield circle(f"x{i}", 0, y, "input", valued(symbol("x", None, i), x[i - 1] if x else None))
        yield constant_input("one0", 0, column.height(len(column.units)))

    def _outputs_again(self, k: int) -> Iterator[Part]:
        """The outputs of layer k at the beginning of a row."""
        yield from self._outputs(f"again{k}", self.before[k], self.network.stages[k - 1])
        yield constant_input(f"one{k}", 0, self.before[k].height(len(self.before[k].units)))

    def _outputs(self, name: str, column: Column, stage: Stage) -> Iterator[Part]:
        role = "output" if stage is self.network.stages[-1] else "computed"
        for place, j in enumerate(column.units):
            y = column.height(place)
            if j is None:
                yield _ellipsis(f"{name}_more", column.right, y, stage.n_out)
            else:
                label = symbol("a", stage.number, *self._index(j))
                number = stage.a[j - 1] if stage.a else None
                yield circle(f"{name}_{j}", column.right, y, role, valued(label, number))

    def _weights(self, k: int, stage: Stage) -> Iterator[Part]:
        """The arrows into a layer, each with its weight."""
        before, after, part = self.before[k - 1], self.columns[k], self.parts[k - 1]
        x = (1 - part) * before.right + part * after.left
        tails = f"again{k - 1}_" if before.again else f"a{k - 1}_" if k > 1 else "x"
        for (tail, i), (head, j) in product(enumerate(before.places), enumerate(after.units)):
            if i is None or j is None:
                continue
            yield arrow(f"{tails}{i}" if i else f"one{k - 1}", f"sum{k}_{j}" if self.opened else f"a{k}_{j}")
            label = self._label(stage, i, j)
            if label:
                y = (1 - part) * before.height(tail) + part * after.height(head)
                yield on_arrow(f"w{k}_{i}_{j}", x, y, label)

    def _label(self, stage: Stage, i: int, j: int) -> str:
        given = stage.weights[i - 1][j - 1] if i else stage.offsets[j - 1]
        return weight(symbol("w", stage.number, i, *self._index(j)), given, self.show)

    def _index(self, j: int) -> list[int]:
        return [] if self.network.is_neuron else [j]

    def _neurons(self, k: int, stage: Stage) -> Iterator[Part]:
        column = self.columns[k]
        yield from self._outputs(f"a{k}", column, stage)
        for place, j in enumerate(column.units if self.opened else []):
            if j is None:
                yield _ellipsis(f"sum{k}_more", column.left, column.height(place), stage.n_out)
            else:
                yield from self._inside(k, stage, j, column.height(place))
        if column.has_constant:
            yield constant_input(f"one{k}", column.right, column.height(len(column.units)))

    def _inside(self, k: int, stage: Stage, j: int, y: float) -> Iterator[Part]:
        """A neuron opened up: the sum, z and the activation."""
        left, at = self.columns[k].left, f"{k}_{j}"
        x = left + self._reach(stage)
        yield circle(f"sum{at}", left, y, "computed", f'<FONT POINT-SIZE="{SUM}">Σ</FONT>')
        yield operation_box(f"f{at}", x, y, "computed", activation(stage.number, stage.activations[j - 1]), _box(stage))
        yield text(f"z{at}", (left + ROUND / 2 + x - _box(stage) / 2) / 2, y + 10, self._z(stage, j))
        yield arrow(f"sum{at}", f"f{at}")
        yield arrow(f"f{at}", f"a{at}")

    def _z(self, stage: Stage, j: int) -> str:
        name = symbol("z", stage.number, *self._index(j))
        return name if stage.z is None else f"{name} {small(f'= {short(stage.z[j - 1])}')}"

    def _frame(self, k: int, stage: Stage) -> Iterator[Part]:
        """The dashed frame around a layer or a neuron, with its title above."""
        column = self.columns[k]
        left, right = column.left - ROUND / 2 - BESIDE, column.left + ROUND / 2 + BESIDE
        bottom, top = column.height(len(column.units) - 1) - ROUND / 2 - ABOVE, column.height(0) + ROUND / 2 + ABOVE
        if self.opened:
            right = column.left + self._reach(stage) + _box(stage) / 2 + BESIDE
        title = self._title(stage)
        yield frame(f"frame{k}", (left, right), (bottom, top))
        yield text(f"title{k}", (left + right) / 2, top + extent([title])[1] / 2 + 4, title)

    def _title(self, stage: Stage) -> str:
        title = "neuron" if self.network.is_neuron else "layer" if stage.number is None else f"layer {stage.number}"
        return title if self.opened else f"{title}<BR/>{small(escape(stage.activation))}"


def _spacing(before: Column, count: int, height: float, far: float) -> tuple[float, float]:
    """The spacing of a column of ``count`` circles, and the fraction t at which the weights on the arrows to it stand.

    If there is space, the labels out of one input stand together, otherwise those into one neuron.
    """
    if not height:
        return SPACING, far
    loose = 1.4 * height  # from one group to the next
    early = (before.spacing - loose) / ((count - 1) * SPACING + before.spacing)
    if early >= height / SPACING:
        return SPACING, min(early, 0.5)
    late = min(1 - height / before.spacing, far)
    return max(SPACING, ((len(before.places) - 1) * (1 - late) * before.spacing + loose) / late), late


def _box(stage: Stage) -> float:
    """The width of the boxes of a layer's activations."""
    return max(ROUND, extent(stage.activations)[0] + 16)


def _ellipsis(name: str, x: float, y: float, count: int) -> Part:
    return text(name, x, y, f"⋮<BR/>{small(f'{left_out(count)} more')}")
