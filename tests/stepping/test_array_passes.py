"""Passes over programs with tensors: their steps, and the gradients that they leave."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import InputValueError, Tensor, Value, program, steps
from autograd.arrays import ops as array_ops
from autograd.arrays.tensor import apply
from autograd.formulas.notation import written
from autograd.stepping.passes import reverse
from autograd.text.paper import Paper
from tests.support.arrays import sample
from tests.support.programs.effort import examples


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
    assert "no gradient is passed on" in idle


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
            new = apply(array_ops.STACK, *row)
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


@settings(max_examples=examples(150), deadline=None)
@given(tensor_programs())
@pytest.mark.untraced
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


def test_a_masked_pass_propagates_nothing_to_a_side_not_taken():
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


# --- Programs at the edges --------------------------------------------------------------------------------------------


def tensor(data, name="t", dtype=float):
    return Tensor(np.array(data, dtype=dtype), name=name)


def used_twice(x):
    return x * x + x


def product_of_entries(x):
    first, second = x.values()
    return first * second


def single(data, name="f"):
    return tensor(data, name, np.float32)


square_and_sine = autograd.compile(lambda x: x * x + autograd.sin(x))
product = autograd.compile(lambda x, y: x * y, batch=False)

EDGES = {
    "a leaf used twice": (lambda: used_twice(Value(3.0, name="x")), None),
    "a value that is its own result": (lambda: Value(3.0, name="x"), 7.0),
    "a tensor that is its own result": (lambda: tensor([3.0]), [7.0]),
    "a tensor without axes": (lambda: tensor(2.0) * tensor(3.0, "u"), None),
    "a seed": (lambda: used_twice(Value(3.0, name="x")), -0.5),
    "a seed of nan": (lambda: used_twice(tensor([3.0, 1.0])), [math.nan, 1.0]),
    "a seed of zero": (lambda: used_twice(tensor([3.0, 1.0])).log().sum(), 0.0),
    "numbers that are not finite": (lambda: (tensor([math.nan, 1.0, -math.inf]) * [2.0, math.inf, 0.0]).sum(), None),
    "an infinite slope": (lambda: (tensor([0.0, 4.0]).sqrt() * [0.0, 1.0]).sum(), None),
    "no elements": (lambda: (tensor(np.zeros((3, 0))) @ tensor(np.zeros((0, 2)), "u")).sum(), None),
    "float32": (lambda: np.tanh(single([[0.1, 0.2], [3.0, 4.0]]) @ single([[1.0], [2.0]], "u")).mean(), None),
    "float32 without axes": (lambda: single(2.0).exp() * 3.0, None),
    "float32 beyond its range": (lambda: (single([1e30, 2e30]) * single([1e9, 1.0], "u")).sum(), None),
    "a number and float32": (lambda: (Value(2.0, name="v") * single([1.0, 2.0])).sum(), None),
    "entries": (lambda: product_of_entries(tensor([1.0, 2.0])), None),
    "a zero with a sign": (lambda: product_of_entries(tensor([-0.0, 0.0])), -1.0),
    "a stack": (lambda: autograd.stack([Value(2.0, name="x"), Value(3.0, name="y")]).sum(), None),
    "a compiled function of numbers": (lambda: product(Value(2.0, name="x"), Value(3.0, name="y")), None),
    "a compiled function of one value twice": (lambda: (lambda x: product(x, x))(Value(2.0, name="x")), None),
    "a compiled function of an array": (lambda: square_and_sine(tensor([1.0, 2.0, 3.0])).sum(), None),
    "hostile names": (lambda: Value(2.0, name="a\nb") * Value(3.0, name="%1") * Value(1.0, name="x = y + 1"), None),
    "hostile names of arrays": (
        lambda: (tensor([2.0], "a\n\tb") @ tensor([3.0], "%1") * tensor([1.0], "ab" * 50_000)).sum(),
        None,
    ),
}


@pytest.mark.parametrize("case", EDGES)
def test_a_pass_at_the_edges_leaves_the_bits_of_backward(case):
    make, seed = EDGES[case]
    expected, found = make(), make()
    expected.backward(seed) if seed is not None else expected.backward()
    s = steps(found, seed)
    assert all("\n" not in line and len(line) <= 80 for step in s for line in step.text(Paper()).splitlines())
    for there, here in zip(program(expected), program(found), strict=True):
        assert type(here.grad) is type(there.grad)
        assert np.asarray(here.grad).tobytes() == np.asarray(there.grad).tobytes()
        assert np.asarray(here.grad).dtype == np.asarray(there.grad).dtype


@pytest.mark.parametrize("case", EDGES)
@pytest.mark.untraced
def test_every_text_of_a_pass_at_the_edges_fits_the_paper(case):
    make, seed = EDGES[case]
    for direction in ("reverse", "forward"):
        s = steps(make(), seed if direction == "reverse" else None, direction=direction)
        texts = [s.text(Paper()), *(f"{step!r}\n{s!r}\n{s.state()!r}" for step in s), repr(s.run())]
        lines = "\n".join(texts).splitlines()
        assert max(map(len, lines)) <= 80
        assert all(line.isprintable() for line in lines)
