"""Approximation: the claims of its scripts."""

import math

import pytest

from tests.support.lectures import check_claims, run_quickly
from tests.support.programs.effort import SEEDS

INFINITE = math.inf
CLAIMS = {
    # The bounds are those of the docstring; near the bound an error halves, or falls to a quarter, with twice the k.
    "bumps": {
        "largest error / bound, bumps": (0.5, 1),
        "largest error / bound, relus": (0.5, 1),
        "error halved, bumps": (1.8, 2.2),
        "error halved, relus": (3.6, 4.4),
    },
    # Eight tanh are enough for a wave that turns six times; one step alone explains no more than 0.25 of it.
    "curve": {
        "error, width 1": (0.25, 0.28),
        "error, width 2": (0.2, 0.26),
        "error, width 4": (0.05, 0.22),
        "error, width 8": (0, 0.03),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
@pytest.mark.needs_dot
def test_the_claims_of_each_script(script, seed, tmp_path):
    check_claims(f"approximation.{script}", CLAIMS[script], tmp_path, seed)


@pytest.mark.long
def test_depth_gives_the_pieces_and_errors_that_were_proved(tmp_path):
    claims = {
        "pieces of the saw": (2**6, 2**6),
        "pieces beside what is known": (0, 0),
        "error of the parabola": (0, 0.1 * 1 / (8 * 13**2)),  # a tenth of the least that 12 relus in a layer reach
        "error beside what is known": (0, 1e-15),
    }
    check_claims("approximation.depth_and_width", claims, tmp_path)


def test_a_depth_that_would_take_too_long_ends_with_a_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_quickly("approximation.depth_and_width", tmp_path, more=["--depth", "13"])
    assert ended.value.code == 2
    assert "--depth must be at most 12" in capsys.readouterr().err
