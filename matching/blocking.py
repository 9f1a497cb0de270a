"""Second step: records that share a key in any pass become candidate pairs.

A key is a pure function of one record and the model, so the pairs among any set of records are the same whatever other records there are.
Records that say exactly the same meet the oldest of them only, which stands for them in every pass.
Over-large blocks are narrowed by further parts; which ones is frozen in the model when it is fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from matching.blocks import Blocks, by_row, distinct, grouped, in_order, meet
from matching.hashing import looked_up, mix
from matching.model import Model
from matching.spec import Pass, Spec
from matching.types import BlockReport, Encoded, Flags, Keys, Pairs, Rows


@dataclass(frozen=True)
class _Seats:
    """Records in an order in which those likely to meet sit side by side: looking up a neighbour costs a fraction of looking up a stranger."""

    rows: Rows
    """Row of the record on every seat."""
    first: Rows
    """Per row: the oldest record that says the same."""
    copies: Flags
    """Per seat: whether another stands for its record."""

    @staticmethod
    def of(encoded: Encoded, spec: Spec, seed: int) -> _Seats:
        """Seat the records by the keys of the first pass."""
        first, copies = stand_ins(encoded)
        keys = [encoded.part(key.split("|")[0]).astype(np.uint64, copy=False) for blocking in spec.passes[:1] for key in blocking.keys]
        rows = grouped(mix(keys, seed))[0] if keys else np.arange(len(encoded))
        return _Seats(rows, first, copies[rows])

    def seated(self, encoded: Encoded, spec: Spec) -> Encoded:
        """Give the parts that passes read, seat by seat."""
        return Encoded(encoded.frame.select(sorted({part for blocking in spec.passes for part in blocking.parts}))[self.rows])

    def pairs(self, blocks: list[Blocks], new: Flags | None, report: Callable[[Rows], BlockReport]) -> Pairs:
        """Give the pairs of rows that the blocks of seats of all passes make, and those of a record and its copies."""
        left, right, reach, counts = meet(blocks, len(self.rows), None if new is None else new[self.rows])
        copies = np.sort(self.rows[self.copies])
        if new is not None:
            copies = copies[new[copies] | new[self.first[copies]]]
        same = np.full(len(copies), np.uint64(1) << np.uint64(len(blocks)))
        ends = (np.concatenate([self.rows[left], self.first[copies]]), np.concatenate([self.rows[right], copies]))
        return Pairs(*in_order(*ends, np.concatenate([reach, same]), len(self.rows)), report(counts))


def block(encoded: Encoded, model: Model, new: Flags | None = None) -> Pairs:
    """Give all candidate pairs; with `new` (one flag per record) only those with at least one new record."""
    seats = _Seats.of(encoded, model.spec, model.seed)
    blocks = _blocks(seats.seated(encoded, model.spec), seats.copies, model)
    outgrown = [int((np.diff(found.starts) > 2 * blocking.limit).sum()) for blocking, found in zip(model.spec.passes, blocks, strict=True)]
    return seats.pairs(blocks, new, lambda counts: _report(model.spec, model.narrowed, counts, outgrown))


def _blocks(encoded: Encoded, copies: Flags, model: Model) -> list[Blocks]:
    return [Blocks.of(*pass_keys(encoded, blocking, model), copies) for blocking in model.spec.passes]


def _report(spec: Spec, narrowed: dict[str, tuple[Keys, ...]], counts: Rows, outgrown: list[int]) -> BlockReport:
    lists = [narrowed.get(blocking.name, (np.zeros(0, dtype=np.uint64),)) for blocking in spec.passes]
    return BlockReport(
        tuple(blocking.name for blocking in spec.passes),
        tuple(counts.tolist()),
        tuple(sum(len(keys) for keys in steps[:-1]) for steps in lists),
        tuple(len(steps[-1]) for steps in lists),
        tuple(outgrown),
    )


def stand_ins(encoded: Encoded) -> tuple[Rows, Flags]:
    """Give for every record the oldest that says the same, and whether it is a copy of another."""
    twin = encoded.part("twin")
    order, starts = grouped(twin)
    oldest = np.empty(len(twin), dtype=np.int64)
    oldest[order] = np.repeat(order[starts[:-1]], np.diff(starts))
    oldest = np.where(twin == 0, np.arange(len(twin)), oldest)
    return oldest, np.asarray(oldest != np.arange(len(twin)))


def identical(pairs: Pairs, spec: Spec) -> Flags:
    """Say which pairs are of records that say exactly the same."""
    return np.asarray((pairs.reach >> np.uint64(len(spec.passes))) & np.uint64(1) != 0)


def pass_keys(encoded: Encoded, blocking: Pass, model: Model) -> tuple[Rows, Keys]:
    """Give (row, key) of one pass, narrowed as the model says; a record has one key per combination of alternatives, or none."""
    found = [_narrow(encoded, rows, keys, blocking, model) for rows, keys in _plain_keys(encoded, blocking, model.seed)]
    rows, keys = np.concatenate([r for r, _ in found]), np.concatenate([k for _, k in found])
    return rows, keys


def _plain_keys(encoded: Encoded, blocking: Pass, seed: int) -> Iterator[tuple[Rows, Keys]]:
    keep = np.ones(len(encoded), dtype=bool)
    for part, largest in blocking.where.items():
        values = encoded.part(part)
        keep &= (values > 0) & (values <= largest)
    for parts in product(*(key.split("|") for key in blocking.keys)):
        keys = mix([encoded.part(part).astype(np.uint64) for part in parts], seed)
        rows = np.flatnonzero(keep & (keys != 0))
        if len(rows) or parts == tuple(key.split("|")[0] for key in blocking.keys):
            yield rows, keys[rows]


def _narrow(encoded: Encoded, rows: Rows, keys: Keys, blocking: Pass, model: Model) -> tuple[Rows, Keys]:
    """Replace the keys of over-large blocks by narrower ones; a record without the narrowing part leaves the block."""
    lists = model.narrowed.get(blocking.name, ())
    for part, large in zip((*blocking.narrow, None), lists, strict=False):
        over = _among(keys, large)
        if not over.any():
            break
        if part is None:
            return rows[~over], keys[~over]
        finer = narrower(encoded, part, rows[over], keys[over])
        keys = keys.copy()
        keys[over] = finer
        rows, keys = rows[keys != 0], keys[keys != 0]
    return rows, keys


def narrower(encoded: Encoded, part: str, rows: Rows, keys: Keys) -> Keys:
    """Combine keys with a narrowing part."""
    return mix([keys, encoded.part(part)[rows].astype(np.uint64)])


def fit_blocks(encoded: Encoded, spec: Spec, seed: int) -> tuple[dict[str, tuple[Keys, ...]], Pairs]:
    """Find the blocks above the limit of their pass, narrow them step by step, close what stays too large; and give the pairs of the rest.

    The pairs are those of `block` with a model of these narrowed blocks.
    """
    seats = _Seats.of(encoded, spec, seed)
    blocks, lists = _fit_passes(seats.seated(encoded, spec), spec, seed, seats.copies)
    narrowed = {blocking.name: found for blocking, found in zip(spec.passes, lists, strict=True) if any(len(large) for large in found)}
    return narrowed, seats.pairs(blocks, None, lambda counts: _report(spec, narrowed, counts, [0] * len(spec.passes)))


def _fit_passes(encoded: Encoded, spec: Spec, seed: int, copies: Flags) -> tuple[list[Blocks], list[tuple[Keys, ...]]]:
    found = [_fit_pass(encoded, blocking, seed, copies) for blocking in spec.passes]
    return [blocks for blocks, _ in found], [lists for _, lists in found]


def _fit_pass(encoded: Encoded, blocking: Pass, seed: int, copies: Flags) -> tuple[Blocks, tuple[Keys, ...]]:
    """Blocks of one pass, and the keys of the blocks narrowed at every step (the last list: closed)."""
    plain = list(_plain_keys(encoded, blocking, seed))
    rows, keys = np.concatenate([r for r, _ in plain]), np.concatenate([k for _, k in plain])
    if len(plain) > 1:
        order = by_row(rows, len(encoded))[1]
        rows, keys = rows[order], keys[order]
    kept: list[Blocks] = []
    lists: list[Keys] = []
    for part in (*blocking.narrow, None):
        order, starts = grouped(keys)
        large = _large(rows, order, starts, blocking.limit, once=len(plain) == 1)
        lists.append(np.sort(keys[order[starts[:-1][large]]]))
        kept.append(Blocks.of_groups(rows, order, starts, large, copies))
        over = order[np.repeat(large, np.diff(starts))] if large.any() else order[:0]
        rows, keys = rows[over], keys[over]
        if part is not None and len(rows):
            keys = narrower(encoded, part, rows, keys)
            rows, keys = rows[keys != 0], keys[keys != 0]
    return Blocks.together(kept), tuple(lists)


def _large(rows: Rows, order: Rows, starts: Rows, limit: int, once: bool) -> Flags:
    """Say which blocks hold more distinct records than the limit; `once`: no record stands twice in a block."""
    large = np.diff(starts) > limit
    if not once:
        for block in np.flatnonzero(large):
            large[block] = len(distinct(rows[order[starts[block] : starts[block + 1]]])) > limit
    return np.asarray(large)


def _among(keys: Keys, table: Keys) -> Flags:
    return np.asarray(looked_up(table, keys) >= 0) if len(table) else np.zeros(len(keys), dtype=bool)
