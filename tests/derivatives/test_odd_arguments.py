"""Whatever the operators of derivatives are given, they answer in a sentence; the error of a function is its own."""

import numpy as np
import pytest

from autograd import Value, derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.core.context import inside_operator, is_recording
from tests.support.odd import ODD, unanswered

X = np.array([1.0, 2.0])
OPERATORS = [grad, value_and_grad, jacobian, hessian, derivative]  # they take a function, and give one


def same(x, *_):
    return x


def product(x, y):
    return x * y


def at_one(operator):
    return lambda f: operator(f)(1.0)


def aux_of(odd):
    grad(lambda x: (x * x, odd), has_aux=True)(1.0)  # passed through as it is


# A call for each place of an argument; of all operators that take a function and give one, and of the others.
CALLS = {
    **{f"x of {each.__name__}": lambda odd, each=each: each(same)(odd) for each in OPERATORS},
    **{f"y of {each.__name__}": lambda odd, each=each: each(same)(1.0, odd) for each in OPERATORS},
    **{f"result of {each.__name__}": lambda odd, each=each: each(lambda x: odd)(1.0) for each in OPERATORS},
    **{f"argnums of {each.__name__}": lambda odd, each=each: each(product, odd)(2.0, 3.0) for each in OPERATORS[:-1]},
    "order": lambda odd: derivative(lambda x: x * 1.0, odd)(1.0),
    "aux": aux_of,
    "pair": lambda odd: grad(lambda x: odd, has_aux=True)(1.0),
    "has_aux": lambda odd: grad(lambda x: (x, x), has_aux=odd)(1.0),
    "primals of jvp": lambda odd: jvp(product, odd, (1.0, 1.0)),
    "primal of jvp": lambda odd: jvp(product, (odd, 1.0), (1.0, 1.0)),
    "tangents of jvp": lambda odd: jvp(product, (1.0, 2.0), odd),
    "tangent of jvp": lambda odd: jvp(product, (1.0, 2.0), (1.0, odd)),
    "tangent of an array": lambda odd: jvp(lambda x: 2 * x, (X,), (odd,)),
    "primal and tangent of jvp": lambda odd: jvp(same, (odd,), (odd,)),
    "result of jvp": lambda odd: jvp(lambda x: odd, (1.0,), (1.0,)),
    "primal of vjp": lambda odd: vjp(same, odd),
    "result of vjp": lambda odd: vjp(lambda x: odd, 1.0)[1](1.0),
    "cotangent": lambda odd: vjp(same, 1.0)[1](odd),
    "cotangent of an array": lambda odd: vjp(same, X)[1](odd),
    "cotangent of a list": lambda odd: vjp(lambda x: [x, 2 * x], 1.0)[1](odd),
    "cotangent in a list": lambda odd: vjp(lambda x: [x, 2 * x], 1.0)[1]([1.0, odd]),
    "primals of hvp": lambda odd: hvp(product, odd, (1.0, 1.0)),
    "primal of hvp": lambda odd: hvp(product, (odd, 1.0), (1.0, 1.0)),
    "tangents of hvp": lambda odd: hvp(product, (1.0, 2.0), odd),
    "tangent of hvp": lambda odd: hvp(product, (1.0, 2.0), (1.0, odd)),
    "tangent of hvp of an array": lambda odd: hvp(lambda x: (x * x).sum(), (X,), (odd,)),
    "result of hvp": lambda odd: hvp(lambda x: odd, (1.0,), (1.0,)),
}
OF_FUNCTIONS = {
    **{each.__name__: at_one(each) for each in OPERATORS},
    "jvp": lambda f: jvp(f, (1.0,), (1.0,)),
    "vjp": lambda f: vjp(f, 1.0),
    "hvp": lambda f: hvp(f, (1.0,), (1.0,)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_argument_is_answered(call):
    assert unanswered(call) == {}


@pytest.mark.parametrize("call", OF_FUNCTIONS.values(), ids=OF_FUNCTIONS)
def test_every_function_is_answered_and_its_own_error_goes_through_and_leaves_nothing_behind(call):
    assert unanswered(call, {odd: make for odd, make in ODD.items() if odd != "builtin"}) == {}
    with pytest.raises(TypeError) as direct:
        len(Value(1.0))
    with pytest.raises(TypeError) as within:  # as `len` itself answers
        call(len)
    assert str(within.value) == str(direct.value)
    error, x = KeyError("mine"), Value(1.0)

    def raising(y):
        x * y
        raise error

    with pytest.raises(KeyError) as raised:
        call(raising)
    assert raised.value is error
    assert (x.grad, is_recording(), inside_operator()) == (None, True, False)
