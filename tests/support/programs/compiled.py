"""Random functions for a compiler, as a user would write them: in scalars, with parameters and arguments.

A `Case` is a function, the leaves it closes over, and what it is called with. Numbers, values and lists are one
sample's own; arrays and tensors have samples along their first axis, unless the case says otherwise. All is drawn from
a ``random.Random``, so that a case is known by its family and its number: ``layered(generator("layered", 17))``.

    of_the_table   programs of `scalars` over all primitives, their inputs parameters, arguments or both
    layered        networks neuron by neuron, in every way to write a sum of products; shared, tied, skipping
    convolutional  windows over a line or a plane, with strides, channels, pooling
    recurrent      cells with the same weights at every step, and attention over a few tokens
    irregular      sparse, ragged, repeated, cancelling; narrow and wide parts in one
    meeting        many values of one kind at several levels: outputs of a recurrence, long sums, pairs, growing rows
    ragged         rows of different lengths: causal attention, means over neighbours, forces of pairs, logsumexp
    at_edges       zeros, infinities and nan among the numbers
    at_kinks       exact numbers, full of ties
"""

import builtins
import math
import random
from collections.abc import Callable
from functools import reduce
from operator import mul
from typing import NamedTuple

import numpy as np

import autograd
import nn
from autograd import Tensor, Value
from autograd.core.table import TABLE
from autograd.core.value import compute
from nn import losses
from tests.support.programs import scalars
from tests.support.programs.scalars import OTHERS, WEIGHTED, WIDE, Program, ours, run, smooth


class Case(NamedTuple):
    """A function to be compiled, and the arguments of its calls.

    ``pool`` are the numbers from which parameters and samples are drawn anew, where they may not be moved slightly.
    ``options`` are those of ``compile``.
    """

    name: str
    function: Callable
    parameters: list
    arguments: tuple = ()
    pool: tuple = ()
    options: dict = {}  # noqa: RUF012 - nobody writes to it


def generator(family, k):
    return random.Random(f"{family} {k}")


def number(rng):
    return rng.uniform(-1.5, 1.5)


def numbers(rng, *shape):
    """A list of such lists of random numbers."""
    return [numbers(rng, *shape[1:]) for _ in range(shape[0])] if shape else number(rng)


def parameters(rng, *shape):
    """The same of new leaves."""
    return [parameters(rng, *shape[1:]) for _ in range(shape[0])] if shape else Value(number(rng))


def factor(rng):
    """By how much a case is larger than most are: now and then wide enough for whole matrices."""
    return 3 if rng.random() < 0.03 else 1


def flat(nested):
    return [x for part in nested for x in flat(part)] if isinstance(nested, (list, tuple)) else [nested]


def batch(rng, *shape, samples=None):
    """An array of random numbers, plain or as a tensor that receives a gradient; the first axis is that of samples."""
    array = np.array(numbers(rng, samples or rng.choice([1, 2, 3, 5]), *shape))
    return Tensor(array) if rng.random() < 0.4 else array


# --- Programs over the whole table ------------------------------------------------------------------------------------

OF_TWO = "add sub mul div floordiv mod hypot atan2 maximum minimum logaddexp xlogy".split()
EDGES = (0.0, 1.0, -1.0, 0.0, math.inf, -math.inf, math.nan, 0.5, -2.5, 2.0, 710.0, -800.0, 1e200, -0.0)


def arguments_of(rng, name, count, constants):
    """Positions of earlier values, and constants, as `tests.programs` has them."""
    position = lambda: rng.choice([rng.randrange(count), count - 1, 0])
    either = lambda: position() if rng.random() < 0.75 else (rng.choice(constants),)
    if name in WIDE:
        size = rng.choice([1, 2, 3, 4, 5, 12])
        others = {"dot": 2 * size, "cosine_similarity": 2 * size - 1}.get(name, size - 1)
        return (
            *([(rng.randrange(size),)] if "softmax" in name else []),
            *(either() for _ in range(others)),
            position(),
        )
    if name in OTHERS:
        chosen = [rng.choice(options) for options in OTHERS[name]]
        return (position(), *(position() if other is None else (other,) for other in chosen))
    if name == "where":
        return rng.choice([position(), (True,), (False,)]), position(), either()
    if name in OF_TWO:
        pair = position(), either()
        return pair[::-1] if rng.random() < 0.5 else pair
    return (position(),)


def table_program(rng, most=14, pool=()):
    """A random program, smooth around its inputs and of moderate numbers; with a pool, on any numbers of the pool."""
    constants = pool or [k / 8 for k in range(-30, 31)]
    values = [rng.choice(constants) for _ in range(rng.randint(1, 4))]
    program = Program(tuple(values), ())
    for name in [
        *rng.choices(WEIGHTED, k=rng.randint(1, most)),
        rng.choice(["sum", "dot", "logsumexp", "mul", "mean"]),
    ]:
        for _ in range(6):
            arguments = arguments_of(rng, name, len(values), constants)
            given = [values[x] if isinstance(x, int) else x[0] for x in arguments]
            if not pool and not smooth(name, given):
                continue
            if name == "clip" and any(isinstance(x, int) for x in arguments[1:]):
                continue  # other numbers may bring the bounds out of order, which is an error
            value = compute(TABLE[name], *given)
            if pool or abs(value) < 50:
                program = program._replace(lines=(*program.lines, (name, arguments)))
                values.append(value)
                break
    return program if program.lines else program._replace(lines=(("sum", (0, 0, (1.0,))),))


FORMS = ("parameters", "arguments", "mixed", "row")


def as_case(rng, program, form, pool=(), name="table"):
    """A program with its inputs as parameters, as batched or shared arguments, as both, or as rows of an array."""
    inputs, name = program.inputs, f"{name} by {form}"
    result = lambda xs: run(program, ours, xs)[-1]
    if form == "parameters":
        leaves = [Value(x) for x in inputs]
        return Case(name, lambda: result(leaves), leaves, (), pool)
    samples = rng.choice([1, 2, 3, 5])
    another = (lambda x: rng.choice([x, rng.choice(pool)])) if pool else (lambda x: x * (1 + rng.uniform(-1, 1) * 1e-3))
    spread = lambda x: np.array([another(x) for _ in range(samples)])
    if form == "row":
        rows = np.stack([spread(x) for x in inputs], axis=1)
        return Case(name, lambda row: result(list(row)), [], (rng.choice([Tensor, np.array])(rows),), pool)
    kinds = [rng.choice(["array", "tensor", "number", "value", "list"]) for _ in inputs]
    kinds[0] = rng.choice(["array", "tensor"])
    leaves = [Value(x) if form == "mixed" and k and rng.random() < 0.6 else None for k, x in enumerate(inputs)]
    make = {
        "array": spread,
        "tensor": lambda x: Tensor(spread(x)),
        "number": float,
        "value": Value,
        "list": lambda x: [x],
    }
    given = tuple(make[kind](x) for kind, x, leaf in zip(kinds, inputs, leaves, strict=True) if leaf is None)

    def function(*arguments):
        rest = iter(arguments)
        found = [next(rest) if leaf is None else leaf for leaf in leaves]
        return result([x[0] if isinstance(x, list) else x for x in found])

    return Case(name, function, [leaf for leaf in leaves if leaf is not None], given, pool)


def of_the_table(rng):
    return as_case(rng, table_program(rng), rng.choice(FORMS))


# --- Layers of neurons ------------------------------------------------------------------------------------------------

WAYS = {  # to write a neuron; b is None where there is no bias
    "from the bias": lambda ws, xs, b: sum((w * x for w, x in zip(ws, xs, strict=True)), 0 if b is None else b),
    "bias last": lambda ws, xs, b: sum(w * x for w, x in zip(ws, xs, strict=True)) + (0.0 if b is None else b),
    "inputs first": lambda ws, xs, b: sum(x * w for w, x in zip(ws, xs, strict=True)) + (0 if b is None else b),
    "dot": lambda ws, xs, b: autograd.dot(ws, xs, 0 if b is None else b),
    "sum of all": lambda ws, xs, b: autograd.sum([*map(mul, ws, xs), *([] if b is None else [b])]),
    "reduced": lambda ws, xs, b: reduce(
        lambda t, wx: t + wx[0] * wx[1], zip(ws, xs, strict=True), 0 if b is None else b
    ),
    "subtracted": lambda ws, xs, b: (0.5 if b is None else b) - sum(w * x for w, x in zip(ws, xs, strict=True)),
    "numpy": lambda ws, xs, b: np.array(ws, dtype=object) @ np.array(xs, dtype=object) + (0.0 if b is None else b),
}
ACTIVATIONS = "relu tanh sigmoid softplus silu gelu elu leaky_relu selu softsign sin square exp abs".split()
OF_PAIRS = {
    "mse": losses.mse,
    "mae": losses.mae,
    "huber": losses.huber,
    "hinge": lambda p, t: autograd.relu(1 - t * p),
    "logistic": lambda p, t: autograd.softplus(-t * p),
    "by hand": lambda p, t: (p - t) ** 2,
    "product": lambda p, t: (p - t) * (p - t) * 0.5,
    "cubed": lambda p, t: abs(p - t) ** 3 / 3,
}


def activation(rng):
    name = rng.choice(ACTIVATIONS)
    function = getattr(autograd, name)
    return (lambda x: autograd.exp(0.3 * x)) if name == "exp" else function


def network(rng, n_in, widths, scale=1.0):
    """A network, as a function of a list, and its parameters: layers of one manner, some used twice, some skipped."""
    way, has_bias, skips = WAYS[rng.choice(list(WAYS))], rng.random() < 0.75, rng.random() < 0.3
    layers, leaves, width = [], [], n_in
    for n in widths:
        weights, biases = parameters(rng, n, width), parameters(rng, n) if has_bias else [None] * n
        f = activation(rng) if n != widths[-1] or rng.random() < 0.5 else lambda x: x
        layers.append((weights, biases, f, n == width and rng.random() < 0.5))
        leaves += flat(weights) + (biases if has_bias else [])
        width = n

    def forward(xs):
        for weights, biases, f, twice in layers:
            for _ in range(1 + twice):  # a layer of as many inputs as outputs, with its weights shared by two uses
                ys = [f(way(row, xs, b)) for row, b in zip(weights, biases, strict=True)]
                xs = [x + y for x, y in zip(xs, ys, strict=True)] if skips and len(xs) == len(ys) else ys
        return xs

    return forward, leaves


def layered(rng):
    """A network and its loss: of one sample, over samples, or of a whole batch as scalars."""
    size = factor(rng)
    n, out = rng.randint(1, 4 * size), rng.randint(1, 3 * size)
    kind = rng.choice(["by hand", "by hand", "nn", "autoencoder", "classifier", "outputs"])
    hidden = [rng.randint(1, 5 * size) for _ in range(rng.randint(0, 2))]
    forward, leaves = network(rng, n, [*hidden, out])
    if kind == "nn":
        model = nn.MLP(n, [*hidden, out], rng.choice(["relu", "tanh", "gelu"]), init=lambda *_: number(rng))
        forward, leaves = (lambda xs: (lambda ys: ys if isinstance(ys, list) else [ys])(model(xs))), model.parameters()
    if kind == "autoencoder":  # the second layer is the first one's transpose
        weights, f = parameters(rng, out, n), activation(rng)
        leaves = flat(weights)

        def forward(xs):
            code = [f(autograd.dot(row, xs)) for row in weights]
            return [sum(row[i] * c for row, c in zip(weights, code, strict=True)) for i in range(len(xs))]

    pair = OF_PAIRS[rng.choice(list(OF_PAIRS))]
    penalty = (lambda: 0.01 * sum(w * w for w in leaves)) if rng.random() < 0.3 else (lambda: 0)
    name, label = f"layered, {kind}", rng.randrange(out)
    width = n if kind == "autoencoder" else out

    def loss(xs, ts):
        ys = forward(xs)
        if kind == "classifier":
            return losses.cross_entropy(ys, label) + sum(t * p for t, p in zip(ts, autograd.softmax(ys), strict=True))
        return sum(pair(y, t) for y, t in zip(ys, ts, strict=True)) / len(ts)

    if kind == "outputs":
        results = rng.choice(
            [lambda x: forward(x), lambda x: (forward(x)[0], forward(x)), lambda x: {"all": forward(x)}]
        )
        return Case(name, results, leaves, (batch(rng, n),))
    samples = rng.choice([1, 2, 3, 5]) * size
    if rng.random() < 0.5:
        given = batch(rng, n, samples=samples), batch(rng, width, samples=samples)
        return Case(f"{name}, per sample", lambda x, t: loss(list(x), list(t)) + penalty(), leaves, given)
    xs, ts = numbers(rng, samples, n), numbers(rng, samples, width)
    total = lambda: sum(loss(x, t) for x, t in zip(xs, ts, strict=True)) * (1 / samples) + penalty()
    return Case(f"{name}, whole", total, leaves)


# --- Windows ----------------------------------------------------------------------------------------------------------


def convolutional(rng):
    """Filters over windows of a line or of a plane, then an activation, pooling by maximum or mean, and a readout."""
    plane, channels, filters = rng.random() < 0.5, rng.randint(1, 2), rng.randint(1, 3) * factor(rng)
    size, width, stride = rng.randint(3, 5 if plane else 9), rng.randint(1, 3), rng.randint(1, 2)
    way, f = WAYS[rng.choice(list(WAYS))], activation(rng)
    shape = (channels, size, size) if plane else (channels, size)
    area = channels * width ** (2 if plane else 1)
    kernels, biases = parameters(rng, filters, area), parameters(rng, filters)
    pool = rng.choice([None, autograd.max, autograd.mean, lambda xs: reduce(autograd.maximum, xs), autograd.logsumexp])
    places = range(0, size - width + 1, stride)
    corners = [(i, j) for i in places for j in places] if plane else [(i, None) for i in places]
    readout = parameters(rng, filters, len(corners) if pool is None else 1) if rng.random() < 0.6 else None

    def window(image, i, j):
        if plane:
            return [image[c][i + a][j + b] for c in range(channels) for a in range(width) for b in range(width)]
        return [image[c][i + a] for c in range(channels) for a in range(width)]

    def forward(image):
        maps = [[f(way(k, window(image, i, j), b)) for i, j in corners] for k, b in zip(kernels, biases, strict=True)]
        maps = maps if pool is None else [[pool(each)] for each in maps]
        if readout is None:
            return sum(flat(maps))
        return sum(r * y for rs, ys in zip(readout, maps, strict=True) for r, y in zip(rs, ys, strict=True))

    leaves = flat(kernels) + biases + flat(readout or [])
    name = f"convolutional, {'plane' if plane else 'line'}"
    if rng.random() < 0.7:
        return Case(name, forward, leaves, (batch(rng, *shape),))
    images = [numbers(rng, *shape) for _ in range(rng.randint(1, 3))]
    return Case(f"{name}, whole", lambda: sum(forward(image) ** 2 for image in images), leaves)


# --- Steps with the same weights, and attention -----------------------------------------------------------------------


def recurrent(rng):
    n, hidden, steps = rng.randint(1, 2), rng.randint(1, 3) * factor(rng), rng.randint(1, 4)
    way, leaves = WAYS[rng.choice(list(WAYS))], []

    def affine(rows, columns):
        weights, biases = parameters(rng, rows, columns), parameters(rng, rows)
        leaves.extend(flat(weights) + biases)
        return lambda xs: [way(row, xs, b) for row, b in zip(weights, biases, strict=True)]

    kind = rng.choice(["plain", "gated", "attention"])
    if kind == "plain":
        cell = affine(hidden, hidden + n)
        step = lambda x, state: [autograd.tanh(z) for z in cell([*x, *state])]
    elif kind == "gated":
        update, reset, candidate = (affine(hidden, hidden + n) for _ in range(3))

        def step(x, state):
            us = [autograd.sigmoid(z) for z in update([*x, *state])]
            rs = [autograd.sigmoid(z) for z in reset([*x, *state])]
            cs = [autograd.tanh(z) for z in candidate([*x, *(r * h for r, h in zip(rs, state, strict=True))])]
            return [u * h + (1 - u) * c for u, h, c in zip(us, state, cs, strict=True)]

    else:
        query, key, value = (affine(hidden, n) for _ in range(3))
    first = parameters(rng, hidden) if rng.random() < 0.5 else [0.0] * hidden
    leaves += [] if kind == "attention" else [h for h in first if isinstance(h, Value)]

    def forward(xs):
        if kind == "attention":
            queries, keys, values = ([part(list(x)) for x in xs] for part in (query, key, value))
            shares = [autograd.softmax([autograd.dot(q, k) / math.sqrt(hidden) for k in keys]) for q in queries]
            seen = [[autograd.dot(row, [v[i] for v in values]) for i in range(hidden)] for row in shares]
            return autograd.sum([y * y for y in flat(seen)])
        state = first
        for x in xs:
            state = step(list(x), state)
        return sum(h * h for h in state)

    if rng.random() < 0.6:
        return Case(f"recurrent, {kind}", forward, leaves, (batch(rng, steps, n),))
    sequences = numbers(rng, rng.randint(1, 3), steps, n)
    return Case(f"recurrent, {kind}, whole", lambda: sum(forward(xs) for xs in sequences), leaves)


# --- Without a pattern ------------------------------------------------------------------------------------------------


def irregular(rng):
    """Sums that mix products, values and constants with signs; repeated and cancelling; chains beside wide parts."""
    count, wide = rng.randint(2, 6), rng.randint(2, 9) * factor(rng)
    leaves = parameters(rng, count)
    batched = rng.random() < 0.6
    plan = [(rng.choice(list(MOVES)), rng.random(), rng.getrandbits(32)) for _ in range(rng.randint(2, 6))]
    chain = rng.choice([0, 0, 5, 40])

    def function(*arguments):
        values = [
            *leaves,
            *(x for argument in arguments for x in (argument if isinstance(argument, list) else [argument])),
        ]
        for move, factor, seed in plan:
            made = MOVES[move](random.Random(seed), values, wide)
            values += [autograd.tanh(x * (0.2 + factor)) for x in made]
        y = values[-1]
        for k in range(chain):
            y = autograd.sin(y) * values[k % len(values)] + (0.5 if k % 3 else y)
        return y + autograd.sum(values)

    given = ()
    if batched:
        samples = rng.choice([1, 2, 3, 5])
        given = batch(rng, samples=samples), number(rng), Value(number(rng)), numbers(rng, 2)
    return Case("irregular", function, leaves, given)


TERMS = [
    lambda x, y, z: x,
    lambda x, y, z: x * y,
    lambda x, y, z: 0.75,
    lambda x, y, z: x * y * z,
    lambda x, y, z: 2 * x,
    lambda x, y, z: x * x,
    lambda x, y, z: -x * y,
]
JOINED = [
    lambda total, term: total + term,
    lambda total, term: total - term,
    lambda total, term: term + total,
    lambda total, term: term - total,
]


def _terms(rng, values, wide):
    total = 0
    for _ in range(wide):
        total = rng.choice(JOINED)(total, rng.choice(TERMS)(*rng.choices(values, k=3)))
    return [total + 0.0 * rng.choice(values)]


def _sparse(rng, values, wide):
    rows = [[(rng.choice(values), rng.choice(values)) for _ in range(rng.randint(1, 4))] for _ in range(wide)]
    return [sum(w * x for w, x in row) for row in rows]


def _powers(rng, values, wide):
    x, y = rng.choices(values, k=2)
    return [
        x * x * x,
        x**3 - x * x * x,
        x - x + y,
        x * y - y * x,
        (x + y) * (x + y),
        x + x + x,
        -(0 - x),
        x / (2 + y * y),
    ]


def _shared(rng, values, wide):
    x, y, z = rng.choices(values, k=3)
    common = x * y + z
    return [common * common, common + x, autograd.dot([x, x, common], [x, y, y], common), common - common * 0.5]


def _reductions(rng, values, wide):
    some = rng.choices(values, k=rng.randint(1, wide))
    moved = [x + 0.1 for x in some]
    others = {
        "softmax": lambda: autograd.softmax(some)[-1],
        "norm 1": lambda: autograd.norm(moved, 1),
        "norm inf": lambda: autograd.norm(moved, math.inf),
        "cosine": lambda: autograd.cosine_similarity(moved, rng.choices(values, k=len(some))),
    }
    names = [*"max min mean prod logsumexp norm var std".split(), *others]
    each = lambda name: others[name]() if name in others else getattr(autograd, name)(moved)
    return [each(name) for name in rng.sample(names, 3)]


def _matrix(rng, values, wide):
    n, m, k = (rng.randint(1, 3) for _ in range(3))
    a, b = ([rng.choices(values, k=q) for _ in range(p)] for p, q in ((n, m), (m, k)))
    return flat([[sum(a[i][t] * b[t][j] for t in range(m)) for j in range(k)] for i in range(n)])


def _choices(rng, values, wide):
    x, y = rng.choices(values, k=2)
    return [
        autograd.where(x > 0.01, x * y, autograd.exp(x)) if isinstance(x, Value) else x + y,
        autograd.maximum(x, y) + autograd.minimum(x, 0.3),
        autograd.clip(x + y, -1.0, 1.0),
    ]


MOVES = {
    "terms": _terms,
    "sparse": _sparse,
    "powers": _powers,
    "shared": _shared,
    "reductions": _reductions,
    "matrix": _matrix,
    "choices": _choices,
}

# --- Many values of one kind, which meet in one operation or do not ---------------------------------------------------


def meeting(rng):
    """A recurrence and what hangs off it at each step: outputs, long sums, pairs of points, rows of growing length."""
    count, steps = rng.randint(2, 7) * factor(rng), rng.randint(1, 5)
    leaves, first = parameters(rng, count, 2), parameters(rng, count)
    hanging = [rng.choice(HANGING) for _ in range(rng.randint(1, 3))]
    seed = rng.getrandbits(32)

    def function(*arguments):
        state, totals = first, []
        outer = list(arguments[0]) if arguments else [0.5, -0.25]
        for k in range(steps):
            moved = [*state[1:], state[0]]
            state = [
                autograd.sin(w * h + v * g) - (outer[k % len(outer)] if k % 2 else 0.0)
                for (w, v), h, g in zip(leaves, state, moved, strict=True)
            ]
            for each in hanging:
                totals += each(random.Random(seed), state, leaves, outer)
        return autograd.sum(totals)

    given = (batch(rng, rng.randint(1, 9)),) if rng.random() < 0.6 else ()
    return Case("meeting", function, flat(leaves) + first, given)


def _outputs(rng, state, leaves, outer):
    y = [autograd.dot([w for w, _ in leaves], state) * v for _, v in leaves]
    return [autograd.logsumexp(y) - y[0], autograd.logsumexp([*y[:2], outer[0]])]


def _long_sums(rng, state, leaves, outer):
    """Over more terms than are added one by one, of several signs and places."""
    terms = rng.choices(
        [*state, *flat(leaves), *outer, *(w * h for (w, _), h in zip(leaves, state, strict=True))], k=12
    )
    signs = [1] * 12 if rng.random() < 0.5 else rng.choices([1, -1], k=12)
    added = sum(x if sign > 0 else -x for x, sign in zip(terms, signs, strict=True))
    return [autograd.tanh(added), autograd.tanh(sum(flat(leaves))), autograd.cos(sum(state) + sum(outer))]


def _pairs(rng, state, leaves, outer):
    """Forces between points: each pair adds to one point and subtracts from another."""
    forces = [0.0] * len(state)
    for i in range(len(state)):
        for j in range(i):
            d = state[i] - state[j]
            q = d / (1.5 + d * d) ** 3
            forces[i] = forces[i] + q * leaves[j][0]
            forces[j] = forces[j] - q
    return [f * f for f in forces if not isinstance(f, float)]


def _growing(rng, state, leaves, outer):
    """Attention of each value to those before it."""
    rows = [state[: k + 1] for k in range(len(state))]
    shares = [autograd.softmax([state[-1] * x for x in row]) for row in rows]
    return [autograd.dot(share, row) for share, row in zip(shares, rows, strict=True)]


def _spreads(rng, state, leaves, outer):
    """Reductions of few and of many terms, from one place and from several."""
    short, mixed = [x + 1.5 for x in state[:2]], [*state, *outer, leaves[0][0]]
    return [
        autograd.norm([*short, 0.5]),
        autograd.prod([*short, *outer[:1]]),
        autograd.max(mixed),
        autograd.std([*mixed, 3.0]),
        autograd.var([*short, 4.0]),
        autograd.cosine_similarity([*short, 1.0], [*short[::-1], leaves[0][0]]),
    ]


def _waves(rng, state, leaves, outer):
    """Pairs of functions of which each is the derivative of the other, and small powers."""
    return [f(x) for x in [*state, outer[0]] for f in (autograd.sin, autograd.cos, autograd.sinh, autograd.cosh)] + [
        (x + 1.5) ** n for x in state for n in (3, 4, 5, 2, -2, -1)
    ]


HANGING = [_outputs, _long_sums, _pairs, _growing, _spreads, _waves]

# --- Ragged rows ------------------------------------------------------------------------------------------------------


def ragged(rng, pool=()):
    """Rows that see different numbers of other rows: those before them, those near them, or any, also twice."""
    draw = lambda *shape: (
        [draw(*shape[1:]) for _ in range(shape[0])] if shape else Value(rng.choice(pool or [number(rng)]))
    )
    count, width, heads = rng.randint(4, 7), rng.randint(1, 3), rng.choice([1, 1, 2])
    leaves = [draw(count, width) for _ in range(heads)]
    kind = rng.choice(["before", "near", "any"])
    seen = [
        range(t + 1) if kind == "before" else range(max(0, t - 2), min(t + 2, count)) if kind == "near"
        else [rng.randrange(count) for _ in range(rng.randint(1, 6))]
        for t in range(count)
    ]  # fmt: skip
    # At infinities, a subexpression that occurs twice may make a nan that it does not make if it is computed once.
    layers = [
        rng.choice([_attention, _neighbours] if pool else RAGGED) for _ in range(1 if pool else rng.choice([1, 1, 2]))
    ]
    where = rng.choice(["leaves", "sample", "both"]) if (samples := rng.random() < 0.5) else ""

    def function(*arguments):
        totals = []
        for rows in leaves:
            outer = arguments[0] if arguments else [1.0] * count
            moved = [[autograd.sin(x) if where != "leaves" else x for x in row] for row in rows] if not pool else rows
            state = [[x * y if where == "both" else x for x in row] for row, y in zip(moved, outer, strict=True)]
            for layer in layers:
                found = layer(state, rows, seen)
                state = [[y * row[0] for y in each] for each, row in zip(found, rows, strict=True)]
                if where == "sample":
                    state = [[x * y for x in row] for row, y in zip(state, outer, strict=True)]
            totals += [x for row in found for x in row]
        return [autograd.sum(x * x for x in totals) if not pool else autograd.sum(totals), totals[0], totals[-1]]

    given = (batch(rng, count),) if samples and not pool else ()
    return Case(f"ragged, {kind}", function, flat(leaves), given, pool)


def _attention(state, rows, seen):
    scores = [[autograd.dot(state[t], rows[u]) / 2 for u in seen[t]] for t in range(len(rows))]
    shares = [autograd.softmax(each) for each in scores]
    return [
        [autograd.dot(list(each), [state[u][k] for u in seen[t]]) for k in range(len(rows[0]))]
        for t, each in enumerate(shares)
    ]


def _neighbours(state, rows, seen):
    return [[autograd.mean([state[u][k] for u in each]) for k in range(len(rows[0]))] for each in seen]


def _weighted(state, rows, seen):
    return [[sum(rows[u][0] * state[u][k] - state[u][-1] for u in each) for k in range(len(rows[0]))] for each in seen]


def _forces(state, rows, seen):
    found = [[0.0 * x for x in row] for row in state]
    for t, each in enumerate(seen):
        for u in each:
            for k, (x, y) in enumerate(zip(state[t], rows[u], strict=True)):
                gap = x - y
                found[t][k] = found[t][k] + gap
                found[u][k] = found[u][k] - gap
    return found


def _logarithms(state, rows, seen):
    found = [[autograd.logsumexp([state[u][k] for u in each]) for k in range(len(rows[0]))] for each in seen]
    shares = [autograd.log_softmax([state[u][0] for u in each]) for each in seen]
    return [[x + y[-1] for x in row] for row, y in zip(found, shares, strict=True)]


RAGGED = [_attention, _neighbours, _weighted, _forces, _logarithms]


FAMILIES = {
    of_the_table: 0.4, layered: 0.25, convolutional: 0.1, recurrent: 0.1, irregular: 0.15, meeting: 0.1, ragged: 0.1
}  # and their shares  # fmt: skip

# --- Zeros, infinities, nan -------------------------------------------------------------------------------------------

SMALL = (0.0, 0.0, 1.0, -1.0, 0.5, -2.0, math.inf, -math.inf, math.nan, -0.0)
HARMLESS = (0.0, 1.0, -1.0, 0.5, 2.0)
SNIPPETS = [
    lambda x, w: autograd.where(x > 0, autograd.sqrt(x), 0.0),
    lambda x, w: autograd.where(x > 0, w / x, x),
    lambda x, w: autograd.where(x, 1 / x, w),
    lambda x, w: autograd.where(autograd.relu(x), autograd.log(x), 0.0),
    lambda x, w: autograd.where(x < w, w - x, autograd.sqrt(x - w)),
    lambda x, w: 1 / autograd.relu(x),
    lambda x, w: autograd.relu(x) * w,
    lambda x, w: autograd.relu(x * w),
    lambda x, w: autograd.relu(w / x),
    lambda x, w: 0 * (x * w),
    lambda x, w: 0.0 * autograd.log(x),
    lambda x, w: (x - x) * w,
    lambda x, w: autograd.sqrt(abs(x)),
    lambda x, w: autograd.sqrt(x * x + w * w),
    lambda x, w: autograd.norm([x, w]),
    lambda x, w: autograd.prod([x, w, x]),
    lambda x, w: x**0 + w**2,
    lambda x, w: x**w,
    lambda x, w: autograd.maximum(x, w),
    lambda x, w: autograd.minimum(autograd.exp(x), w),
    lambda x, w: autograd.max([x, w, 0.0]),
    lambda x, w: autograd.clip(x / w, -1.0, 1.0),
    lambda x, w: autograd.clip(x, -1.0, 1.0) * w,
    lambda x, w: autograd.sign(x) * w,
    lambda x, w: autograd.hardtanh(w * x),
    lambda x, w: autograd.leaky_relu(x / w, 0.0),
    lambda x, w: autograd.softplus(x) - autograd.logsigmoid(w),
    lambda x, w: autograd.logsumexp([x, w, 1.0]),
    lambda x, w: autograd.softmax([x, w, 0.0])[0],
    lambda x, w: autograd.dot([x, w], [w, x], 1.0),
    lambda x, w: autograd.dot([x, w, x], [0.0, x, w]),
    lambda x, w: x * 0.0 + w,
    lambda x, w: autograd.tanh(x * w) + x,
    lambda x, w: autograd.log1p(x) * autograd.relu(w),
    lambda x, w: autograd.xlogy(x, w),
    lambda x, w: autograd.atan2(x, w) + autograd.hypot(x, w),
    lambda x, w: w - x * x,
]


def at_edges(rng):
    kind = rng.choice(["table", "snippets", "snippets", "layer", "ragged"])
    if kind == "ragged":
        return ragged(rng, rng.choice([SMALL, HARMLESS, (*HARMLESS, math.inf), (*HARMLESS, -math.inf)]))
    if kind == "table":
        return as_case(rng, table_program(rng, 8, EDGES), rng.choice(FORMS), EDGES, "at edges, table")
    pool = rng.choice([SMALL, HARMLESS, (*HARMLESS, math.inf), (*HARMLESS, math.nan)])
    draw = lambda *shape: [draw(*shape[1:]) for _ in range(shape[0])] if shape else Value(rng.choice(pool))
    samples = rng.choice([1, 2, 4])
    array = lambda *shape: rng.choice([Tensor, np.array])(
        np.array([rng.choice(pool) for _ in range(math.prod(shape))]).reshape(shape)
    )
    if kind == "snippets":
        inner, middle, outer = rng.choices(SNIPPETS, k=3)
        depth = rng.randint(1, 3)
        leaves = draw(2)

        def function(x, y=1.0):
            found = inner(x, leaves[0])
            found = middle(found, y) if depth > 1 else found
            found = outer(found, leaves[1]) if depth > 2 else found
            return found + autograd.relu(found) * leaves[1] if depth == 1 else found

        given = (array(samples), array(samples)) if rng.random() < 0.7 else (rng.choice(pool), Value(rng.choice(pool)))
        return Case(
            f"at edges, snippets {[SNIPPETS.index(s) for s in (inner, middle, outer)][:depth]}",
            function,
            leaves,
            given,
            pool,
        )
    n, m = rng.randint(1, 4), rng.randint(1, 4)
    weights, biases, readout = draw(m, n), draw(m), draw(m)
    way = WAYS[rng.choice([name for name in WAYS if name != "numpy"])]  # numpy would warn of inf - inf
    f = getattr(autograd, rng.choice(["relu", "sqrt", "log", "abs", "sign", "reciprocal"]))
    hidden = lambda x: [autograd.relu(f(way(row, x, b))) for row, b in zip(weights, biases, strict=True)]
    forward = lambda x: way(readout, hidden(list(x)), None)
    return Case("at edges, layer", forward, flat(weights) + biases + readout, (array(samples, n),), pool)


# --- Kinks, in exact numbers ------------------------------------------------------------------------------------------

EIGHTHS = (0.0, 0.125, -0.125, 0.5, -0.5, 1.0, -1.0, 0.0, 1.0, 2.0, -1.5)
EXACT = scalars.EXACT


def at_kinks(rng):
    """Operations that are exact in binary, on multiples of 1/8, at which maxima tie and kinks are met."""
    if rng.random() < 0.4:
        return _layer_at_kinks(rng)
    values = [rng.choice(EIGHTHS) for _ in range(rng.randint(1, 4))]
    program = Program(tuple(values), ())
    for name in [*rng.choices(EXACT, k=rng.randint(1, 10)), "sum"]:
        arguments = _exact_arguments(rng, name, len(values))
        value = compute(TABLE[name], *(values[x] if isinstance(x, int) else x[0] for x in arguments))
        if abs(value) < 1000 and value * 2**20 == int(value * 2**20):
            program = program._replace(lines=(*program.lines, (name, arguments)))
            values.append(value)
    return as_case(rng, program, rng.choice(FORMS), EIGHTHS, "at kinks")


def _exact_arguments(rng, name, count):
    others = scalars.OTHERS_EXACT.get(name)
    if others is None:
        return arguments_of(rng, name, count, EIGHTHS)
    return (rng.randrange(count), *((rng.randrange(count)) if x is None else (x,) for x in map(rng.choice, others)))


def _layer_at_kinks(rng):
    n, m, samples = rng.randint(1, 4), rng.randint(1, 4), rng.choice([1, 2, 4])
    draw = lambda *shape: [draw(*shape[1:]) for _ in range(shape[0])] if shape else Value(rng.choice(EIGHTHS))
    weights, biases, way = draw(m, n), draw(m), WAYS[rng.choice(list(WAYS))]
    f = rng.choice([autograd.relu, abs, lambda x: autograd.clip(x, -1.0, 1.0), lambda x: autograd.maximum(x, 0.5)])
    join = rng.choice([autograd.max, autograd.min, autograd.sum, builtins.sum, lambda ys: autograd.norm(ys, 1)])
    array = np.array([rng.choice(EIGHTHS) for _ in range(samples * n)]).reshape(samples, n)
    forward = lambda x: join([f(way(row, list(x), b)) for row, b in zip(weights, biases, strict=True)])
    return Case("at kinks, layer", forward, flat(weights) + biases, (rng.choice([Tensor, np.array])(array),), EIGHTHS)
