"""Augmentation: random shifts, crops, flips and noise, so that each epoch sees different images.

Images are arrays of shape (samples, height, width) or (samples, channels, height, width). Each function returns new
images and leaves its arguments as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.core.numbers import number
from autograd.errors import InputValueError, shortened

from .arrays import Array, Seed, as_array, as_generator, count

__all__ = ["random_crop", "random_flip", "random_noise", "random_shift"]


def _images(given: Any) -> Array:
    array = as_array(given, "images")
    if array.ndim not in (3, 4):
        raise InputValueError(
            f"images have shape (samples, height, width) or (samples, channels, height, width), not {array.shape}; for "
            "rows of pixels write images.reshape(-1, height, width)"
        )
    return array


def _windows(images: Array, tops: Array, lefts: Array, height: int, width: int) -> Array:
    """Cut a window out of each image, at the rows and columns where it begins."""
    rows = tops[:, None, None] + np.arange(height)[:, None]
    columns = lefts[:, None, None] + np.arange(width)
    samples = np.arange(len(images))[:, None, None]
    # An index on each side of a slice moves the indexed axes to the front; the channels go back behind the samples.
    cut = images[samples, ..., rows, columns]
    return np.moveaxis(cut, -1, 1) if images.ndim == 4 else cut


def random_shift(images: Any, most: int = 1, rng: Seed = None, fill: float = 0.0) -> Array:
    """Move each image by up to ``most`` pixels up or down, and left or right.

    Parameters
    ----------
    images : array of shape (samples, height, width) or (samples, channels, height, width)
        The images.
    most : int
        The largest shift in pixels.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the shifts.
    fill : float
        The value of pixels that are moved in from outside the image.

    Returns
    -------
    ndarray
        Of the same shape and type.

    Raises
    ------
    InputTypeError, InputValueError
        If the images are of another shape or not of finite numbers, or the shift is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import random_shift
    >>> random_shift(np.eye(3)[None], most=1, rng=0)
    array([[[0., 1., 0.],
            [0., 0., 1.],
            [0., 0., 0.]]])
    """
    array, most, generator = _images(images), count(most, "most", least=0), as_generator(rng)
    height, width = array.shape[-2:]
    if most > max(height, width):
        raise InputValueError(f"a shift of up to {most} pixels moves images of {height}×{width} out of sight")
    edges = [(0, 0)] * (array.ndim - 2) + [(most, most)] * 2
    padded = np.pad(array, edges, constant_values=number(fill, "fill"))
    tops, lefts = generator.integers(0, 2 * most, (2, len(array)), endpoint=True)
    return _windows(padded, tops, lefts, height, width)


def random_crop(images: Any, size: int | tuple[int, int], rng: Seed = None) -> Array:
    """Crop each image to a window at a random place.

    Parameters
    ----------
    images : array of shape (samples, height, width) or (samples, channels, height, width)
        The images.
    size : int or (int, int)
        The height and the width of the window.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the windows.

    Returns
    -------
    ndarray of shape (samples, …, height, width)

    Raises
    ------
    InputTypeError, InputValueError
        If the images are of another shape or not of finite numbers, or smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import random_crop
    >>> random_crop(np.arange(9.0).reshape(1, 3, 3), size=2, rng=0)
    array([[[4., 5.],
            [7., 8.]]])
    """
    array, generator = _images(images), as_generator(rng)
    both = size if isinstance(size, (tuple, list)) and len(size) == 2 else (size, size)
    height, width = (count(each, "size") for each in both)
    down, across = array.shape[-2] - height, array.shape[-1] - width
    if down < 0 or across < 0:
        raise InputValueError(
            f"parts of {height}×{width} do not fit into images of {array.shape[-2]}×{array.shape[-1]}"
        )
    tops = generator.integers(0, down, len(array), endpoint=True)
    lefts = generator.integers(0, across, len(array), endpoint=True)
    return _windows(array, tops, lefts, height, width)


def random_flip(images: Any, probability: float = 0.5, rng: Seed = None) -> Array:
    """Mirror some of the images from left to right.

    Parameters
    ----------
    images : array of shape (samples, height, width) or (samples, channels, height, width)
        The images.
    probability : float
        The probability with which each image is flipped.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the choice of images.

    Returns
    -------
    ndarray
        Of the same shape and type.

    Raises
    ------
    InputTypeError, InputValueError
        If the images are of another shape or not of finite numbers, or the probability is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from nn.data import random_flip
    >>> random_flip(np.array([[[1.0, 2.0]]]), probability=1)
    array([[[2., 1.]]])
    """
    array, generator = _images(images), as_generator(rng)
    chance = number(probability, "probability")
    if not 0 <= chance <= 1:
        raise InputValueError(f"probability is between 0 and 1, not {shortened(probability)}")
    flipped = (generator.random(len(array)) < chance).reshape(-1, *[1] * (array.ndim - 1))
    return np.where(flipped, array[..., ::-1], array)


def random_noise(X: Any, deviation: float = 0.1, rng: Seed = None) -> Array:
    """Add Gaussian noise of mean 0 to each number of images, or of any other inputs.

    Parameters
    ----------
    X : array, DataFrame or sequence of numbers, of any shape
        The inputs.
    deviation : float
        The standard deviation of the noise.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the noise.

    Returns
    -------
    ndarray of float
        Of the same shape.

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers, or the deviation is negative.

    Examples
    --------
    >>> from nn.data import random_noise
    >>> random_noise([1.0, 2.0], deviation=0.1, rng=0)
    array([1.01257302, 1.98678951])
    """
    array, generator = as_array(X, "X"), as_generator(rng)
    scale = number(deviation, "deviation")
    if not 0 <= scale < np.inf:
        raise InputValueError(f"deviation is finite and not negative, not {shortened(deviation)}")
    noisy: Array = array + generator.normal(0.0, scale, array.shape).astype(
        array.dtype if array.dtype.kind == "f" else float
    )
    return noisy
