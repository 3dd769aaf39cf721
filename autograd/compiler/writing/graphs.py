"""A program as a graph of ONNX: the forward pass, with its parameters in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..wording.inputs import Given, Input
from ..wording.nodes import Nodes
from ..wording.rules import Inlined
from .outputs import Outputs
from .program import Program

__all__ = ["graph_of"]


def graph_of(onnx: Any, program: Program, given: Given, outputs: Outputs, own: str, dtype: str) -> Any:
    """Return a model of ONNX, made with the package ``onnx``.

    Raises
    ------
    InputValueError
        If an operation has no counterpart in ONNX.
    """
    return _Graph(onnx, own, np.dtype(dtype)).model(program, given, outputs)


class _Graph(Nodes):
    def model(self, program: Program, given: Given, outputs: Outputs) -> Any:
        for x in program.parameters:
            self.names[x.named.text] = self.stored(x.key, np.asarray(x.numbers, dtype=self.dtype))
        for named, numbers in program.constants:
            kind = np.int64 if numbers.dtype.kind == "i" else self.dtype
            self.names[named.text] = self.stored(named.text, numbers.astype(kind))
        for each, named in program.inputs:
            self.names[named.text] = self._input(each)
        if outputs.samples and not self.size:  # the program reads no array with a batch
            self._input(next(each for each in given.inputs if each.batched))
        rules = Inlined()
        for each_statement in program.statements:
            self.names[each_statement.target.text] = self.number(each_statement.value(rules))
        found = []
        for part in outputs.parts:
            label = part.name + "".join(c if c.isalnum() else "_" for c in part.path)
            self.node("Identity", [self.number(outputs.value(part))], output=label)
            shape = [*(["B"] if outputs.samples else []), *part.shape]
            found.append(self.helper.make_tensor_value_info(label, self.kind, shape))
        return self.finished(found)

    def _input(self, each: Input) -> str:
        label = each.path if each.path.isidentifier() else each.label
        shape = [*(["B"] if each.batched else []), *each.shape]
        self.inputs.append(self.helper.make_tensor_value_info(label, self.kind, shape))
        if not each.batched:
            return label
        if not self.size:
            self.size = self.node("Slice", [self.node("Shape", [label]), *map(self.integers, ([0], [1]))])
        return self.node("Transpose", [label], perm=[*range(1, len(shape)), 0])
