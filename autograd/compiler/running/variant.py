"""One program of a compiled function, recorded for one structure of arguments and one path through its branches.

recording -> columns -> sums -> groups -> layout, once; then arrays and calls (`Bound`), once for each batch size.
"""

from __future__ import annotations

import math
import threading
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...arrays.tensor import Tensor
from ...core.tape import Node, tick
from ...core.value import Value
from ...errors import CompileWarning
from ...parameters.adopted import adopt, adoptable, home
from ...parameters.flat import Flat
from ..emitting.bound import Bound
from ..emitting.passes import collector_paused, emit_forward
from ..lowering.columns import Columns, read_columns
from ..lowering.condensed import BATCHED_ARGUMENTS, CONSTANTS, FLATS, SCALARS, Condensed
from ..lowering.groups import Group, Segment, find_readers, grouped
from ..lowering.layout import Layout, lay_out
from ..lowering.ragged import padded
from ..lowering.sums import condense
from ..recording.arguments import Arguments, Leaves
from ..recording.renewed import Read, Renewed, element
from ..recording.results import Template
from ..recording.tracer import trace_call
from .activity import active_and_reached, differentiable_numbers, size_of
from .blocks import Blocks
from .copies import Copies
from .lengths import Lengths
from .residuals import Residuals
from .steering import Steering

__all__ = ["Variant"]

Array = np.ndarray[Any, Any]
_moving = threading.RLock()  # held from the search for the places of parameters until these are moved

WORKSPACES = 2  # for each batch size: one for a record that is alive, one for the next
SIZES = 4  # batch sizes whose workspaces are always kept: those that were used last
KEPT = 1 << 26  # bytes of workspaces up to which those of further sizes are kept, too
OF_PLAN = 15_000  # bytes of the calls, views and other objects of an operation
_free: Callable[[], Any] = lambda: None  # stands for a dead reference: no record holds the workspace


class Branch(NamedTuple):
    """A branch that Python took: the answer to a question, the line that asked it, and the question as text."""

    answer: bool
    source: str
    question: str


class Variant:
    """A program that can run for any batch size.

    Parameters
    ----------
    function : callable
        The function to record.
    given : Arguments
        The arguments of a call; the function is recorded on the first sample.
    names : callable
        Maps the position of an argument to its name.
    fuse : callable or None
        Given a number of samples, returns what fuses operations into compiled loops.

    Attributes
    ----------
    key : tuple
        The structure of the arguments.
    template : Template
        The form of the results.
    guards : list of Branch
        The branches that Python took.
    steering : Steering
        The integers for which the program is valid.
    surroundings : Surroundings
        The state outside the arguments for which it is valid.
    tensors : list of Tensor
        The leaf tensors that the function reads as values. They follow the other numbers that samples share.
    reads, reads_of_samples : list of callable
        Functions that read the numbers which are renewed at each call: those that samples share, which follow the
        shared arguments, and those of each sample, which follow the batched arguments.
    uses : list of (callable, tuple of int)
        Functions to call after each call, each with the shape of the numbers that it is given.
    ahead : int
        The number of coming calls that, if they are divided into blocks or fused, run a reverse pass from ones together
        with the forward pass. If a reverse pass from equal seeds follows, as after an earlier call, no block is
        computed again, and what is fused needs no memory for what only the reverse pass reads.
    """

    @collector_paused()
    def __init__(
        self, function: Callable[..., Any], given: Arguments, names: Callable[[int | str], str], fuse: Any = None
    ) -> None:
        self.key, self.kept, self.fuse = given.key, given.kept, fuse
        self.shapes = [x.shape[1:] for x in given.batched]
        self.batched = given.samples is not None
        leaves = Leaves(given, names)
        began = tick()
        recording = trace_call(function, leaves.args, leaves.kwargs, given.kept)
        self.surroundings = recording.surroundings
        self.steering = Steering(recording.steering, leaves, given)
        self.template = Template(recording.result)
        self.guards = [
            Branch(guard.answer, str(guard.source).rstrip(":"), guard.question) for guard in recording.guards
        ]
        self.in_columns = self.template.in_columns and fuse is None  # the program has the sum of each over the batch
        results = self.template.values
        self.count = len(results)
        used = [value for use in recording.uses for value in use.values.flat]
        asked = [*results, *(guard.condition for guard in recording.guards), *used]
        inputs = self._find_inputs(recording.renewed, leaves, given)
        columns = read_columns(asked, leaves.shared, began, leaves.batched)
        for notice in recording.notices:
            warnings.warn(notice, CompileWarning, stacklevel=5)
        self.tensors = columns.tensors
        inputs[0].extend(self.tensors)
        self.uses = [(use.function, use.values.shape) for use in recording.uses]
        asked.clear()
        used.clear()
        results.clear()
        self.expected = np.array([guard.answer for guard in recording.guards], dtype=bool)
        # The one answer to all guards; None if there are two answers.
        self._agreed = None if len(set(self.expected.tolist())) > 1 else bool(self.expected.all())
        del recording
        with _moving:
            self._lower(columns, leaves, *inputs)

    def _find_inputs(self, renewed: Sequence[Renewed], leaves: Leaves, given: Arguments) -> tuple[list[Any], list[Any]]:
        """Return the inputs of a call, renewed numbers included: those that samples share, and those of each sample."""
        shared, batched = list(given.shared), list(given.batched)
        self.reads: list[Read] = []
        self.reads_of_samples: list[Read] = []
        for x in renewed:
            if x.each_sample and self.batched:
                self.reads_of_samples.append(x.read)
                self.shapes.append(x.leaves.shape)
                batched.append(x.leaves[None])
                leaves.batched += x.leaves.flat
            else:
                self.reads.append(x.read)
                shared.append(x.leaves)
                leaves.shared += x.leaves.flat
        return shared, batched

    def _lower(
        self, columns: Columns, leaves: Leaves, given_shared: Sequence[Any], given_batched: Sequence[Any]
    ) -> None:
        """Turn the record into plans, and move parameters that live in no flat array into one."""
        self._sort_parameters(columns.parameters)
        shared = columns.arguments - len(leaves.batched)
        # The buffer of scalars has the shared arguments, then the parameters that live by themselves.
        scalars = np.cumsum([buffer == SCALARS for buffer in self._buffers]) - 1 + shared
        places = [int(scalars[k]) if buffer == SCALARS else place
                  for k, (buffer, place) in enumerate(zip(self._buffers, self._places, strict=True))]  # fmt: skip
        places += [*range(shared), *range(len(leaves.batched)), *[0] * len(columns.constants)]
        buffers = [*self._buffers, *[SCALARS] * shared, *[BATCHED_ARGUMENTS] * len(leaves.batched),
                  *[CONSTANTS] * len(columns.constants)]  # fmt: skip
        # Kept for the listing, since the record is dropped.
        self.parameter_names = [
            (note.name, note.scope) for note in [parameter.note for parameter in columns.parameters]
        ]
        given = {str(leaf.name).partition("[")[0] for leaf in (*leaves.shared, *leaves.batched)}
        self.tensor_scopes: dict[str, str] = {}
        elements = []
        for tensor in self.tensors:
            name = base = tensor.name or "tensor"
            k = 1
            while name in given or name in self.tensor_scopes:
                k += 1
                name = f"{base}{k}"
            self.tensor_scopes[name] = tensor.note.scope
            elements += [element(name, index) for index in np.ndindex(tensor.shape)]
        self.argument_names = [*(x.name for x in leaves.shared), *elements, *(x.name for x in leaves.batched)]
        self.recorded = len(columns)
        self.operations = columns.operations()
        condensed = condense(columns, buffers)
        parts = padded(grouped(condensed, fused=self.fuse is not None), condensed)
        find_readers(parts, condensed)
        self.layout: Layout = lay_out(condensed, parts, places, self.shapes)
        order = [columns.parameters[k] for k in self.layout.order]
        if order:
            self.flats.append(adopt(order))
        self._find_active(condensed, parts, given_shared, given_batched)
        self._blocks = Blocks(condensed, self.layout, self.fuse is not None)
        condensed.packs.clear()
        columns.codes = columns.starts = columns.operands = np.empty(0, dtype=np.int64)
        self.merged = condensed.merged
        self.flat_arrays = [flat.array for flat in self.flats]
        self.results_batched = bool(condensed.batched[condensed.results[0]]) if self.count else False
        # Workspaces by batch size, with references to residuals; the size that was used last is the last.
        self.bounds: OrderedDict[int | None, list[list[Any]]] = OrderedDict()
        self._lengths = Lengths()
        self.ahead = 0
        self._copies = Copies()

    def _sort_parameters(self, parameters: Sequence[Value]) -> None:
        """Find where each parameter lives: in an existing flat array, in a new one, or by itself."""
        self.flats: list[Flat] = []
        self.scalars: list[Value] = []
        self._buffers: list[int] = []
        self._places: list[int] = []
        homes = [home(parameter) for parameter in parameters]
        for found in homes:
            if found is not None and not any(found[0] is flat for flat in self.flats):
                self.flats.append(found[0])
        for parameter, found in zip(parameters, homes, strict=True):
            if found is not None:
                self._buffers.append(FLATS + next(k for k, flat in enumerate(self.flats) if flat is found[0]))
                self._places.append(found[1])
            elif adoptable(parameter):
                self._buffers.append(FLATS + len(self.flats))
                self._places.append(-1)
            else:
                self.scalars.append(parameter)
                self._buffers.append(SCALARS)
                self._places.append(-1)

    def _find_active(
        self,
        condensed: Condensed,
        parts: Sequence[Group | Segment],
        given_shared: Sequence[Any],
        given_batched: Sequence[Any],
    ) -> None:
        """Find the values whose adjoint is needed, and the parameters and arguments that the results depend on."""
        count = len(condensed.columns.parameters)
        end = count + condensed.columns.arguments
        differentiable = differentiable_numbers(given_shared) + differentiable_numbers(given_batched, samples=True)
        everything = not self.guards and not self.uses
        active, reached = active_and_reached(condensed, parts, differentiable, self.count, everything)
        self.active = active & reached
        self.masks: list[Any] = []
        places, buffers = self.layout.places, self.layout.buffers
        for k, flat in enumerate(self.flats):
            mask = np.zeros(len(flat.array), dtype=bool)
            mask[places[:count][(buffers[:count] == FLATS + k) & reached[:count]]] = True
            self.masks.append(None if mask.all() else mask)
        self.reached_scalars = [bool(x) for x in reached[:count][buffers[:count] == SCALARS]]
        self.reached_arguments = reached[count:end]
        self._find_slots(given_shared, given_batched)

    def _find_slots(self, given_shared: Sequence[Any], given_batched: Sequence[Any]) -> None:
        """Find the arguments that receive gradients; they are the same for all calls of the structure."""
        self.to_shared: list[bool] = []
        self.to_batched: list[bool] = []
        k = 0
        for found, arguments, begin in ((self.to_shared, given_shared, 0), (self.to_batched, given_batched, 1)):
            for x in arguments:
                size = size_of(x, begin)
                found.append(isinstance(x, Node) and bool(self.reached_arguments[k : k + size].any()))
                k += size
        scalars = [x if reached else None for x, reached in zip(self.scalars, self.reached_scalars, strict=True)]
        self.constants = (
            None
            if any(self.to_shared) or any(self.to_batched)
            else (*self.flats, *[None] * len(self.to_shared), *scalars, *[None] * len(self.to_batched))
        )
        self._scalar_nodes = scalars
        # True if all gradients are by flat arrays; and the gradients of the other arguments in that case.
        self.plain = self.constants is not None and not any(self.reached_scalars) and bool(self.flats)
        self.nothing = [None] * (len(self.to_shared) + len(scalars) + len(self.to_batched))

    def suits(self, given: Arguments) -> bool:
        """True if the program is valid for the integers of a call and the surroundings as they are now."""
        return self.steering.holds_for(given) and self.surroundings.changed() is None

    def differing(self, answers: Array) -> Array:
        """Return a row for each guard: True where its answer is another one than in the recorded call."""
        found: Array = (self.expected != (answers != 0).T).T
        return found

    def as_expected(self, answers: Array) -> bool:
        """True if all guards have the same answers as in the recorded call, for all samples."""
        agreed = self._agreed
        if agreed is None:
            return not self.differing(answers).any()
        return bool(np.count_nonzero(answers) == (answers.size if agreed else 0))

    def is_simple(self, given: Arguments) -> bool:
        """True if calls like this one can take the fast path: all inputs are numbers and arrays among the arguments."""
        return (
            not self.steering.batched
            and len(self.to_shared) == len(given.shared)
            and not self.scalars
            and not self.reads_of_samples
            and not self.uses
            and (bool(self.flats) or (given.samples is not None and (any(self.to_shared) or any(self.to_batched))))
            and self.count > 0
            and self.results_batched == (given.samples is not None)
            and self.block(given.samples) == given.samples
        )

    def nodes(self, given: Arguments) -> tuple[Any, ...]:
        """Return the arguments of a call's record; ``None`` for those that receive no gradient."""
        if self.constants is not None:
            return self.constants
        shared = [*given.shared, *self.reads, *self.tensors]
        batched = [*given.batched, *self.reads_of_samples]
        return (
            *self.flats,
            *[x if wanted else None for x, wanted in zip(shared, self.to_shared, strict=True)],
            *self._scalar_nodes,
            *[x if wanted else None for x, wanted in zip(batched, self.to_batched, strict=True)],
        )

    def use(self, numbers: Array) -> None:
        """Call the functions in ``uses``, each with its part of these numbers."""
        for function, shape in self.uses:
            count = math.prod(shape)
            function(numbers[:count].reshape((*shape, *numbers.shape[1:])))
            numbers = numbers[count:]

    # --- Workspaces ---------------------------------------------------------------------------------------------------

    def residuals(self, given: Arguments) -> Residuals:
        """Return the residuals of a call, with copies of its arguments; `load` fills those of batched arrays."""
        shared = [
            x._data if isinstance(x, Node) else x.copy() if isinstance(x, np.ndarray) else x for x in given.shared
        ]
        shared += [np.array(read(None), dtype=float) for read in self.reads]
        shared += [x._data for x in (*self.tensors, *self.scalars)]
        batched = [x._data if isinstance(x, Tensor) else self._copies.like(x) for x in given.batched]
        batched += [read(given.samples) for read in self.reads_of_samples]
        found = Residuals(given.samples, [flat.epoch() for flat in self.flats], shared, batched)
        own = [None if isinstance(x, Tensor) else x for x in given.batched]
        found.sources = own + [None] * len(self.reads_of_samples)
        return found

    def block(self, samples: int | None) -> int | None:
        """Return the number of samples that are computed at a time."""
        if samples is None or samples in self.bounds:
            return samples
        return self._blocks.size(samples)

    def workspace(self, samples: int | None, residuals: Residuals | None = None) -> Bound:
        """Return a workspace for a batch size, and let the record of a call hold it, if there is one."""
        found = self.bounds.setdefault(samples, [])
        self.bounds.move_to_end(samples)
        if not found:
            self._forget_sizes()
        holder: Residuals | None = None
        for slot in found:
            holder = slot[1]()
            if holder is None or holder.swept:
                break
        else:
            if len(found) < WORKSPACES:
                slot = [self.bind(samples, self.flat_arrays), _free]
            else:  # the workspace that was taken first
                slot = found.pop(0)
                holder = slot[1]()
            found.append(slot)
        if holder is not None:
            holder.let_go()
        bound: Bound = slot[0]
        if residuals is not None:
            residuals.bound = bound
            slot[1] = weakref.ref(residuals)
        return bound

    def _forget_sizes(self) -> None:
        """Drop the workspaces of the sizes that were used least recently, if all of them take too much memory."""
        sample, fixed = 2 * self._blocks.bytes_of_sample, OF_PLAN * len(self.layout)  # values and adjoints
        taken = sum(sample * (samples or 1) + fixed for samples in self.bounds)
        while len(self.bounds) > SIZES and taken * WORKSPACES > KEPT:
            taken -= sample * (self.bounds.popitem(last=False)[0] or 1) + fixed

    def bind(self, samples: int | None, flats: list[Array]) -> Bound:
        """Bind the program to arrays for a batch size."""
        with collector_paused():
            found = None if self.fuse or flats is not self.flat_arrays else self._lengths.copy_for(samples)
            if found is not None:
                return found
            fuser = self.fuse(samples) if self.fuse else None
            bound = Bound(self.layout, samples, flats, self.active, self.count, self.in_columns, fuser)
            emit_forward(bound, self.count)
        bound.find_slots(self.shapes)
        if flats is self.flat_arrays:
            self._lengths.add(bound)
        return bound
