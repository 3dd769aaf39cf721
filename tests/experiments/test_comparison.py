"""Two programs side by side."""

import math

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError, Tensor, Value, compare, compile


def loss(w, x=2.0, version=1):
    w, x = Value(w, name="w"), Value(x, name="x")
    p = w * x + 1 if version == 1 else (w * x + 1).tanh()
    p.name = "p"
    return p * p


def test_the_same_program_twice_agrees():
    same = compare(loss(0.5), loss(0.5))
    assert same
    assert (same.structure, same.value, same.gradient) == (None, None, None)
    assert str(same).endswith("The programs agree in structure, values and gradients.")
    assert [pair.mark for pair in same] == [""] * len(same)


def test_first_differences_are_first_in_their_pass():
    moved = compare(loss(0.5), loss(0.25))
    assert not moved
    assert moved.structure is None
    assert (moved.value.first.label, moved.value.first.value, moved.value.second.value) == ("w", 0.5, 0.25)
    assert (moved.gradient.first.label, moved.gradient.gradients) == ("p", (4.0, 3.0))  # 2p, with p = 2 and 1.5


def test_an_operation_that_one_program_has_alone_is_a_difference_of_structure():
    changed = compare(loss(0.5), loss(0.5, version=2))  # w * x + 1 is p in the one, and has no name in the other
    assert [pair.mark for pair in changed] == ["≠", "≠", "≠", "≠", "+", "≠"]
    assert (changed.structure.second.label, changed.structure.first) == ("p", None)
    assert "Structure: p = tanh(%3) is not in the first program." in str(changed)
    back = compare(loss(0.5, version=2), loss(0.5))
    assert "Structure: p = tanh(%3) is not in the second program." in str(back)
    more = compare(loss(0.5), loss(0.5) + 1)
    assert "Structure: %5 = %4 + 1 is not in the first program." in str(more)
    assert more.value is None


def test_names_of_both_are_told_where_they_differ():
    a, b = Value(3.0), Value(4.0)
    pair = compare([Value(1.0), a * 2], [b * 2])
    assert "at %1 and %0: 1.0 and 4.0" in str(pair)


def test_rounding_is_no_difference_unless_it_is_asked_for():
    a, b = Value(0.1 + 0.2), Value(0.3)
    assert compare(a * 2, b * 2)
    assert not compare(a * 2, b * 2, rtol=0.0)
    assert compare(Value(math.nan) * 2, Value(math.nan) * 2)


def test_other_arguments_of_the_same_operation_are_a_difference_of_structure():
    a, b = Value(2.0, name="a"), Value(2.0, name="b")
    wired = compare(a * b + a, a * b + b)  # the same number, and other gradients: b + 1 and a + 1 change places
    assert (wired.structure.first.label, wired.structure.mark, wired.value) == ("%3", "≠", None)
    assert wired.gradient.gradients == (2.0, 3.0)
    assert (
        "%3 = %2 + a takes other arguments, or takes them in another order, in the second program: %3 = %2 + b."
        in str(wired)
    )
    assert compare(a * b, b * a).structure.first.label == "%2"
    assert not compare(a - b, b - a).structure.same_structure


def test_arrays_are_compared_element_by_element():
    def loss(w, xs=(1.0, 2.0)):
        return ((Tensor(w, name="w") * np.array(xs)).reshape(2) ** 2).sum()

    moved = compare(loss([1.0, 2.0]), loss([1.0, 2.5]))
    assert moved.structure is None
    assert "Value: the first difference is at w[1]: 2.0 and 2.5." in str(moved)
    assert "reverse pass is at %2[1]: 8.0 and 10.0" in str(moved)  # 2·x·w
    assert compare(loss([1.0, math.nan]), loss([1.0, math.nan]))
    assert compare(loss([1.0, 2.0]), loss([1.0, 2.0], xs=(1.0, 3.0))).structure is None
    assert "is not in the first program" in str(compare(loss([1.0, 2.0]), loss([1.0, 2.0]).exp()))
    near = compare(loss([1.0 + 1e-12, 2.0]), loss([1.0, 2.5]))
    assert "at w[1]: 2.0 and 2.5" in str(near)  # the first that differs by more than rtol
    assert "at w: [3] and [1, 2]." in str(compare(Tensor([3.0], name="w") * 2, Tensor([1.0, 2.0], name="w") * 2))
    assert compare(compile(lambda x: x * 2)(Value(3.0)), compile(lambda x: x * 2)(Value(3.0)))


def test_nothing_is_deposited():
    y, z = loss(0.5), loss(0.25)
    compare(y, z)
    assert y.grad is None


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda y: compare(y, 3.0), InputTypeError, "not to float"),
        (lambda y: compare(y, y, rtol=-1), InputValueError, "0 or more, not -1"),
        (lambda y: compare(y, y, rtol="a"), InputTypeError, "rtol takes a real number"),
    ],
)
def test_what_cannot_be_compared_is_refused(ask, error, words):
    with pytest.raises(error, match=words):
        ask(loss(1.0))
