"""The pages of the site tell the truth: the table of conventions, and the output of commands.

``python -m tests.project.test_pages`` prints the table. The sessions are doctests.
"""

import base64
import hashlib
import inspect
import os
import re
import shlex
import subprocess
import sys

import pytest

from autograd import compiler
from autograd.core.table import TABLE
from tests.support.processes import ROOT

CONVENTIONS = ROOT / "docs" / "understanding" / "conventions.md"
FRAME = re.compile(r"(<!-- conventions: .* -->\n)(.*)(<!-- end of conventions -->)", re.DOTALL)


def conventions():
    lines = ["| operation | real for | where the derivative does not exist |", "|---|---|---|"]
    for op in TABLE.values():
        if op.domain or op.edge:
            arguments = list(inspect.signature(op.value).parameters)[1:] if op.arity else ["x1", "x2", "…"]
            if op.name == "cosine_similarity":
                arguments = ["x1", "…", "y1", "…"]
            cells = (f"`{op.write(arguments)}`", op.domain.replace("|", "\\|"), op.edge.replace("*", "\\*"))
            lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines) + "\n"


def test_the_table_of_conventions_is_that_of_the_operations():
    assert FRAME.search(CONVENTIONS.read_text(encoding="utf-8")).group(2).strip() == conventions().strip()


PRINTED = re.compile(r"<!-- printed by the command -->\n```console\n\$ python (.*)\n((?:.*\n)*?)```")
SHOWN = [found for path in (ROOT / "docs").glob("[!_]*/*.md") for found in PRINTED.findall(path.read_text("utf-8"))]


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_prints_what_a_page_shows(command, output):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environment.pop("COLUMNS", None)
    found = subprocess.run([sys.executable, *shlex.split(command)], env=environment, capture_output=True, check=True)
    assert found.stdout.decode("utf-8").splitlines() == output.splitlines()


def test_there_is_a_command_whose_output_is_shown():
    assert SHOWN


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "pages").glob("*.html")), ids=lambda path: path.stem)
def test_a_page_to_step_through_allows_its_own_script(path):
    """A browser runs a script whose hash is in the page's policy, and no other."""
    page = path.read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") for script in scripts]
    assert scripts
    assert all(f"'sha256-{each}'" in page for each in hashes)


def test_the_way_through_the_compiler_names_every_room_once():
    rooms = [path.stem for path in (ROOT / "autograd" / "compiler").rglob("*.py") if path.stem != "__init__"]
    assert sorted(re.findall(r"^    (\w+) +\S", compiler.__doc__, re.MULTILINE)) == sorted(rooms)


if __name__ == "__main__":
    print(conventions())
