"""Where each value is kept: its arena, and its place in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .condensed import FLATS, LANED, UNIFORM, Condensed
from .plans import Operand, Plan

Ids = np.ndarray[Any, Any]


class Placement:
    """Where the values of a program are.

    Attributes
    ----------
    places, arenas : ndarray
        Of each value.
    sizes : dict
        How many rows each arena has.
    order : list of int
        The parameters that had no place before, in the order of their places.
    ones : list of (int, int, int)
        Where there are ones: the arena, the first row, and how many.
    """

    def __init__(self, condensed: Condensed, places: Sequence[int]) -> None:
        self.condensed = condensed
        self.arenas: Ids = np.array(condensed.arenas, dtype=np.int64)
        self.places: Ids = np.full(len(self.arenas), -1, dtype=np.int64)
        self.places[: len(places)] = places
        self.sizes: dict[int, int] = {}
        self.order: list[int] = []
        self.first_part = condensed.first_part
        self.with_ones: dict[int, tuple[Ids, int]] = {}  # by the least of them, values behind which ones are wanted
        self.ones: list[tuple[int, int, int]] = []

    def place_parameters(self, ids: Ids) -> None:
        """Give places to the parameters among the values that have none."""
        flat = ids.reshape(-1)
        flat = flat[(self.arenas[flat] >= FLATS) & (self.places[flat] < 0)]
        if len(flat):
            _, first = np.unique(flat, return_index=True)
            new = flat[np.sort(first)]
            self.places[new] = np.arange(len(self.order), len(self.order) + len(new))
            self.order += new.tolist()

    def place(self, plan: Plan) -> None:
        """Lay a plan's values side by side, behind those that are there."""
        if plan.onto is not None:
            plan.start = plan.onto.start
        else:
            arena = LANED if plan.laned else UNIFORM
            plan.start = self.sizes.get(arena, 0)
            self.sizes[arena] = plan.start + plan.count
            wanted, count = self.with_ones.get(int(plan.ids.min()), (None, 0))
            if wanted is not None and np.array_equal(wanted, np.sort(plan.ids)):
                self.ones.append((arena, plan.start + plan.count, count))
                self.sizes[arena] += count
        asked = plan.ids >= 0
        self.places[plan.ids[asked]] = plan.start + np.flatnonzero(asked)

    def operand(self, ids: Ids) -> Operand:
        """What reads these values."""
        self.place_parameters(ids)
        return Operand(ids, self.condensed, self.places, self.arenas)
