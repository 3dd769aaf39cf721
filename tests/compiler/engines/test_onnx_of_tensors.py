"""Compiled functions of tensors, saved in ONNX, give the numbers of the compiled function in onnxruntime."""

import numpy as np
import pytest

from autograd import InputValueError, Tensor
from autograd.arrays.matrices import ARRAY_TABLE
from tests.compiler.test_tensors import FUNCTIONS
from tests.support.programs.arrays import random_program
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.tensors import for_a_graph, models, of_arrays, told
from tests.support.programs.written import are_close, session_of

pytestmark = [pytest.mark.needs_engines("onnx", "onnxruntime"), pytest.mark.untraced]
TOLERANCES = {"float64": 1e-12, "float32": 1e-6}
NO_COUNTERPART = {"inv", "solve", "det", "cholesky"}


def run(story, path, dtype):
    return session_of(story.compiled, path, dtype).run(None, for_a_graph(story, dtype))


def agree(story, path, dtype="float64"):
    expected = [x for x in story.results if isinstance(x, (np.ndarray, np.generic))]  # no constants
    found = run(story, path, dtype)
    return [are_close(x, y, TOLERANCES[dtype]) for x, y in zip(expected, found, strict=True)]


def missing(story, path):
    """Return why there is no model, or no kernel in float64 for an operation of it."""
    try:
        run(story, path, "float64")
    except InputValueError as error:
        return str(error)
    except Exception as error:
        return str(error) if "NOT_IMPLEMENTED" in str(error) else ""
    return ""


@pytest.mark.parametrize("name", sorted(ARRAY_TABLE))
def test_every_operation_on_arrays(name, tmp_path):
    story = told(of_arrays(name)[0], (Tensor(0.75),))
    if name in NO_COUNTERPART:
        with pytest.raises(InputValueError, match=f"needs {name}, which ONNX does not have"):
            story.compiled.save(tmp_path / "model.onnx")
    else:
        assert all(agree(story, tmp_path / "model.onnx"))
        assert all(agree(story, tmp_path / "model.onnx", "float32"))


def test_random_programs(tmp_path):
    compared = 0
    for seed in range(PROGRAMS // 2):
        program = random_program(f"onnx {seed}")
        story = told(lambda *args, program=program: program(*args), tuple(map(Tensor, program.arrays)))
        if not missing(story, tmp_path / "model.onnx"):
            compared += 1
            assert all(agree(story, tmp_path / "model.onnx")), seed
    assert compared > 0.6 * (PROGRAMS // 2)


@pytest.mark.parametrize("k", range(len(FUNCTIONS)))
def test_functions_as_people_write_them(k, tmp_path):
    function, calls, _ = FUNCTIONS[k]
    story = told(function, calls[0])
    why = missing(story, tmp_path / "model.onnx")
    if why:
        pytest.skip(why)
    single = "float32" in story.compiled.source()
    assert all(agree(story, tmp_path / "model.onnx", "float32" if single else "float64"))


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", models())
def test_layers(name, dtype, tmp_path):
    if name == "norms" and dtype == "float64":
        pytest.skip("erf has no kernel in float64")
    assert all(agree(told(*models()[name]), tmp_path / "model.onnx", dtype))
