"""``play``: a page with a line for an expression, which it reads, draws and differentiates itself.

    the grammar as data      ─┐
    the rules as JavaScript   ├──>  play.html: a line; and below it, for each expression, an ordinary page
    the scripts of a page    ─┘

The page makes of an expression the record that `page` writes for a program, lays the boxes out in layers, and lets the
scripts of an ordinary page run on both. It opens from a disk and loads nothing from a network.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from autograd import InputTypeError, InputValueError
from autograd.core.numbers import number
from autograd.errors import described, shortened
from autograd.terminal.expression import CONSTANTS, normalized, parse_expression
from autograd.terminal.sentences import SENTENCES
from autograd.text.names import printable

from ..canvas.text import width
from ..javascript.programs import engine_of
from ..pages.document import Page
from ..pages.modules import frames_in
from ..pages.script import apart, asset, packed, page_scripts, plain, policy, squeezed
from .tables import grammar, operations

__all__ = ["EXAMPLES", "play"]

EXAMPLES = {
    "a neuron": "tanh(w1*x1 + w2*x2 + b) w1=-3 x1=2 w2=1 x2=0.5 b=6.5",
    "a quadratic": "a*x**2 + b*x + c a=1 x=3 b=-4 c=2",
    "softplus": "log(1 + exp(x)) x=0.5",
    "a shared input": "(x + y)*sin(x) x=2 y=3",
    "Rosenbrock": "(1 - x)**2 + 100*(y - x**2)**2 x=-0.5 y=0.5",
}
PARTS = "slips reading formulas building boxes layout play"  # in the order in which they need each other
ROOM = "addEventListener, setTimeout, setInterval, requestAnimationFrame, ResizeObserver, location, history"
LETTERS = [chr(code) for code in [*range(32, 127), *range(161, 384)]] + list("–…‹›“”„‘’•′")
DIGITS = 4
TAIL = r"[\s,;]+([^\W\d]\w*)\s*=\s*([-+]?[\w.+-]+)\s*$"  # the number of a variable, at the end of a line


def play(expression: str = EXAMPLES["a neuron"], numbers: Mapping[str, float] | None = None) -> Page:
    """Make a page with a line for an expression: a reader types one, and sees its graph, its value and its derivatives.

    The grammar is that of ``python -m autograd``: numbers, names, operators, comparisons and functions, and behind the
    expression the numbers of its variables. The page reads and draws what is typed at once, and says what to write
    where it cannot. Below the line is the page of `visualize.page`: its steps, its keys, inputs that are typed and
    dragged, "Curve" and "Descent". The address keeps the expression, the step and the numbers. The page is one file,
    which opens from a disk and needs no Python and no network.

    Parameters
    ----------
    expression : str
        The expression with which the page opens. The numbers of its variables may follow it, as in
        ``"tanh(w*x + b) w=-3 x=2"``.
    numbers : dict, optional
        Numbers of its variables, by name. A variable that is given none begins with one that the page chooses.

    Raises
    ------
    InputTypeError, InputValueError
        If the expression is no text, or a number is none, or belongs to no variable of the expression.
    ExpressionError
        If it is no expression.

    Examples
    --------
    >>> import visualize
    >>> page = visualize.play("x*y + sin(x)", {"x": 2, "y": 3})
    >>> page
    <page to play with>
    >>> page.save("play.html")  # doctest: +SKIP
    PosixPath('play.html')
    """
    opening = _checked(expression, numbers)
    script, unpack = _script(opening), asset("scripts/unpack.js")
    written = Template(_file("play.html")).substitute(
        css=f"{asset('page.css')}\n{squeezed(_file('play.css'))}",
        opening=html.escape(opening),
        script=packed(script),
        unpack=unpack,
        digests=policy(script, unpack),
    )
    return Page(written, "page to play with")


def _checked(expression: Any, numbers: Any) -> str:
    """Return the line with which the page opens, after it was read and evaluated as the command line does."""
    if not isinstance(expression, str):
        raise InputTypeError(f"play takes an expression as text, such as 'x*y + sin(x)', not {described(expression)}")
    if numbers is not None and not isinstance(numbers, Mapping):
        raise InputTypeError(f"numbers are given by name, such as {{'x': 2.0}}, not {described(numbers)}")
    text, given = _divided(expression)
    reading = parse_expression(text)
    given |= {normalized(str(name)): number(x, str(name)) for name, x in (numbers or {}).items()}
    for name in given:
        if name not in reading.names:
            has = SENTENCES["it has" if reading.names else "it has none"].format(", ".join(reading.names))
            raise InputValueError(SENTENCES["unknown"].format(printable(name), has, ""))
    if not any(name in given or name not in CONSTANTS for name in reading.names):
        raise InputValueError(SENTENCES["nothing"])
    return " ".join([reading.text.strip(), *(f"{name}={x!r}" for name, x in given.items())])


def _divided(line: str) -> tuple[str, dict[str, float]]:
    """Divide a line into its expression, and the numbers of variables that follow it."""
    given: dict[str, float] = {}
    while (found := re.search(TAIL, line)) is not None:
        name = normalized(found[1])
        if name in given:
            raise InputValueError(SENTENCES["twice"].format(printable(name)))
        try:
            given[name] = float(found[2])
        except ValueError:
            raise InputValueError(SENTENCES["no number"].format(printable(name), shortened(found[2]))) from None
        line = line[: found.start()]
    return line, dict(reversed(given.items()))


# --- The page ---------------------------------------------------------------------------------------------------------


def _file(name: str) -> str:
    return files("visualize.expressions").joinpath(name).read_text(encoding="utf-8")


def _script(opening: str) -> str:
    """Return the script: the data, the engine, the scripts that build a page, those of the page, and the line."""
    body = re.search(r"(?s)<main>.*(?=<p id=\"status\")", asset("page.html"))
    assert body is not None
    data = {
        "grammar": grammar(),
        "measures": [_measures(bold) for bold in (False, True)],
        "examples": EXAMPLES,
        "opening": opening,
        "page": body[0],
        "record": {"digits": DIGITS},
    }
    constants = [
        f"const {name} = {json.dumps(x, ensure_ascii=False, separators=(',', ':'))};" for name, x in data.items()
    ]
    *before, last = [plain(_file(f"scripts/{name}.js")) for name in PARTS.split()]
    parts = [
        '"use strict";',
        "{",
        "const $ = id => document.getElementById(id);",
        *constants,
        apart(engine_of(operations())),
        asset("scripts/numbers.js"),
        *before,
        f"function pageScripts({{ {ROOM} }}) {{",
        page_scripts(["tangents"], {"views": [], "frames": frames_in([])}),
        "}",
        last,
        "}",
    ]
    return "\n".join(parts)


def _measures(bold: bool) -> dict[str, int]:
    """The widths of letters, in thousandths of the size."""
    return {letter: round(width(letter, 1000, bold)) for letter in LETTERS}
