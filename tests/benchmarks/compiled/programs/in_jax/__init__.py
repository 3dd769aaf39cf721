"""The programs in JAX, as its users write them: each is a loss of the trained arrays, on whole arrays.

What is constant is made once. Steps of a recurrence of time go through `scan`.
"""

from __future__ import annotations

from .physics import PHYSICS
from .sequences import SEQUENCES
from .statistics import STATISTICS

IN_JAX = SEQUENCES | PHYSICS | STATISTICS
