"""Regularisers: their closed forms and derivatives, the parameters they take, and what they refuse."""

import math

import numpy as np
import pytest

import autograd
from autograd import InputTypeError, InputValueError, Tensor, Value
from nn import MLP, Linear, Module, Sequential, init, regularisers
from tests.support.odd import ODD, misbehaviour


class Mixed(Module):
    """Scalars in nested lists and alone, a matrix, a kernel, and biases under several names."""

    def __init__(self):
        self.rows = [[Value(1.0), Value(-2.0)], [Value(0.5), Value(0.0)]]
        self.slope = Value(-3.0)
        self.matrix = Tensor([[1.0, -1.0], [0.0, 3.0]])
        self.kernel = Tensor([[[1.0], [1.0]], [[-1.0], [-1.0]]])
        self.b, self.b2, self.bias_hh, self.biases = Value(7.0), Tensor([7.0]), Value(7.0), [Value(7.0)]


BIASES = 28.0  # their magnitudes, added
SQUARES = 4 * 49.0


@pytest.mark.parametrize(
    ("regulariser", "options", "value"),
    [
        ("l1", {}, 6.5 + 5.0 + 4.0),
        ("l1", {"biases": True}, 15.5 + BIASES),
        ("l2", {}, 14.25 + 11.0 + 4.0),
        ("l2", {"half": True}, 29.25 / 2),
        ("l2", {"biases": True}, 29.25 + SQUARES),
        ("l2", {"prior": 1.0}, 10.25 + 16.0 + 9.0 + 8.0),  # rows 0, 9, 0.25, 1; slope 16; matrix 0, 4, 1, 4; kernel 8
        ("linf", {}, 3.0 + 3.0 + 3.0 + 2.0),  # rows, slope, matrix, kernel
        ("linf", {"biases": True}, 11.0 + BIASES),
    ],
)
def test_a_penalty_is_its_closed_form(regulariser, options, value):
    penalty = getattr(regularisers, regulariser)
    model = Mixed()
    assert penalty(model, 0.5, **options).item() == pytest.approx(0.5 * value, rel=1e-14)
    assert penalty(model, 0.5, **options).scope == "penalty"
    by_pairs = penalty(model.named_parameters(), 1, **options)
    assert by_pairs.item() == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("regulariser", "options", "derivative"),
    [
        ("l1", {}, np.sign),
        ("l2", {}, lambda w: 2 * w),
        ("l2", {"half": True, "prior": -1.0}, lambda w: w + 1),
    ],
)
def test_the_derivatives_are_those_of_the_docstrings_and_biases_get_none(regulariser, options, derivative):
    model = Mixed()
    getattr(regularisers, regulariser)(model, 0.25, **options).backward()
    for path, parameter in model.named_parameters():
        if path.startswith("b"):
            assert parameter.grad is None
        else:
            assert np.asarray(parameter.grad).tolist() == (0.25 * derivative(np.asarray(parameter.data))).tolist()


def test_the_row_of_the_largest_sum_has_the_derivative_and_equal_rows_share_it():
    model = Mixed()
    regularisers.linf(model, 2.0).backward()
    assert [[w.grad for w in row] for row in model.rows] == [[2.0, -2.0], [0.0, 0.0]]
    assert model.slope.grad == -2.0
    assert model.matrix.grad.tolist() == [[0.0, 0.0], [0.0, 2.0]]
    assert model.kernel.grad.ravel().tolist() == [1.0, 1.0, -1.0, -1.0]


def test_scalar_and_array_layers_of_the_same_weights_have_the_same_penalties():
    weights = np.array([[0.5, -1.5, 0.25], [2.0, 0.125, -0.5]])
    scalars, arrays = MLP(3, [2], init=init.zeros()), Linear(3, 2)
    for neuron, row in zip(scalars.layers[0].neurons, weights, strict=True):
        for w, x in zip(neuron.weights, row.tolist(), strict=True):
            w.data = x
    arrays.weight.data = weights
    for penalty, value in [(regularisers.l1, 4.875), (regularisers.l2, 6.828125), (regularisers.linf, 2.625)]:
        assert penalty(scalars).item() == penalty(Sequential(arrays)).item() == value


def test_weights_shrink_to_those_of_an_earlier_model():
    model = Mixed()
    before = model.state_dict()
    assert regularisers.l2(model, prior=before, biases=True).item() == 0.0
    model.slope.data = 2.0
    penalty = regularisers.l2(model, 3.0, prior=before)
    penalty.backward()
    assert (penalty.item(), model.slope.grad, model.rows[0][0].grad) == (75.0, 30.0, 0.0)
    w = Value(5.0)  # the minimiser of (θ - 5)² + (θ - 2)² is 3.5 (golden case G4 of the lecture notes)
    for _ in range(200):
        w.grad = None
        ((w - 5) ** 2 + regularisers.l2([w], prior=2.0)).backward()
        w.data -= 0.1 * w.grad
    assert w.data == pytest.approx(3.5, rel=1e-12)


def test_a_penalty_compiles():
    model = MLP(2, [3, 1])
    compiled = autograd.compile(lambda: regularisers.l1(model, 0.1) + regularisers.l2(model, 0.2, prior=1.0))
    loss = compiled()
    loss.backward()
    fast = [p.grad or 0.0 for p in model.parameters()]
    model.zero_grad()
    eager = regularisers.l1(model, 0.1) + regularisers.l2(model, 0.2, prior=1.0)
    eager.backward()
    assert loss.data == pytest.approx(eager.data, rel=1e-13)
    assert fast == pytest.approx([p.grad or 0.0 for p in model.parameters()], rel=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: regularisers.l1(Value(1.0)), InputTypeError, r"a Module or a list .*; write \[parameter\]"),
        (lambda: regularisers.l1([1.0]), InputTypeError, "takes parameters, values or tensors, not float 1.0"),
        (lambda: regularisers.l1([Value(1.0) * 2]), InputTypeError, "takes parameters"),
        (lambda: regularisers.l2([]), InputValueError, "no weights to penalise"),
        (lambda: regularisers.l2([("bias", Value(1.0))]), InputValueError, "biases=True if it has biases only"),
        (lambda: regularisers.l2([Value(1.0)], -1), InputValueError, "strength is finite and not negative, unlike -1"),
        (lambda: regularisers.l2([Value(1.0)], math.inf), InputValueError, "strength is finite"),
        (lambda: regularisers.l2([Value(1.0)], "1"), InputTypeError, "strength takes a real number"),
        (lambda: regularisers.l2([Value(1.0)], half=1), InputTypeError, "half takes True or False, not int 1"),
        (lambda: regularisers.linf([Value(1.0)], biases=1), InputTypeError, "biases takes True or False"),
        (lambda: regularisers.l2([Value(1.0)], prior="x"), InputTypeError, "a prior is a number, or a dict"),
        (lambda: regularisers.l2([Value(1.0)], prior=[[1], [1, 2]]), InputTypeError, "a prior is a number"),
        (lambda: regularisers.l2([Value(1.0)], prior=[1.0]), InputValueError, r"prior of a parameter has shape \(1,\)"),
        (lambda: regularisers.l2(Mixed(), prior={"slop": 1.0}), InputValueError, r"no entry 'rows\[0\]\[0\]'; give"),
        (lambda: regularisers.l2([("w", Value(1.0))], prior={"ww": 1}), InputValueError, "did you mean 'ww'"),
    ],
)
def test_what_has_no_penalty_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("name", regularisers.__all__)
def test_an_odd_argument_is_taken_or_refused_with_a_sentence(name):
    options = {"parameters": [Value(1.0)], "strength": 0.1, "biases": False}
    if name == "l2":
        options |= {"prior": 0.5, "half": False}
    for option in options:
        for odd, make in ODD.items():
            answer = misbehaviour(getattr(regularisers, name), **{**options, option: make()})
            assert not answer, (option, odd)
