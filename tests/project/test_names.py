"""Names: whoever greps for a class, or follows an import, finds one thing."""

import ast
from collections import Counter

import autograd
import nn
import visualize
from tests.support.processes import ROOT

PACKAGES = {"autograd": autograd, "nn": nn, "visualize": visualize}
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def classes(text):
    return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]


def defined_twice(texts):
    """Names that two classes of the texts share."""
    return sorted(
        name for name, count in Counter(name for text in texts for name in classes(text)).items() if count > 1
    )


def test_no_two_classes_share_a_name():
    assert defined_twice(path.read_text(encoding="utf-8") for path in FILES) == []


def test_a_second_class_of_one_name_is_found():
    assert defined_twice(["class A: pass", "def f():\n    class A: pass", "class B: pass"]) == ["A"]


def test_no_module_or_directory_bears_the_name_of_a_public_function():
    functions = {
        name
        for package in PACKAGES.values()
        for name in package.__all__
        if callable(getattr(package, name)) and not isinstance(getattr(package, name), type)
    }
    assert {"program", "trace", "page", "nudge"} <= functions
    assert functions.isdisjoint(path.stem for path in FILES)
    assert functions.isdisjoint(path.parent.name for path in FILES)
