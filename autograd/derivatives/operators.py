"""Derivatives as functions: ``grad(f)`` is a function like ``f``, and can be differentiated again.

grad(f)(x)            f records what it does with a copy of x; one reverse pass over that; nothing is deposited
grad(grad(f))(x)      the same for grad(f): the inner pass is recorded too, since its rules run on values
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..arrays.tensor import Tensor
from ..core.numbers import number
from ..core.tape import Node
from ..errors import InputTypeError, InputValueError
from .nests import alongside, leaves, rebuild
from .tracing import Function, Trace, is_array, nothing, owned

__all__ = ["derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def _listed(primals: Any, operator: str) -> tuple[Any, ...]:
    """The arguments given to an operator that takes them as a sequence."""
    if not isinstance(primals, (list, tuple)):
        raise InputTypeError(
            f"{operator} takes the arguments as a sequence, not {type(primals).__name__} {primals!r:.40}; "
            "for one argument write (x,)"
        )
    return tuple(primals)


def _beside(given: Any, model: Node, what: str) -> Any:
    """A tangent or cotangent in the shape of what it belongs to."""
    if isinstance(given, Node):
        return given
    if not isinstance(model, Tensor):
        return number(given, what)
    array = np.asarray(given, dtype=model._data.dtype)
    if array.shape != model._data.shape:
        raise InputValueError(f"{what} of an array of shape {model._data.shape} has that shape, not {array.shape}")
    return array


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the value of ``f`` and its gradient.

    Parameters
    ----------
    f : callable
        A function with one result, of numbers, values, or lists, tuples and dicts of them.
    argnums : int or sequence of int
        The arguments to differentiate by. The others are constants, and so are keyword arguments.

    Returns
    -------
    callable
        With the arguments of ``f``. It returns the value and, in the shape of the argument, the gradient; a tuple of
        gradients for several argnums. They are floats, or values where they depend on values of the caller's.

    Examples
    --------
    >>> value_and_grad(lambda x, y: x**2 * y)(3.0, 2.0)
    (18.0, 12.0)
    >>> value_and_grad(lambda p: p["w"] * p["x"])({"w": 3.0, "x": 2.0})
    (6.0, {'w': 2.0, 'x': 3.0})
    """

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> tuple[Any, Any]:
        trace = Trace(f, args, argnums, constants)
        if isinstance(trace.result, (list, tuple, dict)):
            raise InputTypeError(
                f"grad is for a function with one result, not a {type(trace.result).__name__}; use jacobian, or sum up"
            )
        if (isinstance(trace.result, Tensor) and trace.result.ndim) or is_array(trace.result):
            raise InputTypeError(
                f"grad is for a function with one number as its result, not shape {trace.result.shape}; "
                "use jacobian, or sum up"
            )
        ones = [np.ones_like(output._data) if isinstance(output, Tensor) else 1.0 for output in trace.outputs]
        return trace.outward(trace.result), trace.shaped(trace.pull(trace.outputs, ones))

    return wrapped


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the gradient of ``f``: as `value_and_grad`, without the value.

    Examples
    --------
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 2.0)
    (2.0, 3.0)
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> Any:
        return both(*args, **constants)[1]

    return wrapped


def derivative(f: Function, order: int = 1) -> Function:
    """The derivative of a function of one variable, of any order.

    Examples
    --------
    >>> from autograd import sin
    >>> [derivative(sin, order=n)(0.0) for n in range(1, 5)]
    [1.0, 0.0, -1.0, 0.0]
    """
    if type(order) is not int or order < 0:
        raise InputValueError(f"an order is 0 or a positive whole number, not {order!r}")
    for _ in range(order):
        f = grad(f)
    return f


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the derivative of each result of ``f`` by each argument, in reverse mode.

    Returns
    -------
    callable
        Its result has the shape of the results of ``f``, with the shape of the arguments in place of each.

    Examples
    --------
    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([3.0, 2.0])
    [[2.0, 3.0], [6.0, 0.0]]
    """

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> Any:
        trace = Trace(f, args, argnums, constants)

        def row(result: Any) -> Any:
            outputs = [result] if isinstance(result, Node) else []
            if isinstance(result, Tensor):
                return trace.stacked(result)
            if is_array(result):
                return trace.shaped([np.zeros(result.shape + np.shape(x._data)) for x in trace.inputs])
            return trace.shaped(trace.pull(outputs, [1.0] * len(outputs)))

        return rebuild(trace.result, row)

    return wrapped


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that gives the second derivatives of ``f``: the jacobian of its gradient.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 2.0])
    [[4.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of ``f`` and its derivative in a direction, in forward mode: Jacobian times vector.

    Parameters
    ----------
    f : callable
        A function of ``len(primals)`` arguments.
    primals : sequence
        The arguments.
    tangents : sequence
        The direction: a number for each number in the arguments.

    Returns
    -------
    value, tangent
        Both in the shape of the result of ``f``.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, (3.0, 2.0), (1.0, 10.0))  # 1 * 2 + 3 * 10
    (6.0, 32.0)
    """
    primals = _listed(primals, "jvp")
    given = list(alongside(primals, tangents, "jvp needs a tangent for each number in the arguments"))
    trace = Trace(f, primals, range(len(primals)), {})
    pushed = trace.push([_beside(x, primal, "a tangent") for x, primal in zip(given, trace.inputs, strict=True)])
    tangent = rebuild(trace.result, lambda result: owned(pushed.get(id(result), nothing(result))))
    return trace.outward(trace.result), tangent


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of ``f``, and a function from a cotangent to the gradients: vector times Jacobian, in reverse mode.

    Returns
    -------
    value
        What ``f`` gives.
    pull : callable
        Takes a number for each number in the value, in its shape; returns a tuple of gradients, one for each argument.

    Examples
    --------
    >>> value, pull = vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> value, pull([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    trace = Trace(f, primals, range(len(primals)), {})

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = alongside(trace.result, cotangent, "vjp needs a cotangent for each number in the result")
        of_values = [
            _beside(x, result, "a cotangent")
            for x, result in zip(given, leaves(trace.result), strict=True)
            if isinstance(result, Node)
        ]
        gradients: tuple[Any, ...] = trace.shaped(trace.pull(trace.outputs, of_values))
        return gradients

    return trace.outward(trace.result), pull


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The second derivative of ``f`` times a vector, forward over reverse: no Hessian is formed.

    Returns
    -------
    In the shape of the argument; for several arguments, a tuple.

    Examples
    --------
    >>> hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 2.0],), ([1.0, 0.0],))
    [4.0, 6.0]
    """
    primals = _listed(primals, "hvp")
    argnums = 0 if len(primals) == 1 else range(len(primals))
    return jvp(grad(f, argnums), primals, tangents)[1]
