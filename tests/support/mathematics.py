"""The mathematics of every operation, done elsewhere: in mpmath, and as pinned cases at the edges."""

import json
import math

import mpmath

import autograd
from tests.support.processes import ROOT

mpmath.mp.dps = 80
PHI = lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2
SELU = 1.6732632423543772, 1.0507009873554805  # alpha and scale
_variance = lambda xs: sum((x - sum(xs) / len(xs)) ** 2 for x in xs) / len(xs)
_halves = lambda args: (args[: len(args) // 2], args[len(args) // 2 :])


# The mathematics of every row, in mpmath, with points inside its domain.
MATHEMATICS = {
    "add": (lambda x, y: x + y, [(0.7, -2.5), (1e8, 1e-8)]),
    "sub": (lambda x, y: x - y, [(0.7, -2.5)]),
    "mul": (lambda x, y: x * y, [(0.7, -2.5), (1e-9, 3e8)]),
    "div": (lambda x, y: x / y, [(0.7, -2.5), (3.0, 1e-3), (1e-200, 1e-200), (3e200, 1e200)]),
    "neg": (lambda x: -x, [(0.7,)]),
    "copy": (lambda x: x, [(0.7,)]),
    "less": (lambda x, y: x < y, [(0.7, -2.5), (-2.5, 0.7)]),
    "equal": (lambda x, y: x == y, [(0.7, -2.5)]),
    "floordiv": (lambda x, y: mpmath.floor(x / y), [(7.5, 2.0), (-7.5, 2.0)]),
    "mod": (lambda x, y: x - y * mpmath.floor(x / y), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0)]),
    "pow": (lambda x, y: x**y, [(0.7, -2.5), (3.0, 2.0), (2.0, 0.5), (1e-3, 3.0)]),
    "exp": (mpmath.exp, [(0.7,), (-30.0,), (300.0,)]),
    "expm1": (mpmath.expm1, [(0.7,), (1e-12,), (-40.0,)]),
    "log": (mpmath.log, [(0.7,), (1e-300,), (1e300,)]),
    "log2": (lambda x: mpmath.log(x, 2), [(0.7,), (9.0,)]),
    "log10": (mpmath.log10, [(0.7,), (9.0,)]),
    "log1p": (mpmath.log1p, [(0.7,), (1e-12,), (-0.999999,)]),
    "sqrt": (mpmath.sqrt, [(0.7,), (1e-300,), (1e300,)]),
    "sin": (mpmath.sin, [(0.7,), (-4.0,)]),
    "cos": (mpmath.cos, [(0.7,), (-4.0,)]),
    "tan": (mpmath.tan, [(0.7,), (-1.5,)]),
    "asin": (mpmath.asin, [(0.7,), (1 - 1e-12,), (-1 + 1e-12,)]),
    "acos": (mpmath.acos, [(0.7,), (1 - 1e-12,), (-1 + 1e-12,)]),
    "atan": (mpmath.atan, [(0.7,), (-1e5,)]),
    "hypot": (mpmath.hypot, [(3.0, 4.0), (1e200, -1e200), (1e-200, 1e-200)]),
    "atan2": (mpmath.atan2, [(1.0, 2.0), (-1.0, -2.0), (1e200, -1e200), (1e-150, 1e-150)]),
    "sinh": (mpmath.sinh, [(0.7,), (-20.0,)]),
    "cosh": (mpmath.cosh, [(0.7,), (-20.0,)]),
    "tanh": (mpmath.tanh, [(0.7,), (-2.0,)]),
    "asinh": (mpmath.asinh, [(0.7,), (-1e200,)]),
    "acosh": (mpmath.acosh, [(1.7,), (1 + 1e-12,), (1e200,)]),
    "atanh": (mpmath.atanh, [(0.7,), (1 - 1e-12,)]),
    "sign": (mpmath.sign, [(0.7,), (-3.0,)]),
    "abs": (abs, [(0.7,), (-3.0,)]),
    "maximum": (max, [(0.7, -2.5), (-2.5, 0.7)]),
    "minimum": (min, [(0.7, -2.5), (-2.5, 0.7)]),
    "clip": (lambda x, low, high: min(max(x, low), high), [(0.5, -1.0, 1.0), (-3.0, -1.0, 1.0), (3.0, -1.0, 1.0)]),
    "relu": (lambda x: max(x, mpmath.mpf(0)), [(0.7,), (-3.0,)]),
    "leaky_relu": (lambda x, slope: x if x > 0 else slope * x, [(0.7, 0.1), (-3.0, 0.1)]),
    "elu": (lambda x, alpha: x if x > 0 else alpha * mpmath.expm1(x), [(0.7, 1.5), (-3.0, 1.5), (-40.0, 1.0)]),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), [(0.7,), (-5.0,), (-300.0,), (3.0,)]),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), [(0.7,), (20.1,), (-40.0,), (40.0,)]),
    "logsigmoid": (lambda x: -mpmath.log1p(mpmath.exp(-x)), [(0.7,), (-40.0,), (40.0,)]),
    "silu": (lambda x: x / (1 + mpmath.exp(-x)), [(0.7,), (-40.0,), (40.0,)]),
    "erf": (mpmath.erf, [(0.7,), (-3.0,)]),
    "erfc": (mpmath.erfc, [(0.7,), (10.0,)]),
    "gelu": (lambda x: x * PHI(x), [(0.7,), (-10.0,), (3.0,)]),
    "logaddexp": (lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), [(0.7, -2.5), (3.0, 3.0), (-700.0, -701.0)]),
    "exp2": (lambda x: mpmath.mpf(2) ** x, [(0.7,), (-30.0,), (300.0,)]),
    "square": (lambda x: x * x, [(0.7,), (-3.0,), (1e-100,)]),
    "cbrt": (lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), [(0.7,), (-8.0,), (1e-300,), (1e300,)]),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), [(0.7,), (1e-200,), (1e200,)]),
    "reciprocal": (lambda x: 1 / x, [(0.7,), (-3.0,), (1e-100,)]),
    "xlogy": (lambda x, y: x * mpmath.log(y), [(0.7, 0.4), (-3.0, 7.0), (0.0, 2.0)]),
    "sinc": (mpmath.sincpi, [(0.7,), (-2.4,), (1e-9,), (1e-3,), (0.31,), (0.32,), (-0.1,)]),
    "floor": (mpmath.floor, [(0.7,), (-2.5,)]),
    "ceil": (mpmath.ceil, [(0.7,), (-2.5,)]),
    "softsign": (lambda x: x / (1 + abs(x)), [(0.7,), (-3.0,), (1e20,), (-1e-9,)]),
    "hardtanh": (lambda x: min(max(x, mpmath.mpf(-1)), mpmath.mpf(1)), [(0.7,), (-3.0,), (3.0,)]),
    "prelu": (lambda x, slope: x if x > 0 else slope * x, [(0.7, 0.1), (-3.0, 0.1)]),
    "selu": (
        lambda x: mpmath.mpf(SELU[1]) * (x if x > 0 else mpmath.mpf(SELU[0]) * mpmath.expm1(x)),
        [(0.7,), (-3.0,), (-1e-9,), (-40.0,)],
    ),
    "var": (lambda *xs: _variance(xs), [(0.7, -2.5, 3.0), (1.5,), (1e8, 1e8 + 1)]),
    "std": (lambda *xs: mpmath.sqrt(_variance(xs)), [(0.7, -2.5, 3.0), (1e200, -1e200), (1e8, 1e8 + 1)]),
    "cosine_similarity": (
        lambda *a: mpmath.fdot(*_halves(a)) / mpmath.norm(_halves(a)[0]) / mpmath.norm(_halves(a)[1]),
        [(0.7, -2.5, 3.0, 1.1), (3e200, 4e200, 1e-200, 3e-200), (1.0, 2.0, 2.0, 0.5, -0.5, 1.0), (2.0, -1.5)],
    ),
    "sum": (lambda *xs: sum(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "mean": (lambda *xs: sum(xs) / len(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "prod": (lambda *xs: mpmath.fprod(xs), [(0.7, -2.5, 3.0), (0.0, 2.0, 3.0), (0.0, 0.0, 3.0), (1.5,)]),
    "dot": (lambda *a: a[0] * a[2] + a[1] * a[3] + a[4], [(0.7, -2.5, 3.0, 1.1, 0.4)]),
    "max": (lambda *xs: max(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "min": (lambda *xs: min(xs), [(0.7, -2.5, 3.0), (1.5,)]),
    "norm1": (lambda *xs: sum(map(abs, xs)), [(0.7, -2.5, 3.0)]),
    "norm2": (lambda *xs: mpmath.sqrt(sum(x * x for x in xs)), [(0.7, -2.5, 3.0), (1e200, 1e200), (-2.0,)]),
    "norm_inf": (lambda *xs: max(map(abs, xs)), [(0.7, -2.5, 2.0), (0.7, -2.5, 3.0)]),
    "logsumexp": (lambda *xs: mpmath.log(sum(map(mpmath.exp, xs))), [(0.7, -2.5, 3.0), (-700.0, -701.0), (1.5,)]),
}


FORMS = {  # how the pinned cases write what the library calls otherwise
    "leaky_relu(x,0.01)": lambda x: x.leaky_relu(0.01),
    "clip(x,-1,1)": lambda x: x.clip(-1, 1),
    "gelu(x) exact": lambda x: x.gelu(),
    "x**0.5": lambda x: x**0.5,
    "1/x": lambda x: 1 / x,
    "x/y": lambda x, y: x / y,
    "x*y": lambda x, y: x * y,
    "x-y": lambda x, y: x - y,
    **{f"x**{n} (int const)": lambda x, n=n: x**n for n in (0, 1, 2, 3, -1, -2)},
    **{f"x**{n} (float const)": lambda x, n=n: x ** float(n) for n in ("0.0", "-0.5", "2", "0")},
    "x**y (both var)": lambda x, y: x**y,
    "naive 1/(1+exp(-x))": lambda x: 1 / (1 + (-x).exp()),
    "sqrt(x*x+y*y)": lambda x, y: (x * x + y * y).sqrt(),
    "max([x,y,z]) amax": lambda *xs: autograd.max(xs),
    "norm2([x,y])": lambda *xs: autograd.norm(xs),
    "norm_inf([x,y])": lambda *xs: autograd.norm(xs, math.inf),
    "norm_inf([x,y]) tie": lambda *xs: autograd.norm(xs, math.inf),
    "prod([x,y,z])": lambda *xs: autograd.prod(xs),
    "log_softmax([x,y,z])[0]": lambda *xs: autograd.log_softmax(xs)[0],
    "softmax([x,y,z])[0]": lambda *xs: autograd.softmax(xs)[0],
    "logsumexp([x,y,z])": lambda *xs: autograd.logsumexp(xs),
    "cross_entropy(logits,target=1)": lambda *xs: -autograd.log_softmax(xs)[1],
    "hinge max(0,1-x)": lambda x: (1 - x).relu(),
    "x % y (remainder)": lambda x, y: x % y,
    "(x*x) at huge": lambda x: x * x,
}
CONVENTIONS = json.loads((ROOT / "tests" / "data" / "conventions.json").read_text(encoding="utf-8"))
