"""The rules of the table in a language: an expression in its place, or a function that the module defines.

    relu(x)      numpy      np.maximum(x, 0.0), and in the reverse pass np.where(0 < x, g, 0.0)
                 JAX        relu(x), a function with jax.custom_vjp, whose reverse pass is jnp.where(0 < x, g, 0.0)

The derivatives of JAX and PyTorch are left to them where they are ours for all numbers; elsewhere a function brings the
derivatives of the table along. If a program selects, and can compute infinite slopes, gradients of 0 are not passed on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from ...core import ops, several
from ...errors import InputValueError
from .languages import Language
from .spelling import INFIX, Speller, statement
from .terms import COMPARISONS, Term, Untraced, name, size_of, term, traced

__all__ = ["Inlined", "Rules", "is_singular", "shared_parts"]

SHORT = 8  # the most operations of an expression that is written in its place
LONG, CALLS = 6, 4  # the most operations of a part of an expression in a function, and the most calls in a row
# Operations whose derivatives are ours in JAX and PyTorch, too: those that are bounded, and others.
BOUNDED = {ops.ADD, ops.SUB, ops.NEG, ops.COPY, several.SUM, several.MEAN, ops.TANH, ops.SIN, ops.COS, ops.ERF,
           ops.WHERE, ops.LESS, ops.EQUAL, ops.SIGN, ops.FLOOR, ops.CEIL, ops.ROUND}  # fmt: skip
UNBOUNDED = {ops.MUL, several.DOT, ops.DIV, ops.SQRT, ops.LOG, ops.EXP, ops.EXPM1, ops.SINH, ops.COSH, ops.SQUARE}
SHARED_EVENLY = {ops.MAXIMUM, ops.MINIMUM}  # at ties, but not with a number


def is_singular(op: Any, given: Sequence[Any]) -> bool:
    """True if a local derivative of an operation on these operands may be infinite or nan."""
    other = given[1] if len(given) > 1 and type(given[1]) is float else None
    if op is ops.DIV:
        return not other
    if op is ops.POW and other is not None:
        return not (other >= 1 and other.is_integer())
    return bool(op.domain) or "inf" in op.edge


class Rules:
    """The rules of the table in a language.

    Parameters
    ----------
    speller : Speller
        Writes the functions.
    careful : bool
        True if gradients of 0 are not to be passed on.
    taken : set of str
        Names that no function may have.

    Attributes
    ----------
    functions : list of str
        The source of the functions that were made.
    """

    def __init__(self, speller: Speller, careful: bool, taken: set[str]) -> None:
        self.speller, self.careful, self.taken = speller, careful, taken
        self.functions: list[str] = []
        self._made: dict[Any, str] = {}

    @property
    def language(self) -> Language:
        """The language."""
        return self.speller.language

    # --- Values -------------------------------------------------------------------------------------------------------

    def value(self, op: Any, xs: Sequence[Any], alike: bool) -> Any:
        """Return the term of an operation; ``alike`` is true if all operands have the same shape."""
        own = self.language.name == "numpy" or self._is_native(op, xs)
        found = _applied(op, op.value, xs)
        variables = [x for x in xs if isinstance(x, Term)]
        if not isinstance(found, Term):  # a power of 0, which has the shape of its base
            return found * term("power", variables[0], 0)
        alone = found is xs[0] and len(xs) == 1  # the maximum of one value is the value
        if alone or (own and size_of(found) <= SHORT):
            return found
        known = [None if isinstance(x, Term) else x for x in xs]
        function = self._function(op, known, own)
        spread = not alike and len(variables) > 1 and not own
        return term("spread_call" if spread else "call", function, *variables)

    def _is_native(self, op: Any, xs: Sequence[Any]) -> bool:
        """True if the derivatives of the library are those of our table."""
        numbers = sum(not isinstance(x, Term) for x in xs)
        if op in BOUNDED or (op is ops.DIV and not is_singular(op, xs)) or (op is ops.MUL and numbers):
            return True
        if op in SHARED_EVENLY:  # in PyTorch a nan passes the gradient on to both
            return not numbers and self.language.name == "jax"
        plain_power = op is ops.POW and not isinstance(xs[1], Term) and not is_singular(op, xs)
        return not self.careful and (plain_power or op in UNBOUNDED)

    # --- Derivatives --------------------------------------------------------------------------------------------------

    def times(self, g: Any, slope: Any) -> Any:
        """Return the product of an upstream gradient and a local derivative."""
        if isinstance(slope, Term) and self.careful:
            if self.language.name == "numpy":
                self.speller.word("passed_on")
                return term("call", "passed_on", g, slope)
            return term("where", term("equal", g, 0), 0.0, g * slope)
        if (
            isinstance(slope, Term)
            and slope.head == "div"
            and not isinstance(slope.parts[0], Term)
            and abs(slope.parts[0]) == 1
        ):
            return (g if slope.parts[0] == 1 else -g) / slope.parts[1]
        return g * slope

    def products(self, op: Any, xs: Sequence[Any], z: Any, g: Any) -> list[Any]:
        """Return the product of ``g`` and the derivative for each operand; ``None`` for a derivative of 0."""
        found = self._products(op, xs, z, g)
        if all(size_of(x) <= 3 * SHORT for x in found):
            return found
        known = [None if isinstance(x, Term) else x for x in xs]
        call = term("call", self._backward(op, known), g, *[x for x in xs if isinstance(x, Term)], z)
        return [None if x is None else term("index", call, (k,)) for k, x in enumerate(found)]

    def _products(self, op: Any, xs: Sequence[Any], z: Any, g: Any) -> list[Any]:
        slopes = _applied(op, op.derivatives, xs, z)
        return [self._product(g, slope) for slope in slopes]

    def _product(self, g: Any, slope: Any) -> Any:
        if not isinstance(slope, Term):
            return None if slope == 0 else g * slope
        if slope.head == "where":
            condition, *sides = slope.parts
            first, second = (self._product(g, side) for side in sides)
            return term("where", condition, 0.0 if first is None else first, 0.0 if second is None else second)
        return self.times(g, slope)

    # --- Functions ----------------------------------------------------------------------------------------------------

    def _new_name(self, wanted: str) -> str:
        found, k = wanted, 1
        while found in self.taken:
            k += 1
            found = f"{wanted}{k}"
        self.taken.add(found)
        return found

    def _function(self, op: Any, known: Sequence[Any], own: bool) -> str:
        """Return the name of a function for an operation, in which the operands that are known are numbers."""
        key = (op, repr(known), own)
        if key not in self._made:
            function = self._made[key] = self._new_name(_identifier(op.name))
            names, given = _parameters(op, known)
            value = _applied(op, op.value, given)
            if own:
                self.functions.append(self._defined(function, names, [value], single=True))
            else:
                z = name("result")
                products = [
                    x for x, other in zip(self._products(op, given, z, name("g")), known, strict=True) if other is None
                ]
                write = self._for_jax if self.language.name == "jax" else self._for_torch
                self.functions.append(write(function, names, value, products))
        return self._made[key]

    def _backward(self, op: Any, known: Sequence[Any]) -> str:
        """Return the name of a function for the reverse pass of an operation."""
        key = (op, repr(known), "back")
        if key not in self._made:
            function = self._made[key] = self._new_name(f"{_identifier(op.name)}_back")
            names, given = _parameters(op, known)
            products = self._products(op, given, name("result"), name("g"))
            self.functions.append(
                self._defined(function, ["g", *names, "result"], [0.0 if x is None else x for x in products])
            )
        return self._made[key]

    def _body(self, results: Sequence[Any], single: bool, indent: str = "    ") -> list[str]:
        """Return the lines of a function that returns these terms, each shared part of them computed once."""
        lines: list[str] = []
        parts, results = shared_parts(results, set())
        for left, right in parts:
            lines += statement(f"{left} = ", self.speller.number(right), indent=indent)
        texts = [self.speller.number(x) for x in results]
        given = texts[0] if single else f"({', '.join(texts)}{',' * (len(texts) == 1)})"
        return [*lines, *statement("return ", given, indent=indent)]

    def _defined(self, function: str, names: Sequence[str], results: Sequence[Any], single: bool = False) -> str:
        return "\n".join([f"def {function}({', '.join(names)}):", *self._body(results, single)])

    def _zeros(self, product: Any, variable: str) -> Any:
        return term("call", f"{self.language.alias}.zeros_like", name(variable)) if product is None else product

    def _for_jax(self, function: str, names: Sequence[str], value: Any, products: Sequence[Any]) -> str:
        given = ", ".join(names)
        full = [self._zeros(x, y) for x, y in zip(products, names, strict=True)]
        return "\n".join(
            [
                "@jax.custom_vjp",
                self._defined(function, names, [_number(value)], single=True),
                "",
                "",
                f"def {function}_forward({given}):",
                f"    result = {function}({given})",
                f"    return result, ({given}, result)",
                "",
                "",
                f"def {function}_backward(saved, g):",
                f"    {given}, result = saved",
                *self._body(full, single=False),
                "",
                "",
                f"{function}.defvjp({function}_forward, {function}_backward)",
            ]
        )

    def _for_torch(self, function: str, names: Sequence[str], value: Any, products: Sequence[Any]) -> str:
        kind = self._new_name("".join(part.capitalize() for part in function.split("_")))
        deep = "        "
        full = [self._zeros(x, y) for x, y in zip(products, names, strict=True)]
        return "\n".join(
            [
                f"class {kind}(torch.autograd.Function):",
                "    generate_vmap_rule = True",
                "",
                "    @staticmethod",
                f"    def forward({', '.join(names)}):",
                *self._body([_number(value)], single=True, indent=deep),
                "",
                "    @staticmethod",
                "    def setup_context(ctx, inputs, output):",
                f"{deep}ctx.save_for_backward(*inputs, output)",
                "",
                "    @staticmethod",
                "    def backward(ctx, g):",
                f"{deep}{', '.join(names)}, result = ctx.saved_tensors",
                *self._body(full, single=False, indent=deep),
                "",
                "",
                f"{function} = {kind}.apply",
            ]
        )


def _number(x: Any) -> Any:
    """Return a term as numbers; a comparison becomes 1 and 0."""
    return term("where", x, 1.0, 0.0) if isinstance(x, Term) and x.head in COMPARISONS else x


def _applied(op: Any, rule: Callable[..., Any], xs: Sequence[Any], *more: Any) -> Any:
    """Return the terms of a rule that is run on terms and numbers."""
    try:
        try:
            return rule(traced, *xs, *more)
        except ArithmeticError:  # among the numbers alone, such as 1 / 0: left as written
            return rule(traced, *[x if isinstance(x, Term) else term("number", x) for x in xs], *more)
    except Untraced as error:
        raise _refused(op, "decides by the numbers it is given, as `if` and `int` do") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise _refused(op, f"does not run on names ({error})") from error


def _refused(op: Any, why: str) -> InputValueError:
    return InputValueError(
        f"the rule of {op.name} {why}, so it cannot be written in another language; "
        "a rule in plain arithmetic and functions of its namespace can"
    )


def _parameters(op: Any, known: Sequence[Any]) -> tuple[list[str], list[Any]]:
    """Return the names of the operands that are not known, and all operands as terms and numbers."""
    own = list(inspect.signature(op.value).parameters.values())[1:]
    names = [x.name for x in own if x.kind is not x.VAR_POSITIONAL]
    names += [f"x{k}" for k in range(len(known) - len(names))]
    names = [f"{x}_" if x in ("g", "result", "ctx", "saved") else x for x in names]
    return [x for x, other in zip(names, known, strict=True) if other is None], [
        name(x) if other is None else other for x, other in zip(names, known, strict=True)
    ]


def _identifier(text: str) -> str:
    found = "".join(c if c.isalnum() or c == "_" else "_" for c in text)
    return found if found.isidentifier() else f"f_{found}"


def shared_parts(results: Sequence[Any], taken: set[str]) -> tuple[list[tuple[str, Any]], list[Any]]:
    """Return the parts that occur several times in some terms, by new names, and the terms in these names.

    The new names are ``t1``, ``t2``, … without those that are taken, and are taken from then on.
    """
    uses: dict[int, int] = {}
    order: list[Term] = []

    def visit(x: Any) -> None:
        if not isinstance(x, Term) or x.head in ("name", "number"):
            return
        uses[id(x)] = uses.get(id(x), 0) + 1
        if uses[id(x)] == 1:
            for part in x.parts:
                visit(part)
            order.append(x)

    for result in results:
        visit(result)
    new: dict[int, Any] = {}
    found: list[tuple[str, Any]] = []
    for x in order:
        parts = tuple(new.get(id(part), part) for part in x.parts)
        written = term(x.head, *parts)
        is_long = (size_of(written) > LONG or _calls_in_a_row(written) > CALLS) and not any(
            x is each for each in results
        )
        if (uses[id(x)] > 1 or is_long) and x.head not in (*COMPARISONS, "neg", "list"):
            free = next(f"t{k}" for k in count(1) if f"t{k}" not in taken)
            taken.add(free)
            found.append((free, written))
            written = name(found[-1][0])
        new[id(x)] = written
    return found, [new.get(id(x), x) for x in results]


def _calls_in_a_row(x: Any) -> int:
    """Return the number of calls with which the text of a term begins, without a blank at which a line could end."""
    found = 0
    while isinstance(x, Term) and x.head not in ("name", "number", *INFIX):
        found += 1
        x = x.parts[0] if x.parts else None
    return found


class Inlined:
    """The rules of the table as expressions in their places, however long they are."""

    def value(self, op: Any, xs: Sequence[Any], _: bool) -> Any:
        """Return the term of an operation."""
        return _applied(op, op.value, xs)
