"""Explanations where tensors take part: identities for whole arrays, and terms of single numbers for one entry."""

import math

import numpy as np
import pytest

from autograd import (
    InputTypeError,
    InputValueError,
    Tensor,
    Value,
    explain,
    program,
)
from autograd.arrays.layers import AFFINE
from autograd.arrays.tensor import apply
from autograd.text.paper import Paper
from tests.support.arrays import sample


def test_an_explanation_of_a_tensor_has_an_identity_for_each_use():
    total, [_, w, b] = sample()
    text = str(explain(w, of=total))
    assert text.startswith("dL/dw (2×3) = ")
    assert "the sum over 3 uses of w" in text
    assert "dL/dw (2×3) = xᵀ (2×4) @ dL/d%3 (4×3)" in text
    assert "dL/db (3) = sum_to(dL/dz (4×3), (3,))" in str(explain(b, of=total))
    total.backward()
    assert explain(w, of=total).total.tolist() == w.grad.tolist()
    assert "from the only use of b" in str(explain("b", of=total))
    assert str(explain(total, of=total)) == "dL/dL = 1: L is the result itself"


def test_an_explanation_of_many_uses_leaves_out_the_middle():
    w = Tensor([1.0, 2.0], name="w")
    y = w
    for _ in range(20):
        y = y + w
    assert "… 7 more, adding up to [7, 7]: so far [17, 17]" in str(explain(w, of=y.sum()))


def test_a_number_among_arrays_is_explained():
    v = Value(2.0, name="v")
    y = (v * Tensor([1.0, 2.0], name="t")).sum() * v
    y.name = "y"
    text = str(explain(v, of=y))
    assert "dy/dv = sum_to(dy/d%2 (2)·t, ())" in text
    assert float(explain(v, of=y).total) == 12.0


def test_the_terms_of_an_entry_of_a_product_are_products_over_the_summed_index():
    x, w = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], name="x"), Tensor(np.ones((2, 2)), name="w")
    z = x @ w
    z.name = "z"
    total = (z * np.array([[1.0, 10.0]])).sum()
    total.name = "L"
    found = explain(w[1, 0], of=total)
    assert [term.factors for term in found.terms] == [(f"dL/dz[{i}, 0]", f"x[{i}, 1]") for i in range(3)]
    assert [term.numbers for term in found.terms] == [(1.0, 2.0), (1.0, 4.0), (1.0, 6.0)]
    assert found.total == 12.0
    assert str(found).startswith("dL/dw[1, 0] = 12, the sum over 3 terms, at w[1, 0] = 1")
    assert "dL/dz[2, 0] × x[2, 1] = 1 × 6 = 6" in str(found)


def test_the_terms_of_a_layer_are_its_matrix_identity_entry_by_entry():
    x, w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="x"), Tensor([[5.0, 6.0], [7.0, 8.0], [9.0, 0.0]], name="w")
    b = Tensor([0.0, 0.5, 1.0], name="b")
    z = apply(AFFINE, x, w, b)
    z.name = "z"
    total = (z * np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]])).sum()
    total.name = "L"
    assert str(program(z)).splitlines()[-1].split()[2:7] == ["x", "@", "wᵀ", "+", "b"]
    for entry, factors, numbers in [
        (x[1, 0], [(f"dL/dz[1, {n}]", f"w[{n}, 0]") for n in range(3)], [(2.0, 5.0), (20.0, 7.0), (200.0, 9.0)]),
        (w[1, 0], [(f"dL/dz[{i}, 1]", f"x[{i}, 0]") for i in range(2)], [(10.0, 1.0), (20.0, 3.0)]),
        (b[2], [(f"dL/dz[{i}, 2]",) for i in range(2)], [(100.0,), (200.0,)]),
    ]:
        found = explain(entry, of=total)
        assert [term.factors for term in found.terms] == factors
        assert [term.numbers for term in found.terms] == numbers
    assert "dL/dw (3×2) = (dL/dz)ᵀ (3×2) @ x (2×2)" in str(explain(w, of=total))
    assert "dL/dx (2×2) = dL/dz (2×3) @ w (3×2)" in str(explain(x, of=total))


def entry_programs():
    total, leaves = sample()
    yield total, leaves
    a, c = Tensor(np.arange(12.0).reshape(2, 1, 2, 3), name="a"), Tensor(np.arange(18.0).reshape(3, 3, 2), name="c")
    yield ((a @ c) ** 2.0).sum(), [a, c]
    m = Tensor([[1.0, -2.0], [0.0, 3.0]], name="m")
    yield ((m.relu() * m[:, None]) @ np.ones((2, 1))).max() + (np.ones((1, 2)) @ m).sum() + m[0, 1], [m]
    x, b = Tensor(np.arange(12.0).reshape(2, 2, 3), name="x"), Tensor([1.0, -2.0], name="b")
    w = Tensor([[1.0, -1.0, 2.0], [0.5, 3.0, 0.0]], name="w")
    yield (apply(AFFINE, x, w, b) ** 2.0).sum() + apply(AFFINE, x[0, 1], w, b).sum(), [x, w, b]
    s = Tensor(3.0, name="s")
    yield (s * np.array([1.0, 2.0])).sum() * s, [s]


def test_the_terms_of_every_entry_add_up_to_its_gradient():
    for total, leaves in entry_programs():
        total.backward()
        for leaf in leaves:
            for index in np.ndindex(leaf.shape):
                text = f"{leaf.name}[{', '.join(map(str, index))}]"
                found = explain(text, of=total)
                assert found.total == pytest.approx(leaf.grad[index], abs=1e-12), text
                assert explain(leaf[index], of=total).total == found.total
                assert str(found)


def test_an_entry_is_meant_by_any_index_of_one_number():
    total, [_, w, _] = sample()
    expected = explain("w[1, 2]", of=total).total
    for given_as in (w[-1, -1], w[1:, 2], w.values()[1][2], "w[-1, 2]", "w[ 1,2 ]", " w[+1,\n-1, ]"):
        assert explain(given_as, of=total).total == expected


def test_many_terms_leave_out_the_middle_and_a_result_is_its_own_derivative():
    x = Tensor(np.arange(40.0), name="x")
    s = Tensor([2.0], name="s")
    assert "26 more, adding up to" in str(explain("s[0]", of=(x * s).sum()))
    y = s * s
    y.name = "y"
    assert str(explain("y[0]", of=y)).startswith("dy/dy[0] = 1")


@pytest.mark.parametrize(
    ("x", "error", "said"),
    [
        ("w[1]", InputValueError, "takes 2 indices"),
        ("w[]", InputValueError, "takes 2 indices"),
        ("w[1, 1, 1]", InputValueError, "takes 2 indices"),
        ("w[1, 3]", InputValueError, r"'w\[1, 3\]' does not exist: out of bounds for an array of shape \(2, 3\)"),
        ("w[-3, 0]", InputValueError, "out of bounds"),
        (f"w[0, {'9' * 5000}]", InputValueError, "out of bounds"),
        *(
            (f"w[{odd}]", InputValueError, "is not part of this program")
            for odd in ("1-2, 0", "-", "1,, 2", "a", "1 2, 0")
        ),
        ("w[1" + " " * 100_000, InputValueError, "is not part of this program"),
        ("w[5, 0]", InputValueError, "out of bounds"),
        ("q[0]", InputValueError, "'q' is not part of this program"),
        ("%8[0]", InputTypeError, "has no entries"),
        (Tensor([1.0])[0], InputValueError, "not part of this program"),
    ],
)
def test_an_entry_that_there_is_not_is_refused(x, error, said):
    total, _ = sample()
    if x == "%8[0]":
        x = next(entry.label for entry in program(total) if not isinstance(entry.node, Tensor)) + "[0]"
    with pytest.raises(error, match=said):
        explain(x, of=total)


def test_explain_wants_one_number_and_no_paths_through_arrays():
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(InputValueError, match="sum up first"):
        explain(x, of=x * x)
    with pytest.raises(InputValueError, match="paths are for programs of single numbers"):
        explain(x, of=(x * x).sum(), paths=True)


def test_the_terms_of_a_sum_have_factors_numbers_and_a_product():
    x = Value(3.0, name="x")
    y = x * x.sin()
    y.name = "y"
    for explanation, factors in [
        (explain(x, of=y), [("dy/dy", "dy/dx"), ("dy/d%1", "d%1/dx")]),
        (explain(x, of=y, paths=True), [("dy/dx",), ("dy/d%1", "d%1/dx")]),
    ]:
        assert [term.factors for term in explanation.terms] == factors
        assert [math.prod(term.numbers) for term in explanation.terms] == [term.product for term in explanation.terms]
        assert [term.product for term in explanation.terms] == [math.sin(3.0), 3.0 * math.cos(3.0)]
        assert [term.entry.label for term in explanation.terms] == ["y", "%1"]
        assert explanation.entry.node is x


def test_the_terms_of_an_array_are_arrays():
    total, [_, w, b] = sample()
    explanation = explain(w, of=total)
    assert sum(term.product for term in explanation.terms) == pytest.approx(explanation.total)
    assert ("xᵀ @ dL/d%3",) in [term.factors for term in explanation.terms]
    [term] = explain(b, of=total).terms
    assert term.factors == ("dL/dz", "dz/db")
    assert term.numbers[0].sum(axis=0) == pytest.approx(term.product)


@pytest.mark.parametrize("options", [{}, {"paths": True}])
def test_a_result_has_no_terms_in_its_derivative_by_itself(options):
    x = Value(3.0, name="x")
    assert explain(x, of=x, **options).terms == ()


def test_an_operation_on_whole_arrays_contributes_one_number_to_an_entry():
    w = Tensor([1.0, 3.0], name="w")
    y = w.max() * 2.0
    y.name = "y"
    assert str(explain("w[1]", of=y)).splitlines() == [
        "dy/dw[1] = 2, from the only term, at w[1] = 3",
        "%1 = max(w)   dy/dw[1] through %1 = 2",
    ]
    assert str(explain("y[0]", of=named(Tensor([2.0]) * 3.0, "y"))) == "dy/dy[0] = 1: y is the result itself"


def named(value, name):
    value.name = name
    return value


def test_a_tensor_that_changed_between_its_uses_is_one_value():
    w = Tensor([1.0, 2.0], name="w")
    first = w * w
    w.data = np.array([3.0, 4.0])
    y = named((first * w).sum(), "y")
    for text, total in [(str(explain(w, of=y)), "dy/dw (2) = "), (str(explain("w[1]", of=y)), "dy/dw[1] = ")]:
        assert text.startswith(total)
        assert "changed between its uses: w" in text.splitlines()[1]
    assert "w[1] changed between its uses: w%0 = 2, w%2 = 4" in str(explain("w[1]", of=y))
    assert explain("w[1]", of=y).total == 2 * 2.0 * 4.0 + 2.0**2


def test_terms_that_only_a_zero_gradient_reaches_are_zeros():
    w = Tensor([[1.0, 2.0]], name="w")
    total = ((w @ np.array([[math.inf], [1.0]])) * 0.0).sum()
    assert explain("w[0, 0]", of=total).total == 0.0
    assert [term.product for term in explain(w[0, 0], of=total).terms] == [0.0]


def test_long_names_lose_their_middle_and_no_line_is_too_long():
    names = "the weights of the first layer", "the inputs, as they were measured", "a" * 100_000, "b\nc"
    u, v, w, t = (Tensor([[2.0]], name=name) for name in names)
    y = ((u @ v) * w + t).sum()
    for x in (u, v, w, t, u[0, 0], w[0, 0]):
        for width in (80, 44):
            lines = explain(x, of=y).on(Paper(width=width)).splitlines()
            assert max(map(len, lines)) <= width
            assert all(line.isprintable() for line in lines)
    assert "aaa…aaa" in str(explain(w, of=y))
