"""Chains: runs of operations with one value for each sample, most of which are emitted from recipes."""

from functools import partial

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.compiler.emitting import chains
from autograd.compiler.emitting.recipes import Left, recipe_of
from autograd.compiler.running import blocks

STEPS = 9
X, Y = np.array([0.3, -0.7, 1.1]), np.array([0.8, 0.4, -0.9])
CONSTANTS = np.linspace(-1.4, 1.7, STEPS).tolist()  # no two are equal, and none is 1 or -1


def repeated(step):
    """A recurrence of `STEPS` steps."""

    def f(p, x, y):
        z = x
        for k in range(STEPS):
            z = step(p, z, y, CONSTANTS[k])
        return z

    return f


def turned(p, x, y):
    """The cosine of an angle is the derivative of its sine, which another link has computed."""
    for _ in range(STEPS):
        x, y = autograd.sin(x) + 0.5 * y, autograd.cos(x) * y
    return x * y


def in_two_parts(p, x, y):
    """A sum of many terms, between two chains, and a result in the middle of one."""
    states = [x]
    for _ in range(STEPS):
        states.append(autograd.tanh(states[-1] * y) - p[0] * states[-1])
    z = autograd.sum(states)
    for _ in range(STEPS):
        z = autograd.exp(-z * z) * states[3] + y
    return z * states[5]


PROGRAMS = {
    "a product of each pair": repeated(lambda p, z, y, c: autograd.tanh(z * y) + z),
    "dot products of two and three terms": repeated(
        lambda p, z, y, c: autograd.atan(z * y + autograd.sin(z) * y + z * z)
    ),
    "parameters": repeated(lambda p, z, y, c: autograd.tanh(p[0] * z + p[1])),
    "a parameter that is added": repeated(lambda p, z, y, c: p[0] + autograd.sin(z) - p[1] * y),
    "constants that differ": repeated(lambda p, z, y, c: autograd.tanh(c * z) + c),
    "a constant twice in a sum": repeated(lambda p, z, y, c: autograd.tanh((z + 0.7) + 0.7)),
    "divisors that differ": repeated(lambda p, z, y, c: autograd.tanh(z / c) - y / z),
    "signs": repeated(lambda p, z, y, c: -(autograd.abs(y - z)) - (-z)),
    "one operand three times": repeated(lambda p, z, y, c: autograd.where(z - y, z, z * z) * z),
    "choices": repeated(lambda p, z, y, c: autograd.maximum(z * y, autograd.minimum(z, y)) + autograd.clip(z, -1, 0.5)),
    "subexpressions that are kept": repeated(lambda p, z, y, c: autograd.softplus(z) * autograd.sigmoid(z - y)),
    "powers": repeated(lambda p, z, y, c: autograd.tanh(z**3) + (z * z + 1) ** 1.5),
    "an infinite slope": repeated(lambda p, z, y, c: autograd.sqrt(autograd.relu(z - 5)) + 0.9 * z),
    "what another link knows": turned,
    "a sum between chains": in_two_parts,
}  # fmt: skip


def as_numbers(gradient):
    """A gradient; 0 if no pass has reached the value."""
    return 0.0 if gradient is None else gradient


def found_by(f, samples, mean=False):
    """Results and gradients of a compiled function, at two calls; with the kinds of its plans."""
    p = [Value(0.6), Value(-0.2)]
    compiled = autograd.compile(partial(f, p))
    for _ in range(2):
        x, y = Tensor(X[:samples]), Tensor(Y[:samples])
        p[0].grad = p[1].grad = None
        z = compiled(x, y)
        (z.mean() if mean else (z * np.array([1.0, -2.0, 0.5])[:samples]).sum()).backward()
        gradients = [x.grad, y.grad, *(each.grad for each in p)]
    return [z.data, *map(as_numbers, gradients)], [plan.kind for plan in compiled._last.layout.plans]


def expected_of(f, samples, mean=False):
    """The same by scalars, one sample after the other."""
    p = [Value(0.6), Value(-0.2)]
    weights = [1 / samples] * samples if mean else [1.0, -2.0, 0.5]
    found = []
    for k in range(samples):
        x, y = Value(X[k]), Value(Y[k])
        z = f(p, x, y)
        z.backward(gradient=weights[k])
        found.append([z.data, x.grad, as_numbers(y.grad)])
    return [*map(np.array, zip(*found, strict=True)), *(as_numbers(each.grad) for each in p)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_chain_has_the_numbers_of_scalars(name):
    f = PROGRAMS[name]
    for samples, mean in ((3, False), (1, True)):
        found, kinds = found_by(f, samples, mean)
        assert "chain" in kinds
        for ours, theirs in zip(found, expected_of(f, samples, mean), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("name", "most"), [("a product of each pair", 5), ("constants that differ", 5)])
def test_links_of_a_kind_are_made_by_one_recipe(name, most, monkeypatch):
    made = []
    for pass_ in ("each", "each_back"):
        emit = getattr(chains, pass_)
        monkeypatch.setattr(chains, pass_, lambda *given, emit=emit, pass_=pass_: (made.append(pass_), emit(*given))[1])
    found_by(PROGRAMS[name], 3)
    assert made.count("each") <= most
    assert made.count("each_back") <= 2 * most


def test_a_chain_is_listed_link_by_link():
    @autograd.compile
    def f(x, y):
        for _ in range(5):
            x = x * y + autograd.sin(x) * y
        return x

    f(X, Y)
    assert [plan.kind for plan in f._last.layout.plans] == ["chain"]
    lines = [" ".join(line.split()) for line in str(f.program).splitlines()]
    assert lines[:4] == ["x = argument [B]", "y = argument [B]", "%1 = sin x[B] [B]", "%2 = mul x[B] y[B] [B]"]
    assert lines[-2:] == ["%11 = sin %10 [B]", "%12 = dot y[B] join(%10, %11) [B] -> f[B]"]
    assert "gathered" not in str(f.explain())


def test_many_links_in_blocks_have_the_gradients_of_one_block(monkeypatch):
    monkeypatch.setattr(blocks, "WHOLE_DEAR", 1)
    monkeypatch.setattr(blocks, "NUMBERS", 64)
    count = 1_000
    x, y = np.linspace(-1, 1, count), np.linspace(0.5, 0.9, count)
    f = autograd.compile(partial(PROGRAMS["subexpressions that are kept"], []))
    found = []
    for begin, end in ((0, count), (0, 100)):
        a, b = Tensor(x[begin:end]), Tensor(y[begin:end])
        f(a, b).sum().backward()
        found.append((a.grad[:100], b.grad[:100]))
    assert max(f._last.bounds) < count
    np.testing.assert_allclose(*found, rtol=1e-13)


# --- Recipes ----------------------------------------------------------------------------------------------------------

A, B, OUT = np.ones((1, 3)), np.ones((1, 3)), np.empty((1, 3))
BUFFER = np.ones((4, 3))
SLOTS = [BUFFER[0:1], BUFFER[1:2]]


@pytest.mark.parametrize(
    ("calls", "left", "slots"),
    [
        ([partial(np.add, BUFFER[0:1], BUFFER[2:3])], Left({}), SLOTS),  # a row that is none of its own
        ([partial(np.add, BUFFER[0:1], BUFFER[1])], Left({}), [BUFFER[0:1], BUFFER[1:3]]),  # a part of one
        ([partial(np.add, BUFFER[0:1, ::2], BUFFER[1:2])], Left({}), SLOTS),  # not next to each other
        ([partial(np.add, BUFFER[0:1], BUFFER[1:2])], Left({}), [*SLOTS, BUFFER[1:2]]),  # two slots at one place
        ([partial(np.add, BUFFER[0:1], 0.25, BUFFER[1:2])], Left({}), [*SLOTS, 0.5]),  # a number that is no slot's
        ([], Left({}), [0.5, -0.5]),  # two slots of one number
        ([], Left({}, aliases=[(0, BUFFER[1:2], 2.0)]), SLOTS),  # a factor of this link
        ([], Left({}, aliases=[(0, None, 1.0)]), SLOTS),  # ones
        ([], Left({(np.exp, (1, (1, 3), (24, 8))): BUFFER[1:2]}), SLOTS),  # of an array that is no slot's
    ],
    ids=range(9),
)
def test_calls_that_other_links_cannot_use_make_no_recipe(calls, left, slots):
    assert recipe_of(calls, left, slots, []) is None


def test_a_recipe_has_the_calls_of_another_link():
    first, second = np.arange(6.0).reshape(2, 3), 10 + np.arange(6.0).reshape(2, 3)
    calls = [
        partial(np.maximum, first[0:1], first[1:2], out=first[1:2]),
        partial(first[0].dot, np.ones(3), np.empty(())),
        partial(np.multiply, first[0:1], -0.5, first[1:2]),
    ]
    recipe = recipe_of(calls, Left({}), [first[0:1], first[1:2], 0.5], [])
    for call in recipe.calls_on(recipe.arguments([second[0:1], second[1:2], 3.0])):
        call()
    assert second.tolist() == [[10, 11, 12], [-30, -33, -36]]
    assert first.tolist() == [[0, 1, 2], [3, 4, 5]]
