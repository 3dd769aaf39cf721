"""Whatever `check_gradients` is given, it answers in a sentence."""

import numpy as np
import pytest

from autograd import check_gradients
from tests.support.odd import unanswered


def first(x, *_):
    return x * 2.0


@pytest.mark.parametrize(
    "call",
    [
        lambda odd: (
            check_gradients(lambda x: odd, 1.0) if odd is len else check_gradients(odd, 1.0)
        ),  # len(x) is theirs
        lambda odd: check_gradients(odd),
        lambda odd: check_gradients(lambda x: 2.0, odd),
        lambda odd: check_gradients(first, 1.0, odd),
        lambda odd: check_gradients(first, np.ones(2), {"a": [odd]}),
        lambda odd: check_gradients(lambda x: odd, 1.0),
        lambda odd: check_gradients(lambda x: [x * x, odd], 1.0),
        lambda odd: check_gradients(lambda x: (x.sum(), {"b": odd}), np.ones(2), order=2),
        lambda odd: check_gradients(first, 1.0, order=odd),
        lambda odd: check_gradients(first, 1.0, raises=odd),
    ],
    ids="f,f alone,x,y,nested,result,results,results of arrays,order,raises".split(","),
)
def test_every_argument_is_answered(call):
    assert unanswered(call) == {}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: check_gradients("f", 1.0), "takes a function and then its arguments, not str 'f'"),
        (lambda: check_gradients(first), r"f cannot be called with 0 arguments: missing a required argument: 'x'"),
        (lambda: check_gradients(lambda x: x, 1.0, 2.0), "with 2 arguments: too many positional arguments"),
        (lambda: check_gradients(lambda: 1.0), "needs a number to differentiate by"),
        (lambda: check_gradients(lambda x: [], 1.0), "the function returned nothing to differentiate"),
        (lambda: check_gradients(first, 1.0, order=True), "order is a whole number, not bool True"),
        (lambda: check_gradients(first, 1.0, order=0), "takes order 1 or 2, not 0"),
        (lambda: check_gradients(first, 1.0, raises="no"), "raises is True or False, not str 'no'"),
    ],
)
def test_what_is_wrong_is_said(call, says):
    with pytest.raises((TypeError, ValueError), match=says):
        call()
