"""Metrics, the history, progress, and the search over settings."""

import io
import sys
import types
from functools import partial

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Value
from nn import (
    MLP,
    EarlyStopping,
    History,
    Module,
    accuracy,
    confusion_matrix,
    cross_validate,
    evaluate,
    fit,
    grid_search,
    losses,
    optim,
    predict,
    r2,
)
from nn.training.progress import Progress
from tests.support.odd import ODD, misbehaviour

RNG = np.random.default_rng(0)
SCORES, CLASSES = RNG.normal(size=(50, 4)), RNG.integers(0, 4, 50)

# --- Metrics ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prediction", "target", "share"),
    [
        ([1.0, -1.0, 2.0, -3.0], [1, 1, 1, -1], 0.75),  # +, -, +, - against +, +, +, -
        ([[0.1, 0.9], [0.8, 0.2]], [1, 1], 0.5),
        ([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [1, 0]], 1.0),
        ([[1.0], [-1.0]], [[1], [0]], 1.0),
        ([0.2, 0.7], [0, 1], 1.0),  # probabilities
        ([0.2, 1.7], [0, 1], 0.5),  # scores
        ([2, 0, 1], [2.0, 0.0, 0.0], 2 / 3),
        ([1, -1], [1, -1], 1.0),
        ([0.5, np.nan], [1, 1], 0.5),
    ],
)
def test_accuracy_is_the_share_of_the_classes_that_are_right(prediction, target, share):
    assert accuracy(prediction, target) == pytest.approx(share)
    assert accuracy(np.array(prediction), np.array(target)) == pytest.approx(share)


def test_a_threshold_separates_two_classes():
    assert accuracy([0.2, 0.7], [1, 1], threshold=0.1) == 1.0
    assert confusion_matrix([0.2, 0.7], [1, -1], threshold=0.5).tolist() == [[0, 1], [1, 0]]


@pytest.mark.smoke
def test_metrics_are_those_of_scikit_learn():
    from sklearn import metrics

    best = SCORES.argmax(axis=1)
    assert accuracy(SCORES, CLASSES) == metrics.accuracy_score(CLASSES, best)
    assert (confusion_matrix(SCORES, CLASSES) == metrics.confusion_matrix(CLASSES, best, labels=range(4))).all()
    assert (confusion_matrix(best, CLASSES, classes=6)[:4, :4] == confusion_matrix(best, CLASSES)).all()
    assert r2(SCORES[:, 0], SCORES[:, 1]) == pytest.approx(metrics.r2_score(SCORES[:, 1], SCORES[:, 0]), rel=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: accuracy([1.0], [1, 0]), "there are 1 predictions and 2 targets"),
        (lambda: accuracy([1.0, 2.0], [0, 2]), "two classes apart, whose targets are 0 and 1, or -1 and 1"),
        (lambda: accuracy(SCORES, np.ones((50, 3))), r"these have shapes \(50, 4\) and \(50, 3\)"),
        (lambda: accuracy(SCORES[None], [1]), r"these have shapes \(1, 50, 4\) and \(1,\)"),
        (lambda: accuracy(SCORES, CLASSES + 1), "there is no class 4 among 4"),
        (lambda: confusion_matrix([0, 3], [0, 1], classes=2), "there are 4 classes, more than the 2"),
        (lambda: r2([1.0, 2.0], [[1.0], [2.0]]), r"shape \(2,\) and targets have shape \(2, 1\)"),
        (lambda: r2([1.0, 2.0], [3.0, 3.0]), "these are all equal"),
    ],
)
def test_metrics_refuse_what_does_not_fit(call, message):
    with pytest.raises(InputValueError, match=message):
        call()


# --- The history ------------------------------------------------------------------------------------------------------


def history(epochs=30):
    made = History()
    for epoch in range(1, epochs + 1):
        made.add(epoch, {"loss": 1 / epoch, "validation_loss": 0.123456789})
    return made


def test_a_history_is_a_mapping_of_columns_and_a_table():
    made = history()
    assert made["loss"][:2] == [1.0, 0.5]
    assert made.to_dict() == dict(made) == {name: made[name] for name in ("epoch", "loss", "validation_loss")}
    assert made.to_dict()["loss"] is not made["loss"]
    assert ("loss" in made, "los" in made, len(made)) == (True, False, 3)
    lines = str(made).splitlines()
    assert lines[0] == "epoch     loss  validation loss"
    assert lines[1] == "    1        1           0.1235"
    assert lines[-1] == "   30  0.03333           0.1235"
    assert len(lines) == 13
    made.kept = 2
    assert "    2      0.5           0.1235  kept" in str(made).splitlines()
    assert repr(made) == "History(30 epochs, loss 0.5, validation_loss 0.1235)"
    made.kept = 99  # an epoch of an earlier training
    assert repr(made) == "History(30 epochs)"
    assert repr(history(1)) == "History(1 epoch, loss 1, validation_loss 0.1235)"
    with pytest.raises(InputValueError, match="the history has no column 'los'; did you mean 'loss'"):
        made["los"]
    with pytest.raises(InputValueError, match="there are epoch, loss, validation_loss"):
        made[0]


def test_a_history_is_drawn_on_axes(monkeypatch):
    from matplotlib.figure import Figure

    made = history()
    axes = made.plot()
    assert [line.get_label() for line in axes.get_lines()] == ["loss", "validation loss"]
    assert axes.get_lines()[0].get_xydata()[1].tolist() == [2.0, 0.5]
    given = Figure().add_subplot()
    assert made.plot("loss", ax=given) is given
    assert (given.get_xlabel(), given.get_ylabel(), given.get_legend()) == ("epoch", "loss", None)
    assert not History().plot().get_lines()
    with pytest.raises(InputValueError, match="no column 'los'"):
        made.plot("los")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        made.plot()


# --- Progress ---------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, epochs=40, last=None):
    monkeypatch.setattr(sys, "stderr", stream)
    progress = Progress(epochs, 0, True)
    for epoch in range(1, (last or epochs) + 1):
        progress.show(epoch, {"loss": 1 / epoch, "validation_loss": 0.5})
    progress.close(last or epochs, {"loss": 0.025, "validation_loss": 0.5})
    return stream.getvalue()


def test_a_pipe_shows_a_line_for_each_tenth(monkeypatch):
    lines = shown(monkeypatch, io.StringIO()).splitlines()
    assert len(lines) == 11
    assert lines[0] == "epoch  1 of 40   loss 1   validation loss 0.5"
    assert lines[-1] == "epoch 40 of 40   loss 0.025   validation loss 0.5"
    assert not [line for line in lines if "\r" in line]


def test_a_terminal_shows_a_bar_and_without_tqdm_lines(monkeypatch):
    bar = shown(monkeypatch, Terminal())
    assert bar.count("\n") == 1
    assert "40/40" in bar.rpartition("\r")[2]
    assert "loss 0.025, validation loss 0.5" in bar.rpartition("\r")[2]
    assert "7/40" in shown(monkeypatch, Terminal(), last=7).rpartition("\r")[2]
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert len(shown(monkeypatch, Terminal()).splitlines()) == 11


def test_a_notebook_shows_its_own_bar_or_one_of_text(monkeypatch):
    from tqdm import tqdm

    made = []
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert "40/40" in shown(monkeypatch, io.StringIO())
    monkeypatch.setitem(sys.modules, "ipywidgets", types.ModuleType("ipywidgets"))
    notebook = types.ModuleType("tqdm.notebook")
    notebook.tqdm = lambda **options: made.append(options) or tqdm(**options)
    monkeypatch.setitem(sys.modules, "tqdm.notebook", notebook)
    assert "40/40" in shown(monkeypatch, io.StringIO())
    assert made == [{"total": 40, "initial": 0, "unit": "epoch", "mininterval": 0}]


def test_progress_is_shown_unless_it_is_not_wanted(capsys):
    pair = ([[1.0]], [1.0])
    fit(MLP(1, [1]), losses.mse, pair, partial(optim.SGD, lr=0.1), epochs=2)
    assert capsys.readouterr().err.count("of 2   loss") == 2
    fit(MLP(1, [1]), losses.mse, pair, partial(optim.SGD, lr=0.1), epochs=2, progress=False)
    assert capsys.readouterr() == ("", "")


# --- Cross-validation and search --------------------------------------------------------------------------------------


class Ridge(Module):
    def __init__(self):
        self.slope, self.shift = Value(0.0), Value(0.0)

    def forward(self, x):
        return self.slope * x[0] + self.shift


POINTS = [[0.0], [1.0], [2.0], [3.0]], [3.0, 3.0, 4.0, 4.0]


def ridge(strength):
    """Leave-one-out of a line whose slope is shrunk, trained to its minimum."""
    return cross_validate(
        Ridge, losses.mse, POINTS, partial(optim.SGD, lr=0.16), k=4, shuffle=False, epochs=300, batch_size=4,
        penalty=lambda model: strength * model.slope * model.slope,
    )  # fmt: skip


@pytest.mark.smoke
def test_cross_validation_chooses_the_strength_that_the_closed_form_chooses():
    search = grid_search(ridge, {"strength": [0.1, 0.2, 0.3]})
    assert [score for _, score in search.results] == pytest.approx([0.118688, 0.109089, 0.109339], abs=1e-5)
    assert (search.best, search.score) == ({"strength": 0.2}, search.results[1][1])
    assert str(search) == "strength   score\n     0.1  0.1187\n     0.2  0.1091  best\n     0.3  0.1093"
    assert repr(search) == "Search(3 settings, best {'strength': 0.2} with 0.1091)"


def test_cross_validation_measures_each_fold_on_what_its_model_has_not_seen():
    found = cross_validate(
        Ridge, losses.mse, (POINTS[0], [-1, -1, 1, 1]), partial(optim.SGD, lr=0.1), k=2, epochs=5, score="accuracy",
        early_stopping=EarlyStopping(3), compile=False,
    )  # fmt: skip
    assert len(found.scores) == len(found.histories) == 2
    assert found.mean == pytest.approx(np.mean(found.scores))
    assert found.deviation == pytest.approx(np.std(found.scores))
    assert repr(found).startswith(f"CrossValidation(accuracy {found.mean:.4g} ± ")


def test_a_search_takes_numbers_and_histories_and_passes_nan_over():
    assert grid_search(lambda a, b: a * b, {"a": [1, 2], "b": (3, 4)}, maximize=True).best == {"a": 2, "b": 4}
    assert grid_search(lambda a: a, {"a": [np.nan, 2.0]}).best == {"a": 2.0}

    def run(rate):
        model = Ridge()
        return fit(model, losses.mse, POINTS, optim.SGD(model.parameters(), lr=rate), epochs=4, validation=POINTS,
                   progress=False)  # fmt: skip

    search = grid_search(run, {"rate": [1e-6, 0.1]})
    assert search.best == {"rate": 0.1}
    assert search.score == run(0.1)["validation_loss"][-1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cross_validate(Ridge(), losses.mse, POINTS, 1), InputTypeError, "a function of the parameters"),
        (lambda: cross_validate(1, losses.mse, POINTS, optim.SGD), InputTypeError, "make takes a function"),
        (
            lambda: cross_validate(Ridge, losses.mse, POINTS, optim.SGD, score=["r2", "accuracy"]),
            InputValueError,
            "one score compares models, not 2",
        ),
        (lambda: grid_search(1, {"a": [1]}), InputTypeError, "run takes a function"),
        (lambda: grid_search(min, [1]), InputTypeError, "grid takes a dict"),
        (lambda: grid_search(min, {"a": 1}), InputTypeError, "the values to try of 'a' in a list, not int 1"),
        (lambda: grid_search(min, {"a": []}), InputValueError, "there is nothing to try"),
        (lambda: grid_search(min, {"a": range(10**5), "b": range(10**5)}), InputValueError, "10,000,000,000"),
        (lambda: grid_search(lambda a: "x", {"a": [1]}), InputTypeError, "the score of a run takes a real number"),
    ],
)  # fmt: skip
def test_a_search_refuses_what_it_cannot_try(call, error, message):
    with pytest.raises(error, match=message):
        call()


# --- Odd arguments ----------------------------------------------------------------------------------------------------

X, Y = [[1.0, 2.0], [3.0, 4.0]], [1, -1]


def small(**change):
    given = {"model": MLP(2, [1]), "loss": losses.mse, "data": (X, Y), "optimizer": partial(optim.SGD, lr=1e-3)}
    return fit(**{**given, "epochs": 1, "progress": False, **change})


HISTORY = history()
CALLS = {
    "accuracy": (accuracy, {"prediction": [1.0, 2.0], "target": [1, 1], "threshold": 0.0}),
    "confusion_matrix": (confusion_matrix, {"prediction": [0, 1], "target": [1, 1], "classes": 2, "threshold": 0.0}),
    "plot": (lambda name, ax: HISTORY.plot(name, ax=ax), {"name": "loss", "ax": None}),
    "a column": (lambda name: (name in HISTORY, HISTORY[name]), {"name": "loss"}),
    "r2": (r2, {"prediction": [1.0, 2.0], "target": [1.0, 3.0]}),
    "evaluate": (evaluate, {"model": MLP(2, [1]), "loss": losses.mse, "data": (X, Y), "metrics": "r2", "batched": False,
                            "compile": True}),
    "predict": (predict, {"model": MLP(2, [1]), "X": X, "batched": False, "compile": True}),
    "EarlyStopping": (EarlyStopping, {"patience": 1, "monitor": "loss", "least": 0.0, "maximize": False,
                                      "restore": True}),
    "cross_validate": (cross_validate, {"make": lambda: MLP(2, [1]), "loss": losses.mse, "data": (X, Y), "k": 2,
                                        "optimizer": partial(optim.SGD, lr=1e-3), "epochs": 1, "score": None,
                                        "shuffle": True, "rng": 0}),
    "grid_search": (grid_search, {"run": lambda a: 1.0, "grid": {"a": [1]}, "maximize": False}),
    "fit": (small, {"model": MLP(2, [1]), "loss": losses.mse, "data": (X, Y), "optimizer": partial(optim.SGD, lr=1e-3),
                    "epochs": 1, "batch_size": 2, "validation": (X, Y), "metrics": "r2", "early_stopping": 2,
                    "schedule": None, "clip_grad_norm": 1.0, "penalty": None,
                    "augment": None, "callbacks": (), "shuffle": True, "rng": 0,
                    "start_epoch": 0, "batched": False, "compile": True, "progress": False}),
}  # fmt: skip
FUNCTIONS = {
    "model",
    "loss",
    "optimizer",
    "metrics",
    "score",
    "schedule",
    "penalty",
    "augment",
    "callbacks",
    "make",
    "run",
}


@pytest.mark.filterwarnings("ignore::autograd.errors.CompileWarning")
@pytest.mark.parametrize(("name", "option"), [(name, option) for name, (_, given) in CALLS.items() for option in given])
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name, option):
    call, options = CALLS[name]
    call(**options)
    # Functions of the user, and classes, fail in their own words; and so many epochs would take too long.
    left_out = {"function", "class", "builtin"} if option in FUNCTIONS else set()
    odd_ones = {odd: make for odd, make in ODD.items() if odd not in left_out}
    answers = {odd: misbehaviour(call, **{**options, option: make()}) for odd, make in odd_ones.items()}
    assert not {odd: answer for odd, answer in answers.items() if answer}
