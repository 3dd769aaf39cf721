"""The results of a program as text, in the form in which the function returned them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..recording.results import shape_of_form, value_positions
from ..wording.terms import Term, term
from ..wording.texts import as_text
from .program import Program
from .reads import Read

__all__ = ["Outputs", "Part"]


class Part(NamedTuple):
    """An array among the results.

    Attributes
    ----------
    name : str
        Its name in the text.
    path : str
        The indices that lead to it, as ``[0]['scores']``.
    read : Read
        Its numbers, with a batch axis, if they have one, as the last axis.
    shape : tuple of int
        The shape of the results of one sample.
    nested : bool
        True if it is a list, and no array.
    """

    name: str
    path: str
    read: Read
    shape: tuple[int, ...]
    nested: bool


class Outputs:
    """The results of a program.

    Attributes
    ----------
    parts : list of Part
        The arrays among them.
    text : str
        The form, with the names of the parts in it.
    """

    def __init__(self, program: Program, taken: set[str]) -> None:
        self.program, self.taken = program, taken
        self.samples = program.variant.batched
        self.parts: list[Part] = []
        self.text = self._form(program.variant.template.form, "")

    def _form(self, form: Any, path: str) -> str:
        numbers = list(value_positions(form))
        shape = shape_of_form(form)
        if numbers and shape is not None:
            return self._part(numbers, shape, path, type(form) is list and not self.samples)
        if isinstance(form, (list, tuple)) and not hasattr(form, "shape"):
            items = [self._form(each, f"{path}[{k}]") for k, each in enumerate(form)]
            return (
                f"[{', '.join(items)}]" if isinstance(form, list) else f"({', '.join(items)}{',' * (len(items) == 1)})"
            )
        if isinstance(form, dict):
            return (
                "{" + ", ".join(f"{key!r}: {self._form(each, f'{path}[{key!r}]')}" for key, each in form.items()) + "}"
            )
        return as_text(form)

    def _part(self, numbers: Sequence[int], shape: tuple[int, ...], path: str, nested: bool) -> str:
        name = f"result{len(self.parts) + 1}" if path else "value"
        self.taken.add(name)
        self.parts.append(Part(name, path, self.program.result(numbers, shape), shape, nested))
        return name

    def value(self, part: Part) -> Any:
        """Return the term of a part as the function returns it: with the batch axis first."""
        found, count = part.read.value if not part.read.still else part.read.whole, len(part.shape)
        if not self.samples:
            return found
        if not part.read.named.lanes:
            return term("broadcast", found, (Term("name", ("B",)), *part.shape))
        return first_axis_last(found, count, back=True)


def first_axis_last(x: Any, count: int, back: bool = False) -> Any:
    """Return an array with its first axis, of ``count`` others, as the last one; or the reverse."""
    if not count:
        return x
    if count == 1:
        return term("transpose", x, (1, 0))
    return term("moveaxis", x, *((-1, 0) if back else (0, -1)), count + 1)


def nested(text: str, depth: int) -> str:
    """Return the text of an array as lists."""
    return f"list({text})" if depth == 1 else f"[{nested('row', depth - 1)} for row in {text}]"
