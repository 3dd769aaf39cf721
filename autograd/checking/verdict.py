"""A derivative found three ways, and the verdict on it."""

from __future__ import annotations

import math
from typing import NamedTuple

from ..experiments.rounding import ulp
from .differences import Along, Slope, complex_step, has_kink, scale_of, stencil, taylor_rate
from .subject import Claim

__all__ = ["Comparison", "close", "of_calls", "of_record"]

NOTHING = 1e-80  # a smaller derivative counts as 0, since the remainder of a complex step can be as large
# Distances from the point, in units of its scale, at which new calls are compared with the record.
NEAR = [side * 2.0**-k for k in (34, 13, 4) for side in (1, -1)]


class Comparison(NamedTuple):
    """One derivative by reverse mode, by forward mode and numerically.

    Attributes
    ----------
    name : str
        The argument; for a second derivative two of them.
    reverse, forward, numerical : float
        The derivative by reverse mode, by forward mode and numerically.
    error : float
        The bound of the difference that rounding, and the step of the numerical derivative, may cause.
    by : str
        The numerical method: ``"complex step"`` or ``"stencil"``; empty where there is nothing to differentiate.
    verdict : str
        ``"right"``; ``"wrong"``; ``"kink"``, if a kink, a jump or the end of the domain lies within the step, where the
        derivative is a matter of convention; ``"noise"``, if the error is so large that agreement says nothing;
        ``"undefined"``, if the function itself is infinite or nan; ``"not reproducible"``, if another call with the
        same arguments gives another result, so that there is no function to differentiate.
    rates : tuple of float
        Of a wrong derivative: the powers of h with which the remainder ``|f(x + h) - f(x) - h slope|`` shrinks. With
        the wrong slope it is 1, with the numerical one 2 or more.
    unrecorded : float
        The part of the numerical derivative that is not recorded: the derivative of new calls, minus that of the
        record, run again. 0 unless it exceeds its error.
    order : int
        1, or 2 for a second derivative.
    """

    name: str
    reverse: float
    forward: float
    numerical: float
    error: float
    by: str
    verdict: str
    rates: tuple[float, float] = (math.nan, math.nan)
    unrecorded: float = 0.0
    order: int = 1


def of_record(claim: Claim) -> Comparison:
    """Return the verdict on a derivative by the record alone.

    A complex step that contradicts the two modes needs a stencil to confirm it.
    """
    line = Comparison(
        claim.name, claim.reverse, claim.forward, math.nan, math.inf, "", "undefined", order=len(claim.inputs)
    )
    if not math.isfinite(claim.value):
        return line
    by, numerical, kink = "complex step", complex_step(claim.record, claim.t), False
    error = _bound(claim, numerical)
    agree = _agree(line, numerical, error)
    if math.isfinite(numerical) and (claim.has_edges or not agree):
        kink = has_kink(claim.record, claim.t, claim.value_noise, error)
    if not agree and not kink:
        slope = stencil(claim.record, claim.t, claim.value_noise)
        if not close(numerical, slope.value, slope.error + error) and not (math.isfinite(numerical) and slope.kink):
            by, numerical = "stencil", slope.value
            error = slope.error + _bound(claim, numerical)
            # Infinite noise: rounding moves the argument to a point where the function has no value.
            kink = slope.kink or not math.isfinite(claim.value_noise)
            kink = kink and (claim.has_edges or not _agree(line, numerical, error))
    line = line._replace(numerical=numerical, error=error, by=by)
    return line._replace(verdict="kink") if kink else _judged(line, claim, claim.record)


def of_calls(line: Comparison, claim: Claim) -> Comparison:
    """Return the verdict on a derivative by the function itself, given that by its record, ``line``.

    Where new calls differ from the record, the derivative of the difference is a part of the numerical one.
    """
    hidden = _hidden(claim)
    if hidden is None or line.verdict == "undefined":
        return line
    total: Along = lambda m, t: claim.record(m, t) + claim.unrecorded(t)
    significant = abs(hidden.value) > hidden.error and not hidden.kink
    summed = line._replace(
        numerical=line.numerical + hidden.value,
        error=line.error + hidden.error,
        by="stencil",
        unrecorded=hidden.value if significant else 0.0,
    )
    if line.verdict == "kink":  # a kink of the record; its convention does not explain an unrecorded path
        return _judged(summed, claim, total) if significant else line
    if hidden.kink:
        return line if line.verdict == "wrong" else line._replace(verdict="kink")
    return _judged(summed, claim, total)


def _hidden(claim: Claim) -> Slope | None:
    """Return the derivative of the unrecorded part; None if calls nearby agree with the record bit for bit."""
    scale = scale_of(claim.t)
    if not any(claim.unrecorded(claim.t + scale * distance) for distance in NEAR):
        return None
    return stencil(lambda _, t: claim.unrecorded(t), claim.t, 2 * claim.value_noise)


def _bound(claim: Claim, numerical: float) -> float:
    """Return the bound of the difference that rounding causes between the modes and this numerical derivative."""
    return claim.slope_noise + 64 * ulp(numerical) + NOTHING


def _agree(line: Comparison, numerical: float, error: float) -> bool:
    return close(line.reverse, numerical, error) and close(line.forward, numerical, error)


def _judged(line: Comparison, claim: Claim, along: Along) -> Comparison:
    """Return the line as wrong, right or noise, by its numbers; the derivatives are those of ``along``."""
    reverse, forward, numerical, error = line[1:5]
    if not _agree(line, numerical, error):
        wrong = forward if close(reverse, numerical, error) else reverse
        rates = [taylor_rate(along, claim.t, slope, claim.value_noise) for slope in (wrong, numerical)]
        return line._replace(verdict="wrong", rates=(rates[0], rates[1]))
    scale = max(abs(reverse), abs(numerical), abs(claim.value) / max(abs(claim.t), 1.0))
    if reverse == forward == numerical == 0:
        scale = max(scale, 1.0)  # a difference of equal numbers vanishes, and so does its scale
    return line._replace(verdict="noise" if error > 1e-6 * scale + 2 * NOTHING else "right")


def close(x: float, y: float, error: float) -> bool:
    """Return True if two numbers agree; a nan agrees with nothing."""
    return abs(x - y) <= error
