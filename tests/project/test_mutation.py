"""The maker of mutants: what it makes, which tests it runs, and what it says of a small project."""

import ast

import pytest
from coverage import CoverageData

from tests import mutation
from tests.mutation import chosen, covering, drawn, judged, mutants, run
from tests.support.processes import ROOT

SOURCE = '''"""Text: 1 < 2."""
__all__ = ["f"]


def f(x: int = 3, *, sure: bool = True) -> int:
    """Text."""
    if x < 2 and not sure:
        raise ValueError(f"{x + 1} is too large")
    total = -x if sure else "ä" * 2
    while total:
        total -= 1
        print(total)
        break
    return total
'''


def test_all_mutants_of_a_file():
    found = [*mutants("f.py", SOURCE)]
    assert [(mutant.line, mutant.before, mutant.after) for mutant in found] == [
        (5, "True", "False"),
        (5, "3", "4"),
        (7, "x < 2 and not sure", "(not (x < 2 and (not sure)))"),
        (7, "x < 2 and not sure", "(x < 2 or not sure)"),
        (7, "x < 2", "(x <= 2)"),
        (7, "2", "3"),
        (7, "not sure", "(sure)"),
        (9, '-x if sure else "ä" * 2', "('ä' * 2 if sure else -x)"),
        (9, "-x", "(x)"),
        (9, '"ä" * 2', "('ä' / 2)"),
        (9, "2", "3"),
        (10, "total", "(not total)"),
        (11, "total -= 1", "total += 1"),
        (11, "total -= 1", "pass"),
        (11, "1", "2"),
        (12, "print(total)", "pass"),
        (13, "break", "continue"),
        (14, "return total", "return None"),
    ]
    for mutant in found:
        assert ast.dump(ast.parse(mutant.source)) != ast.dump(ast.parse(SOURCE))
        assert sum(a != b for a, b in zip(mutant.source.splitlines(), SOURCE.splitlines(), strict=True)) == 1


def test_every_file_has_tests_that_mirror_it():
    files = [path.relative_to(ROOT).as_posix() for name in mutation.PACKAGES for path in (ROOT / name).rglob("*.py")]
    for file in files:
        named, room = chosen(ROOT, file)
        assert all((ROOT / each).exists() for each in (*named, room))
    tape, lowering = "autograd/core/tape.py", "autograd/compiler/lowering/grids.py"
    assert chosen(ROOT, tape) == ([tape, "tests/core/test_tape.py"], "tests/core")
    assert chosen(ROOT, lowering) == ([lowering, "tests/compiler/test_lowering.py"], "tests/compiler")


FILES = {
    "nn/__init__.py": "",  # a package without it would be the installed one
    "nn/count.py": "def is_large(n, unused=0):\n    return n > 3\n",
    "tests/nn/test_count.py": "from nn.count import *\n\n\ndef test_it():\n    assert is_large(4) != is_large(3)\n",
    "pyproject.toml": """[tool.pytest.ini_options]
addopts = "--doctest-modules"
markers = ["long", "needs_browser"]
""",
}


@pytest.fixture
def project(tmp_path):
    """A project of one function, whose tests do not notice one of its four mutants."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.untraced
def test_survivors_are_told_from_what_the_tests_notice(project, monkeypatch, capsys):
    monkeypatch.setattr(mutation, "ROOT", project)
    monkeypatch.setattr(mutation, "PACKAGES", ("nn",))
    mutation.main(["--sample", "100"])
    assert capsys.readouterr().out.splitlines() == [
        "survived  nn/count.py:1: 0 -> 1",
        "3 of 4 noticed, 0 of them by the time they took",
    ]
    assert (project / "nn" / "count.py").read_text(encoding="utf-8") == FILES["nn/count.py"]
    assert drawn(project, 3, 0) == drawn(project, 3, 0) != drawn(project, 3, 1)
    assert sorted(drawn(project, 3, 0) + drawn(project, 3, 0, skip=3)) == sorted(drawn(project, 4, 7))


def test_by_a_record_of_lines_a_mutant_meets_the_tests_that_run_its_line(project, monkeypatch, capsys):
    (project / "tests" / "nn" / "test_other.py").write_text("def test_that(): pass\n", encoding="utf-8")
    record = CoverageData(project / ".coverage")
    for test in ("nn/test_other.py::test_that", "nn/test_count.py::test_it", "core/test_far.py::test_this[|x|]"):
        record.set_context(f"tests/{test}|run")
        record.add_lines({str(project / "nn" / "count.py"): [2]})
    record.write()
    first, *_, last = mutants("nn/count.py", FILES["nn/count.py"])
    assert covering(record, project, first) == []
    far, near, named = (
        "tests/core/test_far.py::test_this[|x|]",
        "tests/nn/test_other.py::test_that",
        "nn/test_count.py::test_it",
    )
    assert covering(record, project, last) == [f"tests/{named}", near, far]
    monkeypatch.setattr(mutation, "MOST", 2)
    assert [outcome for _, outcome in judged(project, [first, last], contexts=record)] == ["passed", "failed"]
    with pytest.raises(SystemExit):
        mutation.main(["--contexts", str(project / "nothing")])
    assert "does not say which test runs which line" in capsys.readouterr().err


def test_tests_that_fail_by_themselves_are_no_measure(project):
    (project / "tests" / "nn" / "test_count.py").write_text("def test_it(): assert False\n", encoding="utf-8")
    found = judged(project, [*mutants("nn/count.py", FILES["nn/count.py"])])
    assert [outcome for _, outcome in found] == ["unknown"] * 4


@pytest.mark.untraced
def test_a_mutant_that_never_ends_is_noticed_and_one_that_waits_for_ever(project, monkeypatch):
    count = project / "nn" / "count.py"
    count.write_text("def is_large(n):\n    while True: pass\n", encoding="utf-8")
    assert run(project, ["tests"], limit=1).word == "hung"
    monkeypatch.setattr(mutation, "SLOWNESS", 2)
    count.write_text("import time\n\ndef is_large(n): time.sleep(600)\n", encoding="utf-8")
    assert run(project, ["tests"], limit=1).word == "hung"
