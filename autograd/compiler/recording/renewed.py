"""Numbers that go into a program, or come out of it, besides the arguments and results of the function.

    def forward(self, x):                                   compiled, and called with 32 samples
        mask = renewed(self.draw, np.ones(4), "mask", each_sample=True)       draw(32) is called, a mask for each sample
        average = mean(x)
        after_each_call(self.store, average)                                  store(its number) is called
        return x * mask

A compiled function runs once; later calls run its program only. These two functions let each call of the program also
draw random numbers, read statistics that have changed, or update them. They are for code of a module's ``forward``,
which calls them only if `autograd.core.context.inside_recording` returns True.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core.modes import mode_here
from ...core.value import Value

__all__ = ["Read", "Renewed", "Use", "after_each_call", "current", "element", "renewed"]

Array = np.ndarray[Any, Any]
Read = Callable[[int | None], Any]


class Renewed(NamedTuple):
    """Numbers that a program reads anew at each call.

    Attributes
    ----------
    read : callable
        Called with the number of samples, or ``None``; returns the numbers.
    leaves : ndarray of Value
        The leaves in the recorded call, in the shape of the numbers of one sample.
    each_sample : bool
        True if each sample of a batch has numbers of its own.
    """

    read: Read
    leaves: Array
    each_sample: bool


class Use(NamedTuple):
    """A function that is called after each call of a program, with the numbers of some values."""

    function: Callable[[Array], Any]
    values: Array


def renewed(read: Read, first: Array, name: str, each_sample: bool = False) -> Array:
    """Return values whose numbers each call of the function that is being recorded reads anew.

    These values receive no gradient.

    Parameters
    ----------
    read : callable
        Called once for each call of the compiled function. Its argument is ``None``, and it returns numbers in the
        shape of ``first``; with ``each_sample`` and in a call with a batch, it is the number of samples, and the array
        has a first axis of that length.
    first : ndarray
        The numbers in the recorded call.
    name : str
        The name in listings.
    each_sample : bool
        True if each sample of a batch has numbers of its own.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd.compiler.recording.renewed import renewed
    >>> from autograd.core.context import inside_recording
    >>> rate = np.array([0.5])
    >>> def scaled(x):
    ...     factor = renewed(lambda _: rate, rate, "rate")[0] if inside_recording() else rate[0]
    ...     return factor * x
    >>> compiled = autograd.compile(scaled)
    >>> x = autograd.Value(3.0)
    >>> y = compiled(x); y.backward()
    >>> y, x.grad
    (Value(1.5, grad=1.0), 0.5)
    >>> rate[0] = 2.0
    >>> compiled(x)
    Value(6.0)
    """
    leaves = np.empty(first.shape, dtype=object)
    for index in np.ndindex(first.shape):
        leaves[index] = Value(float(first[index]), element(name, index))
    mode_here().tracer.renewed.append(Renewed(read, leaves, each_sample))
    return leaves


def current(read: Callable[[], Array]) -> Any:
    """Return an array of numbers that may change later; in a function of tensors, each call reads it anew.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd
    >>> from autograd import Tensor
    >>> from autograd.compiler.recording.renewed import current
    >>> scale = np.array([1.0, 2.0])
    >>> w = Tensor([3.0, 4.0])
    >>> compiled = autograd.compile(lambda: (w * current(lambda: scale)).sum())
    >>> compiled()
    Tensor(11.)
    >>> scale[0] = 2.0
    >>> y = compiled(); y.backward()
    >>> y, w.grad
    (Tensor(14.), array([2., 2.]))
    """
    tracer = mode_here().tracer
    return read() if tracer is None else tracer.asked(_copied, (), {"read": read})


def _copied(read: Callable[[], Array]) -> Array:
    return read().copy()


def after_each_call(function: Callable[[Array], Any], values: Array) -> None:
    """Register a function to be called with the numbers of ``values`` after each call of what is being recorded.

    No gradient comes from these numbers.

    Parameters
    ----------
    function : callable
        Called with an array in the shape of ``values``; with a batch, if the values differ from sample to sample, it
        has a last axis of the length of the batch.
    values : ndarray of Value
        Computed in the recorded call.

    Examples
    --------
    >>> import autograd
    >>> import numpy as np
    >>> from autograd.compiler.recording.renewed import after_each_call
    >>> from autograd.core.context import inside_recording
    >>> seen = []
    >>> def squared(x):
    ...     y = x * x
    ...     if inside_recording():
    ...         after_each_call(lambda numbers: seen.append(float(numbers[0])), np.array([y], dtype=object))
    ...     return 2 * y
    >>> compiled = autograd.compile(squared)
    >>> compiled(3.0), compiled(4.0), seen
    (Value(18.0), Value(32.0), [9.0, 16.0])
    """
    found = np.empty(values.shape, dtype=object)
    for index in np.ndindex(values.shape):
        x: Any = values[index]
        found[index] = x if isinstance(x, Value) else Value(x)  # a number that does not depend on the arguments
    mode_here().tracer.uses.append(Use(function, found))


def element(name: str, index: Sequence[int]) -> str:
    """Return the name of an element of an array."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name
