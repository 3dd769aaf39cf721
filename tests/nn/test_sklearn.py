"""Estimators of scikit-learn: its own checks pass; labels, names and settings are kept; bad settings are refused."""

import random
import sys
import warnings

import numpy as np
import pandas
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import nn
from autograd.errors import InputTypeError, InputValueError
from nn.sklearn import Classifier, Regressor
from tests.support.odd import ODD, unanswered
from tests.support.processes import run_fresh


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.parametrize(
    "estimator", [Classifier((8,), epochs=20, lr=0.05), Regressor((8,), epochs=30, lr=0.1)], ids=repr
)
def test_the_checks_of_scikit_learn_pass(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a check warns of, it asserts
        results = check_estimator(estimator, on_skip=None)
    assert sum(result["status"] == "passed" for result in results) > 45
    assert {result["check_name"] for result in results if result["status"] != "passed"} <= {"check_array_api_input"}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True, as_frame=True)
    return X, y.map(dict(enumerate(["setosa", "versicolor", "virginica"])))


def test_a_data_frame_keeps_its_names_and_text_its_labels(iris):
    X, y = iris
    model = Classifier((8,), lr=0.05, epochs=30, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    assert list(model.feature_names_in_) == list(X.columns)
    assert list(model.classes_) == ["setosa", "versicolor", "virginica"]
    assert model.predict(X[:2]).tolist() == ["setosa", "setosa"]
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(model.decision_function(X).argmax(axis=1), probabilities.argmax(axis=1))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X[X.columns[::-1]])


def test_a_pipeline_is_searched(iris):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), Classifier((), lr=0.1, epochs=4, random_state=0))
    search = GridSearchCV(pipeline, {"classifier__lr": [0.0, 0.1]}, cv=2).fit(X, y)
    assert search.best_params_ == {"classifier__lr": 0.1}
    assert list(search.best_estimator_.feature_names_in_) == list(X.columns)


def test_targets_keep_their_shape():
    X = np.linspace(-1, 1, 40)[:, None]
    for y in (X[:, 0] ** 2, X**2, np.hstack([X**2, -X])):
        model = Regressor(lr=0.05, epochs=40, random_state=0).fit(X, pandas.DataFrame(y).squeeze(axis=1))
        assert model.predict(X).shape == (y if y.ndim == 1 or y.shape[1] > 1 else y[:, 0]).shape
        assert model.score(X, y) > 0.8


def test_a_seed_gives_the_same_model_and_leaves_the_generator_of_python_alone():
    X, y = nn.data.moons(40, rng=0)
    settings = {"epochs": 3, "early_stopping": 2, "validation_fraction": 0.25, "alpha": 0.01, "random_state": 5}
    random.seed(3)
    state = random.getstate()
    first = Classifier((4,), **settings).fit(X, y)
    second = clone(first).fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert random.getstate() == state
    assert second.n_iter_ == 3
    assert second.history_["validation_loss"]
    other = clone(first).set_params(random_state=6).fit(X, y)
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))


def test_models_losses_and_optimizers_of_ones_own_are_used():
    X = np.linspace(-1, 1, 24)[:, None]
    model = Regressor(model=lambda inputs, outputs: nn.MLP(inputs, [outputs]), loss=nn.losses.huber,
                      optimizer=nn.optim.SGD, lr=0.3, epochs=80, random_state=0).fit(X, 2 * X[:, 0] + 1)  # fmt: skip
    assert isinstance(model.model_, nn.MLP)
    np.testing.assert_allclose(model.predict([[0.0], [1.0]]), [1.0, 3.0], atol=0.01)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"widths": 8}, InputTypeError, r"^widths takes a list of whole numbers, not int 8; write \(32,\)$"),
        ({"widths": (0,)}, InputValueError, "^a width is a whole number from 1"),
        ({"model": 3}, InputTypeError, "^model takes a function, not int 3"),
        ({"model": lambda inputs, outputs: "net"}, InputTypeError, "^model makes a module, such as nn.MLP"),
        ({"model": lambda inputs, outputs: nn.Linear(inputs, 5)}, InputValueError, "^the model gives 5 numbers for"),
        ({"loss": "mse"}, InputTypeError, "^loss takes a function, not str 'mse'"),
        ({"optimizer": "adam"}, InputTypeError, "^optimizer takes a function"),
        ({"alpha": "much"}, InputTypeError, "^alpha "),
        ({"epochs": 0}, InputValueError, "^epochs is a whole number from 1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_when_it_is_used(settings, error, message):
    estimator = Classifier(**settings)
    with pytest.raises(error, match=message):
        estimator.fit([[0.0], [1.0]], [0, 1])


def test_one_class_is_nothing_to_tell_apart():
    with pytest.raises(InputValueError, match=r"^the samples belong to one class"):
        Classifier().fit([[0.0], [1.0]], ["a", "a"])


def test_scikit_learn_is_loaded_where_it_is_used():
    assert run_fresh("import sys, nn; print('sklearn' in sys.modules, nn.sklearn.Classifier.__name__)").split() == [
        "False",
        "Classifier",
    ]


def test_without_scikit_learn_a_message_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "nn.sklearn")
    monkeypatch.delattr(nn, "sklearn")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(ImportError, match=r"^nn\.sklearn needs scikit-learn 1\.6 or newer: pip install scikit-learn$"):
        nn.sklearn


SETTINGS = {
    "widths": (2,), "activation": "relu", "model": None, "loss": None, "optimizer": None, "lr": 0.1, "alpha": 0.1,
    "epochs": 1, "batch_size": 4, "early_stopping": 1, "validation_fraction": 0.25, "random_state": 0,
    "progress": False,
}  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_an_odd_setting_is_taken_or_refused_with_a_sentence(setting):
    X, y = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]] * 2), [0, 1, 0, 1] * 2
    own_words = ("class", "builtin") if setting in ("model", "loss", "optimizer", "lr") else ()
    odd_ones = {odd: make for odd, make in ODD.items() if odd not in own_words}
    kinds = [Classifier, Regressor] if setting == "loss" else [Classifier]  # all else is the same code
    for kind in kinds:
        assert unanswered(lambda odd, kind=kind: kind(**{**SETTINGS, setting: odd}).fit(X, y).n_iter_, odd_ones) == {}
