"""`watch`: a training recorded step by step, the loss and chosen values with their gradients.

    film = watch()              nothing is recorded yet
    film.take(loss)             a frame, between the backward pass and the step of the optimizer
    film["w"].data              the numbers over the frames; film["w"].grad has the gradients

The recorder makes the frames; here they are kept, read, printed and drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from ..core.numbers import whole
from ..core.stores import gradient_of
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError, described, shortened
from ..programs.listing import Program
from ..text.layout import listed, table
from ..text.numbers import short
from ..text.paper import paper
from .axes import curves
from .frames import Array, Frame, Scene
from .recorder import Recorder, chosen

__all__ = ["Film", "Track", "watch"]

MOST_FRAMES = 1000
MEMORY = 2**27  # bytes
ROWS = 12  # frames that the table shows of a long film


class Track(NamedTuple):
    """A value over the frames of a film.

    Attributes
    ----------
    data : ndarray
        The numbers; the first axis counts the frames. A frame whose program does not have the value has nan.
    grad : ndarray
        The gradients, likewise; nan where no pass had reached the value.
    """

    data: Array
    grad: Array


class Film(Mapping[str, Track]):
    """A recording of training: a mapping from names to tracks, one number and gradient for each frame.

    ``print(film)`` shows a table, ``film["w"]`` a `Track` of arrays, ``film.plot("w")`` a curve;
    ``visualize.page(film)`` plays it on the program of the loss. As a callback of `nn.fit` it takes a frame at each
    step. Made by `watch`.

    Attributes
    ----------
    every : int
        Every so many calls of `take` give a frame. It doubles when there are more frames than are to be kept.
    """

    def __init__(self, recorder: Recorder, every: int, limit: int) -> None:
        self.every = every
        self._recorder, self._limit = recorder, limit
        self._calls = 0
        self._frames: list[Frame] = []

    def __getstate__(self) -> dict[str, Any]:
        """The film without programs and leaves: values are neither copied nor pickled with their graph."""
        frames = [frame._replace(row=None) for frame in self._frames]
        return {**vars(self), "_recorder": self._recorder.without_values(), "_frames": frames}

    # --- Recording ----------------------------------------------------------------------------------------------------

    def take(self, loss: Any, step: int | None = None) -> None:
        """Take a frame: copy the numbers and the gradients of one step of training.

        It stands behind ``loss.backward()``, and before the optimizer moves the parameters and sets gradients back.

        Parameters
        ----------
        loss : Value or Tensor
            The loss, a single number whose backward pass has run.
        step : int, optional
            The number of the step; the number of earlier calls, unless it is given.

        Raises
        ------
        InputTypeError, InputValueError
            If it is no such loss, or lacks a value that was chosen by its name and is in no frame so far.
        """
        _check(loss)
        number = self._calls if step is None else whole(step, "step", least=None)
        if self._calls % self.every == 0:
            self._frames.append(self._recorder.frame(loss, number))
            size = self._frames[-1].size
            while len(self._frames) > self._limit or (len(self._frames) > 2 and len(self._frames) * size > MEMORY):
                self._frames = self._frames[::2]
                self.every *= 2
        self._calls += 1

    def before_step(self, run: Any) -> None:
        """Take a frame of a training by `nn.fit`; it is called there if the film is among its ``callbacks``."""
        if not self._frames and not self._recorder.watched:
            self._recorder = Recorder(chosen(run.optimizer.parameters))
        self.take(run.loss, run.step)

    # --- Reading ------------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> Array:
        """The numbers of the steps that were taken, in an array."""
        return np.array([frame.step for frame in self._frames], dtype=np.int64)

    @property
    def scenes(self) -> list[Scene]:
        """The structures that the programs of the frames have, each with its frames; a plain training has one."""
        found = []
        for scene, (listing, text) in enumerate(self._recorder.programs):
            places = [k for k, frame in enumerate(self._frames) if frame.scene == scene]
            rows = None if listing is None else np.array([self._frames[k].row for k in places])
            if places:
                found.append(Scene(listing, [self._frames[k].step for k in places], places, rows, text))
        return found

    def tracks_of(self, listing: Program) -> dict[int, str]:
        """Return the names of the tracks that the leaves of any program have, by their positions in it.

        A leaf is known by itself, or else by its label there, unless another leaf of the program has that track.
        """
        leaves = [entry for entry in listing if entry.op is None]
        found = {entry.k: name for entry in leaves if (name := self._recorder.name_of(entry.node)) in self and name}
        free = set(self) - {"loss", *found.values()}
        return found | {entry.k: entry.label for entry in leaves if entry.k not in found and entry.label in free}

    __eq__, __hash__ = object.__eq__, object.__hash__  # a film is itself alone, unlike other mappings

    def __getitem__(self, name: str) -> Track:
        cells = [frame.columns.get(name) for frame in self._frames]
        like = next((cell for cell in cells if cell is not None), None)
        if like is None:
            near = get_close_matches(name, list(self), n=1) if isinstance(name, str) else []
            there = f"there are {listed(list(self))}" if self._frames else "it has no frames; take(loss) takes one"
            raise InputValueError(
                f"the film has no track {shortened(name)}; {f'did you mean {near[0]!r}?' if near else there}"
            )
        none = np.full_like(like.data, np.nan)
        data = np.stack([none if cell is None else cell.data for cell in cells])
        grad = np.stack([none if cell is None or cell.grad is None else cell.grad for cell in cells])
        return Track(data, grad)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for frame in self._frames for name in frame.columns))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(name in frame.columns for frame in self._frames)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __bool__(self) -> bool:
        """True, also without frames, so that ``if film: film.take(loss)`` takes the first one."""
        return True

    def to_dict(self) -> dict[str, list[float]]:
        """Return the numbers as columns for a DataFrame: ``step``, ``loss``, and ``w`` and ``w.grad`` for a value w.

        An array has a column for each element, ``W[0, 1]`` and ``W[0, 1].grad``.
        """
        found: dict[str, list[float]] = {"step": self.steps.tolist()}
        for name in self:
            columns = self._columns(name)
            found |= {f"{name}{ending}": column for ending, column in columns if name != "loss" or not ending}
        return found

    def _columns(self, name: str) -> Iterator[tuple[str, list[float]]]:
        """The numbers of a track, then its gradients, element by element, each with the ending of its name."""
        for ending, array in zip(("", ".grad"), self[name], strict=True):
            for place in np.ndindex(array.shape[1:]):
                yield f"{list(place) if place else ''}{ending}", array[(slice(None), *place)].tolist()

    def plot(self, *names: str, ax: Any = None) -> Any:
        """Draw tracks over the steps.

        Parameters
        ----------
        names : str
            The names, with ``.grad`` behind them for gradients: ``film.plot("w", "w.grad")``; and the columns of
            `to_dict`, such as ``"W[0, 1]"``. By default, the loss.
        ax : matplotlib Axes, optional
            Axes to draw on.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        InputTypeError, InputValueError
            If ``ax`` is none, or there is no such track.
        """
        columns, lines = self.to_dict(), dict[str, list[float]]()
        for name in names or ("loss",):
            if isinstance(name, str) and name in columns:
                lines[name] = columns[name]
                continue
            gradient = isinstance(name, str) and name.endswith(".grad")
            track = name.removesuffix(".grad") if gradient else name
            for ending, column in self._columns(track):
                if ending.endswith(".grad") is gradient:
                    lines[f"{track}{ending}"] = column
        return curves(ax, "step", self.steps, [*lines.items()])

    def __str__(self) -> str:
        if not self._frames:
            return repr(self)
        on, last = paper(), len(self._frames) - 1
        shown = sorted({round(k * last / (ROWS - 1)) for k in range(ROWS)})
        columns = [["step", *(str(self._frames[k].step) for k in shown)]]
        names = list(self)
        for name in names:
            track = self[name]
            for ending, array in zip(("", ".grad"), track, strict=True):
                if name == "loss" and ending:
                    continue
                many = array.ndim > 1
                sizes = np.sqrt((array.reshape(last + 1, -1) ** 2).sum(axis=1)) if many else array
                head = f"|{name}{ending}|" if many else f"{name}{ending}"
                columns.append([head, *("-" if np.isnan(sizes[k]) else short(float(sizes[k])) for k in shown)])
        wide = np.cumsum([2 + max(map(len, column)) for column in columns]) - 2
        kept = max(2, int((wide <= on.width).sum()))
        rows = list(zip(*columns[:kept], strict=True))
        lines = table(rows, on, align=">" * kept)
        if kept < len(columns):
            lines.append(on.plain(f"… {len(columns) - kept} more columns; film.to_dict() has all"))
        return "\n".join([*lines, *map(on.plain, self._said())])

    def _said(self) -> Iterator[str]:
        """The changes of structure in words."""
        for scene in self.scenes:
            if scene.difference:
                others = f" and {len(scene.steps) - 1:,} more" if len(scene.steps) > 1 else ""
                yield f"Another program in step {scene.steps[0]}{others}: {scene.difference}."

    def __repr__(self) -> str:
        if not self._frames:
            return "Film(no frames; take(loss) takes one behind loss.backward())"
        count, losses = len(self._frames), self["loss"].data
        number = "1 frame" if count == 1 else f"{count} frames"
        programs = f", {len(self.scenes)} programs" if len(self.scenes) > 1 else ""
        names = listed([name for name in self if name != "loss"], 3)
        return f"Film({number}: loss {short(float(losses[0]))} to {short(float(losses[-1]))}; {names}{programs})"


def _check(loss: Any) -> None:
    if not isinstance(loss, Node):
        raise InputTypeError(
            f"take takes the loss itself, a Value or Tensor that was computed, not {described(loss)}; a number has no "
            "program, so leave .item() and .data away"
        )
    if np.size(loss._data) != 1:
        raise InputValueError(
            f"take takes a loss of a single number, and this one has the shape {np.shape(loss._data)}"
        )
    if gradient_of(loss) is None:
        raise InputValueError(
            "take(loss) stands behind loss.backward(), and no pass has begun at this loss: call backward() first, on "
            "the loss of this step"
        )


def watch(*what: Any, every: int = 1, limit: int = MOST_FRAMES) -> Film:
    """Record training: the loss, and the numbers and gradients of chosen values, frame by frame.

    A frame is a copy: later steps do not change it. ``film.take(loss)`` takes one; as one of the ``callbacks`` of
    `nn.fit`, a film takes one at each step. The gradients are those that the values have at that moment. Programs of
    single numbers are kept as well, up to 1,000 entries, and `visualize.page` plays them. If the structure of the
    program changes, as when Python takes another branch, the frames of each structure are kept apart, and ``print``
    and the page say so.

    Parameters
    ----------
    *what : str, Value, Tensor, model, or lists of them
        The values: leaves by themselves or by their names, computed values by their names, and models for all their
        parameters. Unless some are given, all parameters of the loss, or all its leaves if it has no parameters.
        A compiled function has its parameters in one array, so the model is given there.
    every : int
        Every so many calls of ``take`` give a frame.
    limit : int
        The largest number of frames. Beyond it, or beyond 128 MiB, every second frame is dropped, and ``every``
        doubles.

    Returns
    -------
    Film
        Without frames at first.

    Raises
    ------
    InputTypeError, InputValueError
        If something else is given, or a number that is not positive.

    Examples
    --------
    >>> from autograd import Value, watch
    >>> w = Value(0.0, name="w")
    >>> film = watch()
    >>> for _ in range(4):
    ...     w.grad = None
    ...     loss = (2 * w - 3) ** 2
    ...     loss.backward()
    ...     film.take(loss)
    ...     w.data -= 0.1 * w.grad
    >>> print(film)
    step      loss      w  w.grad
       0       9.0    0.0   -12.0
       1      0.36    1.2    -2.4
       2    0.0144   1.44   -0.48
       3  0.000576  1.488  -0.096
    >>> film["w"].data
    array([0.   , 1.2  , 1.44 , 1.488])
    """
    least, most = whole(every, "every", least=1), whole(limit, "limit", least=2)
    return Film(Recorder(chosen(what)), least, most)
