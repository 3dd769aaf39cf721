"""Features: the claims of its scripts."""

import pytest

from examples.features import polynomial, radial
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "features.polynomial": {  # each model contains the one before; a sine from -π to π bends twice
        "largest rise of the error on points seen": (-1, 1e-12),
        "best degree": (3, 7),
        "fresh error, best": (0.25**2, 0.1),
        "fresh error, degree 1": (0.2, 0.4),
        "fresh error, degree 15": (0.5, 1e12),
    },
    "features.radial": {
        "β": (0.05, 5),
        "fresh error": (0.2**2, 0.06),
        "fresh error of the narrowest": (0.3, 1),
        "fresh error of the widest": (0.2, 1),
    },
    "features.codes": {
        "apart without a penalty": (0, 1e-5),
        "means of levels apart": (0, 1e-5),
        "error, thermometer": (0, 0.1),
        "error, a number": (0.2, 0.4),
        "at the missing level, thermometer": (2.7, 3.3),
        "at the missing level, one-hot": (1.5, 2.4),
    },
    "features.early_stopping": {
        "late over early": (1.05, 10),
        "fresh loss stopped early": (0.4**2, 0.3),
        "epoch that was kept": (20, 700),
    },
}


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


@pytest.mark.parametrize(
    ("main", "message"),
    [(polynomial.main, "--points must be more than 15"), (radial.main, "--points must be at least 10")],
)
def test_too_few_points_end_with_a_sentence(main, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--points", "9"])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
