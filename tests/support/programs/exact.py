"""Random programs of small integers, whose values and gradients are exact in floats, in whatever order terms are added.

What they should be is worked out by `Exact`, with fractions and the chain rule of sums and products alone.

    scalar_program     additions, products and means of single numbers, of which many are used several times
    vector_program     slices, windows, repetitions and permutations of vectors, elementwise operations, products, sums
"""

import random
from fractions import Fraction

import autograd

LARGEST = 2**40  # sums of products of such numbers are exact in floats


class Exact:
    """A fraction, and its derivatives by leaves."""

    def __init__(self, number, by=None):
        self.number, self.by = Fraction(number), by or {}

    def _with(self, other, number, mine, theirs):
        by = {key: mine * slope for key, slope in self.by.items()}
        for key, slope in getattr(other, "by", {}).items():
            by[key] = by.get(key, 0) + theirs * slope
        return Exact(number, by)

    def __add__(self, other):
        return self._with(other, self.number + number_of(other), 1, 1)

    def __sub__(self, other):
        return self._with(other, self.number - number_of(other), 1, -1)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        return self._with(other, self.number * number_of(other), number_of(other), self.number)

    def __truediv__(self, other):
        return self * (1 / Fraction(other))

    def __pow__(self, power):
        return self * self if power == 2 else NotImplemented

    def __neg__(self):
        return self * -1

    __radd__, __rmul__ = __add__, __mul__

    def relu(self):
        return self * 1 if self.number > 0 else self * 0


def number_of(x):
    return x.number if isinstance(x, Exact) else Fraction(x)


def is_exact(xs):
    return any(isinstance(x, Exact) for x in xs)


def total(xs):
    return sum(xs[1:], xs[0]) if is_exact(xs) else autograd.sum(xs)


def mean(xs):
    return total(xs) / len(xs) if is_exact(xs) else autograd.mean(xs)


def dot(xs, ys, bias):
    if is_exact([*xs, *ys, bias]):
        return total([x * y for x, y in zip(xs, ys, strict=True)]) + bias
    return autograd.dot(xs, ys, bias)


# Each of these is given five numbers, and two constants of the program.
SCALAR = {
    "add": lambda xs, count, constant: xs[0] + xs[1],
    "sub": lambda xs, count, constant: xs[0] - xs[1],
    "mul": lambda xs, count, constant: xs[0] * xs[1],
    "neg": lambda xs, count, constant: -xs[0],
    "sum": lambda xs, count, constant: total([*xs[:3], *xs[:count]]),
    "mean": lambda xs, count, constant: mean(xs[:count]),
    "dot": lambda xs, count, constant: dot(xs[:2], xs[2:4], constant if count == 2 else xs[4]),
    "square": lambda xs, count, constant: xs[0] ** 2,
    "shift": lambda xs, count, constant: constant - xs[0] if count == 2 else xs[0] + constant,
    "scale": lambda xs, count, constant: xs[0] * constant,
}


def scalar_program(rng):
    """A function of a list of leaves, which gives a list of results."""
    plan = []
    for _ in range(rng.randint(3, 14)):
        picks = [rng.random() ** rng.choice([1, 3]) for _ in range(5)]
        op = rng.choice([*SCALAR, "add", "mean", "mean", "sum"])
        plan.append((SCALAR[op], picks, rng.choice([2, 4]), rng.choice([-2, 0, 0.0, 1, 3, 0.5])))
    asked = [rng.random() for _ in range(rng.randint(0, 3))]

    def function(leaves):
        known = list(leaves)
        for op, picks, count, constant in plan:
            known.append(op([known[int(pick * len(known))] for pick in picks], count, constant))
        return [*known[-2:], *(known[int(pick * len(known))] for pick in asked)]

    return function


# Each of these is given two vectors, a length, a factor, and a seed.
VECTOR = {
    "slice": lambda u, v, n, factor, seed: u[n % len(u) :],
    "stride": lambda u, v, n, factor, seed: u[::n],
    "reverse": lambda u, v, n, factor, seed: u[::-1],
    "repeat": lambda u, v, n, factor, seed: [x for x in u for _ in range(n)],
    "tile": lambda u, v, n, factor, seed: u * n,
    "window": lambda u, v, n, factor, seed: [x for k in range(max(1, len(u) - n)) for x in u[k : k + n]],
    "gather": lambda u, v, n, factor, seed: random.Random(seed).sample(u, len(u)),
    "pick": lambda u, v, n, factor, seed: random.Random(seed).choices(u, k=len(u)),
    "join": lambda u, v, n, factor, seed: u + v,
    "add": lambda u, v, n, factor, seed: [x + y for x, y in zip(u, v, strict=False)],
    "sub": lambda u, v, n, factor, seed: [x - y for x, y in zip(u, v, strict=False)],
    "mul": lambda u, v, n, factor, seed: [x * y for x, y in zip(u, v, strict=False)],
    "scale": lambda u, v, n, factor, seed: [x * factor for x in u],
    "neg": lambda u, v, n, factor, seed: [-x for x in u],
    "halve": lambda u, v, n, factor, seed: [x / 2 for x in u],
    "relu": lambda u, v, n, factor, seed: [x.relu() for x in u],
    "sum": lambda u, v, n, factor, seed: [total(u[k : k + 5]) for k in range(0, len(u), n)],
    "mean": lambda u, v, n, factor, seed: [mean(u[k : k + 2]) for k in range(0, len(u) - 1, n)],
    "matrix": lambda u, v, n, factor, seed: [
        dot(u[k : k + n], v[j : j + n], u[k]) for k in range(0, len(u) - n + 1, n) for j in range(0, len(v) - n + 1, n)
    ],
    "inner": lambda u, v, n, factor, seed: [
        dot(u[k : k + n], v[k : k + n], 0) for k in range(0, min(len(u), len(v)) - n + 1, n)
    ],
}
WIDEST = 10


def vector_program(rng):
    """The same by vectors of numbers; the last one is the result, with a part of the one before."""
    plan = []
    for _ in range(rng.randint(2, 7)):
        op = VECTOR[rng.choice([*VECTOR])]
        picks = [rng.randrange(3) for _ in range(2)]
        plan.append((op, picks, rng.choice([1, 2, 2, 3, 4]), rng.choice([-1, -1, 2, -3, 1]), rng.random()))

    def function(leaves):
        known = [leaves[: len(leaves) // 2], leaves[len(leaves) // 2 :]]
        for op, picks, n, factor, seed in plan:
            u, v = (known[-1 - pick % len(known)] for pick in picks)
            known.append((op(u, v, n, factor, seed) or u)[:WIDEST])
        return [*known[-1], *known[-2][:2]]

    return function
