"""The pictures and pages that are kept in the repository, where README and documents show them without a build.

``python -m docs.kept_pictures`` draws them anew, after a change of how pictures look. The trained moons and the program
as matrices are drawn by the scripts that the documents tell of.
"""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import tempfile
from pathlib import Path

import visualize
from autograd import Value, watch
from examples.start import draw_expression, moons, scalars_to_matrices
from nn import MLP, data, fit, losses, optim

HERE = Path(__file__).parent
SCRIPTS = {  # their pictures, and the names under which these are kept
    moons: {"moons_boundary.png": "moons.png"},
    scalars_to_matrices: {"scalars.svg": "scalars.svg", "matrices.svg": "matrices.svg"},
}


def neuron() -> Value:
    """The neuron of the README, after its backward pass."""
    x1, x2 = Value(2.0, name="x1"), Value(0.0, name="x2")
    w1, w2 = Value(-3.0, name="w1"), Value(1.0, name="w2")
    b = Value(6.8813735870195432, name="b")
    n = x1 * w1 + x2 * w2 + b
    n.name = "n"
    y = n.tanh()
    y.name = "y"
    y.backward()
    return y


def expression() -> Value:
    """The expression of the tour, after its backward pass."""
    g = draw_expression.expression(Value(-4.0, name="a"), Value(2.0, name="b"))
    g.backward()
    return g


def network() -> MLP:
    """A network of two inputs and one hidden layer."""
    random.seed(1)
    return MLP(2, [2, 1])


def trained() -> visualize.Page:
    """The page on which a small network learns to tell two moons apart: the loss of one point, and the points."""
    random.seed(1)
    x1, x2, t = Value(0.5, name="x1"), Value(-0.3, name="x2"), Value(1.0, name="t")
    score = MLP(2, [4, 1], activation="tanh")([x1, x2])
    score.name = "score"
    loss = (score - t) ** 2
    loss.name = "loss"
    points, labels = data.moons(60, rng=0)[:2]
    return visualize.page(loss, data={x1: points[:, 0], x2: points[:, 1], t: 2 * labels - 1})


def filmed() -> visualize.Page:
    """The training of a small network on two moons, to play: the loss of one point in each frame, and the boundary."""
    random.seed(1)
    points, labels = data.moons(60, rng=0)[:2]
    model, film = MLP(2, [4, 1], activation="tanh"), watch(every=5)
    adam = optim.Adam(model.parameters(), lr=0.05)
    targets = 2 * labels - 1
    fit(model, losses.mse, (points, targets), adam, epochs=301, batch_size=60, callbacks=film, progress=False)
    x1, x2, t = Value(0.5, name="x1"), Value(-0.3, name="x2"), Value(1.0, name="t")
    score = model([x1, x2])
    score.name = "score"
    loss = (score - t) ** 2
    loss.name = "loss"
    return visualize.page(loss, film=film, data={x1: points[:, 0], x2: points[:, 1], t: targets})


def draw_all(folder: Path = HERE) -> None:
    """Draw all of them into the folders ``pictures`` and ``pages``."""
    pictures, pages = folder / "pictures", folder / "pages"
    for name, root in (("neuron", neuron()), ("expression", expression())):
        visualize.draw(root).save(pictures / f"{name}.svg")
        visualize.page(root).save(pages / f"{name}.html")
    trained().save(pages / "network.html")
    filmed().save(pages / "film.html")
    visualize.play().save(pages / "play.html")
    visualize.draw_network(network(), level="neuron").save(pictures / "network.png")
    with tempfile.TemporaryDirectory() as made:
        for script, names in SCRIPTS.items():
            with contextlib.redirect_stdout(io.StringIO()):
                script.main(["--output", made])
            for name, kept in names.items():
                shutil.copy(Path(made) / name, pictures / kept)


if __name__ == "__main__":
    draw_all()
