"""The README keeps its promises: it is short, its commands are marked, and each link leads to something."""

import re

import pytest

from tests.support.processes import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_read_in_two_minutes():
    assert len(README.splitlines()) < 200
    assert len(re.sub(r"```.*?```", "", README, flags=re.DOTALL).split()) < 600
    assert README.index("```python") < 700  # a session is among the first things that a stranger sees


@pytest.mark.parametrize("name", ["main", "test"])
def test_a_command_that_ci_runs_is_marked(name):
    assert re.search(rf"<!-- {name} command -->\n```sh\n.+\n```\n", README)


def test_every_file_that_the_readme_links_to_is_there():
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert linked
    for path in linked:
        assert (ROOT / path).is_file(), path
