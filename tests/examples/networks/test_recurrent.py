"""Recurrent nets: the claims of their scripts."""

import math

import pytest

from examples.recurrent import remember
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "recurrent.through_time": {
        "deviation from the powers": (0, 1e-12),
        "left by tanh": (0, 1e-6),
        "left by the cell": (0, 1e-9),  # 0.5 to the power of 49 is 2e-15
        "left by the open cell": (0.7, 10),  # σ(5) to the power of 49 is 0.72
    },
    "recurrent.remember": {
        "accuracy of the LSTM": (0.97, 1),
        "gradient at the first input, LSTM to RNN": (30, math.inf),
    },
    "recurrent.spell": {"held-out loss": (1.8, 2.5), "gain on the last letter": (0.05, 0.6)},
}


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold_for_any_seed(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_a_sequence_too_short_to_forget_ends_with_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        remember.main(["--length", "2"])
    assert ended.value.code == 2
    assert "--length must be 3 or more: a sign, and some noise" in capsys.readouterr().err
