"""Claims of the scripts in ``examples/``: the numbers that a quick run returns, and the pictures that it saves."""

import importlib
import os
import shutil

SIGNATURES = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<svg", ".html": b"<!doctype html>"}


def run_quickly(script, folder, seed=None, more=()):
    """Run ``examples.<script>`` with ``--quick``; return the numbers of its claim."""
    module = importlib.import_module(f"examples.{script}")
    seeded = [] if seed is None else ["--seed", str(seed)]
    return module.main(["--quick", *seeded, "--output", str(folder), *more])


def check_claims(script, claims, folder, seed=None):
    """Run a script quickly, and compare each number that it is to return with its lower and upper bound.

    ``claims`` maps names to ``(low, high)``. At least one picture has to be saved, and each has to be one. Those of the
    first seed are copied into the folder that the variable COURSE_PICTURES of the environment names, if it does.
    """
    numbers = run_quickly(script, folder, seed)
    wrong = {name: numbers[name] for name, (low, high) in claims.items() if not low <= numbers[name] <= high}
    assert not wrong, f"{script} with seed {seed}: {wrong} of {numbers}, claimed are {claims}"
    assert saved(folder)
    if seed in (None, 0) and "COURSE_PICTURES" in os.environ:
        shutil.copytree(folder, os.environ["COURSE_PICTURES"], dirs_exist_ok=True)


def saved(folder):
    """The pictures in a folder: their names, each checked to be a picture of its kind with something on it."""
    for path in folder.iterdir():
        assert SIGNATURES[path.suffix] in path.read_bytes()[:1000], path
        assert path.stat().st_size > 5_000, path
    return {path.name for path in folder.iterdir()}
