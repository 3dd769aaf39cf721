"""``python -m autograd``: tables that agree with ``backward()``, and a sentence for whatever cannot be used."""

import contextlib
import io
import json
import math
import os
import runpy
import subprocess
import sys
import tempfile
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, program
from autograd.terminal import main as command_line
from autograd.terminal import pictures
from autograd.terminal.main import main
from autograd.terminal.trace_table import trace_table
from autograd.text.paper import Paper
from tests.support.processes import ROOT
from tests.support.programs import scalars
from tests.support.programs.effort import examples

TEXTBOOK = ["log(x1) + x1*x2 - sin(x2)", "x1=2", "x2=5"]
TABLE = """\
values, from the top down │ adjoints, from the bottom up
──────────────────────────┼───────────────────────────────────────────────────
x1           = 2          │ df/dx1                          = 5.5
x2           = 5          │ df/dx2                          = 1.716
──────────────────────────┼───────────────────────────────────────────────────
%2 = log(x1) = 0.6931     │ df/dx1 = df/dx1 + df/d%2 × 1/x1 = 5.5
%3 = x1·x2   = 10         │ df/dx2 = df/dx2 + df/d%3 × x1   = 1.716
                          │ df/dx1 = df/d%3 × x2            = 5 (1 of 2)
%4 = %2 + %3 = 10.69      │ df/d%3 = df/d%4 × 1             = 1
                          │ df/d%2 = df/d%4 × 1             = 1
%5 = sin(x2) = -0.9589    │ df/dx2 = df/d%5 × cos(x2)       = -0.2837 (1 of 2)
f = %4 - %5  = 11.65      │ df/d%5 = df/df × (-1)           = -1
                          │ df/d%4 = df/df × 1              = 1
                          │ df/df                           = 1
"""
STACKED = """\
values
w            = -3
x            = 2
%2 = w·x     = -6
f = tanh(%2) = -1

adjoints, from the last operation back
df/df                     = 1
df/d%2 = df/df × (1 - f²) = 2.458e-05
df/dw = df/d%2 × x        = 4.915e-05
df/dx = df/d%2 × w        = -7.373e-05
df/dw                     = 4.915e-05
df/dx                     = -7.373e-05
"""


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command line: its output, its messages of error, and its exit code."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*given):
        try:
            code = main(list(given))
        except SystemExit as end:  # argparse ends so
            code = end.code
        shown = capsys.readouterr()
        return shown.out, shown.err, code

    return call


def fresh(*given, **environment):
    """The same in a process of its own, as bytes."""
    command = [sys.executable, "-m", "autograd", *given]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)


# --- Tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_the_trace_is_that_of_the_text_book(run):
    assert run(*TEXTBOOK) == (TABLE, "", 0)


def test_the_known_numbers_appear_with_the_digits_that_are_asked_for(run):
    out, _, _ = run(*TEXTBOOK, "--digits", "5")
    assert "f = %4 - %5  = 11.652 " in out
    assert "df/dx1                          = 5.5\n" in out
    assert "df/dx2                          = 1.7163\n" in out


def test_where_it_is_narrow_the_columns_stand_one_below_the_other(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert run("tanh(w*x)", "w=-3", "x=2") == (STACKED, "", 0)


def test_where_it_is_narrower_still_expressions_are_cut(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    out, _, _ = run("x*x + sum(x, x, x, x, 1, 2, 3)", "x=1")
    assert all(len(line) <= 34 for line in out.splitlines() if not line.startswith("adjoints"))
    assert "…" in out


def test_a_variable_alone_is_its_own_result(run):
    out, err, code = run("x", "x=3")
    assert (err, code) == ("", 0)
    assert out.splitlines()[2:] == ["x = 3                     │ dx/dx = 1"]


def test_the_result_takes_the_first_name_that_is_free(run):
    assert "\ny = f·2 = 2 " in run("f*2", "f=1")[0]
    assert "\nf0 = %8·h" in run("f*y*z*g*h", "f=1", "y=1", "z=1", "g=1", "h=1")[0].replace("%7", "%8")


def test_a_product_of_equals_is_shown_with_both_of_its_uses(run):
    lines = run("x*x*-3", "x=2")[0].splitlines()
    assert lines[4:6] == [
        "%1 = x·x    = 4           │ df/dx = df/dx + df/d%1 × x = -12",
        "                          │ df/dx = df/d%1 × x         = -6 (1 of 2)",
    ]
    assert lines[6].startswith("f = %1·(-3) = -12 ")


def test_an_expression_may_begin_with_a_minus_and_options_may_stand_anywhere(run):
    out, err, code = run("--digits", "3", "-x**2", "--order", "2", "x=-1.5")
    assert (err, code) == ("", 0)
    assert "f = -%1 = -2.25" in out
    assert out.endswith("f       = -2.25\ndf/dx   = 3\nd²f/dx² = -2\n")


@settings(max_examples=examples(200), deadline=None)
@given(scalars.programs())
@pytest.mark.long
def test_the_table_of_any_program_ends_with_the_gradients_of_backward(drawn):
    values = scalars.backward(drawn)
    *_, y = values
    tape = program(y)
    for paper in (Paper(width=500), Paper(width=500, unicode=False), Paper(width=30)):
        table = trace_table(tape, paper, digits=17)
        for entry in tape:
            if entry.op is None and entry.uses:
                found = [
                    line for line in table.splitlines() if f"d{y.known_as or tape[-1].label}/d{entry.label} " in line
                ]
                wanted = found[-1] if paper.width == 30 else found[0]
                assert float(wanted.split(" = ")[-1]) == pytest.approx(entry.grad, rel=1e-15, nan_ok=True)
    assert trace_table(tape, Paper(unicode=False)).isascii()


# --- Higher orders ----------------------------------------------------------------------------------------------------


def test_second_derivatives_by_several_variables_are_a_matrix(run):
    out, _, code = run(*TEXTBOOK, "--order", "2")
    assert code == 0
    assert out == TABLE + "\nsecond derivatives\n       x1       x2\nx1  -0.25        1\nx2      1  -0.9589\n"


def test_derivatives_of_higher_order_by_one_variable_are_a_list(run):
    out, _, code = run("exp(2*x)", "x=0", "--order", "6")
    assert code == 0
    lines = out.split("\n\n")[1].splitlines()
    assert lines[0] == "f       = 1"
    assert lines[-1] == "d⁶f/dx⁶ = 64"
    assert [float(line.split(" = ")[1]) for line in lines] == [2**n for n in range(7)]


# --- For programs to read ---------------------------------------------------------------------------------------------


def test_everything_is_there_as_json(run):
    found = json.loads(run(*TEXTBOOK, "--json", "--order", "2")[0])
    assert found["expression"] == TEXTBOOK[0]
    assert found["value"] == pytest.approx(11.652, abs=5e-4)
    assert found["gradient"] == {"x1": 5.5, "x2": pytest.approx(1.716, abs=5e-4)}
    assert found["hessian"]["x1"] == {"x1": -0.25, "x2": 1.0}
    assert found["hessian"]["x2"] == {"x1": 1.0, "x2": math.sin(5)}
    assert "derivatives" not in found
    assert [entry["name"] for entry in found["entries"]] == ["x1", "x2", "%2", "%3", "%4", "%5", "f"]
    assert found["entries"][3] == {
        "k": 3, "name": "%3", "expression": "x1*x2", "value": 10.0, "adjoint": 1.0, "inputs": [{"k": 0}, {"k": 1}],
    }  # fmt: skip
    assert found["entries"][0]["expression"] is None


def test_derivatives_are_there_as_json_and_constants_are_told_from_entries(run):
    found = json.loads(run("x**3", "x=2", "--json", "--order", "3")[0])
    assert found["derivatives"] == [8.0, 12.0, 12.0, 6.0]
    assert "hessian" not in found
    assert found["entries"][1]["inputs"] == [{"k": 0}, {"constant": 3}]
    assert "derivatives" not in json.loads(run("x", "x=2", "--json")[0])
    assert json.loads(run("x*x", "x=2", "--json", "--order", "2")[0])["hessian"] == {"x": {"x": 2.0}}


def test_json_is_strict(run):
    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(run("x*y", "x=nan", "y=inf", "--json")[0], parse_constant=refuse)
    assert found["value"] == "nan"
    assert found["gradient"] == {"x": "inf", "y": "nan"}
    assert json.loads(run("-x", "x=inf", "--json")[0])["value"] == "-inf"


def test_every_key_of_json_is_documented(run):
    text = run("--help")[0]
    found = json.loads(run("x*x", "x=2", "--json", "--order", "2")[0])
    for key in [*found, *found["entries"][0]]:
        assert f" {key}" in text


# --- Other views ------------------------------------------------------------------------------------------------------


def textbook():
    x1, x2 = Value(2.0, name="x1"), Value(5.0, name="x2")
    f = autograd.log(x1) + x1 * x2 - autograd.sin(x2)
    f.name = "f"
    return x1, x2, f


def test_steps_are_those_of_the_stepper(run):
    *_, f = textbook()
    shown = "\n".join(map(str, autograd.steps(f, digits=6)))
    assert run(*TEXTBOOK, "--steps", "--digits", "6") == (f"{shown}\n", "", 0)


def test_an_explanation_is_that_of_explain(run):
    _, x2, f = textbook()
    shown = str(autograd.explain(x2, of=f, digits=6))
    out, err, code = run(*TEXTBOOK, "--explain", "x2", "--digits", "6", "--order", "2")
    assert (err, code) == ("", 0)
    assert out.startswith(f"{shown}\n\nsecond derivatives\n")


def test_the_debugger_reads_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\nq\n"))
    out, _, code = run(*TEXTBOOK, "--debug")
    assert "[1/5] f = %4 - %5 = 11.65" in out
    assert code == 0


@pytest.mark.parametrize("maker", ["draw", "page"])
def test_a_picture_or_a_page_of_the_result_is_saved_beside_the_view(run, monkeypatch, maker):
    calls = []
    picture = SimpleNamespace(save=calls.append)
    makers = {maker: lambda y: calls.append(y.name) or picture}
    monkeypatch.setattr(command_line, "maker_of", makers.__getitem__)
    out, err, code = run("x*2", "x=1", f"--{maker}", "there", "--json")
    assert json.loads(out)["value"] == 2.0
    assert (err, code, calls) == ("there is written\n", 0, ["f", "there"])


def test_a_picture_is_saved(run, tmp_path):
    path = tmp_path / "f.dot"
    assert run("x*x", "x=1", "--draw", str(path))[1:] == (f"{path} is written\n", 0)
    assert path.read_text(encoding="utf-8").startswith("digraph")


def test_without_a_package_that_draws_there_is_a_sentence(run, monkeypatch):
    monkeypatch.setattr(pictures, "GROUP", "nothing")
    _, err, code = run("x*x", "x=1", "--draw", "f.svg")
    assert err.startswith("python -m autograd: nothing that is installed here can draw; install stepgrad with all")
    assert code == 1


def test_a_file_that_cannot_be_written_is_a_sentence(run, tmp_path):
    (tmp_path / "f.dot").mkdir()
    _, err, code = run("x*x", "x=1", "--draw", str(tmp_path / "f.dot"))
    assert err.startswith("python -m autograd: ")
    assert err.count("\n") == 1
    assert code == 1


# --- Errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["x + fgh(x)", "x=1"], "column 5: there is no function fgh; if it is a variable, a product is written fgh*"),
        (["x + y", "x=1"], "column 5: y has no number; write y=2 after it, say"),
        (["x + log", "x=1"], "column 5: log has no number; it is a function, written log(…)"),
        (["x", "x=1", "y=2"], "the expression has no variable y; it has x"),
        (["1 + 1", "y=2"], "the expression has no variable y; it has no variable"),
        (["1 + 1"], "the expression has no variable to differentiate by; write x in it and x=2 after it"),
        (["pi"], "the expression has no variable to differentiate by; write x in it and x=2 after it"),
        (["x", "x=1", "x=2"], "x is given twice; give it one number"),
        (["x", "x=two"], "x is to be a number, such as x=2, not 'two'"),
        (["x", "x="], "x is to be a number, such as x=2, not ''"),
        (["x", "x"], "a variable is given as name=number, such as x=2, not as 'x'"),
        (["x", "2=x"], "a variable is given as name=number, such as x=2, not as '2=x'"),
        (["x*y", "x=1", "y=1", "--order", "3"], "--order 3 is for one variable, and this expression has x, y"),
        (["x*y", "x=1", "y=1", "--explain", "z"], "there is no variable 'z' to explain; the expression has x, y"),
        (["clip(x, 3, 1)", "x=1"], "column 1: clip needs low <= high, not low=3 and high=1; swap them"),
        (["x", "x=1", "--draw", "f.bmp"], "a drawing is saved as .svg, .png, .pdf or .dot, not as 'f.bmp'"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_a_sentence(run, given, sentence):
    _, err, code = run(*given)
    assert err.startswith(f"python -m autograd: {sentence}")
    assert code == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], 'an expression is expected, such as "x**2 + sin(x)" x=3'),
        (["x", "x=1", "--order", "7"], "a whole number from 1 to 6 is expected, not '7'"),
        (["x", "x=1", "--order", "two"], "a whole number from 1 to 6 is expected, not 'two'"),
        (["x", "x=1", "--digits", "0"], "a whole number from 1 to 17 is expected, not '0'"),
        (["x", "x=1", "--digits", "9" * 5000], "a whole number from 1 to 17 is expected"),
        (["x", "x=1", "--steps", "--json"], "not allowed with argument"),
        (["x", "x=1", "--unknown"], "--unknown"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_sentence_after_the_usage(run, given, sentence):
    out, err, code = run(*given)
    assert out == ""
    assert err.startswith("usage: python -m autograd")
    assert sentence in err
    assert code == 2


def test_an_error_in_an_expression_is_pointed_at(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert run(" x + fgh(x)", "x=1")[1].splitlines()[1:] == ["  x + fgh(x)", "      ^"]
    long = "+".join(["x"] * 100) + "+fgh(x)+" + "+".join(["x"] * 100)
    line, caret = run(long, "x=1")[1].splitlines()[1:]
    assert line.startswith("  …")
    assert line.endswith("…")
    assert len(line) <= 40
    assert line[caret.index("^") :].startswith("fgh(x)")


def test_a_caret_stands_below_its_column_in_ascii_too():
    finished = fresh("é*ß + fgh(é)", "é=2", "ß=3", PYTHONIOENCODING="ascii")
    lines = finished.stderr.decode("ascii").splitlines()
    assert lines[1] == r"  \xe9*\xdf + fgh(\xe9)"
    assert lines[2].index("^") == lines[1].index("fgh")
    assert finished.returncode == 2


# --- On paper ---------------------------------------------------------------------------------------------------------


def test_where_the_encoding_is_ascii_so_is_the_text():
    for options in ([], ["--order", "2"], ["--json"], ["--help"]):
        finished = fresh(*TEXTBOOK, *options, PYTHONIOENCODING="ascii", COLUMNS="100")
        assert (finished.stderr, finished.returncode) == (b"", 0)
        assert finished.stdout.isascii()
    text = fresh("(größe + 1)**2", "größe=2", PYTHONIOENCODING="ascii").stdout.decode("ascii")
    assert r"gr\xf6\xdfe" in text
    assert "d2f/dx2 = 2" in fresh("x*x", "x=2", "--order", "2", PYTHONIOENCODING="ascii").stdout.decode("ascii")


@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_are_for_terminals_and_never_with_no_color(setting, coloured):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    environment |= {"TERM": "xterm", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **setting}
    subprocess.run(
        [sys.executable, "-m", "autograd", *TEXTBOOK], env=environment, stdout=theirs, check=True, timeout=120
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    assert (b"\x1b[" in shown) is coloured
    assert b"df/dx1" in shown


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


def test_colours_do_not_shift_the_columns():
    x = Value(2.0, name="x")
    y = autograd.tanh(x * x) + x
    y.name = "y"
    for width in (40, 100):
        plain, painted = (trace_table(program(y), Paper(width, colour)) for colour in (False, True))
        assert painted != plain
        stripped = painted
        for code in ("0", "1", "2", "32"):
            stripped = stripped.replace(f"\x1b[{code}m", "")
        assert [line.rstrip() for line in stripped.splitlines()] == plain.splitlines()


def test_a_reader_who_has_seen_enough_gets_no_traceback():
    command = f'"{sys.executable}" -m autograd "{"+".join(["x*x"] * 900)}" x=1 | head -n 1'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    finished = subprocess.run(command, shell=True, env=environment, capture_output=True, timeout=120, check=False)
    assert finished.stderr == b""
    assert len(finished.stdout.splitlines()) == 1


def test_a_broken_pipe_ends_quietly(monkeypatch, tmp_path):
    def broken(*_, **__):
        raise BrokenPipeError

    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr("builtins.print", broken)
        assert main(["x", "x=1"]) == 1
        stream.write("nobody reads this")
    assert (tmp_path / "out").read_text(encoding="utf-8") == ""


def test_the_module_runs_as_a_program(monkeypatch, tmp_path):
    finished = fresh(*TEXTBOOK, PYTHONIOENCODING="utf-8", COLUMNS="100")
    assert (finished.stdout.decode("utf-8").replace("\r\n", "\n"), finished.returncode) == (TABLE, 0)
    monkeypatch.setattr(sys, "argv", ["autograd", "x", "x=1", "--draw", str(tmp_path / "x.dot")])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("autograd", run_name="__main__")
    assert end.value.code == 0


# --- Odd arguments ----------------------------------------------------------------------------------------------------

EXPRESSIONS = [
    *["x", "x*x", "2x", "ln(x)", "x y", "x²", "√x", "|x|", "x!", "x = 2", "sin x", "(", ")", "", " ", "-x", "--x", "#"],
    *["\0", "\x1b[2J", "\udc80", "x\ny", "9" * 5000, "x**" + "9" * 400, "x" * 9000, "x" * 20_000, "(" * 300, "nan*x"],
    *["pi", "1/x", "f(x)", "clip(x, 2, 1)", "round(x, 1e300)", "__import__('os')", "x if x else x", "é", "max()"],
]
ASSIGNMENTS = [
    *["x=1", "x=2", "y=3", "x=nan", "x=-inf", "x=1e999", "x=" + "9" * 5000, "x=", "=1", "x", "x==1", "x=two", "x=\0"],
    *["\0=1", "\udc80=1", "x=\udc80", "x" * 9000 + "=1", "x=" + "y" * 9000, "é=1", "x y=1", "2=x", "x=1_0", "x=0x1"],
]
OPTIONS = [
    *["--steps", "--json", "--help", "--order", "--digits", "--explain", "--draw", "--page", "--unknown", "--", "-h"],
    *["1", "2", "7", "-1", "9" * 5000, "²", "x", "y", "two", "\0", "\udc80", "", "x" * 9000],
    *["--order=2", "--digits=17", "--explain=x", "--draw=there.dot", "--page=there.svg", "--draw=", "--page=\0.html"],
    *["--draw=a\0.dot", "--draw=" + "a" * 5000 + ".dot", "--draw=" + "a/" * 3000 + "a.dot", "--draw=no/such.dot"],
    *["--draw=there.dot/there.dot", "--draw=.", "--draw=/", "--draw=\udc80.dot", "--page=x.bmp", "\x1b[2J"],
]
ARGUMENTS = st.lists(st.sampled_from(EXPRESSIONS + ASSIGNMENTS + OPTIONS) | st.text(max_size=5), max_size=5)


def answered(given):
    """The exit code of a command line, and what is printed on either stream."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(given)
        except SystemExit as end:
            code = end.code
    return out.getvalue(), err.getvalue(), code


@pytest.mark.untraced
@settings(max_examples=examples(300), deadline=None)
@given(ARGUMENTS)
@example(["x*x", "x=1", "--draw=a\0.dot"])
@example(["x*x", "x=1", f"--draw={'a' * 5000}.dot"])
@example(["x*x", "x=1", "--page=\0.html"])
@example(["9" * 5000 + "*x", "x=1"])
def test_odd_arguments_are_answered_by_one_sentence_and_an_exit_code(given):
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.chdir(folder)
            out, err, code = answered(given)
        finally:
            os.chdir(here)
    assert code in (0, 1, 2)
    sentences = [line for line in err.splitlines() if line.startswith("python -m autograd: ")]
    assert len(sentences) == (1 if code else 0)
    assert all(line.isprintable() and len(line) < 400 for line in err.split("\n"))
    assert code or out


def test_an_interrupted_run_ends_quietly(run, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "Session", interrupted)
    assert run("x", "x=1") == ("", "", 130)


def test_a_file_system_that_names_no_file_is_quoted(run, monkeypatch):
    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(command_line, "Session", full)
    assert run("x", "x=1") == ("", "python -m autograd: no space left on device\n", 1)
