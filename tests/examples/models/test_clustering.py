"""Clustering: the claims of its scripts."""

import numpy as np
import pytest

from examples.clustering import choosing_k, k_means
from tests.support.lectures import check_claims, run_quickly
from tests.support.programs.effort import SEEDS

CLAIMS = {
    # The gradient of the loss of k-means is 2 N (μ - mean), that of the smooth one is made of shares; both by hand.
    "clustering.k_means": {
        "largest rise of the loss": (-np.inf, 1e-9),
        "distance of descent at 1 / (2 N) from Lloyd": (0, 1e-12),
        "error of the soft gradient": (0, 1e-12),
        "gap of the smooth minimum": (0, np.log(5)),  # log-sum-exp is above the maximum by at most log(k)
    },
    # The numbers of scikit-learn 1.9's GaussianMixture(2, tol=1e-10, reg_covar=0).
    "clustering.gaussian_mixture": {
        "log-likelihood by L-BFGS": (-1130.263961, -1130.263959),
        "log-likelihood by EM": (-1130.263961, -1130.263959),
        "least rise in a round of EM": (0, np.inf),
        "share of short eruptions": (0.35587, 0.35588),
        "minutes of short eruptions": (2.03638, 2.03640),
        "minutes after short eruptions": (54.4784, 54.4786),
        "minutes of long eruptions": (4.28965, 4.28967),
        "minutes after long eruptions": (79.9680, 79.9682),
    },
    "clustering.choosing_k": {
        "loss with 4 centres over loss with 5": (1.5, np.inf),
        "loss with 5 centres over loss with 6": (1, 1.3),
        "held-out loss with 5 centres over loss with 6": (0.9, 1.15),
        "largest rise with a further centre": (-np.inf, 0),
        "loss with a centre for each point": (0, 0),
        "rings told apart in the plane": (0.5, 0.7),
        "rings told apart by the radius": (1, 1),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
def test_the_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.long
def test_lloyds_algorithm_ends_where_that_of_scikit_learn_does(seed, tmp_path):
    numbers = run_quickly("clustering.k_means", tmp_path, seed)
    assert numbers["loss of Lloyd"] == pytest.approx(numbers["loss of scikit-learn"], rel=1e-12)
    assert numbers["loss of descent"] == pytest.approx(numbers["loss of scikit-learn"], rel=1e-6)


def test_six_points_by_hand():
    points = np.array([[0, 0], [0, 2], [2, 0], [10, 10], [10, 12], [12, 11]], dtype=float)
    path = k_means.lloyd(points, points[[0, 2]])
    assert [choosing_k.loss(points, centres) for centres in path] == pytest.approx([597, 48.4375, 10])
    assert path[-1] == pytest.approx(np.array([[2 / 3, 2 / 3], [32 / 3, 11]]))


def test_a_centre_without_points_stays():
    points = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert k_means.lloyd(points, np.array([[0.0, 0.0], [9.0, 9.0]]))[-1].tolist() == [[0.5, 0.0], [9.0, 9.0]]


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (k_means, ["--points", "4"], "--points must be at least 5, and --beta more than 0"),
        (k_means, ["--beta", "0"], "--points must be at least 5, and --beta more than 0"),
        (choosing_k, ["--points", "19"], "--points must be at least 20"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(module, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        module.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
