"""A compiled function, held against the modules that it is written as.

`story` calls the function, goes backward, and gives the results and the gradients by the arrays of its program. A run
of a module gives the same from the same numbers, and `differences` names what is not equal.
"""

import importlib
import math
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import AutogradError, Tensor, Value
from autograd.compiler.lowering.condensed import FLATS
from autograd.compiler.writing.modules import recorded

NODES = (Value, Tensor)


class Story(NamedTuple):
    compiled: Any
    arguments: tuple  # as numbers
    differentiable: list  # the positions of those that are values or tensors
    results: list
    gradients: dict  # by the names of parameters, and the positions of arguments


def nested(x):
    """All items of lists, tuples, dicts and arrays of objects, one after the other."""
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, np.ndarray) and x.dtype == object:
        x = list(x.reshape(-1))
    return [each for part in x for each in nested(part)] if isinstance(x, (list, tuple)) else [x]


def as_numbers(x):
    if isinstance(x, NODES):
        return np.asarray(x.data)
    if isinstance(x, np.ndarray) and x.dtype == object:
        found = [as_numbers(each) for each in x.reshape(-1)]
        return np.array(found, dtype=object if any(isinstance(each, str) for each in found) else float).reshape(x.shape)
    return type(x)(map(as_numbers, x)) if type(x) in (list, tuple) else x


def slopes_of(x):
    return np.zeros(np.shape(x.data)) if x.grad is None else np.asarray(x.grad if isinstance(x, Value) else x.grad.data)


def by_block(compiled):
    """The gradient by each array of parameters of the program that ran last."""
    variant = compiled._ran()
    program, given, _ = recorded(variant, compiled._label, compiled._name)
    alone = [np.zeros(sum(math.prod(x.shape) for x in given.inputs if not x.batched))]
    alone += [np.ravel(slopes_of(x)) for x in (*variant.tensors, *variant.scalars)]
    flats = [np.zeros(len(flat.array)) if flat._grad is None else flat._grad for flat in variant.flats]
    sources = {FLATS + k: flat for k, flat in enumerate(flats)}
    return {
        x.key: sources.get(x.buffer, np.concatenate(alone))[x.places].reshape(x.named.shape) for x in program.parameters
    }


def story(function, arguments=(), **options):
    compiled = autograd.compile(function, **options)
    results = nested(compiled(*arguments))
    leaves = [x for x in nested(list(arguments)) if isinstance(x, NODES)]
    for x in leaves:
        x.zero_grad()
    variant = compiled._ran()
    for x in (*variant.flats, *variant.tensors, *variant.scalars):
        x.zero_grad()
    total = sum((x.sum() if isinstance(x, Tensor) else x for x in results if isinstance(x, NODES)), start=Value(0.0))
    with suppress(AutogradError):  # there may be nothing to differentiate
        total.backward()
    wanted = [k for k, x in enumerate(arguments) if isinstance(x, NODES)]
    gradients = {**by_block(compiled), **{k: slopes_of(arguments[k]) for k in wanted}}
    return Story(compiled, tuple(map(as_numbers, arguments)), wanted, list(map(as_numbers, results)), gradients)


def in_numpy(told):
    """The results and gradients of the module in numpy."""
    text = told.compiled.source("numpy")
    space: dict[str, Any] = {}
    exec(compile(text, "<written>", "exec"), space)
    name = text.rpartition("\ndef ")[2].partition("_with_gradients(")[0]
    _, parameters = told.compiled.to("numpy")
    with np.errstate(all="ignore"):
        results = space[name](parameters, *told.arguments)
        again, found = space[f"{name}_with_gradients"](parameters, *told.arguments)
    same = zip(nested(results), nested(again), strict=True)
    assert all(are_close(x, y, 0.0) for x, y in same)
    _, given, _ = recorded(told.compiled._ran(), told.compiled._label, told.compiled._name)
    labels = {x.path: x.label for x in given.inputs}
    gradients = {key: found[key] for key in parameters if key in found}
    gradients |= {k: found[label] for k in told.differentiable if (label := labels[given.signature[k]]) in found}
    return results, gradients


def differences(told, results, gradients, tolerance=1e-12):
    """The names of results and gradients that differ; what a module has no gradient for is 0."""
    pairs = [(f"result {k}", x, y) for k, (x, y) in enumerate(zip(told.results, nested(results), strict=True))]
    pairs += [(key, x, gradients.get(key, np.zeros(np.shape(x)))) for key, x in told.gradients.items()]
    return [f"{key}: {y} for {x}" for key, x, y in pairs if not are_close(x, y, tolerance)]


def are_close(x, y, tolerance):
    if isinstance(x, str) or x is None:
        return x == y
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape:
        return False
    with np.errstate(all="ignore"):
        near = np.abs(x - y) <= 10 * tolerance * (1 + np.abs(x))
    return bool((near | (x == y) | ((x != x) & (y != y))).all())


def session_of(compiled, path, dtype):
    """A compiled function, saved as a model of ONNX, in onnxruntime on one thread."""
    onnxruntime = importlib.import_module("onnxruntime")
    compiled.save(path, dtype)
    quiet = onnxruntime.SessionOptions()
    quiet.intra_op_num_threads, quiet.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(str(path), quiet, providers=["CPUExecutionProvider"])
