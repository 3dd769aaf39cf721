"""Arguments for every row of the table of operations on arrays."""

import numpy as np

from autograd.arrays.matrices import ARRAY_TABLE


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


X, Y, R, IMAGES, FILTERS = numbers(2, 3), numbers(3, 2), numbers(2, 3, seed=1), numbers(2, 2, 4, 3), numbers(3, 2, 2, 2)
SQUARE = 2 * np.eye(3) + 0.3 * numbers(3, 3)  # far from singular, and its symmetric part is positive definite
ROWS = {
    "broadcast_to": (X, (2, 2, 3)), "sum_to": (X, (2, 1)), "reshape": (X, (3, 2)), "transpose": (X, (1, 0)), "mT": (X,),
    "getitem": (X, ([0, 0, 1],)), "scatter": (X, ([3, 3],), (5, 3)), "pad": (X, ((1, 0), (0, 2))),
    **{name: (X, (1,), False) for name in ARRAY_TABLE if name.endswith("_over")},
    "cross_entropy_over": (X, (1,), False, [2, 0]),
    "softmax_over": (X, (1,)), "log_softmax_over": (X, (0,)), "cosine_similarity_over": (X, R, (1,)),
    "concatenate": (1, X, R), "matmul": (X, Y), "affine": (X, R, numbers(2)), "einsum": ("ij,jk->ki", X, Y),
    "windows": (IMAGES, (2, 3), (1, 1)), "overlap": (numbers(1, 1, 2, 2, 2, 3), (2, 1), (1, 1, 4, 4)),
    "conv": (IMAGES, FILTERS, (2, 1)), "conv_input": (FILTERS, numbers(2, 3, 2, 2), (2, 1), (2, 2, 4, 3)),
    "cast": (X, np.dtype(float)), "cumsum": (X, 1), "inv": (SQUARE,), "solve": (SQUARE, numbers(3, 2)),
    "det": (SQUARE,), "cholesky": (SQUARE,), "half_lower": (SQUARE,),
    "conv_filter": (IMAGES, numbers(2, 3, 2, 2), (2, 1), (2, 2)), "stack": (0.5, -0.25, 1.5), "entry": (X, (1, 2)),
}  # fmt: skip
