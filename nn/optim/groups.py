"""Parameter groups: parameters that are trained with the same settings, and what a rule remembers of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import is_
from typing import Any, TypeAlias

import numpy as np

from autograd.errors import InputTypeError, InputValueError, described, shortened
from autograd.parameters import Flat, Places, adoptions, eager_passes

from ..following import Census, Parameters
from ..given import is_sequence
from ..members import NODES, Holder, Parameter, freezes, is_frozen
from .memory import Bundle, Memory

__all__ = ["Group", "checked_parameters", "may_move"]

Array: TypeAlias = "np.ndarray[Any, Any]"


class Group(dict[str, Any]):
    """The settings of some parameters by name, and under ``"params"`` the parameters themselves.

    Attributes
    ----------
    places : Places
        The parameters.
    memory : dict
        The `Memory` of each block, by the position of the tensor; that of all values under -1. It is replaced by each
        step, and never changed.
    checked : dict
        The settings as the rule takes them.
    has_schedule : bool
        True if the rate among them is a schedule.
    starts : dict
        The numbers with which the arrays of a memory begin, by name.
    """

    def __init__(self, parameters: Iterable[Parameter], settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._census = Census(parameters.module) if isinstance(parameters, Parameters) else None
        self.memory: dict[int, Memory] = {}
        self.starts: dict[str, float] = {}
        self.checked: dict[str, Any] = {}
        self.has_schedule = False
        self._given: list[Any] = []
        self._set(tuple(parameters))

    def has_new_settings(self) -> bool:
        """True if a setting was changed since the last call of `keep_settings`."""
        given = self._given
        return len(given) != len(self) or not all(map(is_, self.values(), given))

    def keep_settings(self, checked: dict[str, Any], starts: dict[str, float]) -> None:
        """Keep the present settings as the rule takes them, and what its memory begins with."""
        self.checked, self.starts, self._given = checked, starts, list(self.values())
        self.has_schedule = callable(checked["lr"])

    def __reduce__(self) -> Any:
        return _remade, (dict(self), self._census, self.memory, self.starts)

    def _set(self, parameters: tuple[Parameter, ...]) -> None:
        self.places = Places(parameters, may_move)
        self._bundle = Bundle([])
        self["params"] = self.places.values
        self._seen: tuple[Any, Any, int] = adoptions(), eager_passes(), freezes()
        self._settled = False  # True if parameters can change only together with one of these three
        self._noticed = False  # True if the parameters were looked at since they were set
        self._alone: tuple[Flat, Bundle] | None = None

    def bundle(self) -> Bundle:
        """The blocks as one. To be called under ``changing``."""
        blocks = self.places.blocks()
        if self._bundle.blocks is not blocks:
            self._bundle = Bundle(blocks)
        return self._bundle

    def alone(self) -> tuple[Flat, Bundle] | None:
        """The Flat that the parameters are, and their bundle; ``None`` if there is none, or `notice` must look again.

        To be called under ``changing``.
        """
        alone = self._alone
        if alone is None or self["params"] is not self.places.values:
            return None
        return alone if (adoptions(), eager_passes(), freezes()) == self._seen else None

    def notice(self, groups: Iterable[Group]) -> None:
        """Follow changes of the parameters since the last step.

        Parameters that were frozen stay where they are from now on. Where the parameters came from ``parameters()`` of
        a module, those that it has got since are trained, too, and those that have left it are not. A list
        that was assigned to ``group["params"]`` takes the place of the old one.
        """
        # A program that is compiled knows only parameters that it has adopted: others are reached by an eager pass.
        seen = adoptions(), eager_passes(), freezes()
        if seen == self._seen and self["params"] is self.places.values:
            census = self._census
            if self._settled or (self._noticed and census is not None and not census.is_out_of_date()):
                return
        if self["params"] is not self.places.values:
            given = self["params"]
            self._move_to(checked_parameters(given, self._others(groups)))
            self._census = Census(given.module) if isinstance(given, Parameters) else None
        if self._census is not None and (seen[:2] != self._seen[:2] or not self.places.all_flat):
            self._follow(self._census, groups)
        if seen[0] is not self._seen[0] or seen[2] != self._seen[2]:
            self.places.refresh()
        self._seen, self._noticed, self._settled = seen, True, self._census is None or self.places.all_flat
        whole = self.places.whole if self._settled else None
        self._alone = None if whole is None else (whole, self.bundle())

    def _follow(self, census: Census, groups: Iterable[Group]) -> None:
        if not census.is_out_of_date():
            return
        taken = {id(parameter) for group in self._others(groups) for parameter in group.places.values}
        found = tuple(parameter for parameter in census.taken_again() if id(parameter) not in taken)
        if list(map(id, found)) != list(map(id, self.places.values)):
            self._move_to(found)

    def _others(self, groups: Iterable[Group]) -> list[Group]:
        return [group for group in groups if group is not self]

    def _move_to(self, parameters: Iterable[Parameter]) -> None:
        """Exchange the parameters; those that stay keep their memory."""
        parameters, memory = tuple(parameters), dict[int, Memory]()
        before = {id(parameter): k for k, parameter in enumerate(self.places.values)}
        for k, parameter in enumerate(parameters):
            known = self.memory.get(before.get(id(parameter), -1))
            if _is_array(parameter) and known is not None and id(parameter) in before:
                memory[k] = known
        if -1 in self.memory:
            values = [value for value in self.places.values if not _is_array(value)]
            numbers = {id(value): k for k, value in enumerate(values)}
            chosen = [numbers.get(id(value), -1) for value in parameters if not _is_array(value)]
            memory[-1] = _taken(self.memory[-1].ordered(None), np.array(chosen, int), len(values), self.starts)
        self._set(parameters)
        self.memory = memory


def _taken(memory: Memory, chosen: Array, size: int, starts: Mapping[str, float]) -> Memory:
    """The memory of the values at chosen positions; the position -1 stands for a new value."""
    steps = np.append(np.broadcast_to(memory.steps, size), 0)[chosen]
    arrays = {name: np.append(array, starts[name])[chosen] for name, array in memory.arrays.items()}
    return Memory(int(steps[0]) if len(steps) and (steps == steps[0]).all() else steps, arrays)


def _remade(settings: dict[str, Any], *known: Any) -> Group:
    """A copy of a group."""
    group = Group(settings["params"], settings)
    group._census, group.memory, group.starts = known
    return group


def may_move(parameter: Parameter) -> bool:
    """Return True for a parameter that is not frozen."""
    return not is_frozen(parameter)


def _is_array(parameter: Parameter) -> bool:
    return isinstance(parameter, NODES[1])


def checked_parameters(parameters: Any, others: Iterable[Group] = ()) -> list[Parameter]:
    """The parameters as a list in which each is a leaf and occurs once, and which others do not hold."""
    if isinstance(parameters, (*NODES, Holder)) or not is_sequence(parameters):
        raise InputTypeError(
            f"an optimizer takes a sequence of parameters, not {type(parameters).__name__}; "
            "give model.parameters(), or [x] for a single value"
        )
    listed = parameters if isinstance(parameters, Parameters) else list(parameters)
    if not listed:
        raise InputValueError(
            "an optimizer needs at least one parameter, and the list is empty; does the model have any?"
        )
    places: dict[int, int] = {}  # by identity: values that are equal are not the same parameter
    taken = {id(parameter): g for g, group in enumerate(others) for parameter in group.places.values}
    for k, parameter in enumerate(listed):
        if not isinstance(parameter, NODES):
            raise InputTypeError(
                f"parameter {k} is not a Value but {described(parameter)}; an optimizer takes values and tensors, such "
                "as model.parameters()"
            )
        wrong = ""
        if parameter._op is not None:
            wrong = f"computed by {parameter._op.name}; only leaves can be trained"
        elif id(parameter) in places:
            wrong = f"the same as parameter {places[id(parameter)]}; give each once"
        elif id(parameter) in taken:
            wrong = f"in group {taken[id(parameter)]} already; a parameter belongs to one group"
        if wrong:
            raise InputValueError(f"parameter {k}, {shortened(parameter)}, is {wrong}")
        places[id(parameter)] = k
    return listed
