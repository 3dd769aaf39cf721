"""Descent: the claims of its scripts."""

import math

import pytest

from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

INFINITE = math.inf
CLAIMS = {
    # With κ = 25 the distance falls by 24/26 and, for momentum and Nesterov's method, towards 4/6 and 4/5 in each step.
    "optimizers": {
        "gradient descent": (50, 60),
        "momentum": (14, 20),
        "Nesterov": (24, 30),
        "Adagrad": (10, 30),
        "RMSprop": (10, 40),
        "Adam": (10, 99),
        "LAMB": (10, 99),
        "gradient descent beside its closed form": (0, 1e-14),
        "Nesterov beside its first form": (0, 1e-14),
    },
    "schedules": {
        "deviation at a constant rate / known": (0.92, 1.08),
        "deviation at 1/t / known": (0.92, 1.08),
        "1/t beside the mean": (0, 1e-13),
        "deviation, step": (0, 0.15),
        "deviation, exponential": (0, 0.15),
        "deviation, warm-up, cosine": (0, 0.15),
    },
    "batches": {
        "held-out accuracy, batches of 10": (0.88, 1),
        "loss of full batches / batches of 10": (5, INFINITE),
        "noise / formula, least": (0.7, 1.1),
        "noise / formula, most": (0.9, 1.3),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
@pytest.mark.needs_dot
def test_the_claims_of_each_script(script, seed, tmp_path):
    check_claims(f"descent.{script}", CLAIMS[script], tmp_path, seed)
