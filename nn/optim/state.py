"""The state of an optimizer as a dict of numbers, text and arrays, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import repeat
from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .groups import Group
from .memory import Memory

MOST = 8  # differences that a message lists

__all__ = ["checked_state", "state_of", "stores_of"]


def state_of(optimizer: Any) -> dict[str, Any]:
    """Return a copy of all that an optimizer knows besides its parameters."""
    groups = {str(k): _group_state(group) for k, group in enumerate(optimizer.groups)}
    kind = type(optimizer).__name__
    return {"optimizer": kind, "steps": optimizer.steps, "skipped": optimizer.skipped, "groups": groups}


def _group_state(group: Group) -> dict[str, Any]:
    settings: dict[str, Any] = {
        name: list(item) if isinstance(item, tuple) else item for name, item in group.items() if name != "params"
    }
    state: dict[str, Any] = {"settings": settings, "shapes": _shapes(group), "memory": {}}
    if callable(settings["lr"]):
        schedule = settings.pop("lr")
        if hasattr(schedule, "checked_state"):
            state["schedule"] = schedule.state_dict()
    for key, memory in ((key, memory.ordered(None)) for key, memory in group.memory.items()):
        arrays = {name: array.copy() for name, array in memory.arrays.items()}
        steps = memory.steps.copy() if isinstance(memory.steps, np.ndarray) else memory.steps
        state["memory"]["values" if key < 0 else str(key)] = {"steps": steps, **arrays}
    return state


def _shapes(group: Group) -> dict[str, Any]:
    """The number of values, and the shape of each tensor by its position."""
    shapes = {str(k): list(p.shape) for k, p in enumerate(group.places.values) if hasattr(p, "shape")}
    return {"values": len(group.places.values) - len(shapes), **shapes}


# --- Back -------------------------------------------------------------------------------------------------------------


def checked_state(optimizer: Any, given: Any) -> tuple[int, int, list[tuple[dict[str, Any], dict[int, Memory], Any]]]:
    """The steps taken and skipped, and for each group its settings, memory and schedule, if they fit the optimizer."""
    kind = type(optimizer).__name__
    state = _part(given, "the state of an optimizer", ["optimizer", "steps", "skipped", "groups"])
    if str(state["optimizer"]) != kind:
        raise InputValueError(f"this is the state of {shortened(state['optimizer'])}, and the optimizer is {kind}")
    saved = _part(state["groups"], "the groups", [str(k) for k in range(len(optimizer.groups))])
    groups = []
    for k, group in enumerate(optimizer.groups):
        part = _part(saved[str(k)], f"group {k}", ["settings", "shapes", "memory"], ["schedule"])
        settings = _settings(optimizer, group, part["settings"])
        memory = _memory(group, _part(part["shapes"], f"the shapes of group {k}"), part["memory"], k)
        schedule = None
        if "schedule" in part and hasattr(group["lr"], "checked_state"):
            schedule = group["lr"].checked_state(part["schedule"])
        groups.append((settings, memory, schedule))
    return _count(state["steps"], "steps"), _count(state["skipped"], "skipped"), groups


def stores_of(optimizer: Any, checked: Any) -> list[Iterable[Any]]:
    """Return the stores that set all that `checked_state` has found."""
    steps, skipped, groups = checked
    settings, memories, schedules = zip(*groups, strict=True)
    chosen = [
        (group["lr"], state) for group, state in zip(optimizer.groups, schedules, strict=True) if state is not None
    ]
    return [
        map(dict.update, optimizer.groups, settings),
        map(setattr, optimizer.groups, repeat("memory"), memories),
        map(setattr, [schedule for schedule, _ in chosen], repeat("__dict__"), [state for _, state in chosen]),
        map(setattr, repeat(optimizer), ("steps", "skipped"), (steps, skipped)),
    ]


def _part(given: Any, what: str, names: list[str] | None = None, more: Iterable[str] = ()) -> Mapping[str, Any]:
    """A dict with these names."""
    if not isinstance(given, Mapping):
        raise InputTypeError(f"{what} is a dict as state_dict() returns it, not {described(given)}")
    if names is not None and not set(names) <= set(given) <= {*names, *more}:
        raise InputValueError(
            f"{what}: there should be {', '.join(names) or 'nothing'}, not {shortened(', '.join(map(str, given)))}"
        )
    return given


def _settings(optimizer: Any, group: Group, given: Any) -> dict[str, Any]:
    """The settings that a group takes over: without the rate, where there is a schedule."""
    plain = _part(given, "the settings")
    settings: dict[str, Any] = {}
    for name, item in plain.items():
        settings[str(name)] = _plain(item)
    if callable(group["lr"]) or "lr" not in settings:
        settings["lr"] = group["lr"]
    return optimizer._checked(settings)  # type: ignore[no-any-return]


def _plain(item: Any) -> Any:
    """A setting as it was before it was an array."""
    if isinstance(item, (np.ndarray, np.generic)):
        item = item.tolist()
    return tuple(item) if isinstance(item, list) else item


def _memory(group: Group, shapes: Mapping[str, Any], given: Any, k: int) -> dict[int, Memory]:
    own = {name: _plain(shape) for name, shape in _shapes(group).items()}
    saved = {str(name): _plain(shape) for name, shape in shapes.items()}
    wrong = [name for name in sorted({*own, *saved}) if own.get(name) != saved.get(name)]
    if wrong:
        listed = [f"{name:.20} {own.get(name)} now, {shortened(saved.get(name), 40)} then" for name in wrong[:MOST]]
        raise InputValueError(
            f"group {k} has other parameters than when it was saved; these counts of values or shapes of tensors "
            f"differ: {'; '.join(listed)}"
        )
    found = {}
    for name, part in _part(given, f"the memory of group {k}").items():
        if name not in own:
            raise InputValueError(f"group {k} has no parameters {shortened(name)} to remember something of")
        position = -1 if name == "values" else int(name)
        size = own["values"] if position < 0 else math.prod(own[name])
        dtype = np.dtype(float) if position < 0 else group.places.values[position].dtype
        arrays = dict(_part(part, f"the memory of {name} in group {k}"))
        steps = _plain(arrays.pop("steps", None))
        steps = np.array(steps, int) if isinstance(steps, tuple) else _count(steps, "steps")
        for what, array in [("steps", steps), *arrays.items()]:
            is_count = what == "steps" and isinstance(array, int)
            if not (is_count or (isinstance(array, np.ndarray) and array.shape == (size,))):
                raise InputValueError(
                    f"{shortened(what)} of {name} in group {k} is an array of {size} numbers, not {described(array)}"
                )
        found[position] = Memory(steps, {what: np.array(array, dtype) for what, array in arrays.items()})
    return found


def _count(given: Any, what: str) -> int:
    counted = number(given, what)
    if not (counted >= 0 and counted.is_integer()):
        raise InputValueError(f"{what} is a number of steps, not {shortened(given)}")
    return int(counted)
