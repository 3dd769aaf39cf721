"""The examples of every docstring may use the public names of ``autograd`` without importing them."""

from __future__ import annotations

from typing import Any

import pytest

import autograd


@pytest.fixture(autouse=True)
def _public_names(doctest_namespace: dict[str, Any]) -> None:
    doctest_namespace.update({name: getattr(autograd, name) for name in autograd.__all__})
