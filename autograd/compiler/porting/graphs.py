"""A program of tensors as a graph of ONNX: the forward pass, with its parameters in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..tensors.derived import Derived
from ..tensors.program import Program
from ..wording.nodes import Nodes
from ..wording.rules import Inlined
from ..wording.terms import Term, term
from .module import results_of
from .statements import Statements, numbers_of

__all__ = ["graph_of"]

ON_TRUTHS = {"logical_and": "And", "logical_or": "Or", "logical_not": "Not"}
ON_NUMBERS = {"greater": "Greater", "less_equal": "LessOrEqual", "greater_equal": "GreaterOrEqual", "isnan": "IsNaN"}


def graph_of(onnx: Any, program: Program, names: Callable[[int | str], str], dtype: str) -> Any:
    """Return a model of ONNX, made with the package ``onnx``.

    Raises
    ------
    InputValueError
        If an operation has no counterpart in ONNX.
    """
    statements = Statements(program, names, "onnx")
    return _Graph(onnx, program.name, np.dtype(dtype)).model(statements)


class _Graph(Nodes):
    def __init__(self, onnx: Any, own: str, dtype: Any) -> None:
        super().__init__(onnx, own, dtype)
        self.kinds = {kind: onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)) for kind in (np.int64, np.bool_)}
        self.others: set[str] = set()  # the names of arrays that are no floats
        self.shapes: dict[str, tuple[int, ...]] = {}  # of constants

    def model(self, statements: Statements) -> Any:
        """Return the model."""
        for leaf in statements.parameters:
            self.names[leaf.text] = self.stored(leaf.text, leaf.numbers.astype(self.dtype))
        for leaf in statements.inputs:
            label = leaf.key if leaf.key.isidentifier() else leaf.text
            kind = self._kind(leaf.numbers)
            self.inputs.append(self.helper.make_tensor_value_info(label, kind, list(leaf.numbers.shape)))
            self._name(leaf.text, label, leaf.numbers)
        rules, known = Inlined(), 0
        for each in statements.steps:
            found = statements.term(each, rules)
            known = self._constants(statements, known)
            is_followed = isinstance(each.node, Derived)
            self._name(each.text, self.result(found) if is_followed else self.number(found), numbers_of(each.node))
        self._constants(statements, known)
        results, _ = results_of(statements)
        outputs = []
        for part in results:
            label = part.name + "".join(c if c.isalnum() else "_" for c in part.path)
            numbers = numbers_of(part.node)
            kind = self._kind(numbers)
            self.node("Cast", [self.names[statements.texts[id(part.node)]]], output=label, to=kind)
            outputs.append(self.helper.make_tensor_value_info(label, kind, list(numbers.shape)))
        return self.finished(outputs)

    def _kind(self, numbers: Any) -> Any:
        """The type of an array in ONNX."""
        kind = numbers.dtype.kind
        return self.kind if kind == "f" else self.kinds[np.bool_ if kind == "b" else np.int64]

    def _name(self, text: str, result: str, numbers: Any) -> None:
        self.names[text] = result
        if numbers.dtype.kind != "f":
            self.others.add(text)

    def _constants(self, statements: Statements, known: int) -> int:
        """Store the constants that were made since the last call; return how many there are."""
        for text, numbers in statements.constants[known:]:
            kind = {"f": self.dtype, "b": np.dtype(bool)}.get(numbers.dtype.kind, np.dtype(np.int64))
            self._name(text, self.stored(text, numbers.astype(kind)), numbers)
            self.shapes[text] = numbers.shape
        return len(statements.constants)

    # --- Numbers, whole numbers and truth values ----------------------------------------------------------------------

    def number(self, x: Any) -> str:
        if isinstance(x, Term) and x.head == "name" and x.parts[0] in self.others:
            return self.node("Cast", [self.result(x)], to=self.kind)
        return super().number(x)

    def places(self, x: Term) -> str:
        return self.node("Cast", [self.result(x)], to=self.kinds[np.int64])

    def _made(self, x: Term) -> str:
        if x.head in ON_TRUTHS:
            return self.node(ON_TRUTHS[x.head], list(map(self.result, x.parts)))
        if x.head in ON_NUMBERS:
            return self.node(ON_NUMBERS[x.head], list(map(self.number, x.parts)))
        return super()._made(x)

    def _not_equal(self, x: Any, y: Any) -> str:
        return self.node("Not", [self.node("Equal", [self.number(x), self.number(y)])])

    def _truth(self, x: Any) -> str:
        return self.result(x)

    def _number(self, x: float) -> str:
        return self.result(x)

    def _still(self, x: Any) -> str:
        return self.number(x)

    def _cast(self, x: Any, dtype: str) -> str:
        kind = np.dtype(dtype).kind
        if kind == "f":
            return self.number(x)
        return self.node("Cast", [self.result(x)], to=self.kinds[np.bool_ if kind == "b" else np.int64])

    # --- Arrays -------------------------------------------------------------------------------------------------------

    def _mean(self, x: Any, axes: Any, keep: bool = False) -> str:
        given: dict[str, Any] = {} if axes is None else {"axes": [axes] if isinstance(axes, int) else list(axes)}
        return self.node("ReduceMean", [self.number(x)], keepdims=int(keep), **given)

    def _cumsum(self, x: Any, axis: int) -> str:
        return self.node("CumSum", [self.number(x), self.integers(axis)])

    def _tril(self, x: Any, diagonal: int = 0) -> str:
        return self.node("Trilu", [self.number(x), self.integers(diagonal)], upper=0)

    def _pad(self, x: Any, widths: Sequence[tuple[int, int]]) -> str:
        pads = [before for before, _ in widths] + [after for _, after in widths]
        return self.node("Pad", [self.number(x), self.integers(pads), self.result(0.0)])

    def _take_along_axis(self, x: Any, at: Term, axis: int) -> str:
        at_places = self.node("Cast", [self.number(at)], to=self.kinds[np.int64])
        return self.node("GatherElements", [self.number(x), at_places], axis=axis)

    def _scatter(self, x: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> str:
        (places,) = index
        spread = self.node("Expand", [self.number(x), self.integers(list(self.shapes[places.parts[0]]))])
        flat = [self.node("Reshape", [each, self.integers([-1])]) for each in (self.result(places), spread)]
        zeros = self.result(term("broadcast", 0.0, shape))
        return self.node("ScatterElements", [zeros, *flat], axis=0, reduction="add")

    def _argmax(self, x: Any, axis: int, keep: bool) -> str:
        return self.node("ArgMax", [self.number(x)], axis=axis, keepdims=int(keep))

    def _argmin(self, x: Any, axis: int, keep: bool) -> str:
        return self.node("ArgMin", [self.number(x)], axis=axis, keepdims=int(keep))
