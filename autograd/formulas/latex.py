r"""Expressions for a typesetter: LaTeX that needs no package but amsmath, as MathJax, KaTeX and matplotlib have it.

    x/(1 + |w1|)        \frac{x}{1 + \left|w_{1}\right|}

A name that is no mathematical one stands upright, letter for letter: whatever a user puts into it stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text.names import as_label
from .notation import ATOM, COMPARISON, LOOSE, POWER, PRODUCT, SIGN, SUM, Expression, Symbol, Writer

__all__ = ["LatexWriter"]

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
OPERATORS = {
    **{name: f"\\{name}" for name in "exp log sin cos tan sinh cosh tanh max min".split()},
    **{f"a{name}": rf"\arc{name}" for name in "sin cos tan".split()},
    **{f"a{name}": rf"\operatorname{{ar{name}}}" for name in "sinh cosh tanh".split()},
    "maximum": r"\max",
    "minimum": r"\min",
    "log2": r"\log_{2}",
    "log10": r"\log_{10}",
    "sigmoid": r"\sigma",
}
NORMS = {"norm1": "1", "norm2": "2", "norm_inf": r"\infty"}
SIGNS = {  # characters that mean something to TeX, or to the page around it; each ends where a letter may follow
    "\\": r"\backslash ",
    "^": r"\wedge ",
    "~": r"\sim ",
    "<": "{<}",
    ">": "{>}",
    "'": "{'}",
    "′": "{'}",
    '"': "{''}",
    "`": "{'}",
    **{each: f"\\{each}" for each in "{}$&#_%"},
    " ": r"\ ",
    "‹": r"\langle ",
    "›": r"\rangle ",
}


class LatexWriter(Writer):
    r"""Writes expressions in LaTeX.

    Examples
    --------
    >>> from autograd.formulas.notation import named
    >>> LatexWriter().at(1 / (1 + named("w1") * named("alpha")))
    '\\frac{1}{1 + w_{1} \\cdot \\alpha}'
    """

    loose = LOOSE | {"div": SIGN, "floordiv": ATOM}

    def __init__(self, digits: int = 4, most: float = 6, inlined: dict[int, Expression] | None = None) -> None:
        super().__init__(True, digits, most, inlined or {})
        self.times = r" \cdot "

    def bracketed(self, text: str) -> str:
        return rf"\left({text}\right)"

    def remark(self, count: int) -> str:
        return rf"\ldots\ \text{{{count} more}}\ \ldots"

    def number(self, text: str) -> tuple[str, int]:
        sign, text = ("-" if text.startswith("-") else ""), text.removeprefix("-")
        mantissa, _, exponent = text.partition("e")
        if exponent:
            power = f"10^{{{int(exponent)}}}"
            if mantissa == "1":
                return sign + power, SIGN if sign else POWER
            return rf"{sign}{mantissa} \cdot {power}", SIGN
        return sign + {"inf": r"\infty", "nan": r"\mathrm{nan}"}.get(text, text), SIGN if sign else ATOM

    def name(self, name: str) -> tuple[str, int]:
        return typeset(as_label(name)), ATOM

    def adjoint(self, result: str, name: str) -> tuple[str, int]:
        return rf"\frac{{\mathrm{{d}} {self.name(result)[0]}}}{{\mathrm{{d}} {self.name(name)[0]}}}", SIGN

    def constant(self, text: str) -> tuple[str, int]:
        return escaped(text, upright=True), ATOM

    def function(self, x: Symbol) -> tuple[str, int]:
        operator = OPERATORS.get(x.head) or rf"\operatorname{{{escaped(x.head.removesuffix('_over'))}}}"
        if x.head in ("softmax", "log_softmax"):
            return rf"{operator}{self.called(x.parts[1:])}_{{{x.parts[0]}}}", ATOM
        if x.head in NORMS:
            return rf"\left\|{self.bracketed(self.elements(x.parts))}\right\|_{{{NORMS[x.head]}}}", ATOM
        return operator + self.called(x.parts), ATOM

    def called(self, parts: Sequence[Expression]) -> str:
        return self.bracketed(self.elements(parts))

    def raised(self, base: str, exponent: Expression) -> str:
        return f"{base}^{{{self.at(exponent)}}}"

    def write_div(self, x: Symbol) -> str:
        above, below = self.at(x.parts[0], PRODUCT), self.at(x.parts[1])
        sign = "-" if above.startswith("-") else ""
        return rf"{sign}\frac{{{above.removeprefix('-')}}}{{{below}}}"

    def write_floordiv(self, x: Symbol) -> str:
        return rf"\left\lfloor{self.write_div(x)}\right\rfloor"

    def write_mod(self, x: Symbol) -> str:
        return rf"{self.at(x.parts[0], PRODUCT)} \;\mathrm{{mod}}\; {self.at(x.parts[1], SIGN)}"

    def write_sqrt(self, x: Symbol) -> str:
        return rf"\sqrt{{{self.at(x.parts[0])}}}"

    def write_abs(self, x: Symbol) -> str:
        return rf"\left|{self.at(x.parts[0])}\right|"

    def write_matmul(self, x: Symbol) -> str:
        return rf"{self.at(x.parts[0], SIGN)} \, {self.at(x.parts[1], SIGN)}"

    def write_mT(self, x: Symbol) -> str:  # noqa: N802 - the row's name
        return rf"{self.at(x.parts[0], ATOM)}^{{\top}}"

    def write_getitem(self, x: Symbol) -> str:
        return rf"{self.at(x.parts[0], ATOM)}_{{{self.at(x.parts[1])}}}"

    write_entry = write_getitem

    def write_where(self, x: Symbol) -> str:
        cases, rest = [], x
        while isinstance(rest, Symbol) and rest.head == "where":
            condition, yes, rest = rest.parts
            rest = self.resolved(rest)
            cases.append(rf"{self.at(yes, SUM)} & \text{{if }} {self.at(condition, COMPARISON)}")
        cases.append(rf"{self.at(rest, SUM)} & \text{{otherwise}}")
        return r"\begin{cases} " + r" \\ ".join(cases) + r" \end{cases}"


def typeset(name: str) -> str:
    r"""A name as mathematicians write it: ``w_{1}``, ``\alpha``, ``v_{3}`` for ``%3``; any other as text."""
    match = re.fullmatch(r"%()(\d+)|([A-Za-z]+)(?:_?(\d+)|_([A-Za-z]+))?", name)
    if match is None:
        return f"{{{escaped(name, upright=True)}}}"
    _, position, letters, digits, word = match.groups()
    if position:
        return f"v_{{{position}}}"
    base = letters if len(letters) == 1 else f"\\{letters}" if letters in GREEK else rf"\mathrm{{{letters}}}"
    under = digits or (word and rf"\mathrm{{{word}}}")
    return f"{base}_{{{under}}}" if under else base


def escaped(text: str, upright: bool = False) -> str:
    """Return text in which TeX finds no markup: signs as commands, letters as they are.

    Characters that cannot be printed are escaped as in Python's literals.
    """
    spelled = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    pieces = re.findall(r"[^\\^~<>'′\"`{}$&#_% ‹›]+|.", spelled)
    return "".join(SIGNS.get(piece) or (rf"\text{{{piece}}}" if upright else piece) for piece in pieces)
