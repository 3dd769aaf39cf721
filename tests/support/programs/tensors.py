"""Functions of tensors, one for each operation of both tables; and the modules that compiled functions are written as.

`told` calls a compiled function and goes backward. A run of a module gives the same from the same numbers.
"""

from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Tensor, Value
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import apply
from autograd.compiler.porting.statements import Statements
from autograd.core.ops import TABLE
from tests.support.array_rows import ROWS
from tests.support.programs.written import NODES, are_close, as_numbers, nested, slopes_of


def of_arrays(name):
    """A function of a factor that calls an operation on arrays, and the tensors that it reads."""
    op, given = ARRAY_TABLE[name], ROWS[name]
    arrays = [k for k, x in enumerate(given) if isinstance(x, np.ndarray) or (name == "stack")]
    parameters = [(Value if name == "stack" else Tensor)(given[k]) for k in arrays]

    def function(factor):
        operands = list(given)
        for k, p in zip(arrays, parameters, strict=True):
            operands[k] = p * factor
        return apply(op, *operands)

    return function, parameters


def of_elements(name, kind):
    """The same for an operation of the table of numbers, on tensors of several shapes or on values."""
    op = TABLE[name]
    before, behind = [1] * name.endswith("softmax"), [2] * (name == "round")
    count = (op.arity or 3 + len(before)) - len(before) - len(behind)
    x = [np.array([0.3, -0.4, 0.55]), np.array([[0.2], [0.7]]), np.array(0.9)][:count]
    if name in ("log", "sqrt", "acosh", "pow", "log2", "log10", "rsqrt", "xlogy"):
        x = [np.abs(each) + 1.05 for each in x]
    if name in ("dot", "cosine_similarity"):
        x = [*x, x[0] + 0.25, x[1], x[2]][: 5 if name == "dot" else 4]
    parameters = [kind(each if kind is Tensor else float(each.flat[0])) for each in x]
    w = Tensor([2.0, 3.0, 4.0])

    def function(factor):
        return apply(op, *before, *(p * factor for p in parameters), *behind) * w

    return function, [*parameters, w]


def models():
    """Layers of `nn` on arrays, by name: a function of a batch, and the batch."""
    numbers = np.random.default_rng(0)
    images, sequences = numbers.normal(size=(2, 3, 6, 6)), numbers.normal(size=(2, 4, 6))
    found = {
        "convolution": (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.Flatten()), images),
        "strides": (nn.Sequential(nn.Conv2d(3, 2, 3, stride=2), nn.AvgPool2d(2)), images),
        "norms": (nn.Sequential(nn.LayerNorm(6), nn.Linear(6, 6, "gelu"), nn.RMSNorm(6), nn.PReLU()), sequences),
        "attention": (nn.MultiHeadAttention(6, 2, causal=True), sequences),
        "recurrence": (nn.GRU(6, 3), sequences),
    }
    return {name: (_squared(model.eval()), (Tensor(x),)) for name, (model, x) in found.items()}


def _squared(model):
    def mean_square(x):
        y = model(x)
        return ((y[0] if isinstance(y, tuple) else y) ** 2).mean()

    return mean_square


class Told(NamedTuple):
    compiled: Any
    arguments: list  # as numbers
    differentiable: list  # the positions of those that are values or tensors
    results: list
    gradients: dict  # by the names of parameters, and the positions of arguments


def told(function, arguments=()):
    compiled = autograd.compile(function, batch=None)
    results = nested(compiled(*arguments))
    statements = Statements(compiled._tensors.ran(), compiled._label, "numpy")
    wanted = [k for k, x in enumerate(arguments) if isinstance(x, NODES)]
    leaves = {**{x.key: x.node for x in statements.parameters}, **{k: arguments[k] for k in wanted}}
    for x in leaves.values():
        x.grad = None
    total = sum((x.sum() if isinstance(x, Tensor) else x for x in results if isinstance(x, NODES)), start=Value(0.0))
    total.backward()
    gradients = {key: slopes_of(x) for key, x in leaves.items()}
    return Told(compiled, list(map(as_numbers, arguments)), wanted, list(map(as_numbers, results)), gradients)


def in_numpy(story):
    """The results and gradients of the module in numpy."""
    text = story.compiled.source("numpy")
    space: dict[str, Any] = {}
    exec(compile(text, "<written>", "exec"), space)
    name = text.rpartition("\ndef ")[2].partition("_with_gradients(")[0]
    function, parameters = story.compiled.to("numpy")
    with np.errstate(all="ignore"):
        results = nested(function(parameters, *story.arguments))
        again, found = space[f"{name}_with_gradients"](parameters, *story.arguments)
    assert all(are_close(x, y, 0.0) for x, y in zip(results, nested(again), strict=True))
    statements = Statements(story.compiled._tensors.ran(), story.compiled._label, "numpy")
    texts = {each.key: each.text for each in statements.inputs}
    labels = {k: texts.get(statements.given.signature[k]) for k in story.differentiable}
    gradients = {key: found[key] for key in parameters if key in found}
    return results, gradients | {k: found[text] for k, text in labels.items() if text in found}


def for_a_graph(story, dtype="float64"):
    """The arguments of the recorded call by the names of a model of ONNX, in its dtypes."""
    given = {}
    for x in Statements(story.compiled._tensors.ran(), story.compiled._label, "onnx").inputs:
        kind = {"f": dtype, "b": bool}.get(x.numbers.dtype.kind, np.int64)
        given[x.key if x.key.isidentifier() else x.text] = np.asarray(x.numbers, dtype=kind)
    return given
