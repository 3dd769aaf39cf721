"""Slips that people make in an expression, found in its text, with the right form of each.

    2x          a product is written with *: 2*x
    sin x       the argument of sin stands in parentheses: sin(x)
    x²          a power is written with **: x**2
    ln(x)       the natural logarithm is log(x)

They are looked for once Python's parser has refused the text; only a sign that it takes for a letter, as in ``x·y``, is
looked for before.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple

from .sentences import SENTENCES

__all__ = [
    "ELSEWHERE",
    "GRAMMAR",
    "LETTERS",
    "LONGEST",
    "SIGNS",
    "TREE",
    "Slip",
    "elsewhere",
    "find_slip",
    "in_the_tree",
    "no_such_function",
]


class Slip(NamedTuple):
    """A slip in a text: the column, counted from 0, and what to write instead."""

    column: int
    sentence: str


# --- In the tree of a text that Python can read -----------------------------------------------------------------------

GRAMMAR = "it may hold numbers, names, + - * / // % **, comparisons and functions"
TREE: dict[type[ast.AST], str] = {
    ast.BitXor: "^ is not an operator here; a power is written **",
    ast.BitOr: "| is not an operator here; an absolute value is written abs(x)",
    ast.MatMult: "@ is not an operator here; a product is written *",
    ast.IfExp: "a choice is written where(condition, x, y)",
    ast.BoolOp: "and and or are not operators here; put one where(condition, x, y) into another",
    ast.Attribute: "a name has no parts here; write log(x), not math.log(x)",
    ast.Subscript: "a name has no elements here; write x1 for x[1]",
    ast.Starred: "an argument is written out here, without *",
    ast.NamedExpr: "a variable gets its number after the expression: x=2",
}


def in_the_tree(node: ast.AST) -> str:
    """Return the remedy for a node of a tree that has no place in an expression."""
    return TREE.get(type(node.op if isinstance(node, ast.BinOp) else node), GRAMMAR)


# --- In a text that Python cannot read --------------------------------------------------------------------------------

SIGNS = {
    **dict.fromkeys("×·⋅∙∗", "a product is written with *"),
    **dict.fromkeys("÷∕⁄", "a quotient is written with /"),
    **dict.fromkeys("−–—", "a minus sign is written -"),
    **dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "a power is written with **, as in x**2"),
    **dict.fromkeys("√∛", "a root is written sqrt(x) or cbrt(x)"),
    **dict.fromkeys("≤≥≠≦≧", "comparisons are written <=, >= and !="),
    "∞": "infinity is written inf",
    "|": "an absolute value is written abs(x)",
    "!": "there is no factorial; a difference is written !=",
    "=": "a variable gets its number after the expression, as in x=2; a comparison is written ==",
    "$": "an expression is written without $",
    "`": "an expression is written without `",
}
LETTERS = "·"  # the signs that Python takes for parts of a name
NUMBER = r"(?<![\w.])(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NAME = r"[^\W\d]\w*"
OPERATORS = ("**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "<", ">")
TOKEN = rf"{NUMBER}|{NAME}|{'|'.join(map(re.escape, OPERATORS))}|[(),]"
LONGEST = 4_000  # digits of a whole number that every Python reads


def elsewhere(text: str) -> Slip | None:
    """Return the first sign in a text that Python would take for a part of a name."""
    return next((Slip(k, SIGNS[c]) for k, c in enumerate(text) if c in LETTERS), None)


def find_slip(text: str, functions: Collection[str]) -> Slip | None:
    """Return the first slip that is known, in a text that Python cannot read; ``functions`` are the names of those."""
    found = [*_signs(text), *_missing_products(text), *_missing_operators(text, functions), *_digits(text)]
    return min(found, default=None) or min([*_brackets(text), *_operands(text)], default=None)


def _signs(text: str) -> list[Slip]:
    comparisons = re.sub("[<>=!]=", "  ", text)
    return [Slip(k, SIGNS[c]) for k, c in enumerate(comparisons) if c in SIGNS]


def _missing_products(text: str) -> list[Slip]:
    """Numbers with a name directly behind them: ``2x``."""
    found = re.finditer(rf"({NUMBER})({NAME})", text)
    return [
        Slip(match.start(), SENTENCES["product"].format(match[1], _cut(match[2])))
        for match in found
        if not keyword.iskeyword(match[2]) and not re.match("[xXoObB][0-9a-fA-F]|_", match[2])
    ]


def _missing_operators(text: str, functions: Collection[str]) -> list[Slip]:
    """Names and numbers with nothing but blanks between them: ``sin x``, ``x y``."""
    slips = []
    for match in re.finditer(rf"(?<![\w.])({NAME}|{NUMBER}) +(?=({NAME}|{NUMBER}))", text):
        left, right = match[1], match[2]
        if keyword.iskeyword(left) or keyword.iskeyword(right):
            continue
        if left in functions:
            sentence = SENTENCES["argument"].format(left, left, _cut(right))
        else:
            sentence = SENTENCES["operator"].format(_cut(left), _cut(right))
        slips.append(Slip(match.start(), sentence))
    return slips


def _digits(text: str) -> list[Slip]:
    """Whole numbers that Python does not read."""
    slips = []
    for match in re.finditer(r"(?<![\w.])\d[\d_]*(?![\w.])", text):
        if len(match[0]) > LONGEST:
            slips.append(Slip(match.start(), SENTENCES["digits"]))
        elif re.match("0[_0]*[1-9]", match[0]):
            slips.append(Slip(match.start(), SENTENCES["zero"]))
    return slips


def _brackets(text: str) -> list[Slip]:
    """Parentheses without their counterpart."""
    opened: list[int] = []
    slips = []
    for column, character in enumerate(text):
        if character == "(":
            opened.append(column)
        elif character == ")":
            if not opened:
                slips.append(Slip(column, SENTENCES["closed"]))
            opened = opened[:-1]
    return slips + [Slip(column, SENTENCES["open"]) for column in opened]


def _operands(text: str) -> list[Slip]:
    """Operators without an operand, and operands with nothing between them: ``x +``, ``x * / y``, ``(x) y``."""
    slips: list[Slip] = []
    before, at = "(", 0  # what stands before, as if the text were in parentheses
    for match in re.finditer(rf"{TOKEN}| +|(.)", f"{text})"):
        token = match[0]
        if match.lastindex or keyword.iskeyword(token):  # something else is wrong
            return []
        if token.isspace():
            continue
        opens = before in "(," or before in OPERATORS
        if before in OPERATORS and token in ",)":
            slips.append(Slip(at, SENTENCES["after"].format(before)))
        elif opens and (token == "," or (token in OPERATORS and token not in "+-")):
            slips.append(Slip(match.start(), SENTENCES["before"].format(token)))
        elif before == ")" and token not in OPERATORS and token not in ",()":
            slips.append(Slip(at, SENTENCES["behind"]))
        before, at = token, match.start()
    return slips


def _cut(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"


# --- Functions of other names -----------------------------------------------------------------------------------------

ELSEWHERE = {
    "ln": "log(x) is the natural logarithm",
    "lg": "the logarithm to base 10 is log10(x), and to base 2 log2(x)",
    "lb": "the logarithm to base 2 is log2(x)",
    "ld": "the logarithm to base 2 is log2(x)",
    "pow": "a power is written x**y",
    "power": "a power is written x**y",
    "arctan2": "it is called atan2(y, x)",
    **{f"arc{name}": f"it is called a{name}(x)" for name in "sin cos tan sinh cosh tanh".split()},
    **{f"ar{name}": f"it is called a{name}(x)" for name in "sinh cosh tanh".split()},
    "arsin": "it is called asin(x)",
    "tg": "it is called tan(x)",
    **dict.fromkeys(["cot", "ctg"], "the cotangent is 1/tan(x)"),
    "sec": "the secant is 1/cos(x)",
    **dict.fromkeys(["csc", "cosec"], "the cosecant is 1/sin(x)"),
    "coth": "the hyperbolic cotangent is 1/tanh(x)",
    "sech": "the hyperbolic secant is 1/cosh(x)",
    "csch": "the hyperbolic cosecant is 1/sinh(x)",
    **dict.fromkeys(["fabs", "absolute"], "it is called abs(x)"),
    **dict.fromkeys(["sgn", "signum"], "it is called sign(x)"),
    **dict.fromkeys(["logistic", "sigm"], "it is called sigmoid(x)"),
    "swish": "it is called silu(x)",
    "root": "a root is written sqrt(x) or cbrt(x)",
    **dict.fromkeys(["average", "avg"], "it is called mean(x, y, …)"),
    "product": "it is called prod(x, y, …)",
    "ceiling": "it is called ceil(x)",
    **dict.fromkeys(["ifelse", "piecewise"], "a choice is written where(condition, x, y)"),
}


def no_such_function(name: str, functions: Collection[str]) -> str:
    """Return a sentence that says that there is no function of a name, and what to write instead."""
    close = get_close_matches(name[:LONGEST], functions)
    called = _cut(name)
    hint = ELSEWHERE.get(name) or (SENTENCES["close"].format(close[0]) if close else "")
    return SENTENCES["no function"].format(called, hint or SENTENCES["variable"].format(called))
