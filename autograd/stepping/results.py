"""The number that a pass begins with: a result, or the sum of several results.

y            y itself
[y1, y2]     L = y1 + y2
program(y)   the results of the program, likewise
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np

from ..core.context import recording
from ..core.tape import Node
from ..core.value import Value
from ..errors import InputValueError
from ..functions.reductions import sum as sum_of
from ..programs.listing import Program, results_of

__all__ = ["one_result"]


def one_result(y: Any) -> Node:
    """Return the result that is given; of several, their sum, which is called L and recorded here.

    Raises
    ------
    InputTypeError
        If something else than recorded values is given.
    InputValueError
        If there are several results, and not all are single numbers.
    """
    results = [entry.node for entry in y.results] if isinstance(y, Program) else list(results_of(y))
    if len(results) == 1:
        return results[0]
    for k, result in enumerate(results):
        if np.size(result._data) != 1:
            raise InputValueError(
                f"the derivative of several results is that of their sum, for which each has to be a single number; "
                f"number {k + 1} of them has the shape {np.shape(result._data)}; sum it up first"
            )
    with recording():
        if all(isinstance(result, Value) for result in results):
            total: Node = sum_of(results)
        else:
            total = reduce(operator.add, [x if isinstance(x, Value) else sum_of(x) for x in results])
    total.name = "L"
    return total
