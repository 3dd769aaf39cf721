"""A program of tensors as a graph of ONNX gives the numbers of the function; here in a stand-in for its runtimes."""

import sys

import numpy as np
import pytest

import autograd
from autograd import InputValueError, Tensor
from autograd.arrays.matrices import ARRAY_TABLE
from tests.compiler.test_tensors import FUNCTIONS, W, X
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import examples
from tests.support.programs.graphs import run, stand_in
from tests.support.programs.tensors import for_a_graph, of_arrays, told
from tests.support.programs.written import are_close

REFUSED = {
    "inv": "needs inv, which ONNX", "solve": "needs solve, which ONNX", "det": "needs det, which ONNX",
    "cholesky": "needs cholesky, which ONNX",
}  # fmt: skip


def agrees(story, path):
    story.compiled.save(path)
    found = run(path, **for_a_graph(story))
    expected = [x for x in story.results if isinstance(x, (np.ndarray, np.generic))]  # no constants
    assert all(are_close(x, y, 1e-12) for x, y in zip(expected, found.values(), strict=True))


@pytest.fixture(autouse=True)
def _without_onnx(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", stand_in)


@pytest.mark.parametrize("name", sorted(ARRAY_TABLE))
def test_every_operation_on_arrays(name, tmp_path):
    story = told(of_arrays(name)[0], (Tensor(0.75),))
    if name in REFUSED:
        with pytest.raises(InputValueError, match=REFUSED[name]):
            story.compiled.save(tmp_path / "model.onnx")
    else:
        agrees(story, tmp_path / "model.onnx")


@pytest.mark.untraced
def test_random_programs(tmp_path):
    compared = examples(50)
    for seed in range(examples(50)):
        program = random_program(f"graphs {seed}")
        story = told(lambda *args, program=program: program(*args), tuple(map(Tensor, program.arrays)))
        if {name for name, _, _ in program.steps} & {"erf", "gelu"}:  # of which numpy has none
            compared -= 1
        else:
            agrees(story, tmp_path / "model.onnx")
    assert compared > examples(50) // 2


ORDERED = (lambda x: (x @ W.T).sort(axis=1)[0], "by argsort, which is not written in onnx; give them as an argument")
PLACED = (
    lambda x: (x @ W.T)[np.arange(5), (x @ W.T).argmax(axis=1)],
    "an index with slices or several arrays that are computed is not written in onnx; index along one axis",
)


@pytest.mark.parametrize(("function", "sentence"), [ORDERED, PLACED])
def test_what_onnx_lacks_is_refused(function, sentence, tmp_path):
    story = told(function, (X,))
    with pytest.raises(InputValueError, match=sentence):
        story.compiled.save(tmp_path / "model.onnx")


@pytest.mark.parametrize(("function", "calls", "_"), FUNCTIONS)
def test_functions_as_people_write_them(function, calls, _, tmp_path):
    story = told(function, calls[0])
    why = ""
    try:
        story.compiled.save(tmp_path / "model.onnx")
    except InputValueError as refusal:
        why = str(refusal)
    if "not written in onnx" not in why and "float32" not in story.compiled.source():
        agrees(story, tmp_path / "model.onnx")


def test_truth_values(tmp_path):
    x, y = X, X[::-1].copy()
    story = told(
        lambda x, y: (
            W.sum() * autograd.where((x >= y) | ~(x <= 1.0), x, y).sum(),
            autograd.where((x > 0) & (x != y), W[0], 0.0),
            (x @ W.T).argmin(axis=1),
            W**0.0 * x[:3],
        ),
        (x, y),
    )
    agrees(story, tmp_path / "model.onnx")
