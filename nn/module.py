"""``Module``: the base of neurons, layers and networks; its parameters, its scope on the tape, and its description.

A module is an object whose attributes hold leaves, which are its parameters, and other modules, directly or in
containers; `members` says in which. Nothing is registered: `Module.parameters` looks for those that are there when it
is called.
"""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from textwrap import indent
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary, ref

import numpy as np

from autograd import Tensor
from autograd.core.context import Note, current_note
from autograd.core.modes import active, note_here, set_note
from autograd.errors import InputTypeError, InputValueError, described, shortened
from autograd.parameters import forget_gradients

from .following import Parameters
from .given import refusing_others
from .members import (
    Buffer,
    Holder,
    Parameter,
    is_buffer,
    is_frozen,
    is_parameter,
    parameters_among,
    refuse_hidden,
    set_frozen,
    walk,
)
from .state import State, set_state, state_of, stores_of

__all__ = ["Module"]

M = TypeVar("M", bound="Module")
P = ParamSpec("P")
R = TypeVar("R", covariant=True)

# The module that opened a scope, by the identity of the scope's note. A module that is called for the first time finds
# its caller here, and in the caller its own path. The references are weak: a call keeps no module alive.
_callers: WeakValueDictionary[int, Module] = WeakValueDictionary()


class _Callable(Protocol[P, R]):
    """A module as its call sees it, so that ``model(x)`` has the type that its ``forward(x)`` has."""

    _place: tuple[Note | None, Note] | None

    def _find_place(self, around: Note | None) -> tuple[Note | None, Note]: ...
    def forward(self, *inputs: P.args, **options: P.kwargs) -> R: ...


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
        True in training mode, for a ``forward`` that differs between training and evaluation.

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

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__.startswith("nn.") and "__init__" in vars(cls):
            cls.__init__ = refusing_others(cls.__init__)  # type: ignore[method-assign]

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the outputs from the inputs. Each kind of module defines it, and calling the module runs it."""
        raise NotImplementedError(
            f"{type(self).__name__} does not say what it computes; give the class a method forward(self, x)"
        )

    def __call__(self: _Callable[P, R], *inputs: P.args, **options: P.kwargs) -> R:
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
            If an object that is not searched, such as one of a class of the user's own, holds a parameter.
        """
        return Parameters(self, [parameter for _, parameter in self.named_parameters()])

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

    def freeze(self: M) -> M:
        """Let no optimizer move the parameters of this module and of the modules in it; return the module.

        That holds for optimizers that exist already, too. Frozen parameters are counted and saved like others, and
        passes compute their gradients like those of others. A parameter that is shared is frozen wherever it is held.

        Examples
        --------
        >>> from nn import MLP, init
        >>> model = MLP(2, [3, 1], init=init.constant(0.5))
        >>> model.layers[0].freeze().frozen, model.frozen
        (True, False)
        >>> model
        MLP(2 -> 3 relu -> 1 linear, 13 parameters, 9 frozen)
        >>> model([1.0, 2.0]).backward()
        >>> model.layers[0].neurons[0].bias
        Value(0.0, name='b', grad=0.5)
        """
        set_frozen(self.parameters(), True)
        return self

    def unfreeze(self: M) -> M:
        """Let optimizers move the parameters again; return the module."""
        set_frozen(self.parameters(), False)
        return self

    @property
    def frozen(self) -> bool:
        """True if there are parameters and all of them are frozen."""
        parameters = self.parameters()
        return bool(parameters) and all(map(is_frozen, parameters))

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

    # --- Buffers ------------------------------------------------------------------------------------------------------

    def named_buffers(self) -> list[tuple[str, Buffer]]:
        """Return the buffers of this module and of the modules in it with their paths, each once.

        A buffer is a plain numpy array of numbers or truth values in an attribute, or in a container there: state
        that is saved and loaded with the parameters, and not trained, such as the running mean of a batch norm.

        Examples
        --------
        >>> import numpy as np
        >>> from nn import Module
        >>> module = Module()
        >>> module.register_buffer("mean", np.zeros(2))
        >>> module.limits = [np.ones(2), np.array(3.0)]
        >>> module.named_buffers()
        [('mean', array([0., 0.])), ('limits[0]', array([1., 1.])), ('limits[1]', array(3.))]
        >>> module.parameters()
        []
        """
        return [(path, item) for path, item in walk(self, buffers=True) if is_buffer(item)]

    def register_buffer(self, name: str, array: Any) -> None:
        """Keep an array as a buffer: the same as assigning it to an attribute, but checked.

        Parameters
        ----------
        name : str
            The name of the attribute, which is new or was a buffer.
        array : array_like or Tensor
            Real numbers or truth values, of any shape. A numpy array is kept itself; of anything else, its numbers.

        Raises
        ------
        InputTypeError
            If the name is not text, or the array is not one of numbers.
        InputValueError
            If the name is not an identifier, or the attribute exists and is not a buffer.
        """
        if not isinstance(name, str):
            raise InputTypeError(f"register_buffer takes a name and an array, not {described(name)} for a name")
        if not name.isidentifier():
            raise InputValueError(f"the name of a buffer is that of an attribute, not {shortened(name)}")
        if hasattr(self, name) and not is_buffer(getattr(self, name)):
            raise InputValueError(f"{type(self).__name__}.{name} exists and is no buffer; choose another name")
        setattr(self, name, _as_buffer(array))

    # --- State --------------------------------------------------------------------------------------------------------

    def state_dict(self) -> State:
        """Return copies of the numbers of all parameters, and then of all buffers, by their paths.

        Returns
        -------
        dict from str to float or ndarray
            A float for each `Value`, an array for each `Tensor` and buffer. `nn.save` stores it in a file.

        Examples
        --------
        >>> from nn import Neuron, init
        >>> neuron = Neuron(2, init=init.constant(0.5))
        >>> before = neuron.state_dict()
        >>> before
        {'weights[0]': 0.5, 'weights[1]': 0.5, 'bias': 0.0}
        >>> neuron.bias.data = 3.0
        >>> neuron.load_state_dict(before)
        >>> neuron.bias
        Value(0.0, name='b')
        """
        return state_of(self._members())

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Assign the numbers of a state to the parameters and buffers: to all of them, or to none.

        Gradients, and what was recorded before, stay as they are.

        Parameters
        ----------
        state : mapping from str to array_like
            The numbers by path, as `state_dict` returns them.

        Raises
        ------
        InputTypeError
            If the state is not a mapping.
        InputValueError
            If a path is missing or is not in the model, if a shape differs, or if the dtype in the model would
            change a number, as float32 changes 0.1. The message lists them by path.
        """
        set_state(stores_of(type(self).__name__, self._members(), state))

    def _members(self) -> list[tuple[str, Any]]:
        """The parameters and buffers with their paths."""
        return [*self.named_parameters(), *self.named_buffers()]

    # --- Scope --------------------------------------------------------------------------------------------------------

    def _find_place(self, around: Note | None) -> tuple[Note | None, Note]:
        """The scope around a call, and the scope of this module in it, which its first call there makes."""
        path = around.scope if around else ""
        notes: dict[str, Note] = self.__dict__.setdefault("_notes", {})
        if path not in notes:
            notes[path] = Note(scope=self._path_in(around))
            _callers[id(notes[path])] = self
        scope, children = notes[path].scope, dict[int, Any]()
        for end, item in walk(self, deep=False):
            if is_parameter(item):
                item._note = item.note._replace(scope=scope, role="parameter")
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
        parameters = parameters_among(walk(self))
        count, frozen = (sum(np.size(p.data) for p in some) for some in (parameters, filter(is_frozen, parameters)))
        counts = [f"{count:,} parameter{'s' * (count != 1)}", *[f"{frozen:,} frozen"] * bool(frozen)]
        return f"{type(self).__name__}({', '.join([*facts, *counts])})"

    @reprlib.recursive_repr()
    def __repr__(self) -> str:
        children = [(path, item) for path, item in walk(self, deep=False) if isinstance(item, Module)]
        return "\n".join([self._described(), *(indent(f"{path}: {child!r}", "  ") for path, child in children)])


def _as_buffer(given: Any) -> Buffer:
    """The argument as an array, itself if it is one already."""
    try:
        array = given.numpy() if isinstance(given, Tensor) else np.asarray(given)
    except (TypeError, ValueError):  # rows of different lengths; objects that refuse to be an array
        array = None
    if not is_buffer(array):
        raise InputTypeError(
            f"a buffer is an array of real numbers or truth values, not {described(given)}; "
            "assign anything else to an attribute"
        )
    return array
