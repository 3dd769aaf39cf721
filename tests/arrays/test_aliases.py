"""Nothing that was recorded changes: whatever a caller does to an array that was given, every reading stays.

Each case records twice, once with arrays that are overwritten afterwards and once with copies that are not. The
listings, the steps and the gradients of both have to be the same.
"""

import copy
import inspect

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, grad, hvp, jvp, program, steps, vjp
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import evaluate
from autograd.core.table import TABLE
from tests.support.array_rows import ROWS
from tests.support.arrays import numbers
from tests.support.mathematics import MATHEMATICS

X, Y = numbers((2, 3), low=0.2, high=0.9), numbers((2, 3), seed=1, low=0.25, high=0.85)


def overwrite(given):
    """Change all that can be changed in what was given: arrays, and lists of them."""
    if isinstance(given, np.ndarray):
        given[...] = 1 - given if given.dtype.kind in "iu" else ~given if given.dtype == bool else 99.0
    elif isinstance(given, (list, tuple)):
        for each in given:
            overwrite(each)
        if isinstance(given, list) and not any(isinstance(each, np.ndarray) for each in given):
            given[:] = [0] * len(given)


def readings(result, leaf):
    """All that a record shows: its text, the text of every step, the gradient, and the second gradient."""
    y = result if isinstance(result, Value) else (result * 1.0).sum()
    leaf.grad = None
    said = [str(program(y)), *map(str, steps(y))]
    y.backward()
    return said, np.array(leaf.grad).tolist()


def stays(call, leaf, *given):
    """Compare a record whose operands are overwritten with one whose operands are left alone."""
    leaf = Tensor(leaf) if isinstance(leaf, np.ndarray) else Value(leaf)
    mine, theirs = copy.deepcopy(given), copy.deepcopy(given)
    result, untouched = call(leaf, *mine), call(leaf, *theirs)
    overwrite(list(mine))
    assert readings(result, leaf) == readings(untouched, leaf)


def positions(args):
    """The arguments that may be tensors, or arrays, in turn."""
    return [k for k, x in enumerate(args) if isinstance(x, np.ndarray)]


@pytest.mark.parametrize("name", [name for name in MATHEMATICS if TABLE[name].arity is not None])
@pytest.mark.untraced
def test_a_row_of_elements_keeps_no_array_of_the_caller(name):
    columns = [np.array(column, dtype=float) for column in zip(*MATHEMATICS[name][1], strict=True)]
    for k, leaf in enumerate(columns):
        others = columns[:k] + columns[k + 1 :]
        call = lambda t, *others, k=k: evaluate(TABLE[name], *others[:k], t, *others[k:])
        if name != "round" or k == 0:
            stays(call if name != "round" else lambda t, _: evaluate(TABLE["round"], t, 1), leaf, *others)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_arrays_keeps_no_array_of_the_caller(name):
    args = ROWS[name]
    for k in positions(args):
        others = [x for j, x in enumerate(args) if j in positions(args) and j != k]

        def call(t, *others, k=k):
            supply = iter(others)
            given = [t if j == k else next(supply) if isinstance(x, np.ndarray) else x for j, x in enumerate(args)]
            return evaluate(ARRAY_TABLE[name], *given)

        stays(call, args[k], *others)


def product_of_ours():
    return autograd.primitive("product_of_ours", lambda m, x, y: x * y, lambda m, x, y, z: (y, x))


SQUARE, ROW, SIGNALS, FILTERS = Y[:, :2], Y[0], numbers((2, 2, 4)), numbers((3, 2, 2), seed=1)
IMAGES, PATCHES = SIGNALS[:, :, None], FILTERS[:, :, None]
INDICES, MASK = np.array([1, 0, 1]), np.array([True, False, True])
OF_TWO = "maximum minimum atan2 hypot logaddexp xlogy leaky_relu prelu elu".split()
# A leaf, the arrays given beside it, and a call: of each public function, with the leaf in every place.
FUNCTIONS = {
    **{name: (lambda t, y, name=name: getattr(autograd, name)(t, y), X, Y) for name in OF_TWO},
    **{f"{name}, second": (lambda t, y, name=name: getattr(autograd, name)(y, t), X, Y) for name in OF_TWO},
    "clip": (lambda t, low, high: autograd.clip(t, low, high), X, Y - 0.1, Y + 0.1),
    "clip, a bound": (lambda t, x, high: autograd.clip(x, t, high), X, Y, Y + 1),
    "where": (lambda t, mask, y: autograd.where(mask, t, y), X, Y > 0.5, Y),
    "where, otherwise": (lambda t, mask, y: autograd.where(mask, y, t), X, Y > 0.5, Y),
    "matmul": (lambda t, y: autograd.matmul(t, y), X, Y.T.copy()),
    "matmul, second": (lambda t, y: autograd.matmul(y, t), X.T.copy(), Y),
    "matmul with a row": (lambda t, y: autograd.matmul(t, y), X, ROW),
    "dot": (lambda t, y, b: autograd.dot(t, y, b), X, ROW, Y[:, 0]),
    "dot, second": (lambda t, y: autograd.dot(y, t), X.T.copy(), Y),
    "outer": (lambda t, y: autograd.outer(t, y), X[0], ROW),
    "outer, second": (lambda t, y: autograd.outer(y, t), X[0], ROW),
    "einsum": (lambda t, y: autograd.einsum("ij,kj->ik", t, y), X, Y),
    "einsum, second": (lambda t, y: autograd.einsum("ij,ij->", y, t), X, Y),
    "einsum of the whole": (lambda t, y: autograd.einsum("i,i->", t, y), X[0], ROW),
    "cosine_similarity": (lambda t, y: autograd.cosine_similarity(t, y), X, Y),
    "cosine_similarity, second": (lambda t, y: autograd.cosine_similarity(y, t), X[0], Y),
    "tensordot": (lambda t, y: autograd.tensordot(t, y, ([0, 1], [0, 1])), X, Y),
    "tensordot, second": (lambda t, y: autograd.tensordot(y, t.T, 1), X, Y),
    "take": (lambda t, k: autograd.take(t, k, 1), X, INDICES),
    "repeat": (lambda t, k: autograd.repeat(t, k, 1), X, INDICES),
    "tile": (lambda t, k: autograd.tile(t, k), X, [2, 1]),
    "flip": (lambda t, k: autograd.flip(t, k), X, [1]),
    "concatenate": (lambda t, y, z: autograd.concatenate([y, t, z]), X, Y, SQUARE @ Y),
    "stack": (lambda t, y: autograd.stack([y, t]), X, Y),
    "conv1d": (lambda t, w, b: autograd.conv1d(t, w, b), SIGNALS, FILTERS, np.ones(3)),
    "conv1d, filter": (lambda t, x: autograd.conv1d(x, t, padding=1), FILTERS, SIGNALS),
    "conv1d, bias": (lambda t, x, w: autograd.conv1d(x, w, t), np.ones(3), SIGNALS, FILTERS),
    "conv2d": (lambda t, w, b: autograd.conv2d(t, w, b, stride=2, padding="same"), IMAGES, PATCHES, np.ones(3)),
    "conv2d, filter": (lambda t, x: autograd.conv2d(x, t), PATCHES, IMAGES),
    "embedding": (lambda t, k: autograd.embedding(t, k), X, INDICES),
    "embedding of a list": (lambda t, k: autograd.embedding(t, k), X, [1, 0, 1]),
    "reshape": (lambda t, shape: autograd.reshape(t, shape), X, [3, 2]),
    "reshape by an array": (lambda t, shape: autograd.reshape(t, shape), X, np.array([3, 2])),
    "broadcast_to": (lambda t, shape: autograd.broadcast_to(t, shape), X, [2, 2, 3]),
    "transpose": (lambda t, axes: autograd.transpose(t, axes), X, [1, 0]),
    "moveaxis": (lambda t, a, b: autograd.moveaxis(t, a, b), X, [0], [1]),
    "expand_dims": (lambda t, axis: autograd.expand_dims(t, axis), X, [0, 2]),
    "squeeze": (lambda t, axis: autograd.squeeze(t, axis), X[:, None], [1]),
    "pad": (lambda t, widths: autograd.pad(t, widths), X, [[1, 0], [0, 2]]),
    "pad by an array": (lambda t, widths: autograd.pad(t, widths), X, np.array([1, 2])),
    "split": (lambda t, at: autograd.split(t, at, axis=1)[1], X, [1, 2]),
    "split by an array": (lambda t, at: autograd.split(t, at, axis=1)[0], X, np.array([1, 2])),
    "sum": (lambda t, axis: autograd.sum(t, axis), X, [0, 1]),
    "primitive": (lambda t, y: product_of_ours()(t, y), X, Y),
}  # fmt: skip
OPERATORS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
    "//": lambda x, y: x // y, "%": lambda x, y: x % y, "**": lambda x, y: x**y,
}  # fmt: skip
METHODS = {
    **{sign: (f, X, Y) for sign, f in OPERATORS.items()},
    **{f"{sign}, reflected": (lambda t, y, f=f: f(y, t), X, Y) for sign, f in OPERATORS.items()},
    **{f"{sign}, a list": (f, X, Y.tolist()) for sign, f in OPERATORS.items()},
    **{f"{sign}, a value": (f, 0.5, Y) for sign, f in OPERATORS.items()},
    **{f"{sign}, a value, reflected": (lambda v, y, f=f: f(y, v), 0.5, Y) for sign, f in OPERATORS.items()},
    "@": (lambda t, y: t @ y, X, Y.T.copy()),
    "@, reflected": (lambda t, y: y @ t, X, SQUARE),
    "dot": (lambda t, y: t.dot(y), X, ROW),
    "clip": (lambda t, low, high: t.clip(low, high), X, Y - 0.1, Y + 0.1),
    "leaky_relu": (lambda t, slope: (t - 0.5).leaky_relu(slope), X, Y),
    "elu": (lambda t, alpha: (t - 0.5).elu(alpha), X, Y),
    "a value's clip": (lambda v, low, high: v.clip(low, high), 0.5, Y - 0.1, Y + 0.1),
    "a value's leaky_relu": (lambda v, slope: (v - 1).leaky_relu(slope), 0.5, Y),
    "index": (lambda t, k: t[k], X.T.copy(), INDICES),
    "index in a tuple": (lambda t, k: t[0, k], X, INDICES),
    "mask": (lambda t, k: t[:, k], X, MASK),
    "index in a list": (lambda t, k: t[:, k], X, [2, 0]),
    "reshape": (lambda t, shape: t.reshape(shape), X, [3, 2]),
    "transpose": (lambda t, axes: t.transpose(axes), X, [1, 0]),
    "np.maximum": (np.maximum, X, Y),
    "np.where": (lambda t, mask, y: np.where(mask, t, y), X, Y > 0.5, Y),
    "np.concatenate": (lambda t, y: np.concatenate([t, y]), X, Y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.untraced
def test_a_function_keeps_no_array_of_the_caller(name):
    stays(*FUNCTIONS[name])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.untraced
def test_a_method_keeps_no_array_of_the_caller(name):
    stays(*METHODS[name])


def test_every_public_function_of_several_arguments_is_among_those():
    for name in dir(autograd):
        function = getattr(autograd, name)
        if getattr(function, "__module__", "").startswith("autograd.functions."):
            called = any(case.split(",")[0].split(" ")[0] == name for case in FUNCTIONS)
            parameters = [x for x in inspect.signature(function).parameters if x not in ("keepdims", "ddof", "axis")]
            assert called or len(parameters) == 1 or name in ONE_ARRAY, name


ONE_ARRAY = {  # and whole numbers
    "round": "digits", "norm": "order", "diag": "k", "diff": "n", "trace": "offset", "swapaxes": "axes",
    **dict.fromkeys(["max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"], "size, stride"),
}  # fmt: skip


# --- What is no operand -----------------------------------------------------------------------------------------------


def assigned(attribute):
    def run(overwriting):
        t, given = Tensor(X), Y.copy()
        setattr(t, attribute, given)
        y = (t * t).sum()
        if overwriting:
            overwrite(given)
        y.backward()
        return [str(program(y)), t.data.tolist(), t.grad.tolist()]

    return run


def constructed(overwriting):
    given = X.copy()
    t = Tensor(given)
    y = (t * t).sum()
    if overwriting:
        overwrite(given)
    y.backward()
    return [str(program(y)), t.data.tolist(), t.grad.tolist()]


def seeded(overwriting):
    t, seed = Tensor(X), Y.copy()
    y = t + 0.0
    y.backward(seed)
    found = steps(y, seed)
    if overwriting:
        overwrite(seed)
    return [t.grad.tolist(), y.grad.tolist(), list(map(str, found))]


def differentiated(operator):
    """An operator of an array: its argument, directions and cotangents are overwritten when it has returned."""

    def run(overwriting):
        x, direction, kept = X.copy(), Y.copy(), []

        def f(x):
            kept.append((x * x * 0.5).sum() if operator != "vjp" else x * x * 0.5)
            return kept[-1]

        if operator == "vjp":
            _, pull = vjp(f, x)
            if overwriting:
                overwrite(x)
            result = pull(direction)
        elif operator == "grad":
            result = grad(f)(x)
        else:
            result = {"jvp": jvp, "hvp": hvp}[operator](f, (x,), (direction,))
        before = repr(result)
        if overwriting:
            overwrite(x)
            overwrite(direction)
        assert repr(result) == before
        return [before, *(str(program(each)) for each in kept)]

    return run


def recorded_within(operator):
    """The same where an outer level records the inner one: its record keeps no array either."""

    def run(overwriting):
        w, x, direction = Tensor(X), X.copy(), Y.copy()
        f = lambda x: (x * x * w).sum()
        y = {
            "grad": lambda: grad(f)(x),
            "jvp": lambda: jvp(f, (x,), (direction,))[1],
            "vjp": lambda: vjp(lambda x: x * x * w, x)[1](direction)[0],
            "hvp": lambda: hvp(f, (x,), (direction,)),
        }[operator]()
        if overwriting:
            overwrite(x)
            overwrite(direction)
        return readings(y, w)

    return run


OTHERS = {
    "the array of a tensor": constructed,
    ".data": assigned("data"),
    ".grad": assigned("grad"),
    "a seed": seeded,
    **{f"arguments of {operator}": differentiated(operator) for operator in ("grad", "jvp", "vjp", "hvp")},
    **{f"arguments of a recorded {operator}": recorded_within(operator) for operator in ("grad", "jvp", "vjp", "hvp")},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_takes_arrays_keeps_none(name):
    assert OTHERS[name](True) == OTHERS[name](False)


def test_an_operation_that_kept_an_array_would_be_noticed(monkeypatch):
    monkeypatch.setattr(autograd.arrays.tensor, "recorded_constant", lambda x, dtype: x)
    with pytest.raises(AssertionError):
        stays(*FUNCTIONS["where"])
