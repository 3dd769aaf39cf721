"""The base of optimizers: parameter groups, and steps that happen wholly or not at all.

An optimizer is a rule, a pure function of arrays that knows nothing of parameters:

    rule(w, g, memory, steps, **settings) -> new w, new memory

``w`` are the numbers of a block of parameters as a flat array, and ``g`` their gradients: those of one tensor, or of
all single values of a group. ``memory`` has the arrays that the rule gave at the last step, by name, as long as ``w``;
``steps`` counts the steps of this block from 1, and is an array where values of it had no gradient in some steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from typing import Any, ClassVar, TypeAlias

import numpy as np

from autograd.arrays.errstate import quietly
from autograd.arrays.sweep import are_finite
from autograd.core.stores import at_once, changing
from autograd.errors import AnomalyError, InputTypeError, InputValueError, TapeError, described, shortened
from autograd.parameters import Block, Flat

from ..given import found_name
from ..members import Parameter, is_frozen
from .groups import Group, checked_parameters
from .memory import Bundle, Memory, by_rule, filled
from .settings import Check, Less, a_rate, checked_rate, numbers_of
from .state import checked_state, state_of, stores_of

__all__ = ["Optimizer", "Schedule"]

Array: TypeAlias = "np.ndarray[Any, Any]"
Schedule: TypeAlias = Callable[[int], float]  # the rate of each step, counted from 0
Rule: TypeAlias = Callable[..., tuple[Any, dict[str, Any]]]

INPUT = {"params", "parameters"}  # the names under which a group brings its parameters


class _NotFiniteError(Exception):
    """A gradient, or what a rule makes of it, is nan or infinite."""


class Optimizer:
    """The base of all optimizers. To write one, give a rule and the checks of its settings.

    A rule is a pure function of flat arrays, which knows nothing of parameters::

        rule(w, g, memory, steps, **settings) -> new w, new memory

    ``w`` has the numbers of a tensor, or of all values of a group, and ``g`` their gradients. ``memory`` has the arrays
    that the rule returned at the last step, by name. None of them is written to.

    A step happens wholly or not at all: all new numbers and all that the rule remembers are computed first, and then
    set in one go that no error or interrupt can split. Parameters whose gradient is ``None``, and frozen ones, stay as
    they are, and so does what is remembered of them. Tensors of single precision stay in single precision.

    If the parameters were given as ``model.parameters()``, the optimizer follows the model: a parameter that is added
    to it or takes the place of another is trained from its next gradient on, and one that has left the model is
    not moved. Any other list stands for the parameters in it.

    Parameters
    ----------
    parameters : iterable of Value and Tensor, or of dict
        The leaves to be trained, such as ``model.parameters()``; or parameter groups, dicts with the leaves under
        ``"params"`` and settings that differ from those of the optimizer.
    lr : float or callable
        The learning rate, or a schedule: a function from the number of the step, counted from 0, to its rate. A rate
        of 0 makes a step that moves nothing, and that the rule remembers like any other.
    on_nonfinite : str
        The answer to a gradient that is nan or infinite: ``"raise"`` an `AnomalyError`, or ``"skip"`` the whole step,
        which is counted in ``skipped``. Either way no parameter moves, and nothing is remembered.

    Attributes
    ----------
    groups : list of dict
        The parameter groups; ``groups[0]["lr"] = 0.01`` changes a setting. Also ``param_groups``.
    steps : int
        The number of steps taken.
    skipped : int
        The number of steps skipped.

    Raises
    ------
    InputTypeError
        If a parameter is neither a value nor a tensor, or a setting of the wrong type.
    InputValueError
        If there are no parameters, one is given twice or is computed, or a setting is out of its range.
    """

    rule: ClassVar[Rule]
    by_number: ClassVar[bool] = False  # True if the rule moves each number independently: then small blocks are joined
    checks: ClassVar[Mapping[str, Check]]  # of each setting but the rate

    def __init__(self, parameters: Iterable[Any], *, on_nonfinite: str = "raise", **settings: Any) -> None:
        if not isinstance(on_nonfinite, str) or on_nonfinite not in ("raise", "skip"):
            raise InputValueError(f'on_nonfinite is "raise" or "skip", not {shortened(on_nonfinite)}')
        self._all_checks = {"lr": a_rate, **self.checks}
        self.on_nonfinite = on_nonfinite
        self.steps = self.skipped = 0
        self._defaults = settings
        self._checked(settings)
        self.groups: list[Group] = []
        groups = list(parameters) if isinstance(parameters, (list, tuple)) else []
        if groups and all(isinstance(group, dict) for group in groups):
            for group in groups:
                self.add_param_group(group)
        else:
            self.add_param_group({"params": parameters})

    # --- Groups -------------------------------------------------------------------------------------------------------

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters, with settings of their own.

        Parameters
        ----------
        group : dict
            The parameters under ``"params"``; settings that are not there are those of the optimizer.

        Raises
        ------
        InputTypeError, InputValueError
            If the parameters or settings are wrong, or an optimizer has no such setting; then nothing is added.
        """
        if not isinstance(group, Mapping):
            raise InputTypeError(f'a parameter group is a dict such as {{"params": [w, b]}}, not {described(group)}')
        given = [group[name] for name in group if name in INPUT]
        if len(given) != 1:
            raise InputValueError('a parameter group has its parameters under "params"; write {"params": [w, b]}')
        settings = {**self._defaults, **{name: item for name, item in group.items() if name not in INPUT}}
        self._checked(settings)
        self.groups.append(Group(checked_parameters(given[0], self.groups), settings))

    def _checked(self, group: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of a group as the rule takes them."""
        for name in group:
            if name not in self._all_checks and name != "params":
                text = name if isinstance(name, str) else ""
                found = found_name(text, self._all_checks, f"setting of {type(self).__name__}")
                raise InputValueError(f"no setting of {type(self).__name__} is called {name!r}; write {found!r}")
        missing = [name for name in self._all_checks if name not in group]
        if missing:
            raise InputValueError(f"a parameter group has no {missing[0]!r}; settings may be changed, not deleted")
        settings = {name: check(group[name], name) for name, check in self._all_checks.items()}
        self.check_together(settings)
        return settings

    @staticmethod
    def check_together(settings: dict[str, Any]) -> None:
        """Refuse settings that exclude each other."""

    @property
    def param_groups(self) -> list[Group]:
        """The same as ``groups``."""
        return self.groups

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The leaves that are trained, of all groups."""
        return tuple(parameter for group in self.groups for parameter in group.places.values)

    @property
    def lr(self) -> float | Schedule:
        """The rate or schedule of the first group. An assignment sets that of all groups."""
        return self.groups[0]["lr"]  # type: ignore[no-any-return]

    @lr.setter
    def lr(self, lr: float | Schedule) -> None:
        for group in self.groups:
            group["lr"] = lr

    @property
    def rate(self) -> float:
        """The rate of the next step, of the first group."""
        return checked_rate(self.lr, self.steps)

    # --- Steps --------------------------------------------------------------------------------------------------------

    @staticmethod
    def starts(_: dict[str, Any], /) -> dict[str, float]:
        """The names of the arrays in the memory of the rule, and the number each is filled with at first."""
        return {}

    def step(self) -> None:
        """Move every parameter that has a gradient and is not frozen.

        Raises
        ------
        TapeError
            If there is no such parameter.
        AnomalyError
            If a gradient is not finite, or so large that the memory of the rule would be infinite; unless such steps
            are skipped.
        InputTypeError, InputValueError
            If a setting has been changed to one that is wrong, or the schedule gives a rate that is negative or not
            finite.
        """
        settings = [*map(self._settings, self.groups)]
        with changing:
            alone = self.groups[0].alone() if len(settings) == 1 and self.by_number else None
            if alone is not None and quietly(self._step_of_flat, *alone, self.groups[0], settings[0]):
                return
            for group in self.groups:
                group.notice(self.groups)
            try:
                changes, memories = quietly(self._computed, settings)
            except _NotFiniteError as error:
                if self.on_nonfinite == "raise":
                    raise AnomalyError(str(error)) from None
                self.skipped += 1
                return
            if not changes:
                raise TapeError(self._why_none_moves())
            stores = [store for block, new, mask in changes for store in block.write(new, mask)]
            count = map(setattr, (self,), ("steps",), (self.steps + 1,))
            at_once(*stores, map(setattr, self.groups, repeat("memory"), memories), count)

    def _step_of_flat(self, flat: Flat, bundle: Bundle, group: Group, options: dict[str, Any]) -> bool:
        """Take the step of a single group whose parameters are one Flat; return False if it must be the general one."""
        w, g = flat.array, flat.finite_gradients()
        before = bundle.memory(group.memory, group.starts, w)
        if g is None or before is None or not options["lr"]:
            return False
        new, memory = by_rule(type(self).rule, w, g, before, options)
        change = flat.stores(new.step, None, less=True) if isinstance(new, Less) else flat.stores(new, None)
        known = map(setattr, (group, self), ("memory", "steps"), (bundle.split(memory), self.steps + 1))
        at_once(*change, known)
        return True

    def _settings(self, group: Group) -> dict[str, Any]:
        """The settings of a group as the rule takes them, with the rate of the next step."""
        if group.has_new_settings():
            checked = self._checked(group)
            group.keep_settings(checked, self.starts(checked))
        checked = group.checked
        if group.has_schedule:
            return {**checked, "lr": checked_rate(checked["lr"], self.steps)}
        return checked

    def _computed(self, settings: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        """The new numbers of each block that has gradients, and what the rule remembers of each group."""
        changes, memories = [], []
        for group, options in zip(self.groups, settings, strict=True):
            joined = self._moved_together(group, options) if self.by_number else None
            if joined is not None:
                changes.append(joined[0])
                memories.append(joined[1])
                continue
            memory = group.memory.copy()
            for block in group.places.blocks():
                found = block.read()
                if found is not None:
                    before = filled(memory.get(block.key), block, found[0], group.starts)
                    new, memory[block.key] = self._moved(block, found, before, options)
                    changes.append((block, new, found[2]))
            memories.append(memory)
        return changes, memories

    def _moved_together(self, group: Group, options: dict[str, Any]) -> tuple[Any, Any] | None:
        """The change and the memory of a group that is moved as one block; None if it is not one of that kind."""
        bundle = group.bundle()
        if not options["lr"]:
            return None
        if not group.starts:  # with nothing remembered, to join tensors would only be to copy them
            apart = bundle.read_apart()
            if apart is not None:
                return self._moved_apart(*apart, bundle, group, options)
        found = bundle.read()
        if found is None:
            return None
        w, g = found
        before = bundle.memory(group.memory, group.starts, w)
        if before is None or not math.isfinite(g.dot(g)):
            return None
        new, memory = by_rule(type(self).rule, w, g, before, options)
        return (bundle, numbers_of(new, w.dtype), None), bundle.split(memory)

    def _moved_apart(
        self, numbers: list[Array], gradients: list[Array], bundle: Bundle, group: Group, options: dict[str, Any]
    ) -> tuple[Any, Any] | None:
        """The same, tensor by tensor, for a rule that remembers nothing."""
        before = bundle.memory(group.memory, group.starts, numbers[0])
        if before is None or not are_finite(gradients):
            return None
        steps = before.steps + 1
        news = self.moved_apart(numbers, gradients, steps, options)
        return (bundle, news, None), bundle.split(Memory(steps, {}, before.order))

    @classmethod
    def moved_apart(
        cls, numbers: list[Array], gradients: list[Array], steps: Any, settings: dict[str, Any], /
    ) -> list[Array]:
        """The new numbers of several arrays, each by the rule alone, of a rule that remembers nothing."""
        pairs = zip(numbers, gradients, strict=True)
        return [numbers_of(cls.rule(w, g, {}, steps, **settings)[0], w.dtype) for w, g in pairs]

    def _moved(self, block: Block, found: Any, before: Memory, options: dict[str, Any]) -> tuple[Array, Memory]:
        """The new numbers of a block, and what is remembered of it."""
        numbers, gradients, mask = found
        part = before if mask is None else before.chosen(mask)
        if not (options["lr"] or before.arrays):  # the gradients are not used: 0 times an infinite one would be nan
            counted = Memory(part.steps + 1, {}, part.order)
            return numbers, counted if mask is None else before.merged(mask, counted)
        w, g = (_flat(numbers), _flat(gradients)) if mask is None else (numbers[mask], gradients[mask])
        is_huge = not math.isfinite(np.dot(g, g))  # or nan, or infinite
        if is_huge and not np.isfinite(g).all():
            raise _NotFiniteError(self._why_not_finite(block, gradients, mask))
        steps = part.steps + 1
        new, arrays = type(self).rule(w, g, part.arrays, steps, **options)
        new = numbers_of(new, w.dtype) if options["lr"] else w
        after = Memory(steps, {name: np.asarray(array, w.dtype) for name, array in arrays.items()}, part.order)
        if is_huge and not all(np.isfinite(array).all() for array in after.arrays.values()):
            raise _NotFiniteError(
                f"a gradient is as large as {np.abs(g).max():.3g}, and its square is infinite in {w.dtype}; nothing "
                "was moved; scale the loss, or limit the gradients with clip_grad_norm"
            )
        if mask is None:
            return new if w is numbers else new.reshape(numbers.shape), after
        whole = numbers.copy()
        whole[mask] = new
        return whole, before.merged(mask, after)

    def _why_not_finite(self, block: Block, gradients: Array, mask: Any) -> str:
        wrong = ~np.isfinite(gradients)
        k = int(np.flatnonzero(wrong if mask is None else wrong & mask)[0])
        position = block.positions[k if len(block.positions) > 1 else 0]
        group = next(g for g in self.groups if block in g.places.blocks())
        parameter = group.places.values[position]
        name = f" ({shortened(parameter.name)})" if parameter.name else ""
        return (
            f"the gradient of parameter {position}{name} is {gradients.flat[k]}, so nothing was moved; "
            "autograd.detect_anomaly() finds the operation that made it; to leave out such steps, make the optimizer "
            'with on_nonfinite="skip"'
        )

    def _why_none_moves(self) -> str:
        parameters = self.parameters
        if parameters and all(map(is_frozen, parameters)):
            return f"all of the {len(parameters)} parameters are frozen; call unfreeze() on the module to train them"
        return (
            f"none of the {len(parameters)} parameters has a gradient; "
            "call backward() on a loss that depends on them before step()"
        )

    def zero_grad(self) -> None:
        """Set all gradients to ``None``, which they are until a pass reaches the parameters again."""
        with changing:
            for group in self.groups:
                group.places.forget_gradients()

    # --- State --------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of the settings and of the memory of the rule, for `load_state_dict`.

        It is a dict of numbers, text, lists, arrays and such dicts, with text as keys. A schedule is not in it, but the
        state of `reduce_on_plateau` is.

        Examples
        --------
        >>> from autograd import Value
        >>> from nn import optim
        >>> x = Value(3.0)
        >>> optimizer = optim.SGD([x], lr=0.25, momentum=0.5)
        >>> (x * x).backward()
        >>> optimizer.step()
        >>> optimizer.state_dict()["groups"]["0"]["memory"]
        {'values': {'steps': 1, 'momentum': array([6.])}}
        """
        return state_of(self)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from the settings and memory of another optimizer, for parameters of the same number and shapes.

        Rates are taken over where neither optimizer has a schedule in their place.

        Raises
        ------
        InputTypeError, InputValueError
            If it is the state of another kind of optimizer, or of other parameters; then nothing is changed.
        """
        checked = checked_state(self, state)
        with changing:
            at_once(*stores_of(self, checked))

    def __repr__(self) -> str:
        lr = self.lr
        rate = getattr(lr, "__name__", "a schedule") if callable(lr) else repr(lr)
        count = f"{len(self.parameters):,} parameters" + f" in {len(self.groups)} groups" * (len(self.groups) > 1)
        return f"{type(self).__name__}({count}, lr={rate}, after {self.steps} steps)"


def _flat(array: Array) -> Array:
    """An array as one of a single axis."""
    return array if array.ndim == 1 else array.reshape(-1)
