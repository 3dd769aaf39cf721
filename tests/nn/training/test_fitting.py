"""`fit`: it takes the steps of the plain loop, in whatever way it computes losses, and leaves the model whole."""

import gc
import math
import random
import warnings
from functools import partial
from weakref import ref

import numpy as np
import pytest

import nn
from autograd import AnomalyError, InputTypeError, InputValueError, TapeError, Tensor, Value, dot, where
from autograd.errors import CompileWarning
from nn import MLP, EarlyStopping, History, Module, data, evaluate, fit, losses, optim, predict
from tests.support.processes import needs_timer, run_fresh

X, LABELS = data.moons(30, rng=1)
SIDES = 2 * LABELS - 1
X3, Y3 = data.spirals(30)


def network(seed=0, widths=(2, 4, 1)):
    random.seed(seed)
    return MLP(widths[0], list(widths[1:]), activation="tanh")


def mixed():
    """A layer on single numbers, and one on arrays."""
    random.seed(0)
    return nn.Sequential(nn.Layer(2, 3, "tanh"), nn.Linear(3, 3))


class Linear(Module):
    """A linear model of arrays."""

    def __init__(self, inputs=2):
        self.weights, self.bias = Tensor(np.linspace(-0.3, 0.4, inputs)), Value(0.1)

    def forward(self, x):
        return x @ self.weights + self.bias


class Line(Module):
    """A line through 0, of values."""

    def __init__(self, slope=0.5):
        self.slope = Value(slope)

    def forward(self, x):
        return self.slope * x[0]


class Branching(Line):
    def forward(self, x):
        return self.slope * x[0] if x[0] > 0.5 else self.slope * x[1]


class Reading(Line):
    def forward(self, x):
        return self.slope * x[0] + self.slope.data


class Scaled(Line):
    """A model that is another one in training."""

    def forward(self, x):
        return self.slope * x[0] * (2.0 if self.training else 1.0)


def rate(parameters):
    return optim.SGD(parameters, lr=0.1)


def train(model, loss, pair, **options):
    return fit(model, loss, pair, rate, **{"epochs": 3, "batch_size": 8, "rng": 5, "progress": False, **options})


def numbers(model):
    return np.concatenate([np.ravel(parameter.data) for parameter in model.parameters()])


# --- The loop ---------------------------------------------------------------------------------------------------------


def by_hand(model, loss, inputs, targets, batched, epochs=3, size=8):
    """The plain loop, in the order that a seed gives."""
    optimizer, means = rate(model.parameters()), []
    for epoch in range(epochs):
        order = np.random.default_rng((5, epoch)).permutation(len(inputs))
        total = 0.0
        for begin in range(0, len(order), size):
            rows = order[begin : begin + size]
            given = inputs[rows] if batched else [model(x) for x in inputs[rows].tolist()]
            optimizer.zero_grad()
            found = loss(model(given) if batched else given, targets[rows] if batched else targets[rows].tolist())
            found.backward()
            optimizer.step()
            total += found.item() * len(rows)
        means.append(total / len(order))
    return means


def weighted(prediction, target):
    """A loss of a batch that is not the mean of those of its samples: divided by the sum of their weights."""
    if isinstance(target, (int, float)):
        return losses.cross_entropy(prediction, target)
    heavy = 1.0 + np.asarray(target)
    rows = [prediction[k] for k in range(len(heavy))]
    return sum(w * losses.cross_entropy(row, t) for w, row, t in zip(heavy, rows, target, strict=True)) / heavy.sum()


CASES = [
    (network, losses.hinge, (X, SIDES), "compiled", {}),
    (network, losses.hinge, (X, SIDES), "sample by sample", {"compile": False}),
    (lambda: network(0, (2, 4, 3)), losses.cross_entropy, (X3, Y3), "compiled", {}),
    (lambda: network(0, (2, 4, 3)), partial(losses.cross_entropy, label_smoothing=0.1), (X3, Y3), "compiled", {}),
    (lambda: network(0, (2, 4, 3)), losses.cross_entropy, (X3, data.one_hot(Y3)), "compiled", {}),
    (lambda: network(0, (2, 4, 2)), losses.mse, (X, X), "compiled", {}),
    (lambda: network(0, (2, 4, 3)), weighted, (X3, Y3), "compiled", {}),
    (lambda: network(0, (2, 4, 3)), weighted, (X3, Y3), "sample by sample", {"compile": False}),
    (Linear, losses.mse, (X, SIDES), "in batches", {}),
    (mixed, losses.cross_entropy, (X3, Y3), "compiled", {}),
    (mixed, losses.cross_entropy, (X3, Y3), "sample by sample", {"compile": False}),
]


@pytest.mark.smoke
@pytest.mark.parametrize(("make", "loss", "pair", "way", "options"), CASES)
@pytest.mark.untraced
def test_the_steps_are_those_of_the_plain_loop(make, loss, pair, way, options):
    model, other = make(), make()
    history = train(model, loss, pair, **options)
    assert history.way == way
    expected = by_hand(other, loss, *pair, batched=way == "in batches")
    assert history["loss"] == pytest.approx(expected, rel=1e-12)
    assert numbers(model) == pytest.approx(numbers(other), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("make", [network, Linear])
def test_lists_tensors_and_arrays_train_alike(make):
    found = set()
    for given in ((X, SIDES), (X.tolist(), SIDES.tolist()), (Tensor(X), Tensor(SIDES.astype(float)))):
        model = make()
        train(model, losses.mse, given)
        found.add(tuple(numbers(model).tolist()))
    assert len(found) == 1


@pytest.mark.parametrize("options", [{}, {"compile": False}])
def test_a_loss_of_single_samples_is_averaged(options):
    model = Line()
    history = train(model, lambda p, t: (p - t) * (p - t) + 0 * where(p > t, p, 0.0), (X, SIDES), epochs=1, **options)
    assert history["loss"] == pytest.approx(by_hand(Line(), losses.mse, X, SIDES, False, 1), rel=1e-12)


def test_the_whole_batch_is_not_shuffled_and_each_epoch_of_smaller_ones_is():
    seen = []
    train(Linear(), lambda p, t: seen.append(t.tolist()) or losses.mse(p, t), (X, SIDES), batch_size=30, epochs=2)
    assert seen == [SIDES.tolist()] * 2
    del seen[:]
    train(Linear(), lambda p, t: seen.extend(t.tolist()) or losses.mse(p, t), (X[:, :1] * [1, 1], X[:, 0]), epochs=2)
    first, second = seen[:30], seen[30:]
    assert sorted(first) == sorted(second) == sorted(X[:, 0])
    assert first != second
    del seen[:]
    train(Linear(), lambda p, t: seen.extend(t.tolist()) or losses.mse(p, t), (X, X[:, 0]), epochs=1, shuffle=False)
    assert seen == X[:, 0].tolist()


class Generators:
    """The kinds of ``rng``, each made anew; and its state after the first run."""

    seed = staticmethod(lambda: 5)
    numpy = staticmethod(lambda: np.random.default_rng(5))
    python = staticmethod(lambda: random.Random(5))


@pytest.mark.parametrize("kind", ["seed", "numpy", "python"])
def test_a_run_that_is_stopped_and_resumed_is_the_uninterrupted_one(kind):
    whole, parts = network(), network()
    validation = (X[:5], SIDES[:5])
    history = fit(whole, losses.hinge, (X, SIDES), rate, epochs=6, batch_size=8, validation=validation,
                  rng=getattr(Generators, kind)(), progress=False)  # fmt: skip
    optimizer, rng = rate(parts.parameters()), getattr(Generators, kind)()
    pieces = [
        fit(parts, losses.hinge, (X, SIDES), optimizer, epochs=end, start_epoch=begin, batch_size=8, rng=rng,
            validation=validation, progress=False)
        for begin, end in ((0, 2), (2, 6))
    ]  # fmt: skip
    assert numbers(whole).tolist() == numbers(parts).tolist()
    for name in ("epoch", "loss", "validation_loss"):
        assert history[name] == pieces[0][name] + pieces[1][name]


def test_the_rate_follows_a_schedule_and_stands_in_the_history():
    model = Line()
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    history = fit(model, losses.mse, (X, SIDES), optimizer, epochs=3, batch_size=15,
                  schedule=lambda step: 0.1 / (step + 1), progress=False)  # fmt: skip
    assert history["rate"] == [0.1, 0.1 / 3, 0.1 / 5]
    assert optimizer.steps == 6


@pytest.mark.parametrize("validation", [None, (X, SIDES)])
def test_a_rate_that_falls_on_a_plateau_is_told_the_loss(validation):
    rates = [optim.reduce_on_plateau(1e-9, factor=0.5, patience=1, mode=mode) for mode in ("min", "max")]
    model = Line()
    for falling, expected in zip(rates, [[1e-9, 1e-9, 1e-9, 5e-10, 5e-10], [1e-9] * 5], strict=True):
        falling.eps = 0.0
        history = train(model, losses.mse, (X, SIDES), epochs=5, schedule=falling, validation=validation)
        assert history["rate"] == expected


def test_the_norm_of_the_gradients_is_limited():
    model = Line(0.0)
    fit(model, losses.mse, ([[1.0]], [100.0]), lambda p: optim.SGD(p, lr=1.0), epochs=3, clip_grad_norm=0.5,
        progress=False)  # fmt: skip
    assert model.slope.data == pytest.approx(1.5, rel=1e-6)


@pytest.mark.parametrize("make", [network, Linear, mixed])
def test_regularisers_are_penalties(make):
    model, loss = make(), losses.cross_entropy if make is mixed else losses.mse
    penalty = partial(nn.regularisers.l2, strength=3.0)
    before = evaluate(model, loss, (X3, Y3))["loss"] + penalty(model).item()
    history = train(model, loss, (X3, Y3), penalty=penalty, batch_size=30, epochs=1)
    assert history["loss"] == pytest.approx([before], rel=1e-12)
    assert history.way == ("in batches" if make is Linear else "compiled")


@pytest.mark.parametrize(("make", "loss"), [(network, losses.hinge), (Linear, losses.mse)])
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.untraced
def test_a_penalty_is_in_the_loss_of_training_but_not_in_that_of_validation(make, loss, compiled):
    def penalty(model):
        if make is Linear:
            return 10.0 * (model.weights * model.weights).sum()
        return 10.0 * dot(model.parameters(), model.parameters())

    model = make()
    before = evaluate(model, loss, (X, SIDES))["loss"]
    first = float(penalty(model).data)
    history = fit(model, loss, (X, SIDES), lambda given: optim.SGD(given, lr=0.01), epochs=20, batch_size=30,
                  validation=(X, SIDES), penalty=penalty, compile=compiled, progress=False)  # fmt: skip
    assert history["loss"][0] == pytest.approx(before + first, rel=1e-12)
    assert history["validation_loss"][-1] == pytest.approx(evaluate(model, loss, (X, SIDES))["loss"], rel=1e-12)
    assert float(penalty(model).data) < 0.02 * first


def test_augmented_inputs_are_what_the_model_sees():
    model = Line(0.0)
    fit(model, losses.mse, (X, 3.0 * X[:, 0]), lambda p: optim.SGD(p, lr=0.05), epochs=100, augment=lambda x: 2 * x,
        progress=False)  # fmt: skip
    assert model.slope.data == pytest.approx(1.5, rel=1e-6)


def test_callbacks_see_the_run_and_may_stop_it():
    seen = []

    class Watcher:
        def before_step(self, run):
            seen.append(("before", run.step, run.model.slope.grad is None))

        def after_step(self, run):
            seen.append(("after", run.step, run.epoch))

    def stop(run):
        seen.append((run.epoch, run.history["loss"][-1] == run.numbers["loss"]))
        assert repr(run) == f"Run({run.epoch} epochs, {run.step} steps, loss {run.numbers['loss']:.4g})"
        if run.epoch == 2:
            run.stopped = "enough"

    history = train(Line(), losses.mse, (X, SIDES), batch_size=15, epochs=9, callbacks=[Watcher(), stop])
    assert history.stopped == "enough"
    assert seen[:5] == [("before", 0, False), ("after", 1, 0), ("before", 1, False), ("after", 2, 0), (1, True)]
    assert len(seen) == 10
    assert train(Line(), losses.mse, (X, SIDES), callbacks=stop)["epoch"] == [1, 2]


@pytest.mark.parametrize("compiled", [True, False])
def test_no_record_of_a_loss_is_alive_while_the_optimizer_steps(compiled):
    losses_, gone = [], []

    class Watcher:
        def before_step(self, run):
            losses_.append(ref(run.loss))

    class Step(optim.SGD):
        def step(self):
            gone.append(losses_[-1]() is None)
            super().step()

    fit(Line(), losses.mse, (X, SIDES), lambda p: Step(p, lr=0.1), epochs=3, callbacks=Watcher(), compile=compiled,
        progress=False)  # fmt: skip
    assert gone == [True] * 3


def test_a_callback_that_leaves_another_mode_changes_no_epoch():
    options = {"epochs": 3, "callbacks": lambda run: run.model.eval(), "progress": False}
    history = fit(Scaled(1.0), losses.mse, ([[1.0, 0.0]], [0.0]), lambda p: optim.SGD(p, lr=1e-9), **options)
    assert history["loss"] == pytest.approx([4.0] * 3)


# --- Validation, metrics and early stopping ---------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "loss", "pair", "way", "options"), CASES)
def test_validation_and_metrics_are_those_of_the_model_after_the_epoch(make, loss, pair, way, options):
    model = make()
    inputs, targets = pair
    unseen = inputs[::2], targets[::2]
    spread = {"spread": lambda p, t: np.abs(p).sum()}
    history = train(model, loss, pair, validation=unseen, metrics=spread, **options)
    assert list(history) == ["epoch", "loss", "spread", "validation_loss", "validation_spread"]
    given = unseen[0] if way == "in batches" else unseen[0].tolist()
    found = model(given) if way == "in batches" else [model(row) for row in given]
    expected = loss(found, unseen[1] if way == "in batches" else unseen[1].tolist()).item()
    assert history["validation_loss"][-1] == pytest.approx(expected, rel=1e-12)
    assert evaluate(model, loss, unseen, **options)["loss"] == pytest.approx(expected, rel=1e-12)
    predicted = predict(model, unseen[0], **options)
    assert history["validation_spread"][-1] == pytest.approx(np.abs(predicted).sum())
    assert predicted[0] == pytest.approx(
        np.array(model(given)[0].data if way == "in batches" else numbers_of(found[0]))
    )


def numbers_of(found):
    return [each.data for each in found] if isinstance(found, list) else found.data


def test_metrics_by_name_or_function_have_columns_of_their_names():
    def nearness(prediction, target):
        return -float(np.abs(prediction - target).max())

    options = {"validation": (X, SIDES), "epochs": 1}
    history = train(Line(), losses.mse, (X, SIDES), metrics=["Accuracy", "r2", nearness], **options)
    assert list(history)[2:5] == ["accuracy", "r2", "nearness"]
    assert list(train(Line(), losses.mse, (X, SIDES), metrics="r2", **options)) == [
        *("epoch", "loss", "r2", "validation_loss", "validation_r2")
    ]
    matrix = evaluate(Line(), losses.mse, (X, SIDES), metrics=("confusion_matrix",))["confusion_matrix"]
    assert matrix.sum() == 30


def test_training_runs_in_training_mode_and_measures_in_evaluation_mode():
    model = Scaled(1.0).eval()
    pair = ([[1.0, 0.0]], [0.0])
    history = fit(model, losses.mse, pair, lambda p: optim.SGD(p, lr=1e-9), epochs=1, validation=pair, progress=False)
    assert history["loss"] == pytest.approx([4.0])
    assert history["validation_loss"] == pytest.approx([1.0])
    assert not model.training
    model.train()
    assert predict(model, [[1.0, 0.0]]) == pytest.approx([1.0])
    assert model.training


LOSSES = [5.0, 3.0, 4.0, 2.0, 2.5, 2.0, 3.0, 1.0]


def stopped(stopping, given):
    for epoch, loss in enumerate(given, start=1):
        if stopping.observe(epoch, loss, lambda: {"epoch": epoch}):  # noqa: B023 - called at once
            return epoch
    return None


@pytest.mark.parametrize(
    ("options", "given", "epoch", "best"),
    [
        ({"patience": 0}, LOSSES, 3, 2),  # the first loss that has not decreased ends it
        ({"patience": 1}, LOSSES, 6, 4),
        ({"patience": 2}, LOSSES, 7, 4),
        ({"patience": 3}, LOSSES, None, 8),
        ({"patience": 1, "least": 1.5}, LOSSES, 4, 2),
        ({"patience": 1, "maximize": True}, LOSSES, 3, 1),
        ({"patience": 1}, [math.nan, 2.0, math.nan, 1.0], None, 4),
        ({"patience": 1}, [math.nan, math.nan], 2, 0),
    ],
)
def test_early_stopping_waits_for_an_improvement(options, given, epoch, best):
    stopping = EarlyStopping(**options)
    assert (stopped(stopping, given), stopping.epoch) == (epoch, best)
    assert stopping.state == ({"epoch": best} if best else None)
    other = EarlyStopping(**options)
    other.load_state_dict(stopping.state_dict())
    assert repr(other) == repr(stopping)
    assert other.state == stopping.state


@pytest.mark.parametrize("way", ["module", "function"])
def test_the_best_parameters_are_restored(way):
    model, kept = Line(0.0), {}
    validation = ([[1.0, 0.0]], [0.25])
    function = model if way == "module" else lambda x: model(x)
    history = fit(function, losses.mse, ([[1.0, 0.0]], [1.0]), optim.SGD([model.slope], lr=0.05), epochs=50,
                  validation=validation, early_stopping=1, progress=False,
                  callbacks=lambda run: kept.update({run.epoch: model.slope.data}))  # fmt: skip
    best = int(np.argmin(history["validation_loss"])) + 1
    assert history["epoch"][-1] == best + 2
    assert history.kept == best
    assert model.slope.data == kept[best] != kept[best + 2]
    assert history.stopped == (
        f"stopped after epoch {best + 2}: no better validation loss than {history['validation_loss'][best - 1]:.4g} in "
        f"epoch {best}"
    )
    assert "kept" in str(history)


def test_early_stopping_watches_any_column_and_goes_on_where_a_run_was_resumed():
    stopping = EarlyStopping(patience=2, monitor="accuracy", maximize=True, restore=False)
    model = Line(1.0)
    optimizer = optim.SGD(model.parameters(), lr=1e-9)
    for begin, end in ((0, 2), (2, 9)):
        history = fit(model, losses.mse, (X, SIDES), optimizer, epochs=end, start_epoch=begin, metrics="accuracy",
                      early_stopping=stopping, progress=False)  # fmt: skip
    assert (stopping.epoch, history["epoch"]) == (1, [3, 4])
    again = fit(model, losses.mse, (X, SIDES), optimizer, epochs=1, early_stopping=stopping, metrics="accuracy",
                progress=False)  # fmt: skip
    assert (stopping.waited, again.stopped) == (0, "")


# --- Compilation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (Branching, r"cannot be compiled: the samples of .* different branches at .* of 8\. With compile=False"),
        (Reading, r"since it cannot be compiled: sample_loss reads \.data at .*test_fitting"),
    ],
)
def test_what_cannot_be_compiled_runs_sample_by_sample_and_says_why_once(model, why):
    found, other = model(), model()
    with pytest.warns(CompileWarning, match=why) as warned:
        history = train(
            found, losses.mse, (X, SIDES), validation=(X, SIDES), metrics="r2", penalty=lambda m: 0 * m.slope
        )
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert history.way == "sample by sample"
    assert history["loss"] == pytest.approx(by_hand(other, losses.mse, X, SIDES, False), rel=1e-12)
    assert numbers(found) == pytest.approx(numbers(other), rel=1e-12)
    with pytest.warns(CompileWarning, match=r"prediction reads \.data|different branches at"):
        predict(model(), X)


@pytest.mark.parametrize("options", [{}, {"penalty": lambda _: 0.5}, {"validation": (X, SIDES), "metrics": "r2"}],
                         ids=["plain", "penalty", "validation"])  # fmt: skip
def test_a_model_is_recorded_in_the_first_epoch_and_never_again(options):
    model, calls, after = network(), [], []

    def counted(x):
        calls.append(x)
        return model(x)

    optimizer, count = rate(model.parameters()), lambda run: after.append(len(calls))
    fit(counted, losses.hinge, (X, SIDES), optimizer, epochs=4, callbacks=count, progress=False, **options)
    assert after[0] == after[-1] > 0


def test_a_branch_that_parts_a_later_batch_is_followed_from_there_on():
    model, other = Branching(), Branching()
    inputs = np.array([[1.0, 5.0], [2.0, 6.0], [0.0, 7.0], [3.0, 8.0]])
    with pytest.warns(CompileWarning, match="different branches at"):
        history = fit(model, losses.mse, (inputs, [1.0] * 4), rate, epochs=1, batch_size=2, shuffle=False,
                      progress=False)  # fmt: skip
    optimizer, means = rate(other.parameters()), []
    for rows in (inputs[:2], inputs[2:]):
        optimizer.zero_grad()
        loss = losses.mse([other(row) for row in rows.tolist()], [1.0, 1.0])
        loss.backward()
        optimizer.step()
        means.append(loss.item())
    assert history["loss"] == pytest.approx([np.mean(means)], rel=1e-12)


def test_integers_stay_integers_where_a_model_or_a_loss_of_ones_own_goes_by_them():
    table = Module()
    table.rows = [Value(float(k)) for k in range(3)]

    def chosen(x):
        return table.rows[int(x) if isinstance(x, int) else x]

    history = fit(chosen, losses.mse, ([0, 1, 2, 2], [1.0, 1.0, 1.0, 1.0]), optim.SGD(table.rows, lr=0.5), epochs=30,
                  progress=False)  # fmt: skip
    assert history.way == "compiled"
    assert predict(chosen, [2, 0]) == pytest.approx([1.0, 1.0], abs=1e-2)

    def pick(scores, label):
        return -scores[label]

    model = network(0, (2, 3))
    assert train(model, pick, (X3, Y3), epochs=1).way == "compiled"


# --- What goes wrong --------------------------------------------------------------------------------------------------


class Logarithm(Line):
    def forward(self, x):
        return (self.slope * x[0]).log()


class Root(Module):
    def __init__(self):
        self.weights = Tensor([0.0, 0.0])

    def forward(self, x):
        return (x @ self.weights).sqrt()


@pytest.mark.parametrize(
    ("model", "loss", "message"),
    [
        (
            Logarithm(-1.0),
            losses.mse,
            r"in step 2 of epoch 1 the loss is nan: log gives nan: .* in logarithm, recorded at",
        ),
        (Line(1e200), losses.mse, "in step 1 of epoch 1 the loss is inf: mul gives inf"),
        (Root(), lambda p, t: (p - t).sum(), r"in step 1 of epoch 1 a gradient is not finite: .* in sqrt\("),
        (Line(math.nan), losses.mse, "in step 1 of epoch 1 the loss is nan, since some parameters are infinite or nan"),
    ],
)
def test_a_loss_that_is_not_finite_stops_and_names_the_operation(model, loss, message):
    inputs = np.array([[-1.0, 0.0], [-2.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    before = numbers(model)
    with pytest.raises(AnomalyError, match=message) as caught:
        fit(
            model,
            loss,
            (inputs, [1.0] * 4),
            lambda p: optim.SGD(p, lr=1e-3),
            batch_size=2,
            shuffle=False,
            progress=False,
        )
    assert isinstance(caught.value.history, History)
    after = numbers(model)
    assert np.array_equal(after, before, equal_nan=True) is ("step 1" in message)
    assert np.isfinite(after).all() or np.isnan(before).all()
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_loss_that_is_not_finite_once_has_no_operation_to_name():
    factors = iter([math.inf])
    with pytest.raises(AnomalyError, match=r"the loss is inf\. The parameters are those before this step"):
        train(Linear(), lambda p, t: losses.mse(p, t) * next(factors, 1.0), (X, SIDES))


def test_a_gradient_that_the_optimizer_refuses_names_the_operation():
    class Careful(optim.SGD):
        def step(self):
            if not all(np.isfinite(each.grad).all() for each in self.parameters):
                raise InputValueError("a gradient is not finite")
            super().step()

    class Fails(optim.SGD):
        def step(self):
            raise TapeError("no reason")

    def root(x):
        return (slope * x[0]).sqrt()

    slope = Value(0.0)
    with pytest.raises(
        AnomalyError, match=r"a gradient is not finite: the gradient of .* in sqrt\(.* derivative is inf"
    ):
        fit(root, losses.mse, ([[1.0]], [1.0]), Careful([slope], lr=0.1), progress=False)
    assert (slope.data, slope.grad) == (0.0, None)
    slope.data = 1.0
    with pytest.raises(TapeError, match="no reason"):
        fit(root, losses.mse, ([[1.0]], [1.0]), Fails([slope], lr=0.1), progress=False)


def test_an_interrupt_gives_the_history_so_far():
    def interrupt(run):
        if run.step == 5:
            raise KeyboardInterrupt

    class Callback:
        after_step = staticmethod(interrupt)

    model = Line()
    history = train(model, losses.mse, (X, SIDES), batch_size=15, callbacks=Callback())
    assert (history["epoch"], history.stopped, len(history["loss"])) == ([1, 2], "interrupted in epoch 3", 2)
    assert "interrupted in epoch 3" in str(history)
    assert str(train(model, losses.mse, (X, SIDES), epochs=0)) == "no epochs"


INTERRUPTED = """
import gc, random
import numpy as np
from nn import MLP, data, fit, losses, optim

X, labels = data.moons(20)
model = MLP(2, [3, 1])
optimizer = optim.SGD(model.parameters(), lr=0.01)
fit(model, losses.hinge, (X, 2 * labels - 1), optimizer, epochs=1, progress=False)
run = lambda: fit(model, losses.hinge, (X, 2 * labels - 1), optimizer, epochs=10**6, batch_size=20, progress=False)
wrong = 0
for _ in range(60):
    import signal
    signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-3, 8e-3))
    try:
        history = run()
    except KeyboardInterrupt:
        continue  # before or after the training itself
    wrong += not history.stopped.startswith("interrupted") or not gc.isenabled() or not model.training
print(wrong, gc.isenabled(), all(np.isfinite(p.data) for p in model.parameters()))
"""


@needs_timer
@pytest.mark.long
def test_an_interrupt_at_any_time_leaves_the_collector_and_the_model_as_they_were():
    handler = "import signal\ndef stop(*_): raise KeyboardInterrupt\nsignal.signal(signal.SIGALRM, stop)\n"
    assert run_fresh(handler + INTERRUPTED) == "0 True True"


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_off_during_a_step_and_as_it_was_before_and_after(enabled):
    seen = []

    class Watcher:
        def before_step(self, run):
            seen.append(gc.isenabled())
            if run.step == 3:
                raise ZeroDivisionError

        def after_step(self, run):
            seen.append(gc.isenabled())

    try:
        gc.enable() if enabled else gc.disable()
        with pytest.raises(ZeroDivisionError):
            train(Line(), losses.mse, (X, SIDES), callbacks=Watcher())
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert seen == [False, enabled] * 3 + [False]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"data": X}, InputTypeError, r"data takes a pair \(X, y\) of inputs and targets, not ndarray"),
        ({"data": (X, SIDES[:9])}, InputValueError, "X has 30 samples and y has 9"),
        ({"data": ([], [])}, InputValueError, "X has no numbers"),
        ({"data": (X * np.nan, SIDES)}, InputValueError, "X holds 60 numbers that are nan or infinite"),
        ({"validation": 0.2}, InputTypeError, "validation takes a pair"),
        ({"validation": (X, SIDES[:9])}, InputValueError, "X of validation has 30 samples and y of validation has 9"),
        ({"data": (X, LABELS)}, InputValueError, "hinge takes targets -1 and 1"),
        ({"data": (X[:, :1], SIDES)}, InputValueError, "takes 2 inputs, not 1"),
        (
            {"data": (X[:, 0], SIDES)},
            InputTypeError,
            r"write \[x\]; if the model takes a list of features, give X\[:, None",
        ),
        ({"data": (X[:, :, None], SIDES)}, InputTypeError, "a network on scalars takes one sample at a time"),
        ({"data": (X, SIDES[:, None])}, InputValueError, r"y has shape \(30, 1\), and the model .*: y\[:, 0\]"),
        ({"data": (X.astype(str), SIDES)}, InputTypeError, "X holds text"),
        ({"model": None}, InputTypeError, "model takes a Module or a function, not NoneType"),
        ({"model": MLP}, InputTypeError, "model takes a Module or a function, not type"),
        ({"loss": "hinge"}, InputTypeError, r"loss takes a function such as nn\.losses\.mse, not str 'hinge'"),
        ({"loss": lambda p, t: 1.0}, InputTypeError, r"the loss is float 1\.0, which has no record"),
        ({"optimizer": 0.1}, InputTypeError, r"optimizer takes an optimizer .* not float 0\.1"),
        ({"optimizer": lambda p: None}, InputTypeError, "optimizer takes an optimizer"),
        ({"epochs": 1.5}, InputTypeError, "epochs takes a whole number, not float 1.5"),
        ({"batch_size": 0}, InputValueError, "batch_size is a whole number from 1"),
        ({"start_epoch": -1}, InputValueError, "start_epoch is a whole number from 0"),
        ({"rng": "x"}, InputTypeError, "rng takes a whole number as a seed"),
        ({"shuffle": 1}, InputTypeError, "shuffle takes True or False, not int 1"),
        ({"compile": None}, InputTypeError, "compile takes True or False"),
        ({"batched": "yes"}, InputTypeError, "batched takes True or False"),
        ({"progress": 2}, InputTypeError, "progress takes True or False"),
        ({"schedule": 0.1}, InputTypeError, r"schedule takes a function, not float 0\.1"),
        ({"clip_grad_norm": -1.0}, InputValueError, "clip_grad_norm must be"),
        ({"augment": lambda x: x[:3]}, InputValueError, "augment gives 3 samples for 30"),
        ({"augment": lambda x: None}, InputTypeError, "the result of augment takes an array"),
        ({"metrics": "acuracy"}, InputValueError, "no metric is called 'acuracy'; did you mean 'accuracy'"),
        ({"metrics": {"a": 1}}, InputTypeError, "metrics takes names .* not int 1"),
        ({"metrics": "confusion_matrix"}, InputTypeError, "evaluate takes such a metric"),
        ({"early_stopping": 1.5}, InputTypeError, "early_stopping takes a patience such as 10, or an EarlyStopping"),
        ({"early_stopping": -1}, InputValueError, "patience is a whole number from 0"),
        ({"early_stopping": EarlyStopping(monitor="acc")}, InputValueError, "the history has no column 'acc'"),
        ({"callbacks": [3]}, InputTypeError, "a callback is a function .* int 3 is neither"),
    ],
)
def test_what_cannot_be_is_refused_before_a_parameter_moves(change, error, message):
    model = network()
    before = numbers(model)
    given = {"model": model, "loss": losses.hinge, "data": (X, SIDES), "optimizer": rate, "epochs": 1, **change}
    with pytest.raises(error, match=message):
        fit(**{"progress": False, **given})
    assert (numbers(model) == before).all() or {"metrics", "early_stopping"} & change.keys()


class Pair(Linear):
    """A model of two outputs, as a recurrent one has."""

    def forward(self, x):
        return x @ self.weights, self.bias


def test_a_model_of_several_outputs_is_trained_and_measured_by_a_loss_that_takes_them():
    def loss(prediction, target):
        return losses.mse(prediction[0] + prediction[1], target)

    model, other = Pair(), Linear()
    history = train(model, loss, (X, SIDES), validation=(X, SIDES))
    expected = train(other, losses.mse, (X, SIDES), validation=(X, SIDES))
    for name in ("loss", "validation_loss"):
        assert history[name] == pytest.approx(expected[name], rel=1e-13)
    with pytest.raises(InputTypeError, match=r"the model gives tuple .* give a function of the model that returns one"):
        predict(model, X)
    assert predict(lambda x: model(x)[0], X, batched=True).shape == (30,)
    with pytest.raises(InputTypeError, match="the model gives str"):
        predict(lambda x: "x", X, batched=True)


def test_losses_of_several_numbers_are_refused_with_a_remedy():
    with pytest.raises(InputValueError, match=r'the loss has shape \(8,\), .* take reduction="mean"'):
        train(Linear(), lambda p, t: (p - t) * (p - t), (X, SIDES))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: EarlyStopping(monitor=3), InputTypeError, "monitor takes the name of a column"),
        (lambda: EarlyStopping(least=-1), InputValueError, "least is not negative, unlike -1"),
        (lambda: EarlyStopping(restore=None), InputTypeError, "restore takes True or False"),
        (lambda: EarlyStopping().load_state_dict({}), InputValueError, r"is not what EarlyStopping\.state_dict\(\)"),
    ],
)
def test_early_stopping_refuses_what_it_cannot_use(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_method_and_a_compiled_model_are_models_too():
    import autograd

    for wrap in (lambda model: model.forward, autograd.compile):
        model, other = network(), network()
        wrapped = wrap(model)
        train(wrapped, losses.hinge, (X, SIDES))
        train(other, losses.hinge, (X, SIDES))
        assert numbers(model) == pytest.approx(numbers(other), rel=1e-12)


def test_no_warning_is_left_switched_off():
    with warnings.catch_warnings():
        before = list(warnings.filters)
        train(network(), losses.hinge, (X, SIDES), epochs=1)
        assert list(warnings.filters) == before
