"""Odd arguments: every public function of arrays and of `linalg` answers with a result, or a sentence of ours."""

import inspect
import itertools

import numpy as np
import pytest

import autograd
from autograd import Tensor, linalg
from tests.support.odd import ODD, misbehaviour

ARRAYS = [np.ones((2, 3)), Tensor(np.ones((2, 3)))]
GIVEN = {  # the first arguments that a function takes, where they are not arrays of two axes
    "einsum": ["ij,kj->ik"], "concatenate": [[np.ones((2, 3))]], "stack": [[np.ones((2, 3))]],
    "reshape": [ARRAYS[1], (3, 2)],
    "broadcast_to": [ARRAYS[1], (2, 3)], "swapaxes": [ARRAYS[1], 0, 1], "moveaxis": [ARRAYS[1], 0, 1],
    "expand_dims": [ARRAYS[1], 0], "pad": [ARRAYS[1], 1], "split": [ARRAYS[1], 1], "embedding": [ARRAYS[1], [0]],
    "clip": [ARRAYS[1], 0.0, 1.0],
    "solve": [np.eye(2), Tensor([1.0, 2.0])], **{name: [Tensor(np.eye(2))] for name in ["inv", "det", "cholesky"]},
    **{name: [Tensor(np.ones((1, 1, 4))), np.ones((1, 1, 2))] for name in ["conv1d"]},
    **{name: [Tensor(np.ones((1, 1, 4, 4))), np.ones((1, 1, 2, 2))] for name in ["conv2d"]},
    **{name: [Tensor(np.ones((1, 1, 4))), 2] for name in ["max_pool1d", "avg_pool1d"]},
    **{name: [Tensor(np.ones((1, 1, 4, 4))), 2] for name in ["max_pool2d", "avg_pool2d"]},
}  # fmt: skip
NAMES = [
    name
    for name in dir(autograd)
    if getattr(getattr(autograd, name), "__module__", "").startswith("autograd.functions.") and name != "primitive"
]


@pytest.mark.parametrize("name", [*NAMES, *linalg.__all__])
def test_a_function_answers_to_odd_arguments_with_a_sentence(name):
    function = getattr(linalg if name in linalg.__all__ else autograd, name)
    parameters = list(inspect.signature(function).parameters.values())
    required = [x for x in parameters if x.default is x.empty and x.kind is not x.VAR_POSITIONAL]
    usual = GIVEN.get(name) or [ARRAYS[1]] * len(required)
    if name == "einsum":
        usual = [usual[0], ARRAYS[1], ARRAYS[0]]
    answers = {}
    for odd, make in ODD.items():
        for k in range(len(usual)):
            answers[odd, k] = misbehaviour(function, *usual[:k], make(), *usual[k + 1 :])
        for x in parameters[len(usual) :]:
            if x.kind is x.POSITIONAL_ONLY:
                answers[odd, x.name] = misbehaviour(function, *usual, make())
            elif x.kind is not x.VAR_POSITIONAL:
                answers[odd, x.name] = misbehaviour(function, *usual, **{x.name: make()})
    assert {given: answer for given, answer in answers.items() if answer} == {}


@pytest.mark.parametrize("odd", ODD)
def test_a_tensor_answers_to_odd_arguments_with_a_sentence(odd):
    given, t = ODD[odd](), Tensor(np.ones((2, 3)))
    answers = []
    for attempt in (
        lambda: Tensor(given), lambda: Tensor([1.0], name=given), lambda: Tensor([1.0], dtype=given), lambda: t[given],
        lambda: t[given, 0], lambda: t[given:], lambda: setattr(t, "data", given), lambda: setattr(t, "grad", given),
        lambda: t.backward(given), lambda: t.reshape(given), lambda: t.transpose(given), lambda: t.swapaxes(given, 0),
        lambda: t.squeeze(given), lambda: t.broadcast_to(given), lambda: t.dot(given), lambda: round(t, given),
        lambda: t.clip(given), lambda: t.clip(0.0, given), lambda: t.leaky_relu(given), lambda: t.elu(given),
        *(lambda m=m, x=x: getattr(t, m)(**{x: given}) for m, x in itertools.product(
            ["sum", "mean", "prod", "max", "min", "var", "std", "norm", "logsumexp"], ["axis", "keepdims"])),
        lambda: t.var(ddof=given), lambda: t.std(ddof=given), lambda: t.softmax(given), lambda: t.log_softmax(given),
    ):  # fmt: skip
        answers.append(misbehaviour(attempt))
    assert [answer for answer in answers if answer] == []
