"""Records in blocks: which share a key, and who meets whom over all passes, without a pair ever being held twice."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from matching.types import Flags, Keys, Rows


@dataclass(frozen=True)
class Blocks:
    """The blocks of one pass that hold more than one record: their rows, each block ascending, and where each starts (and the end)."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]

    @staticmethod
    def of(rows: Rows, keys: Keys, copies: Flags) -> Blocks:
        """Group rows by key, without those that another stands for."""
        if (rows[1:] < rows[:-1]).any():
            order = np.argsort(rows, kind="stable")
            rows, keys = rows[order], keys[order]
        order, starts = grouped(keys)
        return Blocks.of_groups(rows, order, starts, np.zeros(len(starts) - 1, dtype=bool), copies)

    @staticmethod
    def of_groups(rows: Rows, order: Rows, starts: Rows, large: Flags, copies: Flags) -> Blocks:
        """Take groups of ascending rows that are not too large (`order` and `starts` as `grouped` gives them), without rows another stands for."""
        return Blocks(*_blocks(rows, order, starts, large, copies))

    @staticmethod
    def together(parts: list[Blocks]) -> Blocks:
        """Put blocks of several kinds of keys into one list."""
        shifts = np.cumsum([0, *(len(part.rows) for part in parts)])
        starts = [part.starts[:-1] + shift for part, shift in zip(parts, shifts, strict=False)]
        return Blocks(np.concatenate([part.rows for part in parts]), np.concatenate([*starts, shifts[-1:]]).astype(np.int64))


def meet(blocks: list[Blocks], size: int, new: Flags | None) -> tuple[Rows, Rows, Keys, Rows]:
    """Join the blocks of all passes row by row (of `size`): left rows, right rows, passes that reached each pair, and distinct pairs of every pass.

    A pair stands once, its smaller row left, in no order within a left row; with `new` at least one row of it is new.
    """
    rows = np.concatenate([found.rows for found in blocks]) if blocks else np.zeros(0, dtype=np.int32)
    shifts = np.concatenate([[0], np.cumsum([len(found.rows) for found in blocks])]).astype(np.int64)
    ends = np.concatenate([np.repeat(found.starts[1:] + shift, np.diff(found.starts)) for found, shift in zip(blocks, shifts, strict=False)] or [shifts[:0]])
    at, entries = by_row(rows, size)
    count, right, reach, counts = _meet(rows, ends, shifts, at, entries, np.ones(1, dtype=bool) if new is None else new, new is not None)
    return np.repeat(np.arange(size), count), right, reach, counts


def in_order(left: Rows, right: Rows, reach: Keys, size: int) -> tuple[Rows, Rows, Keys]:
    """Turn every pair of rows (below `size`) smaller row first, and sort the pairs."""
    first, second = np.minimum(left, right), np.maximum(left, right)
    at, entries = by_row(first, size)
    second, reach = second[entries], reach[entries]
    _order(at, second, reach)
    return np.repeat(np.arange(size), np.diff(at)), second, reach


def distinct(values: Rows) -> Rows:
    """Give the distinct values, ascending (by sorting, which is several times faster than `np.unique` by hashing)."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def grouped(keys: Keys) -> tuple[Rows, Rows]:
    """Give an order in which equal keys (hashes, or 0) stand together, and where each group starts (and the end).

    Groups stand in the order of their first members, members in their old order: neighbours stay neighbours.
    """
    group, firsts = numbered(keys)
    starts, order = by_row(group, len(firsts))
    return order, starts


@numba.njit(cache=True)
def numbered(keys):  # type: ignore[no-untyped-def]
    """Number the distinct keys in the order in which they first occur: the number of every key, and where each number first occurs."""
    firsts = np.empty(len(keys), np.int64)
    slots = 16
    while slots < 2 * len(keys):
        slots *= 2
    mask, first, group, count = np.uint64(slots - 1), np.full(slots, -1, np.int32), np.empty(len(keys), np.int32), 0
    for i in range(len(keys)):
        slot = keys[i] & mask
        while first[slot] >= 0 and keys[first[slot]] != keys[i]:
            slot = (slot + np.uint64(1)) & mask
        if first[slot] < 0:
            first[slot], group[i], firsts[count] = i, count, i
            count += 1
        else:
            group[i] = group[first[slot]]
    return group, firsts[:count].copy()


@numba.njit(cache=True)
def _blocks(rows, order, groups, large, copies):  # type: ignore[no-untyped-def]
    """Keep groups of more than one record; a record that several of its alternatives put into a group stands there once."""
    out, starts = np.empty(len(order), np.int32), np.empty(len(order) // 2 + 2, np.int64)
    filled, blocks = 0, 0
    for group in range(len(groups) - 1):
        if large[group]:
            continue
        begin = filled
        for at in order[groups[group] : groups[group + 1]]:
            row = rows[at]
            if not copies[row] and (filled == begin or row != out[filled - 1]):
                out[filled] = row
                filled += 1
        if filled - begin > 1:
            starts[blocks] = begin
            blocks += 1
        else:
            filled = begin
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
def _meet(rows, ends, shifts, at, entries, new, only_new):  # type: ignore[no-untyped-def]
    """Gather for every row the larger rows it shares a block with, and a bit for every pass that says so."""
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
        count[row] = filled - begin
    return count, right[:filled].copy(), reach[:filled].copy(), counts


@numba.njit(cache=True)
def _order(at, right, reach):  # type: ignore[no-untyped-def]
    """Sort every run by `right`, in place (Shell 1959, which needs no memory and little time to compile)."""
    for run in range(len(at) - 1):
        begin, end, gap = at[run], at[run + 1], 1
        while 27 * gap < end - begin:
            gap = 3 * gap + 1
        while gap > 0:
            for i in range(begin + gap, end):
                row, bits, j = right[i], reach[i], i
                while j >= begin + gap and right[j - gap] > row:
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
