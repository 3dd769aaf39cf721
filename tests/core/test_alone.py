"""The core alone: copied into an empty package, with the errors and nothing else, it computes and differentiates."""

import json
import math
import shutil
import subprocess

import pytest

import autograd
from autograd.core.table import TABLE
from autograd.core.value import apply
from tests.support.mathematics import MATHEMATICS
from tests.support.processes import ROOT, run_fresh

# The script that runs there. A module of ours that is not in the copy cannot be imported.
SCRIPT = """
import json, sys
sys.modules["autograd"] = None
from engine.core import ops, several
from engine.core.context import no_grad, scope
from engine.core.table import TABLE
from engine.core.value import Value, apply

def gradients(function, *numbers):
    xs = [Value(x) for x in numbers]
    y = function(*xs)
    y.backward()
    return [y.data, *(x.grad for x in xs)]

def rows(points):
    return [gradients(lambda *xs: apply(TABLE[name], *xs), *point) for name, point in points]

"""
SHOWN = """
print(json.dumps([{}, sorted(name for name in sys.modules if name.partition(".")[0] == "engine")]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a package ``engine`` that holds the core."""
    root = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "autograd" / "core", root / "engine" / "core", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "autograd" / "errors.py", root / "engine")
    (root / "engine" / "__init__.py").touch()
    return root


def alone(folder, expression):
    """The result of an expression, in a process that knows the copy, and the modules of the copy that it needed."""
    return json.loads(run_fresh(SCRIPT + SHOWN.format(expression), PYTHONPATH=str(folder)))


@pytest.mark.smoke
def test_it_computes_differentiates_and_needs_nothing_else(folder):
    """``(x² + 1) tanh(x/y)``, by the rules of calculus."""
    result, needed = alone(folder, "gradients(lambda x, y: (x * x + 1) * (x / y).tanh(), 1.5, -0.5)")
    bent = 1 - math.tanh(-3) ** 2
    assert result == pytest.approx(
        [3.25 * math.tanh(-3), 3 * math.tanh(-3) + 3.25 * bent / -0.5, 3.25 * bent * -1.5 / 0.25], rel=1e-14
    )
    files = (path.stem for path in (ROOT / "autograd" / "core").glob("*.py") if path.stem != "__init__")
    assert needed == sorted(["engine", "engine.errors", "engine.core", *(f"engine.core.{name}" for name in files)])


def test_every_row_of_the_table_is_there_and_the_same_to_the_bit(folder):
    points = [(name, points[0]) for name, (_, points) in MATHEMATICS.items()]
    found, _ = alone(folder, f"rows({points!r})")
    for (name, point), numbers in zip(points, found, strict=True):
        xs = [autograd.Value(x) for x in point]
        y = apply(TABLE[name], *xs)
        y.backward()
        assert numbers == [y.data, *(x.grad for x in xs)], name


def test_modes_scopes_and_accumulation_work_there(folder):
    text = """(
        gradients(lambda x: (no_grad()(lambda: x * x)() * x), 3.0),
        scope("layer")(lambda: (Value(2.0) * 2).scope)(),
        [x := Value(3.0), (y := x * x).backward(), y.backward(), x.grad][3],
    )"""
    assert alone(folder, text)[0] == [[27.0, 9.0], "layer", 12.0]


def test_a_core_that_needs_another_room_is_noticed(folder):
    path = folder / "engine" / "core" / "tape.py"
    before = path.read_text(encoding="utf-8")
    path.write_text(f"{before}\nfrom ..text import paper\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        alone(folder, "0")
    path.write_text(before, encoding="utf-8")
    assert alone(folder, "0")[0] == 0
