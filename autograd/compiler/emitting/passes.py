"""The calls of the forward pass and of the reverse passes of a program, emitted from its plans."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, CONSTANTS, FLATS, SCALARS, SHARED
from ..lowering.plans import Plan
from .bound import Bound
from .chains import chain, chain_back, expect_links
from .elementwise import each, each_back
from .emitter import Emitter
from .products import inner, inner_back, pairs, pairs_back, product, product_back
from .reductions import over, over_back, shares, shares_back
from .segments import segment, segment_back

__all__ = ["EVEN", "FIRST", "MASKED", "PLAIN", "collector_paused", "emit_backward", "emit_forward", "emit_together"]

# The kinds of reverse pass. PLAIN starts from any seeds. So does MASKED, in which an adjoint of 0 contributes nothing,
# not even times infinity. EVEN starts from ones. A pass is linear: the gradients for equal seeds are their common
# value times the gradients for ones, which cost no multiplication. A mean or a single result has equal seeds.
PLAIN, MASKED, EVEN = range(3)
FIRST = -1  # the forward pass
FORWARD: dict[str, Callable[..., Any]] = {
    "each": each,
    "product": product,
    "inner": inner,
    "over": over,
    "pairs": pairs,
    "shares": shares,
    "segment": segment,
    "chain": chain,
}
# Kinds of plan whose reverse pass takes g=None for an upstream gradient of ones.
FROM_ONES = {"each", "over", "inner", "pairs"}
BACKWARD: dict[str, Callable[..., None]] = {
    "each": each_back,
    "product": product_back,
    "inner": inner_back,
    "over": over_back,
    "pairs": pairs_back,
    "shares": shares_back,
    "segment": segment_back,
}


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector, which would traverse a growing record repeatedly and find no garbage."""
    before = gc.isenabled()
    try:
        gc.disable()
        yield
    finally:
        if before:
            gc.enable()


@np.errstate(all="ignore")  # rules are evaluated on constants here
def emit_forward(bound: Bound, count: int) -> None:
    """Emit the forward pass. The first ``count`` results go to the caller, and the others are guards."""
    for buffer, first, many in bound.layout.ones:
        bound.emitter.preset(bound.values[buffer][first : first + many].fill, 1.0)
    for plan in bound.layout.plans:
        FORWARD[plan.kind](bound, plan)
        bound.emitter.finish()
    results = bound.layout.condensed.results
    bound.results, bound.output = bound.read_values(results[:count])
    bound.guards = bound.read_values(results[count:])[1]
    if bound.output.ndim == 2 and bound.total.ndim:
        bound.emitter.call(np.add.reduce, bound.output, 1, None, bound.total)
    elif bound.output.ndim == 2 and count == 1:
        bound.emitter.call(np.add.reduce, bound.output[0], 0, None, bound.total)
    bound.emitted[FIRST] = bound.emitter
    bound.forward = bound.finished(bound.emitter)


def emit_backward(bound: Bound, kind: int) -> list[Any]:
    """Return the calls of a kind of reverse pass, which are emitted at its first use."""
    calls = bound.backward.get(kind)
    if calls is None:
        if not bound.emitted:
            _emit_anew(bound)
        emitter = _emit_reverse(bound, kind)
        passing = [bound.adjoints[SHARED], bound.adjoints[BATCHED]]
        calls = bound.backward[kind] = emitter.calls if kind == MASKED else bound.finished(emitter, passing)
        bound.emitted[kind] = emitter
    return calls


def emit_together(bound: Bound) -> list[Any]:
    """Return the calls of the forward pass and of the reverse pass from ones, after which no value is read again."""
    if bound.together is None and bound.fuser is None:
        backward = emit_backward(bound, EVEN)
        bound.together = bound.forward + backward
    elif bound.together is None:
        emitter = bound.forward_emitter.followed_by(_emit_reverse(bound, EVEN))
        gradients = [bound.adjoints[k] for k in (SCALARS, BATCHED_ARGUMENTS)] + bound.flat_adjoints + bound.squares
        bound.together = bound.finished(emitter, (), [bound.output, bound.guards, bound.total, *gradients])
    return bound.together


@np.errstate(all="ignore")
def _emit_anew(bound: Bound) -> None:
    """Emit the calls of a copy of a program, and run the forward pass, to have the numbers that it keeps."""
    bound.forget()
    emit_forward(bound, len(bound.seeds))
    for call in bound.forward:
        call()


@np.errstate(all="ignore")
@collector_paused()
def _emit_reverse(bound: Bound, kind: int) -> Emitter:
    adjoints = bound.adjoints_for(kind == MASKED)
    emitter, results, seeds = bound.emitter, bound.results, bound.seeds
    plans = [plan for plan in bound.layout.plans if any(adjoints.wants(operand) for operand in plan.operands)]
    for plan in plans:
        if plan.kind == "chain":
            expect_links(bound, plan, adjoints)
            continue
        for operand in plan.operands[1 if plan.onto or plan.squares else 0 :]:
            if adjoints.wants(operand):
                adjoints.expect(operand)
    if results is not None and adjoints.wants(results):
        adjoints.expect(results)
        lengths, batched = (len(seeds),), bound.samples is not None
        if not adjoints.alias(results, None if kind == EVEN else seeds, 1.0, batched):
            adjoints.add(results, lengths, emitter.ones(seeds.shape) if kind == EVEN else seeds, batched)
    emitter.finish()
    # What reads parameters alone may add its gradients at any time. What reads most of them, as a penalty does, comes
    # last, to rows that have theirs: if it came first, the gradients of all others would have to be added to its own.
    plans.reverse()
    plans.sort(key=_parameters_read)
    for plan in plans:
        if plan.kind == "chain":
            chain_back(bound, plan, adjoints, kind == MASKED)
            emitter.finish()
            continue
        aliased = adjoints.of(plan)
        if aliased is not None:
            g, factor = aliased
            if g is None and plan.kind not in FROM_ONES:
                g = emitter.ones((plan.count, *bound.rest(plan.batched)))
            BACKWARD[plan.kind](bound, plan, adjoints, g, factor, kind == MASKED)
            emitter.finish()
    for array, square in zip(bound.flat_adjoints, bound.squares, strict=True):
        emitter.calls.append(partial(array.dot, array, square))
    return emitter


def _parameters_read(plan: Plan) -> int:
    """The number of parameters that a plan reads; 0 if it reads anything else, apart from constants."""
    buffers = {buffer for operand in plan.operands for buffer in operand.buffers}
    if plan.kind == "chain" or not all(buffer >= FLATS or buffer == CONSTANTS for buffer in buffers):
        return 0
    return sum(len(operand.rows) for operand in plan.operands if operand.constant is None)
