"""Science: the claims of its scripts, which are closed forms and published numbers."""

from fractions import Fraction

import pytest

from examples.science import newton
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "science.nist": {
        "digits from the first start": (7, 11),
        "digits from the second start": (7, 11),  # of the eleven that NIST certifies
    },
    "science.ode_fit": {
        "difference from the published numbers": (0, 0.04),  # they have two digits
        "relative error of the pelts": (0, 0.25),
        "length of the gradient": (0, 1e-3),
    },
    "science.physics_informed": {"error of the solution": (0, 0.1), "error of the equation": (0, 0.15)},
    "science.black_scholes": {
        "price of Hull's example": (4.755, 4.765),  # printed as 4.76
        "difference from the formulas": (0, 1e-11),
        "imbalance of the equation": (0, 1e-11),
        "error of the implied volatility": (0, 1e-11),
    },
    "science.newton": {
        "steps on Rosenbrock's function": (6, 6),
        "distance from (1, 1)": (0, 1e-14),
        "distance of descent": (0.1, 3),
        "steps of logistic regression": (4, 10),
        "difference from reweighted least squares": (0, 1e-13),
    },
    "science.implicit": {
        "difference from the formula": (0, 1e-10),
        "held-out loss, above the best of a search": (-1e-3, 5e-3),
        "slope at the end": (0, 0.02),
    },
}
FIXED = {"science.nist"}  # no random numbers in it


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.parametrize(
    ("script", "seed"), [(script, seed) for script in CLAIMS for seed in ([None] if script in FIXED else SEEDS)]
)
def test_claims_hold_for_any_seed(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_the_steps_of_newton_on_rosenbrock_are_those_of_exact_arithmetic():
    x, y = Fraction(-6, 5), Fraction(1)
    for found in newton.newton(newton.rosenbrock, newton.START)[:6]:
        assert found.tolist() == pytest.approx([float(x), float(y)], abs=1e-12)
        a, b, c = 1200 * x**2 - 400 * y + 2, -400 * x, 200  # the Hessian, and the gradient
        u, v = -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)
        x, y = x - (c * u - b * v) / (a * c - b * b), y - (a * v - b * u) / (a * c - b * b)
