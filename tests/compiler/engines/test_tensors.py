"""Compiled functions of tensors in JAX and PyTorch: the numbers and gradients are those of the compiled function."""

import pytest

from autograd import Tensor
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.core.ops import TABLE
from tests.compiler.engines.test_jax_and_torch import RUN, SHARE, each_engine
from tests.compiler.porting.test_modules import EDGES
from tests.compiler.test_tensors import FUNCTIONS
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.tensors import of_arrays, of_elements, told
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
@pytest.mark.parametrize("name", EDGES)
def test_edges(engine, name):
    agrees(engine, *EDGES[name])
