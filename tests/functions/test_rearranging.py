"""Arrays rearranged: the shapes, the values and the derivatives that they have then."""

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from tests.support.arrays import check_function, check_layouts_and_precision, close, numbers

REARRANGED = {  # ours, numpy's, and the shapes of the arrays
    "reshape": (lambda x: autograd.reshape(x, (3, -1)), lambda x: np.reshape(x, (3, -1)), [(2, 3)]),
    "reshape to a row": (lambda x: autograd.reshape(x, 6), lambda x: np.reshape(x, 6), [(2, 3)]),
    "reshape to no axes": (lambda x: autograd.reshape(x, ()), lambda x: np.reshape(x, ()), [(1, 1)]),
    "ravel": (autograd.ravel, np.ravel, [(2, 3)]),
    "transpose": (autograd.transpose, np.transpose, [(2, 3, 4)]),
    "transpose by axes": (
        lambda x: autograd.transpose(x, (1, -1, 0)),
        lambda x: np.transpose(x, (1, -1, 0)),
        [(2, 3, 4)],
    ),
    "swapaxes": (lambda x: autograd.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), [(2, 3, 4)]),
    "moveaxis": (lambda x: autograd.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1), [(2, 3, 4)]),
    "moveaxis of two": (
        lambda x: autograd.moveaxis(x, [2, 0], [0, 1]),
        lambda x: np.moveaxis(x, [2, 0], [0, 1]),
        [(2, 3, 4)],
    ),
    "expand_dims": (lambda x: autograd.expand_dims(x, -1), lambda x: np.expand_dims(x, -1), [(2, 3)]),
    "expand_dims twice": (lambda x: autograd.expand_dims(x, (0, 2)), lambda x: np.expand_dims(x, (0, 2)), [(2, 3)]),
    "squeeze": (autograd.squeeze, np.squeeze, [(1, 3, 1)]),
    "squeeze one": (lambda x: autograd.squeeze(x, 0), lambda x: np.squeeze(x, 0), [(1, 3, 1)]),
    "broadcast_to": (
        lambda x: autograd.broadcast_to(x, (2, 3, 4)),
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        [(3, 1)],
    ),
    "pad": (lambda x: autograd.pad(x, 1), lambda x: np.pad(x, 1), [(2, 3)]),
    "pad before and after": (lambda x: autograd.pad(x, (0, 2)), lambda x: np.pad(x, (0, 2)), [(2, 3)]),
    "pad axes": (lambda x: autograd.pad(x, ((1, 0), (2, 3))), lambda x: np.pad(x, ((1, 0), (2, 3))), [(2, 3)]),
    "concatenate": (lambda *xs: autograd.concatenate(xs), lambda *xs: np.concatenate(xs), [(2, 3), (1, 3), (0, 3)]),
    "concatenate columns": (
        lambda *xs: autograd.concatenate(xs, axis=-1),
        lambda *xs: np.concatenate(xs, axis=-1),
        [(2, 3), (2, 1)],
    ),
    "stack": (lambda *xs: autograd.stack(xs), lambda *xs: np.stack(xs), [(2, 3), (2, 3)]),
    "stack last": (lambda *xs: autograd.stack(xs, axis=-1), lambda *xs: np.stack(xs, axis=-1), [(2,), (2,), (2,)]),
    "stack single numbers": (lambda *xs: autograd.stack(xs), lambda *xs: np.stack(xs), [(), ()]),
    "split": (lambda x: autograd.split(x, 2)[1], lambda x: np.split(x, 2)[1], [(4, 2)]),
    "split at": (lambda x: autograd.split(x, [1, 3], axis=1)[1], lambda x: np.split(x, [1, 3], axis=1)[1], [(2, 5)]),
    "hstack": (lambda *xs: autograd.hstack(xs), lambda *xs: np.hstack(xs), [(2, 3), (2, 1)]),
    "hstack of rows": (lambda *xs: autograd.hstack(xs), lambda *xs: np.hstack(xs), [(2,), (3,)]),
    "hstack of numbers": (lambda *xs: autograd.hstack(xs), lambda *xs: np.hstack(xs), [(), ()]),
    "vstack": (lambda *xs: autograd.vstack(xs), lambda *xs: np.vstack(xs), [(2, 3), (3,)]),
    "vstack of numbers": (lambda *xs: autograd.vstack(xs), lambda *xs: np.vstack(xs), [(), ()]),
    "take": (lambda x: autograd.take(x, [[2, 0], [-1, 2]]), lambda x: np.take(x, [[2, 0], [-1, 2]]), [(2, 3)]),
    "take along": (lambda x: autograd.take(x, [1, 1, 0], -1), lambda x: np.take(x, [1, 1, 0], -1), [(2, 3)]),
    "take one": (lambda x: autograd.take(x, 1, 0), lambda x: np.take(x, 1, 0), [(2, 3)]),
    "take nothing": (lambda x: autograd.take(x, [], 0), lambda x: np.take(x, np.zeros(0, int), 0), [(2, 3)]),
    "repeat": (lambda x: autograd.repeat(x, 2), lambda x: np.repeat(x, 2), [(2, 3)]),
    "repeat along": (lambda x: autograd.repeat(x, [2, 0, 1], 1), lambda x: np.repeat(x, [2, 0, 1], 1), [(2, 3)]),
    "tile": (lambda x: autograd.tile(x, 3), lambda x: np.tile(x, 3), [(2, 3)]),
    "tile more axes": (lambda x: autograd.tile(x, (2, 1, 2)), lambda x: np.tile(x, (2, 1, 2)), [(2, 3)]),
    "tile fewer axes": (lambda x: autograd.tile(x, (2,)), lambda x: np.tile(x, (2,)), [(2, 2, 2)]),
    "tile a number": (lambda x: autograd.tile(x, (2, 2)), lambda x: np.tile(x, (2, 2)), [()]),
    "flip": (autograd.flip, np.flip, [(2, 3)]),
    "flip along": (lambda x: autograd.flip(x, (0, -1)), lambda x: np.flip(x, (0, -1)), [(2, 3, 2)]),
    "sort": (autograd.sort, np.sort, [(3, 4)]),
    "sort along": (lambda x: autograd.sort(x, 0), lambda x: np.sort(x, 0), [(3, 4)]),
    "sort all": (lambda x: autograd.sort(x, None), lambda x: np.sort(x, None), [(3, 4)]),
    "cumsum": (autograd.cumsum, np.cumsum, [(2, 3)]),
    "cumsum along": (lambda x: autograd.cumsum(x, -2), lambda x: np.cumsum(x, -2), [(3, 2)]),
    "diff": (autograd.diff, np.diff, [(2, 4)]),
    "diff twice along": (lambda x: autograd.diff(x, 2, 0), lambda x: np.diff(x, 2, 0), [(4, 2)]),
    "diff not at all": (lambda x: autograd.diff(x, 0) * 1, lambda x: np.diff(x, 0), [(4,)]),
    "diff beyond the end": (lambda x: autograd.diff(x, 9), lambda x: np.diff(x, 9), [(3,)]),
    "tensordot": (autograd.tensordot, np.tensordot, [(2, 3, 2), (3, 2, 2)]),
    "tensordot over one": (
        lambda x, y: autograd.tensordot(x, y, (0, -1)),
        lambda x, y: np.tensordot(x, y, (0, -1)),
        [(2, 3), (3, 2)],
    ),
    "tensordot over pairs": (
        lambda x, y: autograd.tensordot(x, y, ([2, 0], [0, 1])),
        lambda x, y: np.tensordot(x, y, ([2, 0], [0, 1])),
        [(2, 3, 4), (4, 2, 2)],
    ),
    "tensordot over none": (
        lambda x, y: autograd.tensordot(x, y, 0),
        lambda x, y: np.tensordot(x, y, 0),
        [(2,), (3,)],
    ),
    "a part of it": (lambda x: x[1:, ::2], lambda x: x[1:, ::2], [(3, 4)]),
    "backwards": (lambda x: x[::-1, None, ..., 1], lambda x: x[::-1, None, ..., 1], [(3, 2, 2)]),
    "by repeated indices": (lambda x: x[[0, 2, 0]], lambda x: x[[0, 2, 0]], [(3, 2)]),
    "by truth values": (
        lambda x: x[np.array([[True, False, True], [False, True, False]])],
        lambda x: x[np.array([[True, False, True], [False, True, False]])],
        [(2, 3)],
    ),
}


@pytest.mark.smoke
@pytest.mark.parametrize("name", REARRANGED)
@pytest.mark.untraced
def test_arrays_rearranged(name):
    check_function(*REARRANGED[name])


@pytest.mark.parametrize("name", [name for name, (_, _, shapes) in REARRANGED.items() if all(shapes)])
@pytest.mark.untraced
def test_arrays_rearranged_wherever_the_numbers_lie(name):
    ours, _, shapes = REARRANGED[name]
    check_layouts_and_precision(ours, *(numbers(shape, k) for k, shape in enumerate(shapes)))


def test_split_gives_all_parts():
    assert [part.tolist() for part in autograd.split(np.arange(4.0), 2)] == [[0, 1], [2, 3]]
    assert [part.shape for part in autograd.split(Tensor(np.zeros((0, 2))), 3)] == [(0, 2)] * 3


# --- Values and tensors -----------------------------------------------------------------------------------------------


def test_values_stack_to_a_tensor_and_come_apart_again():
    w = [[Value(1.0, name="a"), Value(2.0)], [Value(3.0), 4.0]]
    t = autograd.stack(w)
    assert t.numpy().tolist() == [[1, 2], [3, 4]]
    back = t.values()
    (back[0][0] * back[1][0] + t.sum()).backward()
    assert [w[0][0].grad, w[0][1].grad, w[1][0].grad] == [4.0, 1.0, 2.0]


def test_values_stack_beside_tensors_of_no_axes():
    x, t = Value(2.0), Tensor(3.0)
    y = autograd.stack([x, t, np.array(4.0)])
    (y * y).sum().backward()
    assert (y.numpy().tolist(), x.grad, t.grad.item()) == ([2, 3, 4], 4.0, 6.0)


def test_numbers_stack_to_an_array():
    assert autograd.stack([1, 2.5]).tolist() == [1.0, 2.5]


def test_second_derivatives_pass_through_a_stack_of_values():
    f = lambda xs: (autograd.stack(xs) ** 3).sum() * xs[0]
    assert np.array(autograd.hessian(lambda xs: f(xs).values())([2.0, 3.0])) == close(
        np.array([[48.0, 27.0], [27.0, 36.0]]), 1e-13
    )


# --- What is refused --------------------------------------------------------------------------------------------------

T = np.ones((2, 3))
REFUSED = {
    "numbers that do not fill the shape": (lambda t: autograd.reshape(t, (4, 2)), "do not fill"),
    "an axis that is none": (lambda t: autograd.moveaxis(t, 2, 0), "no axis 2"),
    "an axis without a place": (lambda t: autograd.moveaxis(t, (0, 1), 0), "as many places as axes"),
    "an axis twice": (lambda t: autograd.transpose(t, (0, 0)), "twice"),
    "too few axes": (lambda t: autograd.transpose(t, (0,)), "each of the 2 axes once"),
    "an axis that is longer": (lambda t: autograd.squeeze(t, 0), "longer"),
    "a shape that does not broadcast": (lambda t: autograd.broadcast_to(t, (3, 2)), "broadcast_to of shape"),
    "negative widths": (lambda t: autograd.pad(t, -1), "widths"),
    "widths that are no whole numbers": (lambda t: autograd.pad(t, 0.5), "widths"),
    "widths for other axes": (lambda t: autograd.pad(t, ((1, 1), (1, 1), (1, 1))), "each of the 2 axes"),
    "nothing to concatenate": (lambda t: autograd.concatenate([]), "of nothing"),
    "a single tensor": (lambda t: autograd.concatenate(t), r"write concatenate\(\[…\]\)"),
    "a number": (lambda t: autograd.stack(3.0), r"write stack\(\[…\]\)"),
    "shapes that do not join": (lambda t: autograd.concatenate([t, np.ones((2, 2))]), "concatenate of shape"),
    "no axis to join": (lambda t: autograd.concatenate([t, t], axis=None), "one whole number here"),
    "two axes to join": (lambda t: autograd.stack([t, t], axis=(0, 1)), "one whole number here"),
    "shapes that do not stack": (lambda t: autograd.stack([t, t[0]]), "of one shape"),
    "an axis for values": (lambda t: autograd.stack([Value(1.0)], axis=1), "no axis 1"),
    "text to stack": (lambda t: autograd.stack(["a"]), "stack takes a real number"),
    "parts of other lengths": (lambda t: autograd.split(t, 2, axis=1), "3 numbers do not split into 2"),
    "no parts": (lambda t: autograd.split(t, 0), "do not split"),
    "text for an array": (lambda t: autograd.ravel("text"), "array of real numbers"),
    "rows of different lengths": (lambda t: autograd.ravel([[1.0], [2.0, 3.0]]), "array of real numbers"),
    "places out of bounds": (lambda t: autograd.take(t, [0, 3], 1), "picks from 3 places here, -3 to 2"),
    "places that are no whole numbers": (lambda t: autograd.take(t, 0.5), "take takes whole numbers"),
    "truth values for places": (lambda t: autograd.take(t, [True, False]), "take takes whole numbers"),
    "counts for other places": (lambda t: autograd.repeat(t, [1, 2], 1), "3 of them, one for each place"),
    "a negative count": (lambda t: autograd.repeat(t, -1), "whole number from 0"),
    "repetitions that are no whole numbers": (lambda t: autograd.tile(t, 1.5), "the repetitions of tile"),
    "an order by a missing axis": (lambda t: autograd.sort(t, 2), "no axis 2"),
    "differences of a number": (lambda t: autograd.diff(t[0, 0]), "no axis -1"),
    "a negative number of times": (lambda t: autograd.diff(t, -1), "the number of times"),
    "a sum along two axes": (lambda t: autograd.cumsum(t, (0, 1)), "one whole number here"),
    "axes of other lengths": (lambda t: autograd.tensordot(t, t, 1), "pairs of axes have to be of one length"),
    "more axes than there are": (lambda t: autograd.tensordot(t, t, 3), "sums over 0 to 2 axes"),
    "axes in no pair": (lambda t: autograd.tensordot(t, t, [0, 1, 1]), "or a pair"),
    "an axis of a product twice": (lambda t: autograd.tensordot(t, t, ([0, 0], [0, 1])), "each once"),
    "a backward pass from several numbers": (lambda t: t.backward(), "one number"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, words = REFUSED[what]
    with pytest.raises((InputTypeError, InputValueError), match=words):
        call(Tensor(T))
