"""Expressions as text: read, and never evaluated by Python.

    "log(x1) + x1*x2 - sin(x2)"        x1  log  x1  x2  *  +  x2  sin  -

Python's parser makes a tree of the text. Of that tree only names, numbers, operators, comparisons and calls of the
table's functions are taken, in the order in which a machine with a stack works them out; anything else is an error with
its column. Numbers are floats throughout, so no power takes longer than another.
"""

from __future__ import annotations

import ast
import math
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..arrays.tensor import evaluate
from ..core import ops
from ..core.table import Primitive
from ..errors import AutogradError, ExpressionError
from ..functions import activations, exponential, reductions, trigonometric
from ..functions import piecewise as choices
from .remedies import GRAMMAR, Slip, elsewhere, find_slip, in_the_tree, no_such_function
from .sentences import SENTENCES

__all__ = [
    "COMPARISONS",
    "CONSTANTS",
    "DEEPEST",
    "FUNCTIONS",
    "LONGEST",
    "OPERATORS",
    "Function",
    "ParsedExpression",
    "normalized",
    "parse_expression",
]

LONGEST = 10_000  # characters
DEEPEST = 100  # brackets within brackets
EXACT = 2**53  # up to here every whole number is a float
CONSTANTS = {"pi": math.pi, "e": math.e, "inf": math.inf, "nan": math.nan}
OPERATORS: dict[type[ast.operator], Primitive] = {
    ast.Add: ops.ADD,
    ast.Sub: ops.SUB,
    ast.Mult: ops.MUL,
    ast.Div: ops.DIV,
    ast.FloorDiv: ops.FLOORDIV,
    ast.Mod: ops.MOD,
    ast.Pow: ops.POW,
}


class Function(NamedTuple):
    """A function by its call, and the numbers of arguments that it takes."""

    call: Callable[..., Any]
    least: int
    most: float

    @property
    def counts(self) -> str:
        """The numbers of arguments in words."""
        more = "" if self.most == self.least else " or more" if self.most > 2 else f" or {self.most}"
        return f"{self.least}{more}"


def _listed(function: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    return lambda *xs: function(list(xs))


def _functions() -> dict[str, Function]:
    """The public functions that take numbers and give one."""
    found = {}
    for room, names in (
        (exponential, "exp expm1 exp2 log log2 log10 log1p sqrt square cbrt rsqrt reciprocal erf erfc"),
        (trigonometric, "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sinc"),
        (activations, "relu sigmoid logsigmoid softplus gelu silu softsign hardtanh selu"),
        (choices, "sign abs floor ceil"),
    ):
        found.update({name: Function(getattr(room, name), 1, 1) for name in names.split()})
    for room, names in (
        (exponential, "logaddexp xlogy"),
        (trigonometric, "atan2 hypot"),
        (choices, "maximum minimum"),
        (activations, "prelu"),
    ):
        found.update({name: Function(getattr(room, name), 2, 2) for name in names.split()})
    for name in "sum mean var std prod max min norm logsumexp".split():
        found[name] = Function(_listed(getattr(reductions, name)), 1, math.inf)
    return found | {
        "round": Function(choices.round, 1, 2),
        "clip": Function(choices.clip, 3, 3),
        "where": Function(choices.where, 3, 3),
        "leaky_relu": Function(activations.leaky_relu, 1, 2),
        "elu": Function(activations.elu, 1, 2),
    }


FUNCTIONS = _functions()


def _not(x: Any) -> Any:
    return evaluate(ops.SUB, 1, x)


COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {  # 1 where it holds, else 0; all but != fail for nan
    ast.Lt: lambda x, y: evaluate(ops.LESS, x, y),
    ast.Gt: lambda x, y: evaluate(ops.LESS, y, x),
    ast.Eq: lambda x, y: evaluate(ops.EQUAL, x, y),
    ast.NotEq: lambda x, y: _not(evaluate(ops.EQUAL, x, y)),
    ast.LtE: lambda x, y: evaluate(ops.ADD, evaluate(ops.LESS, x, y), evaluate(ops.EQUAL, x, y)),
    ast.GtE: lambda x, y: evaluate(ops.ADD, evaluate(ops.LESS, y, x), evaluate(ops.EQUAL, x, y)),
}


class ParsedExpression:
    """An expression that was read. Made by `parse_expression`.

    Attributes
    ----------
    text : str
        The expression, in one line.
    names : dict
        The variables, in the order in which they first occur, with the column at which they do.
    """

    def __init__(self, text: str, work: list[tuple[Any, int, int]]) -> None:
        self.text = text
        self._work = work  # of each action: a number, a name or a function; the number of its arguments; the column
        self.names: dict[str, int] = {}
        for action, _, column in work:
            if isinstance(action, str):
                self.names.setdefault(action, column)

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """The value of the expression on values or numbers.

        Parameters
        ----------
        variables : mapping
            A value or number for each of ``names``; those of `CONSTANTS` may be left out.

        Raises
        ------
        ExpressionError
            If a function refuses its arguments, as ``clip`` does bounds that are the wrong way round.
        """
        stack: list[Any] = []
        for action, count, column in self._work:
            if isinstance(action, str):
                stack.append(variables[action] if action in variables else CONSTANTS[action])
            elif not callable(action):
                stack.append(action)
            else:
                operands = stack[-count:]
                del stack[-count:]
                try:
                    stack.append(action(*operands))
                except AutogradError as error:
                    raise ExpressionError(str(error), self.text, column) from None
        return stack[0]


def normalized(name: str) -> str:
    """A name as Python understands it: ``ﬁ`` and ``fi`` are one."""
    return unicodedata.normalize("NFKC", name)


def parse_expression(text: str) -> ParsedExpression:
    """Read an expression.

    Raises
    ------
    ExpressionError
        If it is none, or too long, or has anything in it but numbers, names, operators, comparisons and functions.

    Examples
    --------
    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = parse_expression("x**2 + sin(pi*x)").evaluate({"x": x})
    >>> y.backward()
    >>> y.data, x.grad  # 2x + π cos(πx)
    (9.0, 2.8584073464)
    """
    flat = "".join(" " if c.isspace() else c for c in text)
    _refuse_at_sight(flat)
    start = len(flat) - len(flat.lstrip())
    body = _parsed(flat, start)
    work = []
    stack: list[ast.AST] = [body]
    while stack:
        node = stack.pop()
        column = _column(node, flat, start)
        action, operands = _meaning(node, flat, column)
        work.append((action, len(operands), column))
        stack += operands
    return ParsedExpression(flat, work[::-1])


def _refuse_at_sight(text: str) -> None:
    """Raise for text that Python's parser would read otherwise, or refuse with an unhelpful message."""
    if not text.strip():
        raise ExpressionError(SENTENCES["empty"], text, 0)
    if len(text) > LONGEST:
        raise ExpressionError(SENTENCES["long"].format(LONGEST, len(text)), text, LONGEST)
    depth = 0
    for column, character in enumerate(text):
        if character == "#" or not character.isprintable():
            raise ExpressionError(SENTENCES["character"].format(ascii(character)), text, column)
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise ExpressionError(SENTENCES["nested"].format(DEEPEST), text, column)
    slip = elsewhere(text)
    if slip is not None:
        raise ExpressionError(SENTENCES["unreadable"].format(slip.sentence), text, slip.column)


def _parsed(text: str, start: int) -> ast.AST:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as for 1if
            return ast.parse(text[start:], mode="eval").body
    except SyntaxError as error:
        column = start + min(max((error.offset or 1) - 1, 0), len(text) - start)
        slip = find_slip(text, FUNCTIONS) or Slip(column, GRAMMAR)
        raise ExpressionError(SENTENCES["unreadable"].format(slip.sentence), text, slip.column) from None
    except (RecursionError, MemoryError):
        raise ExpressionError(SENTENCES["deep"], text, start) from None


def _column(node: ast.AST, text: str, start: int) -> int:
    """Return the column of a node's operator, or else of its beginning. Python counts in bytes of UTF-8."""
    operator = isinstance(node, (ast.BinOp, ast.Compare))
    offset = node.left.end_col_offset if operator else node.col_offset  # type: ignore[attr-defined]
    column = start + len(text[start:].encode()[:offset].decode())
    while operator and text[column] in " )":
        column += 1
    return column


def _meaning(node: ast.AST, text: str, column: int) -> tuple[Any, list[Any]]:
    """Return the action at a node of the tree, and the nodes of its operands."""

    def error(sentence: str) -> ExpressionError:
        return ExpressionError(sentence, text, column)

    if isinstance(node, ast.Name):
        return normalized(node.id), []
    if isinstance(node, ast.Constant) and (type(node.value) is int or type(node.value) is float):
        return _literal(node.value), []
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        op = OPERATORS[type(node.op)]
        return lambda x, y: evaluate(op, x, y), [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return lambda x: evaluate(ops.NEG, x), [node.operand]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
        return lambda x: x, [node.operand]
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        if len(node.ops) > 1:
            raise error(SENTENCES["compared"])
        return COMPARISONS[type(node.ops[0])], [node.left, node.comparators[0]]
    if isinstance(node, ast.Call):
        return _called(node, error)
    raise error(SENTENCES["misplaced"].format(in_the_tree(node)))


def _literal(number: float) -> float:
    """A float; small whole numbers stay as they were written."""
    if isinstance(number, int) and abs(number) <= EXACT:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _called(node: ast.Call, error: Callable[[str], ExpressionError]) -> tuple[Any, list[Any]]:
    if not isinstance(node.func, ast.Name):
        raise error(SENTENCES["called"])
    name = normalized(node.func.id)
    function = FUNCTIONS.get(name)
    if function is None:
        raise error(no_such_function(name, FUNCTIONS))
    if node.keywords:
        raise error(SENTENCES["keyword"].format(name))
    count = len(node.args)
    if not function.least <= count <= function.most:
        plural = "" if function.least == function.most == 1 else "s"
        raise error(SENTENCES["count"].format(name, function.counts, plural, count))
    return function.call, node.args
