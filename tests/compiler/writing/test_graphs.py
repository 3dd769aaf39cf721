"""A program as a graph of ONNX gives the numbers of the compiled function; here in a stand-in for its runtimes."""

import sys

import numpy as np
import pytest

import autograd
from autograd import InputValueError
from autograd.compiler.writing.modules import recorded
from tests.compiler.writing.test_source import PROGRAMS_OF_ALL_KINDS, rows, w
from tests.support.programs.graphs import run, stand_in
from tests.support.programs.written import are_close, story

NOT_IN_THE_STAND_IN = {"activations"}  # erf, of which numpy has none
NOT_ARRAYS_BY_NAME = {
    "arguments of all kinds",
    "nested lists",
    "keys that are no names",
    "values and a text in an array",
}


@pytest.mark.parametrize("name", sorted(PROGRAMS_OF_ALL_KINDS.keys() - NOT_IN_THE_STAND_IN - NOT_ARRAYS_BY_NAME))
def test_a_graph_gives_the_numbers_of_the_function(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", stand_in)
    told = story(*PROGRAMS_OF_ALL_KINDS[name])
    told.compiled.save(tmp_path / "model.onnx")
    _, given, _ = recorded(told.compiled._ran(), told.compiled._label, told.compiled._name)
    with np.errstate(all="ignore"):
        found = run(tmp_path / "model.onnx", **dict(zip(given.signature, told.arguments, strict=True)))
    expected = np.concatenate([np.ravel(x) for x in told.results if isinstance(x, np.ndarray)])
    assert are_close(expected, np.concatenate([np.ravel(x) for x in found.values()]), 1e-12)


def test_operations_that_onnx_lacks_are_written_by_those_it_has(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", stand_in)
    names = "expm1 log1p log2 log10 cbrt sinc asinh atan acosh square reciprocal softsign".split()
    f = autograd.compile(
        lambda x: [*[getattr(autograd, each)(x) for each in names], autograd.hypot(x, w[0]), round(x, 1)]
    )
    expected = f(np.array([1.26, 2.5]))
    f.save(str(tmp_path / "model.onnx"), dtype="float32")
    assert are_close(expected.data, run(tmp_path / "model.onnx", x=[1.26, 2.5])["value"], 1e-6)


def test_arguments_that_are_nested_are_inputs_by_their_names(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", stand_in)
    f = autograd.compile(lambda options, x: options["rate"] * x)
    f({"rate": 2.0}, rows(3))
    f.save(tmp_path / "model.onnx")
    assert run(tmp_path / "model.onnx", rate=2.0, x=[1.0, 2.0])["value"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize(
    ("f", "name", "dtype", "sentence"),
    [
        (lambda x: x * w[0], "model.pt", "float64", "save writes a model of ONNX; end the name of the file with .onnx"),
        (lambda x: x * w[0], "model.onnx", "int8", 'dtype is "float64" or "float32", not'),
        (lambda x: autograd.atan2(x, w[0]), "model.onnx", "float64", "needs atan2, which ONNX does not have"),
    ],
)
def test_what_cannot_be_saved_is_refused(f, name, dtype, sentence, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", stand_in)
    compiled = autograd.compile(f)
    compiled(2.0)
    with pytest.raises(InputValueError, match=sentence):
        compiled.save(tmp_path / name, dtype)


def test_without_the_package_the_error_names_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    compiled = autograd.compile(lambda x: x * w[0])
    compiled(2.0)
    with pytest.raises(ImportError, match="pip install onnx"):
        compiled.save(tmp_path / "model.onnx")
