"""What all modules share: finding the parameters, leaving their scope on the tape, and saying what they are.

A module is an object whose attributes hold leaf values, which are its parameters, and other modules, directly or in
lists, tuples and dicts. Nothing is registered: whoever asks for the parameters gets those there are at that moment.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from textwrap import indent
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from autograd import Value
from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note
from autograd.parameters import forget_gradients

__all__ = ["Module"]

M = TypeVar("M", bound="Module")

# Which module a scope belongs to, by the identity of its note: so a module that is called for the first time finds its
# caller, and under which attribute the caller keeps it. The references are weak: nobody lives longer for being called.
_callers: WeakValueDictionary[int, Module] = WeakValueDictionary()


class Module:
    """A part of a network: parameters, other modules, and what it computes from its inputs.

    A subclass sets its parameters and modules as attributes and defines ``forward``. Calling the module runs
    ``forward``, and what is recorded there carries the module's path as its scope: ``mlp.layers[0].neurons[3]``. It is
    the path at the first call; the outermost module goes by the name of its class.

    Attributes
    ----------
    training : bool
        Whether the module is being trained; for a ``forward`` that does something else when it is not.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn import Module
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope = Value(2.0)
    ...         self.shifts = [Value(0.5), Value(0.25)]
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.shifts[0]
    >>> line = Line()
    >>> y = line(3.0)
    >>> y, y.scope
    (Value(6.5), 'line')
    >>> y.backward()
    >>> for path, parameter in line.named_parameters():
    ...     print(path, parameter.grad)
    slope 3.0
    shifts[0] 1.0
    shifts[1] None
    >>> line
    Line(3 parameters)
    """

    training: bool = True
    _place: tuple[Note | None, Note] | None = None  # the scope around at the last call, and the scope in it

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """What the module computes; defined by each kind of module, run by calling the module."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes; give the class a method forward(self, x)"
        )

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        before = note_here()
        around = current_note() if active else before
        place = self._place
        if place is None or place[0] is not around:
            place = self._find_place(around)
        try:
            set_note(place[1])
            return self.forward(*inputs, **options)
        finally:
            set_note(before)

    # --- Parameters ---------------------------------------------------------------------------------------------------

    def parameters(self) -> list[Value]:
        """The leaf values of this module and the modules in it, in the order of their attributes, each once."""
        return [item for _, item in _members(self) if isinstance(item, Value)]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The parameters with their paths, such as ``layers[0].neurons[3].weights[1]``."""
        return [(path, item) for path, item in _members(self) if isinstance(item, Value)]

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters: from here on ``grad`` is ``None``, until a pass reaches them."""
        forget_gradients(self.parameters())

    def train(self: M, mode: bool = True) -> M:
        """Set ``training`` here and in all modules within; returns the module."""
        self.training = mode
        for _, item in _members(self):
            if isinstance(item, Module):
                item.training = mode
        return self

    def eval(self: M) -> M:
        """The same as ``train(False)``."""
        return self.train(False)

    # --- Scope --------------------------------------------------------------------------------------------------------

    def _find_place(self, around: Note | None) -> tuple[Note | None, Note]:
        """The scope around and the one for this module, at its first call there."""
        path = around.scope if around else ""
        notes: dict[str, Note] = self.__dict__.setdefault("_notes", {})
        if path not in notes:
            notes[path] = Note(scope=self._path_in(around))
            _callers[id(notes[path])] = self
        scope = notes[path].scope
        for item in _own_values(self):
            name, _, _, source, branches = item.note
            item._note = Note(name, scope, "parameter", source, branches)
        self._place = (around, notes[path])
        return self._place

    def _path_in(self, around: Note | None) -> str:
        own = type(self).__name__.lower()
        if not around or not around.scope:
            return own
        caller = _callers.get(id(around))
        path = (_direct_path(caller, self) or _any_path(caller, self)) if caller else None
        return f"{around.scope}.{path or own}"

    def __getstate__(self) -> dict[str, Any]:
        return {name: item for name, item in vars(self).items() if name not in _SCOPE}

    # --- Description --------------------------------------------------------------------------------------------------

    def _described(self, *facts: str) -> str:
        count = len(self.parameters())
        return f"{type(self).__name__}({', '.join([*facts, f'{count:,} parameter' + 's' * (count != 1)])})"

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        children = [(path, item) for path, item in _members(self, deep=False) if isinstance(item, Module)]
        return "\n".join([self._described(), *(indent(f"{path}: {child!r}", "  ") for path, child in children)])


_SCOPE = ("_place", "_notes")  # what a module remembers of its calls, and a copy of it does not


def _own_values(module: Module) -> Iterator[Value]:
    """The leaf values that a module holds itself, also in lists, tuples and dicts, but not by way of other modules."""
    seen: set[int] = set()
    waiting: list[Any] = [item for name, item in vars(module).items() if name not in _SCOPE]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Value):
            if item._op is None:
                yield item
        elif isinstance(item, (list, tuple, dict)) and id(item) not in seen:
            seen.add(id(item))
            waiting.extend(item.values() if isinstance(item, dict) else item)


def _direct_path(caller: Module, module: Module) -> str | None:
    """The path of a module that is an attribute of its caller, or in a list that is one: most are."""
    for name, item in vars(caller).items():
        if item is module:
            return name
        if type(item) is list or type(item) is tuple:
            for k, each in enumerate(item):
                if each is module:
                    return f"{name}[{k}]"
    return None


def _any_path(caller: Module, module: Module) -> str | None:
    """The path of a module that its caller holds anywhere."""
    return next((path for path, item in _members(caller) if item is module), None)


def _members(module: Module, deep: bool = True) -> Iterator[tuple[str, Module | Value]]:
    """The leaf values and modules that a module holds, each once, in order and with its path.

    ``deep`` says whether those held by other modules count.
    """
    seen = {id(module)}
    waiting: list[tuple[str, Any]] = list(reversed(_items("", module)))
    while waiting:
        path, item = waiting.pop()
        if not isinstance(item, (Value, Module, list, tuple, dict)) or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Value):
            if item._op is None:
                yield path, item
            continue
        if isinstance(item, Module):
            yield path, item
            if not deep:
                continue
        waiting.extend(reversed(_items(path, item)))


def _items(path: str, container: Any) -> list[tuple[str, Any]]:
    """What a module, list, tuple or dict holds, with the path of each."""
    if isinstance(container, Module):
        dot = "." if path else ""
        return [(f"{path}{dot}{name}", item) for name, item in vars(container).items() if name not in _SCOPE]
    if isinstance(container, dict):
        return [(f"{path}[{key!r}]", item) for key, item in container.items()]
    return [(f"{path}[{k}]", item) for k, item in enumerate(container)]
