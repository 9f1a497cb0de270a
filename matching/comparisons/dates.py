"""Comparison of dates with their precision, and of the errors dates suffer."""

from __future__ import annotations

import numba
import numpy as np

from matching.comparisons.base import Comparator, Level, Side
from matching.types import Small

LEVELS = (
    Level("differs", "the birth dates differ", "出生日期不同", 0.012, 0.9),
    Level("same_year", "only the year of birth agrees", "仅出生年份相同", 0.004, 0.03),
    Level("near", "one figure of the birth date differs, or two are exchanged", "出生日期差一个数字或两数颠倒", 0.012, 0.012),
    Level("transformed", "day and month exchanged, or a lunar date written as solar", "月日颠倒，或农历日期写作公历", 0.01, 0.0006),
    Level("year", "the year agrees, the rest of one date is unknown or a default", "年份相同，其中一方月日缺失或为默认值", 0.01, 0.02),
    Level("month", "year and month agree, the day of one is unknown or a default", "年月相同，其中一方日缺失或为默认值", 0.02, 0.002),
    Level("equal", "the same birth date", "出生日期相同", 0.93, 0.03),
)
_DIFFERS, _SAME_YEAR, _NEAR, _TRANSFORMED, _YEAR, _MONTH, _EQUAL = range(1, len(LEVELS) + 1)


def birth_date(left: Side, right: Side) -> Small:
    """Birth dates are compared as written, allowing for partial dates, slips, day and month exchanged, and lunar dates."""
    return np.asarray(_compared(left["value"], right["value"], left["solar"], right["solar"]))


@numba.njit(cache=True)
def _compared(first, second, first_solar, second_solar):  # type: ignore[no-untyped-def]
    """Level of pairs of dates YYYYMMDD, zeros for what is unknown; a first of the month (or of January) is taken as the default it usually is."""
    levels = np.zeros(len(first), np.uint8)
    for row in range(len(first)):
        a, b = int(first[row]), int(second[row])
        if a <= 0 or b <= 0:
            continue
        year, month, day = a // 10000 == b // 10000, a // 100 % 100 == b // 100 % 100, a % 100 == b % 100
        full = a % 100 > 0 and b % 100 > 0
        vague_day = a % 100 <= 1 or b % 100 <= 1
        vague_month = a % 10000 == 0 or a % 10000 == 101 or b % 10000 == 0 or b % 10000 == 101
        if year and month and day and full:
            levels[row] = _EQUAL
        elif year and month and vague_day:
            levels[row] = _MONTH
        elif year and vague_month:
            levels[row] = _YEAR
        elif (full and year and a // 100 % 100 == b % 100 and a % 100 == b // 100 % 100) or (
            (first_solar[row] == b and b % 100 > 0) or (second_solar[row] == a and a % 100 > 0)
        ):
            levels[row] = _TRANSFORMED
        elif full and _slip(a, b):
            levels[row] = _NEAR
        else:
            levels[row] = _SAME_YEAR if year else _DIFFERS
    return levels


@numba.njit(cache=True)
def _slip(a, b):  # type: ignore[no-untyped-def]
    """One digit differs or two neighbouring digits are exchanged."""
    count, place, at, x, y = 0, 0, 0, 0, 0
    while a > 0 or b > 0:
        if a % 10 != b % 10:
            count += 1
            if count == 1:
                at, x, y = place, a % 10, b % 10
            elif count > 2 or place != at + 1 or a % 10 != y or b % 10 != x:
                return False
        a, b, place = a // 10, b // 10, place + 1
    return count > 0


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
