"""The benchmark of compiled programs refuses what it must not compare, and each of its works runs; nothing is timed."""

import importlib.util
from contextlib import ExitStack

import numpy as np
import pytest

from tests.benchmarks import tensor
from tests.benchmarks.__main__ import main
from tests.benchmarks.compiled import report as compiled
from tests.benchmarks.compiled import worker as compiled_worker
from tests.benchmarks.measure import CAN_PIN, GradientsDifferError
from tests.benchmarks.tables import Target
from tests.benchmarks.works import moons


def quick_compiled(capsys, *options):
    code = main(["compiled", "--quick", "--repetitions", "1", *options])
    return code, *capsys.readouterr()


@pytest.mark.untraced
def test_a_quick_run_of_compiled_programs_has_a_line_for_each_work_and_engine(capsys):
    code, printed, _ = quick_compiled(capsys, "--peers", "numpy")
    assert code == 0
    head, steps, _, recordings = printed.strip().split("\n\n")
    assert f"One thread each{', on one core' * CAN_PIN}, float64. Medians of 1 runs" in head
    for work in (
        "moons, 5 lanes",
        "moons, 5 in one program",
        "MLP 5-6-3, 4 lanes",
        "MLP 5-6-3, 4 in one program",
        "Rosenbrock in 6 variables, 300 points",
        "Black–Scholes, 30 points",
        "2 filters 3×3 on 5×5, 3 lanes",
        "2 filters 3×3 on 5×5, 3 in one program",
    ):
        for engine in ("ours", "numpy by hand"):
            found = [
                line for line in steps.splitlines() if line.startswith(f"{work}  ") and f" {engine} " in line + " "
            ]
            assert len(found) == 2  # collector on and off
            assert (" × " in found[0]) is (engine != "ours")
        assert sum(line.startswith(f"{work}  ") for line in recordings.splitlines()) == 2


@pytest.mark.parametrize("name", ["blocks", "loops", "jax", "torch", "micrograd"])
def test_a_peer_of_compiled_programs_has_the_gradients_of_numpy_by_hand(name):
    if name in tensor.EXTRAS and importlib.util.find_spec(tensor.MODULES.get(name, name)) is None:
        pytest.skip(f"{name} is the peer")
    with ExitStack() as stack:
        engines, remarks = compiled.find_workers(["numpy", name], compiled.PEERS, compiled.StepWorker, stack)
        assert not remarks
        works = [case.work for case in compiled.QUICK_CASES if name in case.work.peers]
        assert works
        for work in works:
            runs = tensor.take_turns(engines, compiled.PEERS, work, True, 0)  # raises where they differ
            assert runs == {"numpy": [], name: []}


def test_a_peer_of_compiled_programs_with_a_wrong_gradient_stops_the_benchmark(capsys, monkeypatch):
    right = compiled.StepWorker.run

    def wrong(self, work, collector, check=False):
        outcome = right(self, work, collector, check)
        off = 1 + 1e-9 * (self.name == "numpy")
        return outcome._replace(gradients=[gradient * off for gradient in outcome.gradients])

    monkeypatch.setattr(compiled.StepWorker, "run", wrong)
    code, printed, said = quick_compiled(capsys, "--peers", "numpy")
    assert (code, printed) == (1, "")
    assert "benchmark stopped: moons, 5 lanes: gradient " in said
    assert " with numpy by hand" in said


def test_missing_peers_of_compiled_programs_are_reported(monkeypatch):
    monkeypatch.setattr(tensor.importlib.util, "find_spec", lambda name: None)
    with ExitStack() as stack:
        names = ["numpy", "loops", "jax", "torch", "micrograd"]
        engines, remarks = compiled.find_workers(names, compiled.PEERS, compiled.StepWorker, stack)
    assert [engine.name for engine in engines] == ["numpy"]
    missing = "is missing, and not compared: it is not installed; install it with pip install -e"
    assert remarks == [
        f'{peer} {missing} ".[{extra}]".'
        for peer, extra in [
            ("loops by hand, numba", "fast"),
            ("JAX, jit", "bench-jax"),
            ("PyTorch, eager", "bench-torch"),
            ("micrograd", "bench"),
        ]
    ]


def test_every_engine_does_the_compiled_works_that_it_is_asked_for():
    assert set(compiled_worker.ENGINES) == {"ours", *compiled.PEERS}
    for case in compiled.CASES + compiled.QUICK_CASES:
        for name in ("ours", *case.work.peers):
            assert callable(getattr(compiled_worker.ENGINES[name], case.work.kind))


@pytest.mark.parametrize(("count", "handed_over"), [(5, 5), (100_000, 100_000), (250_001, 83_334)])
def test_of_very_many_gradients_every_one_counts(count, handed_over):
    gradients = np.ones(count)
    before = compiled_worker.handed_over([gradients[:3], gradients[3:]])
    assert len(before) == handed_over
    for k in (0, count // 2, count - 1):
        gradients[k] += 1e-9
        after = compiled_worker.handed_over([gradients])
        with pytest.raises(GradientsDifferError):
            tensor.require_close("some work", before, "a peer", after)
        gradients[k] = 1.0


def test_the_gradient_of_a_parameter_that_no_result_depends_on_is_0():
    work = compiled_worker.Whole("character RNN")  # whose text lacks a character
    ours, by_hand = (engine().whole(work) for engine in (compiled_worker.Ours, compiled_worker.ByHand))
    found = []
    for task in (ours, by_hand):
        task.step()
        found.append(compiled_worker.handed_over(task.gradients()))
    assert 0.0 in found[0]
    tensor.require_close(work.name, found[0], "numpy by hand", found[1])


def test_operations_of_a_compiled_program_are_counted_as_micrograd_records_them():
    engine = compiled_worker.Ours()
    operations, records = engine.count(engine.moons(compiled_worker.Moons(whole=True, count=2)))
    assert operations == moons(2).operations
    assert records == 2 * (33 + 32 + 3) + 4  # dot products, relu, hinge; mean, squares, times, plus


def test_a_turn_begins_where_the_parameters_began():
    session = compiled_worker.Session(compiled_worker.ByHand())
    work = {"kind": "moons", "work": {"count": 3}, "first": False, "duration": 1e-4}
    first = session.answer(work | {"check": True})["gradients"]
    assert session.answer(work | {"check": False})["seconds"] > 0
    assert session.answer(work | {"check": True})["gradients"] == first


@pytest.mark.parametrize(("each", "steps"), [(0.02, 1 + 1), (0.004, 2 + 4), (0.0001, 10 + 150)])
def test_a_turn_has_as_many_steps_as_fit_and_one_at_least_after_a_few_that_are_not_counted(each, steps, monkeypatch):
    time = [0.0]
    monkeypatch.setattr(compiled_worker, "now", lambda: time[0])
    taken = []

    def step():
        taken.append(None)
        time[0] += each

    assert compiled_worker.mean_time(step, 0.015) == pytest.approx(each)
    assert len(taken) == steps


def test_what_is_asked_of_compiled_programs_is_judged():
    times = {"ours": 1.2e-3, "numpy": 1e-3, "jax": 2e-3, "micrograd": 1.5}
    runs = {name: [compiled.Step(time, [])] for name, time in times.items()}
    case = compiled.Case(compiled.Moons(whole=True), Target(1.5, 1.1, smaller_is_better=True), micrograd=Target(1000))
    ours, numpy, jax, micrograd = (line[3:] for line in compiled.lines(case, True, runs))
    assert ours == ["1.2 ms", "", "", "", ""]
    assert numpy == ["1 ms", "× 1.20", "× 1.5", "× 1.1", "met"]
    assert jax == ["2 ms", "× 0.60", "", "", ""]
    assert micrograd == ["1.5 s", "1 / 1,250", "1 / 1000", "", "met"]


def test_recording_is_judged_by_the_operation_in_large_programs_and_in_all_in_small_ones():
    large, small = compiled.Recording(0.2, 100_000, 10_000), compiled.Recording(0.1, 50_000, 10_000)
    line = compiled.recording_line(compiled.Moons(), True, [large])
    assert line[2:] == ["100,000", "10,000", "200 ms", "2 µs", "20 µs", "2.5 µs", "1.5 µs", "met"]
    line = compiled.recording_line(compiled.Moons(), True, [small])
    assert line[2:] == ["50,000", "10,000", "100 ms", "2 µs", "10 µs", "60 ms", "30 ms", "MISSED"]
    assert compiled.recording_line(compiled.Moons(), True, [small], judged=False)[-3:] == ["", "", ""]
