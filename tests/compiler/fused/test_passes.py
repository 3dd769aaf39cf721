"""Passes of fused programs: forward and reverse in one, and arguments that are copied while they are read."""

import weakref

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.compiler.fused import engine
from autograd.compiler.running import blocks, call
from autograd.compiler.running.copies import KEPT, LARGE, Copies
from tests.support import unjitted

ROWS = np.random.default_rng(7).uniform(1.0, 2.0, (6, 3))
NAN = np.where(np.arange(6)[:, None] == 2, 0.0, ROWS)  # of a root at 0, whose slope is infinite


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Loops run as Python."""
    unjitted.install(monkeypatch, tmp_path)


AFTER = [  # what follows a call, after which its reverse pass has perhaps run already
    *[lambda w, y: y.backward()] * 3,
    lambda w, y: [y.backward(), y.backward()],
    lambda w, y: (3.0 * y).backward(),  # from seeds that could overflow, which need the values
    lambda w, y: [y.backward(), (3.0 * y).backward(), y.backward()],
    lambda w, y: (y * y + y).backward(),
    lambda w, y: [setattr(w, "data", 0.75), y.backward()],  # at the number that it had
    lambda w, y: [y.backward(), autograd.tanh(y).backward()],  # by the general pass
    lambda w, y: None,
]
CALLS = {
    "of samples, their mean": (lambda w: lambda x: (w * x[0]).tanh() + (w * x[1]).sqrt(), lambda f: f(ROWS).mean()),
    "of samples, their sum": (lambda w: lambda x: (w * x[0]).tanh() + (w * x[1]).sqrt(), lambda f: f(ROWS).sum()),
    "of none": (lambda w: lambda: (w * 2.0).exp() / (1.0 + w), lambda f: f()),
    "where a gradient is infinite": (lambda w: lambda x: (w * w * x[0]).sqrt(), lambda f: f(NAN).mean()),
    "of several calls": (lambda w: lambda x: (w * x[0]).exp(), lambda f: f(ROWS).sum() * 0.5 + f(ROWS + 1.0).mean()),
}


@pytest.mark.parametrize("which", CALLS)
def test_reverse_passes_made_ahead_give_what_those_after_the_call_give(python, which):
    make, called = CALLS[which]
    found = []
    for name in ("numpy", "numba"):
        w = Value(0.5)
        f = autograd.compile(make(w), engine=name)
        for after in AFTER:
            w.data, w.grad = 0.5, None
            y = called(f)
            after(w, y)
            found.append((float(y.data), w.grad))
    first, second = np.array(found, dtype=float).reshape(2, -1, 2)
    np.testing.assert_allclose(second, first, rtol=1e-13)


def test_calls_without_reverse_passes_soon_make_none_ahead(python):
    w = Value(0.5)
    f = autograd.compile(lambda x: (w * x).exp(), engine="numba")
    for _ in range(2):
        f(ROWS[:, 0]).sum().backward()
    made = [f(ROWS[:, 0])._y.is_ahead for _ in range(call.AHEAD + 2)]
    assert made == [True] * call.AHEAD + [False] * 2


@pytest.mark.parametrize("layout", ["C", "F"])
def test_a_record_has_the_numbers_that_arguments_had_whatever_is_made_of_them_later(python, monkeypatch, layout):
    monkeypatch.setattr(blocks, "REUSED", 8)
    monkeypatch.setattr(blocks, "FUSED", 8)
    monkeypatch.setattr(engine, "MANY", 8)
    w = Value(0.5)
    f = autograd.compile(lambda x, t: autograd.exp(w * x[0]) * x[2] + t[0] * t[1], engine="numba")
    points, times = np.array(np.tile(ROWS, (4, 1)), order=layout), Tensor(np.tile(ROWS, (4, 1)))
    slope = np.sum(points[:, 0] * points[:, 2] * np.exp(0.5 * points[:, 0]))
    for _ in range(3):
        w.grad = times.grad = None
        given = points.copy(order="K")
        y = f(given, times)
        given[:] = 0.0
        y.sum().backward()
        (0.5 * y.sum()).backward()
        assert w.grad == pytest.approx(1.5 * slope, rel=1e-14)
        np.testing.assert_allclose(times.grad[:, 0], 1.5 * times.data[:, 1], rtol=1e-14)


@pytest.mark.needs_engines("numba")
def test_compiled_loops_copy_arguments_as_numpy_does(monkeypatch):
    monkeypatch.setattr(engine, "MANY", 8)
    x, fuser = np.arange(40.0).reshape(5, 4, 2), engine.Fuser(5)
    rows, copy = np.zeros((4, 2, 5)), np.zeros_like(x)
    for given in (None, copy):
        rows[:] = 0.0
        assert fuser.turned(x, np.moveaxis(rows, -1, 0), given)
        np.testing.assert_array_equal(rows, np.moveaxis(x, 0, -1))
    np.testing.assert_array_equal(copy, x)


def test_the_memory_of_a_copy_serves_a_later_one_when_nobody_holds_a_part_of_it():
    copies, x = Copies(), np.zeros((LARGE // 16, 2))
    first = copies.like(x)
    first[:] = 1.0
    part, place = first[3:5].T, first.ctypes.data
    gone = weakref.ref(first)
    del first
    assert gone() is not None
    second = copies.like(x)
    assert second.ctypes.data != place
    assert (part == 1.0).all()
    del part
    third = copies.like(np.asfortranarray(x))
    assert third.ctypes.data == place
    assert third.shape == x.shape
    assert third.flags.f_contiguous
    assert copies.like(x[:-1]).ctypes.data not in (place, second.ctypes.data)


@pytest.mark.parametrize("size", [LARGE - 8, KEPT + 8])
def test_small_copies_and_huge_ones_have_memory_of_their_own(size):
    copies, x = Copies(), np.empty(size // 8)
    assert copies.like(x).base is None


def test_memory_is_kept_up_to_a_limit(monkeypatch):
    monkeypatch.setattr("autograd.compiler.running.copies.KEPT", 2 * LARGE)
    copies, x = Copies(), np.zeros(LARGE // 8)
    held = [copies.like(x) for _ in range(4)]
    places = [each.ctypes.data for each in held]
    held.clear()
    assert copies.like(x).ctypes.data in places[2:]
