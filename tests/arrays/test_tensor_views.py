"""Programs with tensors, as listings, steps, explanations and drawings show them."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import visualize
from autograd import (
    InputTypeError,
    InputValueError,
    Tensor,
    Value,
    debug,
    explain,
    formula,
    nudge,
    program,
    replay,
    steps,
)
from autograd.arrays import ops as array_ops
from autograd.arrays.tensor import apply_to_arrays
from autograd.arrays.windows import ARRAY_TABLE
from autograd.core.table import TABLE
from autograd.core.tape import Node
from autograd.formulas.array_symbols import TIES, ArraySymbol, ShapedWriter, array_constant, of_arrays, shape
from autograd.formulas.latex import LatexWriter
from autograd.formulas.notation import adjoint, named, written
from autograd.formulas.symbols import formulas_of, symbols
from autograd.stepping.passes import reverse
from autograd.terminal.trace_table import trace_table
from autograd.text.numbers import brief, short
from autograd.text.paper import Paper


def sample():
    """A layer of a network, with a weight that is used several times, and numbers between arrays."""
    x = Tensor(np.arange(8.0).reshape(4, 2) - 3.3, name="x")
    w = Tensor([[0.7, -0.2, 0.4], [0.1, 0.5, -0.6]], name="w")
    b = Tensor([1.0, 2.0, 3.0], name="b")
    z = x @ w + b
    z.name = "z"
    first, second, third = z.tanh().sum(axis=0).values()
    loss = first * second + third
    total = (z.relu() * 2.0).sum() + (w * w).mean() + loss
    total.name = "L"
    return total, [x, w, b]


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
        (lambda: apply_to_arrays(array_ops.CONCATENATE, 0, t(3), t(3)), "concatenate([t%0, t%1], axis=0)"),
        (lambda: apply_to_arrays(array_ops.SCATTER, t(3), (0,), (4, 3)), "scatter(t, (0,), (4, 3))"),
        (lambda: apply_to_arrays(array_ops.STACK, Value(1.0, name="p"), 2.0), "stack([p, 2.0])"),
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


# --- Steps ------------------------------------------------------------------------------------------------------------


def test_a_matrix_product_shows_its_identity():
    x, w = Tensor(np.ones((4, 2)), name="x"), Tensor(np.ones((2, 3)), name="w")
    z = x @ w
    z.name = "z"
    total = z.sum()
    total.name = "L"
    text = steps(total).goto(2)[1].text(Paper(width=100))
    assert "dL/dw (2×3) = xᵀ (2×4) @ dL/dz (4×3)" in text
    assert "dL/dx (4×2) = dL/dz (4×3) @ wᵀ (3×2)" in text
    assert "w.grad = [[4, 4, 4], [4, 4, 4]]" in text
    part = steps(total)[1].parts[1]
    assert part.slope is None
    assert written(part.formula) == "xᵀ @ dL/dz"
    assert part.contribution.tolist() == part.after.tolist() == [[4.0] * 3] * 2
    assert part.before.tolist() == [[0.0] * 3] * 2
    assert "x.T (2x4) @ dL/dz (4x3)" in steps(total)[1].text(Paper(width=100, unicode=False))


def test_an_elementwise_operation_has_local_derivatives_for_its_elements():
    x = Tensor([1.0, 2.0], name="x")
    [step] = reverse(program(x.exp()), np.array([1.0, 10.0]))
    [part] = step.parts
    assert part.slope.tolist() == np.exp([1.0, 2.0]).tolist()
    assert part.contribution.tolist() == (np.exp([1.0, 2.0]) * [1.0, 10.0]).tolist()
    assert written(part.formula) == "%1"


def test_every_step_of_a_program_with_tensors_prints_both_ways():
    total, _ = sample()
    for direction in ("reverse", "forward"):
        s = steps(total, direction=direction)
        assert len(repr(s[:]).splitlines()) >= len(s)
        assert "b" in repr(s.run().state())
        assert "complete" in repr(s)
    assert "(4, 2) @ (2, 3)" in repr(steps(total, direction="forward")[0])
    total.backward()
    assert "from before" in repr(steps(total)[:])


def test_a_sum_over_what_broadcasting_spread_says_so():
    total, _ = sample()
    assert "b.grad = sum_to((4, 3) × 1, (3,)) = " in steps(total).goto("z").current.text(Paper(width=120))


def test_what_an_operation_does_not_take_is_named():
    x = Tensor([-1.0, -2.0], name="x")
    text = repr(next(steps(x.relu(), [1.0, 1.0])))
    assert "relu does not take x" in text
    assert "upstream  dL/d%1 = [1, 1]" in text
    idle = repr(steps(x.relu() + 0.0, [0.0, 0.0])[0])
    assert "nothing is handed on" in idle


def test_a_pass_may_begin_with_any_array_and_deposits_as_backward():
    x = Tensor([1.0, 2.0, 3.0], name="x")
    y = x * x
    s = steps(y, [1.0, 2.0, 3.0]).run()
    assert x.grad.tolist() == [2.0, 8.0, 18.0]
    assert s.deposited
    total = y.sum()
    assert "2·d%3/d%3 = 2" in repr(next(steps(total, 2.0))).replace("%2", "%3")
    with pytest.raises(InputValueError, match="starts at one number"):
        steps(y)
    with pytest.raises(InputValueError, match="has that shape"):
        steps(y, [1.0])
    with pytest.raises(InputValueError, match="leave gradient= away"):
        steps(y, [1.0, 2.0, 3.0], direction="forward")


@pytest.mark.parametrize("stop", ["|grad| > 5", "the first nan", "watch w", "@", "value > 3"])
def test_a_stepper_stops_by_the_numbers_of_arrays(stop):
    w = Tensor([[1.0, 2.0]], name="w")
    y = ((w @ np.array([[2.0], [6.0]])) * 1.0).log().sum()
    s = steps(y, math.nan if "nan" in stop else 8.0)
    if stop.startswith("watch"):
        s.breakpoints.append(stop)
        s.run()
    else:
        s.until(stop)
    assert s.position >= 1
    assert "stopped at" in repr(s)


def test_a_nan_that_arises_in_a_forward_pass_is_found():
    x = Tensor([1.0, -1.0], name="x")
    y = (x * 1.0).log() + 1.0
    s = steps(y, direction="forward").until("the first nan")
    assert s.position == 2


UNARY = ["exp", "tanh", "sqrt", "relu", "log", "sigmoid", "abs_"]
small = st.integers(-2, 2).map(float)


@st.composite
def tensor_programs(draw):
    """A number computed from arrays by elementwise operations, products, reductions, entries and stacks.

    The numbers are small and whole: so zeros, ties, and infinite derivatives occur.
    """
    lengths = draw(st.sampled_from([(2, 2), (3, 3), (1, 1)]))
    count = math.prod(lengths)
    pool = [Tensor(np.reshape(draw(st.lists(small, min_size=count, max_size=count)), lengths)) for _ in range(2)]
    pool.append(Tensor(draw(st.lists(small, min_size=lengths[1], max_size=lengths[1]))))
    leaves = list(pool)
    for _ in range(draw(st.integers(1, 7))):
        x, y = draw(st.sampled_from(pool)), draw(st.sampled_from(pool))
        kind = draw(st.sampled_from([*UNARY, "+", "-", "*", "/", "@", "max", "softmax", "T", "index", "values", "**"]))
        if kind in UNARY:
            new = abs(x) if kind == "abs_" else getattr(x, kind)()
        elif kind in "+-*/@":
            new = {"+": x.__add__, "-": x.__sub__, "*": x.__mul__, "/": x.__truediv__, "@": x.__matmul__}[kind](y)
        elif kind == "values":
            row = (x if x.ndim == 1 else x[0]).values()
            row[0] = row[0] * row[-1]
            new = apply_to_arrays(array_ops.STACK, *row)
        elif kind == "**":
            new = x**2.0
        else:
            made = {
                "max": lambda x: x.max(0),
                "softmax": Tensor.softmax,
                "T": lambda x: x.T,
                "index": lambda x: x[::-1],
            }
            new = made[kind](x)
        pool.append(new if new.ndim else new + leaves[-1])  # matrices and rows, so that all fit together
    return leaves, (pool[-1] * 1.0).sum() + pool[-2].sum()


@settings(max_examples=150, deadline=None)
@given(tensor_programs())
def test_running_to_the_end_leaves_the_bits_of_backward(made):
    leaves, result = made
    nodes = [entry.node for entry in program(result)]
    with np.errstate(all="ignore"):
        result.backward()
        expected = [node.grad for node in nodes]
        for leaf in leaves:
            leaf.grad = None
        s = steps(result)
        with_texts = repr(s[:])
        s.run()
    assert with_texts
    for node, grad in zip(nodes, expected, strict=True):
        assert np.asarray(node.grad).tobytes() == np.asarray(grad).tobytes()
        assert type(node.grad) is type(grad)


def test_a_masked_pass_hands_nothing_to_a_side_not_taken():
    x = Tensor([0.0, 4.0], name="x")
    y = (x.sqrt() * np.array([0.0, 1.0])).sum()
    steps(y).run()
    assert x.grad.tolist() == [0.0, 0.25]


def test_entries_of_a_tensor_and_of_its_copy_are_kept_apart():
    u = Tensor([1.0, 2.0])
    early = u.values()[0]
    copied = u + 0.0
    (early + copied.values()[0]).backward()
    assert copied.grad.tolist() == [1.0, 0.0]
    assert u.grad.tolist() == [2.0, 0.0]


def test_an_operation_that_nothing_reaches_propagates_zeros():
    x = Tensor([1.0, 2.0], name="x")
    y = x * 2.0
    *_, step = reverse(program(y.values()[0]), 0.0)
    [part] = step.parts  # the constant has none
    assert step.upstream.tolist() == part.after.tolist() == [0.0, 0.0]
    assert not part.passes


def test_a_masked_pass_leaves_out_operations_that_only_zeros_reach():
    w = Tensor([[1.0, 2.0]], name="w")
    total = ((w @ np.array([[math.inf], [1.0]])) * 0.0).sum()
    total.backward()
    assert w.grad.tolist() == [[0.0, 0.0]]
    w.grad = None
    steps(total).run()
    assert w.grad.tolist() == [[0.0, 0.0]]


def test_a_tensor_beside_several_results_is_stepped_for_all_of_them():
    x = Tensor([1.0, 2.0], name="x")
    first, second = x * 2.0, x.sum()
    parts = [part for step in reverse(program(first, second)) for part in step.parts]
    assert parts[-1].after.tolist() == [3.0, 3.0]
    assert "dL/dx (2) = " in "".join(map(repr, reverse(program(first, second))))


# --- Explanations -----------------------------------------------------------------------------------------------------


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


def entry_programs():
    total, leaves = sample()
    yield total, leaves
    a, c = Tensor(np.arange(12.0).reshape(2, 1, 2, 3), name="a"), Tensor(np.arange(18.0).reshape(3, 3, 2), name="c")
    yield ((a @ c) ** 2.0).sum(), [a, c]
    m = Tensor([[1.0, -2.0], [0.0, 3.0]], name="m")
    yield ((m.relu() * m[:, None]) @ np.ones((2, 1))).max() + (np.ones((1, 2)) @ m).sum() + m[0, 1], [m]
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
    for given_as in (w[-1, -1], w[1:, 2], w.values()[1][2], "w[-1, 2]", "w[ 1,2 ]"):
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


def test_the_debugger_steps_through_arrays_and_explains_an_entry():
    total, [_, w, _] = sample()
    out = io.StringIO()
    debug(total, stdin=io.StringIO("n\nw w\nc\np w\nl\ne w\ne w[0, 1]\ng z\nc\nq\n"), stdout=out)
    assert "dL/dw (2×3) = xᵀ (2×4) @ dL/d%3 (4×3)" in out.getvalue()
    assert "dL/dw[0, 1] = " in out.getvalue()
    total.backward()
    assert w.grad.shape == (2, 3)


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
