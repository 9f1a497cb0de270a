"""Comparison of dates with their precision, and of the errors dates suffer."""

from __future__ import annotations

import numpy as np

from matching.comparisons.base import Comparator, Level, Side, differing
from matching.types import Flags, Keys, Small

LEVELS = (
    Level("differs", "the birth dates differ", "出生日期不同", 0.012, 0.9),
    Level("same_year", "only the year of birth agrees", "仅出生年份相同", 0.004, 0.03),
    Level("near", "one figure of the birth date differs, or two are exchanged", "出生日期差一个数字或两数颠倒", 0.012, 0.012),
    Level("transformed", "day and month exchanged, or a lunar date written as solar", "月日颠倒，或农历日期写作公历", 0.01, 0.0006),
    Level("year", "the year agrees, the rest of one date is unknown or a default", "年份相同，其中一方月日缺失或为默认值", 0.01, 0.02),
    Level("month", "year and month agree, the day of one is unknown or a default", "年月相同，其中一方日缺失或为默认值", 0.02, 0.002),
    Level("equal", "the same birth date", "出生日期相同", 0.93, 0.03),
)
_CODE = {level.name: np.uint8(i + 1) for i, level in enumerate(LEVELS)}


def birth_date(left: Side, right: Side) -> Small:
    """Birth dates are compared as written, allowing for partial dates, slips, day and month exchanged, and lunar dates."""
    a, b = left["value"].astype(np.int64), right["value"].astype(np.int64)
    year, month, day = a // 10000 == b // 10000, a // 100 % 100 == b // 100 % 100, a % 100 == b % 100
    vague_day = (a % 100 <= 1) | (b % 100 <= 1)
    vague_month = ((a % 10000 == 0) | (a % 10000 == 101)) | ((b % 10000 == 0) | (b % 10000 == 101))
    full = (a % 100 > 0) & (b % 100 > 0)
    level = np.full(len(a), _CODE["differs"], dtype=np.uint8)
    level[year] = _CODE["same_year"]
    level[full & _slip(_bcd(a), _bcd(b))] = _CODE["near"]
    swapped = full & year & (a // 100 % 100 == b % 100) & (a % 100 == b // 100 % 100)
    level[swapped | _lunar(left, right, a, b)] = _CODE["transformed"]
    level[year & vague_month] = _CODE["year"]
    level[year & month & vague_day] = _CODE["month"]
    level[year & month & day & full] = _CODE["equal"]
    return np.where((a > 0) & (b > 0), level, 0).astype(np.uint8)


def _lunar(left: Side, right: Side, a: np.ndarray, b: np.ndarray) -> Flags:
    a_solar, b_solar = left["solar"], right["solar"]
    return np.asarray(((a_solar == b) & (b % 100 > 0)) | ((b_solar == a) & (a % 100 > 0)))


def _bcd(dates: np.ndarray) -> Keys:
    word = np.zeros(len(dates), dtype=np.uint64)
    for place in range(8):
        word |= ((dates // 10**place) % 10).astype(np.uint64) << np.uint64(4 * place)
    return word


def _slip(a: Keys, b: Keys) -> Flags:
    """One digit differs or two neighbouring digits are exchanged."""
    x = a ^ b
    count = differing(x)
    slip = count == 1
    rows = np.flatnonzero(count == 2)
    exchanged = np.zeros(len(rows), dtype=bool)
    for place in range(7):
        low, high = np.uint64(4 * place), np.uint64(4 * place + 4)
        first, second = (a[rows] >> low) & np.uint64(15), (a[rows] >> high) & np.uint64(15)
        moved = (a[rows] & ~(np.uint64(255) << low)) | (first << high) | (second << low)
        exchanged |= moved == b[rows]
    slip[rows] = exchanged
    return np.asarray(slip)


BIRTH_DATE = Comparator(birth_date, LEVELS, "value", "birth date", "出生日期")

DAY_LEVELS = (
    Level("differs", "the dates differ", "日期不同", 0.1, 0.97),
    Level("month", "year and month agree", "年月相同", 0.05, 0.02),
    Level("equal", "the same date", "日期相同", 0.85, 0.01),
)


def day(left: Side, right: Side) -> Small:
    """Dates of an event are compared by day, then by month."""
    a, b = left["value"].astype(np.int64), right["value"].astype(np.int64)
    level = np.where(a == b, 3, np.where(a // 100 == b // 100, 2, 1))
    return np.where((a > 0) & (b > 0), level, 0).astype(np.uint8)


DAY = Comparator(day, DAY_LEVELS, "value", "date", "日期")
