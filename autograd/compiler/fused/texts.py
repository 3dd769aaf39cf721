"""Numpy's functions of numbers as text, for the body of a loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.table import arrays
from ..emitting.cells import cast, choose

__all__ = ["OF_MATH", "OF_NUMPY", "REDUCED", "text_of"]

OF_MATH = (  # names by which generated text calls functions of the module math, or of numpy where there is no compiler
    "exp expm1 log log2 log10 log1p sqrt sin cos tan asin acos atan atan2 hypot sinh cosh tanh asinh acosh atanh "
    "erf erfc"
).split()
OF_NUMPY = "cbrt floor floor_divide remainder".split()

# The larger, or the nan of the two. Without `or`, both sides are computed and one is chosen, so that several numbers
# can be compared by one instruction.
LARGER = "({0} if not {0} < {1} else {1}) if {1} == {1} else {1}"
SMALLER = "({0} if not {0} > {1} else {1}) if {1} == {1} else {1}"
TEXTS: dict[Any, str] = {
    np.add: "{} + {}",
    np.subtract: "{} - {}",
    np.multiply: "{} * {}",
    np.divide: "{} / {}",
    np.negative: "-{}",
    np.square: "{0} * {0}",
    np.absolute: "abs({})",
    np.less: "{} < {}",
    np.equal: "{} == {}",
    np.not_equal: "{} != {}",
    np.sign: "1.0 if {0} > 0.0 else (-1.0 if {0} < 0.0 else {0})",
    np.maximum: LARGER,
    np.minimum: SMALLER,
    np.fmin: "({0} if {0} <= {1} else {1}) if {1} == {1} else {0}",
    np.power: "{} ** {}",
    arrays.power: "{} ** {}",
    cast: "1.0 if {} else 0.0",
    choose: "{1} if {0} else {2}",
    **{getattr(arrays, name): f"{name}({', '.join(['{}'] * (1 + (name in ('atan2', 'hypot'))))})" for name in OF_MATH},
    **{getattr(np, name): f"{name}({', '.join(['{}'] * getattr(np, name).nin)})" for name in OF_NUMPY},
    np.log: "log({})",
}

REDUCED = {  # what reductions do with two numbers, and the number that changes nothing
    np.add: ("{} + {}", "(-0.0)"),
    np.multiply: ("{} * {}", "1.0"),
    np.maximum: (LARGER, "(-inf)"),
    np.minimum: (SMALLER, "inf"),
}


def text_of(function: Any) -> str | None:
    """Return a function of numbers as text with places for its arguments; ``None`` if it has none."""
    return TEXTS.get(function) if callable(function) else None
