"""Functions of tensors with the engine numba: values and gradients are those of the function itself.

Loops run as Python here, unless marked.
"""

from functools import partial

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.compiler.fused import modules
from autograd.core.ops import TABLE
from tests.compiler.fused.test_fused import EDGES as NUMBERS
from tests.compiler.fused.test_fused import ROWS
from tests.compiler.porting.test_modules import EDGES
from tests.compiler.test_tensors import FUNCTIONS, LABELS, B, S, W, X, after, same
from tests.support import unjitted
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import examples
from tests.support.programs.tensors import models, of_arrays, of_elements

fused = partial(autograd.compile, batch=None, engine="numba")


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Loops run as Python."""
    unjitted.install(monkeypatch, tmp_path)


def agree(function, parameters, *calls, tolerance=1e-13):
    """Compare a function with itself, compiled, at all of these arguments, with parameters that move."""
    compiled = fused(function)
    for args in calls:
        expected, found = after(function, parameters, args), after(compiled, parameters, args)
        same(found[0], expected[0], tolerance)
        same(found[1], expected[1], tolerance)
        for p in parameters:
            p.data = p.data * 1.03125
    assert all(compiled._tensors._known.values())  # none runs as it is
    return compiled


@pytest.mark.parametrize("name", sorted(ARRAY_TABLE))
def test_every_operation_on_arrays(python, name):
    agree(*of_arrays(name), (Tensor(1.0),), (Tensor(0.75),))


@pytest.mark.untraced
@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_operation_on_numbers(python, name):
    agree(*of_elements(name, Tensor), (Tensor(1.0),), (Tensor(0.9375),))


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(examples(150)))
def test_random_programs(python, seed):
    program = random_program(f"fused {seed}")
    second = [x * 0.75 + 0.1 for x in program.arrays]
    agree(lambda *args: program(*args), [], [*map(Tensor, program.arrays)], [*map(Tensor, second)])


@pytest.mark.parametrize(("function", "calls", "_"), FUNCTIONS)
def test_functions_as_people_write_them(python, function, calls, _):
    agree(function, [W, B, S], *calls)


@pytest.mark.untraced
@pytest.mark.parametrize("name", models())
def test_layers(python, name):
    agree(models()[name][0], [], models()[name][1])


@pytest.mark.parametrize("name", EDGES)
def test_kinks_ties_and_ends_of_domains(python, name):
    function, arguments = EDGES[name]
    agree(function, [], arguments)


@pytest.mark.parametrize("name", sorted(ROWS.keys() - {"several"}))  # which takes values
def test_infinities_and_nan(python, name):
    agree(ROWS[name], [], (Tensor(NUMBERS),), (Tensor(NUMBERS[::-1].reshape(2, 5)),))


P = np.random.default_rng(7).normal(size=(6, 4))
LONG = np.random.default_rng(8).normal(size=(80, 64))
PLACED = {  # functions, and the arguments of two calls: numbers that lie in memory in one way or another
    "parts": (lambda x: (x[::-1, 1:].exp() * x[:, :-1] + x[0, 1:] * x[1, :1]).tanh(), [(P,), (-P,)]),
    "turned": (lambda x: (x.T * x.reshape(4, 6)).reshape(2, 12).exp().sum(0), [(P,), (-P,)]),
    "a part of a result": (lambda x: (h := x.tanh(), h.T, h[1:], h[0]), [(P,), (-P,)]),
    "a row that a number says": (lambda x, k: (x[k[0]] * 2.0).tanh() + x[k[1]], [(P, LABELS), (P, LABELS[::-1])]),
    "other orders": (lambda x: (x.exp() * W[0]).sum(1), [(P,), (np.asfortranarray(P),), (P.repeat(2, 1)[:, ::2],)]),
    "shapes that change": (lambda x: (x.exp() * W[0]).mean(0), [(P,), (P[:2],), (P[0],), (P[:1],), (P,)]),
    "nothing": (lambda x: (x.exp() * W[0]).sum() + (x @ W.T).sum() + W.sum(), [(P[:0],), (P,)]),
    "one number": (lambda x: (x * S).exp() / x + x.sum(), [(Tensor(0.5),), (Tensor(-1.5),)]),
    "one number of an array": (lambda x: (W * x[0, 1]).exp() * x.max(), [(P,), (-P,)]),
    "one argument twice": (lambda x, y: (x * y).exp() + x @ y.T, [(P[:4], P[:4]), (Tensor(P[2:]),) * 2]),
    "constants": (lambda x: x * np.asfortranarray(P) + np.maximum(x, P.T.copy().T), [(P,), (-P,)]),
    "long constants": (
        lambda x: autograd.logaddexp(x, ROWS_OF[0]) * autograd.logaddexp(x, ROWS_OF[1]),
        [(P[:, 0],), (-P[:, 0],)],
    ),
    "truth values": (lambda x: autograd.where((x > 0) & (x < 1), x * x, 0.5 * x), [(P,), (-P,)]),
    "comparisons": (lambda x: [autograd.where(f(x, W[0]), x.exp(), x) for f in COMPARED], [(P,), (P * 0 + W.data[0],)]),
    "long sums": (lambda x: (x.exp().sum(1).log().sum() * x).softmax(1).mean(0) + x.max(1).sum(), [(LONG,), (-LONG,)]),
    "single precision": (
        lambda x: x.gelu().var(0) * B.astype(np.float32).sum() * np.float32([1, 2, 3, 4]),
        [(np.float32(P),)],
    ),
    "both precisions": (lambda x: ((x * 2).exp() * W[0]).sum(0), [(np.float32(P),), (np.float32(-P),)]),
}
ROWS_OF = np.zeros((2, 500, 6))  # as text they are equal
ROWS_OF[1, 250] = 2.0
COMPARED = [np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal]


@pytest.mark.parametrize("name", PLACED)
def test_numbers_are_found_where_they_lie(python, name):
    function, calls = PLACED[name]
    agree(function, [W, B, S], *[tuple(map(as_tensor, args)) for args in calls])


def as_tensor(x):
    return Tensor(x) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def test_calls_of_numpy_stand_between_kernels(python):
    def function(x):
        for k in range(30):
            x = (x * 0.5 + k / 30).tanh() if k % 10 else x.cumsum(0) * 0.5
        return x

    compiled = agree(function, [], (Tensor(P),), (Tensor(-P),))
    forward, backward = compiled._tensors.ran().joined
    assert (forward.kernels, forward.left) == (3, ["cumsum"] * 3)
    assert (backward.kernels, backward.left) == (3, ["pull_cumsum"] * 3)


def test_without_the_functions_of_the_blas_products_stay_calls_of_numpy(python, monkeypatch):
    monkeypatch.setattr("autograd.compiler.fused.products.addresses", dict)
    agree(lambda x: (x @ W.T + B).relu() @ W, [W, B], (X,), (-X,))


def test_the_explanation_says_what_was_joined(python):
    f = fused(lambda x: ((x @ W.T + B).relu().cumsum(1) ** 2).mean())
    f(X)
    assert str(f.explain()).splitlines()[2:7] == [
        "compiled by numba",
        "  forward: 6 array operations in 2 functions of loops and products of matrices;",
        "      left to numpy: cumsum",
        "  backward: 7 array operations in 2 functions of loops and products of matrices;",
        "      left to numpy: pull_cumsum",
    ]


@pytest.mark.needs_engines("numba")
@pytest.mark.long
def test_compiled_code_has_the_numbers_of_the_function_and_is_kept(monkeypatch, tmp_path):
    monkeypatch.setenv(modules.VARIABLE, str(tmp_path))
    layer = nn.Sequential(nn.Linear(4, 8, "gelu"), nn.LayerNorm(8), nn.Linear(8, 3))
    fixed = np.broadcast_to(2.0, (5, 4))  # which nobody may write to

    def function(x, y):
        edges = [ROWS[name](x[0]) for name in ("maximum", "exponentials")]
        return nn.losses.cross_entropy(layer(x * fixed), y), autograd.where(x > 0, x.sqrt(), 0.0), *edges

    first, second = np.full((5, 4), 0.5), np.full((5, 4), -0.5)
    first[0], second[0] = NUMBERS[2:6], NUMBERS[6:]
    kept = []
    for _ in range(2):
        agree(function, layer.parameters(), (Tensor(first), LABELS), (Tensor(second), LABELS[::-1]))
        kept.append({path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")})
        monkeypatch.setattr(modules, "_entries", {})
    assert kept[0]
    assert kept[1] == kept[0]
