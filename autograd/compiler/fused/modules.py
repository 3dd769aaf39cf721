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

from .texts import OF_MATH, OF_NUMPY

__all__ = ["VARIABLE", "compiler", "entry_of", "folder"]

Array = np.ndarray[Any, Any]

VARIABLE = "STEPGRAD_CACHE_DIR"  # the environment variable with the folder for compiled code
PREFIX = "stepgrad_fused_"
_entries: dict[str, Any] = {}  # by text, the functions of this process

COMMON = f"""
import numpy as np
from numpy import inf, nan, {", ".join(OF_NUMPY)}

TILE = 64  # samples whose numbers lie next to each other while a loop works on them
"""
BEGIN = f"""from math import {", ".join(OF_MATH)}

from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

function = njit("void(int64, int64[::1])", error_model="numpy", cache=CACHED)


@intrinsic
def pointer(context, address):
    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


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
    text = f"{COMMON}\n\n@function\n{kernel}"
    if text not in _entries:
        _entries[text] = _loaded(text)
    found: Callable[[int, Array], None] = _entries[text]
    return found


def _loaded(text: str) -> Any:
    """Execute a module, from its text, and return its kernel, which is compiled or was kept on disk."""
    numba = compiler()
    versions = f"# numba {numba.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}\n"
    name = PREFIX + hashlib.sha256((versions + text).encode()).hexdigest()[:32]
    place = folder()
    whole = versions + BEGIN.replace("CACHED", "True") + text
    if place is not None and _kept(place / f"{name}.py", whole):
        try:
            return _executed(name, str(place / f"{name}.py"), whole)
        except Exception:  # compiled code that cannot be read: it is compiled again, and not kept
            pass
    return _executed(name, f"<{name}>", versions + BEGIN.replace("CACHED", "False") + text)


def _executed(name: str, path: str, text: str) -> Any:
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module  # where numba looks for it when it reads compiled code
    exec(compile(text, path, "exec"), module.__dict__)
    return module.kernel


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
