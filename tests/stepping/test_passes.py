"""The steps of a pass: the records that every view reads."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import Tensor, Value, dot, program, where
from autograd.formulas.notation import written
from autograd.stepping.passes import forward, reverse
from tests.support.programs.effort import examples
from tests.support.programs.scalars import exact_programs, ours, programs, run


def neuron():
    x, w, b = Value(2.0, name="x"), Value(-3.0, name="w"), Value(6.5, name="b")
    n = w * x + b
    n.name = "n"
    y = n.tanh()
    y.name = "y"
    return x, w, b, y


@pytest.mark.smoke
def test_a_step_has_the_contributions_of_one_entry():
    y = neuron()[-1]
    steps = list(reverse(program(y)))
    slope = 1 - math.tanh(0.5) ** 2
    assert [(step.k, step.entry.label, step.upstream) for step in steps] == [
        (0, "y", 1.0),
        (1, "n", pytest.approx(slope)),
        (2, "%3", pytest.approx(slope)),
    ]
    [part] = steps[0].parts
    assert (part.entry.label, written(part.formula), part.before, part.passes) == ("n", "1 - y²", 0.0, True)
    assert part.slope == part.contribution == part.after == pytest.approx(slope)
    assert [
        (p.entry.label, written(f), p.slope, p.after) for p, f in zip(steps[2].parts, steps[2].formulas, strict=True)
    ] == [
        ("w", "x", 2.0, pytest.approx(2 * slope)),
        ("x", "w", -3.0, pytest.approx(-3 * slope)),
    ]


@pytest.mark.smoke
def test_a_part_counts_the_uses_that_have_arrived():
    x = Value(3.0, name="x")
    y = x * x + x
    parts = [part for step in reverse(program(y)) for part in step.parts if part.entry.label == "x"]
    assert [(p.before, p.after, p.arrived, p.uses, p.complete) for p in parts] == [
        (0.0, 1.0, 1, 3, False),
        (1.0, 4.0, 2, 3, False),
        (4.0, 7.0, 3, 3, True),
    ]


def test_the_versions_of_a_leaf_are_one_value():
    x = Value(3.0, name="x")
    first = x * 2
    x.data = 5.0
    parts = [part for step in reverse(program(first * x)) for part in step.parts if part.entry.node is x]
    assert [(part.after, part.arrived, part.uses) for part in parts] == [(6.0, 1, 2), (16.0, 2, 2)]


def test_arguments_that_were_not_selected_or_not_reached_get_no_contribution():
    x = Value(0.0, name="x")
    y = where(x > 0, x.sqrt(), 0 * x)
    taken, other, root = (list(step.parts) for step in reverse(program(y)))
    assert [(part.slope, part.passes) for part in taken] == [(0.0, False), (1.0, True)]
    assert [(part.passes, part.contribution) for part in other] == [(True, 0.0)]
    assert [(part.slope, part.passes, part.contribution) for part in root] == [(math.inf, False, 0.0)]


def test_constants_have_no_part():
    x = Value(1.0)
    [step] = reverse(program(dot([x, 2.0], [3.0, x], 0.5)))
    assert [(part.position, part.slope) for part in step.parts] == [(0, 3.0), (3, 2.0)]


def test_the_seed_is_what_the_result_begins_with():
    [step] = reverse(program(2 * Value(1.0)), seed=-0.5)
    assert step.upstream == step.seed == -0.5


def test_the_forward_pass_has_the_same_entries_the_other_way_round():
    listing = program(neuron()[-1])
    there, back = list(forward(listing)), list(reverse(listing))
    assert [step.entry for step in there] == [step.entry for step in reversed(back)]
    assert [(step.k, step.upstream, step.parts) for step in there] == [(k, None, ()) for k in range(3)]


def test_a_leaf_has_no_steps():
    assert list(reverse(program(Value(1.0)))) == []


def sums(y):
    """The sums at the end of a pass, by the identity of the node."""
    after = {id(y): 1.0}
    for step in reverse(program(y)):
        for part in step.parts:
            after[id(part.entry.node)] = part.after
    return after


def agree(values):
    after = sums(values[-1])
    values[-1].backward()
    return all(
        after[id(node)] == node.grad or (math.isnan(after[id(node)]) and math.isnan(node.grad))
        for node in (entry.node for entry in program(values[-1]))
    )


@settings(max_examples=examples(200), deadline=None)
@given(programs())
@pytest.mark.long
def test_steps_add_up_to_backward_to_the_last_bit(program):
    assert agree(run(program, ours, [Value(x) for x in program.inputs]))


@settings(max_examples=examples(150), deadline=None)
@given(exact_programs())
@pytest.mark.long
def test_steps_add_up_to_backward_at_zeros_ties_and_kinks(program):
    assert agree(run(program, ours, [Value(x) for x in program.inputs]))


def test_steps_that_forget_a_use_are_found_out():
    x = Value(3.0)
    y = x * x
    forgetful = {id(y): 1.0} | {
        id(part.entry.node): part.contribution for step in reverse(program(y)) for part in step.parts
    }
    y.backward()
    assert forgetful[id(x)] != x.grad == sums(y)[id(x)]


def test_every_step_has_its_formulas():
    for values in [neuron()]:
        for step in reverse(program(values[-1])):
            assert len(step.formulas) == len(step.parts)
            assert [written(f) for f in step.formulas] == [written(part.formula) for part in step.parts]


def results():
    """A number and its successor; an array and its sum; an array of one number."""
    x, t, w = Value(2.0, name="x"), Tensor([1.0, 2.0], name="t"), Tensor([3.0], name="w")
    y, u, q = 3 * x, t * t, w.exp()
    z, v = y + 1, u.sum()
    for name, value in {"y": y, "z": z, "u": u, "v": v, "q": q}.items():
        value.name = name
    return {"y": y, "z": z, "u": u, "v": v, "q": q}


@pytest.mark.parametrize(
    ("of", "seed", "over", "upstream"),
    [
        ("y", 1.0, "y", ["dy/dy = 1"]),
        ("y", -2.0, "y", ["-2·dy/dy = -2"]),
        ("yz", 1.0, "L", ["d(y + z)/dz = 1", "d(y + z)/dy = 2"]),
        ("yz", 2.0, "L", ["2·d(y + z)/dz = 2", "2·d(y + z)/dy = 4"]),
        ("v", 3.0, "v", ["3·dv/dv = 3", "3·dv/du = [3, 3]"]),
        ("q", 1.0, "q", ["dq/dq = [1]"]),
        ("u", np.array([1.0, 5.0]), "L", ["dL/du = [1, 5]"]),
        ("u", 3.0, "L", ["dL/du = [3, 3]"]),
        ("uv", 1.0, "L", ["dL/dv = 1", "dL/du = [2, 2]"]),
        ("uv", 2.0, "L", ["dL/dv = 2", "dL/du = [4, 4]"]),
    ],
)
def test_every_step_names_the_quantity_that_is_differentiated(of, seed, over, upstream):
    steps = list(reverse(program(*map(results().get, of)), seed))
    assert [step.text().split("upstream  ")[1].split("\n")[0] for step in steps] == upstream
    assert {step.within.over for step in steps} == {over}


def test_formulas_of_a_step_name_the_sum_of_several_results():
    u, v = map(results().get, "uv")
    last = next(reverse(program(u, v)))
    assert [written(formula) for formula in last.formulas] == ["broadcast_to(dL/dv, (2,))"]
    assert "dL/du (2) = broadcast_to(dL/dv, (2,))" in last.text()
    assert [written(formula) for formula in next(reverse(program(v))).formulas] == ["broadcast_to(dv/dv, (2,))"]


def test_results_that_depend_on_one_another_begin_with_their_seeds_and_add_up():
    y, z = map(results().get, "yz")
    x = program(y)[0].node
    parts = [part for step in reverse(program(y, z), 2.0) for part in step.parts]
    assert [(part.entry.label, part.before, part.after) for part in parts] == [("y", 2.0, 4.0), ("x", 0.0, 12.0)]
    assert parts[-1].entry.node is x
