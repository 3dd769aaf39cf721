"""Numbers that enter a program, or leave it, besides arguments and results: tensors, renewed numbers, uses."""

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, grad
from autograd.compiler.recording.renewed import after_each_call, renewed
from autograd.core.context import inside_recording

X = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 4.0]])


def of(tensor):
    return np.array(tensor.values(), dtype=object)


# --- Leaf tensors that are read as values -----------------------------------------------------------------------------


@pytest.mark.parametrize("batched", [True, False])
def test_a_leaf_tensor_that_is_read_as_values_is_a_parameter(batched):
    w, b = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], name="w"), Tensor(0.5)
    alone = Value(3.0)

    @autograd.compile(batch=batched)
    def f(x):
        rows = x.reshape(-1, 3)
        z = autograd.matmul(rows, of(w).T) + b.values()
        return alone * autograd.sum(z * z)

    f(X).sum().backward() if batched else f(X).backward()
    z = X @ w.data.T + 0.5
    assert np.allclose(w.grad, 3 * 2 * z.T @ X, rtol=1e-14)
    assert np.isclose(b.grad, 3 * 2 * z.sum(), rtol=1e-14)
    assert np.isclose(alone.grad, (z * z).sum(), rtol=1e-14)


def test_a_program_reads_the_numbers_of_a_tensor_at_each_call_and_a_record_keeps_them():
    w = Tensor([2.0, 3.0])
    f = autograd.compile(lambda x: w.values()[0] * w.values()[1] * x)
    y = f(np.array([1.0, 10.0]))
    w.data = [5.0, 7.0]
    assert f(np.array([1.0, 10.0])).numpy().tolist() == [35.0, 350.0]
    y.sum().backward()
    assert w.grad.tolist() == [33.0, 22.0]  # of the numbers with which y was computed


def test_gradients_go_to_arguments_beside_tensors():
    w, x, scale = Tensor([2.0, 3.0]), Tensor([[1.0, 10.0], [2.0, 20.0]]), Value(4.0)
    f = autograd.compile(lambda x, s: s * autograd.dot(w.values(), list(x)))
    f(x, scale).sum().backward()
    assert (x.grad.tolist(), w.grad.tolist(), scale.grad) == ([[8.0, 12.0]] * 2, [12.0, 120.0], 96.0)


def test_tensors_have_names_of_their_own_in_a_listing():
    ws = [Tensor([1.0, 2.0], name="x"), Tensor([1.0, 2.0]), Tensor([1.0, 2.0])]
    f = autograd.compile(lambda x: [sum(w.values(), start=x) for w in ws])
    f(np.ones(3))
    leaves = [line.split()[:3] for line in str(f.program).splitlines()[:4]]
    assert leaves == [[name, "=", "parameters"] for name in ("x2", "tensor", "tensor2")] + [["x", "=", "argument"]]


@pytest.mark.parametrize("made", [lambda w: Tensor([1.0]).values()[0], lambda w: (w * 2.0).values()[0]])
def test_with_a_tensor_that_is_made_or_computed_inside_it_is_a_function_of_tensors(made):
    w = Tensor([2.0])
    f = autograd.compile(lambda x: x * made(w) ** 2)
    for x in (1.0, 3.0):
        assert f(x).item() == x * made(w).item() ** 2


# --- Numbers that are renewed -----------------------------------------------------------------------------------------


def test_each_call_reads_renewed_numbers_and_its_record_keeps_them():
    asked = []

    def read(samples):
        asked.append(samples)
        return np.full((samples, 2), len(asked)) * [1.0, 10.0]

    f = autograd.compile(lambda x: autograd.sum(x * renewed(read, np.ones(2), "r", each_sample=True)))
    x = Tensor(np.ones((3, 2)))
    first, second = f(x), f(x)
    assert (first.numpy().tolist(), second.numpy().tolist(), asked) == ([11.0] * 3, [22.0] * 3, [3, 3])
    f(X[:, :2])
    first.sum().backward()
    assert x.grad.tolist() == [[1.0, 10.0]] * 3
    assert str(f.program).splitlines()[1].split() == ["r", "=", "argument", "[2,B]"]


def test_a_batch_in_blocks_has_the_same_numbers_in_its_reverse_pass():
    rng = np.random.default_rng(0)
    masks = []

    def read(samples):
        masks.append(rng.random((samples, 8)))
        return masks[-1]

    w = Value(1.0)

    @autograd.compile
    def f(x):
        return autograd.sum([w * autograd.exp(each) for each in x * renewed(read, np.ones(8), "r", each_sample=True)])

    x = rng.random((40_000, 8))
    y = f(x)
    y.sum().backward()
    assert np.isclose(w.grad, np.exp(x * masks[0]).sum(), rtol=1e-12)
    assert len(masks) == 1


def test_without_a_batch_renewed_numbers_have_the_shape_of_the_first_ones():
    calls = []
    f = autograd.compile(lambda x: x * renewed(lambda n: calls.append(n) or len(calls), np.array(0.0), "r", True)[()])
    assert [f(2.0).data, f(2.0).data, calls] == [2.0, 4.0, [None, None]]


# --- What is done after each call -------------------------------------------------------------------------------------


def test_values_are_given_to_a_function_after_each_call_and_their_gradient_goes_nowhere():
    seen, w = [], Value(2.0)

    def f(x):
        y = w * x
        if inside_recording():
            after_each_call(lambda numbers: seen.append(numbers.tolist()), np.array([y, w * w, 7.0], dtype=object))
        if w > 0:  # a guard beside it
            y = y + 1
        return y

    compiled = autograd.compile(f)
    compiled(3.0).backward()
    assert (seen, w.grad) == ([[6.0, 4.0, 7.0]], 3.0)
    seen.clear()
    compiled(np.array([1.0, 2.0]))
    assert seen == [[[2.0, 4.0], [4.0, 4.0], [7.0, 7.0]]]
    seen.clear()
    grad(compiled)(3.0)  # runs f as it is written
    assert seen == []
