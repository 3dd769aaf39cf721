"""Terms as nodes of ONNX, the format that many runtimes read.

    v1 + b1[:, None]      Unsqueeze(b1, [1]) -> n7        Add(v1, n7) -> v2

A node is made for each operation of a term, and equal terms have one node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...errors import InputValueError
from .terms import COMPARISONS, Term, term

__all__ = ["Nodes"]

OPSET, IR = 17, 8  # of 2021 and 2022, which the runtimes of today read
SAME = {  # operations that ONNX has under another name
    "add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "neg": "Neg", "exp": "Exp", "log": "Log", "sqrt": "Sqrt",
    "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan", "sinh": "Sinh",
    "cosh": "Cosh", "tanh": "Tanh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh", "erf": "Erf",
    "absolute": "Abs", "sign": "Sign", "floor": "Floor", "maximum": "Max", "minimum": "Min", "power": "Pow",
    "matmul": "MatMul",
}  # fmt: skip
COMPARED = {"less": "Less", "equal": "Equal"}
REDUCED = {"amax": "ReduceMax", "amin": "ReduceMin", "prod": "ReduceProd"}


def _power(x: Any, y: float) -> Any:
    return term("power", x, y)


OTHERS: dict[str, Callable[..., Any]] = {  # operations that ONNX lacks, by those that it has
    "expm1": lambda x: term("exp", x) - 1.0,
    "log1p": lambda x: term("log", 1.0 + x),
    "log2": lambda x: term("log", x) / math.log(2),
    "log10": lambda x: term("log", x) / math.log(10),
    "erfc": lambda x: 1.0 - term("erf", x),
    "cbrt": lambda x: term("sign", x) * _power(term("absolute", x), 1 / 3),
    "hypot": lambda x, y: term("sqrt", x * x + y * y),
    "floordiv": lambda x, y: term("floor", x / y),
    "mod": lambda x, y: x - y * term("floor", x / y),
    "direction": lambda x, length: term(
        "where", term("equal", length, 0.0), 0.0, x / term("where", term("equal", length, 0.0), 1.0, length)
    ),
    "round": lambda x, digits: term("rint", x * 10.0**digits) / 10.0**digits,
}


class Nodes:
    """The nodes of a graph, while they are made.

    Parameters
    ----------
    onnx : module
        The package.
    own : str
        The name of the function.
    dtype : dtype
        The precision of the numbers.

    Attributes
    ----------
    names : dict
        The results of named arrays.
    size : str
        The size of the batch, as an array of one integer.
    """

    def __init__(self, onnx: Any, own: str, dtype: Any) -> None:
        self.helper, self.numpy, self.checker = onnx.helper, onnx.numpy_helper, onnx.checker
        self.own, self.dtype = own, dtype
        self.kind = onnx.helper.np_dtype_to_tensor_dtype(dtype)
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.made: dict[Any, str] = {}  # the name of the result of each term and number
        self.names: dict[str, str] = {}  # the results of named arrays
        self.inputs: list[Any] = []
        self.size = ""  # the size of the batch, as an array of one integer

    def finished(self, outputs: list[Any]) -> Any:
        """Return the model with these outputs."""
        name = "function" if self.own == "<lambda>" else self.own
        graph = self.helper.make_graph(self.nodes, name, self.inputs, outputs, self.initializers)
        opset = [self.helper.make_opsetid("", OPSET)]
        model = self.helper.make_model(graph, opset_imports=opset, producer_name="stepgrad", ir_version=IR)
        self.checker.check_model(model)
        return model

    # --- Nodes --------------------------------------------------------------------------------------------------------

    def stored(self, label: str, numbers: Any) -> str:
        """Keep numbers in the file under a name, and return it."""
        self.initializers.append(self.numpy.from_array(np.asarray(numbers), label))
        return label

    def integers(self, numbers: Any) -> str:
        """Return the name of an array of whole numbers."""
        key = ("integers", repr(numbers))
        if key not in self.made:
            self.made[key] = self.stored(f"k{len(self.made)}_", np.array(numbers, dtype=np.int64))
        return self.made[key]

    def node(self, kind: str, given: Sequence[str], output: str = "", **facts: Any) -> str:
        """Add a node, and return the name of its result."""
        output = output or f"n{len(self.nodes)}_"
        self.nodes.append(self.helper.make_node(kind, list(given), [output], **facts))
        return output

    def number(self, x: Any) -> str:
        """Return the name of the numbers of a term; a comparison becomes 1 and 0."""
        return self.result(term("where", x, 1.0, 0.0) if isinstance(x, Term) and x.head in COMPARISONS else x)

    def result(self, x: Any) -> str:
        """Return the name of the result of a term."""
        if not isinstance(x, Term):
            key = (float, repr(float(x)))
            if key not in self.made:
                self.made[key] = self.stored(f"k{len(self.made)}_", np.array(x, dtype=self.dtype))
            return self.made[key]
        if x.head == "name":
            return self.names[x.parts[0]]
        if x not in self.made:
            self.made[x] = self._made(x)
        return self.made[x]

    def _made(self, x: Term) -> str:
        head, parts = x.head, x.parts
        if head in SAME:
            return self.node(SAME[head], list(map(self.number, parts)))
        if head in COMPARED:
            return self.node(COMPARED[head], list(map(self.number, parts)))
        if head in OTHERS:
            return self.number(OTHERS[head](*parts))
        if head in REDUCED:
            return self.node(REDUCED[head], [self.number(parts[0])], axes=[parts[1]], keepdims=0)
        special = getattr(self, f"_{head}", None)
        if special is None:
            raise InputValueError(f"{self.own} needs {head}, which ONNX does not have")
        found: str = special(*parts)
        return found

    def _rint(self, x: Any) -> str:
        return self.node("Round", [self.number(x)])

    def _where(self, condition: Any, x: Any, y: Any) -> str:
        if condition.head in COMPARISONS:
            test = self.result(condition)
        else:
            test = self.node("Not", [self.node("Equal", [self.number(condition), self.result(0.0)])])
        return self.node("Where", [test, self.number(x), self.number(y)])

    # --- Arrays -------------------------------------------------------------------------------------------------------

    def _index(self, x: Any, items: tuple[Any, ...]) -> str:
        found, axis = self.number(x), 0
        for item in items:
            if item is None:
                found = self.node("Unsqueeze", [found, self.integers([axis])])
            elif isinstance(item, int):
                found = self.node("Gather", [found, self.integers(item)], axis=axis)
                continue
            elif isinstance(item, Term):
                found = self.node("Gather", [found, self.places(item)], axis=axis)
            elif item[0] != "slice":
                found = self.node("Gather", [found, self.integers(list(item))], axis=axis)
            elif item != ("slice", None, None, None):
                _, start, stop, step = item
                ends = [[start or 0], [np.iinfo(np.int64).max if stop is None else stop], [axis], [step or 1]]
                found = self.node("Slice", [found, *map(self.integers, ends)])
            axis += 1
        return found

    def places(self, x: Term) -> str:
        """Return the name of an array of whole numbers in an index."""
        return self.result(x)

    def _reshape(self, x: Any, shape: tuple[int, ...]) -> str:
        return self.node("Reshape", [self.number(x), self.integers(list(shape))])

    def _transpose(self, x: Any, order: tuple[int, ...]) -> str:
        return self.node("Transpose", [self.number(x)], perm=list(order))

    def _moveaxis(self, x: Any, axis: int, to: int, count: int) -> str:
        order = list(range(count))
        order.insert(to % count, order.pop(axis))
        return self.node("Transpose", [self.number(x)], perm=order)

    def _broadcast(self, x: Any, shape: tuple[Any, ...]) -> str:
        axes = [self.size if isinstance(each, Term) else self.integers([each]) for each in shape]
        target = self.node("Concat", axes, axis=0) if axes else self.integers([])
        return self.node("Expand", [self.number(x), target])

    def _sum(self, x: Any, axes: Any, keep: bool = False) -> str:
        given = [] if axes is None else [self.integers([axes] if isinstance(axes, int) else list(axes))]
        return self.node("ReduceSum", [self.number(x), *given], keepdims=int(keep))

    def _einsum(self, subscripts: str, *xs: Any) -> str:
        return self.node("Einsum", list(map(self.number, xs)), equation=subscripts)

    def _concatenate(self, parts: Term, axis: int = 0) -> str:
        return self.node("Concat", list(map(self.number, parts.parts)), axis=axis)

    def _stack(self, parts: Term) -> str:
        first = self.integers([0])
        return self.node("Concat", [self.node("Unsqueeze", [self.number(x), first]) for x in parts.parts], axis=0)

    # --- Reductions and softmax ---------------------------------------------------------------------------------------

    def _gaps(self, x: Any, axis: int, kind: str) -> tuple[str, str]:
        """Return the largest or mean number along an axis, which is kept, and the differences from it."""
        level = self.node(kind, [self.number(x)], axes=[axis], keepdims=1)
        return level, self.node("Sub", [self.number(x), level])

    def _logsumexp(self, x: Any, axis: int) -> str:
        top, gaps = self._gaps(x, axis, "ReduceMax")
        along = self.integers([axis])
        total = self.node("ReduceSum", [self.node("Exp", [gaps]), along], keepdims=1)
        return self.node("Squeeze", [self.node("Add", [self.node("Log", [total]), top]), along])

    def _softmax(self, x: Any, axis: int) -> str:
        return self.node("Softmax", [self.number(x)], axis=axis)

    def _log_softmax(self, x: Any, axis: int) -> str:
        return self.node("LogSoftmax", [self.number(x)], axis=axis)

    def _norm(self, x: Any, axis: int) -> str:
        squares = self.node("Mul", [self.number(x)] * 2)
        return self.node("Sqrt", [self.node("ReduceSum", [squares, self.integers([axis])], keepdims=0)])

    def _var(self, x: Any, axis: int) -> str:
        _, gaps = self._gaps(x, axis, "ReduceMean")
        return self.node("ReduceMean", [self.node("Mul", [gaps, gaps])], axes=[axis], keepdims=0)

    def _std(self, x: Any, axis: int) -> str:
        return self.node("Sqrt", [self._var(x, axis)])
