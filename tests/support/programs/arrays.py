"""Random programs of arrays: elementwise operations with broadcasting, sums, products and rearrangements of tensors.

A program is a function of tensors, made of steps that are drawn one by one: a step that gives a number that is not
finite, or large, is drawn again. Conditions and indices are drawn without regard to the numbers, so that a program can
be run on other numbers of the same shapes.
"""

from __future__ import annotations

import math
import random
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor, Value
from autograd.arrays import ops as array_ops
from autograd.arrays.tensor import evaluate

ANYWHERE = "exp sin cos tanh atan sigmoid softplus silu gelu erf asinh neg relu abs elu leaky_relu".split()
UNARY = {name: (lambda x, name=name: getattr(x, name)()) for name in ANYWHERE if name not in ("neg", "abs")} | {
    "neg": lambda x: -x,
    "abs": abs,
    "sqrt": lambda x: (x * x + 0.5).sqrt(),
    "log": lambda x: (x * x + 0.5).log(),
    "square": lambda x: x**2,
    "clip": lambda x: x.clip(-0.7, 0.9),
}
BINARY = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / (y * y + 0.6),
    "pow": lambda x, y: (x * x + 0.4) ** y,
    "maximum": autograd.maximum,
    "minimum": autograd.minimum,
    "hypot": lambda x, y: autograd.hypot(x, y + 3.0),
    "logaddexp": autograd.logaddexp,
}
OVER = "sum mean prod max min norm logsumexp var".split()


class ArrayProgram(NamedTuple):
    """A function of tensors, one step after the other, and where to take it."""

    arrays: list[np.ndarray[Any, Any]]
    steps: list[tuple[str, Any, tuple[int, ...]]]  # a name, a function, and the positions of its arguments
    results: list[int]

    def __call__(self, *given: Any) -> list[Any]:
        # a number without axes is a value, as the operators of derivatives give it
        found = [evaluate(array_ops.STACK, x).reshape(()) if isinstance(x, Value) else x for x in given]
        for _, step, places in self.steps:
            found.append(step(*(found[k] for k in places)))
        return [found[k] for k in self.results]


def random_shape(draw: random.Random, most: int = 3) -> tuple[int, ...]:
    return tuple(draw.choice((1, 2, 3, 4)) for _ in range(draw.randint(0, most)))


def random_array(draw: random.Random, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Numbers from a bell; now and then in the order of Fortran, or every other number of a larger array."""
    numbers = np.array([draw.gauss(0, 1) for _ in range(math.prod(shape))]).reshape(shape)
    if len(shape) > 1 and draw.random() < 0.2:
        return np.asfortranarray(numbers)
    return np.repeat(numbers, 2, axis=-1)[..., ::2] if shape and draw.random() < 0.1 else numbers


def _axes(draw: random.Random, ndim: int) -> Any:
    if not ndim or draw.random() < 0.25:
        return None
    axes = draw.sample(range(ndim), draw.randint(1, ndim))
    return axes[0] if len(axes) == 1 else tuple(k - ndim * (draw.random() < 0.3) for k in axes)


def _rearranged(draw: random.Random, shape: tuple[int, ...]) -> tuple[str, Any]:
    kind = draw.choice("transpose reshape getitem gather pad broadcast softmax log_softmax".split())
    if kind == "transpose":
        order = draw.sample(range(len(shape)), len(shape))
        return kind, lambda x: x.transpose(order) if order else x.T
    if kind == "reshape":
        return kind, lambda x: x.reshape(-1, shape[-1]) if shape else x.reshape(1, 1)
    if kind == "pad" and shape:
        widths = tuple((draw.randint(0, 1), draw.randint(0, 2)) for _ in shape)
        return kind, lambda x: evaluate(array_ops.PAD, x, widths)
    if kind == "broadcast":
        return kind, lambda x: x.broadcast_to((2, *shape))
    if not shape:
        return "exp", lambda x: x.exp()
    if kind == "getitem":
        part = draw.choice([slice(None, None, -1), 0, slice(0, 2), None, slice(1, None)])
        index = (part,) if draw.random() < 0.5 else (..., part)
        return kind, lambda x: x[index]
    if kind == "gather":
        rows = np.array([draw.randrange(shape[0]) for _ in range(3)])
        return kind, lambda x: x[rows]
    axis = draw.randrange(len(shape))
    return kind, lambda x: getattr(x, kind)(axis)


def _joined(draw: random.Random, x: Any, y: Any) -> tuple[str, Any]:
    if x.ndim and x.shape == y.shape:
        axis = draw.randrange(x.ndim)
        return "concatenate", lambda x, y: evaluate(array_ops.CONCATENATE, axis, x, y)
    if x.ndim == 2 and y.ndim == 2 and x.shape[1] == y.shape[1]:
        return "einsum", lambda x, y: evaluate(array_ops.EINSUM, "ij,kj->ik", x, y)
    return "where", lambda x, y: autograd.where(np.arange(_length(x, y)) % 2 == 0, x, y)


def _length(*arrays: Any) -> int:
    """The length that a condition must have to fit the arrays along their last axis."""
    return max((x.shape[-1] for x in arrays if x.ndim), default=1)


def _step(draw: random.Random, found: list[Any]) -> tuple[str, Any, tuple[int, ...]]:
    k, j = (draw.randrange(len(found)) if draw.random() < 0.4 else len(found) - 1 for _ in range(2))
    x, y = found[k], found[j]
    kind = draw.random()
    if kind < 0.25:
        name = draw.choice(sorted(UNARY))
        return name, UNARY[name], (k,)
    if kind < 0.5:
        name = draw.choice(sorted(BINARY))
        return name, BINARY[name], (k, j)
    if kind < 0.65:
        name, axis, keepdims = draw.choice(OVER), _axes(draw, x.ndim), draw.random() < 0.4
        return name, lambda x: getattr(x, name)(axis, keepdims), (k,)
    if kind < 0.85:
        return (*_rearranged(draw, x.shape), (k,))
    if kind < 0.95 and x.ndim and y.ndim:
        if x.shape[-1] != y.shape[-min(2, y.ndim)]:
            return "matmul", lambda x: x @ x.swapaxes(-1, -min(2, x.ndim)), (k,)
        return "matmul", lambda x, y: x @ y, (k, j)
    return (*_joined(draw, x, y), (k, j))


def random_program(seed: Any, length: int = 6) -> ArrayProgram:
    """A program of one to three arrays."""
    draw = random.Random(f"arrays {seed}")
    arrays = [random_array(draw, random_shape(draw)) for _ in range(draw.randint(1, 3))]
    found: list[Any] = [Tensor(x) for x in arrays]
    steps: list[tuple[str, Any, tuple[int, ...]]] = []
    while len(steps) < length:
        name, function, places = _step(draw, found)
        try:
            result = function(*(found[k] for k in places))
        except ValueError:  # shapes that do not fit
            continue
        numbers = result.numpy()
        if 0 < numbers.size <= 200 and np.isfinite(numbers).all() and np.abs(numbers).max() < 1e3:
            steps.append((name, function, places))
            found.append(result)
    results = sorted({len(found) - 1, draw.randrange(len(arrays), len(found))})
    return ArrayProgram(arrays, steps, results)
