"""What a function has from elsewhere, beside its arguments: what its code names among globals, cells and attributes.

    RATE = 0.5
    def loss(x, y):                             RATE                     watched, by its number
        return RATE * (model(x) - y) ** 2       model                    watched, by its identity
                                                model.drop.training      watched, if the code of `forward` names it

A program has all of this baked in, so it is right for as long as nothing of it has changed. What is watched can be read
in well under a microsecond, and is compared at each call: numbers, texts and truth values, also those in dicts; arrays
that are attributes; and whatever a global or a cell of the user's own functions refers to. What is inside a list or an
array is not watched, nor what code reaches by other means than its name.

The same walk finds the random generators that a function could draw from, whose numbers a program would repeat.
"""

from __future__ import annotations

import operator
import random
import sys
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from functools import cached_property, partial
from itertools import islice
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, NamedTuple

import numpy as np
import numpy.random  # here, since numpy puts it off, and an interrupt of that import comes out as another error

from ...core.context import internal
from ...core.tape import Node

__all__ = ["Surroundings"]

MOST = 2000  # objects that are looked at, the nearest first
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, Enum)
# Functions and modules of these are taken as they are; so are those of Python itself.
KNOWN = {"autograd", "numpy", *sys.stdlib_module_names}
# Methods that run without being named.
CALLED = ("__call__", "__bool__", "__contains__", "__getattr__", "__getitem__", "__iter__", "__len__")
LEAVES = (Node, np.ndarray, *PLAIN)  # what refers to nothing
ABSENT = object()


class Watch(NamedTuple):
    """Something that a function has from elsewhere.

    Attributes
    ----------
    label : str
        What the user calls it.
    read : callable
        Gives what there is now; `ABSENT` if there is nothing.
    identity : bool
        Whether it is watched whatever it is. Other things are only as long as they are plain.
    """

    label: str
    read: Callable[[], Any]
    identity: bool


class Surroundings:
    """What a function has from elsewhere, and what that was when the function was recorded.

    Attributes
    ----------
    watches : list of Watch
        What is compared at each call.
    generators : list of Watch
        The states of the random generators within reach.
    """

    def __init__(self, function: Any, arguments: Iterable[tuple[str, Any]] = ()) -> None:
        found = _Walk(function, arguments)
        self.watches, self.generators = found.watches, found.generators
        self._before = self._values()
        self._states = [generator.read() for generator in self.generators]

    def end_recording(self) -> list[str]:
        """Take what there is after the function has run as what it was recorded with.

        Returns
        -------
        list of str
            The names of what the function has changed itself, which calls of the program do not do.
        """
        after = self._values()
        changed = [
            watch.label
            for watch, x, y in zip(self.watches, self._before, after, strict=True)
            if isinstance(x, PLAIN) and isinstance(y, PLAIN) and not _is_same(x, y)
        ]
        kept = [
            watch.identity or x is ABSENT or isinstance(x, PLAIN) for watch, x in zip(self.watches, after, strict=True)
        ]
        self.watches = [watch for watch, keep in zip(self.watches, kept, strict=True) if keep]
        self._before = [x for x, keep in zip(after, kept, strict=True) if keep]
        self._reads = [watch.read for watch in self.watches]
        return changed

    def drawn_from(self) -> list[str]:
        """The names of the generators whose states have changed."""
        pairs = zip(self.generators, self._states, strict=True)
        return [generator.label for generator, state in pairs if not _is_same_state(state, generator.read())]

    def changed(self) -> str | None:
        """The name of something that is not what it was when the function was recorded; ``None`` if nothing is."""
        now = [read() for read in self._reads]
        if all(map(operator.is_, now, self._before)):
            return None
        differing = (
            watch.label for watch, x, y in zip(self.watches, self._before, now, strict=True) if not _is_same(x, y)
        )
        return next(differing, None)

    def _values(self) -> list[Any]:
        return [watch.read() for watch in self.watches]


def _is_same(x: Any, y: Any) -> bool:
    """True for the same object; also for plain ones that nothing tells apart, which ``==`` would do to 0.0 and 1.0."""
    return x is y or (type(x) is type(y) and isinstance(x, PLAIN) and repr(x) == repr(y))


def _is_same_state(x: Any, y: Any) -> bool:
    if isinstance(x, dict):
        return all(_is_same_state(each, y[key]) for key, each in x.items())
    return bool(np.array_equal(x, y)) if isinstance(x, np.ndarray) else bool(x == y)


def _state_of(x: Any) -> Callable[[], Any] | None:
    """A function that reads the state of a random generator; ``None`` for anything else."""
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else x.getstate  # which has none
    if isinstance(x, np.random.RandomState):
        return partial(x.get_state, legacy=False)
    return (lambda: x.bit_generator.state) if isinstance(x, np.random.Generator) else None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that is not assigned yet
        return ABSENT


def _slot(reference: Callable[[], Any], name: str) -> Any:
    return getattr(reference(), name, ABSENT)


def _own(x: Any) -> Mapping[str, Any]:
    """The attributes of an object itself; its class is not asked, which may have a ``__getattr__``."""
    try:
        own = object.__getattribute__(x, "__dict__")
    except Exception:
        return {}
    return own if isinstance(own, (dict, MappingProxyType)) else {}


def _is_known(module: object) -> bool:
    return str(module).partition(".")[0] in KNOWN


def _names_in(code: CodeType) -> Iterator[str]:
    """The names in the code of a function and of the functions within it, and its texts, which getattr may be given."""
    yield from (name for name in code.co_names if not name.startswith("__"))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
        elif isinstance(constant, str):
            yield constant


class _Walk:
    """From a function to all that its code names, and on from there.

    Code gives names, by which attributes of objects are found, which may be functions, whose code gives further names:
    so it goes round until there are no new ones. A class is looked at once for all of its objects.
    """

    def __init__(self, function: Any, arguments: Iterable[tuple[str, Any]]) -> None:
        self.watches: list[Watch] = []
        self.generators = [
            Watch("the module random", random.getstate, False),
            Watch("numpy's global random generator", partial(np.random.get_state, legacy=False), False),
        ]
        self._names: set[str] = set()
        self._looked: set[str] = set()  # the names for which all classes and objects so far were looked at
        self._seen: dict[int, Any] = {}  # the objects themselves, so that none of them makes room for another
        self._classes: dict[type, _Class] = {}
        self._inherited: set[tuple[type, str]] = set()  # attributes of classes that are watched
        self._waiting: deque[tuple[str, Any]] = deque([("", function), *arguments])
        while self._waiting:
            while self._waiting and len(self._seen) < MOST:
                self._visit(*self._waiting.popleft())
            if len(self._seen) >= MOST:
                return
            fresh = self._names - self._looked
            self._looked |= fresh
            for known in [*self._classes.values()]:
                self._look_at_class(known, fresh)
                for label, x, own in known.objects:
                    self._look_at_object(label, x, own, known, fresh)

    def _add(self, found: Iterable[tuple[str, Any]]) -> None:
        self._waiting += [(label, x) for label, x in found if not isinstance(x, LEAVES)]

    def _visit(self, label: str, x: Any) -> None:
        if id(x) in self._seen:
            return
        self._seen[id(x)] = x
        state = _state_of(x)
        if state is not None:
            self.generators.append(Watch(f"the generator {label}", state, False))
        elif isinstance(x, MethodType):
            self._add([(label, x.__func__), ("self", x.__self__)])
        elif isinstance(x, FunctionType):
            self._add([(label, vars(x).get("__wrapped__"))])
            if not _is_known(x.__module__):
                self._read_code(x)
            if vars(x):
                self._add_object(x.__name__, x)
        elif isinstance(x, partial):
            self._add((label, each) for each in (x.func, *x.args, *x.keywords.values()))
        elif isinstance(x, (list, tuple)):
            if not all(issubclass(kind, LEAVES) for kind in set(map(type, x))):  # most lists hold parameters only
                self._add((f"{label}[{k}]", each) for k, each in enumerate(islice(x, MOST)))
        elif isinstance(x, dict):
            self._add_object(label, x)
            self._add((f"{label}[{key!r}]", each) for key, each in islice(x.items(), MOST))
        elif isinstance(x, type):
            self._add([(label, vars(x).get("__init__"))])
            self._class(x)
        elif not isinstance(x, BuiltinFunctionType) and not (isinstance(x, ModuleType) and _is_known(x.__name__)):
            self._add_object(label or "self", x)
            self._add([(label, _own(x).get("__wrapped__"))])

    def _read_code(self, function: FunctionType) -> None:
        """The names in a function's code, and what its globals, cells and defaults hold."""
        names = set(_names_in(function.__code__))
        self._names |= names
        globals_ = function.__globals__
        found = [(name, partial(globals_.get, name, ABSENT)) for name in sorted(names & globals_.keys())]
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        found += [(name, partial(_content, cell)) for name, cell in cells]
        is_users = function.__code__.co_filename not in internal
        for name, read in found:
            x = read()
            if is_users and not (isinstance(x, ModuleType) and _is_known(x.__name__)):
                self.watches.append(Watch(name, read, True))
            self._add([(name, x)])
        self._add((f"a default of {function.__name__}", each) for each in function.__defaults__ or ())
        self._add((function.__kwdefaults__ or {}).items())

    # --- Attributes ---------------------------------------------------------------------------------------------------

    def _add_object(self, label: str, x: Any) -> None:
        known, own = self._class(type(x)), x if isinstance(x, dict) else _own(x)
        if known is not None:
            known.objects.append((label, x, own))
            self._look_at_object(label, x, own, known, self._looked)

    def _class(self, kind: type) -> _Class | None:
        """What is known of a class; ``None`` if it is one of the library's own."""
        if kind not in self._classes and not str(kind.__module__).startswith("autograd."):
            known = self._classes[kind] = _Class([each for each in kind.__mro__ if not _is_known(each.__module__)])
            self._add((kind.__name__, vars(each).get(name)) for each in known.order for name in CALLED)
            self._look_at_class(known, self._looked)
        return self._classes.get(kind)

    def _look_at_class(self, known: _Class, names: set[str]) -> None:
        for kind in known.order:
            for name in sorted(names & vars(kind).keys()):
                label, found = f"{kind.__name__}.{name}", vars(kind)[name]
                if isinstance(found, MemberDescriptorType):
                    known.slots.add(name)
                elif isinstance(found, (classmethod, staticmethod)):
                    self._add([(label, found.__func__)])
                elif isinstance(found, (property, cached_property)):
                    self._add([(label, found.fget if isinstance(found, property) else found.func)])
                else:
                    if (kind, name) not in self._inherited:
                        self._inherited.add((kind, name))
                        self._found(label, found, partial(vars(kind).get, name, ABSENT))
                    if isinstance(found, PLAIN):
                        known.plain.add(name)

    def _look_at_object(self, label: str, x: Any, own: Mapping[str, Any], known: _Class, names: set[str]) -> None:
        """Its own attributes; those that it may come to have, which would hide its class's; the items of a dict."""
        for name in sorted(names & own.keys()):
            dotted = f"{label}[{name!r}]" if own is x else f"{label}.{name}"
            self._found(dotted, own[name], partial(own.get, name, ABSENT))
        for name in sorted((known.plain & names) - own.keys()):
            self.watches.append(Watch(f"{label}.{name}", partial(own.get, name, ABSENT), False))
        for name in sorted(known.slots & names):
            self._found(f"{label}.{name}", getattr(x, name, ABSENT), partial(_slot, _reference(x), name))

    def _found(self, label: str, x: Any, read: Callable[[], Any]) -> None:
        is_array = isinstance(x, np.ndarray) or (hasattr(type(x), "__array__") and not isinstance(x, Node))
        if isinstance(x, PLAIN) or is_array:
            self.watches.append(Watch(label, read, is_array))
        self._add([(label, x)])


class _Class:
    """A class and those that it inherits from, its objects, and which of its attributes were named.

    Attributes
    ----------
    order : list of type
        The class and those that it inherits from.
    objects : list of (str, object, mapping)
        What each is called, itself, and its own attributes.
    plain, slots : set of str
        Attributes that it has for all of its objects, and those for which each object has a slot.
    """

    def __init__(self, order: list[type]) -> None:
        self.order = order
        self.objects: list[tuple[str, Any, Mapping[str, Any]]] = []
        self.plain: set[str] = set()
        self.slots: set[str] = set()


def _reference(x: Any) -> Callable[[], Any]:
    """A weak reference, if there can be one: nobody lives longer for being watched."""
    try:
        return weakref.ref(x)
    except TypeError:
        return lambda: x
