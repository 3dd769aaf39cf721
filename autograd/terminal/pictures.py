"""The functions that draw, which a package above this one registers as entry points.

    [project.entry-points."stepgrad.pictures"]        in pyproject.toml
    draw = "package:function"

So the prompt and the command line draw by a package that they do not import, and that is loaded when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from ..errors import AutogradError

__all__ = ["maker_of"]

GROUP = "stepgrad.pictures"
ROOT = Path(__file__).parents[2]  # where a clone that is not installed has the pyproject.toml that registers them


def maker_of(name: str) -> Callable[..., Any]:
    """Return the function that makes pictures, ``draw``, or one that makes pages, ``page`` or ``play``.

    Raises
    ------
    AutogradError
        If none is registered, or the package that has it cannot be imported.
    """
    found = {point.name: point for point in entry_points(group=GROUP)} or {point.name: point for point in _in_a_clone()}
    if name not in found:
        raise AutogradError(f"nothing that is installed here can {name}; install stepgrad with all of its packages")
    try:
        maker: Callable[..., Any] = found[name].load()
    except ImportError as error:
        raise AutogradError(f"the package that can {name} is not imported: {error}; install what it needs") from error
    return maker


def _in_a_clone() -> Iterable[EntryPoint]:
    """The entry points that the pyproject.toml beside this package declares."""
    declared = ROOT / "pyproject.toml"
    text = declared.read_text(encoding="utf-8") if declared.is_file() else ""
    section = re.search(rf'^\[project\.entry-points\."{re.escape(GROUP)}"\]\n((?:\w.*\n)*)', text, re.MULTILINE)
    pairs = re.findall(r'^(\w+) = "(.+)"', section[1], re.MULTILINE) if section else []
    return [EntryPoint(name, value, GROUP) for name, value in pairs]
