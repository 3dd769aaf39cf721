"""The benchmarks refuse what they must not compare, and each of their works runs. No test here looks at a time."""

import gc
import io
import json
import os
import subprocess
import sys
import venv

import pytest

from tests.benchmarks import eager, measure, tensor, tensor_worker
from tests.benchmarks.__main__ import SUBJECTS, main
from tests.benchmarks.engines import Micrograd, Ours
from tests.benchmarks.measure import (
    CAN_PIN,
    Comparison,
    GradientsDifferError,
    Outcome,
    deep,
    garbage_collector,
    one_core,
    require_equal,
    take_turns,
)
from tests.benchmarks.tables import Target, table
from tests.benchmarks.works import RATE, Chain, moons
from tests.support.processes import run_fresh


class Wrong(Ours):
    """An engine whose gradients are a little off."""

    name = "wrong"

    def run(self, work, collector):
        outcome = super().run(work, collector)
        return outcome._replace(gradients=[gradient * (1 + 1e-9) for gradient in outcome.gradients])


class Logging(Ours):
    def __init__(self, name, log):
        self.name, self.log = name, log

    def run(self, work, collector):
        self.log.append((self.name, collector))
        return super().run(work, collector)


def quick(capsys, *options):
    code = main(["eager", "--quick", "--repetitions", "1", *options])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("work", [Chain(30), moons(2)], ids=lambda work: work.name)
def test_engines_whose_gradients_differ_are_not_timed(work):
    log = []
    with pytest.raises(GradientsDifferError, match=r"gradient 0 of .* in wrong"):
        take_turns([Logging("ours", log), Wrong()], work, True, 5)
    assert log == [("ours", True)]  # the round that checks, and no other


@pytest.mark.parametrize(
    "theirs",
    [[1.0, -2.0], [1.0, 2.0 + 1e-11], [1.0], [1.0, 2.0, 0.0], [1.0, float("nan")], [1.0, float("inf")], []],
    ids=str,
)
def test_gradients_that_differ_are_refused(theirs):
    with pytest.raises(GradientsDifferError, match="some work"):
        require_equal("some work", [1.0, 2.0], "a peer", theirs)


def test_gradients_may_differ_by_their_rounding():
    require_equal("some work", [1e-300, 2.0, 0.0], "a peer", [1e-300 * (1 + 5e-13), 2.0 - 1e-12, 0.0])


def test_a_wrong_engine_ends_the_benchmark_with_an_error(capsys, monkeypatch):
    monkeypatch.setattr(eager, "find_engines", lambda *_: ([Ours(), Wrong()], []))
    code, printed, said = quick(capsys)
    assert code == 1
    assert printed == ""
    assert "benchmark stopped: chain of 300: gradient 0 of 1 is " in said


def test_engines_take_turns_after_a_round_that_is_not_timed():
    log = []
    outcomes = take_turns([Logging("A", log), Logging("B", log)], Chain(3), False, 2)
    assert [name for name, _ in log] == ["A", "B"] * 3
    assert [len(runs) for runs in outcomes] == [2, 2]


def test_ratios_are_of_medians_and_of_neighbours():
    def outcomes(*times):
        return [Outcome(seconds / 2, seconds / 2, 0.0, 0.0, []) for seconds in times]

    comparison = Comparison(outcomes(1.0, 2.0, 4.0), outcomes(6.0, 4.0, 4.0))
    assert comparison.ratio == 4.0 / 2.0
    assert comparison.pairwise == 2.0  # of 6, 2, 1


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_as_asked_and_afterwards_as_it_was(on):
    before = gc.isenabled()
    with garbage_collector(on):
        assert gc.isenabled() is on
    assert gc.isenabled() is before


def test_a_peer_may_recurse_a_hundred_thousand_calls_deep():
    def descend(depth):
        return depth and descend(depth - 1)

    limit = sys.getrecursionlimit()
    assert deep(lambda: descend(100_000)) == 0
    with pytest.raises(ZeroDivisionError):
        deep(lambda: 1 / 0)
    assert sys.getrecursionlimit() == limit


@pytest.mark.skipif(not CAN_PIN, reason="this system pins no thread to a core")
def test_all_engines_share_one_core_which_the_process_leaves_at_the_end(monkeypatch, capsys):
    before, seen = os.sched_getaffinity(0), []

    def report(*_):
        seen.append(os.sched_getaffinity(0))
        seen.append(set(json.loads(run_fresh("import os; print(list(os.sched_getaffinity(0)))"))))
        return ""

    monkeypatch.setitem(SUBJECTS, "eager", report)
    main(["eager"])
    here, in_a_worker = seen
    assert here == in_a_worker == {max(before)}
    assert os.sched_getaffinity(0) == before


def test_where_no_thread_can_be_pinned_the_benchmarks_run_and_say_so(monkeypatch, capsys):
    monkeypatch.setattr(measure, "CAN_PIN", False)
    monkeypatch.setattr(tensor, "CAN_PIN", False)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with one_core():
        assert "One thread each, float64." in tensor.how_measured(7)


def test_the_adjoint_of_a_chain_stays_in_range():
    (gradient,) = Ours().run(Chain(3000), True).gradients
    assert gradient == pytest.approx(RATE**1000, rel=1e-12)
    assert 0.03 < RATE ** Chain(1_000_000).rounds < 1


def test_a_moons_step_counts_the_operations_that_micrograd_records(monkeypatch):
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is the peer")
    recorded = []

    class Counted(engine.Value):
        def __init__(self, data, children=(), op=""):
            super().__init__(data, children, op)
            recorded.extend([op] if op else [])

    peer = Micrograd()
    peer.value = Counted
    for module in (engine, peer.modules):
        monkeypatch.setattr(module, "Value", Counted)
    peer.trainer(moons(2)).loss()
    assert len(recorded) == moons(2).operations
    assert moons(100).operations == 65_077


@pytest.mark.untraced
def test_a_quick_run_has_each_work_in_its_tables(capsys):
    pytest.importorskip("micrograd", reason="micrograd is the peer")
    code, printed, _ = quick(capsys)
    assert code == 0
    head, ratios, _, phases, _, long = printed.strip().split("\n\n")
    assert head.startswith(f"Python {sys.version.split()[0]}, numpy ")
    for work in ("chain of 300", "chain of 3,000, constants as values", "moons step, 5 points"):
        assert sum(line.startswith(work + " ") for line in ratios.splitlines()) == 2  # collector on and off
        assert sum(line.startswith(work + " ") for line in phases.splitlines()) == 4  # and two engines
    rows = [line.split("  ")[0] for line in long.splitlines()[2:]]
    assert rows == [
        "build",
        "sweep",
        "free",
        "all three",
        "bytes per node, built",
        "bytes per node, swept",
        "bytes per node, at most",
    ]


def test_markdown_tables_have_a_rule_and_a_cell_for_each_column():
    lines = table(["work", "ours"], [["chain", "1 s"], ["moons", ""]], markdown=True).splitlines()
    assert lines == ["| work | ours |", "| :-- | --: |", "| chain | 1 s |", "| moons |  |"]


def test_text_tables_are_aligned():
    lines = table(["work", "ours"], [["a chain", "1 s"], ["moons", "12.5 ms"]]).splitlines()
    assert lines == ["work        ours", "-------  -------", "a chain      1 s", "moons    12.5 ms"]


@pytest.mark.untraced
def test_a_missing_peer_is_reported(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)

    def offline(*_, **__):
        raise subprocess.CalledProcessError(1, "pip", stderr="progress\nno network here")

    monkeypatch.setattr(venv, "create", offline)
    code, printed, _ = quick(capsys, "--peers", "micrograd", "hips")
    assert code == 0
    assert "micrograd is missing, and not compared: " in printed
    assert 'pip install -e ".[bench]"' in printed
    assert "hips is missing, and not compared: it could not be installed: no network here." in printed
    assert "pairwise" not in printed  # no peer, no ratio; our own times are there
    assert "moons step, 5 points" in printed


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (Target(3, 4), 4.0, "reached"),
        (Target(3, 4), 3.99, "met"),
        (Target(3, 4), 3.0, "met"),
        (Target(3, 4), 2.99, "MISSED"),
        (Target(300, 230, smaller_is_better=True), 230, "reached"),
        (Target(300, 230, smaller_is_better=True), 231, "met"),
        (Target(300, 230, smaller_is_better=True), 301, "MISSED"),
        (Target(5, smaller_is_better=True), 1, "met"),
        (Target(5, smaller_is_better=True), 5.1, "MISSED"),
    ],
    ids=str,
)
def test_a_verdict_says_whether_a_target_is_reached_met_or_missed(target, value, verdict):
    assert target.verdict(value) == verdict


def test_repetitions_start_at_one(capsys):
    with pytest.raises(SystemExit):
        main(["eager", "--repetitions", "0"])
    assert "--repetitions takes a number from 1 up, not 0" in capsys.readouterr().err


# --- Tensors ----------------------------------------------------------------------------------------------------------


def quick_tensors(capsys, *options):
    code = main(["tensor", "--quick", "--repetitions", "1", *options])
    return code, *capsys.readouterr()


def test_a_quick_run_of_tensors_has_a_line_for_each_work_and_engine(capsys):
    code, printed, _ = quick_tensors(capsys, "--peers")
    assert code == 0
    head, lines = printed.strip().split("\n\n")
    assert f"One thread each{', on one core' * CAN_PIN}, float64. Medians of 1 runs" in head
    for work, engines in [
        ("MLP 5-6-3, batch 4", ["ours", "numpy by hand"]),
        ("2 filters 3×3 on 2 images 6×6, by filters", ["ours"]),
        ("2 filters 3×3 on 2 images 6×6, by filters and images", ["ours"]),
        ("15 operations on numbers, each", ["ours"]),
    ]:
        for engine in engines:
            found = [line for line in lines.splitlines() if line.startswith(f"{work}  ") and f" {engine} " in line]
            assert len(found) == 2  # collector on and off
            assert ("× " in found[0]) is (engine != "ours")


def test_missing_peers_of_tensors_are_reported(capsys, monkeypatch):
    monkeypatch.setattr(tensor.importlib.util, "find_spec", lambda name: None)

    def offline(*_, **__):
        raise subprocess.CalledProcessError(1, "pip", stderr="progress\nno network here")

    monkeypatch.setattr(venv, "create", offline)
    code, printed, _ = quick_tensors(capsys)
    assert code == 0
    assert "HIPS autograd is missing, and not compared: it could not be installed: no network here." in printed
    assert 'PyTorch is missing, and not compared: it is not installed; install it with pip install -e ".[' in printed


def test_an_engine_that_differs_ends_the_benchmark_of_tensors(capsys, monkeypatch):
    right = tensor.Worker.run

    def wrong(self, work, collector, check=False):
        outcome = right(self, work, collector, check)
        off = 1 + 1e-9 * (self.name == "numpy")
        return outcome._replace(gradients=[gradient * off for gradient in outcome.gradients])

    monkeypatch.setattr(tensor.Worker, "run", wrong)
    code, printed, said = quick_tensors(capsys, "--peers")
    assert (code, printed) == (1, "")
    assert "benchmark stopped: MLP 5-6-3, batch 4: gradient " in said
    assert " with numpy by hand" in said


@pytest.mark.parametrize(
    "theirs", [[1.0, -2.0], [1.0, 2.0 + 1e-9], [1.0], [1.0, float("nan")], [1.0, float("inf")]], ids=str
)
def test_gradients_of_tensors_that_differ_are_refused(theirs):
    with pytest.raises(GradientsDifferError, match="some work"):
        tensor.require_close("some work", [1.0, 2.0], "a peer", theirs)
    tensor.require_close("some work", [1e-13, 2.0], "a peer", [2e-13, 2.0 + 1e-12])


def test_a_worker_that_ends_is_no_answer():
    with tensor.worker("ours", tensor.Worker) as worker:
        worker.requests.close()
        worker.requests = io.StringIO()
        with pytest.raises(RuntimeError, match="the worker of ours has ended"):
            worker.run(tensor.Numbers(1, 1), True)


def test_every_engine_does_the_works_that_it_is_asked_for():
    assert set(tensor.WORKS) == set(tensor_worker.ENGINES) == {"ours", *tensor.PEERS}
    for name, kinds in tensor.WORKS.items():
        assert all(callable(getattr(tensor_worker.ENGINES[name], kind)) for kind in kinds.split())


def test_what_is_asked_of_tensors_is_judged():
    runs = {name: [Outcome(time / 2, time / 2, 0.0, 0.0, [])] for name, time in [("ours", 3.0), ("numpy", 1.5)]}
    case = tensor.Case(tensor.Network(), {"numpy": Target(3, smaller_is_better=True)})
    ours, numpy = tensor.lines(case, True, runs)
    assert ours[2:] == ["ours", "1.5 s", "1.5 s", "3 s", "", "", ""]
    assert numpy[2:] == ["numpy by hand", "750 ms", "750 ms", "1.5 s", "× 2.00", "× 3", "met"]
    case = tensor.Case(tensor.Numbers(100), time=Target(6e-3, smaller_is_better=True))
    (ours,) = tensor.lines(case, False, {"ours": runs["ours"]})
    assert ours[5:] == ["10 ms", "", "6 ms", "MISSED"]
