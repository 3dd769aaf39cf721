"""Images: the claims of its scripts."""

import re

import pytest

from examples.images import digits_fit
from tests.support.lectures import run_quickly, saved


def test_digits_are_read_by_a_network_of_scalars_that_runs_compiled(tmp_path, capsys):
    assert run_quickly("images.digits_fit", tmp_path / "a")["held-out accuracy"] >= 0.8
    assert saved(tmp_path / "a") == {"digits_loss.png", "digits_confusion.png", "digits_wrong.png"}
    printed = capsys.readouterr().out
    assert "1348 images to learn from, 449 held out, MLP(64 -> 8 tanh -> 10 linear, 610 parameters)" in printed
    assert re.search(r"^5 epochs in \d+\.\d s, compiled$", printed, re.MULTILINE)


def test_a_rate_of_0_ends_with_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        digits_fit.main(["--rate", "0"])
    assert ended.value.code == 2
    assert "--rate must be more than 0" in capsys.readouterr().err
