"""Names that nn does not have: what stands for them is said, and a type checker refuses them as before."""

import numpy as np
import pytest

import autograd
import nn
from autograd import InputTypeError


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


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: nn.LSTM(2, 8, num_layers=2), r"LSTM takes no argument 'num_layers'; stack layers, Sequential\("),
        (lambda: nn.GRU(2, 8, bidirectional=True), r"GRU takes no argument 'bidirectional'; .*flip\(x, axis=0\)"),
        (lambda: nn.Conv2d(1, 2, 3, device="cpu"), "Conv2d takes no argument 'device'; leave it out"),
        (lambda: nn.BatchNorm1d(2, momentun=0.5), r"BatchNorm1d takes no argument 'momentun'; did you mean momentum\?"),
        (lambda: nn.RNNCell(2, hiden_size=3), r"RNNCell takes no argument 'hiden_size'; did you mean hidden_size\?"),
        (lambda: nn.Neuron(2, width=3), "Neuron takes no argument 'width'; it takes n_in, activation, init$"),
        (lambda: nn.Sequential(layers=[]), r"Sequential takes no argument 'layers'; it takes \*layers$"),
        (lambda: nn.Residual("relu", skip=None), r"Residual takes no argument 'skip'; it takes \*layers, shortcut$"),
    ],
)
def test_a_layer_refuses_an_argument_that_it_does_not_take_in_its_own_name(call, sentence):
    with pytest.raises(InputTypeError, match=sentence):
        call()


def test_recurrent_layers_are_stacked_and_reversed_as_the_sentences_say():
    x = np.ones((3, 4, 2))
    outputs, (h, c) = nn.Sequential(nn.LSTM(2, 8), lambda result: result[0], nn.LSTM(8, 5))(x)
    assert (outputs.shape, h.shape, c.shape) == ((3, 4, 5), (4, 5), (4, 5))
    both = autograd.concatenate([nn.GRU(2, 3)(x)[0], nn.GRU(2, 3)(autograd.flip(x, axis=0))[0]], axis=-1)
    assert both.shape == (3, 4, 6)


def test_a_class_of_the_user_keeps_the_sentence_of_python():
    class Line(nn.Module):
        def __init__(self, slope):
            self.slope = slope

    with pytest.raises(TypeError, match=r"Line.__init__\(\) got an unexpected keyword argument 'slop'"):
        Line(slop=1.0)


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
