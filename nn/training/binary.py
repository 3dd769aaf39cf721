"""Several classes by binary models: one against all, one against one, error-correcting codes, and a tree.

Each reduction is a code: a row for each class, a column for each binary model. A model learns to tell the classes with
+1 in its column from those with -1, and never sees those with 0. The class whose row fits the scores best is predicted.

    one_versus_all          one_versus_one          error_correcting           tree ((a, b), c)
    a   + - -               a   + + 0               a   + + + + + + +          a   + +
    b   - + -               b   - 0 +               b   - - - - + + +          b   + -
    c   - - +               c   0 - -               c   - - + + - - +  …       c   - 0

    the largest score       most votes              most votes                 the leaf where the path ends

Any learner of two classes will do: a function that is given inputs and targets -1 or 1 and returns a model, whose score
is positive for the class 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..data.arrays import Seed, as_array, as_generator, as_pair
from ..module import Module
from .evaluating import predict

__all__ = ["Reduction", "error_correcting", "one_versus_all", "one_versus_one", "tree"]

Array: TypeAlias = NDArray[Any]
Train: TypeAlias = Callable[[Array, Array], Any]
Score: TypeAlias = Callable[[Any, Array], Any]

EXHAUSTIVE = 7  # classes up to which a code has all columns there are, 2^(C-1) - 1
TRIES = 100  # random codes, of which the one with the largest distance between rows is taken


class Reduction:
    """Binary models that tell several classes apart together. Made by the functions of `nn.binary`.

    Attributes
    ----------
    classes : ndarray
        The labels of the classes, in ascending order.
    code : ndarray of int, of shape (classes, models)
        The side of each class for each model: 1, -1, or 0 for a class that the model was not trained on.
    models : list
        The binary models.
    """

    def __init__(self, train: Train, X: Any, y: Any, design: Callable[[Array], Array], rule: _Rule, score: Any) -> None:
        for function, what in ((train, "train"), (score, "score")):
            if isinstance(function, type) or not (callable(function) or (function is None and what == "score")):
                raise InputTypeError(f"{what} takes a function, not {described(function)}; {_SIGNATURES[what]}")
        inputs, targets = as_pair(X, y)
        if targets.ndim != 1:
            raise InputValueError(f"y takes one label for each sample, not an array of shape {targets.shape}")
        self.classes, numbers = np.unique(targets, return_inverse=True)
        if len(self.classes) < 2:
            raise InputValueError(f"y has the class {self.classes[0]:g} only; give samples of at least two classes")
        self.code = design(self.classes)
        self._rule, self._score = rule, score
        self.models: list[Any] = []
        for column in self.code.T:
            sides = column[numbers]
            self.models.append(train(inputs[sides != 0], sides[sides != 0].astype(float)))

    def scores(self, X: Any) -> Array:
        """Return the scores of the binary models, an array of shape (samples, models)."""
        inputs = as_array(X, "X")
        return np.stack([_scores_of(model, inputs, self._score) for model in self.models], axis=1)

    def class_scores(self, X: Any) -> Array:
        """Return the fit of each class to the scores, of shape (samples, classes); the best one is predicted."""
        return self._rule(self.code, self.scores(X))

    def predict(self, X: Any) -> Array:
        """Return the label of the class that is predicted for each sample."""
        found: Array = self.classes[self.class_scores(X).argmax(axis=1)]
        return found

    def __repr__(self) -> str:
        return f"Reduction({len(self.classes)} classes by {len(self.models)} binary models)"


def _scores_of(model: Any, inputs: Array, score: Score | None) -> Array:
    """One score of a model for each input."""
    found = predict(model, inputs, compile=isinstance(model, Module)) if score is None else score(model, inputs)
    try:
        array = np.asarray(found.data if isinstance(found, (Value, Tensor)) else found, dtype=float)
    except (TypeError, ValueError):
        raise InputTypeError(f"score returns a number for each input, not {described(found)}") from None
    if array.shape not in ((len(inputs),), (len(inputs), 1)):
        raise InputValueError(
            f"the scores of {len(inputs)} inputs have shape {array.shape}; give a number for each of them"
        )
    return array.reshape(len(inputs))


_SIGNATURES = {
    "train": "it is given inputs and targets -1 or 1, and returns a model",
    "score": "it is given a model and inputs, and returns a score for each of them",
}


# --- Rules that choose a class ----------------------------------------------------------------------------------------

_Rule: TypeAlias = Callable[[Array, Array], Array]


def _margins(code: Array, scores: Array) -> Array:
    """The sum of all scores, each with the sign that the class has there."""
    found: Array = scores @ code.T
    return found


def _votes(code: Array, scores: Array) -> Array:
    """The number of models on the side of the class; equal numbers are told apart by the margins."""
    margins = _margins(code, scores)
    votes: Array = np.sign(scores) @ code.T + margins / (1 + np.abs(margins)) / 2
    return votes


def _path(code: Array, scores: Array) -> Array:
    """The smallest margin on the path to a leaf: positive only for the leaf to which all nodes on its path point."""
    margins = np.where(code == 0, np.inf, code * scores[:, None, :])
    found: Array = margins.min(axis=2)
    return found


# --- Reductions -------------------------------------------------------------------------------------------------------


def one_versus_all(train: Train, X: Any, y: Any, *, score: Score | None = None) -> Reduction:
    """Train one model for each class, against all other classes; the largest score is predicted.

    Parameters
    ----------
    train : callable
        The learner of two classes: ``train(X, t)`` is given inputs and targets -1 or 1, and returns a model.
    X : array, DataFrame or sequence
        The inputs; the first axis counts the samples.
    y : array, Series or sequence of int
        The label of each sample.
    score : callable, optional
        ``score(model, X)`` returns a score for each of several inputs, positive for the class 1. By default it is that
        of `nn.predict`, which calls modules and functions of arrays or of single samples.

    Returns
    -------
    Reduction
        With the methods ``predict``, ``class_scores`` and ``scores``.

    Raises
    ------
    InputTypeError, InputValueError
        If the data is not of finite numbers or has one class only; and when scores are asked for, if a model does not
        give one number for each input.

    Examples
    --------
    >>> import numpy as np
    >>> from nn import binary
    >>> def nearest_mean(X, t):  # a learner: on which side of the middle between two means
    ...     far, near = X[t < 0].mean(axis=0), X[t > 0].mean(axis=0)
    ...     return lambda x: float((x - (far + near) / 2) @ (near - far))
    >>> X = [[0.0, 1.0], [0.0, 2.0], [3.0, -1.0], [4.0, -1.0], [-3.0, -1.0], [-4.0, -1.0]]
    >>> found = binary.one_versus_all(nearest_mean, X, [7, 7, 8, 8, 9, 9])
    >>> found, found.predict([[0.0, 3.0], [5.0, 0.0], [-5.0, 0.0]])
    (Reduction(3 classes by 3 binary models), array([7, 8, 9]))
    """
    return Reduction(train, X, y, lambda classes: 2 * np.eye(len(classes), dtype=int) - 1, _margins, score)


def one_versus_one(train: Train, X: Any, y: Any, *, score: Score | None = None) -> Reduction:
    """Train one model for each of the C (C - 1) / 2 pairs of classes, on their samples; most votes win.

    Classes with as many votes are told apart by the sum of their scores.

    Parameters
    ----------
    train, X, y, score
        As for `one_versus_all`.

    Raises
    ------
    InputTypeError, InputValueError
        As `one_versus_all`.

    Examples
    --------
    >>> from nn import binary
    >>> def middle(X, t):  # a learner: the side of the middle between two means, along a line
    ...     far, near = X[t < 0].mean(), X[t > 0].mean()
    ...     return lambda x: (x[0] - (far + near) / 2) * (near - far)
    >>> found = binary.one_versus_one(middle, [[0.0], [1.0], [5.0], [9.0]], [0, 0, 1, 2])
    >>> found.code.tolist(), found.predict([[2.0], [6.0], [8.0]]).tolist()
    ([[1, 1, 0], [-1, 0, 1], [0, -1, -1]], [0, 1, 2])
    """

    def design(classes: Array) -> Array:
        pairs = list(combinations(range(len(classes)), 2))
        code = np.zeros((len(classes), len(pairs)), dtype=int)
        for k, (first, second) in enumerate(pairs):
            code[first, k], code[second, k] = 1, -1
        return code

    return Reduction(train, X, y, design, _votes, score)


def error_correcting(
    train: Train, X: Any, y: Any, *, code: Any = None, rng: Seed = None, score: Score | None = None
) -> Reduction:
    """Train a model for each column of an error-correcting code; the row that most models agree with wins.

    If any two rows differ in at least d columns, up to (d - 1) // 2 models may be wrong (Dietterich and Bakiri 1995).

    Parameters
    ----------
    train, X, y, score
        As for `one_versus_all`.
    code : array of shape (classes, models), optional
        Entries 1 and -1, and 0 for a class that a model is not trained on, the rows in the order of the labels. By
        default all 2^(C-1) - 1 columns for up to 7 classes, in which rows differ in 2^(C-2); for more classes, of 100
        random codes with 10 log2 C columns the one whose rows differ most.
    rng : int or generator, optional
        For random codes; see `nn.data.batches`.

    Raises
    ------
    InputTypeError, InputValueError
        As `one_versus_all`; and if a code has other entries or another number of rows, equal rows, or a column that is
        of one side only.

    Examples
    --------
    >>> from nn import binary
    >>> asked = []
    >>> def learner(X, t):
    ...     asked.append(t.tolist())
    ...     return lambda x, k=len(asked): 1.0 if k == 2 else -1.0
    >>> found = binary.error_correcting(learner, [[0.0], [1.0], [2.0]], [0, 1, 2])
    >>> asked, found.predict([[5.0]]).tolist()
    ([[1.0, -1.0, -1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]], [2])
    """
    given = None if code is None else _checked_code(code)

    def design(classes: Array) -> Array:
        if given is None:
            return _exhaustive(len(classes)) if len(classes) <= EXHAUSTIVE else _random_code(len(classes), rng)
        if len(given) != len(classes):
            raise InputValueError(
                f"the code has {len(given)} rows and y has {len(classes)} classes; give a row for each"
            )
        return given

    return Reduction(train, X, y, design, _votes, score)


def tree(train: Train, X: Any, y: Any, *, splits: Any = None, score: Score | None = None) -> Reduction:
    """Train a model for each of the C - 1 splits of a binary tree of classes; a prediction follows one path down.

    Parameters
    ----------
    train, X, y, score
        As for `one_versus_all`.
    splits : tuple, optional
        The tree: a label, or a tuple of two trees, such as ``((0, 1), 2)``, where the first is the side 1. By default
        the sorted labels are halved again and again.

    Raises
    ------
    InputTypeError, InputValueError
        As `one_versus_all`; and if the tree does not have each label once.

    Examples
    --------
    >>> from nn import binary
    >>> def middle(X, t):
    ...     far, near = X[t < 0].mean(), X[t > 0].mean()
    ...     return lambda x: (x[0] - (far + near) / 2) * (near - far)
    >>> X, y = [[0.0], [1.0], [5.0], [9.0]], [0, 0, 1, 2]
    >>> found = binary.tree(middle, X, y, splits=((0, 1), 2))
    >>> found.code.tolist(), found.predict([[2.0], [4.0], [8.0]]).tolist()
    ([[1, 1], [1, -1], [-1, 0]], [0, 1, 2])
    """

    def design(classes: Array) -> Array:
        columns: list[Array] = []
        leaves = _grow(_halved(classes.tolist()) if splits is None else splits, classes, columns)
        if sorted(leaves) != list(range(len(classes))):
            raise InputValueError(
                f"the tree {shortened(splits)} does not have each of the labels {shortened(classes.tolist())} once"
            )
        return np.stack(columns, axis=1)

    return Reduction(train, X, y, design, _path, score)


# --- Codes ------------------------------------------------------------------------------------------------------------


def _exhaustive(classes: int) -> Array:
    """All ways to divide the classes in two, the first class always on the side 1."""
    columns = np.arange(2 ** (classes - 1) - 1)
    bits = columns[None, :] >> np.arange(classes - 2, -1, -1)[:, None] & 1
    return np.vstack([np.ones_like(columns), 2 * bits - 1])


def _random_code(classes: int, rng: Seed) -> Array:
    generator = as_generator(rng)
    length = int(np.ceil(10 * np.log2(classes)))
    best, distance = _exhaustive(2), -1
    for _ in range(TRIES):
        code = generator.choice([-1, 1], size=(classes, length))
        code = code[:, np.abs(code.sum(axis=0)) < classes]  # a column needs both sides
        apart = _distance(code)
        if apart > distance:
            best, distance = code, apart
    return best


def _distance(code: Array) -> int:
    """The smallest number of columns in which two rows differ."""
    agreeing = code @ code.T + np.diag(np.full(len(code), -10 * code.shape[1]))
    return int(code.shape[1] - agreeing.max()) // 2


def _checked_code(given: Any) -> Array:
    code = as_array(given, "code")
    if code.ndim != 2 or not np.isin(code, (-1, 0, 1)).all():
        raise InputValueError(f"code takes rows of 1, -1 and 0, one for each class, not {shortened(given)}")
    if len(np.unique(code, axis=0)) < len(code):
        raise InputValueError("two rows of the code are equal, so no model tells these classes apart; give other rows")
    if not ((code == 1).any(axis=0) & (code == -1).any(axis=0)).all():
        raise InputValueError("a column of the code has no class on one of the sides 1 and -1; give it both")
    return code.astype(int)


def _halved(labels: Sequence[Any]) -> Any:
    half = (len(labels) + 1) // 2
    return labels[0] if len(labels) == 1 else (_halved(labels[:half]), _halved(labels[half:]))


def _grow(node: Any, classes: Array, columns: list[Array], deep: int = 0) -> list[int]:
    """Return the positions of the labels below a node, and append the columns of its splits."""
    if not isinstance(node, (tuple, list)):
        found = [k for k, label in enumerate(classes.tolist()) if isinstance(node, Real) and label == node]
        if not found:
            raise InputValueError(f"the tree has {shortened(node)}, which is none of the labels {classes.tolist()}")
        return found
    if len(node) != 2 or deep > len(classes):
        raise InputValueError(f"a tree is a label or a pair of trees, not {shortened(node)}")
    column = np.zeros(len(classes), dtype=int)
    columns.append(column)
    first, second = (_grow(each, classes, columns, deep + 1) for each in node)
    column[first], column[second] = 1, -1
    return first + second
