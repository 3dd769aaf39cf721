"""Calls of numpy's functions, fused: they do what the calls do. The loops run as Python."""

from functools import partial

import numpy as np
import pytest

from autograd.compiler.emitting.emitter import Emitter
from autograd.compiler.emitting.memory import sums_of
from autograd.compiler.fused.accesses import Memory
from autograd.compiler.fused.engine import Fuser
from autograd.compiler.fused.loops import arranged
from autograd.compiler.fused.nests import Opaque
from tests.support import unjitted


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Loops run as Python."""
    unjitted.install(monkeypatch, tmp_path)
    return tmp_path


def after(calls, *arrays):
    """The arrays after calls, fused and as they are; and the number of calls that were left to numpy."""
    start, found, left = [x.copy() for x in arrays], [], 0
    for fused in (False, True):
        for x, before in zip(arrays, start, strict=True):
            x[...] = before
        emitter = Emitter(reuses=False)
        emitter.calls = [partial(function, *given, **options) for function, given, options in calls]
        emitter.finish()
        fuser = Fuser(None)
        for call in fuser(emitter, (), None) if fused else emitter.calls:
            call()
        left = sum(isinstance(item, Opaque) for item in arranged(emitter.calls, emitter.ends, Memory(), None))
        found.append([x.copy() for x in arrays])
    return *found, left


LONG, OTHER = np.arange(40_000.0), np.zeros(40_000)
PAIRS = np.zeros((3, 40))
CALLS = {
    "a call that reads what it overwrites": ([(np.add, (LONG[1:], 1.0, LONG[:-1]), {})], 1),
    "memory of another kind": ([(np.copyto, (np.zeros(9, dtype=np.float32), LONG[:9]), {})], 1),
    "memory of another kind between": (
        [
            (np.copyto, (OTHER[:9], LONG[:9]), {}),
            (np.copyto, (np.zeros(9, dtype=np.float32), OTHER[:9]), {}),
            (np.add, (OTHER[:9], 1.0, OTHER[:9]), {}),
        ],
        1,
    ),
    "many places with gaps": (
        [(np.add, (LONG[::2], 1.0, OTHER[::2]), {}), (np.add, (LONG[1::2], OTHER[::2], OTHER[1::2]), {})],
        1,
    ),
    "a sum, read, and taken anew": (
        [
            (np.add.reduce, (LONG[:40], 0, None, OTHER[:1].reshape(())), {}),
            (np.multiply, (LONG[:40], OTHER[:1], LONG[:40]), {}),
            (np.add.reduce, (LONG[:40], 0, None, OTHER[:1].reshape(())), {}),
        ],
        0,
    ),
    "a product with a vector of one number": ([(np.full(3, 2.0).dot, (PAIRS, OTHER[:40]), {})], 0),
    "a product with a vector of several": ([(np.arange(3.0).dot, (PAIRS, OTHER[:40]), {})], 1),
    "sums of neighbouring rows": (
        [(np.add.reduceat, (PAIRS, np.array([0, 2])), {"axis": 0, "out": OTHER[:80].reshape(2, 40)})],
        0,
    ),
    "sums of products": ([(np.einsum, ("ab,ab->a", PAIRS, PAIRS), {"out": OTHER[:3]})], 0),
    "a sum into places with gaps": ([(np.add.reduce, (PAIRS,), {"axis": 0, "out": OTHER[:80:2]})], 1),
    "einsum of another kind": ([(np.einsum, ("ab,b->a", PAIRS, LONG[:40]), {"out": OTHER[:3]})], 1),
    "rows of a view": (
        [(np.take, (LONG[::2], np.array([5, 1])), {"axis": 0, "out": OTHER[:2], "mode": "clip"})],
        1,
    ),
    "a sum of memory of another kind": (
        [(np.add.reduce, (np.ones(9, dtype=np.float32), 0, None, OTHER[:1].reshape(())), {})],
        1,
    ),
    **{
        f"rows of three numbers, and then {name}": (
            [
                (
                    np.take,
                    (LONG, np.arange(60) % 23 + np.arange(60) % 7),
                    {"axis": 0, "out": OTHER[:60], "mode": "clip"},
                ),
                (np.square, (OTHER[:60], OTHER[60:120]), {}),
                (np.add.reduce, (OTHER[60:120].reshape(20, 3), 1, None, OTHER[120:140]), {}),
                (np.multiply, (OTHER[:60].reshape(20, 3), OTHER[120:140, None], OTHER[140:200].reshape(20, 3)), {}),
                *more,
            ],
            0,
        )
        for name, more in {
            "nothing": [],
            "their sum": [(np.add.reduce, (OTHER[:60], 0, None, OTHER[200:201].reshape(())), {})],
            "a sum of columns": [(np.add.reduce, (OTHER[:60].reshape(20, 3), 0, None, OTHER[200:203]), {})],
            "a sum of other rows": [
                (np.add.reduce, (OTHER[:80].reshape(20, 4)[:, :3], (0, 1), None, OTHER[200:201].reshape(())), {})
            ],
            "as many numbers in other rows": [
                (np.add.reduce, (LONG[:60].reshape(30, 2), 1, None, OTHER[200:230]), {}),
                (np.add.reduce, (OTHER[140:200].reshape(20, 3), 1, None, OTHER[230:250]), {}),
            ],
            "sums of kinds that columns share": [(sums_of, (np.arange(60) % 7, LONG[:60]), {"out": OTHER[200:207]})],
            "sums of kinds, one for each column": [(sums_of, (np.arange(60) % 3, LONG[:60]), {"out": OTHER[200:203]})],
            "sums of kinds with gaps": [
                (sums_of, (np.tile([0, 2, 6, 1, 3, 7, 5, 4, 8], 7)[:60], LONG[:60]), {"out": OTHER[200:209]}),
                (np.add, (OTHER[200:209], 1.0, OTHER[209:218]), {}),
            ],
        }.items()
    },
    "no rows": ([(np.take, (LONG, np.empty(0, dtype=int)), {"axis": 0, "out": OTHER[:0], "mode": "clip"})], 1),
}


@pytest.mark.parametrize("name", CALLS)
def test_fused_calls_do_what_the_calls_do(python, name):
    calls, left = CALLS[name]
    LONG[:], OTHER[:], PAIRS[:] = np.arange(40_000.0), 0.0, 1.5
    plain, fused, stayed = after(calls, LONG, OTHER, PAIRS)
    for x, y in zip(plain, fused, strict=True):
        np.testing.assert_array_equal(y, x)
    assert stayed == left


def test_a_pass_that_is_long_is_divided_into_kernels(python, monkeypatch):
    monkeypatch.setattr("autograd.compiler.fused.engine.LINES", 1)
    calls = [(np.add, (LONG[:40], 1.0, OTHER[:40]), {}), (np.add, (LONG[:50], 1.0, OTHER[50:100]), {})]
    plain, fused, _ = after(calls, LONG, OTHER)
    np.testing.assert_array_equal(fused, plain)


def test_numbers_that_nobody_reads_are_not_computed(python):
    emitter = Emitter(reuses=False)
    emitter.call(np.add, LONG[:40], 1.0, out=emitter.scratch((40,)))
    emitter.finish()
    assert Fuser(None)(emitter, (), None) == []
    emitter.call(np.add, LONG[:40], 2.0, out=OTHER[:40])
    emitter.finish()
    (call,) = Fuser(None)(emitter, (), None)
    assert " + 1.0" not in (python / f"{call.func.__module__}.py").read_text()
