"""User code has useful types: a training script runs, and mypy and pyright accept it where they are installed."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.nn import user_script
from tests.support.processes import ROOT
from tests.support.type_checkers import NO_PYRIGHT, PYRIGHT

SCRIPT = ROOT / "tests" / "nn" / "user_script.py"


def test_the_script_runs(tmp_path, capsys):
    user_script.main(str(tmp_path / "net.npz"))
    assert capsys.readouterr().out == "True 41\n"


def checked(command, folder):
    """The output of a type checker that fails, or \"\"."""
    shutil.copy(SCRIPT, folder / "script.py")
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.long
def test_mypy_accepts_the_script(tmp_path):
    pytest.importorskip("mypy")
    assert checked([sys.executable, "-m", "mypy", "--strict", "--cache-dir=cache", "script.py"], tmp_path) == ""


@pytest.mark.long
def test_pyright_accepts_the_script(tmp_path):
    if PYRIGHT is None:
        pytest.skip(NO_PYRIGHT)
    settings = f'{{"extraPaths": ["{ROOT}"], "include": ["script.py"], "typeCheckingMode": "standard"}}'
    (tmp_path / "pyrightconfig.json").write_text(settings)
    assert checked([PYRIGHT, "--pythonpath", sys.executable], tmp_path) == ""
