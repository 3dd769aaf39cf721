"""Layers as columns: every neuron a circle, or opened up, and every weight on its arrow.

    x1 ──(w1)──> ╭───╮        ╭───╮
    x2 ──(w2)──> │ Σ │── z ──>│ f │──> a       a neuron, opened up
     1 ──(w0)──> ╰───╯        ╰───╯

The weights between two columns stand below one another, at the fraction t of the distance from tail to head. There the
arrow from place i, of a column with the spacing s, to place k, of one with the spacing r, is (1 - t) i s + t k r below
the topmost. So labels of height h do not overlap if those into one neuron stand together, in steps of (1 - t) s ≥ h, or
those out of one input do, in steps of t r ≥ h.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from autograd.text.numbers import short

from ..picture.labels import escape
from .model import Network, Stage
from .parts import (
    COMMA,
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
FAR = 0.8  # the largest fraction t: no weight stands nearer to the head of its arrow
STEEP = 0.8  # the distance of two columns is at least this fraction of the height of their steepest arrow
BESIDE, ABOVE = 17, 8  # points between a neuron and the frame around it; the latter also to a weight
SUM = 20  # points, the size of the letter Σ


class Column(NamedTuple):
    """Circles below one another, and below them a constant if a layer follows."""

    units: list[int | None]  # counted from 1; None is the gap that stands for several
    has_constant: bool
    spacing: float
    left: float = 0  # the place at which arrows arrive,
    right: float = 0  # and the place at which they leave; these differ if neurons are opened up

    @property
    def places(self) -> list[int | None]:
        """The circles by their indices. The constant is input 0, since its weight is w0."""
        return [*self.units, 0] if self.has_constant else self.units

    def height(self, place: int) -> float:
        """The height of the centre of a circle above the axis."""
        return ((len(self.places) - 1) / 2 - place) * self.spacing


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
    return _Picture(network, show, opened).statements()


class _Picture:
    """The places and statements of all parts: column k has the outputs of layer k, column 0 the inputs."""

    def __init__(self, network: Network, show: tuple[str, ...], opened: bool) -> None:
        self.network = network
        self.show = show
        self.opened = opened
        self.columns = [Column(drawn_positions(network.stages[0].n_in), True, SPACING)]
        self.parts: list[float] = []  # for each layer, the fraction t at which the weights on its arrows stand
        for stage in network.stages:
            self._add(stage)

    # --- Places ---

    def _add(self, stage: Stage) -> None:
        """Place a layer as near to the column before it as the weights allow."""
        before, units = self.columns[-1], drawn_positions(stage.n_out)
        pairs = product(before.places, units)
        width, height = extent(self._label(stage, i, j) for i, j in pairs if i is not None and j is not None)
        if not self.parts:  # the inputs get the spacing that makes both columns equally high
            part = min(len(units) / (len(units) + 1), FAR)
            before = self.columns[0] = before._replace(spacing=max(SPACING, height / (1 - part)))
        spacing, part = _spacing(before, len(units), height)
        column = Column(units, stage is not self.network.stages[-1], spacing)
        climb = abs(before.height(0)) + abs(column.height(0))
        clear = max((width / 2 + ROUND) / (1 - part), (width / 2 + ROUND / 2 + ABOVE) / part if width else 0.0)
        left = before.right + max(clear, STEEP * climb, 3 * ROUND)
        right = left + self._reach(stage) + _box(stage) / 2 + 1.5 * ROUND if self.opened else left
        self.columns.append(column._replace(left=left, right=right))
        self.parts.append(part)

    def _reach(self, stage: Stage) -> float:
        """The distance from the sum to the activation, which is the space for z."""
        width, _ = extent(self._z(stage, j) for j in drawn_positions(stage.n_out) if j is not None)
        return ROUND / 2 + max(width + 20, 40) + _box(stage) / 2

    # --- Statements ---

    def statements(self) -> Iterator[Part]:
        yield from self._inputs()
        for k, stage in enumerate(self.network.stages, start=1):
            yield from self._weights(k, stage)
            yield from self._frame(k, stage)
            yield from self._neurons(k, stage)

    def _inputs(self) -> Iterator[Part]:
        column, x = self.columns[0], self.network.x
        for place, i in enumerate(column.units):
            y = column.height(place)
            if i is None:
                yield _ellipsis("x_more", 0, y, self.network.stages[0].n_in)
            else:
                yield circle(f"x{i}", 0, y, "input", valued(symbol("x", None, i), x[i - 1] if x else None))
        yield constant_input("one0", 0, column.height(len(column.units)))

    def _weights(self, k: int, stage: Stage) -> Iterator[Part]:
        """The arrows into a layer, each with its weight."""
        before, after, part = self.columns[k - 1], self.columns[k], self.parts[k - 1]
        x = (1 - part) * before.right + part * after.left
        for (tail, i), (head, j) in product(enumerate(before.places), enumerate(after.units)):
            if i is None or j is None:
                continue
            start = f"one{k - 1}" if i == 0 else f"x{i}" if k == 1 else f"a{k - 1}_{i}"
            yield arrow(start, f"sum{k}_{j}" if self.opened else f"a{k}_{j}")
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
        for place, j in enumerate(column.units):
            y = column.height(place)
            if j is None:
                yield _ellipsis(f"a{k}_more", column.right, y, stage.n_out)
                if self.opened:
                    yield _ellipsis(f"sum{k}_more", column.left, y, stage.n_out)
                continue
            name = symbol("a", stage.number, *self._index(j))
            role = "computed" if column.has_constant else "output"
            yield circle(f"a{k}_{j}", column.right, y, role, valued(name, stage.a[j - 1] if stage.a else None))
            if self.opened:
                yield from self._inside(k, stage, j, y)
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
        title = "neuron" if self.network.is_neuron else "layer" if stage.number is None else f"layer {stage.number}"
        if self.opened:
            right = column.left + self._reach(stage) + _box(stage) / 2 + BESIDE
        else:
            title += f"<BR/>{small(escape(stage.activation))}"
        yield frame(f"frame{k}", (left, right), (bottom, top))
        yield text(f"title{k}", (left + right) / 2, top + extent([title])[1] / 2 + 4, title)


def _spacing(before: Column, count: int, height: float) -> tuple[float, float]:
    """The spacing of a column of ``count`` circles, and the fraction t at which the weights on the arrows to it stand.

    If there is space, the labels out of one input stand together, otherwise those into one neuron.
    """
    if not height:
        return SPACING, FAR
    loose = 1.4 * height  # from one group to the next
    early = (before.spacing - loose) / ((count - 1) * SPACING + before.spacing)
    if early >= height / SPACING:
        return SPACING, min(early, 0.5)
    late = min(1 - height / before.spacing, FAR)
    return max(SPACING, ((len(before.places) - 1) * (1 - late) * before.spacing + loose) / late), late


def _box(stage: Stage) -> float:
    """The width of the boxes of a layer's activations."""
    return max(ROUND, extent(stage.activations)[0] + 16)


def _ellipsis(name: str, x: float, y: float, count: int) -> Part:
    return text(name, x, y, f"⋮<BR/>{small(f'{left_out(count)} more')}")
