"""Attention: the claims of its scripts."""

import math

import pytest

from examples.common import names
from tests.support.lectures import check_claims
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "attention.recall": {
        "accuracy": (0.99, 1),
        "accuracy of the mean": (0.3, 0.43),
        "ceiling of the mean": (0.38647, 0.38648),  # of 5 values out of 8, over the partitions of 5
        "weight of the pair asked for": (0.95, 1),
        "change with the order": (0, 1e-12),  # a sum over pairs does not depend on their order
    },
    "attention.scalar_gpt": {
        "held-out loss": (1.8, 2.5),
        "gain on the last letter": (0.03, 0.6),
        "difference of the losses": (0, 1e-12),
        "times as fast": (20, math.inf),
    },
}


@pytest.mark.long
@pytest.mark.untraced
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
def test_claims_hold_for_any_seed(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


def test_names_are_short_and_all_different():
    listed = names.names(longest=9)
    assert len(listed) == len(set(listed)) > 600
    assert all(set(name) < set(names.ALPHABET) - {names.END} for name in listed)
    assert max(map(len, names.names(longest=4))) == 4


def test_a_name_is_encoded_with_the_letter_that_follows():
    letters, following = names.letters_and_next(["ab"], 4)
    assert letters.argmax(axis=2).tolist() == [[0, 1, 2, 0]]
    assert following.argmax(axis=2).tolist() == [[1, 2, 0, 0]]
    assert letters.sum(axis=2).tolist() == following.sum(axis=2).tolist() == [[1, 1, 1, 0]]


def test_the_loss_of_pairs_of_letters_is_that_of_laplace():
    # "aa" has .a, aa, a.: of two letters after a, one is a; of one after the beginning, one is a.
    expected = -(math.log(2 / 28) + math.log(2 / 29) + math.log(2 / 29)) / 3
    assert names.bigram_loss(["aa"], ["aa"]) == pytest.approx(expected)
