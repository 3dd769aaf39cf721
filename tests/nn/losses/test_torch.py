"""Every loss with every option has the values and gradients that PyTorch has, on scalars and on arrays."""

import json
from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor, Value
from nn import losses

CASES = json.loads((Path(__file__).parents[2] / "data/torch_losses.json").read_text())["cases"]


def mapped(items, function):
    return [mapped(each, function) for each in items] if isinstance(items, list) else function(items)


def numbers(items):
    """The numbers of values, nested lists of them, and tensors."""
    return items.data if isinstance(items, Tensor) else mapped(items, lambda each: each.data)


def gradients(items):
    return items.grad if isinstance(items, Tensor) else mapped(items, lambda each: each.grad or 0.0)


def added(items):
    return items.sum() if isinstance(items, Tensor) else sum(map(added, items)) if isinstance(items, list) else items


@pytest.mark.smoke
@pytest.mark.parametrize("make", [lambda items: mapped(items, Value), Tensor], ids=["scalars", "arrays"])
@pytest.mark.parametrize("name", sorted({case["loss"] for case in CASES}))
def test_values_and_gradients_are_those_of_pytorch(name, make):
    for case in CASES:
        if case["loss"] != name:
            continue
        arguments = [
            given if wanted is None else make(given)
            for given, wanted in zip(case["arguments"], case["gradients"], strict=True)
        ]
        options = {option: float(given) if given == "inf" else given for option, given in case["options"].items()}
        y = getattr(losses, name)(*arguments, **options)
        np.testing.assert_allclose(numbers(y), case["value"], rtol=1e-12, atol=1e-15, err_msg=case["torch"])
        added(y).backward()
        for given, wanted in zip(arguments, case["gradients"], strict=True):
            if wanted is not None:
                np.testing.assert_allclose(gradients(given), wanted, rtol=1e-12, atol=1e-15, err_msg=case["torch"])


def test_every_loss_that_pytorch_has_is_compared():
    assert {case["loss"] for case in CASES} == {*losses.__all__} - {"hinge"}
