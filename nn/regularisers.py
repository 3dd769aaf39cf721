"""Regularisers: penalties on the size of weights, which are added to a loss.

    l1      λ Σ |w|               d/dw = λ sign(w)      makes small weights exactly 0
    l2      λ Σ (w - prior)²      d/dw = 2λ (w - prior) shrinks all weights towards the prior
    linf    λ Σ max_i Σ_j |w_ij|  d/dw = λ sign(w) in the row of the largest sum of magnitudes of each matrix

Biases are left out, since they do not make a function steeper. With plain gradient descent, ``l2`` at strength λ is the
optimizer's ``weight_decay=2 * λ``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, Value, dot, norm, scope
from autograd import max as largest
from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .given import is_sequence
from .members import Parameter, is_parameter
from .module import Module

__all__ = ["l1", "l2", "linf"]

BIAS = re.compile(r"(?i)b\d*|(.*_)?bias(es)?(_.*)?")  # names of attributes that are biases: b, b2, bias, bias_hh, …
ATTRIBUTE = re.compile(r".*?(\w+)(?:\[[^\]]*\]|\{\d+\})*")  # a path; the group is the last attribute in it
ITEM = re.compile(r"(.*)(?:\[|, )[^\[\],]*\]")  # a path that ends in an index; the group is the path to the row

Named = list[tuple[str, Parameter]]


def l1(parameters: Any, strength: float = 1.0, *, biases: bool = False) -> Any:
    """The sum of the magnitudes of the weights, times the strength: ``λ Σ |w|`` (the lasso, Tibshirani 1996).

    ``d/dw = λ sign(w)``, 0 at 0

    Parameters
    ----------
    parameters : Module, or iterable of parameters or of (path, parameter)
        The model; or some of its parameters, as ``model.named_parameters()`` gives them, with their paths or without.
    strength : float
        The factor λ, at least 0.
    biases : bool
        True to include parameters whose attribute is called a bias: ``b``, ``b1``, ``bias``, ``bias_hh`` and the like.
        Parameters without paths are all included.

    Returns
    -------
    Value or Tensor
        The penalty, a single number.

    Raises
    ------
    InputTypeError, InputValueError
        If there is nothing to penalise, or the strength is not such a number.

    Examples
    --------
    >>> from nn import Neuron, init, regularisers
    >>> neuron = Neuron(2, init=init.constant(-0.5))
    >>> penalty = regularisers.l1(neuron, 0.1); penalty.backward()
    >>> penalty.data, [w.grad for w in neuron.weights], neuron.bias.grad
    (0.1, [-0.1, -0.1], None)
    """
    chosen = _chosen(parameters, biases)
    with scope("penalty"):
        return _added(chosen, lambda ws: norm(ws, 1), lambda w: autograd.sum(abs(w)), _strength(strength))


def l2(parameters: Any, strength: float = 1.0, *, prior: Any = 0.0, half: bool = False, biases: bool = False) -> Any:
    """The sum of the squared distances of the weights from a prior, times the strength: λ Σ (w - prior)².

    ``d/dw = 2λ (w - prior)``. It is ridge regression (Hoerl and Kennard 1970) for a prior of 0. With another one, such
    as the parameters of a model that was trained before, the weights move as far from it as the data demands.

    Parameters
    ----------
    parameters, strength, biases
        As for `l1`.
    prior : float, or dict
        The number to which all weights shrink; or a number or array for each path, such as an earlier
        ``model.state_dict()``.
    half : bool
        True for ½λ Σ (w - prior)², whose derivative is λ (w - prior).

    Raises
    ------
    InputTypeError, InputValueError
        As `l1`; and if the prior has no entry for a weight, or one of another shape.

    Examples
    --------
    >>> from nn import Neuron, init, regularisers
    >>> neuron = Neuron(2, init=init.constant(3.0))
    >>> penalty = regularisers.l2(neuron, 0.5, prior=1.0); penalty.backward()
    >>> penalty.data, [w.grad for w in neuron.weights]
    (4.0, [2.0, 2.0])
    """
    chosen = _chosen(parameters, biases)
    factor = _strength(strength) * (0.5 if _truth(half, "half") else 1.0)
    with scope("penalty"):
        distances = [(path, _distance(path, parameter, prior)) for path, parameter in chosen]
        return _added(distances, lambda ws: dot(ws, ws), lambda w: autograd.sum(w * w), factor)


def linf(parameters: Any, strength: float = 1.0, *, biases: bool = False) -> Any:
    """The sum of the ∞-norms of all matrices of weights, times the strength.

    λ Σ ‖W‖∞ with ``‖W‖∞ = max_i Σ_j |w_ij|``, the operator norm of ``x -> W x`` for the ∞-norms of x and
    W x. ``d/dw_ij = λ sign(w_ij)`` in the row of the largest sum, 0 in other rows; shared evenly among equal sums.

    A row has the weights of one output: those of a neuron, or of an index along the first axis of a tensor. A vector is
    a single row.

    Parameters
    ----------
    parameters, strength, biases
        As for `l1`.

    Raises
    ------
    InputTypeError, InputValueError
        As `l1`.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import regularisers
    >>> w = Tensor([[1.0, -2.0], [0.5, 0.5]])
    >>> penalty = regularisers.linf([w], 0.1); penalty.backward()
    >>> penalty.item(), w.grad.tolist()
    (0.3, [[0.1, -0.1], [0.0, 0.0]])
    """
    matrices: dict[str, dict[str, list[Value]]] = {}
    found: list[Any] = []
    chosen = _chosen(parameters, biases)
    with scope("penalty"):
        for path, parameter in chosen:
            if isinstance(parameter, Tensor):
                rows = parameter.reshape((parameter.shape[0] if parameter.ndim > 1 else 1, -1))
                found.append(largest(autograd.sum(abs(rows), axis=1)))
            else:
                row = _before(path)
                matrices.setdefault(_matrix(row), {}).setdefault(row, []).append(parameter)
        found += [largest([norm(row, 1) for row in rows.values()]) for rows in matrices.values()]
        return _strength(strength) * sum(found[1:], found[0])


# --- The parameters ---------------------------------------------------------------------------------------------------


def _chosen(parameters: Any, biases: bool) -> Named:
    """The parameters to penalise, with their paths; no path for those given without."""
    _truth(biases, "biases")
    if isinstance(parameters, Module):
        given: Iterable[Any] = parameters.named_parameters()
    elif is_sequence(parameters) and not isinstance(parameters, (Tensor, np.ndarray)):
        given = parameters
    else:
        raise InputTypeError(
            f"a regulariser takes a Module or a list of parameters, not {described(parameters)}; write [parameter] for "
            "a single one"
        )
    found: Named = []
    for each in given:
        path, item = each if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str) else ("", each)
        if not is_parameter(item):
            raise InputTypeError(f"a regulariser takes parameters, values or tensors, not {described(item)}")
        if biases or not path or not _is_bias(path):
            found.append((path, item))
    if not found:
        raise InputValueError(
            "there are no weights to penalise; give a model that has parameters, and biases=True if it has biases only"
        )
    return found


def _is_bias(path: str) -> bool:
    attribute = ATTRIBUTE.fullmatch(path)
    return attribute is not None and BIAS.fullmatch(attribute[1]) is not None


def _before(path: str) -> str:
    """The path to the row in which a scalar stands: ``layers[0].neurons[3].weights``."""
    item = ITEM.fullmatch(path)
    return item[1] if item else path


def _matrix(row: str) -> str:
    """The path to the rows of a matrix, ``layers[0].neurons``; a row that has no index is a matrix by itself."""
    return row.rpartition("[")[0] or row


# --- The penalties ----------------------------------------------------------------------------------------------------


def _added(
    parameters: Iterable[tuple[str, Any]], of_values: Callable[[Any], Any], of_tensor: Callable[[Any], Any], by: float
) -> Any:
    """The sum of a penalty over all scalars, which is one record, and over each tensor; times a factor."""
    scalars = [x for _, x in parameters if isinstance(x, Value)]
    found = [of_values(scalars)] if scalars else []
    found += [of_tensor(x) for _, x in parameters if isinstance(x, Tensor)]
    return by * sum(found[1:], found[0])


def _distance(path: str, parameter: Parameter, prior: Any) -> Any:
    """A parameter minus its prior; the parameter itself where that is 0."""
    if isinstance(prior, Mapping):
        if path not in prior:
            near = get_close_matches(path, [key for key in prior if isinstance(key, str)], n=1)
            hint = f"did you mean {near[0]!r}?" if near else "give a number or array for each path"
            raise InputValueError(f"the prior has no entry {path!r}; {hint}")
        prior = prior[path]
    try:
        numbers = np.asarray(prior)
        usable = numbers.dtype.kind in "biuf"
    except (TypeError, ValueError):  # ragged rows
        usable = False
    if not usable:
        raise InputTypeError(f"a prior is a number, or a dict of numbers and arrays by path, not {described(prior)}")
    if numbers.shape and numbers.shape != np.shape(parameter.data):
        raise InputValueError(
            f"the prior of {path or 'a parameter'} has shape {numbers.shape}, and the parameter has shape "
            f"{np.shape(parameter.data)}; give one of that shape, or a number"
        )
    if not numbers.any():
        return parameter
    return parameter - (numbers.astype(float) if numbers.shape else float(numbers))


def _strength(given: Any) -> float:
    checked = number(given, "strength")
    if not (isfinite(checked) and checked >= 0):
        raise InputValueError(f"strength is finite and not negative, unlike {shortened(given)}")
    return checked


def _truth(given: Any, what: str) -> bool:
    if not isinstance(given, bool):
        raise InputTypeError(f"{what} takes True or False, not {described(given)}")
    return given
