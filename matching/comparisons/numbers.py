"""Comparison of citizen identity numbers: equal, damaged, masked, another person's, or two that can only be two persons'."""

from __future__ import annotations

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA

from matching.comparisons.base import Comparator, Level, Side, differing, unique_pairs
from matching.standardise.numbers import INVALID, PARTIAL, VALID
from matching.types import Flags, Keys, Rows, Small

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


def _one_slip(a0: Keys, b0: Keys, a1: Keys, b1: Keys) -> Flags:
    """One digit differs, or two neighbours are exchanged (positions 1-16 and 17-18 apart)."""
    x0, x1 = a0 ^ b0, a1 ^ b1
    count = differing(x0) + differing(x1)
    slip = count == 1
    for row in np.flatnonzero(count == 2):
        pairs = ((x0[row], a0[row], b0[row]), (x1[row], a1[row], b1[row]))
        slip[row] = any(_swapped(int(x), int(a), int(b)) for x, a, b in pairs if x)
    return np.asarray(slip)


def _swapped(x: int, a: int, b: int) -> bool:
    shift = ((x & -x).bit_length() - 1) // 4 * 4
    pair_a, pair_b = (a >> shift) & 0xFF, (b >> shift) & 0xFF
    return x >> shift < 256 and pair_a == ((pair_b >> 4) | ((pair_b & 15) << 4))


def _damaged(left: Side, right: Side, rows: Rows, level: Small) -> Small:
    """Masked, cut or overlong numbers: compare what is legible, unique pairs once."""
    if len(rows) == 0:
        return level
    first, second, which = unique_pairs(_legible(left, rows), _legible(right, rows))
    codes = np.array([_damaged_level(a, b) for a, b in zip(first, second, strict=True)], dtype=np.uint8)[which]
    level = level.copy()
    level[rows] = codes
    return level


def _legible(side: Side, rows: Rows) -> pl.Series:
    """Write numbers back as text, `*` where masked."""
    high, low, size = side.where(rows)["digits0"], side.where(rows)["digits1"], side.where(rows)["size"]
    table = np.frombuffer(b"0123456789X!!!* ", dtype=np.uint8)
    shifts = np.arange(15, -1, -1, dtype=np.uint64) * np.uint64(4)
    codes = np.concatenate([(high[:, None] >> shifts) & np.uint64(15), (low[:, None] >> np.array([4, 0], dtype=np.uint64)) & np.uint64(15)], axis=1)
    flat = table[codes.astype(np.int64)].tobytes().decode("ascii")
    return pl.Series([flat[i * 18 : i * 18 + min(int(size[i]), 18)] for i in range(len(rows))], dtype=pl.String)


def _damaged_level(a: str, b: str) -> int:
    if "*" in a or "*" in b:
        places = [(x, y) for x, y in zip(a, b, strict=False) if x != "*" and y != "*"]
        agree = sum(x == y for x, y in places)
        if len(a) != len(b) or agree < len(places) - 1 or agree < 6:
            return int(_CODE["differs"])
        if agree == len(places) - 1:
            return int(_CODE["slip"]) if agree >= 12 else int(_CODE["differs"])
        tail = sum(x != "*" and y != "*" for x, y in zip(a[14:], b[14:], strict=False))
        return int(_CODE["partial"]) if tail >= 2 else int(_CODE["head"])
    short, long = sorted((a, b), key=len)
    if long.startswith(short):
        return int(_CODE["partial"]) if len(short) >= 16 else int(_CODE["head"]) if len(short) >= 14 else int(_CODE["differs"])
    return int(_CODE["slip"]) if OSA.distance(a, b, score_cutoff=1) <= 1 else int(_CODE["differs"])


CITIZEN_NUMBER = Comparator(citizen_number, LEVELS, "status", "identity number", "证件号码")
