"""A linear autoencoder finds the plane of principal components: the angles between both are zero.

``x̃ = D E x`` with k rows in E and k columns in D is trained to make ``|x - x̃|²`` small. The best such map projects on
the k directions of largest variance, and its error is the sum of the other variances (Baldi and Hornik 1989). The
columns of D need not be the components: they span the same space, which is measured by the angles between both spaces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import subspace_angles

from autograd import Tensor
from examples.common import BLUE, VERMILION, Figure, argument_parser, count, figure, panels, parse, run, save, sow
from nn import Linear, Sequential, data, init, losses, optim

Array = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    """Train the autoencoder; return its loss, that of the principal components, and the angles between both."""
    parser = argument_parser(__doc__, seed=0, steps=200)
    parser.add_argument("--width", type=count, default=4, help="the numbers that an image becomes, at most 16")
    parser.add_argument("--images", type=count, default=1797, help="how many images are used, at least 100")
    options = parse(parser, arguments, quick={"images": 400})
    if options.width > 16 or options.images < 100:
        parser.error("--width must be at most 16, and --images at least 100")
    sow(options.seed)
    images = data.load_dataset("digits")[0][: options.images] / 16
    centred = images - images.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    variances, components = lengths**2 / len(images), directions[: options.width]

    small = init.normal(0.05)
    encoder = Linear(64, options.width, bias=False, init=small)
    decoder = Linear(options.width, 64, bias=False, init=small)
    model = Sequential(encoder, decoder)
    curve, angles = [], []

    def loss() -> Tensor:
        result = losses.mse(model(centred), centred) * 64  # the mean over images of the sum over pixels
        curve.append(result.item())
        angles.append(float(np.rad2deg(subspace_angles(decoder.weight.numpy(), components.T).max())))
        return result

    found = optim.minimize(loss, model.parameters(), tol=1e-14, max_steps=options.steps)
    back = encoder.weight.numpy() @ decoder.weight.numpy()
    largest = np.rad2deg(subspace_angles(decoder.weight.numpy(), components.T).max())
    numbers = {
        "loss": found.loss,
        "loss of the principal components": float(variances[options.width :].sum()),
        "largest angle in degrees": float(largest),
        "distance of E D from the identity": float(np.abs(back - np.eye(options.width)).max()),
        "share of the variance kept": 1 - found.loss / float(variances.sum()),
    }
    for name, number in numbers.items():
        print(f"{name:<35} {number:.6g}")
    save(
        options.output,
        {
            "linear_angles.png": (draw_angles(curve, angles, numbers), "the angle between both spaces, and the loss"),
            "linear_components.png": (
                draw_columns(decoder.weight.numpy().T, components),
                "the columns of the decoder, and the principal components",
            ),
        },
    )
    return numbers


def draw_angles(curve: list[float], angles: list[float], numbers: dict[str, float]) -> Figure:
    """The loss above its minimum, and the largest angle, by the number of passes."""
    picture, axes = figure("The space of the autoencoder turns into that of PCA", "passes over the data", "")
    axes.semilogy(angles, color=BLUE, linewidth=2, label="largest angle between the spaces, in degrees")
    above = np.array(curve) - numbers["loss of the principal components"]
    axes.semilogy(np.maximum(above, 1e-12), "--", color=VERMILION, linewidth=2, label="loss above that of PCA")
    axes.legend(fontsize=12, frameon=False)
    return picture


def draw_columns(columns: Array, components: Array) -> Figure:
    """The directions of both as images: red where a pixel falls, blue where it rises."""
    shown = min(len(columns), 6)
    picture, plots = panels(2, shown, "Other directions, the same space", (1.8 * shown + 1, 4.2))
    for k, axes in enumerate(plots):
        row, column = divmod(k, shown)
        direction = (columns, components)[row][column].reshape(8, 8)
        most = np.abs(direction).max()
        axes.imshow(direction, cmap="RdBu", vmin=-most, vmax=most)
        axes.set_xticks([])
        axes.set_yticks([])
        if column == 0:
            axes.set_title(("columns of the decoder", "principal components")[row], fontsize=12, loc="left")
    return picture


if __name__ == "__main__":
    run(main)
