"""Given names, letter by letter: the data of the language models, and a bigram model to compare them with.

The list is in ``examples/data/names.txt``: names that are common in Europe, the Americas and Asia, put together for
this course.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .plotting import BLUE, GREEN, VERMILION, Figure, figure

END = "."  # begins and ends every name
ALPHABET = END + "abcdefghijklmnopqrstuvwxyz"

_FILE = Path(__file__).parents[1] / "data" / "names.txt"


def names(longest: int) -> list[str]:
    """Read the names that have at most so many letters."""
    return [name for name in _FILE.read_text(encoding="utf-8").split() if len(name) <= longest]


def letters_and_next(names: Sequence[str], length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Encode names as one-hot rows.

    Parameters
    ----------
    names : sequence of str
        Names shorter than ``length``.
    length : int
        The number of places.

    Returns
    -------
    letters, following : array of shape (names, length, 27)
        The letter at each place, beginning with the sign for the end; and the letter that follows it. Places after the
        name are rows of zeros.
    """
    letters, following = np.zeros((2, len(names), length, len(ALPHABET)))
    for row, name in enumerate(names):
        for place, (this, next_one) in enumerate(pairs(name)):
            letters[row, place, ALPHABET.index(this)] = 1
            following[row, place, ALPHABET.index(next_one)] = 1
    return letters, following


def pairs(name: str) -> list[tuple[str, str]]:
    """Return each letter with the one that follows, from the beginning of a name to its end."""
    spelt = END + name + END
    return list(pairwise(spelt))


def bigram_loss(train: Sequence[str], test: Sequence[str]) -> float:
    """Return the cross-entropy, in nats a letter, of the best guess from the last letter alone.

    The probability of a letter is its share of those that follow the last one in ``train``, after one more of each has
    been counted (Laplace's rule of succession).
    """
    counts = Counter(pair for name in train for pair in pairs(name))
    begun = Counter(letter for name in train for letter, _ in pairs(name))
    tested = [pair for name in test for pair in pairs(name)]
    return sum(log((begun[pair[0]] + len(ALPHABET)) / (counts[pair] + 1)) for pair in tested) / len(tested)


def spelt(scores: Callable[[str], Sequence[float]], rng: np.random.Generator, longest: int) -> str:
    """Spell a name letter by letter, each drawn by its probability.

    Parameters
    ----------
    scores : callable
        Maps the letters so far to 27 scores, whose softmax is the probability of the letters to follow.
    rng : Generator
        Draws the letters.
    longest : int
        The number of letters after which the name ends in any case.
    """
    name = ""
    while len(name) < longest:
        given = np.array(scores(name))
        weights = np.exp(given - given.max())
        letter = ALPHABET[rng.choice(len(ALPHABET), p=weights / weights.sum())]
        if letter == END:
            break
        name += letter
    return name


def letters_picture(title: str, history: Sequence[float], held_out: Mapping[int, float], counted: float) -> Figure:
    """Plot the losses of a model of letters.

    Parameters
    ----------
    title : str
        The finding.
    history : sequence of float
        The loss of each batch.
    held_out : mapping of int to float
        The loss on the names held out after some of the steps.
    counted : float
        The `bigram_loss` of these names.
    """
    picture, axes = figure(title, "step", "loss in nats a letter")
    axes.plot(history, color=BLUE, linewidth=1, alpha=0.5, label="names of the batch")
    axes.plot(list(held_out), list(held_out.values()), color=GREEN, marker="o", linewidth=2, label="names held out")
    axes.axhline(counted, color=VERMILION, linestyle="dashed", linewidth=2, label="from the last letter alone")
    axes.legend(fontsize=12, frameon=False)
    return picture
