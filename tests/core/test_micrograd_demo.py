"""micrograd's published demonstration, with our classes in place of its own and nothing else changed.

The points are stored, so that the numbers do not depend on who draws them; the losses are those of the original.
"""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from autograd import Value
from nn import MLP

PUBLISHED = {0: 0.8958441028683222, 1: 1.7235905336972022}
LAST = 0.01097837013549

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def history():
    """The loss and the accuracy of each of the hundred steps."""
    moons = json.loads((Path(__file__).parents[1] / "data/moons.json").read_text())
    rows, signs = np.array(moons["points"]), np.array(moons["labels"]) * 2 - 1
    random.seed(1337)
    model = MLP(2, [16, 16, 1])

    def measure():
        scores = list(map(model, [list(map(Value, row)) for row in rows]))
        margins = [(1 + -sign * score).relu() for sign, score in zip(signs, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        hits = [(sign > 0) == (score.data > 0) for sign, score in zip(signs, scores, strict=True)]
        return data_loss + penalty, sum(hits) / len(hits)

    steps = []
    for k in range(100):
        total_loss, accuracy = measure()
        model.zero_grad()
        total_loss.backward()
        rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= rate * p.grad
        steps.append((total_loss.data, accuracy))
    return steps


@pytest.mark.parametrize("step", PUBLISHED)
def test_the_first_steps_have_the_published_losses(history, step):
    assert history[step][0] == pytest.approx(PUBLISHED[step], abs=1e-9)


def test_the_last_step_has_the_published_loss_and_every_point_is_on_its_side(history):
    loss, accuracy = history[99]
    assert loss == pytest.approx(LAST, abs=1e-6)
    assert accuracy == 1.0
