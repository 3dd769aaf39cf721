"""Convolution and pooling: against sums written out, closed forms, and the worked cases of the lecture notes."""

import itertools
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputValueError, Tensor, Value
from tests.support.arrays import check_derivatives, check_layouts_and_precision, close, numbers


def written_out(x, w, bias=None, stride=(1, 1), pads=((0, 0), (0, 0))):
    """Each number of a convolution as the sum that it is."""
    x = np.pad(x, ((0, 0), (0, 0), *pads))
    height, width = w.shape[2:]
    places = [(n - k) // s + 1 for n, k, s in zip(x.shape[2:], w.shape[2:], stride, strict=True)]
    z = np.zeros((len(x), len(w), *places))
    for n, f, a, b in np.ndindex(z.shape):
        row, column = a * stride[0], b * stride[1]
        z[n, f, a, b] = (x[n, :, row : row + height, column : column + width] * w[f]).sum() + (
            0 if bias is None else bias[f]
        )
    return z


GEOMETRIES = {  # shapes of x and w, stride, padding, and the padding written out
    "one by one": ((2, 3, 2, 2), (4, 3, 1, 1), 1, 0, ((0, 0), (0, 0))),
    "plain": ((2, 2, 4, 5), (3, 2, 2, 3), 1, 0, ((0, 0), (0, 0))),
    "stride": ((1, 2, 5, 5), (2, 2, 2, 2), 2, 0, ((0, 0), (0, 0))),
    "stride beyond the filter": ((1, 1, 7, 7), (1, 1, 2, 2), 3, 0, ((0, 0), (0, 0))),
    "strides": ((2, 1, 5, 6), (2, 1, 3, 2), (1, 2), 0, ((0, 0), (0, 0))),
    "padding": ((1, 2, 3, 3), (2, 2, 3, 3), 1, 1, ((1, 1), (1, 1))),
    "padding of axes": ((1, 1, 3, 2), (1, 1, 3, 3), 1, (0, 2), ((0, 0), (2, 2))),
    "padding before and after": ((1, 1, 3, 3), (1, 1, 2, 3), 1, ((1, 0), (0, 2)), ((1, 0), (0, 2))),
    "same": ((2, 1, 4, 3), (1, 1, 3, 3), 1, "same", ((1, 1), (1, 1))),
    "same, even": ((1, 1, 4, 4), (1, 1, 2, 2), 1, "same", ((0, 1), (0, 1))),
    "same, in steps": ((1, 1, 5, 6), (1, 1, 3, 3), 2, "same", ((1, 1), (0, 1))),
    "same, beyond the filter": ((1, 1, 5, 5), (1, 1, 1, 1), 3, "same", ((0, 0), (0, 0))),
    "as large as the image": ((2, 2, 2, 3), (2, 2, 2, 3), 1, 0, ((0, 0), (0, 0))),
    "no samples": ((0, 2, 4, 4), (3, 2, 2, 2), 1, 0, ((0, 0), (0, 0))),
    "no channels": ((2, 0, 4, 4), (3, 0, 2, 2), 1, 0, ((0, 0), (0, 0))),
    "no filters": ((2, 2, 4, 4), (0, 2, 2, 2), 1, 0, ((0, 0), (0, 0))),
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", GEOMETRIES)
@pytest.mark.untraced
def test_conv2d(name):
    x_shape, w_shape, stride, padding, pads = GEOMETRIES[name]
    x, w, bias = numbers(x_shape), numbers(w_shape, 1), numbers(w_shape[:1], 2)
    strides = stride if isinstance(stride, tuple) else (stride, stride)
    convolved = lambda x, w, bias: autograd.conv2d(x, w, bias, stride=stride, padding=padding)
    assert convolved(x, w, bias) == close(written_out(x, w, bias, strides, pads), 1e-13)
    assert autograd.conv2d(Tensor(x), w, None, stride, padding).numpy() == close(
        written_out(x, w, None, strides, pads), 1e-13
    )
    check_derivatives(convolved, x, w, bias)


@pytest.mark.parametrize("name", ["plain", "strides", "padding", "same, in steps"])
def test_conv2d_wherever_its_numbers_lie(name):
    x_shape, w_shape, stride, padding, _ = GEOMETRIES[name]
    arrays = numbers(x_shape), numbers(w_shape, 1), numbers(w_shape[:1], 2)
    check_layouts_and_precision(lambda x, w, b: autograd.conv2d(x, w, b, stride, padding), *arrays)


@pytest.mark.parametrize(
    ("stride", "padding", "expected"),
    [(1, 0, (0, 0)), (2, 0, (0, 0)), (1, 2, (2, 2)), (1, (1, 0), (1, 0)), (3, (2, 1), (2, 1)), (2, "same", (0, 1))],
)
@pytest.mark.untraced
def test_conv1d(stride, padding, expected):
    x, w, bias = numbers((2, 2, 6)), numbers((3, 2, 3), 1), numbers((3,), 2)
    right = written_out(x[:, :, None], w[:, :, None], bias, (1, stride), ((0, 0), expected))[:, :, 0]
    convolved = lambda x, w, bias: autograd.conv1d(x, w, bias, stride=stride, padding=padding)
    assert convolved(x, w, bias) == close(right, 1e-13)
    check_derivatives(convolved, x, w, bias)
    check_layouts_and_precision(convolved, x, w, bias)


@settings(deadline=None)
@given(n=st.integers(1, 12), k=st.integers(1, 12), p=st.integers(0, 4), s=st.integers(1, 4))
def test_the_number_of_places(n, k, p, s):
    """``⌊(n - k + 2p)/s⌋ + 1``, which is ``⌈(n - (k - 1) + 2p)/s⌉``, the number of windows; for "same" ``⌈n/s⌉``."""
    x, w = np.zeros((1, 1, n)), np.zeros((1, 1, k))
    assert autograd.conv1d(x, w, stride=s, padding="same").shape[2] == -(-n // s)
    if k > n + 2 * p:
        with pytest.raises(InputValueError, match="does not fit"):
            autograd.conv1d(x, w, stride=s, padding=p)
        return
    places = (n - k + 2 * p) // s + 1
    assert places == -(-(n - (k - 1) + 2 * p) // s) == len(range(0, n + 2 * p - k + 1, s))
    assert autograd.conv1d(x, w, stride=s, padding=p).shape == (1, 1, places)


def test_a_third_derivative_of_a_convolution():
    """``d³/dt³ of conv(t x, t² w)`` is 6 conv(x, w)."""
    x, w = numbers((1, 1, 3, 3)), numbers((1, 1, 2, 2), 1)
    f = lambda t: autograd.conv2d(x * t, w * t * t).sum()
    as_number = lambda t: f(autograd.stack([t]).reshape((1, 1, 1, 1))).values()
    assert autograd.derivative(as_number, 3)(0.7) == pytest.approx(6 * written_out(x, w).sum(), rel=1e-12)


# --- Pooling ----------------------------------------------------------------------------------------------------------

POOLS = {  # shape of x, size, stride
    "side by side": ((2, 2, 4, 6), 2, None),
    "overlapping": ((1, 2, 4, 4), 3, 1),
    "of other sides": ((2, 1, 4, 6), (1, 3), None),
    "with a rest": ((1, 1, 5, 5), 2, None),
    "far apart": ((1, 1, 7, 7), 2, (3, 4)),
    "the whole": ((2, 3, 3, 2), (3, 2), None),
    "no samples": ((0, 1, 4, 4), 2, None),
}


@pytest.mark.parametrize("name", POOLS)
@pytest.mark.parametrize(("ours", "each"), [(autograd.max_pool2d, np.max), (autograd.avg_pool2d, np.mean)])
def test_pool2d(name, ours, each):
    shape, size, stride = POOLS[name]
    (height, width) = size if isinstance(size, tuple) else (size, size)
    (down, along) = (height, width) if stride is None else stride if isinstance(stride, tuple) else (stride, stride)
    x = numbers(shape)
    rows, columns = range(0, shape[2] - height + 1, down), range(0, shape[3] - width + 1, along)
    right = np.zeros((*shape[:2], len(rows), len(columns)))
    for (a, row), (b, column) in itertools.product(enumerate(rows), enumerate(columns)):
        right[:, :, a, b] = each(x[:, :, row : row + height, column : column + width], axis=(2, 3))
    assert ours(x, size, stride) == close(right, 1e-14)
    check_derivatives(lambda x: ours(x, size, stride), x)
    check_layouts_and_precision(lambda x: ours(x, size, stride), x)


@pytest.mark.parametrize(("ours", "each"), [(autograd.max_pool1d, np.max), (autograd.avg_pool1d, np.mean)])
@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 1), (2, 3)])
def test_pool1d(ours, each, size, stride):
    x = numbers((2, 2, 7))
    right = np.stack([each(x[:, :, k : k + size], axis=2) for k in range(0, 8 - size, stride or size)], axis=-1)
    assert ours(x, size, stride) == close(right, 1e-14)
    check_derivatives(lambda x: ours(x, size, stride), x)


def test_equal_maxima_of_a_region_share_the_gradient():
    """A notes' rule hands it to the first of them (case W29); the mean of one-sided derivatives, ½ and ½, is ours."""
    x = Tensor([[[2.0, 2.0, 1.0, 3.0]]])
    autograd.max_pool1d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[0.5, 0.5, 0, 1]]]


# --- Worked cases -----------------------------------------------------------------------------------------------------
# Of the explanatory notes of MIT 6.390, chapter 9, by their numbers in the inventory. A signal there is a vector, an
# image a matrix, with channels last; here samples and channels come first.


def signal(x):
    return np.array(x, dtype=float)[None, None]


def test_p8_a_filter_slides_over_a_signal_without_being_flipped():
    x = signal([1, 1, -1, -1, -1, 1, -1, 1, 1, 1])
    f = signal([1, -1, 1])
    assert autograd.conv1d(x, f)[0, 0].tolist() == [-1, 1, -1, 1, -3, 3, -1, 1]
    assert autograd.conv1d(x, f, stride=2)[0, 0].tolist() == [-1, -1, -3, -1]
    assert autograd.conv1d(x, signal([1, 2, 3]))[0, 0].tolist() == [0, -4, -6, 0, -2, 2, 4, 6]
    assert autograd.conv1d(x, signal([3, 2, 1]))[0, 0].tolist() == [4, 0, -6, -4, -2, 2, 0, 6]


def test_p9_padding_with_zeros():
    assert autograd.pad(np.array([1.0, 2, 3, 4]), 2).tolist() == [0, 0, 1, 2, 3, 4, 0, 0]


def test_p10_a_filter_finds_the_plus_that_it_shows():
    plus = signal([[-1, 1, -1], [1, 1, 1], [-1, 1, -1]])
    window = signal([[1, -1, -1], [1, 1, -1], [1, -1, -1]])
    assert autograd.conv2d(window, plus).tolist() == [[[[-1]]]]
    assert autograd.conv2d(plus, plus).tolist() == [[[[9]]]]
    image = -np.ones((1, 1, 5, 5))
    image[..., 1:4, 1:4] = plus
    assert autograd.conv2d(image, plus)[0, 0].tolist() == [[1, -1, 1], [-1, 9, -1], [1, -1, 1]]


def test_p11_a_convolution_has_few_parameters():
    w, bias = np.zeros((1, 1, 3, 3)), np.zeros(1)
    assert autograd.conv2d(np.zeros((1, 1, 5, 5)), w, bias, padding=1).shape == (1, 1, 5, 5)
    assert w.size + bias.size == 10


def test_p12_pooling_halves_an_image():
    assert autograd.max_pool2d(np.zeros((1, 3, 64, 64)), 2).shape == (1, 3, 32, 32)


def test_p13_the_largest_of_each_region():
    """In an image with the maxima of the notes' one, in the same places."""
    x = Tensor(signal([[1, 3, -2, -3], [44, 2, -4, -1], [5, 10, 4, 0], [11, 6, 321, 7]]))
    y = autograd.max_pool2d(x, 2)
    y.sum().backward()
    assert y.numpy()[0, 0].tolist() == [[44, -1], [11, 321]]
    assert np.argwhere(x.grad[0, 0]).tolist() == [[1, 0], [1, 3], [3, 0], [3, 2]]
    assert x.grad.sum() == 4
    overlapping = autograd.max_pool2d(x, 2, stride=1)
    assert overlapping.numpy()[0, 0].tolist() == [[44, 3, -1], [44, 10, 4], [11, 321, 321]]


def test_p14_a_match_of_filter_and_window():
    assert autograd.conv1d(signal([1, 1, 1]), signal([1, 1, -1])).tolist() == [[[1]]]


def test_p16_the_derivative_by_a_filter_holds_the_windows():
    """``∂Z_i/∂W_j = X_{i+j-1}``; the notes write it with the inputs in rows, the transpose of `jacobian`'s."""
    x, w = np.array([1.0, 2, 4, 8, 16, 32]), np.array([0.5, -1.0, 2.0, 3.0])
    by_filter = autograd.jacobian(lambda w: autograd.conv1d(signal(x), w[None, None])[0, 0])(w)
    assert by_filter.T.tolist() == [[1, 2, 4], [2, 4, 8], [4, 8, 16], [8, 16, 32]]
    assert by_filter @ w == close(autograd.conv1d(signal(x), signal(w))[0, 0], 1e-14)


def test_w24_a_convolution_is_a_banded_matrix():
    x, f = np.arange(1.0, 7.0), np.array([1, -2, 3, 0.5])
    banded = np.array([[1, -2, 3, 0.5, 0, 0], [0, 1, -2, 3, 0.5, 0], [0, 0, 1, -2, 3, 0.5]])
    assert autograd.conv1d(signal(x), signal(f))[0, 0] == close(banded @ x, 1e-14)
    by_input = autograd.jacobian(lambda x: autograd.conv1d(x[None, None], signal(f))[0, 0])(x)
    assert by_input.tolist() == banded.tolist()  # the notes' ∂Z/∂X is its transpose
    twice = autograd.conv1d(autograd.conv1d(signal(x), signal([1, 2])), signal([3, 4]))
    assert twice == close(autograd.conv1d(signal(x), signal([3, 10, 8])), 1e-14)


def test_w27_a_filter_over_two_channels():
    x = Tensor([[[[1.0, 2, 0], [0, 1, 3], [2, 1, 0]], [[0, 1, 1], [1, 0, 2], [0, 0, 1]]]])
    w = Tensor([[[[1.0, 0], [0, -1]], [[0, 2], [1, 0]]]])
    b = Tensor([1.0])
    z = autograd.conv2d(x, w, b)
    z.backward([[[[1, -1], [2, 0]]]])
    assert z.numpy().tolist() == [[[[4, 2], [0, 6]]]]
    assert w.grad.tolist() == [[[[-1, 4], [3, 0]], [[1, 0], [1, -2]]]]
    assert b.grad.tolist() == [2]
    assert x.grad.tolist() == [[[[1, -1, 0], [2, -1, 1], [0, -2, 0]], [[0, 2, -2], [1, 3, 0], [2, 0, 0]]]]


def test_w28_a_small_network_with_a_convolution():
    x = Tensor(signal([1, -1, 2, 0.5]))
    w1, w2 = Tensor(signal([1, -1, 0.5])), Tensor([1, 2, -1, 0.5])
    padded = autograd.pad(x, ((0, 0), (0, 0), (1, 1)))
    z1 = autograd.conv1d(padded, w1)
    a1 = autograd.relu(z1)
    a2 = w2 @ a1[0, 0]
    loss = (a2 - 1.0) ** 2
    loss.backward()
    assert z1.numpy().tolist() == [[[-1.5, 3, -2.75, 1.5]]]
    assert (a2.item(), loss.item(), a2.grad.item()) == (6.75, 33.0625, 11.5)
    assert a1.grad.tolist() == [[[11.5, 23, -11.5, 5.75]]]
    assert z1.grad.tolist() == [[[0, 23, 0, 5.75]]]
    assert w1.grad.tolist() == [[[34.5, -20.125, 46]]]
    assert w2.grad.tolist() == [0, 34.5, 0, 17.25]
    assert padded.grad.tolist() == [[[0, 23, -23, 17.25, -5.75, 2.875]]]


def test_w28_is_the_product_of_its_jacobians():
    """``∂L/∂W¹ = (∂Z/∂W)(∂A/∂Z)(∂A²/∂A¹)(∂L/∂A²)``, with inputs in rows: the transposes of `jacobian`'s."""
    padded, w = np.array([0, 1, -1, 2, 0.5, 0]), np.array([1, -1, 0.5])
    by_filter = autograd.jacobian(lambda w: autograd.conv1d(signal(padded), w[None, None])[0, 0])(w).T
    by_activation = np.diag([0.0, 1, 0, 1])
    assert by_filter @ by_activation @ np.array([1, 2, -1, 0.5]) * 11.5 == close(np.array([34.5, -20.125, 46]), 1e-14)


def test_w29_the_derivative_of_a_maximum_is_a_unit_vector():
    x = Tensor([[[3.0, -1, 2, 7, 5, 0]]])
    autograd.max_pool1d(x, 6).sum().backward()
    assert x.grad.tolist() == [[[0, 0, 0, 1, 0, 0]]]


def test_a_convolution_of_tensors_is_that_of_values():
    x, w = numbers((1, 1, 5)), numbers((1, 1, 3), 1)
    xs, ws = [Value(each) for each in x.ravel()], [Value(each) for each in w.ravel()]
    zs = [autograd.dot(ws, xs[k : k + 3]) for k in range(3)]
    autograd.prod(zs).backward()
    x, w = Tensor(x), Tensor(w)
    z = autograd.conv1d(x, w)
    z.prod().backward()
    assert z.numpy().ravel() == close(np.array([each.data for each in zs]), 1e-14)
    assert x.grad.ravel() == close(np.array([each.grad for each in xs]), 1e-13)
    assert w.grad.ravel() == close(np.array([each.grad for each in ws]), 1e-13)


# --- Manners ----------------------------------------------------------------------------------------------------------

X, W = np.ones((1, 2, 4, 4)), np.ones((3, 2, 2, 2))
REFUSED = {
    "an image without samples": (lambda: autograd.conv2d(X[0], W), r"\[sample, channel, row, column\]"),
    "a filter without channels": (lambda: autograd.conv2d(X, W[0]), r"\[filter, channel, row, column\]"),
    "a signal without channels": (lambda: autograd.conv1d(X[0, 0], W), r"\[sample, channel, place\]"),
    "other channels": (lambda: autograd.conv2d(X, W[:, :1]), "1 channels, the input has 2"),
    "a filter beyond the image": (lambda: autograd.conv2d(X, np.ones((1, 2, 5, 1))), "does not fit"),
    "a filter of no size": (lambda: autograd.conv2d(X, np.ones((1, 2, 0, 1))), "does not fit"),
    "a bias for other filters": (lambda: autograd.conv2d(X, W, np.ones(2)), "each of the 3 filters"),
    "a bias for pixels": (lambda: autograd.conv2d(X, W, np.ones((3, 1))), "each of the 3 filters"),
    "no stride": (lambda: autograd.conv2d(X, W, stride=0), "the stride is a whole number from 1"),
    "a stride of a half": (lambda: autograd.conv2d(X, W, stride=0.5), "the stride is"),
    "three strides": (lambda: autograd.conv2d(X, W, stride=(1, 1, 1)), "or 2 of them"),
    "two strides of a signal": (lambda: autograd.conv1d(X[0], W[0], stride=(1, 1)), "from 1, not"),
    "negative padding": (lambda: autograd.conv2d(X, W, padding=-1), "the padding is"),
    "padding of a half": (lambda: autograd.conv2d(X, W, padding=0.5), "the padding is"),
    "padding by another word": (lambda: autograd.conv2d(X, W, padding="valid"), "the padding is"),
    "padding of three axes": (lambda: autograd.conv2d(X, W, padding=(1, 1, 1)), "the padding is"),
    "padding of three sides": (lambda: autograd.conv2d(X, W, padding=((1, 1, 1), 1)), "the padding is"),
    "a region of no size": (lambda: autograd.max_pool2d(X, 0), "the size is"),
    "a region beyond the image": (lambda: autograd.avg_pool2d(X, 5), "a region of"),
    "pooling of a signal": (lambda: autograd.max_pool2d(X[0], 2), r"\[sample, channel, row, column\]"),
    "pooling of an image": (lambda: autograd.max_pool1d(X, 2), r"\[sample, channel, place\]"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, words = REFUSED[what]
    with pytest.raises(InputValueError, match=words):
        call()


def test_a_convolution_goes_through_its_samples_in_blocks_whose_workspace_is_released(monkeypatch):
    """The columns of an image are many times its size: those of a few samples are made at a time, and then let go."""
    right, made = autograd.arrays.layers._in_blocks, []

    def in_blocks(*args):
        for samples, matrices in right(*args):
            made.append(weakref.ref(matrices.base))
            yield samples, matrices

    def found():
        x, w = Tensor(numbers((5, 1, 6, 6))), Tensor(numbers((3, 1, 3, 3)))
        z = autograd.conv2d(x, w)
        count = len(made)
        (z * z).sum().backward()
        assert {each() for each in made} == {None}
        return [z.numpy(), x.grad, w.grad], (count, len(made) - count)

    monkeypatch.setattr(autograd.arrays.layers, "_in_blocks", in_blocks)
    whole, blocks = found()
    assert blocks == (1, 1)
    made.clear()
    monkeypatch.setattr(autograd.arrays.layers, "BLOCK", 2 * 9 * 16)  # two samples of 9 cells and 16 places
    parts, blocks = found()
    assert blocks == (3, 3)
    assert [each.tobytes() for each in parts] == [each.tobytes() for each in whole]


def test_a_convolution_of_values_is_a_dot_product_for_each_number_and_compiled_one_matrix_product():
    rng = np.random.default_rng(2)
    x, w = rng.normal(size=(1, 2, 5, 6)), rng.normal(size=(3, 2, 2, 3))
    weights = np.vectorize(Value)(w)
    z = autograd.conv2d(x.astype(object), weights, stride=(2, 1))
    assert z.shape == (1, 3, 2, 4)
    assert {each._op.name for each in z.flat} == {"dot"}
    expected = autograd.conv2d(x, w, stride=(2, 1))
    np.testing.assert_allclose(np.vectorize(lambda each: each.data)(z), expected, rtol=1e-13)
    f = autograd.compile(lambda x: autograd.conv2d(x[None], weights, stride=(2, 1))[0])
    np.testing.assert_allclose(f(x).numpy(), expected, rtol=1e-13)
    assert [line.split()[2] for line in str(f.program).splitlines() if line.startswith("%")] == ["matmul"]
