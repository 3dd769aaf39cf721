"""A value beside arrays: a tensor comes of it, whose gradient is summed back to the value; and what both can do."""

import array as array_module
import math
import operator

import numpy as np
import pytest

import autograd
from autograd import AutogradError, InputTypeError, InputValueError, Tensor, Value, compile, grad, hessian, program
from tests.support.arrays import close, numbers

XS = numbers((2, 3), low=0.2, high=0.9)
K = 0.55


class Series:
    """Another library's column of numbers, which would compute element by element with whatever it is given."""

    __pandas_priority__ = 3000

    def __init__(self, values):
        self.values = list(values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)

    def _compute(self, other):
        if getattr(other, "__pandas_priority__", 0) > self.__pandas_priority__:
            return NotImplemented
        return Series([x * other for x in self.values])

    __add__ = __radd__ = __mul__ = __rmul__ = __pow__ = __rpow__ = _compute


class Column:
    """An array of a library that knows nothing of numpy's protocol."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


LIBRARIES = [Series, Column, lambda x: array_module.array("d", x), lambda x: memoryview(np.array(x))]


# --- Operators and functions ------------------------------------------------------------------------------------------

OPERATORS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow,
}  # fmt: skip
UFUNCS = "add subtract multiply divide power maximum minimum hypot arctan2 logaddexp remainder floor_divide".split()
OURS = "maximum minimum hypot atan2 logaddexp xlogy leaky_relu prelu elu".split()
CALLS = {
    **OPERATORS,
    **{f"np.{name}": getattr(np, name) for name in UFUNCS},
    **{name: getattr(autograd, name) for name in OURS},
    "clip": lambda x, y: autograd.clip(x, y, 10.0),
    "where": lambda x, y: autograd.where(np.array([True, False, True]), x, y),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("reflected", [False, True])
@pytest.mark.untraced
def test_a_value_and_an_array_make_a_tensor_with_the_gradient_summed_back(name, reflected):
    call = (lambda k, xs: CALLS[name](xs, k)) if reflected else CALLS[name]
    k = Value(K)
    y = call(k, XS)
    total = np.zeros(()) if name == "round" else y.sum()
    total.backward()
    each = [Value(K) for _ in XS.flat]
    alone = [call(v, x) if name != "where" else None for v, x in zip(each, XS.flat, strict=True)]
    assert (type(y), y.shape) == (Tensor, (2, 3))
    if name == "where":
        taken = np.broadcast_to([reflected ^ True, reflected, reflected ^ True], (2, 3))
        assert y.numpy().tolist() == np.where(taken, K, XS).tolist()
        assert k.grad == taken.sum()
        return
    for v in alone:
        v.backward()
    assert y.numpy().ravel() == close([v.data for v in alone], 1e-15)
    assert k.grad == pytest.approx(sum(v.grad for v in each), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(
    "make", [Series, Column, lambda x: array_module.array("d", x), lambda x: memoryview(np.array(x))]
)
@pytest.mark.parametrize("call", [operator.add, operator.mul, operator.pow])
@pytest.mark.parametrize("node", [Value(K), Tensor(np.full(3, K))])
def test_arrays_of_other_libraries_are_arrays(make, call, node):
    other = make([0.25, 0.5, 2.0])
    for y, expected in [
        (call(node, other), call(K, np.array([0.25, 0.5, 2.0]))),
        (call(other, node), call(np.array([0.25, 0.5, 2.0]), K)),
    ]:
        assert type(y) is Tensor
        assert y.numpy() == close(expected, 1e-15)


@pytest.mark.parametrize(
    "make", [Series, Column, lambda x: array_module.array("d", x), lambda x: memoryview(np.array(x))]
)
def test_functions_take_arrays_of_other_libraries(make):
    other = make([0.25, 0.5])
    assert autograd.exp(other) == close(np.exp([0.25, 0.5]), 1e-15)
    assert autograd.hypot(other, 1.0) == close(np.hypot([0.25, 0.5], 1.0), 1e-15)
    assert autograd.sum(other) == 0.75
    assert autograd.softmax(other).sum() == pytest.approx(1.0)
    assert autograd.reshape(other, (2, 1)).shape == (2, 1)
    assert autograd.concatenate([other, [1.0]]).tolist() == [0.25, 0.5, 1.0]
    assert Tensor(other).numpy().tolist() == [0.25, 0.5]


def test_a_comparison_with_an_array_is_an_array_of_truth_values():
    k, xs = Value(K), np.array([0.25, 0.55, 2.0])
    for other in (xs, Column(xs)):
        assert (k < other).tolist() == [False, False, True]
        assert (k == other).tolist() == [False, True, False]
        assert (k >= other).tolist() == [True, True, False]
    assert (xs > k).tolist() == np.greater(xs, k).tolist() == [False, False, True]
    assert np.less_equal(k, xs).tolist() == [False, True, True]


def test_a_line_is_fitted_to_arrays_by_two_values():
    x, y = np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.5])
    w, b = Value(1.0), Value(0.5)
    loss = np.mean((w * x + b - y) ** 2)
    loss.backward()
    gaps = x + 0.5 - y
    assert loss.item() == pytest.approx(np.mean(gaps**2))
    assert (w.grad, b.grad) == (pytest.approx(np.mean(2 * gaps * x)), pytest.approx(np.mean(2 * gaps)))
    f = lambda w, b: np.mean((w * x + b - y) ** 2)
    assert grad(f, argnums=(0, 1))(1.0, 0.5) == (pytest.approx(w.grad), pytest.approx(b.grad))
    g = lambda p: np.mean((p[0] * x + p[1] - y) ** 2)
    assert np.array(hessian(g)([1.0, 0.5])) == close(2 * np.array([[np.mean(x * x), 1.0], [1.0, 1.0]]), 1e-13)


def test_a_sum_that_begins_with_a_number_or_a_value_goes_on_as_a_tensor():
    k = Value(2.0)
    for total in (0.0, Value(0.0), Tensor(np.zeros(3))):
        for x in (np.ones(3), np.arange(3.0)):
            total += k * x
        total.sum().backward()
        assert (type(total), total.numpy().tolist()) == (Tensor, [2.0, 4.0, 6.0])
    assert k.grad == 3 * 6.0


def test_an_array_without_axes_is_a_number():
    k = Value(2.0)
    for y in (k * np.array(3.0), np.array(3.0) * k, np.multiply(k, np.array(3.0)), autograd.maximum(k, np.array(6.0))):
        assert (type(y), y.data) == (Value, 6.0)


def test_single_precision_stays_beside_a_value():
    y = Value(2.0) * np.ones(3, np.float32)
    assert y.dtype == np.float32
    assert autograd.maximum(np.ones(3, np.float32), Value(0.5)).dtype == np.float32


def test_a_compiled_function_meets_each_element():
    x = np.array([1.0, 2.0, 4.0])
    loss = lambda w, b: autograd.mean((w * x + b - 1.0) ** 2)
    for f in (loss, compile(loss), compile(lambda w, b: np.mean((w * x + b - 1.0) ** 2))):
        w, b = Value(0.5), Value(0.25)
        f(w, b).backward()
        gaps = 0.5 * x + 0.25 - 1.0
        assert (w.grad, b.grad) == (pytest.approx(np.mean(2 * gaps * x)), pytest.approx(np.mean(2 * gaps)))


def test_lists_are_arrays_beside_tensors_and_arrays():
    t = Tensor([1.0, 2.0])
    assert autograd.hypot(t, [0.0, 0.0]).numpy().tolist() == [1.0, 2.0]
    assert autograd.maximum(np.ones(2), [0.0, 3.0]).tolist() == [1.0, 3.0]
    assert autograd.where([True, False], t, [5.0, 6.0]).numpy().tolist() == [1.0, 6.0]


# --- What both can do -------------------------------------------------------------------------------------------------


def elementwise_methods(kind):
    """The methods of no further argument, or of a default one, by the operation that each records on 0.5."""
    found = {}
    for name in dir(kind):
        if not name.startswith("_") and callable(getattr(kind, name)):
            try:
                y = getattr(kind(0.5) if kind is Value else kind([0.5]), name)()
                found[name] = program(y)[-1].op.name
            except (TypeError, AttributeError, InputValueError):
                continue
    return found


def test_the_methods_of_a_value_are_methods_of_a_tensor():
    of_values, of_tensors = elementwise_methods(Value), elementwise_methods(Tensor)
    for_numpy = {"conjugate", "fabs", "rint"}  # which numpy calls on the elements of an array of values
    assert len(of_values) > 30
    for name, op in of_values.items():
        if name not in for_numpy:
            assert of_tensors.get(name) == op, name
    of_arrays_only = {"clone", "diff"}  # made of operations on values
    for name, op in of_tensors.items():
        assert name in of_values or name in of_arrays_only or op in autograd.arrays.matrices.ARRAY_TABLE, name


# --- What is refused --------------------------------------------------------------------------------------------------


MASKED = np.ma.masked_array([1.0, 2.0, 3.0], [True, False, False])


@pytest.mark.parametrize(
    "call",
    [
        lambda: Tensor(MASKED),
        lambda: setattr(Tensor(np.zeros(3)), "data", MASKED),
        lambda: Tensor(np.zeros(3)).backward(MASKED),
        lambda: Tensor(np.zeros(3)) * MASKED,
        lambda: Tensor(np.eye(3)) @ MASKED,
        lambda: Value(2.0) * MASKED,
        lambda: np.maximum(Value(2.0), MASKED),
        lambda: MASKED * Value(2.0),
        lambda: MASKED - Tensor(np.zeros(3)),
        lambda: np.ma.exp(Tensor(np.zeros(3))),
        lambda: autograd.exp(MASKED),
        lambda: autograd.hypot(Tensor(np.ones(3)), MASKED),
        lambda: autograd.sum(MASKED),
        lambda: autograd.reshape(MASKED, 3),
        lambda: autograd.concatenate([np.ones(1), MASKED]),
        lambda: autograd.where(MASKED, Tensor(np.ones(3)), 0.0),
        lambda: grad(lambda x: x.sum())(MASKED),
        lambda: Tensor([np.ma.masked, 1.0]),
    ],
)
def test_a_masked_array_would_lose_its_mask(call):
    with pytest.raises(InputTypeError, match=r"without a mask.*x\.filled\(0\.0\)"):
        call()


class Failing:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Value(1.0) * Failing(), "is none that numpy can read"),
        (lambda: Tensor([1.0]) + Failing(), "is none that numpy can read"),
        (lambda: Value(1.0).clip(object(), 2.0), "takes a real number, not object"),
        (lambda: autograd.dot(np.array(1.0), [1.0]), r"an array of one dimension, not of shape \(\)"),
        (lambda: Tensor(np.ones((2, 3)))[0, 5], r"no x\[0, 5\] in an array of shape \(2, 3\)"),
        (lambda: Value(1.0) * [1.0, 2.0], r"np\.array"),
        (lambda: Value(1.0) * [Value(2.0)], "take its elements one by one"),
        (lambda: Value([Value(2.0)]), "take its elements one by one"),
        (lambda: Value(np.array([Value(2.0)])), "take its elements one by one"),
        (lambda: Value([1.0, 2.0]), r"\[Value\(x\) for x in …\]"),
        (lambda: autograd.hypot(np.ones(2), None), "hypot takes a real number, not NoneType None"),
        (lambda: autograd.hypot(Tensor([1.0]), None), "takes a real number, not NoneType None"),
        (
            lambda: Value(2.0) * np.ones((2, 3)) + np.ones(2),
            r"shape \(2, 3\) and shape \(2,\): lengths have to be equal",
        ),
        (lambda: Value(2.0) * np.array(["a", "b"]), "real numbers, not <U1"),
        (lambda: Value(2.0) @ np.ones(2), r"write x \* y for a number"),
        (lambda: np.ones(2) @ Value(2.0), r"write x \* y for a number"),
        (lambda: operator.iadd(np.zeros(2), Value(2.0) * np.ones(2)), r"write a = a \+ b for a \+= b"),
        (lambda: operator.setitem(Tensor([1.0]), 0, 5.0), r"autograd\.where\(mask, new, t\)"),
        (lambda: np.asarray(Tensor([1.0])), r"take \.numpy\(\)"),
        (lambda: float(Tensor(1.0)), r"\.item\(\)"),
        (lambda: bool(Tensor([1.0, 2.0])), r"\(t > 0\)\.all\(\)"),
        (lambda: autograd.max(Value(1.0), Value(2.0)), r"write max\(\[x, y\]\), or maximum\(x, y\)"),
        (lambda: autograd.min(np.ones(2), np.ones(2)), r"write min\(\[x, y\]\), or minimum\(x, y\)"),
        (lambda: Tensor([1.0]) < np.ones((2, 3, 4)).T[:, :2], None),
        (lambda: Tensor(np.ones(3)) < np.ones(2), r"does not compare with shape \(2,\)"),
    ],
)
def test_what_makes_no_sense_says_what_to_write(call, said):
    if said is None:
        assert call().shape == (4, 2, 2)
        return
    with pytest.raises(AutogradError, match=said):
        call()


def test_scipys_functions_record_or_say_what_to_write():
    special = pytest.importorskip("scipy.special")
    for node in (Value(0.5), Tensor(0.5)):
        y = special.erf(node)
        y.backward()
        assert y.item() == pytest.approx(math.erf(0.5))
        assert float(node.grad) == pytest.approx(2 / math.sqrt(math.pi) * math.exp(-0.25))
        assert special.xlogy(node, 2.0).item() == pytest.approx(0.5 * math.log(2))
        for call, ours in ((special.expit, "sigmoid"), (special.log_expit, "logsigmoid"), (special.round, "function")):
            with pytest.raises(InputTypeError, match=rf"^\w+ does not record.*{ours}"):
                call(node)


def test_a_tensor_holds_its_numbers():
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert 3.0 in t
    assert 5.0 not in t


def test_an_operand_of_another_kind_is_left_to_it():
    assert Value(1.0).__add__(object()) is NotImplemented
    assert Tensor([1.0]).__lt__(object()) is NotImplemented
    with pytest.raises(InputValueError, match="beyond the largest one"):
        Tensor([1.0]) * 10**400
