"""A compiled program as a module: it computes what the compiled function computes, and reads well."""

import ast
import re
import sys
from functools import reduce
from types import SimpleNamespace

import numpy as np
import pytest

import autograd
import nn
from autograd import InputTypeError, InputValueError, Tensor, Value, where
from autograd.compiler.recording.renewed import after_each_call, renewed
from autograd.core.context import inside_recording
from autograd.core.ops import TABLE
from autograd.core.table import row
from autograd.core.value import apply
from tests.support.programs.compiled import FAMILIES, at_kinks, generator, of_the_table
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.works import works
from tests.support.programs.written import differences, in_numpy, story

MANY = PROGRAMS // 5
LANGUAGES = ("numpy", "jax", "torch")


def layout(text):
    """Complaints about the layout of a module."""
    tree = ast.parse(text)
    yield from (f"long: {line}" for line in text.splitlines() if len(line) > 100)
    yield from (f"blank at the end: {line!r}" for line in text.splitlines() if line != line.rstrip())
    imported = [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    modules = {each.partition(".")[0] for each in imported}
    yield from (f"imports {name}" for name in modules - {"math", "numpy", "jax", "torch"})
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end with one line break"


def complaints(told):
    found = differences(told, *in_numpy(told))
    for language in LANGUAGES:
        found += [f"{language}, {each}" for each in layout(told.compiled.source(language))]
    return found


@pytest.mark.parametrize("those", [range(21), pytest.param(range(21, MANY), marks=pytest.mark.untraced)])
def test_random_programs_in_numpy_give_the_same_numbers_and_gradients(those):
    families = [*FAMILIES, at_kinks]
    for k in those:
        family = families[k % len(families)]
        case = family(generator(f"written {family.__name__}", k))
        told = story(case.function, case.arguments, **case.options)
        assert not complaints(told), f"{family.__name__} {k}\n{told.compiled.source()}"


def test_no_line_is_long_where_calls_stand_in_calls():
    case = of_the_table(generator("written of_the_table", 136))  # a norm of twelve numbers, three of them known
    told = story(case.function, case.arguments, **case.options)
    assert not complaints(told), told.compiled.source("torch")


@pytest.mark.untraced
@pytest.mark.parametrize(("function", "arguments"), [x[1:] for x in works()], ids=[x[0] for x in works()])
def test_the_works_of_the_benchmark_in_numpy(function, arguments):
    told = story(function, arguments)
    assert not complaints(told), told.compiled.source()


def values(*numbers, name="w"):
    return [Value(x, name=f"{name}[{k}]") for k, x in enumerate(numbers)]


def rows(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0.2, 1.4, shape)


NAN, INF = float("nan"), float("inf")
w, m = values(0.5, -1.5, 0.75, 2.0), [values(*row, name=f"m{k}") for k, row in enumerate(rows(3, 4).tolist())]
u, lone = Value(0.5, name="u"), Tensor(rows(2, 3, seed=5), name="table")
REDUCTIONS = {"max": autograd.max, "min": autograd.min, "prod": autograd.prod, "norm": autograd.norm,
              "logsumexp": autograd.logsumexp, "var": autograd.var, "std": autograd.std, "sum": autograd.sum,
              "softmax": autograd.softmax, "log_softmax": autograd.log_softmax,
              "norm 1": lambda xs: autograd.norm(xs, 1), "norm inf": lambda xs: autograd.norm(xs, INF),
              "cosine": lambda xs: autograd.cosine_similarity(xs[:2], xs[2:4])}  # fmt: skip
ELEMENTWISE = "sigmoid softplus silu gelu elu selu abs relu sign floor cbrt erf erfc asinh sinc log1p".split()


def chain(x):
    for k in range(12):
        x = autograd.tanh(w[k % 4] * x + 0.1)
    return x


def recurrence(x):
    h = x
    for _ in range(6):
        h = autograd.tanh(w[0] * h + w[1] * x)
    return h


def corner(x, i, j):
    return [x[i][j], x[i][j + 1], x[i + 1][j], x[i + 1][j + 1]]


def attention(x):
    keys = [[autograd.dot(row[:2], token) for row in m] for token in x]
    scores = [autograd.softmax([autograd.dot(q, k) for k in keys]) for q in keys]
    return [[autograd.dot(s, [key[j] for key in keys]) for j in range(3)] for s in scores]


PROGRAMS_OF_ALL_KINDS = {
    **{f"{name} of rows": (lambda x, f=f: f(list(x)), (Tensor(rows(3, 5)),)) for name, f in REDUCTIONS.items()},
    **{f"{name} of parameters": (lambda f=f: f(w), ()) for name, f in REDUCTIONS.items()},
    **{f"{name} of a matrix": (lambda f=f: [f(row) for row in m], ()) for name, f in REDUCTIONS.items()},
    "activations": (lambda x: [getattr(autograd, name)(x - 0.3) for name in ELEMENTWISE], (Tensor(rows(4)),)),
    "powers": (lambda x: [x**2, x**3, x**0.5, 2.0**x, x**w[0], x**0, round(x, 1)], (Tensor(rows(3)),)),
    "softmax of one number": (lambda x: [autograd.softmax([x[k]])[0] for k in (0, 2)], (Tensor(rows(3, 4)),)),
    "remainders": (lambda x: [x % 2.0, x // 0.5], (Tensor(rows(3)),)),
    "a chain": (chain, (Value(0.3),)),
    "two layers": (lambda x: [autograd.relu(autograd.dot(row, x)) for row in m], (Tensor(rows(5, 4)),)),
    "attention": (attention, (Tensor(rows(2, 3, 2)),)),
    "a shared matrix": (lambda: [[autograd.dot(a, b) for a in m] for b in m], ()),
    "windows": (lambda x: [autograd.dot(w[:2], list(x[k : k + 2])) for k in range(4)], (Tensor(rows(2, 5)),)),
    "elements at places": (lambda x: [w[k] * x[j] for k, j in ((0, 3), (1, 0), (2, 3))], (Tensor(rows(2, 4)),)),
    "many places": (lambda x: sum(x[k * 7 % 20] * x[k * 3 % 20] for k in range(18)), (Tensor(rows(2, 20)),)),
    "a leaf tensor": (lambda x: autograd.sum([t * x for row in lone.values() for t in row]), (rows(3),)),
    "a safe branch": (lambda x: where(x > 0, x * autograd.log(x), 0.0), (Tensor([0.0, 1.0, 2.0]),)),
    "a square root at 0": (lambda x: where(x > 0, autograd.sqrt(x), 0.0), (Tensor([0.0, 4.0]),)),
    "a comparison": (lambda x, y: (x < y) + 2 * where(x, y, w[0]), (rows(3), 0.5)),
    "no samples' own": (lambda x: w[0] * w[1], (rows(3),)),
    "no samples' own, and others": (lambda x: {"a": w[0] * w[1], "b": [[w[1]], [x]]}, (rows(3),)),
    "constants": (lambda x: autograd.dot([0.5, 1.5, -1.0, 2.5, 1.0], list(x)), (Tensor(rows(3, 5)),)),
    "products of constants": (lambda x: autograd.dot([2.0, 0.5, x], [3.0, *w[:2]]), (Tensor(rows(3)),)),
    "a chain with a product of constants": (lambda x: autograd.dot([0.0, 0.5, x], [-3.0, *w[:2]]), (Value(2.0),)),
    "one constant": (lambda x: autograd.dot([0.5] * 5, list(x)), (Tensor(rows(3, 5)),)),
    "a tuple and a text": (lambda x: (x, "text", None, True, 2, np.float64(0.5), [w[0], 1.0]), (Value(2.0),)),
    "a matrix of one": (lambda: [[w[0] * 2], [w[1] * 3]], ()),
    "arguments of all kinds": (
        lambda a, b, c, d, e: a[0] * b[1] + c["rate"] * d.scale + (w[0] if e == "first" else w[1]),
        (rows(2, 2), [0.5, Value(1.5)], {"rate": 2.0}, SimpleNamespace(scale=0.5), "first"),
    ),
    "values in an array": (lambda x: x.sum(), (np.array(values(1.0, 2.0), dtype=object),)),
    "values and a text in an array": (lambda x: x[0] * 2.0, (np.array([Value(1.5), "text"], dtype=object),)),
    "a quotient by 0": (lambda x: x / 0.0, (Tensor([1.0, 2.0]),)),
    "quotients and the larger of two": (lambda x: autograd.maximum(x / w[0], 1 / x), (Tensor(rows(3)),)),
    "the cosine of two vectors": (lambda x: autograd.cosine_similarity(list(x), w[:3]), (Tensor(rows(2, 3)),)),
    "the cosines of all pairs of rows": (
        lambda x: [autograd.cosine_similarity(row, other) for row in m for other in [*m, list(x)]],
        (Tensor(rows(2, 4)),),
    ),
    "a recurrence of dots": (recurrence, (Value(0.3),)),
    "an outer product": (lambda: [[a * b for b in w] for a in m[0]], ()),
    "a matrix times a vector": (lambda: [autograd.dot(row, w) for row in m], ()),
    "numbers of three kinds": (lambda x: autograd.max([*x, *w, 0.5, 1.5]), (Tensor(rows(3, 5)),)),
    "results in turn": (
        lambda x, y: [z for k in range(10) for z in (autograd.tanh(x[k]), autograd.exp(y[k]))],
        (Tensor(rows(2, 10)), rows(2, 10, seed=1)),
    ),
    "every other element": (lambda x: autograd.dot(w[:3], list(x[::2])), (Tensor(rows(2, 6)),)),
    "a result without parameters": (lambda x: (w[0] * x, [x, x]), (rows(3),)),
    "a result that is flat": (lambda x: [autograd.floor(w[0] * x), w[1] * x], (Tensor(rows(3)),)),
    "a power that passes nothing on": (lambda x: (u * x) ** 0.0 + (w[0] * x) ** 0.0 + w[1] * x, (Tensor(rows(3)),)),
    "columns that repeat": (
        lambda x: [[row[j] * y for j, y in zip((0, 0, 2, 2), x, strict=True)] for row in m],
        ([0.5, 1.5, 2.5, Value(3.5)],),
    ),
    "windows of an image": (lambda x: [autograd.dot(w, corner(x, i, j)) for i in range(3) for j in range(3)],
                            (Tensor(rows(2, 4, 4)),)),
    "a whole and a part": (lambda x: [*(autograd.tanh(y) for y in x), x[0] * 3.0], (Tensor(rows(2, 4)),)),
    "elements that repeat": (lambda x: [w[k] * x[1][j] for k, j in enumerate((0, 0, 2, 2))], (Tensor(rows(2, 2, 3)),)),
    "rows that repeat, without their first elements": (
        lambda x: [autograd.dot([x[i][j] for i in (0, 0, 2)], m[j][:3]) for j in (1, 2)],
        (Tensor(rows(2, 3, 3)),),
    ),
    "what passes no gradient on": (
        lambda x: [autograd.floor(w[0] * w[1]) * x[1], autograd.floor(w[2] * x[0]) + x[1], round(w[0] * x[0]) * w[1]],
        (Tensor(rows(2, 2)),),
    ),
    "keys that are no names": (lambda x: x["2"] * w[0], ({"2": 3.0},)),
    "nested lists": (lambda x: x[0][1] * x[1][0] + x[2], ([[1.0, 2.0], [3.0, 4.0], 0.5],)),
    "names of Python": (lambda lambda_, B, np, W, w_: lambda_ * B * np + W[0] * w_, (2.0, 3.0, 4.0, [0.5], 1.5)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS_OF_ALL_KINDS)
def test_programs_of_all_kinds_give_the_same_numbers_and_gradients(name):
    told = story(*PROGRAMS_OF_ALL_KINDS[name])
    assert not complaints(told), told.compiled.source()


AT_EDGES = {
    "a nan among shares": (lambda x: [autograd.softmax(list(x))[0], autograd.log_softmax(list(x))[1]], [0.5, NAN, 1.0]),
    "infinities among shares": (lambda x: [autograd.logsumexp(list(x)), *autograd.softmax(list(x))], [INF, 2.0, INF]),
    "a length whose square overflows": (lambda x: autograd.norm(list(x)), [3e200, 0.0, 4e200]),
    "equal numbers with a rounded mean": (lambda x: [autograd.std(list(x)), autograd.var(list(x))], [0.1, 0.1, 0.1]),
    "an infinite spread": (lambda x: [autograd.std(list(x)), autograd.var(list(x))], [0.5, INF, 1.5]),
    "the cosine of a vector of length 0": (lambda x: autograd.cosine_similarity(list(x), [0.5, 1.0]), [0.0, 0.0]),
    "the cosine of vectors whose squares overflow": (
        lambda x: autograd.cosine_similarity(list(x), [3e200, 1e200]),
        [1e200, -2e200],
    ),
    "an infinite exponent": (lambda x: [x[0] ** INF, x[1] ** NAN, x[2] ** -INF], [0.5, 2.0, 3.0]),
    "a slope of 1": (lambda x: [autograd.leaky_relu(y, 1.0) for y in x], [NAN, -1.0, 1.0]),
    "steps at infinity": (lambda x: [y // 2.0 for y in x], [INF, NAN, 5.0]),
}


@pytest.mark.parametrize("name", AT_EDGES)
def test_the_edges_of_functions_are_those_of_the_compiled_function(name):
    function, row = AT_EDGES[name]
    told = story(function, (Tensor([row, row]),))
    assert not complaints(told), told.compiled.source()


def test_a_network_reads_as_its_matrices():
    mlp = nn.MLP(2, [3, 1], "tanh", init=nn.init.zeros)
    hinge = autograd.compile(lambda x, y: autograd.relu(1 - y * mlp(list(x))))
    hinge.__wrapped__.__name__ = hinge._name = "hinge"
    hinge(rows(5, 2), rows(5))
    body = hinge.source("jax").partition("def hinge(params, x, y):")[2]
    assert re.findall(r"    (v\d+ = .*)", body) == [
        "v1 = W1 @ x  # [3, B]",
        "v2 = v1 + b1[:, None]  # [3, B]",
        "v3 = jnp.tanh(v2)  # [3, B]",
        "v4 = w2 @ v3  # [B]",
        "v5 = v4 + b2  # [B]",
        "v6 = y * v5  # [B]",
        "v7 = 1.0 - v6  # [B]",
        "v8 = relu(v7)  # [B]",
    ]
    assert "d_W1 = d_v1 @ x.T  # [3, 2]" in hinge.source()


def test_seeds_have_the_form_of_the_value():
    f = autograd.compile(lambda x: (x * w[0], [x * x, 3 * x]))
    f(Tensor([1.0, 2.0]))
    space = {}
    exec(f.source(), space)
    function, parameters = space["function_with_gradients"], f.to("numpy")[1]
    seeds = np.array([10.0, 1.0]), np.array([[0.0, 1.0]] * 2)
    (first, second), gradients = function(parameters, [1.0, 2.0], seeds)
    assert first.tolist() == [0.5, 1.0]
    assert second.tolist() == [[1.0, 3.0], [4.0, 6.0]]
    assert gradients["w[0]"] == 10 * 1 + 1 * 2
    assert gradients["x"].tolist() == [5.0 + 3.0, 0.5 + 3.0]


def test_the_docstring_says_for_what_a_program_was_recorded():
    def f(x, n, mode):
        return sum(x * k for k in range(n)) if x > 0 else -x

    compiled = autograd.compile(f)
    compiled(Value(2.0), 3, "train")
    said = " ".join(compiled.source().split())
    assert "Recorded for n = 3; mode = 'train'; the branch in which x > 0 is True." in said
    function, parameters = compiled.to("numpy", Value(-2.0), 3, "train")
    assert function(parameters, -2.0, 3, "train") == 2.0


def test_arrays_among_the_results_are_written_as_lists():
    function, parameters = autograd.compile(lambda x: (x, np.arange(2.0))).to("numpy", 3.0)
    assert function(parameters, 3.0) == (3.0, [0.0, 1.0])


def test_a_module_reads_parameters_as_they_are_at_each_call():
    v = Value(2.0, name="v")
    f = autograd.compile(lambda x: v * x)
    function, parameters = f.to("numpy", 3.0)
    v.data = 5.0
    assert function(parameters, 3.0) == 6.0
    assert f.to("numpy")[1] == {"v": 5.0}


def test_a_method_is_written_without_its_object():
    class Model:
        def __init__(self):
            self.v = Value(2.0, name="v")

        @autograd.compile
        def scaled(self, x):
            return self.v * x

    function, parameters = Model().scaled.to("numpy", np.array([1.0, 2.0]))
    assert function(parameters, np.array([1.0, 3.0])).tolist() == [2.0, 6.0]


def test_what_happens_after_a_call_is_said():
    def f(x):
        if inside_recording():
            after_each_call(lambda numbers: None, np.array([x], dtype=object))
        return x * x

    compiled = autograd.compile(f)
    compiled(2.0)
    assert "After each call f also updates numbers" in compiled.source()


@pytest.mark.parametrize(("engine", "module"), [("jax", "jax"), ("torch", "torch")])
def test_a_missing_engine_is_named(monkeypatch, engine, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=f"needs .*: pip install {engine}"):
        autograd.compile(lambda x: x * x).to(engine, 2.0)


@pytest.mark.parametrize(("engine", "module", "make"), [("jax", "jax.numpy", "asarray"), ("torch", "torch", "tensor")])
def test_parameters_are_arrays_of_the_engine(monkeypatch, engine, module, make):
    """Of a stand-in for it, since the engine need not be installed here."""
    found = SimpleNamespace(**{make: lambda x: ("made", float(x))})
    monkeypatch.setitem(sys.modules, module, found)
    if engine == "jax":
        monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(numpy=found))
    _, parameters = autograd.compile(lambda x: x * w[0]).to(engine, 2.0)
    assert parameters == {"w[0]": ("made", 0.5)}


def test_operations_of_the_user_are_written_by_their_rules():
    value = lambda m, x: x * m.less(0, x) + x**2 + 2**x + x % 2 + 7 % x + 7 // x
    slope = lambda m, x, y: (m.less(0, x) + 2 * x + 2**x * np.log(2) + 1 - 7 // x,)
    op = row("mixture_of_the_test", value, slope)
    try:
        told = story(lambda x: apply(op, x), (Tensor([0.6, 1.7]),))
        assert not complaints(told), told.compiled.source()
    finally:
        TABLE.pop("mixture_of_the_test")


def opaque(x):
    name = "opaque_of_the_test"
    op = TABLE.get(name) or row(name, lambda m, x: x if m.less(0, x) else -x, lambda m, x, y: (1,))
    return reduce(lambda y, _: apply(op, y), range(5), x)  # narrow, so that the rule runs on numbers


def foreign(x):
    name = "foreign_of_the_test"
    op = TABLE.get(name) or row(name, lambda m, x: np.fmod(x, 1.5), lambda m, x, y: (1,))
    return reduce(lambda y, _: apply(op, y), range(5), x)


def whole(x):
    name = "whole_of_the_test"
    op = TABLE.get(name) or row(name, lambda m, x: x * int(x), lambda m, x, y: (1,))
    return reduce(lambda y, _: apply(op, y), range(5), x)


def drawn(x):
    return x * renewed(lambda _: np.ones(1), np.ones(1), "noise")[0] if inside_recording() else x


@pytest.mark.parametrize(
    ("f", "arguments", "error", "sentence"),
    [
        (drawn, (2.0,), InputValueError, "reads numbers that are not among its arguments"),
        (opaque, (2.0,), InputValueError, "the rule of opaque_of_the_test decides by the numbers"),
        (whole, (2.0,), InputValueError, "the rule of whole_of_the_test decides by the numbers"),
        (foreign, (2.0,), InputValueError, "the rule of foreign_of_the_test does not run on names"),
        (lambda x: x[(1, 2)] * w[0], ({(1, 2): 3.0},), InputValueError, "a key of x is"),
        (lambda x: (x * w[0], 1j), (2.0,), InputTypeError, "cannot be written as text"),
    ],
)
def test_what_cannot_be_written_is_refused(f, arguments, error, sentence):
    compiled = autograd.compile(f)
    try:
        compiled(*arguments)
        with pytest.raises(error, match=re.escape(sentence)):
            compiled.source()
    finally:
        for name in ("opaque_of_the_test", "whole_of_the_test", "foreign_of_the_test"):
            TABLE.pop(name, None)


def test_a_language_that_is_not_known_and_a_function_that_was_not_called():
    f = autograd.compile(lambda x: x * w[0])
    with pytest.raises(InputValueError, match='in "numpy", "jax" or "torch", not in \'fortran\''):
        f.source("fortran")
    with pytest.raises(InputValueError, match="has not been called"):
        f.source()
