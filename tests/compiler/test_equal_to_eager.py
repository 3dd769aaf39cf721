"""Compiled functions equal the eager engine, on random ones of every kind; and each check fails on wrong compilers.

`story` does with a function what a user does: calls it, goes backward, changes parameters, comes with other samples.
The eager engine runs it sample by sample, and a compiler runs it, from the same random numbers; what the two have
written down must be equal. So a check is a function of a compiler, and compilers that are wrong on purpose show what it
sees.
"""

import inspect
import math
import operator
import os
import random
from collections import Counter
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import Phase

import autograd
from autograd import AutogradError, Tensor, Value, no_grad
from autograd.core import ops, several
from autograd.core.context import recording
from autograd.core.namespaces import EDGES, at_edge, floats
from autograd.core.stores import exclusively
from autograd.core.tape import Node, collect
from autograd.core.value import compute
from tests.core.test_properties import every
from tests.support.programs import compiled as compiled_programs
from tests.support.programs import scalars
from tests.support.programs.compiled import FAMILIES, FORMS, Case, as_case, at_edges, at_kinks, generator
from tests.support.programs.effort import PROGRAMS

# --- The eager engine as a compiler: one sample after the other -------------------------------------------------------

leaves_of = np.frompyfunc(Value, 1, 1)  # a new leaf for each number of an array


class Replay:
    """A recorded value, computed and differentiated once more by the rules of the table, record by record.

    Its numbers are those of the eager engine to the bit. A subclass computes otherwise, by changing a method.
    """

    def __init__(self, root, leaves=()):
        computed, self.leaves = exclusively(collect, (root,))
        self.root, self.found, self.records = root, dict(leaves), []
        for z in reversed(computed):
            given = [self.argument(node, number) for node, number in z.operands()]
            self.found[id(z)] = self.value(z, given)
            self.records.append((z, given))
        self.data = self.found.get(id(root), root.data)

    def argument(self, node, number):
        return self.found.get(id(node), number) if node is not None else number

    def value(self, z, given):
        return compute(z._op, *given)

    def slopes(self, z, given):
        rule, result = z._op.derivatives, self.found[id(z)]
        try:
            return rule(floats, *given, result)
        except EDGES:
            return at_edge(rule, *given, result)

    def add(self, adjoints, node, contribution):
        adjoints[id(node)] = adjoints.get(id(node), 0.0) + contribution

    def skips(self, g):
        return not g

    def backward(self, gradient=1.0):
        adjoints = {id(self.root): gradient}
        for z, given in reversed(self.records):
            g = adjoints.get(id(z), 0.0)
            if not self.skips(g):
                for node, slope in zip(z.arguments(), self.slopes(z, given), strict=True):
                    if node is not None and (slope or not z._op.selects):
                        self.add(adjoints, node, g * slope)
        self.deposit([(leaf, adjoints.get(id(leaf), 0.0)) for leaf in self.leaves])

    def deposit(self, gradients):
        for leaf, gradient in gradients:
            leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient


class Part:
    """A part of a result, over all samples: an array of what was recorded for each of its numbers."""

    def __init__(self, roots, deliver):
        self.roots, self.deliver = roots, deliver
        self.data = np.array([root.data for root in roots.flat]).reshape(roots.shape)

    def backward(self, gradient):
        for root, g in zip(self.roots.flat, np.broadcast_to(gradient, self.roots.shape).flat, strict=True):
            root.backward(float(g))
        self.deliver()

    def sum(self):
        return _Scaled(self, 1.0)

    def mean(self):
        return _Scaled(self, 1 / self.roots.size)


class _Scaled(NamedTuple):
    """The sum of a part, times a factor."""

    part: Part
    factor: float

    def backward(self):
        self.part.backward(self.factor)


def parts_of(result):
    """The values of a result as arrays of values, one for each list or single value in it; tensors as they are."""
    if isinstance(result, (Tensor, Part)):
        return [result]
    if isinstance(result, dict):
        return [part for item in result.values() for part in parts_of(item)]
    if isinstance(result, tuple):
        return [part for item in result for part in parts_of(item)]
    if isinstance(result, np.ndarray):
        return [result]
    flat = compiled_programs.flat([result])
    shape, rest = [], result
    while isinstance(rest, list):
        shape.append(len(rest))
        rest = rest[0]
    found = np.empty(len(flat), dtype=object)
    found[:] = flat
    return [found.reshape(shape)]


def eager(function, *, batch=True, replay=lambda root: root):
    """A stand-in for `autograd.compile`: calls the function for each sample; ``replay`` stands in for its results."""
    names = list(inspect.signature(function).parameters)
    has_samples = lambda k: batch is True or (batch and names[k] in batch)

    def call(*arguments):
        arrays = [isinstance(x, (np.ndarray, Tensor)) for x in arguments]
        batched = [array and has_samples(k) for k, array in enumerate(arrays)]
        leaves = [
            leaves_of(np.array(x.data if isinstance(x, Tensor) else x, dtype=float)) if array else None
            for x, array in zip(arguments, arrays, strict=True)
        ]

        def in_sample(b, x, rows, is_batched):
            if rows is None:
                return wrapped(x)
            return rows[b] if is_batched else rows[()] if rows.ndim == 0 else rows

        def deliver():
            for x, rows in zip(arguments, leaves, strict=True):
                if rows is None or not isinstance(x, Tensor):
                    continue
                found = [leaf.grad for leaf in rows.flat]
                if any(g is not None for g in found):
                    total = np.array([g or 0.0 for g in found]).reshape(rows.shape)
                    with np.errstate(invalid="ignore"):
                        x.grad = total if x.grad is None else np.array(x.grad) + total
                for leaf in rows.flat:
                    leaf.grad = None

        if not any(batched):
            given = [in_sample(0, *each) for each in zip(arguments, leaves, batched, strict=True)]
            return tuple(Part(replayed(part, replay), deliver) for part in parts_of(function(*given)))
        count = next(len(rows) for rows, is_batched in zip(leaves, batched, strict=True) if is_batched)
        found = [
            parts_of(function(*(in_sample(b, *each) for each in zip(arguments, leaves, batched, strict=True))))
            for b in range(count)
        ]
        return tuple(Part(replayed(np.stack(samples), replay), deliver) for samples in zip(*found, strict=True))

    return call


def wrapped(x):
    """Plain numbers of an argument as new leaves: as a compiler records them."""
    if isinstance(x, (list, tuple)):
        return type(x)(wrapped(item) for item in x)
    return Value(x) if isinstance(x, (int, float)) else x


def replayed(roots, replay):
    found = np.empty(roots.shape, dtype=object)
    found.flat[:] = [replay(root) for root in roots.flat]
    return found


# --- What a user does -------------------------------------------------------------------------------------------------


def moved(rng, case, x, samples=None):
    """Other numbers for an argument or a parameter: close by, or from the pool; for arrays, this number of samples."""
    if isinstance(x, np.ndarray):
        rows = np.array([x[rng.randrange(len(x))] for _ in range(len(x) if samples is None else samples)])
        if case.pool:
            return np.array([rng.choice([v, rng.choice(case.pool)]) for v in rows.flat]).reshape(rows.shape)
        return rows * np.array([1 + rng.uniform(-1e-3, 1e-3) for _ in rows.flat]).reshape(rows.shape)
    if isinstance(x, Tensor):
        return Tensor(moved(rng, case, np.array(x.data), samples))
    if isinstance(x, list):
        return [moved(rng, case, item) for item in x]
    if isinstance(x, Value):
        return Value(moved(rng, case, x.data))
    return rng.choice([x, *case.pool]) if case.pool else x * (1 + rng.uniform(-1e-3, 1e-3))


class Log:
    """The findings of a run, to be compared: numbers, each under a text that says where it comes from."""

    def __init__(self, case):
        self.case, self.lines = case, []

    def write(self, where, found):
        self.lines.append((where, found))

    def values(self, where, result):
        parts = parts_of(result)
        for k, part in enumerate(parts):
            data = part.data if isinstance(part, (Tensor, Part)) else np.array([v.data for v in part.flat])
            self.write(f"{where}: value {k}", np.array(data, dtype=float).ravel())
        return parts

    def gradients(self, where, arguments):
        for k, x in enumerate([*self.case.parameters, *compiled_programs.flat(list(arguments))]):
            if isinstance(x, Node):
                label = f"parameter {k}" if k < len(self.case.parameters) else "an argument"
                grad = None if x.grad is None else np.array(x.grad, dtype=float).ravel()
                self.write(f"{where}: gradient of {label}", grad)


def backward(rng, parts, ones=False):
    """Start a pass at each part, with random multiples, or at its sum or mean; at a single number, also without any."""
    for part in parts:
        shape = part.roots.shape if isinstance(part, Part) else part.shape
        count = int(np.prod(shape))
        way = "each" if ones else rng.choice(["each", "each", "sum", "mean"])
        if way != "each" and not isinstance(part, np.ndarray):
            (part.sum() if way == "sum" else part.mean()).backward()
            continue
        seeds = np.full(count, 1.0 if ones or way == "sum" else 1 / count)
        if way == "each" and not ones:
            seeds = np.array([rng.choice([1.0, 0.5, -2.0, 3.0]) for _ in range(count)])
        if isinstance(part, np.ndarray):
            for value, seed in zip(part.flat, seeds, strict=True):
                value.backward() if ones else value.backward(float(seed))
        else:
            part.backward(seeds.reshape(shape))


def forget(case, arguments):
    for x in [*case.parameters, *compiled_programs.flat(list(arguments))]:
        if isinstance(x, Node):
            x.grad = None


def plain_round(rng, call, log, where, arguments, ones=False):
    forget(log.case, arguments)
    parts = log.values(where, call(*arguments))
    backward(rng, parts, ones)
    log.gradients(where, arguments)


def change_parameters(rng, case):
    for p in case.parameters:
        p.data = moved(rng, case, p.data)


def another_batch(rng, call, log):
    samples = rng.choice([1, 2, 4, 7])
    arguments = tuple(moved(rng, log.case, x, samples) for x in log.case.arguments)
    plain_round(rng, call, log, f"{samples} samples", arguments)


def single_precision(rng, call, log):
    """Arrays of float32, which are computed with as the numbers that they hold."""
    with np.errstate(over="ignore"):
        narrow = [x.astype(np.float32) if isinstance(x, np.ndarray) else x for x in log.case.arguments]
    plain_round(rng, call, log, "float32", tuple(narrow))


def without_recording(rng, call, log):
    forget(log.case, log.case.arguments)
    with no_grad():
        parts = log.values("no_grad", call(*log.case.arguments))
    backward(rng, parts)
    log.gradients("no_grad", ())  # a result may be an argument itself, which receives what is handed to it


def backward_twice(rng, call, log):
    forget(log.case, log.case.arguments)
    parts = log.values("twice", call(*log.case.arguments))
    backward(rng, parts)
    backward(rng, parts)
    log.gradients("twice", log.case.arguments)


def two_results_at_once(rng, call, log):
    """Backward from the first after the second was computed: nothing of the first may have been overwritten."""
    others = tuple(moved(rng, log.case, x) for x in log.case.arguments)
    forget(log.case, [*log.case.arguments, *others])
    first = parts_of(call(*log.case.arguments))
    change_parameters(rng, log.case)
    second = parts_of(call(*others))
    log.values("the first of two", tuple(first))
    backward(rng, first)
    log.gradients("the first of two", [*log.case.arguments, *others])
    backward(rng, second)
    log.gradients("both", [*log.case.arguments, *others])


def parameters_changed_in_between(rng, call, log):
    """A recorded result keeps its numbers while the parameters change."""
    forget(log.case, log.case.arguments)
    parts = parts_of(call(*log.case.arguments))
    change_parameters(rng, log.case)
    log.values("changed", tuple(parts))
    backward(rng, parts)
    log.gradients("changed in between", log.case.arguments)


SITUATIONS = [
    another_batch,
    single_precision,
    without_recording,
    backward_twice,
    two_results_at_once,
    parameters_changed_in_between,
]


def story(case, compile, seed):
    """All that is found in a few calls, of which each comes after other numbers."""
    rng, log = random.Random(seed), Log(case)
    before = [p.data for p in case.parameters]
    try:
        call = compile(case.function, **case.options)
        plain_round(rng, call, log, "first call", case.arguments, ones=True)
        change_parameters(rng, case)
        plain_round(rng, call, log, "second call", tuple(moved(rng, case, x) for x in case.arguments))
        for situation in rng.sample(SITUATIONS, rng.choice([1, 1, 2])):
            if case.arguments or situation is not another_batch:
                change_parameters(rng, case)
                situation(rng, call, log)
    finally:
        for p, x in zip(case.parameters, before, strict=True):
            p.data = x
        forget(case, case.arguments)
    return log.lines


# --- The comparison ---------------------------------------------------------------------------------------------------


class Shaken(Replay):
    """Each argument and result of each operation, and each contribution, is off by up to 8 units in its last place."""

    def __init__(self, rng, root, size=16e-16):
        self.rng, self.size = rng, size
        super().__init__(root)

    def noisy(self, x):
        return x * (1 + self.rng.uniform(-self.size, self.size))

    def argument(self, node, number):
        return number if node is None else self.noisy(super().argument(node, number))

    def value(self, z, given):
        found = super().value(z, given)
        return found if z._op.selects else self.noisy(found)  # what is selected is one of the arguments

    def slopes(self, z, given):
        found = super().slopes(z, given)
        if z._op in (several.SOFTMAX, several.LOG_SOFTMAX):  # 1 - p, of a p that is rounded inside of the rule
            return [slope and slope + self.rng.uniform(-self.size, self.size) for slope in found]
        return found

    def add(self, adjoints, node, contribution):
        super().add(adjoints, node, self.noisy(contribution))


def shaken(seed):
    return lambda f, **options: eager(f, replay=partial(Shaken, random.Random(seed)), **options)


def same(x, y, tolerance):
    """True where two numbers are equal within a tolerance, both nan, or the same infinity."""
    with np.errstate(invalid="ignore"):
        return (x == y) | (np.isnan(x) & np.isnan(y)) | (np.isfinite(x) & np.isfinite(y) & (abs(x - y) <= tolerance))


def assert_equal_to_eager(case, compile, seed=0, rel=1e-12):
    """A compiled function does and gives what the eager engine gives: values, gradients, and which are ``None``.

    Numbers agree to ``rel`` of their size. Where sums cancel, no order of summing is right to that: then a number may
    be off by 16 times what it moves by when each operation of the eager engine is off by a few units in the last place.
    That is a multiple of the error that the numbers of the case carry anyway; a term that is missing is far beyond it.
    """
    expected, found = (story(case, c, seed) for c in (eager, compile))
    assert [where for where, _ in found] == [where for where, _ in expected], case.name
    margins = None
    for k, ((where, right), (_, x)) in enumerate(zip(expected, found, strict=True)):
        text = f"{case.name}, {where}: {x} and not {right}"
        assert (x is None) == (right is None), text
        if right is None:
            continue
        assert x.shape == right.shape, text
        precision = 1e-6 if "float32" in where and "an argument" in where else rel
        if same(x, right, precision * abs(right)).all():
            continue
        assert rel, text
        assert same(x, right, np.inf).all(), text
        if margins is None:
            margins = margins_of(case, seed, expected)
        assert same(x, right, precision * abs(right) + margins[k]).all(), text


def margins_of(case, seed, expected):
    shakes = [[found for _, found in story(case, shaken(k), seed)] for k in range(3)]
    with np.errstate(all="ignore"):
        margins = [
            None if right is None else 16 * np.max([abs(shake[k] - right) for shake in shakes], axis=0)
            for k, (_, right) in enumerate(expected)
        ]
    return [None if m is None else np.where(np.isfinite(m), m, np.inf) for m in margins]


# --- Which comparisons are due ----------------------------------------------------------------------------------------


class Noted(Replay):
    """Notes what does not hold of all numbers that occur."""

    def __init__(self, notes, root):
        self.notes = notes
        super().__init__(root)

    def note(self, holds, number):
        if not holds:
            self.notes.append(number)


def notes_of(kind, case, seed):
    notes = []
    story(case, lambda f, **options: eager(f, replay=partial(kind, notes), **options), seed)
    return notes


class NotExact(Noted):
    """Numbers of more than a few binary digits: sums of such ones depend on their order."""

    def is_exact(self, x):
        return abs(x) < 2**20 and x * 2**20 == int(x * 2**20)

    def value(self, z, given):
        found = super().value(z, given)
        self.note(all(map(self.is_exact, [found, *given])), found)
        return found

    def slopes(self, z, given):
        found = super().slopes(z, given)
        for slope in found:
            self.note(self.is_exact(slope), slope)
        return found

    def add(self, adjoints, node, contribution):
        super().add(adjoints, node, contribution)
        self.note(self.is_exact(adjoints[id(node)]), contribution)


SUMS = (ops.ADD, ops.SUB, several.SUM, several.MEAN, several.DOT)


class NotOfAnyOrder(Noted):
    """Sums that may overflow on the way, and zeros whose sign depends on what a sum begins with.

    And infinities of both signs that samples hand to one leaf: a factor that they share may be taken out of their sum.
    """

    def value(self, z, given):
        found = super().value(z, given)
        if z._op in SUMS:
            half = len(given) // 2
            terms = [*map(operator.mul, given[:half], given[half:-1]), given[-1]] if z._op is several.DOT else given
            self.note(not any(1e300 < abs(x) < math.inf for x in [*terms, found]), found)
            self.note(found or math.copysign(1, found) > 0, found)
        return found

    def add(self, adjoints, node, contribution):
        super().add(adjoints, node, contribution)
        self.note(not 1e300 < abs(contribution) < math.inf, contribution)

    def deposit(self, gradients):
        for leaf, gradient in gradients:
            self.note(not math.isinf(gradient) or leaf.grad != -gradient, gradient)
        super().deposit(gradients)


# --- Compilers that are wrong -----------------------------------------------------------------------------------------


class DropsTheLastTerm(Replay):
    def value(self, z, given):
        return super().value(z, [*given[:-1], 0.0] if z._op in (several.SUM, ops.ADD, several.DOT) else given)


class SwapsTwoGradients(Replay):
    def deposit(self, gradients):
        leaves, numbers = zip(*gradients, strict=True) if gradients else ((), ())
        super().deposit(list(zip(leaves, [*numbers[1::-1], *numbers[2:]], strict=True)))


class HandsOnZeroTimesInfinity(Replay):
    def skips(self, g):
        return False


class IgnoresTheSecondUse(Replay):
    def add(self, adjoints, node, contribution):
        adjoints.setdefault(id(node), contribution)


class OfSinglePrecision(Replay):
    def value(self, z, given):
        with np.errstate(over="ignore"):
            return float(np.float32(super().value(z, given)))


class TakesTheFirstOfTies(Replay):
    def slopes(self, z, given):
        if z._op in (several.MAX, several.MIN, ops.MAXIMUM, ops.MINIMUM, several.NORM_INF) and given:
            first = max(range(len(given)), key=lambda k: super(TakesTheFirstOfTies, self).slopes(z, given)[k])
            return [float(k == first) for k in range(len(given))]
        return super().slopes(z, given)


class IsSteepAtKinks(Replay):
    def slopes(self, z, given):
        return (1.0,) if z._op in (ops.RELU, ops.ABS) and given[0] == 0 else super().slopes(z, given)


class LosesTheSignOfInfinity(Replay):
    def value(self, z, given):
        found = super().value(z, given)
        return abs(found) if np.isinf(found) else found


class MakesZeroOfNan(Replay):
    def value(self, z, given):
        found = super().value(z, given)
        return 0.0 if np.isnan(found) else found


class SkipsUnreachedLeaves(Replay):
    def deposit(self, gradients):
        super().deposit([(leaf, g) for leaf, g in gradients if g])


class IgnoresTheSeed(Replay):
    def backward(self, gradient=1.0):
        super().backward(1.0)


class Overwrites(Replay):
    """Each pass sets the gradients, instead of adding to them."""

    def backward(self, gradient=1.0):
        for leaf in self.leaves:
            leaf.grad = None
        super().backward(gradient)


class ReadsParametersLate(Replay):
    """At the time of the backward pass."""

    def backward(self, gradient=1.0):
        for k, (z, given) in enumerate(self.records):
            now = [n if a is None or a._op is not None else a.data for a, n in zip(z.arguments(), given, strict=True)]
            self.records[k] = z, now
        super().backward(gradient)


def wrong_in(replay):
    return lambda f, **options: eager(f, replay=replay, **options)


def stale(function, **options):
    """Keeps the parameters' numbers of the first call, by giving them back for every later one."""
    call, known = eager(function, **options), {}

    def later(*arguments):
        before = {leaf: leaf.data for leaf in known}
        for leaf, number in known.items():
            leaf.data = number
        parts = call(*arguments)
        for leaf, number in before.items():
            leaf.data = number
        if not known:
            for part in parts:
                for root in part.roots.flat:
                    known.update((leaf, leaf.data) for leaf in exclusively(collect, (root,))[1])
        return parts

    return later


def of_one_buffer(function, **options):
    """The numbers of a result are overwritten by those of the next call."""
    call, last = eager(function, **options), []

    def later(*arguments):
        parts = call(*arguments)
        for old, new in zip(last, parts, strict=False):
            if old.data.shape == new.data.shape:
                old.data[...] = new.data
        last[:] = parts
        return parts

    return later


def recording_always(function, **options):
    return recording()(eager(function, **options))


def blind_to_arguments(function, **options):
    """Hands nothing to tensors among the arguments."""
    call = eager(function, **options)
    return lambda *arguments: call(*(np.array(x.data) if isinstance(x, Tensor) else x for x in arguments))


def of_the_first_sample(function, **options):
    """Repeats the first sample."""
    call = eager(function, **options)
    repeat = lambda x: np.repeat(x[:1], len(x), axis=0) if isinstance(x, np.ndarray) else x
    return lambda *arguments: call(*map(repeat, arguments))


class OfTheSum(Part):
    def mean(self):
        return self.sum()


def sums_for_means(function, **options):
    call = eager(function, **options)
    return lambda *arguments: tuple(OfTheSum(part.roots, part.deliver) for part in call(*arguments))


ORDINARY = [*FAMILIES]
WRONG = {
    "drops a term": (wrong_in(DropsTheLastTerm), ORDINARY),
    "swaps two gradients": (wrong_in(SwapsTwoGradients), ORDINARY),
    "ignores the second use of a value": (wrong_in(IgnoresTheSecondUse), ORDINARY),
    "computes in single precision": (wrong_in(OfSinglePrecision), ORDINARY),
    "ignores gradient=": (wrong_in(IgnoresTheSeed), ORDINARY),
    "takes a mean for a sum": (sums_for_means, ORDINARY),
    "overwrites gradients": (wrong_in(Overwrites), ORDINARY),
    "reads parameters late": (wrong_in(ReadsParametersLate), ORDINARY),
    "keeps stale parameters": (stale, ORDINARY),
    "overwrites results": (of_one_buffer, ORDINARY),
    "repeats the first sample": (of_the_first_sample, ORDINARY),
    "records under no_grad": (recording_always, ORDINARY),
    "is blind to arguments": (blind_to_arguments, ORDINARY),
    "leaves None where the gradient is 0": (wrong_in(SkipsUnreachedLeaves), [at_edges, at_kinks]),
    "hands on 0 * inf": (wrong_in(HandsOnZeroTimesInfinity), [at_edges]),
    "loses the sign of infinity": (wrong_in(LosesTheSignOfInfinity), [at_edges]),
    "makes 0 of nan": (wrong_in(MakesZeroOfNan), [at_edges]),
    "takes the first of ties": (wrong_in(TakesTheFirstOfTies), [at_kinks]),
    "is steep at kinks": (wrong_in(IsSteepAtKinks), [at_kinks]),
}


# --- The comparisons, on compilers that are right and wrong -----------------------------------------------------------


def drawn(family, k):
    case = family(generator(family.__name__, k))
    return case._replace(name=f"{family.__name__} {k}: {case.name}")


def check(family, k, compile):
    """Compare on one case, as strictly as it allows: what it allows is asked where it is not equal at first sight."""
    case = drawn(family, k)
    try:
        assert_equal_to_eager(case, compile, k, rel=0 if family is at_kinks else 1e-12)
    except AssertionError:
        if family is at_edges and notes_of(NotOfAnyOrder, case, k):
            return
        if family is not at_kinks or not notes_of(NotExact, case, k):
            raise
        assert_equal_to_eager(case, compile, k)


def alarms(family, compile, count, enough=None):
    """On how many of so many cases there is an alarm; where so many are enough, no more are looked for."""
    found = 0
    for k in range(count):
        try:
            check(family, k, compile)
        except AssertionError:
            found += 1
        if found == enough:
            break
    return found


@pytest.mark.parametrize("family", [*FAMILIES, at_edges, at_kinks], ids=lambda family: family.__name__)
@pytest.mark.untraced
def test_no_alarm_at_the_eager_engine_itself(family):
    assert alarms(family, eager, 5) == alarms(family, wrong_in(Replay), 5) == 0


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@pytest.mark.long
def test_no_alarm_at_an_engine_that_rounds_otherwise(family):
    def rounds_otherwise(f, **options):
        return eager(f, replay=partial(Shaken, random.Random(f.__name__), size=2e-16), **options)

    assert alarms(family, rounds_otherwise, 8) == 0


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.long
def test_an_alarm_at_a_compiler_that(wrong):
    compile, families = WRONG[wrong]
    for family in families:
        assert alarms(family, compile, 120, enough=1) == 1, family.__name__


@pytest.mark.untraced
def test_most_cases_are_well_conditioned():
    """A margin of more than a millionth of a number would hide what is wrong."""
    found = Counter()
    for family in FAMILIES:
        for k in range(4):
            case = drawn(family, k)
            expected = story(case, eager, k)
            for (_, right), margin in zip(expected, margins_of(case, k, expected), strict=True):
                if right is not None:
                    found["all"] += right.size
                    found["well conditioned"] += np.count_nonzero(margin <= 1e-12 * np.maximum(abs(right), 1))
                    found["wide"] += np.count_nonzero(margin > 1e-6 * np.maximum(abs(right), 1))
    assert found["well conditioned"] > 0.95 * found["all"]
    assert found["wide"] < 0.002 * found["all"]


@pytest.mark.parametrize(("family", "kind"), [(at_kinks, NotExact), (at_edges, NotOfAnyOrder)])
@pytest.mark.untraced
def test_most_cases_at_kinks_are_exact_and_at_edges_of_any_order(family, kind):
    assert sum(not notes_of(kind, drawn(family, k), k) for k in range(60)) > 45


def test_cases_at_edges_have_nan_infinities_and_zeros_among_values_and_gradients():
    found = Counter()
    for k in range(100):
        for where, x in story(drawn(at_edges, k), eager, k):
            if x is not None:
                kind = "gradient" if "gradient" in where else "value"
                for name, those in (("nan", np.isnan(x)), ("inf", x == np.inf), ("-inf", x == -np.inf), ("0", x == 0)):
                    found[kind, name] += those.any()
    assert len(found) == 8
    assert min(found.values()) > 10, found


# --- The compiler -----------------------------------------------------------------------------------------------------

CHUNKS = 8  # for machines of several cores; coverage looks at the first alone
in_chunks = pytest.mark.parametrize("chunk", [0, *[pytest.param(k, marks=pytest.mark.long) for k in range(1, CHUNKS)]])


@in_chunks
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
@pytest.mark.untraced
def test_a_random_function_equals_the_eager_engine(family, chunk):
    for k in range(chunk, int(PROGRAMS * FAMILIES[family]), CHUNKS):
        check(family, k, autograd.compile)


@in_chunks
@pytest.mark.untraced
def test_nan_infinities_and_zeros_stand_in_the_same_places(chunk):
    for k in range(chunk, PROGRAMS // 2, CHUNKS):
        check(at_edges, k, autograd.compile)


@in_chunks
def test_conventions_at_kinks_are_the_same_exactly(chunk):
    for k in range(chunk, PROGRAMS // 4, CHUNKS):
        check(at_kinks, k, autograd.compile)


@pytest.mark.parametrize("form", FORMS)
def test_the_programs_of_the_property_tests_equal_the_eager_engine(form):
    def agrees(program):
        case = as_case(random.Random(repr(program)), program, form)
        assert_equal_to_eager(case, autograd.compile, 1)

    every(scalars.programs(), agrees, max(PROGRAMS // 80, 1), phases=[Phase.generate])


@pytest.mark.parametrize("form", FORMS)
def test_the_exact_programs_of_the_property_tests_equal_the_eager_engine(form):
    def agrees(program):
        case = as_case(random.Random(repr(program)), program, form, compiled_programs.EIGHTHS)
        is_exact = not notes_of(NotExact, case, 1)
        assert_equal_to_eager(case, autograd.compile, 1, rel=0 if is_exact else 1e-12)

    every(scalars.exact_programs(), agrees, max(PROGRAMS // 80, 1), phases=[Phase.generate])


@pytest.mark.smoke
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        lambda x: -x,
        lambda x: x + 0.0,
        lambda x: x - x,
        lambda x: x * x * x,
        lambda x: x * 0.0,
        lambda x: (x, x * 2),
        lambda x: [x, x * 2, x],
        lambda x: {"a": x * x, "b": [x, -x]},
        lambda x: [[x, x * x], [2 * x, autograd.exp(x)]],
        lambda x: autograd.sum([x] * 40),
        lambda x: sum([x] * 40) - sum([x] * 39),
        lambda x: autograd.prod([x] * 5),
        lambda x: autograd.dot([x] * 7, [x] * 7, x),
        lambda x: x.detach() * x,
        lambda x: autograd.where(x > 0, x, 3.0) ** 2,
    ],
    ids=range(16),
)
@pytest.mark.parametrize(
    "argument", [np.array([0.5, -1.25, 3.0]), Tensor([0.5, -1.25]), Value(0.75), 0.5, [0.5]], ids=repr
)
@pytest.mark.untraced
def test_small_functions_equal_the_eager_engine(function, argument):
    one = (lambda x: function(x[0])) if isinstance(argument, list) else function
    assert_equal_to_eager(Case("small", one, [], (argument,)), autograd.compile)


@pytest.mark.parametrize("batch", [("x",), ("x", "w"), False])
def test_arrays_have_samples_where_batch_says_so(batch):
    w = np.array([0.5, -1.0, 2.0])
    x = np.array([[1.0, 2.0, -0.5], [0.25, 1.5, 1.0], [1.0, 0.0, -1.0]])
    kinds = [(Tensor, Tensor), (Tensor, np.array), (np.array, Tensor)]

    def function(x, w):
        rows = [list(row) if isinstance(row, np.ndarray) else [row] for row in x]
        ws = list(w) if isinstance(w, np.ndarray) else [w] * 3
        return autograd.sum([autograd.tanh(r * each) for row in rows for r, each in zip(row * 3, ws, strict=False)])

    for of_x, of_w in kinds:
        case = Case("batch", function, [], (of_x(x), of_w(w)), (), {"batch": batch})
        assert_equal_to_eager(case, autograd.compile)


@pytest.mark.parametrize("samples", [1000, 20_011])
@pytest.mark.parametrize("kind", ["network", "chain", "sum of squares"])
def test_many_samples_give_what_the_same_samples_give_in_small_batches(kind, samples):
    rng = random.Random(kind)
    weights = compiled_programs.parameters(rng, 3, 4)
    leaves = compiled_programs.flat(weights)

    def function(x):
        if kind == "network":
            return autograd.sum([autograd.tanh(autograd.dot(row, list(x))) for row in weights])
        if kind == "chain":
            return autograd.exp(autograd.sin(x[0] * weights[0][0]) * x[1]) - x[2] / (1 + x[3] * x[3])
        return sum((w * each - 1) ** 2 for row in weights for w, each in zip(row, x, strict=True))

    rows = np.random.default_rng(1).uniform(-1, 1, (samples, 4))
    compiled = autograd.compile(function)
    found = []
    for size in (samples, 701):
        for leaf in leaves:
            leaf.grad = None
        batches = [Tensor(rows[k : k + size]) for k in range(0, samples, size)]
        values = []
        for batch in batches:
            (part,) = parts_of(compiled(batch))
            part.backward(np.ones(len(batch.data)))
            values.append(part.data)
        gradient = np.concatenate([batch.grad for batch in batches])
        found.append((np.concatenate(values), gradient, [leaf.grad or 0.0 for leaf in leaves]))
    for whole, pieces in zip(*found, strict=True):
        np.testing.assert_allclose(whole, pieces, rtol=1e-12, atol=1e-12 * np.max(np.abs(pieces)))


def test_results_of_a_compiled_function_are_part_of_what_is_computed_with_them():
    p, x = Value(0.5), Tensor([1.0, -2.0, 3.0])
    compiled = autograd.compile(lambda x: autograd.tanh(p * x))
    (compiled(x * 2) * p).sum().backward()
    found = p.grad, x.grad.tolist()
    p.grad = x.grad = None
    (autograd.tanh(p * (x * 2)) * p).sum().backward()
    assert found == (pytest.approx(p.grad, rel=1e-14), pytest.approx(x.grad.tolist(), rel=1e-14))


# --- Guards -----------------------------------------------------------------------------------------------------------

SLOPE = Value(0.5, name="slope")


def one_sided(x):
    return x * x if x > 0 else -SLOPE * x


def halved(x):
    while x > 1:
        x = x / 2 + 0.01 * SLOPE
    return x * 3


def early(x):
    for k in range(5):
        if x * k > 2:
            return x**k
    return SLOPE * x


def nested(x):
    if x < 0:
        return x * SLOPE if x < -2 else autograd.exp(x)
    return autograd.log(x) if 1 < x <= 2 else x - 1


def by_parameter(x):
    return x * SLOPE if SLOPE < 0.5 else x + SLOPE * SLOPE


def not_zero(x):
    return SLOPE / x if x else SLOPE * 2


def equal_to(x):
    return x * 5 if x == 1 else x * SLOPE


def larger(x):
    return max(x * SLOPE, 1 - x) + min(x, 0.25)


def ordered(x):
    low, middle, high = sorted([x, 1.5 - x, SLOPE * x * x])
    return low + 2 * middle * high


def counted(x):
    return x * sum(x > k for k in range(4)) + SLOPE if any(x > k for k in (1, 2)) else x


def absolute(x):
    return abs(x) * SLOPE if not x >= 0 else x


GUARDED = [one_sided, halved, early, nested, by_parameter, not_zero, equal_to, larger, ordered, counted, absolute]
SIDES = [2.0, -3.0, 0.5, 0.0, 1.0, 2.0, 17.0, -1.0, 2.0, 1.5, -3.0]


def branches_story(function, compile, make):
    call, found = compile(function), []
    try:
        for k, side in enumerate(SIDES):
            SLOPE.data = [0.5, 0.25][k % 3 == 0]
            SLOPE.grad = None
            x = make(side)
            for part in parts_of(call(x)):
                found.append(
                    np.array([v.data for v in part.flat] if isinstance(part, np.ndarray) else part.data).ravel()
                )
                backward(random.Random(0), [part], ones=True)
            found += [SLOPE.grad, x.grad if isinstance(x, Value) else None if x.grad is None else list(x.grad)]
    finally:
        SLOPE.data, SLOPE.grad = 0.5, None
    return found


def goes_each_way(function, compile, make=Value):
    expected, found = (branches_story(function, c, make) for c in (eager, compile))
    for x, right in zip(found, expected, strict=True):
        assert (x is None) == (right is None)
        assert right is None or x == pytest.approx(right, rel=1e-12)


def never_asks_again(function):
    """Goes the way of the first call for ever; of a single number."""
    recorded = []

    def call(x):
        if not recorded:
            leaf = Value(x.data)
            recorded.extend([leaf, function(leaf)])
        leaf, root = recorded
        replay = Replay(root, {id(leaf): x.data, id(SLOPE): SLOPE.data})
        return (Part(np.array([replay], dtype=object)[0:1].reshape(()), lambda: setattr(x, "grad", leaf.grad)),)

    return call


@pytest.mark.parametrize("function", GUARDED, ids=lambda function: function.__name__)
@pytest.mark.untraced
def test_python_goes_the_way_that_the_numbers_of_each_call_say(function):
    with pytest.raises(AssertionError):
        goes_each_way(function, never_asks_again)
    goes_each_way(function, autograd.compile)


@pytest.mark.parametrize("function", GUARDED, ids=lambda function: function.__name__)
@pytest.mark.untraced
def test_samples_that_agree_go_any_way_together(function):
    goes_each_way(function, autograd.compile, lambda x: Tensor([x, x, x]))


@pytest.mark.parametrize(
    "function", [f for f in GUARDED if f is not by_parameter], ids=lambda function: function.__name__
)
def test_samples_that_disagree_are_told_the_line_and_where(function):
    lines, first = inspect.getsourcelines(function)
    x = Tensor([17.0, -3.0, 0.0, 1.0, 0.6])
    SLOPE.grad = 7.0
    compiled = autograd.compile(function)
    for _ in range(2):
        with pytest.raises(AutogradError, match="where") as raised:
            compiled(x)
        assert any(f"{os.path.basename(__file__)}:{first + k}" in str(raised.value) for k in range(len(lines)))
        assert (SLOPE.grad, SLOPE.data, x.grad) == (7.0, 0.5, None)
    for part in parts_of(compiled(Tensor([2.0, 2.0]))):  # and samples that agree are as welcome as before
        assert np.array(part.data).tolist() == [function(Value(2.0)).data] * 2
    SLOPE.grad = None


def test_nothing_is_deposited_when_samples_disagree_after_a_first_call():
    compiled, x = autograd.compile(one_sided), Tensor([1.0, 2.0])
    backward(random.Random(), parts_of(compiled(x)), ones=True)
    before = SLOPE.grad, x.grad.tolist()
    with pytest.raises(AutogradError, match="where"):
        compiled(Tensor([1.0, -2.0]))
    assert (SLOPE.grad, x.grad.tolist()) == before == (None, [2.0, 4.0])


CHOSEN = [
    lambda x, y: autograd.where(x > 0, x * y, -SLOPE * x),
    lambda x, y: autograd.where(x > 0, autograd.sqrt(x), 0.0) * y,
    lambda x, y: autograd.where(x <= y, autograd.exp(x), y * SLOPE),
    lambda x, y: autograd.where(x == 1, y, autograd.where(x != 0.5, x, SLOPE)),
    lambda x, y: autograd.where((x > 0) & (y > 0), x / y, SLOPE),
    lambda x, y: autograd.where((x > 0) | (y > 0), x - y, SLOPE * x),
    lambda x, y: autograd.where(x, 1 / x, y),
    lambda x, y: autograd.where(x < SLOPE, x, autograd.where(y > 1, y, x * y)),
    lambda x, y: autograd.maximum(x, y) + autograd.minimum(x, SLOPE) + autograd.clip(x, -1.0, y * y),
]
POOL = (0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1.5)


@pytest.mark.parametrize("function", CHOSEN, ids=range(len(CHOSEN)))
@pytest.mark.parametrize("kind", [Tensor, np.array], ids=["tensors", "arrays"])
def test_where_goes_each_sample_its_own_way(function, kind):
    x, y = kind([0.0, 1.0, -1.0, 0.5, 2.0]), kind([1.0, -1.0, 0.0, 0.5, 2.0])
    case = Case("where", function, [SLOPE], (x, y), POOL)
    for seed in range(5):
        assert_equal_to_eager(case, eager, seed)
        assert_equal_to_eager(case, autograd.compile, seed)
