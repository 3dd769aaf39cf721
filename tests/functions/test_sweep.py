"""Every public function, at signs, ties, zeros, infinities, nan and no numbers at all, in every mode.

The modes are those of `tests.support.sweep`. They must agree with each other, and with the mathematics where that is
finite and smooth. ``KNOWN`` holds the disagreements that are open, each with a sentence; one that is mended fails the
test until it leaves the table.
"""

import itertools
import math
import operator
from functools import cache, partial

import mpmath
import numpy as np
import pytest

import autograd
from autograd.core.table import TABLE
from tests.support import sweep
from tests.support.mathematics import MATHEMATICS
from tests.support.sweep import Case, Told, of_arrays

pytestmark = pytest.mark.long

INF, NAN = math.inf, math.nan

# --- Points -----------------------------------------------------------------------------------------------------------

ONE = [(x,) for x in (-INF, -1e308, -3.0, -2.5, -1.0, -0.5, -1e-9, -5e-324, -0.0)]
ONE += [(x,) for x in (0.0, 5e-324, 1e-9, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 1e308, INF, NAN)]
TWO = [*itertools.product((-INF, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, INF, NAN), repeat=2)]
BOUNDS = [(-1.0, 1.0), (-INF, 0.5), (0.5, INF)]
THREE = [(1.0, 2.0, -3.0), (2.0, 2.0, -3.0), (1.5, 1.5, 1.5), (-1.0, -1.0, -2.0), (0.0, 2.0, 0.0), (0.0, -0.0, 0.0),
         (800.0, 1.0, 0.0), (INF, 1.0, -2.0), (INF, INF, 0.0), (-INF, 1.0, 2.0), (-INF, -INF, -INF), (INF, -INF, 0.0),
         (NAN, 1.0, 2.0), (1.0, NAN, NAN), (1e308, 1e308, 1.0), (1e200, -1e200, 3.0), (1e-200, 1e-200, 0.0),
         (5e-324, 0.0, 1.0)]  # fmt: skip
FOUR = [(*x, y) for x, y in zip(THREE, [1.0, 2.0, 1.5, -1.0, 0.0, 0.0, 3.0, 1.0, 1.0, 2.0, 0.0, INF, 1.0, 2.0, 1.0,
                                        1e200, 1e-200, 5e-324], strict=True)]  # fmt: skip
SIX = [(1.0, 2.0, -3.0, 0.5, 2.5, 2.0), (2.0, 2.0, 2.0, 2.0, 2.0, 2.0), (0.0, 0.0, -0.0, 1.0, -1.0, 2.0),
       (INF, 1.0, -2.0, 0.0, 1.0, NAN), (1e308, 1e308, 1.0, 2.0, -1e308, 5e-324)]  # fmt: skip

# --- Cases, by the name of the function, with a colon before what tells several apart ---------------------------------


def each(function, points, exact=None, ours=True):
    """A function of single numbers, which takes arrays of them, too."""
    return Case(points, function, function, exact=exact, ours=ours)


def over(function, exact):
    """A function of a sequence of three numbers, and over an axis of an array; with one result."""
    along = lambda *columns: function(autograd.stack(columns, axis=-1), axis=-1)
    return Case(THREE, lambda *xs: function([*xs]), along, function, ((3,),), exact)


def share(function, given, axis=None):
    """The second of the shares of a sequence, or along an axis."""
    return function(given)[1] if axis is None else function(given, axis)[..., 1]


def _softmax(*xs):
    return mpmath.exp(xs[1]) / sum(map(mpmath.exp, xs))


def _weighted(*xs):
    """The sum of numbers that `sweep.weighted` makes of a result."""
    return sum(x * mpmath.cos(k) for k, x in enumerate(xs))


def _cholesky(a, b, c, d):
    corner = mpmath.sqrt(a)
    side = (b + c) / 2 / corner
    return _weighted(corner, 0, side, mpmath.sqrt(d - side**2))


def pairs(function, exact):
    """A function of two vectors of two numbers each."""
    return Case(FOUR, lambda a, b, c, d: function([a, b], [c, d]), None, function, ((2,), (2,)), exact)


CASES = {
    name: each(getattr(autograd, name), {1: ONE, 2: TWO}[TABLE[name].arity], exact)
    for name, (exact, _) in MATHEMATICS.items()
    if hasattr(autograd, name) and TABLE[name].arity in (1, 2)
}
CASES |= {
    "clip": each(autograd.clip, [(*x, *bounds) for x in ONE for bounds in BOUNDS], MATHEMATICS["clip"][0]),
    "round": each(autograd.round, ONE),
    "round: to a place": each(lambda x: autograd.round(x, 1), ONE),
    "where": each(lambda x, y: autograd.where(x > 0, x, y), TWO, lambda x, y: x if x > 0 else y),
    "where: a guard": each(
        lambda x, y: autograd.where(x > 0, autograd.sqrt(x), y), TWO, lambda x, y: mpmath.sqrt(x) if x > 0 else y
    ),
}
CASES |= {
    f"operator: {sign}": each(getattr(operator, name), TWO, MATHEMATICS[row][0], ours=False)
    for sign, name, row in [("+", "add", "add"), ("-", "sub", "sub"), ("*", "mul", "mul"), ("/", "truediv", "div"),
                            ("//", "floordiv", "floordiv"), ("%", "mod", "mod"), ("**", "pow", "pow")]
}  # fmt: skip
CASES |= {
    f"operator: x ** {n}": each(lambda x, n=n: x**n, ONE, lambda x, n=n: x**n, ours=False)
    for n in (0, 1, 2, 3, -1, -2, 0.5, -0.5, 2.5)
}
CASES |= {
    "operator: 2 ** x": each(lambda x: 2**x, ONE, lambda x: mpmath.mpf(2) ** x, ours=False),
    "operator: 2 / x": each(lambda x: 2 / x, ONE, lambda x: 2 / x, ours=False),
    "operator: x / 0": each(lambda x: (x * 2) / 0.0, ONE, ours=False),
}
CASES |= {
    name: over(getattr(autograd, name), MATHEMATICS[name][0])
    for name in "sum mean prod max min var std logsumexp".split()
}
CASES |= {
    "norm": over(autograd.norm, MATHEMATICS["norm2"][0]),
    "norm: of order 1": over(partial(autograd.norm, order=1), MATHEMATICS["norm1"][0]),
    "norm: of order inf": over(partial(autograd.norm, order=INF), MATHEMATICS["norm_inf"][0]),
    "var: of a sample": over(partial(autograd.var, ddof=1), lambda *xs: 1.5 * MATHEMATICS["var"][0](*xs)),
    "std: of a sample": over(partial(autograd.std, ddof=1), lambda *xs: mpmath.sqrt(1.5) * MATHEMATICS["std"][0](*xs)),
    "softmax": over(partial(share, autograd.softmax), _softmax),
    "log_softmax": over(partial(share, autograd.log_softmax), lambda *xs: mpmath.log(_softmax(*xs))),
    "dot": pairs(autograd.dot, lambda a, b, c, d: a * c + b * d),
    "cosine_similarity": pairs(autograd.cosine_similarity, MATHEMATICS["cosine_similarity"][0]),
}
CASES |= {
    name: of_arrays(SIX, function, *shapes)
    for name, function, *shapes in [
        ("reshape", lambda x: autograd.reshape(x, (3, 2)), (2, 3)),
        ("ravel", autograd.ravel, (2, 3)),
        ("transpose", autograd.transpose, (2, 3)),
        ("swapaxes", lambda x: autograd.swapaxes(x, 0, 1), (2, 3)),
        ("moveaxis", lambda x: autograd.moveaxis(x, 0, 1), (2, 3)),
        ("expand_dims", lambda x: autograd.expand_dims(x, 1), (2, 3)),
        ("squeeze", autograd.squeeze, (1, 6, 1)),
        ("broadcast_to", lambda x: autograd.broadcast_to(x, (2, 2, 3)), (2, 3)),
        ("pad", lambda x: autograd.pad(x, 1), (2, 3)),
        ("concatenate", lambda x, y: autograd.concatenate([x, y]), (2, 2), (1, 2)),
        ("stack", lambda x, y: autograd.stack([x, y]), (3,), (3,)),
        ("split", lambda x: autograd.split(x, 2), (2, 3)),
        ("hstack", lambda x, y: autograd.hstack([x, y]), (2, 2), (2, 1)),
        ("vstack", lambda x, y: autograd.vstack([x, y]), (3,), (3,)),
        ("take", lambda x: autograd.take(x, [[1, 0], [-1, 1]], 1), (2, 3)),
        ("repeat", lambda x: autograd.repeat(x, [1, 0, 2], axis=1), (2, 3)),
        ("tile", lambda x: autograd.tile(x / 4, (2, 2)), (2, 3)),
        ("flip", autograd.flip, (2, 3)),
        ("sort", autograd.sort, (2, 3)),
        ("cumsum", autograd.cumsum, (2, 3)),
        ("diff", lambda x: autograd.diff(x, 2), (2, 3)),
        ("tensordot", lambda x, y: autograd.tensordot(x, y, 1), (2, 2), (2,)),
        ("diag", autograd.diag, (2, 3)),
        ("trace", autograd.trace, (2, 3)),
        ("embedding", lambda x: autograd.embedding(x, [1, 0, 1]), (2, 3)),
        ("matmul", autograd.matmul, (2, 2), (2,)),
        ("outer", autograd.outer, (3,), (3,)),
        ("einsum", lambda x, y: autograd.einsum("ij,j->i", x, y), (2, 2), (2,)),
        ("einsum: a diagonal", lambda x, y: autograd.einsum("ii,i->i", x, y), (2, 2), (2,)),
        ("conv1d", autograd.conv1d, (1, 1, 4), (1, 1, 2)),
        ("conv2d", autograd.conv2d, (1, 1, 2, 2), (1, 1, 2, 1)),
        ("max_pool1d", lambda x: autograd.max_pool1d(x, 2), (1, 1, 6)),
        ("avg_pool1d", lambda x: autograd.avg_pool1d(x, 2), (1, 1, 6)),
        ("max_pool2d", lambda x: autograd.max_pool2d(x, (2, 1)), (1, 1, 2, 3)),
        ("avg_pool2d", lambda x: autograd.avg_pool2d(x, (2, 1)), (1, 1, 2, 3)),
    ]
}
MATRICES = [(2.0, 0.5, -0.25, 1.5), (1.0, 0.75, 0.75, 1.0), (3.0, -1.0, 2.0, 0.5), (1e-9, 0.0, 0.0, 1e9),
            (2.0, -1.0, -1.0, 5e8)]  # fmt: skip
SINGULAR = [(0.0, 1.0, 0.0, 2.0), (1.0, 2.0, 2.0, 4.0), (0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 3.0)]
SYSTEMS = [
    (*x, *y) for x, y in zip(MATRICES, [(1.0, 2.0), (0.0, -1.0), (3.0, 1.0), (3.0, 0.5), (-0.5, 4.0)], strict=True)
]
CASES |= {
    f"linalg: {function.__name__}": of_arrays(points, function, *shapes, exact=exact)
    for function, points, exact, *shapes in [
        (autograd.linalg.det, MATRICES + SINGULAR, lambda a, b, c, d: a * d - b * c, (2, 2)),
        (autograd.linalg.inv, MATRICES, lambda a, b, c, d: _weighted(d, -b, -c, a) / (a * d - b * c), (2, 2)),
        (autograd.linalg.cholesky, MATRICES, _cholesky, (2, 2)),
        (autograd.linalg.solve, SYSTEMS, lambda a, b, c, d, x, y: _weighted(d * x - b * y, a * y - c * x)
         / (a * d - b * c), (2, 2), (2,)),
    ]
}  # fmt: skip
OF_NO_NUMBERS = set(  # the operators, what reads a program, and the modes
    "check_gradients compare compile debug derivative detect_anomaly explain formula grad hessian hvp jacobian jvp "
    "no_grad nudge primitive program provenance replay scope steps value_and_grad vjp watch".split()
)


def test_every_public_function_is_swept():
    functions = {name for name in dir(autograd) if name.islower() and name[0] != "_"}
    assert {name.partition(":")[0] for name in CASES} - {"operator", "linalg"} | OF_NO_NUMBERS == functions
    assert {f"linalg: {name}" for name in autograd.linalg.__all__} <= CASES.keys()
    assert not {name.partition(":")[0] for name in CASES} & OF_NO_NUMBERS


# --- Disagreements that are open --------------------------------------------------------------------------------------

KNOWN = {  # a sentence; modes, each with the part in which it disagrees, and names of cases
    "The mixed second derivative of x**y at an infinite x or y depends on the order of the passes.": """
        forward second: operator: **;
        forward_over_forward second: operator: **;
        columns_forward second: operator: **;
        hessians second: operator: **;
    """,
    "Second derivatives that overflow depend on the order of the passes: here of vectors of length 1e-200.": """
        forward second: cosine_similarity;
        forward_over_forward second: cosine_similarity;
        hessians second: cosine_similarity;
        arrays_forward second: cosine_similarity;
    """,
}


def known(name, mode):
    """The parts in which a mode is known to disagree about a case."""
    return {part for of, part, names in every_known() if of == mode and name in names}


def every_known():
    for entry in " ".join(" ".join(KNOWN.values()).split()).split(";")[:-1]:
        cells, names = entry.strip().split(": ", 1)
        for cell in cells.split(", "):
            yield *cell.split(), names.split(", ")


def test_what_is_known_is_swept():
    modes = {mode.__name__ for mode in sweep.OF_NUMBERS + sweep.OF_COLUMNS + sweep.OF_WHOLES}
    for mode, _, names in every_known():
        assert mode.removeprefix("single_").removeprefix("empty_") in modes | {"mathematics"}
        assert set(names) <= CASES.keys()


# --- All modes agree --------------------------------------------------------------------------------------------------


@cache
def base(name):
    """The reference for the other modes: `values`, and for second derivatives ``grad`` of ``grad``."""
    first, second = sweep.values(CASES[name]), sweep.operators(CASES[name])
    return Told(first.value, first.gradient, second.second)


def differing(points, found, expected, tolerance=1e-10, least=1e-15):
    """The parts in which two `Told` differ, in words: nan and infinities must stand where they stand in the other."""
    parts = {}
    for part in Told._fields:
        if getattr(found, part) is not None:
            here, there = (np.asarray(getattr(each, part), float) for each in (found, expected))
            if here.shape != there.shape:
                parts[part] = f"of shape {here.shape}, not {there.shape}"
                continue
            finite = np.isfinite(here) & np.isfinite(there)
            size = np.where(finite, np.maximum(np.abs(here), np.abs(there)), 0)
            if part == "second":  # where some numbers of a row are large, the others are what is left of large ones
                size = np.max(size, axis=-1, keepdims=True)
            with np.errstate(all="ignore"):
                near = finite & (np.abs(here - there) <= tolerance * size + least)
            same = (here == there) | near | np.isnan(here) & np.isnan(there)
            wrong = np.flatnonzero(~same.all(axis=tuple(range(1, same.ndim))))
            if len(wrong):
                k = wrong[0]
                parts[part] = f"at {points[k]} {here[k]}, not {there[k]}; so at {len(wrong)} of {len(points)}"
    return parts


def disagreements(name, mode, expected=None, **options):
    """The parts in which a mode differs from what is expected, in words; what it raises is a part of its own."""
    try:
        return differing(CASES[name].points, mode(CASES[name], **options), expected or base(name))
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {error}"}


def check(found, expected):
    """All that differs is known, and all that is known differs."""
    assert not (new := {part: said for part, said in found.items() if part not in expected}), new
    assert not (mended := expected - found.keys()), f"mended: take {', '.join(map(repr, mended))} out of KNOWN"


CELLS = [(name, mode) for name, case in CASES.items() for mode in sweep.modes(case)]


@pytest.mark.parametrize(("name", "mode"), CELLS, ids=lambda x: getattr(x, "__name__", x))
def test_all_modes_tell_the_same(name, mode):
    check(disagreements(name, mode), known(name, mode.__name__))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.exact])
def test_they_tell_the_mathematics(name):
    exact, found = sweep.mathematics(CASES[name]), base(name)
    assert np.isfinite(exact.value).sum() >= 3
    parts = [np.where(np.isnan(right), right, part) for part, right in zip(found, exact, strict=True)]
    check(differing(CASES[name].points, Told(*parts), exact, 1e-9), known(name, "mathematics"))


OF_COLUMNS = [name for name, case in CASES.items() if case.columns]


@pytest.mark.parametrize("mode", [sweep.columns_of_tensors, sweep.columns_by_operators, sweep.columns_forward])
@pytest.mark.parametrize("name", OF_COLUMNS)
def test_single_precision_stays_single(name, mode):
    case, right = CASES[name], base(name)
    sound = [k for k, point in enumerate(case.points) if all(0.25 < abs(x) < 4 for x in point)]
    case = case._replace(points=[case.points[k] for k in sound])
    try:
        told, right = mode(case, dtype=np.float32), Told(*(part[sound] for part in right))
        found = differing(case.points, told, right, 1e-4, 1e-6)
        types = {part: x.dtype for part, x in told._asdict().items() if x is not None}
        found |= {f"type_of_{part}": dtype for part, dtype in types.items() if dtype != np.float32}
    except Exception as error:
        found = {"raises": f"{type(error).__name__}: {error}"}
    check(found, known(name, f"single_{mode.__name__}"))


@pytest.mark.parametrize("mode", sweep.OF_COLUMNS[:-1], ids=lambda mode: mode.__name__)  # a lane has numbers
@pytest.mark.parametrize("name", OF_COLUMNS)
def test_of_no_numbers_there_are_no_derivatives(name, mode):
    nothing = np.zeros((0, len(CASES[name].points[0])))
    try:
        told = mode(CASES[name]._replace(points=nothing))
        found = differing(nothing, told, Told(nothing[:, 0], nothing, nothing))
    except Exception as error:
        found = {"raises": f"{type(error).__name__}: {error}"}
    check(found, known(name, f"empty_{mode.__name__}"))


# --- The sweep notices ------------------------------------------------------------------------------------------------


def test_a_wrong_rule_is_noticed(monkeypatch):
    monkeypatch.setattr(TABLE["tanh"], "derivatives", lambda m, x, y: (1 - y,))
    wrong = sweep.values(CASES["tanh"])
    assert "gradient" in differing(ONE, wrong._replace(value=None), sweep.mathematics(CASES["tanh"]))
    assert disagreements("tanh", sweep.values).keys() == {"gradient"}


@pytest.mark.parametrize("wrong", [0.0, INF, NAN, 1.0 + 1e-9])
def test_a_wrong_number_is_noticed(wrong):
    right = base("sin")
    with np.errstate(invalid="ignore"):
        spoilt = Told(*(np.where(np.array(ONE).reshape(part.shape) == 0.3, part * wrong, part) for part in right))
    assert disagreements("sin", lambda case: spoilt).keys() == set(Told._fields)
    assert disagreements("sin", lambda case: 1 / 0) == {"raises": "ZeroDivisionError: division by zero"}


def test_what_was_mended_and_what_is_new_is_noticed():
    with pytest.raises(AssertionError, match="take 'value' out"):
        check({}, {"value"})
    with pytest.raises(AssertionError, match="at 1"):
        check({"value": "at 1"}, set())
