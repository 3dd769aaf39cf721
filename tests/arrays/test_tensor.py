"""``Tensor`` as an array that records: numbers, gradients, arithmetic, manners, memory, and the bridges to values."""

import copy
import gc
import math
import operator
import pickle
import threading
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import autograd
from autograd import (
    AnomalyError,
    AutogradError,
    InputTypeError,
    InputValueError,
    TapeError,
    Tensor,
    Value,
    detect_anomaly,
    no_grad,
    provenance,
    scope,
)
from autograd.arrays import ops as array_ops
from autograd.arrays import sweep as array_sweep
from autograd.arrays import windows
from autograd.arrays.readonly import Frozen
from autograd.arrays.sweep import QUICK, contributions
from autograd.arrays.tensor import apply_to_arrays, perform
from autograd.core.table import TABLE
from autograd.core.tape import Node
from tests.support.array_programs import random_program
from tests.support.processes import run_fresh


def same(array, expected):
    """Whether two arrays have the same shape, kind and numbers."""
    array, expected = np.asarray(array), np.asarray(expected, dtype=float)
    return array.dtype.kind == "f" and array.shape == expected.shape and np.array_equal(array, expected, equal_nan=True)


def gradient(f, *arrays):
    """The gradients of the sum of what a function of tensors gives."""
    xs = [Tensor(x) for x in arrays]
    f(*xs).sum().backward()
    return [np.asarray(x.grad) for x in xs]


# --- Construction -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "options", "dtype"),
    [
        (3, {}, np.float64),
        (2.5, {}, np.float64),
        ([1, 2], {}, np.float64),
        ([[1.0, 2], [3, 4]], {}, np.float64),
        ([], {}, np.float64),
        (np.zeros((0, 3)), {}, np.float64),
        (np.ones(3), {}, np.float64),
        (np.ones(3, np.float32), {}, np.float32),
        (np.float32(2), {}, np.float32),
        (np.ones(3, np.float32), {"dtype": float}, np.float64),
        (np.ones(3), {"dtype": np.float32}, np.float32),
        (np.ones(3), {"dtype": "float32"}, np.float32),
        (np.arange(3), {"dtype": float}, np.float64),
        (np.ones(3, np.float16), {"dtype": float}, np.float64),
        (np.ones((2, 3))[:, ::2], {}, np.float64),
        (np.asfortranarray(np.ones((2, 3))), {}, np.float64),
        (Tensor([1.0, 2.0]).data, {}, np.float64),
    ],
)
def test_numbers_are_taken_in_as_float64_or_as_float32_if_they_are(given, options, dtype):
    x = Tensor(given, **options)
    assert (x.dtype, x.shape, x.ndim, x.size) == (dtype, np.shape(given), np.ndim(given), np.size(given))
    assert x.numpy().tolist() == np.asarray(given, dtype).tolist()
    assert x.grad is None


@pytest.mark.parametrize(
    ("given", "options", "error", "remedy"),
    [
        (np.arange(3), {}, InputTypeError, "give dtype=float"),
        (np.array(3, np.uint8), {}, InputTypeError, "give dtype=float"),
        (np.array([True]), {}, InputTypeError, r"np\.where\(x, 1\.0, 0\.0\)"),
        ([True, False], {"dtype": float}, InputTypeError, r"np\.where\(x, 1\.0, 0\.0\)"),
        ([1j], {}, InputTypeError, r"\.real and \.imag"),
        ([Value(1.0)], {}, InputTypeError, r"autograd\.stack\(values\)"),
        (None, {}, InputTypeError, "takes real numbers, not object None"),
        ("text", {}, InputTypeError, "convert it to floats"),
        ([[1.0], [1.0, 2.0]], {}, InputTypeError, "rows of different lengths"),
        (np.ones(1, np.float16), {}, InputTypeError, "give dtype=float"),
        ([1.0], {"dtype": int}, InputTypeError, "float64 or float32, not int"),
        ([1.0], {"dtype": np.float16}, InputTypeError, "leave dtype out for float64"),
        (Value(1.0), {}, InputTypeError, r"takes numbers, not Value; .*\.detach\(\)"),
        (Tensor(1.0), {}, InputTypeError, r"takes numbers, not Tensor; .*\.detach\(\)"),
        ([1.0], {"name": 3}, InputTypeError, "a name is text"),
        ([1.0], {"name": ""}, InputValueError, "empty"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused_with_the_remedy(given, options, error, remedy):
    with pytest.raises(error, match=remedy):
        Tensor(given, **options)


def test_the_numbers_are_a_copy():
    given = np.ones(2)
    x = Tensor(given)
    given[0] = 5.0
    assert same(x.data, [1, 1])
    x.numpy()[0] = 5.0
    assert same(x.data, [1, 1])


# --- .data ------------------------------------------------------------------------------------------------------------

WRITING = {
    "an item": lambda a: operator.setitem(a, 0, 9.0),
    "a slice": lambda a: operator.setitem(a[1:], 0, 9.0),
    "fill": lambda a: a.fill(9.0),
    "sort": lambda a: a[::-1].sort(),
    "out": lambda a: np.add(a, 1.0, out=a),
    "out beside": lambda a: np.add(1.0, 1.0, out=a),
    "at": lambda a: np.add.at(a, 0, 1.0),
    "copyto": lambda a: np.copyto(a, 9.0),
    "the flag": lambda a: (a.setflags(write=True), a.fill(9.0)),
    "as an array": lambda a: np.asarray(a).fill(9.0),
    "a view": lambda a: a.reshape(-1, 1).fill(9.0),
}


@pytest.mark.parametrize("write", WRITING.values(), ids=WRITING)
def test_data_and_gradient_cannot_be_written_to(write):
    x, y = Tensor([3.0, 2.0, 1.0]), Tensor([0.0, 0.0, 0.0])
    (x + y).backward(gradient=[3.0, 2.0, 1.0])
    for array in (x.data, x.grad):
        with pytest.raises(ValueError, match=r"read-only|cannot set WRITEABLE"):
            write(array)
    assert same(x.data, [3, 2, 1])
    assert same(x.grad, [3, 2, 1])
    assert same(y.grad, [3, 2, 1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[("iadd", [3, 4]), ("isub", [-1, 0]), ("imul", [2, 4]), ("itruediv", [0.5, 1])],
        *[("ifloordiv", [0, 1]), ("imod", [1, 0]), ("ipow", [1, 4])],
    ],
)
def test_data_can_be_updated_in_place_which_assigns_it_anew(name, expected):
    x = Tensor([1.0, 2.0])
    before, y = x.data, (x * x).sum()
    x.data = getattr(operator, name)(x.data, 2.0)
    assert same(x.data, expected)
    assert same(before, [1, 2])
    y.backward()
    assert same(x.grad, [2, 4])  # of the numbers that were recorded


def test_a_step_of_gradient_descent_changes_nothing_recorded():
    p = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]], np.float32), name="p")
    y = (p @ p).sum()
    y.backward()
    first = np.array(p.grad)
    p.data -= 0.5 * p.grad
    assert p.data.dtype == np.float32
    assert not same(p.data, [[1, 2], [3, 4]])
    y.backward()
    assert same(p.grad, 2 * first)
    p.data @= np.eye(2)
    assert p.grad.shape == (2, 2)


def test_what_numpy_makes_of_data_is_the_users_own():
    x = Tensor([1.0, 2.0])
    for own in (np.zeros_like(x.data), x.data.copy(), x.data[[0, 1]], copy.copy(x.data), x.data.astype(np.float32)):
        alias = own
        own += 1.0  # as the velocity of an optimizer is
        own *= 2.0
        assert own is alias
        own[0] = 7.0
        assert alias[0] == 7.0
    assert same(x.data, [1, 2])
    assert type(x.data + 1) is type(np.exp(x.data)) is type(np.concatenate([x.data, x.data])) is np.ndarray
    assert repr(x.data) == "array([1., 2.])"
    assert isinstance(x.data.sum(), np.float64)


def test_data_of_a_leaf_can_be_assigned_and_that_of_a_result_cannot():
    x = Tensor(np.ones(3, np.float32))
    given = np.arange(3)
    x.data = given
    given[0] = 9
    assert (x.data.dtype, x.data.tolist()) == (np.float32, [0, 1, 2])
    with pytest.raises(TapeError, match=r"computed by mul.*\.detach\(\)"):
        (x * x).data = np.ones(3)
    for wrong, error, message in [
        (5.0, InputValueError, r"\.data of a tensor of shape \(3,\) has that shape, not \(\)"),
        (np.ones((3, 1)), InputValueError, r"not \(3, 1\)"),
        (np.array([1j, 2, 3]), InputTypeError, "real and .imag"),
        ([True] * 3, InputTypeError, "np.where"),
        ("abc", InputTypeError, "convert it to floats"),
    ]:
        with pytest.raises(error, match=message):
            x.data = wrong
    assert x.data.tolist() == [0, 1, 2]


def test_a_constant_array_is_recorded_with_the_numbers_that_it_had():
    for record in (lambda x, c: x * c, lambda x, c: c * x, lambda x, c: x @ c, lambda x, c: c @ x):
        x, c = Tensor([[1.0, 2.0], [3.0, 4.0]]), np.eye(2)
        y = record(x, c).sum()
        c[...] = 9.0
        y.backward()
        assert same(x.grad, np.eye(2) if record(x, np.eye(2)).numpy()[0, 1] == 0 else np.ones((2, 2)))


# --- .grad ------------------------------------------------------------------------------------------------------------


def test_a_gradient_is_none_then_zero_or_a_number():
    x, unrelated, unused = Tensor([1.0, 2.0]), Tensor([1.0]), Tensor([[3.0]])
    y = x.relu().sum() + 0.0 * unused.sum()
    assert x.grad is y.grad is None
    y.backward()
    assert same(x.grad, [1, 1])
    assert same(unused.grad, [[0]])
    assert same(y.grad, 1.0)
    assert unrelated.grad is None


def test_leaves_accumulate_and_interior_gradients_start_fresh():
    for shape in ((), (3,), (0, 2)):
        x = Tensor(np.full(shape, 3.0))
        y = x * x
        z = 2 * y
        for passes in (1, 2, 3):
            z.backward(gradient=np.ones(shape))
            assert same(x.grad, np.full(shape, 12.0 * passes))
            assert same(y.grad, np.full(shape, 2.0))
        x.grad = None
        z.backward(gradient=np.ones(shape))
        assert same(x.grad, np.full(shape, 12.0))


def test_a_gradient_that_was_taken_stays_as_it_was():
    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    taken = x.grad
    y.backward()
    assert same(taken, [2, 4])
    assert same(x.grad, [4, 8])


def test_gradients_shared_between_tensors_are_changed_one_by_one():
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    z = x + y
    z.sum().backward()
    x.grad *= 5.0
    x.grad += [1.0, 0.0]
    assert same(x.grad, [6, 5])
    assert same(y.grad, [1, 1])
    assert same(z.grad, [1, 1])
    z.sum().backward()
    assert same(x.grad, [7, 6])


def test_gradients_of_the_operators_belong_to_the_caller():
    ones = np.ones(2)
    dx, dy = autograd.grad(lambda x, y: ((x + y) * ones).sum(), argnums=(0, 1))(ones, ones)
    dx *= 5.0
    assert same(dy, [1, 1])
    tangent = np.ones(2)
    autograd.jvp(lambda x: x, (ones,), (tangent,))[1][0] = 5.0
    assert same(tangent, [1, 1])
    autograd.vjp(lambda x: x, ones)[1](tangent)[0][0] = 5.0
    assert same(tangent, [1, 1])


def test_a_gradient_can_be_assigned():
    x = Tensor(np.ones((2, 2), np.float32))
    for assigned, expected in [(0, [[0, 0], [0, 0]]), (2.5, [[2.5] * 2] * 2), ([[1, 2], [3, 4]], [[1, 2], [3, 4]])]:
        x.grad = assigned
        assert x.grad.dtype == np.float32
        assert same(x.grad, expected)
    given = np.ones((2, 2))
    x.grad = given
    given[0] = 5.0
    assert same(x.grad, np.ones((2, 2)))
    x.sum().backward()
    assert same(x.grad, np.full((2, 2), 2))
    for wrong, error in [([1.0, 2.0], InputValueError), ("a", InputTypeError), (True, InputTypeError), (1j, TypeError)]:
        with pytest.raises(error, match=r"\.grad"):
            x.grad = wrong
    x.grad = None
    assert x.grad is None


# --- backward() -------------------------------------------------------------------------------------------------------


def test_backward_starts_at_a_single_number():
    for shape in ((), (1,), (1, 1)):
        x = Tensor(np.full(shape, 3.0))
        (x * x).backward()
        assert same(x.grad, np.full(shape, 6.0))
    for shape in ((2,), (0,), (1, 2)):
        with pytest.raises(InputValueError, match=r"one number, not at shape .*y\.sum\(\)\.backward\(\).*gradient="):
            Tensor(np.ones(shape)).backward()


def test_backward_takes_a_gradient_of_the_shape():
    x = Tensor([[1.0, 2.0]])
    y = x * x
    seed = np.array([[1.0, 10.0]])
    y.backward(seed)
    seed[0, 0] = 9.0
    assert same(x.grad, [[2, 40]])
    assert same(y.grad, [[1, 10]])
    y.backward(gradient=Tensor([[1.0, 1.0]]))
    y.backward(gradient=[[1, 0]])
    assert same(x.grad, [[6, 44]])
    for wrong, error in [
        ([1.0, 2.0], InputValueError),
        (1.0, InputValueError),
        (Value(1.0), InputValueError),
        (np.array([[1j, 1]]), InputTypeError),
        ([["a", "b"]], InputTypeError),
    ]:
        with pytest.raises(error, match="the gradient"):
            y.backward(wrong)
    assert same(x.grad, [[6, 44]])


def test_backward_on_a_leaf_adds_the_seed():
    x = Tensor([1.0, 2.0])
    x.backward([1.0, 5.0])
    x.backward([1.0, math.nan])
    assert same(x.grad, [2, math.nan])


def test_diamonds_and_repeated_uses_add_up():
    x = Tensor([2.0, 3.0])
    y = x * x
    ((y + y) * x - x / x).sum().backward()  # 2x³ - 1
    assert np.allclose(x.grad, [24, 54], rtol=1e-15)


def test_a_chain_of_a_hundred_thousand_tensors_is_swept_and_freed():
    x = Tensor([1.0, 2.0])
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.sum().backward()
    assert same(x.grad, [1, 1])


# --- Shapes and dtypes of gradients -----------------------------------------------------------------------------------

SHAPES = [((), (3,)), ((3,), ()), ((1,), (3,)), ((2, 1), (3,)), ((2, 3), (2, 3)), ((1, 1, 3), (2, 1)), ((0,), (1,)),
          ((2, 1), (1, 0)), ((1, 1), ()), ((2, 3, 1), (1, 3, 4)), ((1, 0, 1), (2, 1, 3))]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_what_broadcasting_spread_is_summed_back(left, right):
    x, y = np.full(left, 2.0), np.full(right, 3.0)
    shape = np.broadcast_shapes(left, right)
    times = lambda part: math.prod(shape) / part.size if part.size else 0.0
    for f, dx, dy in [
        (operator.add, 1, 1),
        (operator.sub, 1, -1),
        (operator.mul, 3, 2),
        (operator.truediv, 1 / 3, -2 / 9),
        (operator.pow, 12, 8 * math.log(2)),
        (autograd.maximum, 0, 1),
        (lambda x, y: autograd.where(np.ones(shape) > 0, x, y), 1, 0),
    ]:
        found = gradient(f, x, y)
        for array, part, slope in zip(found, (x, y), (dx, dy), strict=True):
            assert array.shape == part.shape
            assert np.allclose(array, slope * times(part), rtol=1e-15)


ELEMENTWISE = {
    name: {"acosh": 1.5}.get(name, 0.5) for name, op in TABLE.items() if op.arity is not None and name not in ("copy",)
}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_float32_stays_float32_through_every_elementwise_operation_and_its_gradient(name):
    op = TABLE[name]
    for others in ([0.25, 0.75], [np.float64(0.25), np.float64(0.75)], [np.array(0.25), np.array(0.75)]):
        x = Tensor(np.full((2, 3), ELEMENTWISE[name], np.float32))
        arguments = [x, *others][: op.arity]
        if name == "round":
            arguments = [x, 1]
        if name == "where":
            arguments = [np.array([True, False, True]), x, others[0]]
        y = apply_to_arrays(op, *arguments)
        assert (y.dtype, y.shape) == (np.float32, (2, 3))
        y.sum().backward()
        assert x.grad.dtype == x._grad.dtype == y._grad.dtype == np.float32
        z = Tensor(np.full((2, 3), ELEMENTWISE[name], np.float64))
        apply_to_arrays(op, *(z if each is x else each for each in arguments)).sum().backward()
        assert np.allclose(x.grad, z.grad, rtol=1e-5)


WHOLE = {
    **{name: (lambda x, name=name: getattr(x, name)()) for name in "sum mean prod max min var std norm".split()},
    **{name: (lambda x, name=name: getattr(x, name)(0)) for name in "logsumexp softmax log_softmax ravel".split()[:3]},
    "reshape": lambda x: x.reshape(3, 2),
    "T": lambda x: x.T,
    "getitem": lambda x: x[:, ::2],
    "gather": lambda x: x[[0, 0]],
    "matmul": lambda x: x @ x.T,
    "matmul with a float64 list": lambda x: x @ [1.0, 2.0, 3.0],
    "pad": lambda x: perform(array_ops.PAD, x, ((1, 0), (0, 2))),
    "concatenate": lambda x: perform(array_ops.CONCATENATE, 0, x, x),
    "einsum": lambda x: perform(array_ops.EINSUM, "ij,kj->ik", x, x),
    "values": lambda x: x * x.values()[1][2],
    "a value": lambda x: Value(2.0) * x,
    "whole numbers": lambda x: x + np.arange(3),
    "truth values": lambda x: x * (x > 0.4),
}  # fmt: skip


@pytest.mark.parametrize("f", [pytest.param(f, id=name) for name, f in WHOLE.items() if "list" not in name])
def test_float32_stays_float32_through_operations_on_whole_arrays(f):
    numbers = np.linspace(0.1, 0.9, 6).reshape(2, 3)
    x, z = Tensor(numbers, dtype=np.float32), Tensor(numbers)
    assert f(x).dtype == np.float32
    f(x).sum().backward()
    f(z).sum().backward()
    assert (x.grad.dtype, x._grad.dtype, z.grad.dtype) == (np.float32, np.float32, np.float64)
    assert np.allclose(x.grad, z.grad, rtol=1e-4)


def test_of_float32_and_float64_each_gets_a_gradient_of_its_own_kind():
    for f in (operator.add, operator.mul, operator.matmul, operator.pow, autograd.maximum):
        x, y = Tensor(np.full((2, 2), 0.5, np.float32)), Tensor(np.full((2, 2), 0.25))
        z = f(x, y)
        z.sum().backward()
        assert (x.dtype, y.dtype, z.dtype) == (np.float32, np.float64, np.float64)
        assert (x._grad.dtype, y._grad.dtype) == (np.float32, np.float64)


def test_numbers_without_axes_have_gradients_that_are_arrays():
    x = Tensor(2.0, name="x")
    y = x.exp() * x + x
    y.backward()
    y.backward()
    for array in (x._grad, y._grad, x._data, y._data):
        assert (type(array), array.shape) == (np.ndarray, ())
    assert same(x.grad, 2 * (3 * math.exp(2) + 1))
    x.data -= 0.5 * x.grad
    assert isinstance(x.data, Frozen)
    assert x.data.shape == ()


# --- Arithmetic -------------------------------------------------------------------------------------------------------

OPERATORS = {  # with the derivatives of f(x, y), from a calculus book
    operator.add: lambda x, y: (1, 1),
    operator.sub: lambda x, y: (1, -1),
    operator.mul: lambda x, y: (y, x),
    operator.truediv: lambda x, y: (1 / y, -x / y**2),
    operator.floordiv: lambda x, y: (0, 0),
    operator.mod: lambda x, y: (1, -(x // y)),
    operator.pow: lambda x, y: (y * x ** (y - 1), x**y * np.log(x)),
}
OTHERS = {
    "tensor": Tensor, "array": np.array, "list": lambda y: y.tolist(), "tuple": lambda y: tuple(y.tolist()),
    "float": lambda y: 2.0, "int": lambda y: 2, "bool": lambda y: True, "float64": lambda y: np.float64(2),
    "float32": lambda y: np.float32(2), "int64": lambda y: np.int64(2), "bool_": lambda y: np.True_,
    "value": lambda y: Value(2.0), "0-d array": lambda y: np.array(2.0), "0-d tensor": lambda y: Tensor(2.0),
    "whole numbers": lambda y: y.astype(int), "column": lambda y: y.reshape(3, 1),
    "longdouble": lambda y: y.astype(np.longdouble), "half": lambda y: y.astype(np.float16),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda f: f.__name__)
def test_operators_work_from_both_sides_with_everything_that_is_a_number(operation, kind):
    numbers, others = np.array([3.0, 1.5, 2.0]), np.array([2.0, 4.0, 1.0])
    for swapped in (False, True):
        x, other = Tensor(numbers), OTHERS[kind](others)
        plain = np.asarray(other._data if isinstance(other, Node) else other, dtype=float)
        result = operation(other, x) if swapped else operation(x, other)
        assert type(result) is Tensor
        assert result.dtype == np.float64
        assert same(result.data, operation(plain, numbers) if swapped else operation(numbers, plain))
        result.sum().backward()
        both = OPERATORS[operation](plain, numbers) if swapped else OPERATORS[operation](numbers, plain)
        slope, other_slope = both[::-1] if swapped else both
        spread = np.broadcast_to(slope, result.shape).reshape(-1, 3).sum(axis=0)
        assert np.allclose(x.grad, spread, rtol=1e-14, atol=1e-15)
        if isinstance(other, Node):
            assert type(other.grad) is (float if kind == "value" else Frozen)
            assert np.allclose(np.sum(other.grad), np.sum(np.broadcast_to(other_slope, 3)), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        (operator.neg, [-2.5, 1.25], [-1, -1]),
        (operator.pos, [2.5, -1.25], [1, 1]),
        (operator.abs, [2.5, 1.25], [1, -1]),
        (round, [2, -1], [0, 0]),
        (lambda x: round(x, 1), [2.5, -1.2], [0, 0]),
        (lambda x: x.leaky_relu(0.5), [2.5, -0.625], [1, 0.5]),
        (lambda x: x.elu(2.0), [2.5, 2 * math.expm1(-1.25)], [1, 2 * math.exp(-1.25)]),
        (lambda x: x.clip(-1), [2.5, -1], [1, 0]),
        (lambda x: x.clip(high=[1.0, -2.0]), [1, -2], [0, 0]),
        (lambda x: x.clip(np.array([-1.0, -1.0]), np.array([3.0, 3.0])), [2.5, -1], [1, 0]),
    ],
)
def test_other_operators(function, value, slope):
    x = Tensor([2.5, -1.25])
    y = function(x)
    assert np.allclose(y.data, value, rtol=1e-15)
    y.sum().backward()
    assert np.allclose(x.grad, slope, rtol=1e-15)


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda x: x + 1j, "real numbers, not complex"),
        (lambda x: np.array([1j, 2]) * x, "real numbers, not complex"),
        (lambda x: "a" + x, "real numbers, not <U1"),
        (lambda x: operator.add(x, [Value(1.0), Value(2.0)]), r"autograd\.stack\(values\)"),
        (lambda x: np.array([Value(1.0), Value(2.0)]) - x, r"autograd\.stack\(values\)"),
        (lambda x: x @ [Value(1.0), Value(2.0)], r"autograd\.stack\(values\)"),
        (lambda x: x + None, "unsupported operand"),
        (lambda x: {} / x, "unsupported operand"),
        (lambda x: x * np.ones(3), r"mul of shape \(2,\) and shape \(3,\)"),
        (lambda x: x - Tensor([1.0, 2.0, 3.0]), r"sub of shape \(2,\) and shape \(3,\)"),
        (lambda x: x @ np.ones((3, 2)), r"matmul of shape \(1, 2\) and shape \(3, 2\)"),
        (lambda x: x @ Tensor(2.0), r"write x \* y for numbers"),
        (lambda x: 2 @ x, r"write x \* y for numbers"),
        (lambda x: x + 10**400, "too large"),
        (lambda x: 10**400 * x, "too large"),
        (lambda x: np.add(x, 1, out=np.zeros(2)), "np.add does not record a Value or a Tensor with out"),
        (lambda x: np.add.reduce(x), "np.add.reduce does not record"),
        (lambda x: np.matmul(x, x, dtype=float), "np.matmul does not record"),
        (lambda x: np.spacing(x), "np.spacing does not record"),
        (lambda x: x.clip(2.0, [3.0, 1.0]), "low <= high"),
        (lambda x: x.var(ddof=2), "takes more than 2 numbers, not 2"),
    ],
)
def test_what_is_not_arithmetic_is_refused(attempt, message):
    x = Tensor([1.0, 2.0])
    with pytest.raises((TypeError, ValueError), match=message) as caught:
        attempt(x)
    assert isinstance(caught.value, AutogradError) or "unsupported" in message
    assert x.grad is None


def test_numpys_functions_of_one_and_of_two_record_ours():
    for name in "exp expm1 log log2 log10 log1p sqrt sin cos tan sinh cosh tanh negative absolute fabs sign".split():
        x = Tensor([0.5, 0.25])
        y = getattr(np, name)(x)
        assert type(y) is Tensor
        assert np.allclose(y.data, getattr(np, name)(np.array([0.5, 0.25])))
        assert y._op is TABLE[{"negative": "neg", "absolute": "abs", "fabs": "abs"}.get(name, name)]
    x, c = Tensor([0.5, 2.0]), np.array([1.0, 1.0])
    for y, expected in [(np.maximum(x, 1), [1, 2]), (np.hypot(c * 0, x), [0.5, 2]), (np.float64(2) * x, [1, 4])]:
        assert type(y) is Tensor
        assert same(y.data, expected)
    assert np.matmul(c, x).data == 2.5


def test_a_subclass_records_like_a_tensor():
    class Weight(Tensor):
        __slots__ = ()

    for f in (operator.add, operator.mul, operator.matmul, autograd.maximum):
        for make in ((Weight, Tensor), (Tensor, Weight), (Weight, Weight)):
            x, y = make[0]([1.0, 2.0]), make[1]([3.0, 4.0])
            f(x, y).sum().backward()
            assert x.grad is not None
            assert y.grad is not None


# --- Zero adjoints ----------------------------------------------------------------------------------------------------

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: autograd.where(x > 0, x.sqrt(), 0.0), [0.0, 4.0], [0, 0.25]),
        (lambda x: autograd.where(x > 0, x.log(), x), [0.0, 4.0], [1, 0.25]),
        (lambda x: autograd.where(x != 0, 1 / x, 0.0), [0.0, 2.0], [0, -0.25]),
        (lambda x: x.sqrt() * [0.0, 1.0], [0.0, 4.0], [0, 0.25]),
        (lambda x: x.sqrt().relu(), [0.0, 4.0], [0, 0.25]),
        (lambda x: autograd.maximum(x, 0.0).sqrt(), [-1.0, 4.0], [0, 0.25]),
        (lambda x: x.max().log(), [0.0, -1.0], [INF, 0]),  # of what is not the largest, nothing reaches it
        (lambda x: x.min().sqrt(), [0.0, 0.0, 1.0], [INF, INF, 0]),
        (lambda x: x.max(0, True).log() * [1.0, 0.0], [0.0, -1.0], [INF, 0]),
        (lambda x: x[1].log() + 0.0 * x[0].log(), [0.0, 2.0], [0, 0.5]),
        (lambda x: autograd.where([True, False], x.reshape(2, 2).prod(1), 0.0), [2.0, 3.0, 1e200, 1e200], [3, 2, 0, 0]),
        (lambda x: autograd.where([True, False], x.reshape(2, 2).norm(1), 0.0), [3.0, 4.0, INF, INF], [0.6, 0.8, 0, 0]),
        (lambda x: x.sqrt().values()[1] + 0 * x.sqrt().values()[0], [0.0, 4.0], [0, 0.25]),
        (lambda x: autograd.stack_of(x.values()).sqrt()[1:], [0.0, 4.0], [0, 0.25]),
        (lambda x: x.sqrt(), [0.0, 4.0], [INF, 0.25]),  # where something is handed on, it stays
        (lambda x: (-x).sqrt(), [1.0], [NAN]),
        (lambda x: x / x, [0.0, 2.0], [NAN, 0]),
    ],
)
def test_a_gradient_of_zero_hands_nothing_on_element_by_element(f, x, expected, monkeypatch):
    monkeypatch.setattr(autograd, "stack_of", lambda values: perform(array_ops.STACK, *values), raising=False)
    x = Tensor(x)
    y = f(x)
    y = y if isinstance(y, Value) else y.sum()
    y.backward()
    assert same(x.grad, expected)
    y.backward()
    assert same(x.grad, [2 * slope for slope in expected])


def test_a_gradient_of_zero_hands_nothing_on_to_a_value_either():
    v, x = Value(0.0), Tensor([0.0, 2.0])
    autograd.where(x > 0, x * v.sqrt(), 0.0)[:1].sum().backward()
    assert (v.grad, x.grad.tolist()) == (0.0, [0.0, 0.0])


def test_the_masked_pass_equals_the_first_where_nothing_is_nan(monkeypatch):
    for seed in range(150):
        program = random_program(f"masked {seed}")
        found = []
        for masked in (False, True):
            monkeypatch.setattr(array_sweep, "may_have_nan", lambda _, masked=masked: masked)
            xs = [Tensor(x) for x in program.arrays]
            for result in program(*xs):
                result.sum().backward()
            found.append([x.grad for x in xs])
        for plain, masked in zip(*found, strict=True):
            assert (plain is None) is (masked is None)
            assert plain is None or np.array_equal(plain, masked)


# --- Rules that are written out ---------------------------------------------------------------------------------------

FLOATS = st.floats(-4, 4, width=32)
PAIRS = arrays_of.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0)
PRODUCTS = arrays_of.mutually_broadcastable_shapes(signature="(n,k),(k,m)->(n,m)", max_dims=2, max_side=3)


def numbers(data, shape, dtype=np.float64):
    return data.draw(arrays_of.arrays(dtype, shape, elements=FLOATS))


@pytest.mark.parametrize("op", QUICK, ids=lambda op: op.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_rule_that_is_written_out_equals_its_row(op, data):
    dtypes = data.draw(st.tuples(*[st.sampled_from([np.float64, np.float64, np.float32])] * 2))
    shapes = data.draw(PRODUCTS if op is array_ops.MATMUL else PAIRS).input_shapes
    xs = [numbers(data, *each) for each in zip(shapes, dtypes, strict=True)][: op.arity]
    kinds = data.draw(st.sampled_from(["tensors", "first", "second", "value"])) if op.arity == 2 else "tensors"
    if kinds == "value" and op is array_ops.MATMUL:
        kinds = "first"
    given = {
        "tensors": [Tensor(x) for x in xs],
        "first": [Tensor(xs[0]), *xs[1:]],
        "second": [xs[0], *map(Tensor, xs[1:])],
        "value": [Tensor(xs[0]), Value(1.5)],
    }[kinds]
    z = apply_to_arrays(op, *given)
    g = numbers(data, z.shape, z.dtype)
    quick = QUICK[op](g, z._a, z._b, z._x, z._y)
    by_row = contributions(z, g, masked=False)
    assert len(quick) == len(by_row)
    for ours, theirs, argument in zip(quick, by_row, z.arguments(), strict=True):
        if argument is None:
            assert ours is theirs is None
        elif isinstance(argument, Value):
            assert type(ours) is type(theirs) is float
            assert ours == theirs
        else:
            assert type(ours) is type(theirs) is np.ndarray
            assert ours.dtype == theirs.dtype == argument.dtype
            assert ours.shape == argument.shape
            assert np.array_equal(ours, theirs)


def test_the_operators_compute_what_their_rows_say():
    x, y = np.linspace(-2, 2, 8), np.linspace(1.5, -1.5, 8)
    for operation in OPERATORS:
        name = {"truediv": "div"}.get(operation.__name__, operation.__name__)
        by_row = apply_to_arrays(TABLE[name], Tensor(x), Tensor(y))
        assert np.array_equal(operation(Tensor(x), Tensor(y)).data, by_row.data, equal_nan=True)
        assert operation(Tensor(x), Tensor(y))._op is by_row._op


# --- Comparisons and other manners ------------------------------------------------------------------------------------


def test_comparisons_are_of_numbers_and_give_arrays_of_truth_values():
    x, y = Tensor([1.0, 2.0, 3.0]), Tensor([3.0, 2.0, 1.0])
    for answer, expected in [
        (x == y, [False, True, False]),
        (x != y, [True, False, True]),
        (x < 2, [True, False, False]),
        (operator.le(2, x), [False, True, True]),
        (x > Value(2.0), [False, False, True]),
        (Value(2.0) < x, [False, False, True]),
        (x >= np.array([2.0, 2.0, 2.0]), [False, True, True]),
        (np.array([1.0, 5.0, 3.0]) == x, [True, False, True]),
        (np.less(x, 2), [True, False, False]),
        (np.isnan(x), [False, False, False]),
    ]:
        assert (answer.dtype, answer.tolist()) == (bool, expected)
    assert hash(x) != hash(Tensor([1.0, 2.0, 3.0]))
    assert len({x, x, y}) == 2
    with pytest.raises(TypeError):
        operator.lt(x, "a")


def test_a_tensor_has_a_length_and_parts_if_it_has_axes():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    assert len(x) == 2
    (first * second).sum().backward()
    assert same(x.grad, [[3, 4], [1, 2]])
    for attempt in (len, iter, list):
        with pytest.raises(InputTypeError, match=r"single number.*\.item\(\)"):
            attempt(Tensor(1.0)) if attempt is not iter else next(iter(Tensor(1.0)))


INDICES = {
    "1": (1, [0, 1, 0]), "-1": (-1, [0, 0, 1]), "slice": (slice(None, None, -2), [1, 0, 1]), "...": (..., [1, 1, 1]),
    "None": (None, [1, 1, 1]), "list": ([0, 0, 2], [2, 0, 1]), "array": (np.array([[1, 1]]), [0, 2, 0]),
    "mask": (np.array([True, False, True]), [1, 0, 1]), "mask list": ([True, False, True], [1, 0, 1]),
    "nothing": ([], [0, 0, 0]), "pair": ((..., [2, 2]), [0, 0, 2]), "int64": (np.int64(2), [0, 0, 1]),
}  # fmt: skip


@pytest.mark.parametrize(("index", "expected"), INDICES.values(), ids=INDICES)
def test_an_index_takes_out_a_part_and_repeated_ones_accumulate(index, expected):
    x = Tensor([1.0, 2.0, 3.0])
    part = x[index]
    assert same(part.data, np.array([1.0, 2.0, 3.0])[index])
    part.sum().backward()
    assert same(x.grad, expected)


def test_an_index_is_recorded_as_it_was():
    x, rows = Tensor([1.0, 2.0, 3.0]), np.array([0, 0])
    y = x[rows].sum()
    rows[0] = 2
    y.backward()
    assert same(x.grad, [2, 0, 0])


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (lambda x: x[5], "index 5 is out of bounds"),
        (lambda x: x["a"], "only integers"),
        (lambda x: x[1.0], "only integers"),
        (lambda x: x[x], "whole numbers, not of Tensor"),
        (lambda x: x[..., Value(1.0)], "whole numbers, not of Value"),
        (lambda x: operator.setitem(x, 0, 1.0), r"\.numpy\(\)"),
        (float, r"\.numpy\(\)"),
        (int, r"\.numpy\(\)"),
        (complex, r"\.numpy\(\)"),
        (np.asarray, r"\.numpy\(\)"),
        (lambda x: np.array([x, x]), r"\.numpy\(\)"),
        (lambda x: x.item(), r"single number, not for shape \(3,\)"),
        (bool, "more than one element"),
        (lambda x: f"{x:.2f}", "single number"),
        (lambda x: x.reshape(2), r"3 numbers; they do not fill \(2,\)"),
        (lambda x: x.transpose(0, 1), r"no axis 1"),
        (lambda x: x.reshape(3, 1).transpose(0), "each of the 2 axes once"),
        (lambda x: x.squeeze(0), "axis 0 of shape"),
        (lambda x: x.broadcast_to((2, 2)), "broadcast_to of shape"),
        (lambda x: x.sum(axis=1), "no axis 1 in an array of 1 dimensions"),
        (lambda x: x.sum(axis=0.5), "an axis is a whole number"),
        (lambda x: x.sum(axis=(0, -1)), "names an axis twice"),
        (lambda x: x[:0].max(), r"max over no numbers \(shape \(0,\)\)"),
        (lambda x: x[:0].mean(), "mean over no numbers"),
    ],
)
def test_what_would_lose_a_gradient_or_make_no_sense_is_refused(attempt, message):
    x = Tensor([1.0, 2.0, 3.0])
    with pytest.raises((TypeError, ValueError), match=message):
        attempt(x)
    assert same(x.data, [1, 2, 3])


def test_a_single_number_has_a_truth_value_a_format_and_a_way_out():
    for x in (Tensor(2.5), Tensor([[2.5]])):
        assert x
        assert f"{x:.2f}" == "2.50"
        assert (type(x.item()), x.item()) == (float, 2.5)
    assert not Tensor(0.0)


def test_detach_gives_a_leaf_of_the_same_numbers():
    x = Tensor([1.0, 2.0])
    y = (x * x).detach()
    (y * x).sum().backward()
    assert same(y.grad, [1, 2])
    assert same(x.grad, [1, 4])
    y.data -= 1.0
    assert same(x.data, [1, 2])
    leaf = x.detach()
    leaf.data *= 3.0
    assert same(x.data, [1, 2])


def test_repr_has_numbers_shape_kind_and_name():
    for x, expected in [
        (Tensor(1.5), "Tensor(1.5)"),
        (Tensor([1.0, 2.0], name="x"), "Tensor([1., 2.], shape=(2,), name='x')"),
        (Tensor([[1.0], [2.0]]), "Tensor([[1.],\n        [2.]], shape=(2, 1))"),
        (Tensor([1.0], dtype=np.float32), "Tensor([1.], shape=(1,), dtype=float32)"),
        (Tensor([]), "Tensor([], shape=(0,))"),
    ]:
        assert repr(x) == f"{x}" == expected
    assert len(repr(Tensor(np.zeros((1000, 1000))))) < 500


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_leaf_can_be_copied_with_its_name_and_gradient(duplicate):
    x = Tensor(np.array([1.0, 2.0], np.float32), name="x")
    (x * x).sum().backward()
    twin = duplicate(x)
    assert (twin.name, twin.dtype, twin.data.tolist(), twin.grad.tolist()) == ("x", np.float32, [1, 2], [2, 4])
    (twin * twin).sum().backward()
    twin.data -= 1.0
    assert same(x.data, [1, 2])
    assert same(x.grad, [2, 4])
    assert same(twin.grad, [4, 8])
    for holder in (x * x, [x * x], {"y": x.sum()}):
        with pytest.raises(TapeError, match=r"would leave the graph behind.*\.detach\(\)"):
            duplicate(holder) if duplicate is not copy.copy else copy.copy(x * x)


@pytest.mark.parametrize(
    "made",
    [
        f"pickle.loads({pickle.dumps(Tensor([1.0, 2.0]))!r})",
        "tensor.perform(array_ops.STACK, autograd.Value(1.0), autograd.Value(2.0))",
        "autograd.grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))",
    ],
    ids=["pickled", "stacked", "within grad"],
)
def test_the_first_tensor_of_a_process_may_come_from_anywhere(made):
    script = f"""import pickle, numpy as np, autograd
from autograd.arrays import ops as array_ops, tensor
x = {made}
if not isinstance(x, np.ndarray):
    (x * x).sum().backward()
    x = x.grad
print(x)"""
    assert run_fresh(script) == "[2. 4.]"


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda x: x.ravel(), (6,)),
        (lambda x: x.flatten(), (6,)),
        (lambda x: x.T, (3, 1, 2)),
        (lambda x: x.transpose(1, -1, 0), (1, 3, 2)),
        (lambda x: x.transpose((2, 0, 1)), (3, 2, 1)),
        (lambda x: x.transpose(None), (3, 1, 2)),
        (lambda x: x.swapaxes(0, -1), (3, 1, 2)),
        (lambda x: x.squeeze(), (2, 3)),
        (lambda x: x.squeeze(1), (2, 3)),
        (lambda x: x.reshape(3, -1), (3, 2)),
        (lambda x: x.reshape((6, 1)), (6, 1)),
        (lambda x: x[:, :, None], (2, 1, 1, 3)),
    ],
)
def test_rearranging_puts_each_number_in_its_place_and_its_gradient_back(f, shape):
    x = Tensor(np.arange(6.0).reshape(2, 1, 3))
    y = f(x)
    weights = np.arange(6.0).reshape(shape)
    assert y.shape == shape
    assert sorted(y.numpy().ravel()) == list(range(6))
    (y * weights).sum().backward()
    places = dict(zip(y.numpy().ravel(), weights.ravel(), strict=True))
    assert same(x.grad, [[[places[k] for k in row[0]]] for row in x.numpy()])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        *[((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 2))],
        *[((4, 1, 2, 3), (5, 3, 2)), ((4, 2, 3), (3,)), ((0, 3), (3, 2))],
    ],
    ids=str,
)
def test_matrix_products_of_any_number_of_axes(left, right):
    draw = np.random.default_rng(0)
    a, b = draw.normal(size=left), draw.normal(size=right)
    weights = np.cos(a @ b)
    for x, y in [(Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b)), (Tensor(a), b.tolist())]:
        z = x @ y if isinstance(x, np.ndarray) or isinstance(y, list) else x.dot(y)
        assert np.allclose(z.data, a @ b, rtol=1e-14)
        (z * weights).sum().backward()
        da, db = draw.normal(size=left), draw.normal(size=right)
        for node, change, expected in ((x, da, (da @ b) * weights), (y, db, (a @ db) * weights)):
            if isinstance(node, Tensor):
                assert node.grad.shape == change.shape
                assert np.sum(node.grad * change) == pytest.approx(np.sum(expected), abs=1e-12)


# --- Modes ------------------------------------------------------------------------------------------------------------


def test_nothing_is_recorded_within_no_grad():
    x = Tensor([1.0, 2.0])
    with no_grad():
        for y in (x * x, x.exp(), x @ x, x.sum(), autograd.maximum(x, 1.0), x.values()[0], Tensor([1.0])):
            assert y._op is None
        z = x * x
    (z * x).sum().backward()
    assert same(x.grad, [1, 4])


def test_scopes_names_and_provenance_are_kept():
    with scope("model"), scope("layer"), provenance():
        x = Tensor([1.0, 2.0], name="x")
        y = x * x
        total = y.sum()
        row = y[0]
        value = x.values()[0]
        out = 1.0 - autograd.maximum(row, 0.0)
    for node, name in [(y, "y"), (total, "total"), (row, "row"), (out, "out")]:
        assert (node.scope, node.known_as) == ("model.layer", name)
        assert node.source.file == __file__
        assert f"{name} = " in node.source.text
    assert value.scope == "model.layer"
    assert value.source.text == "value = x.values()[0]"
    y.name = "squares"
    assert (x.name, y.known_as) == ("x", "squares")


# --- Anomalies --------------------------------------------------------------------------------------------------------


def anomaly(compute, *arrays):
    xs = [Tensor(x, name=name) for x, name in zip(arrays, "xyz", strict=False)]
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        compute(*xs)
    assert all(x.grad is None for x in xs)
    return str(caught.value)


BAD = np.array([[1.0, 2.0], [-3.0, 0.0]])
LARGE = np.full((2, 2), 1e308)


@pytest.mark.parametrize(
    ("compute", "said"),
    [
        (lambda x: x.log(), "log gives nan at [1, 0]: log(x), with x = -3.0 there, of shape (2, 2), "),
        (lambda x: 1 / x, "div gives inf at [1, 1]: 1 / x, with x = 0.0 there, of shape (2, 2), "),
        (lambda x: x[0].exp() ** 400, "pow gives inf at [1]: argument 1 ** 400, with argument 1 = 7.38905609"),
        (lambda x: x / x[:, 1], "div gives inf at [0, 1]: x / argument 2, with x = 2.0 there, of shape (2, 2)"),
        (lambda x: x * np.array([1.0, INF]), "mul gives inf at [0, 1]: x * [1, inf], with x = 2.0 there, of shape"),
        (lambda x: x * Value(INF), "mul gives inf at [0, 0]: x * argument 2, with x = 1.0 there, of shape (2, 2)"),
        (lambda x: x @ LARGE, "matmul gives inf at [0, 0]: x @ (2, 2), with x of shape (2, 2), "),
        (lambda x: (x[0] * 5e307).sum() * 10, "mul gives inf: argument 1 * 10, with argument 1 = 1.5e+308, "),
        (lambda x: (abs(x) * 5e307).sum(), "sum_over gives inf: sum(argument 1, axis=(0, 1)), with"),
    ],
    ids=lambda x: x.split()[0] if isinstance(x, str) else None,
)  # fmt: skip
def test_the_first_number_that_is_not_finite_names_operation_inputs_place_and_line(compute, said):
    message = anomaly(compute, BAD)
    assert message.startswith(said)
    assert f"recorded at {__file__}:" in message


def test_an_anomaly_names_the_scope_and_the_variable():
    def compute(x):
        with scope("model.head"):
            h = x.sqrt()
            assert h

    message = anomaly(compute, BAD)
    assert "sqrt gives nan at [1, 0]: h = sqrt(x), with x = -3.0 there, of shape (2, 2), in model.head, " in message
    assert message.endswith("h = x.sqrt()")


@pytest.mark.parametrize(
    ("compute", "beginning", "end"),
    [
        (
            lambda x: (x[:, 1] * [3.0, 2.0]).sqrt().sum().backward(),
            "the gradient of argument 1 becomes inf at [1]: in sqrt(argument 1), with argument 1 = 0.0 there, of shape",
            "; the gradient 1.0 comes in, and the local derivative is inf",
        ),
        (
            lambda x: (x[1, 1].sqrt() + x.sin() * 0.0).sum().backward(),
            "the gradient of argument 1 becomes inf: in sqrt(argument 1), with argument 1 = 0.0, recorded at ",
            "; the gradient 4.0 comes in, and the local derivative is inf",
        ),
        (
            lambda x: (x[1, 1] ** 0.5 + x).sum().backward(),
            "the gradient of argument 1 becomes inf: in argument 1 ** 0.5, with argument 1 = 0.0, recorded at ",
            "; the gradient 4.0 comes in, and the local derivative is inf",
        ),
        (
            lambda x: (x + Value(1.0) * 1e-300).backward(LARGE),
            "the gradient of argument 2 becomes inf: in x + argument 2, with x of shape (2, 2), argument 2 = 1e-300, ",
            "; the products are finite, and broadcasting adds them up",
        ),
        (
            lambda x: (x * 1e-300 @ x).backward(LARGE),
            "the gradient of argument 1 becomes inf at [0, 0]: in argument 1 @ x, with argument 1 of shape (2, 2), x",
            "; the gradient that comes in is finite, of shape (2, 2)",
        ),
        (
            lambda x: (x * 1.0 + x * 1.0).backward(LARGE),
            "the gradient of x adds up to inf at [0, 0] of finite parts, or was given to backward(): x = a leaf",
            "",
        ),
        (lambda x: x.backward([[1, 1], [NAN, 1]]), "the gradient of x adds up to nan at [1, 0] of finite parts", ""),
        (lambda x: (2 * x).backward([[1, INF], [1, 1]]), "the gradient of argument 1 adds up to inf at [0, 1]", ""),
    ],
)
def test_the_first_gradient_that_is_not_finite_names_what_made_it(compute, beginning, end):
    message = anomaly(compute, np.abs(BAD))
    assert message.startswith(beginning)
    assert message.endswith(end)


def test_what_is_masked_is_no_anomaly():
    x = Tensor([0.0, 4.0])
    with detect_anomaly():
        y = autograd.where(x > 0, x.sqrt(), 2 * x)
        y.sum().backward()
        z = x.relu().sum() * Value(2.0)
        z.backward()
    assert same(x.grad, [2, 2.25])
    assert (y.source.variable, z.source.variable) == ("y", "z")
    outside = Tensor([0.0])
    outside.sqrt().backward()
    assert same(outside.grad, [INF])


# --- Bridges to values ------------------------------------------------------------------------------------------------


def test_the_values_of_a_tensor_are_connected_to_it():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    (a, b), (c, d) = x.values()
    assert [type(each) for each in (a, b, c, d)] == [Value] * 4
    (a * d - b * c + d).backward()
    assert same(x.grad, [[4, -3], [-2, 2]])
    assert (a.grad, b.grad, c.grad, d.grad) == (4.0, -3.0, -2.0, 2.0)
    single = Tensor(3.0)
    (single.values() * 2).backward()
    assert same(single.grad, 2.0)
    assert Tensor(np.zeros((2, 0))).values() == [[], []]


def test_values_and_other_uses_of_a_tensor_add_up():
    x = Tensor([1.0, 2.0])
    a, b = x.values()
    total = x.sum() * 10.0
    (a * b + total.values() + (x * x).sum().values() + a).backward()
    assert same(x.grad, [2 + 10 + 2 + 1, 1 + 10 + 4])
    assert same(total.grad, 1.0)


def test_values_are_stacked_to_a_tensor():
    v, w = Value(2.0), Value(3.0)
    x = perform(array_ops.STACK, v, w, 5.0, v * w)
    assert same(x.data, [2, 3, 5, 6])
    (x * [1.0, 10.0, 100.0, 1000.0]).sum().backward()
    assert (v.grad, w.grad) == (1 + 3000.0, 10 + 2000.0)


def test_a_value_in_a_program_of_tensors_has_a_float_as_its_gradient():
    v, x = Value(2.0), Tensor([1.0, 2.0, 3.0])
    y = ((v * x) ** v).sum() / v
    y.backward()
    assert (type(v.grad), type(y), y.shape) == (float, Tensor, ())
    f = lambda v: sum((v * x) ** v for x in (1.0, 2.0, 3.0)) / v
    assert v.grad == pytest.approx((f(2 + 1e-6) - f(2 - 1e-6)) / 2e-6, rel=1e-8)


# --- Higher order -----------------------------------------------------------------------------------------------------


def test_operators_differentiate_by_arrays_in_the_shapes_of_result_and_argument():
    x, y = np.array([1.0, 2.0, 3.0]), np.array([[2.0], [3.0]])
    f = lambda x, y: x**2 * y
    assert same(autograd.grad(lambda x, y: f(x, y).sum())(x, y), [10, 20, 30])
    dx, dy = autograd.jacobian(f, argnums=(0, 1))(x, y)
    assert (dx.shape, dy.shape) == ((2, 3, 3), (2, 3, 2, 1))
    assert same(dx[1], np.diag([6.0, 12.0, 18.0]))
    assert same(autograd.hessian(lambda x: (x**3).sum())(x), np.diag(6 * x))
    value, tangent = autograd.jvp(f, (x, y), (np.ones(3), np.zeros((2, 1))))
    assert same(tangent, 2 * x * y)
    assert same(value, x**2 * y)
    assert same(autograd.hvp(lambda x: (x**3).sum(), (x,), (np.ones(3),)), 6 * x)
    value, pull = autograd.vjp(f, x, y)
    assert same(pull(np.ones((2, 3)))[1], [[14], [14]])
    assert same(autograd.value_and_grad(lambda x: (x * x).sum())(x)[0], 14.0)


def test_operators_take_arrays_and_numbers_together():
    x = np.array([1.0, 2.0])
    f = lambda x, a: (x**2 * a**2).sum()
    (xx, xa), (ax, aa) = autograd.hessian(f, argnums=(0, 1))(x, 3.0)
    assert same(xx, np.diag([18.0, 18.0]))
    assert same(xa, [12, 24])
    assert same(ax, [12, 24])
    assert aa == 10.0
    for g, expected in [
        (lambda x, a: (x / a).sum(), -3 / 9),
        (lambda x, a: autograd.maximum(x, a).sum(), 2.0),
        (lambda x, a: (a - x).sum(), 2.0),
        (lambda x, a: autograd.where(x > 1, x, a).sum(), 1.0),
    ]:
        assert autograd.grad(lambda a, g=g: g(Tensor(x), a))(3.0) == pytest.approx(expected)
        assert autograd.jvp(lambda a, g=g: g(Tensor(x), a), (3.0,), (1.0,))[1] == pytest.approx(expected)
        second = autograd.hessian(lambda a, g=g: g(Tensor(x), a).values())(3.0)
        assert second == pytest.approx(2 * 3 / 27 if expected < 0 else 0.0)


def test_constant_arrays_have_derivatives_of_zero():
    x, c = np.ones(2), np.ones((3,))
    assert same(autograd.jacobian(lambda x: 2 * c)(x), np.zeros((3, 2)))
    assert autograd.jacobian(lambda x: c)(2.0).shape == (3,)
    assert same(autograd.hessian(lambda x: (3 * x).sum())(x), np.zeros((2, 2)))
    assert same(autograd.jvp(lambda x: c, (x,), (x,))[1], np.zeros(3))
    assert same(autograd.vjp(lambda x: (x, c), x)[1]((x, c))[0], x)
    with pytest.raises(InputTypeError, match=r"one number as its result, not shape \(3,\)"):
        autograd.grad(lambda x: c)(x)
    with pytest.raises(InputTypeError, match=r"one number as its result, not shape \(2,\)"):
        autograd.grad(lambda x: x)(x)
    with pytest.raises(InputTypeError, match="real number"):
        autograd.grad(lambda x: np.array(["a"]))(x)


def test_tangents_and_cotangents_have_the_shape_of_what_they_belong_to():
    x = np.ones(2)
    with pytest.raises(InputValueError, match=r"a tangent of an array of shape \(2,\) has that shape, not \(3,\)"):
        autograd.jvp(lambda x: x, (x,), (np.ones(3),))
    with pytest.raises(InputValueError, match="a cotangent of an array"):
        autograd.vjp(lambda x: x, x)[1](1.0)


def test_third_derivatives_of_tensors():
    x = np.array([0.5, -0.25])
    third = autograd.jacobian(autograd.hessian(lambda x: (x.sin() * x).sum()))(x)
    expected = -3 * np.sin(x) - x * np.cos(x)
    assert third.shape == (2, 2, 2)
    assert np.allclose(np.einsum("iii->i", third), expected, rtol=1e-14)
    assert np.count_nonzero(third) == 2


def test_an_array_without_axes_is_a_tensor_to_the_operators():
    f = lambda x: x.reshape(1, 1).sum() * x
    assert same(autograd.grad(f)(np.array(3.0)), 6.0)
    assert same(autograd.hessian(f)(np.array(3.0)), 2.0)
    assert same(autograd.jvp(f, (np.array(3.0),), (2.0,))[1], 12.0)


def test_forward_mode_hands_nothing_on_where_the_tangent_is_zero():
    x = np.array([0.0, 4.0])
    assert same(autograd.jvp(lambda x: x.sqrt(), (x,), (np.array([0.0, 1.0]),))[1], [0, 0.25])
    assert same(autograd.jvp(lambda x: x.sqrt(), (x,), (np.ones(2),))[1], [INF, 0.25])


def test_second_derivatives_of_shares():
    for x, expected in [([1.0, 1.0], 0.25), ([1.0, 3.0], 0.10499358540350652), ([INF, 1.0], 0.0), ([-INF, 1.0], 0.0)]:
        second = autograd.hessian(lambda x: x.logsumexp())(np.array(x))
        assert np.allclose(second, [[expected, -expected], [-expected, expected]], rtol=1e-14)
    x, y = np.array([0.5, -1.0]), np.array([0.5, 2.0])
    share = 1 / (1 + np.exp(y - x))
    second = autograd.hvp(lambda x: autograd.logaddexp(x, y).sum(), (x,), (np.ones(2),))
    assert np.allclose(second, share * (1 - share), rtol=1e-14)
    second = autograd.hvp(lambda v: autograd.logaddexp(v, Tensor(x)).sum(), (0.5,), (1.0,))
    share = 1 / (1 + np.exp(x - 0.5))
    assert second == pytest.approx(np.sum(share * (1 - share)), rel=1e-14)


def test_products_over_no_numbers_have_derivatives_of_every_order():
    for shape in ((0, 3), (3, 0)):
        for axis in (0, 1, None):
            x = np.zeros(shape)
            assert gradient(lambda x, axis=axis: x.prod(axis), x)[0].shape == shape
            assert autograd.hessian(lambda x, axis=axis: x.prod(axis).sum())(x).shape == shape + shape
    x = np.array([0.0, 2.0, 3.0])
    assert same(autograd.hessian(lambda x: x.prod())(x), [[0, 3, 2], [3, 0, 0], [2, 0, 0]])


def test_forward_mode_agrees_with_reverse_mode_on_random_programs():
    for seed in range(100):
        program = random_program(f"modes {seed}")
        draw = np.random.default_rng(seed)
        tangents = [draw.normal(size=x.shape) for x in program.arrays]
        results, changes = autograd.jvp(program, program.arrays, tangents)
        cotangents = [draw.normal(size=result.shape) for result in results]
        gradients = autograd.vjp(program, *program.arrays)[1](cotangents)
        ahead = sum(float(np.sum(c * t)) for c, t in zip(cotangents, changes, strict=True))
        back = sum(float(np.sum(g * t)) for g, t in zip(gradients, tangents, strict=True))
        assert ahead == pytest.approx(back, rel=1e-9, abs=1e-9)


def test_a_row_for_whole_arrays_has_no_numbers_for_its_derivative():
    with pytest.raises(TypeError, match="is a map, not a number for each argument"):
        array_ops.MATMUL.derivatives(None, 1.0, 2.0, 3.0)


# --- Threads ----------------------------------------------------------------------------------------------------------


def test_threads_share_tensors():
    x = Tensor(np.ones((8, 8)))
    failures = []

    def work():
        try:
            for _ in range(50):
                ((x @ x) * x).sum().backward()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    alone = Tensor(np.ones((8, 8)))
    ((alone @ alone) * alone).sum().backward()
    assert same(x.grad, 200 * np.asarray(alone.grad))


# --- Memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def memory():
    """The bytes in use and the most there were, without the help of the garbage collector."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    yield tracemalloc.get_traced_memory
    tracemalloc.stop()
    gc.enable()


MEGABYTE = 2**20


def test_a_training_loop_runs_in_constant_memory(memory):
    draw = np.random.default_rng(0)
    x, targets = draw.normal(size=(64, 32)), np.eye(4)[draw.integers(0, 4, 64)]
    weights = [Tensor(draw.normal(size=shape)) for shape in ((32, 64), (64, 4))]
    used = []
    for _ in range(100):
        loss = ((x @ weights[0]).relu() @ weights[1]).log_softmax() * targets
        loss = loss.sum() / -64
        loss.backward()
        for p in weights:
            p.data -= 0.1 * p.grad
            p.grad = None
        used.append(memory()[0])
    assert used[-1] - used[10] < 200_000  # two steps take more; tuples that Python keeps for later count, too


def test_large_tensors_are_released_at_once(memory):
    x = Tensor(np.ones(MEGABYTE // 8))
    start = memory()[0]
    for _ in range(20):
        y = (x * 2.0 + 1.0).exp().sum()
        y.backward()
        x.grad = None
    del y
    used, most = memory()
    assert used - start < 0.1 * MEGABYTE
    assert most - start < 12 * MEGABYTE  # of one step and the next, not of twenty
    y = (x * 2.0).exp()
    array, node = weakref.ref(y._data), weakref.ref(y)
    del y
    assert array() is node() is None


def test_a_convolution_releases_its_workspace(memory):
    x, w = Tensor(np.ones((4, 3, 64, 64))), Tensor(np.ones((8, 3, 3, 3)))
    start = memory()[0]
    y = perform(windows.CONV, x, w, (1, 1))
    assert memory()[0] - start < 1.2 * y.numpy().nbytes  # the columns of the window would be 27 × 4 × 62 × 62 numbers
    total = y.sum()
    total.backward()
    assert x.grad.shape == x.shape
    del total, y
    x.grad = w.grad = None
    assert memory()[0] - start < 100_000  # the smallest of the arrays would be four times as large


def test_a_loop_that_forgets_backward_runs_in_constant_memory(memory):
    x, previous = Tensor(np.ones(10_000)), 0.0
    used = []
    for _ in range(300):
        loss = (x * x).sum()
        previous = (previous - loss).item()
        used.append(memory()[0])
    assert used[-1] - used[10] < 200_000  # three arrays are larger
