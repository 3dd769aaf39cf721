"""The reel of a page: the numbers that the leaves of its program had in each frame of a film.

    film of a program        the frames of its most frequent structure; constants that change become inputs c1, c2, …
    film and a program       the tracks of the film that belong to leaves of the program, such as its parameters

The page computes all other numbers of a frame.
"""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

import numpy as np

from autograd import Entry, Film, InputTypeError, InputValueError, Program, Scene, Value
from autograd.arrays.tensor import evaluate
from autograd.core.context import recording
from autograd.core.tape import Node
from autograd.errors import described
from autograd.text.layout import listed
from autograd.watching.frames import Array, slots_of

from ..javascript.programs import runs

__all__ = ["Reel", "reel_of"]


class Reel(NamedTuple):
    """The frames that a page plays.

    Attributes
    ----------
    film : Film
        The film.
    program : Program
        The program that is evaluated in each frame.
    leaves : list of int
        The positions of its leaves that change.
    frames : list of int
        The positions of the frames in the film.
    rows : ndarray
        The numbers of these leaves, a row for each frame.
    note : str
        The frames of the film that are left out, in words; or empty.
    """

    film: Film
    program: Program
    leaves: list[int]
    frames: list[int]
    rows: Array
    note: str

    def record(self) -> dict[str, Any]:
        """Return the reel as the script takes it: the arrays as letters, to the last bit."""
        return {
            "steps": self.film.steps.tolist(),
            "losses": _letters(self.film["loss"].data),
            "leaves": self.leaves,
            "frames": self.frames,
            "numbers": _letters(self.rows),
            "note": self.note,
        }


def reel_of(film: Any, program: Program | None) -> Reel:
    """Return the reel of a film for a program, or for that of the film itself.

    Raises
    ------
    InputTypeError, InputValueError
        If it is no film, has no frames, or has nothing to do with the program.
    """
    if not isinstance(film, Film):
        raise InputTypeError(f"film takes a recording of autograd.watch(), not {described(film)}")
    if not len(film.steps):
        raise InputValueError("the film has no frames; film.take(loss) takes one behind loss.backward()")
    reel = _of_the_film(film) if program is None else _of_a_program(film, program)
    if not runs(reel.program):
        raise InputValueError(
            "an operation of this program has a rule that only Python runs, so a page cannot play it; page(loss) shows "
            "one step"
        )
    return reel


def _of_the_film(film: Film) -> Reel:
    scenes = [scene for scene in film.scenes if scene.program is not None]
    if not scenes:
        raise InputValueError(
            "the programs of this film have arrays or more than 1,000 entries, and a page plays single numbers; give "
            "page the loss of one sample, too: visualize.page(loss, film=film)"
        )
    scene = max(scenes, key=lambda each: len(each.frames))
    others = [each for each in film.scenes if each.frames != scene.frames]
    program, columns, leaves = _unrolled(scene)
    assert scene.rows is not None
    note = ""
    if others:
        count = sum(len(each.frames) for each in others)
        first = min(others, key=lambda each: each.steps[0])
        reason = f": {first.difference}" if first.difference else ""
        note = f"{_left_out(count, film)} another program, first at step {first.steps[0]}{reason}."
    return Reel(film, program, leaves, scene.frames, scene.rows[:, columns], note)


def _of_a_program(film: Film, program: Program) -> Reel:
    found = {k: name for k, name in film.tracks_of(program).items() if film[name].data.ndim == 1}
    if not found:
        raise InputValueError(
            f"the film has no track of a leaf of this program: it has {listed(list(film))}, and the leaves are "
            f"{listed([entry.label for entry in program if entry.op is None])}"
        )
    rows = np.stack([film[name].data for name in found.values()], axis=1)
    frames = [k for k, row in enumerate(rows) if not np.isnan(row).any()]
    if not frames:
        raise InputValueError(f"no frame of the film has numbers for all of {listed(list(found.values()))}")
    left = len(rows) - len(frames)
    note = f"{_left_out(left, film)} no number for a value of this program." if left else ""
    return Reel(film, program, list(found), frames, rows[frames], note)


def _left_out(count: int, film: Film) -> str:
    frames, have = ("frames is", "it has") if count == 1 else ("frames are", "they have")
    return f"{count:,} of {len(film.steps):,} {frames} left out: {have}"


def _unrolled(scene: Scene) -> tuple[Program, list[int], list[int]]:
    """The program of a scene, the columns of its rows that are leaves, and the positions of these leaves.

    A constant that changes from frame to frame, such as a sample, becomes a leaf; equal columns share one.
    """
    listing, rows = scene.program, scene.rows
    assert listing is not None
    assert rows is not None
    slots = list(slots_of(listing))
    changing = [
        (column, k, at)
        for column, (k, at) in enumerate(slots)
        if at is not None and not np.array_equal(rows[:, column], np.broadcast_to(rows[0, column], len(rows)), True)
    ]
    leaves = [(column, k) for column, (k, at) in enumerate(slots) if at is None]
    if not changing:
        return listing, [column for column, _ in leaves], [k for _, k in leaves]
    made: dict[int, Node] = {k: _copied(listing[k]) for _, k in leaves}
    names = (name for n in range(1, 1000) if all(entry.label != (name := f"c{n}") for entry in listing))
    inputs: dict[bytes, tuple[int, Value]] = {}
    given: dict[tuple[int, int], Value] = {}
    for column, k, at in changing:
        key = rows[:, column].tobytes()
        if key not in inputs:
            inputs[key] = column, Value(float(rows[0, column]), name=next(names))
        assert at is not None
        given[k, at] = inputs[key][1]
    with recording():
        for entry in listing.computed:
            arguments = [
                given.get((entry.k, at), made[x.k] if isinstance(x, Entry) else x) for at, x in enumerate(entry.inputs)
            ]
            made[entry.k] = evaluate(entry.op, *arguments)  # type: ignore[arg-type]
            made[entry.k]._note = entry.node.note
    program = Program(*(made[entry.k] for entry in listing.results))
    columns = [*(column for column, _ in leaves), *(column for column, _ in inputs.values())]
    nodes = [*(made[k] for _, k in leaves), *(node for _, node in inputs.values())]
    return program, columns, [program.find(node).k for node in nodes]


def _copied(entry: Entry) -> Value:
    """A new leaf with the number that an entry had in its program."""
    made = Value(entry.value)
    made._note = entry.node.note
    return made


def _letters(numbers: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, dtype="<f8").tobytes()).decode()
