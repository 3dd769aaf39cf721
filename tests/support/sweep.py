"""One function in every mode: what each mode says of its values, gradients and second derivatives at many points.

A `Case` is a function of some numbers with points to evaluate it at. A *mode* is a function of a case that gives a
`Told`. All modes must tell the same, and `mathematics` tells it without this project.
"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import mpmath
import numpy as np

import autograd
from autograd import Tensor, Value, grad, hessian, hvp, jvp, vjp

DIRECTION = (1.0, -0.5, 2.0, 0.25, -1.0, 0.75, 0.5, -2.0, 1.5, -0.25, 3.0, -0.75)  # along which it is bent


class Case(NamedTuple):
    """A function of ``n`` numbers, with ``n`` numbers for each point.

    ``numbers`` takes them one by one. ``columns``, if there is one, takes ``n`` arrays with a place for each point and
    gives such an array. ``whole`` takes arrays of the ``shapes``, which the numbers fill one after the other. ``exact``
    is the function in mpmath.
    """

    points: list[tuple[float, ...]]
    numbers: Callable[..., Any]
    columns: Callable[..., Any] | None = None
    whole: Callable[..., Any] | None = None
    shapes: tuple[tuple[int, ...], ...] = ()
    exact: Callable[..., Any] | None = None
    ours: bool = True  # on plain numbers, too; an operator is Python's there
    compiles: bool = True  # of single numbers; no function of arrays does


class Told(NamedTuple):
    """The values, a row for each gradient, and a row for each Hessian times `DIRECTION`; None if not computed."""

    value: Any = None
    gradient: Any = None
    second: Any = None


def of_arrays(points, whole, *shapes, exact=None):
    """The case of a function of arrays whose result, weighted, is summed up."""
    total = lambda *arrays: weighted(whole(*arrays))
    return Case(points, lambda *xs: total(*_filled(xs, shapes)), None, total, shapes, exact, compiles=False)


def weighted(result):
    """One number of a result of any shape, or of a list of results."""
    if isinstance(result, list):
        return sum(weighted(part) for part in result)
    shape = np.shape(result)
    with np.errstate(all="ignore"):  # of this sum, not of what is summed up
        return (result * np.cos(np.arange(np.prod(shape)).reshape(shape))).sum() if shape else result


def _filled(numbers, shapes):
    """Arrays of some shapes, filled with numbers or values."""
    numbers = iter(numbers)
    return [autograd.stack([*itertools.islice(numbers, int(np.prod(shape)))]).reshape(shape) for shape in shapes]


def _point_by_point(case, tell):
    """The `Told` of a case from that of each point."""
    told = [tell(point) for point in case.points]
    return Told(*(None if part[0] is None else np.array(part, float) for part in zip(*told, strict=True)))


def _columns(case, dtype=float):
    return [np.array(column, dtype) for column in np.asarray(case.points, float).T]


def _number(x):
    return float(x.data) if isinstance(x, Value | Tensor) else float(x)


def _slope(x):
    """The gradient of a leaf; zeros if the result does not depend on it."""
    return np.zeros(np.shape(x.data)) if x.grad is None else np.asarray(x.grad)


def _each(found):
    """The result of `hvp` for each argument, also if there is only one."""
    return found if isinstance(found, tuple) else [found]


def _backward(y):
    if isinstance(y, Value | Tensor):  # some results depend on no argument
        y.backward()


def _reverse(f, leaves):
    y = f(*leaves)
    _backward(y)
    return Told(_number(y), _flat(map(_slope, leaves)))


def _operators(f, arguments):
    """The first derivative by `vjp`, the second by `grad` of `grad`."""
    every = range(len(arguments))
    value, pull = vjp(f, *arguments)
    directions = _like(arguments, DIRECTION)

    def along(*xs):
        parts = [g * d for g, d in zip(grad(f, every)(*xs), directions, strict=True)]
        return sum(part.sum() if np.ndim(part) else part for part in parts)

    gradient = pull(np.ones(()) if isinstance(value, np.ndarray) else 1.0)
    return Told(_number(value), _flat(gradient), _flat(grad(along, every)(*arguments)))


def _forward(f, arguments):
    """The first derivatives by `jvp`, the second by `hvp`."""
    units = np.eye(int(sum(map(np.size, arguments))))
    both = [jvp(f, arguments, _like(arguments, unit)) for unit in units]
    second = hvp(f, arguments, _like(arguments, DIRECTION))
    return Told(_number(both[0][0]), [_number(slope) for _, slope in both], _flat(_each(second)))


def _flat(parts):
    return np.concatenate([np.ravel(part) for part in parts])


def _like(arguments, numbers):
    """Numbers in the form of the arguments: floats, or arrays of their shapes."""
    numbers = iter(numbers)
    parts = [np.array([*itertools.islice(numbers, int(np.size(x)))]).reshape(np.shape(x)) for x in arguments]
    return [part if isinstance(x, np.ndarray) else float(part) for part, x in zip(parts, arguments, strict=True)]


# --- Modes of single numbers ------------------------------------------------------------------------------------------


def floats(case):
    return _point_by_point(case, lambda point: Told(_number(case.numbers(*point))))


def values(case):
    return _point_by_point(case, lambda point: _reverse(case.numbers, [Value(x) for x in point]))


def tensors_without_axes(case):
    return _point_by_point(case, lambda point: _reverse(case.numbers, [Tensor(x) for x in point]))


def operators(case):
    return _point_by_point(case, lambda point: _operators(case.numbers, point))


def operators_without_axes(case):
    return _point_by_point(case, lambda point: _operators(case.numbers, [np.array(x) for x in point]))


def forward(case):
    return _point_by_point(case, lambda point: _forward(case.numbers, point))


def forward_over_forward(case):
    def tell(point):
        along = lambda *xs: jvp(case.numbers, xs, DIRECTION[: len(xs)])[1]
        return Told(second=[_number(jvp(along, point, unit)[1]) for unit in np.eye(len(point)).tolist()])

    return _point_by_point(case, tell)


def hessians(case):
    def tell(point):
        matrix = np.array(hessian(case.numbers, range(len(point)))(*point), float)
        return Told(second=[sum(x * d for x, d in zip(row, DIRECTION) if x) for row in matrix.tolist()])  # noqa: B905

    return _point_by_point(case, tell)


def compiled(case):
    function = autograd.compile(case.numbers)
    return _point_by_point(case, lambda point: _reverse(function, [Value(x) for x in point]))


# --- Modes with a place for each point --------------------------------------------------------------------------------


def columns_of_floats(case):
    return Told(np.asarray(case.columns(*_columns(case)), float))


def columns_of_tensors(case, dtype=float, function=None):
    xs = [Tensor(column) for column in _columns(case, dtype)]
    y = (function or case.columns)(*xs)
    if not isinstance(y, Tensor):  # it depends on no argument
        y = Tensor(np.full(len(case.points), _number(y), dtype))
    y.sum().backward()
    return Told(np.asarray(y.data), np.stack([_slope(x) for x in xs], axis=-1))


def columns_of_values(case):
    xs = [np.array([*map(Value, column)], object) for column in _columns(case)]
    with np.errstate(all="ignore"):  # numpy's loop over objects
        y = case.columns(*xs)
    for each in np.ravel(y.values() if isinstance(y, Tensor) else y):
        _backward(each)
    gradient = np.array([[_slope(x) for x in column] for column in xs], float)
    return Told(np.array([*map(_number, np.ravel(y.data if isinstance(y, Tensor) else y))]), gradient.T)


def columns_by_operators(case, dtype=float):
    columns = _columns(case, dtype)
    every = range(len(columns))
    value, pull = vjp(case.columns, *columns)
    gradients = grad(lambda *xs: case.columns(*xs).sum(), every)
    along = lambda *xs: sum((g * d).sum() for g, d in zip(gradients(*xs), DIRECTION))  # noqa: B905
    second = grad(along, every)(*columns)
    return Told(value, *(np.stack(part, axis=-1) for part in (pull(np.ones_like(value)), second)))


def columns_forward(case, dtype=float):
    columns = _columns(case, dtype)
    still = [np.zeros(x.shape, dtype) for x in columns]
    slopes = []
    for k, column in enumerate(columns):
        value, slope = jvp(case.columns, columns, [*still[:k], np.ones(column.shape, dtype), *still[k + 1 :]])
        slopes.append(slope)
    bent = [np.full(x.shape, d, dtype) for x, d in zip(columns, DIRECTION)]  # noqa: B905
    second = _each(hvp(lambda *xs: case.columns(*xs).sum(), columns, bent))
    return Told(value, np.stack(slopes, axis=-1), np.stack(second, axis=-1))


def compiled_lanes(case):
    return columns_of_tensors(case, function=autograd.compile(case.numbers))


# --- Modes of whole arrays --------------------------------------------------------------------------------------------


def _arrays(case, point, make=float):
    """The numbers of a point in arrays, made by ``make``."""
    numbers = map(make, point)
    kind = object if make is Value else float
    return [np.array([*itertools.islice(numbers, int(np.prod(shape)))], kind).reshape(shape) for shape in case.shapes]


def arrays_of_floats(case):
    return _point_by_point(case, lambda point: Told(_number(case.whole(*_arrays(case, point)))))


def arrays_of_values(case):
    def tell(point):
        xs = _arrays(case, point, Value)
        y = case.whole(*xs)
        _backward(y)
        return Told(_number(y), [_slope(each) for x in xs for each in x.ravel()])

    return _point_by_point(case, tell)


def tensors(case):
    return _point_by_point(case, lambda point: _reverse(case.whole, [*map(Tensor, _arrays(case, point))]))


def arrays_by_operators(case):
    return _point_by_point(case, lambda point: _operators(case.whole, _arrays(case, point)))


def arrays_forward(case):
    return _point_by_point(case, lambda point: _forward(case.whole, _arrays(case, point)))


def compiled_arrays(case):
    function = autograd.compile(case.whole, batch=False)
    return _point_by_point(case, lambda point: _reverse(function, [*map(Tensor, _arrays(case, point))]))


OF_NUMBERS = [values, operators, floats, tensors_without_axes, operators_without_axes, forward, forward_over_forward,
              hessians, compiled]  # fmt: skip
OF_COLUMNS = [columns_of_floats, columns_of_tensors, columns_of_values, columns_by_operators, columns_forward,
              compiled_lanes]  # fmt: skip
OF_WHOLES = [arrays_of_floats, arrays_of_values, tensors, arrays_by_operators, arrays_forward, compiled_arrays]


def modes(case):
    """The modes that a case has."""
    found = OF_NUMBERS + (OF_COLUMNS if case.columns else []) + (OF_WHOLES if case.whole else [])
    left_out = [] if case.ours else [floats, columns_of_floats]
    left_out += [] if case.compiles else [compiled]
    left_out += [tensors_without_axes, operators_without_axes] if case.whole else []  # there they are parts of arrays
    return [mode for mode in found if mode not in left_out]


# --- The mathematics --------------------------------------------------------------------------------------------------


def mathematics(case):
    """The `Told` of each point by mpmath; nan where a number is not finite, not real, or there is a kink."""

    def safely(point):
        try:
            if all(1e-30 < abs(x) < 1e30 or repr(x) == "0.0" for x in point):
                return _exactly(case.exact, [mpmath.mpf(x) for x in point])
        except (ArithmeticError, ValueError, TypeError, mpmath.libmp.NoConvergence):
            pass  # outside of the domain
        return Told(np.nan, [np.nan] * len(point), [np.nan] * len(point))

    return _point_by_point(case, safely)


def _exactly(f, point):
    """By differences on either side, whose steps differ: where a slope is infinite they give other numbers."""
    size = [(abs(x) or 1) * mpmath.mpf(10) ** -20 for x in point]

    def at(side, *places):
        return f(*(x + step * side * places.count(j) for j, (x, step) in enumerate(zip(point, size, strict=True))))

    def slope(side, i):
        return (at(side, i) - at(side)) / (side * size[i])

    def bend(side, i, j):
        return (at(side, i, j) - at(side, i) - at(side, j) + at(side)) / (side**2 * size[i] * size[j])

    every = range(len(point))
    slopes = [_regular(slope(1, i), slope(-0.125, i)) for i in every]
    bends = [[_regular(bend(1, i, j), bend(-0.125, i, j)) + 0 * slopes[i] for j in every] for i in every]
    return Told(_regular(at(1), at(-1)), slopes, [sum(x * d for x, d in zip(row, DIRECTION)) for row in bends])  # noqa: B905


def _regular(ahead, behind):
    """The numbers found on two sides as one float; nan if they are not real, not finite, or not the same."""
    if any(mpmath.im(x) or not mpmath.isfinite(x) for x in (ahead, behind)):
        return np.nan
    same = abs(ahead - behind) <= mpmath.mpf(10) ** -10 * max(abs(ahead), abs(behind), mpmath.mpf(10) ** -30)
    return float((ahead + behind) / 2) if same else np.nan
