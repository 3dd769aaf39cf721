"""The search for the surroundings of a function: all that its code names, and that what it calls names.

The search also finds the random generators that a function could draw from.
"""

from __future__ import annotations

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
import numpy.random  # numpy would import it at first use, where an interrupt becomes an ImportError

from ...arrays.tensor import Tensor
from ...core.context import internal
from ...core.tape import Node

__all__ = ["ABSENT", "PLAIN", "Search", "Watch", "content"]

MOST = 2000  # the most objects that are searched
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, Enum)
# Packages that are not searched.
KNOWN = {"autograd", "numpy", *sys.stdlib_module_names}
# Methods that Python calls although no code names them.
CALLED = ("__call__", "__bool__", "__contains__", "__getattr__", "__getitem__", "__iter__", "__len__")
LEAVES = (Node, np.ndarray, *PLAIN)  # objects that are not searched
ABSENT = object()


class Watch(NamedTuple):
    """A part of the surroundings.

    Attributes
    ----------
    label : str
        Its name in the user's code.
    read : callable
        Returns its present value; `ABSENT` if there is none.
    identity : bool
        True if an object of any type is watched; False if only plain ones, such as numbers and texts, are.
    settled : bool
        True of a parameter or a container, and of the items of a list of objects, which are watched by identity, too,
        unless the recorded call puts others in their place.
    """

    label: str
    read: Callable[[], Any]
    identity: bool
    settled: bool = False


class Generator(NamedTuple):
    """A random generator: its name, and functions that read its state and set it."""

    label: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]


def _generator(label: str, x: Any) -> Generator | None:
    """Return a random generator as one; ``None`` for any other object."""
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else Generator(label, x.getstate, x.setstate)  # has no state
    if isinstance(x, np.random.RandomState):
        return Generator(label, partial(x.get_state, legacy=False), x.set_state)
    if isinstance(x, np.random.Generator):
        return Generator(label, lambda: x.bit_generator.state, partial(setattr, x.bit_generator, "state"))
    return None


def content(cell: Any) -> Any:
    """The content of a cell; `ABSENT` for an unassigned variable."""
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _slot(reference: Callable[[], Any], name: str) -> Any:
    return getattr(reference(), name, ABSENT)


def _own(x: Any) -> Mapping[str, Any]:
    """Return the ``__dict__`` of an object, without a call of its class's ``__getattr__``."""
    try:
        own = object.__getattribute__(x, "__dict__")
    except Exception:
        return {}
    return own if isinstance(own, (dict, MappingProxyType)) else {}


def _is_known(module: object) -> bool:
    return str(module).partition(".")[0] in KNOWN


def _names_in(code: CodeType) -> Iterator[str]:
    """The names in code and in nested code, and its texts, which may be arguments of ``getattr``; no special ones."""
    yield from (name for name in code.co_names if not name.startswith("__"))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)
        elif isinstance(constant, str) and not (constant.startswith("__") and constant.endswith("__")):
            yield constant


class Search:
    """A breadth-first search through the globals, cells and attributes that code names.

    Code contains names. Attributes of those names may be functions, whose code contains further names; so the search
    repeats until there are no new ones. The attributes of a class are searched once for all of its objects.
    """

    def __init__(self, function: Any, arguments: Iterable[tuple[str, Any]]) -> None:
        self.watches: list[Watch] = []
        self.has_tensors = False
        self.generators = [
            Generator("the module random", random.getstate, random.setstate),
            Generator(
                "numpy's global random generator", partial(np.random.get_state, legacy=False), np.random.set_state
            ),
        ]
        self._names: set[str] = set()
        self._searched: set[str] = set()  # the names that were looked up in all classes and objects so far
        self._seen: dict[int, Any] = {}  # the objects are kept, so that no id is reused
        self._classes: dict[type, _Class] = {}
        self._inherited: set[tuple[type, str]] = set()  # class attributes that were found
        self._waiting: deque[tuple[str, Any]] = deque([("", function), *arguments])
        while self._waiting:
            while self._waiting and len(self._seen) < MOST:
                self._visit(*self._waiting.popleft())
            if len(self._seen) >= MOST:
                return
            fresh = self._names - self._searched
            self._searched |= fresh
            for known in [*self._classes.values()]:
                self._look_at_class(known, fresh)
                for label, x, own in known.objects:
                    self._look_at_object(label, x, own, known, fresh)

    def _add(self, found: Iterable[tuple[str, Any]]) -> None:
        for label, x in found:
            if not isinstance(x, LEAVES):
                self._waiting.append((label, x))
            elif isinstance(x, Tensor):
                self.has_tensors = True

    def _visit(self, label: str, x: Any) -> None:
        if id(x) in self._seen:
            return
        self._seen[id(x)] = x
        generator = _generator(f"the generator {label}", x)
        if generator is not None:
            self.generators.append(generator)
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
            kinds = set(map(type, x))
            self.has_tensors |= any(issubclass(kind, Tensor) for kind in kinds)
            if not all(issubclass(kind, LEAVES) for kind in kinds):  # not a list of parameters
                if isinstance(x, list):
                    self.watches.append(Watch(label, partial(tuple, x), False, True))
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
        """Add the names in a function's code, and the values of its globals, cells and defaults."""
        names = set(_names_in(function.__code__))
        self._names |= names
        globals_ = function.__globals__
        found = [(name, partial(globals_.get, name, ABSENT)) for name in sorted(names & globals_.keys())]
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        found += [(name, partial(content, cell)) for name, cell in cells]
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
            self._look_at_object(label, x, own, known, self._searched)

    def _class(self, kind: type) -> _Class | None:
        """Return the entry of a class; ``None`` for a class of this library."""
        if kind not in self._classes and not str(kind.__module__).startswith("autograd."):
            known = self._classes[kind] = _Class([each for each in kind.__mro__ if not _is_known(each.__module__)])
            self._add((kind.__name__, vars(each).get(name)) for each in known.order for name in CALLED)
            self._look_at_class(known, self._searched)
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
        """Look up names among the attributes of an object, or the items of a dict, and among its slots."""
        own_facts = getattr(type(x), "_unsearched", ())  # what a module notes down about its latest call
        for name in sorted(names & own.keys()):
            dotted = f"{label}[{name!r}]" if own is x else f"{label}.{name}"
            self._found(dotted, own[name], partial(own.get, name, ABSENT), name not in own_facts)
        for name in sorted((known.plain & names) - own.keys()):
            self.watches.append(Watch(f"{label}.{name}", partial(own.get, name, ABSENT), False))
        for name in sorted(known.slots & names):
            self._found(f"{label}.{name}", getattr(x, name, ABSENT), partial(_slot, _reference(x), name))

    def _found(self, label: str, x: Any, read: Callable[[], Any], settles: bool = True) -> None:
        is_array = isinstance(x, (np.ndarray, Tensor)) or (hasattr(type(x), "__array__") and not isinstance(x, Node))
        is_settled = isinstance(x, (list, tuple, dict)) or (isinstance(x, Node) and not is_array and x._op is None)
        if isinstance(x, PLAIN) or is_array or (is_settled and settles):
            self.watches.append(Watch(label, read, is_array, is_settled))
        self._add([(label, x)])


class _Class:
    """A class that the search has found.

    Attributes
    ----------
    order : list of type
        The class and its bases.
    objects : list of (str, object, mapping)
        The objects of the class that were found: name, object, ``__dict__``.
    plain, slots : set of str
        The names of its plain attributes, and of its slots.
    """

    def __init__(self, order: list[type]) -> None:
        self.order = order
        self.objects: list[tuple[str, Any, Mapping[str, Any]]] = []
        self.plain: set[str] = set()
        self.slots: set[str] = set()


def _reference(x: Any) -> Callable[[], Any]:
    """Return a weak reference, if there can be one, so that the object is not kept alive."""
    try:
        return weakref.ref(x)
    except TypeError:
        return lambda: x
