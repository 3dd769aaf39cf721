"""Numpy's error state: arithmetic without warnings, and only there."""

import math

import numpy as np
import pytest

import autograd
from autograd.parameters import errstate


@pytest.mark.smoke
@pytest.mark.parametrize("run_all", [errstate.run_all, errstate._in_block])
def test_arithmetic_warns_outside_only(run_all):
    found = []
    run_all([lambda: found.append(np.array(1.0) / 0.0), lambda: found.append(np.array(0.0) / 0.0)])
    assert str(found) == str([np.float64(math.inf), np.float64(math.nan)])
    with pytest.raises(ZeroDivisionError):
        run_all([lambda: 1 / 0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.array(1.0) / 0.0


def test_a_mode_is_not_kept_by_what_runs_in_it():
    errstate._free.clear()
    with autograd.no_grad():
        errstate.run_all([lambda: None])
    assert not autograd.core.modes.active
