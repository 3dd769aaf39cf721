"""The text of modules of functions of tensors: what one operation is in each language, names, and refusals."""

import re

import numpy as np
import pytest

import autograd
import nn
from autograd import InputValueError, Tensor, Value
from autograd.arrays import ops as array_ops
from autograd.arrays.matrices import ARRAY_TABLE
from autograd.arrays.tensor import evaluate
from tests.compiler.porting.test_modules import EDGES
from tests.compiler.test_tensors import FUNCTIONS, LABELS, W, X
from tests.support.programs.tensors import in_numpy, of_arrays, told
from tests.support.programs.written import are_close, as_numbers, differences, nested

LANGUAGES = ("numpy", "jax", "torch")


def lines(function, arguments, language):
    """The right sides of the statements of a module, without remarks."""
    compiled = autograd.compile(function, batch=None)
    compiled(*arguments)
    text = compiled.source(language)
    body = text[text.index("\ndef ") :].partition("_with_gradients")[0]
    return [line.partition(" = ")[2].partition("  #")[0] for line in body.splitlines() if line.startswith("    v")]


def padded(x):
    return evaluate(array_ops.PAD, x, ((1, 0), (0, 2)))


SCORES = Tensor(np.arange(6.0).reshape(2, 3) % 4, name="scores")
IN_EACH = {  # a function of an array of shape (2, 3), and its last statement in numpy, JAX and PyTorch
    "a sum": (lambda x: x.sum((0, 1), keepdims=True), ["x.sum(keepdims=True)"] * 2 + ["x.sum(None, keepdim=True)"]),
    "a mean": (lambda x: x.mean(1), ["x.mean(1)"] * 3),
    "a largest": (lambda x: x.max(1), ["np.max(x, 1)", "amax(x, 1)", "amax(x, 1)"]),
    "padding": (padded, ["np.pad(x, ((1, 0), (0, 2)))", "jnp.pad(x, ((1, 0), (0, 2)))",
                         "torch.nn.functional.pad(x, [0, 2, 1, 0])"]),
    "a slice": (lambda x: x[:, 1:], ["x[:, 1:]"] * 3),
    "rows": (lambda x: x[np.array([0, 1, 0])], ["x[i1]"] * 3),
    "reversed": (lambda x: x[::-1], ["x[::-1]", "x[::-1]", "x.reshape(6)[i1]"]),
    "a mask": (lambda x: x[np.array([True, False])], ["x[i1]", "x[i1]", "x.reshape(6)[i1]"]),
    "all of it": (lambda x: x[...].exp(), ["np.exp(v1)", "jnp.exp(v1)", "torch.exp(v1)"]),
    "constants": (lambda x: x * np.array([1.0, 2.0, 3.0]), ["x * c1"] * 3),
    "detached": (lambda x: x.detach(), ["x", "jax.lax.stop_gradient(x)", "x.detach()"]),
    "a choice": (lambda x: autograd.where(x > 0, x, 0.0),
                 ["np.where(v1, x, 0.0)", "jnp.where(v1, x, 0.0)", "torch.where(v1, x, 0.0)"]),
    "an order": (lambda x: x[0].argsort(), ['np.argsort(v1, 0, kind="stable")', "jnp.argsort(v1, 0, stable=True)",
                                            "torch.argsort(v1, dim=0, stable=True)"]),
    "places": (lambda x: x.argmax(axis=1),
               ["np.argmax(x, axis=1)", "jnp.argmax(x, axis=1)", "torch.argmax(x, axis=1)"]),
    "an inverse": (lambda x: autograd.linalg.inv(x[:, :2]),
                   ["np.linalg.inv(v1)", "jnp.linalg.inv(v1)", "torch.linalg.inv(v1)"]),
    "single precision": (lambda x: x.astype(np.float32),
                         ["x.astype(np.float32)", "x.astype(jnp.float32)", "x.to(torch.float32)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_EACH)
def test_an_operation_in_each_language(name):
    function, expected = IN_EACH[name]
    assert [lines(function, (SCORES,), language)[-1] for language in LANGUAGES] == expected


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_modules_are_programs_of_python(language):
    cases = [of_arrays(name)[0] for name in sorted(ARRAY_TABLE)]
    for function, arguments in [*((f, (Tensor(0.75),)) for f in cases), *((f, calls[0]) for f, calls, _ in FUNCTIONS),
                                *EDGES.values()]:  # fmt: skip
        compiled = autograd.compile(function, batch=None)
        compiled(*arguments)
        text = compiled.source(language)
        compile(text, "<module>", "exec")
        assert "autograd" not in re.sub("`[^`]*`", "", text).replace(
            "torch.autograd", ""
        )  # but in a line that is quoted
        assert max(map(len, text.splitlines())) <= 120


# --- Whole numbers and truth values that a program computes -----------------------------------------------------------

NORM = nn.BatchNorm1d(3).eval()
FOLLOWED = [  # functions of scores of shape (5, 3) and labels
    lambda x, y: W[(x.argmax(axis=1) + y) % 3].sum() * x.sum(),
    lambda x, y: x.sum() * (x > 0).sum(axis=0).sum() + (x > 0).mean() * x.mean(),
    lambda x, y: x[np.arange(5), np.clip(y, 0, np.int64(1))].sum(),
    lambda x, y: (x * (np.isfinite(x) & ~(y == 1)[:, None])).sum(),
    lambda x, y: W[np.concatenate([y, y[::-1]])].sum() * x.sum(),
    lambda x, y: autograd.where(y[:, None] > 1, x, np.zeros(3)).sum(),
    lambda x, y: (
        NORM(x),
        np.minimum(y, 1) ** 2,
        autograd.where(np.array([True, False, True]), x, 1.0),
        x[np.arange(5) > 2],
    ),
    lambda x, y: W[np.maximum.reduce(y) - 1].sum() * W[np.reshape(y, (5, 1)).flatten()].sum() * x.sum(),
    lambda x, y: W[np.searchsorted(np.array([0.5, 1.5]), y)].sum() * x.sum(),
    lambda x, y: (x * np.array([1.0, 2.0, 3.0]), x.sum() > y.max(), {"value": x}),
]


@pytest.mark.parametrize("k", range(len(FOLLOWED)))
def test_what_passes_no_gradient_on_is_computed_anew(k):
    story = told(FOLLOWED[k], (Tensor(X[:, :3]), LABELS))
    assert not differences(story, *in_numpy(story))
    other = Tensor(-X[:, :3]), LABELS[::-1].copy()
    function, parameters = story.compiled.to("numpy", *other)
    expected = nested(FOLLOWED[k](*other))
    found = nested(function(parameters, other[0].numpy(), other[1]))
    assert all(are_close(as_numbers(x), y, 1e-12) for x, y in zip(expected, found, strict=True))


# --- Names, forms, and what a module was recorded for -----------------------------------------------------------------


def test_names_of_users_do_not_meet_those_of_the_module():
    d_norm, norm = Tensor([[1.0, 2.0]], name="d_norm"), Tensor([2.0, 1.0], name="norm")
    story = told(lambda result1: {"result1": (d_norm * result1).norm() * norm, "value": [result1.sum(), "t1"]},
                 (Tensor([1.0, 2.0]),))  # fmt: skip
    assert not differences(story, *in_numpy(story))
    assert set(story.gradients) == {"d_norm", "norm", 0}


def test_parameters_of_one_name_are_numbered_as_in_the_listing():
    u, v = Tensor([1.0], name="u"), Tensor([2.0], name="u")
    compiled = autograd.compile(lambda: u * v)
    compiled()
    assert list(compiled.to("numpy")[1]) == ["u", "u2"] == [line.label for line in compiled.program][:2]


def test_a_docstring_says_for_what_a_module_was_recorded():
    def scaled(x, y, n, mode):
        x = x @ W.T if x.sum() > 0 else x
        loss = nn.losses.cross_entropy(x, y)
        return loss * n * len(range(n)) + W[x.argmax(axis=1).max() * 0 - n].sum()

    compiled = autograd.compile(scaled, batch=None)
    compiled(np.abs(X), LABELS, 2, "mean")
    text, told = " ".join(compiled.source().split()), " ".join(str(compiled.explain()).split())
    of_branch, of_check = "`x = x @ W.T if x.sum() > 0 else x`, line ", "`loss = nn.losses.cross_entropy(x, y)`"
    assert f"Recorded for n = 2; mode = 'mean'; calls in which the condition in {of_branch}" in text
    assert "of test_text.py, is True; calls in which `loss = nn.losses.cross_entropy(x, y)`" in text
    assert "finds the same about its arguments, such as labels in their range. Otherwise it gives other " in text
    assert of_branch in told
    assert of_check in told
    assert "of test_text.py: the answer was True; for another one it is recorded anew" in told
    assert "of test_text.py: what it finds about its arguments, such as labels in their range; else it" in told


def test_a_docstring_names_lines_whose_text_is_not_known():
    space = {}
    exec("def size(x):\n    return x if x.sum() > 0 else -x", space)
    compiled = autograd.compile(space["size"], batch=None)
    compiled(X)
    assert "calls in which the condition in line 2 of <string>, is " in " ".join(compiled.source().split())


def test_single_precision_stays():
    w, s = Tensor(np.float32([[1.0, -2.0], [0.5, 3.0]]), name="w"), Value(2.0, name="s")
    compiled = autograd.compile(lambda x: (autograd.relu(x) * autograd.erf(x)).max(1).norm() * w.std() + s * w[0, 0])
    x = np.float32([[0.5, -0.25], [0.125, 0.75]])
    compiled(Tensor(x)).backward()
    space = {}
    exec(compiled.source(), space)
    value, gradients = space["function_with_gradients"](compiled.to("numpy")[1], x)
    assert value.dtype == gradients["w"].dtype == np.float32
    assert np.allclose(gradients["w"], w.grad, rtol=1e-6)
    assert gradients["s"] == pytest.approx(s.grad) == 1.0
    assert "torch.as_tensor(x, dtype=torch.float32, device=w.device)" in compiled.source("torch")
    assert "jnp.asarray(x, dtype=jnp.float32)" in compiled.source("jax")


@pytest.mark.parametrize(
    ("function", "language", "sentence"),
    [
        (lambda x: x * np.linalg.norm(x @ W.T > 0), "numpy", "by norm, which is not written in numpy"),
        (lambda x: x * (x @ W.T > 0).sum(dtype=np.int32), "numpy", "by sum, which is not written in numpy"),
        (
            lambda x: x * np.sum(x @ W.T > 0, 0, np.int32).sum(),
            "numpy",
            "a function of <class 'numpy.int32'>, which is",
        ),
        (
            lambda x: W[np.searchsorted(np.array([0.0, 1.0]), x > 0)[0]],
            "torch",
            "by searchsorted, which is not written",
        ),
        (
            lambda x: x.reshape(5, 2, 2)[0, :, (x[0, :2] > 0).astype(int)],
            "torch",
            "an index with slices or several arrays that are computed",
        ),
        (lambda x: np.array([x.sum().item() if 0 else W.values()[0][0]]), "numpy", "returns an array of values"),
        (lambda x: (x @ x.T @ x).sum(), "fortran", 'written in "numpy", "jax" or "torch", not in \'fortran\''),
    ],
)
def test_what_is_not_written_is_refused(function, language, sentence):
    compiled = autograd.compile(function, batch=None)
    compiled(X)
    with pytest.raises(InputValueError, match=sentence):
        compiled.source(language)
