"""A debugger for the reverse pass: ``debug(y)`` gives a ``(step)`` prompt.

    (step) n            one step of the chain rule
    (step) break b      stop where b's gradient is complete
    (step) c            go on to there

It reads commands from a terminal, or from any other stream; then it writes each one down as it reads it, so that the
output is the recording of a session.
"""

from __future__ import annotations

import cmd
import inspect
import sys
from typing import Any

from ..arrays.tensor import Tensor
from ..core.value import Value
from ..errors import AutogradError, InputTypeError, InputValueError, described, shortened
from ..explaining.explanation import explain
from ..programs.lookup import operations
from ..stepping.state import heading
from ..stepping.stepper import Steps, steps
from ..stepping.writing import Pen
from ..text.layout import folded, listed, table
from ..text.paper import paper
from .pictures import maker_of

__all__ = ["Debugger", "debug"]

# The beginning of a command is enough; if several begin so, the first is taken.
COMMANDS = "next back continue until goto watch print list explain draw quit help break clear".split()
CONDITIONS = ["the first nan", "the first inf", "|grad| > ", "|value| > "]
MOVES = ["next", "back", "continue", "until"]  # what Enter repeats
AROUND = 5  # steps listed before the current one, and after it
DIGITS = 18  # of the number of a step or a break point


class Debugger(cmd.Cmd):
    """The prompt of `debug`. Each command is a method; its docstring is its help."""

    prompt = "(step) "

    def __init__(self, stepper: Steps, y: Value | Tensor, digits: int, stdin: Any = None, stdout: Any = None) -> None:
        super().__init__(stdin=stdin, stdout=stdout)
        self.stepper = stepper
        self.y = y
        self.paper = paper(self.stdout)
        self.pen = Pen(self.paper, digits)
        self.lastcmd = "next"
        streams = [(self.stdin, sys.stdin), (self.stdout, sys.stdout)]
        self.use_rawinput = all(ours is theirs and ours.isatty() for ours, theirs in streams)

    # --- The loop -----------------------------------------------------------------------------------------------------

    def session(self) -> None:
        """Read and do commands, until one ends it. Ctrl-C does not."""
        self.say(self._introduction())
        self.say("Enter takes a step, or repeats the last move; help lists the commands")
        while True:
            try:
                return self.cmdloop()
            except KeyboardInterrupt:
                self.show("\nCtrl-C ends a command; q quits")

    def _introduction(self) -> str:
        entries = self.stepper.program
        leaves = list(dict.fromkeys(self.pen.name(entry) for entry in entries if entry.op is None))
        [result] = entries.results
        count = "1 step" if len(self.stepper) == 1 else f"{len(self.stepper):,} steps"
        origin = f", in {count} from {listed(leaves)}" if len(self.stepper) else ""
        statement = f"{self.pen.statement(result)} = {self.pen.number(result.value)}"
        return f"{statement}{origin}"

    def show(self, text: str) -> None:
        """Write lines as they are."""
        self.stdout.write(f"{self.paper.plain(text)}\n")

    def say(self, sentence: str) -> None:
        self.show("\n".join(folded(sentence, self.paper)))

    def precmd(self, line: str) -> str:
        if line == "EOF":  # also what the base class makes of Ctrl-D
            self.show("")
            return "quit"
        if not self.use_rawinput:
            self.show(line)
        return line

    def onecmd(self, line: str) -> bool:
        if line.lstrip().startswith("#"):  # a remark in a recording
            return False
        repeated = self.lastcmd
        try:
            return bool(super().onecmd(line))
        except KeyboardInterrupt:
            self.say("interrupted")
        except AutogradError as error:
            self.say(str(error))
        except Exception as error:  # no error in a command ends the session
            self.say(f"{type(error).__name__}: {error}")
        finally:
            if self.parseline(self.lastcmd)[0] not in MOVES:
                self.lastcmd = repeated
        return False

    def parseline(self, line: str) -> tuple[str | None, str | None, str]:
        command, rest, line = super().parseline(line)
        return _full(command) if command else command, rest, line

    def default(self, line: str) -> None:
        self.say(f"there is no command {line.split()[0]!r}; help lists those there are")

    def completedefault(self, text: str, line: str, _: int, end: int) -> list[str]:
        command = self.parseline(line)[0]
        word = line[:end].partition(" ")[2].lstrip()
        candidates = [entry.label for entry in self.stepper.program]
        if command in ("break", "until"):
            candidates += [op.name for op in operations(self.stepper.program)] + CONDITIONS
        if command == "clear":
            candidates = list(self.stepper.breakpoints)
        done = len(word) - len(text)  # the part before the last character at which readline ends a word
        return [candidate[done:] for candidate in candidates if candidate.startswith(word)]

    def completenames(self, text: str, *_: Any) -> list[str]:
        return [command for command in COMMANDS if command.startswith(text)]

    # --- Moving -------------------------------------------------------------------------------------------------------

    def do_next(self, _: str) -> None:
        """n(ext): take a step."""
        step = next(self.stepper, None)
        if step is not None:
            self.show(step.text(self.paper))
        if self.stepper.position == len(self.stepper):
            self.say(self.stepper.outlook(self.pen))

    def do_back(self, n: str) -> None:
        """b(ack) [n]: take n steps back, or one.

        Gradients that the pass has deposited at its end stay deposited, and are not deposited again.
        """
        count = 1 if not n else _position(n)
        if count is None:
            raise InputValueError(f"back takes a number of steps, as in back 2, not {shortened(n)}")
        self._show(self.stepper.back(count))

    def do_continue(self, _: str) -> None:
        """c(ontinue): go on to the next break point, or to the end."""
        self._show(self.stepper.run())

    def do_until(self, what: str) -> None:
        """u(ntil) what: go on to a value, an operation or a condition.

        until n               n's turn; for an input, the step that completes its gradient
        until tanh, until *   the next step of that operation
        until the first nan   (or inf) the step in which one arises
        until |grad| > 1      the next step that completes such a gradient; also value, and <, >=, ==, …
        """
        self._show(self.stepper.until(_given(what, "until n, until tanh, until |grad| > 1")))

    def do_goto(self, where: str) -> None:
        """g(oto) where: go to a value's turn, or to the number of a step; 0 is the beginning."""
        where = _given(where, "goto n, goto 3")
        position = _position(where)
        self._show(self.stepper.goto(where if position is None else position))

    def _show(self, stepper: Steps) -> None:
        self.show(stepper.text(self.paper))

    # --- Break points -------------------------------------------------------------------------------------------------

    def do_break(self, what: str) -> None:
        """br(eak) [what]: stop there from now on (see help until); or list the break points."""
        if what:
            self.stepper.breakpoints.append(what)
        for k, text in enumerate(self.stepper.breakpoints, 1):
            self.say(f"{k}  {text}")
        if not self.stepper.breakpoints:
            self.say("no break points")

    def do_watch(self, name: str) -> None:
        """w(atch) name: stop from now on where the gradient of a value changes."""
        self.stepper.watch(_given(name, "watch b"))
        self.do_break("")

    def do_clear(self, what: str) -> None:
        """cl(ear) [what]: take a break point away, by its text or number; or all of them."""
        breakpoints = self.stepper.breakpoints
        position = _position(what)
        if not what:
            breakpoints.clear()
        elif position is not None and 1 <= position <= len(breakpoints):
            del breakpoints[position - 1]
        else:
            breakpoints.remove(what)
        self.do_break("")

    # --- Looking ------------------------------------------------------------------------------------------------------

    def do_print(self, name: str) -> None:
        """p(rint) [name]: a value, its gradient so far and how many of its uses have arrived; or all of them."""
        state = self.stepper.state()
        if not name:
            return self.show(state.text(self.paper))
        standing = state.find(name)
        if standing.value is None:
            return self.say(f"{self.pen.statement(standing.entry)}: its turn has not come yet")
        self.say(f"{self.pen.statement(standing.entry)} = {self.pen.number(standing.value)}")
        if not self.stepper.is_forward:
            self.say(standing.text(self.pen))
        return None

    def do_list(self, _: str) -> None:
        """l(ist): the steps around the current one."""
        order, state = self.stepper.order, self.stepper.state()
        current = self.stepper.position - 1
        rows = [[("", ""), *heading("step")]]
        for k in range(max(0, current - AROUND), min(len(order), max(current, 0) + AROUND + 1)):
            sign = (self.pen.plain("▶"), "bold") if k == current else (" ", "")
            rows.append([sign, (f"{k + 1:,}  {self.pen.statement(order[k])}", ""), *state[order[k].k].cells(self.pen)])
        self.show("\n".join(table([row[:3] if self.stepper.is_forward else row for row in rows], self.paper)))

    def do_explain(self, name: str) -> None:
        """e(xplain) [name]: the derivative by a value, or by this step's, as the sum over its uses."""
        step = self.stepper.current
        x = name or (step.entry.node if step else self.y)
        self.show(explain(x, of=self.y, digits=self.pen.digits).on(self.paper))

    def do_draw(self, file: str) -> None:
        """d(raw) [file]: save a picture of this step, as step.svg or as such a file."""
        file = file or "step.svg"
        maker_of("draw")(self.stepper.current or self.stepper.program).save(file)
        self.say(f"drawn in {file}")

    # --- The rest -----------------------------------------------------------------------------------------------------

    def do_help(self, command: str) -> None:
        """h(elp) [command]: what the commands do, or all there is to say about one of them."""
        method = getattr(self, f"do_{_full(command)}", None)
        if command and method is None:
            return self.default(command)
        if command:
            return self.show(inspect.getdoc(method) or "")
        usages = [getattr(self, f"do_{name}").__doc__.splitlines()[0].split(": ", 1) for name in COMMANDS]
        for usage, summary in usages:
            self.show("\n".join(folded(summary, self.paper, f"{usage:<19}", " " * 19)))
        return None

    def do_quit(self, _: str) -> bool:
        """q(uit): leave, as Ctrl-D does. A pass that is left before its end has changed no gradient."""
        stepper = self.stepper
        if stepper.is_forward:
            self.say("a forward pass changes no gradient")
        elif stepper.deposited:
            self.say("the pass was complete, and its gradients are deposited")
        else:
            self.say(f"left after {stepper.position:,} of {len(stepper):,} steps; no gradient was changed")
        return True


def _full(command: str) -> str:
    """The command that begins so."""
    return next((name for name in COMMANDS if name.startswith(command)), command)


def _given(argument: str, examples: str) -> str:
    if not argument:
        raise InputValueError(f"say where: {examples}")
    return argument


def _position(text: str) -> int | None:
    """The whole number that a text is, unless it is something else, or longer than any position."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None


def debug(
    y: Value | Tensor,
    gradient: Any = None,
    *,
    direction: str = "reverse",
    digits: int = 4,
    stdin: Any = None,
    stdout: Any = None,
) -> None:
    r"""Step through the reverse pass, or the forward pass, of a value at a prompt.

    The commands are those of a debugger: next, back, continue, until, goto, break, watch, print, list; and explain and
    draw. The first letter is enough, Tab completes names, Enter repeats the last move, and help lists all commands. At
    the end of the pass the gradients are deposited, as by ``y.backward()``; a pass that is left before its end has
    changed nothing.

    Parameters
    ----------
    y : Value or Tensor
        The result.
    gradient, direction, digits
        As in `steps`.
    stdin, stdout : file, optional
        The source of commands and the destination of output, if not standard input and output. Commands that do not
        come from a terminal are echoed; a line that begins with ``#`` is a remark.

    Examples
    --------
    >>> import io
    >>> from autograd import Value, debug
    >>> x = Value(3.0, name="x")
    >>> y = x * x + 1; y.name = "y"
    >>> debug(y, stdin=io.StringIO("n\nc\np x\nq\n"))
    y = %1 + 1 = 10, in 2 steps from x
    Enter takes a step, or repeats the last move; help lists the commands
    (step) n
    [1/2] y = %1 + 1 = 10               upstream  dy/dy = 1
          dy/d%1 = 1                    %1.grad = 1 × 1 = 1
    (step) c
    [2/2] %1 = x * x = 9                upstream  dy/d%1 = 1
          d%1/d(1st x) = x = 3          x.grad = 1 × 3 = 3   (1 of 2 uses)
          d%1/d(2nd x) = x = 3          x.grad = 3 + 1 × 3 = 6   (2 of 2 uses)
          the pass is complete: x has its gradient
    (step) p x
    x = input = 3
    x.grad = 6
    (step) q
    the pass was complete, and its gradients are deposited
    >>> x.grad
    6.0
    """
    stepper = steps(y, gradient, direction=direction, digits=digits)
    for name, stream, method in (("stdin", stdin, "readline"), ("stdout", stdout, "write")):
        if stream is not None and not callable(getattr(stream, method, None)):
            raise InputTypeError(f"{name} is a file with the method {method}(), not {described(stream)}")
    Debugger(stepper, y, digits, stdin, stdout).session()
