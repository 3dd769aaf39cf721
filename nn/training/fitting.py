"""``fit``: the training loop, with validation, metrics, early stopping, schedules, callbacks and a history."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.core.tape import Node
from autograd.errors import AnomalyError, AutogradError, InputTypeError, described

from ..data.arrays import Array, Seed, as_generator, count
from ..members import Parameter
from ..optim.clipping import clip_grad_norm as limit_norm
from ..optim.settings import not_negative
from ..state import set_state, state_of, stores_of
from .arguments import (
    Data,
    Hook,
    Metric,
    Metrics,
    Optimizer,
    as_hooks,
    as_metrics,
    as_objective,
    as_optimizer,
    as_samples,
    as_stopping,
    check_model,
    modules_of,
    option,
)
from .evaluating import restored, set_mode
from .history import History
from .objective import Objective
from .ordering import augmented, batches_of, order_of
from .progress import Progress
from .stopping import EarlyStopping

__all__ = ["Run", "fit"]


class Run:
    """A running training, as callbacks see it.

    Attributes
    ----------
    model, optimizer
        As they were given to `fit`.
    history : History
        The epochs so far.
    epoch, step : int
        The number of epochs, and of steps in this training, that are complete.
    numbers : dict from str to float
        Those of the latest epoch, as the history has them.
    loss : Value or Tensor, optional
        That of the current step, between its backward pass and the step; else ``None``.
    stopped : str
        A callback that sets a reason here ends training after this epoch.
    """

    def __init__(self, model: Any, optimizer: Optimizer, epoch: int) -> None:
        self.model, self.optimizer, self.epoch = model, optimizer, epoch
        self.history = History()
        self.step = 0
        self.loss: Node | None = None
        self.stopped = ""
        self.numbers: dict[str, float] = {}

    def __repr__(self) -> str:
        numbers = "".join(f", {name} {each:.4g}" for name, each in self.numbers.items())
        return f"Run({self.epoch} epochs, {self.step} steps{numbers})"


def fit(
    model: Callable[..., Any],
    loss: Callable[[Any, Any], Any],
    data: Data,
    optimizer: Optimizer | Callable[[list[Parameter]], Optimizer],
    *,
    epochs: int = 100,
    batch_size: int = 32,
    validation: Data | None = None,
    metrics: Metrics = None,
    early_stopping: EarlyStopping | int | None = None,
    schedule: Callable[[int], float] | None = None,
    clip_grad_norm: float | None = None,
    penalty: Callable[[Any], Any] | None = None,
    augment: Callable[[Array], Any] | None = None,
    callbacks: Any = (),
    shuffle: bool = True,
    rng: Seed = None,
    start_epoch: int = 0,
    batched: bool | None = None,
    compile: bool = True,
    progress: bool = True,
) -> History:
    """Train a model, epoch by epoch and batch by batch.

    The loop is this one; `fit` also checks its arguments, measures and keeps the loss, and shows the progress::

        for epoch in range(epochs):
            for X_batch, y_batch in nn.data.batches(X, y, batch_size):
                optimizer.zero_grad()
                loss(model(X_batch), y_batch).backward()
                optimizer.step()

    A model of `Tensor` parameters, as of `nn.Linear`, is called on the batch. A model of values, as `nn.MLP`, takes one
    sample; the loss of a sample is compiled, and runs on the batch as an array program. Where that is not possible a
    warning says why, and the model runs sample by sample.

    Parameters
    ----------
    model : Module or callable
        Maps a batch, or one sample, to a prediction.
    loss : callable
        ``(prediction, target) -> loss``, such as `nn.losses.mse`. The loss of a batch is ``loss`` of all its
        predictions, which for most losses is the mean of those of the samples.
    data : pair of array_like, X and y
        Inputs and targets: arrays, nested lists, tensors, DataFrames; the first axis counts the samples.
    optimizer : optimizer or callable
        An optimizer of the model's parameters; or a function that makes one, such as the class itself.
    epochs : int
        The number of the last epoch, counted from 1.
    batch_size : int
        The number of samples in a batch; the last one has those that are left.
    validation : pair of array_like, optional
        Samples on which the loss is measured after each epoch: the column ``validation_loss``.
    metrics : str, callable, or list or dict of them, optional
        Measured after each epoch: ``"accuracy"``, ``"r2"``, or functions ``(predictions, targets) -> number`` of
        arrays. For the samples of training each has a column of its name, for those of validation ``validation_…``.
    early_stopping : EarlyStopping or int, optional
        The rule of early stopping, or its patience alone; the best parameters are restored.
    schedule : callable, optional
        The rate of each step, counted from 0: assigned to ``optimizer.lr``. One that observes losses, as
        `nn.optim.reduce_on_plateau` does, gets that of validation after each epoch, or without validation the loss.
    clip_grad_norm : float, optional
        The limit of the norm of all gradients together; see `nn.optim.clip_grad_norm`.
    penalty : callable, optional
        ``(model) -> loss``, such as `nn.regularisers.l2`; added to the loss of each batch, not to that of validation.
    augment : callable, optional
        ``(X_batch) -> X_batch``: changes the inputs of each batch, as `nn.data.random_shift` does.
    callbacks : callable, object, or sequence of them, optional
        Each is called with the `Run` after each epoch; or has some of the methods ``before_step(run)``, between the
        backward pass and the step, ``after_step(run)`` and ``after_epoch(run)``; a film of `autograd.watch` is one.
    shuffle : bool
        True if each epoch has the samples in another order. A batch of all samples keeps the given order.
    rng : int, numpy.random.Generator, random.Random, optional
        With a seed, the order depends on the seed and the number of the epoch alone; a generator continues.
    start_epoch : int
        The number of epochs that were trained before. A run that was stopped and is resumed with the same optimizer,
        the same seed, or the generator in the state that it had, takes the steps of an uninterrupted one.
    batched : bool, optional
        True if the model takes a batch; by default, if one of its parameters is a tensor, and no layer of it takes
        single numbers, as `nn.Layer` does.
    compile : bool
        True if models of values are compiled.
    progress : bool
        True if the progress is shown, on standard error: as a bar of tqdm in a terminal or notebook, else in lines.

    Returns
    -------
    History
        The numbers of each epoch. After Ctrl-C those of the epochs so far; no step is left half taken.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument cannot be used; nothing has been trained then.
    AnomalyError
        If a loss is not finite. It names the operation, and has the epochs so far as its attribute ``history``.

    Examples
    --------
    >>> import random
    >>> from nn import MLP, data, fit, losses, optim
    >>> random.seed(1337)
    >>> X, y = data.moons(100, noise=0.1, rng=1337)
    >>> model = MLP(2, [16, 16, 1])
    >>> optimizer = optim.SGD(model.parameters(), lr=0.5)
    >>> history = fit(model, losses.hinge, (X, 2 * y - 1), optimizer, epochs=60,
    ...               batch_size=100, metrics="accuracy")
    >>> history["accuracy"][-1]
    1.0
    >>> model.parameters()[0].grad is None  # that of the last step stays
    False
    """
    check_model(model, loss)
    checked, epochs = as_optimizer(optimizer, model), count(epochs, "epochs", least=0)
    run = Run(model, checked, count(start_epoch, "start_epoch", least=0))
    for name, function in (("schedule", schedule), ("penalty", penalty), ("augment", augment)):
        if function is not None and not callable(function):
            raise InputTypeError(f"{name} takes a function, not {described(function)}")
    if not isinstance(rng, random.Random):  # from which a check would draw
        as_generator(rng)
    objective = as_objective(model, loss, batched, compile, checked.parameters, penalty)
    X, y = objective.prepared(*as_samples(data, "data"))
    unseen = None if validation is None else objective.prepared(*as_samples(validation, "validation"))
    size = min(count(batch_size, "batch_size"), len(X))
    stopping, measures, hooks = as_stopping(early_stopping), as_metrics(metrics), as_hooks(callbacks)
    if clip_grad_norm is not None:
        limit = not_negative(clip_grad_norm, "clip_grad_norm")
        hooks["before_step"].insert(0, lambda run: limit_norm(run.optimizer.parameters, limit))
    option(shuffle, "shuffle")
    shown, modules, began = Progress(epochs, run.epoch, option(progress, "progress")), modules_of(model), perf_counter()
    if stopping is not None and not run.epoch:
        stopping.forget()
    try:
        with restored(modules, training=False):
            objective.check(X, y)
            if schedule is not None:
                checked.lr = schedule
            set_mode(modules, True)
            # Nothing but evaluation and callbacks changes the mode between epochs.
            may_change = unseen is not None or bool(measures) or any(hooks.values())
            while run.epoch < epochs and not run.stopped:
                numbers = {"rate": checked.rate} if callable(checked.lr) else {}
                if may_change:
                    set_mode(modules, True)
                order = order_of(len(X), rng, run.epoch) if shuffle and size < len(X) else None
                numbers = {"loss": _epoch(run, objective, batches_of(X, y, order, size), augment, hooks), **numbers}
                if unseen is not None or measures:
                    set_mode(modules, False)
                    _measure(numbers, objective, measures, (X, y), unseen, size)
                run.numbers = numbers
                run.epoch += 1
                run.history.add(run.epoch, numbers)
                shown.show(run.epoch, numbers)
                _tell_schedules(checked, numbers)
                if stopping is not None:
                    _observe(stopping, run)
                for hook in hooks["after_epoch"]:
                    hook(run)
    except KeyboardInterrupt:
        run.stopped = f"interrupted in epoch {run.epoch + 1}"
    except AnomalyError as error:
        error.history = run.history  # type: ignore[attr-defined]
        raise
    else:
        if stopping is not None and stopping.state is not None and stopping.epoch != run.epoch:
            set_state(stores_of("model", _members(run), stopping.state))
            run.history.kept = stopping.epoch
    finally:
        shown.close(run.epoch, run.numbers)
        run.history.stopped, run.history.way = run.stopped, objective.way
        run.history.seconds = perf_counter() - began
    return run.history


def _epoch(
    run: Run,
    objective: Objective,
    batches: Iterable[tuple[Array, Array]],
    augment: Callable[[Array], Any] | None,
    hooks: dict[str, list[Hook]],
) -> float:
    """Take a step for each batch, and return the mean of the losses of all samples."""
    total, samples = 0.0, 0
    for X, y in batches:
        total += len(X) * _step(run, objective, X if augment is None else augmented(augment, X), y, hooks)
        samples += len(X)
        run.step += 1
        for hook in hooks["after_step"]:
            hook(run)
    return total / samples


def _step(run: Run, objective: Objective, X: Array, y: Array, hooks: dict[str, list[Hook]]) -> float:
    """Take a step, without the garbage collector: a graph has no cycles, and is freed when the step is over."""
    optimizer, collecting = run.optimizer, gc.isenabled()
    try:
        gc.disable()  # in the block, since an interrupt may come after any call
        optimizer.zero_grad()
        loss = objective(X, y)
        value: float = loss.item()
        if not isfinite(value):
            raise _anomaly(run, objective, X, y, f"the loss is {value}")
        loss.backward()
        if hooks["before_step"]:
            run.loss = loss
            for hook in hooks["before_step"]:
                hook(run)
        loss = run.loss = None  # a record that is kept would make the step copy the numbers that it changes
        try:
            optimizer.step()
        except AutogradError as error:
            if all(np.isfinite(each.grad).all() for each in optimizer.parameters if each.grad is not None):
                raise
            raise _anomaly(run, objective, X, y, "a gradient is not finite") from error
        return value
    finally:
        run.loss = None
        if collecting:
            gc.enable()


def _anomaly(run: Run, objective: Objective, X: Array, y: Array, fact: str) -> AnomalyError:
    """The error for numbers that are not finite, which names the operation that they come from."""
    where = f"in step {run.step + 1} of epoch {run.epoch + 1} {fact}"
    if all(np.isfinite(parameter.data).all() for parameter in run.optimizer.parameters):
        cause = objective.cause(X, y)
        where += f"{cause and f': {cause}'}. The parameters are those before this step"
    else:
        where += ", since some parameters are infinite or nan"
    run.optimizer.zero_grad()
    return AnomalyError(f"{where}; a smaller rate, or gradients that are clipped, may keep numbers in bounds")


def _measure(
    numbers: dict[str, float],
    objective: Objective,
    measures: dict[str, Metric],
    seen: tuple[Array, Array],
    unseen: tuple[Array, Array] | None,
    size: int,
) -> None:
    """Add the metrics of an epoch, and the loss and metrics of validation."""
    if measures:
        predictions = objective.predictions(seen[0], size)
        numbers.update({name: _number(name, metric(predictions, seen[1])) for name, metric in measures.items()})
    if unseen is not None:
        numbers["validation_loss"], found = objective.measured(*unseen, size, bool(measures))
        for name, metric in measures.items():
            numbers[f"validation_{name}"] = _number(name, metric(found, unseen[1]))


def _number(name: str, given: Any) -> float:
    if np.ndim(given):
        raise InputTypeError(
            f"the metric {name} gives {described(given)}, and a history holds numbers; evaluate takes such a metric"
        )
    return number(given, f"the metric {name}")


def _tell_schedules(optimizer: Optimizer, numbers: dict[str, float]) -> None:
    """Pass the loss to the schedules that observe it; one that waits for a maximum is left to a callback."""
    told: set[int] = set()  # a schedule of several groups observes a loss once
    for group in getattr(optimizer, "groups", ()):
        schedule = group["lr"]
        if hasattr(schedule, "observe") and schedule.mode == "min" and id(schedule) not in told:
            told.add(id(schedule))
            schedule.observe(numbers.get("validation_loss", numbers["loss"]))


def _observe(stopping: EarlyStopping, run: Run) -> None:
    """Give the number of the epoch to early stopping, and note why training ends, if it does."""
    watched = stopping.monitor or ("validation_loss" if "validation_loss" in run.history else "loss")
    if stopping.observe(run.epoch, run.history[watched][-1], lambda: state_of(_members(run))):
        run.stopped = (
            f"stopped after epoch {run.epoch}: no better {watched.replace('_', ' ')} than {stopping.best:.4g} in epoch "
            f"{stopping.epoch}"
        )


def _members(run: Run) -> list[tuple[str, Any]]:
    """The parameters and buffers that early stopping restores."""
    found = [
        each for module in modules_of(run.model)[:1] for each in module.named_parameters() + module.named_buffers()
    ]
    return found or [(f"parameter {k}", each) for k, each in enumerate(run.optimizer.parameters)]
