"""Lowering, stage by stage: patterns, grids, columns, sums and groups."""

import itertools
import math
import random

import numpy as np
import pytest

import autograd
from autograd import Value, dot
from autograd.compiler.lowering import grids, levels
from autograd.compiler.lowering.columns import ARGUMENT, CONSTANT, PARAMETER, read_columns
from autograd.compiler.lowering.condensed import BATCHED_ARGUMENTS, FLATS, SCALARS, positions_within
from autograd.compiler.lowering.grids import find_grid
from autograd.compiler.lowering.groups import Group, Segment, grouped
from autograd.compiler.lowering.patterns import Pattern, apart, common_axes, fits, looped, pattern, seen
from autograd.compiler.lowering.sums import condense
from autograd.compiler.recording.tracer import ComputesWithTensors
from autograd.core import several
from autograd.core.tape import tick

RNG = np.random.default_rng(0)


# --- Patterns ---------------------------------------------------------------------------------------------------------


def written_out(each):
    """The places of a pattern, one after the other."""
    places = np.full(each.lengths, each.start)
    for along in np.ix_(*[s * np.arange(n) for n, s in zip(each.lengths, each.steps, strict=True)]):
        places = places + along
    return places


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([4], Pattern(4, (), ())),
        ([4, 5, 6, 7], Pattern(4, (4,), (1,))),
        ([7, 7, 7], Pattern(7, (3,), (0,))),
        ([0, 0, 0, 1, 1, 1], Pattern(0, (2, 3), (1, 0))),
        ([0, 1, 2, 1, 2, 3], Pattern(0, (2, 3), (1, 1))),
        ([5, 3, 1], Pattern(5, (3,), (-2,))),
        ([0, 1, 4, 5, 2, 3, 6, 7], Pattern(0, (2, 2, 2), (2, 4, 1))),
        ([0, 1, 3], None),
        ([0, 1, 3, 5], None),
        ([0, 1, 2, 3, 5, 4], None),
    ],
)
def test_places_have_a_pattern_or_none(places, expected):
    assert pattern(np.array(places)) == expected


def test_a_pattern_is_found_again_seen_and_divided():
    rng = random.Random(0)
    found = 0
    for _ in range(2000):
        lengths = tuple(rng.randrange(1, 5) for _ in range(rng.randrange(1, 4)))
        steps = tuple(rng.randrange(0, 7) for _ in lengths)
        places = written_out(Pattern(rng.randrange(5), lengths, steps)).reshape(-1)
        each = pattern(places)
        assert each is not None
        np.testing.assert_array_equal(written_out(each).reshape(-1), places)
        array = np.arange(2.0 * (places.max() + 1)).reshape(-1, 2)
        np.testing.assert_array_equal(seen(array, each).reshape(-1, 2), array[places])
        other = pattern(rng.sample(range(len(places)), len(places)) * np.ones(len(places), int))
        along = common_axes(len(places), [each, other, None], [rng.choice([1, len(places)])])
        assert math.prod(along) == len(places)
        assert fits(each, along) or (other is not None and fits(other, along))
        for one in filter(None, (each, other)):
            if fits(one, along):
                found += 1
                np.testing.assert_array_equal(written_out(one.divided(along)).reshape(-1), written_out(one).reshape(-1))
        assert apart(each) == (len(set(places.tolist())) == len(places)) or not apart(each)
        outer = looped(each)
        if outer is not None:
            kept = [k for k in range(len(each.lengths)) if k not in outer]
            rest = written_out(Pattern(0, tuple(each.lengths[k] for k in kept), tuple(each.steps[k] for k in kept)))
            assert len(np.unique(rest)) == rest.size
    assert found > 2000


# --- Grids ------------------------------------------------------------------------------------------------------------


def products(grid):
    """The pairs of factors of each cell, which a matrix product computes."""
    blocks, rows, columns = grid.shape
    return [
        {tuple(sorted(pair)) for pair in zip(grid.left[b, r].tolist(), grid.right[b, :, c].tolist(), strict=True)}
        for b in range(blocks)
        for r in range(rows)
        for c in range(columns)
    ]


def check_grid(left, right):
    left, right = np.array(left), np.array(right)
    grid = find_grid(left, right)
    if grid is not None:
        cells = products(grid)
        for x, y, cell in zip(left.tolist(), right.tolist(), grid.cells.tolist(), strict=True):
            assert {tuple(sorted(pair)) for pair in zip(x, y, strict=True)} == cells[cell]
        assert grid.filled == (len(set(grid.cells.tolist())) < len(cells))
    return grid


def every_pair(rows, columns, terms=3, begin=100):
    """Dot products of each row with each column."""
    w = np.arange(rows * terms).reshape(rows, terms)
    x = begin + np.arange(columns * terms).reshape(columns, terms)
    pairs = list(itertools.product(range(rows), range(columns)))
    return w[[r for r, _ in pairs]], x[[c for _, c in pairs]]


@pytest.mark.smoke
def test_rows_that_meet_all_columns_are_one_product():
    left, right = every_pair(4, 5)
    order = RNG.permutation(20)
    grid = check_grid(left[order], right[order])
    assert grid.shape == (1, 4, 5)
    assert not grid.filled


def test_a_few_cells_that_are_missing_are_filled_and_many_are_not():
    left, right = every_pair(4, 5)
    grid = check_grid(left[:16], right[:16])
    assert (grid.shape, grid.filled) == ((1, 4, 5), True)
    left, right = every_pair(6, 6)
    triangle = [6 * row + column for row in range(6) for column in range(row + 1)]
    grid = check_grid(left[triangle], right[triangle])
    assert (grid.shape, grid.filled) == ((1, 6, 6), True)
    left, right = every_pair(4, 5)
    diagonal = [k * 5 + k for k in range(4)]
    assert check_grid(left[diagonal], right[diagonal]) is None  # blocks of one cell
    chain = [0, 1, 6, 7, 12, 13, 18, 19]  # all in one block, of which most cells are missing
    assert check_grid(left[chain], right[chain]) is None


def test_many_cells_that_are_missing_are_filled_if_factors_are_used_several_times():
    left, right = every_pair(8, 8)
    used = [8 * row + column for row in range(8) for column in (row, (row + 3) % 8)]
    grid = check_grid(left[used], right[used])
    assert (grid.shape, grid.filled) == ((1, 8, 8), True)
    assert check_grid(left[used[:-1]], right[used[:-1]]) is None  # fewer than two uses of each


def test_blocks_that_meet_only_each_other_are_a_batched_product_also_ragged():
    parts = [every_pair(2, 3, begin=100 + 50 * k) for k in range(4)]
    left = np.concatenate([w + 1000 * k for k, (w, _) in enumerate(parts)])
    right = np.concatenate([x + 1000 * k for k, (_, x) in enumerate(parts)])
    order = RNG.permutation(len(left))
    assert check_grid(left[order], right[order]).shape == (4, 2, 3)
    grid = check_grid(left[:-2], right[:-2])
    assert (grid.shape, grid.filled) == ((4, 2, 3), True)
    assert check_grid(left[[0, 1, 2, 3, 4, 5, 6, 12, 18]], right[[0, 1, 2, 3, 4, 5, 6, 12, 18]]) is None


def test_factors_that_were_written_the_other_way_round_are_turned():
    left, right = every_pair(4, 5)
    turned = RNG.random(left.shape) < 0.5
    grid = check_grid(np.where(turned, right, left), np.where(turned, left, right))
    assert grid.shape == (1, 4, 5)


def test_terms_in_another_order_are_sorted():
    left, right = every_pair(4, 5)
    for k in range(20):
        order = RNG.permutation(3)
        left[k], right[k] = left[k, order], right[k, order]
    assert check_grid(left, right).shape == (1, 4, 5)


def test_rows_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr(grids, "_multipliers", lambda count: np.zeros(count, dtype=np.int64))
    left, right = every_pair(4, 5)
    assert check_grid(left, right) is None


# --- Columns, sums and groups -----------------------------------------------------------------------------------------


def columns_of(function, parameters=2, arguments=2):
    """The record of a function of lists of leaves."""
    ps, began = [Value(2.0 + k) for k in range(parameters)], tick()
    xs = [Value(0.5 + k) for k in range(arguments)]
    results = function(ps, xs)
    return read_columns(results, xs, began)


def condensed_of(function, parameters=2, arguments=2, samples=False):
    columns = columns_of(function, parameters, arguments)
    kinds = {PARAMETER: FLATS, ARGUMENT: BATCHED_ARGUMENTS if samples else SCALARS, CONSTANT: 2}
    return condense(columns, [kinds[kind] for kind in columns.kinds()])


def operations(condensed):
    """Each operation with its operands: p0, x1, a number, or % for what is computed; a sum's by their signs."""
    columns = condensed.columns
    names = [f"p{int(p.data) - 2}" for p in columns.parameters] + [f"x{k}" for k in range(columns.arguments)]
    names += map(repr, columns.constants.tolist())
    found = []
    for batch in condensed.packs:
        for row in batch.operands.tolist():
            operands = [names[k] if k < len(names) else "%" for k in row]
            half = len(operands) // 2
            if batch.op is several.DOT:
                operands = sorted(zip(operands[:half], operands[half:], strict=True))
            elif batch.op is several.SUM:
                operands = sorted(f"{'+' if s > 0 else '-'}{x}" for x, s in zip(operands, batch.signs, strict=True))
            found.append((batch.op.name, operands))
    return sorted(found)


def test_constants_are_one_leaf_by_their_bits():
    columns = columns_of(
        lambda p, x: [p[0] * 0.0 + x[0] * -0.0, p[1] + math.nan, x[1] + math.nan, p[0] - 0.0, Value(2.0) * x[0]]
    )
    assert sorted(map(repr, columns.constants.tolist())) == ["-0.0", "0.0", "2.0", "nan"]
    assert columns.kinds() == [PARAMETER] * 2 + [ARGUMENT] * 2 + [CONSTANT] * 4
    assert len(columns) == 7


def test_a_record_of_arrays_is_refused():
    with pytest.raises(ComputesWithTensors):  # so that the function is recorded in another way
        columns_of(lambda p, x: [autograd.stack(x).sum() * x[0]])


SUMMED = {
    "however it is written a dot product is one": (
        [
            lambda p, x: [p[0] * x[0] + p[1] * x[1]],
            lambda p, x: [dot(p, x)],
            lambda p, x: [x[0] * p[0] + dot([p[1]], [x[1]])],
            lambda p, x: [0.0 + x[0] * p[0] + p[1] * x[1]],
            lambda p, x: [sum(a * b for a, b in zip(p, x, strict=True))],
            lambda p, x: [-(-(p[0] * x[0]) - x[1] * p[1])],
        ],
        [("dot", [("p0", "x0"), ("p1", "x1")])],
    ),
    "a sum has signs": (
        [
            lambda p, x: [p[0] - (x[0] - x[1])],
            lambda p, x: [(p[0] - x[0]) + x[1]],
            lambda p, x: [-(x[0] - p[0]) + x[1]],
        ],
        [("sum", ["+p0", "+x1", "-x0"])],
    ),
    "what else is added ends a run of products": (
        [lambda p, x: [p[0] * x[0] + p[1] * x[1] + x[0]]],
        [("dot", [("p0", "x0"), ("p1", "x1")]), ("sum", ["+%", "+x0"])],
    ),
    "products of several kinds are several": (
        [lambda p, x: [p[0] * x[0] + p[1] * p[0] + x[1] * p[1]]],
        [("dot", [("p0", "x0"), ("p1", "x1")]), ("mul", ["p1", "p0"]), ("sum", ["+%", "+%"])],
    ),
    "what is subtracted is a product of its own": (
        [lambda p, x: [p[0] * x[0] - p[1] * x[1]]],
        [("mul", ["p0", "x0"]), ("mul", ["p1", "x1"]), ("sum", ["+%", "-%"])],
    ),
}


@pytest.mark.smoke
@pytest.mark.parametrize("which", SUMMED)
def test_sums_of_products(which):
    functions, expected = SUMMED[which]
    for function in functions:
        assert operations(condensed_of(function)) == expected


def test_equal_subexpressions_are_one_value():
    found = condensed_of(lambda p, x: [(p[0] * x[0]).exp() * (p[0] * x[0]).exp(), (p[0] * x[0]).exp()])
    assert found.merged == 4
    assert operations(found) == [("exp", ["%"]), ("mul", ["%", "%"]), ("mul", ["p0", "x0"])]
    deep = condensed_of(lambda p, x: [tower(x[0], 30), tower(x[0], 30)])
    assert deep.results[0] != deep.results[1] or deep.merged == 30
    long = condensed_of(lambda p, x: [autograd.max([*p, *x]), autograd.max([*p, *x]), autograd.max([*x, *p])])
    assert long.merged == 1


def tower(x, height):
    for _ in range(height):
        x = x.sin()
    return x


def test_a_sum_used_twice_stays_a_value():
    found = condensed_of(lambda p, x: [(lambda s: s * s + s)(p[0] + x[0])])
    assert operations(found) == [("mul", ["%", "%"]), ("sum", ["+%", "+%"]), ("sum", ["+p0", "+x0"])]


def test_a_sum_that_all_samples_share_stays_a_value_of_its_own():
    shared = lambda p, x: [x[0] - (p[0] + p[1]), x[1] - p[0] * 2.0 - (p[0] - p[1]), x[0] - (-p[1])]
    found = operations(condensed_of(shared, samples=True))
    assert found == [
        ("mul", ["p0", "2.0"]),
        ("sum", ["+p0", "+p1"]),
        ("sum", ["+p0", "-p1"]),
        ("sum", ["+p1", "+x0"]),
        ("sum", ["+x0", "-%"]),
        ("sum", ["+x1", "-%", "-%"]),
    ]
    one = operations(condensed_of(shared))  # for a single sample all terms are of one sum
    assert ("sum", ["+p1", "+x1", "-%", "-p0"]) in one
    assert ("sum", ["+x0", "-p0", "-p1"]) in one


def test_within_counts_in_each():
    assert positions_within(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]
    assert positions_within(np.array([], dtype=int)).tolist() == []


def test_groups_are_levels_of_one_operation():
    found = grouped(condensed_of(lambda p, x: [(a * b).exp() for a in p for b in x], 5, 6))
    assert list(map(repr, found)) == ["<30 mul of 2 at level 1>", "<30 exp of 1 at level 2>"]
    assert all(type(each) is Group for each in found)
    narrow = grouped(condensed_of(lambda p, x: [tower(p[0] * x[0], 10)]))
    assert list(map(repr, narrow)) == ["<segment of 11 at level 0>"]
    assert type(narrow[0]) is Segment
    assert narrow[0].inputs().tolist() == [0, 1]
    batched = grouped(condensed_of(lambda p, x: [tower(p[0] * x[0], 10)], samples=True))
    assert len(batched) == 11  # with samples each is worth a call
    powers = grouped(condensed_of(lambda p, x: [each**n for each in [*p, *x] for n in (2, 3)], 20, 20))
    assert sorted(len(each.ids) for each in powers) == [20, 20, 20, 20]  # by the exponent, and where they are kept


def hanging_off_a_recurrence(p, x):
    state, seen = list(p), []
    for _ in range(20):
        state = [autograd.tanh(dot(p[k:] + p[:k], state)) for k in range(len(p))]
        seen += [autograd.exp(h * x[0]) for h in state]
    return [autograd.sum(seen)]


def test_what_hangs_off_a_recurrence_is_done_at_once_after_its_last_step():
    found = grouped(condensed_of(hanging_off_a_recurrence, 6, 1))
    assert list(map(repr, found))[-3:] == [
        "<120 mul of 2 at level 41>",
        "<120 exp of 1 at level 42>",
        "<1 sum of 120 at level 43>",
    ]
    assert sum(len(each.ids) for each in found) == 2 * 120 + 2 * 120 + 1


def test_what_waits_meets_others_and_precedes_its_users_however_wide_levels_are():
    """In programs whose levels are found array by array, and value by value."""
    for steps, width in ((3, 80), (90, 2)):

        def function(p, x, steps=steps, width=width):
            state, seen = p[:width], []
            for k in range(steps):
                state = [autograd.sin(h * x[0]) for h in state]
                seen += [autograd.exp(h * p[(k + j) % len(p)]) for j, h in enumerate(state)]
            return [seen[0] + autograd.sin(seen[1]), autograd.sum(seen[2:])]

        condensed = condensed_of(function, 80, 1)
        found = levels.find_levels(condensed)
        for pack in condensed.packs:
            assert (found[pack.ids] > found[pack.operands].max(axis=1)).all()
        at = {int(level) for pack in condensed.packs if pack.op.name == "exp" for level in found[pack.ids]}
        assert len(at) <= 3  # but for the two that are used before
        assert max(at) == 2 * steps + 2


def test_sums_of_many_terms_are_one_operation_at_their_level():
    found = grouped(
        condensed_of(lambda p, x: [autograd.tanh(autograd.sum(p[k : k + 12])) for k in range(0, 60, 12)], 60)
    )
    assert list(map(repr, found)) == ["<5 sum of 12 at level 1>", "<5 tanh of 1 at level 2>"]
    mixed = lambda p, x: [autograd.sum(p[k : k + 12]) - autograd.sum(x) for k in range(0, 60, 12)]
    found = sorted(map(repr, grouped(condensed_of(mixed, 60, 10))))
    assert found == ["<1 sum of 10 at level 1>", "<5 sum of 12 at level 1>", "<5 sum of 2 at level 2>"]


def test_groups_are_told_apart_by_many_kinds():
    """More than fit into one number."""
    keys = [RNG.integers(0, 1 << 40, 50), np.arange(50) % 3, RNG.integers(-(1 << 40), 1 << 40, 50)]
    order, begins = levels.alike([np.repeat(key, 2) for key in keys])
    kinds = [tuple(int(key[k // 2]) for key in keys) for k in order.tolist()]
    assert len(begins) == len(set(kinds)) == len([1 for a, b in itertools.pairwise([None, *kinds]) if a != b])


# --- Places -----------------------------------------------------------------------------------------------------------


def test_large_operations_begin_at_a_cache_line_after_small_ones_and_after_ones():
    """A row of any length ends at a cache line after eight rows of eight bytes a number."""
    w = [[Value(0.1 * i + j) for i in range(9)] for j in range(16)]
    b = [Value(0.5) for _ in range(16)]

    @autograd.compile
    def f(x, y):
        if y > 0:  # a row of its own, the first one
            hidden = [autograd.relu(dot(row, [x[0], *x[1:]]) + bias) for row, bias in zip(w, b, strict=True)]
        else:
            hidden = [y]
        return autograd.sum([dot(row[:8], hidden[:8]) * dot(row[:8], hidden[8:]) for row in w])

    f(np.ones((4, 9)), np.ones(4))
    plans = [plan for plan in f._last.layout.plans if plan.batched and plan.onto is None]
    assert sum(plan.count >= 8 for plan in plans) >= 3
    assert any(plan.count < 8 for plan in plans)
    ends = {plan.start + plan.count for plan in plans if plan.count >= 8}
    assert all(plan.start % 8 == 0 or plan.start in ends for plan in plans if plan.count >= 8)


def layer(w, b, x):
    return [autograd.tanh(dot(row, [*x]) + bias) for row, bias in zip(w, b, strict=True)]


@pytest.mark.parametrize(
    ("function", "ones", "ones_if_shared"),
    [
        (lambda n, x, y: sum(layer(*n[0], x)) * y[0], {(3, 1)}, set()),
        (lambda n, x, y: sum(layer(*n[1], y)) * x[0], {(7, 1)}, {(4, 1)}),
        (lambda n, x, y: sum(layer(*n[0], y[:3])) * x[0], set(), set()),
        (lambda n, x, y: sum(layer(*n[0], [x[2], y[0], y[1]])), set(), set()),
    ],
    ids=["of the first argument", "of the last", "of a part", "across arguments"],
)
@pytest.mark.parametrize("shared", [False, True])
def test_biases_of_an_argument_are_in_its_product_and_all_gradients_are_those_of_the_eager_engine(
    function, ones, ones_if_shared, shared
):
    rng = np.random.default_rng(5)
    lift = np.frompyfunc(Value, 1, 1)
    nets = [(lift(rng.normal(size=(4, n))), lift(rng.normal(size=4))) for n in (3, 4)]
    parameters = [p for pair in nets for array in pair for p in array.flat]
    x = rng.normal(size=3).tolist() if shared else autograd.Tensor(rng.normal(size=(6, 3)))
    y = autograd.Tensor(rng.normal(size=(6, 4)))
    f = autograd.compile(lambda x, y: function(nets, x, y))
    compiled = f(x, y).sum()
    compiled.backward()
    found = [p.grad or 0.0 for p in parameters]
    by_y = y.grad
    for p in parameters:
        p.zero_grad()
    rows = [lift(row) for row in y.data]
    eager = sum(function(nets, x if shared else x.data[k], row) for k, row in enumerate(rows))
    eager.backward()
    assert compiled.item() == pytest.approx(eager.data)
    assert found == pytest.approx([p.grad or 0.0 for p in parameters])
    assert by_y == pytest.approx(np.array([[v.grad or 0.0 for v in row] for row in rows]))
    stand = {(first, count) for buffer, first, count in f._last.layout.ones if buffer == BATCHED_ARGUMENTS}
    assert stand == (ones_if_shared if shared else ones)
