"""Repeated steps and products in the kernels of the engine numba. Here they run as Python, unless marked."""

import re
from functools import partial

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.compiler.emitting.emitter import Emitter
from autograd.compiler.fused import engine, products
from autograd.compiler.fused.accesses import Memory
from autograd.compiler.fused.engine import Fuser
from autograd.compiler.fused.loops import arranged
from autograd.compiler.fused.nests import Opaque
from autograd.compiler.fused.repeats import repeated
from tests.support import unjitted

DRAW = np.random.default_rng(7)


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Loops run as Python."""
    unjitted.install(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def texts(monkeypatch):
    """The texts of all kernels."""
    found = []
    entry = engine.entry_of
    monkeypatch.setattr(engine, "entry_of", lambda text: found.append(text) or entry(text))
    return found


# --- Repeats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ("a" + 6 * "bc" + "d", [(1, 2, 6)]),
        (4 * "abc" + 10 * "d", [(0, 3, 4), (12, 1, 10)]),
        (2 * "abcdefgh", []),  # two steps are no recurrence
        (3 * "ab", []),  # so few that nothing is saved
        ("", []),
    ],
)
def test_repeats_are_found_where_they_save_most(letters, found):
    assert [tuple(each) for each in repeated(letters)] == found


# --- Products ---------------------------------------------------------------------------------------------------------

ROOM = DRAW.normal(size=(6, 12))
OUT = np.zeros((3, 40))
SIZES = [(5, 6, 7), (5, 6, 1), (1, 6, 5), (1, 6, 1), (5, 1, 7)]


def matrix(rows, columns, order):
    """A matrix by rows or by columns, or one row of every other number."""
    numbers = DRAW.normal(size=(rows, columns))
    if order == "gaps":
        return np.repeat(numbers, 3, axis=1)[:, ::3] if rows == 1 else np.repeat(numbers, 3, axis=0)[::3]
    return np.asarray(numbers, order=order)


def products_of(sizes):
    """All products of matrices of these sizes that lie in memory in one way or another."""
    m, k, n = sizes
    for one in ("C", "F", "gaps"):
        for other in ("C", "F", "gaps"):
            for order in ("C", "F"):
                yield matrix(m, k, one), matrix(k, n, other), np.full((m, n), np.nan, order=order)


def fused(calls, samples=None):
    """Calls after they were fused, the items that they became, and what fused them."""
    emitter = Emitter(reuses=False)
    emitter.calls = calls
    emitter.finish()
    items = arranged(calls, emitter.ends, Memory(), samples)
    fuser = Fuser(samples)  # which holds the tables that the kernels read
    return fuser(emitter, (), None), items, fuser


@pytest.mark.parametrize("sizes", SIZES)
def test_products_in_kernels_are_those_of_numpy(python, sizes):
    for x, y, out in products_of(sizes):
        calls, _, fuser = fused([partial(np.matmul, x, y, out=out), partial(np.negative, out, out)])
        for call in calls:
            call()
        np.testing.assert_allclose(out, -(x @ y), rtol=1e-13, atol=1e-14)
        assert len(calls) == 1
        assert fuser.left == set()


@pytest.mark.needs_engines("numba")
def test_compiled_products_are_those_of_numpy():
    given = [each for sizes in SIZES for each in products_of(sizes)]
    calls, _, fuser = fused([partial(np.matmul, x, y, out=out) for x, y, out in given])
    for call in calls:
        call()
    assert fuser.left == set()
    for x, y, out in given:
        np.testing.assert_allclose(out, x @ y, rtol=1e-13, atol=1e-14)


def test_products_that_the_blas_cannot_read_are_left_to_numpy(python, monkeypatch):
    x, out = ROOM[:, ::2], np.zeros((6, 4))
    y = DRAW.normal(size=(6, 4))
    single = np.ones((4, 6), dtype=np.float32)
    for call in (
        partial(np.matmul, x, y, out=out),  # neither rows nor columns without gaps
        partial(np.matmul, single, y, out=np.zeros((4, 4))),
        partial(np.matmul, ROOM[:, :6], ROOM[:, 6:], ROOM[:, 3:9]),  # written while it is read
        partial(np.matmul, np.ones((2, 6, 6)), np.ones((2, 6, 6)), out=np.ones((2, 6, 6))),
    ):
        (item,) = fused([call])[1]
        assert type(item) is Opaque
    call = partial(np.ones((6, 6)).dot, y, np.zeros((6, 4)))
    assert type(fused([call])[1][0]) is products.Product
    monkeypatch.setattr(products, "addresses", dict)
    assert type(fused([call])[1][0]) is Opaque


def test_without_its_functions_the_blas_has_no_addresses(monkeypatch):
    monkeypatch.setattr(products, "NAMES", ("no_such_{}",))
    assert products.addresses.__wrapped__() == {}


# --- Recurrences ------------------------------------------------------------------------------------------------------


def euler(x):
    """A recurrence of each sample: steps with a kink, a function, and two numbers that all samples share."""
    y, total = x[0], 0.0
    for k in range(6):
        root = autograd.sqrt(autograd.maximum(y, 0.01))
        total = total - 0.5 * root * x[k % 3]
        y = y + SHARED[0] * (1.0 - y) + SHARED[1] * root * x[1]
    return autograd.exp(total) * y


def network(x):
    """A recurrent network, of which a bias is added at every other step, and of which one sees one state twice."""
    h, found = list(x), 0.0
    for k in range(6):
        h = [autograd.tanh(autograd.dot(row, h) + (MATRIX[0][j] if k % 2 else 0.1)) for j, row in enumerate(MATRIX)]
        found = found + h[0] * h[1]
    return found


def runge_kutta(x):
    """Six steps of Runge's and Kutta's method, in which a value is read by several of one operation."""
    (a, b), (x, y), h = SHARED, x[:2], 0.1

    def slopes(x, y):
        return a * x - b * x * y, b * x * y - a * y

    for _ in range(6):
        k = [slopes(x, y)]
        for part in (h / 2, h / 2, h):
            k.append(slopes(x + part * k[-1][0], y + part * k[-1][1]))
        x, y = (each + h / 6 * (p + 2 * q + 2 * r + s) for each, p, q, r, s in zip((x, y), *k, strict=True))
    return x * y


def levels():
    """A recurrence without samples, of vectors: by a matrix, and by the first state."""
    h = first = [autograd.tanh(w) for w in MATRIX[0]]
    for _ in range(6):
        h = [autograd.tanh(autograd.dot(row, h)) + y for row, y in zip(MATRIX, first, strict=True)]
    return autograd.sum([y * y for y in h])


MATRIX = [[Value(w) for w in row] for row in DRAW.normal(0, 0.4, (6, 6))]
SHARED = [Value(0.1), Value(0.05)]
WEIGHTS = [*SHARED, *(w for row in MATRIX for w in row)]
RECURRENCES = {
    "samples": (euler, (DRAW.uniform(0.5, 1.5, (130, 3)),)),
    "one sample": (euler, (DRAW.uniform(0.5, 1.5, (1, 3)),)),
    "matrices": (network, (DRAW.normal(size=(9, 6)),)),
    "several readers": (runge_kutta, (DRAW.uniform(0.5, 1.5, (5, 3)),)),
    "no samples": (levels, ()),
}


def gradients(f, given, engine):
    """The result, and the gradients by arguments and weights; twice, with seeds of one and of other numbers."""
    compiled, found = autograd.compile(f, engine=engine), []
    for seed in (1.0, 2.5):
        leaves = [Tensor(x) for x in given]
        y = compiled(*leaves)
        ((y.sum() if given else y) * seed).backward()
        found += [np.ravel(np.asarray(y.data)), *(np.ravel(leaf.grad) for leaf in leaves)]
        found.append(np.array([0.0 if w.grad is None else w.grad for w in WEIGHTS]))
        for w in WEIGHTS:
            w.grad = None
    return np.concatenate(found)


def repetitions(texts):
    """How often the steps of the loops run."""
    return [int(times) for text in texts for times in re.findall(r"for r in range\((\d+)\):\n +step", text)]


@pytest.mark.parametrize("name", RECURRENCES)
def test_recurrences_are_loops_with_the_gradients_of_the_engine_numpy(python, texts, name):
    f, given = RECURRENCES[name]
    expected = gradients(f, given, "numpy")
    np.testing.assert_allclose(gradients(f, given, "numba"), expected, rtol=1e-13, atol=1e-13)
    assert max(repetitions(texts)) >= 3
    if name == "several readers":  # the reverse pass is a loop, too
        assert len(texts) < 8


@pytest.mark.needs_engines("numba")
@pytest.mark.long
@pytest.mark.parametrize("name", ["samples", "no samples"])
def test_compiled_recurrences_have_the_gradients_of_the_engine_numpy(name):
    f, given = RECURRENCES[name]
    np.testing.assert_allclose(gradients(f, given, "numba"), gradients(f, given, "numpy"), rtol=1e-13, atol=1e-13)


def test_a_long_recurrence_has_no_longer_text_than_a_short_one(python, texts):
    lengths = []
    for steps in (8, 30):
        texts.clear()

        def f(x, steps=steps):
            for _ in range(steps):
                x = autograd.sin(x) + 0.5 * x
            return x

        x = Tensor(np.linspace(0.0, 1.0, 5))
        autograd.compile(f, engine="numba")(x).sum().backward()
        lengths.append(max(map(len, texts)))
    assert lengths[1] < 1.1 * lengths[0]


def test_steps_of_growing_lengths_share_their_functions(python, texts):
    size = 16
    costs = [[Value(x) for x in row] for row in DRAW.normal(size=(size, size))]

    def f():  # a table that is filled diagonal by diagonal
        row = [0.0] + [-20.0] * size
        for line in costs:
            before, row = row, [-20.0]
            for j, cost in enumerate(line):
                row.append(cost + autograd.logsumexp([before[j], before[j + 1], row[j]]))
        return row[-1]

    found = []
    for name in ("numpy", "numba"):
        autograd.compile(f, engine=name)().backward()
        found.append([cost.grad for row in costs for cost in row])
        for cost in (cost for row in costs for cost in row):
            cost.grad = None
    np.testing.assert_allclose(found[1], found[0], rtol=1e-13)
    longest = max(texts, key=len)
    assert 3 <= longest.count("def nest") <= 20
    assert len(longest.splitlines()) < 450


# --- Steps that are no loop, or not one whose samples go through it tile by tile --------------------------------------

LINE, LANES = DRAW.normal(size=2000), DRAW.normal(size=(30, 5))
NUMBERS, TRUTHS = np.zeros((12, 9)), np.zeros((1, 9), dtype=bool)
ONES = DRAW.normal(size=(12, 1))


def steps(*written):
    """Twelve steps of calls, each given as functions of the number of the step."""
    return [call(r) for r in range(12) for call in written]


CALLS = {
    "numbers of another kind in the last step": (
        steps(lambda r: partial(np.copyto, NUMBERS[r], TRUTHS[0] if r == 11 else LINE[9 * r : 9 * r + 9])),
        None,
        [],
    ),
    "places that meet in some steps, in part": (
        steps(
            lambda r: partial(np.add, LINE[400 - 30 * r : 440 - 30 * r], 1.0, out=LINE[1000 + 40 * r :][:40]),
            lambda r: partial(np.negative, LINE[1000 + 40 * r :][:40], out=LINE[40 * r : 40 * r + 40]),
        ),
        None,
        [],
    ),
    "every other step reads one array twice": (
        steps(
            lambda r: partial(
                np.add, NUMBERS[r], LINE[9 * r :][:9] if r % 2 else NUMBERS[r], out=LINE[900 + 9 * r :][:9]
            )
        ),
        None,
        [],
    ),
    "steps that read nothing": (
        steps(lambda r: NUMBERS[r].fill, lambda r: partial(NUMBERS[r].fill, 2.0))[1::2],
        None,
        [12],
    ),
    "two lengths from one place": (
        steps(
            lambda r: partial(np.add, LINE[40 * r :][:20], 1.0, out=LINE[1000 + 40 * r :][:20]),
            lambda r: partial(np.add, LINE[40 * r :][:40], 2.0, out=LINE[1000 + 40 * r :][:40]),
        ),
        None,
        [12],
    ),
    "a number for all samples that changes": (
        steps(
            lambda r: partial(np.multiply, LANES[r : r + 1], ONES[:1], out=LANES[r + 12 : r + 13]),
            lambda r: partial(np.add, ONES[0], 1.0, out=ONES[0]),
        ),
        5,
        [12],
    ),
    "one sample that is read": (
        steps(
            lambda r: partial(np.multiply, LANES[r : r + 1], 0.5, out=LANES[r + 12 : r + 13]),
            lambda r: partial(np.add, ONES[r], LANES[r + 12, :1], out=ONES[r]),
        ),
        5,
        [12],
    ),
    "a sum over samples at one place": (
        steps(
            lambda r: partial(np.add.reduce, LANES[r], 0, None, ONES[0].reshape(())),
            lambda r: partial(np.add, ONES[0], LINE[:1], out=LINE[r + 1 : r + 2]),
        ),
        5,
        [12],
    ),
    "sums over samples at places of their own": (
        steps(
            lambda r: partial(np.add.reduce, LANES[r], 0, None, NUMBERS[r, :1].reshape(())),
            lambda r: partial(np.add, LINE[:1], NUMBERS[r, :1], out=LINE[:1]),
        ),
        5,
        [12, 12],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_steps_do_what_their_calls_do(python, texts, name):
    calls, samples, times = CALLS[name]
    arrays = LINE, LANES, NUMBERS, ONES
    start, found = [x.copy() for x in arrays], []
    for which in (calls, fused(calls, samples)):
        for x, before in zip(arrays, start, strict=True):
            x[...] = before
        for call in which if which is calls else which[0]:
            call()
        found.append([x.copy() for x in arrays])
    for x, y in zip(*found, strict=True):
        np.testing.assert_allclose(y, x, rtol=1e-14)
    assert repetitions(texts) == times
