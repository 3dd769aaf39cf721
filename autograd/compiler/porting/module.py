"""A program of tensors as the text of a module: parameters, arguments, one statement for each operation, results.

In numpy the module has a second function, which computes gradients, too; see `reverse`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ...core.tape import Node
from ...errors import InputValueError
from ..recording.results import shape_of_form, value_positions
from ..tensors.derived import Derived
from ..tensors.program import Program
from ..wording.constants import constant_lines
from ..wording.defined import DEFINED, definitions
from ..wording.inputs import identifier
from ..wording.languages import LANGUAGES
from ..wording.rules import Rules
from ..wording.spelling import WIDE, shape_text, statement
from ..wording.terms import name
from ..wording.texts import Written, about_gradients, as_text, quoted
from .branches import conditions
from .reverse import reverse_pass
from .sized import Sized
from .speller import ArraySpeller
from .statements import Leaf, Statements, numbers_of

__all__ = ["Result", "results_of", "written"]

DOUBLE = np.dtype(float)
LIBRARY = {"numpy": "numpy", "jax": "JAX", "torch": "PyTorch"}


class Result(NamedTuple):
    """An array among the results.

    Attributes
    ----------
    name, path : str
        Its name in the text, and the indices that lead to it, as ``[0]['scores']``.
    node : Node or Derived
        What it is.
    """

    name: str
    path: str
    node: Any


def written(program: Program, names: Callable[[int | str], str], language: str) -> Written:
    """Write a program as a module.

    Raises
    ------
    InputValueError
        If it has an operation that the language, or our table for it, lacks.
    """
    return _Module(Statements(program, names, language)).written()


def results_of(statements: Statements) -> tuple[list[Result], Callable[[Callable[[Result], str]], str]]:
    """Return the arrays among the results of a program, and a function that gives the form of the result as text.

    That function is called with one that gives the text of each of the arrays.
    """
    found: dict[str, Result] = {}
    values, form = statements.recorded.result.values, statements.recorded.result.form

    def visit(form: Any, path: str, write: Callable[[Result], str]) -> str:
        if shape_of_form(form) == () and list(value_positions(form)):
            if path not in found:
                label = identifier(f"result{len(found) + 1}", statements.taken) if path else "value"
                found[path] = Result(label, path, values[int(form)])
            return write(found[path])
        if isinstance(form, dict):
            items = [f"{key!r}: {visit(each, f'{path}[{key!r}]', write)}" for key, each in form.items()]
            return f"{{{', '.join(items)}}}"
        if isinstance(form, (list, tuple)) and not hasattr(form, "shape"):
            items = [visit(each, f"{path}[{k}]", write) for k, each in enumerate(form)]
            if isinstance(form, list):
                return f"[{', '.join(items)}]"
            return f"({', '.join(items)}{',' * (len(items) == 1)})"
        if list(value_positions(form)):
            raise InputValueError(f"{statements.own} returns an array of values, which is not written; return a list")
        return as_text(form)

    visit(form, "", lambda result: result.name)
    return list(found.values()), lambda write: visit(form, "", write)


class _Module:
    """The text of a program in a language, while it is written."""

    def __init__(self, statements: Statements) -> None:
        self.statements, self.own = statements, statements.own
        self.language = LANGUAGES[statements.language]
        self.results, self.form = results_of(statements)
        self.speller = ArraySpeller(self.language)
        words = {*statements.taken, *DEFINED[self.language.name]}
        self.function = identifier("function" if self.own == "<lambda>" else self.own, words)
        statements.taken.add(self.function)
        self.rules = Rules(self.speller, statements.is_careful(), words | {self.function})
        leaves = [*statements.parameters, *statements.inputs]
        self.kinds = {leaf.numbers.dtype for leaf in leaves if leaf.numbers.dtype.kind == "f"}

    def written(self) -> Written:
        """Return the module."""
        functions = ["\n".join(self._forward())]
        if self.language.name == "numpy":
            functions.append("\n".join(self._with_gradients()))
        used = definitions(self.language.name, self.speller.used)
        imports = list(self.language.imports)
        if any("math." in text for text in used):
            imports.insert(0, "import math\n")
        constants: list[str] = []
        for label, numbers in self.statements.constants:
            constants += constant_lines(self.language.name, self._label(label, numbers), numbers)
        head = "\n".join([*self._about(), "", *imports, *([""] if constants else []), *constants])
        text = "\n\n\n".join([head, *used, *self.rules.functions, *functions]) + "\n"
        return Written(text, self.function, self.statements.parameters)

    def _label(self, label: str, numbers: Any) -> str:
        """The name of a constant in the module; in PyTorch a function takes it to the device of its parameters."""
        return label.upper() if self.language.name == "torch" and numbers.dtype.kind == "f" else label

    def _about(self) -> list[str]:
        library = LIBRARY[self.language.name]
        text = (
            f"It was recorded by stepgrad from a function of arrays, and needs nothing but {library}. It takes "
            "arrays of the shapes in the comments."
        )
        if self.language.name == "jax" and DOUBLE in self.kinds:
            text += ' In double precision it runs after jax.config.update("jax_enable_x64", True).'
        return [f'"""{self.own}: a program of arrays in {library}.', "", *textwrap.wrap(text, WIDE), '"""']

    # --- Functions ----------------------------------------------------------------------------------------------------

    def _signature(self, function: str, *more: str) -> Iterable[str]:
        given = ", ".join(["params", *self.statements.given.signature, *more])
        return statement(f"def {function}", f"({given}):", indent="")

    def _forward(self) -> list[str]:
        facts = self._documented()
        own = [f'    """Return what {self.own} returns.', *facts, '    """']
        if not facts:
            own = [f'    """Return what {self.own} returns."""']
        lines = self._computed()
        form = self.form(lambda result: self.statements.texts[id(result.node)])
        return [*self._signature(self.function), *own, *lines, *statement("return ", form)]

    def _documented(self) -> list[str]:
        """Return the lines of a docstring after the first, which say for what the program was recorded."""
        program, statements = self.statements.program, self.statements
        pairs = zip(statements.recorded.names, program.whole, strict=True)
        facts = [f"{label} = {number}" for label, number in pairs if number is not None]
        facts += statements.given.fixed
        facts += conditions(statements.recorded.decisions)
        if not facts:
            return []
        text = f"Recorded for {'; '.join(dict.fromkeys(facts))}. Otherwise it gives other numbers than {self.own}."
        lines = textwrap.wrap(text, WIDE - 4, initial_indent="    ", subsequent_indent="    ")
        return ["", *[line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]]

    def _computed(self) -> list[str]:
        """Return the lines that read the leaves, and those of the forward pass."""
        lines: list[str] = []
        for leaf in self.statements.parameters:
            remark = "  ".join(filter(None, [shape_text(leaf.numbers.shape, False), leaf.about]))
            lines += statement(f"{leaf.text} = ", f"params[{quoted(leaf.key)}]", remark)
        for leaf in self.statements.inputs:
            lines += statement(f"{leaf.text} = ", self._input(leaf), shape_text(leaf.numbers.shape, False))
        body: list[str] = []
        for each in self.statements.steps:
            found = self.statements.term(each, self.rules)
            text = self.speller.text(found) if isinstance(each.node, Derived) else self.speller.number(found)
            body += statement(f"{each.text} = ", text, shape_text(each.shape, False))
        if self.language.name == "torch":
            for label, numbers in self.statements.constants:
                if numbers.dtype.kind == "f" and re.search(rf"\b{label}\b", "\n".join(body)):
                    remark = shape_text(numbers.shape, False)
                    lines += statement(f"{label} = ", f"{label.upper()}{self._to_first()}", remark)
        return [*lines, *body]

    def _first(self) -> str:
        """The first parameter, whose device PyTorch computes on."""
        return next((leaf.text for leaf in self.statements.parameters), "")

    def _to_first(self) -> str:
        if not self._first():
            return ""
        return f".to({self._first()})" if len(self.kinds) == 1 else f".to({self._first()}.device)"

    def _input(self, leaf: Leaf) -> str:
        dtype, first = leaf.numbers.dtype, self._first()
        if self.language.name != "torch":
            kind = ", dtype=float" if dtype == DOUBLE else f", dtype={self.language.alias}.float32"
            return f"{self.language.alias}.asarray({leaf.key}{kind if dtype.kind == 'f' else ''})"
        if dtype.kind == "f":
            kind = f"{first}.dtype" if first and len(self.kinds) == 1 else f"torch.{dtype.name}"
        else:
            kind = "torch.bool" if dtype.kind == "b" else "torch.int64"
        return f"torch.as_tensor({leaf.key}, dtype={kind}{f', device={first}.device' if first else ''})"

    # --- The reverse pass ---------------------------------------------------------------------------------------------

    def _with_gradients(self) -> list[str]:
        lines = [
            *self._signature(f"{self.function}_with_gradients", "seeds=None"),
            *about_gradients(" Each remark says by what a gradient is."),
            *self._documented(),
            '    """',
            *self._computed(),
        ]
        for each in self.results:
            lines += statement(f"{each.name} = ", self.statements.texts[id(each.node)])
        if not self.results or self.results[0].path:
            lines += statement("value = ", self.form(lambda result: result.name))
        lines.append("")
        seeds: list[tuple[Node, Sized]] = []
        for k, each in enumerate(self.results):
            if id(each.node) in self.statements.active:
                numbers = numbers_of(each.node)
                g = identifier(f"g{k + 1}", self.statements.taken) if each.path else "g"
                kind = "float" if numbers.dtype == DOUBLE else f"np.{numbers.dtype.name}"
                seed = f"np.ones_like({each.name}) if seeds is None else np.asarray(seeds{each.path}, dtype={kind})"
                lines += statement(f"{g} = ", seed)
                seeds.append((each.node, Sized(name(g), numbers.shape, numbers.dtype)))
        lines += reverse_pass(self.statements, self.rules, seeds)
        gradients = {leaf.key: leaf.text for leaf in self.statements.parameters if leaf.active}
        gradients |= {leaf.text: leaf.text for leaf in self.statements.inputs if leaf.active}
        entries = ", ".join(f"{quoted(key)}: d_{text}" for key, text in gradients.items())
        return [*lines, *statement("return value, ", "{" + entries + "}")]
