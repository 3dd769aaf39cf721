"""Lists and dicts that hold themselves are refused wherever a nesting is read."""

import numpy as np
import pytest

import autograd
from autograd import InputValueError, Value
from autograd.errors import AutogradError


def in_a_list():
    inside = [1.0]
    inside.append(inside)
    return inside


def in_a_dict():
    inside = {"a": 1.0}
    inside["b"] = inside
    return inside


def in_an_array():
    inside = np.array([Value(1.0), None], dtype=object)
    inside[1] = [inside]
    return inside


READERS = {
    "grad": lambda x: autograd.grad(lambda y: 2.0)(x),
    "value_and_grad": lambda x: autograd.value_and_grad(lambda y: 2.0)(x),
    "hessian": lambda x: autograd.hessian(lambda y: 2.0)(x),
    "vjp": lambda x: autograd.vjp(lambda y: 2.0, x),
    "jvp": lambda x: autograd.jvp(lambda y: y, (x,), (x,)),
    "result of vjp": lambda x: autograd.vjp(lambda y: x, 1.0),
    "result of derivative": lambda x: autograd.derivative(lambda y: x)(1.0),
    "check_gradients": lambda x: autograd.check_gradients(lambda y: 2.0, x),
    "result of check_gradients": lambda x: autograd.check_gradients(lambda y: [y, x], 1.0),
    "compile": lambda x: autograd.compile(lambda y: 2.0)(x),
    "compile by keyword": lambda x: autograd.compile(lambda y: 2.0)(y=x),
    "result of compile": lambda x: autograd.compile(lambda y: [y, x])(1.0),
    "stack": autograd.stack,
    "a tensor": autograd.Tensor,
    "sum": autograd.sum,
    "program": autograd.program,
}


@pytest.mark.parametrize("endless", [in_a_list, in_a_dict, in_an_array])
@pytest.mark.parametrize("reader", READERS)
def test_what_holds_itself_is_refused(reader, endless):
    with pytest.raises(AutogradError) as said:
        READERS[reader](endless())
    assert len(str(said.value)) < 300


def test_the_error_says_so():
    with pytest.raises(InputValueError, match="holds itself, or is nested too deeply; give lists that come to an end"):
        autograd.grad(lambda y: 2.0)(in_a_list())
