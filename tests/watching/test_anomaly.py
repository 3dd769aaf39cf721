"""`detect_anomaly` on tensors: the first number that is not finite is named, forwards and backwards."""

import math

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, Tensor, Value, detect_anomaly, scope
from tests.support.arrays import same

INF, NAN = math.inf, math.nan


def anomaly(compute, *arrays):
    xs = [Tensor(x, name=name) for x, name in zip(arrays, "xyz", strict=False)]
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        compute(*xs)
    assert all(x.grad is None for x in xs)
    return str(caught.value)


BAD = np.array([[1.0, 2.0], [-3.0, 0.0]])
LARGE = np.full((2, 2), 1e308)


@pytest.mark.smoke
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
        (lambda x: (abs(x) * 5e307).sum(), "sum_over gives inf: sum(argument 1), with"),
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
