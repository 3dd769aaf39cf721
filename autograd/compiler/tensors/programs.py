"""The programs of a function of tensors, and which of them a call runs.

A function that does what a program would not do, such as drawing random numbers, is not compiled: a warning says why,
and it runs as it is.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...arrays.tensor import Tensor
from ...core.context import inside_operator
from ...core.modes import active, mode_here
from ...errors import CompileWarning, InputValueError
from ..recording.arguments import Arguments
from .call import TensorResult
from .kernels import JoiningWriter
from .program import OTHER_WAY, Program
from .recording import Refused
from .source import Writer

__all__ = ["TensorPrograms"]

STRUCTURES = 64  # structures of arguments whose programs are kept
WAYS = 8  # programs of one structure


class TensorPrograms:
    """The programs of a function of tensors.

    Parameters
    ----------
    function : callable
        The function.
    name : str
        Its name.
    names : callable
        Maps the position of an argument to its name.
    fuses : bool
        True if runs of operations are compiled as loops.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, names: Callable[[int | str], str], fuses: bool = False
    ) -> None:
        self._function, self._name, self._names = function, name, names
        self._writer: type[Writer] = JoiningWriter if fuses else Writer
        self._known: OrderedDict[Any, list[Program] | None] = OrderedDict()  # None for what runs as it is
        self._quick: dict[Any, list[Program]] = {}  # the same lists, by what can be read off quickly
        self._last: Program | None = None

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        if active and (mode_here().tracer is not None or inside_operator()):
            return self._function(*args, **kwargs)
        signature = None if kwargs else _signature(args)
        paths = self._quick.get(signature)
        if paths:
            found = self._of_these(paths, args)
            if found is not OTHER_WAY:
                return found
        given = Arguments(args, kwargs, _nothing_batched)
        key = (given.key, *map(_kind, given.shared))
        paths = self._known.setdefault(key, [])
        found = OTHER_WAY if paths is None else self._of_these(paths, given.shared)
        if found is OTHER_WAY and paths is not None:
            found = self._anew(key, paths, given)
        if paths and signature is not None:
            self._quick[signature] = paths
        return self._function(*args, **kwargs) if found is OTHER_WAY else found

    def _of_these(self, paths: list[Program], numbers: Sequence[Any]) -> Any:
        """Run the program that is valid for a call; return `OTHER_WAY` if there is none."""
        for k, program in enumerate(paths):
            if program.surroundings.changed() is None:
                try:
                    found = program(numbers)
                except Exception:  # such as an index out of range, for which the function has a sentence
                    continue
                if found is not OTHER_WAY:
                    if k:
                        paths.insert(0, paths.pop(k))
                    self._last = program
                    return found
        return OTHER_WAY

    def _anew(self, key: Any, paths: list[Program], given: Arguments) -> Any:
        """Record a program and run it; run the function as it is if there is none."""
        self._known.move_to_end(key)
        if len(self._known) > STRUCTURES:
            self._known.popitem(last=False)
            self._quick.clear()
        found, why = OTHER_WAY, f"is recorded anew for more than {WAYS} ways through it"
        if len(paths) < WAYS:
            try:
                program = Program(self._function, given, self._names, self._name, self._writer())
                found = program(given.shared)
            except Refused as refusal:
                why = str(refusal)
            except Exception as error:
                why = f"fails on the tensors that stand for its arguments, {type(error).__name__}: {error}"
        if found is not OTHER_WAY:
            paths.insert(0, program)
            self._last = program
            return found
        result = self._function(*given.args, **given.kwargs)  # whose error is the user's own
        self._known[key] = None
        paths.clear()
        warnings.warn(f"{self._name} is not compiled, and runs as it is: it {why}", CompileWarning, stacklevel=4)
        return result

    def ran(self) -> Program:
        """The program that ran last."""
        if self._last is None:
            raise InputValueError(f"{self._name} has not run as a program, so there is none to show")
        return self._last


def _nothing_batched(_: int | str) -> bool:
    return False


def _signature(args: Sequence[Any]) -> Any:
    """A key for arguments that are plain numbers, arrays and tensors; ``None`` for others."""
    found: list[Any] = []
    for x in args:
        kind = type(x)
        if kind is np.ndarray:
            if x.dtype.kind == "O":
                return None
            found.append((x.shape, x.dtype))
        elif kind is Tensor or kind is TensorResult:
            found.append((Tensor, x._data.shape, x._data.dtype))
        elif kind is float:
            found.append(kind)
        elif kind is int:
            found.append((kind, x))
        else:
            return None
    return tuple(found)


def _kind(x: Any) -> Any:
    """The part of the structure that the kind of an argument does not say: the dtype, or a whole number."""
    if isinstance(x, (int, float)):
        return x if type(x) is int else None
    return x._data.dtype if hasattr(x, "_data") and isinstance(x._data, np.ndarray) else getattr(x, "dtype", None)
