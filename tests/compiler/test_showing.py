"""The views of a compiled function: its array program, the explanation in words, and the picture."""

import math
import re
import warnings

import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import InputTypeError, InputValueError, Tensor, Value, dot, logsumexp, program, softmax
from autograd.compiler.showing.lines import ArrayLine
from autograd.compiler.showing.views import view
from autograd.text.paper import Paper
from tests.support.programs.compiled import FAMILIES, generator

X = np.random.default_rng(0).normal(size=(100, 2))
Y = np.sign(np.random.default_rng(1).normal(size=100))


def compiled(function, *args, **options):
    """The compiled function, called once."""
    call = autograd.compile(function, **options)
    call(*args)
    return call


def listing(function, *args, **options):
    """The lines of the program, as they are printed."""
    return str(compiled(function, *args, **options).program).splitlines()


def sentences(function, *args, **options):
    """The sentences of a compiled function's explanation, each on one line, without its indent."""
    call = compiled(function, *args, **options)
    return [line.strip() for line in call.explain().on(Paper(width=400)).splitlines()]


def values(name, *shape):
    """Parameters in a nest of lists, called by their places."""
    rng = np.random.default_rng(len(name))

    def nest(place, rest):
        if rest:
            return [nest([*place, k], rest[1:]) for k in range(rest[0])]
        return Value(rng.normal(), name=f"{name}[{', '.join(map(str, place))}]" if name else None)

    return nest([], shape)


def moons():
    model = nn.MLP(2, [16, 16, 1])

    def loss(x, y):
        return autograd.relu(1 - y * model(x))

    def total():
        scores = [model(x) for x in X.tolist()]
        return nn.losses.hinge(scores, Y.tolist()) + 1e-4 * sum(p * p for p in model.parameters())

    return loss, total


def convolve(image, filters):
    return [
        [
            [sum(f[i][j] * image[r + i, c + j] for i in range(3) for j in range(3)).relu() for c in range(4)]
            for r in range(4)
        ]
        for f in filters
    ]


def attend(tokens, q, k, v):
    """Attention of each token over all of them."""
    queries, keys, contents = ([[dot(row, list(x)) for row in weights] for x in tokens] for weights in (q, k, v))
    found = []
    for query in queries:
        shares = list(softmax([dot(query, key) / math.sqrt(3) for key in keys]))
        found.append([dot(shares, [content[c] for content in contents]) for c in range(3)])
    return found


def attention():
    weights = values("Q", 3, 3), values("K", 3, 3), values("V", 3, 3)
    return lambda tokens: attend(tokens, *weights)


def named(name, function):
    function.__name__ = name
    return function


# --- The listing ------------------------------------------------------------------------------------------------------


@pytest.mark.smoke
def test_the_moons_for_each_sample_are_three_layers():
    assert listing(moons()[0], X, Y) == [
        "W1  = parameters              [16,2]   mlp.layers[0] w",
        "b1  = parameters              [16]     mlp.layers[0] b",
        "W2  = parameters              [16,16]  mlp.layers[1] w",
        "b2  = parameters              [16]     mlp.layers[1] b",
        "w3  = parameters              [16]     mlp.layers[2].neurons[0] w",
        "b3  = parameter                        mlp.layers[2].neurons[0] b",
        "x   = argument                [2,B]",
        "y   = argument                [B]",
        "%1  = matmul W1[16,2] x[2,B]  [16,B]",
        "%2  = add %1 b1[16,1]         [16,B]",
        "%3  = relu %2                 [16,B]",
        "%4  = matmul W2[16,16] %3     [16,B]",
        "%5  = add %4 b2[16,1]         [16,B]",
        "%6  = relu %5                 [16,B]",
        "%7  = matmul w3[16] %6        [B]",
        "%8  = add %7 b3               [B]",
        "%9  = mul y[B] %8             [B]",
        "%10 = sub 1.0 %9              [B]",
        "%11 = relu %10                [B]      -> loss[B]",
    ]


def test_the_whole_loss_of_the_moons_has_the_samples_for_columns_and_their_numbers_for_constants():
    lines = listing(moons()[1])
    assert "c1  = constants                            [2,100]" in lines
    assert "%1  = matmul W1[16,2] c1[2,100]            [16,100]" in lines
    assert "%2  = dot parameters[337] parameters[337]" in lines  # and not one block of all that hides the layers
    assert "%4  = mul 0.0001 %2" in lines
    assert "%6  = matmul W2[16,16] %5                  [16,100]" in lines
    assert lines[-1].split() == ["%16", "=", "add", "%15", "%4", "->", "total"]


def test_softmax_cross_entropy_takes_rows_of_scores_and_gathers_those_of_the_labels():
    model = nn.MLP(4, [6, 5])
    labels = [0, 2, 4, 1, 1, 3, 0]

    def loss():
        scores = [model(x) for x in np.ones((7, 4)).cumsum(0).tolist()]
        return sum(logsumexp(z) - z[k] for z, k in zip(scores, labels, strict=True)) / 7

    lines = [re.sub(" +", " ", line) for line in listing(loss)]
    assert "%6 = logsumexp %5ᵀ by rows [7]" in lines
    assert "%7 = sum gather(%5)" in lines


def test_a_convolution_is_one_product_of_filters_with_windows():
    filters = values("F", 2, 3, 3)
    images = np.ones((5, 6, 6))
    assert listing(named("convolve", lambda image: convolve(image, filters)), images) == [
        "F     = parameters                    [2,9]",
        "image = argument                      [6,6,B]",
        "%1    = matmul F[2,9] windows(image)  [2,16,B]",
        "%2    = relu %1                       [2,16,B]  -> convolve[2,4,4,B]",
    ]


def test_a_recurrent_net_has_the_same_weights_at_each_step():
    w, u, b = values("W", 5, 5), values("U", 5, 2), values("b", 5)

    def states(xs):
        h = [0.1] * 5
        for x in xs:
            h = [(dot(w[k], h) + dot(u[k], list(x)) + b[k]).tanh() for k in range(5)]
        return h

    lines = [re.sub(" +", " ", line) for line in listing(states, np.ones((7, 3, 2)))]
    assert "%2 = matmul U[5,2] xsᵀ [5,3,B]" in lines  # of all steps at once
    assert "%6 = sum %5 %2[:, 1] b[5,1] [5,B]" in lines
    assert "%8 = matmul W[5,5] %7 [5,B]" in lines
    assert lines[-1] == "%10 = tanh %9 [5,B] -> states[5,B]"


def test_attention_without_a_batch_is_three_products():
    lines = [re.sub(" +", " ", line) for line in listing(named("at", attention()), np.ones((4, 3)), batch=False)]
    assert lines == [
        "QKV = parameters [9,3]",
        "tokens = argument [4,3]",
        "%1 = matmul QKV[9,3] tokensᵀ [9,4]",
        "%2 = matmul %1[:3]ᵀ %1[3:6] [4,4]",
        "%3 = div %2 1.732 [4,4]",
        "%4 = softmax %3 by rows [4,4]",
        "%5 = matmul %4 %1[6:]ᵀ [4,3] -> at[4,3]",
    ]


def chain(length):
    x = Value(0.3, name="x")

    def last():
        y = x
        for _ in range(length):
            y = (y * 1.5).sin()
        return y

    return last


def test_a_chain_is_a_segment_and_its_last_number_the_result():
    call = compiled(chain(300))
    assert str(call.program).splitlines() == [
        "x    = parameter",
        "%1   = segment of 600 scalar operations on x  [600]",
        "last = %1[599]",
    ]
    assert call.program[-1].role == "output"


def branching(w):
    def g(x):
        if w * x > 0:
            return w * x
        return -x

    return g


def test_the_answer_to_a_question_is_marked_as_a_guard():
    lines = [re.sub(" +", " ", line) for line in listing(branching(Value(2.0, name="w")), np.ones(3))]
    assert lines[2:] == ["%1 = mul w x[B] [B] -> g[B]", "%2 = less 0.0 %1 [B] guard"]


def test_parts_of_what_is_given_back_are_named_by_their_keys():
    w = Value(2.0, name="w")
    lines = listing(named("f", lambda x: {"a": (w * x).exp(), "b": [x, w], "c": "static"}), np.ones(3))
    assert [re.sub(" +", " ", line) for line in lines[2:]] == [
        "%1 = mul w x[B] [B]",
        "%2 = exp %1 [B] -> f['a'][B]",
        "f['b'] = gather(x, w) [2,B]",
    ]
    assert listing(named("f", lambda x: (x, 1.0)), np.ones(3))[-1].split() == ["f[0]", "=", "x[B]", "[B]"]


def test_what_gives_back_no_value_has_no_lines():
    call = compiled(lambda x: "nothing", 1.0)
    assert len(call.program) == 0
    assert repr(call.program) == ""


def test_sums_are_written_by_their_signs():
    p = values("p", 40)

    def sums():
        a = [x.exp() for x in p]
        signs = [(y - x).sin() for x, y in zip(p, a, strict=True)]
        three = [x - y + z for x, y, z in zip(a, signs, p, strict=True)]
        minus = [-x - y for x, y in zip(signs, three, strict=True)]
        return minus, [-x for x in a], sum(minus), -sum(three[1:], three[0])

    written = "\n".join(re.sub(" +", " ", line) for line in listing(sums))
    for text in ("sub %1 p[40]", "sum %1 -%", "sum -%", "neg %1", "= sum %", "= minus sum %"):
        assert text in written, text


def test_names_of_modules_come_in_pairs_and_users_own_names_are_kept():
    w, c = values("", 4, 3), Value(1.0, name="c")
    lines = listing(lambda x: [dot(row, list(x)) * c for row in w], np.ones((2, 3)))
    assert [line.split()[0] for line in lines[:3]] == ["W", "c", "x"]
    free = values("", 30)
    assert listing(lambda: [p.exp() for p in free])[0].split() == ["p", "=", "parameters", "[30]"]
    clash = values("x", 3)
    lines = listing(lambda x: dot(clash, list(x)), np.ones((2, 3)))
    assert [line.split()[0] for line in lines[:2]] == ["x1", "x"]
    c1 = Value(2.0, name="c1")
    lines = listing(lambda: [c1 * k for k in range(2, 40)])
    assert [line.split()[0] for line in lines[:2]] == ["c1", "c2"]


def test_names_differ_even_where_modules_share_them():
    models = nn.MLP(3, [4]), nn.MLP(3, [4])
    a, b = values("", 4, 4), values("", 4, 4)

    def f(x):
        h = [z.tanh() for z in models[0](x)]
        h = [z.tanh() for z in models[1](h[:3])]
        h = [dot(row, h).tanh() for row in a]
        return [dot(row, h) for row in b]

    call = compiled(f, np.ones((5, 3)))
    labels = [line.label for line in call.program]
    assert len(set(labels)) == len(labels)


def test_arguments_of_every_form_are_arrays_of_their_names():
    def f(rate, pair, table, x):
        return sum(rate * x[k] * pair[k] for k in range(2)) + table["a"] * pair[1] + table["b"]

    lines = listing(f, 0.5, [1.0, Value(2.0)], {"a": 1.0, "b": 2.0}, np.ones((3, 2)))
    assert {line.split()[0]: line.split()[-1] for line in lines if "argument" in line} == {
        "rate": "argument",
        "pair": "[2]",
        "table": "[2]",
        "x": "[2,B]",
    }
    lines = listing(lambda x: x[0][0] * x[0][1] * x[1], [[1.0, 2.0], 3.0])
    assert lines[0].split() == ["x", "=", "argument", "[3]"]  # no shape that they all fit into
    lines = listing(lambda x: x[0] * x[1], [np.ones(3), 2.0])
    assert sorted(line.split()[0] for line in lines if "argument" in line) == ["x", "x_2"]


def test_constants_that_are_few_are_shown_and_the_same_ones_are_one_line():
    def f(x):
        return [dot([2.0, 3.0], list(x)), dot([2.0, 3.0], [y.exp() for y in x])]

    lines = listing(f, np.ones((4, 2)))
    assert re.sub(" +", " ", lines[1]) == "c1 = constants [2] [2, 3]"
    assert len([line for line in lines if "constants" in line]) == 1


def test_what_lies_side_by_side_is_joined_and_of_many_some_are_mentioned():
    def rosenbrock(x):
        return sum(100 * (x[k + 1] - x[k] ** 2) ** 2 + (1 - x[k]) ** 2 for k in range(9))

    lines = [re.sub(" +", " ", line) for line in listing(rosenbrock, np.ones((5, 10)))]
    assert "%1 = mul x[:9] x[:9] [9,B]" in lines
    assert lines[-1] == "%7 = add %6 %4 [B] -> rosenbrock[B]"
    several = values("a", 30), values("b", 30), values("c", 30), values("d", 30), values("e", 30), values("f", 30)
    functions = ("exp", "sin", "tanh", "sigmoid", "cos", "relu")

    def all_of_them():
        found = [[getattr(x, name)() for x in xs] for name, xs in zip(functions, several, strict=True)]
        return (
            [x for row in zip(*found, strict=True) for x in [*row, 2.0 * row[0] + 1.0]]
            if False
            else [each for row in zip(*found, strict=True) for each in row]
        )

    assert "more …" in listing(all_of_them)[-1]


def test_repeated_steps_are_shown_once_with_how_often():
    w, seen = Value(0.5, name="w"), []

    def recurrence(xs):
        h = 0.0
        for x in xs:
            h = (h * w + x).tanh()
            seen.append(h.sin())
        return h, autograd.sum(seen[-40:])

    call = compiled(recurrence, np.ones((2, 40)))
    shown = str(call.program).splitlines()
    assert repr(call.program) == str(call.program)
    assert len(call.program) > 100 > 2 * len(shown)
    times = [re.match(r"(\d+) times, (%\d+) … (%\d+):$", line) for line in shown]
    (k,) = (k for k, found in enumerate(times) if found)
    count, first, last = times[k].groups()
    step = [line.strip() for line in shown[k + 1 :] if line.startswith("  ")]
    assert step[0].startswith(first)
    between = call.program.find(last).k + 1 - call.program.find(first).k
    assert between == int(count) * len(step)


@pytest.mark.parametrize("steps", [40, 3000])
@pytest.mark.untraced
def test_no_listing_has_more_than_100_lines(steps):
    ops = [Value.sin, Value.exp, Value.tanh, Value.relu, abs, Value.sigmoid]
    order = np.random.default_rng(0).integers(0, len(ops), steps)  # nothing is repeated

    def f(x):
        for k in order.tolist():
            x = ops[k](x) * 1.5
        return x

    call = compiled(f, np.ones(2))
    shown = str(call.program).splitlines()
    assert (len(shown) < len(call.program)) == (steps > 40)
    assert len(shown) <= 100
    assert len(str(call.explain()).splitlines()) <= 100


def test_of_many_sentences_the_first_are_said():
    w = [Value(float(k)) for k in range(60)]
    rows = np.random.default_rng(0).integers(0, 60, (30, 7))
    call = compiled(lambda x: [autograd.prod([w[k] for k in row[: 3 + j % 4]]) * x for j, row in enumerate(rows)], 2.0)
    explanation = call.explain()
    explanation.sections = (explanation.sections[0]._replace(sentences=tuple(f"%{k}: told" for k in range(90))),)
    told = str(explanation).splitlines()
    assert told[-1] == "  … 70 more lines …"
    assert len(told) == 23


def test_a_program_is_a_sequence_of_lines_found_by_their_names():
    array_program = compiled(moons()[0], X, Y).program
    assert array_program[8] is array_program.find("%1")
    assert [line.label for line in array_program[:2]] == ["W1", "b1"]
    assert [line.k for line in array_program] == list(range(19))
    assert repr(array_program.find("%1")) == "<%1 = matmul W1[16,2] x[2,B]: [16,B]>"
    assert repr(array_program.find("b3")) == "<b3 = parameter: a number>"
    assert array_program.find("%1").scope == "mlp.layers[0]"
    with pytest.raises(InputValueError, match="'%77' is not part of the program of loss; print"):
        array_program.find("%77")


def test_a_function_that_was_not_called_has_no_program_yet():
    with pytest.raises(InputValueError, match="has not been called"):
        autograd.compile(lambda x: x).program
    with pytest.raises(InputValueError, match="has not been called"):
        autograd.compile(lambda x: x).explain()


def test_views_read_what_they_say():
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(1000):
        shape = tuple(rng.integers(1, 6, rng.integers(1, 4)).tolist())
        array = np.arange(math.prod(shape)).reshape(shape)
        cut = array[tuple(slice(*sorted(rng.integers(0, n + 1, 2).tolist()), int(rng.integers(1, 3))) for n in shape)]
        cut = cut.transpose(rng.permutation(len(shape)))
        if not cut.size:
            continue
        found = view(cut.reshape(-1), shape)
        kinds.add(found.kind)
        if found.kind != "gather":
            read = eval(f"array{found.part}".replace("ᵀ", ".T"), {"array": array})
            assert np.array_equal(np.ravel(read), cut.reshape(-1)), (shape, found)
    assert kinds == {"whole", "part", "gather"}


@pytest.mark.parametrize(
    ("cells", "shape", "written"),
    [
        ([0, 0, 0, 1, 1, 1], (2,), "a"),
        ([1, 1], (4,), "a[1]"),
        ([5, 4, 3], (6,), "a[5:2:-1]"),
        ([2, 1, 0], (6,), "a[2::-1]"),
        ([1, 2, 3, 4], (2, 3), "a.flat[1:5]"),
        ([0, 1, 1, 2, 2, 3], (4,), "windows(a)"),
        ([3, 0, 1], (4,), "gather(a)"),
        ([0, 1, 3, 4, 7, 8, 10, 11], (4, 3), "gather(a)"),
    ],
)
def test_a_view_in_writing(cells, shape, written):
    assert view(np.array(cells), shape).of("a") == written


# --- In words ---------------------------------------------------------------------------------------------------------


def test_the_moons_in_words():
    loss, total = moons()
    assert sentences(loss, X, Y) == [
        "loss: 643 scalar operations for each sample became 11 array operations for all of them",
        "recognised",
        "%1: 16 dot products of 2 terms = one (16×2)·(2×B) product",
        "%4: 16 dot products of 16 terms = one (16×16)·(16×B) product",
        "%7: 1 dot product of 16 terms = one (1×16)·(16×B) product",
        "%2, %3, …, %11: 8 operations element by element: 3 add, 3 relu, mul, sub, on 1 to 16 numbers for each sample",
        "given",
        "x, y: for each of B samples",
        "337 parameters live in one flat array",
    ]
    said = sentences(total)
    assert said[0] == "total: 65,075 scalar operations became 16 array operations"
    assert "%1: 1,600 dot products of 2 terms = one (16×2)·(2×100) product" in said
    assert "%2: a sum of 337 products = one dot product" in said
    assert "%14: sum of 100 numbers = one reduction" in said
    assert "300 numbers baked in as constants" in said


def test_why_dot_products_of_samples_are_no_matrix_product():
    said = sentences(attention(), np.ones((6, 4, 3)))
    reason = "one by one and not as a matrix product: both factors differ from sample to sample"
    assert f"%2: 16 dot products of 3 terms, {reason}" in said
    assert "%1: 36 dot products of 3 terms = one (9×3)·(3×4B) product" in said
    assert "%4: softmax of 4 rows of 4 = one operation" in said


def test_why_dot_products_of_few_pairs_are_no_matrix_product():
    rows, columns = values("r", 30, 3), values("c", 30, 3)
    said = sentences(lambda: [dot(r, c).exp() for r, c in zip(rows, columns, strict=True)])
    assert (
        "%1: 30 dot products of 3 terms, one by one and not as a matrix product: of 30 × 30 pairs of left and right "
        "factors only 30 are needed"
    ) in said


def test_blocks_and_cells_that_nobody_asked_for_are_counted():
    heads = [(values(f"a{k}", 4, 3), values(f"b{k}", 5, 3)) for k in range(3)]

    def blocks():
        return [dot(r, c).exp() for rows, columns in heads for r in rows for c in columns]

    assert "%1: 60 dot products of 3 terms = 3 (4×3)·(3×5) products in one" in sentences(blocks)
    rows, columns = heads[0]

    def most():
        return [dot(r, c).exp() for j, r in enumerate(rows) for k, c in enumerate(columns) if (j, k) != (1, 2)]

    said = sentences(most)
    assert "%1: 19 dot products of 3 terms = one (4×3)·(3×5) product, with 1 cell that no value needs" in said


def test_equal_subexpressions_are_counted():
    w = Value(2.0, name="w")
    assert "2 recorded operations equal to another: computed once" in sentences(
        lambda x: (w * x).exp() + (w * x).exp() * 3, np.ones(3)
    )


def test_alike_operations_are_said_once_with_how_often():
    w = values("W", 5, 5)

    def states(x):
        for _ in range(6):
            x = [dot(row, list(x)).tanh() for row in w]
        return x

    said = sentences(states, np.ones((7, 5)))
    assert "%1, %3, …, %11: 6 times 5 dot products of 5 terms = one (5×5)·(5×B) product" in said
    assert "%2, %4, …, %12: 6 operations element by element: 6 tanh, on 5 numbers for each sample" in said


def test_reductions_of_rows_are_counted():
    p = values("p", 6, 10)
    said = sentences(lambda: [logsumexp(row) for row in p])
    assert "%1: 6 times logsumexp of 10 numbers = one reduction" in said


def test_what_is_copied_together_is_said_and_why():
    p = values("p", 30)
    order = np.random.default_rng(0).permutation(30).tolist()

    def scattered():
        a, b = [x.exp() for x in p], [x.sin() for x in p]
        return [(a[k] * b[-k]).tanh() for k in order] + [a[0]]

    said = "\n".join(sentences(scattered))
    assert "is gathered into a copy at each call, since its places are not evenly spaced" in said
    assert "is gathered into a copy at each call, since it lies in several places" in said


def test_a_chain_stays_single_numbers_and_this_is_said():
    said = sentences(chain(300))
    assert said[0] == "last: 600 scalar operations became 600 operations on single numbers"
    assert said[2] == (
        "%1: 600 operations stay single numbers, one after the other: with fewer than 24 operands at a time, "
        "that is faster than arrays"
    )


def test_what_is_narrow_and_what_is_wide_are_counted_apart():
    p, last = values("p", 30), chain(50)

    def each():
        end = last()
        return [x.exp() * end for x in p]

    said = sentences(each)
    assert re.fullmatch(r"each: 160 scalar operations became \d array operations and \d+ on single numbers", said[0])


def test_branches_are_said_with_their_lines():
    said = sentences(branching(Value(2.0, name="w")), np.ones(3))
    assert re.fullmatch(r"w \* x > 0 was true, tested at .*test_showing\.py:\d+.*; each call tests it again",
                        said[-1])  # fmt: skip
    steps = values("t", 12)

    def many(x):
        return sum(t * x if t * x > -9 else t for t in steps)

    assert sentences(many, 0.5)[-1] == "… 4 more branches …"


def test_uniform_arguments_and_parameters_of_other_classes_are_said():
    class Own(Value):
        pass

    own = Own(2.0, name="own")
    said = sentences(lambda x, rate: rate * own * x, np.ones(3), 0.5)
    assert "x: for each of B samples" in said
    assert "rate: the same for all samples" in said
    assert "1 parameter of a class other than Value, read one by one" in said
    assert "rate: read at each call" in sentences(lambda rate: rate * own, 0.5)
    w, v = values("w", 3), values("v", 3)
    compiled(lambda x: dot(w, list(x)), np.ones((2, 3)))
    said = sentences(lambda x: dot(w, list(x)) * dot(v, list(x)), np.ones((2, 3)))
    assert "6 parameters live in 2 flat arrays" in said
    assert "1 parameter lives in one flat array" in sentences(branching(Value(2.0)), np.ones(3))


def test_words_fit_the_paper():
    explanation = compiled(moons()[1]).explain()
    narrow = explanation.on(Paper(width=50, unicode=False))
    assert max(map(len, narrow.splitlines())) <= 50
    assert narrow.isascii()
    assert str(explanation) == repr(explanation) == explanation.on(Paper())
    assert "\033[1mrecognised\033[0m" in explanation.on(Paper(colour=True))


# --- The picture ------------------------------------------------------------------------------------------------------


def boxes(drawing):
    """The class and the text of each box."""
    found = re.findall(r'^\t(\w+) \[id="\w+" class="([\w ]+)" .*label=<(.*)>\]$', drawing.dot, re.MULTILINE)
    return {
        id: (classes, re.sub("<[^>]*>", "", label.replace('<BR ALIGN="LEFT"/>', "|"))) for id, classes, label in found
    }


def arrows(drawing):
    return re.findall(r"^\t(\w+) -> (\w+) ", drawing.dot, re.MULTILINE)


def test_a_box_for_each_line_and_an_arrow_for_each_operand():
    loss = compiled(moons()[0], X, Y)
    drawing = visualize.draw(loss.program)
    found = boxes(drawing)
    assert repr(drawing) == "<drawing of 19 arrays>"
    assert found["n0"] == ("parameter", "W1 parameters|16×2|mlp.layers[0] w|")
    assert found["n6"] == ("input", "x argument|2×B|")
    assert found["n8"] == ("computed", "%1 = matmul W1 x|16×B|")
    assert found["n17"] == ("computed", "%10 = sub 1.0 %9|B|")
    assert found["n18"] == ("output", "%11 = relu %10|B|gives loss|")
    assert {("n0", "n8"), ("n6", "n8"), ("n8", "n9"), ("n1", "n9")} <= set(arrows(drawing))
    assert len(arrows(drawing)) == 18
    assert "B: the number of samples" in drawing.dot
    assert visualize.draw_dot(loss.program).source == drawing.dot


@pytest.mark.untraced
def test_constants_guards_and_several_uses_are_told_apart():
    found = boxes(visualize.draw(compiled(moons()[1]).program))
    assert found["n6"] == ("constant", "c1 constants|2×100|")
    drawing = visualize.draw(compiled(branching(Value(2.0, name="w")), np.ones(3)).program)
    assert boxes(drawing)["n3"] == ("computed", "%2 = less 0.0 %1|B|guard|")
    drawing = visualize.draw(compiled(lambda x: x.exp() * x.exp(), np.ones(3)).program)
    assert 'label=" 2 uses "' in drawing.dot
    assert "2 uses" not in visualize.draw(compiled(moons()[1]).program).dot  # all parameters together are used twice


def test_a_long_operation_is_broken_into_lines():
    xs = values("a_long_name_of_a_parameter", 3)
    found = boxes(visualize.draw(compiled(lambda: xs[0] + xs[1] * 2.0 + xs[2].exp() - 3.0).program))
    assert any(text.count("|") > 2 for _, text in found.values())


def test_folded_what_is_done_element_by_element_stands_in_the_box_it_follows():
    loss = compiled(moons()[0], X, Y)
    drawing = visualize.draw(loss.program, fold=True, legend=True)
    found = boxes(drawing)
    assert repr(drawing) == "<drawing of 19 arrays in 11 boxes>"
    assert found["n10"] == ("computed", "%1 = matmul W1 x|%2 = add %1 b1|%3 = relu %2|16×B|")
    assert found["n18"][1].startswith("%7 = matmul w3 %6|%8 = add %7 b3|")
    assert ("n10", "n13") in arrows(drawing)
    for meaning in (
        "parameters, that training changes",
        "an argument",
        "an operation on arrays",
        "a result",
        "a constant",
    ):
        assert meaning in drawing.dot


def long(x):
    for _ in range(70):
        x = [y.sin().exp() for y in x]
    return x


def test_repeated_steps_are_one_box_after_the_first_unless_they_are_not_to_be():
    w = Value(2.0, name="w")
    call = compiled(lambda x: long([y * w if k else y for k, y in enumerate(long(list(x)))]), np.ones((2, 3)))
    drawing = visualize.draw(call.program, legend=True)
    found = boxes(drawing)
    assert found["f0"][0] == "fold"
    assert re.match(r"\d+ times more\|%\d+ … %\d+\|", found["f0"][1])
    assert len(found) < 30
    assert "several operations" in drawing.dot
    assert "to see all: fold=False" in drawing.dot
    assert len(boxes(visualize.draw(call.program, fold=False))) == len(call.program)


def test_the_middle_of_a_long_program_without_repeats_is_one_box():
    ops = [Value.sin, Value.exp, Value.tanh, Value.relu, abs, Value.sigmoid]
    order = np.random.default_rng(0).integers(0, len(ops), 150)
    scales = [Value(1.5) for _ in order]

    def f(x):
        for k, scale in zip(order.tolist(), scales, strict=True):
            x = ops[k](x) * scale
        return x

    found = boxes(visualize.draw(compiled(f, np.ones(2)).program))
    assert any(re.match(r"\d+ operations\|%\d+ … %\d+\|", text) for kind, text, *_ in found.values() if kind == "fold")
    assert len(found) < 120


def test_a_line_is_highlighted_by_itself_or_by_its_name():
    array_program = compiled(moons()[0], X, Y).program
    for which in ("%4", array_program.find("%4")):
        found = boxes(visualize.draw(array_program, highlight=which))
        assert found["n11"][0] == "computed current"
    with pytest.raises(InputValueError, match="'nothing' is not part"):
        visualize.draw(array_program, highlight="nothing")
    with pytest.raises(InputTypeError, match="a line is highlighted, or its name, not Value"):
        visualize.draw(array_program, highlight=Value(1.0))
    with pytest.raises(InputTypeError, match="%4 is a line of a program of arrays"):
        visualize.draw(Value(1.0) * 2, highlight=array_program.find("%4"))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"show": ["data"]}, InputValueError, "has shapes instead; leave it out"),
        ({"emphasis": "gradient"}, InputValueError, "a program of arrays has none"),
        ({"depth": 1}, InputValueError, "a program of arrays has no modules"),
        ({"expand": "mlp"}, InputValueError, "a program of arrays has no modules"),
        ({"fold": "mlp"}, InputTypeError, "folded with fold=True or not with fold=False, not with 'mlp'"),
        ({"direction": "up"}, InputValueError, "the direction is one of"),
    ],
)
def test_options_without_a_meaning_for_arrays_are_refused(options, error, said):
    array_program = compiled(lambda x: x.exp(), 1.0).program
    with pytest.raises(error, match=said):
        visualize.draw(array_program, **options)


def test_what_shows_single_values_refuses_a_program_of_arrays():
    array_program = compiled(named("f", lambda x: x.exp()), 1.0).program
    with pytest.raises(InputTypeError, match="the program of f consists of arrays: draw"):
        visualize.page(array_program)
    with pytest.raises(InputTypeError, match="that of f consists of arrays"):
        visualize.upstream("%1", of=array_program)


def test_the_picture_is_saved_and_shown(renderer, tmp_path):
    drawing = visualize.draw(compiled(moons()[0], X, Y).program, direction="TB", theme="dark", legend=True)
    assert drawing.save(tmp_path / "loss.svg").read_text(encoding="utf-8").count('class="node') == 19
    assert drawing.save(tmp_path / "loss.dot").read_text(encoding="utf-8") == drawing.dot
    shown = drawing._repr_mimebundle_()
    assert "<svg" in shown["text/html"]
    assert shown["text/plain"] == "<drawing of 19 arrays>"


# --- The record of a call ---------------------------------------------------------------------------------------------


def test_to_every_reader_a_call_is_one_operation():
    loss, total = moons()
    x = Tensor(X, name="x")
    mean = compiled(loss, X, Y)(x, Y).mean()
    record = program(mean)
    assert [entry.op.name for entry in record.computed] == ["loss", "mean_over"]
    assert record.computed[0].expression == "loss(parameters, x, array(100,))"
    assert "loss(" in str(record.tree())
    assert "loss(" in visualize.draw(mean).dot
    whole = compiled(total)()
    assert program(whole)[-1].expression == "total(parameters)"
    for refused in (autograd.formula, visualize.page):
        with pytest.raises(
            InputTypeError, match=r"is for programs of single numbers, and %1 is computed by total, .* its __wrapped__"
        ):
            refused(whole)


def test_a_call_is_stepped_over_and_explained_as_one_operation():
    x = Tensor(X, name="x")
    mean = compiled(moons()[0], X, Y)(x, Y).mean()
    mean.name = "L"
    assert "dL/dx (100×2) = reverse pass of loss" in "\n".join(map(repr, autograd.steps(mean)))
    assert "= reverse pass of loss" in str(autograd.explain(x, of=mean))


def test_a_parameter_of_what_is_compiled_is_told_by_its_place():
    w, v = Value(2.0, name="w"), Value(3.0, name="v")
    f = compiled(lambda x: v * x + w, X[:, 0])
    mean = f(X[:, 0]).mean()
    for p in (w, v):
        with pytest.raises(InputValueError, match=r"^Value\(.*\) is parameters\[[01]\] here, .* its __wrapped__"):
            autograd.explain(p, of=mean)
    other = w * 3
    with pytest.raises(InputValueError, match="is not part of this program"):
        autograd.explain(v, of=other)


@pytest.mark.parametrize("family", FAMILIES)
def test_random_programs_are_listed_said_and_drawn(family):
    for number in range(25):
        case = family(generator(family.__name__, number))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", autograd.CompileWarning)
            call = compiled(case.function, *case.arguments, **case.options)
        array_program = call.program
        labels = [line.label for line in array_program]
        assert len(set(labels)) == len(labels)
        for line in array_program:
            for reading in line.operands:
                assert all(isinstance(each, ArrayLine) and each.k < line.k for each in reading.lines)
        assert str(call.explain()).startswith(f"{array_program.name}: {array_program.operations:,} scalar operation")
        assert visualize.draw(array_program).dot.count(" -> ") <= visualize.draw(array_program, fold=False).dot.count(
            " -> "
        )
