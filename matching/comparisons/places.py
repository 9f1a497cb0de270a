"""Comparison of phones, addresses, employers, and codes."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz, process

from matching.comparisons.base import Comparator, Level, Side, differing, unique_pairs
from matching.types import Flags, Small

PHONE_LEVELS = (
    Level("differs", "the phones differ", "电话不同", 0.25, 0.93),
    Level("slip", "the phones differ in one figure", "电话差一个数字", 0.01, 0.001),
    Level("equal_public", "the same phone, which many records give", "电话相同（多条记录共用）", 0.02, 0.02),
    Level("equal_family", "the same phone, shared by a few names (a family)", "电话相同（少数人共用，如家庭电话）", 0.22, 0.03),
    Level("equal", "the same phone, used by nobody else", "电话相同（无他人使用）", 0.5, 0.002),
)


def phone(left: Side, right: Side) -> Small:
    """Phones are compared figure by figure; a phone that several names share says less."""
    sides = [(left[a], right[b]) for a in ("first", "second") for b in ("first", "second")]
    a, b = sides[0]
    equal = np.zeros(len(a), dtype=bool)
    for x, y in sides:
        equal |= (x == y) & (x != 0)
    rank = np.maximum(left.rank("first"), right.rank("first"))
    shared = np.select([rank >= 3, rank == 2], [3, 4], 5)
    level = np.where(equal, shared, np.where(differing(a ^ b) == 1, 2, 1))
    return np.where((a != 0) & (b != 0), level, 0).astype(np.uint8)


PHONE = Comparator(phone, PHONE_LEVELS, "first", "phone", "电话")

ADDRESS_LEVELS = (
    Level("differs", "the addresses differ", "地址不同", 0.25, 0.85),
    Level("same_town", "the addresses are in the same town", "地址在同一乡镇或街道", 0.05, 0.08),
    Level("same_place", "the addresses are in the same village or street", "地址在同一村或街巷", 0.06, 0.02),
    Level("similar", "the addresses are much alike", "地址相似", 0.1, 0.01),
    Level("same_house", "the same house", "同一门牌", 0.2, 0.02),
    Level("equal", "the same address", "地址相同", 0.34, 0.02),
)


def address(left: Side, right: Side) -> Small:
    """Addresses are compared by their parts: town, village or street, house numbers; then as text."""
    whole = left["whole"]
    both = (whole != 0) & (right["whole"] != 0)
    level = np.ones(len(whole), dtype=np.uint8)
    level[_equal(left, right, "town")] = 2
    level[_equal(left, right, "place")] = 3
    level[_equal(left, right, "house")] = 5
    level[_equal(left, right, "whole")] = 6
    rows = np.flatnonzero(both & (level < 5) & ((level > 1) | (left["town"] == 0) | (right["town"] == 0)))
    level[rows] = np.maximum(level[rows], np.where(_likeness(left.where(rows), right.where(rows)) >= 85, 4, 1))
    return np.where(both, level, 0).astype(np.uint8)


ADDRESS = Comparator(address, ADDRESS_LEVELS, "whole", "address", "地址")

EMPLOYER_LEVELS = (
    Level("differs", "the employers differ", "单位不同", 0.3, 0.93),
    Level("similar", "the employers' names are much alike", "单位名称相似", 0.1, 0.01),
    Level("equal_large", "the same employer, a large one", "单位相同（大单位）", 0.3, 0.05),
    Level("equal", "the same employer, a small one", "单位相同（小单位）", 0.3, 0.01),
)


def employer(left: Side, right: Side) -> Small:
    """Employers are compared by name without its legal form; a large employer says less."""
    a, b = left["whole"], right["whole"]
    both = (a != 0) & (b != 0)
    equal = both & (a == b)
    level = np.where(equal, np.where(left.rank("whole") > 1, 3, 4), 1).astype(np.uint8)
    if left.encoded.has(f"{left.column}.text"):
        rows = np.flatnonzero(both & ~equal)
        level[rows] = np.where(_likeness(left.where(rows), right.where(rows)) >= 88, 2, 1)
    return np.where(both, level, 0).astype(np.uint8)


EMPLOYER = Comparator(employer, EMPLOYER_LEVELS, "whole", "employer", "单位")

CODE_LEVELS = (
    Level("differs", "they differ", "不同", 0.03, 0.6),
    Level("equal_common", "they agree; the value is a common one", "相同（常见值）", 0.6, 0.37),
    Level("equal", "they agree; the value is a rare one", "相同（少见值）", 0.37, 0.03),
)


def code(left: Side, right: Side) -> Small:
    """Codes are equal or not; an agreement on a rare value says more."""
    a = left["whole"]
    level = np.where(a == right["whole"], np.where(left.rank("whole") > 1, 2, 3), 1)
    return np.where((a != 0) & (right["whole"] != 0), level, 0).astype(np.uint8)


CODE = Comparator(code, CODE_LEVELS, "whole", "code", "代码")
SEX = Comparator(
    code,
    (
        Level("differs", "the sexes differ", "性别不同", 0.01, 0.45),
        Level("equal_common", "the same sex", "性别相同", 0.01, 0.01),
        Level("equal", "the same sex", "性别相同", 0.98, 0.54),
    ),
    "whole",
    "sex",
    "性别",
)


def _equal(left: Side, right: Side, part: str) -> Flags:
    a = left[part]
    return np.asarray((a == right[part]) & (a != 0))


def _likeness(left: Side, right: Side) -> np.ndarray:
    """Likeness of the texts, 0 to 100, unique pairs once."""
    if len(left.rows) == 0:
        return np.zeros(0)
    first, second, which = unique_pairs(left, right, (left["whole"], right["whole"]))
    return np.asarray(process.cpdist(first, second, scorer=fuzz.ratio, dtype=np.float32, workers=-1))[which]
