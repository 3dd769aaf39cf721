"""Drawing functions are found among the entry points of installed packages, or of a clone that is not installed."""

from importlib import metadata

import pytest

import visualize
from autograd import AutogradError
from autograd.terminal import pictures
from autograd.terminal.pictures import maker_of
from tests.support.processes import run_fresh

DRAWN = """
import io, sys
from autograd import Value, debug
x = Value(3.0, name="x")
y = x * x
assert "visualize" not in sys.modules
debug(y, stdin=io.StringIO("n\\nd step.dot\\nq\\n"), stdout=io.StringIO())
print(open("step.dot").read().startswith("digraph"))
"""


@pytest.fixture
def registered(monkeypatch):
    """Nothing is installed but what a test says."""
    found = []
    monkeypatch.setattr(pictures, "entry_points", lambda group: [point for point in found if point.group == group])
    return lambda name, value: found.append(metadata.EntryPoint(name, value, pictures.GROUP))


def test_the_entry_points_that_the_project_declares_are_the_functions_that_draw():
    declared = {point.name: point.load() for point in pictures._in_a_clone()}
    assert declared == {"draw": visualize.draw, "page": visualize.page, "play": visualize.play}


@pytest.mark.parametrize("name", ["draw", "page"])
def test_a_clone_that_is_not_installed_draws_by_what_it_declares(registered, name):
    assert maker_of(name) is getattr(visualize, name)


def test_an_installed_package_draws(registered):
    registered("draw", "math:sqrt")
    assert maker_of("draw")(4.0) == 2.0


def test_where_nothing_draws_there_is_a_sentence(registered, monkeypatch, tmp_path):
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    with pytest.raises(AutogradError, match=r"^nothing that is installed here can draw; install stepgrad with all"):
        maker_of("draw")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n', encoding="utf-8")
    with pytest.raises(AutogradError, match="can page"):
        maker_of("page")


def test_a_package_that_cannot_be_imported_is_said_to_be_so(registered):
    registered("draw", "no_such_package:draw")
    with pytest.raises(AutogradError, match=r"can draw is not imported: No module named 'no_such_package'; install"):
        maker_of("draw")


def test_the_prompt_draws_although_nothing_that_draws_was_imported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_fresh(DRAWN) == "True"
