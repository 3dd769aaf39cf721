"""Numpy's error state: arithmetic without warnings, and only there."""

import math

import numpy as np
import pytest

import autograd
from autograd.arrays import errstate


@pytest.mark.smoke
@pytest.mark.parametrize("quietly", [errstate.quietly, errstate._in_block])
def test_arithmetic_warns_outside_only(quietly):
    assert str(quietly(np.divide, np.array([1.0, 0.0]), 0.0)) == str(np.array([math.inf, math.nan]))
    with pytest.raises(ZeroDivisionError):
        quietly(lambda: 1 / 0)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.array(1.0) / 0.0


def test_functions_are_called_in_order():
    found = []
    errstate.run_all([lambda: found.append(np.array(1.0) / 0.0), lambda: found.append(-found[0])])
    assert found == [math.inf, -math.inf]


def test_a_mode_is_not_kept_by_what_runs_in_it():
    errstate._free.clear()
    with autograd.no_grad():
        errstate.run_all([lambda: None])
    assert not autograd.core.modes.active
