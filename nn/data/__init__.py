"""Data for training: batches, splits, preparation and augmentation; and toy data sets.

Each function takes arrays, nested lists, tensors, and the DataFrames and Series of pandas or polars, and returns
arrays of numpy. ``rng=`` takes a seed, a ``numpy.random.Generator`` or a ``random.Random``.
"""

from .augmentation import random_crop, random_flip, random_noise, random_shift
from .batching import batches, k_folds, train_test_split
from .preparation import Scale, one_hot, polynomial_features, radial_features, standardize, thermometer
from .toys import blobs, circles, load_dataset, moons, regression_line, sine, spirals, stripes, xor

__all__ = [
    "Scale",
    "batches",
    "blobs",
    "circles",
    "k_folds",
    "load_dataset",
    "moons",
    "one_hot",
    "polynomial_features",
    "radial_features",
    "random_crop",
    "random_flip",
    "random_noise",
    "random_shift",
    "regression_line",
    "sine",
    "spirals",
    "standardize",
    "stripes",
    "thermometer",
    "train_test_split",
    "xor",
]
