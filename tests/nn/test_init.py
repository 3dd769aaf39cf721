"""Initialisers: the distributions, the generators, and the arguments that are refused."""

import math
import random
import statistics

import pytest

from autograd import InputTypeError, InputValueError
from nn import MLP, Neuron, init


def test_weights_are_drawn_neuron_by_neuron_from_pythons_random():
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    random.seed(1337)
    expected = []
    for fan_in, width in [(2, 16), (16, 16), (16, 1)]:
        for _ in range(width):
            expected += [random.uniform(-1, 1) for _ in range(fan_in)] + [0.0]
    assert [p.data for p in model.parameters()] == expected


# For fan_in 6 and fan_out 18: the half-width of a uniform distribution, the standard deviation of a normal one.
SPREAD = {
    "uniform": 1.0,
    "normal": 1.0,
    "xavier_uniform": 0.5,  # √(6/24)
    "glorot_uniform": 0.5,
    "xavier_normal": 0.288675,  # √(2/24)
    "glorot_normal": 0.288675,
    "he_uniform": 1.0,  # √(6/6)
    "kaiming_uniform": 1.0,
    "he_normal": 0.577350,  # √(2/6)
    "kaiming_normal": 0.577350,
    "lecun_uniform": 0.707107,  # √(3/6)
    "lecun_normal": 0.408248,  # √(1/6)
}


@pytest.mark.parametrize("name", SPREAD)
def test_an_initialiser_draws_with_the_published_spread(name):
    draw = getattr(init, name)(rng=random.Random(0))
    drawn = [draw(6, 18) for _ in range(20_000)]
    assert statistics.fmean(drawn) == pytest.approx(0.0, abs=0.03)
    if name.endswith("uniform"):
        assert -SPREAD[name] <= min(drawn) < -0.99 * SPREAD[name]
        assert 0.99 * SPREAD[name] < max(drawn) <= SPREAD[name]
        assert statistics.stdev(drawn) == pytest.approx(SPREAD[name] / math.sqrt(3), rel=0.02)
    else:
        assert statistics.stdev(drawn) == pytest.approx(SPREAD[name], rel=0.02)
        assert max(drawn) > 3 * SPREAD[name]  # the tail of a normal distribution


@pytest.mark.parametrize("name", [*SPREAD, "zeros"])
def test_the_name_of_an_initialiser_stands_for_its_defaults(name):
    random.seed(3)
    by_name = [p.data for p in MLP(6, [18], init=name).parameters()]
    random.seed(3)
    assert by_name == [p.data for p in MLP(6, [18], init=getattr(init, name)()).parameters()]


@pytest.mark.parametrize("given", ["He_Normal", "he normal", "heNormal", init.he_normal])
def test_an_initialiser_is_found_by_any_spelling_and_by_its_function(given):
    random.seed(3)
    drawn = [p.data for p in Neuron(4, init=given).parameters()]
    random.seed(3)
    assert drawn == [p.data for p in Neuron(4, init=init.he_normal()).parameters()]


def test_initialisers_take_their_parameters():
    rng = random.Random(0)
    assert all(2.0 <= init.uniform(2.0, 3.0, rng)(1, 1) <= 3.0 for _ in range(100))
    assert init.normal(0.0, rng)(1, 1) == 0.0
    assert max(abs(init.xavier_uniform(4.0, rng)(6, 18)) for _ in range(100)) > 1.5
    assert init.xavier_normal(0.0, rng)(6, 18) == 0.0
    assert {p.data for p in Neuron(3, init=init.constant(0.5)).weights} == {0.5}


def test_an_initialiser_with_its_own_generator_leaves_the_common_one_alone():
    random.seed(5)
    state = random.getstate()
    first = [p.data for p in MLP(2, [3], init=init.he_normal(rng=random.Random(1))).parameters()]
    second = [p.data for p in MLP(2, [3], init=init.he_normal(rng=random.Random(1))).parameters()]
    assert random.getstate() == state
    assert first == second


def test_an_initialiser_is_told_the_size_of_the_layer():
    sizes = []

    def note_size(fan_in, fan_out):
        sizes.append((fan_in, fan_out))
        return 0.0

    MLP(2, [3, 1], init=note_size)
    Neuron(4, init=note_size)
    assert sizes == [(2, 3)] * 6 + [(3, 1)] * 3 + [(4, 1)] * 4


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: init.uniform(5, 1), InputValueError, "uniform needs low <= high, not low=5.0 and high=1.0; swap them"),
        (lambda: init.uniform(math.nan, 1), InputValueError, "low is finite, not nan"),
        (lambda: init.uniform(0, math.inf), InputValueError, "high is finite, not inf"),
        (lambda: init.normal(-1.0), InputValueError, r"std is finite and not negative, not -1\.0"),
        (lambda: init.xavier_uniform(-1.0), InputValueError, "gain is finite and not negative"),
        (lambda: init.xavier_normal("1"), InputTypeError, "gain takes a real number, not str '1'"),
        (lambda: init.constant(math.inf), InputValueError, "value is finite, not inf"),
        (lambda: init.he_normal(rng=42), InputTypeError, r"a generator such as random\.Random\(42\), not int 42"),
    ],
)
def test_arguments_that_make_no_initialiser_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
