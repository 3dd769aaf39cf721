"""The house: what may import what is read from the directories, and each rule notices an arrow that breaks it.

A rule is a function of a `House` that gives its complaints, in words. Each is shown to complain, in a copy of the
project, about something planted there.
"""

import shutil

import pytest

from tests.support.house.imports import PACKAGES, House, circles, floors
from tests.support.processes import ROOT

READ_IN_ONE_SITTING = ("ops", "tape", "sweep", "value")


def no_circle_of_files(house):
    return [f"{' and '.join(circle)} import each other" for circle in circles(house.imports)]


def no_circle_of_rooms(house):
    for package in house.packages():
        for circle in circles(house.between(package)):
            yield f"{' and '.join(circle)} import each other"


def at_most_eight_floors(house):
    for package in house.packages():
        graph = house.between(package)
        if not circles(graph) and len(floors(graph)) > 8:
            yield f"{package} has {len(floors(graph))} floors"


def packages_point_down(house):
    """`autograd` imports neither of the others, and `nn` no `visualize`."""
    for name, imported in house.imports.items():
        package = name.split(".")[0]
        for other in sorted({each.split(".")[0] for each in imported} & {*PACKAGES[PACKAGES.index(package) + 1 :]}):
            yield f"{name} imports {other}"


def autograd_does_not_name_what_draws(house):
    for name, source in house.sources.items():
        if name.split(".")[0] == "autograd" and "visualize" in source.words:
            yield f"{name} names visualize"


def the_core_needs_errors_only(house):
    allowed = ("autograd.core", "autograd.errors")
    for name, imported in house.imports.items():
        if f"{name}.".startswith("autograd.core."):
            yield from (f"{name} imports {other}" for other in imported if not f"{other}.".startswith(allowed))


def nothing_imports_a_main(house):
    for name, imported in house.imports.items():
        yield from (f"{name} imports {other}" for other in imported if other.endswith("__main__"))


def no_import_is_hidden(house):
    for name, source in house.sources.items():
        yield from (f"{name} imports by a string that is not written out, in line {line}" for line in source.hidden)


def no_directory_is_too_large(house):
    """Directories of source, of scripts and of tests."""
    roots = [house.root / name for name in (*PACKAGES, "examples", "tests")]
    for directory in sorted({path.parent for root in roots for path in root.rglob("*.py")}):
        if (count := len(list(directory.glob("*.py")))) > 14:
            yield f"{directory.relative_to(house.root)} has {count} files"


def no_file_is_too_long(house):
    yield from (f"{name} has {source.length} lines" for name, source in house.sources.items() if source.length > 400)


def no_room_hides_behind_a_public_name(house):
    """A module whose package has a function of the same name cannot be reached by its dotted path."""
    for package, path in house.files.items():
        if path.stem == "__init__":
            rooms = {room.rpartition(".")[2] for room in house.between(package)}
            yield from (f"{package} has a room and a name {name}" for name in sorted(rooms & names_of(house, package)))


def names_of(house, package):
    """The names that a package's ``__init__`` binds to something else than a module."""
    source = house.sources[package]
    bound = set(source.bound)
    for level, module, what, name in source.imported:
        if f"{house.base(package, level, module)}.{what}" not in house.files:
            bound.add(name)
    return bound


RULES = [no_circle_of_files, no_circle_of_rooms, at_most_eight_floors, packages_point_down,
         autograd_does_not_name_what_draws, the_core_needs_errors_only, nothing_imports_a_main, no_import_is_hidden,
         no_directory_is_too_large, no_file_is_too_long, no_room_hides_behind_a_public_name]  # fmt: skip


@pytest.fixture(scope="module")
def house():
    return House(ROOT)


@pytest.mark.smoke
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule, house):
    assert list(rule(house)) == []


def test_the_core_is_read_in_one_sitting(house):
    assert sum(house.sources[f"autograd.core.{name}"].length for name in READ_IN_ONE_SITTING) < 1000


def test_every_file_of_the_packages_is_seen(house):
    assert len(house.files) > 150
    stages = ["autograd.compiler.emitting", "autograd.compiler.fused"]
    assert house.packages() == ["autograd", "autograd.compiler", *stages, "nn", "visualize"]
    assert floors(house.between("autograd"))[0] >= {"autograd.errors"}
    assert house.imports["visualize"] >= {"visualize.drawing"}


# --- Each rule complains about what is planted in a copy --------------------------------------------------------------

TYPING = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
LATE = "def f():\n    "
STRING = "import importlib\n"
PLANTED = [  # a rule, what is appended to a file, and what is said of it
    (no_circle_of_files, "autograd/core/table.py", f"{LATE}from . import tape", "table and autograd.core.tape"),
    (no_circle_of_files, "autograd/core/table.py", f"{TYPING}from .tape import Node", "table and autograd.core.tape"),
    (no_circle_of_files, "autograd/parameters/flat.py", "from . import Places", "parameters and"),
    (no_circle_of_files, "nn/init.py", "import nn.layers as m", "nn.init and"),
    (no_circle_of_files, "nn/init.py", f"{STRING}importlib.import_module('nn.layers')", "nn.init and"),
    (no_circle_of_files, "nn/init.py", "__import__('nn.layers')", "nn.init and"),
    (no_circle_of_files, "nn/init.py", "import sys\nsys.modules['nn.layers']", "nn.init and"),
    (no_circle_of_rooms, "autograd/text/paper.py", f"{LATE}from ..arrays import readonly", "arrays and autograd.text"),
    (no_circle_of_rooms, "autograd/errors.py", "import autograd.core.context", "autograd.core and autograd.errors"),
    (no_circle_of_rooms, "autograd/compiler/recording/tracer.py", f"{TYPING}from ..running import call", "recording"),
    (no_circle_of_rooms, "visualize/canvas/theme.py", "from ..programs.fold import fold", "visualize.p"),
    (packages_point_down, "nn/module.py", f"{LATE}import visualize", "nn.module imports visualize"),
    (packages_point_down, "autograd/terminal/main.py", f"{LATE}from nn import MLP", "terminal.main imports nn"),
    (packages_point_down, "autograd/text/paper.py", "from visualize.canvas.theme import x", "imports visualize"),
    (packages_point_down, "autograd/text/paper.py", "__import__('visualize.drawing')", "paper imports visualize"),
    (autograd_does_not_name_what_draws, "autograd/text/paper.py", "load(f'{x}visualize')", "paper names visualize"),
    (autograd_does_not_name_what_draws, "autograd/text/paper.py", "x.visualize.draw()", "paper names visualize"),
    (the_core_needs_errors_only, "autograd/core/value.py", f"{LATE}from ..text import paper", "imports autograd.text"),
    (the_core_needs_errors_only, "autograd/core/__init__.py", "from .. import arrays", "core imports autograd.arrays"),
    (the_core_needs_errors_only, "autograd/core/value.py", "from autograd import Tensor", "value imports autograd"),
    (nothing_imports_a_main, "autograd/terminal/main.py", "from .. import __main__", "imports autograd.__main__"),
    (no_import_is_hidden, "autograd/core/value.py", f"{STRING}importlib.import_module('.x' + y)", "not written out"),
    (no_import_is_hidden, "nn/init.py", "from importlib import import_module\nimport_module(name)", "nn.init imports"),
    (no_file_is_too_long, "nn/init.py", "pass\n" * 400, "nn.init has"),
    (no_room_hides_behind_a_public_name, "autograd/__init__.py", "from .core.tape import Node as text", "name text"),
    (no_room_hides_behind_a_public_name, "nn/__init__.py", "def optim(): ...", "nn has a room and a name optim"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture
def planted(copy):
    """Append lines to a file of the copy, which is as it was afterwards."""
    before = {}

    def plant(file, lines):
        path = copy / file
        before[path] = path.read_text(encoding="utf-8") if path.exists() else None
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{before[path] or ''}\n{lines}\n", encoding="utf-8")
        return House(copy)

    yield plant
    for path, text in before.items():
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("rule", "file", "lines", "said"), PLANTED, ids=lambda x: getattr(x, "__name__", None))
def test_a_rule_notices(rule, file, lines, said, planted):
    complaints = list(rule(planted(file, lines)))
    assert any(said in complaint for complaint in complaints), complaints


def test_a_ninth_floor_is_noticed(copy, planted):
    tower = floors(House(copy).between("autograd"))
    top = sorted(tower[-1])[0].rpartition(".")[2]
    for k in range(9 - len(tower)):
        house = planted(f"autograd/upper{k}/__init__.py", f"from .. import {top if k == 0 else f'upper{k - 1}'}")
    assert list(at_most_eight_floors(house)) == ["autograd has 9 floors"]


def test_a_fifteenth_file_is_noticed(copy, planted):
    for folder in ("nn", "tests"):
        for k in range(15 - len(list((copy / folder).glob("*.py")))):
            house = planted(f"{folder}/more{k}.py", "")
    assert list(no_directory_is_too_large(house)) == ["nn has 15 files", "tests has 15 files"]


def test_circles_and_floors_of_graphs_by_hand():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": set()}) == [["a", "b", "c"]]
    assert floors({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}) == [{"c", "d"}, {"b"}, {"a"}]
