"""A mode belongs to the code inside its block, whatever suspends, resumes, repeats or interrupts that code."""

import asyncio
import contextlib
import gc
import sys
import threading

import pytest

import autograd
from autograd import AutogradError, InputTypeError, Value, detect_anomaly, no_grad, program, provenance, scope
from autograd.core import modes
from autograd.core.context import current_scope, is_recording
from autograd.core.modes import active
from tests.support.processes import INTERRUPTIONS, needs_timer, run_fresh

MODES = {"no_grad": no_grad, "scope": lambda: scope("s"), "provenance": provenance, "detect_anomaly": detect_anomaly}


def seen():
    """The modes that are in force here, as an operation shows them."""
    y = Value(2.0) * 3.0
    return {
        "no_grad": len(program(y)) == 1,
        "scope": current_scope() == "s",
        "provenance": y.source is not None,
        "detect_anomaly": _raises_at_infinity(),
    }


def _raises_at_infinity():
    try:
        Value(0.0).log()
    except autograd.AnomalyError:
        return True
    return False


SHOWS = {  # detect_anomaly keeps the sources, too
    "no_grad": {"no_grad"},
    "scope": {"scope"},
    "provenance": {"provenance"},
    "detect_anomaly": {"detect_anomaly", "provenance"},
}


def in_force():
    return {name for name, shown in seen().items() if shown}


@pytest.fixture(params=list(MODES))
def mode(request):
    gc.collect()
    assert in_force() == set()
    yield request.param
    gc.collect()
    assert in_force() == set()
    assert not active


def test_a_mode_counts_inside_its_block_and_in_what_is_called_there(mode):
    with MODES[mode]():
        assert in_force() == SHOWS[mode]
        assert [in_force() for _ in range(2)] == [SHOWS[mode]] * 2


@pytest.mark.smoke
def test_a_suspended_generator_does_not_carry_its_mode_out(mode):
    def numbers():
        with MODES[mode]():
            yield in_force()
            yield in_force()
        yield in_force()

    generator = numbers()
    found = [next(generator), in_force(), next(generator), in_force(), next(generator)]
    assert found == [SHOWS[mode], set(), SHOWS[mode], set(), set()]


def test_two_generators_whose_blocks_overlap_keep_their_modes_apart():
    def inside(name):
        with scope(name):
            yield current_scope()
            yield current_scope()

    first, second = inside("a"), inside("b")
    assert [next(first), next(second), current_scope()] == ["a", "b", ""]
    assert [next(first), list(first), current_scope(), next(second)] == ["a", [], "", "b"]
    second.close()
    assert current_scope() == ""


def test_a_generator_that_is_dropped_inside_a_block_leaves_nothing_open(mode):
    def numbers():
        with MODES[mode]():
            yield 1

    gc.disable()
    try:
        next(numbers())
        assert not active
    finally:
        gc.enable()


def test_a_generator_takes_its_mode_along_into_the_thread_that_resumes_it(mode):
    def numbers():
        with MODES[mode]():
            yield in_force()
            yield in_force()

    generator = numbers()
    found = [next(generator)]
    thread = threading.Thread(target=lambda: found.append(next(generator)))
    thread.start()
    thread.join()
    generator.close()
    assert found == [SHOWS[mode]] * 2


def test_a_block_that_is_closed_in_another_thread_is_closed(mode):
    def numbers():
        with MODES[mode]():
            yield

    generator = numbers()
    next(generator)
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert in_force() == set()
    assert not active


def test_a_function_that_a_generator_calls_inside_its_block_is_inside():
    def numbers():
        with no_grad():
            yield (lambda: is_recording())()

    assert list(numbers()) == [False]


def test_a_context_manager_made_of_a_generator_enters_its_modes_for_the_code_that_enters_it(mode):
    @contextlib.contextmanager
    def wrapped():
        with MODES[mode]():
            yield

    @contextlib.contextmanager
    def twice():
        with wrapped():
            yield

    for manager in (wrapped, twice):
        with manager():
            assert in_force() == SHOWS[mode]
        assert in_force() == set()

    def numbers():
        with wrapped():
            yield in_force()

    generator = numbers()
    assert [next(generator), in_force()] == [SHOWS[mode], set()]
    generator.close()


def test_an_exit_stack_enters_and_leaves_modes(mode):
    with contextlib.ExitStack() as stack:
        stack.enter_context(MODES[mode]())
        assert in_force() == SHOWS[mode]
    assert in_force() == set()


def test_a_mode_is_entered_and_left_by_hand_also_in_another_order_and_another_thread(mode):
    first, second = MODES[mode](), MODES[mode]()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert in_force() == SHOWS[mode] or mode == "scope"
    second.__exit__(None, None, None)
    assert in_force() == set()
    first.__enter__()
    thread = threading.Thread(target=first.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    assert in_force() == set()


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="a look-up of __exit__ begins a block there")
def test_closing_more_often_than_opening_is_said():
    off = no_grad()
    thread = threading.Thread(target=getattr, args=(off, "__enter__"))  # a look-up, which opens nothing
    thread.start()
    thread.join()
    with pytest.raises(AutogradError, match="more often than it was opened"):
        off.__exit__(None, None, None)


def test_a_block_that_was_opened_twice_by_hand_is_closed_twice():
    off = no_grad()
    off.__enter__()
    off.__enter__()
    off.__exit__(None, None, None)
    assert not is_recording()
    off.__exit__(None, None, None)
    assert is_recording()


def test_one_object_may_be_entered_again_while_it_is_open(mode):
    manager = MODES[mode]()
    with manager:
        with manager:
            pass
        assert in_force() == SHOWS[mode] or mode == "scope"
    assert in_force() == set()


def test_one_object_may_be_entered_in_two_threads_at_once(mode):
    manager, found = MODES[mode](), []
    inside, go_on = threading.Event(), threading.Event()

    def other():
        with manager:
            inside.set()
            go_on.wait(10)
            found.append(in_force())
        found.append(in_force())

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    with manager:
        pass
    found.append(in_force())
    go_on.set()
    thread.join()
    assert found == [set(), SHOWS[mode], set()]


def test_tasks_have_their_own_modes_also_of_one_object(mode):
    manager = MODES[mode]()

    async def work(turns, mine, other):
        with manager:
            turns[other].set()
            await turns[mine].wait()
            first = in_force()
        await asyncio.sleep(0)
        return first, in_force()

    async def outside():
        await asyncio.sleep(0)
        return in_force()

    async def all_of_them():
        turns = [asyncio.Event(), asyncio.Event()]
        return await asyncio.gather(work(turns, 0, 1), work(turns, 1, 0), outside())

    assert asyncio.run(all_of_them()) == [(SHOWS[mode], set()), (SHOWS[mode], set()), set()]


def test_a_task_that_was_started_inside_a_block_is_not_inside(mode):
    async def later():
        await asyncio.sleep(0)
        return in_force()

    async def start():
        with MODES[mode]():
            task = asyncio.create_task(later())
            awaited = await later()
        return await task, awaited

    assert asyncio.run(start()) == (set(), SHOWS[mode])


def test_an_event_loop_that_runs_inside_a_block_is_inside(mode):
    async def work():
        await asyncio.sleep(0)
        return in_force()

    with MODES[mode]():
        assert asyncio.run(work()) == SHOWS[mode]


def test_modes_of_several_kinds_add_up_and_a_generator_adds_its_own_between_them():
    def numbers():
        with scope("inner"):
            yield current_scope(), is_recording()

    with scope("outer"), no_grad():
        generator = numbers()
        assert next(generator) == ("outer.inner", False)
        assert (current_scope(), is_recording()) == ("outer", False)
    generator.close()


# --- Decorators -------------------------------------------------------------------------------------------------------


def test_modes_decorate_functions_coroutines_and_generators(mode):
    @MODES[mode]()
    def function():
        """The mode in which it runs."""
        return in_force()

    @MODES[mode]()
    async def coroutine():
        await asyncio.sleep(0)
        return in_force()

    @MODES[mode]()
    def generator(first):
        second = yield first, in_force()
        yield second, in_force()
        return 3

    assert [function(), asyncio.run(coroutine())] == [SHOWS[mode]] * 2
    assert function.__doc__ == "The mode in which it runs."
    running = generator(1)
    found = [next(running), in_force(), running.send(2)]
    assert found == [(1, SHOWS[mode]), set(), (2, SHOWS[mode])]
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == 3


@pytest.mark.parametrize("which", [no_grad, provenance, detect_anomaly])
def test_a_mode_without_settings_decorates_without_parentheses(which):
    name = which.__name__

    @which
    def function():
        return in_force()

    assert function() == SHOWS[name]
    assert in_force() == set()


def test_what_a_mode_cannot_decorate_is_refused_with_the_right_form():
    async def numbers_later():
        yield 1

    class Model:
        pass

    for decorate in (no_grad(), no_grad):
        with pytest.raises(InputTypeError, match=r"asynchronous generator numbers_later; write `with no_grad\(…\):`"):
            decorate(numbers_later)
        with pytest.raises(InputTypeError, match="not the class Model; decorate its methods"):
            decorate(Model)
    with pytest.raises(InputTypeError, match=r"no_grad takes no arguments, such as False; write no_grad\(\)"):
        no_grad(False)
    with pytest.raises(InputTypeError, match="no_grad takes no arguments, such as mode"):
        no_grad(mode=True)
    with pytest.raises(InputTypeError, match="decorates functions, not 3"):
        no_grad()(3)


# --- Interrupts -------------------------------------------------------------------------------------------------------

INTERRUPTED = """
import gc
import autograd
from autograd import Value, detect_anomaly, grad, no_grad, provenance, scope
from autograd.core.context import current_scope
from autograd.core import modes
from autograd.core.context import current_scope, is_recording
from autograd.core.modes import active


def work():
    {work}


left_open = 0
for _ in interruptions(work, times=1000, longest=3e-4):
    y = Value(2.0) * 3.0
    left_open += y._op is None or y.source is not None or current_scope() != ""
work()  # the next use of a manager clears what an interrupt left in it
gc.collect()
print(left_open, len(active))
"""
WORKS = {
    "no_grad": "with no_grad(): pass",
    "named": "with OFF: pass",
    "scope": "with scope('s'): pass",
    "provenance": "with provenance(): pass",
    "detect_anomaly": "with detect_anomaly(): pass",
    "grad": "grad(lambda x: x * x)(2.0)",
    "generator": "generator = inside(); next(generator); generator.close()",
}


@pytest.mark.long
@needs_timer
@pytest.mark.parametrize("work", list(WORKS))
def test_a_thousand_interrupts_leave_no_mode_open(work):
    script = INTERRUPTED.format(work=WORKS[work])
    if work == "named":
        script = script.replace("def work():", "OFF = no_grad()\n\n\ndef work():")
    if work == "generator":
        script = script.replace("def work():", "def inside():\n    with no_grad():\n        yield\n\n\ndef work():")
    assert run_fresh(INTERRUPTIONS + script) == "0 0"


def test_a_look_up_that_opens_nothing_leaves_nothing_behind():
    off = no_grad()
    assert callable(off.__enter__)  # as when an interrupt comes between the look-up and the call
    assert is_recording()
    with off:
        assert not is_recording()
    assert is_recording()
    del off
    gc.collect()
    assert not active


def test_the_two_methods_of_a_manager_may_be_looked_up_in_either_order(monkeypatch):
    """Python 3.14 asks for the one that closes a block first."""
    for exit_first in (False, True):
        monkeypatch.setattr(modes, "EXIT_FIRST", exit_first)
        off = no_grad()
        if exit_first:
            leave, enter = off.__exit__, off.__enter__
        else:
            enter, leave = off.__enter__, off.__exit__
        enter()
        assert not is_recording()
        leave(None, None, None)
        del enter, leave
        assert is_recording()


def test_a_block_that_was_opened_by_hand_may_be_closed_in_another_thread():
    off = no_grad()
    thread = threading.Thread(target=lambda manager: manager.__enter__(), args=(off,))  # the look-up tells whose it is
    thread.start()
    thread.join()
    assert active
    off.__exit__(None, None, None)
    assert is_recording()
    del off
    gc.collect()
    assert not active
