"""The engine numba: loops that compute what the calls of numpy compute. Here they run as Python, unless marked."""

import math
import os
import sys

import numpy as np
import pytest

import autograd
from autograd import InputValueError, Tensor, Value
from autograd.compiler.fused import elementary, modules
from autograd.compiler.fused.accesses import Memory
from tests.benchmarks.compiled.programs import Whole
from tests.benchmarks.compiled.programs.scalars import PROGRAMS
from tests.benchmarks.compiled.worker import Ours
from tests.benchmarks.compiled.works import Convolution, Moons, Network, Options, Rosenbrock
from tests.support import unjitted

WORKS = [
    *(Moons(whole, 5) for whole in (False, True)),
    *(Network(whole, 4, (5, 6, 3)) for whole in (False, True)),
    *(Convolution(whole, 3, 5, 2, 3) for whole in (False, True)),
    Rosenbrock(6, 300),
    Options(30),
    *(Whole(which, small=True) for which in PROGRAMS),
]


@pytest.fixture
def python(monkeypatch, tmp_path):
    """Loops run as Python."""
    unjitted.install(monkeypatch, tmp_path)
    return tmp_path


def taken(monkeypatch, work, engine):
    """The gradients of a work of the benchmark after three steps."""
    ours = Ours()
    ours.compile = lambda f: autograd.compile(f, engine=engine)
    task = getattr(ours, work.kind)(work)
    task.restart()
    for _ in range(3):
        task.step()
    return np.concatenate([np.ravel(np.asarray(x, dtype=float)) for x in task.gradients()])


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_works_of_the_benchmark_have_the_gradients_of_the_engine_numpy(python, monkeypatch, work):
    expected = taken(monkeypatch, work, "numpy")
    assert taken(monkeypatch, work, "numba") == pytest.approx(expected, rel=1e-13, abs=1e-14 * np.abs(expected).max())


@pytest.mark.needs_engines("numba")
@pytest.mark.parametrize("work", [WORKS[0], WORKS[-1]], ids=lambda work: work.name)
def test_compiled_works_have_the_gradients_of_the_engine_numpy(monkeypatch, work):
    expected = taken(monkeypatch, work, "numpy")
    assert taken(monkeypatch, work, "numba") == pytest.approx(expected, rel=1e-13, abs=1e-14 * np.abs(expected).max())


EDGES = np.array([-np.inf, -1e300, -1.0, -0.0, 0.0, 0.5, 1.0, 1e300, np.inf, np.nan])
ROWS = {
    "maximum": lambda x: autograd.maximum(x, 0.5) + autograd.maximum(x, -x),
    "minimum": lambda x: autograd.minimum(x, 0.5) + autograd.minimum(x, -x),
    "relu": autograd.relu,
    "abs": abs,
    "sqrt": autograd.sqrt,
    "log": autograd.log,
    "powers": lambda x: x**0.5 + x**-1 + x**3 + abs(x) ** x,
    "where": lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0),
    "bounds that are infinite": lambda x: autograd.minimum(autograd.maximum(x * x, -np.inf), np.inf),
    "erf": lambda x: autograd.erf(x) - autograd.erfc(x),
    "floor": lambda x: autograd.floor(x) + x % 0.75 + x // 0.75,
    "sign": autograd.sign,
    "several": lambda x: autograd.logsumexp([x, 0.5, -x]) * autograd.maximum(x, 1.0),
    "round": lambda x: round(x, 1) * x,
    "exponentials": lambda x: autograd.exp(x) + autograd.expm1(x) + autograd.tanh(x),
    "logarithms": lambda x: autograd.log1p(x) + autograd.log(x) / 3,
}


@pytest.mark.parametrize("name", ROWS)
def test_values_and_gradients_at_the_edges_are_those_of_the_engine_numpy(python, name):
    found = []
    for engine in ("numpy", "numba"):
        f = autograd.compile(ROWS[name], engine=engine)
        x = Tensor(EDGES)
        y = f(x)
        y.sum().backward()
        found.append((y.data, x.grad))
    np.testing.assert_array_equal(found[1][0], found[0][0])
    np.testing.assert_array_equal(found[1][1], found[0][1])


@pytest.mark.needs_engines("numba")
@pytest.mark.long
def test_compiled_values_and_gradients_at_the_edges_are_those_of_the_engine_numpy():
    found = []
    for engine in ("numpy", "numba"):
        f = autograd.compile(lambda x: [row(x) for row in ROWS.values()], engine=engine)
        x = Tensor(np.tile(EDGES, 7))  # so many that several are computed by one instruction
        y = f(x)
        y.sum().backward()
        found += [y.data, x.grad]
    np.testing.assert_allclose(found[2], found[0], rtol=1e-15)
    np.testing.assert_allclose(found[3], found[1], rtol=1e-15)


GRIDS = {  # arguments: those of moderate size, and powers of ten
    "exp": (np.linspace(-745, 709.7, 400), np.logspace(-18, 2, 100)),
    "expm1": (np.linspace(-45, 700, 400), -np.logspace(-18, 1, 100), np.linspace(-1, 1, 200)),
    "log": (np.logspace(-320, 308, 400), np.linspace(0.5, 2, 200)),
    "log1p": (np.logspace(-15, 0, 100) - 1, np.logspace(-18, 20, 200), np.linspace(-0.9, 1.5, 200)),
    "tanh": (np.linspace(-25, 25, 200), np.linspace(-1, 1, 200), np.logspace(-18, 0, 100)),
    "erf": (np.linspace(-7, 7, 400), -np.logspace(-18, 0, 100)),
}


@pytest.mark.parametrize("name", GRIDS)
def test_elementary_functions_are_within_two_units_of_the_last_place(name):
    ours, theirs = getattr(elementary, name), getattr(math, name)  # of the C library, which are within one
    for x in np.concatenate(GRIDS[name]).tolist():
        assert abs(ours(x) - theirs(x)) <= 2 * math.ulp(theirs(x)), x
    with np.errstate(all="ignore"):
        for x in (*EDGES, -1e-320, 1e-320, 709.8, 710.0, -745.2, -800.0):
            expected = math.erf(x) if name == "erf" else getattr(np, name)(x)
            assert ours(np.float64(x)) == pytest.approx(expected, rel=1e-15, abs=0, nan_ok=True), x
            assert np.isnan(expected) or np.signbit(ours(np.float64(x))) == np.signbit(expected), x


def test_what_completes_rows_of_different_lengths_has_no_share(python):
    found = []
    for engine in ("numpy", "numba"):
        x = [Value(-math.inf) for _ in range(3)] + [Value(0.5), Value(1.0)]
        f = autograd.compile(lambda x=x: [autograd.logsumexp(x[:n]) for n in (2, 3, 4, 5)], engine=engine)
        *_, last = results = f()
        last.backward()
        found.append(([y.data for y in results], [each.grad for each in x]))
    assert found[0][0][:2] == [-math.inf] * 2
    assert found[0] == found[1]


@pytest.mark.parametrize("samples", [1, 2, 63, 64, 65, 200])
def test_batches_have_any_length_and_seeds_are_any(python, samples):
    draw = np.random.default_rng(3)
    w = [[Value(x) for x in row] for row in draw.normal(size=(12, 3))]

    def f(x):
        h = [autograd.tanh(autograd.dot(row, list(x))) for row in w]
        return [sum(h) * x[0], autograd.norm(h), autograd.maximum(h[0], h[1])]

    points, seeds = draw.normal(size=(samples, 3)), draw.normal(size=(samples, 3))
    found = []
    for engine in ("numpy", "numba"):
        x = Tensor(points)
        (autograd.compile(f, engine=engine)(x) * seeds).sum().backward()
        found.append(np.concatenate([x.grad.ravel(), [p.grad for row in w for p in row]]))
        for row in w:
            for p in row:
                p.grad = None
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12, atol=1e-14)


def test_as_many_numbers_as_samples_are_not_one_for_each_sample(python):
    """The products of 30 parameters, gathered from uneven places, are the same for all samples."""
    factors = np.random.default_rng(5).normal(size=(2, 37))
    points, found = np.linspace(0.5, 1.5, 30), []
    for engine in ("numpy", "numba"):
        u, v = ([Value(x) for x in row] for row in factors)
        products = lambda x, u=u, v=v: [u[k * k % 37] * v[k] * x for k in range(30)]
        y = autograd.compile(products, engine=engine)(points)
        (y * np.cos(np.arange(30.0))).sum().backward()
        found.append([y.data, np.array([p.grad or 0.0 for p in (*u, *v)])])
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13, atol=1e-13)


def test_large_batches_take_both_passes_block_by_block(python, monkeypatch):
    monkeypatch.setattr("autograd.compiler.running.blocks.FUSED", 8)
    w = Value(0.5)
    f = autograd.compile(lambda x: autograd.exp(w * x), engine="numba")
    points = np.linspace(0.0, 1.0, 20)
    for scale in (1.0, 0.25, 3.0):  # of seeds: one that is multiplied in, and one that could overflow
        for _ in range(2):
            w.grad = None
            (f(points) * scale).sum().backward()
            assert w.grad == pytest.approx(scale * np.sum(points * np.exp(0.5 * points)), rel=1e-14)


def test_explain_says_which_operations_are_fused(python):
    w = [[Value(0.1 * (i - j)) for j in range(6)] for i in range(3)]
    f = autograd.compile(lambda x: sum(autograd.dot(row, list(x)).tanh() for row in w), engine="numba")
    f(np.ones((4, 6)))
    told = str(f.explain())
    assert "compiled by numba" in told
    assert "fused into loops" in told
    assert "multiplied by the BLAS" in told
    g = autograd.compile(lambda x: (w[0][0] * x).exp(), engine="numba")
    g(np.ones(4))
    assert "left to numpy" not in str(g.explain())


def test_other_engines_are_refused_with_the_names_there_are():
    with pytest.raises(InputValueError, match="no engine 'cuda'; the engines are numpy and numba"):
        autograd.compile(abs, engine="cuda")


def test_numba_is_imported_when_its_engine_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", sys)
    assert modules.compiler() is sys


def test_without_numba_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match="pip install numba"):
        autograd.compile(abs, engine="numba")


# --- Kept on disk -----------------------------------------------------------------------------------------------------


def test_a_file_that_was_tampered_with_is_written_anew_and_never_executed(python):
    f = lambda: autograd.compile(lambda x: x * x + 1, engine="numba")
    f()(np.arange(3.0))
    (file,) = python.glob("*.py")
    text = file.read_text()
    file.write_text("raise SystemExit")
    modules._entries.clear()
    assert f()(np.arange(3.0)).data.tolist() == [1.0, 2.0, 5.0]
    assert file.read_text() == text
    modules._entries.clear()
    stamp = file.stat().st_mtime_ns
    f()(np.arange(3.0))
    assert file.stat().st_mtime_ns == stamp


def test_compiled_code_that_cannot_be_read_is_compiled_again(python, monkeypatch):
    cut_off = "\n\ndef compiled(cache):\n    return lambda: (lambda f: 1 / 0) if cache else (lambda f: f)\n"
    monkeypatch.setattr(modules, "BEGIN", unjitted.BEGIN + cut_off)
    assert autograd.compile(lambda x: x * x, engine="numba")(np.arange(3.0)).data.tolist() == [0.0, 1.0, 4.0]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders are those of POSIX")
def test_a_folder_that_others_may_write_to_is_not_used(python):
    python.chmod(0o777)
    assert modules.folder() is None
    assert autograd.compile(lambda x: x * x, engine="numba")(np.arange(3.0)).data.tolist() == [0.0, 1.0, 4.0]
    assert not list(python.iterdir())


@pytest.mark.parametrize(
    ("platform", "variable", "name"),
    [
        ("linux", "XDG_CACHE_HOME", "stepgrad"),
        ("win32", "LOCALAPPDATA", "stepgrad"),
        ("darwin", "HOME", "Library/Caches/stepgrad"),
    ],
)
def test_the_folder_is_that_of_the_platform(monkeypatch, tmp_path, platform, variable, name):
    monkeypatch.delenv(modules.VARIABLE, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert modules.folder() == tmp_path / name


def test_a_folder_that_cannot_be_made_or_written_to_is_done_without(python, monkeypatch):
    (python / "file").write_text("")
    monkeypatch.setenv(modules.VARIABLE, str(python / "file" / "folder"))
    assert modules.folder() is None
    assert not modules._kept(python / "none" / "module.py", "text")


# --- Memory -----------------------------------------------------------------------------------------------------------


def test_arrays_of_other_kinds_have_no_block():
    memory, whole = Memory(), np.zeros((4, 4, 4))
    assert memory.block(np.zeros(3, dtype=np.float32)) is None
    assert memory.block(np.frombuffer(bytearray(8))) is None
    assert memory.block(np.zeros(40, dtype=np.uint8)[:16].view(float)) is None
    assert memory.block(whole[1:, ::2]) == memory.block(whole) == 0
    assert memory.block(whole.view(np.int64)) is None
    assert memory.access(whole, (4, 4, 4)).steps == (16, 4, 1)
    assert memory.access(np.arange(3), (3,)) is None
    assert memory.block(np.zeros(100, dtype=np.uint8)[:96].view(float)) is None
    assert memory.access(np.zeros(128, dtype=np.uint8)[1:17].view(float), (2,)) is None
