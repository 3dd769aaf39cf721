"""The scripts that take a compiled program to other engines, run with these."""

import subprocess
import sys

import pytest

from examples.start import engines
from tests.support.processes import ROOT

pytestmark = pytest.mark.untraced


@pytest.mark.needs_engines("jax", "torch", "onnx", "onnxruntime")
def test_one_program_gives_the_same_losses_and_gradients_in_four_engines(tmp_path, capsys):
    differences = engines.main(["--output", str(tmp_path), "--samples", "20"])
    assert differences.keys() == {"numpy", "jax", "torch", "onnx"}
    assert max(differences.values()) < 1e-12
    assert "is not installed" not in capsys.readouterr().out


@pytest.mark.needs_engines("jax")
def test_a_batch_on_two_devices_gives_the_losses_of_one():
    """In a process of its own, since JAX reads the number of devices when it is imported."""
    code = (
        "from examples.start.data_parallel import main; found = main(['--quick']); "
        "import jax; assert jax.device_count() == 2; assert found['largest difference of a loss'] < 1e-12"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "the losses of 10 steps differ by at most" in ended.stdout
