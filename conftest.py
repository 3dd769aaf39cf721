"""The examples of every docstring may use the public names of ``autograd``; operations they add do not outlive them.

The sessions of a document import what they use, as its readers have to. Texts are as wide as where there is no
terminal.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

import autograd
from autograd.core.table import TABLE

os.environ.pop("COLUMNS", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples of docstrings are short, and there are some of every module: they belong to the smoke test."""
    for item in items:
        if isinstance(item, pytest.DoctestItem) and (item.path.suffix == ".py" or item.path.name == "README.md"):
            item.add_marker(pytest.mark.smoke)


@pytest.fixture(scope="module")
def doctest_namespace(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The names that the examples of a file may use without an import."""
    return {name: getattr(autograd, name) for name in autograd.__all__} if request.path.suffix == ".py" else {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """The table stays as it is. A fixture for each of many thousand tests would take as long as most of them."""
    before = dict(TABLE)
    yield
    if len(TABLE) > len(before):
        TABLE.clear()
        TABLE.update(before)
