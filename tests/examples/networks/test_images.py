"""Images: the claims of its scripts."""

import re

import numpy as np
import pytest

from examples.images import convolution_steps, digits_fit, siamese, transfer
from tests.support.lectures import check_claims, run_quickly, saved
from tests.support.programs.effort import SEEDS

CLAIMS = {
    "images.digits_cnn": {
        "held-out accuracy": (0.97, 1),
        "parameters": (6090, 6090),  # (9 + 1) 16 + (9 · 16 + 1) 32 + (128 + 1) 10
        "parameters of the first filters": (160, 160),
        "parameters of as many neurons": (66560, 66560),  # (64 + 1) 64 · 16
    },
    "images.siamese": {
        "pairs told apart": (0.9, 1),
        "area under the curve, network": (0.96, 1),
        "area under the curve, pixels": (0.8, 0.92),
        "difference of the gradient from the sum of branches": (0, 1e-14),
    },
    "images.transfer": {
        "accuracy of the frozen body": (0.8, 1),
        "accuracy of the body that never learned": (0.5, 0.75),
        "advantage over the whole network": (0.01, 1),
        "largest change of the frozen body": (0, 0),
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("script", CLAIMS)
@pytest.mark.long
def test_the_claims_hold(script, seed, tmp_path):
    check_claims(script, CLAIMS[script], tmp_path, seed)


@pytest.mark.needs_dot
@pytest.mark.untraced
def test_a_filter_collects_its_gradient_over_all_places(tmp_path, capsys):
    numbers = run_quickly("images.convolution_steps", tmp_path)
    # (k × n)(n × n)(n × 1)(1 × 1): the windows, the slopes of ReLU, the weights of the neuron, and 2 (6.75 - 1).
    windows = np.array([[0, 1, -1, 2], [1, -1, 2, 0.5], [-1, 2, 0.5, 0]])
    product = windows @ np.diag([0, 1, 0, 1]) @ np.array([1, 2, -1, 0.5]) * 11.5
    assert [numbers[f"gradient of w{j + 1}"] for j in range(3)] == product.tolist() == [34.5, -20.125, 46.0]
    assert numbers["loss"] == 5.75**2
    assert numbers["difference from arrays"] == 0
    assert saved(tmp_path) == {"convolution_sum.png", "convolution_graph.svg", "convolution_page.html"}
    assert "dL/dw1 = 34.5, the sum over 4 uses of w1 = 1" in capsys.readouterr().out


def test_half_of_the_pairs_are_of_one_digit():
    digits = np.array([3, 3, 1, 0, 1, 9, 9, 9, 0])
    first, second, alike = siamese.pairs(digits, 2000, np.random.default_rng(0))
    assert ((digits[first] == digits[second]) == (alike > 0)).all()
    assert alike.sum() == 0
    assert all(set(second[(first == k) & (alike < 0)]) == {*np.flatnonzero(digits != digits[k])} for k in range(9))


@pytest.mark.untraced
def test_digits_are_read_by_a_network_of_scalars_that_runs_compiled(tmp_path, capsys):
    assert run_quickly("images.digits_fit", tmp_path / "a")["held-out accuracy"] >= 0.8
    assert saved(tmp_path / "a") == {"digits_loss.png", "digits_confusion.png", "digits_wrong.png"}
    printed = capsys.readouterr().out
    assert "1348 images to learn from, 449 held out, MLP(64 -> 8 tanh -> 10 linear, 610 parameters)" in printed
    assert re.search(r"^5 epochs in \d+\.\d s, compiled$", printed, re.MULTILINE)


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        (digits_fit, ["--rate", "0"], "--rate must be more than 0"),
        (siamese, ["--width", "1"], "--width must be at least 2: cosines of single numbers are -1 or 1"),
        (transfer, ["--most", "41"], "--most must be at most 40, so that enough images are left"),
        (convolution_steps, ["--signal", "1", "2", "3", "nan"], "--signal takes four finite numbers"),
    ],
)
def test_arguments_that_make_no_sense_end_with_a_sentence(module, arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        module.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
