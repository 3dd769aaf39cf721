"""People's reports, each as the code that they wrote and the result that is right.

A case of ``data/reports.json`` has ``code``, which sets ``R``, and either ``want``, with nan and infinities as text,
or ``raises``, with ``says``, a pattern of the message. ``OPEN`` holds the cases that are not mended yet. Each of them
must fail, so that a case that is mended leaves the table.
"""

import json
import math
import random
import re
import warnings
from contextvars import copy_context

import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import AutogradError, Tensor, Value
from nn import MLP, Module, losses, optim
from tests.support.processes import ROOT

CASES = json.loads((ROOT / "tests" / "data" / "reports.json").read_text(encoding="utf-8"))["cases"]
NAMES = {name: getattr(autograd, name) for name in autograd.__all__} | {
    module.__name__.split(".")[-1]: module for module in (autograd, losses, nn, optim, random, visualize)
}
NAMES |= {"MLP": MLP, "Module": Module, "np": np}
OPEN: set[str] = set()


def plain(x):
    """A result in lists, floats and text."""
    if isinstance(x, Value | Tensor):
        return plain(x.data)
    if isinstance(x, np.ndarray | np.generic):
        return plain(x.tolist())
    return [plain(each) for each in x] if isinstance(x, list | tuple) else x


def agrees(found, want):
    """Return True if a result is the wanted one, in which nan and infinities are text."""
    if isinstance(want, list):
        return isinstance(found, list) and len(found) == len(want) and all(map(agrees, found, want))
    if want in ("nan", "inf", "-inf"):
        want = float(want)
    if isinstance(want, str | bool) or not isinstance(found, int | float):
        return found == want
    return math.isclose(found, want, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(found) and math.isnan(want))


def outcome(case):
    """The reason, in words, why a case is not right, or an empty text."""
    space = dict(NAMES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(case["code"], case["id"], "exec"), space)  # our own file
        if "want" not in case:
            return f"gives {space['R']!r}, where an error was wanted"
        found = plain(space["R"])
        return "" if agrees(found, case["want"]) else f"gives {found!r}, not {case['want']!r}"
    except Exception as error:
        expected = {"ours": AutogradError, "any": Exception}.get(case.get("raises"), ())
        if isinstance(error, expected) and re.search(case.get("says", ""), str(error)):
            return ""
        return f"{type(error).__name__}: {error}"
    finally:
        space.clear()  # a generator that the case left suspended ends here, in the context of the case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_report_is_answered(case):
    said = copy_context().run(outcome, case)  # a mode that a case leaves on ends with it
    if case["id"] in OPEN:
        assert said, f"{case['id']} is mended: take it out of OPEN"
    else:
        assert not said, said


def test_the_open_cases_are_cases():
    assert {case["id"] for case in CASES} >= OPEN
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"code": "R = Value(2.0) * 3", "want": 6.0}, ""),
        ({"code": "R = [float('nan'), np.array([-np.inf])]", "want": ["nan", ["-inf"]]}, ""),
        ({"code": "R = 1.0", "want": 1.0 + 1e-7}, "gives 1.0"),
        ({"code": "R = [1.0]", "want": 1.0}, "gives"),
        ({"code": "R = 1.0", "want": "nan"}, "gives"),
        ({"code": "R = Value('a')", "want": 1.0}, "InputTypeError"),
        ({"code": "R = Value('a')", "raises": "ours", "says": "real number"}, ""),
        ({"code": "R = Value('a')", "raises": "ours", "says": "no such words"}, "InputTypeError"),
        ({"code": "R = 1 / 0", "raises": "ours"}, "ZeroDivisionError"),
        ({"code": "R = 1 / 0", "raises": "any", "says": "division"}, ""),
        ({"code": "R = 1.0", "raises": "any"}, "an error was wanted"),
    ],
)
def test_the_runner_of_cases_would_notice_a_wrong_one(case, said):
    found = outcome({"id": "planted", **case})
    assert found == said or (said and said in found)
