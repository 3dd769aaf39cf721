"""Reductions of several classes to two: their codes, how they decode, and learners that show what each can do."""

import itertools
import random

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, relu
from nn import Linear, Neuron, binary
from tests.support.odd import ODD, misbehaviour

RNG = np.random.default_rng(4)
REDUCTIONS = {name: getattr(binary, name) for name in ("one_versus_all", "one_versus_one", "error_correcting", "tree")}


def line(X, t):
    """The least-squares line, a learner of two classes."""
    w = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), t, rcond=None)[0]
    return lambda x: float(np.dot(w[:-1], x) + w[-1])


def reduced(name, classes, scores, **options):
    """A reduction whose k-th model has the given scores for the samples [0], [1], …"""
    models = iter(range(scores.shape[1]))

    def train(X, t):
        k = next(models)
        return lambda x: float(scores[int(x[0]), k])

    labels = np.arange(classes)
    return REDUCTIONS[name](train, labels[:, None], labels, **options)


@pytest.mark.parametrize(("classes", "counts"), [(2, (2, 1, 1, 1)), (3, (3, 3, 3, 2)), (5, (5, 10, 15, 4))])
def test_the_numbers_of_models_are_those_of_the_literature(classes, counts):
    y = np.repeat(np.arange(classes), 2)
    X = RNG.normal(size=(len(y), 2))
    for reduction, count in zip(REDUCTIONS.values(), counts, strict=True):
        found = reduction(line, X, y)
        assert (len(found.models), found.code.shape) == (count, (classes, count))
        assert repr(found) == f"Reduction({classes} classes by {count} binary models)"


@pytest.mark.parametrize("name", REDUCTIONS)
def test_each_model_is_trained_on_the_samples_of_its_two_sides(name):
    X, y = np.arange(12.0)[:, None], np.arange(12) % 4 + 10
    seen = []
    found = REDUCTIONS[name](lambda X, t: seen.append((X, t)) or line(X, t), X, y)
    for (inputs, sides), column in zip(seen, found.code.T, strict=True):
        wanted = {k: column[list(found.classes).index(label)] for k, label in enumerate(y)}
        assert inputs.ravel().tolist() == [k for k in wanted if wanted[k]]
        assert sides.tolist() == [wanted[k] for k in wanted if wanted[k]]


def test_one_versus_all_takes_the_largest_score():
    scores = RNG.normal(size=(50, 4))
    found = reduced("one_versus_all", 4, scores)
    assert found.predict(np.arange(50.0)[:, None]).tolist() == scores.argmax(axis=1).tolist()
    assert found.scores(np.arange(50.0)[:, None]).tolist() == scores.tolist()


def test_one_versus_one_takes_most_votes_and_of_equals_the_larger_sum_of_scores():
    scores = RNG.normal(size=(200, 6))
    predicted = reduced("one_versus_one", 4, scores).predict(np.arange(200.0)[:, None])
    ties = 0
    for row, answer in zip(scores, predicted, strict=True):
        votes, sums = np.zeros(4), np.zeros(4)
        for score, (first, second) in zip(row, itertools.combinations(range(4), 2), strict=True):
            votes[first if score > 0 else second] += 1
            sums[first] += score
            sums[second] -= score
        best = np.flatnonzero(votes == votes.max())
        ties += len(best) > 1
        assert answer == best[sums[best].argmax()]
    assert ties > 20


def test_an_exhaustive_code_corrects_as_many_wrong_models_as_its_distance_allows():
    found = reduced("error_correcting", 4, np.zeros((1, 7)))  # rows differ in 4 of 7 columns: one may be wrong
    code = found.code
    assert {int((a != b).sum()) for a, b in itertools.combinations(code, 2)} == {4}
    wrong = np.array([row * np.where(np.arange(7) == k, -1, 1) for row in code for k in range(7)])
    answers = reduced("error_correcting", 4, wrong.astype(float)).predict(np.arange(28.0)[:, None])
    assert answers.tolist() == np.repeat(np.arange(4), 7).tolist()


def test_a_random_code_for_many_classes_has_rows_apart_and_is_that_of_its_seed():
    X, y = np.arange(12.0)[:, None], np.arange(12)
    codes = [binary.error_correcting(line, X, y, rng=seed).code for seed in (1, 1, 2)]
    assert codes[0].tolist() == codes[1].tolist() != codes[2].tolist()
    assert min((a != b).sum() for a, b in itertools.combinations(codes[0], 2)) >= 8
    assert (np.abs(codes[0].sum(axis=0)) < 12).all()
    given = [[1, 1], [1, -1], [-1, 0]]
    assert binary.error_correcting(line, X[:3], y[:3], code=given).code.tolist() == given


def test_a_tree_goes_down_one_path():
    scores = RNG.normal(size=(100, 4))
    found = reduced("tree", 5, scores, splits=((0, (3, 1)), (2, 4)))
    # nodes in the order in which they are met: the root, (0, (3, 1)), (3, 1), (2, 4)
    wanted = [(0 if b > 0 else (3 if c > 0 else 1)) if a > 0 else (2 if d > 0 else 4) for a, b, c, d in scores.tolist()]
    assert found.predict(np.arange(100.0)[:, None]).tolist() == wanted


def test_a_class_between_two_others_is_told_by_lines_between_pairs_but_not_by_one_against_the_rest():
    X = np.concatenate([RNG.normal(c, 0.1, 30) for c in (-1.0, 0.0, 1.0)])[:, None]
    y = np.repeat([5, 6, 7], 30)
    right = {name: (reduction(line, X, y).predict(X) == y).mean() for name, reduction in REDUCTIONS.items()}
    assert right["one_versus_one"] == right["tree"] == 1.0
    assert right["one_versus_all"] < 0.8


def test_models_of_scalars_and_of_arrays_are_learners():
    X = np.concatenate([RNG.normal(c, 0.3, (10, 2)) for c in ((0, 2), (2, -1), (-2, -1))])
    y = np.repeat([0, 1, 2], 10)
    random.seed(1)

    def perceptron(X, t):
        neuron = Neuron(2)
        for _ in range(20):
            for x, side in zip(X.tolist(), t.tolist(), strict=True):
                loss = relu(-side * neuron(x))
                neuron.zero_grad()
                loss.backward()
                for p in neuron.parameters():
                    p.data -= 0.5 * (p.grad or 0.0)
        return neuron

    def solved(X, t):
        layer = Linear(2, 1)
        w = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), t, rcond=None)[0]
        layer.weight.data, layer.bias.data = w[None, :2], w[2:]
        return layer

    for train in (perceptron, solved):
        assert (binary.one_versus_one(train, X, y).predict(X) == y).mean() == 1.0
    scored = binary.one_versus_one(lambda X, t: solved(X, t).weight, X, y, score=lambda w, X: Tensor(X) @ w.T)
    assert scored.scores(X).shape == (30, 3)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: f(None, [[0], [1]], [0, 1]), InputTypeError, "train takes a function, not NoneType"),
        (lambda f: f(line, [[0], [1]], [0, 1], score="x"), InputTypeError, "score takes a function, not str 'x'"),
        (lambda f: f(line, [[0], [1]], [0, 0]), InputValueError, "y has the class 0 only"),
        (lambda f: f(line, [[0], [1]], [0]), InputValueError, "X has 2 samples and y has 1"),
        (lambda f: f(line, [[0], [1]], [[0], [1]]), InputValueError, r"one label for each sample, not .* \(2, 1\)"),
        (lambda f: f(line, [[0], [1]], ["a", "b"]), InputTypeError, "y holds text"),
        (lambda f: f(line, [[0], [np.nan]], [0, 1]), InputValueError, "nan"),
        (
            lambda f: f(line, [[0], [1]], [0, 1], score=lambda m, X: "x").predict([[1]]),
            InputTypeError,
            "score returns a number for each input, not str",
        ),
        (
            lambda f: f(line, [[0], [1]], [0, 1], score=lambda m, X: [1.0, 2.0]).predict([[1]]),
            InputValueError,
            r"scores of 1 inputs have shape \(2,\)",
        ),
    ],
)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_what_cannot_be_reduced_is_refused(name, call, error, message):
    with pytest.raises(error, match=message):
        call(REDUCTIONS[name])


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("error_correcting", {"code": [[1], [-1]]}, "the code has 2 rows and y has 3 classes"),
        ("error_correcting", {"code": [[1, 2], [0, 1], [1, 1]]}, "rows of 1, -1 and 0"),
        ("error_correcting", {"code": [1, -1, 1]}, "rows of 1, -1 and 0"),
        ("error_correcting", {"code": [[1, 1], [1, 1], [-1, -1]]}, "two rows of the code are equal"),
        ("error_correcting", {"code": [[1, 1], [-1, 1], [0, 1]]}, "no class on one of the sides"),
        ("tree", {"splits": (0, 1)}, r"the tree \(0, 1\) does not have each of the labels \[0, 1, 2\] once"),
        ("tree", {"splits": ((0, 1), (1, 2))}, "does not have each"),
        ("tree", {"splits": ((0, 1), 3)}, "the tree has 3, which is none of the labels"),
        ("tree", {"splits": (0, 1, 2)}, "a label or a pair of trees, not"),
        ("tree", {"splits": 0}, "does not have each|pair of trees"),
    ],
)
def test_codes_and_trees_that_do_not_fit_are_refused(name, options, message):
    with pytest.raises(InputValueError, match=message):
        REDUCTIONS[name](line, [[0.0], [1.0], [2.0]], [0, 1, 2], **options)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name):
    options = {"X": [[0.0], [1.0], [2.0]], "y": [0, 1, 2], "score": None}
    options |= {"error_correcting": {"code": None, "rng": 1}, "tree": {"splits": None}}.get(name, {})

    def middle(X, t):
        return lambda x: float(np.sum(x))

    for option in options:
        for odd, make in ODD.items():
            if odd != "builtin" or option != "score":
                answer = misbehaviour(REDUCTIONS[name], middle, **{**options, option: make()})
                assert not answer, (option, odd)
