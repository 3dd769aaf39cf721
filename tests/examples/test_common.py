"""The parts that scripts share: arguments, their list, one line about bad input, and pictures all at once."""

import ast
import importlib
import importlib.util
import runpy
import sys

import pytest

import examples
from autograd import InputValueError, Value
from examples import common
from tests.support.processes import ROOT
from visualize import draw

SCRIPTS = [
    f"{room}.{path.stem}" for room in examples.ROOMS for path in sorted((ROOT / "examples" / room).glob("[!_]*.py"))
]


def test_the_list_has_every_script_with_its_sentence(capsys):
    runpy.run_module("examples", run_name="__main__")
    printed = capsys.readouterr().out
    for script in SCRIPTS:
        assert f"\n  python -m examples.{script}\n      " in printed
    rooms = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms - {"common"} == set(examples.ROOMS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_what_it_shows_and_is_short(script):
    source = (ROOT / "examples" / f"{script.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source))
    assert source.endswith('\n\n\nif __name__ == "__main__":\n    run(main)\n')
    assert len(source.splitlines()) < 150


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_has_help_and_refuses_what_makes_no_sense(script, tmp_path, capsys):
    main = importlib.import_module(f"examples.{script}").main

    def ended(*arguments):
        with pytest.raises(SystemExit) as end:
            main([*arguments])
        printed = capsys.readouterr()
        assert printed.err.count("\n") == bool(end.value.code), "one line says what is wrong"
        return end.value.code, printed.out + printed.err

    status, printed = ended("--help")
    assert status == 0
    assert "--output OUTPUT" in printed
    assert "--quick" in printed
    a_file = tmp_path / "file"
    a_file.touch()
    status, message = ended("--output", str(a_file / "x"))
    assert status == 2
    assert f"argument --output: cannot write to {a_file}: Not a directory" in message
    for option in ("--seed", "--steps", "--epochs"):
        if f"{option} " in printed:
            status, message = ended(option, "-1")
            assert status == 2
            assert f"error: argument {option}: must be " in message


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (common.count, "0", "must be from 1 to 1,000,000, not 0"),
        (common.count, "10" * 20, "must be from 1 to 1,000,000, not 1010"),
        (common.amount, "-1", r"must be from 0 to 1,000,000, not -1\.0"),
        (common.amount, "1e300", r"must be from 0 to 1,000,000, not 1e\+300"),
        (common.amount, "nan", "must be from 0 to 1,000,000, not nan"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(kind, text, message):
    with pytest.raises(common.arguments.argparse.ArgumentTypeError, match=message):
        kind(text)


def test_quick_changes_defaults_but_nothing_that_was_asked_for():
    parser = common.argument_parser("A script.", seed=0, steps=100)
    options = lambda *given: common.parse(parser, given, quick={"steps": 5}).steps
    assert options("--quick", "--steps", "7") == 7
    assert options("--quick") == 5


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InputValueError("give\n  more"), "script.py: error: give more"),
        (ImportError("pip install it"), "script.py: error: pip install it"),
        (
            MemoryError(),
            "script.py: error: not enough memory; give smaller numbers",
        ),
        (PermissionError(13, "Permission denied", "x"), "script.py: error: [Errno 13] Permission denied: 'x'"),
    ],
)
def test_bad_input_is_one_line_and_status_2(error, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["folder/script.py"])

    def main():
        raise error

    with pytest.raises(SystemExit) as ended:
        common.run(main)
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"{message}\n"


def test_a_missing_extra_is_one_line_and_status_2(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ("sklearn", "tqdm") else find(name))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "examples" / "__init__.py"))
    assert ended.value.code == 2
    assert capsys.readouterr().err == "the examples need scikit-learn, tqdm: pip install -e '.[examples]'\n"


def test_pictures_are_saved_in_a_folder_that_is_made_for_them(tmp_path, capsys):
    pictures = {"a.svg": (draw(Value(2.0) * 3), "a product"), "loss.png": (common.loss_curve([2.0, 1.0]), "a curve")}
    common.save(tmp_path / "a" / "b", pictures)
    folder = tmp_path / "a" / "b"
    assert {path.name for path in folder.iterdir()} == set(pictures)
    assert capsys.readouterr().out == f"Look at\n  {folder}/a.svg     a product\n  {folder}/loss.png  a curve\n"


def test_when_one_picture_fails_none_is_saved(tmp_path):
    class Failing:
        def save(self, path):
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        common.save(tmp_path / "a", {"loss.png": (common.loss_curve([2.0, 1.0]), ""), "x.svg": (Failing(), "")})
    assert not list(tmp_path.iterdir())
