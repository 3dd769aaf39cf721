"""Arrays of values in a compiled function: numpy's functions choose for each sample, as they do for its numbers."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.compiler.recording.rows import Row

ROWS = np.array([[1.0, -2.0, 3.0], [3.0, 4.0, -5.0], [0.5, 2.5, 2.0]])
W = Value(2.0)

OF_NUMPY = {
    "a choice": lambda x: np.where(x > 1, x, 0.0).sum(),
    "a choice by two conditions": lambda x: np.where((x > 0) & (x < 2.7), x * x, -x).sum(),
    "a choice by the opposite": lambda x: np.where(np.logical_not(x > 0), -1.0, x).sum(),
    "a choice by what is equal": lambda x: np.where(x == 2.0, 1.0, x * 3.0).sum(),
    "a choice of one": lambda x: np.where(x[0] > 1, x[1], x[2]),
    "maximum of both": lambda x: np.maximum(x, x[::-1]).sum(),
    "maximum with a number": lambda x: np.maximum(x, 1.5).sum() + np.maximum(x[0], 1.0),
    "minimum": lambda x: np.minimum(x, 2.0).sum(),
    "clip": lambda x: np.clip(x, 0, 2).sum() + x.clip(-1, None).sum(),
    "largest": lambda x: x.max() + np.max(x) + np.amax(x * 2),
    "smallest of an axis": lambda x: np.min(np.stack([x, -x]), axis=0).sum() + np.minimum.reduce(x),
    "largest of a computed array": lambda x: (np.stack([x, x + 1.0]) @ x).max(),
    "variance": lambda x: np.var(x) + x.var(),
    "standard deviation": lambda x: np.std(x) + x.std(ddof=1),
    "largest, as objects": lambda x: np.maximum.reduce(x[:1], dtype=object),
    "largest of some": lambda x: x.max(initial=9.0) * x[0],
    "sign": lambda x: (np.sign(x) * x).sum(),
    "finite elements": lambda x: np.where(np.isfinite(x), x, 0.0).sum(),
    "in place": lambda x: _in_place(x),
}


def _in_place(x):
    y = x * 1.0
    y += np.where(y > 0, y, 0.0)
    return y.sum()


@pytest.mark.parametrize("function", OF_NUMPY.values(), ids=OF_NUMPY)
def test_functions_of_numpy_choose_for_each_sample(function):
    f = autograd.compile(lambda x: function(x) * W)
    given = Tensor(ROWS)
    found = f(given)
    assert found.data == pytest.approx([2 * function(row) for row in ROWS])
    found.sum().backward()
    h = 1e-6
    slopes = [[(function(row + step) - function(row - step)) / h for step in h * np.eye(3)] for row in ROWS]
    smooth = np.abs(ROWS - ROWS.round()) > 0.1  # the others lie on a kink
    assert given.grad[smooth] == pytest.approx(np.array(slopes)[smooth], abs=1e-6)
    assert f.program  # one for all samples


def test_a_choice_of_elements_is_a_guard():
    f = autograd.compile(lambda x: x[x > 0].sum())
    assert f(ROWS[2:]).data.tolist() == [5.0]
    with pytest.raises(InputValueError, match=r"test_rows.py:\d+: .* x\[1\] > 0 is true for"):
        f(ROWS)
    assert autograd.compile(lambda x: x[0] if np.any(x > 2) else x[1])(ROWS[:1]).data.tolist() == [1.0]


def test_conditions_answer_other_functions_of_arrays():
    f = autograd.compile(lambda x: x[0] * np.size(x[0] > 0) + np.sum(np.stack([x[0] > 0, x[2] > 0])))
    assert f(ROWS[2:]).data.tolist() == [2.5]


def test_a_value_is_no_index():
    for function in (lambda x: x[x[0]], lambda x: [1.0, 2.0][x[0]], lambda x: range(x[0])):
        with pytest.raises(InputTypeError, match=r"Value\(1.0, name='x\[0\]'\) is no index and no count, since it may"):
            autograd.compile(function)(ROWS)


def test_guards_name_the_line_of_the_user_and_not_of_numpy():
    with pytest.raises(InputValueError, match=r"this batch take different branches at \S*test_rows.py:\d+"):
        autograd.compile(lambda x: np.sort(x)[0])(ROWS)


def test_rows_of_an_outer_function_are_arrays_to_an_inner_one():
    inner = autograd.compile(lambda x: np.where(x > 0, x, 0.0).sum(), batch=False)
    assert autograd.compile(lambda x: inner(x) + 1.0)(ROWS[2:]).data.tolist() == [6.0]


def test_a_list_of_rows_is_told_how_to_be_a_batch():
    f = autograd.compile(lambda x, y: x[0] * x[1] - y)
    with pytest.raises(InputTypeError, match=r"was given x as lists of rows, .* give numpy.asarray\(x\)"):
        f(ROWS.tolist(), np.ones(3))
    with pytest.raises(TypeError, match=r"^can't multiply sequence"):  # other lists are the user's own
        f([[1.0], [2.0, 3.0]], 1.0)
    assert f(ROWS, np.ones(3)).data.tolist() == [-3.0, 11.0, 0.25]


STEERING = {
    "a quotient": (lambda x, n: x * len(range(int(n / 2))), lambda x, n: x * (n // 2)),
    "a product with a float": (lambda x, n: x * int(n * 0.5 + 1.5), lambda x, n: x * int(n * 0.5 + 1.5)),
    "floor and ceil": (lambda x, n: x * (math.floor(n / 2) + 10 * math.ceil(n / 2)),) * 2,
    "rounding": (lambda x, n: x * len(range(round(n / 3))), lambda x, n: x * round(n / 3)),
    "rounding to digits": (lambda x, n: x * round(n / 3, 2),) * 2,
    "trunc": (lambda x, n: x * math.trunc(n / 2),) * 2,
    "a power": (lambda x, n: x * float(2.0**-n), lambda x, n: x / 2.0**n),
    "text": (lambda x, n: x * len(f"{n:03d}{n}") + {"3": x, "5": -x}[str(n)],) * 2,
    "bits": (lambda x, n: x * n.bit_length(),) * 2,
    "arange": (lambda x, n: (np.arange(n) * x).sum(), lambda x, n: x * n * (n - 1) / 2),
    "not at all": (lambda x, n: x * (n / 2 + (-n) % 4),) * 2,
    "zero": (lambda x, n: x * (n * 0 + 1) + n // 1 - n,) * 2,
}


@pytest.mark.parametrize(("function", "expected"), STEERING.values(), ids=STEERING)
def test_what_whole_numbers_decide_steers_as_they_do(function, expected):
    f = autograd.compile(function)
    for n in (3, 5, 3):
        assert f(ROWS[:, 0], n).data == pytest.approx([expected(x, n) for x in ROWS[:, 0]])
    labels = np.array([5, 3, 5])
    assert f(ROWS[:, 0], labels).data == pytest.approx([expected(x, n) for x, n in zip(ROWS[:, 0], [5, 3, 5])])  # noqa: B905


def test_rows_are_arrays_of_values():
    seen = []
    autograd.compile(lambda x: seen.append((type(x), type(x[:2]), type(x * 2), type(x > 0), type(x[0]))) or x[0])(ROWS)
    assert seen == [(Row, Row, Row, Row, Value)]
