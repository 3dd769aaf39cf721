"""Ensembles: averages, votes, and models that are trained on samples drawn with replacement."""

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value
from nn import MLP, Linear, Neuron, binary, ensembles, init
from tests.support.odd import ODD, misbehaviour


def constant(c):
    return lambda x: c


def numbers(y):
    """The numbers of an output, in a list."""
    if isinstance(y, Tensor):
        return y.data.tolist()
    return [float(getattr(each, "data", each)) for each in (y if isinstance(y, list) else [y])]


@pytest.mark.parametrize(
    ("outputs", "mean", "weighted"),
    [
        ([1.0, 2.0, 6.0], 3.0, 2.0),
        ([Value(1.0), 2.0, Value(6.0)], 3.0, 2.0),
        ([[1.0, 0.0], [Value(2.0), 4.0], [6.0, 2.0]], [3.0, 2.0], [2.0, 2.2]),
        ([np.array([1.0, 0.0]), Tensor([2.0, 4.0]), np.array([6.0, 2.0])], [3.0, 2.0], [2.0, 2.2]),
    ],
)
def test_an_average_is_the_mean_of_whatever_the_models_give(outputs, mean, weighted):
    models = [constant(y) for y in outputs]
    assert numbers(ensembles.Average(models)(0)) == pytest.approx(np.ravel(mean))
    assert numbers(ensembles.Average(models, weights=[4, 5, 1])(0)) == pytest.approx(np.ravel(weighted))


def test_the_gradient_of_an_average_is_shared_and_reaches_models_of_both_kinds():
    scalars = ensembles.Average([Neuron(2, init=init.constant(c)) for c in (1.0, 2.0)], weights=[3, 1])
    scalars([1.0, 4.0]).backward()
    assert [p.grad for p in scalars.parameters()] == [0.75, 3.0, 0.75, 0.25, 1.0, 0.25]
    assert repr(scalars) == "Average(2 models, 6 parameters)"
    arrays = ensembles.Average([Linear(2, 1), Linear(2, 1)])
    arrays(np.array([[1.0, 4.0], [1.0, 0.0]])).sum().backward()
    assert [p.grad.tolist() for p in arrays.parameters()] == [[[1.0, 2.0]], [1.0]] * 2


def test_most_votes_win_and_of_equals_the_smallest_label():
    votes = np.array([[0, 2, 2, 1], [1, 1, 0, 0], [2, 1, 0, 2]])  # of four models, for three samples

    class Labels:
        def __init__(self, k):
            self.k = k

        def predict(self, X):
            return votes[X[:, 0].astype(int), self.k] + 10

    found = ensembles.Vote([Labels(k) for k in range(4)])
    X = np.arange(3.0)[:, None]
    assert found.predict(X).tolist() == [12, 10, 12]
    labels, counts = found.votes(X)
    assert (labels.tolist(), counts.tolist()) == ([10, 11, 12], [[1, 1, 2], [2, 2, 0], [1, 1, 2]])
    assert repr(found) == "Vote(4 models)"


def test_a_model_votes_for_its_largest_output_or_by_the_sign_of_a_single_one():
    X = np.array([[1.0], [-1.0], [0.5]])
    largest = ensembles.Vote([MLP(1, [3]), Linear(1, 3)])
    for model in largest.models:
        if isinstance(model, Linear):
            model.weight.data, model.bias.data = np.array([[2.0], [-1.0], [0.0]]), np.array([0.0, 0.0, 0.75])
        else:
            for neuron, w, b in zip(model.layers[0].neurons, (2.0, -1.0, 0.0), (0.0, 0.0, 0.75), strict=True):
                neuron.weights[0].data, neuron.bias.data = w, b
    assert largest.predict(X).tolist() == [0, 1, 0]
    assert largest.votes(X)[1].tolist() == [[2, 0], [0, 2], [2, 0]]
    single = ensembles.Vote([Neuron(1, init=init.constant(1.0)), lambda x: x[0] - 0.75, Linear(1, 1, init="zeros")])
    assert single.predict(X).tolist() == [1, 0, 0]
    reduction = binary.one_versus_all(lambda X, t: lambda x: float(t @ X[:, 0] * x[0]), X, [4, 5, 4])
    assert ensembles.Vote([reduction]).predict(X).tolist() == [4, 5, 4]


def test_bagging_draws_samples_with_replacement_and_by_its_seed():
    X, y = np.arange(500.0)[:, None], np.arange(500.0)
    seen = ensembles.bagging(lambda X, y: (X, y), X, y, models=20, rng=3)
    assert len(seen) == 20
    for inputs, targets in seen:
        assert inputs.ravel().tolist() == targets.tolist()
    shares = [len(np.unique(targets)) / 500 for _, targets in seen]
    assert np.mean(shares) == pytest.approx(1 - 1 / np.e, abs=0.01)
    again, other = (ensembles.bagging(lambda X, y: y.tolist(), X, y, models=20, rng=seed) for seed in (3, 4))
    assert again == [targets.tolist() for _, targets in seen]
    assert other != again
    assert {len(drawn) for drawn in ensembles.bagging(lambda X, y: y, X, y, 3, size=7, rng=1)} == {7}


def test_the_average_of_bagged_models_errs_less_than_they_do():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(-1, 1, 40))
    y, exact = x + rng.normal(0, 0.4, 40), x

    def nearest(X, t):  # the target of the nearest sample: a learner of much variance
        return lambda x: float(t[np.abs(X[:, 0] - float(x[0])).argmin()])

    models = ensembles.bagging(nearest, x[:, None], y, models=25, rng=1)
    error = lambda model: np.mean([(model([p]) - q) ** 2 for p, q in zip(x, exact, strict=True)])
    assert error(ensembles.Average(models)) < 0.75 * np.mean([error(model) for model in models])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ensembles.Average([]), InputValueError, "at least one model"),
        (lambda: ensembles.Average(constant(1.0)), InputTypeError, "takes a list of models, not"),
        (lambda: ensembles.Vote([1.0]), InputTypeError, "models, which can be called, not float 1.0"),
        (lambda: ensembles.Average([constant(1.0)], weights=[1, 2]), InputValueError, "a weight for each of 1 models"),
        (lambda: ensembles.Average([constant(1.0)], weights=[0]), InputValueError, "not all 0"),
        (lambda: ensembles.Average([constant(1.0), constant([1.0])])(0), InputValueError, r"\[0, 1\] outputs"),
        (
            lambda: ensembles.Average([constant(Tensor([1.0])), constant(Tensor([1.0, 2.0]))])(0),
            InputValueError,
            r"shapes \[\(1,\), \(2,\)\]",
        ),
        (lambda: ensembles.bagging(None, [[1]], [1]), InputTypeError, "train takes a function, not NoneType"),
        (lambda: ensembles.bagging(constant, [[1]], [1], models=0), InputValueError, "models is a whole number from 1"),
        (lambda: ensembles.bagging(constant, [[1]], [1], models=10**6), InputValueError, "models is at most 10,000"),
        (
            lambda: ensembles.Vote([type("M", (), {"predict": lambda self, X: X})()]).predict([[1.0, 2.0]]),
            InputValueError,
            r"labels of shape \(1, 2\) for 1 inputs",
        ),
    ],
)
def test_what_is_no_ensemble_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_odd_arguments_are_taken_or_refused_with_a_sentence():
    calls = {
        "Average": (lambda **o: ensembles.Average(**o)(0), {"models": [constant(1.0)], "weights": [1.0]}),
        "Vote": (lambda X: ensembles.Vote([constant(1.0)]).predict(X), {"X": [[1.0]]}),
        "bagging": (
            lambda **o: ensembles.bagging(lambda X, y: 0, **o),
            {"X": [[1.0]], "y": [1.0], "models": 2, "size": 3, "rng": 1},
        ),
    }
    for name, (call, options) in calls.items():
        for option in options:
            for odd, make in ODD.items():
                answer = misbehaviour(call, **{**options, option: make()})
                assert not answer, (name, option, odd)
