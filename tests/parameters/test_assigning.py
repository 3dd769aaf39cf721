"""New numbers for many leaves and arrays: all are set, or none, and what was recorded keeps the old ones."""

import numpy as np
import pytest

from autograd import Tensor, Value, program
from autograd.parameters import adopt, assign
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh


def test_values_tensors_and_arrays_are_set_together_wherever_they_live():
    a, b, c, d = map(Value, (1.0, 2.0, 3.0, 4.0))
    flat, tensor, array = adopt([a, b, c]), Tensor([5.0, 6.0]), np.array([7, 8])
    address = flat.array
    assign([(c, 30.0), (d, 40.0), (a, 10.0), (tensor, np.array([50.0, 60.0]))], [(array, np.array([70, 80]))])
    assert [x.data for x in (a, b, c, d)] == [10.0, 2.0, 30.0, 40.0]
    assert flat.array is address
    assert address.tolist() == [10.0, 2.0, 30.0]
    assert tensor.data.tolist() == [50.0, 60.0]
    assert array.tolist() == [70, 80]
    assign([(flat, np.array([-1.0, -2.0, -3.0]))])
    assert [x.data for x in (a, b, c)] == [-1.0, -2.0, -3.0]


def test_records_and_gradients_keep_what_they_had():
    a, b, c = Value(1.0, name="a"), Value(2.0, name="b"), Value(3.0)
    adopt([a, b])
    y = a * b * c
    y.backward()
    kept = b.data
    assign([(a, 10.0), (c, 30.0)])
    assert b.data is kept  # by which programs tell versions apart
    assert (a.grad, b.grad, c.grad) == (6.0, 3.0, 2.0)
    y.backward()
    assert (a.grad, b.grad, c.grad) == (12.0, 6.0, 4.0)
    assert "a  = input    1.0" in str(program(y))


def test_nothing_is_set_where_one_number_cannot_be():
    a, b, array = Value(1.0), Value(2.0), np.zeros(2)
    adopt([a])
    with pytest.raises(ValueError, match="could not convert"):
        assign([(b, 20.0), (a, "text")], [(array, np.ones(2))])
    assert (a.data, b.data, array.tolist()) == (1.0, 2.0, [0.0, 0.0])


TORN = """
import numpy as np
from autograd import Tensor, Value
from autograd.parameters import adopt, assign

values = [Value(0.0) for _ in range(200)]
adopt(values[:80]), adopt(values[100:90:-1])
tensor, array = Tensor([0.0]), np.zeros(1)


def load():
    new = values[0].data + 1.0
    assign([*((value, new) for value in values), (tensor, np.array([new]))], [(array, np.array([new]))])


torn = 0
for _ in interruptions(load, times=200, longest=1e-3):
    torn += len({*(x.data for x in values), tensor.item(), array.item()}) != 1
print(torn, values[0].data > 20)
"""


@needs_timer
def test_an_interrupt_finds_all_numbers_set_or_none():
    assert run_fresh(INTERRUPTIONS + TORN) == "0 True"
