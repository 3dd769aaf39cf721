"""The programs in numpy, with their gradients derived by hand: each returns the loss and the gradients.

Everything runs on whole arrays. What is constant is computed before the clock runs, in the function that returns the
step. Causal attention is computed in full and masked. Paths are done in blocks that stay in the cache.
"""

from __future__ import annotations

from .physics import PHYSICS
from .sequences import SEQUENCES
from .statistics import STATISTICS

BY_HAND = SEQUENCES | PHYSICS | STATISTICS
