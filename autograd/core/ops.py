"""The table of primitives: every operation, its value and its derivative, one row each.

A row is a statement of calculus. For ``z = f(x, y)`` it gives

    value        (m, x, y)    -> z
    derivatives  (m, x, y, z) -> (dz/dx, dz/dy)

in plain arithmetic. ``m`` is the *namespace* that supplies ``exp``, ``where`` and their kind for whatever ``x`` and
``y`` happen to be: one text serves floats, numpy arrays and recorded values, which gives second derivatives. A
rule therefore has no ``if``: a choice is ``m.where(condition, a, b)``.

The engine needs nothing else. If ``z`` moves the result by ``g`` per unit, then ``x`` moves it by ``g * dz/dx``:
that product, summed over all the uses of ``x``, is the whole of reverse mode, and it is written once, in ``sweep``.

Where a derivative does not exist, ``edge`` says what it is taken to be. The rules behind the choices: at a kink the
subgradient of least magnitude; ties share evenly; at the end of a domain the one-sided limit, which may be infinite; at
an argument that is nan an operation that selects selects nothing, and any other derivative that depends on it is nan.
"""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

from .table import TABLE as TABLE
from .table import row

# A table reads best with a row to a line.
# fmt: off

# --- Arithmetic -------------------------------------------------------------------------------------------------------
# A sum passes its upstream gradient on unchanged; a product swaps its factors.
ADD = row("add", lambda m, x, y: x + y, lambda m, x, y, z: (1, 1),
          lambda operands: "{} + {}".format(*operands) if operands[0] or not operands[1] else f"sum([{operands[1]}])",
          tacit=0)
SUB = row("sub", lambda m, x, y: x - y, lambda m, x, y, z: (1, -1), "{} - {}")
MUL = row("mul", lambda m, x, y: x * y, lambda m, x, y, z: (y, x), "{} * {}")
NEG = row("neg", lambda m, x: -x, lambda m, x, y: (-1,), "-{}")
# d(x/y)/dy = -x/y², written with the quotient z: the square could overflow or underflow.
DIV = row("div", lambda m, x, y: x / y, lambda m, x, y, z: (1 / y, -z / y), "{} / {}", domain="y ≠ 0")
# Another value under a creation number of its own.
COPY = row("copy", lambda m, x: x, lambda m, x, y: (1,), "{}")
# x // y is a staircase: flat but for its jumps. x % y = x - y * (x // y), with the staircase held still.
FLOORDIV = row("floordiv", lambda m, x, y: x // y, lambda m, x, y, z: (0, 0), "{} // {}",
               domain="y ≠ 0", edge="0 at the jumps", selects=True)
MOD = row("mod", lambda m, x, y: x % y, lambda m, x, y, z: (1, -(x // y)), "{} % {}",
          domain="y ≠ 0", edge="1 and -(x // y) at the jumps")
# d(x^y)/dx = y x^(y-1), and 0 for y = 0, where x^y is the constant 1: also at an x that has no reciprocal.
# d(x^y)/dy = x^y log x, and 0 at x = 0 for y ≥ 0, where x^y does not move with y; so no slope moves with both there.
POW = row("pow", lambda m, x, y: m.power(x, y),
          lambda m, x, y, z: (
              (lambda y: y * m.power(m.where(m.equal(y, 0), m.nonzero(x), x), y - 1))(m.at_rest(x, y, y)),
              m.at_rest(x, y, z * m.log(m.base(x, y)))),
          "{} ** {}", domain="x > 0, or y an integer",
          edge="x**0 is the constant 1; so is 0**y in y, for y ≥ 0, as are its slopes")

# --- Exponentials and logarithms --------------------------------------------------------------------------------------
EXP = row("exp", lambda m, x: m.exp(x), lambda m, x, y: (y,))
EXPM1 = row("expm1", lambda m, x: m.expm1(x), lambda m, x, y: (m.exp(x),))  # y + 1 would cancel for x << 0
LOG = row("log", lambda m, x: m.log(x), lambda m, x, y: (1 / x,), domain="x > 0", edge="inf at 0, -inf at -0.0")
LOG2 = row("log2", lambda m, x: m.log2(x), lambda m, x, y: (1 / (x * math.log(2)),),
           domain="x > 0", edge="inf at 0, -inf at -0.0")
LOG10 = row("log10", lambda m, x: m.log10(x), lambda m, x, y: (1 / (x * math.log(10)),),
            domain="x > 0", edge="inf at 0, -inf at -0.0")
LOG1P = row("log1p", lambda m, x: m.log1p(x), lambda m, x, y: (1 / (1 + x),), domain="x > -1", edge="inf at -1")
SQRT = row("sqrt", lambda m, x: m.sqrt(x), lambda m, x, y: (0.5 / y,), domain="x ≥ 0", edge="inf at 0, -inf at -0.0")

# --- Trigonometry -----------------------------------------------------------------------------------------------------
SIN = row("sin", lambda m, x: m.sin(x), lambda m, x, y: (m.cos(x),))
COS = row("cos", lambda m, x: m.cos(x), lambda m, x, y: (-m.sin(x),))
TAN = row("tan", lambda m, x: m.tan(x), lambda m, x, y: (1 + y * y,), domain="x ≠ π/2 + kπ")
ASIN = row("asin", lambda m, x: m.asin(x), lambda m, x, y: (1 / m.sqrt(m.one_less_square(x)),),
           domain="|x| ≤ 1", edge="inf at ±1")
ACOS = row("acos", lambda m, x: m.acos(x), lambda m, x, y: (-1 / m.sqrt(m.one_less_square(x)),),
           domain="|x| ≤ 1", edge="-inf at ±1")
ATAN = row("atan", lambda m, x: m.atan(x), lambda m, x, y: (m.vanishing(x, 1 / (1 + x * x)),))
HYPOT = row("hypot", lambda m, x, y: m.hypot(x, y),
            lambda m, x, y, z: (m.settled(z, m.ratio(x, z)), m.settled(z, m.ratio(y, z))), edge="0 and 0 at the origin")
# The angle of the point (x, y), first argument y. Divided by the radius r twice, since r² may overflow.
ATAN2 = row("atan2", lambda m, y, x: m.atan2(y, x),
            lambda m, y, x, z: (lambda r: (m.settled(r, m.ratio(m.ratio(x, r), r)),
                                           m.settled(r, -m.ratio(m.ratio(y, r), r))))(m.hypot(x, y)),
            edge="0 and 0 at the origin")

# --- Hyperbolic functions ---------------------------------------------------------------------------------------------
SINH = row("sinh", lambda m, x: m.sinh(x), lambda m, x, y: (m.cosh(x),))
COSH = row("cosh", lambda m, x: m.cosh(x), lambda m, x, y: (m.sinh(x),))
TANH = row("tanh", lambda m, x: m.tanh(x), lambda m, x, y: (1 - y * y,))
ASINH = row("asinh", lambda m, x: m.asinh(x), lambda m, x, y: (m.settled(x, 1 / m.hypot(x, 1)),))
ACOSH = row("acosh", lambda m, x: m.acosh(x),
            lambda m, x, y: (
                m.settled(x, 1 / m.unless(m.equal(x, 1), m.sqrt(x - 1) * m.sqrt(x + 1), m.sqrt(x * x - 1))),),
            domain="x ≥ 1", edge="inf at 1")
ATANH = row("atanh", lambda m, x: m.atanh(x), lambda m, x, y: ((lambda w: m.settled(w, 1 / w))(m.one_less_square(x)),),
            domain="|x| ≤ 1", edge="inf at ±1")

# --- Kinks and steps --------------------------------------------------------------------------------------------------
SIGN = row("sign", lambda m, x: m.sign(x), lambda m, x, y: (0,), edge="0 at the jump", selects=True)
ROUND = row("round", lambda m, x, n: m.round(x, int(n)), lambda m, x, n, y: (0, 0), edge="0 at the jumps", selects=True)
ABS = row("abs", lambda m, x: m.absolute(x), lambda m, x, y: (m.sign(x),), edge="0 at 0")
LESS = row("less", lambda m, x, y: m.less(x, y), lambda m, x, y, z: (0, 0), "{} < {}", edge="0 at the jump",
           selects=True)
EQUAL = row("equal", lambda m, x, y: m.equal(x, y), lambda m, x, y, z: (0, 0), "{} == {}", edge="0 at the jump",
            selects=True)
# Equal arguments share evenly: together they move the maximum by 1.
MAXIMUM = row("maximum", lambda m, x, y: m.maximum(x, y),
              lambda m, x, y, z: (m.where(m.equal(x, y), 0.5, m.where(m.less(y, x), 1, 0)),
                                  m.where(m.equal(x, y), 0.5, m.where(m.less(x, y), 1, 0))),
              edge="½ and ½ for equal arguments", selects=True)
MINIMUM = row("minimum", lambda m, x, y: m.minimum(x, y),
              lambda m, x, y, z: (m.where(m.equal(x, y), 0.5, m.where(m.less(x, y), 1, 0)),
                                  m.where(m.equal(x, y), 0.5, m.where(m.less(y, x), 1, 0))),
              edge="½ and ½ for equal arguments", selects=True)
# Inclusive, against the rule of least magnitude: a parameter that rests on a bound must be able to move back in. Since
# low ≤ high, x is inside if it is not below low, not above high, and no nan.
CLIP = row("clip", lambda m, x, low, high: m.minimum(m.maximum(x, low), high),
           lambda m, x, low, high, y: (m.where(m.less(x, low), 0, m.where(m.less(high, x), 0, m.ordinary(x, 1, 0))),
                                       m.where(m.less(x, low), 1, 0), m.where(m.less(high, x), 1, 0)),
           edge="1 at the bounds", selects=True)
WHERE = row("where", lambda m, c, x, y: m.where(c, x, y),
            lambda m, c, x, y, z: (0, m.where(c, 1, 0), m.where(c, 0, 1)),
            edge="0 for the side not taken, even where its own derivative is nan", selects=True)

# --- Activations ------------------------------------------------------------------------------------------------------
RELU = row("relu", lambda m, x: m.maximum(x, 0.0), lambda m, x, y: (m.where(m.less(0, x), 1, 0),), edge="0 at 0",
           selects=True)
LEAKY_RELU = row("leaky_relu", lambda m, x, slope: m.where(m.less(0, x), x, slope * x),
                 lambda m, x, slope, y: (m.where(m.less(0, x), 1, m.ordinary(x, slope, 0)),
                                         m.where(m.less(0, x), 0, m.ordinary(x, x, 0))),
                 edge="the slope at 0", selects=True)
# Where the other side is taken, the exponential is evaluated at 0, so that it cannot overflow.
ELU = row("elu", lambda m, x, alpha: m.where(m.less(0, x), x, alpha * m.expm1(m.where(m.less(0, x), 0, x))),
          lambda m, x, alpha, y: (m.settled(x, m.where(m.less(0, x), 1, alpha * m.exp(m.where(m.less(0, x), 0, x)))),
                                  m.expm1(m.where(m.less(0, x), 0, x))),
          edge="alpha at 0")
# 1 / (1 + exp(-x)), with the exponential never taken of a positive number.
SIGMOID = row("sigmoid", lambda m, x: m.where(m.less(x, 0), m.exp(-m.absolute(x)), 1) / (1 + m.exp(-m.absolute(x))),
              lambda m, x, y: (y * (1 - y),))
# log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): exact everywhere, no threshold.
SOFTPLUS = row("softplus", lambda m, x: m.maximum(x, 0.0) + m.log1p(m.exp(-m.absolute(x))),
               lambda m, x, y: (m.sigmoid(x),))
LOGSIGMOID = row("logsigmoid", lambda m, x: m.minimum(x, 0.0) - m.log1p(m.exp(-m.absolute(x))),
                 lambda m, x, y: (m.sigmoid(-x),))
SILU = row("silu", lambda m, x: x * m.sigmoid(x),
           lambda m, x, y: (m.settled(x, m.sigmoid(x) * (1 + x * m.sigmoid(-x))),))
# The slope of erf is a bell curve; erfc = 1 - erf keeps its digits where erf is close to 1.
ERF = row("erf", lambda m, x: m.erf(x), lambda m, x, y: (2 / math.sqrt(math.pi) * m.vanishing(x, m.exp(-x * x)),))
ERFC = row("erfc", lambda m, x: m.erfc(x), lambda m, x, y: (-2 / math.sqrt(math.pi) * m.vanishing(x, m.exp(-x * x)),))
# x Φ(x), with the normal distribution Φ(x) = erfc(-x/√2) / 2; its derivative is Φ(x) + x φ(x).
GELU = row("gelu", lambda m, x: x * (0.5 * m.erfc(-x / math.sqrt(2))),
           lambda m, x, y: (0.5 * m.erfc(-x / math.sqrt(2)) + x * m.exp(-0.5 * x * x) / math.sqrt(2 * math.pi),))

# --- Powers and roots -------------------------------------------------------------------------------------------------
EXP2 = row("exp2", lambda m, x: m.power(2.0, x), lambda m, x, y: (y * math.log(2),))
SQUARE = row("square", lambda m, x: x * x, lambda m, x, y: (2 * x,))
CBRT = row("cbrt", lambda m, x: m.cbrt(x), lambda m, x, y: (m.settled(x, 1 / (3 * y * y)),), edge="inf at 0")
RSQRT = row("rsqrt", lambda m, x: 1 / m.sqrt(x), lambda m, x, y: (-0.5 * y / x,),
            domain="x > 0", edge="-inf at 0")
RECIPROCAL = row("reciprocal", lambda m, x: 1 / x, lambda m, x, y: (-y * y,), domain="x ≠ 0", edge="-inf at 0")
# x log y, and 0 where x = 0: there it does not move with y, not even at y = 0, nor do its slopes.
XLOGY = row("xlogy", lambda m, x, y: m.where(m.equal(x, 0), 0, x * m.log(y)),
            lambda m, x, y, z: (lambda origin: (m.unless(origin, m.log(y), -math.inf), m.unless(origin, x / y, 0)))
                               (m.equal(m.hypot(x, y), 0)),
            domain="y > 0, or x = 0", edge="0 in y for x = 0; -inf in x for y = 0")

# --- sin(πx) / πx -----------------------------------------------------------------------------------------------------


def _next_to_0(m: Any, x: Any, closed: Any, series: Sequence[float]) -> Any:
    """``closed``, and for t < 1, where it cancels, a power series in ``t = (πx)²``."""
    t = (math.pi * x) * (math.pi * x)
    near = m.less(t, 1)
    small = m.where(near, t, 0)
    return m.unless(near, closed, reduce(lambda total, coefficient: total * small + coefficient, series))


SERIES = [(-1) ** k / math.factorial(2 * k + 1) for k in range(10, -1, -1)]  # of sinc, and of its slope over x
SLOPES = [2 * k * math.pi**2 * c for k, c in zip(range(10, 0, -1), SERIES, strict=False)]
SINC = row("sinc", lambda m, x: _next_to_0(m, x, m.sin(math.pi * x) / (math.pi * x), SERIES),
           lambda m, x, y: (_next_to_0(m, x, (m.cos(math.pi * x) - y) / x, [c * x for c in SLOPES]),))

# --- Steps and activations --------------------------------------------------------------------------------------------
FLOOR = row("floor", lambda m, x: m.floor(x), lambda m, x, y: (0,), edge="0 at the jumps", selects=True)
CEIL = row("ceil", lambda m, x: -m.floor(-x), lambda m, x, y: (0,), edge="0 at the jumps", selects=True)
SOFTSIGN = row("softsign", lambda m, x: x / (1 + m.absolute(x)),
               lambda m, x, y: (m.vanishing(x, 1 / m.power(1 + m.absolute(x), 2)),))
# The subgradient of least magnitude at the bounds, unlike `clip`: no parameter rests there.
HARDTANH = row("hardtanh", lambda m, x: m.minimum(m.maximum(x, -1.0), 1.0),
               lambda m, x, y: (m.where(m.less(m.absolute(x), 1), 1, 0),), edge="0 at ±1", selects=True)
# A leaky_relu with a slope that is trained.
PRELU = row("prelu", LEAKY_RELU.value, LEAKY_RELU.derivatives, edge="the slope at 0", selects=True)
# scale * elu(x, alpha), where a layer keeps mean 0 and variance 1 (Klambauer et al. 2017).
ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805
SELU = row("selu", lambda m, x: m.where(m.less(x, 0), SCALE * ALPHA * m.expm1(m.where(m.less(x, 0), x, 0)), SCALE * x),
           lambda m, x, y: (m.where(m.less(x, 0), SCALE * ALPHA * m.exp(m.where(m.less(x, 0), x, 0)),
                                    m.ordinary(x, SCALE, x)),),
           edge="1.0507, the slope to its right, at 0")
