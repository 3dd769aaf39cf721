"""Linear layers one after the other are a single linear layer; a nonlinear function between them changes that.

``W₂ (W₁ x + b₁) + b₂ = (W₂ W₁) x + (W₂ b₁ + b₂)``: however many layers there are, the output is a straight line along
every line of inputs, and the rank of the product is at most the smallest width on the way. With ``tanh`` between the
layers the same weights give a curve.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd import jacobian, no_grad
from examples.common import BLUE, VERMILION, argument_parser, count, figure, parse, run, save, sow
from nn import Layer, Sequential

INPUTS = 4


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Compare the layers with their product; return the differences, the rank and the bends."""
    parser = argument_parser(__doc__, seed=0)
    parser.add_argument("--widths", type=count, nargs="+", default=[5, 2, 5, 4], help="the outputs of each layer")
    options = parse(parser, arguments)

    sow(options.seed)
    linear, curved = network(options.widths, "linear"), network(options.widths, "tanh")
    for parameter in linear.parameters():
        parameter.data = np.random.normal(0.0, 0.7)
    curved.load_state_dict(linear.state_dict())

    matrix, offset = np.eye(INPUTS), np.zeros(INPUTS)
    for layer in linear:
        weights = np.array([[w.data for w in neuron.weights] for neuron in layer.neurons])
        biases = np.array([neuron.bias.data for neuron in layer.neurons])
        matrix, offset = weights @ matrix, weights @ offset + biases
    points = np.random.normal(size=(20, INPUTS))
    apart = float(np.abs(outputs(linear, points) - (points @ matrix.T + offset)).max())
    slopes = [[y.data for y in row] for row in jacobian(linear)(points[0].tolist())]
    rank = int(np.linalg.matrix_rank(matrix))
    print(f"{linear}\n{len(linear)} linear layers and their product are at most {apart:.0e} apart.")
    print(f"The product is {matrix.shape[0]}×{matrix.shape[1]}, of rank {rank}; ", end="")
    print(f"the narrowest layer has {min(options.widths)} outputs.")

    times = np.linspace(-2.0, 2.0, 161)
    line = points[0] + times[:, None] * points[1]
    straight, bent = outputs(linear, line)[:, 0], outputs(curved, line)[:, 0]
    print(f"Along a line of inputs, linear layers bend by {bend(straight):.0e} of their range, with tanh by ", end="")
    print(f"{bend(bent):.0%}.")
    picture, axes = figure(
        "Linear layers give a line, tanh between them a curve", "position along a line of inputs", "first output"
    )
    axes.plot(times, straight, color=BLUE, linewidth=4, label=f"{len(linear)} linear layers")
    product = (line @ matrix.T + offset)[:, 0]
    axes.plot(times, product, color="#222222", linestyle="dashed", linewidth=1.5, label="one layer: their product")
    axes.plot(times, bent, color=VERMILION, linewidth=3, label="the same weights, with tanh")
    picture.legend(fontsize=11, loc="outside lower center", ncols=3, frameon=False)
    save(options.output, {"neuron_collapse.png": (picture, "the outputs along a line of inputs")})
    return {
        "layers and product apart": apart,
        "Jacobian and product apart": float(np.abs(np.array(slopes) - matrix).max()),
        "rank": rank,
        "bend of linear layers": bend(straight),
        "bend with tanh": bend(bent),
    }


def network(widths: Sequence[int], activation: str) -> Sequential:
    """Make layers of these widths; the last one is linear."""
    sizes = [INPUTS, *widths]
    kinds = [activation] * (len(widths) - 1) + ["linear"]
    return Sequential(*[Layer(*sizes[k : k + 2], activation=kind) for k, kind in enumerate(kinds)])


def outputs(model: Sequential, points: np.ndarray) -> np.ndarray:
    """Compute the outputs of a model for each point."""
    with no_grad():
        return np.array([[y.item() for y in model(x)] for x in points.tolist()])


def bend(values: np.ndarray) -> float:
    """Return the largest distance from the straight line between the ends, as a share of the range of values."""
    chord = np.linspace(values[0], values[-1], len(values))
    return float(np.abs(values - chord).max() / np.ptp(values))


if __name__ == "__main__":
    run(main)
