"""The records of layers and losses equal what they stand for, operation by operation, to the second derivative."""

import math
from functools import partial

import numpy as np
import pytest

from autograd import InputValueError, Tensor, explain, hvp, jvp, no_grad, program, steps
from autograd.arrays.layers import AFFINE, CROSS_ENTROPY_OVER
from autograd.arrays.layers import affine as affine_of_tensors
from autograd.arrays.tensor import apply, evaluate

NUMBERS = [0.0, 1.0, -2.0, math.inf, -math.inf, math.nan]
CHANCES = [0.2, 0.3, 0.3, 0.08, 0.07, 0.05]


def affine(x, w, b):
    return evaluate(AFFINE, x, w, b)


def surprise(x, classes, axes):
    return evaluate(CROSS_ENTROPY_OVER, x, axes, False, classes)


def by_operations(x, classes):
    index = (*np.indices(classes.shape), classes)
    return x.logsumexp(-1) - x[index]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (0, 3)])
@pytest.mark.parametrize("as_tensor", [True, False])
def test_the_record_of_a_layer_is_that_of_its_row(shape, kind, as_tensor):
    rng = np.random.default_rng(2)
    x, w, b = rng.normal(size=shape).astype(kind), Tensor(rng.normal(size=(4, 3))), Tensor(rng.normal(size=4))
    given = Tensor(x) if as_tensor else x
    ours, theirs = affine_of_tensors(given, w, b), affine(given, w, b)
    assert [type(each) for each in ours.arguments()] == [type(each) for each in theirs.arguments()]
    assert (ours.dtype, ours.shape, str(program(ours))) == (theirs.dtype, theirs.shape, str(program(theirs)))
    for mine, other in zip([ours.data, *ours.numbers()], [theirs.data, *theirs.numbers()], strict=True):
        np.testing.assert_array_equal(mine, other)
    assert ours.numbers()[0] is not x
    with no_grad():
        assert len(program(affine_of_tensors(given, w, b))) == 1
    with pytest.raises(InputValueError, match="rows of the first are as long as those of the second"):
        affine_of_tensors(x[..., :2], w, b)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3)])
def test_an_affine_map_is_a_product_and_a_sum_to_second_order(shape):
    rng = np.random.default_rng(1)
    at, along = ([rng.normal(size=each) for each in (shape, (4, 3), (4,))] for _ in range(2))
    one = lambda x, w, b: (affine(x, w, b).tanh() ** 2).sum()
    three = lambda x, w, b: ((x @ w.T + b).tanh() ** 2).sum()
    for ours, theirs in zip(hvp(one, at, along), hvp(three, at, along), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    np.testing.assert_allclose(jvp(one, at, along)[1], jvp(three, at, along)[1], rtol=1e-12)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3)])
def test_a_cross_entropy_is_the_level_of_all_scores_less_the_true_one_to_second_order(shape):
    rng = np.random.default_rng(2)
    x, along, classes = rng.normal(size=shape), rng.normal(size=shape), rng.integers(0, 3, shape[:-1])
    count = math.prod(shape[:-1])
    for axes, share in [((len(shape) - 1,), 1), (tuple(range(len(shape))), count)]:
        one = lambda x, axes=axes: surprise(x, classes, axes).sum() ** 2
        several = lambda x, share=share: (by_operations(x, classes).sum() / share) ** 2
        np.testing.assert_allclose(hvp(one, (x,), (along,)), hvp(several, (x,), (along,)), rtol=1e-11)
        np.testing.assert_allclose(jvp(one, (x,), (along,)), jvp(several, (x,), (along,)), rtol=1e-11)


def test_losses_of_the_same_scores_are_differentiated_by_their_own_classes():
    x = Tensor(np.zeros((2, 2)))
    first, second = surprise(x, np.array([0, 0]), (0, 1)), surprise(x, np.array([1, 0]), (0, 1))
    first.backward()
    np.testing.assert_array_equal(x.grad, [[-0.25, 0.25], [-0.25, 0.25]])
    x.grad = None
    second.backward()
    np.testing.assert_array_equal(x.grad, [[0.25, -0.25], [-0.25, 0.25]])


def test_a_score_that_is_infinite_takes_the_whole_share_in_a_mean_as_well():
    x = Tensor([[math.inf, 0.0], [0.0, 0.0]])
    loss = surprise(x, np.array([1, 0]), (0, 1))
    loss.backward()
    assert loss.item() == math.inf
    np.testing.assert_array_equal(x.grad, [[0.5, -0.5], [-0.25, 0.25]])


def test_the_step_of_a_cross_entropy_is_written_as_softmax_less_the_one_hot_row():
    x = Tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]], name="x")
    loss = surprise(x, np.array([2, 0]), (0, 1))
    loss.name = "L"
    assert str(program(loss)).splitlines()[-1].split("  ")[0] == "L = cross_entropy(x, [2, 0])"
    assert "(softmax(x (2×3), axis=1) - one_hot([2, 0]))" in " ".join(str(explain(x, of=loss)).split())
    assert str(steps(loss)[0])


def test_a_gradient_of_0_passes_nothing_on_through_them_where_numbers_are_infinite():
    rng = np.random.default_rng(3)
    for _ in range(60):
        n, k, m = rng.integers(1, 4, 3)
        at = [rng.choice(NUMBERS, shape, p=CHANCES) for shape in [(n, k), (m, k), (m,)]]
        g, rows, classes = rng.choice([0.0, 1.0, -1.0], (n, m)), rng.choice([0.0, 1.0], n), rng.integers(0, k, n)
        for one, several, seed, arguments in [
            (affine, lambda x, w, b: x @ w.T + b, g, at),
            (partial(surprise, classes=classes, axes=(1,)), partial(by_operations, classes=classes), rows, at[:1]),
        ]:
            found = []
            for function in (one, several):
                leaves = [Tensor(x) for x in arguments]
                z = function(*leaves)
                z.backward(seed)
                found.append([z.numpy(), *(leaf.grad for leaf in leaves)])
            for ours, theirs in zip(*found, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_a_bias_of_another_shape_is_added_as_arrays_are():
    x, w = Tensor(np.ones((2, 3), np.float32)), Tensor(np.ones((4, 3), np.float32))
    z = apply(AFFINE, x, w, np.full((2, 4), 0.5))
    assert z.numpy().tolist() == [[3.5] * 4] * 2
