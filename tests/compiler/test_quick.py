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
    with pytest.raises(ValueError, match=r"part at .*: x > 0 is true for 2 of 3"):
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


def test_a_workspace_that_is_made_anew_evaluates_constants_without_a_warning(monkeypatch):
    """A batch size that was evicted comes again: its program, with a division of constants by 0, is bound once more."""
    monkeypatch.setattr(variant, "KEPT", 0)
    w = Value(2.0)
    f = autograd.compile(lambda x: w * x + Value(1.0) / Value(0.0) * 0.0 * 0.0)
    for n in [*range(1, 9), 1, 2]:
        y = f(ROWS[:n, 0])
        y.mean().backward()
        assert np.isnan(y.data).all()
