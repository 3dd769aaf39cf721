"""A compiled function of tensors equals the function itself, in values and in gradients."""

import math
import re
import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import CompileWarning, Tensor, Value, no_grad
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import apply
from autograd.compiler.emitting.cells import cells
from autograd.compiler.emitting.emitter import Emitter
from autograd.compiler.tensors.source import SHARING
from autograd.core.several import TABLE
from autograd.core.tape import Node
from nn import losses
from tests.support.programs.arrays import random_program
from tests.support.programs.tensors import of_arrays, of_elements

GIVES_VALUE = ("entry",)


def leaves_in(nest):
    if isinstance(nest, dict):
        return leaves_in([*nest.values()])
    return [nest] if not isinstance(nest, (list, tuple)) else [leaf for each in nest for leaf in leaves_in(each)]


def numbers_of(x):
    return np.asarray(x.data if isinstance(x, Node) else x)


def after(function, parameters, args):
    """The numbers of the results of a call, and the gradients of a backward pass from all of them, made twice."""
    results = [x for x in leaves_in(function(*args)) if not isinstance(x, str)]
    roots = [x for x in results if isinstance(x, Node)]
    total = None
    for k, x in enumerate(roots):
        term = (x * np.cos(np.arange(k, k + x.size)).reshape(x.shape)).sum() if isinstance(x, Tensor) else x * (0.5 + k)
        total = term if total is None else total + term
    leaves, gradients = [p for p in (*parameters, *args) if isinstance(p, Node)], []
    for _ in range(2):
        for p in leaves:
            p.grad = None
        total.backward()
        gradients.append([None if p.grad is None else np.array(p.grad) for p in leaves])
    same(*gradients)
    return [numbers_of(x) for x in results], gradients[0]


def same(found, expected, tolerance=1e-13):
    for x, y in zip(found, expected, strict=True):
        if y is None:
            assert x is None
            continue
        assert np.shape(x) == np.shape(y)
        assert x.dtype == y.dtype
        largest = np.max(np.abs(y), initial=1.0, where=np.isfinite(y))
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance * largest)


def equal(function, parameters, *calls, ran=True):
    """Compare a compiled function with itself, uncompiled: at all of these arguments, with parameters that move."""
    compiled = autograd.compile(function, batch=None)
    for args in calls:
        expected, found = after(function, parameters, args), after(compiled, parameters, args)
        same(found[0], expected[0])
        same(found[1], expected[1])
        for p in parameters:
            p.data = p.data * 1.25
    assert compiled._tensors is not None
    assert len(compiled._tensors._known) == 1
    if ran:
        (programs,) = compiled._tensors._known.values()
        assert len(programs) == 1
    return compiled


# --- The table of operations ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(ARRAY_TABLE))
def test_every_operation_on_arrays(name):
    equal(*of_arrays(name), (Tensor(1.0),), (Tensor(0.75),))


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize("kind", [Tensor, Value])
def test_every_operation_of_the_table(name, kind):
    equal(*of_elements(name, kind), (Tensor(1.0),), (Tensor(0.9375),))


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed):
    program = random_program(f"compiled {seed}")
    second = [x * 0.75 + 0.1 for x in program.arrays]
    equal(lambda *args: program(*args), [], [*map(Tensor, program.arrays)], [*map(Tensor, second)])


# --- Functions as people write them -----------------------------------------------------------------------------------

rng = np.random.default_rng(3)
W, B, S = Tensor(rng.normal(size=(3, 4)), name="W"), Tensor(rng.normal(size=3), name="b"), Value(2.0, name="s")
X, LABELS = rng.normal(size=(5, 4)), np.array([0, 1, 2, 1, 2])
LAYER, INNER = nn.Linear(4, 2), autograd.compile(lambda x: S * x)
LOGITS = losses.binary_cross_entropy_with_logits
PAIRS, PLACES = np.array([[0, 1], [1, 5]]), np.array([[0, 1], [1, 2]])
OTHER = LABELS[[3, 0, 4, 2, 0]]


def without_mean(x):
    with no_grad():
        m = (x @ W.T).mean()
    return ((x @ W.T) - m).tanh().sum()


FUNCTIONS = [  # a function, the arguments of calls, and the number of programs that they take
    # arguments: arrays and tensors, in containers, by keyword, of other shapes and precisions
    (lambda x: (x @ W.T + B).tanh().mean(), [(X,), (-X,), (X[:2],), (X.astype(np.float32),)], 3),
    (lambda x: (x @ W.T + B).relu() * 2.0, [(Tensor(X),), (Tensor(-X),)], 1),
    (lambda xs: (xs["a"] @ W.T + xs["b"] @ W.T).sum(), [({"a": X, "b": -X},), ({"a": 2 * X, "b": X},)], 1),
    (lambda x, t: (x @ W.T * t).clip(-t, 2.0).sum(), [(X, 0.5), (X, 0.75)], 1),
    (lambda x, n: sum([(x @ W.T * k).sum() for k in range(n)], start=W.sum()), [(X, 2), (X, 3), (-X, 2)], 2),
    (lambda x, z: (x @ W.T).sum() + (z @ W.T).sum(), [(X, X[:2]), (X[:2], X)], 2),
    (lambda x: sum((row @ W.T).sum() for row in x), [(X,), (-X,)], 1),
    (lambda: (W * W).sum(), [(), ()], 1),
    (lambda x=X: (x @ W.T).sum(), [(), ()], 1),
    (lambda x: (x @ W.T).sum() * W.astype(np.float32).mean(), [(X,), (-X,)], 1),
    (lambda x: B.sum() if x is None else W, [(None,)], 1),
    # values beside tensors
    (lambda: W.sum() * (Value(0.0) * S + 0.0 * S).sqrt(), [(), ()], 1),
    (lambda x: (x @ W.T * S + B).sum() * S, [(X,), (2 * X,)], 1),
    (lambda x: W.values()[0][1] * (W * x[0]).sum().exp(), [(X,), (-X,)], 1),
    (lambda x, v: (x @ W.T).sum() * v if S > 1 else S * v, [(X, Value(0.5)), (X, Value(1.5))], 1),
    # several results, and results that are inputs
    (lambda x: ((x @ W.T) ** 3).sum() + (abs(W) ** 1.5).sum(), [(X,), (-X,)], 1),
    (lambda x: (W.sum() * Tensor([3.0]).item(), nn.Linear.forward(LAYER, x)), [(X.reshape(1, 5, 4),)], 1),
    (lambda x: {"a": (x @ W.T).sum(), "b": [x @ W.T + B, S * S, "text"]}, [(X,), (-X,)], 1),
    (lambda x: ((x @ W.T).sum(), W, x, 3), [(X,), (-X,)], 1),
    (lambda x: ((W * 2.0).astype(np.float32).sum(), x @ W.T), [(X,), (-X,)], 1),
    # branches
    (lambda x: (x @ W.T).sum() if (x @ W.T).sum() > 0 else (W * W).sum(), [(X,), (-X,), (X,)], 2),
    (lambda x: W.sum() if (x @ W.T).sum().relu() else (W * W).sum(), [(X,), (-X,)], 2),
    # whole numbers: classes, indices, and what is computed from them
    (lambda x, y: losses.cross_entropy(x @ W.T + B, y), [(X, LABELS), (-X, OTHER)], 1),
    (lambda x, y: losses.cross_entropy(x @ W.T + B, y, reduction="none"), [(X, LABELS), (-X, OTHER)], 1),
    (lambda x, y: (x @ W.T)[np.arange(5), y].mean(), [(X, LABELS), (X, OTHER)], 1),
    (lambda x, y: (np.eye(3)[y] * (x @ W.T)).sum(), [(X, LABELS), (X, OTHER), (-X, LABELS)], 2),
    (lambda x, y: (x.sum() * W.sum(), ((x @ W.T).argmax(axis=1) == y).mean()), [(X, LABELS), (X, OTHER)], 1),
    (lambda y: W[y.T, 0].sum() * y[0, 1].item() + sum(W[k].sum() for k in y), [(PLACES,), (PLACES[::-1],)], 2),
    (lambda y: (W[0] * y).sum() + (W * y.mean()).sum(), [(np.arange(4),), (np.arange(4) * 2,)], 1),
    (lambda y: autograd.embedding(W, y).tanh().sum(), [(LABELS,), (OTHER,)], 1),
    (lambda y: (W[y[:, 0]] * W[y[:, 1] % 3]).sum() * len(y), [(PAIRS,), (PAIRS[::-1] + 1,)], 1),
    (lambda y: autograd.take(W, y, axis=0).sum() + W.sort(axis=1)[0, 0], [(LABELS,), (OTHER,)], 1),
    # choices by truth values
    (lambda x: autograd.where(x @ W.T > 0, x @ W.T, 0.1 * B).sum(), [(X,), (-X,)], 1),
    (lambda x: np.where(x @ W.T <= B, x @ W.T, 0.1 * B).sum(), [(X,), (-X,)], 1),
    (lambda x: ((x @ W.T > 0) * (x @ W.T)).sum() + (~(x > 0)).sum() * W.sum(), [(X,), (-X,)], 1),
    (lambda x: autograd.where(np.isnan(x @ W.T), 0.0, x @ W.T).sum(), [(X,), (X / 0.25,)], 1),
    # what passes no gradient on
    (lambda x: ((x @ W.T).detach() * W.sum()).sum(), [(X,), (2 * X,)], 1),
    (without_mean, [(X,), (2 * X,)], 1),
    (lambda x: Tensor([1.0, 2.0, 3.0]) * B + x[0, :3], [(X,), (2 * X,)], 1),
    # losses
    (lambda x, t: LOGITS((x @ W.T)[:, 0], t), [(X, LABELS > 1), (-X, OTHER > 1)], 1),
    (lambda x, t: LOGITS((x @ W.T)[:, 0], t), [(X, LABELS / 2), (-X, OTHER / 2)], 1),
    (lambda x, t: losses.mse(x @ W.T, t), [(X, np.ones((5, 3))), (-X, np.zeros((5, 3)))], 1),
]


@pytest.mark.parametrize(("function", "calls", "programs"), FUNCTIONS)
def test_functions_of_tensors(function, calls, programs):
    compiled = autograd.compile(function)
    for args in calls:
        expected, found = after(function, [W, B, S], args), after(compiled, [W, B, S], args)
        same(found[0], expected[0])
        same(found[1], expected[1])
    assert sum(map(len, compiled._tensors._known.values())) == programs
    for parameter in (W, B, S):
        parameter.data = parameter.data * 1.03125


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda x: (x @ W.T).sum() * W.sum().item(), "reads the numbers of a tensor or value at .*test_tensors.py"),
        (lambda x: (x @ W.T).sum() * float(W.numpy().max()), "reads the numbers of a tensor or value"),
        (lambda x: (x @ W.T)[x @ W.T > 0].sum(), "reads numbers that it has computed from tensors"),
        (lambda x: (x @ W.T).sum() * written(), "changes WRITTEN"),
        (lambda x: (x @ W.T * seeded.random(3)).sum() * 0.0, "draws random numbers, from the generator seeded"),
        (lambda x: ((W * W).sum().backward(), (x @ W.T).sum() + 0.0 * W.sum())[1], "makes a backward pass"),
        (lambda x: (x @ W.T).sum() * counted(x), "changes STATE\\['count'\\]"),
        (lambda x: (W * np.add(x > 0, 1, out=np.empty((5, 4))).sum()).sum(), "writes into an array|fails on"),
        (lambda x: (W * np.divmod(x > 0, 2)[0].sum()).sum(), "calls numpy's divmod|fails on"),
        (lambda x: (x @ W.T).sum() * INNER(2.0), "calls <lambda>, which runs as a whole"),
        (lambda x: (W * x.tolist()[0]).sum(), "reads the numbers of a tensor or value"),
        (lambda x: (x @ W.T).sum() * x.byteswap().size, "fails on the tensors that stand for its .*AttributeError"),
    ],
)
def test_what_is_not_covered_runs_as_it_is(function, why):
    compiled = autograd.compile(function)
    with pytest.warns(CompileWarning, match=f"is not compiled, and runs as it is: it ({why})"):
        compiled(X)
    for x in (X, -X):
        expected, found = after(function, [W], [x]), after(compiled, [W], [x])
        same(found[0], expected[0])


def test_the_call_that_is_refused_leaves_no_trace():
    layer, state, draw = nn.BatchNorm1d(3, momentum=0.5), {"calls": 0}, np.random.default_rng(4)

    def noisy(x):
        state["calls"] += 1
        return (layer(x @ W.T) * draw.random(3)).sum()

    means = []
    for f in (noisy, autograd.compile(noisy), autograd.compile(noisy, batch=None)):
        draw.bit_generator.state = np.random.default_rng(4).bit_generator.state
        layer.running_mean, layer.running_var = np.zeros(3), np.ones(3)
        state["calls"] = 0
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CompileWarning)
            y = f(X)
        layer.eval()
        y = y + autograd.compile(lambda x: layer(x @ W.T).sum(), batch=None)(X)
        layer.train()
        means.append([y.item(), *layer.running_mean, *layer.running_var, state["calls"]])
    assert means[0] == means[1] == means[2]


def test_arguments_that_do_not_become_tensors():
    f = autograd.compile(lambda x: (x * B).sum())
    with pytest.warns(CompileWarning, match="runs as it is: it is given x, an array of float16"):
        assert f(np.float16([1, 2, 3])).item() == pytest.approx((np.array([1.0, 2.0, 3.0]) * B.data).sum())
    values = np.array([Value(1.0), Value(2.0), Value(3.0)])
    with pytest.raises(autograd.InputTypeError, match="arithmetic with a tensor takes real numbers, not object"):
        f(values)
    with pytest.raises(autograd.InputValueError, match="has not run as a program"):
        print(autograd.compile(lambda x: x, batch=None).program)
    assert autograd.compile(lambda x: (x + 1, 2 * x), batch=None)(np.ones(2))[1].tolist() == [2.0, 2.0]


def test_names_in_a_listing_are_of_one_array_each():
    u, v = Tensor([1.0], name="u"), Tensor([2.0], name="u")
    f = autograd.compile(lambda u: (u * v).sum())
    f(u)
    assert [line.label for line in f.program][:3] == ["u", "u2", "%1"]


def written():
    WRITTEN[0] += 1.0
    return 2.0


WRITTEN = np.zeros(2)


def counted(x):
    STATE["count"] += 1
    return len(x)


STATE = {"count": 0}
seeded = np.random.default_rng(1)


# --- Records, modes, and surroundings ---------------------------------------------------------------------------------


def test_a_record_keeps_the_numbers_of_its_time():
    w, x = Tensor([1.0, -2.0]), np.array([3.0, 4.0])
    f = autograd.compile(lambda x: ((w * x) ** 2 * w).sum())
    first = f(x)
    x[:] = 0.0
    w.data = np.zeros(2)
    f(x).backward()
    assert w.grad.tolist() == [0.0, 0.0]
    w.grad = None
    for _ in range(2):  # again, on the same record
        first.backward()
    assert w.grad.tolist() == [2 * 3 * 9.0, 2 * 3 * 4 * 16.0]
    (call,) = autograd.program(first).computed
    assert len(first._y) == 2
    assert [np.asarray(each).tolist() for each in call.numbers[:2]] == [[1.0, -2.0], [3.0, 4.0]]


def test_records_that_live_have_buffers_of_their_own():
    w = Tensor(np.full((2, 2), 0.5))
    f = autograd.compile(lambda x: ((x @ w).tanh() @ w).sum())
    inputs = [np.full((2, 2), float(k)) for k in range(5)]
    gradients = []
    for g in (f, f.__wrapped__):
        for results in ([g(x) for x in inputs], [g(x) for x in inputs[:2]]):
            for y in reversed(results):
                w.grad = None
                y.backward()
                gradients.append(w.grad.tolist())
    assert gradients[:7] == gradients[7:]


@pytest.mark.parametrize("name", ["dot", "mul", "hypot", "xlogy", "where", "matmul", "norm_over", "softmax_over"])
def test_a_backward_pass_leaves_what_it_reads_as_it_is(name):
    """The local derivatives of a product are its factors: parameters, that is, and what the record keeps."""
    over = {"matmul": [(2, 2), (2, 2)], "norm_over": [(2, 2)], "softmax_over": [(2, 2)]}
    op = TABLE.get(name) or ARRAY_TABLE[name]
    shapes = over.get(name) or [(3,)] * (op.arity or 5)
    parameters = [
        Tensor(np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape) / (k + 2)) for k, shape in enumerate(shapes)
    ]
    more = {"norm_over": [(1,), False], "softmax_over": [(1,)]}.get(name, [])
    numbers = [p.numpy().copy() for p in parameters]
    f = autograd.compile(lambda: (apply(op, *parameters, *more) * 2.0).sum(), batch=None)
    loss, gradients = f(), []
    for _ in range(2):
        for p in parameters:
            p.grad = None
        loss.backward()
        gradients.append([np.zeros(3) if p.grad is None else p.grad.tolist() for p in parameters])
    assert np.array_equal(gradients[0], gradients[1])
    assert all(np.array_equal(x, p.numpy()) for x, p in zip(numbers, parameters, strict=True))


@pytest.mark.parametrize(
    ("x", "y"), [((2, 3, 4), (4, 2)), ((2, 3, 4), (2, 4, 2)), ((3, 4), (2, 4, 2)), ((0, 3, 4), (4, 2))]
)
def test_a_product_of_several_matrices_has_the_gradients_of_the_eager_engine(x, y):
    draw = np.random.default_rng(7)
    parameters = [Tensor(draw.normal(size=shape)) for shape in (x, y)]
    found = []
    for loss in (
        f := autograd.compile(lambda: ((parameters[0] @ parameters[1]) ** 2).sum(), batch=None),
        f.__wrapped__,
    ):
        for p in parameters:
            p.grad = None
        loss().backward()
        found.append([p.grad for p in parameters])
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-13)


@pytest.mark.parametrize("order", ["F", "C"])
def test_a_program_holds_for_parameters_that_lie_in_memory_in_another_way(order):
    """Reshaped, the rows of a matrix are a view, and its columns a copy."""
    numbers, weights = np.arange(6.0).reshape(2, 3), np.arange(6.0)
    w = Tensor(numbers)

    def f(x):
        flat = (exps := w.detach().exp()).reshape(6)
        mask = (signs := np.sign(x - 1.0)).ravel()
        doubled, changed = exps * 2.0, signs + 1.0
        return (flat * weights).sum() + (doubled * doubled).sum() + (mask * weights).sum() * (changed * w).sum()

    compiled = autograd.compile(f, batch=None)
    for each in (order, "C", "F"):
        w.data = np.array(numbers, order=each)
        x = Tensor(numbers.T).T if each == "F" else Tensor(numbers)
        assert compiled(x).item() == pytest.approx(f(x).item(), rel=1e-13)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_share_of_an_infinite_score_is_1(reduction):
    """The loss of the other classes is infinite, and its gradient is not."""
    for w in (Tensor([[np.inf, 0.0, 1.0], [0.5, 2.0, 1.0]]), Tensor([[-np.inf, 0.0, 1.0], [0.5, 2.0, np.inf]])):
        for labels in ([1, 2], [0, 0]):
            f = lambda y: losses.cross_entropy(w * 2.0, y, reduction=reduction)  # noqa: B023
            expected, found = (after(g, [w], [np.array(labels)]) for g in (f, autograd.compile(f)))
            same(found[0], expected[0])
            same(found[1], expected[1])


def test_a_record_does_not_keep_large_columns_of_images():
    filters, draw = Tensor(np.arange(72.0).reshape(1, 8, 3, 3) / 72), np.random.default_rng(7)
    for side, kept in ((6, True), (64, False)):
        images = draw.normal(size=(1, 8, side, side))
        compiled = equal(lambda x: autograd.conv2d(x, filters).tanh(), [filters], (images,), (-images,))
        assert (max(x.size for x in compiled(images)._y.saved) > images.size) is kept


def test_a_backward_pass_goes_on_through_a_call():
    w, v = Tensor([1.0, 2.0]), Tensor([0.5, 0.25])
    f = autograd.compile(lambda a: (a * w).tanh().sum(), batch=None)
    compiled, plain = [], []
    for g, found in ((f, compiled), (f.__wrapped__, plain)):
        w.grad = v.grad = None
        y = g(v * 3.0) * g(v).exp() + w.sum()
        y.backward()
        g(v * 2.0).backward()
        found += [y.item(), *w.grad, *v.grad]
    np.testing.assert_allclose(compiled, plain, rtol=1e-14)


def test_gradients_that_would_be_nan_follow_the_rule_for_what_is_not_chosen():
    w = Tensor([0.0, 4.0])
    f = autograd.compile(lambda x: autograd.where(x > 0, w.sqrt() * w, w * S).sum())
    for x in ([0.0, 1.0], [-1.0, 2.0]):
        w.grad = S.grad = None
        f(np.array(x)).backward()
        assert (w.grad.tolist(), S.grad) == ([S.data, 3.0], 0.0)
    g = autograd.compile(lambda y: autograd.where(y > 0, w.sqrt(), w * 1.0).sum() + w[y].detach().sum())
    w.grad = None
    g(np.array([0, 1])).backward()
    assert w.grad.tolist() == [1.0, 0.25]


def test_modes():
    f = autograd.compile(lambda x: (W * x).sum())
    g = autograd.compile(lambda x: f(x) * f(x))  # a function of tensors in another one
    for _ in range(2):
        with no_grad():
            assert f(2.0).backward() is None
        assert g(2.0).item() == (W.data.sum() * 2) ** 2
    assert autograd.grad(f)(3.0).item() == pytest.approx(W.data.sum())
    assert autograd.hessian(g)(3.0).item() == pytest.approx(2 * W.data.sum() ** 2)
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError):
        f(np.inf).backward()


def test_it_is_recorded_anew_when_its_surroundings_change():
    class Model:
        def __init__(self):
            self.w, self.training = Tensor([1.0, 2.0]), True

        def __call__(self, x):
            y = self.w * x
            return (y * 2.0).sum() if self.training else y.sum()

    model = Model()
    f = autograd.compile(model)
    assert [f(np.ones(2)).item(), f(np.ones(2)).item()] == [6.0, 6.0]
    model.training = False
    assert f(np.ones(2)).item() == 3.0
    model.training = True
    assert f(np.ones(2)).item() == 6.0
    model.w = Tensor([0.0, 1.0])
    assert f(np.ones(2)).item() == 2.0


def test_too_many_ways_through_it():
    f = autograd.compile(lambda x, y: (x * W).sum() * int(y.max()))
    with pytest.warns(CompileWarning, match=r"runs as it is: it is recorded anew for more than 8 ways through it"):
        found = [f(1.0, np.array([k])).item() for k in range(12)]
    np.testing.assert_allclose(found, [k * W.data.sum() for k in range(12)])


SHARED = {
    "gelu": (autograd.gelu, "erfc", 1),
    "silu": (autograd.silu, "exp", 1),
    "softplus": (autograd.softplus, "exp", 1),
    "logsigmoid": (autograd.logsigmoid, "exp", 1),
    "xlogy": (lambda x: autograd.xlogy(x, x * x + 0.5), "log", 1),
    "logaddexp": (lambda x: autograd.logaddexp(x, 0.5 * x), "exp", 2),
}


@pytest.mark.parametrize("name", SHARED)
def test_an_exponential_of_value_and_slope_is_computed_once(name):
    function, dear, times = SHARED[name]
    given = np.array([-math.inf, -9.0, -1.5, -0.0, 0.0, 0.25, 1.0, 40.0, math.inf, math.nan])
    for x in (Tensor(given), Tensor(given[1:8].astype(np.float32)), Tensor(2.0), Tensor(np.empty((0, 3)))):
        compiled = equal(function, [], (x,), (x * 0.5 if x.size else x,))
        ((program,),) = compiled._tensors._known.values()
        if x.ndim:
            text = "".join(program.sources)
            assert len(re.findall(rf"\b{dear}\(", text)) == times


def test_operations_that_share_are_those_of_whose_value_and_slope_a_part_takes_long():
    found = set()
    for op in TABLE.values():
        if op.arity and op.name != "round":  # whose digits are a number
            emitter = Emitter()
            xs = [emitter.of(np.empty(1)) for _ in range(op.arity + 1)]
            with np.errstate(all="ignore"):
                value, slopes = op.value(cells, *xs[:-1]), op.derivatives(cells, *xs)
            if emitter.keep(value, np.empty(1), slopes):
                found.add(op)
    assert found - {TABLE["elu"]} == SHARING  # with its factor, a number, elu has another slope


def test_many_structures():
    f = autograd.compile(lambda x: (x * W.sum()).sum())
    for n in range(1, 70):
        assert f(np.ones(n)).item() == pytest.approx(n * W.data.sum())
    assert len(f._tensors._known) == 64


def test_errors_are_those_of_the_function():
    f = autograd.compile(lambda x, y: losses.cross_entropy(x @ W.T, y))
    f(X, LABELS)
    for labels in (LABELS + 1, LABELS - 1):
        with pytest.raises(ValueError, match=r"there is no class (3|-1) among 3 scores"):
            f(X, labels)
    with pytest.raises(ValueError, match=r"matmul of shape \(5, 3\)"):
        f(X[:, :3], LABELS)
    assert f(X, LABELS).item() == f.__wrapped__(X, LABELS).item()
    g = autograd.compile(lambda x: (x.nothing, W))  # neither of values nor of tensors
    for _ in range(2):
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            g(X)
    with pytest.raises(autograd.InputValueError, match="argument 2 3; for an array without a batch axis compile with"):
        autograd.compile(lambda x, z: x / 0)(X, X[:3])


def test_the_listing_and_the_explanation():
    f = autograd.compile(lambda x, y: [(x @ W.T)[np.arange(2), y].sum() * 0.5 if x.sum() > 0 else W, W])
    with pytest.raises(autograd.InputValueError, match="has not been called"):
        print(f.program)
    f(np.ones((2, 4)), np.array([0, 2]))
    f(W.data[:2] * 0 + 1, np.array([0, 2]))
    assert [" ".join(line.split()) for line in str(f.program).splitlines()] == [
        "W = parameters [3,4]",
        "x = argument [2,4]",
        "y = argument [2]",
        "%1 = sum_over x[2,4] (0, 1) False",
        "%2 = gt %1 0 guard",
        "%3 = transpose W[3,4] (1, 0) [4,3]",
        "%4 = matmul x[2,4] %3[4,3] [2,3]",
        "%5 = getitem %4[2,3] ([0, 1], y) [2]",
        "%6 = sum_over %5[2] (0,) False",
        "%7 = mul %6 0.5 -> <lambda>[0]",
    ]
    words = str(f.explain()).splitlines()
    assert words[:3] == [
        "<lambda>: 7 operations on tensors became 7 array operations forward and 5",
        "    backward",
        "given",
    ]
    assert words[3:6] == [
        "  W: read at each call, an array of shape [3,4]",
        "  x: given with each call, an array of shape [2,4]",
        "  y: given with each call, an array of shape [2]",
    ]
    assert "the answer was True; for another one it is recorded anew" in " ".join(" ".join(words[6:]).split())
    g = autograd.compile(lambda n, v: (W * v).sum() + float(n[0]))
    g(np.array([3]), Value(2.0))
    g(np.array([3]), 2.0)
    assert "the whole numbers are those of the recorded call" in " ".join(str(g.explain()).split())
