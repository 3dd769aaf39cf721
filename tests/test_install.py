"""What installing and importing brings along, measured in fresh processes."""

import json
import sys

from tests.processes import ROOT, run_fresh


def test_importing_autograd_brings_in_nothing_but_numpy():
    script = "import json, sys; import {}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    brought = set(json.loads(run_fresh(script.format("autograd")))) - set(json.loads(run_fresh(script.format("numpy"))))
    assert brought - set(sys.stdlib_module_names) == {"autograd"}


def test_every_import_points_down():
    """A room may import only what stands below it in this list."""
    floors = [
        {"errors", "source", "table", "terminal", "text"},
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
    above = {room: floor for floor, rooms in enumerate(floors) for room in rooms}
    rooms = {path.stem for path in (ROOT / "autograd").glob("*.py")} - {"__init__"}
    assert rooms == set(above)
    for room in rooms:
        for line in (ROOT / "autograd" / f"{room}.py").read_text(encoding="utf-8").splitlines():
            if line.startswith("from ."):
                source = line.split()[1].removeprefix(".")
                for name in [source] if source else [each.strip() for each in line.split("import")[1].split(",")]:
                    assert above[name] < above[room], f"{room} imports {name}, which does not stand below it"
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
