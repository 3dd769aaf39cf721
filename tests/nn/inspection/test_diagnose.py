"""``diagnose``: the numbers by which one sees that a layer does not learn."""

import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import nn
from autograd import InputTypeError, InputValueError, Tensor, compile, tanh
from nn.inspection.parts import STEEPEST
from nn.optim import SGD
from tests.support.odd import ODD, unanswered

NOT_NONE = {odd: make for odd, make in ODD.items() if odd != "None"}  # which stands for a new figure


def chain(factor, depth):
    """As many linear neurons, one after the other, all of this weight."""
    return nn.MLP(1, [1] * depth, activation="linear", init=nn.init.constant(factor))


@pytest.mark.smoke
@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_gradients_vanish_and_explode_by_the_product_of_the_slopes(factor):
    """Of eight layers with slope 0.1 the first bias has the gradient 0.1⁷, the last one 1; each weight has 0.1⁷."""
    model = chain(factor, 8)
    y = model([1.0])
    y.backward()
    expected = [math.hypot(factor**7, factor ** (7 - k)) for k in range(8)]
    np.testing.assert_allclose([layer.gradient for layer in nn.diagnose(model)], expected, rtol=1e-12)


def test_a_model_of_arrays_has_the_numbers_of_the_same_one_of_scalars():
    scalars = nn.MLP(2, [5, 4, 1], activation="tanh", output="sigmoid")
    arrays = nn.Sequential(nn.Linear(2, 5, "tanh"), nn.Linear(5, 4, "tanh"), nn.Linear(4, 1, "sigmoid"))
    for layer, linear in zip(scalars.layers, arrays, strict=True):
        linear.weight.data = [[w.data for w in neuron.weights] for neuron in layer.neurons]
    x = np.random.default_rng(0).normal(size=(20, 2)) * 2
    found = []
    for model, loss in ((scalars, sum(scalars(row) ** 2 for row in x.tolist())), (arrays, (arrays(x) ** 2).sum())):
        loss.backward()
        before = model.state_dict()
        SGD(model.parameters(), lr=0.1).step()
        found.append([layer[2:] for layer in nn.diagnose(model, loss, before)])
    np.testing.assert_allclose(*found, rtol=1e-9)
    assert [layer[4] for layer in found[0]] == [5, 4, 1]


def test_a_relu_is_dead_if_no_sample_reaches_it_and_saturated_where_one_does_not():
    model = nn.Linear(1, 3, "relu", init=nn.init.constant(1.0))
    model.bias.data = [0.0, -100.0, 100.0]
    loss = model([[1.0], [-1.0]]).sum()
    [layer] = nn.diagnose(model, loss)
    assert (layer.units, layer.dead, layer.saturated) == (3, 1, 3 / 6)
    assert "1 of 3        50%" in str(nn.diagnose(model, loss))


@pytest.mark.parametrize(
    ("activation", "z"),
    [("tanh", math.atanh(math.sqrt(0.95))), ("sigmoid", math.log(1 / (0.5 - math.sqrt(0.25 - 0.0125)) - 1))],
)
@pytest.mark.parametrize("kind", ["scalars", "arrays"])
def test_a_unit_is_saturated_where_its_slope_is_a_twentieth_of_the_steepest(activation, z, kind):
    constant = nn.init.constant(1.0)
    inside, outside = z * (1 - 1e-9), z * (1 + 1e-9)
    if kind == "arrays":
        model = nn.Linear(1, 1, activation, init=constant)
        loss = model([[inside], [-inside], [outside], [-outside], [1e9]]).sum()
    else:
        model = nn.Layer(1, 1, activation, init=constant)
        loss = sum(model([x])[0] for x in (inside, -inside, outside, -outside, 1e9))
    [layer] = nn.diagnose(model, loss)
    assert (layer.units, layer.dead, layer.saturated) == (1, 0, 3 / 5)


def test_slopes_are_compared_with_the_steepest_of_each_activation():
    x = Tensor(np.linspace(-10, 10, 2001)[:, None])
    for name, steepest in STEEPEST.items():
        model = nn.Linear(1, 1, name, init=nn.init.constant(1.0))
        [layer] = [layer for layer in nn.diagnose(model, model(x).sum()) if layer.units]
        x.grad = None
        model(x).sum().backward()
        slopes = np.abs(x.grad)
        assert slopes.max() == pytest.approx(steepest, rel=1e-2), name
        assert layer.saturated == pytest.approx((slopes <= 0.05 * steepest).mean(), abs=1e-9), name


def test_the_update_is_the_rate_times_gradient_by_weight():
    model = nn.MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    before = model.state_dict()
    gradients = nn.diagnose(model)
    SGD(model.parameters(), lr=0.01).step()
    for earlier, layer in zip(gradients, nn.diagnose(model, before=before), strict=True):
        assert layer.update == pytest.approx(0.01 * earlier.gradient / earlier.weight, rel=1e-9)
    assert [layer.update for layer in nn.diagnose(model, before=model.state_dict())] == [0.0, 0.0]
    model.load_state_dict(dict.fromkeys(before, 1.0))
    assert [layer.update for layer in nn.diagnose(model, before=dict.fromkeys(before, 0.0))] == [math.inf] * 2


def test_norms_of_numbers_at_the_ends_of_the_range():
    model = nn.Linear(2, 1, bias=False)
    model.weight.data = [[3e200, 4e200]]
    assert nn.diagnose(model)[0].weight == pytest.approx(5e200, rel=1e-12)
    model.weight.grad = [[3e-200, -4e-200]]
    assert nn.diagnose(model)[0].gradient == pytest.approx(5e-200, rel=1e-12)
    model.weight.grad = [[np.inf, 1.0]]
    assert nn.diagnose(model)[0].gradient == math.inf
    model.weight.grad = [[np.nan, 1.0]]
    assert math.isnan(nn.diagnose(model)[0].gradient)


def test_numbers_that_are_not_known_are_dashes():
    model = nn.MLP(2, [3, 1])
    f = compile(lambda x: model(x))
    y = f([1.0, 2.0])
    y.backward()
    for found in (nn.diagnose(model, y), nn.diagnose(model), nn.diagnose(model, model.parameters()[0])):
        assert [layer[5:] for layer in found] == [(None,) * 4] * 2
    model.zero_grad()
    assert str(nn.diagnose(model)).splitlines()[2].split()[-4:] == ["-"] * 4


def test_the_units_of_a_convolution_are_its_channels():
    model = nn.Sequential(nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3), "relu", nn.Conv2d(3, 2, 1), "relu").eval()
    model[1].bias.data, model[3].bias.data = [0.0, -100.0, 100.0], [1e3, 1e3]
    loss = model(np.random.default_rng(0).normal(size=(4, 1, 5, 5))).sum()
    assert [(layer.path, layer.units, layer.dead) for layer in nn.diagnose(model, loss)] == [
        ("layers[0]", None, None),
        ("layers[1]", 3, 1),
        ("layers[3]", 2, 0),
    ]


class Bare(nn.Module):
    """An activation without parameters, and one in a scope of another model."""

    def __init__(self):
        self.inner = nn.Linear(2, 2, "relu")

    def forward(self, x):
        return tanh(self.inner(x) + x)


def test_layers_are_modules_with_parameters_or_activations_and_those_of_others_do_not_count():
    model, other = Bare(), Bare()
    x = Tensor(np.ones((3, 2)))
    found = nn.diagnose(model, (model(x) + other(x)).sum())
    assert found[0].weight is None
    assert [(layer.path, layer.kind, layer.parameters, layer.units) for layer in found] == [
        ("bare", "Bare", 0, 2),
        ("inner", "Linear(2 -> 2 relu)", 6, 2),
    ]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((1.0,), InputTypeError, r"diagnose takes a Module, not float 1\.0"),
        ((nn.Neuron(1), 1.0), InputTypeError, r"diagnose takes the loss, a Value or Tensor, not float 1\.0"),
        ((nn.Neuron(1), None, [1.0]), InputTypeError, r"a state is a dict from paths .*, not list \[1\.0\]"),
        (
            (nn.Neuron(1), None, {}),
            InputValueError,
            r"does not fit this Neuron, .*: weights\[0\] is missing; bias is missing",
        ),
        ((nn.Neuron(1), None, {"weights[0]": [1.0]}), InputValueError, r"weights\[0\] has shape \(\)"),
    ],
)
def test_other_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        nn.diagnose(*arguments)


def test_odd_arguments_are_answered_in_sentences():
    model = nn.Neuron(1)
    assert unanswered(lambda odd: nn.diagnose(odd)) == {}
    assert unanswered(lambda odd: nn.diagnose(model, odd)) == {}
    assert unanswered(lambda odd: nn.diagnose(model, None, odd)) == {}
    assert unanswered(lambda odd: nn.diagnose(model, None, {"weights[0]": odd, "bias": 1.0})) == {}
    assert unanswered(trained().plot, NOT_NONE) == {}


def trained():
    model = chain(0.1, 4)
    model([1.0]).backward()
    before = model.state_dict()
    SGD(model.parameters(), lr=0.1).step()
    return nn.diagnose(model, before=before)


class Axes:
    """Stands for the axes of matplotlib, and notes the calls."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *given, **named: self.calls.append((name, given, named))


def test_a_plot_has_a_line_for_gradients_and_one_for_updates(monkeypatch):
    found, ax = trained(), Axes()
    assert found.plot(ax) is ax
    lines = [given for name, given, _ in ax.calls if name == "semilogy"]
    assert lines == [((0, 1, 2, 3), tuple(x.gradient for x in found)), ((0, 1, 2, 3), tuple(x.update for x in found))]
    [ticks] = [given for name, given, _ in ax.calls if name == "set_xticks"]
    assert ticks == (range(4), [f"layers[{k}]" for k in range(4)])
    figure = SimpleNamespace(Figure=lambda **_: SimpleNamespace(add_subplot=lambda: ax))
    for name, module in (("matplotlib", SimpleNamespace(figure=figure)), ("matplotlib.figure", figure)):
        monkeypatch.setitem(sys.modules, name, module)
    assert found.plot() is ax


def test_a_layer_without_a_gradient_is_left_out_of_a_plot():
    model, ax = chain(0.1, 3), Axes()
    with pytest.raises(InputValueError, match="there is nothing to draw: no layer has a gradient; call backward"):
        nn.diagnose(model).plot(ax)
    model.layers[1].neurons[0].bias.grad = 2.0
    nn.diagnose(model).plot(ax)
    assert [given for name, given, _ in ax.calls if name == "semilogy"] == [((1,), (2.0,))]


@pytest.mark.long
def test_matplotlib_draws_it():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    ax = trained().plot()
    assert ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()] == [f"layers[{k}]" for k in range(4)]


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="plot draws with matplotlib, which is not installed: pip install matplotlib"):
        trained().plot()
