"""Both passes of a program, put together from its plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .bound import Bound
from .elementwise import _each, _each_back
from .products import inner, inner_back, product, product_back
from .reductions import over, over_back, shares, shares_back
from .segments import segment, segment_back

__all__ = ["EVEN", "MASKED", "PLAIN"]

# The kinds of a reverse pass: from any seeds; with rules by which an adjoint of 0 hands nothing on; and from ones. The
# pass is linear: what it gives for seeds that are all one number is that number times what it gives for ones, and ones
# cost no multiplication. A mean over the batch, or a single result, has such seeds.
PLAIN, MASKED, EVEN = range(3)
FORWARD = {"each": _each, "product": product, "inner": inner, "over": over, "shares": shares, "segment": segment}
FROM_ONES = {"each", "over", "inner"}  # whose reverse pass is told by None that ones arrive
BACKWARD: dict[str, Callable[..., None]] = {
    "each": _each_back,
    "product": product_back,
    "inner": inner_back,
    "over": over_back,
    "shares": shares_back,
    "segment": segment_back,
}


def emit_forward(bound: Bound, count: int) -> None:
    """Put the forward pass together; of the program's results so many are given back, and the others are guards."""
    for plan in bound.layout.plans:
        FORWARD[plan.kind](bound, plan)
        bound.emitter.finish()
    results = bound.layout.condensed.results
    bound.results, bound.output = bound.asked(results[:count])
    bound.guards = bound.asked(results[count:])[1]
    if count == 1 and bound.output.ndim == 2:
        bound.emitter.call(np.add.reduce, bound.output[0], 0, None, bound.total)
    bound.forward = bound.emitter.calls


def emit_backward(bound: Bound, kind: int) -> list[Any]:
    """The calls of a reverse pass, which begins with ``seeds`` unless it is `EVEN`."""
    calls = bound.backward.get(kind)
    if calls is None:
        calls = bound.backward[kind] = _put_together(bound, kind)
    return calls


@np.errstate(all="ignore")
def _put_together(bound: Bound, kind: int) -> list[Any]:
    adjoints = bound.adjoints_for()
    emitter, results, seeds = bound.emitter, bound.results, bound.seeds
    plans = [plan for plan in bound.layout.plans if any(adjoints.wants(operand) for operand in plan.operands)]
    for plan in plans:
        for operand in plan.operands[1 if plan.onto or plan.squares else 0 :]:
            if adjoints.wants(operand):
                adjoints.expect(operand)
    if results is not None and adjoints.wants(results):
        adjoints.expect(results)
        lengths, laned = (len(seeds),), bound.lanes is not None
        if not adjoints.lend(results, None if kind == EVEN else seeds, 1.0, laned):
            adjoints.add(results, lengths, np.ones(seeds.shape) if kind == EVEN else seeds, laned)
    emitter.finish()
    for plan in reversed(plans):
        lent = adjoints.of(plan)
        if lent is not None:
            g, factor = lent
            if g is None and plan.kind not in FROM_ONES:
                g = np.ones((plan.count, *bound.rest(plan.laned)))
            BACKWARD[plan.kind](bound, plan, adjoints, g, factor, kind == MASKED)
            emitter.finish()
    for array, square in zip(bound.flat_adjoints, bound.squares, strict=True):
        emitter.call(np.dot, array, array, out=square)
    return emitter.calls
