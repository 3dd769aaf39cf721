"""Runs of single numbers as calls of compiled functions, on numbers and adjoints in arrays of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from ...emitting.segments import ScalarRun
from ..modules import entry_of, found_at, places_of
from .stretches import stretches_of
from .texts import Texts

__all__ = ["compiled"]

Array = np.ndarray[Any, Any]

LEAST = 16  # lines of a run that is compiled
MOST = 800  # lines that differ: compiling takes some 10 ms for each, forward and reverse


def compiled(call: Any) -> Callable[[], Any] | None:
    """Return a pass of a run as a call of a compiled function; ``None`` for another call, or one that stays Python."""
    run = getattr(call.func, "__self__", None)
    if not isinstance(run, ScalarRun):
        return None
    texts = _texts_of(run)
    if texts is None:
        return None
    if type(run.values) is list:
        run.values = np.zeros(run.inputs + len(run.lines))
    return (_forward if call.func.__name__ == "forward" else _backward)(run, texts, call)


def _texts_of(run: ScalarRun) -> Texts | None:
    """Return the text of a run, made once for all workspaces; ``None`` if it is not to be compiled."""
    part = run.part
    if part.texts is None:
        part.texts = ()
        stretches = stretches_of(run.named(), run.inputs, run.wanted)
        if len(run.lines) >= LEAST and sum(len(each.lines) for each in stretches) <= MOST:
            with suppress(TypeError):  # a rule needs numbers, such as in an `if`, and cannot run on names
                part.texts = Texts(stretches, run.wanted, run.at)
    return part.texts or None


def _forward(run: ScalarRun, texts: Texts, call: Any) -> Callable[[], Any]:
    """Return the forward pass: it reads an array, and writes to an array what others read."""
    read, out = call.args
    tables = [*texts.tables, _distances(read), run.at, _distances(out)[run.outside]]
    source, places, into = (f"q{len(tables) - k}" for k in (3, 2, 1))
    lines = [
        *_loop(run.inputs, f"v[k] = b[{source}[k]]"),
        *texts.forward,
        *_loop(len(run.at), f"c[{into}[k]] = v[{places}[k]]"),
    ]
    return _kernel({"v": run.values, "b": read, "c": out}, tables, lines)


def _backward(run: ScalarRun, texts: Texts, call: Any) -> Callable[[], Any]:
    """Return the reverse pass. Where the sum of what it found is nan, the run propagates the adjoints line by line."""
    upstream, factor, out = call.args
    adjoints = np.zeros(len(run.values) + 1)
    tables = [*texts.tables, _distances(upstream)[run.outside], run.at]
    source, places = (f"q{len(tables) - k}" for k in (2, 1))
    last = len(run.values)
    lines = [
        *_loop(last + 1, "a[k] = 0.0"),
        *_loop(len(run.at), f"a[{places}[k]] = b[{source}[k]]" + (f" * ({factor!r})" if factor != 1 else "")),
        *texts.backward,
        *_loop(run.inputs, "c[k] = a[k]", f"a[{last}] = a[{last}] + a[k]"),
    ]
    kernel = _kernel({"v": run.values, "a": adjoints, "b": upstream, "c": out}, tables, lines)
    return partial(_checked, kernel, adjoints.item, last, call)


def _checked(kernel: Callable[[], Any], number: Callable[[int], float], last: int, again: Callable[[], Any]) -> None:
    kernel()
    total = number(last)
    if total != total:  # perhaps 0 times infinity
        again()


class Kernel(partial):  # type: ignore[type-arg]
    """A call of a compiled function that keeps the arrays of which it has the addresses."""

    arrays: Sequence[Array] = ()


def _kernel(blocks: dict[str, Array], tables: Sequence[Any], lines: Sequence[str]) -> Kernel:
    """Return the call of lines on blocks of numbers, by name, and on tables ``q0``, ``q1``, ..."""
    arrays = [*blocks.values(), *(np.array(table, dtype=np.int64) for table in tables)]
    kinds = [*((name, "numbers") for name in blocks), *((f"q{k}", "integers") for k in range(len(tables)))]
    text = "\n    ".join(["@function()\ndef kernel(n, at):", *found_at(kinds), *lines]) + "\n"
    kernel = Kernel(entry_of(text), 1, places_of(arrays))
    kernel.arrays = arrays
    return kernel


def _loop(times: int, *lines: str) -> list[str]:
    return [f"for k in range({times}):", *(f"    {line}" for line in lines)]


def _distances(x: Array) -> Any:
    """Return the distance of each element of an array from the first, in numbers."""
    found = np.zeros(x.shape, dtype=np.int64)
    for axis, (length, step) in enumerate(zip(x.shape, x.strides, strict=True)):
        found += (np.arange(length) * (step // x.itemsize)).reshape(-1, *[1] * (x.ndim - axis - 1))
    return found.ravel()
