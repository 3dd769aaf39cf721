"""The arguments of `fit` and similar functions, checked, and turned into what the loop uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from autograd import Tensor
from autograd.errors import InputTypeError, described

from ..data.arrays import Array, as_pair
from ..given import found_name, is_sequence
from ..layers import MLP, Layer, Neuron
from ..members import Parameter, walk
from ..module import Module
from .metrics import accuracy, confusion_matrix, r2
from .objective import Loss, Objective
from .stopping import EarlyStopping

__all__ = [
    "Data",
    "Hook",
    "Metric",
    "Metrics",
    "Optimizer",
    "as_hooks",
    "as_metrics",
    "as_objective",
    "as_optimizer",
    "as_samples",
    "as_stopping",
    "check_model",
    "modules_of",
    "option",
    "parameters_of",
]


class Optimizer(Protocol):
    """The methods of an optimizer that training calls."""

    lr: Any

    @property
    def parameters(self) -> Sequence[Parameter]: ...

    @property
    def rate(self) -> float: ...

    def step(self) -> None: ...

    def zero_grad(self) -> None: ...


Data: TypeAlias = tuple[Any, Any]
Hook: TypeAlias = Callable[[Any], Any]
Metric: TypeAlias = Callable[[Any, Any], Any]
Metrics: TypeAlias = str | Metric | Iterable[str | Metric] | Mapping[str, Metric] | None

METRICS: dict[str, Metric] = {"accuracy": accuracy, "confusion_matrix": confusion_matrix, "r2": r2}
SCALAR = (Neuron, Layer, MLP)  # layers on single numbers
EVENTS = ("before_step", "after_step", "after_epoch")


def as_samples(given: Any, what: str) -> tuple[Array, Array]:
    """Return inputs and targets as arrays of one length."""
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise InputTypeError(f"{what} takes a pair (X, y) of inputs and targets, not {described(given)}")
    return as_pair(given[0], given[1], "" if what == "data" else f" of {what}")


def as_optimizer(given: Any, model: Any) -> Optimizer:
    """Return an optimizer that was given, or that a function or class makes for the parameters of a model."""
    found = given
    if isinstance(given, type) or (callable(given) and not _is_optimizer(given)):
        found = given(parameters_of(model))
    if not _is_optimizer(found):
        raise InputTypeError(
            f"optimizer takes an optimizer such as optim.SGD(model.parameters(), lr=0.1), not {described(given)}"
        )
    optimizer: Optimizer = found
    return optimizer


def _is_optimizer(given: Any) -> bool:
    return not isinstance(given, type) and all(hasattr(given, name) for name in ("step", "zero_grad", "parameters"))


def as_objective(
    model: Any,
    loss: Loss | None,
    batched: bool | None,
    compiled: bool,
    parameters: Sequence[Parameter],
    penalty: Callable[[Any], Any] | None = None,
) -> Objective:
    """Return the loss of a model on batches.

    A model takes a batch if one of its parameters is a tensor, unless there are neurons in it, which take one sample.
    """
    check_model(model, loss)
    option(compiled, "compile")
    if batched is None:
        kinds = {*map(type, parameters), *map(type, parameters_of(model))}
        on_arrays = any(issubclass(kind, Tensor) for kind in kinds)
        batched = on_arrays and not any(isinstance(module, SCALAR) for module in modules_of(model))
    return Objective(model, loss, option(batched, "batched"), compiled, penalty)


def check_model(model: Any, loss: Any) -> None:
    """Refuse a model or a loss that cannot be called."""
    if not callable(model) or isinstance(model, type):
        raise InputTypeError(f"model takes a Module or a function, not {described(model)}")
    if loss is not None and not callable(loss):
        raise InputTypeError(f"loss takes a function such as nn.losses.mse, not {described(loss)}")


def option(given: Any, what: str) -> bool:
    """Return True or False, and refuse anything else."""
    if not isinstance(given, bool):
        raise InputTypeError(f"{what} takes True or False, not {described(given)}")
    return given


def as_stopping(given: Any) -> EarlyStopping | None:
    """Return the early stopping that was given, by itself or by its patience."""
    if given is None or isinstance(given, EarlyStopping):
        return given
    if isinstance(given, bool) or not isinstance(given, int):
        raise InputTypeError(f"early_stopping takes a patience such as 10, or an EarlyStopping, not {described(given)}")
    return EarlyStopping(given)


def as_metrics(given: Any) -> dict[str, Metric]:
    """Return metrics by name."""
    if given is None:
        return {}
    if isinstance(given, Mapping):
        named = dict(given)
    else:
        named = {}
        for each in given if is_sequence(given) else [given]:
            if isinstance(each, str):
                name = found_name(each, METRICS, "metric")
                named[name] = METRICS[name]
            else:
                named[str(getattr(each, "__name__", type(each).__name__))] = each
    for name, metric in named.items():
        if not isinstance(name, str) or not callable(metric):
            raise InputTypeError(
                f'metrics takes names such as "accuracy", and functions of predictions and targets, not '
                f"{described(metric if isinstance(name, str) else name)}"
            )
    return named


def as_hooks(given: Any) -> dict[str, list[Hook]]:
    """Return the functions that callbacks have for each event."""
    callbacks = list(given) if is_sequence(given) else [given]
    hooks: dict[str, list[Hook]] = {
        event: [getattr(each, event) for each in callbacks if hasattr(each, event)] for event in EVENTS
    }
    for each in callbacks:
        if callable(each) and not hasattr(each, "after_epoch"):
            hooks["after_epoch"].append(each)
        elif not any(hasattr(each, event) for event in EVENTS):
            raise InputTypeError(
                f"a callback is a function that takes the run, or has a method {', '.join(EVENTS[:-1])} or "
                f"{EVENTS[-1]}; {described(each)} is neither"
            )
    return hooks


def parameters_of(model: Any) -> list[Parameter]:
    """Return the parameters of a module, of one behind a method or a compiled function, or none."""
    inner = _inner(model)
    return inner.parameters() if isinstance(inner, Module) else []


def modules_of(model: Any) -> list[Module]:
    """Return a module and those within, as `parameters_of` finds it."""
    inner = _inner(model)
    return [inner, *(each for _, each in walk(inner) if isinstance(each, Module))] if isinstance(inner, Module) else []


def _inner(model: Any) -> Any:
    model = getattr(model, "__wrapped__", model)
    return getattr(model, "__self__", model)
