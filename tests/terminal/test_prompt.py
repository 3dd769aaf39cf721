"""The debugger, by recordings of sessions: what is typed, and what is shown."""

import io
import os
import sys

import pytest

import autograd
from autograd import InputTypeError, Value, debug
from autograd.terminal import pictures as registered
from autograd.terminal import prompt
from autograd.terminal.prompt import Debugger
from tests.stepping.test_stepper import chain, fan, neuron
from tests.support.arrays import sample
from tests.support.processes import ROOT


def recording(y, *commands, **options):
    """The lines that a session shows, without its introduction."""
    out = io.StringIO()
    debug(y, stdin=io.StringIO("".join(f"{command}\n" for command in commands)), stdout=out, **options)
    lines = out.getvalue().splitlines()
    return lines[2:]


def shown(y, *commands, **options):
    """The lines that the last command shows."""
    lines = recording(y, *commands, **options)
    begins = [k for k, line in enumerate(lines) if line.startswith("(step)")]
    return lines[begins[-2] + 1 : begins[-1]]


def test_a_session_says_what_it_is_about():
    out = io.StringIO()
    debug(neuron()["y"], stdin=io.StringIO(""), stdout=out)
    assert out.getvalue().splitlines() == [
        "y = tanh(n) = 0.7071, in 5 steps from x1, x2, w1, w2 and b",
        "Enter takes a step, or repeats the last move; help lists the commands",
        "(step) ",
        "left after 0 of 5 steps; no gradient was changed",
    ]


@pytest.mark.smoke
def test_a_recording_shows_what_was_typed_and_what_came_of_it():
    assert recording(neuron()["y"], "# first the end of the formula", "n", "until *", "q") == [
        "(step) # first the end of the formula",
        "(step) n",
        "[1/5] y = tanh(n) = 0.7071          upstream  dy/dy = 1",
        "      dy/dn = 1 - y² = 0.5          n.grad = 1 × 0.5 = 0.5",
        "(step) until *",
        "[4/5] %6 = x2 * w2 = 0              upstream  dy/d%6 = 0.5",
        "      d%6/dx2 = w2 = 1              x2.grad = 0.5 × 1 = 0.5",
        "      d%6/dw2 = x2 = 0              w2.grad = 0.5 × 0 = 0",
        "      stopped at *",
        "      1 step to go, next: %5 = x1 * w1",
        "(step) q",
        "left after 4 of 5 steps; no gradient was changed",
    ]


def test_quitting_half_way_leaves_gradients_untouched():
    for ending in (["q"], ["quit"], []):
        values = neuron()
        assert recording(values["y"], "n", "n", *ending)[-1] == "left after 2 of 5 steps; no gradient was changed"
        assert all(value.grad is None for value in values.values())


def test_running_through_deposits_what_backward_does():
    values, twin = neuron(), neuron()
    twin["y"].backward(2.0)
    lines = recording(values["y"], "c", "q", gradient=2.0)
    assert lines[-3].strip() == "the pass is complete: x1, x2, w1, w2 and b have their gradients"
    assert lines[-1] == "the pass was complete, and its gradients are deposited"
    assert [value.grad for value in values.values()] == [value.grad for value in twin.values()]


def test_enter_takes_a_step_and_repeats_what_moved():
    lines = recording(neuron()["y"], "", "p n", "", "b", "", "l", "", "q")
    assert [line[:5] for line in lines if line.startswith("[")] == ["[1/5]", "[2/5]", "[1/5]", "[0/5]"]
    assert "0 steps have been taken, so one cannot go back 1" in lines


def test_the_last_step_says_that_the_pass_is_complete():
    values = neuron()
    complete = "the pass is complete: x1, x2, w1, w2 and b have their gradients"
    assert shown(values["y"], "g 4", "n", "q")[-1] == complete
    assert shown(values["y"], "g 5", "n", "q") == [complete]
    assert shown(Value(1.0, name="x"), "n", "q") == ["the pass is complete: x has its gradient"]


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        (["p n"], ["n = %7 + b = 0.8814", "nothing has arrived at n yet"]),
        (["n", "p n"], ["n = %7 + b = 0.8814", "n.grad = 0.5"]),
        (["p y"], ["y = tanh(n) = 0.7071", "y.grad = 1"]),
        (["p b"], ["b = input = 6.881", "nothing has arrived at b yet"]),
        (["g n", "g 2", "print b"], ["b = input = 6.881", "b.grad = 0.5"]),
        (
            ["w b", "c", "b 2"],
            ["[0/5] before the first step: y.grad = 1 is given", "      5 steps to go, next: y = tanh(n)"],
        ),
        (["break n"], ["1  n"]),
        (["break n", "br |grad|>1", "w b"], ["1  n", "2  |grad| > 1", "3  watch b"]),
        (["break n", "br tanh", "clear n"], ["1  tanh"]),
        (["break n", "br tanh", "cl 1"], ["1  tanh"]),
        (["break n", "br tanh", "clear"], ["no break points"]),
        (["break"], ["no break points"]),
        (["break n", "break"], ["1  n"]),
        (["clear n"], ["there is no break point 'n'; there are []"]),
        (["clear 3"], ['\'3\' is neither a value nor an operation ("tanh", "*") of this program, nor a']),
        (["u"], ["say where: until n, until tanh, until |grad| > 1"]),
        (["g"], ["say where: goto n, goto 3"]),
        (["w"], ["say where: watch b"]),
        (["g 9"], ["there is no step 9: they are 1 to 5, and 0 is the beginning"]),
        (["b soon"], ["back takes a number of steps, as in back 2, not 'soon'"]),
        (["p zz"], ["'zz' is not part of this program; print(autograd.program(value)) lists what is"]),
        (["frobnicate now"], ["there is no command 'frobnicate'; help lists those there are"]),
        (["!ls"], ["there is no command '!ls'; help lists those there are"]),
        (["help frobnicate"], ["there is no command 'frobnicate'; help lists those there are"]),
        (["help n"], ["n(ext): take a step."]),
    ],
)
def test_commands(commands, says):
    assert shown(neuron()["y"], *commands, "q")[: len(says)] == says


def test_help_lists_every_command_and_explains_each():
    lines = shown(neuron()["y"], "help", "q")
    for letter in "nbcugwpledq":
        assert any(line.startswith(f"{letter}(") for line in lines), letter
    methods = {name[3:] for name in dir(Debugger) if name.startswith("do_")}
    assert methods == set(autograd.debug.__globals__["COMMANDS"])
    assert "until tanh, until *   the next step of that operation" in shown(neuron()["y"], "? u", "q")


def test_break_points_stop_a_session_and_say_which():
    _, y = fan()
    lines = recording(y, "w x", "break %1", "c", "c", "p x", "c", "q")
    assert [line.strip() for line in lines if "stopped" in line] == [
        "stopped at watch x",
        "stopped at watch x",
        "stopped at watch x",
    ]
    assert "x.grad = 2, by 2 of 5 uses" in lines


def test_print_without_a_name_shows_all():
    assert shown(neuron()["y"], "n", "p", "q")[0] == "after 1 of 5 steps  value   gradient"


def test_what_has_not_arrived_and_what_was_there_before_are_told():
    x, y = fan()
    x.grad = 12.0
    assert shown(y, "p x", "q")[1] == "nothing has arrived at x yet, of 5 uses, and 12 from before"
    assert shown(y, "n", "p x", "q")[1] == "x.grad = 1, by 1 of 5 uses, and 12 from before"


def test_list_shows_the_steps_around_the_current_one():
    values = neuron()
    assert shown(values["y"], "l", "q")[:3] == [
        "   step             value   gradient",
        "   1  y = tanh(n)   0.7071  1",
        "   2  n = %7 + b    0.8814  -",
    ]
    assert shown(values["y"], "g 2", "l", "q") == [
        "   step             value   gradient",
        "   1  y = tanh(n)   0.7071  1",
        "▶  2  n = %7 + b    0.8814  0.5",
        "   3  %7 = %5 + %6  -6      0.5",
        "   4  %6 = x2 * w2  0       -",
        "   5  %5 = x1 * w1  -6      -",
    ]
    assert shown(chain(100)[1], "g 50", "l", "q")[6].startswith("▶  50  ")
    assert len(shown(chain(100)[1], "g 50", "l", "q")) == 12


def test_the_forward_pass_is_debugged_the_same_way():
    values = neuron()
    lines = recording(values["y"], "n", "l", "p n", "p %5", "g n", "c", "q", direction="forward")
    assert lines[:5] == [
        "(step) n",
        "[1/5] %5 = x1 * w1 = 2 × -3 = -6",
        "(step) l",
        "   step             value",
        "▶  1  %5 = x1 * w1  -6",
    ]
    assert "n = %7 + b: its turn has not come yet" in lines
    assert "%5 = x1 * w1 = -6" in lines
    assert lines[-1] == "a forward pass changes no gradient"
    assert all(value.grad is None for value in values.values())


# --- Explaining and drawing -------------------------------------------------------------------------------------------


def test_explain_says_what_a_gradient_is_the_sum_of():
    _, y = fan()
    says = "dy/dx = 11, the sum over 5 uses of x = 3"
    assert shown(y, "e x", "q")[0] == says
    assert shown(y, "g x", "explain x", "q")[0] == says
    assert shown(y, "n", "n", "e", "q")[0] == "dy/d%5 = 1, from the only use of %5 = 22"
    assert shown(y, "e", "q")[0] == "dy/dy = 1: y is the result itself"
    assert shown(y, "e zz", "q") == ["'zz' is not part of this program; print(autograd.program(value)) lists what is"]


class Picture:
    def __init__(self, of):
        self.of = of

    def save(self, path):
        if path == "nowhere/y.svg":
            raise FileNotFoundError(2, "No such file or directory", path)
        drawn.append((self.of, path))


drawn = []


@pytest.fixture
def pictures(monkeypatch):
    drawn.clear()
    monkeypatch.setattr(prompt, "maker_of", {"draw": Picture}.__getitem__)
    return drawn


def test_draw_saves_a_picture_of_the_step_or_of_the_program(pictures):
    y = neuron()["y"]
    assert recording(y, "d", "n", "d y.svg", "q")[1] == "drawn in step.svg"
    (program, first), (step, second) = pictures
    assert (type(program), first) == (autograd.Program, "step.svg")
    assert (type(step), step.entry.label, second) == (autograd.Step, "y", "y.svg")


def test_where_there_are_no_pictures_it_is_said_and_the_session_goes_on(monkeypatch, pictures):
    lines = recording(neuron()["y"], "d nowhere/y.svg", "n", "q")
    assert lines[1].startswith("FileNotFoundError: ")
    assert lines[-1].startswith("left after 1 of 5 steps")
    monkeypatch.setattr(prompt, "maker_of", registered.maker_of)
    monkeypatch.setattr(registered, "GROUP", "nothing")
    assert shown(neuron()["y"], "d", "q")[0].startswith("nothing that is installed here can draw; install stepgrad")


# --- At a terminal ----------------------------------------------------------------------------------------------------


def debugger(y, **streams):
    return Debugger(autograd.steps(y), y, 4, **streams)


def completed(session, line, text=None):
    """The words that Tab offers after a line; readline takes the text after the last sign for the word."""
    text = line.split(" ")[-1].lstrip("%|") if text is None else text
    return session.completedefault(text, line, len(line) - len(text), len(line))


def test_tab_completes_commands_names_operations_and_conditions():
    session = debugger(neuron()["y"], stdin=io.StringIO(), stdout=io.StringIO())
    assert session.completenames("b") == ["back", "break"]
    assert completed(session, "p x") == ["x1", "x2"]
    assert completed(session, "print %") == ["5", "6", "7"]
    assert completed(session, "p ") == ["x1", "x2", "w1", "w2", "b", "%5", "%6", "%7", "n", "y"]
    assert completed(session, "u t") == ["tanh", "the first nan", "the first inf"]
    assert completed(session, "until the f", "f") == ["first nan", "first inf"]
    assert completed(session, "break |g") == ["grad| > "]
    assert completed(session, "g t") == []
    session.onecmd("break tanh")
    assert completed(session, "clear t") == ["tanh"]


def test_what_a_terminal_has_shown_already_is_not_written_again():
    out = io.StringIO()
    session = debugger(neuron()["y"], stdin=io.StringIO(), stdout=out)
    assert (session.use_rawinput, session.precmd("n"), out.getvalue()) == (False, "n", "n\n")
    session.use_rawinput = True
    assert (session.precmd("n"), out.getvalue()) == ("n", "n\n")


class Interrupted(io.StringIO):
    """A stream in which Ctrl-C is pressed at the prompt, once."""

    pressed = False

    def readline(self):
        if not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt
        return super().readline()


def test_ctrl_c_ends_neither_the_session_at_the_prompt_nor_in_a_command():
    out = io.StringIO()
    values = neuron()

    def interrupt(step):
        raise KeyboardInterrupt

    session = debugger(values["y"], stdin=Interrupted("c\nn\n"), stdout=out)
    session.stepper.breakpoints.append(interrupt)
    session.session()
    lines = out.getvalue().splitlines()
    assert "Ctrl-C ends a command; q quits" in lines
    assert "interrupted" in lines
    assert lines[-1] == "left after 2 of 5 steps; no gradient was changed"


def test_an_error_of_any_kind_is_shown_and_does_not_end_the_session():
    out = io.StringIO()
    session = debugger(neuron()["y"], stdin=io.StringIO("c\n"), stdout=out)
    session.stepper.breakpoints.append(lambda step: 1 / 0)
    session.session()
    assert "ZeroDivisionError: division by zero" in out.getvalue()
    assert out.getvalue().endswith("left after 1 of 5 steps; no gradient was changed\n")


def test_what_cannot_be_debugged_is_said_in_a_sentence():
    with pytest.raises(InputTypeError, match="belongs to a recorded value, not to int 5"):
        debug(5)


def test_sentences_and_signs_fit_the_paper(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    debug(neuron()["y"], stdin=io.StringIO("help\nn\nl\nq\n"), stdout=out)
    out.seek(0)
    lines = out.read().splitlines()
    assert max(map(len, lines)) <= 40
    assert "dy/dn = 1 - y**2 = 0.5" in "\n".join(lines)


SESSION = """
from autograd import Value, debug
x = Value(3.0, name="x")
y = x * x; y.name = "y"
debug(y)
print(x.grad)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_session_at_a_terminal_has_colours_completion_and_ends_by_ctrl_d(tmp_path):
    import pty
    import select

    script = tmp_path / "session.py"
    script.write_text(SESSION, encoding="utf-8")
    child, terminal = pty.fork()
    if not child:  # pragma: no cover - the other process
        os.environ.update(TERM="xterm", COLUMNS="100", PYTHONPATH=str(ROOT), PYTHONIOENCODING="utf-8")
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, str(script)])
    text = ""

    def read_until(sign):
        nonlocal text
        text = ""
        while sign not in text:
            assert select.select([terminal], [], [], 60)[0], f"no {sign!r} after {text!r}"
            try:
                text += os.read(terminal, 4096).decode("utf-8", "replace")
            except OSError:  # the session has ended
                break
        return text

    read_until("(step) ")
    os.write(terminal, b"n\n")
    assert "\033[1my\033[0m" in read_until("(step) ")
    os.write(terminal, b"goto x\n")
    read_until("(step) ")
    os.write(terminal, b"\x04")
    assert "the pass was complete, and its gradients are deposited" in read_until("6.0")
    os.waitpid(child, 0)
    os.close(terminal)


def test_the_debugger_steps_through_arrays_and_explains_an_entry():
    total, [_, w, _] = sample()
    out = io.StringIO()
    debug(total, stdin=io.StringIO("n\nw w\nc\np w\nl\ne w\ne w[0, 1]\ng z\nc\nq\n"), stdout=out)
    assert "dL/dw (2×3) = xᵀ (2×4) @ dL/d%3 (4×3)" in out.getvalue()
    assert "dL/dw[0, 1] = " in out.getvalue()
    total.backward()
    assert w.grad.shape == (2, 3)


@pytest.mark.parametrize(("name", "method"), [("stdin", "readline"), ("stdout", "write")])
def test_a_stream_that_is_none_is_refused(name, method):
    with pytest.raises(InputTypeError, match=rf"{name} is a file with the method {method}\(\), not int 3"):
        autograd.debug(Value(1.0) * 2, **{name: 3})
