"""Ensembles: the claims of their scripts."""

import pytest

from examples.ensembles import bagging
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "ensembles.bagging": {
        "accuracy of the mean": (0.75, 0.95),
        "accuracy of the votes": (0.75, 0.95),
        "gain of the mean": (-0.01, 0.1),
        "gain in squared error": (0.001, 0.1),  # at least 0, by the decomposition
        "remainder of the decomposition": (0, 1e-15),
    },
    "ensembles.calibration": {
        "calibration error": (0.1, 0.3),
        "calibration error at the temperature": (0, 0.06),
        "calibration error of the mean": (0, 0.12),
        "calibration error of the truth": (0, 0.03),
        "temperature": (2, 20),
        "answers that the temperature changes": (0, 0),
    },
}


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold_for_any_seed(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_one_net_is_no_ensemble(capsys):
    with pytest.raises(SystemExit) as ended:
        bagging.main(["--models", "1"])
    assert ended.value.code == 2
    assert "--models must be 2 or more: one alone is no ensemble" in capsys.readouterr().err
