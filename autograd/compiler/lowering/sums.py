"""From operations of two numbers to sums of products.

    ((b + w1 x1) + w2 x2) + w3 x3      recorded one by one, or by `dot`, or by a loop
    dot([w1 w2 w3], [x1 x2 x3]) + b    however it was written

Equal subexpressions become one value. Additions whose result is used once become a sum of several terms with signs; but
a sum that all samples share is computed once, and is one term of a sum that differs from sample to sample. In a sum, a
run of products of one kind is a *dot product*, and a single product stays a product; any other term ends the run. In
each product the factor of the lower kind goes left (parameter, constant, argument, computed value), and values that all
samples share precede others. All sums are formed at the same time, by operations on columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ...core import ops, several
from ...core.table import Primitive
from .columns import CONSTANT, Columns
from .condensed import BATCHED, Condensed, Pack, positions_within
from .grids import cosines

__all__ = ["condense"]

Ids = np.ndarray[Any, Any]

OF_MAGNITUDES = {several.NORM1, several.NORM_INF}  # their sum, and the largest of them
FEW = 8  # the most terms of a sum that is computed term by term
ROUNDS = 16  # the most passes of the search for equal subexpressions; each may make further ones equal


def condense(columns: Columns, buffers: Sequence[int]) -> Condensed:
    """Return a record with its sums formed; ``buffers`` are those of its leaves."""
    condensed = Condensed(columns, buffers)
    if len(columns):
        _Sums(condensed).run()
    else:
        condensed.results = columns.results
    return condensed


class _Sums:
    """The columns of a record while its sums are formed."""

    def __init__(self, condensed: Condensed) -> None:
        columns = condensed.columns
        self.condensed, self.leaves = condensed, columns.leaves
        self.table, self.codes = list(columns.table), columns.codes.copy()
        self.starts, self.operands = columns.starts, columns.operands.copy()
        self.lengths: Ids = np.diff(self.starts)

    def _are(self, *wanted: Primitive) -> Ids:
        """Return a mask of the computed values whose operation is one of these."""
        return np.isin(self.codes, [k for k, op in enumerate(self.table) if op in wanted])

    def run(self) -> None:
        condensed, leaves = self.condensed, self.leaves
        count = len(self.codes)
        self._rewrite_squares()
        first = self._merge()
        self.operands = first[self.operands]
        live = first[leaves:] == np.arange(leaves, leaves + count)
        condensed.merged = int(count - live.sum())
        condensed.results = first[np.array(condensed.columns.results, dtype=np.int64)].tolist()
        if condensed.batched.any():
            self._spread_batch()
        alive = np.repeat(live, self.lengths)
        uses = np.bincount(self.operands[alive], minlength=leaves + count)
        np.add.at(uses, condensed.results, 2)  # results are kept as values of their own
        owner = np.repeat(np.arange(count), self.lengths)
        user = np.full(leaves + count, -1)
        user[self.operands[alive]] = owner[alive]
        user = user[leaves:]  # for a computed value with one use, the computed value that uses it
        self.counts = self.lengths.astype(np.float64)  # the divisors of means
        self._flatten_means(live, uses[leaves:])
        linear, means = self._are(ops.ADD, ops.SUB, ops.NEG, several.SUM, several.DOT), self._are(several.MEAN)
        last = self.operands[self.starts[1:] - 1]  # only the bias of a dot product is a term of its sum
        adds = (linear | means)[user] & (
            ~self._are(several.DOT)[user] | (last[user] == np.arange(leaves, leaves + count))
        )
        inside = live & (uses[leaves:] == 1) & adds
        products = self._are(ops.MUL) & inside
        batched = condensed.batched
        apart = ~batched[leaves : leaves + count] & batched[user + leaves] & ~self._are(ops.NEG)
        inside &= linear & ~apart
        self.names = np.arange(leaves + count)  # the values of the sums; for a mean, the new value that is divided
        self._divide(np.flatnonzero(means & live))
        adding = live & (linear | means)
        if adding.any():
            self._form_sums(*self._terms(adding, inside, products, user))
        self._others(live & ~linear & ~means & ~products)
        self._join()

    def _rewrite_squares(self) -> None:
        """Replace ``x ** 2`` by the product of x with itself."""
        powers = np.flatnonzero(self._are(ops.POW))
        exponents = self.operands[self.starts[powers] + 1]
        constant = self.condensed.kinds[exponents] == CONSTANT
        powers, exponents = powers[constant], exponents[constant]
        squares = powers[self.condensed.constants(exponents) == 2]
        if len(squares):
            if ops.MUL not in self.table:
                self.table.append(ops.MUL)
            self.codes[squares] = self.table.index(ops.MUL)
            self.operands[self.starts[squares] + 1] = self.operands[self.starts[squares]]

    def _flatten_means(self, live: Ids, uses: Ids) -> None:
        """Replace a mean of means over equally many terms by one mean over all of the terms."""
        if several.MEAN not in self.table or several.SUM not in self.table:
            self.table += [op for op in (several.MEAN, several.SUM) if op not in self.table]
        mean, sum_ = self.table.index(several.MEAN), self.table.index(several.SUM)
        outer = np.flatnonzero(live & (self.codes == mean))
        for k in outer.tolist():
            inner = self.operands[self.starts[k] : self.starts[k + 1]] - self.leaves
            if (inner < 0).any() or (self.codes[inner] != mean).any() or (uses[inner] != 1).any():
                continue
            if (self.counts[inner] == self.counts[inner[0]]).all():
                self.counts[k] *= self.counts[inner[0]]
                self.codes[inner] = sum_

    def _divide(self, means: Ids) -> None:
        """Replace means by quotients of sums and numbers of terms."""
        if len(means):
            condensed = self.condensed
            ids = means + self.leaves
            self.names[ids] = sums = condensed.new(condensed.batched[ids], ids)
            counts, which = np.unique(self.counts[means], return_inverse=True)
            constants = condensed.new_constants(counts)[which.reshape(-1)]
            condensed.packs.append(Pack(ops.DIV, ids, np.stack([sums, constants], axis=1)))

    # --- Equal subexpressions -----------------------------------------------------------------------------------------

    def _merge(self) -> Ids:
        """Return for each value the first value that is equal to it."""
        leaves, starts, lengths = self.leaves, self.starts, self.lengths
        first = np.arange(leaves + len(self.codes))
        short, long = np.flatnonzero(lengths <= 2), np.flatnonzero(lengths > 2)
        many = len(first) + 1
        position = positions_within(lengths)
        odd = (np.arange(1, int(lengths.max()) + 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) | np.uint64(1)
        for _ in range(ROUNDS):
            operands = first[self.operands]
            before = first.copy()
            second = np.where(lengths[short] == 2, operands[np.minimum(starts[short] + 1, len(operands) - 1)], -1)
            _merge_equal(
                first, short + leaves, (self.codes[short] * many + operands[starts[short]]) * many + second + 1
            )
            if len(long):
                hashed = np.add.reduceat(operands.astype(np.uint64) * odd[position], starts[:-1])[long]
                hashed = hashed * odd[self.codes[long] % len(odd)] + self.codes[long].astype(np.uint64)
                if _has_equal(hashed):
                    seen: dict[Any, int] = {}
                    for k in long.tolist():
                        key = (self.codes[k], *operands[starts[k] : starts[k + 1]].tolist())
                        first[leaves + k] = seen.setdefault(key, leaves + k)
            if np.array_equal(before, first):
                break
        return first

    def _spread_batch(self) -> None:
        """Mark values that are computed from batched values as batched."""
        batched = self.condensed.batched.tolist()
        operands, starts, k = self.operands.tolist(), self.starts.tolist(), self.leaves
        for begin, end in pairwise(starts):
            for x in operands[begin:end]:
                if batched[x]:
                    batched[k] = True
                    break
            k += 1
        self.condensed.batched = np.array(batched)
        self.condensed.buffers[self.leaves :][self.condensed.batched[self.leaves :]] = BATCHED

    # --- Terms --------------------------------------------------------------------------------------------------------

    def _terms(self, adding: Ids, inside: Ids, products: Ids, user: Ids) -> tuple[Ids, Ids, Ids, Ids]:
        """Return the terms of all sums as columns: sum, sign, and two factors, the second -1 if there is only one."""
        leaves, starts, lengths = self.leaves, self.starts, self.lengths
        count = len(self.codes)
        second = self.operands[np.minimum(starts[:-1] + 1, len(self.operands) - 1)]
        own = np.arange(leaves, leaves + count)
        differing = self._are(ops.NEG)[user] | (self._are(ops.SUB)[user] & (second[user] == own))
        root = np.where(inside, user, np.arange(count))
        sign = np.where(inside & differing, -1, 1)
        while True:  # pointer jumping, from each nested sum to its outermost sum
            further = root[root]
            if np.array_equal(further, root):
                break
            sign = sign * sign[root]
            root = further
        owner = np.repeat(np.arange(count), lengths)
        position = positions_within(lengths)
        dots = self._are(several.DOT)
        half = (lengths - 1) // 2
        is_dot = dots[owner]
        left = adding[owner] & is_dot & (position < half[owner])
        plain = adding[owner] & (~is_dot | (position == lengths[owner] - 1))
        places = np.flatnonzero(left | plain)
        value = self.operands[places]
        at = owner[places]
        computed = np.where(value >= leaves, value - leaves, 0)
        nested = plain[places] & (value >= leaves) & inside[computed]
        places, value, at, computed = places[~nested], value[~nested], at[~nested], computed[~nested]
        of_dot = left[places]
        of_product = ~of_dot & (value >= leaves) & products[computed]
        x = np.where(of_product, self.operands[starts[computed]], value)
        y = np.where(of_product, second[computed], -1)
        y[of_dot] = self.operands[places[of_dot] + half[at[of_dot]]]
        minus = (position[places] == 1) & self._are(ops.SUB)[at] | self._are(ops.NEG)[at]
        signs = sign[at] * np.where(minus, -1, 1)
        order = np.argsort(root[at], kind="stable")
        return root[at][order] + leaves, signs[order], x[order], y[order]

    def _form_sums(self, root: Ids, sign: Ids, x: Ids, y: Ids) -> None:
        """Split each sum into parts: dot products, products and single values."""
        condensed = self.condensed
        kinds, buffers, batched = condensed.kinds, condensed.buffers, condensed.batched
        is_product = y >= 0
        other = np.where(is_product, y, x)
        swap = is_product & (batched[other] * 4 + kinds[other] < batched[x] * 4 + kinds[x])
        x, y = np.where(swap, other, x), np.where(swap, x, other)
        new_root = np.diff(root, prepend=-1) != 0
        constant = ~is_product & (kinds[x] == CONSTANT)
        run = np.cumsum(new_root | (~is_product & ~constant))
        x, sign = self._with_signed_constants(run, sign, is_product & (kinds[x] == CONSTANT), x, y)
        kinds, buffers = condensed.kinds, condensed.buffers
        # A part is a single value, or all products of one kind in a run.
        many = int(buffers.max()) + 1
        kind = ((run * 2 + (sign > 0)) * many + buffers[x]) * many + buffers[y]
        alone = np.flatnonzero(~is_product)
        kind[alone] = -1 - alone
        _, first, part = np.unique(kind, return_index=True, return_inverse=True)
        part = part.reshape(-1)
        # A constant 0 is dropped from a sum that has a product.
        zero = constant[first]
        zero[zero] = condensed.constants(x[first][zero]) == 0
        count_of = np.unique(root, return_inverse=True)[1].reshape(-1)
        has_product = np.bincount(count_of, is_product) > 0
        zero &= has_product[count_of[first]]
        kept = np.flatnonzero(~zero)
        kept = kept[np.argsort(first[kept])]
        number = np.full(len(first), -1)
        number[kept] = np.arange(len(kept))
        terms = np.flatnonzero(number[part] >= 0)
        terms = terms[np.argsort(number[part[terms]], kind="stable")]
        sizes = np.bincount(number[part[terms]], minlength=len(kept))
        self._compute_parts(root[first[kept]], sign[first[kept]], is_product[first[kept]], sizes, x[terms], y[terms])

    def _with_signed_constants(self, run: Ids, sign: Ids, weighted: Ids, x: Ids, y: Ids) -> tuple[Ids, Ids]:
        """Negate the constants of products that are subtracted, so that they are parts of the same dot product.

        A single one, as in ``a - 2 * b``, stays as it was written.
        """
        condensed = self.condensed
        many = int(condensed.buffers.max()) + 1
        _, kind, count = np.unique(
            (run * many + condensed.buffers[y])[weighted], return_inverse=True, return_counts=True
        )
        those = np.flatnonzero(weighted)[(count[kind.reshape(-1)] > 1) & (sign[weighted] < 0)]
        if not len(those):
            return x, sign
        numbers, which = np.unique(-condensed.constants(x[those]), return_inverse=True)
        x, sign = x.copy(), sign.copy()
        x[those], sign[those] = condensed.new_constants(numbers)[which.reshape(-1)], 1
        return x, sign

    def _compute_parts(self, root: Ids, sign: Ids, is_product: Ids, sizes: Ids, x: Ids, y: Ids) -> None:
        """Add packs for the parts of sums, which have ``sizes`` terms each, and for the sums of these parts."""
        condensed = self.condensed
        begins = np.cumsum(sizes) - sizes
        owners, owner, parts = np.unique(root, return_inverse=True, return_counts=True)
        owner = owner.reshape(-1)
        whole = is_product & (parts[owner] == 1) & (sign > 0)  # sums that consist of one part
        root, owners = self.names[root], self.names[owners]
        value = np.where(is_product, root, x[begins])
        split = np.flatnonzero(is_product & ~whole)
        value[split] = condensed.new(
            condensed.batched[x[begins[split]]] | condensed.batched[y[begins[split]]], root[split]
        )
        for size in np.unique(sizes[is_product]).tolist():
            those = np.flatnonzero(is_product & (sizes == size))
            at = begins[those][:, None] + np.arange(size)
            op = ops.MUL if size == 1 else several.DOT
            condensed.packs.append(Pack(op, value[those], np.concatenate([x[at], y[at]], axis=1)))
        begins = np.cumsum(parts) - parts
        rest = ~whole[begins]
        for size in np.unique(parts[rest]).tolist():
            those = np.flatnonzero(rest & (parts == size))
            at = begins[those][:, None] + np.arange(size)
            self._add(owners[those], sign[at], value[at])

    def _add(self, ids: Ids, signs: Ids, values: Ids) -> None:
        """Add packs for sums of equally many parts, one for each pattern of signs."""
        packs = self.condensed.packs
        if values.shape[1] > FEW:
            buffers = self.condensed.buffers[values]
            within, alike = (buffers == buffers[:, :1]).all(axis=1), (signs == signs[:, :1]).all(axis=1)
            for k in np.flatnonzero(~within).tolist():
                self._add_mixed(ids[k : k + 1], signs[k], values[k])
            mixed = np.flatnonzero(within & ~alike)
            if len(mixed):  # as dot products with 1 and -1
                ones = self.condensed.new_constants(np.array([1.0, -1.0]))
                weights = np.where(signs[mixed] > 0, *ones)
                packs.append(Pack(several.DOT, ids[mixed], np.concatenate([weights, values[mixed]], axis=1)))
            ids, signs, values = ids[within & alike], signs[within & alike], values[within & alike]
            if not len(ids):
                return
            coded = (signs[:, 0] > 0).astype(np.int64)
        else:
            coded = (signs > 0) @ (1 << np.arange(signs.shape[1]))
        for code in np.flatnonzero(np.bincount(coded)).tolist():
            those = np.flatnonzero(coded == code)
            pattern = tuple(signs[those[0]].tolist())
            if pattern == (-1,):
                packs.append(Pack(ops.NEG, ids[those], values[those]))
            else:
                packs.append(Pack(several.SUM, ids[those], values[those], pattern))

    def _add_mixed(self, ids: Ids, signs: Ids, values: Ids) -> None:
        """Add packs for a long sum: one sum for the terms of each sign and buffer, and the sum of these sums."""
        condensed = self.condensed
        kinds, which = np.unique(np.stack([signs, condensed.buffers[values]]), axis=1, return_inverse=True)
        which = which.reshape(-1)
        total = []
        for k in range(kinds.shape[1]):
            those = values[which == k]
            if len(those) == 1:
                total.append(those[0])
            else:
                part = condensed.new(condensed.batched[those[:1]], ids)
                condensed.packs.append(Pack(several.SUM, part, those[None], (1,) * len(those)))
                total.append(part[0])
        condensed.packs.append(Pack(several.SUM, ids, np.array([total]), tuple(kinds[0].tolist())))

    # --- Other operations ---------------------------------------------------------------------------------------------

    def _others(self, those: Ids) -> None:
        """Add packs for operations other than sums, by operation and number of operands."""
        condensed = self.condensed
        places = np.flatnonzero(those)
        kind = self.codes[places] * (int(self.lengths.max()) + 1) + self.lengths[places]
        for each in np.unique(kind).tolist():
            at = places[kind == each]
            op = self.table[int(self.codes[at[0]])]
            operands = self.operands[self.starts[at][:, None] + np.arange(int(self.lengths[at[0]]))]
            if op in OF_MAGNITUDES:
                operands = self._magnitudes(at + self.leaves, operands)
                if op is several.NORM1:
                    self._add(at + self.leaves, np.ones_like(operands), operands)
                    continue
                op = several.MAX
            if op is several.COSINE_SIMILARITY:
                condensed.packs += cosines(condensed, at + self.leaves, operands)
                continue
            if op is ops.MUL:
                x, y = operands.T
                key = condensed.batched * 4 + condensed.kinds
                swap = key[y] < key[x]
                operands = np.stack([np.where(swap, y, x), np.where(swap, x, y)], axis=1)
            condensed.packs.append(Pack(op, at + self.leaves, operands))

    def _magnitudes(self, ids: Ids, operands: Ids) -> Ids:
        """Return the magnitudes of operands, of each value once."""
        condensed = self.condensed
        values, first, which = np.unique(operands, return_index=True, return_inverse=True)
        found = condensed.new(condensed.batched[values], ids[first // operands.shape[1]])
        condensed.packs.append(Pack(ops.ABS, found, values[:, None]))
        return found[which.reshape(operands.shape)]

    def _join(self) -> None:
        """Merge packs that have equal operations, numbers of operands, and signs."""
        condensed = self.condensed
        alike: dict[Any, list[Pack]] = {}
        for pack in condensed.packs:
            alike.setdefault((pack.op, pack.operands.shape[1], pack.signs), []).append(pack)
        condensed.packs = [packs[0] if len(packs) == 1 else self._joined(packs) for packs in alike.values()]

    def _joined(self, packs: Sequence[Pack]) -> Pack:
        ids = np.concatenate([pack.ids for pack in packs])
        order = np.argsort(self.condensed.order[ids], kind="stable")
        operands = np.concatenate([pack.operands for pack in packs])
        return Pack(packs[0].op, ids[order], operands[order], packs[0].signs)


def _has_equal(keys: Ids) -> bool:
    """True if two of the keys are equal."""
    ordered = np.sort(keys)
    return bool((ordered[1:] == ordered[:-1]).any())


def _merge_equal(first: Ids, ids: Ids, keys: Ids) -> None:
    """For values with equal keys, set ``first`` to the first of these values."""
    if _has_equal(keys):
        _, index, inverse = np.unique(keys, return_index=True, return_inverse=True)
        first[ids] = ids[index[inverse.reshape(-1)]]
