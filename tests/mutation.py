"""Mutants: the source with one small fault each, and the share of them that the tests notice.

``python -m tests.mutation --sample 200`` draws mutants from all files of `autograd`, `nn` and `visualize`, the same
ones for the same ``--seed``. Each is put into a copy of the project, where the tests of its package run until the first
failure: the examples in the file and the tests that bear its name, then all of its directory, since ``tests/`` mirrors
the source. The same tests run once without a mutant. One that needs three times as much of the processor's time as they
do counts as noticed; the clock, which on a busy machine says nothing, only ends what waits for ever. The survivors are
printed; ``--thorough`` first runs the tests of the other packages on them as well. The exit code is 0 whatever the
score: a person has to say whether a test is missing, the line does nothing, or the mutant is no fault.

``--contexts .coverage`` names a record of which test runs which line, as ``pytest --cov --cov-context=test`` makes it.
With it a mutant meets up to a hundred of the tests that run its line instead, those that bear its file's name first.

``--skip 100`` goes on where a run of a hundred ended: ``--seed 1 --sample 50`` and ``--seed 1 --skip 50 --sample 50``
are together ``--seed 1 --sample 100``.

A mutant swaps an operator or the sides of a choice, moves a number by one, negates a condition, or leaves out a
``not``, a sign, an assignment, a call or what is returned. Annotations, messages of errors, ``__all__`` and
``__slots__`` stay.
"""

import argparse
import ast
import math
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from coverage import CoverageData

ROOT = Path(__file__).parents[1]
PACKAGES = ("autograd", "nn", "visualize")
COPIED = (*PACKAGES, "tests", "examples", "docs", "conftest.py", "pyproject.toml", "README.md")
QUICK = "not long and not needs_browser"
PATIENCE = 10  # seconds of the processor that every mutant is given besides
MOST = 100  # tests that run the line of a mutant
SLOWNESS = 60  # how many seconds by the clock a second of the processor may take

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


class Mutant(NamedTuple):
    """A file with one part of it replaced."""

    file: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {_short(self.before)} -> {_short(self.after)}"


def _short(code: str) -> str:
    code = " ".join(code.split())
    return code if len(code) <= 60 else f"{code[:40]} … {code[-17:]}"


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """All mutants of a file."""
    whole = source.encode()
    starts = [0]
    for line in whole.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, after in _faults(ast.parse(source)):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        text = (whole[:begin] + after.encode() + whole[end:]).decode()
        yield Mutant(file, node.lineno, whole[begin:end].decode(), after, text)


def _faults(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Expressions and statements that compute, each with what may stand there instead."""
    for name, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and name not in ("annotation", "returns", "decorator_list") and _counts(node):
                if isinstance(node, ast.expr | ast.stmt):
                    yield from _changes(node)
                yield from _faults(node)


def _counts(node: ast.AST) -> bool:
    """Return True unless it is a message, or says something of names or types."""
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not ast.unparse(node).startswith("__")
    if isinstance(node, ast.If):
        return ast.unparse(node.test) != "TYPE_CHECKING"
    return not isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert)


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    if isinstance(node, ast.Compare | ast.BoolOp | ast.BinOp | ast.AugAssign):
        operator = node.ops[0] if isinstance(node, ast.Compare) else node.op
        if type(operator) in _SWAPPED:
            other = _SWAPPED[type(operator)]()
            fields = {name: value for name, value in ast.iter_fields(node) if name not in ("op", "ops")}
            fields |= {"ops": [other, *node.ops[1:]]} if isinstance(node, ast.Compare) else {"op": other}
            yield node, _code(type(node)(**fields))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node, _code(node.operand)
    elif isinstance(node, ast.IfExp):
        yield node, _code(ast.IfExp(node.test, node.orelse, node.body))
    elif isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.Constant):
        yield node.test, _code(ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, repr(not node.value) if isinstance(node.value, bool) else repr(node.value + 1)
    elif isinstance(node, ast.Return) and node.value is not None and ast.unparse(node.value) != "None":
        yield node, "return None"
    elif isinstance(node, ast.Break | ast.Continue):
        yield node, "continue" if isinstance(node, ast.Break) else "break"
    if (
        isinstance(node, ast.AugAssign)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute | ast.Subscript))
    ):
        yield node, "pass"


def _code(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node))
    return text if isinstance(node, ast.stmt) else f"({text})"


def drawn(root: Path, count: int, seed: int, skip: int = 0) -> list[Mutant]:
    """So many mutants of the packages in a directory, drawn at random after those that are skipped."""
    found = [
        mutant
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
        for mutant in mutants(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]
    random.Random(seed).shuffle(found)
    return sorted(found[skip : skip + count], key=lambda mutant: mutant[:2])


def chosen(root: Path, file: str) -> tuple[list[str], str]:
    """The tests for a file: its examples and the tests that bear its name; and the directory of its package."""
    path = Path(file)
    package = path.parts[0] if path.parts[0] != "autograd" else path.parts[1]
    rooms = {"errors.py": "core", "__init__.py": "core", "__main__.py": "terminal"}
    room = root / "tests" / rooms.get(package, package.removesuffix(".py"))
    if not room.exists():  # of a single file
        room = root / "tests" / "functions"
    named = {*room.rglob(f"test_{path.stem}*.py"), *room.rglob(f"test_{path.parent.name}*.py")}
    return [file, *(each.relative_to(root).as_posix() for each in sorted(named))], room.relative_to(root).as_posix()


def covering(contexts: CoverageData, root: Path, mutant: Mutant) -> list[str]:
    """The tests that run the line of a mutant, by a record of coverage: the first hundred, from the nearest on."""
    named, room = chosen(root, mutant.file)
    files = [file for file in contexts.measured_files() if Path(file).as_posix().endswith(f"/{mutant.file}")]
    names = {
        name.rpartition("|")[0] for file in files for name in contexts.contexts_by_lineno(file).get(mutant.line, ())
    }
    tests = sorted(names - {""})
    random.Random(0).shuffle(tests)
    return sorted(tests, key=lambda test: (test.split("::")[0] not in named, not test.startswith(room)))[:MOST]


class Outcome(NamedTuple):
    """A run of tests: "passed", "failed" or "hung", and for how many seconds the processor was busy with it."""

    word: str
    seconds: float


def run(root: Path, tests: list[str], limit: float | None = None) -> Outcome:
    """Run tests in a directory until the first failure, for so many seconds of the processor at most."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", QUICK, *tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit) + PATIENCE))

    begin = _busy()
    patience = None if limit is None else SLOWNESS * limit
    try:
        finished = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, timeout=patience, check=False, preexec_fn=limited
        )
    except subprocess.TimeoutExpired:
        return Outcome("hung", _busy() - begin)
    if -finished.returncode in (signal.SIGXCPU, signal.SIGKILL):
        return Outcome("hung", _busy() - begin)
    nothing_to_run = finished.returncode == 5
    return Outcome("passed" if finished.returncode == 0 or nothing_to_run else "failed", _busy() - begin)


def _busy() -> float:
    """The seconds for which the processor was busy with the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def judged(
    root: Path, found: list[Mutant], thorough: bool = False, contexts: CoverageData | None = None
) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what became of it: "failed" or "hung", or "passed" if the tests notice nothing.

    It is "unknown" where the tests do not pass without a mutant.
    """
    sound: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif (root / name).exists():
                shutil.copy(root / name, copy)
        for mutant in found:
            path = copy / mutant.file
            before = path.read_text(encoding="utf-8")
            named, room = chosen(copy, mutant.file)
            stages = [named, [room]]
            if contexts is not None:
                stages = [covering(contexts, copy, mutant) or named]
            outcome = "passed"
            for tests in (*stages, *([["tests"]] if thorough else [])):
                if (key := " ".join(tests)) not in sound:
                    sound[key] = run(copy, tests)
                if sound[key].word != "passed":
                    outcome = "unknown"
                    break
                path.write_text(mutant.source, encoding="utf-8")
                outcome = run(copy, tests, 3 * sound[key].seconds + PATIENCE).word
                path.write_text(before, encoding="utf-8")
                if outcome != "passed":
                    break
            yield mutant, outcome


def main(given: list[str] | None = None) -> None:
    """Print the survivors of a sample, and the score."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sample", type=int, default=200, help="how many mutants to try")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--skip", type=int, default=0, help="how many of these another run has tried")
    parser.add_argument("--thorough", action="store_true", help="run all tests on those that survive their own")
    parser.add_argument("--contexts", help="a record of which test runs which line, as pytest-cov writes it")
    options = parser.parse_args(given)
    contexts = None
    if options.contexts:
        contexts = CoverageData(options.contexts)
        contexts.read()
        if len(contexts.measured_contexts()) < 2:  # a file that is not there is an empty record
            parser.error(f"{options.contexts} does not say which test runs which line; make it with --cov-context=test")
    outcomes = []
    found = drawn(ROOT, options.sample, options.seed, options.skip)
    for mutant, outcome in judged(ROOT, found, options.thorough, contexts):
        outcomes.append(outcome)
        if outcome in ("passed", "unknown"):
            print(f"{'survived' if outcome == 'passed' else outcome:9} {mutant}", flush=True)
    known = len(outcomes) - outcomes.count("unknown")
    print(
        f"{known - outcomes.count('passed')} of {known} noticed, {outcomes.count('hung')} of them by the time they took"
    )


if __name__ == "__main__":
    main()
