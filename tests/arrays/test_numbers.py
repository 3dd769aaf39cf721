"""``Tensor`` as an array: what it takes, computes and shows, and how its numbers are protected."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import autograd
from autograd import (
    AutogradError,
    InputTypeError,
    InputValueError,
    TapeError,
    Tensor,
    Value,
    no_grad,
    provenance,
    scope,
)
from autograd.arrays.readonly import Frozen
from autograd.arrays.tensor import apply
from autograd.core.table import TABLE
from autograd.core.tape import Node
from tests.support.arrays import same
from tests.support.processes import run_fresh

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


@pytest.mark.smoke
@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("operation", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.untraced
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
        (lambda x: x + 1j, "a real number, not complex"),
        (lambda x: np.array([1j, 2]) * x, "real numbers, not complex"),
        (lambda x: "a" + x, "a real number, not str"),
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
        (lambda x: x + 10**400, "beyond the largest one"),
        (lambda x: 10**400 * x, "beyond the largest one"),
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


def test_the_operators_compute_what_their_rows_say():
    x, y = np.linspace(-2, 2, 8), np.linspace(1.5, -1.5, 8)
    for operation in OPERATORS:
        name = {"truediv": "div"}.get(operation.__name__, operation.__name__)
        by_row = apply(TABLE[name], Tensor(x), Tensor(y))
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
        (lambda x: x[5], r"no x\[5\] in an array of shape \(3,\)"),
        (lambda x: x["a"], "made of whole numbers, slices, and arrays"),
        (lambda x: x[1.0], "made of whole numbers, slices, and arrays"),
        (lambda x: x[[2**70]], "made of whole numbers, slices, and arrays"),
        (lambda x: x[[0, 5]], r"no x\[.*\] in an array of shape \(3,\)"),
        (lambda x: x[x], r"not of Tensor .*\.numpy\(\)"),
        (lambda x: x[..., Value(1.0)], "not of Value"),
        (lambda x: operator.setitem(x, 0, 1.0), r"autograd\.where\(mask, new, t\)"),
        (float, r"\.numpy\(\)"),
        (int, r"\.numpy\(\)"),
        (complex, r"\.numpy\(\)"),
        (np.asarray, r"\.numpy\(\)"),
        (lambda x: np.array([x, x]), r"\.numpy\(\)"),
        (lambda x: x.item(), r"single number, not for shape \(3,\)"),
        (bool, "not true or false as a whole"),
        (lambda x: f"{x:.2f}", "single number"),
        (lambda x: x.reshape(2), r"3 numbers; they do not fill \(2,\)"),
        (lambda x: x.reshape(2, -1), r"3 numbers; they do not fill \(2, -1\)"),
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
        "tensor.evaluate(array_ops.STACK, autograd.Value(1.0), autograd.Value(2.0))",
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


@pytest.mark.smoke
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


def test_an_infinity_in_one_row_leaves_the_shares_of_the_others_as_they_are():
    x = Tensor([[np.inf, 0.0], np.log([1.0, 3.0])])
    assert np.allclose(autograd.softmax(x, axis=1).data, [[1.0, 0.0], [0.25, 0.75]], rtol=1e-14)
    assert np.allclose(autograd.logsumexp(x, axis=1).data, [np.inf, np.log(4.0)], rtol=1e-14)


def test_the_length_of_a_short_vector_does_not_vanish():
    assert np.allclose(autograd.norm(Tensor([3e-200, 4e-200])).data, 5e-200, rtol=1e-14, atol=0.0)


@pytest.mark.parametrize("operation", [operator.sub, np.subtract, autograd.maximum])
def test_shapes_that_do_not_fit_are_named_in_their_order(operation):
    pair, triple = [1.0, 2.0], np.ones(3)
    for x, y, shapes in ((Tensor(pair), triple, r"\(2,\) and shape \(3,\)"), (triple, Tensor(pair), r"\(3,\) and .*2")):
        with pytest.raises(InputValueError, match=rf"of shape {shapes}.*lengths have to be equal"):
            operation(x, y)


def test_ends_of_a_slice_may_be_whole_numbers_of_numpy():
    assert Tensor([1.0, 2.0, 3.0])[np.int64(1) : np.int64(3)].tolist() == [2.0, 3.0]


def test_the_length_of_a_row_is_the_same_alone_and_beside_rows_that_are_scaled():
    rows = Tensor([[0.1, 0.7, -0.3], [3e-200, 4e-200, 0.0], [3e200, 4e200, 0.0]])
    lengths = autograd.norm(rows, axis=1).numpy()
    assert lengths[0] == autograd.norm(rows[0]).item()
    assert np.allclose(lengths[1:], [5e-200, 5e200], rtol=1e-14, atol=0.0)
