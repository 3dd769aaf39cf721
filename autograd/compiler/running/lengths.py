"""Programs for a number of samples that is new, made from programs for two other numbers.

    50 samples     np.tanh(x at 400, of 50 numbers, out=y at 800)      emitted from the plans
    60 samples     np.tanh(x at 480, of 60 numbers, out=y at 960)      emitted from the plans
    n samples      np.tanh(x at 8n,  of n numbers,  out=y at 16n)      what both have in common
    75 samples     np.tanh(x at 600, of 75 numbers, out=y at 1200)     made of that, in a tenth of the time

Where an array begins, how long its axes are, and how far apart its elements: each of these is a linear function of the
number of samples, and two programs tell which one. All else in their calls must be equal, and nothing is assumed:
where two programs differ in any other way, the next one is emitted from its plans again.
"""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from ..emitting.bound import Bound
from ..emitting.memory import LINE, aligned_zeros
from ..emitting.passes import FIRST, MASKED
from ..emitting.recipes import Taking
from ..emitting.segments import ScalarRun

__all__ = ["Lengths"]

Array = np.ndarray[Any, Any]
Linear = tuple[int, int]  # the slope and the start of a linear function of the number of samples

TRIES = 8  # pairs of programs that are compared before it is given up


class Lengths:
    """Makes the workspaces of a program for new numbers of samples."""

    def __init__(self) -> None:
        self._emitted: deque[weakref.ref[Bound]] = deque(maxlen=2)  # the latest two of different numbers of samples
        self._copy: weakref.ref[Bound] | None = None  # the latest copy
        self._common: _Common | None = None
        self._tries = 0

    def add(self, bound: Bound) -> None:
        """Remember a workspace that was emitted."""
        self._emitted.append(weakref.ref(bound))

    def copy_for(self, samples: int | None) -> Bound | None:
        """Return a workspace for a number of samples; ``None`` if it must be emitted."""
        if samples is None or samples < 2:  # of a single sample, fewer axes are told apart
            return None
        self._compare()
        found = None if self._common is None else self._common.on(samples)
        self._copy = None if found is None else weakref.ref(found)
        return found

    def _compare(self) -> None:
        """Find what the latest two workspaces have in common, if that is more than is known."""
        if self._tries == TRIES:
            return
        copy = self._copy and self._copy()
        if copy and self._adds(copy):  # a pass was needed that copies lack: the next two workspaces are to have it
            self._common, self._copy = None, None
            self._emitted.clear()
        pair = [bound for bound in (made() for made in self._emitted) if bound and (bound.samples or 0) > 1]
        if len(pair) < 2 or pair[0].samples == pair[1].samples or not self._adds(pair[0]):
            return
        if pair[0].emitted.keys() ^ pair[1].emitted.keys() <= {MASKED}:
            self._tries += 1
            with suppress(_DifferentError):
                self._common = _Common(pair[0], pair[1])

    def _adds(self, bound: Bound) -> bool:
        """True if a pass was emitted for a workspace that copies lack."""
        return not bound.emitted.keys() <= {MASKED, *(self._common.passes if self._common else ())}


class _DifferentError(Exception):
    """Two programs that differ in more than linear functions of their numbers of samples."""


def _require(same: bool) -> None:
    if not same:
        raise _DifferentError


class _Common:
    """The common part of two programs.

    Parameters
    ----------
    first, second : Bound
        The programs, in which the same passes were emitted.

    Attributes
    ----------
    passes : dict
        The calls of each pass.
    """

    def __init__(self, first: Bound, second: Bound) -> None:
        self._one, self._two = int(first.samples or 0), int(second.samples or 0)
        self._shell = first.shell()
        self._blocks: list[Array | Linear] = []  # memory: an array that all programs share, or a number of bytes
        self._of: tuple[dict[int, int], dict[int, int]] = {}, {}  # by the identity of the owner, in each program
        self._forms: dict[Any, int] = {}  # the lengths and strides of arrays, and the types of their numbers
        self._arrays: dict[tuple[int, int, Linear], int] = {}  # block, form and offset, and the place as an argument
        self._arguments: list[Any] = []
        self._runs: dict[int, ScalarRun] = {}
        self._places: dict[tuple[int, int], int] = {}
        self._held: list[Any] = [first, second]  # while identities are compared
        self.passes = {kind: self._calls(first, second, kind) for kind in first.emitted if kind != MASKED}
        presets = [[each.emitted[kind].presets for kind in self.passes] for each in (first, second)]
        self._presets = [call for one, two in zip(*presets, strict=True) for call in self._all(one, two)]
        sizes = [[size for kind in self.passes for size in each.emitted[kind].sizes] for each in (first, second)]
        self._sizes = [
            (self._linear(a, b), self._linear(c, d), a > c) for (a, c), (b, d) in self._pairs(sizes[0], sizes[1])
        ]
        self._parts = [self._place(x, y) for x, y in self._pairs(first.arrays(), second.arrays())]
        self._held.clear()
        self._places.clear()
        self._freeze()

    # --- Comparing ----------------------------------------------------------------------------------------------------

    def _calls(self, first: Bound, second: Bound, kind: int) -> list[Taking]:
        """Return the calls of a pass."""
        calls = [each.forward if kind == FIRST else each.backward[kind] for each in (first, second)]
        return self._all(calls[0], calls[1])

    def _all(self, first: Sequence[Any], second: Sequence[Any]) -> list[Taking]:
        return [self._call(one, two) for one, two in self._pairs(first, second)]

    def _pairs(self, first: Sequence[Any], second: Sequence[Any]) -> Any:
        _require(len(first) == len(second))
        return zip(first, second, strict=True)

    def _call(self, one: Any, two: Any) -> Taking:
        function, owner = one.func, None
        of, other = (getattr(call.func, "__self__", None) for call in (one, two))
        if isinstance(of, (np.ndarray, ScalarRun)) and type(of) is type(other):
            _require(function.__name__ == two.func.__name__)
            function, owner = function.__name__, self._place(of, other)
        else:
            _require(function == two.func)
        _require((*one.keywords,) == (*two.keywords,))
        pairs = self._pairs((*one.args, *one.keywords.values()), (*two.args, *two.keywords.values()))
        return Taking(function, owner, [self._place(x, y) for x, y in pairs], tuple(one.keywords))

    def _place(self, x: Any, y: Any) -> int:
        """Return the place in the list of arguments of what is ``x`` in one program and ``y`` in the other one."""
        key = id(x), id(y)
        if key not in self._places:
            self._held.append((x, y))
            self._places[key] = self._array(x, y) if isinstance(x, np.ndarray) and x is not y else self._other(x, y)
        return self._places[key]

    def _other(self, x: Any, y: Any) -> int:
        """Return the place of an argument that is no array, or the same array in both programs."""
        if isinstance(x, ScalarRun):
            self._runs[len(self._arguments)] = x
        else:
            _require(x is y or (type(x) is type(y) and repr(x) == repr(y)))
        self._arguments.append(x)
        return len(self._arguments) - 1

    def _array(self, x: Array, y: Any) -> int:
        """Return the place of an array."""
        _require(type(y) is np.ndarray and x.dtype == y.dtype and x.ndim == y.ndim)
        block = self._block(_owner(x), _owner(y))
        offset = self._linear(_offset(x), _offset(y))
        axes = [self._linear(*pair) for pair in zip((*x.shape, *x.strides), (*y.shape, *y.strides), strict=True)]
        form = self._forms.setdefault((tuple(axes[: x.ndim]), tuple(axes[x.ndim :]), x.dtype), len(self._forms))
        key = block, form, offset
        if key not in self._arrays:
            self._arrays[key] = len(self._arguments)
            self._arguments.append(None)
        return self._arrays[key]

    def _block(self, one: Array, two: Array) -> int:
        """Return the number of a block of memory."""
        found = self._of[0].get(id(one))
        if found is None and id(two) not in self._of[1]:
            self._of[0][id(one)] = self._of[1][id(two)] = found = len(self._blocks)
            self._blocks.append(self._memory(one, two))
        _require(found is not None and self._of[1].get(id(two)) == found)
        return found  # type: ignore[return-value]

    def _memory(self, one: Array, two: Array) -> Array | Linear:
        """Return memory that programs share: parameters, or numbers to which no pass writes; else a number of bytes."""
        if one is two and one.dtype != np.uint8:
            return one
        if one.dtype == np.uint8:  # as `memory` makes it
            _require(one is not two and two.dtype == np.uint8)
            return self._linear(one.nbytes, two.nbytes)
        _require(one.shape == two.shape and one.dtype == two.dtype and one.tobytes() == two.tobytes())
        numbers = one.copy("K")
        numbers.setflags(write=False)  # a pass that writes to them fails
        return numbers

    def _linear(self, one: int, two: int) -> Linear:
        """Return the linear function that has these values."""
        slope, rest = divmod(two - one, self._two - self._one)
        _require(not rest)
        return slope, one - slope * self._one

    def _freeze(self) -> None:
        """Keep what `on` needs as arrays, whose elements it computes at once."""
        linear = np.array([(0, 0) if isinstance(x, np.ndarray) else x for x in self._blocks], dtype=np.int64)
        self._bytes = linear.reshape(-1, 2)
        self._block_of = np.array([block for block, _, _ in self._arrays], dtype=np.int64)
        self._offsets = np.array([offset for _, _, offset in self._arrays], dtype=np.int64).reshape(-1, 2)
        self._of[0].clear()
        self._of[1].clear()

    # --- Copying ------------------------------------------------------------------------------------------------------

    def on(self, samples: int) -> Bound | None:
        """Return the program for a number of samples; ``None`` if it has other calls."""
        if any((_at(samples, size) > _at(samples, limit)) != answer for size, limit, answer in self._sizes):
            return None
        arguments = self._arguments.copy()
        for place, array in zip(self._arrays.values(), self._made(samples), strict=True):
            arguments[place] = array
        for place, run in self._runs.items():
            arguments[place] = run.anew()
        for preset in self._presets:
            preset.of(arguments)()
        passes = {kind: [call.of(arguments) for call in calls] for kind, calls in self.passes.items()}
        forward = passes.pop(FIRST)
        return self._shell.on(samples, [arguments[place] for place in self._parts], forward, passes)

    def _made(self, samples: int) -> list[Array]:
        """Return the arrays for a number of samples, cut from one piece of memory."""
        sizes = self._bytes @ (samples, 1)
        ends = np.cumsum(-(-sizes // LINE) * LINE)
        begins = np.concatenate([[0], ends[:-1]])
        memory = aligned_zeros((int(ends[-1]) // 8,))
        shared = [isinstance(block, np.ndarray) for block in self._blocks]
        begins[shared] = 0
        blocks = [block if isinstance(block, np.ndarray) else memory for block in self._blocks]
        offsets = (begins[self._block_of] + self._offsets @ (samples, 1)).tolist()
        forms = [
            (tuple([_at(samples, x) for x in shape]), tuple([_at(samples, x) for x in strides]), dtype)
            for shape, strides, dtype in self._forms
        ]
        found = []
        for (block, form, _), offset in zip(self._arrays, offsets, strict=True):
            shape, strides, dtype = forms[form]
            found.append(np.ndarray(shape, dtype, blocks[block], offset, strides))
        return found


def _at(samples: int, linear: Linear) -> int:
    return linear[0] * samples + linear[1]


def _owner(array: Array) -> Array:
    """Return the array that owns the memory of an array."""
    found, base = array, array.base
    while base is not None:  # the base of numpy's `as_strided` is no array, but has one
        found, base = base if isinstance(base, np.ndarray) else found, getattr(base, "base", None)
    return found


def _offset(array: Array) -> int:
    """Return how many bytes an array begins after the first element in its memory."""
    owner = _owner(array)
    begin, first = (x.__array_interface__["data"][0] for x in (owner, array))
    if not array.size:  # wherever it begins
        return 0
    return int(first - begin - (-begin % LINE if owner.dtype == np.uint8 else 0))
