"""A compiled function, which finds the program for each call.

    loss(X, y)    arrays of the shapes of an earlier call    the fast path (`quick`)
                  a known structure                          its program, if Python took the same branches (guards)
                  anything else                              the function is recorded (`variant`), and its program runs

A program is also valid for certain integers only (`steering`), and for certain state outside the arguments
(`surroundings`).
"""

from __future__ import annotations

import inspect
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial, update_wrapper
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.context import inside_recording, is_recording, no_grad
from ..core.modes import active, mode_here
from ..core.tape import record
from ..core.value import Value
from ..errors import CompileWarning, InputTypeError, InputValueError, shortened
from ..parameters.flat import changing
from .fused.engine import Fuser
from .porting.graphs import graph_of
from .porting.listing import in_words as explained
from .porting.listing import program_of
from .porting.module import written
from .recording.arguments import Arguments, Leaves
from .recording.as_written import as_recorded
from .recording.results import in_form, joined, rebuilt
from .recording.surroundings import Surroundings
from .recording.tracer import ComputesWithTensors, trace_call
from .running.call import Call, run
from .running.quick import BatchResult, FastCall, SingleResult, keep_fast, parts_of
from .running.residuals import Residuals
from .running.signatures import signature_of
from .running.steering import parts_of_batch
from .running.variant import Variant
from .showing.explanation import ArrayExplanation, in_words
from .showing.listing import array_program
from .showing.programs import ArrayProgram
from .tensors.programs import TensorPrograms
from .wording.texts import Written
from .writing.portable import Portable

__all__ = ["Compiled"]

STRUCTURES = 64  # structures of arguments whose programs are kept, and programs of one structure
PATHS = 8  # paths through the branches, and states of the surroundings, for each structure


class Compiled(Portable):
    """A function that runs as an array program. Made by `compile`.

    Attributes
    ----------
    program : ArrayProgram
        The program that ran last, as operations on arrays; ``print`` shows it, `visualize.draw` draws it, and
        ``explain()`` puts it into words.
    """

    def __init__(
        self, function: Callable[..., Any], batch: bool | frozenset[str] | None, engine: str = "numpy"
    ) -> None:
        self._function = function
        self._batch, self._engine = batch, engine
        self._variants: OrderedDict[Any, list[tuple[Variant, Call]]] = OrderedDict()
        self._fast: dict[Any, FastCall] = {}  # by the signatures of calls
        self._last: Variant | None = None
        self._tensors: TensorPrograms | None = None  # of a function that computes with tensors
        self._parameters = _parameters(function)
        self._name = getattr(function, "__name__", type(function).__name__.lower())
        unknown = batch.difference(self._parameters) if isinstance(batch, frozenset) else frozenset()
        if unknown and None not in self._parameters:
            raise InputValueError(
                f"batch names {shortened(sorted(unknown))}, and {self._name} takes {', '.join(self._parameters)}"  # type: ignore[arg-type]
            )
        if batch is None:
            self._take(self._programs())
        update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._tensors is not None:
            return self._tensors(args, kwargs)
        mode = mode_here() if active else None
        if mode is not None and (mode.differentiates or inside_recording()):
            return as_recorded(self._function, Arguments(args, kwargs, self._batched))
        if mode is None or (mode.watch is None and mode.tracer is None):
            signature, leaves = signature_of(args, kwargs)
            fast = self._fast.get(signature)
            if fast is not None and (fast.surroundings.are_untouched() or fast.surroundings.changed() is None):
                quick = fast.run(leaves, mode)
                if quick is not None:
                    self._last = fast.variant
                    return quick
        try:
            given = Arguments(args, kwargs, self._batched)
        except InputValueError:  # arrays that are given as a whole need not be of one length
            if not self._computes_with_tensors(args, kwargs):
                raise
            return self._on_tensors(args, kwargs)
        with changing:
            paths = self._variants.setdefault(given.key, [])
            self._variants.move_to_end(given.key)
            if len(self._variants) > STRUCTURES:
                self._variants.popitem(last=False)  # the one that was used least recently
                self._fast.clear()
            parts = parts_of_batch(given, (path[0].steering for path in paths)) if given.samples else None
            if parts is None:
                for k, (variant, call) in enumerate(paths):
                    found = self._try(variant, call, given) if variant.suits(given) else _NOT_THIS_ONE
                    if found is not _NOT_THIS_ONE:
                        if k:
                            paths.insert(0, paths.pop(k))
                        return found
        return self._anew(paths, given) if parts is None else self._by_parts(parts, given)

    def _anew(self, paths: list[tuple[Variant, Call]], given: Arguments) -> Any:
        """Record a program for a call for which no earlier program is valid, and run it."""
        try:
            variant = Variant(self._function, given, self._label, fuse=Fuser if self._engine == "numba" else None)
        except ComputesWithTensors:
            return self._on_tensors(given.args, given.kwargs)
        except Exception as error:
            if Surroundings(self._function, given.kept).has_tensors:
                programs = self._programs()
                try:  # it may take whole arrays only
                    found = programs(given.args, given.kwargs)
                except Exception:
                    pass
                else:
                    self._take(programs)
                    return found
            rows = given.lists_of_rows(self._label) if isinstance(error, TypeError) else []
            if not rows:
                raise
            raise InputTypeError(
                f"{self._name} was given {', '.join(rows)} as lists of rows, which are the same for all samples, and "
                f"failed: {error}; for a batch give numpy.asarray({rows[0]})"
            ) from error
        call = Call(self._name, variant)
        with changing:
            self._watch(given)
            self._keep(paths, variant, call)
            parts = parts_of_batch(given, [variant.steering])
            if parts is None:
                found = self._try(variant, call, given)
                # Rounding in arrays may decide a comparison otherwise than in scalars.
                return as_recorded(self._function, given) if found is _NOT_THIS_ONE else found
        return self._by_parts(parts, given)

    def _on_tensors(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Run a function that computes with tensors: it is given its arguments as a whole."""
        return self._take(self._programs())(args, kwargs)

    def _programs(self) -> TensorPrograms:
        return TensorPrograms(self._function, self._name, self._label, fuses=self._engine == "numba")

    def _take(self, programs: TensorPrograms) -> TensorPrograms:
        """Take the programs of a function of tensors from now on."""
        self._tensors = programs
        return programs

    def _computes_with_tensors(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
        """Return True if the function, called with one sample, computes with tensors."""
        leaves = Leaves(Arguments(args, kwargs, lambda _: False), self._label)
        try:
            trace_call(self._function, leaves.args, leaves.kwargs)
        except ComputesWithTensors:
            return True
        except Exception:
            return False
        return False

    def _keep(self, paths: list[tuple[Variant, Call]], variant: Variant, call: Call) -> None:
        """Put a program before the others of its structure, and drop one if there are too many, with a warning."""
        others = [path for path in paths if path[0].surroundings.changed()]
        alike = [path for path in paths if path[0].steering == variant.steering and path not in others]
        # Another thread, or an earlier call that differed by rounding, may have recorded the same path.
        paths[:] = [(variant, call), *(p for p in paths if not (p in alike and p[0].guards == variant.guards))]
        crowded, why = [], ""
        if len(others) > PATHS:
            crowded = others
            why = (
                f"{self._name} is recorded anew whenever {others[0][0].surroundings.changed()} changes, which "
                f"happened more than {PATHS} times; give it as an argument"
            )
        elif len(alike) >= PATHS and alike[-1] in paths:
            crowded = alike
            why = (
                f"{self._name} has taken more than {PATHS} paths through its branches, and is recorded anew for "
                f"each: the last one branched at {variant.guards[-1].source}; "
                "autograd.where(condition, a, b) needs no branch"
            )
        elif len(paths) > STRUCTURES:
            crowded = paths
            names = ", ".join(dict.fromkeys(x.name for x in (*variant.steering.shared, *variant.steering.batched)))
            why = (
                f"control flow in {self._name} depends on the integers {names}, for which it was recorded more than "
                f"{STRUCTURES} times; give numbers that it only computes with as floats"
            )
        if crowded:
            paths.remove(crowded[-1])
            warnings.warn(why, CompileWarning, stacklevel=4)

    def _by_parts(self, parts: list[np.ndarray[Any, Any]], given: Arguments) -> Any:
        """Run the parts of a batch in which steering integers differ one by one, and join their results."""
        results = []
        for rows in parts:
            args, kwargs = given.of_samples(rows)
            results.append(self(*args, **kwargs))
        return joined(results, parts, self._name)

    def _try(self, variant: Variant, call: Call, given: Arguments) -> Any:
        """Run a program; return its result, or `_NOT_THIS_ONE` if a guard has another answer than when recorded."""
        residuals = variant.residuals(given)
        output, answers = run(variant, residuals, is_recording())
        if variant.guards:
            wrong = variant.differing(answers[: len(variant.guards)])
            if wrong.any():
                self._refuse_parted(variant, wrong.reshape(len(wrong), -1), given)
                return _NOT_THIS_ONE
        variant.use(answers[len(variant.guards) :])
        self._last = variant
        if variant.is_simple(given):
            keep_fast(self._fast, STRUCTURES, variant, call, given)
        return self._given_back(variant, call, given, residuals, output)

    def _refuse_parted(self, variant: Variant, wrong: np.ndarray[Any, Any], given: Arguments) -> None:
        """Raise an error if a guard has the recorded answer for some of the samples only.

        A guard may be the check of an argument, as ``if not 0 <= label < 3: raise …``. Then the error is the one that
        the function itself raises for a sample that does not pass.
        """
        first = int(np.argmax(wrong.any(axis=1)))
        differing = wrong[first]
        if not differing.all():
            args, kwargs = given.of_samples(np.flatnonzero(differing)[:1])
            with no_grad():
                as_recorded(self._function, Arguments(args, kwargs, self._batched))
            guard = variant.guards[first]
            true = int((~differing).sum() if guard.answer else differing.sum())
            raise InputValueError(
                f"the samples of this batch take different branches at {guard.source}: {guard.question} is true for "
                f"{true} of {differing.size}; "
                "autograd.where(condition, a, b) chooses for each sample, or call "
                f"{self._name} for the two parts of the batch one after the other"
            )

    # --- Results ------------------------------------------------------------------------------------------------------

    def _given_back(
        self, variant: Variant, call: Call, given: Arguments, numbers: Residuals, output: np.ndarray[Any, Any]
    ) -> Any:
        template, samples = variant.template, given.samples
        if not variant.count:
            nothing = np.empty((samples or 0, 0))
            return in_form(template, Tensor(nothing)) if samples else rebuilt(template.form, lambda k: nothing[0, k])
        nodes = variant.nodes(given)
        connected = any(node is not None for node in nodes)
        if samples is None:
            if template.shape == () and any(node is not None and isinstance(node, Tensor) for node in nodes):
                return record(SingleResult, call, nodes, numbers, float(output[0]))
            if not connected:
                return rebuilt(template.form, lambda k: Value(output[k]))
            return parts_of(_tensor(call, nodes, numbers, output), template, batched=False)
        if output.ndim == 1:  # the same for all samples
            output = np.repeat(output[:, None], samples, axis=1)
        data = output[0] if template.shape == () else np.ascontiguousarray(output.T)
        if template.shape is not None:
            data = data.reshape((samples, *template.shape))
        node = _tensor(call, nodes, numbers, data) if connected else Tensor(data)
        if template.shape is not None:
            return node
        return parts_of(node, template, batched=True) if connected else in_form(template, node)

    # --- Inspection ---------------------------------------------------------------------------------------------------

    def _ran(self) -> Variant:
        if self._last is None:
            raise InputValueError(f"{self._name} has not been called, so there is no program yet; call it once")
        return self._last

    def _module(self, language: str) -> Written:
        if self._tensors is None:
            return super()._module(language)
        return written(self._tensors.ran(), self._label, language)

    def _graph(self, onnx: Any, dtype: str) -> Any:
        if self._tensors is None:
            return super()._graph(onnx, dtype)
        return graph_of(onnx, self._tensors.ran(), self._label, dtype)

    @property
    def program(self) -> ArrayProgram:
        """The program that ran last, as operations on arrays."""
        if self._tensors is not None:
            return program_of(self._tensors.ran())
        return array_program(self._ran(), self._name)

    def explain(self) -> ArrayExplanation:
        """Explain the program that ran last: what was recognised, and what was not and why."""
        if self._tensors is not None:
            return explained(self._tensors.ran())
        return in_words(self._ran(), self._name)

    def __get__(self, owner: Any, _: Any = None) -> Any:
        return self if owner is None else Method(self, owner)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._function, name)

    def __reduce__(self) -> Any:  # a copy starts without programs, since those are bound to arrays of the original
        return Compiled, (self._function, self._batch, self._engine)

    def __repr__(self) -> str:
        return f"<compiled {self._function!r}>"

    # --- Arguments ----------------------------------------------------------------------------------------------------

    def _label(self, which: int | str) -> str:
        """Return the name of an argument by its position."""
        if isinstance(which, int):
            named = self._parameters[which] if which < len(self._parameters) else None
            return named or f"argument{which + 1}"
        return which

    def _batched(self, which: int | str) -> bool:
        return self._label(which) in self._batch if isinstance(self._batch, frozenset) else bool(self._batch)

    def _watch(self, given: Arguments) -> None:
        """Evict a structure when an object that its key holds by ``id()`` is collected, whose id may be reused."""
        for k, (what, x) in enumerate(given.kept):
            with suppress(TypeError):  # an object without weak references is kept alive
                given.kept[k] = what, weakref.ref(x, partial(_drop, weakref.ref(self), given.key))


def _drop(compiled: Any, key: Any, _: Any) -> None:
    found = compiled()
    if found is not None:
        found._variants.pop(key, None)
        found._fast.clear()


class Method:
    """A compiled function that is bound to an object as a method."""

    def __init__(self, compiled: Compiled, owner: Any) -> None:
        self._compiled, self._owner = compiled, owner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._compiled(self._owner, *args, **kwargs)

    def to(self, engine: str, *args: Any, **kwargs: Any) -> Any:
        given = (self._owner, *args) if args or kwargs else ()
        return self._compiled.to(engine, *given, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)

    def __repr__(self) -> str:
        return f"<compiled method {self._compiled._name} of {self._owner!r}>"


_NOT_THIS_ONE = object()  # returned if a guard has another answer than in the recorded call


def _parameters(function: Callable[..., Any]) -> list[str | None]:
    """Return the names of a function's parameters, with ``None`` at the end if it takes any number of arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return [None]
    names: list[str | None] = [x.name for x in parameters if x.kind not in (x.VAR_POSITIONAL, x.VAR_KEYWORD)]
    return names + [None] * any(x.kind in (x.VAR_POSITIONAL, x.VAR_KEYWORD) for x in parameters)


def _tensor(call: Call, nodes: tuple[Any, ...], numbers: Residuals, data: Any) -> Tensor:
    return record(BatchResult, call, nodes, numbers, data)
