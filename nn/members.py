"""The parameters and modules that an object holds, each with the path by which Python finds it.

    model ─ layers ─ [0] ─ neurons ─ [3] ─ weights ─ [1]            model.layers[0].neurons[3].weights[1]

A parameter is a leaf, a `Value` or a `Tensor` that was not computed. Parameters and modules are found in

    attributes     of modules, namespaces and dataclasses, also in slots; and in the class of a user's module
    containers     lists, tuples, deques, dicts, sets, arrays of objects, and the arguments of a `functools.partial`

and in all of these inside one another. Buffers are found there as well: arrays of numbers, which are saved and not
trained. `items` lists the contents of one such object, ``items.register`` adds a kind, and `walk` follows them. Code is
not searched: the values that a function refers to belong to the object that made it. Any other object is opaque. A
parameter in it would not be found and not be trained, so a module refuses an opaque object that holds one.

A frozen parameter is marked in its note, and no optimizer moves it.
"""

from __future__ import annotations

import gc
import types
from argparse import Namespace
from collections import UserDict, UserList, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import lru_cache, partial, singledispatch
from math import inf
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from autograd import InputTypeError, Tensor, Value
from autograd.core.context import Note
from autograd.errors import described, shortened

__all__ = [
    "Buffer",
    "Holder",
    "Parameter",
    "freezes",
    "is_buffer",
    "is_frozen",
    "is_parameter",
    "items",
    "parameter",
    "parameters_among",
    "refuse_hidden",
    "set_frozen",
    "walk",
]

Parameter: TypeAlias = Value | Tensor
Buffer: TypeAlias = np.ndarray[Any, Any]

MOST = 10_000  # objects; the search for a parameter in an opaque object ends there
OURS = {"autograd", "nn", "visualize"}  # their records, steps and optimizers refer to values, and hold no parameters
CODE = (type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.CodeType)
BUILT_IN = {list, tuple, dict}
NODES = (Value, Tensor)
PLAIN = {bool, int, float, complex, str, bytes, type(None), *CODE}  # types of most items, which hold nothing


class Holder:
    """An object whose attributes are searched: the base of all modules."""

    _unsearched: tuple[str, ...] = ()  # attributes that are neither searched nor copied

    def __setattr__(self, name: str, item: Any) -> None:
        if type(item) not in PLAIN and not isinstance(item, (*NODES, Holder)):
            refuse_hidden(self, _follow([(name, item)], self, deep=False))
        super().__setattr__(name, item)

    def __getstate__(self) -> dict[str, Any]:
        # A copy is made in the order of its state. With the parameters first, those of a set keep their order by age.
        return {"": parameters_among(walk(self)), **_slots(self), **_own(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, item in state.items():
            if name:
                super().__setattr__(name, item)


def parameter(data: Any, name: str) -> Any:
    """Return a new parameter with a name: a tensor of an array or a list, a value of a number."""
    made = Tensor(data) if isinstance(data, (np.ndarray, list)) else Value(data)
    made._note = Note(name, role="parameter")
    return made


def is_parameter(item: Any) -> TypeGuard[Parameter]:
    """Return True for a value or tensor that was not computed."""
    return isinstance(item, NODES) and item._op is None


def parameters_among(found: Iterable[tuple[str, Any]]) -> list[Parameter]:
    """Return the parameters among what `walk` has found; values and tensors that it finds are leaves."""
    return [item for _, item in found if isinstance(item, NODES)]


def is_buffer(item: Any) -> TypeGuard[Buffer]:
    """Return True for a plain array of numbers or truth values: state that is saved with a module and not trained."""
    return type(item) is np.ndarray and item.dtype.kind in "biuf"


# --- Frozen parameters ------------------------------------------------------------------------------------------------

_changes = [0]  # how often parameters were frozen or unfrozen


def is_frozen(parameter: Parameter) -> bool:
    """Return True for a parameter that no optimizer may move."""
    return parameter.note.frozen


def set_frozen(parameters: Iterable[Parameter], frozen: bool) -> None:
    """Freeze parameters, or let optimizers move them again."""
    for parameter in parameters:
        parameter._note = parameter.note._replace(frozen=frozen)
    _changes[0] += 1


def freezes() -> int:
    """Return a number that changes whenever parameters are frozen or unfrozen.

    An optimizer asks each of its parameters again when the number has changed, instead of at every step.
    """
    return _changes[0]


# --- What an object holds ---------------------------------------------------------------------------------------------


@singledispatch
def items(holder: Any) -> Iterable[tuple[str, Any]] | None:
    """Return what an object holds, each with the end of its path; None for an object that is not searched."""
    return _named(holder) if is_dataclass(holder) and not isinstance(holder, type) else None


@items.register(Holder)
@items.register(types.SimpleNamespace)
@items.register(Namespace)
def _named(holder: Any) -> Iterable[tuple[str, Any]]:
    """The attributes, by their names."""
    return [(f".{name}", item) for name, item in _attributes(holder).items() if type(item) not in PLAIN]


@items.register(list)
@items.register(tuple)
@items.register(deque)
@items.register(UserList)
def _numbered(holder: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    """The items, by their positions."""
    return [(f"[{k}]", item) for k, item in enumerate(holder) if type(item) not in PLAIN]


@items.register(dict)
@items.register(UserDict)
@items.register(types.MappingProxyType)
def _keyed(holder: Mapping[Any, Any]) -> Iterable[tuple[str, Any]]:
    """The items, by their keys; and those keys that may be, or hold, parameters."""
    keys = ((f"{{{k}}}", key) for k, key in enumerate(holder) if type(key) not in PLAIN)
    return [*((f"[{key!r}]", item) for key, item in holder.items() if type(item) not in PLAIN), *keys]


@items.register(set)
@items.register(frozenset)
def _aged(holder: set[Any] | frozenset[Any]) -> Iterable[tuple[str, Any]]:
    """The members of a set by age, an order that is the same in every process.

    A parameter is as old as its creation number says, and any other object as old as its oldest parameter.
    """
    ages = {id(item): min((p._number for p in parameters_among(walk([item]))), default=inf) for item in holder}
    return [(f"{{{k}}}", item) for k, item in enumerate(sorted(holder, key=lambda item: ages[id(item)]))]


@items.register(np.ndarray)
def _indexed(holder: np.ndarray[Any, Any]) -> Iterable[tuple[str, Any]]:
    """The elements of an array of objects, by their indices; the columns of an array of records, by their names."""
    if not holder.dtype.hasobject:
        return ()
    array = np.asarray(holder)  # without the mask of a masked array
    if array.dtype.names:
        return [(f"[{name!r}]", array[name]) for name in array.dtype.names]
    return [(f"[{', '.join(map(str, index)) or '()'}]", array[index]) for index in np.ndindex(array.shape)]


@items.register(partial)
def _arguments(holder: partial[Any]) -> Iterable[tuple[str, Any]]:
    """The arguments that are given already."""
    return [(".args", holder.args), (".keywords", holder.keywords)]


def _attributes(holder: Any) -> dict[str, Any]:
    """The attributes of an object by name: the data of its classes, the slots, and those of the object itself."""
    kinds = _kinds(holder.__class__)
    if not kinds:
        return _own(holder)
    found: dict[str, Any] = {}
    for kind in kinds:
        for name, item in vars(kind).items():
            if type(item) not in PLAIN and not hasattr(item, "__get__") and not name.startswith("__"):
                found[name] = item
    return {**found, **_slots(holder), **_own(holder)}


@lru_cache
def _kinds(kind: type) -> list[type]:
    """The base classes and the class itself, without those of this project, which have no data or slots."""
    return [each for each in reversed(kind.__mro__) if each is not object and not _is_ours(each)]


def _slots(holder: Any) -> dict[str, Any]:
    """The slots of an object that are filled."""
    kinds = _kinds(holder.__class__)
    slots = [name for kind in kinds for name, x in vars(kind).items() if isinstance(x, types.MemberDescriptorType)]
    return {name: getattr(holder, name) for name in slots if name != "__dict__" and hasattr(holder, name)}


def _own(holder: Any) -> dict[str, Any]:
    """The attributes that stand in the dict of an object."""
    unsearched = getattr(type(holder), "_unsearched", ())
    return {name: item for name, item in getattr(holder, "__dict__", {}).items() if name not in unsearched}


# --- The search -------------------------------------------------------------------------------------------------------


def walk(holder: Any, deep: bool = True, buffers: bool = False) -> Iterator[tuple[str, Any]]:
    """Find the parameters and modules that an object holds, each once, in order and with its path.

    The search finds opaque objects, too; see `refuse_hidden`.

    Parameters
    ----------
    holder : Holder or container
        The object that is searched.
    deep : bool
        True if the modules that are found are searched as well.
    buffers : bool
        True if arrays of numbers are found, too; see `is_buffer`.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.members import walk
    >>> for path, parameter in walk({"layers": [Value(1.0), (Value(2.0), 0.5)]}):
    ...     print(path, parameter)
    ['layers'][0] Value(1.0)
    ['layers'][1][0] Value(2.0)
    """
    return _follow([(end.removeprefix("."), item) for end, item in items(holder) or ()], holder, deep, buffers)


def _follow(found: list[tuple[str, Any]], root: Any, deep: bool, buffers: bool = False) -> Iterator[tuple[str, Any]]:
    """The search of `walk`, from what a root holds."""
    seen = {id(root): root}  # the objects are kept, so that no other one gets an identity that was seen
    waiting = found[::-1]
    while waiting:
        path, item = waiting.pop()
        kind, key = type(item), id(item)
        if kind in PLAIN or key in seen:
            continue
        seen[key] = item
        if isinstance(item, NODES):
            if item._op is None:
                yield path, item
            continue
        if is_buffer(item):
            if buffers:
                yield path, item
            continue
        is_holder = isinstance(item, Holder)
        if not (is_holder or kind in BUILT_IN) and _is_closed(item):
            continue
        held = items(item) if deep or not is_holder else ()
        if is_holder or held is None:
            yield path, item
        if held:
            waiting += [(f"{path}{end}", each) for end, each in held][::-1]


def _is_ours(kind: type) -> bool:
    """Return True for a class of this project."""
    return str(kind.__module__).partition(".")[0] in OURS


def _is_closed(item: Any) -> bool:
    """Return True for code, and for records of this project, which hold no parameters."""
    return isinstance(item, CODE) or _is_ours(type(item))


def refuse_hidden(holder: Any, found: Iterable[tuple[str, Any]]) -> None:
    """Refuse opaque objects that hold a parameter or module which the holder does not hold elsewhere.

    Raises
    ------
    InputTypeError
        If there is one; the message says where to keep the parameter instead.
    """
    for path, item in found:
        if not isinstance(item, (*NODES, Holder)):
            hidden = _hidden_in(item, holder)
            if hidden is not None:
                raise InputTypeError(
                    f"{type(holder).__name__}.{path} is {described(item)}, in which {shortened(hidden)} would neither "
                    "be found nor trained; keep it in an attribute of a Module or a dataclass, or in a list, dict or "
                    "array of objects"
                )


def _hidden_in(opaque: Any, holder: Any) -> Any:
    """A parameter or module that an opaque object refers to, and the holder does not hold; else None."""
    known: set[int] | None = None
    seen: dict[int, Any] = {}
    waiting = [opaque]
    while waiting and len(seen) < MOST:
        item = waiting.pop()
        if type(item) in PLAIN or id(item) in seen:
            continue
        seen[id(item)] = item
        if is_parameter(item) or isinstance(item, Holder):
            known = known or {id(holder), *(id(each) for _, each in walk(holder))}
            if id(item) not in known:
                return item
        elif not _is_closed(item):
            held = items(item)
            waiting += gc.get_referents(item) if held is None else [each for _, each in held]
    return None
