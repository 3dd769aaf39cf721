"""The fast backward paths leave what the general sweep leaves, to the bit."""

import math
import random

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, detect_anomaly, no_grad
from autograd.compiler.running import quick, variant

ROWS = np.random.default_rng(3).normal(size=(17, 3))
KINDS = np.where(ROWS[:, 0] > 0, 1.0, -1.0)


class Steps:
    """A model, with a compiled function of it; what is left after a pass, to the bit."""

    def __init__(self, kind, x):
        random.seed(1)
        self.model = nn.MLP(3, [5, 1])
        self.other = Value(0.25)
        self.x = x
        scores = lambda row: self.model(row) + (self.other if kind == "part" else 0.0)
        if kind == "total":
            self.f = autograd.compile(lambda: sum(nn.losses.hinge(scores(r), y) for r, y in zip(x.tolist(), KINDS)))  # noqa: B905
        else:
            self.f = autograd.compile(lambda x, y: nn.losses.hinge(scores(x), y))
        autograd.compile(lambda: sum(p * p for p in self.model.parameters()) * self.other)()  # one array of all
        self.call()

    def call(self):
        return self.f() if self.f._last is not None and not self.f._last.batched else self.f(*self.given())

    def given(self):
        return () if self.f.__wrapped__.__code__.co_argcount == 0 else (self.x, KINDS)

    def before(self, earlier):
        for k, p in enumerate(self.model.parameters()):
            p.grad = None if earlier == "none" or (earlier == "some" and k % 3) else 0.1 * k
        self.other.grad = 3.0 if earlier == "all" else None

    def left(self, *results):
        grads = [p.grad for p in (*self.model.parameters(), self.other)]
        return repr(
            [
                *grads,
                *[
                    (np.asarray(r.data).tolist(), None if r.grad is None else np.asarray(r.grad).tolist())
                    for r in results
                ],
            ]
        )


def general(kind, result):
    if kind == "mean":
        reduced = Tensor.mean(result)
    elif kind == "sum":
        reduced = Tensor.sum(result)
    else:
        Value.backward(result)
        return [result]
    Tensor.backward(reduced)
    return [result, reduced]


def fast(kind, result):
    if kind == "total":
        result.backward()
        return [result]
    reduced = getattr(result, kind)()
    reduced.backward()
    return [result, reduced]


@pytest.mark.smoke
@pytest.mark.parametrize("kind", ["mean", "sum", "total"])
@pytest.mark.parametrize("earlier", ["none", "some", "all"])
@pytest.mark.parametrize("special", [None, math.inf, math.nan, 0.0])
@pytest.mark.parametrize("form", ["whole", "part"])
@pytest.mark.untraced
def test_a_fast_path_leaves_what_the_general_sweep_leaves_to_the_bit(kind, earlier, special, form, monkeypatch):
    x = ROWS.copy()
    if special is not None:
        x[3] = special
    left, led = [], []
    for way in ("from_reduced", "from_answer"):
        goes = getattr(quick, way)
        monkeypatch.setattr(quick, way, lambda root, goes=goes: led.append(goes(root)) or led[-1])
    for way in (general, fast):
        steps = Steps("total" if kind == "total" else form, x)
        for _ in range(3):
            steps.before(earlier)
            found = way(kind, steps.call())
        left.append(steps.left(*found))
    assert left[0] == left[1]
    assert len(led) == 3
    assert all(led) or special in (math.inf, math.nan)  # with a nan it is left to the general sweep


def test_what_no_fast_path_covers_goes_through_the_general_sweep():
    w, x = Value(2.0), Tensor(ROWS[:, 0])
    f, g = autograd.compile(lambda x: w * x), autograd.compile(lambda: w * w)

    def after(*passes):
        w.grad = x.grad = None
        for each in passes:
            each()
        return w.grad, None if x.grad is None else x.grad.tolist()

    f(ROWS[:, 0]), g()
    total = pytest.approx(ROWS[:, 0].sum())
    assert after(lambda: f(x).sum().backward()) == (total, [2.0] * 17)
    assert after(lambda: f(x.data).sum().backward(3.0))[0] == pytest.approx(3 * ROWS[:, 0].sum())
    assert after(lambda: g().backward(-1.0))[0] == -4.0
    assert after(lambda: f(x.data).sum(0).backward())[0] == total
    assert after(lambda: f(x.data).mean(keepdims=True).backward())[0] == pytest.approx(ROWS[:, 0].mean())
    assert after(lambda: f(x.data).mean(axis=0).backward())[0] == pytest.approx(ROWS[:, 0].mean())
    with detect_anomaly():
        assert after(lambda: f(x.data).sum().backward(), lambda: g().backward()) == (
            pytest.approx(total.expected + 4.0),
            None,
        )
    with no_grad():
        y, z = f(x.data), g()
        m = y.mean()
    for leaf in (y.sum(), z, m):
        assert after(leaf.backward) == (None, None)
    assert z.grad == m.grad == 1.0
    two = autograd.compile(lambda x: [w * x, x])(ROWS[:, 0])
    assert after(lambda: two.sum().backward(), lambda: two.mean().backward())[0] == pytest.approx(
        total.expected * (1 + 1 / 34)
    )
    waiting, single = f(x.data), g()
    w.data = 5.0
    assert after(lambda: waiting.sum().backward(), single.backward)[0] == pytest.approx(total.expected + 4.0)
    w.data = 2.0
    results_ = [f(x.data) for _ in range(4)]
    assert after(*(y.sum().backward for y in results_))[0] == pytest.approx(4 * ROWS[:, 0].sum())


def test_a_branch_that_all_samples_take_has_the_fast_path_and_another_one_leaves_it():
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x if x > 0 else -x)
    for x in (np.ones(3), np.full(3, 2.0), np.full(3, -2.0), np.full(3, 3.0), np.full(3, -1.0)):
        w.grad = None
        y = f(x)
        y.sum().backward()
        assert y.data.tolist() == (2 * x if x[0] > 0 else -x).tolist()
        assert w.grad == (x.sum() if x[0] > 0 else None)
    assert len(f._fast) == 1
    with pytest.raises(ValueError, match=r"different branches at .*: x > 0 is true for 2 of 3"):
        f(np.array([1.0, -1.0, 2.0]))


@pytest.mark.parametrize(
    "given",
    [
        lambda x, y: ((), {"x": x, "y": y}),
        lambda x, y: ((x,), {"y": y}),
        lambda x, y: ((x.astype(np.float32), y), {}),
        lambda x, y: ((x, y.astype(np.int64)), {}),
        lambda x, y: ((), {"y": y > 0, "x": x.astype(">f8")}),
    ],
    ids=["by name", "one by name", "single precision", "integers", "truth values"],
)
def test_arrays_by_name_and_of_other_numbers_have_the_fast_path(given, monkeypatch):
    w = Value(2.0)
    f = autograd.compile(lambda x, y: (w * x[0] - x[1]) * y)
    args, kwargs = given(ROWS, KINDS)
    numbers = [np.asarray(a, float) for a in (*args, *[kwargs[k] for k in sorted(kwargs)])]
    f(*args, **kwargs)
    monkeypatch.setattr(type(f), "_try", None)  # of the general path
    y = f(*args, **kwargs)
    y.sum().backward()
    assert y.data.tolist() == ((2 * numbers[0][:, 0] - numbers[0][:, 1]) * numbers[1]).tolist()
    assert w.grad == pytest.approx((numbers[0][:, 0] * numbers[1]).sum(), rel=1e-12)


def test_integers_that_steer_have_no_fast_path():
    w = Value(2.0)
    f = autograd.compile(lambda x, n: w * x * len(range(n)))
    for n in ([1, 1, 1], [2, 2, 2], [1, 1, 1]):
        assert f(np.ones(3), np.array(n)).data.tolist() == [2.0 * n[0]] * 3
    assert not f._fast


def test_branches_of_two_answers_have_the_fast_path_until_one_is_answered_otherwise():
    w = Value(2.0)
    f = autograd.compile(lambda x: (w * x if x > 0 else -x) + (w if x > 10 else 1.0))
    for x in (np.ones(3), np.full(3, 2.0), np.full(3, 11.0), np.full(3, -2.0), np.full(3, 4.0)):
        w.grad = None
        y = f(x)
        y.sum().backward()
        above, far = x[0] > 0, x[0] > 10
        assert y.data.tolist() == ((2 * x if above else -x) + (2.0 if far else 1.0)).tolist()
        assert w.grad == (x.sum() + 3 * far if above else None)
    assert len(f._fast) == 1


def test_interior_gradients_are_those_of_the_last_pass():
    w = Value(2.0)
    y = autograd.compile(lambda x: w * x)(ROWS[:, 0])
    mean = y.mean()
    for _ in range(2):
        mean.backward()
        assert (mean.grad.tolist(), y.grad.tolist()) == (1.0, [1 / 17] * 17)
    assert w.grad == pytest.approx(2 * ROWS[:, 0].mean())


@pytest.mark.parametrize("swept", [False, True], ids=["no pass yet", "after a pass"])
def test_a_record_has_its_arguments_when_another_call_has_taken_the_workspace(swept):
    """They are not copied before that, and neither the caller nor later calls write to what the record has."""
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x * x)
    f(np.zeros(3))
    x = np.array([1.0, 2.0, 3.0])
    y = f(x)
    if swept:
        y.sum().backward()
    x[:] = -1.0
    for _ in range(3):
        others = [f(np.full(3, 7.0)) for _ in range(3)]
        others[0].sum().backward()
    w.grad = None
    y.sum().backward()
    assert w.grad == 1.0 + 4.0 + 9.0
    assert list(y._y)[1].tolist() == [1.0, 2.0, 3.0]


def test_numbers_of_a_record_that_were_read_stay_when_the_workspace_is_taken():
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x)
    f(np.zeros(2))
    y = f(np.array([1.0, 2.0]))
    read = y._y[1]
    del y
    f(np.array([5.0, 5.0]))
    assert read.tolist() == [1.0, 2.0]


def test_answers_of_guards_are_numbers_of_any_size():
    """A condition that is a number counts by being 0 or not; more answers than are compared as bytes are counted."""
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x if x else w - 1.0)
    for n in (3, 2000):
        f(np.ones(n))
        for x in (np.arange(1.0, n + 1), np.full(n, 0.5), np.arange(1.0, n + 1), np.zeros(n)):
            assert f(x).data.tolist() == np.where(x != 0, 2 * x, 1.0).tolist()


def test_a_workspace_that_is_made_anew_evaluates_constants_without_a_warning(monkeypatch):
    """A batch size that was evicted comes again: its program, with a division of constants by 0, is bound once more."""
    monkeypatch.setattr(variant, "KEPT", 0)
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x + Value(1.0) / Value(0.0) * 0.0 * 0.0)
    for n in [*range(1, 9), 1, 2]:
        y = f(ROWS[:n, 0])
        y.mean().backward()
        assert np.isnan(y.data).all()


# --- Arithmetic on results, several results, and arguments of every kind ----------------------------------------------


class Programs:
    """Compiled functions of one set of parameters, and leaves that are given to them."""

    def __init__(self):
        self.w = [Value(0.5, name="w0"), Value(-1.5, name="w1"), Value(0.25, name="w2")]
        w = self.w
        autograd.compile(lambda: autograd.sum(w))()  # one array of all
        self.f = autograd.compile(lambda x: (w[0] * x[0] - w[1] * x[1]) ** 2)
        self.two = autograd.compile(lambda x: (w[0] * x[0], {"b": [w[1] * x[1], [x[2]]]}))
        self.one = autograd.compile(lambda: w[0] * w[1] + w[1].exp())
        self.pair = autograd.compile(lambda: [w[0] * w[1], w[2] * w[2]])
        self.scaled = autograd.compile(lambda x, s, flip, word: x[0] * w[0] * s * (-1 if flip else 1) * len(word))
        self.x, self.s = Tensor(ROWS), Value(3.0)

    def left(self):
        leaves = (*self.w, self.x, self.s)
        return repr([(type(p.grad), None if p.grad is None else np.asarray(p.grad).tolist()) for p in leaves])


TAILS = {
    "a sum": lambda p: p.f(ROWS).mean() + 0.0,
    "what is scaled": lambda p: 0.5 * p.f(ROWS).mean() / 2.0 - p.one(),
    "a product of results": lambda p: p.f(ROWS).mean() * p.f(ROWS[:9]).sum(),
    "minus a result": lambda p: -p.one(),
    "a result twice": lambda p: (lambda y: y + y * 0.25)(p.one()),
    "a single one and another": lambda p: p.one() * 0.5 + 1.0,
    "results of one call": lambda p: (lambda y: y.mean() + 0.5 * y.sum())(p.f(ROWS)),
    "columns": lambda p: (lambda a, rest: a.mean() + rest["b"][0].sum() * 0.5)(*p.two(ROWS)),
    "one column twice": lambda p: (lambda a, _: a.mean() - 0.125 * a.sum())(*p.two(ROWS)),
    "a column, of which an element": lambda p: p.two(ROWS)[0][3] + p.two(ROWS)[0].mean(),
    "several single ones": lambda p: (lambda a, b: a + 2.0 * b * a)(*p.pair()),
    "a tensor": lambda p: p.f(p.x).mean(),
    "a tensor twice": lambda p: p.f(p.x).mean() - p.f(p.x).sum(),
    "a computed tensor": lambda p: p.f(p.x * 2.0).mean() + 1.0,
    "numbers": lambda p: p.scaled(ROWS, 2.0, True, "ab").mean(),
    "a value": lambda p: p.scaled(ROWS, s=p.s, flip=False, word="abc").sum() + 1.0,
    "a value and a tensor": lambda p: p.scaled(p.x, p.s, flip=False, word="").sum(),
    "eager values": lambda p: p.one() * p.w[2] + p.s,
    "an elementwise function": lambda p: (p.f(ROWS) * p.f(ROWS)).mean(),
    "many operations": lambda p: sum((p.one() * 0.01 for _ in range(40)), 0.0),
    "a quotient by 0": lambda p: p.one() / (p.one() - p.one()),
    "infinity": lambda p: p.f(ROWS * math.inf).mean() + 1.0,
    "a seed of 0": lambda p: p.f(ROWS).mean() * 0.0 + p.one(),
    "a sum of some samples": lambda p: p.f(ROWS).mean() + p.f(ROWS)[:3].sum(),
    "a column with its axis": lambda p: p.two(ROWS)[0].sum(axis=0, keepdims=True).sum(),
    "a mean with its axis": lambda p: p.two(ROWS)[0].mean(axis=0, keepdims=True).sum(),
    "a single one and an array": lambda p: (p.one() + np.ones(2)).sum(),
    "a sum that is no result": lambda p: p.f(ROWS).mean() + (p.x * 2.0).sum(),
    "other axes": lambda p: p.f(ROWS).mean(axis=0, keepdims=True) + 1.0,
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
@pytest.mark.parametrize("earlier", [False, True])
def test_arithmetic_on_results_leaves_what_the_general_sweep_leaves_to_the_bit(tail, earlier, monkeypatch):
    left, led, backward = [], [], quick.from_tail
    for way in (lambda root: led.append(backward(root)) or led[-1], lambda _: False):
        monkeypatch.setattr(quick, "from_tail", way)
        programs = Programs()
        for _ in range(2):
            tail(programs).backward()
            for p in [] if earlier else [*programs.w, programs.x, programs.s]:
                p.zero_grad()
            root = tail(programs)
            root.backward()
        left.append((programs.left(), repr(np.asarray(root.data).tolist()), repr(np.asarray(root.grad).tolist())))
        monkeypatch.setattr(quick, "from_reduced", lambda _: False)
        monkeypatch.setattr(quick, "from_answer", lambda _: False)
    assert left[0] == left[1]


def test_results_of_arithmetic_show_as_what_they_are():
    p = Programs()
    mean = p.f(ROWS).mean()
    assert [type(x).__name__ for x in (mean + 1.0, 2.0 * mean, -p.one(), p.two(ROWS)[0], p.pair()[0])] == [
        *("Tensor", "Tensor", "Value", "Tensor", "Value")
    ]
    assert (mean + ROWS[:2]).shape == (2, 3)
    assert np.exp(mean).shape == ()


def test_interior_results_have_the_gradients_of_the_pass():
    p = Programs()
    y = p.f(ROWS)
    mean = y.mean()
    loss = mean * 0.5
    loss.backward()
    assert (loss.grad, mean.grad) == (1.0, 0.5)
    assert y.grad.tolist() == pytest.approx([0.5 / 17] * 17)
    a, rest = p.two(ROWS)
    (a.mean() + rest["b"][0].sum()).backward()
    assert a.grad.tolist() == pytest.approx([1 / 17] * 17)
    assert rest["b"][0].grad.tolist() == [1.0] * 17


@pytest.mark.parametrize("many", [lambda s: (ROWS, s, True, "a"), lambda s: (Tensor(ROWS), s, True, "a")])
def test_numbers_values_and_tensors_have_the_fast_path(many, monkeypatch):
    p = Programs()
    expected = [p.scaled(*many(s)).data.tolist() for s in (2.0, 3.0, Value(2.0), 4)]
    assert expected[3] == [2 * each for each in expected[0]]
    monkeypatch.setattr(type(p.f), "_try", None)  # of the general path
    assert [p.scaled(*many(s)).data.tolist() for s in (2.0, 3.0, Value(2.0), 4)] == expected


def test_an_integer_that_steers_leaves_the_fast_path_when_it_is_another_one():
    w = Value(2.0)
    f = autograd.compile(lambda x, n: w * x * len(range(n)))
    assert [f(np.ones(2), n).data.tolist() for n in (1, 2, 2, 1, 3)] == [[2.0 * n] * 2 for n in (1, 2, 2, 1, 3)]
    assert len(f._fast) == 1


@pytest.mark.parametrize("size", [1e200, 1e-200])
@pytest.mark.parametrize("reduced", ["sum", "mean"])
def test_gradients_by_a_tensor_whose_squares_overflow_give_no_warning(size, reduced):
    w = Value(1.0)
    f = autograd.compile(lambda x: size * (x[0] * x[1]) + x[2] * w)
    for k in range(1, 4):
        x = Tensor(k * np.array([[3.0, 2.0, 1.0], [0.5, 4.0, 2.0], [1.0, 1.0, 1.0], [5.0, 2.0, 3.0]]))
        getattr(f(x), reduced)().backward()
        first, second, _ = x.numpy().T
        expected = np.array([size * second, size * first, np.ones(4)]).T / (1 if reduced == "sum" else 4)
        np.testing.assert_allclose(x.grad, expected, rtol=1e-15)


def test_the_gradient_by_each_result_is_one_number():
    assert quick._shares.__wrapped__(4, True).tolist() == [0.25] * 4
    assert quick._shares.__wrapped__(2, False).tolist() == [1.0] * 2
