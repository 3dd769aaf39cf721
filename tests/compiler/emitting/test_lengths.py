"""Programs for a new number of samples, made from those for two others, do what emitted ones do, to the bit."""

from collections import Counter
from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest

import autograd
import nn
from autograd import InputValueError, Tensor, Value, no_grad
from autograd.compiler.running import lengths
from tests.support.programs.compiled import FAMILIES, at_edges, at_kinks, generator
from tests.support.programs.effort import examples

LENGTHS = (12, 19, 14, 37, 25, 12)  # no two of them differ by a multiple of the first difference
ROWS = np.random.default_rng(5).normal(size=(3000, 3))
W = [Value(x) for x in (0.5, -1.25, 2.0, 0.75)]


def bits(x):
    return None if x is None else np.asarray(x, dtype=float).tobytes()


def outcome(f, parameters, arguments):
    """The results and gradients of one call, to the bit; gradients from ones, and from seeds that differ."""
    for p in parameters:
        p.grad = None
    given = [Tensor(x.data) if isinstance(x, Tensor) else x for x in arguments]
    results = f(*given)
    results = [x for x in in_a_row(results) if isinstance(x, Tensor)]
    for result in results:
        result.sum().backward()
        result.backward(np.linspace(0.5, 2.0, result.data.size).reshape(result.shape))
    grads = [p.grad for p in parameters] + [x.grad for x in given if isinstance(x, Tensor)]
    return [bits(x.data) for x in results] + [bits(g) for g in grads]


def in_a_row(nested):
    if isinstance(nested, dict):
        nested = list(nested.values())
    return [x for part in nested for x in in_a_row(part)] if isinstance(nested, (list, tuple)) else [nested]


def at_length(arguments, n):
    """Arguments with so many samples, which repeat those that there are."""
    resized = lambda x: np.resize(x, (n, *np.shape(x)[1:]))
    return [
        Tensor(resized(x.data)) if isinstance(x, Tensor) else resized(x) if isinstance(x, np.ndarray) else x
        for x in arguments
    ]


def compare(f, parameters, arguments, sizes=LENGTHS):
    """Compare copies with what the same program emits; return the numbers of samples for which copies were made."""
    compiled, found = autograd.compile(f), []
    for n in sizes:
        given = at_length(arguments, n)
        with copies() as made:
            left = outcome(compiled, parameters, given)
        found += made
        if made:
            compiled._last.bounds.clear()
            with mock.patch.object(lengths.Lengths, "copy_for", return_value=None):
                assert left == outcome(compiled, parameters, given), n
    return found


@contextmanager
def copies():
    """The numbers of samples for which copies are made meanwhile."""
    made, copy_for = [], lengths.Lengths.copy_for

    def seen(self, samples):
        copy = copy_for(self, samples)
        made.extend([samples] if copy else [])
        return copy

    with mock.patch.object(lengths.Lengths, "copy_for", seen):
        yield made


def recurrence(x):
    y = x[0]
    for k in range(12):
        y = (W[k % 4] * y + x[1]).tanh() * autograd.exp(-y * y)
    return y


def shared_run(x):
    """A recurrence of parameters alone, which runs number by number, and what samples make of it."""
    a, b = W[0], W[1]
    for _ in range(9):
        a, b = a * 0.5 + b, a * b + 0.25
    return a * x[0] + b * x[1]


WEIGHTS = [[Value(0.1 * (i - 2 * j) + 0.3) for i in range(3)] for j in range(4)]
FUNCTIONS = {
    "layers": lambda x: sum(autograd.tanh(autograd.dot(w, list(x), b)) for w, b in zip(WEIGHTS, W, strict=True)),
    "recurrence": recurrence,
    "run of shared numbers": shared_run,
    "softmax": lambda x: autograd.softmax([w * x[0] + x[1] for w in W])[1] * autograd.logsumexp([x[2], *W]),
    "log_softmax": lambda x: autograd.log_softmax([w * x[0] + x[1] for w in W])[2],
    "spread": lambda x: autograd.var([w * x[k % 3] for k, w in enumerate(W)]) + autograd.std([x[0] * w for w in W]),
    "norm and extremes": lambda x: autograd.norm([x[0] * w for w in W]) * autograd.max([x[1] + w for w in W]),
    "gathered": lambda x: sum((x[k] * W[k + 1]).sin() * W[(k * k) % 4] for k in (2, 0, 1)) + x[1] * 2.0 - x[0] * 0.5,
    "several results": lambda x: [x[0] * W[0], autograd.where(x[1] > 0, x[2] * W[1], W[2]), W[3]],
    "rounded": lambda x: autograd.round(x[0] * W[0] * 7, 1) + autograd.round(x[1] * 3) * W[1],
    "ragged": lambda x: sum(
        autograd.logsumexp([x[i] * W[j] for i in range(j + 1) for _ in range(2)]) for j in range(3)
    ),
    "squares": lambda x: sum((x[k] - W[k]) ** 2 for k in range(3)) / (1 + x[0] ** 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", [np.asarray, Tensor])
def test_copies_equal_what_is_emitted(name, kind):
    weights = [w for row in WEIGHTS for w in row]
    assert compare(FUNCTIONS[name], W + weights, [kind(ROWS[:40])]) == [14, 37, 25, 12]


def is_batch(x):
    return isinstance(x, (np.ndarray, Tensor)) and np.ndim(x.data) > 0


@pytest.mark.parametrize("family", [*FAMILIES, at_edges, at_kinks], ids=lambda family: family.__name__)
@pytest.mark.untraced
def test_copies_of_random_programs_equal_what_is_emitted(family):
    found = Counter()
    for k in range(examples(20)):
        case = family(generator(f"lengths {family.__name__}", k))
        if any(map(is_batch, case.arguments)) and not case.options:
            try:
                found["copied"] += bool(compare(case.function, case.parameters, case.arguments, LENGTHS[:4]))
            except InputValueError:  # its samples take different branches, or one of them is outside a domain
                continue
            found["all"] += 1
    assert found["copied"] > 0.8 * found["all"]


def test_numbers_of_samples_across_a_limit_have_calls_of_their_own():
    """Beyond 1,024 numbers a sum over samples is one of numpy's, and no product with ones."""
    f = lambda x: x[0] * W[0] + W[1]
    assert compare(f, W, [ROWS], (500, 513, 700, 1024, 1025, 2000, 900, 1)) == [700, 1024, 900]
    assert compare(f, W, [ROWS], (1000, 1030, 900, 950, 980)) == [980]  # the first two have other calls


def test_gradients_that_are_nan_are_masked_in_copies_too():
    f = lambda x: autograd.where(x[0] > 0, autograd.sqrt(x[0] * W[0]), 0.0) * x[1] + autograd.log(x[2] ** 2) * W[1]
    rows = ROWS[:40].copy()
    rows[5] = 0.0
    assert compare(f, W, [rows]) == [14, 37, 25, 12]


def test_copies_made_without_gradients_learn_to_make_them():
    compiled = autograd.compile(lambda x: (x[0] * W[0]).tanh())
    with copies() as made, no_grad():
        for n in (5, 7, 9):
            compiled(ROWS[:n])
    assert made == [9]
    with copies() as made:
        for n in (11, 14, 16, 21):
            W[0].grad = None
            compiled(ROWS[:n]).sum().backward()
            slope = ROWS[:n, 0] / np.cosh(ROWS[:n, 0] * W[0].data) ** 2
            assert W[0].grad == pytest.approx(slope.sum(), rel=1e-12)
    assert made == [11, 21]


def test_two_copies_for_one_number_of_samples_have_arrays_of_their_own():
    compiled = autograd.compile(lambda x: (x[0] * W[0]).exp())
    for n in (5, 7):
        compiled(ROWS[:n]).sum().backward()
    with copies() as made:
        results = [compiled(ROWS[k : k + 9]) for k in (0, 9)]
    assert made == [9, 9]
    for result, rows in zip(results, (ROWS[:9], ROWS[9:18]), strict=True):
        W[0].grad = None
        result.sum().backward()
        assert W[0].grad == pytest.approx((rows[:, 0] * np.exp(rows[:, 0] * W[0].data)).sum(), rel=1e-12)


def test_copies_read_parameters_as_they_are_now():
    model = nn.MLP(3, [4, 1])
    loss = lambda x, y: (1 - y * model(list(x))).relu()
    compiled = autograd.compile(loss)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    with copies() as made:
        for n in (8, 13, 9, 21, 10, 33, 3, 1, 2):
            optimizer.zero_grad()
            kinds = np.sign(ROWS[:n, 0])
            result = compiled(ROWS[:n], kinds)
            expected = [loss(x, y).data for x, y in zip(ROWS[:n].tolist(), kinds.tolist(), strict=True)]
            assert result.data == pytest.approx(np.ravel(expected), rel=1e-12)
            result.mean().backward()
            optimizer.step()
    assert made == [9, 21, 10, 33, 3, 2]


def test_programs_that_differ_otherwise_are_emitted_each_time():
    compiled = autograd.compile(lambda x: x[0] * W[0])
    with mock.patch.object(lengths._Common, "_linear", side_effect=lengths._DifferentError), copies() as made:
        for n in range(2, 2 + 2 * lengths.TRIES):
            compiled(ROWS[:n]).sum().backward()
    assert made == []
    assert compiled._last._lengths._tries == lengths.TRIES


def test_programs_of_which_other_passes_were_emitted_are_not_compared():
    compiled = autograd.compile(lambda x: x[0] * W[0])
    with copies() as made:
        with no_grad():
            compiled(ROWS[:5])
        compiled(ROWS[:7]).sum().backward()
        compiled(ROWS[:9]).sum().backward()
        assert made == []
        compiled(ROWS[:11]).sum().backward()
    assert made == [11]
