"""Pyright, where it is installed, or the distribution of it that brings along what it runs on."""

import os
import shutil
import sys
from pathlib import Path

NO_PYRIGHT = "pyright is not installed; pip install basedpyright"


def _found() -> str | None:
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return shutil.which("basedpyright", path=folders) or shutil.which("pyright", path=folders)


PYRIGHT = _found()
