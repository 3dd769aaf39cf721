"""Features and labels, made fit for training: standardised, coded, and combined.

standardize             (x - mean) / deviation, of each feature
one_hot                 class 2 of 4   →   0 0 1 0
thermometer             class 2 of 4   →   0 1 1 1
polynomial_features     x, y           →   1, x, y, x², x y, y²
radial_features         x              →   exp(-β |x - p|²) for each centre p
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import comb
from typing import Any, NamedTuple

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from .arrays import MOST, Array, as_array, as_classes, as_table, count

__all__ = ["Scale", "one_hot", "polynomial_features", "radial_features", "standardize", "thermometer"]


class Scale(NamedTuple):
    """The mean and the standard deviation of each feature; a call standardises other samples with them.

    Examples
    --------
    >>> from nn.data import standardize
    >>> train, scale = standardize([[0.0], [2.0]])
    >>> scale([[4.0]]), scale.inverse([[3.0]])
    (array([[3.]]), array([[4.]]))
    """

    mean: Array
    deviation: Array

    def __call__(self, X: Any) -> Array:
        """Return ``(X - mean) / deviation``."""
        scaled: Array = (self._checked(X) - self.mean) / self.deviation
        return scaled

    def inverse(self, Z: Any) -> Array:
        """Return ``Z * deviation + mean``, the samples before they were standardised."""
        original: Array = self._checked(Z) * self.deviation + self.mean
        return original

    def _checked(self, given: Any) -> Array:
        array = as_array(given, "X")
        if array.shape[1:] != self.mean.shape:
            raise InputValueError(
                f"the samples have shape {array.shape[1:]}, and the scale was made of samples of shape "
                f"{self.mean.shape}"
            )
        return array


def standardize(X: Any) -> tuple[Array, Scale]:
    """Shift and scale each feature so that its mean is 0 and its deviation 1.

    ``z = (x - mean) / σ`` with the population's deviation, ``σ² = 1/n Σ (x - mean)²``. A feature that is the same in
    all samples becomes 0.

    Parameters
    ----------
    X : array, DataFrame, Tensor or sequence of numbers, of shape (samples, …)
        The samples for training, from which mean and deviation are taken.

    Returns
    -------
    ndarray
        The samples, standardised.
    Scale
        The statistics, as a function that standardises other samples with them.

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers; when the scale is called, if the features are not the same.

    Examples
    --------
    >>> from nn.data import standardize
    >>> Z, scale = standardize([1, 2, 3, 4, 5, 6])
    >>> float(scale.mean), float(scale.deviation)
    (3.5, 1.7078251277)
    >>> scale([3.5])
    array([0.])
    """
    array = as_array(X, "X").astype(float)
    mean, deviation = array.mean(axis=0), array.std(axis=0)
    # The rounded mean of equal numbers may differ from them, and leave a deviation of some 1e-17.
    same = array.min(axis=0) == array.max(axis=0)
    scale = Scale(np.where(same, array[0], mean)[()], np.where(same, 1.0, deviation)[()])
    return scale(array), scale


def one_hot(labels: Any, classes: int | None = None) -> Array:
    """Return a row for each label, with a 1 at the number of its class and 0 elsewhere.

    Parameters
    ----------
    labels : array, Series or sequence of int, of shape (samples,)
        The numbers of the classes, counted from 0.
    classes : int, optional
        The number of classes; by default one more than the largest label.

    Returns
    -------
    ndarray of float, of shape (samples, classes)

    Raises
    ------
    InputTypeError, InputValueError
        If a label is not a whole number from 0 to ``classes - 1``.

    Examples
    --------
    >>> from nn.data import one_hot
    >>> one_hot([2, 0], classes=4)
    array([[0., 0., 1., 0.],
           [1., 0., 0., 0.]])
    """
    numbers, most = as_classes(labels, "labels", classes)
    rows: Array = (numbers[:, None] == np.arange(most)).astype(float)
    return rows


def thermometer(labels: Any, classes: int | None = None) -> Array:
    """Return the thermometer code of each label: for class k, a row with k + 1 ones at the end, 0 elsewhere.

    Class 0 has one 1, and the highest class has ones only: the code keeps the order of the classes, which `one_hot`
    loses. The last entry is 1 for all classes.

    Parameters
    ----------
    labels, classes
        As in `one_hot`.

    Returns
    -------
    ndarray of float, of shape (samples, classes)

    Raises
    ------
    InputTypeError, InputValueError
        As `one_hot`.

    Examples
    --------
    >>> from nn.data import thermometer
    >>> thermometer([2, 0], classes=4)
    array([[0., 1., 1., 1.],
           [0., 0., 0., 1.]])
    """
    numbers, most = as_classes(labels, "labels", classes)
    rows: Array = (numbers[:, None] >= np.arange(most)[::-1]).astype(float)
    return rows


def polynomial_features(X: Any, degree: int, constant: bool = True) -> Array:
    """Return all products of the features, of up to ``degree`` factors.

    Of d features there are ``(d + degree)! / (d! degree!)`` such monomials, in the order 1, x, y, x², x y, y², x³, …

    Parameters
    ----------
    X : array, DataFrame or sequence of numbers, of shape (samples,) or (samples, features)
        The features.
    degree : int
        The largest number of factors of a product, at least 1.
    constant : bool
        True if the constant 1, the product of no factors, comes first; a model with a bias does not need it.

    Returns
    -------
    ndarray of float, of shape (samples, monomials)

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers, or the degree not a positive integer.

    Examples
    --------
    >>> from nn.data import polynomial_features
    >>> polynomial_features([[2.0, 3.0]], degree=2)
    array([[1., 2., 3., 4., 6., 9.]])
    """
    array, degree = as_table(X, "X"), count(degree, "degree")
    if not isinstance(constant, bool):
        raise InputTypeError(f"constant takes True or False, not {described(constant)}")
    features = array.shape[1]
    if degree > 1000 or (monomials := comb(features + degree, degree)) * len(array) > MOST:
        raise InputValueError(
            f"{features} features have too many products of up to {degree:,} factors for an array; take a lower degree"
        )
    columns = np.empty((len(array), monomials))
    columns[:, 0] = 1.0
    k = 1
    for factors in range(1, degree + 1):
        for chosen in combinations_with_replacement(range(features), factors):
            columns[:, k] = array[:, chosen].prod(axis=1)
            k += 1
    return columns if constant else columns[:, 1:]


def radial_features(X: Any, centers: Any = None, beta: float = 1.0) -> Array:
    """Return the radial basis function ``exp(-β |x - p|²)`` of each sample x and each centre p: 1 at p, 0 far away.

    Parameters
    ----------
    X : array, DataFrame or sequence of numbers, of shape (samples,) or (samples, features)
        The samples.
    centers : array or sequence, of shape (centres,) or (centres, features), optional
        The centres; by default the samples themselves.
    beta : float
        Positive; the larger it is, the narrower is the bump around each centre.

    Returns
    -------
    ndarray of float, of shape (samples, centres)

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers, samples and centres differ in the number of features, or ``beta`` is
        not positive.

    Examples
    --------
    >>> from nn.data import radial_features
    >>> radial_features([0.0, 1.0, 2.0], centers=[0.0])
    array([[1.        ],
           [0.36787944],
           [0.01831564]])
    """
    array = as_table(X, "X")
    points = array if centers is None else as_table(centers, "centers")
    if array.shape[1] != points.shape[1]:
        raise InputValueError(f"the samples have {array.shape[1]} features and the centres have {points.shape[1]}")
    width = number(beta, "beta")
    if not 0 < width < np.inf:
        raise InputValueError(f"beta is positive and finite, not {shortened(beta)}")
    with np.errstate(over="ignore"):  # a distance beyond the largest float is far away
        squares = sum((array[:, None, k] - points[:, k]) ** 2 for k in range(array.shape[1]))
        near: Array = np.exp(-width * squares)
    return near
