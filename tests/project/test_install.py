"""What installing and importing brings along, measured in fresh processes."""

import ast
import json
import sys

import pytest

from tests.support.processes import ROOT, run_fresh


@pytest.mark.parametrize(
    ("package", "brought"),
    [
        ("autograd", {"autograd"}),
        ("nn", {"autograd", "nn"}),
        ("visualize", {"autograd", "nn", "visualize", "graphviz"}),
    ],
)
def test_importing_a_package_brings_in_nothing_else_but_numpy(package, brought):
    script = "import json, sys; import {}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    found = set(json.loads(run_fresh(script.format(package)))) - set(json.loads(run_fresh(script.format("numpy"))))
    assert found - set(sys.stdlib_module_names) == brought


# What may import what is written in the paths: a room imports what stands below it, and nothing beside it.
FLOORS = [
    {"errors", "text"},
    {"core"},
    {"arrays", "programs"},
    {"functions", "formulas", "derivatives", "parameters", "watching"},
    {"stepping", "compiler"},
    {"explaining", "experiments"},
    {"checking", "terminal"},
]
COMPILER = [{"recording", "lowering"}, {"emitting"}, {"running"}, {"showing"}, {"function"}]


def modules(package):
    """Each module of a package by its dotted name, with the dotted names that it imports, whenever it does."""
    paths = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in (ROOT / package).rglob("*.py")}
    found = {}
    for name, path in paths.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                above = name.split(".")[: -node.level] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                found[name] |= {f"{base}.{x.name}" if f"{base}.{x.name}" in paths else base for x in node.names}
    return found


def rooms(package, floors):
    """The imports between rooms, as ``(floor, floor there, who, whom)``."""
    at = {room: k for k, names in enumerate(floors) for room in names}
    depth = package.count(".") + 1
    for name, imported in modules("autograd").items():
        if name.startswith(f"{package}.") and name.split(".")[depth] not in ("__init__", "__main__"):
            here = name.split(".")[depth]
            for other in imported:
                if other.startswith(f"{package}.") and other.split(".")[depth] != here:
                    yield at[here], at[other.split(".")[depth]], name, other


@pytest.mark.parametrize(("package", "floors"), [("autograd", FLOORS), ("autograd.compiler", COMPILER)])
def test_every_import_points_down(package, floors):
    found = {path.stem for path in ROOT.joinpath(*package.split(".")).glob("*") if path.suffix != ".typed"}
    assert found - {"__init__", "__main__", "__pycache__", "py"} == set().union(*floors)
    for here, there, name, other in rooms(package, floors):
        assert there < here, f"{name} imports {other}, which does not stand below it"


def test_no_files_import_each_other_in_a_circle():
    graph = modules("autograd")
    while graph:
        free = {name for name, imported in graph.items() if not imported & graph.keys() - {name}}
        free |= {name for name in graph if name.endswith("__init__")}
        assert free, f"a circle among {sorted(graph)}"
        graph = {name: imported for name, imported in graph.items() if name not in free}


def test_no_package_imports_one_that_stands_above_it():
    for package, forbidden in (("autograd", ("nn", "visualize")), ("nn", ("visualize",))):
        for path in (ROOT / package).rglob("*.py"):
            for other in forbidden:
                assert f"import {other}" not in path.read_text(encoding="utf-8")
                assert f"from {other}" not in path.read_text(encoding="utf-8")


def test_no_room_is_too_large_to_read():
    lines = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in (ROOT / "autograd").rglob("*.py")}
    assert max(lines.values()) <= 400
    core = sum(lines[ROOT / "autograd" / "core" / f"{room}.py"] for room in ("ops", "tape", "sweep", "value"))
    assert core < 1000
