"""The documents say what is so: the architecture is that of the imports, and every file and name in prose exists."""

import ast
import io
import keyword
import pkgutil
import re
import tokenize
from functools import cache

import pytest

from tests.support.house.architecture import DOCUMENT, written
from tests.support.house.imports import PACKAGES, House
from tests.support.processes import ROOT

FOLDERS = ("autograd", "nn", "visualize", "examples", "docs", "tests")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
ENDINGS = ("py", "md", "toml")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("[!_]*.md")),
             *sorted((ROOT / "docs").glob("[!_]*/*.md"))]  # fmt: skip


@pytest.mark.smoke
def test_the_drawing_and_the_tables_of_the_architecture_are_those_of_the_imports():
    document = DOCUMENT.read_text(encoding="utf-8")
    assert document == written(document, House(ROOT)), "write it anew: python -m tests.support.house.architecture"


def test_the_drawing_and_the_tables_follow_the_imports():
    house = House(ROOT)
    house.imports["autograd.text.paper"].add("autograd.errors")
    document = written(DOCUMENT.read_text(encoding="utf-8"), house)
    assert "        text --> errors\n" in document
    assert re.search(r"^\| 2 \| `text` \| .* \| `errors` \|$", document, re.MULTILINE)


# --- Names and files in prose -----------------------------------------------------------------------------------------


@cache
def tokens(path):
    return [*tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)]


def documented(module):
    """A module, its classes and functions; they are statements, so that no expression need be looked at."""
    found = [module]
    for node in found:
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            found += getattr(node, part, [])
    return [node for node in found if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]


def prose(path):
    """The docstrings and comments of a file of Python; of another one, all of its text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [text]
    docstrings = map(ast.get_docstring, documented(ast.parse(text)))
    return [*filter(None, docstrings), *(token.string for token in tokens(path) if token.type == tokenize.COMMENT)]


def known_names():
    """Every identifier of the sources, the names of their files and folders."""
    names = {part for path in SOURCES for part in path.relative_to(ROOT).with_suffix("").parts}
    for path in SOURCES:
        names.update(token.string for token in tokens(path) if token.type == tokenize.NAME)
    return names


def stale(text, names, files):
    """The names in single backticks and the paths of files that a text mentions and nobody has."""
    for mention in re.findall(r"(?<![`\w])`([A-Za-z_][\w.]*)`(?!`)", text):
        parts = mention.split(".")
        if parts[-1] not in ENDINGS and (not set(parts) <= names or (parts[0] in PACKAGES and not is_there(mention))):
            yield mention
    for mention in re.findall(rf"\w[\w/-]*\.(?:{'|'.join(ENDINGS)})\b", text):
        if mention not in files:
            yield mention


def is_there(dotted):
    try:
        return pkgutil.resolve_name(dotted) is not None
    except (ImportError, AttributeError):
        return False


@pytest.fixture(scope="module")
def mentioned():
    names = known_names() | {*keyword.kwlist}
    files = [path.relative_to(ROOT).as_posix() for path in [*SOURCES, *DOCUMENTS]] + ["conftest.py", "pyproject.toml"]
    ends = {"/".join(parts[k:]) for parts in (file.split("/") for file in files) for k in range(len(parts))}
    return lambda text: sorted(stale(text, names, ends))


@pytest.mark.untraced
def test_prose_mentions_files_and_names_that_exist(mentioned):
    found = {(path.relative_to(ROOT).as_posix(), name) for path in [*SOURCES, *DOCUMENTS] for text in prose(path)
             for name in mentioned(text)}  # fmt: skip
    assert not found


def test_names_and_files_that_do_not_exist_are_noticed(mentioned):
    text = (
        "`Value` and `autograd.core.tape` of core/tape.py, `a_name_of_old`, `autograd.ops`, core/old_file.py, `OLD.md`"
    )
    assert mentioned(text) == ["OLD.md", "a_name_of_old", "autograd.ops", "core/old_file.py"]
