"""Inside grad and its kind, and in modes that look on, a compiled function is the function that it was made of."""

import math
import re
import warnings

import numpy as np
import pytest

import autograd
from autograd import AnomalyError, InputValueError, Tensor, Value
from autograd.derivatives.operators import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from tests.compiler.test_function import Pair, W, X, numbers


def plain(x):
    return W * x * x * autograd.sin(x)


def of_several(x):
    return [x[0] * x[1] * W, autograd.exp(x[1]), x[2] ** 3]


def of_one(x):
    return W * x[0] * x[1] ** 2 + autograd.exp(x[2] * x[0])


def samples_of(f):
    return lambda x: f(x).sum()


@pytest.mark.parametrize(
    ("operate", "function"),
    [
        (lambda f: grad(f)(2.0), plain),
        (lambda f: grad(grad(f))(2.0), plain),
        (lambda f: grad(grad(grad(f)))(Value(2.0)), plain),
        (lambda f: value_and_grad(f)(2.0), plain),
        (lambda f: jvp(f, [2.0], [3.0]), plain),
        (lambda f: (vjp(f, 2.0)[0], vjp(f, 2.0)[1](3.0)), plain),
        (lambda f: hvp(f, [2.0], [3.0]), plain),
        (lambda f: jacobian(f)([1.0, 2.0, 3.0]), of_several),
        (lambda f: jacobian(f)(Tensor(X)) if f is of_one else jacobian(lambda x: f(list(x)))(X.tolist()), of_several),
        (lambda f: grad(f)([1.0, 2.0, 3.0]), of_one),
        (lambda f: hessian(f)([1.0, 2.0, 3.0]), of_one),
        (lambda f: hvp(f, [[1.0, 2.0, 3.0]], [[0.5, 0.0, 1.0]]), of_one),
    ],
)
def test_inside_the_operators_a_compiled_function_is_the_function(operate, function):
    compiled = autograd.compile(function)
    expected = operate(function)
    assert str(numbers(operate(compiled))) == str(numbers(expected))
    compiled(2.0 if function is plain else X.tolist())  # also after it was compiled
    assert str(numbers(operate(compiled))) == str(numbers(expected))


@pytest.mark.parametrize(
    "operate",
    [
        lambda f: grad(samples_of(f))(X),
        lambda f: value_and_grad(samples_of(f))(Tensor(X)),
        lambda f: jacobian(f)(X),
        lambda f: hessian(samples_of(f))(X),
        lambda f: jvp(f, [X], [np.array([1.0, 0.5, 2.0])]),
        lambda f: (vjp(f, X)[0], vjp(f, X)[1](np.array([1.0, 0.5, 2.0]))),
        lambda f: hvp(samples_of(f), [X], [np.array([1.0, 0.5, 2.0])]),
    ],
)
@pytest.mark.parametrize("called", [False, True])
def test_inside_the_operators_samples_are_differentiated(operate, called):
    compiled = autograd.compile(plain)
    if called:
        compiled(X)
    expected, found = (list(_leaves(numbers(operate(f)))) for f in (plain, compiled))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert any(expected)


def _leaves(nest):
    if isinstance(nest, (list, tuple)):
        for each in nest:
            yield from _leaves(each)
    else:
        yield nest


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (lambda d, k: d["a"] * d["b"][0] * (k if d["c"] == "s" else 1), lambda x: {"a": x, "b": (x, 1), "c": "s"}),
        (lambda d, k: d.a * k, lambda x: Pair(x, 2.0)),
        (lambda d, k: d[0] * k * d[1], lambda x: [x, 3]),
        (lambda d, k: d[0] * k, lambda x: [x, np.array([Value(1.0), "a"], dtype=object)]),
        (lambda d, k: d * k[0] if isinstance(k, np.ndarray) else d * k, lambda x: x),
        (lambda d, k: d * d if d > 0 else d, lambda x: x),
    ],
)
def test_inside_the_operators_arguments_arrive_as_when_they_are_recorded(function, argument):
    compiled = autograd.compile(function)
    found = grad(lambda x: compiled(argument(x), k=2.0).sum())(X)
    x = Tensor(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        eager = [grad(lambda v: function(argument(v), 2.0))(each) for each in X.tolist()]
    assert found.tolist() == numbers(eager)
    assert x.grad is None


def test_inside_the_operators_numbers_arrive_as_values():
    w = Value(2.0)
    f = autograd.compile(lambda x, m: (x * m[0]).relu() + m[1].tanh() * x, batch=("x",))
    found = grad(lambda x: f(x, np.array([1.0, 0.0])).sum())(X)
    assert found.tolist() == [1.0, 1.0, 0.0]
    assert w.grad is None


def test_inside_the_operators_samples_that_give_several_forms_are_refused():
    f = autograd.compile(lambda x: x if x > 0 else 0.0)
    with pytest.raises(InputValueError, match=r"some samples of this batch give more values .* autograd\.where"):
        grad(samples_of(f))(X)


def test_gradients_are_checked_through_compiled_functions():
    f = autograd.compile(plain)
    assert autograd.check_gradients(f, 2.0)
    assert autograd.check_gradients(samples_of(f), Tensor(X))


def test_anomalies_in_compiled_functions_are_found():
    log, root = autograd.compile(lambda x: autograd.log(x)), autograd.compile(lambda x: autograd.sqrt(x))
    x = Tensor([0.0, 1.0])
    log(x), root(x)
    with autograd.detect_anomaly():
        log(x + 1).sum().backward()
        with pytest.raises(AnomalyError, match="-inf"):
            log(x)
        with pytest.raises(AnomalyError, match=f"becomes inf at .*{re.escape(__file__)}"):
            root(x).sum().backward()
    before = x.grad.tolist()
    root(x).sum().backward()
    assert x.grad.tolist() == [math.inf, before[1] + 0.5]


def test_a_call_has_the_line_that_made_it():
    f = autograd.compile(plain)
    f(X)
    with autograd.provenance():
        y = f(X)
        z = y.mean()
    assert (y.source.file, z.source.line - y.source.line) == (__file__, 1)
