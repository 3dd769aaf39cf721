"""The classic toy data sets, drawn from a seed, and real ones from scikit-learn if it is installed.

    two classes      moons  circles  xor  stripes        y is 0 or 1
    several          blobs  spirals                      y counts the classes from 0
    regression       regression_line  sine               y is a number

All return ``X`` of shape (samples, features) and ``y`` of shape (samples,). For losses of labels -1 and 1 write
``2 * y - 1``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputValueError, shortened

from ..given import found_name, is_sequence
from .arrays import Array, Seed, as_generator, as_table, count

__all__ = ["blobs", "circles", "load_dataset", "moons", "regression_line", "sine", "spirals", "stripes", "xor"]

Set = tuple[Array, Array]

LARGEST = 1e100


def _amount(given: Any, what: str) -> float:
    """A number that is not negative, and small enough for finite products."""
    amount = number(given, what)
    if not 0 <= amount <= LARGEST:
        raise InputValueError(f"{what} is a number from 0 to {LARGEST:g}, not {shortened(given)}")
    return amount


def _noisy(points: Array, labels: Array, noise: float, rng: np.random.Generator) -> Set:
    """Points with normal noise, and their labels, in a random order."""
    order = rng.permutation(len(points))
    return (points + rng.normal(0.0, _amount(noise, "noise"), points.shape))[order], labels[order]


def _on_circle(angles: Array, radius: Any = 1.0) -> Array:
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def moons(n: int = 100, noise: float = 0.1, rng: Seed = 0) -> Set:
    """Two interleaving half circles, one for each class.

    Parameters
    ----------
    n : int
        The number of points.
    noise : float
        The standard deviation of the noise on each coordinate.
    rng : int, numpy.random.Generator, random.Random or None
        The seed, or a generator.

    Returns
    -------
    X : ndarray of shape (n, 2)
    y : ndarray of int, of shape (n,)
        0 for the upper moon, 1 for the lower one.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is of the wrong kind, or out of range.

    Examples
    --------
    >>> from nn import MLP, data, losses
    >>> X, y = data.moons(100, noise=0.1, rng=1337)
    >>> X.shape, int(y.sum())
    ((100, 2), 50)
    >>> model = MLP(2, [16, 16, 1])
    >>> losses.hinge([model(x) for x in X[:4]], 2 * y[:4] - 1).backward()
    """
    upper = (count(n, "n") + 1) // 2
    upper_angles, lower_angles = np.linspace(0, np.pi, upper), np.linspace(0, np.pi, n - upper)
    lower = [1.0, 0.5] - _on_circle(lower_angles)
    points = np.concatenate([_on_circle(upper_angles), lower])
    return _noisy(points, np.repeat([0, 1], [upper, n - upper]), noise, as_generator(rng))


def circles(n: int = 100, noise: float = 0.05, factor: float = 0.5, rng: Seed = 0) -> Set:
    """A circle of radius 1, class 0, and a smaller one of radius ``factor`` inside it, class 1.

    Parameters, results and errors are those of `moons`.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.circles(6, noise=0.0)
    >>> (X**2).sum(axis=1)[y == 1]
    array([0.25, 0.25, 0.25])
    """
    outer = (count(n, "n") + 1) // 2
    sizes = [outer, n - outer]
    angles = np.concatenate([np.linspace(0, 2 * np.pi, size, endpoint=False) for size in sizes])
    radii = np.repeat([1.0, _amount(factor, "factor")], sizes)
    return _noisy(_on_circle(angles, radii), np.repeat([0, 1], sizes), noise, as_generator(rng))


def spirals(n: int = 150, classes: int = 3, noise: float = 0.02, turns: float = 0.75, rng: Seed = 0) -> Set:
    """Arms of a spiral that begin in the middle, one for each class, ``turns`` of a circle long.

    The other parameters, results and errors are those of `moons`.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.spirals(150, classes=3)
    >>> [int((y == k).sum()) for k in range(3)]
    [50, 50, 50]
    """
    classes, length = count(classes, "classes"), _amount(turns, "turns")
    labels = np.arange(count(n, "n")) % classes
    radii = (np.arange(n) // classes + 1) / (-(-n // classes))
    angles = 2 * np.pi * (length * radii + labels / classes)
    return _noisy(_on_circle(angles, radii), labels, noise, as_generator(rng))


def blobs(n: int = 150, centers: Any = 3, deviation: float = 0.5, rng: Seed = 0) -> Set:
    """Normally distributed points around centres, a class for each centre.

    Parameters
    ----------
    n : int
        The number of points.
    centers : int, or array of shape (classes, features)
        The centres; if their number is given, they are drawn from the square from -3 to 3.
    deviation : float
        The standard deviation of each coordinate around the centre.
    rng : int, numpy.random.Generator, random.Random or None
        The seed, or a generator.

    Returns
    -------
    X, y : ndarray
        As `moons`.

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is of the wrong kind, or out of range.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.blobs(4, centers=[[-1.0, 0.0], [1.0, 0.0]], deviation=0.0)
    >>> X[y == 1]
    array([[1., 0.],
           [1., 0.]])
    """
    generator = as_generator(rng)
    if is_sequence(centers):
        middles = as_table(centers, "centers")
    else:
        middles = generator.uniform(-3.0, 3.0, (count(centers, "centers"), 2))
    labels = np.arange(count(n, "n")) % len(middles)
    return _noisy(middles[labels], labels, _amount(deviation, "deviation"), generator)


def xor(n: int = 100, noise: float = 0.0, rng: Seed = 0) -> Set:
    """Points of the square from -1 to 1, of class 1 where the signs of their coordinates differ.

    Parameters, results and errors are those of `moons`.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.xor(100)
    >>> bool((y == (X[:, 0] * X[:, 1] < 0)).all())
    True
    """
    generator = as_generator(rng)
    points = generator.uniform(-1.0, 1.0, (count(n, "n"), 2))
    return _noisy(points, (points[:, 0] * points[:, 1] < 0).astype(np.int64), noise, generator)


def stripes(n: int = 100, stripes: int = 4, noise: float = 0.0, rng: Seed = 0) -> Set:
    """Points of the square from -1 to 1, in upright stripes whose classes alternate.

    The other parameters, results and errors are those of `moons`.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.stripes(100, stripes=2)
    >>> bool((y == (X[:, 0] > 0)).all())
    True
    """
    generator = as_generator(rng)
    points = generator.uniform(-1.0, 1.0, (count(n, "n"), 2))
    labels = np.floor((points[:, 0] + 1) / 2 * count(stripes, "stripes")).astype(np.int64) % 2
    return _noisy(points, labels, noise, generator)


def regression_line(n: int = 20, slope: float = 2.0, intercept: float = 1.0, noise: float = 0.3, rng: Seed = 0) -> Set:
    """A straight line with noise: ``y = slope x + intercept + noise``, for x from -1 to 1.

    Parameters
    ----------
    n : int
        The number of points.
    slope, intercept : float
        The line.
    noise : float
        The standard deviation of the noise on ``y``.
    rng : int, numpy.random.Generator, random.Random or None
        The seed, or a generator.

    Returns
    -------
    X : ndarray of shape (n, 1)
        In ascending order.
    y : ndarray of shape (n,)

    Raises
    ------
    InputTypeError, InputValueError
        If an argument is of the wrong kind, or out of range.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.regression_line(3, noise=0.0)
    >>> X.tolist(), y.tolist()
    ([[-1.0], [0.0], [1.0]], [-1.0, 1.0, 3.0])
    """
    x = np.linspace(-1.0, 1.0, count(n, "n"))
    return _with_noise(x, number(slope, "slope") * x + number(intercept, "intercept"), noise, rng)


def sine(n: int = 50, noise: float = 0.1, rng: Seed = 0) -> Set:
    """A period of the sine with noise: ``y = sin(x) + noise``, for x from -π to π.

    Parameters, results and errors are those of `regression_line`.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.sine(5, noise=0.0)
    >>> X.shape, float(y[3])
    ((5, 1), 1.0)
    """
    x = np.linspace(-np.pi, np.pi, count(n, "n"))
    return _with_noise(x, np.sin(x), noise, rng)


def _with_noise(x: Array, y: Array, noise: float, rng: Seed) -> Set:
    return x[:, None], y + as_generator(rng).normal(0.0, _amount(noise, "noise"), len(x))


REAL = ["iris", "digits", "wine", "breast_cancer", "diabetes"]


def load_dataset(name: str) -> Set:
    """Return one of the real data sets that come with scikit-learn.

    Parameters
    ----------
    name : str
        ``"iris"``, ``"digits"``, ``"wine"``, ``"breast_cancer"`` or, for regression, ``"diabetes"``.

    Returns
    -------
    X : ndarray of shape (samples, features)
    y : ndarray of shape (samples,)

    Raises
    ------
    InputTypeError, InputValueError
        If there is no such set.
    ImportError
        If scikit-learn is not installed.

    Examples
    --------
    >>> from nn import data
    >>> X, y = data.load_dataset("iris")
    >>> X.shape, int(y.max())
    ((150, 4), 2)
    """
    if not isinstance(name, str):
        raise InputValueError(f"load_dataset takes the name of a set, one of {', '.join(REAL)}, not {shortened(name)}")
    known = found_name(name, REAL, "set of data")
    try:
        from sklearn import datasets
    except ImportError:
        raise ImportError(
            f"the set of data {known!r} comes with scikit-learn, which is not installed: pip install scikit-learn"
        ) from None
    X, y = getattr(datasets, f"load_{known}")(return_X_y=True)
    return X, y
