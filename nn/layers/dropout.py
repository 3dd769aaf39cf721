"""Dropout: in training, some of the numbers are set to 0 at random."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd import Value
from autograd.compiler.recording.renewed import renewed
from autograd.core.context import inside_recording
from autograd.core.numbers import number
from autograd.errors import InputValueError, described, shortened

from ..data.arrays import as_generator
from ..module import Module
from .inputs import as_array

__all__ = ["Dropout"]


class Dropout(Module):
    """Set each number to 0 with probability p in training, and divide the others by 1 - p; in evaluation do nothing.

    ``y = x m / (1 - p)`` with m drawn anew for each number at each call, 0 with probability p, else 1, so the mean of y
    is x. Hinton et al. 2012; Srivastava et al. 2014, section 10, for the division in training.

    Parameters
    ----------
    p : float
        The probability of 0, from 0 to 1.
    rng : int, random.Random or numpy.random.Generator, optional
        The generator of the layer, or a seed for it. By default it is seeded by Python's ``random``, so that
        ``random.seed`` makes it reproducible. A ``random.Random`` is used to draw a seed.

    Attributes
    ----------
    generator : numpy.random.Generator
        The generator of this layer.
    generator_state : dict
        The state of the generator, which can be saved and assigned.

    Raises
    ------
    InputTypeError, InputValueError
        If ``p`` is not a probability, or ``rng`` not a generator; in a call, if the input is not made of numbers.

    Notes
    -----
    A compiled function draws at each call, and for each sample of a batch.

    Examples
    --------
    >>> from autograd import Tensor
    >>> from nn import Dropout
    >>> layer = Dropout(0.5, rng=3)
    >>> x = Tensor([1.0, 2.0, 3.0, 4.0])
    >>> y = layer(x); y.sum().backward()
    >>> y.numpy(), x.grad
    (array([0., 0., 6., 8.]), array([0., 0., 2., 2.]))
    >>> layer.eval()(x) is x
    True
    """

    def __init__(self, p: float = 0.5, rng: Any = None) -> None:
        self.p = number(p, "p")
        if not 0 <= self.p <= 1:
            raise InputValueError(f"p is a probability from 0 to 1, not {shortened(p)}")
        self.generator = as_generator(random.getrandbits(128) if rng is None else rng)

    @property
    def generator_state(self) -> dict[str, Any]:
        """The state of the generator, a dict of plain numbers and text."""
        return dict(self.generator.bit_generator.state)

    @generator_state.setter
    def generator_state(self, state: dict[str, Any]) -> None:
        try:
            self.generator.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise InputValueError(
                f"generator_state takes a state of {type(self.generator.bit_generator).__name__}, as it was read from "
                f"here, not {described(state)}"
            ) from error

    def forward(self, x: Any) -> Any:
        if isinstance(x, Value):
            return x * self._mask(())[()] if self._draws() else x
        array = as_array(x)  # also in evaluation, so that a wrong input is refused in both modes
        if not self._draws():
            return x
        with np.errstate(over="ignore"):  # of arrays; a tensor has the rules of the engine
            return array * self._mask(array.shape)

    def _draws(self) -> bool:
        return self.training and self.p > 0

    def _mask(self, shape: tuple[int, ...]) -> Any:
        """Return 0 or ``1 / (1 - p)`` for each number; in a compiled function they are drawn at each call."""
        if not inside_recording():
            return self._drawn(shape)
        return renewed(lambda n: self._drawn(shape if n is None else (n, *shape)), np.ones(shape), "mask", True)

    def _drawn(self, shape: tuple[int, ...]) -> Any:
        kept = self.generator.random(shape) >= self.p
        return kept / (1 - self.p) if self.p < 1 else np.zeros(shape)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"
