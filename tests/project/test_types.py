"""User code with types: the checkers know the types of what a training script does, and pass what is right."""

import json
import re
import subprocess
import sys

import pytest

from tests.support.processes import ROOT
from tests.support.type_checkers import NO_PYRIGHT, PYRIGHT

SCRIPT = ROOT / "tests" / "data" / "typed_script.py"
TRAINING = SCRIPT.with_name("training_script.py")
TEXT = SCRIPT.read_text()
EXPECTED = {
    number: line.rpartition("  # ")[2]
    for number, line in enumerate(TEXT.splitlines(), 1)
    if line.strip().startswith("reveal_type")
}


def bare(said):
    """A type without the names of modules."""
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", said)


def mypy(*paths):
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *map(str, paths)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout


def revealed(said, pattern):
    return {int(line): bare(found) for line, found in re.findall(pattern, said)}


@pytest.mark.long
@pytest.mark.untraced
def test_mypy_finds_no_fault_in_users_scripts_and_knows_their_types():
    said = mypy(SCRIPT, TRAINING)
    assert "error" not in said, said
    assert revealed(said, r':(\d+): note: Revealed type is "(.*)"') == EXPECTED


@pytest.mark.long
@pytest.mark.untraced
def test_mypy_finds_what_is_wrong_in_a_users_script(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(TEXT + "\nLine()('text')\nv.data.nothing\nt.reshap(2)\nTensor([1.0], nam='t').sum().shape + 1\n")
    first = len(TEXT.splitlines()) + 2
    faults = re.findall(r"wrong\.py:(\d+): error", mypy(wrong))
    assert {int(line) for line in faults} == {first, first + 1, first + 2, first + 3}


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.skipif(PYRIGHT is None, reason=NO_PYRIGHT)
def test_pyright_finds_no_fault_either_and_knows_the_same_types(tmp_path):
    settings = {"extraPaths": [str(ROOT)], "include": [str(SCRIPT), str(TRAINING)], "typeCheckingMode": "standard"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [PYRIGHT, "--pythonpath", sys.executable, "--project", str(tmp_path)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    assert " 0 errors" in f" {said.splitlines()[-1]}", said
    assert revealed(said, r':(\d+):\d+ - information: Type of ".*" is "(.*)"') == EXPECTED


@pytest.mark.parametrize(
    ("script", "says"),
    [(SCRIPT, ["2.0000", "True", "1.0", "1.0"]), (TRAINING, ["True", "41"])],
    ids=["derivatives", "training"],
)
def test_a_script_does_what_it_says(script, says, tmp_path):
    command = [sys.executable, str(script), str(tmp_path / "net.npz")]
    said = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True)
    assert said.stdout.decode().split() == says, said.stderr.decode()
