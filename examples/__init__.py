"""The systems of the course as scripts: ``python -m examples`` lists them, and each answers to ``--help``."""

import importlib.util
import sys

ROOMS = (
    *("start", "neuron", "regression", "classification", "features", "descent", "approximation", "depth"),
    *("regularisation", "clustering", "images", "generative", "attention", "recurrent", "science", "ensembles"),
)

_NEEDED = {"matplotlib": "matplotlib", "scikit-learn": "sklearn", "scipy": "scipy", "tqdm": "tqdm"}
_MISSING = [name for name, package in _NEEDED.items() if importlib.util.find_spec(package) is None]

if _MISSING:
    print(f"the examples need {', '.join(_MISSING)}: pip install -e '.[examples]'", file=sys.stderr)
    sys.exit(2)
