"""The drawing and the tables of ``docs/architecture.md``, made of the imports and the docstrings of the packages.

``python -m tests.support.house.architecture`` writes them anew; a test holds the file against them.
"""

import ast
import re

from tests.support.house.imports import PACKAGES, House, floors
from tests.support.processes import ROOT

DOCUMENT = ROOT / "docs" / "architecture.md"
FRAME = re.compile(r"(<!-- (drawing|modules of ([\w.]+)): [^\n]* -->\n).*?(<!-- end of \2 -->)", re.DOTALL)


def written(text, house):
    """The text of the document, with everything between its marks as it is today."""

    def anew(found):
        begin, what, package, end = found.groups()
        return f"{begin}{drawing(house) if what == 'drawing' else table(house, package)}{end}"

    return FRAME.sub(anew, text)


def drawing(house):
    """The modules of `autograd` and the packages above, as a graph in the language of Mermaid.

    An arrow that follows from others is left out.
    """
    graph = {short(room): set(map(short, others)) for room, others in house.between("autograd").items()}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {package} --> {other}" for package, others in above(house).items() for other in sorted(others)]
    lines += ["    subgraph autograd", "        direction TB"]
    for floor in reversed(floors(graph)):
        for room in sorted(floor):
            lines += [f"        {room} --> {other}" for other in sorted(direct(graph, room))] or [f"        {room}"]
    return "\n".join([*lines, "    end", "```", ""])


def above(house):
    """The packages above `autograd`, the highest first, with those that each imports and another does not lead to."""
    graph = {package: set() for package in PACKAGES}
    for name, imported in house.imports.items():
        package = name.split(".")[0]
        if name != "autograd.__main__":
            graph[package] |= {other.split(".")[0] for other in imported} - {package}
    return {package: direct(graph, package) for package in reversed(PACKAGES[1:])}


def direct(graph, node):
    """The nodes that a node of a graph leads to, without those that another of them leads to."""

    def reached(other):
        return set(graph[other]).union(*map(reached, graph[other]))

    return graph[node] - set().union(*map(reached, graph[node]))


def table(house, package):
    """The modules of a package from the top floor down: the topic of each, and which of the others it imports."""
    graph = house.between(package)
    lines = ["| floor | module | topic | imports |", "|--:|:--|:--|:--|"]
    tower = floors(graph)
    for floor in reversed(range(len(tower))):
        for room in sorted(tower[floor]):
            imports = ", ".join(f"`{short(other)}`" for other in sorted(graph[room]))
            lines.append(f"| {floor + 1} | `{short(room)}` | {summary(house, room)} | {imports} |")
    return "\n".join([*lines, ""])


def summary(house, module):
    """The first paragraph of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(house.files[module].read_text(encoding="utf-8")))
    return docstring.split("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def short(module):
    """The last part of a dotted name."""
    return module.rpartition(".")[2]


if __name__ == "__main__":
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8"), House(ROOT)), encoding="utf-8")
