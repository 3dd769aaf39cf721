"""Programs that tests need: where one is missing its tests are skipped, or fail if STEPGRAD_REQUIRE_ALL is 1.

Engines, such as JAX, are needed only where STEPGRAD_ENGINES is 1, by the tests that are marked for them.

A tool that measures coverage follows every call of a function. Here it follows those of imports, fixtures and tests,
not those of pytest around them, which took longer than most tests.
"""

import contextlib
import gc
import importlib.util
import os
import pkgutil
import shutil
import sys

import pytest

import autograd
import nn
import visualize
from tests.support import pages


def need(present, reason):
    if not present and os.environ.get("STEPGRAD_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and STEPGRAD_REQUIRE_ALL is 1")
    if not present:
        pytest.skip(reason)


_coverage = _here = None  # the tracing function of a tool that measures it, and the one for the present test


@contextlib.contextmanager
def following(trace):
    before = sys.gettrace()
    sys.settrace(trace)
    yield
    sys.settrace(before)


@pytest.hookimpl(hookwrapper=True)
def pytest_collection():
    """Makes much that stays; the garbage collector need not look for what does not."""
    global _coverage
    _coverage = sys.gettrace()
    if _coverage:  # what an import runs is followed here, and not while tests are collected
        for package in autograd, nn, visualize:
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.endswith("__main__"):
                    importlib.import_module(module.name)
    gc.disable()
    with following(None):
        yield
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def _what_is_there_stays():
    """The garbage collector does not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    global _here
    is_left_alone = item.get_closest_marker("long") or item.get_closest_marker("untraced")
    _here = None if is_left_alone else _coverage
    with following(None):
        yield


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_fixture_setup():
    with following(_here):
        yield


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_runtest_call():
    with following(_here):
        yield


def pytest_runtest_setup(item):
    if item.get_closest_marker("needs_dot"):
        need(shutil.which("dot"), "the program dot of Graphviz is not on the path")
    if item.get_closest_marker("needs_browser"):
        need(pages.BROWSER, f"none of the browsers {', '.join(pages.BROWSERS)} is on the path")
        need(importlib.util.find_spec("playwright"), "the package playwright is not installed")
    engines = item.get_closest_marker("needs_engines")
    for name in engines.args if engines else ():
        if importlib.util.find_spec(name) is None:
            (pytest.fail if os.environ.get("STEPGRAD_ENGINES") == "1" else pytest.skip)(f"{name} is not installed")


@pytest.fixture
def without_dot(monkeypatch, tmp_path_factory):
    """A path without programs, as a folder to put some in."""
    folder = tmp_path_factory.mktemp("path")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def without_pygraphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


@pytest.fixture(params=[pytest.param("dot", marks=pytest.mark.needs_dot), "pygraphviz"])
def renderer(request):
    """Each way to a picture, with the other one hidden."""
    if request.param == "dot":
        request.getfixturevalue("without_pygraphviz")
    else:
        need(importlib.util.find_spec("pygraphviz"), "the package pygraphviz is not installed")
        request.getfixturevalue("without_dot")
    return request.param
