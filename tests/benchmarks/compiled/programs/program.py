"""What a program consists of, and the types of its three forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Program(NamedTuple):
    """The numbers that are trained, those of each sample, and the loss of a sample; without samples, of all."""

    trained: list[Any]
    lanes: list[Any]
    loss: Callable[..., Any]  # of the package, the trained arrays of values, and the numbers of a sample
    constants: Any = None  # that the loss has, for numpy by hand


Step = Callable[[], tuple[Any, list[Any]]]  # by hand: the loss and the gradients
Loss = Callable[[Any], Any]  # in JAX: of the trained arrays


def random_weights(draw: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """Arrays of small random numbers."""
    return [draw.normal(0, 0.3, shape) for shape in shapes]


def affine(ag: Any, rows: Any, x: Any) -> list[Any]:
    """The product of a matrix and a vector, by dot products."""
    return [ag.dot(list(row), list(x)) for row in rows]
