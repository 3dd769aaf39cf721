"""Folding: groups of values that are drawn as one box, so that a program of any size is a picture of a few dozen.

    mlp.layers[0].neurons[3]    the values of a module, at the greatest depth that makes few enough boxes
    98 × (mul, tanh)            the repetitions of a loop, of which the first and the last are drawn in full
    %120 … %511                 other values that were recorded in a row

Values that were recorded in a row can be one box without making a cycle. The folds depend on the program alone, so the
picture is the same in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import Entry, InputTypeError, InputValueError, Program
from autograd.core.numbers import whole
from autograd.errors import described, shortened
from autograd.programs.labels import label_within

from ..picture.options import names_in
from .graph import Fold, Path, innermost, segments, within

__all__ = ["BUDGETS", "Budget", "Wish", "automatic", "by_scope", "wish_for"]

ASKED = 200  # boxes for modules, at most, if the user gives the depth
LEAVES, FEW = 12, 3  # leaves that are drawn one by one: in all, and of one role with the same uses
PERIOD = 64  # operations; the longest body of a loop that is looked for
TURNS = 3  # repetitions that make a loop
SHOWN = 6  # operations; a longer body is not drawn as an example


class Budget(NamedTuple):
    """The boxes that a picture may have: for modules, and for values outside of modules.

    Where these are more, the first and the last of them are kept, and those between them are put together in chunks.
    """

    modules: int
    loose: int
    first: int
    last: int
    chunks: int


BUDGETS = (  # values outside of modules are folded first
    *(Budget(60, 32, 4, 6, 16), Budget(60, 16, 2, 3, 8), Budget(60, 4, 1, 1, 1), Budget(60, 1, 0, 0, 1)),
    *(Budget(20, 8, 1, 2, 3), Budget(8, 4, 1, 1, 1), Budget(8, 1, 0, 0, 1)),
)


class Wish(NamedTuple):
    """The folds that the user asks for: all modules at a depth, or some; and the modules that are not to be folded."""

    depth: int | None = None
    fold: tuple[Path, ...] = ()
    expand: tuple[Path, ...] = ()

    def expands(self, path: Path) -> bool:
        """Return True if the values of this scope are to be drawn in full."""
        return any(within(path, each) for each in self.expand)

    def module(self, path: Path) -> Path | None:
        """The module whose box holds the values of this scope, or None."""
        if self.expands(path):
            return None
        asked = [each for each in self.fold if within(path, each)]
        if asked:
            return min(asked, key=len)
        return path[: self.depth] if self.depth and len(path) >= self.depth else None


def by_scope(program: Program, wish: Wish) -> list[Fold]:
    """The boxes of modules; the results of the program are in none of them."""
    results = {entry.k for entry in program.results}
    known: dict[str, Path | None] = {}
    members: dict[Path, list[Entry]] = {}
    for entry in program if wish.depth or wish.fold else ():
        scope = entry.scope
        if scope not in known:
            known[scope] = wish.module(segments(scope))
        module = known[scope]
        if module and entry.k not in results:
            members.setdefault(module, []).append(entry)
    return [Fold(module[-1], module[:-1], found, module) for module, found in members.items() if len(found) > 1]


def automatic(program: Program, wish: Wish, budget: Budget = BUDGETS[0]) -> list[Fold]:
    """The folds that make a small picture, those that the user asked for among them."""
    folds = by_scope(program, wish)
    if not wish.depth or len(folds) > ASKED:
        folds = by_scope(program, wish._replace(depth=_depth(program, wish, budget.modules)))
        if not wish.fold:  # the parameters of a module whose only operation is a result stand in its frame
            folds = [fold for fold in folds if any(entry.op for entry in fold.members)]
    taken = {entry.k for fold in folds for entry in fold.members}
    taken |= {entry.k for entry in program.results}
    asked: list[Entry] = []
    loose: list[Entry] = []
    for entry in program:
        if entry.op is not None and entry.k not in taken:
            (asked if wish.expand and wish.expands(segments(entry.scope)) else loose).append(entry)
    folds += _runs(asked, BUDGETS[0], shows=True)
    folds += _runs(loose, budget)
    return _with_leaves(program, folds)


def _depth(program: Program, wish: Wish, most: int) -> int | None:
    """The greatest depth at which there are few enough modules."""
    paths = {segments(scope) for scope in {entry.scope for entry in program if entry.op is not None}}
    paths = {path for path in paths if not wish.expands(path)}
    deepest = max(map(len, paths), default=0)
    fitting = (depth for depth in range(deepest, 0, -1) if len({path[:depth] for path in paths}) <= most)
    return next(fitting, None)


# --- Repetition -------------------------------------------------------------------------------------------------------


def _runs(entries: Sequence[Entry], budget: Budget, shows: bool = False) -> list[Fold]:
    """The folds of some values, in the order of the program; repetitions are put together.

    With ``shows``, the first and the last repetition are drawn in full even if none uses the one before it.
    """
    if len(entries) <= budget.loose:
        return []
    pieces: list[Fold | Entry] = []
    for start, stop, period in _repetitions([entry.op.name for entry in entries if entry.op]):
        pieces += _turns(entries[start:stop], period, shows)
    if len(pieces) > budget.loose:
        middle = pieces[budget.first : len(pieces) - budget.last]
        chunks = min(budget.chunks, max(1, len(middle) // 2))
        bounds = [len(middle) * k // chunks for k in range(chunks + 1)]
        pieces = [_chunk(middle[a:b]) for a, b in pairwise(bounds)]
    return [piece for piece in pieces if isinstance(piece, Fold)]


def _repetitions(names: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """The runs of a sequence, one after the other: begin, end, and the period after which the same names return."""
    code: dict[str, int] = {}
    ids = np.array([code.setdefault(name, len(code)) for name in names])
    most, best = np.ones(len(ids), np.int64), np.ones(len(ids), np.int64)
    for period in range(1, min(PERIOD, len(ids) // TURNS) + 1):
        covered = _covered(ids, period)
        better = covered > most
        most[better], best[better] = covered[better], period
    start = 0
    while start < len(ids):
        stop = start + int(most[start])
        yield start, stop, int(best[start])
        start = stop


def _covered(ids: NDArray[np.int64], period: int) -> NDArray[np.int64]:
    """The number of items, from each one on, that repeat with a period; 0 if there are too few repetitions."""
    differ = np.flatnonzero(ids[:-period] != ids[period:]) + period
    ends = np.append(differ, len(ids))[np.searchsorted(differ, np.arange(len(ids)) + period)]
    turns = (ends - np.arange(len(ids))) // period
    return np.where(turns >= TURNS, turns * period, 0)


def _turns(entries: Sequence[Entry], period: int, shows: bool) -> list[Fold | Entry]:
    """The boxes of a run. If each repetition uses the one before it, the first and the last are drawn in full."""
    turns = len(entries) // period
    if turns < TURNS:
        return list(entries)
    before = {entry.k for entry in entries[-2 * period : -period]}
    goes_on = any(isinstance(x, Entry) and x.k in before for entry in entries[-period:] for x in entry.inputs)
    shown = period if (goes_on or shows) and period <= SHOWN and turns > TURNS else 0
    inner = entries[shown : len(entries) - shown]
    ops = ", ".join(entry.op.name for entry in entries[:period] if entry.op)
    name = f"{len(inner) // period:,} × {ops if period == 1 else f'({ops})' if period <= SHOWN else period}"
    fold = Fold(name, _around(inner), list(inner), about=_names(inner))
    return [*entries[:shown], fold, *entries[len(entries) - shown :]]


def _chunk(pieces: Sequence[Fold | Entry]) -> Fold:
    members = [entry for piece in pieces for entry in (piece.members if isinstance(piece, Fold) else [piece])]
    return Fold(_names(members), _around(members), members)


def _around(entries: Sequence[Entry]) -> Path:
    """The innermost frame around values."""
    return innermost(*map(segments, {entry.scope for entry in entries}))


def _names(entries: Sequence[Entry]) -> str:
    scope = ".".join(_around(entries))
    return f"{label_within(entries[0], scope)} … {label_within(entries[-1], scope)}"


# --- Leaves -----------------------------------------------------------------------------------------------------------


def _with_leaves(program: Program, folds: list[Fold]) -> list[Fold]:
    """The folds, each with the leaves that only it uses; and if many are left, folds of leaves with the same uses."""
    box = {entry.k: j for j, fold in enumerate(folds) for entry in fold.members}
    added: dict[int, list[Entry]] = {}
    left: dict[tuple[str, frozenset[int]], list[Entry]] = {}
    for entry in program:
        if entry.op is None and entry.uses and entry.k not in box:
            users = frozenset(box.get(k, -k - 1) for k in entry.uses)
            if len(users) == 1 and min(users) >= 0:
                added.setdefault(min(users), []).append(entry)
            else:
                left.setdefault((entry.role, users), []).append(entry)
    folds = [fold._replace(members=fold.members + added.get(j, [])) for j, fold in enumerate(folds)]
    groups = list(left.values())
    if len(groups) > LEAVES:
        roles = sorted({role for role, _ in left})
        groups = [[entry for (each, _), found in left.items() if each == role for entry in found] for role in roles]
    many = sum(map(len, left.values())) > LEAVES
    folds += [
        Fold(f"{len(group):,} {group[0].role}s", _around(group), group, about=_names(group))
        for group in groups
        if len(group) > (1 if many else FEW)
    ]
    return folds


def wish_for(
    program: Program, depth: int | None, fold: bool | str | Iterable[str] | None, expand: str | Iterable[str]
) -> Wish:
    """Return the folds that the user asks for, with the names checked against the program's modules."""
    if depth is not None:
        whole(depth, "depth", least=1)
    return Wish(
        depth,
        _modules("fold", program, () if fold is None or isinstance(fold, bool) else fold),
        _modules("expand", program, expand),
    )


def _modules(option: str, program: Program, given: str | Iterable[str]) -> tuple[tuple[str, ...], ...]:
    names = names_in(option, given)
    scopes = {entry.scope: segments(entry.scope) for entry in program} if names else {}
    for name in names:
        if not isinstance(name, str):
            raise InputTypeError(f"{option} takes the paths of modules, not {described(name)}; such as y.scope")
        if not name or not any(within(path, segments(name)) for path in scopes.values()):
            some = ", ".join(repr(scope) for scope in sorted(filter(None, scopes))[:3]) or "none at all"
            raise InputValueError(f"there is no module {shortened(name)} to {option} in this program; there is {some}")
    return tuple(segments(name) for name in names)
