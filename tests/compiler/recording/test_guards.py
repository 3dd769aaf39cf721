"""A compiled function asks what Python asks, says what it will not follow, and refuses with sentences."""

import math
import re
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value, dot, where
from autograd.compiler.compiled import PATHS, STRUCTURES, Compiled
from autograd.compiler.recording.results import Template
from autograd.errors import CompileWarning
from tests.compiler.test_function import numbers
from tests.support.odd import unanswered

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
        rf"<lambda> has taken more than {PATHS} paths through its branches, and is recorded anew for each: the last "
        rf"one branched at {re.escape(__file__)}:\d+.*; autograd.where\(condition, a, b\) needs no branch",
        str(caught[0].message),
    )


@pytest.mark.untraced
def test_more_structures_than_are_kept_are_right():
    f = autograd.compile(lambda x: autograd.sum(x))
    for n in [*range(1, STRUCTURES + 5), 1, 2, 3]:
        assert f([1.0] * n).data == n
    assert len(f._variants) == STRUCTURES
    g = autograd.compile(lambda x: autograd.sum(list(x)) * W)
    for n in [*range(1, STRUCTURES + 5), 1, 2, 3]:
        assert g(np.ones((2, n))).data.tolist() == [2.0 * n] * 2


def test_samples_that_part_are_told_where_and_nothing_is_deposited():
    W.grad, f = None, autograd.compile(sided)
    x = Tensor([2.0, 0.5, 3.0])
    line = sided.__code__.co_firstlineno + 1
    for _ in range(2):
        with pytest.raises(InputValueError) as raised:
            f(x)
        said = str(raised.value)
        assert said.startswith(
            f"the samples of this batch take different branches at {__file__}:{line}: if x > 1: "
            "x > 1 is true for 2 of 3; "
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


def checked(x, label):
    if not (label >= 0) & (label < 3):
        raise LookupError(f"no class {label.data:g}")
    return W * x


def test_a_check_raises_its_own_error_for_a_sample_of_any_call_that_does_not_pass():
    f = autograd.compile(checked)
    assert f(X, np.array([0, 1, 2])).data.tolist() == [2.0, 4.0, -6.0]
    for labels in ([0, 1, 7], [7, 1, 0], [7, 8, 9], [0.0, 7.0, 8.0]):
        with pytest.raises(LookupError, match="no class 7"):
            f(X, np.array(labels))
    with pytest.raises(LookupError, match="no class 7"):
        autograd.compile(checked)(X, np.array([0, 1, 7]))
    assert f(X, np.array([2, 2, 2])).data.tolist() == [2.0, 4.0, -6.0]
    assert sum(map(len, f._variants.values())) == 1


def test_a_question_that_no_sample_decides_sends_all_samples_one_way():
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
        Compiled, "_try", lambda *args: __import__("autograd.compiler.compiled").compiler.compiled._NOT_THIS_ONE
    )
    x = Tensor(X)
    W.grad = None
    y = f(x)
    y.sum().backward()
    assert (y.data.tolist(), x.grad.tolist(), W.grad) == ([2.0, 4.0, 3.0], [2.0, 2.0, -1.0], 3.0)
    z = Value(3.0)
    f(z).backward()
    assert (z.grad, W.grad) == (2.0, 6.0)


# --- Whole numbers that steer -----------------------------------------------------------------------------------------


def power(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


def of_labels(x, t):
    scores = [W * x[0], x[1] * x[1], x[0] + x[1]]
    return autograd.logsumexp(scores) - scores[t]


@pytest.mark.parametrize(
    ("function", "choices"),
    [
        (power, [0, 2, 3, 2, 0]),
        (lambda x, n: [x, W * x, 3.0][n], [2, 0, 1, -1]),
        (lambda x, n: autograd.sum([x, W * x, 3.0][n:]), [2, 0, 1]),
        (lambda x, n: {0: x, 1: W * x}[n], [1, 0]),
        (lambda x, n: x * math.sqrt(n) + math.factorial(n), [4, 9]),
        (lambda x, n: autograd.sum([x * k for k in range(n - 1, 2 * n + 3, 2)]) // 1, [1, 4]),
        (lambda x, n: power(x, n // 2 + n % 2 + abs(-n) - 3 * n + n**2), [1, 2]),
        (lambda x, n: power(x, (n & 1) + (n >> 1) + (1 << n) + (~n + n + 1)), [1, 2]),
        (lambda x, n: x + sum(divmod(7, n)) * np.zeros(n + 1).size, [2, 5]),
        (lambda x, n: x * int(n) if n else x + 1, [2, 0, 3]),
        (lambda x, n: round(x * 1.2345, n), [1, 3]),
        (lambda x, n: x * (n / 2) + n**-1 + n * 0.5, [2, 5]),
    ],
)
def test_a_whole_number_is_what_it_is_to_python(function, choices):
    """As an argument of a call, as one for each sample, and in each kind that numpy has."""
    compiled, rows = autograd.compile(function), X + 4
    for n in choices:
        expected = numbers([function(Value(x), n) for x in rows.tolist()])
        for given in (n, np.int64(n), np.array(n), np.full(3, n), np.full(3, n, dtype=np.int8)):
            np.testing.assert_allclose(np.broadcast_to(numbers(compiled(rows, given)), 3), expected, rtol=1e-12)
        assert numbers(compiled(5.0, n)) == pytest.approx(numbers(function(Value(5.0), n)), rel=1e-12)
    mixed = np.array([choices[0], choices[-1], choices[0]])
    expected = numbers([function(Value(x), n) for x, n in zip(rows.tolist(), mixed.tolist(), strict=True)])
    np.testing.assert_allclose(np.broadcast_to(numbers(compiled(rows, mixed)), 3), expected, rtol=1e-12)


def test_a_number_that_steers_is_recorded_once_for_each_and_one_that_does_not_once():
    steered, computed = autograd.compile(power), autograd.compile(lambda x, n: x * n + (1 if n > 3 else 2))
    for n in (1, 2, 1, 2, 3, 1):
        assert numbers(steered(2.0, n)) == 2.0**n
        assert numbers(computed(2.0, n)) == 2.0 * n + 2
    assert [len(paths) for f in (steered, computed) for paths in f._variants.values()] == [3, 1]
    assert numbers([computed([1, 2][k], k) for k in (0, 1)]) == [2.0, 4.0]


def test_labels_of_a_batch_are_an_argument_like_any_other():
    """Each sample has the result, and sends the gradient, that it would by itself."""
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(20, 2)), rng.integers(0, 3, 20)
    W.grad, x = None, Tensor(rows)
    compiled = autograd.compile(of_labels)
    for _ in range(2):
        found = compiled(x, labels)
        (found * found).sum().backward()
    grads = [W.grad, x.grad.tolist()]
    W.grad = None
    expected = []
    for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
        leaves = [Value(each) for each in row]
        y = of_labels(leaves, label)
        (2.0 * y * y).backward()
        expected.append((y.data, [leaf.grad for leaf in leaves]))
    np.testing.assert_allclose(found.data, [y for y, _ in expected], rtol=1e-13)
    np.testing.assert_allclose(grads[0], W.grad, rtol=1e-12)
    np.testing.assert_allclose(grads[1], [grad for _, grad in expected], rtol=1e-12)
    assert compiled(rows, labels).data.tolist() == found.data.tolist()
    assert [len(paths) for paths in compiled._variants.values()] == [3, 3]


def test_a_batch_is_split_by_all_the_numbers_that_steer():
    f = autograd.compile(lambda x, t: [[x, W * x][t[0]], [3.0, x][t[1]]] if t[2] > 0 else x)
    t = np.array([[0, 1, 5], [1, 0, 6], [1, 1, 7], [0, 1, 8], [1, 0, 9]])
    x = np.arange(5.0)
    assert numbers(f(x, t)) == [[0.0, 0.0], [2.0, 3.0], [4.0, 2.0], [3.0, 3.0], [8.0, 3.0]]
    assert numbers(f(x, t[::-1].copy())) == [[0.0, 3.0], [1.0, 1.0], [4.0, 2.0], [6.0, 3.0], [4.0, 4.0]]
    with pytest.raises(InputValueError, match=r"t\[2\] > 0 is true for 1 of 2"):
        f(x, t - [0, 0, 5])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (
            lambda x, t: ([x, -x][t], {"a": [W * x, x][t], "text": "same"}),
            ([0.0, -1.0], {"a": [0.0, 1.0], "text": "same"}),
        ),
        (lambda x, t: [x * 2.0, ([x, -x][t],)], [[0.0, 2.0], ([0.0, -1.0],)]),
        (lambda x, t: np.array([[x, -x][t], 7.0], dtype=object), [[0.0, -1.0], 7.0]),
        (lambda x, t: [3.0, 3.0][t], 3.0),
        (lambda x, t: [3.0, 4.0][t], [3.0, 4.0]),
        (lambda x, t: [x + 2, 4][t], [2.0, 4.0]),
        (lambda x, t: [[x, 5.0], [6.0, x]][t], [[0.0, 6.0], [5.0, 1.0]]),
        (lambda x, t: [([x, x], 1.0), ([x, 6.0], x)][t], ([[0.0, 0.0], [1.0, 6.0]], [1.0, 1.0])),
    ],
)
def test_the_parts_of_a_batch_are_joined_in_any_form(function, expected):
    f, seen = autograd.compile(function), []
    for _ in range(2):
        assert numbers(f(np.arange(2.0), np.array([0, 1]))) == expected
    if len({len(Template(function(Value(1.0), t)).values) for t in (0, 1)}) == 1:
        autograd.grad(lambda x: (seen.append(f(x, np.array([0, 1]))), x.sum())[1])(np.arange(2.0))
        assert numbers(seen) == [expected]


@pytest.mark.parametrize(
    "function",
    [
        lambda x, t: [x] * (t + 1),
        lambda x, t: ["a", "b"][t],
        lambda x, t: [x, None][t],
        lambda x, t: (x,) * (t + 1),
        lambda x, t: {"ab"[t]: x},
        lambda x, t: [[x, 1.0], [[x, x], x]][t],
        lambda x, t: np.array([[x, 1.0], [1.0]][t], dtype=object),
    ],
)
def test_parts_of_different_forms_are_refused(function):
    with pytest.raises(InputValueError, match="gives results of different forms for the samples of this"):
        autograd.compile(function)(np.arange(2.0), np.array([0, 1]))
    with pytest.raises(InputValueError, match=r"gives results of different forms|give more values than"):
        autograd.jvp(lambda x: autograd.compile(function)(x, np.array([0, 1])), [np.arange(2.0)], [np.ones(2)])


def test_floats_do_not_steer():
    f = autograd.compile(power)
    assert numbers(f(X, 2)) == (X * X).tolist()
    for given in (2.0, np.full(3, 2.0), Value(2.0), Tensor([2.0] * 3), np.float64(2.0)):
        with pytest.raises(TypeError, match="is no index and no count"):
            f(X, given)
    both = autograd.compile(lambda x, n: x * [n, n + 1.0][1] if isinstance(n, Value) else x)
    assert numbers([both(3.0, 2), both(3.0, 2.0), both(3.0, 2.5)]) == [9.0, 9.0, 10.5]


def test_more_numbers_that_steer_than_are_kept_are_told_and_right():
    f = autograd.compile(lambda x, n: x + len(range(n)))
    for n in range(STRUCTURES):
        assert f(1.0, n).data == n + 1.0
    with pytest.warns(CompileWarning, match=rf"depends on the integers n, .* more than {STRUCTURES}"):
        assert f(1.0, 1000).data == 1001.0
    assert [len(paths) for paths in f._variants.values()] == [STRUCTURES]


def test_the_ways_through_branches_are_counted_for_each_number_that_steers():
    f = autograd.compile(lambda x, n: x * sum(1 for k in range(20) if x > k) * len(range(n)))
    for n in (1, 2, 3):
        for x in range(PATHS):
            assert f(float(x), n).data == float(x * x * n)
    assert [len(paths) for paths in f._variants.values()] == [3 * PATHS]


def test_whole_numbers_that_no_float_is_are_themselves_to_python():
    f = autograd.compile(lambda x, n: x + len(str(int(n))) + (int(n) - 2**53))
    assert numbers([f(0.5, 2**53 + 1), f(0.5, 2**53 + 3)]) == [17.5, 19.5]


@pytest.mark.parametrize("n", [2, np.array([2, 3])], ids=["one", "a batch"])
def test_numbers_steer_inside_operators_and_other_compiled_functions(n):
    inner = autograd.compile(power)
    outer = autograd.compile(lambda x, n: inner(x, n) * n)
    x = np.array([2.0, 3.0])
    expected = (n**2 * x ** (n - 1)).tolist()
    assert autograd.grad(lambda x: (inner(x, n) * n).sum())(x).tolist() == pytest.approx(expected)
    given = Tensor(x)
    outer(given, n).sum().backward()
    assert given.grad.tolist() == pytest.approx(expected)
    hessian = autograd.hessian(lambda x: inner(x, n).sum())(x)
    np.testing.assert_allclose(np.diag(hessian), n * (n - 1) * x ** (n - 2))


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
        (lambda c: c(plain, batch="x"), InputTypeError, r"not text; write batch=\('x',\)"),
        (lambda c: c(plain, batch=3), InputTypeError, "batch takes True, False, None or several names, not int 3"),
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
        (lambda c: c(lambda x: (x, {x.name}, {x}))(1.0), InputTypeError, "lists, tuples, .* here it returned set"),
        (lambda c: c(lambda x: map(abs, [x]))(1.0), InputTypeError, "here it returned map <map object"),
        (lambda c: c(lambda x: Held(x))(1.0), InputTypeError, "here it returned Held Held"),
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


def test_odd_arguments_of_compile_are_taken_or_refused_with_a_sentence():
    assert unanswered(autograd.compile) == {}
    assert unanswered(lambda odd: autograd.compile(plain, batch=odd)) == {}


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


def test_a_division_by_an_integer_of_0_is_that_of_floats():
    f = autograd.compile(lambda x, n: x + n // (n - n))
    assert numbers(f(X, 3)) == [math.inf] * 3


def test_floats_in_the_place_of_integers_that_steered_are_not_sorted_into_parts():
    f = autograd.compile(lambda x, t: [x, W * x][t] if isinstance(t, int) or t == 1 else x + t)
    assert numbers(f(X, np.array([1, 1, 1]))) == (X * W.data).tolist()
    with pytest.raises(TypeError, match=r"is no index and no count"):
        f(X, np.array([1.0, 1.0, 1.0]))
    assert numbers(f(X, np.array([0.5, 0.5, 0.5]))) == (X + 0.5).tolist()
