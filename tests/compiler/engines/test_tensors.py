"""Compiled functions of tensors in JAX and PyTorch: the numbers and gradients are those of the compiled function."""

import importlib

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.core.ops import TABLE
from tests.compiler.engines.test_jax_and_torch import RUN, SHARE, each_engine
from tests.compiler.porting.test_modules import EDGES
from tests.compiler.test_tensors import FUNCTIONS, B, W, X
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.tensors import models, of_arrays, of_elements, told
from tests.support.programs.written import differences

pytestmark = pytest.mark.untraced


def agrees(engine, function, arguments=()):
    story = told(function, arguments)
    single = "float32" in story.compiled.source(engine)
    wrong = differences(story, *RUN[engine](story), tolerance=1e-6 if single else 1e-12)
    assert not wrong, f"{wrong}\n{story.compiled.source(engine)}"


def together(functions):
    """All functions as one, since JAX compiles each program for a second."""
    return lambda factor: [function(factor) for function in functions]


@each_engine
def test_every_operation_on_arrays(engine):
    agrees(engine, together([of_arrays(name)[0] for name in sorted(ARRAY_TABLE)]), (Tensor(0.75),))


@each_engine
def test_every_operation_on_numbers(engine):
    agrees(engine, together([of_elements(name, Tensor)[0] for name in sorted(TABLE)]), (Tensor(0.9375),))


@each_engine
def test_random_programs(engine):
    for seed in range(PROGRAMS // (2 * SHARE[engine])):
        program = random_program(f"engines {seed}")
        agrees(engine, lambda *args, program=program: program(*args), tuple(map(Tensor, program.arrays)))


@each_engine
@pytest.mark.parametrize("k", range(len(FUNCTIONS)))
def test_functions_as_people_write_them(engine, k):
    if k % SHARE[engine] and PROGRAMS < 250:
        pytest.skip("at each commit JAX compiles a share of them")
    function, calls, _ = FUNCTIONS[k]
    agrees(engine, function, calls[0])


@each_engine
def test_layers(engine):
    for name in ("convolution", "attention") if engine == "jax" else models():
        agrees(engine, *models()[name])


def transformed(x):
    return ((x @ W.T + B).relu().logsumexp(1) ** 2).mean() + W.norm()


TWICE = np.stack([X, 2 * X])
BY_B = autograd.hessian(lambda b: ((Tensor(X) @ Tensor(W.data).T + b).relu().logsumexp(1) ** 2).mean())


@pytest.mark.needs_engines("jax")
def test_a_program_is_ready_for_jit_vmap_and_second_derivatives():
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    function, parameters = autograd.compile(transformed).to("jax", X)
    expected = [transformed(Tensor(x)).item() for x in TWICE]
    assert np.allclose(jax.jit(jax.vmap(function, in_axes=(None, 0)))(parameters, TWICE), expected, rtol=0, atol=1e-12)
    second = jax.jit(jax.jacrev(jax.grad(lambda b: function({**parameters, "b": b}, X))))(parameters["b"])
    assert np.allclose(second, BY_B(B.data), rtol=0, atol=1e-12)


@pytest.mark.needs_engines("torch")
def test_a_program_is_ready_for_functional_transforms_and_single_precision():
    torch = importlib.import_module("torch")
    function, parameters = autograd.compile(transformed).to("torch", X)
    expected = [transformed(Tensor(x)).item() for x in TWICE]
    each = torch.func.vmap(function, in_dims=(None, 0))(parameters, torch.tensor(TWICE))
    assert np.allclose(each, expected, rtol=0, atol=1e-12)
    second = torch.autograd.functional.hessian(lambda b: function({**parameters, "b": b}, X), parameters["b"])
    assert np.allclose(second, BY_B(B.data), rtol=0, atol=1e-12)
    single = function({key: p.float() for key, p in parameters.items()}, X)
    assert single.dtype == torch.float32
    assert abs(single.item() - expected[0]) < 1e-5


@each_engine
@pytest.mark.parametrize("name", EDGES)
def test_edges(engine, name):
    agrees(engine, *EDGES[name])
