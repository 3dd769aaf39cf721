"""Regression: the claims of its scripts."""

import pytest

from examples.regression import ridge
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

# 2859.6963475867506 and 0.5177484222203498 are the mean squared error and R² of scikit-learn's LinearRegression on its
# diabetes data. After ten steps of factor f from 4, θ = 1 + 3 f¹⁰: 0.98, 0.8, 0, -0.8, -1, -1.2. The two points: slope
# c / (v + λ) with the covariance c = 0.0025 and the variance v = 0.000025, through the mean (0.005, 25.5).
CLAIMS = {
    "regression.linear": {
        "mean squared error": (2859.69634758, 2859.69634759),
        "R²": (0.517748422, 0.517748423),
        "slope at λ=0": (0.99, 1.01),
        "slope at λ=0.01": (0.99, 1.01),
        "slope at λ=0.1": (0.99, 1.01),
        "distance at λ=0.1": (0, 1e-10),
        "distance at λ=1": (0, 1e-13),
    },
    "regression.rates": {
        f"θ at η={rate}": (1 + 3 * factor**10 - 1e-12, 1 + 3 * factor**10 + 1e-12)
        for rate, factor in [("0.01", 0.98), ("0.1", 0.8), ("0.5", 0), ("0.9", -0.8), ("1", -1), ("1.1", -1.2)]
    },
    "regression.conditioning": {
        "steps over expected, raw": (0.98, 1.02),
        "steps over expected, standardised": (0.9, 1.1),
        "κ, raw": (11, 13),
        "κ, standardised": (2, 2.5),
        "κ of all ten, raw": (70_000, 80_000),
        "κ of all ten, standardised": (470, 471),
    },
    "regression.ridge": {
        "prediction at λ=0": (225 - 1e-6, 225 + 1e-6),
        "prediction at λ=1e-05": (168 - 1e-6, 168 + 1e-6),
        "prediction at λ=0.001": (30.3658, 30.3659),
        "prediction at λ=0.1": (25.5498, 25.5499),
        "best λ": (0.01, 10),
        "largest weight shrinks by": (0, 0.5),
        "descent and closed form apart": (0, 1e-3),
    },
}


WITHOUT_CHANCE = ("regression.rates", "regression.conditioning")
RUNS = [(script, seed) for script in CLAIMS for seed in ([None] if script in WITHOUT_CHANCE else SEEDS)]


@pytest.mark.long
@pytest.mark.parametrize(("script", "seed"), RUNS)
def test_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_too_few_patients_end_with_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        ridge.main(["--patients", "10"])
    assert ended.value.code == 2
    assert "--patients must be from 11 to 441" in capsys.readouterr().err
