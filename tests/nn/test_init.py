"""Initialisers: the distributions, the generators, and the arguments that are refused."""

import math
import random

import numpy as np
import pytest

from autograd import InputTypeError, InputValueError
from nn import MLP, Layer, Neuron, init


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


SOURCES = {"random": random.Random, "numpy": np.random.default_rng}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", [None, (18, 6, 200), (18, 2, 3, 200)], ids=["singles", "array", "windows"])
@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.untraced
def test_an_initialiser_draws_with_the_published_spread(name, shape, source):
    draw = getattr(init, name)(rng=SOURCES[source](0))
    drawn = [draw(6, 18) for _ in range(20_000)] if shape is None else draw.array(shape, 6, 18).ravel().tolist()
    assert np.mean(drawn) == pytest.approx(0.0, abs=0.03)
    if name.endswith("uniform"):
        assert -SPREAD[name] <= min(drawn) < -0.99 * SPREAD[name]
        assert 0.99 * SPREAD[name] < max(drawn) <= SPREAD[name]
        assert np.std(drawn) == pytest.approx(SPREAD[name] / math.sqrt(3), rel=0.02)
    else:
        assert np.std(drawn) == pytest.approx(SPREAD[name], rel=0.02)
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


def test_a_shape_says_how_many_inputs_and_outputs_a_weight_serves():
    sizes = []
    draw = init.Distribution(lambda *given: sizes.append(given))
    for shape in [(10, 64), (16, 3, 5, 5), (16, 3, 7), (8,), ()]:
        draw.array(shape)
    assert [fan[:2] for fan in sizes] == [(64, 10), (75, 400), (21, 112), (8, 1), (1, 1)]
    draw.array([4, 4], 3, 5)
    assert sizes[-1] == (3, 5, (4, 4))


@pytest.mark.parametrize("source", SOURCES)
def test_a_truncated_normal_ends_at_the_cut_and_has_the_variance_of_its_formula(source):
    draw = init.truncated_normal(std=3.0, cut=2.0, rng=SOURCES[source](0))
    for drawn in [[draw(1, 1) for _ in range(20_000)], draw.array((100, 200)).ravel().tolist()]:
        # truncnorm(-2, 2).std() of SciPy 1.17
        assert 5.95 < max(map(abs, drawn)) <= 6.0
        assert np.std(drawn) == pytest.approx(3 * 0.8796256610, rel=0.02)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (4, 2, 3, 3), (6,), (1, 1)])
def test_the_shorter_sides_of_an_orthogonal_array_are_at_right_angles(shape):
    array = init.orthogonal(gain=2.0, rng=np.random.default_rng(1)).array(shape)
    assert array.shape == shape
    matrix = array.reshape(shape[0], -1) if len(shape) > 1 else array[None]
    square = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(square, 4 * np.eye(len(square)), atol=1e-14)


def test_orthogonal_matrices_have_no_preferred_sign():
    drawn = init.orthogonal(rng=np.random.default_rng(0))
    first = [drawn.array((2, 2))[0, 0] for _ in range(2000)]
    assert abs(np.mean(first)) < 0.05
    assert np.mean(np.square(first)) == pytest.approx(0.5, abs=0.03)  # a point of the unit circle
    assert abs(drawn(2, 2)) <= 1.0


def test_scalars_take_orthogonal_weights_neuron_by_neuron():
    layer = Layer(4, 3, init=init.orthogonal(rng=random.Random(0)))
    w = np.array([[float(w.data) for w in neuron.weights] for neuron in layer.neurons])
    np.testing.assert_allclose(w @ w.T, np.eye(3), atol=1e-14)
    assert sum(w.data**2 for w in Neuron(4, init="orthogonal").weights) == pytest.approx(1.0)


@pytest.mark.parametrize("name", [*SPREAD, "truncated_normal", "orthogonal", "zeros"])
def test_one_seed_makes_all_draws_the_same(name):
    drawn = []
    for make in [lambda _: None, random.Random, np.random.default_rng] * 2:
        random.seed(7)
        rng = make(7)
        draw = init.zeros() if name == "zeros" else getattr(init, name)(rng=rng)
        drawn.append([draw(3, 4), *draw.array((4, 3)).ravel().tolist()])
    assert drawn[:3] == drawn[3:]
    assert drawn[0] == drawn[1]


def test_arrays_are_drawn_by_the_common_generator_of_python():
    random.seed(1)
    first = init.resolve("he_normal").array((2, 2))
    second = init.resolve("he_normal").array((2, 2))
    assert not np.array_equal(first, second)
    random.seed(1)
    assert np.array_equal(init.resolve(init.he_normal).array((2, 2)), first)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: init.uniform(5, 1), InputValueError, "uniform needs low <= high, not low=5.0 and high=1.0; swap them"),
        (lambda: init.uniform(math.nan, 1), InputValueError, "low is finite, not nan"),
        (lambda: init.uniform(0, math.inf), InputValueError, "high is finite, not inf"),
        (lambda: init.normal(-1.0), InputValueError, r"std is finite and not negative, not -1\.0"),
        (lambda: init.xavier_uniform(-1.0), InputValueError, "gain is finite and not negative"),
        (lambda: init.xavier_normal("1"), InputTypeError, "gain takes a real number, not str '1'"),
        (lambda: init.uniform(-1e308, 1e308), InputValueError, "high - low is finite, not inf"),
        (
            lambda: init.truncated_normal(cut=0.0),
            InputValueError,
            r"cut is at least 0\.1 standard dev.* not 0\.0",
        ),
        (lambda: init.truncated_normal(cut=math.nan), InputValueError, r"cut is at least 0\.1 .* not nan"),
        (
            lambda: init.zeros().array(3),
            InputTypeError,
            r"shape takes a tuple of whole numbers, not int 3; write \(3, 2\)",
        ),
        (lambda: init.fans((3, 0)), InputValueError, "a size in shape must be at least 1, not 0"),
        (lambda: init.fans((10**5, 10**5)), InputValueError, "is too large; take at most 100,000,000 numbers"),
        (lambda: init.zeros().array((3, 2), fan_in=0), InputValueError, "fan_in must be at least 1, not 0"),
        (lambda: init.orthogonal(-1.0), InputValueError, "gain is finite and not negative"),
        (lambda: init.constant(math.inf), InputValueError, "value is finite, not inf"),
        (
            lambda: init.he_normal(rng=42),
            InputTypeError,
            r"random\.Random\(42\) or numpy\..*, not int 42",
        ),
    ],
)
def test_arguments_that_make_no_initialiser_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
