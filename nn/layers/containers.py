"""Modules that hold other modules: one after the other, beside a shortcut, or in a list.

Sequential(f, g, h)    h(g(f(x)))
Residual(f, g)         g(f(x)) + x,   or + S x with a linear map S where the widths differ
ModuleList([f, g])     a list, whose modules are called by hand
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any, NoReturn, Protocol, TypeVar, overload

import numpy as np

from autograd import Tensor
from autograd.core.context import current_scope
from autograd.errors import InputTypeError, InputValueError, described
from autograd.text.layout import chosen

from ..given import is_sequence, whole_number
from ..members import Holder, items
from ..module import Module
from .activations import Activation, as_activation, elementwise
from .inputs import as_array
from .linear import Linear
from .neurons import Layer

__all__ = ["ModuleList", "Residual", "Sequential"]

M = TypeVar("M", bound=Module)


class _Call(Protocol):
    """The type of a call of layers one after the other, which returns a tensor for a tensor."""

    @overload
    def __call__(self, x: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: Any, /) -> Any: ...


class Sequential(Module):
    """Layers that follow one another, each on the output of the one before it.

    Parameters
    ----------
    *layers : Module, callable or str
        Modules on scalars or on arrays, functions, and names of activations, which are applied to each element. They
        may also be given as one list.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is none of these, or there are none.

    Examples
    --------
    >>> from nn import Linear, Sequential, init
    >>> half = init.constant(0.5)
    >>> double = lambda y: y * 2.0
    >>> model = Sequential(Linear(2, 3, init=half), "relu", Linear(3, 1, init=half), double)
    >>> y = model([[1.0, 2.0], [-3.0, 1.0]])
    >>> y.sum().backward()
    >>> y.numpy(), model[0].bias.grad
    (array([[4.5],
           [0. ]]), array([1., 1., 1.]))
    >>> model
    Sequential(13 parameters)
      layers[0]: Linear(2 -> 3 linear, 9 parameters)
      layers[1]: relu
      layers[2]: Linear(3 -> 1 linear, 4 parameters)
    """

    def __init__(self, *layers: Any) -> None:
        self.layers = _checked(layers, type(self).__name__)

    __call__: _Call  # type: ignore[assignment] # which is that of forward, for tensors more exactly

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def append(self, layer: Any) -> Sequential:
        """Add a layer at the end; return the module."""
        self.layers = [*self.layers, *_checked([layer], "append")]
        return self

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: Any) -> Any:
        """Return the layer of an index; a `Sequential` of the layers of a slice."""
        found = _item(self.layers, index)
        return Sequential(found) if isinstance(index, slice) else found


class Residual(Module):
    """Layers with a shortcut around them: the sum of what they compute and of their input (He et al. 2016).

    ``y = f(x) + S x``, where S is the identity, or a linear map where the widths differ.

    Parameters
    ----------
    *layers : Module, callable or str
        The layers of f, as in `Sequential`.
    shortcut : callable, optional
        The function S. By default it is the identity. If the first and the last layer with known widths (`Linear`,
        `Layer`) show that f has different numbers of inputs and outputs, it is a ``Linear`` without bias, or a
        ``Layer`` for scalars, with Xavier's initialisation.

    Raises
    ------
    InputTypeError, InputValueError
        As `Sequential`; in a call, if the two terms differ in shape.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import Linear, Residual, init
    >>> block = Residual(Linear(2, 2, activation="relu", init=init.constant(0.5)))
    >>> x = Tensor([[1.0, 2.0]])
    >>> y = block(x)
    >>> y.sum().backward()
    >>> y.numpy(), x.grad
    (array([[2.5, 3.5]]), array([[2., 2.]]))
    >>> Residual(Linear(2, 4, activation="tanh"), Linear(4, 3))
    Residual(33 parameters)
      layers[0]: Linear(2 -> 4 tanh, 12 parameters)
      layers[1]: Linear(4 -> 3 linear, 15 parameters)
      shortcut: Linear(2 -> 3 linear, 6 parameters)
    """

    def __init__(self, *layers: Any, shortcut: Any = None) -> None:
        self.layers = _checked(layers, type(self).__name__)
        self.shortcut: Activation | None = _between(self.layers)
        if shortcut is not None:
            [self.shortcut] = _checked([shortcut], "shortcut")

    __call__: _Call  # type: ignore[assignment] # as of a Sequential

    def forward(self, x: Any) -> Any:
        x = list(x) if is_sequence(x) and not isinstance(x, (Tensor, np.ndarray)) else x
        y = x
        for layer in self.layers:
            y = layer(y)
        beside = x if self.shortcut is None else self.shortcut(x)
        if isinstance(y, (Tensor, np.ndarray)):
            beside = as_array(beside)
        elif isinstance(y, list) and isinstance(beside, (Tensor, np.ndarray)):
            beside = list(beside)
        if _shape(y) != _shape(beside):
            raise InputValueError(
                f"{current_scope()} adds outputs of shape {_shape(y)} to a shortcut of shape {_shape(beside)}; "
                "give one of their width, shortcut=Linear(n_in, n_out)"
            )
        return [one + other for one, other in zip(y, beside, strict=True)] if isinstance(y, list) else y + beside


class ModuleList(Module, MutableSequence[M]):
    """Modules in a list, which is not called itself: index it, loop over it, append to it.

    A plain list in an attribute does the same; this one is a module of its own.

    Parameters
    ----------
    modules : iterable of Module
        The modules.

    Raises
    ------
    InputTypeError
        If an item is not a module.

    Examples
    --------
    >>> from nn import Linear, ModuleList
    >>> blocks = ModuleList(Linear(2, 2, bias=False) for _ in range(3))
    >>> x = [1.0, 2.0]
    >>> for block in blocks:
    ...     x = block(x)
    >>> x.sum().backward()
    >>> [(path, p.grad is None) for path, p in blocks.named_parameters()]
    [('[0].weight', False), ('[1].weight', False), ('[2].weight', False)]
    """

    def __init__(self, modules: Iterable[M] = ()) -> None:
        self._modules: list[M] = _modules(modules)

    def forward(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(
            "a ModuleList is not called; call the modules in it, or let a Sequential call them one after the other"
        )

    def __len__(self) -> int:
        return len(self._modules)

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList[M]: ...
    def __getitem__(self, index: int | slice) -> M | ModuleList[M]:
        found = _item(self._modules, index)
        return ModuleList(found) if isinstance(index, slice) else found

    @overload
    def __setitem__(self, index: int, module: M) -> None: ...
    @overload
    def __setitem__(self, index: slice, module: Iterable[M]) -> None: ...
    def __setitem__(self, index: int | slice, module: M | Iterable[M]) -> None:
        _item(self._modules, index)
        if isinstance(index, slice):
            self._modules[index] = _modules(module)
        else:
            [self._modules[index]] = _modules([module])

    def __delitem__(self, index: int | slice) -> None:
        _item(self._modules, index)
        del self._modules[index]

    def insert(self, index: int, module: M) -> None:
        """Add a module before the one of an index."""
        count = len(self)
        self._modules.insert(whole_number(index, "the index", -count, count), *_modules([module]))


@items.register(ModuleList)
def _numbered(holder: ModuleList[Any]) -> Iterable[tuple[str, Any]]:
    """The modules, by their positions in the list itself; and the attributes."""
    others = [(end, item) for end, item in items.dispatch(Holder)(holder) or () if item is not holder._modules]
    return [*((f"[{k}]", module) for k, module in enumerate(holder._modules)), *others]


class _Applied(Module):
    """A named activation as a layer, of each element of an array or list."""

    def __init__(self, activation: str) -> None:
        self.activation = activation

    def forward(self, x: Any) -> Any:
        return elementwise(self.activation, x)

    def __repr__(self) -> str:
        return self.activation


def _checked(layers: Any, what: str) -> list[Activation]:
    """Layers as a list of callables."""
    if len(layers) == 1 and (isinstance(layers[0], ModuleList) or (is_sequence(layers[0]) and not callable(layers[0]))):
        layers = [*layers[0]]
    if not layers:
        raise InputValueError(f"{what} needs at least one layer")
    for layer in layers:
        if isinstance(layer, type) or not (callable(layer) or isinstance(layer, str)):
            raise InputTypeError(
                f"{what} takes modules, functions and names of activations, not {described(layer)}; write "
                f'{what}(Linear(2, 16), "relu", Linear(16, 1))'
            )
    kept = [layer if isinstance(layer, Module) else as_activation(layer) for layer in layers]
    return [_Applied(each) if isinstance(each, str) else each for each in kept]


def _between(layers: list[Any]) -> Module | None:
    """The linear map around layers whose numbers of inputs and outputs differ; None for the identity."""
    told = [layer for layer in layers if hasattr(layer, "n_in") and hasattr(layer, "n_out")]
    if not told or told[0].n_in == told[-1].n_out:
        return None
    n_in, n_out = told[0].n_in, told[-1].n_out
    scalars = isinstance(told[0], Layer)
    return Layer(n_in, n_out, init="xavier_uniform") if scalars else Linear(n_in, n_out, bias=False)


def _modules(given: Any) -> list[Any]:
    """Modules as a list."""
    if not is_sequence(given):
        raise InputTypeError(f"a ModuleList takes a sequence of modules, not {described(given)}")
    modules = list(given)
    for each in modules:
        if not isinstance(each, Module):
            raise InputTypeError(f"a ModuleList takes modules, not {described(each)}; keep anything else in a list")
    return modules


def _item(held: list[Any], index: Any) -> Any:
    """The item of an index, or the items of a slice."""
    chosen(index, len(held))  # which refuses a wrong index with a sentence
    return held[index]


def _shape(given: Any) -> tuple[int, ...]:
    return (len(given),) if isinstance(given, list) else getattr(given, "shape", ())
