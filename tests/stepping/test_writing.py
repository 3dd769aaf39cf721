"""The text of a step: in words where a number would mislead, in columns, on any paper."""

import io
import math
import os
import re

import numpy as np
import pytest

import autograd
from autograd import Value, program, steps
from autograd.stepping.passes import forward, reverse
from autograd.stepping.writing import Pen
from autograd.text.layout import ordinal
from autograd.text.paper import Paper


def lines(y, label, on=None, seed=1.0):
    """The lines of an entry's step in the reverse pass, without what is left of the columns."""
    [step] = [step for step in reverse(program(y), seed) if step.entry.label == label]
    return [line.strip() for line in step.text(on or Paper()).splitlines()]


def named(name, value):
    value.name = name
    return value


def test_a_formula_that_is_a_number_is_written_once():
    a, b = Value(2.0, name="a"), Value(3.0, name="b")
    text = steps(named("y", a + 2 * b))[0:]
    assert "dy/da = 1  " in repr(text)
    assert "d%2/db = 2  " in repr(text)
    assert "/da = 1 = 1" not in repr(text)


def test_a_formula_is_followed_by_its_number():
    x = Value(2.0, name="x")
    assert lines(named("y", x**3), "y")[1].startswith("dy/dx = 3·x² = 12  ")
    assert lines(named("y", x / 5), "y")[1].startswith("dy/dx = 0.2  ")


@pytest.mark.smoke
def test_a_further_use_is_added_to_what_has_arrived():
    b = Value(0.5, name="b")
    y = named("y", (b * 1 + b * 2) + (b * 3 + b * 4))
    assert lines(y, "%5")[1].endswith("b.grad = 1 × 4 = 4   (1 of 4 uses)")
    assert lines(y, "%4")[1].endswith("b.grad = 4 + 1 × 3 = 7   (2 of 4 uses)")
    assert lines(y, "%1")[1].endswith("b.grad = 9 + 1 × 1 = 10   (4 of 4 uses)")


def test_an_argument_that_stands_twice_is_told_apart():
    x = Value(3.0, name="x")
    y = named("y", x * x)
    assert [line.split(" = ")[0] for line in lines(y, "y")[1:]] == ["dy/d(1st x)", "dy/d(2nd x)"]
    assert [ordinal(k) for k in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th".split()
    )


def test_a_gradient_from_before_is_told_apart():
    x = Value(3.0, name="x")
    x.grad = 12.0
    y = named("y", x * x)
    assert lines(y, "y", Paper(width=99))[1].endswith("x.grad = 1 × 3 = 3   (1 of 2 uses)")
    assert lines(y, "y", Paper(width=99))[2].endswith("x.grad = 3 + 1 × 3 = 6   (2 of 2 uses, + 12 from before)")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda x: x * 0, "dy/dx = 0  ...x.grad = 1 × 0 = 0"),
        (lambda x: x.relu() * 0, "upstream  ...dy/d%1 = 0: no gradient is passed on"),
        (lambda x: x.relu() * 0, "x.grad stays 0"),
        (lambda x: (-x).relu(), "%1.grad stays 0: relu does not take %1"),
        (lambda x: autograd.maximum(x, 5), "x.grad stays 0: maximum does not take x"),
        (lambda x: autograd.where(x > 5, x, 1.0), "x.grad stays 0: where does not take x"),
        (lambda x: autograd.where(x, 2.0, 1.0), "x.grad stays 0: x only decides"),
        (lambda x: autograd.sign(x), "x.grad stays 0: sign is flat between its jumps"),
        (lambda x: x // 2, "x.grad stays 0: floordiv is flat between its jumps"),
    ],
)
def test_a_part_that_propagates_nothing_gives_the_reason(make, says):
    x = Value(3.0, name="x")
    text = repr(steps(named("y", make(x)))[:])
    for part in says.split("..."):
        assert part in text


def test_a_seed_is_a_factor_of_what_comes_from_upstream():
    x = Value(2.0, name="x")
    y = named("y", x * 3)
    assert lines(y, "y")[0].endswith("upstream  dy/dy = 1")
    assert lines(y, "y", seed=-0.5)[0].endswith("upstream  -0.5·dy/dy = -0.5")
    both = program(y, named("z", y + 1))
    assert repr(next(reverse(both))).splitlines()[0].endswith("upstream  d(y + z)/dz = 1")


def test_a_forward_step_shows_the_operation_on_names_and_on_numbers():
    x, w = Value(2.0, name="x"), Value(-3.0, name="w")
    y = (-w) * (x * w) + w**2 + autograd.dot([x, w], [1.5, x])
    assert [str(step).split(" ", 1)[1] for step in forward(program(y))] == [
        "%2 = -w = -(-3) = 3",
        "%3 = x * w = 2 × -3 = -6",
        "%4 = %2 * %3 = 3 × -6 = -18",
        "%5 = w ** 2 = (-3) ** 2 = 9",
        "%6 = %4 + %5 = -18 + 9 = -9",
        "%7 = dot([x, w], [1.5, x]) = dot([2, -3], [1.5, 2]) = -3",
        "%8 = %6 + %7 = -9 + -3 = -12",
    ]
    assert [str(step) for step in forward(program(autograd.sign(Value(-2.0))))] == [
        "[1/1] %1 = sign(%0) = sign(-2) = -1"
    ]


def test_the_numbers_have_as_many_digits_as_are_asked_for():
    y = named("y", Value(1 / 3, name="x") * 2)
    assert "y = x * 2 = 0.66666667" in repr(steps(y, digits=8)[0])
    assert "y = x * 2 = 0.6667 " in repr(steps(y)[0])
    assert "y = x * 2 = 0.7 " in repr(steps(y, digits=1)[0])


def test_of_many_arguments_the_middle_is_left_out():
    xs = [Value(float(k)) for k in range(40)]
    text = lines(named("y", autograd.sum(xs)), "y")
    assert len([line for line in text if line.startswith("dy/d%")]) == 12
    assert "… 28 more arguments …" in text
    ascii_text = lines(named("y", autograd.sum(xs)), "y", Paper(unicode=False))
    assert "... 28 more arguments ..." in ascii_text
    thirteen = repr(steps(autograd.sum(xs[:13]))[0])
    assert "more arguments" not in thirteen
    assert thirteen.count("d%13/d%") == 13 + 1  # and the upstream gradient, by itself


def test_signs_are_spelled_where_the_paper_knows_ascii_only():
    x = Value(2.0, name="größe")
    assert lines(named("y", x**2), "y", Paper(unicode=False)) == [
        "[1/1] y = gr\\xf6\\xdfe ** 2 = 4              upstream  dy/dy = 1",
        "dy/dgr\\xf6\\xdfe = 2*gr\\xf6\\xdfe = 4   gr\\xf6\\xdfe.grad = 1 * 4 = 4",
    ]


def test_names_that_would_break_the_lines_are_escaped_and_long_ones_lose_their_middle():
    x = Value(2.0, name="two\nlines \x1b[31m")
    y = named("a very long name " * 5, x * 3)
    text = repr(steps(y)[0])
    assert "two\\nlines \\x1b[31m" in text
    assert "‹a very long name a…e a very long name › = ‹two" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


def test_colours_and_widths_are_those_of_the_terminal(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

        def fileno(self):
            return 1

    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((40, 24)))
    monkeypatch.delenv("NO_COLOR", raising=False)
    y = named("y", Value(math.inf, name="x") * 0)
    for environment, coloured in [({"TERM": "xterm"}, True), ({"NO_COLOR": "1"}, False)]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdout", Terminal())
        text = repr(steps(y)[0])
        assert ("\033[1my\033[0m" in text) == coloured
        assert ("\033[31mnan\033[0m" in text) == coloured
        assert max(len(line) for line in text.splitlines()) <= (80 if coloured else 40)
        assert len(text.splitlines()) > 2  # a right cell stands below its left one


STYLES = {"1": "bold", "2": "faint", "31": "red", "32": "green", "33": "yellow"}


def marked(text):
    """The lines of a text in which ``<style text>`` stands for colours, without the blanks between columns."""
    text = re.sub(r"\033\[(\d+)m\s*(.*?)\s*\033\[0m", lambda found: f"<{STYLES[found[1]]} {found[2]}>", text)
    return [re.sub(" {2,}", "  ", line).strip() for line in text.splitlines()]


def test_colours_tell_partial_gradients_from_complete_and_odd_ones():
    x = Value(3.0, name="x")
    x.grad = 1.0
    y = named("y", x * math.inf + x)
    stepper, coloured = steps(y), Paper(width=100, colour=True)
    assert marked(stepper.text(coloured)) == [
        "<faint [0/2]>before the first step: y.grad = 1 is given",
        "<faint 2 steps to go, next: y = %1 + x>",
    ]
    assert marked(stepper.until("+").text(coloured)) == [
        "<faint [1/2]><bold y> = %1 + x = <red inf>  <faint upstream>dy/dy = <green 1>",
        "dy/d%1 = 1  %1.grad = 1 × 1 = <green 1>",
        "dy/dx = 1  x.grad = 1 × 1 = <green 1><yellow (1 of 2 uses)>",
        "<yellow stopped at +>",
        "<faint 1 step to go, next: %1 = x * inf>",
    ]
    assert marked(stepper.state().text(coloured)) == [
        "<faint after 1 of 2 steps>  <faint value>  <faint gradient>",
        "x  = input  3  <yellow 1>  <yellow 1 of 2 uses, + 1 from before>",
        "%1 = x * inf  inf  <green 1>",
        "y  = %1 + x  inf  <green 1>",
    ]
    assert marked(stepper.run().text(coloured))[1:] == [
        "d%1/dx = inf  x.grad = 1 + 1 × inf = <red inf><faint (2 of 2 uses, + 1 from before)>",
        "<faint the pass is complete: x has its gradient>",
    ]
    assert marked(stepper.goto(0).state().text(coloured))[1] == "x  = input  3  <faint ->  <faint + 1 from before>"


@pytest.mark.parametrize(
    ("data", "norm"),
    [
        ([3.0, 4.0] * 4, "10"),
        ([0.03, 0.04] * 4, "0.1"),
        ([0.0] * 8, "0"),
        ([1e200] * 16, "4e+200"),
        ([-3e-200, 4e-200] * 4, "1e-199"),
        ([1.0] * 7 + [-math.inf], "inf"),
        ([1.0] * 7 + [math.nan], "nan"),
    ],
)
def test_the_norm_of_an_array_keeps_within_the_range_of_floats(data, norm):
    assert Pen(Paper()).sized(np.array(data)) == f"({len(data)},) of norm {norm}"


def test_the_right_column_keeps_its_place_from_step_to_step():
    x, w = Value(2.0, name="x"), Value(3.0, name="w")
    y = named("y", (x * w).tanh())
    starts = [line.rindex("  ") for step in steps(y)[:] for line in repr(step).splitlines() if "grad" in line]
    assert set(starts) == {34}
