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
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .instructions import BEGIN, NAMES

__all__ = ["TILE", "VARIABLE", "compiler", "entry_of", "folder", "found_at", "places_of"]

Array = np.ndarray[Any, Any]

VARIABLE = "STEPGRAD_CACHE_DIR"  # the environment variable with the folder for compiled code
PREFIX = "stepgrad_fused_"
_entries: dict[str, Any] = {}  # by text, the functions of this process

TILE = 128  # samples that go through the loops of a nest together
COMMON = f"TILE = {TILE}\n"


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
    text = f"{head}function = compiled(cache=True)\n\n\n{kernel}"
    if place is not None and _kept(place / f"{name}.py", text):
        try:
            return _executed(name, str(place / f"{name}.py"), text).kernel
        except Exception:  # compiled code that cannot be read: it is compiled again, and not kept
            pass
    return _executed(name, f"<{name}>", f"{head}function = compiled(cache=False)\n\n\n{kernel}").kernel


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _executed(name: str, path: str, text: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module  # where numba looks for it when it reads compiled code
    exec(compile(text, path, "exec"), module.__dict__)
    return module


def places_of(arrays: Iterable[Any], addresses: Iterable[int] = ()) -> np.ndarray[Any, Any]:
    """Return the data of a kernel: the places of arrays in memory and their sizes, and the addresses of functions."""
    places = [n for x in arrays for n in (x.__array_interface__["data"][0], x.size)]
    return np.array([*places, *addresses], dtype=np.int64)


def found_at(kinds: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines of a kernel that find its arrays in its data, by their names and kinds."""
    return [f"{name} = {kind}(at[{2 * k}], at[{2 * k + 1}])" for k, (name, kind) in enumerate(kinds)]


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
