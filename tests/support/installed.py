"""A run through an installed package: import, train, compile, draw, make a page, and the command line.

Run as a script, ``python -W error tests/support/installed.py FOLDER``, by the Python that the package is installed for.
It imports nothing of the clone, writes its files into the folder, and prints where the packages are.
"""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import autograd
import nn
import visualize

PACKAGES = (autograd, nn, visualize)
NEEDS_MORE = {"nn.sklearn": "scikit-learn"}  # a module, and what is to be installed besides, as its error says
CLONE = Path(__file__).parents[2]


def import_everything() -> None:
    """Import every module, and see that none is the clone's."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            try:
                found = importlib.import_module(module.name).__file__
            except ImportError as missing:
                if f"pip install {NEEDS_MORE.get(module.name, '?')}" not in str(missing):
                    raise
            else:
                assert not Path(found).is_relative_to(CLONE), f"{found} is of the clone"


def compile_a_function() -> None:
    """Train a neuron as it is written, and compiled for several points."""
    model = nn.Neuron(2)
    points = np.array([[1.0, 2.0], [3.0, -1.0]])
    loss = autograd.compile(lambda x: model(x) ** 2)
    loss(points).mean().backward()
    compiled = [p.grad for p in model.parameters()]
    model.zero_grad()
    autograd.mean([model(list(point)) ** 2 for point in points]).backward()
    assert np.allclose(compiled, [p.grad for p in model.parameters()], rtol=1e-12)


def draw(folder: Path) -> None:
    """Draw a value, and make its page."""
    x = autograd.Value(2.0, name="x")
    y = (x * x + 1).tanh()
    y.backward()
    assert visualize.draw(y).save(folder / "y.svg").read_bytes().startswith(b"<svg")
    assert b"</script>" in visualize.page(y).save(folder / "y.html").read_bytes()


def command(folder: Path) -> None:
    """Ask the command line for a derivative."""
    line = [sys.executable, "-W", "error", "-m", "autograd", "x1*x2 + sin(x1)", "x1=0", "x2=5", "--draw", "f.dot"]
    printed = subprocess.run(line, cwd=folder, check=True, capture_output=True).stdout.decode("utf-8", "replace")
    assert "df/dx1" in printed
    assert "= 6" in printed
    assert (folder / "f.dot").read_text(encoding="utf-8").startswith("digraph")  # found by its entry point


def main(folder: Path) -> None:
    """Do all of it."""
    import_everything()
    compile_a_function()
    draw(folder)
    command(folder)
    print(f"stepgrad {autograd.__version__} for Python {sys.version.split()[0]}, in {Path(autograd.__file__).parent}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
