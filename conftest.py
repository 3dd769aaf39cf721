"""The examples of every docstring may use the public names of ``autograd``; operations they add do not outlive them.

The sessions of a document import what they use, as its readers have to. Texts are as wide as where there is no
terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import autograd
from autograd.core.table import TABLE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples of docstrings are short, and there are some of every module: they belong to the smoke test."""
    for item in items:
        if isinstance(item, pytest.DoctestItem) and (item.path.suffix == ".py" or item.path.name == "README.md"):
            item.add_marker(pytest.mark.smoke)


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace: dict[str, Any], request: pytest.FixtureRequest) -> None:
    doctest_namespace.clear()
    if request.path.suffix == ".py":
        doctest_namespace.update({name: getattr(autograd, name) for name in autograd.__all__})


@pytest.fixture(autouse=True)
def _the_table_stays() -> Iterator[None]:
    before = dict(TABLE)
    yield
    if len(TABLE) > len(before):
        TABLE.clear()
        TABLE.update(before)


@pytest.fixture(autouse=True)
def _the_width_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
