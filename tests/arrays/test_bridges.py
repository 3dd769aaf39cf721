"""Between values and tensors: gradients pass from one to the other."""

import numpy as np
import pytest

from autograd import Tensor, Value
from autograd.arrays import ops as array_ops
from autograd.arrays.tensor import evaluate
from tests.support.arrays import same


@pytest.mark.smoke
def test_the_values_of_a_tensor_are_connected_to_it():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    (a, b), (c, d) = x.values()
    assert [type(each) for each in (a, b, c, d)] == [Value] * 4
    (a * d - b * c + d).backward()
    assert same(x.grad, [[4, -3], [-2, 2]])
    assert (a.grad, b.grad, c.grad, d.grad) == (4.0, -3.0, -2.0, 2.0)
    single = Tensor(3.0)
    (single.values() * 2).backward()
    assert same(single.grad, 2.0)
    assert Tensor(np.zeros((2, 0))).values() == [[], []]


def test_values_and_other_uses_of_a_tensor_add_up():
    x = Tensor([1.0, 2.0])
    a, b = x.values()
    total = x.sum() * 10.0
    (a * b + total.values() + (x * x).sum().values() + a).backward()
    assert same(x.grad, [2 + 10 + 2 + 1, 1 + 10 + 4])
    assert same(total.grad, 1.0)


@pytest.mark.smoke
def test_values_are_stacked_to_a_tensor():
    v, w = Value(2.0), Value(3.0)
    x = evaluate(array_ops.STACK, v, w, 5.0, v * w)
    assert same(x.data, [2, 3, 5, 6])
    (x * [1.0, 10.0, 100.0, 1000.0]).sum().backward()
    assert (v.grad, w.grad) == (1 + 3000.0, 10 + 2000.0)


def test_a_value_in_a_program_of_tensors_has_a_float_as_its_gradient():
    v, x = Value(2.0), Tensor([1.0, 2.0, 3.0])
    y = ((v * x) ** v).sum() / v
    y.backward()
    assert (type(v.grad), type(y), y.shape) == (float, Tensor, ())
    f = lambda v: sum((v * x) ** v for x in (1.0, 2.0, 3.0)) / v
    assert v.grad == pytest.approx((f(2 + 1e-6) - f(2 - 1e-6)) / 2e-6, rel=1e-8)
