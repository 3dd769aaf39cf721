"""Programs saved in ONNX give the numbers of the compiled function in onnxruntime, in both precisions."""

import numpy as np
import pytest

import autograd
from autograd import InputValueError
from autograd.compiler.writing.modules import recorded
from tests.support.programs.compiled import FAMILIES, generator
from tests.support.programs.effort import PROGRAMS
from tests.support.programs.works import works
from tests.support.programs.written import are_close, session_of, story

MANY = PROGRAMS // 4
TOLERANCES = {"float64": 1e-12, "float32": 1e-6}
pytestmark = [pytest.mark.needs_engines("onnx", "onnxruntime"), pytest.mark.untraced]

# Operations whose kernel of onnxruntime 1.27, on a CPU, is in float32 only.
SINGLE = "tan asin acos atan sinh cosh asinh acosh atanh erf erfc gelu".split()
DOUBLE = "exp expm1 log log1p sqrt sin cos tanh cbrt floor sign abs sigmoid softplus silu elu selu relu".split()


def run(told, path, dtype):
    session = session_of(told.compiled, path, dtype)
    _, given, _ = recorded(told.compiled._ran(), told.compiled._label, told.compiled._name)
    arguments = dict(zip(given.signature, told.arguments, strict=True))
    wanted = {each.name for each in session.get_inputs()}
    return session.run(None, {name: np.asarray(arguments[name], dtype=dtype) for name in wanted})


def agree(told, path, dtype, tolerance):
    expected = [x for x in told.results if isinstance(x, np.ndarray)]  # a list of numbers is one output
    x, y = (np.concatenate([np.ravel(x) for x in numbers]) for numbers in (expected, run(told, path, dtype)))
    return are_close(x, y, tolerance)


def missing(told, path):
    """True if onnxruntime has no kernel in float64 for an operation of a program, or ONNX no counterpart."""
    try:
        run(told, path, "float64")
    except InputValueError:
        return True
    except Exception as error:
        return "NOT_IMPLEMENTED" in str(error)
    return False


def test_random_programs(tmp_path):
    compared, families = 0, list(FAMILIES)
    for k in range(MANY):
        family = families[k % len(families)]
        case = family(generator(f"onnx {family.__name__}", k))
        told = story(case.function, case.arguments, **case.options)
        if not missing(told, tmp_path / "model.onnx"):
            compared += 1
            assert agree(told, tmp_path / "model.onnx", "float64", 1e-12), f"{family.__name__} {k}"
    assert compared > 0.6 * MANY


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("function", "arguments"), [x[1:] for x in works()], ids=[x[0] for x in works()])
def test_the_works_of_the_benchmark(function, arguments, dtype, tmp_path, request):
    if any(name in request.node.name for name in ("Black", "GPT")) and dtype == "float64":
        pytest.skip("erf has no kernel in float64")
    told = story(function, arguments)
    assert agree(told, tmp_path / "model.onnx", dtype, TOLERANCES[dtype])


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("name", [*SINGLE, *DOUBLE])
def test_operations(name, dtype, tmp_path):
    function = getattr(autograd, name)
    told = story(lambda x: function(x), (np.array([1.5, 2.0]) if name == "acosh" else np.array([0.4, 0.9]),))
    if name in SINGLE and dtype == "float64":
        assert missing(told, tmp_path / "model.onnx")
    else:
        assert agree(told, tmp_path / "model.onnx", dtype, TOLERANCES[dtype])
