"""A compiled function asks what Python asks, says what it will not follow, and refuses with sentences."""

import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, dot, where
from autograd.compiler.function import PATHS, STRUCTURES, Compiled
from autograd.errors import CompileWarning
from tests.compiler.test_function import numbers

X = np.array([1.0, 2.0, -3.0])
W = Value(2.0, name="w")


def plain(x):
    return W * x * x


def told(function, *args):
    """The warnings of a first call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        autograd.compile(function)(*args)
    assert all(each.category is CompileWarning and each.filename == __file__ for each in caught)
    return [str(each.message) for each in caught]


# --- Guards -----------------------------------------------------------------------------------------------------------


def sided(x):
    if x > 1:
        return W * x
    return -x


@pytest.mark.smoke
def test_each_way_is_recorded_once_and_found_again():
    f = autograd.compile(sided)
    recorded = []
    for x in (2.0, 3.0, 0.5, 2.5, 0.25, X[:1] + 1, X[:2] + 1, -X[:2]):
        f(x)
        recorded.append(sum(map(len, f._variants.values())))
    assert recorded == [1, 1, 2, 2, 2, 3, 3, 4]


def test_more_ways_than_are_kept_are_told_and_right():
    f = autograd.compile(lambda x: x * sum(1 for k in range(20) if x > k))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n in [*range(PATHS + 3), 0, 5, 3]:
            assert f(float(n)).data == n * n
    assert len(caught) == 5  # 8, 9, 10; and 0 and 3, which were left out for the last ones
    assert {each.filename for each in caught} == {__file__}
    assert re.match(
        rf"<lambda> has gone more than {PATHS} ways through its branches, and is recorded anew for each: the last one "
        rf"turned at {re.escape(__file__)}:\d+.*; autograd.where\(condition, a, b\) needs no branch",
        str(caught[0].message),
    )


def test_more_structures_than_are_kept_are_right():
    f = autograd.compile(lambda x: autograd.sum(x))
    for n in [*range(1, STRUCTURES + 5), 1, 2, 3]:
        assert f([1.0] * n).data == n
    assert len(f._variants) == STRUCTURES
    g = autograd.compile(lambda x: autograd.sum(list(x)) * W)
    for n in [*range(1, STRUCTURES + 5), 1, 2, 3]:
        assert g(np.ones((2, n))).data.tolist() == [2.0 * n] * 2


def test_lanes_that_part_are_told_where_and_nothing_is_deposited():
    W.grad, f = None, autograd.compile(sided)
    x = Tensor([2.0, 0.5, 3.0])
    line = sided.__code__.co_firstlineno + 1
    for _ in range(2):
        with pytest.raises(InputValueError) as raised:
            f(x)
        said = str(raised.value)
        assert said.startswith(
            f"the samples of this batch part at {__file__}:{line}: if x > 1: x > 1 is true for 2 of 3; "
        )
        assert said.endswith(
            "autograd.where(condition, a, b) chooses for each sample, or call sided for the two parts of the batch one "
            "after the other"
        )
    assert (W.grad, x.grad) == (None, None)
    f(-X[:2])
    with pytest.raises(InputValueError, match="x > 1 is true for 1 of 2"):
        f(np.array([0.0, 2.0]))
    assert f(np.array([3.0, 2.0])).data.tolist() == [6.0, 4.0]
    assert numbers(autograd.compile(lambda x: where(x > 1, W * x, -x))(x)) == [4.0, -0.5, 6.0]


def test_a_question_that_no_lane_decides_sends_all_lanes_one_way():
    w = Value(1.0)
    f = autograd.compile(lambda x: x * w if w > 0 else x - w)
    assert numbers([f(X), f(X)]) == [X.tolist()] * 2
    w.data = -1.0
    assert numbers(f(X)) == (X + 1).tolist()


def test_a_comparison_that_only_rounding_decides_is_answered_as_it_was_written():
    """The product of matrices may round otherwise than the sum from left to right that was recorded."""
    w = [Value(x) for x in (1e16, 1.0, -1e16, 0.5, 0.25, 3.0)]
    rows = np.random.default_rng(0).normal(size=(400, 6))

    def f(x):
        total = dot(w, list(x))
        again = 0.0
        for a, b in zip(w, x, strict=True):
            again = again + a * b
        return total * 0.0 if total == again + 1e-3 * x[0] else total * x[0] * 0.0 + again * 0.0 + 1.0

    compiled = autograd.compile(f)
    for row in rows:
        assert compiled(row.tolist()).data in (0.0, 1.0)


def test_what_cannot_be_told_from_its_numbers_is_run_as_written(monkeypatch):
    f = autograd.compile(lambda x: W * x if x > 0 else -x)
    monkeypatch.setattr(
        Compiled, "_try", lambda *args: __import__("autograd.compiler.function").compiler.function._ELSEWHERE
    )
    x = Tensor(X)
    W.grad = None
    y = f(x)
    y.sum().backward()
    assert (y.data.tolist(), x.grad.tolist(), W.grad) == ([2.0, 4.0, 3.0], [2.0, 2.0, -1.0], 3.0)
    z = Value(3.0)
    f(z).backward()
    assert (z.grad, W.grad) == (2.0, 6.0)


# --- Warnings and errors ----------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x * x.data, "reads .data at .*test_guards.py:.* the number is baked in"),
        (lambda x: x * x.item(), r"reads .item\(\) at .*test_guards.py:.* the number is baked in"),
        (lambda x: x * autograd.stack([x, x]).sum().item(), r"reads .item\(\) at .*test_guards.py"),
        (lambda x: x * autograd.stack([x, x]).detach().numpy()[0], r"reads .numpy\(\) at .*test_guards.py"),
        (lambda x: x * float(autograd.stack([x, x]).data[0]), "reads .data at .*test_guards.py"),
        (lambda x: x * RNG.normal(), "the generator RNG is drawn from .* the random numbers are baked in"),
        (lambda x: x * np.random.rand(), "numpy's global random generator is drawn from .* baked in"),
    ],
)
def test_what_is_baked_in_is_told_once(function, said):
    (message,) = told(function, 2.0)
    assert re.search(said, message)
    compiled = autograd.compile(function)
    with pytest.warns(CompileWarning):
        first = compiled(X)
    assert compiled(X).data.tolist() == first.data.tolist()


def test_the_numbers_of_tensors_that_depend_on_no_argument_are_not_told():
    assert told(lambda x: x * Tensor(X).sum().item() * Tensor(X).detach().numpy()[0] * Tensor(X).data[1], 2.0) == []


@dataclass
class Held:
    value: Value


def yields(x):
    yield x


async def waits(x):
    return x


async def yields_and_waits(x):
    yield x


@pytest.mark.parametrize(
    ("attempt", "error", "said"),
    [
        (lambda c: c(3), InputTypeError, "compile takes a function, not int 3"),
        (lambda c: c(yields), InputTypeError, "returns its results, and yields is a generator function; return a list"),
        (lambda c: c(waits), InputTypeError, "waits is a coroutine function"),
        (lambda c: c(yields_and_waits), InputTypeError, "yields_and_waits is an asynchronous generator function"),
        (lambda c: c(plain, batch="x"), InputTypeError, r'not text; write batch=\("x",\)'),
        (lambda c: c(plain, batch=3), InputTypeError, "batch takes True, False or several names, not int 3"),
        (lambda c: c(plain, batch=("y",)), InputValueError, r"batch names \['y'\], and plain takes x"),
        (
            lambda c: c(lambda x, y: x)(X, X[:2]),
            InputValueError,
            "argument 1 has 3 samples but argument 2 2; for an arr",
        ),
        (lambda c: c(lambda x, y: x)(X, y=X[:2]), InputValueError, "argument 1 has 3 samples but y 2; for an array"),
        (lambda c: c(plain)(np.ones((0, 3))), InputValueError, r"argument 1 has no samples: its shape is \(0, 3\)"),
        (
            lambda c: c(plain)(np.array(["a"])),
            InputTypeError,
            "argument 1 is an array of <U1; a compiled function takes",
        ),
        (
            lambda c: c(plain)(np.array([1j])),
            InputTypeError,
            "array of complex128; a compiled function takes arrays of r",
        ),
        (lambda c: c(lambda x: Tensor(X) * x)(1.0), InputTypeError, "gives values and numbers, .* gave Tensor Tensor"),
        (lambda c: c(lambda x: (x, {x.name}, {x}))(1.0), InputTypeError, "lists, tuples, .* here it gave set"),
        (lambda c: c(lambda x: map(abs, [x]))(1.0), InputTypeError, "here it gave map <map object"),
        (lambda c: c(lambda x: Held(x))(1.0), InputTypeError, "here it gave Held Held"),
        (lambda c: c(lambda x: (Tensor(X) * x).sum().item() * x)(1.0), InputTypeError, None),
        (lambda c: c(lambda x: math.exp(x))(1.0), InputTypeError, "does not turn into a plain number by itself"),
        (lambda c: c(lambda x: x)(10**400), InputValueError, "beyond the largest"),
        (lambda c: c(lambda x: x)(), TypeError, "missing 1 required positional argument"),
        (lambda c: c(lambda x: 1 / 0)(X), ZeroDivisionError, "division by zero"),
    ],
)
def test_errors_are_sentences(attempt, error, said):
    if said is None:
        with pytest.warns(CompileWarning, match="item"):
            attempt(autograd.compile)
        return
    with pytest.raises(error, match=said):
        attempt(autograd.compile)


def test_a_function_that_failed_once_is_compiled_by_the_next_call():
    def f(x, fails):
        if fails:
            raise KeyError("mine")
        return x * W

    compiled = autograd.compile(f)
    with pytest.raises(KeyError):
        compiled(X, True)
    assert compiled(X, False).data.tolist() == (2 * X).tolist()
    with pytest.raises(KeyError):
        compiled(X, True)


def test_the_wrapped_function_is_there():
    compiled = autograd.compile(batch=("x",))(plain)
    assert (compiled.__wrapped__, compiled.__name__, compiled.__doc__) == (plain, "plain", None)
    assert repr(compiled) == f"<compiled {plain!r}>"
