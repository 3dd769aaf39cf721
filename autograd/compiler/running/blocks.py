"""Blocks: the samples of a large batch that are computed at a time.

A batch is computed as a whole while its values take little memory. A larger one is divided into blocks, whose values
take the same memory however many samples there are. The values of a block are not kept: a reverse pass computes them
again, unless it ran together with the forward pass (`Variant.ahead`). A block should be small enough for its values to
stay in cache, and large enough for the overhead of numpy's calls to be small beside their arithmetic.
"""

from __future__ import annotations

from ...core import ops, several
from ..lowering.condensed import BATCHED, BATCHED_ARGUMENTS, Condensed
from ..lowering.layout import Layout
from ..recording.tracer import DETACH

__all__ = ["Blocks"]

CHEAP = {ops.ADD, ops.SUB, ops.MUL, ops.DIV, ops.NEG, several.SUM, several.DOT, ops.RELU, ops.ABS, ops.MAXIMUM,
         ops.MINIMUM, ops.CLIP, ops.WHERE, ops.LESS, ops.EQUAL, ops.SIGN, DETACH}  # fmt: skip
BLOCK = 1 << 17  # bytes of the values of a block that stay in the nearest caches
LEAST = 64  # the fewest samples of a block
NUMBERS = 1 << 13  # numbers of a call, on average, beside which its overhead is small
MEMORY = 1 << 26  # the most bytes of the values of a block of more than LEAST samples
FUSED = 1 << 13  # samples of a block if all operations on them are fused: no values but the results leave a loop
REUSED = 1 << 22  # bytes of the values of a block if some leave a loop and are read by another
FEW = 8  # blocks
WHOLE, WHOLE_DEAR = 32, 512  # the most BLOCKs of an undivided batch, for cheap and for expensive operations


class Blocks:
    """The number of samples that a program computes at a time.

    Parameters
    ----------
    condensed, layout : Condensed, Layout
        The program.
    fused : bool
        True if operations are fused into compiled loops.

    Attributes
    ----------
    bytes_of_sample : int
        The bytes of all values of a sample.
    """

    def __init__(self, condensed: Condensed, layout: Layout, fused: bool) -> None:
        rows = layout.sizes.get(BATCHED, 0)
        self.bytes_of_sample = 8 * (rows + layout.sizes.get(BATCHED_ARGUMENTS, 0))
        # The reverse pass may compute the values of a divided batch again, which should be cheap.
        self._is_cheap = CHEAP.issuperset(pack.op for pack in condensed.packs)
        calls = sum(plan.count if plan.kind == "chain" else plan.batched and not plan.fused for plan in layout.plans)
        self._evenly = fused  # so that one compiled loop suits all blocks
        self._is_fused = fused and all(plan.kind == "each" for plan in layout.plans if plan.batched)
        self._rows_of_call = max(rows / max(calls, 1), 1.0)

    def size(self, samples: int) -> int:
        """Return the number of samples to compute at a time, of a batch of ``samples``."""
        each = max(self.bytes_of_sample, 1)
        if self._is_fused:
            wanted = FUSED
        elif each * samples <= (WHOLE if self._is_cheap else WHOLE_DEAR) * BLOCK:
            return samples
        else:
            wanted = max(BLOCK // each, min(int(NUMBERS / self._rows_of_call), MEMORY // each))
            wanted = max(LEAST, wanted // 8 * 8)
        if self._evenly:
            wanted = wanted if self._is_fused else min(wanted, max(REUSED // each, 16 * LEAST))
            return min(samples, -(-samples // (8 * -(-samples // wanted))) * 8)
        count = -(-samples // wanted)
        # A few blocks are of one size where they can be, which is laid out once.
        return samples // count if samples % count == 0 and count <= FEW else min(samples, wanted)
