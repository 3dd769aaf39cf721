"""Random seeds, the network of the two moons, reports of progress during training, and the picture of one neuron."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
from tqdm import tqdm

from autograd import Value
from nn import MLP, Neuron
from nn.data import moons
from visualize import Drawing, draw

T = TypeVar("T")


def sow(seed: int) -> np.random.Generator:
    """Seed the generators of Python and of numpy, and return a new generator with the same seed."""
    random.seed(seed)
    np.random.seed(seed)
    return np.random.default_rng(seed)


def moons_network(samples: int, seed: int) -> tuple[MLP, Any, Any]:
    """Return the network of the two moons with its first weights, the points, and the targets, which are -1 and 1."""
    random.seed(seed)
    model = MLP(2, [16, 16, 1])
    points, labels = moons(samples, noise=0.1, rng=seed)
    return model, points, 2.0 * labels - 1


def progress(work: Iterable[T], unit: str = "step") -> tqdm[T]:
    """Iterate over some work with a progress bar, which is shown in terminals only."""
    return tqdm(work, unit=unit, disable=None)


def report(bar: tqdm[int], step: int, loss: float, accuracy: float) -> None:
    """Show the loss and the accuracy: always beside the bar of `progress`, and regularly as a line of their own."""
    bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.1%}")
    steps = len(bar)
    if step % max(1, steps // 10) == 0 or step == steps - 1:
        bar.write(f"step {step:3}   loss {loss:.4f}   accuracy {accuracy:6.1%}")


def strongest(neurons: Sequence[Neuron], inputs: dict[str, float]) -> Drawing:
    """Draw the graph of the neuron whose output for these inputs is largest in magnitude, with its gradients."""
    values = [Value(number, name) for name, number in inputs.items()]
    neuron = max(neurons, key=lambda each: abs(each(values).item()))
    neuron.zero_grad()
    y = neuron(values)
    y.name = "y"
    y.backward()
    return draw(y)
