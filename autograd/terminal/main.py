"""``python -m autograd "log(x1) + x1*x2 - sin(x2)" x1=2 x2=5``: an expression, seen through."""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ..core.value import Value
from ..derivatives.operators import derivative, hessian
from ..errors import AutogradError, ExpressionError, InputTypeError, InputValueError, shortened
from ..explaining.explanation import explain
from ..formulas.notation import SUPERSCRIPT, Writer
from ..programs.entry import Entry
from ..programs.listing import program
from ..stepping.stepper import steps
from ..text.layout import line_up, table
from ..text.names import printable
from ..text.numbers import brief
from ..text.paper import ENDLESS, Paper, paper
from .expression import CONSTANTS, FUNCTIONS, ParsedExpression, normalized, parse_expression
from .pictures import maker_of
from .prompt import debug
from .sentences import SENTENCES
from .trace_table import adjoints, recorded, trace_table

__all__ = ["main"]

HIGHEST = 6  # orders; each takes several times as long as the one before
LONGEST = 300  # characters of an error
KEYS = """\
keys of --json (numbers in full; "nan", "inf" and "-inf" are text):
  expression  the expression, as given
  value       its value
  entries     one for each input and operation, in the order of evaluation:
                k, name, expression (an input has null), value, adjoint, and
                inputs, each {"k": of the entry} or {"constant": its number}
  gradient    {name: derivative} for each variable
  hessian     with --order 2: {name: {name: second derivative}}
  derivatives with --order n for one variable: [value, first, second, ...]
"""
EXAMPLES = """\
examples:
  python -m autograd "log(x1) + x1*x2 - sin(x2)" x1=2 x2=5
  python -m autograd "tanh(w*x + b)" w=-3 x=2 b=6.5 --steps
  python -m autograd "where(x > 0, x**2, exp(x) - 1)" x=0.5 --order 2
"""


class Arguments(argparse.ArgumentParser):
    """A parser whose errors are one line of bounded length."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message, LONGEST))


def arguments() -> Arguments:
    """The parser of the command line."""
    parser = Arguments(
        prog="python -m autograd",
        description="Evaluate an expression, differentiate it, and show how: as the table of the evaluation trace.",
        epilog=f"{EXAMPLES}\n{KEYS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "expression",
        nargs="?",
        help='such as "x**2 + max(sin(x), y, 0)": numbers, names, + - * / // %% **, '
        "comparisons, and the functions of autograd",
    )
    parser.add_argument("variables", nargs="*", metavar="name=number", help="the number of each variable")
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--steps", action="store_true", help="the backward pass, step by step")
    view.add_argument("--explain", metavar="NAME", help="the derivative by a variable, as the sum over its uses")
    view.add_argument("--debug", action="store_true", help="a prompt that steps through the backward pass")
    view.add_argument("--json", action="store_true", help="everything, for a program to read; see below")
    parser.add_argument(
        "--order",
        type=_order,
        default=1,
        metavar="N",
        help="2: the second derivatives, too; more: those of one variable",
    )
    parser.add_argument("--draw", metavar="FILE", help="save the graph, as .svg, .png, .pdf or .dot")
    parser.add_argument("--page", metavar="FILE", help="save a page to step through in a browser, as .html")
    parser.add_argument("--play", metavar="FILE", help="save a page with a line to type other expressions, as .html")
    parser.add_argument("--digits", type=_digits, default=4, metavar="N", help="significant digits (4)")
    return parser


def _whole(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"\s*-?\d{1,9}", text) or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"a whole number from {least} to {most} is expected, not {shortened(text)}")
    return int(text)


def _order(text: str) -> int:
    return _whole(text, 1, HIGHEST)


def _digits(text: str) -> int:
    return _whole(text, 1, 17)


def numbers(reading: ParsedExpression, given: Sequence[str]) -> dict[str, float]:
    """The number of each variable, as given by ``name=number``."""
    found: dict[str, float] = {}
    has = SENTENCES["it has" if reading.names else "it has none"].format(", ".join(map(printable, reading.names)))
    for text in given:
        name, equals, number = text.partition("=")
        name = normalized(name.strip())
        shown = printable(name)
        if not equals or not name.isidentifier():
            raise InputValueError(SENTENCES["given"].format(shortened(text)))
        if name not in reading.names:
            product = SENTENCES["joined"] if any(name in other for other in reading.names) else ""
            raise InputValueError(SENTENCES["unknown"].format(shown, has, product))
        if name in found:
            raise InputValueError(SENTENCES["twice"].format(shown))
        try:
            found[name] = float(number)
        except ValueError:
            raise InputValueError(SENTENCES["no number"].format(shown, shortened(number))) from None
    for name, column in reading.names.items():
        if name not in found and name not in CONSTANTS:
            shown = printable(name)
            remedy = f"it is a function, written {name}(…)" if name in FUNCTIONS else f"write {shown}=2 after it, say"
            raise ExpressionError(f"{shown} has no number; {remedy}", reading.text, column)
    if not found:
        raise InputValueError(SENTENCES["nothing"])
    return found


class Session:
    """An expression at a point, and what can be shown of it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.reading = parse_expression(options.expression.strip())
        self.numbers = numbers(self.reading, options.variables)
        names = ", ".join(map(printable, self.numbers))
        if options.order > 2 and len(self.numbers) > 1:
            raise InputValueError(f"--order {options.order} is for one variable, and this expression has {names}")
        if options.explain is not None and normalized(options.explain) not in self.numbers:
            raise InputValueError(
                f"there is no variable {shortened(options.explain)} to explain; the expression has {names}"
            )
        self.values = {name: Value(number, name=name) for name, number in self.numbers.items()}
        self.result: Value = self.reading.evaluate(self.values)
        if all(self.result is not x for x in self.values.values()):
            free = itertools.chain("fyzgh", map("f{}".format, itertools.count()))
            self.result.name = next(name for name in free if name not in self.numbers)
        self.tape = program(self.result)
        self.adjoints = adjoints(self.tape)
        self.gradient = {name: self.adjoints[self.tape.find(x).k] for name, x in self.values.items()}

    # --- Derivatives of higher order ----------------------------------------------------------------------------------

    def hessian(self) -> dict[str, dict[str, float]]:
        """The second derivative by each variable and each."""
        names = list(self.numbers)
        rows = hessian(lambda xs: self.reading.evaluate(dict(zip(names, xs, strict=True))))(list(self.numbers.values()))
        return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, rows, strict=True)}

    def derivatives(self) -> list[float]:
        """The value and the derivatives by the only variable, up to the order that was asked for."""
        [(name, number)] = self.numbers.items()
        higher = [
            derivative(lambda x: self.reading.evaluate({name: x}), order=n)(number)
            for n in range(2, self.options.order + 1)
        ]
        return [self.result.data, self.gradient[name], *higher]

    # --- Views --------------------------------------------------------------------------------------------------------

    def text(self, page: Paper) -> str:
        """The view that was asked for, and the derivatives of higher order."""
        if self.options.steps:
            shown = "\n".join(str(step) for step in steps(self.result, digits=self.options.digits))
        elif self.options.explain is not None:
            x = self.values[normalized(self.options.explain)]
            shown = str(explain(x, of=self.result, digits=self.options.digits))
        else:
            shown = trace_table(self.tape, page, self.options.digits)
        if self.options.order == 1:
            return shown
        return f"{shown}\n\n{self.by_order(page) if len(self.numbers) == 1 else self.by_pair(page)}"

    def by_order(self, page: Paper) -> str:
        """The derivatives by the only variable, a line each."""
        [name], y = self.numbers, self.tape.results[0].label
        lines = []
        for n, number in enumerate(self.derivatives()):
            power = "" if n < 2 else str(n).translate(SUPERSCRIPT) if page.unicode else str(n)
            lines.append((f"d{power}{y}/d{name}{power}" if n else y, brief(number, self.options.digits)))
        return "\n".join(line_up(lines))

    def by_pair(self, page: Paper) -> str:
        """The second derivatives, as a matrix."""
        rows = [["", *self.numbers]]
        rows += [[name, *(brief(x, self.options.digits) for x in row.values())] for name, row in self.hessian().items()]
        lines = table(rows, page._replace(width=ENDLESS), align=">" * len(rows))
        return "\n".join([page.paint("second derivatives", "bold"), *lines])

    def everything(self) -> dict[str, Any]:
        """Return the contents of ``--json``."""
        found: dict[str, Any] = {
            "expression": self.reading.text,
            "value": self.result.data,
            "entries": [self.entry(entry) for entry in self.tape],
            "gradient": self.gradient,
        }
        if self.options.order == 2:
            found["hessian"] = self.hessian()
        if self.options.order > 1 and len(self.numbers) == 1:
            found["derivatives"] = self.derivatives()
        return found

    def entry(self, entry: Entry) -> dict[str, Any]:
        expression = None
        if entry.op is not None:
            expression = recorded(entry.op, entry, Writer(unicode=False, digits=17, most=math.inf))
        return {
            "k": entry.k,
            "name": entry.label,
            "expression": expression,
            "value": entry.value,
            "adjoint": self.adjoints[entry.k],
            "inputs": [{"k": x.k} if isinstance(x, Entry) else {"constant": x} for x in entry.inputs],
        }

    def show(self) -> None:
        """Print the view that was asked for, and save the pictures."""
        if self.options.json:
            print(json.dumps(_strict(self.everything()), indent=2, allow_nan=False))
        elif self.options.debug:
            debug(self.result, digits=self.options.digits)
        else:
            page = paper()
            print(page.plain(self.text(page)))
        subjects = {"draw": (self.result,), "page": (self.result,), "play": (self.reading.text, self.numbers)}
        for maker, subject in subjects.items():
            path = getattr(self.options, maker)
            if path is not None:
                maker_of(maker)(*subject).save(path)
                print(f"{printable(path, LONGEST)} is written", file=sys.stderr)


def _strict(x: Any) -> Any:
    """Return an equivalent that strict JSON can hold: numbers that are not finite become text."""
    if isinstance(x, dict):
        return {key: _strict(each) for key, each in x.items()}
    if isinstance(x, list):
        return [_strict(each) for each in x]
    return repr(x) if isinstance(x, float) and not math.isfinite(x) else x


# --- Errors -----------------------------------------------------------------------------------------------------------


def pointed(error: ExpressionError, page: Paper) -> str:
    """The part of an expression around an error, and a caret below it."""
    start = max(0, error.column - page.width // 2)
    text = "".join(c if c.isprintable() else "?" for c in error.text)
    before, after = page.plain(text[start : error.column]), page.plain(text[error.column :])
    room = page.width - len(before) - 8
    more = page.plain("…")
    lead = more if start else ""
    tail = more if len(after) > room else ""
    return f"  {lead}{before}{after[: max(room, 1)]}{tail}\n  {' ' * len(lead + before)}^"


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0; 2 if the arguments cannot be used; 1 if something else went wrong; 130 if it was interrupted.
    """
    given = sys.argv[1:] if given is None else given
    # An expression may begin with a minus; a space before it tells it from an option.
    parser = arguments()
    options = parser.parse_intermixed_args([f" {x}" if re.match("-(?!-|h$)", x) else x for x in given])
    if options.expression is None:
        parser.error('an expression is expected, such as "x**2 + sin(x)" x=3')
    try:
        Session(options).show()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has closed the pipe, so nothing is to be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130  # as a shell has it for a program that Ctrl-C ended
    except (AutogradError, OSError, RuntimeError) as error:
        page = paper(sys.stderr)
        file = getattr(error, "filename", None)
        sentence = str(error) if file is None else f"{shortened(file)}: {getattr(error, 'strerror', error)}"
        lines = [f"python -m autograd: {printable(sentence, LONGEST)}"]
        if isinstance(error, ExpressionError):
            lines.append(pointed(error, page))
        print(page.plain("\n".join(lines)), file=sys.stderr)
        return 2 if isinstance(error, (InputTypeError, InputValueError)) else 1
    return 0
