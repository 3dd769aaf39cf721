"""Random programs over the whole table, as plain data, and the kinds of numbers on which they run.

A program is its inputs and its lines. A line is the name of a row of the table and its arguments: an ``int`` is the
position of an earlier value, inputs first; a constant ``c`` is written ``(c,)``. The last line is the result. So

    Program((0.5, 2.0), (("mul", (0, 1)), ("sum", (2, 0, 0, (3.0,)))))      is      sum([x0 * x1, x0, x0, 3.0])

`programs` makes programs that are smooth around their inputs and well conditioned, so that a comparison to ten digits
means something; each line is examined when it is drawn and left out if it fails. `exact_programs` makes programs full
of zeros, ties and kinks, of operations that are exact in binary, so that a comparison can ask for equality.
"""

import cmath
import math
import operator
from functools import reduce
from typing import NamedTuple

import mpmath
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.core.table import TABLE
from tests.support.programs import naive
from tests.support.programs.naive import Number


class Program(NamedTuple):
    inputs: tuple
    lines: tuple


def run(program, apply, inputs=None):
    """All values of a program, the inputs first; ``apply(name, *arguments)`` works a line out."""
    values = list(program.inputs if inputs is None else inputs)
    for name, arguments in program.lines:
        values.append(apply(name, *(values[x] if isinstance(x, int) else x[0] for x in arguments)))
    return values


def halves(xs):
    return xs[: len(xs) // 2], xs[len(xs) // 2 : -1], xs[-1]


# --- Our engine -------------------------------------------------------------------------------------------------------

BY_OPERATOR = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "abs": abs,
}
BY_SEVERAL = {
    **{name: getattr(autograd, name) for name in "sum mean prod max min logsumexp".split()},
    "norm1": lambda xs: autograd.norm(xs, 1),
    "norm2": autograd.norm,
    "norm_inf": lambda xs: autograd.norm(xs, math.inf),
    "var": autograd.var,
    "std": autograd.std,
    "cosine_similarity": lambda xs: autograd.cosine_similarity(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
}


def ours(name, *arguments):
    """A line on values of ours, through the public names."""
    if name in BY_OPERATOR:
        return BY_OPERATOR[name](*arguments)
    if name in BY_SEVERAL:
        return BY_SEVERAL[name](arguments)
    if name == "dot":
        return autograd.dot(*halves(arguments))
    if name in ("softmax", "log_softmax"):
        return getattr(autograd, name)(arguments[1:])[arguments[0]]
    return getattr(autograd, name)(*arguments)


def backward(program):
    """The values of a program on our engine after a reverse pass over all of it."""
    values = run(program, ours, [Value(x) for x in program.inputs])
    values[-1].backward()
    return values


def as_function(program):
    """A program as a function of a list."""
    return lambda xs: run(program, ours, xs)[-1]


# --- The naive engine, in four kinds of numbers -----------------------------------------------------------------------

context = mpmath.mp.clone()
context.dps = 40


class Exact(Number):
    """To forty digits."""

    m, real = context, staticmethod(context.mpf)


class Shaken(Number):
    """As floats of fewer digits: each result is off by up to 8 units in the last place, by chance but reproducibly."""

    rounded = staticmethod(lambda x: x * (1 + 16e-16 * math.sin(1e5 * x)))


def dual(kind, program):
    """The values of a program on the naive engine, with their slopes by the inputs."""
    inputs = [kind(x, {i: 1}) for i, x in enumerate(program.inputs)]
    return run(program, lambda name, *arguments: naive.call(kind, name, *arguments), inputs)


# --- Real and complex mathematics -------------------------------------------------------------------------------------


def mathematics(m):
    """The rows of the table in the functions of an mpmath context, for real and complex numbers.

    A choice goes by the real parts: a complex number ``x + ih`` with a tiny ``h`` is carried through the side of ``x``.
    The floats of mpmath 1.3 lack ``asinh``, ``acosh`` and ``atanh``, which are those of ``cmath``.
    """
    real = lambda x: x.real
    total = lambda xs: reduce(operator.add, xs)
    size = lambda x: x if x.real > 0 else -x
    length = lambda xs: m.sqrt(total([x * x for x in xs]))
    floor = lambda x, y: m.floor((x / y).real)
    sigmoid = lambda x: 1 / (1 + m.exp(-x))
    softplus = lambda x: m.log1p(m.exp(x))
    mean = lambda xs: total(xs) / len(xs)
    variance = lambda xs: mean([(x - mean(xs)) * (x - mean(xs)) for x in xs])
    inner = lambda xs, ys: total([x * y for x, y in zip(xs, ys, strict=True)])
    cosine = lambda xs, ys: inner(xs, ys) / length(xs) / length(ys)
    shares = lambda xs: [m.exp(x) / total([m.exp(y) for y in xs]) for x in xs]
    functions = "exp expm1 log log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf erfc"
    return {
        **{name: getattr(m, name, None) or getattr(cmath, name) for name in functions.split()},
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "div": operator.truediv,
        "neg": operator.neg,
        "floordiv": floor,
        "mod": lambda x, y: x - y * floor(x, y),
        "pow": lambda x, y: x**y if isinstance(y, int) else m.exp(y * m.log(x)),
        "log2": lambda x: m.log(x) / m.log(2),
        "hypot": lambda x, y: length([x, y]),
        "atan2": lambda y, x: 2 * m.atan(y / (length([x, y]) + x)),
        "sign": lambda x: m.sign(x.real),
        "round": lambda x, digits: round(float(x.real), digits),
        "abs": size,
        "maximum": lambda x, y: max(x, y, key=real),
        "minimum": lambda x, y: min(x, y, key=real),
        "clip": lambda x, low, high: min(max(x, low, key=real), high, key=real),
        "where": lambda condition, x, y: x if condition.real else y,
        "relu": lambda x: x if x.real > 0 else 0 * x,
        "leaky_relu": lambda x, slope: x if x.real > 0 else slope * x,
        "elu": lambda x, alpha: x if x.real > 0 else alpha * m.expm1(x),
        "sigmoid": sigmoid,
        "softplus": softplus,
        "logsigmoid": lambda x: -softplus(-x),
        "silu": lambda x: x * sigmoid(x),
        "gelu": lambda x: x * m.erfc(-x / m.sqrt(2)) / 2,
        "logaddexp": lambda x, y: m.log(m.exp(x) + m.exp(y)),
        "sum": lambda *xs: total(xs),
        "mean": lambda *xs: mean(xs),
        "dot": lambda *xs: total([xs[-1], *map(operator.mul, *halves(xs)[:2])]),
        "prod": lambda *xs: reduce(operator.mul, xs),
        "max": lambda *xs: max(xs, key=real),
        "min": lambda *xs: min(xs, key=real),
        "norm1": lambda *xs: total(map(size, xs)),
        "norm2": lambda *xs: length(xs),
        "norm_inf": lambda *xs: max(map(size, xs), key=real),
        "logsumexp": lambda *xs: m.log(total(map(m.exp, xs))),
        "softmax": lambda index, *xs: shares(xs)[index],
        "log_softmax": lambda index, *xs: m.log(shares(xs)[index]),
        "exp2": lambda x: m.exp(x * m.log(2)),
        "square": lambda x: x * x,
        "cbrt": lambda x: m.exp(m.log(x) / 3) if x.real > 0 else -m.exp(m.log(-x) / 3),
        "rsqrt": lambda x: 1 / m.sqrt(x),
        "reciprocal": lambda x: 1 / x,
        "xlogy": lambda x, y: x * m.log(y),
        "sinc": lambda x: m.sin(m.pi * x) / (m.pi * x),
        "floor": lambda x: m.floor(x.real),
        "ceil": lambda x: m.ceil(x.real),
        "softsign": lambda x: x / (1 + size(x)),
        "hardtanh": lambda x: min(max(x, -1, key=real), 1, key=real),
        "prelu": lambda x, slope: x if x.real > 0 else slope * x,
        "selu": lambda x: 1.0507009873554805 * (x if x.real > 0 else 1.6732632423543772 * m.expm1(x)),
        "var": lambda *xs: variance(xs),
        "std": lambda *xs: m.sqrt(variance(xs)),
        "cosine_similarity": lambda *xs: cosine(xs[: len(xs) // 2], xs[len(xs) // 2 :]),
    }


DIGITS = mathematics(context)  # numbers of 40 digits
COMPLEX = mathematics(mpmath.fp)  # Python's floats and complex numbers


def complex_step(program, step=1e-40):
    """The gradient by the imaginary part of ``f(x + ih)``: no difference is formed, so no digits are lost."""
    gradient = []
    for i in range(len(program.inputs)):
        inputs = [complex(x, step * (i == j)) for j, x in enumerate(program.inputs)]
        result = run(program, lambda name, *arguments: COMPLEX[name](*arguments), inputs)[-1]
        gradient.append(result.imag / step)
    return gradient


def central_difference(program, i, step="1e-12"):
    """The derivative by one input, in numbers of 40 digits."""
    step = context.mpf(step)
    ahead, behind = (_at(program, shifted(program, i, sign * step)) for sign in (1, -1))
    return (ahead - behind) / (2 * step)


def second_differences(program, i, step="1e-10"):
    """The derivatives by each input of the derivative by one, in numbers of 40 digits."""
    step = context.mpf(step)
    near = [Program(shifted(program, i, sign * step), program.lines) for sign in (1, -1)]
    for j in range(len(program.inputs)):
        ahead, behind = (central_difference(moved, j, step) for moved in near)
        yield (ahead - behind) / (2 * step)


def shifted(program, i, distance):
    return tuple(context.mpf(x) + distance * (i == j) for j, x in enumerate(program.inputs))


def _at(program, inputs):
    return run(program, lambda name, *arguments: DIGITS[name](*arguments), inputs)[-1]


# --- Smooth, well-conditioned programs --------------------------------------------------------------------------------

MARGIN = 0.05  # from a kink, a jump, or the end of a domain


def apart(x, *others):
    """Return True if a number stays clear of others. One and the same value beside itself is no kink."""
    return all(abs(x - y) > MARGIN for y in others)


def away_from_jumps(x, y):
    return apart(y, 0) and apart(x / y - round(x / y), 0)


def stands_out(xs):
    *others, top = sorted(xs)
    return not others or apart(top, others[-1])


SMOOTH = {  # where a row is smooth; a row that is not listed is smooth everywhere
    "div": lambda x, y: abs(y) > 0.2,
    "floordiv": away_from_jumps,
    "mod": away_from_jumps,
    "pow": lambda x, y: abs(y) <= 4 and (x > 0.2 or (abs(x) > 0.2 and y == int(y))),
    **dict.fromkeys(["log", "log2", "log10", "sqrt"], lambda x: x > MARGIN),
    "log1p": lambda x: x > MARGIN - 1,
    **dict.fromkeys(["asin", "acos", "atanh"], lambda x: abs(x) < 1 - MARGIN),
    "acosh": lambda x: x > 1 + MARGIN,
    "tan": lambda x: abs(math.cos(x)) > 0.1,
    **dict.fromkeys(["erf", "erfc"], lambda x: abs(x) < 2.5),
    "hypot": lambda x, y: math.hypot(x, y) > MARGIN,
    "atan2": lambda y, x: math.hypot(x, y) > MARGIN and (x > 0 or abs(y) > MARGIN),
    **dict.fromkeys(["sign", "abs", "relu"], lambda x: apart(x, 0)),
    **dict.fromkeys(["leaky_relu", "elu"], lambda x, slope: apart(x, 0)),
    "round": lambda x, digits: apart(x * 10**digits % 1, 0.5),
    **dict.fromkeys(["maximum", "minimum"], apart),
    "clip": lambda x, low, high: low < high and apart(x, low, high),
    "where": lambda condition, x, y: not condition or apart(condition, 0),
    "max": lambda *xs: stands_out(xs),
    "min": lambda *xs: stands_out([-x for x in xs]),
    "norm1": lambda *xs: all(apart(x, 0) for x in xs),
    "norm2": lambda *xs: math.hypot(*xs) > MARGIN,
    "norm_inf": lambda *xs: stands_out(map(abs, xs)) and max(map(abs, xs)) > MARGIN,
    **dict.fromkeys(["cbrt", "sinc", "softsign", "selu"], lambda x: apart(x, 0)),
    "reciprocal": lambda x: abs(x) > 0.2,
    "rsqrt": lambda x: x > MARGIN,
    "xlogy": lambda x, y: y > MARGIN,
    **dict.fromkeys(["floor", "ceil"], lambda x: apart(x, round(x))),
    "hardtanh": lambda x: apart(x, -1, 1),
    "prelu": lambda x, slope: apart(x, 0),
    "std": lambda *xs: max(xs) - min(xs) > MARGIN,
    "cosine_similarity": lambda *xs: min(math.hypot(*xs[: len(xs) // 2]), math.hypot(*xs[len(xs) // 2 :])) > MARGIN,
}
INTERNAL = {"copy", "less", "equal"}  # rows with which the engine writes its own passes; they have no public name
WIDE = "sum mean dot prod max min norm1 norm2 norm_inf logsumexp softmax log_softmax".split()
WIDE += ["var", "std", "cosine_similarity"]
NAMES = [name for name in naive.FUNCTIONS if name not in INTERNAL]
WEIGHTED = [*NAMES, *WIDE * 2, *["add", "mul", "sum"] * 5]  # wide fan-in, and what joins values, come more often
PLAIN = st.integers(-30, 30).map(lambda n: n / 8)

OTHERS = {  # what stands after the first argument; None is an earlier value
    "pow": [[2, 3, 0, 1, -1, -2, 0.5, 1.5, None, None]],
    "round": [[0, 1, 2]],
    "clip": [[-1.0, -2.5, None], [1.0, 2.5, None]],
    "leaky_relu": [[0.25, 1.5, None]],
    "elu": [[0.25, 1.5, None]],
    "prelu": [[0.25, 1.5, None]],
}


def smooth(name, values):
    return name not in SMOOTH or SMOOTH[name](*values)


@st.composite
def arguments_of(draw, name, count, favourite, constants=PLAIN, others=None):
    """Positions of earlier values, and constants; at least one position. One value is used again and again."""
    position = st.one_of(st.integers(0, count - 1), st.just(favourite), st.just(count - 1))
    either = st.one_of(position, position, position, constants.map(lambda x: (x,)))
    if name in WIDE:
        size = draw(st.sampled_from([1, 2, 3, 4, 5, 12]))
        others = {"dot": 2 * size, "cosine_similarity": 2 * size - 1}.get(name, size - 1)
        parts = [draw(either) for _ in range(others)] + [draw(position)]
        return (*([(draw(st.integers(0, size - 1)),)] if "softmax" in name else []), *parts)
    others = others or OTHERS
    if name in others:
        chosen = [draw(st.sampled_from(options)) for options in others[name]]
        return (draw(position), *(draw(position) if other is None else (other,) for other in chosen))
    if name == "where":
        return draw(st.one_of(position, st.booleans().map(lambda x: (x,)))), draw(position), draw(either)
    if name in (
        "add",
        "sub",
        "mul",
        "div",
        "floordiv",
        "mod",
        "hypot",
        "atan2",
        "maximum",
        "minimum",
        "logaddexp",
        "xlogy",
    ):
        pair = draw(position), draw(either)
        return pair[::-1] if draw(st.booleans()) else pair
    return (draw(position),)


def moderate(number, shaken):
    """Return True if a value and its slopes are of ordinary size, and hardly move with errors in the last digits."""
    pairs = [(number.value, shaken.value), *((slope, shaken.slopes[key]) for key, slope in number.slopes.items())]
    return all(abs(x) < 50 and abs(x - y) < 2e-13 * max(1, abs(x)) for x, y in pairs)


@st.composite
def programs(draw, most=16, first=()):
    """A program that is smooth around its inputs and well conditioned; its last line joins several values."""
    program = Program(tuple(draw(st.lists(PLAIN, min_size=1, max_size=4))), ())
    exact, shaken = dual(Number, program), dual(Shaken, program)
    favourite = draw(st.integers(0, 20))
    names = draw(st.randoms(use_true_random=True)).choices(WEIGHTED, k=draw(st.integers(1, most)))
    for name in [*first, *names, draw(st.sampled_from(["sum", "dot", "logsumexp", "norm2"]))]:
        for _ in range(4):
            fit = [k for k, x in enumerate(exact) if TABLE[name].arity == 1 and smooth(name, [x.value])]
            others = arguments_of(name, len(exact), favourite % len(exact))
            arguments = draw(st.tuples(st.sampled_from(fit)) if fit else others)
            line = attempt(name, arguments, exact, shaken)
            if line:
                program = program._replace(lines=(*program.lines, (name, arguments)))
                exact.append(line[0])
                shaken.append(line[1])
                break
    return program if program.lines else program._replace(lines=(("sum", (0, 0, (1.0,))),))


def attempt(name, arguments, exact, shaken):
    """A line on both numbers, or None where it is not smooth, or not well conditioned."""
    given = [exact[x] if isinstance(x, int) else x[0] for x in arguments]
    if not smooth(name, [x.value if isinstance(x, Number) else x for x in given]):
        return None
    try:
        result = naive.call(Number, name, *given)
        twin = naive.call(Shaken, name, *(shaken[x] if isinstance(x, int) else x[0] for x in arguments))
    except (ArithmeticError, ValueError):  # too large, or a negative number to a variable power
        return None
    return (result, twin) if moderate(result, twin) else None


# --- Programs at kinks, in exact numbers ------------------------------------------------------------------------------

EXACT = "add sub mul neg pow sign round abs maximum minimum clip where relu leaky_relu floordiv mod".split()
EXACT += "sum dot prod max min norm1 norm_inf".split()
OTHERS_EXACT = {
    **OTHERS,
    "pow": [[0, 1, 2, 3]],
    "round": [[0]],
    "clip": [[-1.0, -2.5], [-1.0, 1.0]],
    "floordiv": [[0.5, 2.0, -1.0]],
    "mod": [[0.5, 2.0, -1.0]],
}
TIED = st.sampled_from([0.0, 1.0, -0.0, -1.0, 0.5, 2.0, -2.5])


@st.composite
def exact_programs(draw, most=12):
    """A program full of zeros, ties and kinks, whose values have few binary digits, so that floats hold them."""
    program = Program(tuple(draw(st.lists(TIED, min_size=1, max_size=4))), ())
    values = dual(Exact, program)
    favourite = draw(st.integers(0, 20))
    for name in [*draw(st.lists(st.sampled_from(EXACT), min_size=1, max_size=most)), "sum"]:
        arguments = draw(arguments_of(name, len(values), favourite % len(values), TIED, OTHERS_EXACT))
        result = naive.call(Exact, name, *(values[x] if isinstance(x, int) else x[0] for x in arguments))
        if abs(result.value) < 1000 and result.value * 2**20 == int(result.value * 2**20):
            program = program._replace(lines=(*program.lines, (name, arguments)))
            values.append(result)
    return program if program.lines else program._replace(lines=(("sum", (0, 0)),))


# --- Programs beyond the edges ----------------------------------------------------------------------------------------

EDGES = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 1e-160, 710.0, 2.5]
)


@st.composite
def edge_programs(draw, most=8):
    """A program of any rows on any numbers: infinite ones, nan, and those next to overflow and underflow."""
    inputs = tuple(draw(st.lists(EDGES, min_size=1, max_size=3)))
    lines = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=most)):
        count = len(inputs) + len(lines)
        lines.append((name, draw(arguments_of(name, count, 0, EDGES, OTHERS | {"clip": [[-1.0, -math.inf], [1.0]]}))))
    return Program(inputs, tuple(lines))
