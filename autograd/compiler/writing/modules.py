"""A program as the text of a module: parameters, arguments, one statement for each operation, results.

In numpy the module has a second function, which computes gradients, too. Its reverse pass is the chain rule on the
statements, in reverse: a gradient is written as soon as all of its contributions are known.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...errors import InputValueError
from ..running.variant import Variant
from ..wording.constants import constant_lines
from ..wording.defined import DEFINED, definitions
from ..wording.inputs import Given, Input, identifier, inputs_of
from ..wording.languages import Language
from ..wording.rules import Rules, is_singular
from ..wording.spelling import WIDE, Speller, shape_text, statement
from ..wording.terms import name
from ..wording.texts import Written, about_gradients, quoted
from .outputs import Outputs, Part, first_axis_last, nested
from .program import Program
from .reads import Named
from .reverse import reverse_pass
from .statements import Each

__all__ = ["Module", "recorded"]

FUNCTIONS = {
    "stacked": '''
def stacked(x):
    """A list of numbers, or of such lists, as an array."""
    if isinstance(x, (list, tuple)):
        return torch.stack([stacked(each) for each in x])
    return torch.as_tensor(x, dtype=torch.float64)
'''
}


def recorded(variant: Variant, names: Callable[[int | str], str], own: str) -> tuple[Program, Given, Outputs]:
    """Return the statements, arguments and results of a program.

    Raises
    ------
    InputValueError
        If its calls read numbers anew, such as random ones.
    """
    if variant.reads or variant.reads_of_samples:
        raise InputValueError(
            f"each call of {own} reads numbers that are not among its arguments, such as random ones or moving "
            "averages, so it cannot be written as a function; switch this off, as with model.eval(), or give the "
            "numbers as arguments"
        )
    taken: set[str] = set()
    given = inputs_of(variant.key, names, taken)
    taken.update(given.signature)
    program = Program(variant, given, taken)
    outputs = Outputs(program, taken)
    program.drop_unread([part.read for part in outputs.parts])
    return program, given, outputs


class Module:
    """The text of a program in a language, while it is written."""

    def __init__(self, program: Program, given: Given, outputs: Outputs, own: str, language: Language) -> None:
        self.program, self.given, self.outputs, self.language = program, given, outputs, language
        self.own = own
        self.speller = Speller(language)
        each = [x for x in program.statements if isinstance(x, Each)]
        selects = any(x.op.selects for x in each)
        singular = any(is_singular(x.op, x.reads) for x in each)
        words = {*program.taken, *(n for n in DEFINED[language.name])}
        self.function = identifier("function" if own == "<lambda>" else own, words)
        self.rules = Rules(self.speller, selects and singular, words | {self.function})
        self._helpers: set[str] = set()

    def written(self) -> Written:
        """Return the module."""
        functions = ["\n".join(self._forward())]
        if self.language.name == "numpy":
            functions.append("\n".join(self._with_gradients()))
        used = definitions(self.language.name, self.speller.used)
        used += [FUNCTIONS[x].strip("\n") for x in self._helpers]
        imports = list(self.language.imports)
        if any("math." in text for text in used):
            imports.insert(0, "import math\n")
        constants = [
            line for named, numbers in self._constants("\n".join(functions)) for line in self._constant(named, numbers)
        ]
        head = "\n".join([*self._about(), "", *imports, *([""] if constants else []), *constants])
        return Written(
            "\n\n\n".join([head, *used, *self.rules.functions, *functions]) + "\n",
            self.function,
            self.program.parameters,
        )

    # --- Head ---------------------------------------------------------------------------------------------------------

    def _about(self) -> list[str]:
        library = {"numpy": "numpy", "jax": "JAX", "torch": "PyTorch"}[self.language.name]
        text = f"It was recorded by stepgrad from a function of scalars, and needs nothing but {library}."
        if self.program.variant.batched:
            text += " B is the size of the batch, the last axis of each array that differs from sample to sample."
        if self.language.name == "jax":
            text += ' In double precision it runs after jax.config.update("jax_enable_x64", True).'
        return [f'"""{self.own}: an array program in {library}.', "", *textwrap.wrap(text, WIDE), '"""']

    def _constants(self, text: str) -> list[tuple[Named, Any]]:
        """Return the arrays of numbers that a text names."""
        found = set(re.findall(r"\b[ci]\d+\w*", text))
        return [(named, numbers) for named, numbers in self.program.constants if named.text in found]

    def _constant(self, named: Named, numbers: Any) -> Iterable[str]:
        is_double = self.language.name == "torch" and numbers.dtype.kind != "i"
        return constant_lines(self.language.name, named.text.upper() if is_double else named.text, numbers)

    # --- Functions ----------------------------------------------------------------------------------------------------

    def _signature(self, function: str, *more: str) -> list[str]:
        return list(
            statement(f"def {function}", f"({', '.join(['params', *self.given.signature, *more])}):", indent="")
        )

    def _forward(self) -> list[str]:
        own = [f'    """Return what {self.own} returns.', *self._documented(), '    """']
        if len(own) == 2:
            own = [f'    """Return what {self.own} returns."""']
        leaves, body = self._computed()
        parts = self.outputs.parts
        if len(parts) == 1 and not parts[0].path:
            body += self._statement("return ", self._spelled(parts[0]))
        else:
            for part in parts:
                body += self._statement(f"{part.name} = ", self._spelled(part), self._size(part))
            body += self._statement("return ", self.outputs.text)
        return [*self._signature(self.function), *own, *self._function(leaves, body)]

    def _documented(self) -> list[str]:
        """Return the lines of a docstring after the first: the parameters, and for what the program was recorded."""
        variant = self.program.variant
        facts = [f"{x.name} = {x.number}" for x in (*variant.steering.shared, *variant.steering.batched)]
        facts += self.given.fixed
        facts += [f"the branch in which {x.question} is {x.answer}" for x in variant.guards]
        lines: list[str] = []
        if facts:
            known = "; ".join(dict.fromkeys(facts))
            text = f"Recorded for {known}. Otherwise it gives other numbers than {self.own}."
            lines += ["", *textwrap.wrap(text, WIDE - 4, initial_indent="    ", subsequent_indent="    ")]
        if variant.uses:
            text = (
                f"After each call {self.own} also updates numbers, such as averages that move; this function does not."
            )
            lines += ["", *textwrap.wrap(text, WIDE - 4, initial_indent="    ", subsequent_indent="    ")]
        return [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]

    def _computed(self) -> tuple[list[str], list[str]]:
        """Return the lines that read the leaves, and those of the forward pass."""
        lines: list[str] = []
        torch = self.language.name == "torch"
        parameters, inputs = self.program.parameters, self.program.inputs
        for x in parameters:
            remark = "  ".join(filter(None, [shape_text(x.named.shape, False), x.about]))
            lines += self._statement(f"{x.named.text} = ", f"params[{quoted(x.key)}]", remark)
        for given, named in inputs:
            lines += self._statement(f"{named.text} = ", self._input(given), shape_text(named.shape, named.lanes))
        body: list[str] = []
        for each in self.program.statements:
            target = each.target
            text = self.speller.number(each.value(self.rules))
            body += self._statement(f"{target.text} = ", text, shape_text(target.shape, target.lanes))
        if torch:
            like = [x.named.text for x in parameters] + [named.text for _, named in inputs]
            to = f".to({like[0]})" if like else ""
            read = "\n".join([*body, *map(self._spelled, self.outputs.parts)])
            for named, numbers in self._constants(read):
                if numbers.dtype.kind != "i":
                    remark = shape_text(named.shape, False)
                    lines += self._statement(f"{named.text} = ", f"{named.text.upper()}{to}", remark)
        return lines, body

    def _function(self, leaves: Sequence[str], body: Sequence[str]) -> list[str]:
        """Return the lines of a function, with the size of the batch after the leaves, if it is needed."""
        size: list[str] = []
        if any(re.search(r"\bB\b", line.partition("  #")[0]) for line in body):
            lanes = [named.text for _, named in self.program.inputs if named.lanes]
            path = next(each.path for each in self.given.inputs if each.batched)
            size = [f"    B = {lanes[0]}.shape[-1]" if lanes else f"    B = len({path})"]
        return [*leaves, *size, *body]

    def _input(self, each: Input) -> str:
        kind = self.language.name
        if kind == "torch":
            like = self.program.parameters[0].named.text if self.program.parameters else ""
            if each.nested:
                self._helpers.add("stacked")
                text = f"stacked({each.path}){f'.to({like})' if like else ''}"
            elif like:
                text = f"torch.as_tensor({each.path}, dtype={like}.dtype, device={like}.device)"
            else:
                text = f"torch.as_tensor({each.path}, dtype=torch.float64)"
        else:
            text = f"{self.language.alias}.asarray({each.path}, dtype=float)"
        if not each.batched:
            return text
        return self.speller.text(first_axis_last(name(text), len(each.shape)))

    def _spelled(self, part: Part) -> str:
        text = self.speller.number(self.outputs.value(part))
        return nested(text, len(part.shape)) if part.nested and part.shape else text

    def _size(self, part: Part) -> str:
        return shape_text([*(["B"] if self.outputs.samples else []), *part.shape], False)  # type: ignore[list-item]

    def _statement(self, left: str, right: str, remark: str = "") -> list[str]:
        return list(statement(left, right, remark))

    # --- The reverse pass ---------------------------------------------------------------------------------------------

    def _with_gradients(self) -> list[str]:
        function = f"{self.function}_with_gradients"
        lines = self._signature(function, "seeds=None")
        lines += [*about_gradients(), *self._documented(), '    """']
        leaves, body = self._computed()
        for part in self.outputs.parts:
            body += self._statement(f"{part.name} = ", self._spelled(part), self._size(part))
        if not (len(self.outputs.parts) == 1 and not self.outputs.parts[0].path):
            body += self._statement("value = ", self.outputs.text)
        gradients = [(x.key, name(f"d_{x.named.text}")) for x in self.program.parameters if x.named.active]
        for each, named in self.program.inputs:
            if named.active:
                found = name(f"d_{named.text}")
                gradients.append(
                    (named.text, first_axis_last(found, len(each.shape), back=True) if each.batched else found)
                )
        reverse = reverse_pass(self.program, self.outputs, self.rules) if gradients else []
        entries = ", ".join(f"{quoted(key)}: {self.speller.text(x)}" for key, x in gradients)
        body += ["", *reverse, *self._statement("return value, ", "{" + entries + "}")]
        return [*lines, *self._function(leaves, body)]
