"""The reference: a page for each public module, with every public name, grouped by the file that defines it.

`write` makes the pages of ``docs/reference/`` from the packages before the site is built. Titles and texts come from
the docstrings, so a new name is in the reference as soon as it can be imported.
"""

from __future__ import annotations

import functools
import inspect
import pkgutil
import re
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from docs.docstrings import OURS, ancestors, left_out

FOLDER = Path(__file__).resolve().parent / "reference"


class Page(NamedTuple):
    """A page: its file, its title, the public modules whose names it lists, and the packages that define them."""

    file: str
    title: str
    modules: tuple[str, ...]
    packages: tuple[str, ...]


PAGES = [
    Page("numbers", "Values and tensors", ("autograd",), ("autograd.core", "autograd.arrays")),
    Page("functions", "Functions", ("autograd",), ("autograd.functions",)),
    Page("linalg", "Linear algebra", ("autograd.linalg",), ()),
    Page("derivatives", "Derivatives", ("autograd",), ("autograd.derivatives", "autograd.checking")),
    Page(
        "seen-through",
        "Programs, steps and explanations",
        ("autograd",),
        tuple(
            f"autograd.{room}" for room in "programs stepping explaining formulas experiments terminal watching".split()
        ),
    ),
    Page("compiled", "The compiler", ("autograd",), ("autograd.compiler",)),
    Page("errors", "Errors", ("autograd",), ("autograd.errors",)),
    Page("visualize", "Pictures and pages", ("visualize",), ()),
    Page("layers", "Modules and layers", ("nn",), ("nn.module", "nn.layers")),
    Page("losses", "Losses", ("nn.losses",), ()),
    Page("optim", "Optimizers and schedules", ("nn.optim",), ()),
    Page("init", "Initialisers", ("nn.init",), ()),
    Page("regularisers", "Regularisers", ("nn.regularisers",), ()),
    Page("data", "Data", ("nn.data",), ()),
    Page("training", "Training", ("nn",), ("nn.training",)),
    Page("binary", "Several classes out of two", ("nn.binary",), ()),
    Page("ensembles", "Ensembles", ("nn.ensembles",), ()),
    Page("sklearn", "Estimators of scikit-learn", ("nn.sklearn",), ()),
    Page("models", "Inspecting, saving and converting models", ("nn",), ("nn.inspection", "nn.saving")),
]

# Pages in the order in which a reader meets them.
PARTS = {
    "autograd": "numbers functions linalg derivatives seen-through compiled errors".split(),
    "visualize": ["visualize"],
    "nn": "layers losses optim init regularisers data training binary ensembles sklearn models".split(),
}

# Classes of objects that the functions of a page return or pass on, and that no user makes.
RESULTS = {
    "derivatives": ["autograd.checking.report.Report"],
    "seen-through": [
        "autograd.experiments.taylor.Nudge",
        "autograd.experiments.what_if.Replay",
        "autograd.programs.tree.Tree",
        "autograd.stepping.breakpoints.Breakpoints",
    ],
    "compiled": ["autograd.compiler.compiled.Compiled", "autograd.compiler.showing.programs.ArrayProgram"],
    "training": [
        "nn.training.fitting.Run",
        "nn.training.searching.CrossValidation",
        "nn.training.searching.Search",
    ],
    "models": [
        "nn.inspection.learning.Diagnosis",
        "nn.inspection.learning.Health",
        "nn.inspection.shapes.Summary",
    ],
}

# Arguments as users write them, where the code takes more in order to explain what is wrong with it.
SIGNATURES = {
    "autograd.Tensor": "(data, name=None, dtype=None)",
    "autograd.Value": "(data, name=None)",
    "autograd.detect_anomaly": "()",
    "autograd.no_grad": "()",
    "autograd.provenance": "()",
    "autograd.scope": "(name)",
}


def public_names(module: str) -> Iterator[tuple[str, object]]:
    """The public names of a module that are no modules themselves, and what they name."""
    found = pkgutil.resolve_name(module)
    names = dir(found) if module == "autograd" else getattr(found, "__all__", None) or defined_in(found)
    for name in names:
        if not name.startswith("_") and not isinstance(getattr(found, name), ModuleType):
            yield name, getattr(found, name)


def defined_in(module: ModuleType) -> list[str]:
    """The functions and classes that a module without ``__all__`` defines."""
    return sorted(name for name, what in vars(module).items() if getattr(what, "__module__", None) == module.__name__)


def home(module: str, what: object) -> str:
    """The module that defines an object, by which its group is named; for a plain object, the public module itself."""
    return what.__module__ if inspect.isclass(what) or inspect.isroutine(what) else module


def names_of(page: Page) -> Iterator[tuple[str, str, object]]:
    """The names of a page: the module where a user finds it, the name in it, and what it names."""
    for module in page.modules:
        for name, what in public_names(module):
            where = home(module, what)
            if not page.packages or any(f"{where}.".startswith(f"{package}.") for package in page.packages):
                yield module, name, what
    for path in RESULTS.get(page.file, ()):
        module, _, name = path.rpartition(".")
        yield module, name, pkgutil.resolve_name(path)


@functools.cache
def public_classes() -> dict[str, type]:
    """The classes of the reference by their names."""
    named = [(name, what) for page in PAGES for _, name, what in names_of(page)]
    return {name: what for name, what in named if inspect.isclass(what)}


def summary(module: str) -> str:
    """The first paragraph of a module's docstring as a heading: without its full stop, and what all functions share."""
    paragraph = (sys.modules[module].__doc__ or module).strip().split("\n\n")[0]
    return re.split(r"[;,] under one name", " ".join(paragraph.split()))[0].removesuffix(".")


def text_of(page: Page) -> str:
    """The text of a page, in reStructuredText as the docstrings are."""
    lines = heading(page.title, "=")
    lines += [f".. module:: {module}\n" for module in page.modules if not page.packages]
    groups: dict[str, list[str]] = {}
    for module, name, what in names_of(page):
        groups.setdefault(home(module, what), []).append(entry(module, name, what))
    if not groups:
        raise LookupError(f"the page {page.file!r} of docs/reference_pages.py has no name on it")
    for where, entries in sorted(groups.items()):
        if len(groups) > 1:
            lines += heading(summary(where), "-")
        lines += entries
    return "\n".join(lines)


def heading(title: str, sign: str) -> list[str]:
    """A title, underlined."""
    return [title, sign * len(title), ""]


def entry(module: str, name: str, what: object) -> str:
    """The directive that sets one name."""
    alias = typing.get_origin(what) is not None
    error = inspect.isclass(what) and issubclass(what, BaseException)
    other = "function" if callable(what) and not alias else "data"
    kind = "exception" if error else "class" if inspect.isclass(what) else other
    path = f"{module}.{name}"
    made_here = any(path in paths for paths in RESULTS.values())
    lines = [f".. auto{kind}:: {path}{'()' if made_here else SIGNATURES.get(path, '')}"]
    if inspect.isclass(what):
        lines += ["   :show-inheritance:"] if error else options(what)
    return "\n".join([*lines, ""])


def options(what: type) -> list[str]:
    """The options for a class: its members, also those from bases that have no entry, and its bases that have one."""
    public = set(public_classes().values())
    elsewhere = {base.__name__ for base in what.__mro__[1:] if base in public or not base.__module__.startswith(OURS)}
    lines = ["   :members:", f"   :inherited-members: {', '.join(sorted(elsewhere))}"]
    lines += [f"   :exclude-members: {', '.join(left_out(what))}"] if left_out(what) else []
    return lines + (["   :show-inheritance:"] if list(ancestors(what, public)) else [])


def index() -> str:
    """The first page: the list of all pages, by packages."""
    titles = {page.file: page.title for page in PAGES}
    lines = heading("Reference", "=")
    lines += ["Every public name, from its docstring. The examples run as tests.", ""]
    lines += [".. module:: autograd", "", ".. module:: nn", ""]
    for package, files in PARTS.items():
        lines += [".. toctree::", f"   :caption: {package}", "   :maxdepth: 2", ""]
        lines += [f"   {titles[file]} <{file}>" for file in files] + [""]
    return "\n".join(lines)


def write(folder: Path = FOLDER) -> None:
    """Write all pages; one that has not changed keeps its date, so that Sphinx need not read it again."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"index": index(), **{page.file: text_of(page) for page in PAGES}}.items():
        path = folder / f"{name}.rst"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
