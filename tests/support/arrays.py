"""The parts that tests of arrays share: numbers without ties, layouts in memory, derivatives by differences."""

import numpy as np
import pytest

from autograd import Tensor, grad, jvp, vjp


def numbers(shape, seed=0, low=-2.0, high=2.7):
    """Numbers in random order, no two of them close to each other, nor their magnitudes, nor one to 0."""
    size = int(np.prod(shape))
    spread = (np.arange(size) + 0.5) / max(size, 1) * (high - low) + low
    return np.random.default_rng(seed).permutation(spread).reshape(shape)


def layouts(x):
    """The same numbers, as they may lie in memory."""
    yield np.asfortranarray(x)
    wide = np.zeros([2 * n for n in x.shape])
    every_other = wide[(slice(None, None, 2),) * x.ndim]
    every_other[...] = x
    yield every_other
    yield x[(slice(None, None, -1),) * x.ndim].copy()[(slice(None, None, -1),) * x.ndim]
    yield x.T.copy().T


def plain(x):
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


def differences(f, arrays, directions, step):
    """The derivative of ``f`` in a direction, by central differences of plain numbers."""
    ahead, behind = (f(*(x + sign * step * d for x, d in zip(arrays, directions, strict=True))) for sign in (1, -1))
    return (plain(ahead) - plain(behind)) / (2 * step)


def gradient_by_differences(f, arrays, cotangent, k, step=1e-5):
    """The gradient of ``sum(cotangent * f)`` by argument k: one number of it after the other."""
    gradient = np.zeros(arrays[k].shape)
    for place in np.ndindex(arrays[k].shape):
        directions = [np.zeros(x.shape) for x in arrays]
        directions[k][place] = 1.0
        gradient[place] = np.sum(cotangent * differences(f, arrays, directions, step))
    return gradient


def close(expected, tolerance=1e-7):
    return pytest.approx(expected, rel=tolerance, abs=tolerance)


def check_derivatives(f, *arrays, second=True, seed=0):
    """Reverse mode, forward mode and both of second order, against differences; ``f`` also takes plain arrays."""
    if not all(x.ndim for x in arrays):  # an operator takes an array without axes for a number
        shapes, inner = [x.shape for x in arrays], f
        f = lambda *xs: inner(*(x.reshape(shape) for x, shape in zip(xs, shapes, strict=True)))
        arrays = [x.reshape(x.shape or 1) for x in arrays]
    generator = np.random.default_rng(seed)
    value, pull = vjp(f, *arrays)
    assert value == close(plain(f(*arrays)), 1e-13)
    cotangent = np.asarray(generator.standard_normal(np.shape(value)))
    for k, (x, gradient) in enumerate(zip(arrays, pull(cotangent), strict=True)):
        assert np.shape(gradient) == x.shape
        assert gradient == close(gradient_by_differences(f, arrays, cotangent, k))
    directions = [generator.standard_normal(x.shape) for x in arrays]
    again, change = jvp(f, arrays, directions)
    assert again == close(value, 1e-13)
    assert change == close(differences(f, arrays, directions, 1e-5))
    if second:
        gradients = grad(lambda *xs: (f(*xs) * cotangent).sum(), range(len(arrays)))
        ahead, behind = (
            gradients(*(x + 1e-5 * sign * d for x, d in zip(arrays, directions, strict=True))) for sign in (1, -1)
        )
        for bend, after, before in zip(jvp(gradients, arrays, directions)[1], ahead, behind, strict=True):
            assert bend == close((after - before) / 2e-5, 1e-6)


def check_function(ours, numpys, shapes):
    """A function of arrays against numpy's, on arrays, tensors and one of each, and its derivatives."""
    xs = [numbers(shape, k) for k, shape in enumerate(shapes)]
    expected = np.asarray(numpys(*xs))
    found = ours(*xs)
    assert found == close(expected, 1e-14)
    assert np.shape(found) == expected.shape
    tensor = ours(*map(Tensor, xs))
    assert isinstance(tensor, Tensor)
    assert tensor.shape == expected.shape
    if len(xs) == 2:  # with a constant on either side
        for given in [(Tensor(xs[0]), xs[1]), (xs[0], Tensor(xs[1]))]:
            assert ours(*given).numpy() == close(expected, 1e-14)
    check_derivatives(ours, *xs)


def check_layouts_and_precision(f, *arrays):
    """The same derivatives wherever the numbers lie; in single precision, single precision."""
    tensors = [Tensor(x.astype(np.float32)) for x in arrays]
    value, pull = vjp(f, *arrays)
    expected = pull(np.ones(np.shape(value)))
    for others in zip(*map(layouts, arrays), strict=True):
        again, pull = vjp(f, *others)
        assert again == close(value, 1e-13)
        for gradient, right in zip(pull(np.ones(np.shape(value))), expected, strict=True):
            assert gradient == close(right, 1e-13)
    single = f(*tensors)
    assert single.dtype == np.float32
    assert single.numpy() == close(value, 2e-5)
    single.backward(np.ones(single.shape))
    for tensor, right in zip(tensors, expected, strict=True):
        assert tensor.grad.dtype == np.float32
        assert np.asarray(tensor.grad) == close(right, 2e-4)


def same(array, expected):
    """Return True if two arrays have the same shape and the same numbers, and the first one is of floats."""
    array, expected = np.asarray(array), np.asarray(expected, dtype=float)
    return array.dtype.kind == "f" and array.shape == expected.shape and np.array_equal(array, expected, equal_nan=True)


def sample():
    """A layer of a network, with a weight that is used several times, and numbers between arrays."""
    x = Tensor(np.arange(8.0).reshape(4, 2) - 3.3, name="x")
    w = Tensor([[0.7, -0.2, 0.4], [0.1, 0.5, -0.6]], name="w")
    b = Tensor([1.0, 2.0, 3.0], name="b")
    z = x @ w + b
    z.name = "z"
    first, second, third = z.tanh().sum(axis=0).values()
    loss = first * second + third
    total = (z.relu() * 2.0).sum() + (w * w).mean() + loss
    total.name = "L"
    return total, [x, w, b]
