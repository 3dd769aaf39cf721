"""A compiled function of tensors, written as a module of numpy, gives the same values and gradients."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import evaluate
from autograd.core import ops
from autograd.core.ops import TABLE
from tests.compiler.test_tensors import FUNCTIONS
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import examples
from tests.support.programs.tensors import in_numpy, models, of_arrays, of_elements, told
from tests.support.programs.written import differences


def agrees(function, arguments=()):
    story = told(function, arguments)
    wrong = differences(story, *in_numpy(story))
    assert not wrong, f"{wrong}\n{story.compiled.source('numpy')}"
    return story


ZERO, ROWS = Tensor([0.0, 0.0, 0.0]), Tensor([[1.0, 1.0, -1.0], [0.0, 0.0, 0.0]])
EDGES = {  # functions at kinks and at the edges of domains, where they are taken to
    "relu": (lambda x: x.relu(), (ZERO,)),
    "abs": (lambda x: abs(x) + autograd.leaky_relu(x), (ZERO,)),
    "clip at a bound": (lambda x: x.clip(0.0, 1.0), (ROWS,)),
    "ties of two": (lambda x: autograd.maximum(x, x * 1.0) + autograd.minimum(x, 0.0), (ROWS,)),
    "ties along an axis": (lambda x: x.max(1), (ROWS,)),
    "ties of all": (lambda x: x.min() + x.max((0, 1), keepdims=True), (ROWS,)),
    "nan among several": (lambda x: (x.max(1), x.min(0)), (Tensor([[1.0, np.nan], [2.0, 3.0]]),)),
    "norm": (lambda x: x.norm(1), (ROWS,)),
    "norm of all": (lambda x: x.norm(), (ZERO,)),
    "norm whose square overflows": (lambda x: x.norm(0), (Tensor([3e200, 0.0, 4e200]),)),
    "hypot": (autograd.hypot, (ZERO, ZERO * 1.0)),
    "std": (lambda x: x.std(1) + x.var(1), (ROWS,)),
    "equal numbers with a rounded mean": (lambda x: x.std(), (Tensor([0.1, 0.1, 0.1]),)),
    "prod with zeros": (lambda x: x.prod(1), (Tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0]]),)),
    "cosine": (lambda x, y: autograd.cosine_similarity(x, y), (ROWS, ROWS[0])),
    "steps, through which no gradient passes": (lambda x: autograd.floor(x) + round(2.0 * x), (ROWS,)),
    "comparisons as numbers": (lambda x: evaluate(ops.LESS, x, 0.5) * x, (ROWS,)),
    "a sum of one number": (lambda x: x.sum().sum() * x.mean().mean(), (ROWS,)),
    "a power of 0": (lambda x: x**0.0, (ROWS,)),
    "a safe square root": (lambda x: autograd.where(x > 0, x.sqrt(), 0.0), (ROWS,)),
    "a safe quotient": (lambda x: autograd.where(x > 0, x / x, 1.0).sum(), (ROWS,)),
    "softmax of large numbers": (lambda x: (1e3 * x).softmax(1) + (1e3 * x).log_softmax(1), (ROWS,)),
    "losses of large scores": (lambda x: nn.losses.cross_entropy(x * 1e3, np.array([2, 1])), (ROWS,)),
    "a singular matrix": (autograd.linalg.det, (Tensor([[1.0, 2.0], [2.0, 4.0]]),)),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges(name):
    agrees(*EDGES[name])


@pytest.mark.parametrize("name", sorted(ARRAY_TABLE))
def test_every_operation_on_arrays(name):
    agrees(of_arrays(name)[0], (Tensor(0.75),))


@pytest.mark.untraced
@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize("kind", [Tensor, Value])
def test_every_operation_on_numbers(name, kind):
    agrees(of_elements(name, kind)[0], (Tensor(0.9375),))


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(examples(150)))
def test_random_programs(seed):
    program = random_program(f"ported {seed}")
    agrees(lambda *args: program(*args), tuple(map(Tensor, program.arrays)))


@pytest.mark.parametrize(("function", "calls", "_"), FUNCTIONS)
def test_functions_as_people_write_them(function, calls, _):
    agrees(function, calls[0])


@pytest.mark.untraced
@pytest.mark.parametrize("name", models())
def test_layers(name):
    agrees(*models()[name])
