"""The examples: what they learn, what they print, what they save."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
WITH_STEPS = ["moons", "iris", "scalars_to_matrices", "digits_fit"]
SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg"}


@pytest.fixture
def example(monkeypatch):
    """Import an example by name, as running it would."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module
    for name in ["common", *WITH_STEPS]:
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


@pytest.mark.long
def test_the_moons_are_told_apart_completely_with_the_losses_of_the_demonstration(example, tmp_path, capsys):
    assert example("moons").main(["--output", str(tmp_path)]) == 1.0
    printed = capsys.readouterr().out
    assert "100 points, MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)" in printed
    assert "step   0   loss 0.8958   accuracy  50.0%" in printed
    assert "step  99   loss 0.0110   accuracy 100.0%" in printed
    assert "trained: loss 0.0110, accuracy 100.0%" in printed


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.long
def test_irises_held_out_are_recognised(example, seed, tmp_path, capsys):
    accuracy = example("iris").main(["--seed", str(seed), "--output", str(tmp_path)])
    assert accuracy >= 0.93
    assert f"held-out accuracy {accuracy:.1%}: {round(50 * accuracy)} of 50" in capsys.readouterr().out


def test_the_program_of_the_moons_in_scalars_is_three_products_of_matrices_with_the_same_gradients(
    example, tmp_path, capsys
):
    module = example("scalars_to_matrices")
    seconds = module.main(["--steps", "12", "--output", str(tmp_path / "a")])
    assert saved(tmp_path / "a") == set(module.PICTURES)
    printed = capsys.readouterr().out
    assert all(picture in printed for picture in module.PICTURES)
    assert "643 scalar operations for each sample became 11 array operations" in printed
    assert "total: 64,399 scalar operations became 13 array operations" in printed
    assert re.findall(r"= one (.+) product$", printed, re.MULTILINE) == [
        *("(16×2)·(2×B)", "(16×16)·(16×B)", "(1×16)·(16×B)"),
        *("(16×2)·(2×100)", "(16×16)·(16×100)", "(1×16)·(16×100)"),
    ]
    assert (
        len(re.findall(r"337 gradients, at most \d\.\de-1[67] from those of the scalars$", printed, re.MULTILINE)) == 3
    )
    over_neurons, over_matrices = re.findall(r"^  over \w+ +([-+]\d\.\d+)", printed, re.MULTILINE)
    assert over_neurons == over_matrices
    assert "the first number of a (16×100)·(100×16) product" in printed
    losses = re.findall(r"^step +(\d+)  (\d\.\d{4})   (.+)$", printed, re.MULTILINE)
    assert [step for step, _, _ in losses] == ["10", "11"]
    assert all(rest == f"{loss}   {loss}   {loss}" for _, loss, rest in losses)
    for way, taken in seconds.items():
        assert f"{way:<22}  {module.duration(taken):>8} a step" in printed
    assert seconds["compiled for one point"] < seconds["scalars"] / 10
    assert seconds["compiled as a whole"] < seconds["scalars"] / 10


def test_digits_are_read_by_a_network_of_scalars_that_runs_compiled(example, tmp_path, capsys):
    module = example("digits_fit")
    assert module.main(["--widths", "8", "--output", str(tmp_path / "a")]) >= 0.8
    assert saved(tmp_path / "a") == set(module.PICTURES)
    printed = capsys.readouterr().out
    assert "1348 images to learn from, 449 held out, MLP(64 -> 8 tanh -> 10 linear, 610 parameters)" in printed
    assert re.search(r"^5 epochs of 22 steps in \d+\.\d s, compiled$", printed, re.MULTILINE)


def test_gradients_that_differ_are_an_error(example, tmp_path, monkeypatch):
    module = example("scalars_to_matrices")
    monkeypatch.setattr(module, "TOLERANCE", -1.0)
    with pytest.raises(ArithmeticError, match=r"^compiled for one point: the gradients are \d\.\d.* from those"):
        module.main(["--steps", "1", "--samples", "4", "--widths", "3", "--output", str(tmp_path)])


@pytest.mark.parametrize("arguments", [["--steps", "1", "--samples", "1"], ["--steps", "2", "--widths", "3", "4", "5"]])
def test_scalars_become_matrices_for_any_network(example, arguments, tmp_path, capsys):
    example("scalars_to_matrices").main([*arguments, "--output", str(tmp_path)])
    assert capsys.readouterr().out.count(" a step, ") == 4


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("moons", ["--steps", "0"], "argument --steps: must be at least 1, not 0"),
        ("moons", ["--steps", "x"], "argument --steps: invalid count value: 'x'"),
        ("moons", ["--noise", "-1"], "argument --noise: must be finite and not negative, not -1.0"),
        ("iris", ["--held-out", "149"], "--held-out must be from 3 to 147"),
        ("iris", ["--rate", "0"], "--rate must be more than 0"),
        ("digits_fit", ["--rate", "0"], "--rate must be more than 0"),
        ("scalars_to_matrices", ["--samples", "0"], "argument --samples: must be at least 1, not 0"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(example, name, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        example(name).main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", WITH_STEPS)
def test_help_names_every_argument_with_its_default(name):
    helped = subprocess.run([sys.executable, EXAMPLES / f"{name}.py", "--help"], capture_output=True, check=True)
    assert b"--steps STEPS" in helped.stdout
    assert b"(default: 100)" in b" ".join(helped.stdout.split())
