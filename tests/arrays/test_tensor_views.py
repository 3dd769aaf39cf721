"""Programs with tensors, as listings, formulas and drawings show them."""

import math

import numpy as np
import pytest

import visualize
from autograd import (
    InputTypeError,
    Tensor,
    Value,
    formula,
    nudge,
    program,
    replay,
    steps,
)
from autograd.arrays import ops as array_ops
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import apply
from autograd.core.table import TABLE
from autograd.core.tape import Node
from autograd.formulas.array_symbols import TIES, ArraySymbol, ShapedWriter, array_constant, of_arrays, shape
from autograd.formulas.latex import LatexWriter
from autograd.formulas.notation import adjoint, named, written
from autograd.formulas.symbols import formulas_of, symbols
from autograd.terminal.trace_table import trace_table
from autograd.text.numbers import brief, short
from tests.support.arrays import sample

# --- Listings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.array([1.0, 2.0, 3.0]), "[1, 2, 3]"),
        (np.zeros((32, 10)), "(32, 10)"),
        (np.zeros((3, 4), dtype=np.float32), "(3, 4) float32"),
        (np.full((2, 3), 1234.5678), "(2, 3)"),  # six numbers that would be too long
        (np.zeros((0, 3)), "(0, 3)"),
        (np.array([math.nan, math.inf]), "[nan, inf]"),
    ],
)
def test_small_arrays_are_printed_and_others_are_their_shape(array, text):
    assert short(array) == brief(array) == text


def test_an_array_without_axes_reads_as_a_number():
    assert short(np.array(2.0)) == "2.0"
    assert brief(np.array(2.0)) == "2"


def t(*lengths):
    return Tensor(np.ones(lengths), name="t")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: t(4, 2) @ Tensor(np.ones((2, 3)), name="w"), "t @ w"),
        (lambda: t(2, 3).T, "tᵀ"),
        (lambda: t(2, 3, 4).T, "transpose(t, (2, 1, 0))"),
        (lambda: t(4, 2).sum(), "sum(t)"),
        (lambda: t(4, 2).sum(axis=0), "sum(t, axis=0)"),
        (lambda: t(4, 2, 3).max(axis=(0, 2), keepdims=True), "max(t, axis=(0, 2), keepdims=True)"),
        (lambda: t(4, 2).softmax(), "softmax(t, axis=1)"),
        (lambda: t(4, 4)[0, 1:3], "t[0, 1:3]"),
        (lambda: t(4, 4)[0], "t[0]"),
        (lambda: t(4, 4)[..., ::2, None], "t[..., ::2, None]"),
        (lambda: t(4, 4)[[0, 0]], "t[[0, 0]]"),
        (lambda: t(4, 2).values()[1][0], "t[1, 0]"),
        (lambda: t().values(), "t[()]"),
        (lambda: t(6).reshape(2, 3), "reshape(t, (2, 3))"),
        (lambda: t(4, 2) * np.ones((4, 2)), "t * array(4, 2)"),
        (lambda: t(3) + np.array([1.0, 2.0, 3.0]), "t + [1, 2, 3]"),
        (lambda: t(3) * 2.0, "t * 2.0"),
        (lambda: np.array([[1.0, 2.0]]) @ t(2, 3), "[[1, 2]] @ t"),
        (lambda: apply(array_ops.CONCATENATE, 0, t(3), t(3)), "concatenate([t%0, t%1], axis=0)"),
        (lambda: apply(array_ops.SCATTER, t(3), (0,), (4, 3)), "scatter(t, (0,), (4, 3))"),
        (lambda: apply(array_ops.STACK, Value(1.0, name="p"), 2.0), "stack([p, 2.0])"),
    ],
)
def test_expressions_read_as_a_person_writes_them(make, text):
    assert program(make())[-1].expression == text


def test_a_listing_shows_values_and_gradients_of_arrays():
    x = Tensor([1.0, 2.0, 3.0], name="x")
    y = (x * x).sum()
    y.name = "y"
    y.backward()
    assert str(program(y)).splitlines() == [
        "              value      gradient",
        "x  = input    [1, 2, 3]  [2, 4, 6]",
        "%1 = x * x    [1, 4, 9]  [1, 1, 1]",
        "y  = sum(%1)  14.0       1.0",
    ]
    assert "y = sum(%1)" in str(program(y).tree())


def test_a_leaf_that_was_changed_has_an_entry_for_each_array():
    x = Tensor([1.0, 2.0], name="x")
    y = x * 2.0
    x.data = [5.0, 6.0]
    z = y * x
    assert [entry.value.tolist() for entry in program(z) if entry.node is x] == [[1, 2], [5, 6]]


# --- Symbols ----------------------------------------------------------------------------------------------------------


def name(text, *lengths):
    return ArraySymbol(lengths, "name", text)


X = name("x", 4, 2)
IMAGES, FILTERS = name("x", 2, 3, 8, 8), name("w", 4, 3, 3, 3)
PULLS = [
    ("matmul", 0, (4, 3), (X, name("w", 2, 3)), "dL/dz (4×3) @ wᵀ (3×2)"),
    ("matmul", 1, (4, 3), (X, name("w", 2, 3)), "xᵀ (2×4) @ dL/dz (4×3)"),
    (*("matmul", 1, (5, 4, 3), (name("x", 5, 4, 2), name("w", 2, 3))), "sum_to(xᵀ (5×2×4) @ dL/dz (5×4×3), (2, 3))"),
    ("sum_over", 0, (), (X, (0, 1), False), "broadcast_to(dL/dz, (4, 2))"),
    ("sum_over", 0, (2,), (X, (0,), False), "broadcast_to(dL/dz (2), (4, 2))"),
    ("sum_over", 0, (4,), (X, (1,), False), "broadcast_to(reshape(dL/dz (4), (4, 1)), (4, 2))"),
    ("sum_over", 0, (4, 1), (X, (1,), True), "broadcast_to(dL/dz (4×1), (4, 2))"),
    ("mean_over", 0, (), (X, (0, 1), False), "broadcast_to((dL/dz)/8, (4, 2))"),
    (*("prod_over", 0, (), (X, (0, 1), False)), "broadcast_to(dL/dz, (4, 2))·(prod(x (4×2), keepdims=True)/x (4×2))"),
    *[
        (
            *(f"{extreme}_over", 0, (2,), (X, (0,), False)),
            "broadcast_to(dL/dz (2), (4, 2))·((1 if x (4×2) = broadcast_to(z (2), (4, 2)) else 0)/ties)",
        )
        for extreme in ("max", "min")
    ],
    ("norm_over", 0, (), (X, (0, 1), False), "broadcast_to(dL/dz, (4, 2))·(x (4×2)/broadcast_to(z, (4, 2)))"),
    ("logsumexp_over", 0, (4, 1), (X, (1,), True), "broadcast_to(dL/dz (4×1), (4, 2))·softmax(x (4×2), axis=1)"),
    (
        *("softmax_over", 0, (4, 2), (X, (1,))),
        "z (4×2)·(dL/dz (4×2) - sum(dL/dz (4×2)·z (4×2), axis=1, keepdims=True))",
    ),
    (*("log_softmax_over", 0, (4, 2), (X, (0, 1))), "dL/dz (4×2) - exp(z (4×2))·sum(dL/dz (4×2), keepdims=True)"),
    ("getitem", 0, (2,), (X, 0), "scatter(dL/dz (2), 0, (4, 2))"),
    ("scatter", 0, (9, 2), (name("x", 2), 0, (9, 2)), "(dL/dz)[0] (2)"),
    ("pad", 0, (4, 4), (X, ((0, 0), (1, 1))), "(dL/dz)[0:4, 1:3] (4×2)"),
    ("transpose", 0, (2, 4), (X, (1, 0)), "(dL/dz)ᵀ (4×2)"),
    ("transpose", 0, (3, 2, 4), (name("x", 4, 2, 3), (2, 1, 0)), "transpose(dL/dz, (2, 1, 0)) (4×2×3)"),
    ("mT", 0, (2, 4), (X,), "(dL/dz)ᵀ (4×2)"),
    ("reshape", 0, (8,), (X, (8,)), "reshape(dL/dz (8), (4, 2))"),
    ("broadcast_to", 0, (3, 4, 2), (X, (3, 4, 2)), "sum_to(dL/dz (3×4×2), (4, 2))"),
    ("broadcast_to", 0, (4, 2), (X, (4, 2)), "dL/dz (4×2)"),
    ("sum_to", 0, (1, 2), (X, (1, 2)), "broadcast_to(dL/dz (1×2), (4, 2))"),
    ("concatenate", 2, (7, 2), (0, X, name("y", 3, 2)), "(dL/dz)[4:7] (3×2)"),
    ("stack", 1, (2,), (name("a"), name("b")), "(dL/dz)[1]"),
    ("entry", 0, (), (X, (2, 1)), "scatter(dL/dz, (2, 1), (4, 2))"),
    ("einsum", 1, (4, 3), ("ij,jk->ik", X, name("w", 2, 3)), "einsum(ik,jk->ij, dL/dz (4×3), w (2×3))"),
    (
        *("conv", 0, (2, 4, 6, 6), (IMAGES, FILTERS, (1, 1))),
        "conv_input(w (4×3×3×3), dL/dz (2×4×6×6), (1, 1), (2, 3, 8, 8))",
    ),
    (
        *("conv", 1, (2, 4, 6, 6), (IMAGES, FILTERS, (1, 1))),
        "conv_filter(x (2×3×8×8), dL/dz (2×4×6×6), (1, 1), (3, 3))",
    ),
]


@pytest.mark.parametrize(("row", "k", "result", "operands", "text"), PULLS)
def test_a_pull_on_symbols_is_the_identity_with_a_shape_on_every_factor(row, k, result, operands, text):
    g, z = ArraySymbol(result, "adjoint", "L", "z"), name("z", *result)
    pulled = ARRAY_TABLE[row].pull(symbols, k, g, *operands, z)
    assert ShapedWriter().at(pulled) == text
    if "ties" not in text:
        assert shape(pulled) == operands[k].shape


def test_symbols_without_shapes_give_the_identity_of_a_product_too():
    x, w, g = named("x"), named("w"), adjoint("L", "z")
    assert [written(array_ops.MATMUL.pull(symbols, k, g, x, w, named("z"))) for k in (0, 1)] == [
        "dL/dz @ wᵀ",
        "xᵀ @ dL/dz",
    ]
    assert written(array_ops.SUM_OVER.pull(symbols, 0, g, x, (), False, named("z"))) == "broadcast_to(dL/dz, …)"


def test_products_keep_their_parentheses():
    x, y, z = named("x"), named("y"), named("z")
    product = of_arrays["matmul"]
    assert written(product(x + y, z)) == "(x + y) @ z"
    assert written(product(product(x, y), z)) == "(x @ y) @ z"
    assert written(of_arrays["mT"](x + y), unicode=False) == "(x + y).T"


def test_identities_are_typeset():
    x, g = X, ArraySymbol((4, 3), "adjoint", "L", "z")
    product = of_arrays["matmul"](of_arrays["transpose"](x, (1, 0)), g)
    assert LatexWriter().at(product) == r"x^{\top} \, \frac{\mathrm{d} L}{\mathrm{d} z}"
    assert LatexWriter().at(of_arrays["getitem"](x, 0)) == r"x_{\text{0}}"
    assert LatexWriter().at(symbols.sum_over(x, (0, 1), False)).startswith(r"\operatorname{sum}\left(x")


def test_ties_are_counted_once():
    assert symbols.maximum(TIES, 1.0) is TIES
    assert symbols.maximum(1.0, 2.0) == 2.0


def test_an_array_without_a_name_is_written_by_its_numbers_or_its_shape():
    assert written(array_constant(np.array([1.0, 2.0]))) == "[1, 2]"
    assert written(array_constant(np.zeros((4, 3)))) == "array(4, 3)"


# --- Drawings, and what is for single numbers -------------------------------------------------------------------------


def test_a_drawing_shows_tensors_by_shape_and_products_by_their_identity():
    total, [_, w, _] = sample()
    total.backward()
    dot = visualize.draw(total).dot
    assert "(4, 3)" in dot
    assert 'label=" xᵀ @ dL/d%3 "' in dot
    assert "sum(%" in dot
    for drawn in (w, [total, w], next(steps(total)), visualize.upstream(total), visualize.between(w, total)):
        assert "digraph" in visualize.draw(drawn, emphasis="gradient").dot
    for step in steps(total):
        assert "digraph" in visualize.draw(step).dot


def test_a_drawing_of_odd_names_stays_a_drawing():
    x = Tensor([[1.0]], name='"\\')
    assert '‹\\"\\\\›ᵀ' in visualize.draw(x @ x.T).dot


def test_a_dead_relu_of_a_tensor_is_marked():
    x = Tensor([-1.0, -2.0], name="x")
    assert "dead" in visualize.draw(x.relu().sum()).dot
    assert "dead" not in visualize.draw((x + 1.5).relu().sum()).dot


@pytest.mark.parametrize(
    "view",
    [
        lambda x, y: formula(y),
        lambda x, y: nudge(x, of=y),
        lambda x, y: replay(y, {x: 1.0}),
        lambda x, y: trace_table(program(y)),
        lambda x, y: visualize.page(y),
    ],
    ids=["formula", "nudge", "replay", "trace_table", "page"],
)
def test_what_is_for_single_numbers_refuses_tensors_in_a_sentence(view):
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(InputTypeError, match=r"is for programs of single numbers, and x is a tensor of shape \(2,\)"):
        view(x, (x * x).sum())


def test_the_table_of_scalars_is_as_it_was():
    assert isinstance(program(Value(1.0) * 2.0)[-1].node, Node)
    assert [written(each) for each in formulas_of(program(Value(2.0, name="v") * 3.0)[-1])] == ["3", "v"]
    assert TABLE["mul"].spelled(1, (2.0, 3.0), brief) == "3"


def test_an_index_of_arrays_is_written_with_their_numbers():
    x = Tensor(np.ones((3, 2)), name="x")
    assert program(x[np.array([0, 2]), 1])[-1].expression == "x[[0, 2], 1]"
    assert program(x[..., 1:])[-1].expression == "x[..., 1:]"
