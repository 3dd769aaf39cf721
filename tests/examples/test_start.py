"""First steps: what the scripts compute, print and save."""

import re

import pytest

from examples.classification import iris
from examples.start import engines, four_ways, moons, scalars_to_matrices
from tests.support.lectures import run_quickly, saved


def test_an_expression_is_drawn_with_its_gradients(tmp_path, capsys):
    numbers = run_quickly("start.draw_expression", tmp_path)
    published = {"g": 24.70408163265306, "dg/da": 138.83381924198252, "dg/db": 645.5772594752186}  # by micrograd
    assert numbers == pytest.approx(published)
    assert capsys.readouterr().out.startswith("g = 24.7041, dg/da = 138.8338, dg/db = 645.5773\nLook at\n")
    assert saved(tmp_path) == {"neuron.svg", "neuron.html", "expression.svg", "expression.html", "network.png"}


@pytest.mark.parametrize(("name", "main"), [("moons", moons.main), ("iris", iris.main)])
@pytest.mark.untraced
def test_a_short_run_says_how_it_goes_and_saves_every_picture(name, main, tmp_path, capsys):
    main(["--steps", "3", "--widths", "4", "--output", str(tmp_path / "a" / "b")])
    pictures = {f"{name}_boundary.png", f"{name}_loss.png", f"{name}_neuron.svg"}
    assert saved(tmp_path / "a" / "b") == pictures
    printed = capsys.readouterr().out
    assert re.findall(r"^step +(\d+)   loss \d\.\d{4}   accuracy +\d+\.\d%$", printed, re.MULTILINE) == ["0", "1", "2"]
    assert all(picture in printed for picture in pictures)


@pytest.mark.untraced
def test_the_program_of_the_moons_in_scalars_is_three_products_of_matrices_with_the_same_gradients(tmp_path, capsys):
    numbers = scalars_to_matrices.main(["--quick", "--output", str(tmp_path / "a")])
    assert saved(tmp_path / "a") == {"scalars.svg", "matrices.svg"}
    assert numbers["gradients"] == 337
    assert numbers["largest difference of a gradient"] < 1e-14
    printed = capsys.readouterr().out
    assert "643 scalar operations for each sample became 11 array operations" in printed
    assert "total: 64,399 scalar operations became 13 array operations" in printed
    assert re.findall(r"= one (.+) product$", printed, re.MULTILINE) == [
        *("(16×2)·(2×B)", "(16×16)·(16×B)", "(1×16)·(16×B)"),
        *("(16×2)·(2×100)", "(16×16)·(16×100)", "(1×16)·(16×100)"),
    ]
    assert printed.count("337 gradients, at most ") == 2
    over_neurons, over_matrices = re.findall(r"^  over \w+ +([-+]\d\.\d+)", printed, re.MULTILINE)
    assert over_neurons == over_matrices
    assert "the first number of a (16×100)·(100×16) product" in printed


@pytest.mark.untraced
def test_four_ways_of_training_take_the_same_steps(tmp_path, capsys):
    seconds = four_ways.main(["--quick", "--output", str(tmp_path)])
    assert saved(tmp_path) == {"speed.png"}
    printed = capsys.readouterr().out
    differences = re.findall(r"337 gradients, at most (\S+) from those of the scalars$", printed, re.MULTILINE)
    assert [float(each) < 1e-14 for each in differences] == [True, True, True]
    losses = re.findall(r"^step +(\d+)  (\d\.\d{4})   (.+)$", printed, re.MULTILINE)
    assert [step for step, _, _ in losses] == ["0", "10", "11"]
    assert all(rest == f"{loss}   {loss}   {loss}" for _, loss, rest in losses)
    for way, taken in seconds.items():
        assert f"{way:<22}  {four_ways.duration(taken):>8} a step" in printed
    assert seconds["compiled for one point"] < seconds["scalars"] / 10
    assert seconds["compiled as a whole"] < seconds["scalars"] / 10


def test_gradients_that_differ_are_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(scalars_to_matrices, "TOLERANCE", -1.0)
    with pytest.raises(ArithmeticError, match=r"^compiled for one point: the gradients are \d\.\d.* from those"):
        scalars_to_matrices.main(["--samples", "4", "--widths", "3", "--output", str(tmp_path)])


@pytest.mark.parametrize("arguments", [["--samples", "1"], ["--widths", "3", "4", "5"]])
@pytest.mark.untraced
def test_scalars_become_matrices_for_any_network(arguments, tmp_path, capsys):
    scalars_to_matrices.main([*arguments, "--output", str(tmp_path)])
    four_ways.main([*arguments, "--steps", "1", "--output", str(tmp_path)])
    assert capsys.readouterr().out.count(" a step, ") == 4


def test_a_program_is_written_for_engines_and_taken_to_those_that_are_installed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(engines, "NEEDED", {"numpy": "numpy", "jax": "no_such_package"})
    differences = engines.main(["--output", str(tmp_path), "--samples", "20"])
    assert differences["numpy"] < 1e-12
    assert {path.name for path in tmp_path.iterdir()} == {f"loss_in_{each}.py" for each in ("numpy", "jax", "torch")}
    assert "jax    is not installed: pip install no_such_package" in capsys.readouterr().out
