"""Depth: the claims of its scripts."""

import math

import pytest

from tests.support.lectures import check_claims, run_quickly
from tests.support.programs.effort import SEEDS


def near(known, share=0.04):
    return known * (1 - share), known * (1 + share)


CLAIMS = {
    # The factor √c of relus with c times He's variance; a sigmoid divides by more than four.
    "vanishing": {
        "factor, relu, twice He's variance": near(math.sqrt(2)),
        "factor, relu, He": near(1),
        "factor, relu, half of He's variance": near(math.sqrt(0.5)),
        "factor, tanh, Xavier": (0.85, 1),
        "factor, sigmoid, Xavier times 4": (0.5, 0.8),
        "factor, sigmoid, Xavier": (0.2, 0.25),
        "eight sigmoids in a row": near(5.515264e-6, 1e-7),  # at most ¼⁸ = 1.5e-5
    },
    # Yang et al. 2019 for batch normalisation; a loss of log 2 is that of guessing.
    "remedies": {
        "factor, plain": near(0.5),
        "factor, He's weights": near(1),
        "factor, batch normalisation": near(math.sqrt(math.pi / (math.pi - 1))),
        "factor, layer normalisation": near(1),
        "factor, residual connection": near(math.sqrt(1.25)),
        "loss, plain": near(math.log(2), 0.01),
        "loss, He's weights": (0, 0.6),
        "loss, layer normalisation": (0, 0.65),
        "loss, residual connection": (0, 0.4),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
@pytest.mark.needs_dot
def test_the_claims_of_each_script(script, seed, tmp_path):
    check_claims(f"depth.{script}", CLAIMS[script], tmp_path, seed)


@pytest.mark.parametrize("script", CLAIMS)
def test_a_single_layer_has_no_factor_from_layer_to_layer(script, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_quickly(f"depth.{script}", tmp_path, more=["--depth", "1"])
    assert ended.value.code == 2
    assert "--depth must be at least 2" in capsys.readouterr().err
