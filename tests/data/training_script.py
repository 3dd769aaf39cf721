"""A training script as a user writes it, with types: `test_types` runs it, and has it checked by mypy and pyright.

Each ``assert_type`` is what an editor shows there.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np
from typing_extensions import assert_type

import nn
from autograd import Tensor, Value


class Net(nn.Module):
    """A module of the user's own, of array layers and parameters."""

    def __init__(self, width: int = 8) -> None:
        self.hidden = nn.Linear(2, width, "relu")
        self.scale = Tensor(np.ones(width))
        self.out = nn.Linear(width, 1)
        self.register_buffer("seen", np.zeros(1))

    def forward(self, x: Any) -> Tensor:
        return self.out(self.hidden(x) * self.scale)


def by_hand(model: Net, x: Any, y: Any) -> float:
    """A step of the loop that a lecture shows."""
    loss = nn.losses.mse(model(x), y)
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        if isinstance(p, Tensor) and p.grad is not None:
            p.data -= 0.01 * p.grad
    return float(loss.item())


def main(path: str) -> None:
    random.seed(0)
    x, labels = nn.data.moons(40, noise=0.1, rng=0)
    y = labels[:, None].astype(float)
    model = Net()
    assert_type(model(x), Tensor)
    assert_type(model.hidden.weight, Tensor)
    assert_type(model.eval().train(), Net)
    optimizer = nn.optim.Adam(model.parameters(), lr=0.01)
    history = nn.fit(model, nn.losses.mse, (x, y), optimizer, epochs=3, progress=False)
    assert_type(history["loss"], list[float])

    losses = [by_hand(model, x, y) for _ in range(3)]
    nn.save(path, model, optimizer, losses=losses, rng=np.random.default_rng(0))
    again = Net()
    extra = nn.load(path, again, nn.optim.Adam(again.parameters(), lr=0.01))
    assert_type(extra, dict[str, Any])
    before = again.state_dict()
    by_hand(again, x, y)

    summary = nn.summary(again, x)
    assert_type(summary.parameters, int)
    assert_type([row.path for row in summary], list[str])
    report = nn.diagnose(again, before=before)
    assert_type(report[0].gradient, float | None)

    neuron = nn.Neuron(2, "tanh")
    assert_type(neuron([1.0, -2.0]), Value)
    assert_type(nn.Layer(2, 3)([1.0, -2.0]), list[Value])
    print(extra["losses"][-1] < losses[0], summary.parameters)


if __name__ == "__main__":
    main(sys.argv[1])
