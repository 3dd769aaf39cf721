"""One program of a function of tensors, recorded for one structure of arguments and one way through its branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...arrays.errstate import quietly
from ...arrays.ops import CAST, ENTRY
from ...arrays.tensor import Tensor, apply
from ...core.tape import Node, create, make_leaf, record
from ...core.value import Value
from ..recording.arguments import Arguments
from ..recording.results import rebuilt
from .call import Lease, Numbers, TensorCall, TensorResult, kind_of
from .recording import record_call
from .replayed import Replay
from .source import Writer
from .steps import steps_of
from .written import written

__all__ = ["OTHER_WAY", "Program"]

OTHER_WAY = object()  # returned if Python would take another way than in the recorded call


class Program:
    """A program of tensors.

    Parameters
    ----------
    function : callable
        The function to record.
    given : Arguments
        The arguments of a call.
    names : callable
        Maps the position of an argument to its name.
    name : str
        The name of the function.
    writer : Writer
        Writes it; one of `kernels` joins lines.

    Attributes
    ----------
    surroundings : Surroundings
        The state outside the arguments for which it is valid.
    recorded, steps
        The recorded call, from which the listing is made.
    sources : tuple of str
        The text of the forward pass and of the reverse pass.
    counts : tuple of int
        The number of their array operations.
    joined : list of Joined
        How many of these were joined, in the forward pass and in the reverse pass; empty where none may be.
    key : tuple
        The structure of the arguments.
    whole : list of int or None
        The whole numbers among all numbers and arrays of a call, which are part of the structure.
    inputs : list of Node or Derived
        The nodes outside the function that it reads, and the leaves of its arguments.
    receives : list of int
        The places of the inputs that receive a gradient.
    is_plain : bool
        True if it computes one tensor, and gradients go to tensors only.
    seed : ndarray or None
        The gradient of such a result by itself, if it is one number.

    Raises
    ------
    Refused
        If the function does what a program would not do.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        given: Arguments,
        names: Callable[[int | str], str],
        name: str,
        writer: Writer,
    ) -> None:
        recorded = record_call(function, given, names)
        steps = steps_of(recorded)
        with np.errstate(all="ignore"):
            found = written(recorded, steps, given, writer)
        self.recorded, self.steps, self.name = recorded, steps, name
        self.surroundings = recorded.surroundings
        self.key, self.whole = given.key, [x if type(x) is int else None for x in given.shared]
        self.sources, self.inputs, self.receives = found.sources, found.inputs, found.receives
        self.counts, self.joined = found.counts, writer.told[::-1]
        self._forward, self._reverse, self._buffers = found.forward, found.reverse, found.buffers
        self._outer: list[Any] = steps.outer
        self._positions = found.positions
        # The arguments of records that are not those of a call, and the places of those that are.
        count = len(self._outer)
        self._fixed = tuple(x if k in self.receives else None for k, x in enumerate(self._outer))
        self._fixed += (None,) * len(self._positions)
        self._to_given = [k for k in self.receives if k >= count]
        seeded = [found.outputs[k] for k in found.seeded]
        self._replay = Replay(found.inputs, steps.computed, seeded, recorded.kept)
        self._call = TensorCall(name, self)
        self._form, self._is_bare = recorded.result.form, recorded.result.shape == ()
        places = {id(x): k for k, x in enumerate(found.outputs)}
        begin = {id(x): k for k, x in enumerate(found.inputs)}
        # For each value in the form: the place of the output, or of the input that it is.
        self._values = [(id(x) in places, places.get(id(x), begin.get(id(x), 0))) for x in recorded.result.values]
        is_number = bool(found.outputs) and np.size(seeded[0]._data if seeded else ()) == 1
        self._only: type[Tensor] = TensorResult if is_number else Tensor
        self._kinds = [kind_of(x) if isinstance(x, Node) else None for x in found.outputs]
        self._seeded = found.seeded
        self._parts = _parts(seeded)
        self.is_plain = len(self._values) == len(seeded) == 1 and all(
            isinstance(x, Tensor) for x in (*seeded, *(found.inputs[k] for k in found.receives))
        )
        # What each decision depends on: a truth value, or whole numbers.
        self._answers = [x.answer if x.is_of_numbers else bool(x.answer) for x in recorded.decisions]
        self.seed = np.ones(seeded[0]._data.shape, seeded[0]._data.dtype) if self.is_plain else None
        if self.seed is not None:
            self.seed.flags.writeable = False  # it may be deposited, as the gradient of a leaf that is added

    # --- Forward ------------------------------------------------------------------------------------------------------

    def __call__(self, shared: Sequence[Any]) -> Any:
        """Run the program on the numbers and arrays of a call; return `OTHER_WAY` if it is not valid for them."""
        given = [shared[k] for k in self._positions]
        numbers = [x._data for x in self._outer]
        numbers += map(_number_of, given)
        lease = Lease(self._buffers[0])
        outputs, asked, saved = quietly(self._forward, lease.buffers, *numbers)
        for answer, found in zip(self._answers, asked, strict=True):
            if bool(found) is not answer if type(answer) is bool else not np.array_equal(answer, found):
                return OTHER_WAY
        kept = Numbers(numbers, saved, lease)
        if self.is_plain:
            node = record(self._only, self._call, self._arguments(given), kept, np.asarray(outputs[0]))
            return node if self._is_bare else rebuilt(self._form, lambda _: node)
        found = self._nodes(outputs, kept, given)
        inputs = [*self._outer, *given]
        return rebuilt(self._form, lambda k: self._value(k, found, inputs))

    def _arguments(self, given: Sequence[Any]) -> tuple[Any, ...]:
        """The arguments of a record: the inputs that receive a gradient, ``None`` in the places of the others."""
        if not self._to_given:
            return self._fixed
        arguments = [*self._fixed]
        for k in self._to_given:
            arguments[k] = given[k - len(self._outer)]
        return tuple(arguments)

    def _nodes(self, outputs: Sequence[Any], kept: Numbers, given: Sequence[Any]) -> list[Any]:
        """The outputs as nodes; those with a gradient are parts of one record."""
        found = [_leaf(kind, x) for kind, x in zip(self._kinds, outputs, strict=True)]
        if not self._seeded:
            return found
        arguments = self._arguments(given)
        if len(self._seeded) == 1:
            k = self._seeded[0]
            kind: Any = self._kinds[k]
            found[k] = record(kind, self._call, arguments, kept, _data(kind, outputs[k]))
            return found
        whole = np.concatenate([np.ravel(outputs[k]) for k in self._seeded])
        node = record(Tensor, self._call, arguments, kept, whole)
        for k, (begin, end, shape, dtype) in zip(self._seeded, self._parts, strict=True):
            if self._kinds[k] is Value:
                found[k] = apply(ENTRY, node, (begin,))
            else:
                part = node[begin:end].reshape(shape)
                found[k] = part if part.dtype == dtype else apply(CAST, part, dtype)
        return found

    def _value(self, k: int, found: Sequence[Any], inputs: Sequence[Any]) -> Any:
        is_output, place = self._values[k]
        if is_output:
            return found[place]
        return inputs[place]

    # --- Backward -----------------------------------------------------------------------------------------------------

    def gradients(self, saved: Any, g: Any) -> list[Any]:
        """Return the gradients by the inputs that receive one, from that by the record."""
        buffers = self._buffers[1].take()
        found: list[Any] = self._reverse(buffers, saved, *self._seeds(g))
        self._buffers[1].give_back(buffers)
        return found

    def gradients_of_all(self, numbers: Any, g: Any, masked: bool) -> list[Any]:
        """Return the gradient by each input, ``None`` for those that receive none."""
        if masked:
            found = self._replay.gradients(numbers.given, self._seeds(g))
            return [x if k in self.receives else None for k, x in enumerate(found)]
        gradients: list[Any] = [None] * len(numbers.given)
        for k, x in zip(self.receives, quietly(self.gradients, numbers.saved, g), strict=True):
            gradients[k] = x
        return gradients

    def _seeds(self, g: Any) -> list[Any]:
        """The gradients by the outputs."""
        if len(self._seeded) == 1:
            return [g]
        return [g[begin:end].reshape(shape).astype(dtype) for begin, end, shape, dtype in self._parts]


def _parts(seeded: Sequence[Any]) -> list[tuple[int, int, tuple[int, ...], Any]]:
    """For each of several outputs in one row: where it begins and ends, its shape and its dtype."""
    found = []
    begin = 0
    for x in seeded:
        data = np.asarray(x._data)
        found.append((begin, begin + data.size, data.shape, data.dtype))
        begin += data.size
    return found


def _number_of(x: Any) -> Any:
    """The number of an argument; a copy of an array, since the record is not to change with it."""
    if type(x) is np.ndarray:
        return x.copy()
    if isinstance(x, Node):
        return x._data
    return x.copy() if isinstance(x, np.ndarray) else float(x)


def _data(kind: type[Node], x: Any) -> Any:
    return float(x) if kind is Value else np.asarray(x)


def _leaf(kind: type[Node] | None, x: Any) -> Any:
    """An output without a gradient: a leaf, or a plain array."""
    if kind is None:
        return x
    leaf = create(Value if kind is Value else Tensor)
    make_leaf(leaf, _data(kind, x))
    return leaf
