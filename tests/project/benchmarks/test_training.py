"""The benchmark of training refuses sides that end with different parameters, and each of its works runs."""

import importlib.util

import numpy as np
import pytest

from tests.benchmarks import training
from tests.benchmarks.__main__ import main
from tests.benchmarks.measure import GradientsDifferError


def test_a_quick_run_of_training_has_a_line_for_each_work(capsys):
    assert main(["nn", "--quick", "--repetitions", "1", "--peers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for case in training.CASES:
        assert sum(line.startswith(case.name) for line in lines) == (case.peer_name != "PyTorch")


def test_both_sides_of_the_convolutions_agree():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is the peer")
    assert min(training.measured(training.CASES[-1], 1, True)) > 0


def test_sides_that_differ_are_not_timed():
    case = training.CASES[1]
    wrong = lambda quick: case.peer(quick)._replace(parameters=lambda: np.zeros(100))
    with pytest.raises(GradientsDifferError, match="the parameters differ here and in numpy by hand"):
        training.measured(case._replace(peer=wrong), 1, True)
