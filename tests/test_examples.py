"""The examples: what they learn, what they print, what they save."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg"}


@pytest.fixture
def example(monkeypatch):
    """Import an example by name, as running it would."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module
    for name in ["common", "moons", "iris"]:
        sys.modules.pop(name, None)


def saved(folder):
    """The pictures in a folder: their names, each checked to be a picture of its kind with something on it."""
    for path in folder.iterdir():
        assert SIGNATURES[path.suffix] in path.read_bytes()[:1000]
        assert path.stat().st_size > 5_000
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("name", ["moons", "iris"])
def test_a_short_run_saves_every_picture_in_a_folder_that_it_makes(example, name, tmp_path, capsys):
    module = example(name)
    module.main(["--steps", "3", "--widths", "4", "--output", str(tmp_path / "a" / "b")])
    assert saved(tmp_path / "a" / "b") == set(module.PICTURES)
    printed = capsys.readouterr().out
    assert re.findall(r"^step +(\d+)   loss \d\.\d{4}   accuracy +\d+\.\d%$", printed, re.MULTILINE) == ["0", "1", "2"]
    assert all(picture in printed for picture in module.PICTURES)


def test_the_moons_are_told_apart_completely_with_the_losses_of_the_demonstration(example, tmp_path, capsys):
    assert example("moons").main(["--output", str(tmp_path)]) == 1.0
    printed = capsys.readouterr().out
    assert "100 points, MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)" in printed
    assert "step   0   loss 0.8958   accuracy  50.0%" in printed
    assert "step  99   loss 0.0110   accuracy 100.0%" in printed
    assert "trained: loss 0.0110, accuracy 100.0%" in printed


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_irises_held_out_are_recognised(example, seed, tmp_path, capsys):
    accuracy = example("iris").main(["--seed", str(seed), "--output", str(tmp_path)])
    assert accuracy >= 0.93
    assert f"held-out accuracy {accuracy:.1%}: {round(50 * accuracy)} of 50" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("moons", ["--steps", "0"], "argument --steps: must be at least 1, not 0"),
        ("moons", ["--steps", "x"], "argument --steps: invalid count value: 'x'"),
        ("moons", ["--noise", "-1"], "argument --noise: must be finite and not negative, not -1.0"),
        ("iris", ["--held-out", "149"], "--held-out must be from 3 to 147"),
        ("iris", ["--rate", "0"], "--rate must be more than 0"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(example, name, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        example(name).main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", ["moons", "iris"])
def test_help_names_every_argument_with_its_default(name):
    helped = subprocess.run([sys.executable, EXAMPLES / f"{name}.py", "--help"], capture_output=True, check=True)
    assert b"--steps STEPS" in helped.stdout
    assert b"(default: 100)" in b" ".join(helped.stdout.split())
