"""Generative models: the claims of their scripts."""

import numpy as np
import pytest

from examples.generative import adversarial, autoencoder, gan, linear_autoencoder, variational
from nn import Linear, Sequential
from tests.support.lectures import check_claims, run_quickly
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "generative.linear_autoencoder": {
        "largest angle in degrees": (0, 0.1),
        "distance of E D from the identity": (0, 1e-2),
    },
    "generative.autoencoder": {
        "loss of two numbers": (0, 3.1),
        "loss of two principal components": (3.2, 3.6),
        "digits read from two numbers": (0.6, 1),
        "loss of noisy images": (5.4, 6.1),  # 64 · 0.3² = 5.76
        "loss of cleaned images": (0, 1.7),
        "loss of the best principal components": (1.9, 2.3),
    },
    "generative.variational": {
        "bound": (0, 26),
        "bound without codes": (26.8, 27.6),
        "divergence": (1, 4),
        "mean of codes": (0, 0.4),
        "deviation of codes": (0.7, 1.2),
        "distance of made images from real ones": (0, 1.6),
        "distance of shuffled images from real ones": (3, 4),
    },
    "generative.gan": {
        "mean of the made numbers": (2.6, 3.4),
        "deviation of the made numbers": (0.15, 1.0),
        "distance of made points from the moons": (0, 0.18),
        "distance of a normal distribution from the moons": (0.22, 0.28),
        "share of made points on the upper moon": (0.2, 0.8),
        "points told apart": (0.4, 0.75),
    },
    "generative.adversarial": {
        "accuracy": (0.94, 1),
        "accuracy after random changes": (0.88, 1),
        "accuracy after adversarial changes": (0, 0.5),
        "images misled by small steps": (1, 1),
        "mean change of a pixel by small steps": (0, 0.1),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
def test_the_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


@pytest.mark.long
def test_a_linear_autoencoder_loses_what_principal_components_lose(tmp_path):
    numbers = run_quickly("generative.linear_autoencoder", tmp_path, 3)
    assert numbers["loss"] == pytest.approx(numbers["loss of the principal components"], rel=1e-6)


def test_a_code_for_each_direction_loses_nothing():
    images = np.random.default_rng(0).random((20, 64))
    assert autoencoder.mean_square(autoencoder.projected(images, images, 64), images) == pytest.approx(0, abs=1e-20)


def test_the_divergence_from_a_normal_distribution_is_that_of_the_formula():
    model = variational.Variational(1)
    for parameter in model.parameters():
        parameter.data = 0 * parameter.data
    model.encoder[1].bias.data = np.array([2.0, np.log(0.25)])
    _, divergence = model(np.zeros((1, 64)), np.zeros((1, 1)))
    assert divergence.item() == pytest.approx(2.3181471806)  # of N(2, 0.25) from N(0, 1)


def test_points_on_the_moons_have_distance_0():
    assert gan.off_moons(np.array([[0.0, 1.0], [1.0, -0.5]])) == pytest.approx(0, abs=1e-4)
    assert gan.off_moons(np.array([[0.0, 1.5]])) == pytest.approx(0.5, abs=1e-4)


def test_an_image_that_cannot_be_misread_is_given_back_as_it_was_moved_last():
    model = Sequential(Linear(1, 1), lambda scores: scores @ np.array([[1.0, 0.0]]) * 0 + np.array([1.0, 0.0]))
    image, steps = adversarial.ascend(model, np.zeros(1), 0, most=3)
    assert steps is None
    assert image.tolist() == [0.0]


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (linear_autoencoder, ["--width", "17"], "--width must be at most 16, and --images at least 100"),
        (autoencoder, ["--noise", "0"], "--noise must be more than 0"),
        (adversarial, ["--change", "1.5"], "--change must be more than 0 and at most 1"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(module, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        module.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
