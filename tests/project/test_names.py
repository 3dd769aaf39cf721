"""The public names: ``dir(autograd)`` shows them and nothing else, and each says what it is."""

import builtins
import json
from types import ModuleType

import pytest

import autograd
from tests.support.processes import ROOT, run_fresh

EVERY_MODULE = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "autograd").rglob("*.py"))
    if path.stem not in ("__init__", "__main__")
]
PUBLIC = [name for name in dir(autograd) if not name.startswith("_")]


def test_dir_shows_no_inner_module_whatever_was_imported():
    script = f"import json, {', '.join(EVERY_MODULE)}; print(json.dumps(dir(autograd)))"
    shown = json.loads(run_fresh(script))
    assert [name for name in shown if not name.startswith("__")] == PUBLIC
    assert not [name for name in PUBLIC if isinstance(getattr(autograd, name), ModuleType)]
    assert {"__all__", "__doc__", "__name__", "__path__"} <= set(shown)


@pytest.mark.smoke
def test_a_star_import_brings_the_public_names_but_hides_no_builtin():
    space = {}
    exec("from autograd import *", space)
    assert space.keys() - {"__builtins__"} == set(autograd.__all__)
    assert set(PUBLIC) - set(autograd.__all__) == set(PUBLIC) & set(dir(builtins))
    assert {"abs", "compile", "max", "min", "round", "sum"} == set(PUBLIC) & set(dir(builtins))


@pytest.mark.parametrize("path", ["autograd.errors", "autograd.parameters", "autograd.compiler.function"])
def test_a_module_is_reached_by_its_dotted_path(path):
    script = f"import autograd; print(type({path}).__name__); import {path} as m; print(m.__name__)"
    assert run_fresh(script).split() == ["module", path]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_a_docstring_and_a_function_an_example(name):
    what = getattr(autograd, name)
    assert what.__doc__
    assert what.__doc__ != type(what).__doc__
    assert ">>>" in what.__doc__ or name[0].isupper()
