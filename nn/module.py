"""``Module``: the base of neurons, layers and networks; its parameters, its scope on the tape, and its description.

A module is an object whose attributes hold leaves, which are its parameters, and other modules, directly or in
containers; `members` says in which. Nothing is registered: `Module.parameters` looks for those that are there when it
is called.
"""

from __future__ import annotations

import reprlib
from textwrap import indent
from typing import Any, TypeVar
from weakref import WeakValueDictionary, ref

import numpy as np

from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note
from autograd.errors import InputTypeError, described
from autograd.parameters import forget_gradients

from .members import Holder, Parameter, is_parameter, parameters_among, refuse_hidden, walk

__all__ = ["Module"]

M = TypeVar("M", bound="Module")

# The module that opened a scope, by the identity of the scope's note. A module that is called for the first time finds
# its caller here, and in the caller its own path. The references are weak: a call keeps no module alive.
_callers: WeakValueDictionary[int, Module] = WeakValueDictionary()


class Module(Holder):
    """A part of a network: parameters, other modules, and a function of its inputs.

    A subclass sets its parameters and modules as attributes and defines ``forward``. Calling the module runs
    ``forward``, and the values recorded there carry the module's path as their scope: ``mlp.layers[0].neurons[3]``. It
    is the path at the first call; the outermost module has the name of its class. Parameters may stand in attributes,
    lists, tuples, dicts, sets, dataclasses and arrays of objects. An object in which they would not be found is refused
    when it is assigned.

    Attributes
    ----------
    training : bool
        True while the module is trained, for a ``forward`` that differs between training and use.

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
    # Facts about the latest call: the scopes around the module and inside it, and the paths of the modules in it.
    _unsearched: tuple[str, ...] = ("_place", "_notes", "_children")
    _children: dict[int, tuple[ref[Module], str]] = {}  # noqa: RUF012 - replaced, never changed
    _place: tuple[Note | None, Note] | None = None

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the outputs from the inputs. Each kind of module defines it, and calling the module runs it."""
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

    def parameters(self) -> list[Parameter]:
        """Return the parameters of this module and of the modules in it, each once, in the order of their attributes.

        A parameter is a leaf, a `Value` or a `Tensor` that was not computed. The optimizers of `nn.optim` take them.

        Raises
        ------
        InputTypeError
            If an object that is not looked into holds a parameter; see `nn.members`.
        """
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """Return the parameters with their paths, such as ``layers[0].neurons[3].weights[1]``.

        The path is the text by which Python finds the parameter from the module; the members of a set, which Python
        does not number, stand in braces, by age: ``weights{0}``.

        Raises
        ------
        InputTypeError
            As `parameters`.
        """
        found = list(walk(self))
        refuse_hidden(self, found)
        return [(path, item) for path, item in found if is_parameter(item)]

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to ``None``, which they are until a pass reaches them again."""
        forget_gradients(parameters_among(walk(self)))

    def train(self: M, mode: bool = True) -> M:
        """Set ``training`` here and in all modules within; return the module."""
        if not isinstance(mode, bool):
            raise InputTypeError(f"train takes True or False, not {described(mode)}")
        self.training = mode
        for _, item in walk(self):
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
        scope, children = notes[path].scope, dict[int, Any]()
        for end, item in walk(self, deep=False):
            if is_parameter(item):
                name, _, _, source, branches = item.note
                item._note = Note(name, scope, "parameter", source, branches)
            elif isinstance(item, Module):
                children[id(item)] = ref(item), end
        place = (around, notes[path])
        vars(self).update(_children=children, _place=place)
        return place

    def _path_in(self, around: Note | None) -> str:
        """The path of this module, called in a scope."""
        own = type(self).__name__.lower()
        if not around or not around.scope:
            return own
        caller = _callers.get(id(around))
        path = caller._path_of(self) if caller else None
        return f"{around.scope}.{path or own}"

    def _path_of(self, module: Module) -> str | None:
        """The path of a module in this one; its own modules were noted when this one was called."""
        noted, path = self._children.get(id(module), (None, ""))
        if noted is not None and noted() is module:
            return path
        return next((path for path, item in walk(self) if item is module), None)

    # --- Description --------------------------------------------------------------------------------------------------

    def _described(self, *facts: str) -> str:
        count = sum(np.size(parameter.data) for parameter in parameters_among(walk(self)))
        return f"{type(self).__name__}({', '.join([*facts, f'{count:,} parameter' + 's' * (count != 1)])})"

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        children = [(path, item) for path, item in walk(self, deep=False) if isinstance(item, Module)]
        return "\n".join([self._described(), *(indent(f"{path}: {child!r}", "  ") for path, child in children)])
