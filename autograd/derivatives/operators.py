"""Derivatives as functions: ``grad(f)`` is a function like ``f``, and can be differentiated again.

grad(f)(x)            f is recorded on a copy of x; one reverse pass over the record; nothing is deposited
grad(grad(f))(x)      the same for grad(f): the inner pass is recorded too, since its rules run on values
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import wraps
from typing import Any

import numpy as np

from ..arrays.readonly import as_data
from ..arrays.tensor import Tensor
from ..core.numbers import number
from ..core.tape import Node
from ..core.value import Value
from ..errors import InputTypeError, InputValueError, described
from .nests import alongside, leaves, rebuild
from .nodes import nodes
from .tracing import Function, Trace, is_array, nothing, owned

__all__ = ["derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def _listed(primals: Any, operator: str) -> tuple[Any, ...]:
    """The arguments given to an operator that takes them as a sequence."""
    if not isinstance(primals, (list, tuple)):
        raise InputTypeError(
            f"{operator} takes the arguments as a sequence, not {described(primals)}; for one argument write (x,)"
        )
    return tuple(primals)


def _beside(given: Any, model: Node, what: str) -> Any:
    """A tangent or cotangent in the shape of the value or tensor that it belongs to."""
    if not isinstance(model, Tensor):
        if isinstance(given, Tensor):
            if given.ndim:
                raise InputValueError(f"{what} of a single number is a number, not an array of shape {given.shape}")
            return nodes.entry(given, ())
        return given if isinstance(given, Value) else number(given, what)
    shape = model._data.shape
    if isinstance(given, Value) and not shape:
        return nodes.reshape(nodes.stack(given), ())
    if isinstance(given, Value) or np.shape(given) != shape:
        found = "a single value" if isinstance(given, Value) else np.shape(given)
        raise InputValueError(f"{what} of an array of shape {shape} has that shape, not {found}")
    return given if isinstance(given, Tensor) else as_data(given, what, model._data.dtype)


def _checked(f: Any, operator: str) -> Function:
    """The function that an operator is given."""
    if not callable(f):
        raise InputTypeError(
            f"{operator} takes a function, not {described(f)}; write {operator}(lambda x: …), or call .backward() on "
            "a value"
        )
    return f  # type: ignore[no-any-return]


def _by_position(
    f: Function, args: tuple[Any, ...], constants: dict[str, Any], argnums: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, with keywords moved to their positions, as far as ``argnums`` asks for them."""
    wanted = argnums if isinstance(argnums, (list, tuple, range)) else [argnums]
    if not constants or all(type(k) is int and -len(args) <= k < len(args) for k in wanted):
        return args, constants
    try:
        parameters = list(inspect.signature(f).parameters.values())[len(args) :]
    except (TypeError, ValueError):  # a built-in function that does not say
        return args, constants
    rest = dict(constants)
    for parameter in parameters:
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD or parameter.name not in rest:
            break
        args = (*args, rest.pop(parameter.name))
    return args, rest


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """A function that gives the value of ``f`` and its gradient.

    Parameters
    ----------
    f : callable
        A function with one result, of numbers, values, or lists, tuples and dicts of them.
    argnums : int or sequence of int
        The positions of the arguments to differentiate by, counted from 0. The others are constants.
    has_aux : bool
        True if ``f`` returns a pair: the result to differentiate, and something else, which is passed through.

    Returns
    -------
    callable
        With the arguments of ``f``. It returns the value and, in the shape of the argument, the gradient; a tuple of
        gradients for several argnums. They are floats, or values where they depend on values of the caller's. With
        ``has_aux`` the value is a pair, as ``f`` returns it.

    Raises
    ------
    InputTypeError
        If ``f`` cannot be called, its result is not one number, or ``has_aux`` is neither True nor False.
    InputValueError
        If ``argnums`` asks for an argument that is not there, or twice for one.

    Examples
    --------
    >>> value_and_grad(lambda x, y: x**2 * y)(3.0, 2.0)
    (18.0, 12.0)
    >>> value_and_grad(lambda p: p["w"] * p["x"])({"w": 3.0, "x": 2.0})
    (6.0, {'w': 2.0, 'x': 3.0})
    """
    _checked(f, "value_and_grad")
    if not isinstance(has_aux, (bool, np.bool_)):
        raise InputTypeError(f"has_aux is True or False, not {described(has_aux)}")

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> tuple[Any, Any]:
        args, constants = _by_position(f, args, constants, argnums)
        aux: list[Any] = []
        trace = Trace(_without_aux(f, aux) if has_aux else f, args, argnums, constants)
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
        value = trace.outward(trace.result)
        gradient = trace.shaped(trace.pull(trace.outputs, ones))
        return ((value, trace.outward(aux[0])) if has_aux else value), gradient

    return wrapped


def _without_aux(f: Function, aux: list[Any]) -> Function:
    """The function ``f`` without the second part of its result, which is kept in ``aux``."""

    @wraps(f)
    def first(*args: Any, **constants: Any) -> Any:
        pair = f(*args, **constants)
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise InputTypeError(f"with has_aux=True the function returns a pair (result, aux), not {described(pair)}")
        aux.append(pair[1])
        return pair[0]

    return first


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """A function that gives the gradient of ``f``: as `value_and_grad`, without the value.

    With ``has_aux`` it returns the pair of the gradient and the second part of what ``f`` returned.

    Examples
    --------
    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 2.0)
    (2.0, 3.0)
    """
    both = value_and_grad(_checked(f, "grad"), argnums, has_aux)

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> Any:
        value, gradient = both(*args, **constants)
        return (gradient, value[1]) if has_aux else gradient

    return wrapped


def derivative(f: Function, order: int = 1) -> Function:
    """The derivative of a function of one variable, of any order; of an array it is taken element by element.

    Parameters
    ----------
    f : callable
        A function of a number that gives a number, or one of an array that gives an array of the same shape, each
        element of which depends on the element of the argument at its place alone. Further arguments are constants.
    order : int
        The number of differentiations, from 0 to 64. The cost grows with the size of the formula of that derivative.

    Raises
    ------
    InputTypeError
        If ``f`` cannot be called.
    InputValueError
        If the order is not such a number, or an element of the result depends on another element of the argument.

    Examples
    --------
    >>> from autograd import sin
    >>> [derivative(sin, order=n)(0.0) for n in range(1, 5)]
    [1.0, 0.0, -1.0, 0.0]
    >>> import numpy as np
    >>> derivative(sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])
    """
    _checked(f, "derivative")
    if type(order) is not int or not 0 <= order <= HIGHEST:
        raise InputValueError(f"an order is a whole number from 0 to {HIGHEST}, not {described(order)}")
    for _ in range(order):
        f = _elementwise_derivative(f)
    return f


HIGHEST = 64  # order of a derivative: each one records the one before


def _has_axes(x: Any) -> bool:
    try:
        return np.ndim(x._data if isinstance(x, Tensor) else x) > 0
    except ValueError:  # lists of different lengths are no array
        return False


def _elementwise_derivative(f: Function) -> Function:
    of_number = grad(f)

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> Any:
        if not args or not _has_axes(args[0]):
            return of_number(*args, **constants)
        trace = Trace(f, args, 0, constants)
        shapes = [np.shape(x._data) for x in (*trace.inputs, *trace.outputs)]
        if len(trace.outputs) == 1 and len(trace.inputs) == 1 and shapes[0] == shapes[1]:
            [slope] = trace.pull(trace.outputs, [np.ones_like(trace.outputs[0]._data)])
            if trace.is_elementwise(slope):
                return trace.shaped([slope])
        raise InputValueError(
            "derivative takes a function of an array element by element, each of its results from one element of the "
            "argument; use jacobian, or grad of a sum"
        )

    return wrapped


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
    _checked(f, "jacobian")

    @wraps(f)
    def wrapped(*args: Any, **constants: Any) -> Any:
        args, constants = _by_position(f, args, constants, argnums)
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
    return jacobian(grad(_checked(f, "hessian"), argnums), argnums)


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
    trace = Trace(_checked(f, "jvp"), primals, range(len(primals)), {})
    pushed = trace.push([_beside(x, primal, "a tangent") for x, primal in zip(given, trace.inputs, strict=True)])
    tangent = rebuild(trace.result, lambda result: owned(pushed.get(id(result), nothing(result))))
    return trace.outward(trace.result), tangent


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """The value of ``f``, and a function from a cotangent to the gradients: vector times Jacobian, in reverse mode.

    Returns
    -------
    value
        The result of ``f``.
    pull : callable
        Takes a number for each number in the value, in its shape; returns a tuple of gradients, one for each argument.

    Examples
    --------
    >>> value, pull = vjp(lambda x, y: [x * y, x + y], 3.0, 2.0)
    >>> value, pull([1.0, 10.0])
    ([6.0, 5.0], (12.0, 13.0))
    """
    trace = Trace(_checked(f, "vjp"), primals, range(len(primals)), {})

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
    _checked(f, "hvp")
    primals = _listed(primals, "hvp")
    argnums = 0 if len(primals) == 1 else range(len(primals))
    return jvp(grad(f, argnums), primals, tangents)[1]
