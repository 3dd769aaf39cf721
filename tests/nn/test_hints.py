"""Names that nn does not have: what stands for them is said, and a type checker refuses them as before."""

import pytest

import nn


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ReLU", r'did you mean "relu", as in Linear\(2, 16, "relu"\) or Sequential\(…, "relu"\)\?$'),
        ("LeakyReLU", 'did you mean "leaky_relu"'),
        ("MSELoss", r"did you mean nn\.losses\.mse\?$"),
        ("CrossEntropyLoss", r"did you mean nn\.losses\.cross_entropy\?$"),
        ("L1Loss", r"did you mean nn\.losses\.mae\?$"),
        ("Adam", r"did you mean nn\.optim\.Adam\?$"),
        ("moons", r"did you mean nn\.data\.moons\?$"),
        ("he_normal", r"did you mean nn\.init\.he_normal\?$"),
        ("Lineer", r"did you mean nn\.Linear\?$"),
        ("BatchNorm", r"did you mean nn\.BatchNorm2d\?$"),
        ("fitt", r"did you mean nn\.fit\?$"),
        ("Parameter", r"did you mean Tensor\(…\), which is a parameter wherever a module holds it\?$"),
        ("DataLoader", r"did you mean nn\.data\.batches\(X, y, size=32\)"),
        ("functional", r"did you mean autograd, which has relu"),
        ("xyz", "has no attribute 'xyz'$"),
        ("x" * 1000, "has no attribute 'x{1000}'$"),
        ("__wrapped__", "has no attribute '__wrapped__'$"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_what_stands_for_it(name, hint):
    with pytest.raises(AttributeError, match=hint):
        getattr(nn, name)
    with pytest.raises(ImportError, match="cannot import name"):
        exec(f"from nn import {name}")


def test_every_public_name_is_there():
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert sorted(set(nn.__all__)) == sorted(nn.__all__)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("LBFGS", r"'nn\.optim' has no attribute 'LBFGS'; did you mean nn\.optim\.minimize\(loss, parameters\)"),
        ("lr_scheduler", "did you mean a schedule in the place of the rate"),
        ("AdamWW", r"did you mean nn\.optim\.AdamW\?$"),
        ("xyz", "has no attribute 'xyz'$"),
        ("__wrapped__", "has no attribute '__wrapped__'$"),
    ],
)
def test_so_is_one_of_the_optimizers(name, hint):
    with pytest.raises(AttributeError, match=hint):
        getattr(nn.optim, name)
