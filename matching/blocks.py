"""Records in blocks: which share a key, and who meets whom over all passes, without a pair ever being held twice."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from matching.types import Flags, Keys, Rows

_FEW = 4096
"""Keys that numpy sorts as fast."""


@dataclass(frozen=True)
class Blocks:
    """The blocks of one pass that hold more than one record: their rows, each block ascending, and where each starts (and the end)."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]

    @staticmethod
    def of(rows: Rows, keys: Keys) -> Blocks:
        """Group rows by key."""
        if (rows[1:] < rows[:-1]).any():
            order = np.argsort(rows, kind="stable")
            rows, keys = rows[order], keys[order]
        order = grouped(keys)
        return Blocks.of_grouped(rows[order], keys[order])

    @staticmethod
    def of_grouped(rows: Rows, keys: Keys) -> Blocks:
        """Take rows whose equal keys stand together, each group ascending."""
        return Blocks(*_blocks(rows.astype(np.int32), keys))

    @staticmethod
    def together(parts: list[Blocks]) -> Blocks:
        """Put blocks of several kinds of keys into one list."""
        shifts = np.cumsum([0, *(len(part.rows) for part in parts)])
        starts = [part.starts[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        return Blocks(np.concatenate([part.rows for part in parts]), np.concatenate([*starts, shifts[-1:]]).astype(np.int64))


def meet(blocks: list[Blocks], first: Rows, copies: Flags, new: Flags | None) -> tuple[Rows, Rows, Keys, Rows]:
    """Join the blocks of all passes row by row: left rows, right rows, passes that reached each pair, and distinct pairs of every pass."""
    rows = np.concatenate([found.rows for found in blocks]) if blocks else np.zeros(0, dtype=np.int32)
    shifts = np.concatenate([[0], np.cumsum([len(found.rows) for found in blocks])]).astype(np.int64)
    ends = np.concatenate([np.repeat(found.starts[1:] + shift, np.diff(found.starts)) for found, shift in zip(blocks, shifts, strict=False)] or [shifts[:0]])
    at, entries = by_row(rows, len(first))
    copy_rows = np.flatnonzero(copies)
    copy_rows = copy_rows[np.argsort(first[copy_rows], kind="stable")]
    copy_starts = np.searchsorted(first[copy_rows], np.arange(len(first) + 1))
    only_new = new is not None
    count, right, reach, counts = _meet(rows, ends, shifts, at, entries, copy_rows, copy_starts, np.ones(1, dtype=bool) if new is None else new, only_new)
    return np.repeat(np.arange(len(first)), count), right, reach, counts


def distinct(values: Rows) -> Rows:
    """Give the distinct values, ascending (by sorting, which is several times faster than `np.unique` by hashing)."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def run_starts(keys: Keys) -> Rows:
    """Where each run of equal keys starts, and the end."""
    edges = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1], [True]])) if len(keys) else np.zeros(1, dtype=np.int64)
    return edges.astype(np.int64)


def grouped(keys: Keys) -> Rows:
    """Give an order in which equal keys (hashes, or 0) stand together, each group in its old order."""
    return _grouped(keys) if len(keys) > _FEW else np.argsort(keys, kind="stable")


@numba.njit(cache=True)
def _grouped(keys):  # type: ignore[no-untyped-def]
    """Radix sort by 33 bits of the hashes; the few groups that agree in these and not in the rest are then told apart."""
    n = len(keys)
    order, other = np.arange(n, dtype=np.int64), np.empty(n, np.int64)
    sorted_, spare = keys.copy(), np.empty(n, np.uint64)
    digits, mask = np.uint64(2047), np.uint64((1 << 33) - 1)
    place = np.zeros((3, 2049), np.int64)
    for key in keys:
        place[0, (key & digits) + np.uint64(1)] += 1
        place[1, ((key >> np.uint64(11)) & digits) + np.uint64(1)] += 1
        place[2, ((key >> np.uint64(22)) & digits) + np.uint64(1)] += 1
    for turn in range(3):
        shift = np.uint64(11 * turn)
        for digit in range(2048):
            place[turn, digit + 1] += place[turn, digit]
        for i in range(n):
            digit = (sorted_[i] >> shift) & digits
            to = place[turn, digit]
            place[turn, digit] = to + 1
            spare[to], other[to] = sorted_[i], order[i]
        order, other = other, order
        sorted_, spare = spare, sorted_
    start = 0
    while start < n:
        end, mixed = start + 1, False
        while end < n and (sorted_[end] & mask) == (sorted_[start] & mask):
            mixed = mixed or sorted_[end] != sorted_[start]
            end += 1
        if mixed:
            for i in range(start + 1, end):
                key, row, j = sorted_[i], order[i], i
                while j > start and sorted_[j - 1] > key:
                    sorted_[j], order[j] = sorted_[j - 1], order[j - 1]
                    j -= 1
                sorted_[j], order[j] = key, row
        start = end
    return order


@numba.njit(cache=True)
def _blocks(rows, keys):  # type: ignore[no-untyped-def]
    """Keep groups of more than one record; a record that several of its alternatives put into a group stands there once."""
    n = len(rows)
    out, starts = np.empty(n, np.int32), np.empty(n // 2 + 2, np.int64)
    filled, blocks, start = 0, 0, 0
    while start < n:
        begin, end = filled, start
        while end < n and keys[end] == keys[start]:
            if filled == begin or rows[end] != out[filled - 1]:
                out[filled] = rows[end]
                filled += 1
            end += 1
        if filled - begin > 1:
            starts[blocks] = begin
            blocks += 1
        else:
            filled = begin
        start = end
    starts[blocks] = filled
    return out[:filled].copy(), starts[: blocks + 1].copy()


@numba.njit(cache=True)
def by_row(rows, count):  # type: ignore[no-untyped-def]
    """Entries (positions in `rows`) of every value: `entries[at[value]:at[value + 1]]`, in order (a counting sort)."""
    at = np.zeros(count + 1, np.int64)
    for row in rows:
        at[row + 1] += 1
    for row in range(count):
        at[row + 1] += at[row]
    place, entries = at.copy(), np.empty(len(rows), np.int32)
    for position in range(len(rows)):
        entries[place[rows[position]]] = position
        place[rows[position]] += 1
    return at, entries


@numba.njit(cache=True)
def _meet(rows, ends, shifts, at, entries, copy_rows, copy_starts, new, only_new):  # type: ignore[no-untyped-def]
    """Gather for every row the larger rows it shares a block with, ascending, and a bit for every pass that says so."""
    size, passes = len(at) - 1, len(shifts) - 1
    right, reach = np.empty(1024, np.int64), np.empty(1024, np.uint64)
    count, counts = np.zeros(size, np.int64), np.zeros(passes, np.int64)
    slot = np.full(size, -1, np.int64)  # of the last pair of every row; one of this row's where it is not before its first
    filled = 0
    for row in range(size):
        begin, number = filled, 0
        for entry in range(at[row], at[row + 1]):
            position = entries[entry]
            while position >= shifts[number + 1]:
                number += 1
            bit = np.uint64(1) << np.uint64(number)
            if filled + ends[position] - position > len(right):
                right, reach = _grown(right, reach, filled + ends[position] - position)
            for other in rows[position + 1 : ends[position]]:
                if only_new and not new[row] and not new[other]:
                    continue
                at_pair = slot[other]
                if at_pair < begin:
                    slot[other], right[filled], reach[filled] = filled, other, bit
                    counts[number] += 1
                    filled += 1
                elif reach[at_pair] & bit == 0:
                    reach[at_pair] |= bit
                    counts[number] += 1
        for copy in copy_rows[copy_starts[row] : copy_starts[row + 1]]:
            if only_new and not new[row] and not new[copy]:
                continue
            if filled == len(right):
                right, reach = _grown(right, reach, filled + 1)
            right[filled], reach[filled] = copy, np.uint64(1) << np.uint64(passes)
            filled += 1
        count[row] = filled - begin
        _order(right[begin:filled], reach[begin:filled])
    return count, right[:filled].copy(), reach[:filled].copy(), counts


@numba.njit(cache=True)
def _order(right, reach):  # type: ignore[no-untyped-def]
    """Sort by `right`, in place (Shell 1959, which needs no memory and little time to compile)."""
    gap = 1
    while 27 * gap < len(right):
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(right)):
            row, bits, j = right[i], reach[i], i
            while j >= gap and right[j - gap] > row:
                right[j], reach[j] = right[j - gap], reach[j - gap]
                j -= gap
            right[j], reach[j] = row, bits
        gap //= 3


@numba.njit(cache=True)
def _grown(right, reach, needed):  # type: ignore[no-untyped-def]
    """Copies with room for more."""
    size = max(needed, len(right) * 3 // 2)
    more_right, more_reach = np.empty(size, np.int64), np.empty(size, np.uint64)
    for i in range(len(right)):
        more_right[i], more_reach[i] = right[i], reach[i]
    return more_right, more_reach
