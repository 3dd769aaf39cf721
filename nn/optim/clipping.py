"""Gradient clipping: limits of gradients, so that one very large gradient does not move the parameters far away.

Both functions take parameters, of which those without a gradient and the frozen ones are left out; or an optimizer, for
the parameters it trains, which is quicker. Both leave gradients as they are where the norm is nan or infinite, for the
optimizer to raise or skip.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.core.stores import at_once, changing
from autograd.errors import InputValueError, shortened
from autograd.parameters import Places

from ..members import NODES, Parameter
from .groups import checked_parameters, may_move
from .optimizer import Optimizer
from .settings import not_negative

__all__ = ["clip_grad_norm", "clip_grad_value"]

LITTLE = 1e-6  # added to the norm that is divided by, as in PyTorch


def clip_grad_norm(
    parameters: Iterable[Parameter] | Parameter | Optimizer, max_norm: float, norm_type: float = 2.0
) -> float:
    """Scale all gradients by one factor, so that the norm of the vector of all of them is no more than a limit.

    ``g ← g · min(1, max_norm / (‖g‖ + 1e-6))``; Pascanu, Mikolov & Bengio 2013, with PyTorch's small number.

    Parameters
    ----------
    parameters : iterable of Value and Tensor, or Optimizer
        The parameters, such as ``model.parameters()``, or the optimizer that trains them.
    max_norm : float
        The limit.
    norm_type : float
        The p of the norm ``(Σ |g|ᵖ) ** (1 / p)``, more than 0; ``math.inf`` for the largest magnitude.

    Returns
    -------
    float
        The norm before.

    Examples
    --------
    >>> from autograd import Tensor, Value
    >>> from nn.optim import clip_grad_norm
    >>> w, t = Value(1.0), Tensor([1.0, 1.0])
    >>> (6.0 * w + (t * [0.0, 8.0]).sum()).backward()
    >>> clip_grad_norm([w, t], max_norm=5.0)
    10.0
    >>> w.grad, t.grad
    (2.9999997..., array([0.       , 3.9999996]))
    """
    limit, p = not_negative(max_norm, "max_norm"), number(norm_type, "norm_type")
    if not p > 0:
        raise InputValueError(f"norm_type must be more than 0, such as 1, 2 or math.inf, not {shortened(norm_type)}")
    with changing, np.errstate(all="ignore"):
        found = _gradients(parameters)
        norm = _norm([np.ravel(g if mask is None else g[mask]) for _, g, mask in found], p)
        factor = limit / (norm + LITTLE)
        if factor < 1 and math.isfinite(norm):
            at_once(*[store for block, g, mask in found for store in block.write_gradients(_scaled(g, factor), mask)])
    return norm


def clip_grad_value(parameters: Iterable[Parameter] | Parameter | Optimizer, clip_value: float) -> float:
    """Limit each gradient to the range from ``-clip_value`` to ``clip_value``.

    Returns
    -------
    float
        The largest magnitude before, which is a norm, too.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import clip_grad_value
    >>> w, v = Value(1.0), Value(1.0)
    >>> (6.0 * w - v).backward()
    >>> clip_grad_value([w, v], 2.0)
    6.0
    >>> w.grad, v.grad
    (2.0, -1.0)
    """
    limit = not_negative(clip_value, "clip_value")
    with changing, np.errstate(all="ignore"):
        found = _gradients(parameters)
        norm = _norm([np.ravel(g if mask is None else g[mask]) for _, g, mask in found], math.inf)
        if limit < norm < math.inf:
            stores = [
                block.write_gradients(np.clip(g, -limit, limit).astype(g.dtype), mask) for block, g, mask in found
            ]
            at_once(*[store for each in stores for store in each])
    return norm


def _gradients(parameters: Any) -> list[tuple[Any, Any, Any]]:
    """The blocks that have gradients, with these, and masks of the numbers that have one."""
    if isinstance(parameters, Optimizer):
        places = [group.places for group in parameters.groups]
    elif isinstance(parameters, NODES):
        places = [Places([parameters], may_move)]
    else:
        places = [Places(checked_parameters(parameters), may_move)]
    read = [(block, block.read()) for each in places for block in each.blocks()]
    return [(block, found[1], found[2]) for block, found in read if found is not None]


def _norm(gradients: list[Any], p: float) -> float:
    """The p-norm, which is infinite only if a gradient is, or the norm exceeds the largest float."""
    largest = max((float(np.max(np.abs(g), initial=0.0)) for g in gradients), default=0.0)
    if any(np.isnan(g).any() for g in gradients):
        return math.nan
    if p == math.inf or not 0 < largest < math.inf:
        return largest
    total = sum(float(np.sum((np.abs(g) / largest) ** p, dtype=float)) for g in gradients)
    return float(largest * total ** (1 / p))


def _scaled(gradients: Any, factor: float) -> Any:
    return np.asarray(gradients * factor, gradients.dtype)
