"""The minimum of a loss by scipy's algorithms, which choose their steps themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, Value
from autograd.core.numbers import whole
from autograd.core.stores import at_once, changing
from autograd.errors import AnomalyError, InputTypeError, TapeError, described
from autograd.parameters import Block, OneTensor, Places

from ..given import found_name
from ..members import Parameter
from .groups import checked_parameters, may_move
from .settings import not_negative

__all__ = ["Minimum", "minimize"]

WITH_GRADIENTS = ["L-BFGS-B", "BFGS", "CG", "Newton-CG", "SLSQP"]
WITHOUT = ["Nelder-Mead", "Powell", "COBYLA"]
ALIASES = {"lbfgs": "L-BFGS-B", "conjugate gradients": "CG", "newton": "Newton-CG"}


class Minimum(NamedTuple):
    """The outcome of `minimize`.

    Attributes
    ----------
    loss : float
        The least loss that was found, which the parameters have now.
    steps, evaluations : int
        The numbers of steps, and of calls of the loss.
    converged : bool
        True if the algorithm ended because it found no step that lowers the loss.
    message : str
        The reason why it ended, in scipy's words.
    """

    loss: float
    steps: int
    evaluations: int
    converged: bool
    message: str


def minimize(
    loss: Callable[[], Value | Tensor],
    parameters: Iterable[Parameter],
    method: str = "L-BFGS-B",
    *,
    tol: float | None = None,
    max_steps: int | None = None,
) -> Minimum:
    """Move parameters to a minimum of a loss that is the same at every call, such as that of all samples.

    L-BFGS (Liu & Nocedal 1989) and similar methods estimate the curvature from the gradients of some steps, and
    find the length of each step by a line search. Where the loss is smooth and not noisy, they come much closer to the
    minimum in far fewer passes than gradient descent. The algorithms are scipy's, which must be installed.

    Parameters
    ----------
    loss : callable
        A function without arguments that returns the loss, recorded or compiled.
    parameters : iterable of Value and Tensor
        The leaves to be moved. Frozen ones stay.
    method : str
        ``"L-BFGS-B"``, ``"BFGS"``, ``"CG"``, ``"Newton-CG"`` or ``"SLSQP"``; or, without any gradients,
        ``"Nelder-Mead"``, ``"Powell"`` or ``"COBYLA"``. Also ``"lbfgs"``.
    tol : float, optional
        The tolerance by which the algorithm decides that it has converged.
    max_steps : int, optional
        The largest number of steps.

    Returns
    -------
    Minimum
        The loss, and how it was found. The gradients of the parameters are ``None`` afterwards.

    Raises
    ------
    InputTypeError, InputValueError
        If the loss is not a function that returns a single value, or there is no such method.
    AnomalyError
        If the loss is never finite.
    TapeError
        If the loss depends on none of the parameters.
    ImportError
        If scipy is not installed.

    Notes
    -----
    An error or interrupt leaves the parameters where they were before.

    Examples
    --------
    >>> from autograd import Value
    >>> from nn.optim import minimize
    >>> x, y = Value(1.5), Value(1.5)
    >>> found = minimize(lambda: (1 - x) ** 2 + 100 * (y - x**2) ** 2, [x, y], tol=1e-12)
    >>> found.converged, round(x.data, 4), round(y.data, 4)
    (True, 1.0, 1.0)
    """
    try:
        from scipy import optimize
    except ImportError:
        raise ImportError("nn.optim.minimize needs scipy, which is not installed; write pip install scipy") from None
    if not callable(loss):
        raise InputTypeError(
            f"minimize takes a function that returns the loss, not {described(loss)}; "
            "write minimize(lambda: losses.mse(model(x), y), model.parameters())"
        )
    if not isinstance(method, str):
        raise InputTypeError(f'method takes a name such as "L-BFGS-B", not {described(method)}')
    leaves = [parameter for parameter in checked_parameters(parameters) if may_move(parameter)]
    if not leaves:
        raise TapeError("all of the parameters are frozen; call unfreeze() on the module to train them")
    chosen = found_name(method, [*WITH_GRADIENTS, *WITHOUT], "method", ALIASES)
    options = {} if max_steps is None else {"maxiter": whole(max_steps, "max_steps", least=1)}
    tolerance = None if tol is None else not_negative(tol, "tol")
    search = _Search(loss, leaves, chosen in WITH_GRADIENTS)
    start = search.numbers()
    try:
        with np.errstate(all="ignore"):
            found = optimize.minimize(
                search.at, start, method=chosen, jac=chosen in WITH_GRADIENTS or None, tol=tolerance, options=options
            )
        if not math.isfinite(search.least):
            raise AnomalyError("the loss is not finite at any place that was tried; begin with other parameters")
    except BaseException:
        search.move_to(start)
        raise
    search.move_to(search.best)
    steps, evaluations = int(found.get("nit", found.nfev)), search.evaluations
    return Minimum(search.least, steps, evaluations, bool(found.success), str(found.message))


class _Search:
    """A loss as a function of one vector, which has the numbers of all parameters in the order of the parameters."""

    def __init__(self, loss: Callable[[], Any], leaves: list[Parameter], with_gradients: bool) -> None:
        self._loss, self._leaves, self._with_gradients = loss, leaves, with_gradients
        self._places = Places(leaves)
        self._blocks: list[Block] = []
        self._members: list[tuple[Block, Any]] = []  # each block, and the places of its numbers in the vector
        self.evaluations = 0
        self.best, self.least = self.numbers(), math.inf

    def numbers(self) -> Any:
        return np.concatenate([np.ravel(leaf.data).astype(float) for leaf in self._leaves])

    def _found(self) -> list[tuple[Block, Any]]:
        """The blocks, which are others after a compiled loss has moved values into an array of its own."""
        blocks = self._places.blocks()
        if blocks is not self._blocks:
            ends = np.cumsum([0, *(np.size(leaf.data) for leaf in self._leaves)])
            self._members = [(block, _places_of(block, ends)) for block in blocks]
            self._blocks = blocks
        return self._members

    def move_to(self, place: Any) -> None:
        with changing:
            found = self._found()
            at_once(*[store for block, where in found for store in block.write(_shaped(block, place[where]), None)])
            self._places.forget_gradients()

    def at(self, place: Any) -> Any:
        """The loss at a place, with its gradient if the algorithm uses it."""
        self.move_to(place)
        result = self._loss()
        if not isinstance(result, (Value, Tensor)) or np.size(result.data) != 1:
            raise InputTypeError(f"the loss is a single value, not {described(result)}; return the sum or the mean")
        value = result.data if isinstance(result, Value) else result.item()
        self.evaluations += 1
        if value < self.least:
            self.best, self.least = place.copy(), value
        if not self._with_gradients:
            return value
        result.backward()
        return value, self._gradient(len(place))

    def _gradient(self, size: int) -> Any:
        gradient = np.zeros(size)
        with changing:
            read = [(where, block.read()) for block, where in self._found()]
        if all(found is None for _, found in read):
            raise TapeError(f"the loss depends on none of the {len(self._leaves)} parameters")
        for where, found in read:
            if found is not None:
                gradient[where] = found[1].ravel()
        return gradient


def _places_of(block: Block, ends: Any) -> Any:
    """The places of the numbers of a block in a vector of the numbers of all leaves, each of which ends there."""
    if isinstance(block, OneTensor):
        return slice(ends[block.key], ends[block.key + 1])
    return ends[block.positions]


def _shaped(block: Block, numbers: Any) -> Any:
    """Numbers as a block takes them; an array of their own, since scipy changes its vector in place."""
    if isinstance(block, OneTensor):
        return numbers.reshape(block.leaf.shape).astype(block.leaf.dtype)
    return numbers
