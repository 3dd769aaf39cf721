"""Generated functions as modules, which numba compiles and keeps on disk.

A module is named by a hash of its text and of the versions of what made it. It is executed from the text in memory,
never from the file, which only tells numba where to keep compiled code. A folder that belongs to somebody else, or that
others may write to, is not used.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .elementary import ELEMENTARY, source_of
from .texts import OF_MATH, OF_NUMPY

__all__ = ["TILE", "VARIABLE", "compiler", "entry_of", "folder"]

Array = np.ndarray[Any, Any]

VARIABLE = "STEPGRAD_CACHE_DIR"  # the environment variable with the folder for compiled code
PREFIX = "stepgrad_fused_"
_entries: dict[str, Any] = {}  # by text, the functions of this process

TILE = 128  # samples that go through the loops of a nest together
COMMON = f"TILE = {TILE}\n"
NAMES = ["numbers", "truths", "integers", "row", "room", "function", "inf", "nan", *OF_MATH, *OF_NUMPY]
BEGIN = f"""import operator
from math import {", ".join(name for name in OF_MATH if name not in ELEMENTARY)}

from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numpy import inf, nan, {", ".join(OF_NUMPY)}


def function(cache):
    return njit("void(int64, int64[::1])", error_model="numpy", cache=cache)


inlined = njit(error_model="numpy", forceinline=True)

# --- Memory: numbers of a kind, one after another, from an address on; without checks and without a length ----------


class Numbers(types.Type):
    def __init__(self, element, scope=()):
        self.element, self.scope = element, scope
        super().__init__(f"Numbers({{element}}, {{scope}})")


register_model(Numbers)(models.OpaqueModel)


@infer_global(operator.getitem)
class Get(AbstractTemplate):
    def generic(self, given, named):
        if isinstance(given[0], Numbers):
            return signature(given[0].element, given[0], types.int64)


@infer_global(operator.setitem)
class Set(AbstractTemplate):
    def generic(self, given, named):
        if isinstance(given[0], Numbers):
            return signature(types.none, given[0], types.int64, given[0].element)


def place_of(context, builder, kind, start, index):
    stored = context.get_data_type(kind.element)
    return builder.gep(builder.bitcast(start, stored.as_pointer()), [index], inbounds=True)


def scoped(builder, kind, instruction):
    \"\"\"Say that a row of a loop has no number in common with its other rows.\"\"\"
    if kind.scope:
        loop, own, count = kind.scope
        add = builder.module.add_metadata
        domain = add([f"loop {{loop}}"])
        scopes = [add([f"row {{k}} of loop {{loop}}", domain]) for k in range(count)]
        instruction.set_metadata("alias.scope", add([scopes[own]]))
        if count > 1:
            instruction.set_metadata("noalias", add(scopes[:own] + scopes[own + 1 :]))


@lower_builtin(operator.getitem, Numbers, types.Integer)
def get(context, builder, made, given):
    kind = made.args[0]
    found = builder.load(place_of(context, builder, kind, *given))
    scoped(builder, kind, found)
    return context.data_model_manager[kind.element].from_data(builder, found)


@lower_builtin(operator.setitem, Numbers, types.Integer, types.Any)
def put(context, builder, made, given):
    kind = made.args[0]
    stored = context.data_model_manager[kind.element].as_data(builder, given[2])
    scoped(builder, kind, builder.store(stored, place_of(context, builder, kind, *given[:2])))
    return context.get_dummy_value()


def at_address(element):
    @intrinsic
    def start(context, address, size):
        def generate(context, builder, made, given):
            return builder.inttoptr(given[0], cgutils.voidptr_t)

        return Numbers(element)(types.int64, types.int64), generate

    return start


numbers, truths, integers = at_address(types.float64), at_address(types.boolean), at_address(types.int64)


@intrinsic(prefer_literal=True)
def row(context, start, loop, own, count):
    def generate(context, builder, made, given):
        return given[0]

    scope = loop.literal_value, own.literal_value, count.literal_value
    return Numbers(start.element, scope)(start, loop, own, count), generate


@intrinsic(prefer_literal=True)
def room(context, size):
    many = size.literal_value

    def generate(context, builder, made, given):
        with builder.goto_entry_block():
            made = builder.alloca(cgutils.ir.DoubleType(), size=cgutils.intp_t(many))
        return builder.bitcast(made, cgutils.voidptr_t)

    return Numbers(types.float64)(size), generate


# --- Elementary functions -------------------------------------------------------------------------------------------


@intrinsic
def bits(context, x):
    def generate(context, builder, made, given):
        return builder.bitcast(given[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def real(context, k):
    def generate(context, builder, made, given):
        return builder.bitcast(given[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@intrinsic
def exponent(context, k):
    def generate(context, builder, made, given):
        return builder.lshr(given[0], given[0].type(52))

    return types.int64(types.int64), generate


@intrinsic
def fused(context, x, y, z):
    def generate(context, builder, made, given):
        double = given[0].type
        kind = cgutils.ir.FunctionType(double, [double] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.fmuladd.f64"), given)

    return types.float64(types.float64, types.float64, types.float64), generate


{source_of()}
"""


def compiler() -> Any:
    """Return the module numba.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import numba
    except ImportError as error:
        raise ImportError(
            'compile(f, engine="numba") needs numba, which is not installed; write pip install "stepgrad[fast]", or '
            "pip install numba"
        ) from error
    return numba


def entry_of(kernel: str) -> Callable[[int, Array], None]:
    """Return the compiled function for a kernel."""
    if kernel not in _entries:
        _entries[kernel] = _loaded(kernel)
    found: Callable[[int, Array], None] = _entries[kernel]
    return found


def _loaded(kernel: str) -> Any:
    """Execute a module, from its text, and return its kernel, which is compiled or was kept on disk."""
    numba = compiler()
    versions = f"numba {numba.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}"
    instructions = PREFIX + _hash(versions + BEGIN)
    if instructions not in sys.modules:
        _executed(instructions, f"<{instructions}>", BEGIN)
    head = f"# {versions}\nfrom {instructions} import {', '.join(NAMES)}\n\n{COMMON}\n\n"
    name = PREFIX + _hash(head + kernel)
    place = folder()
    text = f"{head}@function(cache=True)\n{kernel}"
    if place is not None and _kept(place / f"{name}.py", text):
        try:
            return _executed(name, str(place / f"{name}.py"), text).kernel
        except Exception:  # compiled code that cannot be read: it is compiled again, and not kept
            pass
    return _executed(name, f"<{name}>", f"{head}@function(cache=False)\n{kernel}").kernel


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _executed(name: str, path: str, text: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module  # where numba looks for it when it reads compiled code
    exec(compile(text, path, "exec"), module.__dict__)
    return module


def folder() -> Path | None:
    """Return the folder for compiled code, made if it is missing; ``None`` if others than the user may write to it."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        place = Path(chosen)
    elif sys.platform == "win32":
        place = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "stepgrad"
    elif sys.platform == "darwin":
        place = Path.home() / "Library" / "Caches" / "stepgrad"
    else:
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepgrad"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = place.stat()
    except (OSError, RuntimeError):
        return None
    if os.name == "posix" and (facts.st_uid != os.getuid() or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        return None
    return place


def _kept(path: Path, text: str) -> bool:
    """Write a file in one step, unless it has this text; return False if it cannot be written."""
    with suppress(OSError, UnicodeError):
        if path.read_text(encoding="utf-8") == text:
            return True
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError:
        return False
    return True
