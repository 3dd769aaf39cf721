"""Regularisation: the claims of its scripts."""

import pytest

from tests.support.lectures import check_claims, run_quickly
from tests.support.programs.effort import SEEDS

CLAIMS = {
    # Five features of twenty matter; the closed forms are those of the docstring.
    "penalties": {
        "zero, L1": (15, 15),
        "zero in the closed form of L1": (15, 15),
        "zero, L2": (0, 3),
        "equal, none": (1, 1),
        "equal, L∞": (2, 5),
        "from the closed form, none": (0, 1e-12),
        "from the closed form, L1": (0, 2e-3),
        "from the closed form, L2": (0, 1e-12),
        "from the closed form, L∞": (0, 0.04),
    },
    "noise_is_ridge": {
        "from ridge, noise": (0, 0.02),
        "from ridge, dropout": (0, 0.02),
        "least squares from ridge, noise": (0.2, 10),
        "least squares from ridge, dropout": (0.2, 10),
    },
    # Half the distance of the clouds is 0.8 standard deviations, so balanced recalls are Φ(0.8) = 0.788 on average.
    "imbalance": {
        "recall of the rare, no weights": (0.05, 0.35),
        "recall of the rare, balanced": (0.65, 0.92),
        "mean recall, balanced": (0.74, 0.83),
        "move of b / known": (0.9, 1.1),
        "move of w": (0, 0.4),
    },
    "few_digits": {
        "gain, L2": (0, 0.2),
        "gain, dropout": (0, 0.2),
        "gain, noise": (-0.01, 0.2),
        "gain on shifted images, shifts": (0.2, 0.6),
        "labels learnt, nothing": (0.85, 1),  # of which a fifth are random
        "how sure / asked for, label smoothing": (0.6, 1.05),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
@pytest.mark.needs_dot
def test_the_claims_of_each_script(script, seed, tmp_path):
    check_claims(f"regularisation.{script}", CLAIMS[script], tmp_path, seed)


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("imbalance", ["--one-in", "1"], "--one-in from 2 to a fifth of them"),
        ("few_digits", ["--images", "10"], "--images must be from 20 to 1500"),
        ("few_digits", ["--wrong", "1.5"], "--wrong at most 1"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(script, arguments, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_quickly(f"regularisation.{script}", tmp_path, more=arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
