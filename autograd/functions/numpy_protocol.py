"""Numpy's functions of whole arrays, on tensors: ``np.sum(t, axis=0)`` records what ``autograd.sum(t, axis=0)`` does.

The table holds what a tensor answers to, with the arguments that it takes; anything else refuses. Functions of numpy
that work element by element are rows of the table; see `core.protocol`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.comparisons import asked
from ..core.protocol import FUNCTIONS
from ..core.tape import data_of
from ..errors import InputValueError, shortened
from . import picking, piecewise, products, rearranging, reductions, trigonometric

Function = Callable[..., Any]


def _reduction(ours: Function) -> Function:
    return lambda a, axis=None, *, keepdims=False: ours(a, axis, keepdims)


def _with_ddof(ours: Function) -> Function:
    return lambda a, axis=None, *, ddof=0, keepdims=False: ours(a, axis, keepdims, ddof)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is not None and not isinstance(axis, int) and x.ndim > 1:
        raise InputValueError("np.linalg.norm takes an order for vectors only; give an axis, or leave ord out")
    return reductions.norm(x, 2 if ord is None else ord, axis, keepdims)


def _pad(array: Any, pad_width: Any, mode: str = "constant") -> Any:
    if mode != "constant":
        raise InputValueError(f"np.pad of a tensor pads with zeros, not in mode {shortened(mode)}")
    return rearranging.pad(array, pad_width)


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return piecewise.clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def _question(function: Function) -> Function:
    """A function of the numbers alone, whose answer has no gradient."""
    return lambda *args, **options: asked(function, *args, **options)


def _form(function: Function) -> Function:
    """A function of the shape alone."""
    return lambda *args, **options: function(*map(data_of, args), **options)


FUNCTIONS.update(
    {
        **{getattr(np, name): _reduction(getattr(reductions, name)) for name in "sum mean prod max min".split()},
        np.amax: _reduction(reductions.max),
        np.amin: _reduction(reductions.min),
        np.var: _with_ddof(reductions.var),
        np.std: _with_ddof(reductions.std),
        np.linalg.norm: _norm,
        np.reshape: lambda a, shape: rearranging.reshape(a, shape),
        np.ravel: lambda a: rearranging.ravel(a),
        np.transpose: lambda a, axes=None: rearranging.transpose(a, axes),
        np.swapaxes: lambda a, axis1, axis2: rearranging.swapaxes(a, axis1, axis2),
        np.moveaxis: lambda a, source, destination: rearranging.moveaxis(a, source, destination),
        np.expand_dims: lambda a, axis: rearranging.expand_dims(a, axis),
        np.squeeze: lambda a, axis=None: rearranging.squeeze(a, axis),
        np.broadcast_to: lambda array, shape: rearranging.broadcast_to(array, shape),
        np.pad: _pad,
        np.concatenate: rearranging.concatenate,
        np.stack: lambda arrays, axis=0: rearranging.stack(arrays, axis),
        np.split: lambda ary, indices_or_sections, axis=0: rearranging.split(ary, indices_or_sections, axis),
        np.dot: lambda a, b: products.dot(a, b),
        np.outer: lambda a, b: products.outer(a, b),
        np.einsum: products.einsum,
        np.trace: lambda a, offset=0: products.trace(a, offset),
        np.tensordot: lambda a, b, axes=2: products.tensordot(a, b, axes),
        np.diag: lambda v, k=0: picking.diag(v, k),
        np.take: lambda a, indices, axis=None: picking.take(a, indices, axis),
        np.repeat: lambda a, repeats, axis=None: picking.repeat(a, repeats, axis),
        np.tile: lambda A, reps: picking.tile(A, reps),  # noqa: N803 - numpy's name
        np.flip: lambda m, axis=None: picking.flip(m, axis),
        np.sort: lambda a, axis=-1: picking.sort(a, axis),
        np.cumsum: lambda a, axis=None: picking.cumsum(a, axis),
        np.diff: lambda a, n=1, axis=-1: picking.diff(a, n, axis),
        np.hstack: lambda tup: rearranging.hstack(tup),
        np.vstack: lambda tup: rearranging.vstack(tup),
        np.where: lambda condition, x, y: piecewise.where(condition, x, y),
        np.clip: _clip,
        np.round: lambda a, decimals=0: piecewise.round(a, decimals),
        np.around: lambda a, decimals=0: piecewise.round(a, decimals),
        np.sinc: lambda x: trigonometric.sinc(x),
    }
)
_QUESTIONS = "argmax argmin argsort isclose allclose array_equal"
FUNCTIONS.update({getattr(np, name): _question(getattr(np, name)) for name in _QUESTIONS.split()})
FUNCTIONS.update(
    {getattr(np, name): _form(getattr(np, name)) for name in "shape ndim size zeros_like ones_like".split()}
)
