"""The imports between the files of a tree, and the floors that follow from them.

Every import counts: at the top of a file or late, for typing only, in a package's ``__init__``, or by string. Nothing
here is a list kept by hand. A module is known by its dotted path; a *room* of a package is a file or directory in it,
and imports another room if something in it imports something there.

>>> from tests.support.processes import ROOT
>>> House(ROOT).imports["autograd.core"]
{'autograd.errors'}
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGES = ("autograd", "nn", "visualize")


class Source(NamedTuple):
    """The facts that are read from the text of one file.

    ``imported`` has the level, the module, the name and the new name of each import; ``strings`` the dotted paths
    that are written as strings; ``hidden`` the lines that import by a string that is not written out; ``words`` the
    identifiers and the words of strings without blanks; ``bound`` the functions and classes defined at the top.
    """

    imported: list[tuple[int, str, str, str]]
    strings: set[str]
    hidden: list[int]
    words: set[str]
    bound: set[str]
    length: int


@cache
def read(text):
    """The `Source` of a text."""
    source = Source([], set(), [], set(), set(), len(text.splitlines()))
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            source.imported.extend((0, alias.name, "", "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source.imported.extend((node.level, node.module or "", x.name, x.asname or x.name) for x in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            path = getattr(node.args[0], "value", None) if node.args else None
            if isinstance(path, str) and not path.startswith("."):
                source.imported.append((0, path, "", ""))
            else:
                source.hidden.append(node.lineno)
        for field in ("id", "attr", "module", "name", "value"):
            word = getattr(node, field, None)
            if isinstance(word, str) and not re.search(r"\s", word):
                source.words.update(re.findall(r"\w+", word))
                source.strings.update([word] if field == "value" and "." in word else [])
    source.bound.update(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return source


def _name(function):
    return getattr(function, "attr", getattr(function, "id", None))


class House:
    """The modules of some packages below a directory, each with those that it imports.

    Attributes
    ----------
    files : dict[str, Path]
        The file of each module by its dotted path.
    sources : dict[str, Source]
        What each file says.
    imports : dict[str, set[str]]
        The modules of these packages that each module imports, whenever it does.
    """

    def __init__(self, root, packages=PACKAGES):
        self.root = Path(root)
        self.files = {}
        for package in packages:
            for path in sorted((self.root / package).rglob("*.py")):
                parts = path.relative_to(self.root).with_suffix("").parts
                self.files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        self.sources = {name: read(path.read_text(encoding="utf-8")) for name, path in self.files.items()}
        self.imports = {name: set(self._imported(name)) - {name} for name in self.files}

    def _imported(self, name):
        for level, module, what, _ in self.sources[name].imported:
            base = self.base(name, level, module)
            if f"{base}.{what}" in self.files:
                yield f"{base}.{what}"
            else:
                while base and base not in self.files:  # a name in a module, or a module of another library
                    base = base.rpartition(".")[0]
                yield from filter(None, [base])
        yield from self.sources[name].strings & self.files.keys()

    def base(self, name, level, module):
        """The absolute path of what a module calls ``module``, with as many dots before it as ``level``."""
        parts = name.split(".") if self.files[name].stem == "__init__" else name.split(".")[:-1]
        above = parts[: len(parts) - level + 1] if level else []
        return ".".join([*above, *filter(None, [module])])

    def packages(self):
        """The packages that have packages in them."""
        inner = {name.rpartition(".")[0] for name, path in self.files.items() if path.stem == "__init__"}
        return sorted(inner - {""})

    def between(self, package):
        """The rooms of a package, each with those of them that it imports."""
        depth = package.count(".") + 2
        room_of = {
            name: ".".join(name.split(".")[:depth])
            for name in self.files
            if name.startswith(f"{package}.") and name != f"{package}.__main__"
        }
        graph = {room: set() for room in room_of.values()}
        for name, room in room_of.items():
            graph[room] |= {room_of[other] for other in self.imports[name] & room_of.keys()} - {room}
        return graph


def circles(graph):
    """The sets of nodes that lead to each other, in a graph of nodes to the nodes that they lead to."""
    reached = {node: _reached(graph, node) for node in graph}
    found = {frozenset({node, *(other for other in reached[node] if node in reached[other])}) for node in graph}
    return sorted(sorted(circle) for circle in found if len(circle) > 1)


def _reached(graph, node):
    seen, todo = set(), [node]
    while todo:
        new = graph[todo.pop()] - seen
        seen |= new
        todo += new
    return seen


def floors(graph):
    """The nodes of a graph without circles by floors: each stands one above the highest that it leads to."""
    floor = {}

    def of(node):
        if node not in floor:
            floor[node] = 1 + max(map(of, graph[node]), default=0)
        return floor[node]

    found = defaultdict(set)
    for node in graph:
        found[of(node)].add(node)
    return [found[k] for k in sorted(found)]
