"""``summary``: shapes, parameters and pre-activations of any model, which is afterwards what it was before."""

import random

import numpy as np
import pytest

import nn
from autograd import InputTypeError, Tensor, Value, no_grad, relu, tanh
from tests.support.odd import unanswered


@pytest.mark.smoke
def test_the_counts_of_the_lecture():
    """Five filters 3×3 on RGB have (3·3·3 + 1) · 5 = 140 parameters, four of 4×4 have (4·4·3 + 1) · 4."""
    image = np.zeros((2, 3, 32, 32))
    small = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Conv2d(5, 16, 7, padding=1), nn.Flatten())
    assert [(row.shape, row.parameters) for row in nn.summary(small, image)][1:] == [
        ((2, 5, 30, 30), 140),
        ((2, 16, 26, 26), (7 * 7 * 5 + 1) * 16),
        ((2, 16 * 26 * 26), 0),
    ]
    assert nn.summary(nn.Conv2d(3, 4, 4), image).parameters == (4 * 4 * 3 + 1) * 4
    found = nn.summary(nn.Sequential(nn.Flatten(), nn.Linear(3072, 500)), image)
    assert found.parameters == (3072 + 1) * 500
    assert [(row.path, row.shape, row.parameters) for row in found] == [
        ("sequential", (2, 500), 1_536_500),
        ("layers[0]", (2, 3072), 0),
        ("layers[1]", (2, 500), 1_536_500),
    ]


def test_a_network_of_scalars_has_a_row_for_each_layer():
    assert [row[:4] for row in nn.summary(nn.MLP(2, [16, 16, 1]), [1.0, 2.0])] == [
        ("mlp", "MLP(2 -> 16 relu -> 16 relu -> 1 linear)", (), 337),
        ("layers[0]", "Layer(2 -> 16 relu)", (16,), 48),
        ("layers[1]", "Layer(16 -> 16 relu)", (16,), 272),
        ("layers[2]", "Layer(16 -> 1 linear)", (1,), 17),
    ]


class Odd(nn.Module):
    """Outputs of many kinds, shared and unused parts, buffers and generators that a call changes."""

    def __init__(self):
        self.first = nn.Linear(2, 3, init=nn.init.constant(1.0))
        self.again = self.first
        self.unused = nn.Neuron(4)
        self.inner = Several()
        self.more = [nn.Layer(1, 2)]
        self.scale = Value(2.0)
        self.mean, self.fixed = np.zeros(2), np.ones(1)
        self.fixed.flags.writeable = False
        self.count = np.array(0)
        self.rng, self.python = np.random.default_rng(0), random.Random(0)

    def forward(self, x, negate=False):
        self.mean += 1.0
        self.count = self.count + 1
        self.rng.random(), self.python.random()
        return self.inner(self.first(self.first(x)[:, :2]) * self.scale)


class Several(nn.Module):
    def forward(self, x):
        return {"pair": (tanh(x), [Value(1.0), Value(2.0)]), "none": [], "number": 3.0}


def test_a_model_is_afterwards_what_it_was_before():
    model = Odd()
    before = repr(model.state_dict()), model.rng.bit_generator.state, model.python.getstate(), dict(vars(model.inner))
    for _ in range(2):
        nn.summary(model, np.ones((5, 2)))
        assert (repr(model.state_dict()), model.rng.bit_generator.state, model.python.getstate()) == before[:3]
        assert "forward" not in vars(model) | vars(model.inner)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_rows_of_shared_unused_and_several_things():
    rows = {row.path: row for row in nn.summary(Odd(), np.ones((5, 2)))}
    assert list(rows) == ["odd", "first", "inner", "more[0]"]
    assert rows["odd"].parameters == 9 + 5 + 4 + 1
    assert rows["inner"].shape == rows["odd"].shape == [[(5, 3), (2,)], (0,), ()]
    assert rows["more[0]"].shape is None
    text = str(nn.summary(Odd(), np.ones((5, 2))))
    assert "(5, 3), (2,), (0,), ()" in text
    assert text.splitlines()[4].split() == ["more[0]", "Layer(1", "->", "2", "linear)", "-", "4", "-", "-"]


def test_frozen_parameters_have_a_column_where_there_are_any():
    model = nn.MLP(2, [3, 1])
    assert "frozen" not in str(nn.summary(model, [1.0, 2.0]))
    model.layers[0].freeze()
    assert str(nn.summary(model, [1.0, 2.0])).splitlines()[1].split()[-4:] == ["13", "9", "-", "-"]


def test_pre_activations_are_the_arguments_of_activations_in_scalars_and_arrays():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    array = nn.Sequential(nn.Linear(2, 3, "relu"), nn.Linear(3, 2), "tanh", nn.Linear(2, 1))
    z = x @ array[0].weight.data.T
    first, second = (nn.summary(array, x)[k] for k in (1, 2))
    np.testing.assert_allclose([first.mean, first.std], [z.mean(), z.std()], rtol=1e-14)
    z = np.maximum(z, 0) @ array[1].weight.data.T
    np.testing.assert_allclose([second.mean, second.std], [z.mean(), z.std()], rtol=1e-14)
    scalars = nn.MLP(2, [3, 1])
    z = [sum(w.data * a for w, a in zip(neuron.weights, x[0], strict=True)) for neuron in scalars.layers[0].neurons]
    row = nn.summary(scalars, x[0].tolist())[1]
    np.testing.assert_allclose([row.mean, row.std], [np.mean(z), np.std(z)], rtol=1e-14)


def test_an_array_of_values_is_looked_into():
    x = np.array([[Value(1.0), Value(-2.0)]])
    model = nn.Linear(2, 3, "relu")
    [found], [expected] = nn.summary(model, x), nn.summary(model, Tensor([[1.0, -2.0]]))
    np.testing.assert_allclose([found.mean, found.std], [expected.mean, expected.std], rtol=1e-12)
    assert found.shape == (1, 3)


def test_an_activation_of_an_activation_or_of_an_input_belongs_to_its_own_module():
    class Twice(nn.Module):
        def forward(self, x):
            return tanh(relu(x))

    [row] = nn.summary(Twice(), Tensor([1.0, -2.0]))
    assert (row.mean, row.std) == (0.0, 1.5**0.5)  # of 1 and -2, and of 1 and 0


def test_a_summary_is_recorded_within_no_grad_too():
    model = nn.Sequential(nn.Linear(2, 3, "relu"))
    with no_grad():
        assert nn.summary(model, np.ones((2, 2)))[1].std is not None


def test_a_model_that_fails_is_left_as_it_was():
    model = Odd()
    with pytest.raises(Exception, match="7"):
        nn.summary(model, np.ones((5, 7)))
    assert "forward" not in vars(model) | vars(model.first)
    assert model.mean.tolist() == [0.0, 0.0]


def test_a_forward_of_an_object_itself_is_kept():
    model = nn.Linear(1, 1)
    vars(model)["forward"] = own = lambda x: x * 2.0
    assert nn.summary(model, np.ones(3))[0].shape == (3,)
    assert vars(model)["forward"] is own


def test_other_models_are_refused():
    with pytest.raises(InputTypeError, match=r"summary takes a Module, not float 1\.0"):
        nn.summary(1.0)
    model = nn.MLP(2, [1])
    assert unanswered(lambda odd: nn.summary(odd, [1.0, 2.0])) == {}
    assert unanswered(lambda odd: nn.summary(model, odd)) == {}
