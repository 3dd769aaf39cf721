"""Rendering: from DOT text to a picture, by a Graphviz that is installed.

It is the program ``dot`` if that is on the path, otherwise the Graphviz inside the package pygraphviz. Both run in a
process of their own, which can be stopped if a layout takes too long; if they crash, only that process ends.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

from autograd import AutogradError

from .options import seconds

__all__ = ["TIMEOUT", "RenderError", "can_render", "render"]

TIMEOUT = 60.0  # seconds

HINT = """\
no Graphviz was found to draw with. There are three ways to a picture:
  - install Graphviz: `apt install graphviz` (Debian, Ubuntu), `brew install graphviz` (macOS) \
or `winget install graphviz` (Windows)
  - install the Python package that carries Graphviz in itself: `pip install pygraphviz`
  - take the text, `.dot` or `.save("picture.dot")`, to any other place that draws Graphviz's language"""

PYGRAPHVIZ = """\
import sys
sys.tracebacklimit = 0
format, *sys.path = sys.argv[1:]
from pygraphviz import AGraph
graph = AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format=format, prog="dot"))
"""


class RenderError(AutogradError, RuntimeError):
    """There is no renderer, or it failed, or it took too long."""


def render(dot: str, format: str, timeout: float) -> bytes:
    """Draw the graph that DOT text describes.

    Parameters
    ----------
    dot : str
        A graph in Graphviz's language.
    format : str
        A format of Graphviz: ``"json0"``, the places of boxes and edges as data, or ``"svg"``.
    timeout : float
        The seconds after which a layout is given up.

    Raises
    ------
    RenderError
        If there is no renderer, or it failed, or it took too long.
    """
    limit = seconds(timeout)
    name, command = _command(format)
    try:
        result = subprocess.run(
            command,
            input=dot.encode("utf-8"),
            capture_output=True,
            timeout=limit,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # no console window flashes up on Windows
        )
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"Graphviz was stopped: it had not drawn this graph within {limit:g} seconds; draw a smaller part of it, "
            "or give it more time with timeout=…"
        ) from None
    except OSError as error:
        raise RenderError(f"Graphviz could not be started as {name!r}: {error}") from error
    if result.returncode or not result.stdout:
        said = result.stderr.decode("utf-8", "replace").strip() or "nothing"
        raise RenderError(
            f"Graphviz ({name}) failed with code {result.returncode}, saying:\n{said[-1000:]}\n"
            "Check the installation, or save the picture as .dot and render that file elsewhere"
        )
    return result.stdout


def can_render() -> bool:
    """Return True if there is a Graphviz."""
    return bool(shutil.which("dot") or (sys.executable and importlib.util.find_spec("pygraphviz")))


def _command(format: str) -> tuple[str, list[str]]:
    """The renderer's name, and the command that reads DOT text and writes the picture."""
    program = shutil.which("dot")
    if program:
        return program, [program, f"-T{format}"]
    if sys.executable and importlib.util.find_spec("pygraphviz"):
        # Isolated from the environment, with the path of this process, so that it imports the same package.
        return "pygraphviz", [sys.executable, "-I", "-c", PYGRAPHVIZ, format, *sys.path]
    raise RenderError(HINT)
