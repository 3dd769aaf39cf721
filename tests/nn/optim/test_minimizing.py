"""The bridge to scipy: minima of known functions, and that a failure moves nothing."""

import math
import sys

import numpy as np
import pytest

from autograd import AnomalyError, InputTypeError, InputValueError, TapeError, Tensor, Value, compile
from nn import MLP, losses
from nn.members import set_frozen
from nn.optim import minimize

pytest.importorskip("scipy")


@pytest.mark.parametrize("method", ["L-BFGS-B", "BFGS", "CG", "Newton-CG", "SLSQP", "Nelder-Mead", "lbfgs"])
def test_rosenbrocks_valley_ends_at_1_and_1(method):
    x, y = Value(1.5), Value(1.5)
    found = minimize(lambda: (1 - x) ** 2 + 100 * (y - x**2) ** 2, [x, y], method, tol=1e-12, max_steps=2000)
    assert (x.data, y.data) == pytest.approx((1, 1), abs=1e-4)
    assert found.loss == pytest.approx((1 - x.data) ** 2 + 100 * (y.data - x.data**2) ** 2, abs=1e-15)
    assert found.evaluations >= found.steps > 3
    assert x.grad is None


def test_least_squares_on_values_and_tensors_together_have_the_solution_of_linear_algebra():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 3)), rng.normal(size=20)
    w, shift, narrow, frozen = Tensor(np.zeros(3)), Value(0.0), Tensor(np.ones(2, np.float32)), Value(7.0)
    set_frozen([frozen], True)
    found = minimize(
        lambda: ((w @ a.T + shift - b) ** 2).sum() + (narrow**2).sum() + 0 * frozen,
        [w, shift, narrow, frozen],
        tol=1e-14,
    )
    solution, *_ = np.linalg.lstsq(np.column_stack([a, np.ones(20)]), b, rcond=None)
    assert [*w.data, shift.data] == pytest.approx(solution, abs=1e-6)
    assert narrow.data == pytest.approx([0, 0], abs=1e-6)
    assert (narrow.dtype, frozen.data, found.converged) == (np.float32, 7.0, True)


def test_a_parameter_that_the_loss_does_not_depend_on_stays():
    w, apart = Tensor(np.ones(2)), Tensor(np.full(3, 7.0))
    assert minimize(lambda: ((w - 3.0) ** 2).sum(), [w, apart], tol=1e-12).converged
    assert [*w.data, *apart.data] == pytest.approx([3, 3, 7, 7, 7], abs=1e-6)


def test_a_compiled_model_is_minimised():
    model = MLP(1, [1])
    points = np.array([[-1.0], [0.0], [1.0]])
    loss = compile(lambda: losses.mse([model([x]) for x in (-1.0, 0.0, 1.0)], [1.0, 3.0, 5.0]))
    assert minimize(loss, model.parameters(), tol=1e-12).loss == pytest.approx(0, abs=1e-10)
    assert [model(row).data for row in points] == pytest.approx([1, 3, 5], abs=1e-4)


def test_the_number_of_steps_is_limited():
    x = Value(9.0)
    found = minimize(lambda: x**4, [x], max_steps=2)
    assert (found.steps, found.converged) == (2, False)
    assert x.data**4 == found.loss


def test_a_loss_that_is_not_finite_somewhere_ends_at_the_best_place():
    x = Value(2.0)
    assert math.isfinite(minimize(lambda: (x - 1).log() ** 2, [x]).loss)
    with pytest.raises(AnomalyError, match="not finite at any place"):
        minimize(lambda: x * math.nan, [x])


class Halt(BaseException):
    pass


@pytest.mark.parametrize("error", [Halt, ValueError])
def test_an_error_or_interrupt_leaves_the_parameters_where_they_were(error):
    x, t = Value(3.0), Tensor([1.0])
    calls = []

    def loss():
        calls.append(x.data)
        if len(calls) == 3:
            raise error
        return x * x + (t * t).sum()

    with pytest.raises(error):
        minimize(loss, [x, t])
    assert calls[-1] != 3.0
    assert (x.data, t.data.tolist()) == (3.0, [1.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: minimize(x * x, [x]), InputTypeError, "takes a function that returns the loss"),
        (lambda x: minimize(lambda: 1.0, [x]), InputTypeError, "the loss is a single value, not float"),
        (lambda x: minimize(lambda: Tensor([1.0, 2.0]) * x, [x]), InputTypeError, "return the sum or the mean"),
        (lambda x: minimize(lambda: Value(1.0) * 2, [x]), TapeError, "depends on none of the 1 parameters"),
        (lambda x: minimize(lambda: x * x, [x], "BFG"), InputValueError, "did you mean 'BFGS'"),
        (lambda x: minimize(lambda: x * x, [x], 3), InputTypeError, "method takes a name"),
        (lambda x: minimize(lambda: x * x, [x], tol=-1), InputValueError, "tol must be"),
        (lambda x: minimize(lambda: x * x, [x], max_steps=0), InputValueError, "max_steps is 1 or more"),
        (lambda x: minimize(lambda: x * x, x), InputTypeError, r"\[x\] for a single value"),
        (lambda x: [set_frozen([x], True), minimize(lambda: x * x, [x])], TapeError, "are frozen"),
    ],
)
def test_wrong_arguments_are_refused(call, error, message):
    x = Value(3.0)
    with pytest.raises(error, match=message):
        call(x)
    assert x.data == 3.0


def test_without_scipy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        minimize(lambda: Value(1.0), [Value(1.0)])
