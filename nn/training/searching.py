"""Model selection on held-out samples: cross-validation and grid search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from statistics import fmean, pstdev
from typing import Any, TypeAlias

from autograd.core.numbers import number
from autograd.errors import InputTypeError, InputValueError, described, shortened

from ..data.arrays import MOST, Seed
from ..data.batching import k_folds
from ..given import is_sequence
from ..members import Parameter
from .arguments import Data, Metrics, Optimizer, as_metrics, as_samples, option
from .evaluating import evaluate
from .fitting import fit
from .history import History, as_text

__all__ = ["CrossValidation", "Search", "cross_validate", "grid_search"]


class CrossValidation:
    """The scores of a model on the held-out parts of the data.

    Attributes
    ----------
    scores : list of float
        The score of each fold.
    mean, deviation : float
        The mean and the standard deviation of the scores.
    histories : list of History
        The training of each fold.
    """

    def __init__(self, name: str, scores: list[float], histories: list[History]) -> None:
        self.name, self.scores, self.histories = name, scores, histories
        self.mean, self.deviation = fmean(scores), pstdev(scores)

    def __repr__(self) -> str:
        return f"CrossValidation({self.name} {self.mean:.4g} ± {self.deviation:.2g} in {len(self.scores)} folds)"


def cross_validate(
    make: Callable[[], Any],
    loss: Callable[[Any, Any], Any],
    data: Data,
    optimizer: Callable[[list[Parameter]], Optimizer],
    *,
    k: int = 5,
    score: Metrics = None,
    shuffle: bool = True,
    rng: Seed = 0,
    **options: Any,
) -> CrossValidation:
    """Train a new model for each of ``k`` parts of the data, on all other parts, and measure it on this part.

    Parameters
    ----------
    make : callable
        ``() -> model``, a new one each time.
    loss, data
        As in `fit`.
    optimizer : callable
        ``(parameters) -> optimizer``, such as ``functools.partial(optim.SGD, lr=0.1)``.
    k : int
        The number of parts.
    score : str or callable, optional
        The metric that is the score; by default the loss, without a penalty.
    shuffle : bool
        True if the parts are random, and `fit` shuffles; if not, the parts follow each other in the data.
    rng : int, numpy.random.Generator, random.Random, optional
        The seed or generator of the parts; and of `fit`.
    options
        The other options of `fit`. Progress is not shown unless ``progress=True`` is given.

    Returns
    -------
    CrossValidation

    Raises
    ------
    InputTypeError, InputValueError
        If an argument cannot be used.

    Examples
    --------
    >>> from functools import partial
    >>> from nn import MLP, cross_validate, data, losses, optim
    >>> line = data.regression_line(20, noise=0.1)
    >>> found = cross_validate(lambda: MLP(1, [1]), losses.mse, line,
    ...                        partial(optim.SGD, lr=0.3), k=4, epochs=50, score="r2")
    >>> len(found.scores), found.mean > 0.98
    (4, True)
    """
    if not callable(make):
        raise InputTypeError(f"make takes a function that returns a new model, not {described(make)}")
    if not callable(optimizer):
        raise InputTypeError(
            "optimizer takes a function of the parameters of each new model, such as partial(optim.SGD, lr=0.1), not "
            f"{described(optimizer)}"
        )
    metrics = as_metrics(score)
    if len(metrics) > 1:
        raise InputValueError(f"one score compares models, not {len(metrics)}; evaluate takes several metrics")
    name = next(iter(metrics), "loss")
    X, y = as_samples(data, "data")
    for taken in ("epochs", "batched", "compile"):
        options.setdefault(taken, {"epochs": 100, "batched": None, "compile": True}[taken])
    options.setdefault("progress", False)
    scores, histories = [], []
    for train, test in k_folds(len(X), k, rng, option(shuffle, "shuffle")):
        model = make()
        histories.append(fit(model, loss, (X[train], y[train]), optimizer, shuffle=shuffle, rng=rng, **options))
        way = {taken: options[taken] for taken in ("batched", "compile")}
        found = evaluate(model, loss, (X[test], y[test]), metrics=metrics, **way)
        scores.append(number(found[name], f"the score {name}"))
    return CrossValidation(name, scores, histories)


Settings: TypeAlias = dict[str, Any]


class Search:
    """The settings that were tried, and their scores.

    ``print(search)`` shows a table.

    Attributes
    ----------
    best : dict
        The settings with the best score.
    score : float
        Their score.
    results : list of (dict, float)
        All settings, in the order in which they were tried, and their scores.
    """

    def __init__(self, results: list[tuple[Settings, float]], maximize: bool) -> None:
        self.results = results
        ranked = [pair for pair in results if pair[1] == pair[1]] or results  # nan is no score
        self.best, self.score = (max if maximize else min)(ranked, key=lambda pair: pair[1])

    def __str__(self) -> str:
        rows = []
        for settings, score in self.results:
            marks = ["best"] if settings is self.best else []
            rows.append([*(shortened(each, 20) for each in settings.values()), f"{score:.4g}", *marks])
        return as_text([*self.best, "score"], rows)

    def __repr__(self) -> str:
        return f"Search({len(self.results)} settings, best {shortened(self.best, 80)} with {self.score:.4g})"


def grid_search(run: Callable[..., Any], grid: Mapping[str, Iterable[Any]], *, maximize: bool = False) -> Search:
    """Try all combinations of settings, and find the one with the best score.

    The score must come from held-out samples: a training loss, or a loss that includes the penalty to be chosen, is
    always lowest for the weakest penalty. With the settings found, train once more on all samples.

    Parameters
    ----------
    run : callable
        Called with a value for each name of the grid, by keyword. It returns a number; or a `CrossValidation`, whose
        mean counts, or a `History`, of which the loss of validation in the epoch that was kept counts.
    grid : mapping from str to sequence
        The values to try for each name.
    maximize : bool
        True if a larger score is better, as that of an accuracy is.

    Returns
    -------
    Search

    Raises
    ------
    InputTypeError, InputValueError
        If the grid is not a mapping or has an empty sequence, or ``run`` returns something else.

    Examples
    --------
    >>> from functools import partial
    >>> from nn import MLP, cross_validate, data, grid_search, losses, optim
    >>> def run(rate, width):
    ...     make, optimizer = lambda: MLP(1, [width, 1], "tanh"), partial(optim.SGD, lr=rate)
    ...     return cross_validate(make, losses.mse, data.sine(20), optimizer, k=2, epochs=20)
    >>> search = grid_search(run, {"rate": [0.001, 0.1], "width": [4]})
    >>> search.best
    {'rate': 0.1, 'width': 4}
    """
    if not callable(run):
        raise InputTypeError(f"run takes a function of the settings that returns a score, not {described(run)}")
    if not isinstance(grid, Mapping) or not all(isinstance(name, str) for name in grid):
        raise InputTypeError(f"grid takes a dict from names to the values to try, not {described(grid)}")
    option(maximize, "maximize")
    values: list[list[Any]] = []
    combinations = 1
    for name, choices in grid.items():
        if not is_sequence(choices):
            raise InputTypeError(f"grid has the values to try of {shortened(name)} in a list, not {described(choices)}")
        values.append(list(choices))
        combinations *= len(values[-1])
    if not grid or not combinations:
        raise InputValueError(f"there is nothing to try in {shortened(grid)}; give at least one value for each name")
    if combinations > MOST:
        raise InputValueError(f"there are {combinations:,} combinations of settings, too many to try them all")
    results = []
    for chosen in product(*values):
        settings = dict(zip(grid, chosen, strict=True))
        results.append((settings, _score(run(**settings))))
    return Search(results, maximize)


def _score(found: Any) -> float:
    if isinstance(found, CrossValidation):
        return found.mean
    if isinstance(found, History):
        return found["validation_loss"][found["epoch"].index(found.kept)]
    return number(found, "the score of a run")
