"""Compiled programs in JAX and PyTorch: the numbers and gradients are those of the compiled function, also at kinks."""

import importlib

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from tests.support.programs.compiled import FAMILIES, at_kinks, generator
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.works import works
from tests.support.programs.written import differences, nested, story

SHARE = {"jax": 6, "torch": 1}  # JAX compiles each program anew, for a second or so
each_engine = pytest.mark.parametrize(
    "engine", [pytest.param(name, marks=pytest.mark.needs_engines(name)) for name in SHARE]
)
pytestmark = pytest.mark.untraced


def in_jax(told):
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    jnp, (function, parameters) = jax.numpy, told.compiled.to("jax")
    arguments = [jnp.asarray(x, dtype=float) if k in told.differentiable else x for k, x in enumerate(told.arguments)]

    def total(parameters, given):
        result = function(parameters, *[given.get(k, x) for k, x in enumerate(arguments)])
        numbers = [x for x in jax.tree_util.tree_leaves(result) if not isinstance(x, str)]
        return sum(jnp.sum(jnp.asarray(x)) for x in numbers), result

    given = {k: arguments[k] for k in told.differentiable}
    differentiate = jax.grad(total, argnums=(0, 1), has_aux=True)
    texts = any(isinstance(x, str) for x in told.results)
    found, result = (differentiate if texts else jax.jit(differentiate))(parameters, given)
    return result, {**found[0], **found[1]}


def in_torch(told):
    torch = importlib.import_module("torch")
    function, parameters = told.compiled.to("torch")
    arguments = [
        torch.tensor(np.asarray(x, dtype=float), requires_grad=True) if k in told.differentiable else x
        for k, x in enumerate(told.arguments)
    ]
    leaves = {**parameters, **{k: arguments[k] for k in told.differentiable}}
    for x in parameters.values():
        x.requires_grad_()
    result = nested(function(parameters, *arguments))
    total = sum(x.sum() for x in result if isinstance(x, torch.Tensor))
    if isinstance(total, torch.Tensor) and total.requires_grad:
        total.backward()
    plain = [x.detach().numpy() if isinstance(x, torch.Tensor) else x for x in result]
    return plain, {key: x.grad.numpy() for key, x in leaves.items() if x.grad is not None}


RUN = {"jax": in_jax, "torch": in_torch}


@each_engine
def test_random_programs(engine):
    families = [*FAMILIES, at_kinks]
    for k in range(PROGRAMS // SHARE[engine]):
        family = families[k % len(families)]
        case = family(generator(f"engines {family.__name__}", k))
        told = story(case.function, case.arguments, **case.options)
        wrong = differences(told, *RUN[engine](told))
        assert not wrong, f"{family.__name__} {k}: {wrong}\n{told.compiled.source(engine)}"


@each_engine
@pytest.mark.parametrize(("function", "arguments"), [x[1:] for x in works()], ids=[x[0] for x in works()])
def test_the_works_of_the_benchmark(engine, function, arguments):
    told = story(function, arguments)
    assert not differences(told, *RUN[engine](told))


AT_ZERO = {  # functions of 0, and the derivative that our conventions give there
    "relu": (autograd.relu, 0.0),
    "abs": (abs, 0.0),
    "hardtanh at 1": (lambda x: autograd.hardtanh(x + 1.0), 0.0),
    "clip at a bound": (lambda x: autograd.clip(x, 0.0, 1.0), 1.0),
    "a tie with a number": (lambda x: autograd.maximum(x, 0.0), 0.5),
    "a tie of three": (lambda x: autograd.max([x, 0.0 * x, -x]), 0.0),
    "hypot": (lambda x: autograd.hypot(x, 0.0 * x), 0.0),
    "norm": (lambda x: autograd.norm([x, 2 * x, 3 * x]), 0.0),
    "std": (lambda x: autograd.std([x, x + 0.0, x * 1.0, 2 * x]), 0.0),
    "a power of 0": (lambda x: x**0.0, 0.0),
    "a safe square root": (lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0), 0.0),
    "a safe quotient": (lambda x: autograd.where(x > 0, x / x, 1.0), 0.0),
    "elu with a slope": (lambda x: autograd.elu(x, 2.0), 2.0),
    "xlogy": (lambda x: autograd.xlogy(x, 2.0), np.log(2.0)),
    "cosine": (lambda x: autograd.cosine_similarity([x, x], [1.0, 2.0]), 0.0),
}


@each_engine
@pytest.mark.parametrize("name", AT_ZERO)
def test_derivatives_at_kinks_are_those_of_our_conventions(engine, name):
    function, slope = AT_ZERO[name]
    told = story(function, (Tensor([0.0, 0.0]),))
    assert told.gradients[0].tolist() == [slope, slope]
    assert not differences(told, *RUN[engine](told))


OF_ROWS = {  # functions of a row, which PyTorch or JAX has with other values or derivatives
    "steps at infinity": (lambda x: [y // 2.0 for y in x], [np.inf, np.nan, 5.0]),
    "signs": (lambda x: [autograd.sign(y) + abs(y) for y in x], [np.nan, 0.0, -2.0]),
    "nan": (lambda x: [autograd.maximum(x[0], x[1]), autograd.min(list(x))], [1.0, np.nan, 0.5]),
    "a length whose square overflows": (lambda x: autograd.norm(list(x)), [3e200, 0.0, 4e200]),
    "cosines of all pairs, with 0": (
        lambda x: [autograd.cosine_similarity(u, v) for u in (x[:2], x[2:4], x[4:]) for v in (x[:2], x[2:4])],
        [0.0, 0.0, 3e200, -1e200, 0.5, 1.0],
    ),
    "equal numbers with a rounded mean": (lambda x: [autograd.std(list(x)), autograd.var(list(x))], [0.1, 0.1, 0.1]),
}


@each_engine
@pytest.mark.parametrize("name", OF_ROWS)
def test_edges_of_functions_of_rows(engine, name):
    function, row = OF_ROWS[name]
    told = story(function, (Tensor([row, row]),))
    assert not differences(told, *RUN[engine](told))


def trained_network():
    mlp = nn.MLP(2, [4, 1], "tanh")
    return autograd.compile(lambda x, y: autograd.relu(1 - y * mlp(list(x))))


X, Y = np.random.default_rng(0).normal(size=(6, 2)), np.array([1.0, -1.0, 1.0, 1.0, -1.0, -1.0])


@pytest.mark.needs_engines("jax")
def test_a_program_is_ready_for_jit_vmap_and_second_derivatives():
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    loss = trained_network()
    function, parameters = loss.to("jax", X, Y)
    expected = np.asarray(loss(X, Y).data)
    assert np.allclose(jax.jit(function)(parameters, X, Y), expected, rtol=0, atol=1e-12)
    each = jax.vmap(function, in_axes=(None, 0, 0))(parameters, X[:, None], Y[:, None])
    assert np.allclose(each[:, 0], expected, rtol=0, atol=1e-12)
    cube, given = autograd.compile(lambda x: autograd.sigmoid(x) * x * x).to("jax", 0.7)
    second = jax.grad(jax.grad(lambda x: cube(given, x)))(0.7)
    assert abs(second - autograd.derivative(lambda x: autograd.sigmoid(x) * x * x, 2)(0.7)) < 1e-12


@pytest.mark.needs_engines("torch")
def test_a_program_is_ready_for_functional_transforms_and_single_precision():
    torch = importlib.import_module("torch")
    loss = trained_network()
    function, parameters = loss.to("torch", X, Y)
    expected = np.asarray(loss(X, Y).data)
    x, y = torch.tensor(X), torch.tensor(Y)
    each = torch.func.vmap(function, in_dims=(None, 0, 0))(parameters, x[:, None], y[:, None])
    assert np.allclose(each[:, 0], expected, rtol=0, atol=1e-12)
    single = function({key: p.float() for key, p in parameters.items()}, X, Y)
    assert single.dtype == torch.float32
    assert np.allclose(single, expected, atol=1e-5)
    v = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    cube, given = autograd.compile(lambda x: autograd.sigmoid(x) * x * x).to("torch", Value(0.7))
    (slope,) = torch.autograd.grad(cube(given, v), v, create_graph=True)
    (second,) = torch.autograd.grad(slope, v)
    assert abs(second.item() - autograd.derivative(lambda x: autograd.sigmoid(x) * x * x, 2)(0.7)) < 1e-12
