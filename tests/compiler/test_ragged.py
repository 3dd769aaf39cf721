"""Rows of different lengths as one operation: what becomes one, and that numbers beside a completed row do no harm."""

import math

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from tests.compiler.test_equal_to_eager import assert_equal_to_eager
from tests.support.programs.compiled import Case, flat

NUMBERS = np.random.default_rng(5).uniform(-1.5, 1.5, (3, 9, 4))


def leaves(k=0, rows=9, columns=4):
    return [[Value(x) for x in row] for row in NUMBERS[k, :rows, :columns].tolist()]


def explained(function, *arguments):
    compiled = autograd.compile(function)
    compiled(*arguments)
    return " ".join(str(compiled.explain()).split())


def causal(queries, keys, values, of=autograd.softmax):
    found = []
    for t, query in enumerate(queries):
        shares = of([autograd.dot(query, key) for key in keys[: t + 1]])
        found += [autograd.dot(list(shares), [row[j] for row in values[: t + 1]]) for j in range(len(query))]
    return found


def test_causal_attention_is_two_products_and_one_softmax():
    queries, keys, values = leaves(0), leaves(1), leaves(2)
    attention = lambda: autograd.sum(autograd.tanh(x) for x in causal(queries, keys, values))
    text = explained(attention)
    assert "softmax of 9 rows of 1 to 9 = one operation" in text
    assert "36 dot products of 1 to 9 terms = one (4×9)·(9×9) product" in text
    assert_equal_to_eager(Case("causal", attention, flat([queries, keys, values])), autograd.compile)


OF_SCORES = {
    "scaled": lambda s, t, u, weights: s / 2.0,
    "with a term of each row": lambda s, t, u, weights: 0.5 * s + weights[t][0],
    "with a factor of each column": lambda s, t, u, weights: s * weights[u][0],
    "of two matrices": lambda s, t, u, weights: autograd.relu(s) * -s,
}


@pytest.mark.parametrize("edge", [None, math.inf, math.nan])
@pytest.mark.parametrize("name", OF_SCORES)
def test_what_is_done_to_a_triangle_is_done_to_the_whole_matrix(name, edge):
    """Nothing is gathered; an infinity in cells that no value needs reaches no value."""
    of, rows, weights = OF_SCORES[name], leaves(0, 6, 2), leaves(1, 6, 1)

    def rows_of_scores():
        scores = [[autograd.dot(q, k) for k in rows[: t + 1]] for t, q in enumerate(rows)]
        return [[of(s, t, u, weights) for u, s in enumerate(row)] for t, row in enumerate(scores)]

    def function():
        shares = map(autograd.softmax, rows_of_scores())
        return [autograd.dot(list(row), [x[0] for x in rows[: len(row)]]) for row in shares]

    assert "gathered" not in explained(function)
    edges = () if edge is None else (edge,)
    if edge is not None:
        rows[4][0].data = edge
    assert_equal_to_eager(Case(name, function, flat([rows, weights]), (), edges), autograd.compile)


@pytest.mark.parametrize(
    "of",
    [
        lambda s, t, u, weights: s / 2.0 if t < 4 else s,
        lambda s, t, u, weights: s * weights[(t * (t + 1) // 2 + u) % 6][t % 3],
    ],
    ids=["some rows", "a factor of each cell"],
)
def test_what_is_done_to_a_part_or_differs_from_cell_to_cell_is_done_to_the_needed_cells(of):
    rows, weights = leaves(0, 6, 2), leaves(1, 6, 3)

    def function():
        scores = [
            [of(autograd.dot(q, k), t, u, weights) for u, k in enumerate(rows[: t + 1])] for t, q in enumerate(rows)
        ]
        return [autograd.logsumexp(row) for row in scores]

    assert_equal_to_eager(Case("parts", function, flat([rows, weights])), autograd.compile)


def test_a_triangle_of_each_sample():
    rows, x = leaves(0, 6, 2), Tensor(NUMBERS[1, :3, :2].copy())

    def attention(of_sample):
        queries = [[w * z for w, z in zip(row, of_sample, strict=True)] for row in rows]
        scores = [[autograd.dot(q, k) / 2.0 for k in rows[: t + 1]] for t, q in enumerate(queries)]
        return autograd.sum(autograd.logsumexp(row) * share for row in scores for share in autograd.softmax(row))

    assert_equal_to_eager(Case("samples", attention, flat(rows), (x,)), autograd.compile)


@pytest.mark.parametrize("edge", [None, math.inf, math.nan])
def test_a_third_of_the_cells_of_a_matrix_is_one_product(edge):
    """As the known entries of a matrix with two factors; what is done to each of them is done to none of the others."""
    left, right = leaves(0), leaves(1)
    known = [(i, j) for i in range(9) for j in range(9) if (j - i) % 9 in (0, 1, 3)]
    entries = lambda: [autograd.dot(left[i], right[j]) for i, j in known]
    function = lambda: [(x / 2.0 - float(k)) ** 2 for k, x in enumerate(entries())]
    text = explained(function)
    assert "27 dot products of 4 terms = one (9×4)·(4×9) product, with 54 cells that no value needs" in text
    assert "3 operations element by element: div, sub, mul, on 27 numbers" in text
    edges = () if edge is None else (edge,)
    if edge is not None:
        left[4][0].data = edge
    assert_equal_to_eager(Case("entries", function, flat([left, right]), (), edges), autograd.compile)


def test_heads_are_blocks_of_one_product():
    rows = leaves(0)
    heads = lambda: autograd.sum(
        x * x for k in (0, 2) for x in causal(*[[row[k : k + 2] for row in rows]] * 3, autograd.log_softmax)
    )
    text = explained(heads)
    assert "log_softmax of 18 rows of 1 to 9 = one operation" in text
    assert_equal_to_eager(Case("heads", heads, flat(rows)), autograd.compile)


NEIGHBOURS = [[int(j) for j in row] for row in "1234 00256 013458 2446 01237 1268 0357 6480 2576".split()]


def means(rows):
    return [[autograd.mean([rows[j][k] for j in each]) for k in range(len(rows[0]))] for each in NEIGHBOURS]


def forces(rows):
    found = [[0.0] * len(row) for row in rows]
    for i, row in enumerate(rows):
        for j in range(i):
            for k, (x, y) in enumerate(zip(row, rows[j], strict=True)):
                q = autograd.sin(x - y)
                found[i][k] = found[i][k] + q
                found[j][k] = found[j][k] - q
    return found


def weighted(rows):
    """With weights that differ from pair to pair, as by masses."""
    found = [[0.0] * len(row) for row in rows]
    for i, row in enumerate(rows):
        for j in range(i):
            for k, (x, y) in enumerate(zip(row, rows[j], strict=True)):
                q = autograd.sin(x - y)
                found[i][k] = found[i][k] + (j + 1.5) * q
                found[j][k] = found[j][k] - (i + 1.5) * q
    return found


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        (means, "36 sums of 3 to 6 terms = one (9×9)·(9×4) product"),
        (forces, "56 sums of 2 to 8 terms = one (14×36)·(36×4) product"),
        (weighted, "36 sums of 8 terms = one (9×36)·(36×4) product"),
    ],
)
def test_sums_over_neighbours_and_pairs_are_one_product_with_constants(sums, words):
    rows = leaves()
    function = lambda: autograd.sum(autograd.cos(x) for row in sums([[x * x for x in r] for r in rows]) for x in row)
    assert words in explained(function)
    assert_equal_to_eager(Case("sums", function, flat(rows)), autograd.compile)


@pytest.mark.parametrize("sums", [means, forces, weighted])
def test_the_same_for_each_sample(sums):
    rows, x = leaves(columns=2), Tensor(NUMBERS[1].T[:3].copy())
    function = lambda outer: autograd.sum(
        autograd.cos(y) for row in sums([[w * z for w in row] for row, z in zip(rows, outer, strict=True)]) for y in row
    )
    assert_equal_to_eager(Case("samples", function, flat(rows), (x,)), autograd.compile)


@pytest.mark.parametrize(
    ("edge", "of"),
    [(math.inf, autograd.softmax), (math.nan, autograd.softmax), (-math.inf, autograd.log_softmax)],
)
def test_an_infinity_reaches_only_the_rows_that_see_it(edge, of):
    queries, keys, values = leaves(0, 6, 2), leaves(1, 6, 2), leaves(2, 6, 2)
    for k in (1, 2):
        (queries, keys, values)[k][4][0].data = edge
        attention = lambda: causal(queries, keys, values, of)
        assert_equal_to_eager(Case("edge", attention, flat([queries, keys, values]), (), (edge,)), autograd.compile)
        (queries, keys, values)[k][4][0].data = 0.5


@pytest.mark.parametrize("edge", [math.inf, -math.inf, math.nan])
def test_an_infinity_reaches_only_its_neighbours(edge):
    rows = leaves()
    rows[8][1].data = edge
    function = lambda: flat(means([[x * 2 for x in row] for row in rows]))
    assert_equal_to_eager(Case("edge", function, flat(rows), (), (edge,)), autograd.compile)


@pytest.mark.parametrize("samples", [(), ([[-math.inf] * 9, [0.5] * 9, [math.inf, *[0.0] * 8], [math.nan] * 9],)])
@pytest.mark.parametrize(
    "of", [autograd.logsumexp, lambda xs: autograd.softmax(xs)[-1], lambda xs: autograd.log_softmax(xs)[-1]]
)
def test_rows_that_are_minus_infinity_share_alike(of, samples):
    """A number that completes such a row has no share."""
    row = [Value(-math.inf) for _ in range(9)]
    function = lambda outer=(0.0,) * 9: [
        of([x + y for x, y in zip(row[:n], outer, strict=False)]) for n in range(2, 10)
    ]
    case = Case("-inf", function, row, tuple(Tensor(np.array(x)) for x in samples), (-math.inf, 0.0))
    assert_equal_to_eager(case, autograd.compile)


def test_rows_stay_apart_where_completing_them_would_cost_more():
    rows = [Value(x) for x in np.linspace(-1, 1, 300)]
    text = explained(
        lambda: autograd.logsumexp(rows) + autograd.sum(autograd.logsumexp(rows[k : k + 3]) for k in range(200))
    )
    assert "logsumexp of 300 numbers = one reduction" in text
    assert "200 times logsumexp of 3 numbers = one reduction" in text
    few = lambda: (
        sum(autograd.sum(rows[k : k + 4]) ** 2 for k in range(40))
        + sum(autograd.sum(rows[k : k + 9]) ** 2 for k in range(100, 260))
    )
    text = explained(few)
    assert "product with" not in text
    assert_equal_to_eager(Case("sums", few, rows), autograd.compile)


def test_windows_of_a_long_row_stay_apart():
    """Completed to the whole row, they would be a matrix product of which nearly all terms are holes."""
    rows = [Value(x) for x in np.linspace(-1, 1, 420)]
    windows = lambda: autograd.sum(autograd.sin(autograd.sum(rows[k : k + 4 + k % 2])) for k in range(400))
    assert "sum of 4 numbers" in explained(windows)


def test_sums_of_other_numbers_stay_apart():
    rows, others = leaves(), leaves(1)
    function = lambda: autograd.sum(
        [*flat(means([[x * x for x in row] for row in rows])), autograd.sin(autograd.sum(others[0]))]
    )
    text = explained(function)
    assert "one (9×9)·(9×4) product" in text
    assert_equal_to_eager(Case("others", function, flat([rows, others])), autograd.compile)


def test_weights_are_entries_of_the_matrix_too():
    """A second difference, which is one-sided at both ends."""
    rows = leaves(columns=1)
    y = lambda: [autograd.exp(row[0]) for row in rows]

    def differences():
        x = y()
        inner = [0.5 * x[k] - 2.0 * x[k + 1] + 1.5 * x[k + 2] for k in range(len(x) - 2)]
        ends = [
            2.0 * x[0] - 5.0 * x[1] + 4.0 * x[2] - 1.0 * x[3],
            2.0 * x[-1] - 5.0 * x[-2] + 4.0 * x[-3] - 1.0 * x[-4],
        ]
        return autograd.sum(autograd.sin(z) for z in inner + ends)

    assert "9 sums of 3 to 4 terms = one (9×9)·(9×1) product" in explained(differences)
    assert_equal_to_eager(Case("differences", differences, flat(rows)), autograd.compile)


def test_components_of_very_different_sizes_stay_apart():
    rows, others = leaves(columns=1), leaves(1)

    def function():
        squares = [[x * x for x in row] for row in rows]
        found = [autograd.sin(autograd.sum(squares[j][0] for j in each)) for each in NEIGHBOURS]
        for k in range(3):
            found.append(autograd.sin(autograd.sum((j + k + 0.5) * (others[j][k] * others[j][k]) for j in range(9))))
        return autograd.sum(found)

    assert "(9×9)" not in explained(function)
    assert_equal_to_eager(Case("components", function, flat([rows, others])), autograd.compile)


def test_terms_with_the_same_number_twice_stay_apart():
    rows, w = leaves(), leaves(1)
    twice = lambda: autograd.sum(
        autograd.tanh(
            autograd.dot([*w[k], w[k][0]][: 4 + k % 2], [rows[j][j % 4] for j in (k, 0, k, 1, 2)[: 4 + k % 2]])
        )
        for k in range(9)
    )
    assert_equal_to_eager(Case("twice", twice, flat([rows, w])), autograd.compile)
