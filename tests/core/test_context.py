"""Recording switched off, and scopes: for the thread or task that asked, for as long as it asked."""

import asyncio
import gc
import threading

import pytest

import autograd
from autograd import InputTypeError, InputValueError, Value, no_grad, program, scope
from autograd.core.context import current_scope, is_recording
from autograd.core.modes import InMode, active


@pytest.fixture(autouse=True)
def _nothing_stays_open():
    gc.collect()
    assert not active
    yield
    gc.collect()
    assert not active
    assert current_scope() == ""


def recorded(*values):
    return [len(program(value)) > 1 for value in values]


def every_way_to_record(x):
    return x + 1, 2 * x, x.tanh(), x**2, autograd.dot([x], [x]), autograd.where(True, x, 0.0), round(x), x.clip(0, 1)


@pytest.mark.smoke
def test_results_inside_no_grad_are_leaves():
    x = Value(3.0)
    with no_grad():
        results = every_way_to_record(x)
    assert recorded(*results) == [False] * len(results)
    assert [type(result) for result in results] == [Value] * len(results)
    assert recorded(*every_way_to_record(x)) == [True] * len(results)


def test_no_grad_nests_also_with_itself():
    x = Value(3.0)
    off = no_grad()
    with off:
        with off:
            pass
        assert recorded(x + 1) == [False]
        with no_grad():
            pass
        assert recorded(x + 1) == [False]
    assert recorded(x + 1) == [True]


def test_no_grad_ends_with_an_exception():
    x = Value(3.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert recorded(x + 1) == [True]


def test_no_grad_decorates_functions_and_coroutines():
    x = Value(3.0)

    @no_grad()
    def double(v):
        """Twice."""
        return v * 2

    @no_grad()
    async def double_later(v):
        await asyncio.sleep(0)
        return v * 2

    assert recorded(double(x), asyncio.run(double_later(x)), x * 2) == [False, False, True]
    assert (double.__doc__, double_later.__name__) == ("Twice.", "double_later")


def test_no_grad_counts_for_its_own_thread():
    x, inside, results = Value(3.0), threading.Event(), []
    done = threading.Event()

    def other():
        inside.wait(5)
        results.append(x + 1)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        inside.set()
        done.wait(5)
        results.append(x + 1)
    thread.join()
    assert recorded(*results) == [True, False]


def test_no_grad_counts_for_its_own_task():
    x = Value(3.0)

    async def off(turn):
        with no_grad():
            await turn.wait()
            return x + 1

    async def on(turn):
        result = x + 1
        turn.set()
        return result

    async def both():
        turn = asyncio.Event()
        return await asyncio.gather(off(turn), on(turn))

    assert recorded(*asyncio.run(both())) == [False, True]


def test_whether_it_is_recording_can_be_asked():
    assert is_recording()
    with no_grad():
        assert not is_recording()
    with InMode():
        assert is_recording()


# --- Scopes -----------------------------------------------------------------------------------------------------------


def test_scopes_nest_and_mark_what_is_recorded_inside():
    x = Value(3.0)
    with scope("outer"):
        a = x + 1
        with scope("inner"):
            b = a.tanh() + autograd.sum([a, a])
    c = b * 2
    assert (a.scope, b.scope, c.scope, x.scope) == ("outer", "outer.inner", "", "")
    assert [entry.scope for entry in program(c)] == ["", "outer", "outer.inner", "outer.inner", "outer.inner", ""]


def test_a_name_given_later_keeps_the_scope():
    with scope("outer"):
        y = Value(3.0) + 1
    y.name = "y"
    assert (y.name, y.scope) == ("y", "outer")


def test_a_scope_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), scope("outer"):
        raise ZeroDivisionError
    assert (Value(3.0) + 1).scope == ""


def test_a_scope_needs_a_name():
    for given in (3, None):
        with pytest.raises(InputTypeError, match="a name is text"), scope(given):
            pass
    with pytest.raises(InputValueError, match="empty"), scope(""):
        pass


def test_a_scope_counts_for_its_own_thread():
    results = []
    with scope("outer"):
        thread = threading.Thread(target=lambda: results.append(Value(1.0) + 1))
        thread.start()
        thread.join()
    assert results[0].scope == ""


def test_a_scope_decorates_a_function_also_one_that_calls_itself():
    @scope("step")
    def countdown(n):
        paths = [current_scope()]
        return paths + (countdown(n - 1) if n else [])

    assert countdown(2) == ["step", "step.step", "step.step.step"]
    assert current_scope() == ""
