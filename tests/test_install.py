"""What installing and importing brings along, measured in fresh processes."""

import json
import re
import sys

import pytest

from tests.processes import ROOT, run_fresh


def test_importing_autograd_brings_in_nothing_but_numpy():
    script = "import json, sys; import {}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    brought = set(json.loads(run_fresh(script.format("autograd")))) - set(json.loads(run_fresh(script.format("numpy"))))
    assert brought - set(sys.stdlib_module_names) == {"autograd"}


# A room may import only what stands below it in its list.
FLOORS = [
    {"errors", "quiet", "source", "table", "terminal", "text"},
    {"ops", "array_ops", "real", "context", "trees", "frozen", "notation"},
    {"more_ops"},
    {"namespaces", "ufuncs", "tape", "latex", "array_symbols"},
    {"array_sweep", "tree", "provenance", "symbols", "shaped"},
    {"sweep", "program", "array_pass"},
    {"branches", "formula"},
    {"value", "anomaly", "pen", "identities"},
    {"tensor", "step"},
    {"functions", "arraylike", "uses", "stops", "trace_table", "flat"},
    {"array_functions", "parameters"},
    {"array_products", "convolutions"},
    {"choices", "activations", "reductions", "custom", "paths", "state", "array_uses", "entries"},
    {"more_functions"},
    {"tracing", "explain", "stepping", "expression"},
    {"numpy_functions"},
    {"debug"},
    {"derivatives", "numerical"},
    {"rerun", "__main__"},
    {"comparison", "nudge"},
    {"rays", "report"},
    {"check_arrays"},
    {"check"},
]

COMPILER = [
    {"arguments", "columns", "conditions", "grids", "memory", "patterns", "results"},
    {"cells", "condensed", "eager", "recording", "views"},
    {"sums"},
    {"groups"},
    {"biases"},
    {"layout"},
    {"adjoints", "leaves", "lines", "products", "reductions", "replay"},
    {"emission"},
    {"variant"},
    {"call", "listing"},
    {"quick", "words"},
    {"function"},
]


def imports(path, dots="."):
    """The rooms that a room imports from a package, while it is imported itself."""
    for found in re.findall(
        rf"^from {re.escape(dots)}(?!\.)(.*?) import (\([^)]*\)|.*)", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        source, names = found
        yield from [source.split(".")[0]] if source else re.findall(r"\w+", names)


@pytest.mark.parametrize(("package", "floors"), [("autograd", FLOORS), ("autograd/compiler", COMPILER)])
def test_every_import_points_down(package, floors):
    above = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
    rooms = {path.stem: path for path in (ROOT / package).glob("*.py") if path.stem != "__init__"}
    assert set(rooms) == set(above)
    for room, path in rooms.items():
        for name in imports(path):
            assert above[name] < above[room], f"{room} imports {name}, which does not stand below it"


def test_the_compiler_stands_on_the_engine_and_nothing_of_that_on_the_compiler():
    rooms = set().union(*FLOORS)
    for path in (ROOT / "autograd" / "compiler").glob("*.py"):
        assert set(imports(path, "..")) <= rooms
    for path in (ROOT / "autograd").glob("*.py"):
        if path.stem != "__init__":
            assert not re.search(r"^\s*(from|import) .*\bcompiler\b", path.read_text(encoding="utf-8"), re.MULTILINE), (
                path
            )


def test_no_package_imports_one_that_stands_above_it():
    for package, forbidden in (("autograd", ("nn", "visualize")), ("nn", ("visualize",))):
        for path in (ROOT / package).rglob("*.py"):
            for other in forbidden:
                assert f"import {other}" not in path.read_text(encoding="utf-8")
                assert f"from {other}" not in path.read_text(encoding="utf-8")


def test_no_room_is_too_large_to_read():
    lines = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in (ROOT / "autograd").rglob("*.py")}
    assert max(lines.values()) <= 400
    core = sum(lines[ROOT / "autograd" / f"{room}.py"] for room in ("ops", "tape", "sweep", "value"))
    assert core < 1000
