"""Gradients of tensors: deposits, shapes, dtypes, zero adjoints, rules written out, derivatives of higher order."""

import math
import operator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from autograd.arrays import layers
from autograd.arrays import ops as array_ops
from autograd.arrays import sweep as array_sweep
from autograd.arrays.readonly import Frozen
from autograd.arrays.sweep import QUICK, contributions
from autograd.arrays.table import spread_in_view
from autograd.arrays.tensor import apply, evaluate
from autograd.core.stores import gradient_of
from autograd.core.table import TABLE
from tests.support.arrays import same
from tests.support.programs.arrays import random_program


def gradient(f, *arrays):
    """The gradients of the sum of what a function of tensors gives."""
    xs = [Tensor(x) for x in arrays]
    f(*xs).sum().backward()
    return [np.asarray(x.grad) for x in xs]


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


@pytest.mark.smoke
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


@pytest.mark.smoke
def test_diamonds_and_repeated_uses_add_up():
    x = Tensor([2.0, 3.0])
    y = x * x
    ((y + y) * x - x / x).sum().backward()  # 2x³ - 1
    assert np.allclose(x.grad, [24, 54], rtol=1e-15)


@pytest.mark.untraced
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


@pytest.mark.smoke
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
        y = apply(op, *arguments)
        assert (y.dtype, y.shape) == (np.float32, (2, 3))
        y.sum().backward()
        assert x.grad.dtype == x._grad.dtype == y.grad.dtype == np.float32
        z = Tensor(np.full((2, 3), ELEMENTWISE[name], np.float64))
        apply(op, *(z if each is x else each for each in arguments)).sum().backward()
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
    "pad": lambda x: evaluate(array_ops.PAD, x, ((1, 0), (0, 2))),
    "concatenate": lambda x: evaluate(array_ops.CONCATENATE, 0, x, x),
    "einsum": lambda x: evaluate(array_ops.EINSUM, "ij,kj->ik", x, x),
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
    for array in (x._grad, gradient_of(y), x._data, y._data):
        assert (type(array), array.shape) == (np.ndarray, ())
    assert same(x.grad, 2 * (3 * math.exp(2) + 1))
    x.data -= 0.5 * x.grad
    assert isinstance(x.data, Frozen)
    assert x.data.shape == ()


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
        (lambda x: x.sqrt(), [0.0, 4.0], [INF, 0.25]),  # where a gradient is passed on, it stays
        (lambda x: (-x).sqrt(), [1.0], [NAN]),
        (lambda x: x / x, [0.0, 2.0], [NAN, 0]),
    ],
)
def test_a_gradient_of_zero_hands_nothing_on_element_by_element(f, x, expected, monkeypatch):
    monkeypatch.setattr(autograd, "stack_of", lambda values: evaluate(array_ops.STACK, *values), raising=False)
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
SIDES = st.integers(1, 3)
PAIRS = arrays_of.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0)
PRODUCTS = arrays_of.mutually_broadcastable_shapes(signature="(n,k),(k,m)->(n,m)", max_dims=2, max_side=3)
SHAPES = {
    array_ops.MATMUL: PRODUCTS.map(lambda found: found.input_shapes),
    layers.AFFINE: st.tuples(st.lists(SIDES, max_size=3), SIDES, SIDES).map(
        lambda found: ((*found[0], found[1]), (found[2], found[1]), (found[2],))
    ),
}


def numbers(data, shape, dtype=np.float64):
    return data.draw(arrays_of.arrays(dtype, shape, elements=FLOATS))


@pytest.mark.parametrize("op", QUICK, ids=lambda op: op.name)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
@pytest.mark.untraced
def test_every_rule_that_is_written_out_equals_its_row(op, data):
    shapes = data.draw(SHAPES.get(op, PAIRS.map(lambda found: found.input_shapes)))[: op.arity]
    given = [numbers(data, shape, data.draw(st.sampled_from([np.float64, np.float64, np.float32]))) for shape in shapes]
    tensors = data.draw(st.sets(st.integers(0, len(given) - 1), min_size=1))
    given = [Tensor(x) if k in tensors else x for k, x in enumerate(given)]
    if op is array_ops.TRANSPOSE:
        given = [Tensor(numbers(data, shapes[0])), tuple(data.draw(st.permutations(range(len(shapes[0])))))]
    elif op is array_ops.GETITEM:
        assume(shapes[0] and shapes[0][0])
        index = data.draw(st.sampled_from([0, -1, slice(None), (Ellipsis, None), np.array([0, 0]), (slice(1),)]))
        given = [Tensor(numbers(data, shapes[0])), index]
    elif op in (array_ops.SUM_OVER, array_ops.MEAN_OVER):
        axes = tuple(sorted(data.draw(st.sets(st.sampled_from(range(len(shapes[0])))) if shapes[0] else st.just({}))))
        assume(op is array_ops.SUM_OVER or given[0].size)
        given = [Tensor(numbers(data, shapes[0])), axes, data.draw(st.booleans())]
    elif op is array_ops.RESHAPE:
        given = [Tensor(numbers(data, shapes[0])), (*shapes[0][::-1], 1)]
    elif op in (array_ops.SOFTMAX_OVER, array_ops.LOG_SOFTMAX_OVER):
        given = [Tensor(numbers(data, (2, 3, 2))), data.draw(st.sampled_from([(0,), (2,), (0, 1)]))]
    elif op in (array_ops.MAX_OVER, array_ops.MIN_OVER):
        shape, axes = data.draw(st.sampled_from([((2, 3), (1,)), ((9, 2, 8), (1,)), ((3, 20, 2), (0, 2))]))
        given = [Tensor(numbers(data, shape)), axes, data.draw(st.booleans())]
    elif op is layers.CROSS_ENTROPY_OVER:
        x = numbers(data, (*shapes[0], 3))
        classes = data.draw(arrays_of.arrays(int, shapes[0], elements=st.integers(0, 2)))
        given = [Tensor(x), data.draw(st.sampled_from([(x.ndim - 1,), tuple(range(x.ndim))])), False, classes]
        assume(x.size)
    elif op is TABLE["where"]:
        condition = data.draw(arrays_of.arrays(bool, shapes[0]))
        given = [data.draw(st.sampled_from([condition, Tensor(condition * 1.0), True])), *given]
    elif op in TABLE.values() and tensors == {0} and op.arity == 2 and data.draw(st.booleans()):
        given[1] = Value(1.5)
    z = apply(op, *given)
    g = numbers(data, z.shape, z.dtype)
    z._adjoint = g
    for argument in z.arguments():
        if argument is not None:
            argument._adjoint = 0.0
    with np.errstate(all="ignore"):
        array_sweep._pass([z], masked=False)
        expected = contributions(z, g, masked=False)
    for argument, theirs in zip(z.arguments(), expected, strict=True):
        if isinstance(argument, Value):
            assert type(argument._adjoint) is type(theirs) is float
            assert argument._adjoint == theirs
        elif argument is not None:
            assert type(argument._adjoint) is type(theirs) is np.ndarray
            assert argument._adjoint.dtype == theirs.dtype == argument.dtype
            assert argument._adjoint.shape == argument.shape
            alone = op is TABLE["tanh"] and not z.shape  # whose row is evaluated in double precision
            assert np.allclose(argument._adjoint, theirs, rtol=0, atol=1e-5 if alone else 0, equal_nan=True)


@pytest.mark.parametrize(
    ("shape", "axes"), [((), ()), ((2, 3), (1,)), ((2, 3), ()), ((2, 3, 4), (0, 2)), ((0, 3), (0,)), ((3, 0), (0,))]
)
@pytest.mark.parametrize("keepdims", [True, False])
def test_a_result_of_a_reduction_is_spread_as_by_numpy(shape, axes, keepdims):
    whole = np.arange(float(math.prod(shape))).reshape(shape)
    g = np.asarray(np.add.reduce(whole, axis=axes, keepdims=keepdims))
    kept = [1 if k in axes else n for k, n in enumerate(shape)]
    for reduced in (g, np.asfortranarray(g), np.repeat(g, 2, axis=-1)[..., ::2] if g.ndim else g[()]):
        found = spread_in_view(reduced, shape, axes)
        assert (found.shape, found.dtype) == (shape, g.dtype)
        assert np.array_equal(found, np.broadcast_to(g.reshape(kept), shape))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_the_gradient_of_a_quotient_by_a_constant_is_its_reciprocal_also_of_0(dtype, shape):
    for divisor, slope in [(0.0, np.inf), (-0.0, -np.inf), (0, np.inf), (2, 0.5), (4.0, 0.25), (np.inf, 0.0)]:
        x = Tensor(np.ones(shape, dtype))
        (x / divisor).sum().backward()
        assert x.grad.dtype == dtype
        assert x.grad.tolist() == np.full(shape, slope).tolist()


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


def test_what_is_kept_of_shapes_is_what_is_computed():
    assert array_ops._in_front.__wrapped__(4, (1, 3)) == (1, 3, 0, 2)
    assert layers._begins.__wrapped__(6, 2).tolist() == [0, 2, 4]


def test_powers_by_an_array_of_numbers_have_the_slope_0_where_the_exponent_is_0():
    x = Tensor([0.0, 2.0, 3.0])
    (x ** np.array([0.0, 3.0, 1.0])).sum().backward()
    assert x.grad.tolist() == [0.0, 12.0, 1.0]
    x.grad = None
    (x ** np.array([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [1.0, 4.0, 27.0]


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
