"""Calls of every form that arguments may have: those of one signature have the fast path, with their own numbers."""

import gc
import math
import weakref
from array import array
from collections import OrderedDict, UserList, deque
from enum import Enum
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, InputTypeError, Tensor, Value, compile, detect_anomaly, no_grad, scope
from autograd.compiler.running import signatures
from autograd.compiler.running.signatures import MOST, signature_of

A, B = 0.5, 2.0  # the parameters of the functions here
Color = Enum("Color", "RED BLUE")


class Columns:
    """A class of arrays, as those of other libraries are."""

    def __init__(self, numbers):
        self.numbers = numbers

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.numbers, dtype)


class Scale:
    """An object that is the same for all samples, and holds a parameter."""

    def __init__(self, factor):
        self.factor = factor


def line(x, y):
    return line.a * x + line.b * y


def pair(x):
    return line(x[0], x[1])


def named(d):
    return line(d["x"], d["y"])


def one_of(x, y, which):
    return line(x, y) if which is np.True_ or which in (Color.RED, b"a", range(2), frozenset("a")) else line(y, x)


def scaled(x, y, scale):
    return line(x, y) * scale.factor


SCALES = Scale(3.0), Scale(4.0)

# A function, and its arguments for two arrays or numbers.
FORMS = {
    "lists": (pair, lambda x, y: [[x, y]]),
    "tuples": (pair, lambda x, y: [(x, y)]),
    "tensors in a list": (pair, lambda x, y: [[Tensor(x), y]]),
    "a dict": (named, lambda x, y: [{"x": x, "y": y}]),
    "lists in dicts": (lambda d: pair(d["rows"]), lambda x, y: [{"rows": [x, (y,)[0]]}]),
    "views": (line, lambda x, y: [np.stack([x, y], 1)[:, 0], np.repeat(y, 2)[::2]]),
    "arrays of another library": (line, lambda x, y: [Columns(x), Columns(y)]),
    "buffers": (line, lambda x, y: [array("d", x), memoryview(np.array(y))]),
    "frozen arrays": (line, lambda x, y: [Tensor(x).data, Tensor(y).data]),
    "an enum": (one_of, lambda x, y: [x, y, Color.RED]),
    "bytes": (one_of, lambda x, y: [x, y, b"a"]),
    "a range": (one_of, lambda x, y: [x, y, range(2)]),
    "a frozenset": (one_of, lambda x, y: [x, y, frozenset("a")]),
    "a truth value of numpy": (one_of, lambda x, y: [x, y, np.True_]),
    "an object": (lambda x, y, s: scaled(x, y, s) / 3.0, lambda x, y: [x, y, SCALES[0]]),
    "a shared list": (lambda x, y, w: line(x, y) * w[0] + w[1], lambda x, y: [x, y, [1.0, 0.0]]),
}
NUMBERS = {
    "a list": (pair, lambda x, y: [[x, y]]),
    "values in a list": (pair, lambda x, y: [[Value(x), y]]),
    "numbers of numpy": (line, lambda x, y: [np.float64(x), np.float32(y)]),
    "whole numbers of numpy": (line, lambda x, y: [np.int64(x * 4), y - 0.5 * x * 1.5]),
    "fractions": (line, lambda x, y: [Fraction(x), Fraction(y)]),
    "results of other calls": (line, lambda x, y: [compile(lambda v: v * 1.0 + 0.0 * line.a)(x), y]),
}


@pytest.fixture(autouse=True)
def _parameters():
    line.a, line.b = Value(A), Value(B)
    signatures._way_of.cache_clear()
    yield
    del line.a, line.b


def general_path_is_refused(f, monkeypatch):
    monkeypatch.setattr(type(f), "_try", None)


@pytest.mark.parametrize(("function", "form"), FORMS.values(), ids=FORMS.keys())
def test_arrays_in_every_form_have_the_fast_path(function, form, monkeypatch):
    f = compile(function)
    first, second = np.random.default_rng(1).normal(size=(2, 2, 5))
    assert f(*form(*first)).data == pytest.approx(A * first[0] + B * first[1], rel=1e-14)
    general_path_is_refused(f, monkeypatch)
    for x, y in (second, first):
        line.a.grad = line.b.grad = None
        found = f(*form(x, y))
        found.mean().backward()
        assert found.data == pytest.approx(A * x + B * y, rel=1e-14)
        assert (line.a.grad, line.b.grad) == (pytest.approx(x.mean()), pytest.approx(y.mean()))


@pytest.mark.parametrize(("function", "form"), NUMBERS.values(), ids=NUMBERS.keys())
def test_single_numbers_in_every_form_have_the_fast_path(function, form):
    f, compiled = compile(function), []
    for x, y in ((1.0, 2.0), (3.0, 0.25), (1.0, 2.0)):
        line.a.grad = None
        found = f(*form(x, y))
        found.backward()
        numbers = [float(each.data if isinstance(each, Value) else each) for each in np.ravel(form(x, y)).tolist()]
        assert found.data == pytest.approx(A * numbers[0] + B * numbers[1], rel=1e-14)
        assert line.a.grad == pytest.approx(numbers[0])
        compiled.append(len(f._fast))
    assert compiled == [1, 1, 1]


@pytest.mark.parametrize(
    "given",
    [
        lambda x, y: deque([x, y]),
        lambda x, y: [x, y, *[0.0] * MOST],
        lambda x, y: {0: x, 1: y, "rest": [0.0] * (MOST + 1)},
        lambda x, y: OrderedDict({0: x, 1: y}),
        lambda x, y: np.array([Value(0.0), Value(1.0)]),
    ],
    ids=["a deque", "a long list", "a long list in a dict", "another dict", "values"],
)
def test_what_has_no_signature_takes_the_general_path(given):
    f = compile(pair)
    for x, y in np.arange(12.0).reshape(2, 2, 3):
        found = f(given(x, y))
        assert np.array_equal(found.data, A * x + B * y if np.ndim(found.data) else B)
    assert not f._fast


def test_what_a_call_refuses_it_refuses_after_calls_that_were_taken():
    f = compile(line)
    f(np.ones(3), np.ones(3))
    for wrong in (np.ma.masked_array([1.0, 2.0, 3.0]), {1.0}, iter([1.0]), np.ones(3) * 1j, UserList([1.0])):
        with pytest.raises(InputTypeError):
            f(wrong, np.ones(3))
    endless = []
    endless.append(endless)
    assert signature_of([endless], {}) == (None, ())
    assert signature_of([Fraction(10) ** 400], {}) == (None, ())  # no float


def test_objects_and_values_of_one_structure_have_programs_of_their_own():
    f = compile(scaled)
    x, y = np.arange(3.0), np.ones(3)
    for scale in (*SCALES, *SCALES):
        assert f(x, y, scale).data == pytest.approx((A * x + B * y) * scale.factor)
    g = compile(one_of)
    for which, expected in ((Color.RED, A * x + B * y), (Color.BLUE, B * x + A * y)) * 2:
        assert g(x, y, which).data == pytest.approx(expected)
    assert (len(f._fast), len(g._fast)) == (2, 2)


def test_the_fast_path_of_an_object_goes_with_the_object_and_notices_its_changes():
    f, x = compile(scaled), np.arange(3.0)
    scale = Scale(2.0)
    for factor in (2.0, 2.0, 5.0, 5.0, 2.0):
        scale.factor = factor
        assert f(x, x, scale).data == pytest.approx((A + B) * x * factor)
    gone = weakref.ref(scale)
    del scale
    gc.collect()
    assert gone() is None
    assert not f._fast


def test_a_compiled_method_has_the_fast_path(monkeypatch):
    class Line:
        def __init__(self, slope):
            self.slope = Value(slope)

        @compile
        def at(self, x):
            return self.slope * x

    lines, x = [Line(2.0), Line(3.0)], np.arange(1.0, 4.0)
    expected = [each.at(x).data.tolist() for each in lines]
    general_path_is_refused(vars(Line)["at"], monkeypatch)
    assert [each.at(x).data.tolist() for each in lines] == expected == [[2.0, 4.0, 6.0], [3.0, 6.0, 9.0]]
    lines[1].at(x).sum().backward()
    assert (lines[0].slope.grad, lines[1].slope.grad) == (None, 6.0)


@pytest.mark.parametrize("kind", [np.array, list, tuple])
def test_integers_in_arrays_and_lists_that_steer_are_compared(kind):
    f = compile(lambda x, k: line.a * x * len(range(k[0])) + k[1], batch=("x",))
    x = np.arange(3.0)
    for k in ([1, 5], [1, 5], [2, 5], [2, 6], [1, 6], [1, 7]):
        assert f(x, kind(k)).data.tolist() == (A * x * k[0] + k[1]).tolist()


def test_arrays_of_values_are_read_anew_in_each_call():
    f = compile(lambda x, w: x * w[0] + w[1])
    for w in ([Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]):
        y = f(np.arange(3.0), np.array(w))
        y.sum().backward()
        assert y.data.tolist() == [w[1].data + k * w[0].data for k in range(3)]
        assert [each.grad for each in w] == [3.0, 3.0]


# --- Modes ------------------------------------------------------------------------------------------------------------

RESULTS = {
    "one": line,
    "two": lambda x, y: (line.a * x, line.b * y),
    "a dict": lambda x, y: {"s": line.a * x, "t": line.b * y},
    "nested": lambda x, y: [line.a * x, (line.b * y, 1.0)],
    "an array": lambda x, y: [line.a * x, line.b * y],
}


def tensors_in(found):
    if isinstance(found, (Tensor, Value)):
        return [found]
    parts = found.values() if isinstance(found, dict) else found if isinstance(found, (list, tuple)) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]


@pytest.mark.parametrize("function", RESULTS.values(), ids=RESULTS.keys())
@pytest.mark.parametrize("numbers", [True, False], ids=["numbers", "arrays"])
def test_calls_without_recording_have_the_fast_path_and_results_that_are_leaves(function, numbers, monkeypatch):
    f = compile(function)
    x, y = (3.0, 4.0) if numbers else (np.arange(3.0), np.ones(3))
    expected = tensors_in(f(x, y))
    general_path_is_refused(f, monkeypatch)
    with no_grad():
        found = tensors_in(f(x, y))
    assert [np.asarray(each.data).tolist() for each in found] == [np.asarray(each.data).tolist() for each in expected]
    assert all(each._op is None for each in found)
    before = (line.a.grad, line.b.grad)
    for each in found:
        (each * each).sum().backward() if isinstance(each, Tensor) else (each * each).backward()
    assert (line.a.grad, line.b.grad) == before
    for each in tensors_in(f(x, y)):  # and records again, outside
        each.sum().backward() if isinstance(each, Tensor) else each.backward()
    assert line.a.grad == pytest.approx(np.sum(x))


def test_a_call_without_recording_leaves_the_record_of_an_earlier_one():
    f = compile(lambda x: autograd.tanh(line.a * x))
    x, other = np.arange(3.0), np.arange(3.0) + 5.0
    for _ in range(3):
        line.a.grad = None
        loss = f(x).sum()
        with no_grad():
            assert f(other).sum().item() == pytest.approx(np.tanh(A * other).sum())
        loss.backward()
        assert line.a.grad == pytest.approx((x / np.cosh(A * x) ** 2).sum())


def test_a_call_in_a_scope_has_the_fast_path_and_the_scope(monkeypatch):
    f, g = compile(line), compile(RESULTS["two"])
    x = np.arange(3.0)
    f(x, x), g(x, x)
    general_path_is_refused(f, monkeypatch)
    with scope("loss"):
        found = [f(x, x), *g(x, x)]
    assert [each.scope for each in found] == ["loss"] * 3
    assert [each.scope for each in (f(x, x), *g(x, x))] == [""] * 3
    found[0].mean().backward()
    assert line.a.grad == pytest.approx(1.0)


def test_a_call_under_detect_anomaly_names_what_is_not_finite_after_fast_calls():
    f = compile(lambda x: line.a * autograd.log(x))
    for _ in range(2):
        f(np.ones(3))
    with detect_anomaly(), pytest.raises(AnomalyError):
        f(np.array([1.0, -1.0, 1.0]))


def test_namespaces_take_the_general_path():
    f = compile(lambda n: line(n.x, n.y))
    for x, y in np.arange(12.0).reshape(2, 2, 3):
        assert f(SimpleNamespace(x=x, y=y)).data == pytest.approx(A * x + B * y)
    assert not f._fast


def test_gradients_by_tensors_are_of_the_type_of_their_numbers_and_add_up():
    f = compile(lambda x, y: line.a * x * y)
    x, y = Tensor(np.arange(4.0, dtype=np.float32)), Tensor(np.ones((4, 2))[:, 0])
    for k in range(1, 4):
        f(x, y).mean().backward()
        assert (x.grad.dtype, y.grad.dtype) == (np.float32, np.float64)
        assert x.grad.tolist() == pytest.approx([k * A / 4] * 4)
        assert y.grad.tolist() == pytest.approx([k * A * n / 4 for n in range(4)])
    f(x, Tensor(np.full(4, 1e300))).mean().backward()  # too large for single precision: no warning
    assert x.grad.tolist() == [math.inf] * 4


@pytest.mark.parametrize("name", ["mean", "sum"])
def test_gradients_by_results_of_many_lengths_stay_those_of_their_length(name):
    f = compile(line)
    for size in [*range(1, 40), *range(1, 40)]:
        y = f(np.ones(size), np.ones(size))
        getattr(y, name)().backward()
        assert y.grad.tolist() == [1.0 / size if name == "mean" else 1.0] * size
