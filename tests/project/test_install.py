"""Installing and importing bring along little, as measured in fresh processes."""

import json
import sys

import pytest

from tests.support.processes import run_fresh


@pytest.mark.parametrize(
    ("package", "brought"),
    [
        ("autograd", {"autograd"}),
        ("nn", {"autograd", "nn"}),
        ("visualize", {"autograd", "nn", "visualize", "graphviz"}),
    ],
)
def test_importing_a_package_brings_in_nothing_else_but_numpy(package, brought):
    script = "import json, sys; import {}; print(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    numpy = set(json.loads(run_fresh(script.format("numpy.random"))))  # with what numpy brings along
    found = set(json.loads(run_fresh(script.format(package)))) - numpy
    assert found - set(sys.stdlib_module_names) == brought
