"""Comparison of citizen identity numbers: equal, damaged, masked, another person's, or two that can only be two persons'."""

from __future__ import annotations

import numba
import numpy as np

from matching.comparisons.base import Comparator, Level, Side
from matching.standardise.numbers import INVALID, MASK, PARTIAL, VALID
from matching.types import Rows, Small

LEVELS = (
    Level("two_certified", "two different valid numbers, each agreeing with its own record", "两个不同的有效号码，且各与本人记录相符", 0.0005, 0.35),
    Level("two_unproven", "two different valid numbers, one without a birth date to check it by", "两个不同的有效号码，其中一方无出生日期可核对", 0.002, 0.5),
    Level("two_doubtful", "two different valid numbers, one of which contradicts its own record", "两个不同的有效号码，其中一个与本人记录矛盾", 0.01, 0.1),
    Level("differs", "the numbers differ in several places", "号码多处不同", 0.01, 0.045),
    Level("head", "area and birth date in the numbers agree, the rest is hidden or missing", "号码中的地区和出生日期一致，其余被遮盖或缺失", 0.006, 0.0005),
    Level("suspect", "the same number, but it contradicts one record (perhaps a relative's)", "号码相同，但与其中一条记录矛盾（可能为亲属号码）", 0.01, 0.0005),
    Level("partial", "everything legible of a masked or cut number agrees", "被遮盖或截断的号码可见部分一致", 0.01, 0.0001),
    Level("slip", "the numbers differ by one slip of the pen", "号码仅差一处笔误", 0.02, 0.00005),
    Level("equal_invalid", "the same number, though not a valid one", "号码相同（但校验不通过）", 0.01, 0.00005),
    Level("equal", "the same valid number", "有效号码相同", 0.3, 0.00005),
    Level("certified", "the same valid number, agreeing with both records", "有效号码相同，且与双方记录相符", 0.62, 0.00005),
)
_MASKED = np.uint64(MASK)
_CODE = {level.name: np.uint8(i + 1) for i, level in enumerate(LEVELS)}


def citizen_number(left: Side, right: Side) -> Small:
    """Numbers are compared digit by digit; whether each agrees with its own record's birth date and sex decides what a difference means."""
    a0, b0, a1, b1 = left["digits0"], right["digits0"], left["digits1"], right["digits1"]
    a_status, b_status = left["status"], right["status"]
    both = (a_status > 0) & (b_status > 0)
    level = np.full(len(a0), _CODE["differs"], dtype=np.uint8)
    valid = (a_status == VALID) & (b_status == VALID)
    whole_equal = valid & (left["whole"] == right["whole"])
    certified = (left["certified"] != 0) & (right["certified"] != 0)
    level[valid] = np.where((left["agrees"] == 2) | (right["agrees"] == 2), _CODE["two_doubtful"], _CODE["two_unproven"])[valid]
    level[valid & certified] = _CODE["two_certified"]
    digits = np.isin(a_status, (INVALID, PARTIAL, VALID)) & np.isin(b_status, (INVALID, PARTIAL, VALID))
    partial = digits & ((a_status == PARTIAL) | (b_status == PARTIAL))
    complete = digits & ~partial & ~valid
    level[complete & _one_slip(a0, b0, a1, b1)] = _CODE["slip"]
    level = _damaged(left, right, np.flatnonzero(partial | (complete & (left["size"] != right["size"]))), level)
    same_text = (left["any"] == right["any"]) & (left["any"] != 0)
    level[both & ~valid & same_text] = _CODE["equal_invalid"]
    level[whole_equal] = _CODE["equal"]
    level[whole_equal & certified] = _CODE["certified"]
    level[whole_equal & ((left["agrees"] == 2) | (right["agrees"] == 2))] = _CODE["suspect"]
    return np.where(both, level, 0).astype(np.uint8)


@numba.njit(cache=True)
def _one_slip(a0, b0, a1, b1):  # type: ignore[no-untyped-def]
    """One digit differs, or two neighbours are exchanged (positions 1-16 and 17-18 apart)."""
    out = np.zeros(len(a0), np.bool_)
    for row in range(len(a0)):
        count, at = 0, 0
        for place in range(18):
            if _digit(a0[row], a1[row], place) != _digit(b0[row], b1[row], place):
                count, at = count + 1, place
        swapped = count == 2 and at not in (0, 16)
        if swapped:
            for place, other in ((at, at - 1), (at - 1, at)):
                swapped = swapped and _digit(a0[row], a1[row], place) == _digit(b0[row], b1[row], other)
        out[row] = count == 1 or swapped
    return out


@numba.njit(cache=True)
def _digit(high, low, place):  # type: ignore[no-untyped-def]
    """Digit at a place (0-17) of a number in nibbles."""
    return (high >> np.uint64(60 - 4 * place)) & np.uint64(15) if place < 16 else (low >> np.uint64(4 * (17 - place))) & np.uint64(15)


def _damaged(left: Side, right: Side, rows: Rows, level: Small) -> Small:
    """Masked, cut or overlong numbers: compare what is legible."""
    if len(rows) == 0:
        return level
    a, b = left.where(rows), right.where(rows)
    found = (a["digits0"], a["digits1"], a["size"], b["digits0"], b["digits1"], b["size"])
    level = level.copy()
    level[rows] = _damaged_levels(*found, _CODE["differs"], _CODE["slip"], _CODE["partial"], _CODE["head"])
    return level


@numba.njit(cache=True)
def _damaged_levels(a0, a1, a_size, b0, b1, b_size, differs, slip, partial, head):  # type: ignore[no-untyped-def]
    """Level by what is legible on both sides where something is masked, else by the longer number's beginning or one slip."""
    out = np.full(len(a0), differs, np.uint8)
    for row in range(len(a0)):
        n, m = min(int(a_size[row]), 18), min(int(b_size[row]), 18)
        short = min(n, m)
        places = agree = tail = 0
        masked = False
        for place in range(max(n, m)):
            x, y = _digit(a0[row], a1[row], place), _digit(b0[row], b1[row], place)
            masked = masked or (place < n and x == _MASKED) or (place < m and y == _MASKED)
            if place < short and x != _MASKED and y != _MASKED:
                places, agree, tail = places + 1, agree + (x == y), tail + (place >= 14)
        if masked:
            if n == m and agree == places and agree >= 6:
                out[row] = partial if tail >= 2 else head
            elif n == m and agree == places - 1 and agree >= 12:
                out[row] = slip
        elif agree == short:
            out[row] = partial if short >= 16 else head if short >= 14 else differs
        elif _one_edit(a0[row], a1[row], n, b0[row], b1[row], m):
            out[row] = slip
    return out


@numba.njit(cache=True)
def _one_edit(a0, a1, n, b0, b1, m):  # type: ignore[no-untyped-def]
    """Say whether one digit changed, left out or put in, or one exchange of neighbours makes the numbers equal (OSA distance of 1)."""
    if n < m:
        a0, a1, n, b0, b1, m = b0, b1, m, a0, a1, n
    at = 0
    while at < m and _digit(a0, a1, at) == _digit(b0, b1, at):
        at += 1
    if n == m:
        rest, swapped = True, at + 1 < n and _digit(a0, a1, at) == _digit(b0, b1, at + 1) and _digit(a0, a1, at + 1) == _digit(b0, b1, at)
        for place in range(at + 1, n):
            same = _digit(a0, a1, place) == _digit(b0, b1, place)
            rest = rest and same
            swapped = swapped and (same or place == at + 1)
        return rest or swapped
    shifted = n == m + 1
    for place in range(at, m):
        shifted = shifted and _digit(a0, a1, place + 1) == _digit(b0, b1, place)
    return shifted


CITIZEN_NUMBER = Comparator(citizen_number, LEVELS, "status", "identity number", "证件号码")
