"""The checker on random programs: it accuses none that is right, and notices what is cut off from the record."""

import math
import random
from collections import Counter
from functools import partial

import pytest

from autograd import Value, check_gradients
from autograd.core import ops
from autograd.core.table import TABLE
from autograd.core.value import apply, compute
from tests.checking.test_check import OPAQUE, verdicts
from tests.support.programs.effort import PROGRAMS

EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 1e-9, -1e-9, 1 + 1e-12]
ORDINARY = [name for name in TABLE if name != "copy"]


def random_arguments(generator, op, count, at_edges):
    """Arguments for an operation: the positions of earlier values in brackets, and constants."""

    def value():
        recent = count - 1 - int(generator.expovariate(0.7))
        return [generator.randrange(count) if generator.random() < 0.5 else max(0, recent)]

    def value_or_constant():
        if generator.random() < 0.15:
            return generator.choice(EDGES) if at_edges else generator.uniform(-3, 3)
        return value()

    several = generator.randint(1, 4)
    if op.name == "round":
        return [value(), generator.choice((0, 1, -1))]
    if op.name == "where":
        return [generator.choice((True, False, value_or_constant())), value(), value_or_constant()]
    if op.name == "pow" and generator.random() < 0.6:
        return [value(), generator.choice((0, 1, 2, 3, -1, -2, 0.5, 1.5, 2.0))]
    if op.name in ("softmax", "log_softmax"):
        return [generator.randrange(several), *(value_or_constant() for _ in range(several - 1)), value()]
    if op.name == "dot":
        return [value(), *(value_or_constant() for _ in range(2 * several - 1)), generator.choice((0, value()))]
    if op.name == "cosine_similarity":
        return [value(), *(value_or_constant() for _ in range(2 * several - 1))]
    return [value(), *(value_or_constant() for _ in range((op.arity or several) - 1))]


def random_program(generator, at_edges=False, rows=()):
    """A function of one to three numbers over the whole table, with sharing and constants, and the point to take it at.

    Numbers are drawn from a range or, half of the time if so asked, from where derivatives do not exist. The function
    takes the position of a step, too, whose arguments are then cut off from the record.
    """
    numbers = [
        generator.choice(EDGES) if at_edges and generator.random() < 0.6 else generator.uniform(-3, 3)
        for _ in range(generator.randint(1, 3))
    ]
    values = list(numbers)
    steps = []
    wanted = generator.randint(2, 9)
    while len(steps) < wanted:
        op = rows[0] if rows and generator.random() < 0.3 else TABLE[generator.choice(ORDINARY)]
        arguments = random_arguments(generator, op, len(values), at_edges)
        given = [values[x[0]] if isinstance(x, list) else x for x in arguments]
        value = compute(op, *given)
        ordered = op.name != "clip" or given[1] <= given[2]
        if ordered and math.isfinite(value) and abs(value) < 1e6:
            steps.append((op, arguments))
            values.append(value)
    results = {len(values) - 1, generator.randrange(len(numbers), len(values))}

    def program(*xs, cut=None):
        found = list(xs)
        for k, (op, arguments) in enumerate(steps):
            given = [found[x[0]] if isinstance(x, list) else x for x in arguments]
            found.append(
                apply(op, *([x.detach() if isinstance(x, Value) else x for x in given] if k == cut else given))
            )
        return [found[k] for k in sorted(results)]

    return program, numbers


def verdicts_on(count, seed, order=1, **options):
    """The count of each verdict over many random programs, every other one of them at edges."""
    found = Counter()
    for k in range(count):
        program, numbers = random_program(random.Random(f"{seed} {k}"), at_edges=k % 2 == 1, **options)
        report = check_gradients(program, *numbers, order=order)
        assert report.ok, f"program {k}\n{report.program}\n{report}"
        found.update(verdicts(report))
    return found


@pytest.mark.long
def test_no_false_alarm_over_random_programs():
    found = verdicts_on(PROGRAMS, "first order")
    assert found["right"] > 0.9 * found.total()
    assert found["kink"] > 0.005 * found.total()
    assert found["undefined"] == 0


def test_no_false_alarm_to_second_order():
    found = verdicts_on(max(PROGRAMS // 20, 1), "second order", order=2)
    assert found["right"] > 0.9 * found.total()


def test_no_false_alarm_of_the_stencil():
    found = verdicts_on(max(PROGRAMS // 10, 1), "stencil", rows=[OPAQUE])
    assert found["right"] > 0.8 * found.total()


def test_the_random_programs_would_show_a_wrong_rule(monkeypatch):
    right = ops.TANH.derivatives
    monkeypatch.setattr(ops.TANH, "derivatives", lambda m, x, y: (right(m, x, y)[0] * 1.001,))
    with pytest.raises(AssertionError, match="argument 0 of tanh"):
        verdicts_on(300, "wrong")


def test_a_path_that_is_cut_off_is_noticed_if_and_only_if_it_matters():
    """The whole program says what the derivatives are, of which a gradient by the record that is left lacks a part."""
    seen = Counter()
    for k in range(max(PROGRAMS // 20, 1)):
        program, numbers = random_program(generator := random.Random(f"cut {k}"))
        cut = generator.randrange(3)
        whole, part = (check_gradients(partial(program, cut=where), *numbers) for where in (None, cut))
        for right, line in zip(whole.lines, part.lines, strict=True):
            if not {right.verdict, line.verdict} & {"kink", "noise"}:
                error = line.error + right.error
                assert line.numerical == pytest.approx(right.reverse, rel=1e-9, abs=error), (k, cut)
                lost = abs(right.reverse - line.reverse)
                verdict = "right" if lost == 0 else "wrong" if lost > 10 * error else line.verdict
                assert (line.verdict, line.unrecorded != 0) == (verdict, verdict == "wrong"), (k, cut)
                seen[verdict] += 1
    assert min(seen["right"], seen["wrong"]) > PROGRAMS // 100
