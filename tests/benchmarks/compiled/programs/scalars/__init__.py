"""The programs, in scalars."""

from __future__ import annotations

from .physics import PHYSICS
from .sequences import SEQUENCES
from .statistics import STATISTICS

PROGRAMS = SEQUENCES | PHYSICS | STATISTICS
