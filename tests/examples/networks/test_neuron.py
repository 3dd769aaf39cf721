"""A neuron: the claims of its scripts."""

import math

import pytest

from examples.neuron import saddle
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

# sigma(-0.5) = 0.37754066879814546, L = -log of it, dL/dz = that - 1.
CLAIMS = {
    "neuron.by_hand": {
        "loss": (0.9740769841, 0.9740769842),
        "dL/dw1": (-0.6224593313, -0.6224593312),
        "dL/dw2": (-1.8673779937, -1.8673779936),
        "dL/db": (-0.6224593313, -0.6224593312),
        "by hand and backward apart": (0, 1e-15),
        "paths": (5, 5),
        "paths and gradient apart": (0, 1e-15),
    },
    "neuron.collapse": {
        "layers and product apart": (0, 1e-13),
        "Jacobian and product apart": (0, 1e-13),
        "rank": (2, 2),
        "bend of linear layers": (0, 1e-13),
        "bend with tanh": (0.1, 1),
    },
    "neuron.xor": {
        "loss of a neuron": (math.log(2) - 1e-12, math.log(2) + 1e-3),
        "accuracy of a neuron": (0, 0.75),
        "loss of two layers": (0, 0.01),
        "accuracy of two layers": (1, 1),
    },
    "neuron.saddle": {
        "smallest eigenvalue": (-2 - 1e-12, -2 + 1e-12),
        "largest eigenvalue": (2 - 1e-12, 2 + 1e-12),
        "steps per factor of ten": (math.log(10) / math.log(1.1) - 0.2, math.log(10) / math.log(1.1) + 0.2),
        "distance from the saddle": (0, 1e-15),
        "equal neurons differ by": (0, 0),
        "random neurons differ by": (0.5, 10),
        "zero ReLU weights move by": (0, 0),
    },
}


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_a_rate_that_leaps_over_the_minima_ends_with_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        saddle.main(["--rate", "0.2"])
    assert ended.value.code == 2
    assert "--rate must be more than 0 and at most 0.1" in capsys.readouterr().err
