"""A naive engine to compare with: forward mode, too simple to be wrong.

A number carries its derivative by each variable it depends on. Arithmetic and seven functions have a derivative here;
everything else is written by its definition, as ``tanh = sinh / cosh``. So nothing is shared with the table of rules.
"""

import math
from functools import reduce


class Number:
    """A value, and its derivatives by the variables. A subclass may compute with other numbers than floats."""

    m, real = math, float
    rounded = staticmethod(lambda x: x)

    def __init__(self, value, slopes=()):
        self.value, self.slopes = self.real(value), dict(slopes)

    def made(self, value, *terms):
        """A number of this value, whose slopes are the sums of partial times slope over the terms."""
        slopes = {}
        for number, partial in terms:
            for key, slope in number.slopes.items():
                slopes[key] = self.rounded(slopes.get(key, 0) + partial * slope)
        return type(self)(self.rounded(value), slopes)

    def __mul__(self, other):
        other = self.lift(other)
        return self.made(self.value * other.value, (self, other.value), (other, self.value))

    def __truediv__(self, other):
        other = self.lift(other)
        return self.made(self.value / other.value, (self, 1 / other.value), (other, -self.value / other.value**2))

    lift = lambda x, y: y if isinstance(y, Number) else type(x)(y)
    __add__ = lambda x, y: x.made(x.value + x.lift(y).value, (x, 1), (x.lift(y), 1))
    __sub__ = lambda x, y: x + -x.lift(y)
    __neg__ = lambda x: type(x)(-x.value, {key: -slope for key, slope in x.slopes.items()})
    __radd__, __rmul__ = __add__, __mul__
    __rsub__, __rtruediv__ = lambda x, y: x.lift(y) - x, lambda x, y: x.lift(y) / x
    exp = lambda x: x.made(x.m.exp(x.value), (x, x.m.exp(x.value)))
    log = lambda x: x.made(x.m.log(x.value), (x, 1 / x.value))
    sqrt = lambda x: x.made(x.m.sqrt(x.value), (x, 1 / (2 * x.m.sqrt(x.value))))
    sin = lambda x: x.made(x.m.sin(x.value), (x, x.m.cos(x.value)))
    cos = lambda x: x.made(x.m.cos(x.value), (x, -x.m.sin(x.value)))
    atan = lambda x: x.made(x.m.atan(x.value), (x, 1 / (1 + x.value**2)))
    erf = lambda x: x.made(x.m.erf(x.value), (x, 2 / x.m.sqrt(x.m.pi) * x.m.exp(-(x.value**2))))


def call(kind, name, *args):
    """One operation of the table, on numbers and constants: its partial derivatives by itself, then the chain rule."""
    alone = [kind(x.value, {i: 1}) if isinstance(x, Number) else kind(x) for i, x in enumerate(args)]
    result = FUNCTIONS[name](*alone)
    terms = [(x, result.slopes.get(i, 0)) for i, x in enumerate(args) if isinstance(x, Number)]
    return result.made(result.value, *terms)


size = lambda x: x if x.value > 0 else -x if x.value < 0 else 0 * x
mean = lambda xs: reduce(lambda x, y: x + y, xs) / len(xs)
among = lambda xs, wanted: mean([x for x in xs if x.value == wanted])  # equal ones share evenly
highest, lowest = lambda xs: among(xs, max(x.value for x in xs)), lambda xs: among(xs, min(x.value for x in xs))
length = lambda xs: sum(x * x for x in xs).sqrt()
shares = lambda xs: [x.exp() / sum(y.exp() for y in xs) for x in xs]
times = lambda x, n: reduce(lambda product, _: product * x, range(n), 0 * x + 1)
raised = lambda x, n: times(x, n) if n >= 0 else 1 / times(x, -n)
sinh, cosh = lambda x: (x.exp() - (-x).exp()) / 2, lambda x: (x.exp() + (-x).exp()) / 2
asin = lambda x: (x / (1 - x * x).sqrt()).atan()
floors = lambda x, y: x.lift(x.m.floor(x.value / y.value))
variance = lambda xs: mean([(x - mean(xs)) * (x - mean(xs)) for x in xs])
inner = lambda xs, ys: sum(x * y for x, y in zip(xs, ys, strict=True))
cosine = lambda *xs: (lambda n: inner(xs[:n], xs[n:]) / length(xs[:n]) / length(xs[n:]))(len(xs) // 2)
halves = lambda xs: (xs[: len(xs) // 2], xs[len(xs) // 2 : -1])
sigmoid, softplus = lambda x: 1 / (1 + (-x).exp()), lambda x: (1 + x.exp()).log()
FUNCTIONS = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "neg": lambda x: -x, "copy": lambda x: x, "floordiv": floors, "mod": lambda x, y: x - y * floors(x, y),
    "pow": lambda x, y: (y * x.log()).exp() if y.value % 1 or y.slopes else raised(x, int(y.value)),
    "exp": Number.exp, "expm1": lambda x: x.exp() - 1, "log": Number.log, "log2": lambda x: x.log() / x.lift(2).log(),
    "log10": lambda x: x.log() / x.lift(10).log(), "log1p": lambda x: (1 + x).log(), "sqrt": Number.sqrt,
    "sin": Number.sin, "cos": Number.cos, "tan": lambda x: x.sin() / x.cos(), "asin": asin,
    "acos": lambda x: 2 * x.lift(1).atan() - asin(x), "atan": Number.atan, "hypot": lambda x, y: length([x, y]),
    "atan2": lambda y, x: 2 * (y / (length([x, y]) + x)).atan(), "sinh": sinh, "cosh": cosh,
    "tanh": lambda x: sinh(x) / cosh(x), "asinh": lambda x: (x + (x * x + 1).sqrt()).log(),
    "acosh": lambda x: (x + (x * x - 1).sqrt()).log(), "atanh": lambda x: ((1 + x) / (1 - x)).log() / 2,
    "sign": lambda x: x.lift((x.value > 0) - (x.value < 0)), "abs": size,
    "round": lambda x, n: x.lift(round(float(x.value), int(n.value))),
    "maximum": lambda *xs: highest(xs), "minimum": lambda *xs: lowest(xs),
    "clip": lambda x, low, high: low if x.value < low.value else high if x.value > high.value else x,
    "where": lambda c, x, y: x if c.value else y, "relu": lambda x: x if x.value > 0 else 0 * x,
    "leaky_relu": lambda x, slope: x if x.value > 0 else slope * x,
    "elu": lambda x, alpha: x if x.value > 0 else alpha * (x.exp() - 1), "sigmoid": sigmoid, "softplus": softplus,
    "logsigmoid": lambda x: -softplus(-x), "silu": lambda x: x * sigmoid(x), "erf": Number.erf,
    "erfc": lambda x: 1 - x.erf(), "gelu": lambda x: x * (1 + (x / x.lift(2).sqrt()).erf()) / 2,
    "logaddexp": lambda x, y: (x.exp() + y.exp()).log(), "sum": lambda *xs: sum(xs), "mean": lambda *xs: mean(xs),
    "dot": lambda *xs: sum((w * x for w, x in zip(*halves(xs), strict=True)), xs[-1]),
    "prod": lambda *xs: reduce(lambda x, y: x * y, xs), "max": lambda *xs: highest(xs), "min": lambda *xs: lowest(xs),
    "norm1": lambda *xs: sum(map(size, xs)), "norm2": lambda *xs: length(xs),
    "norm_inf": lambda *xs: highest(list(map(size, xs))), "logsumexp": lambda *xs: sum(x.exp() for x in xs).log(),
    "softmax": lambda i, *xs: shares(xs)[int(i.value)],
    "log_softmax": lambda i, *xs: shares(xs)[int(i.value)].log(), "square": lambda x: x * x,
    "floor": lambda x: floors(x, x.lift(1)),
    "exp2": lambda x: (x * x.lift(2).log()).exp(), "rsqrt": lambda x: 1 / x.sqrt(), "reciprocal": lambda x: 1 / x,
    "cbrt": lambda x: (x.log() / 3).exp() if x.value > 0 else -((-x).log() / 3).exp(),
    "ceil": lambda x: -floors(-x, x.lift(1)), "xlogy": lambda x, y: x * y.log(),
    "sinc": lambda x: (x * x.m.pi).sin() / (x * x.m.pi),
    "softsign": lambda x: x / (1 + size(x)),
    "hardtanh": lambda x: x.lift(x.value > 0 or -1) if size(x).value >= 1 else x,
    "prelu": lambda x, slope: x if x.value > 0 else slope * x,
    "selu": lambda x: (x if x.value >= 0 else (x.exp() - 1) * 1.6732632423543772) * 1.0507009873554805,
    "var": lambda *xs: variance(xs), "std": lambda *xs: variance(xs).sqrt(), "cosine_similarity": cosine,
}  # fmt: skip
