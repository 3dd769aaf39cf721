"""Programs as people bring them, in scalars: each draws its numbers, and says its loss as loops over values.

They have in common that nobody wrote them for a compiler: a recurrence with an output at each step, attention with rows
of growing length, tables filled cell by cell, sums over neighbours, over pairs and over known entries, derivatives
within a loss, statistics of columns and of rows. `scalars` has the programs; `by_hand` has each in numpy, with its
gradients derived by hand; `in_jax` has each as users of JAX write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tests.benchmarks.compiled.programs.program import Program
from tests.benchmarks.compiled.programs.scalars import PROGRAMS

SEED = 1337
LOOPED = ("N-body energy", "Heston, 100,000 paths")  # that are also there as loops by hand


@dataclass(frozen=True)
class Whole:
    """One of the programs: a loss, and its gradients by all that is trained."""

    which: str
    small: bool = False
    kind: ClassVar[str] = "whole"
    tolerance: ClassVar[float] = 1e-10

    @property
    def name(self) -> str:
        """As printed."""
        return self.which

    @property
    def peers(self) -> tuple[str, ...]:
        """The names of the other engines that do this work."""
        return ("numpy", "loops", "jax") if self.which in LOOPED else ("numpy", "jax")

    def draw(self) -> Program:
        """The numbers and the loss."""
        return PROGRAMS[self.which](np.random.default_rng(SEED), self.small)
