"""Odd arguments: every call of a stepper and of an explanation takes them, or refuses them in one sentence of ours."""

import io
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograd import Tensor, Value, debug, explain, steps
from autograd.core import ops
from autograd.errors import AutogradError


class Speechless:
    def __repr__(self):
        raise RuntimeError("no text for this one")


class Incomparable:
    __hash__ = object.__hash__

    def __eq__(self, other):
        raise KeyError("no comparison")


class Indexlike:
    def __index__(self):
        return 2


def numbers():
    x = Value(3.0, name="x")
    y = x * x + x.sin()
    y.name = "y"
    return x, y


def arrays():
    w = Tensor([1.0, 2.0], name="w")
    total = (w * w).sum()
    total.name = "L"
    return w, total


FIXED = [
    *[None, True, 1j, (), [], {}, set(), ..., NotImplemented, slice(None), slice(None, None, 0), range(3), int, object],
    *[object(), Speechless(), Incomparable(), Indexlike(), io.StringIO(), np, print, math.sin, b"x", ops.TANH, ops.MUL],
    *[lambda: 0, lambda step: step.k == 1, lambda step, other: 0, partial(max, 1), lambda step: np.zeros(2)],
    *[np.float64(1.0), np.float32("nan"), np.int64(2), np.array(2), np.array(None), np.arange(2.0), np.zeros((3, 0))],
    *[Value(1.0), Value(1.0, name="x"), Value(2.0) * 3, Tensor([1.0]), Tensor([1.0, 2.0]).sum(), Tensor([1.0])[0]],
]
PIECES = [*["x", "w", "y", "watch", "grad", "value", "nan", "inf", "1"], *"|>=[],-% \n‹"]
WORDS = st.one_of(st.text(max_size=8), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
ODD = st.one_of(
    st.sampled_from(FIXED),
    st.sampled_from([10**20, -(10**20), 10**400, 10**5000, 2**63]) | st.integers() | st.floats(),
    WORDS | st.builds(lambda word, times: word * times, WORDS, st.sampled_from([2, 1_000, 100_000])),
    st.lists(st.integers() | st.floats() | WORDS, max_size=3),
)


def first_breakpoint(s, given):
    s.breakpoints.append("x" if s.program.results[0].label == "y" else "w")
    s.breakpoints[0] = given


def stop_at(s, given):
    s.breakpoints.append(given)
    repr(s.run())


def stream(given):
    return io.StringIO() if given is None else given  # None is the terminal


NO_INPUT = {"stdin": io.StringIO(), "stdout": io.StringIO()}
CALLS = {
    "steps(…)": lambda x, y, s, given: steps(given),
    "gradient": lambda x, y, s, given: steps(y, given),
    "gradient forward": lambda x, y, s, given: steps(y, given, direction="forward"),
    "direction": lambda x, y, s, given: steps(y, direction=given),
    "gradient tangent": lambda x, y, s, given: steps(y, given, direction="tangent", wrt=x),
    "wrt": lambda x, y, s, given: repr(steps(y, direction="tangent", wrt=given)[:]),
    "wrt reverse": lambda x, y, s, given: steps(y, wrt=given),
    "digits": lambda x, y, s, given: repr(steps(y, digits=given)[:]),
    "goto": lambda x, y, s, given: s.goto(given),
    "until": lambda x, y, s, given: repr(s.until(given)),
    "back": lambda x, y, s, given: s.back(given),
    "watch": lambda x, y, s, given: s.watch(given),
    "s[…]": lambda x, y, s, given: s[given],
    "state()[…]": lambda x, y, s, given: s.state()[given],
    "find": lambda x, y, s, given: s.state().find(given),
    "append": lambda x, y, s, given: stop_at(s, given),
    "insert": lambda x, y, s, given: s.breakpoints.insert(given, "*"),
    "extend": lambda x, y, s, given: s.breakpoints.extend(given),
    "remove": lambda x, y, s, given: s.breakpoints.remove(given),
    "index": lambda x, y, s, given: s.breakpoints.index(given),
    "in": lambda x, y, s, given: given in s.breakpoints,
    "breakpoints[…]": lambda x, y, s, given: s.breakpoints[given],
    "breakpoints[…] = n": lambda x, y, s, given: s.breakpoints.__setitem__(given, "*"),
    "breakpoints[0] = …": lambda x, y, s, given: first_breakpoint(s, given),
    "breakpoints[:] = …": lambda x, y, s, given: s.breakpoints.__setitem__(slice(None), given),
    "breakpoints[::-2] = …": lambda x, y, s, given: s.breakpoints.__setitem__(slice(None, None, -2), given),
    "del": lambda x, y, s, given: s.breakpoints.__delitem__(given),
    "explain(…)": lambda x, y, s, given: str(explain(given, of=y)),
    "of": lambda x, y, s, given: str(explain(x, of=given)),
    "paths": lambda x, y, s, given: str(explain(x, of=y, paths=given)),
    "explain digits": lambda x, y, s, given: str(explain(x, of=y, digits=given)),
    "debug(…)": lambda x, y, s, given: debug(given, **NO_INPUT),
    "debug gradient": lambda x, y, s, given: debug(y, given, **NO_INPUT),
    "debug direction": lambda x, y, s, given: debug(y, direction=given, **NO_INPUT),
    "stdin": lambda x, y, s, given: debug(y, stdin=stream(given), stdout=io.StringIO()),
    "stdout": lambda x, y, s, given: debug(y, stdin=io.StringIO(), stdout=stream(given)),
}
INDEXING = {"s[…]", "state()[…]", "breakpoints[…]", "breakpoints[…] = n", "breakpoints[0] = …", "del"}


def is_a_sentence(error, call):
    """Return True if an error is ours, and a sentence of one short line."""
    text = str(error)
    ours = isinstance(error, AutogradError) or (
        call in INDEXING and isinstance(error, IndexError) and text.startswith("there is no item")
    )
    return ours and 10 < len(text) <= 400 and text.isprintable() and "<locals>" not in text


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (AutogradError("this is what was given: 3"), True),
        (AutogradError("x" * 401), False),
        (AutogradError("two lines,\nor so"), False),
        (AutogradError("not <function f.<locals>.g>"), False),
        (IndexError("there is no item 3"), False),
        (KeyError("there is no item 3"), False),
    ],
)
def test_the_check_knows_a_sentence(error, sentence):
    assert is_a_sentence(error, "goto") == sentence


@pytest.mark.untraced
@pytest.mark.parametrize("make", [numbers, arrays])
@pytest.mark.parametrize("call", CALLS)
def test_an_odd_argument_is_taken_or_refused_in_a_sentence_and_then_nothing_moves(make, call):
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(["reverse", "forward"]), ODD)
    def check(direction, given):
        x, y = make()
        stepper = steps(y, direction=direction)
        next(stepper)
        try:
            CALLS[call](x, y, stepper, given)
        except Exception as error:
            refused = error
        else:
            return
        assert is_a_sentence(refused, call), refused
        if call not in ("append", "until"):  # where a condition is asked after its step
            assert (stepper.position, x.grad) == (1, None)

    check()
