"""The Chinese lunar calendar by astronomy: the solar day of a lunar date, 1880 to 2100, to recognise lunar birthdays written as solar.

New moons after Meeus, Astronomical Algorithms (2nd ed.), chapter 49; the sun's longitude after its chapter 25 (low accuracy); months and leap
months by the rule of GB/T 33661-2017: the month of the winter solstice is the eleventh, the first month without a principal term is leap.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np

from matching.types import Floats, Ints

_FIRST, _LAST = 1880, 2100
_CHINA = 8.0 / 24.0
_J2000 = 2451545.0
_ORDINAL = 1721424.5
"""Julian day of proleptic Gregorian ordinal 0 at midnight (date.toordinal() + this = Julian day)."""


def solar_of(dates: Ints) -> Ints:
    """Read YYYYMMDD as lunar dates (no leap month) and give the solar dates as YYYYMMDD; 0 where there is none."""
    years, months, starts = _months()
    order = years * 100 + months
    wanted = dates // 100
    slot = np.clip(np.searchsorted(order, wanted), 0, len(order) - 1)
    day = dates % 100
    known = (dates > 0) & (order[slot] == wanted) & (day >= 1) & (day <= 30)
    ordinals = np.where(known, starts[slot] + day - 1, 1)
    return np.where(known, _yyyymmdd(ordinals), 0)


def _yyyymmdd(ordinals: Ints) -> Ints:
    days = ordinals.astype("datetime64[D]") - np.datetime64("1970-01-01") + np.datetime64("1970-01-01") - np.timedelta64(719163, "D")
    months = days.astype("datetime64[M]")
    month_number = months.astype(np.int64)
    return np.asarray((1970 + month_number // 12) * 10000 + (month_number % 12 + 1) * 100 + (days - months).astype(np.int64) + 1)


@cache
def _months() -> tuple[Ints, Ints, Ints]:
    """Lunar year, month and first day (ordinal) of every ordinary month."""
    starts = _new_moon_days()
    terms = _principal_terms(starts)
    rows: list[tuple[int, int, int]] = []
    elevens = [i for i in range(len(starts) - 1) if _holds_solstice(starts[i], starts[i + 1])]
    for here, there in pairwise(elevens):
        year = date.fromordinal(int(starts[here])).year
        leap_due, number = there - here == 13, 11
        for i in range(here, there):
            if leap_due and i > here and terms[i] == terms[i + 1]:
                leap_due = False
                continue
            if i > here:
                number += 1
            rows.append((year + (number > 12), (number - 1) % 12 + 1, int(starts[i])))
    table = np.array(sorted(rows), dtype=np.int64)
    return table[:, 0], table[:, 1], table[:, 2]


def _holds_solstice(start: int, end: int) -> bool:
    """Say whether the winter solstice (longitude 270°) falls between two days in China."""
    first, last = (float(_longitude(np.array([day + _ORDINAL - _CHINA], dtype=np.float64))[0]) for day in (start, end))
    return (first - 270) % 360 > 300 and (last - 270) % 360 < 60


def _principal_terms(starts: Ints) -> Ints:
    """Number of the last principal term (longitude in steps of 30°) reached before each month begins."""
    return np.floor(_longitude(starts.astype(np.float64) + (_ORDINAL - _CHINA)) / 30).astype(np.int64)


def _longitude(days: Floats) -> Floats:
    """Apparent longitude of the sun in degrees."""
    t = (days - _J2000) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    anomaly = np.radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (1.914602 - 0.004817 * t) * np.sin(anomaly) + (0.019993 - 0.000101 * t) * np.sin(2 * anomaly) + 0.000289 * np.sin(3 * anomaly)
    node = np.radians(125.04 - 1934.136 * t)
    return np.asarray((mean + centre - 0.00569 - 0.00478 * np.sin(node)) % 360)


def _new_moon_days() -> Ints:
    """Ordinals of the days in China that hold a new moon."""
    k = np.arange(int((_FIRST - 2000) * 12.3685), int((_LAST - 2000) * 12.3685) + 2, dtype=np.float64)
    t = k / 1236.85
    moment = 2451550.09766 + 29.530588861 * k + 0.00015437 * t**2
    e = 1 - 0.002516 * t - 0.0000074 * t**2
    sun = np.radians(2.5534 + 29.1053567 * k - 0.0000014 * t**2)
    moon = np.radians(201.5643 + 385.81693528 * k + 0.0107582 * t**2)
    far = np.radians(160.7108 + 390.67050284 * k - 0.0016118 * t**2)
    node = np.radians(124.7746 - 1.56375588 * k + 0.0020672 * t**2)
    moment += (
        -0.40720 * np.sin(moon)
        + 0.17241 * e * np.sin(sun)
        + 0.01608 * np.sin(2 * moon)
        + 0.01039 * np.sin(2 * far)
        + 0.00739 * e * np.sin(moon - sun)
        - 0.00514 * e * np.sin(moon + sun)
        + 0.00208 * e**2 * np.sin(2 * sun)
        - 0.00111 * np.sin(moon - 2 * far)
        - 0.00057 * np.sin(moon + 2 * far)
        + 0.00056 * e * np.sin(2 * moon + sun)
        - 0.00042 * np.sin(3 * moon)
        + 0.00042 * e * np.sin(sun + 2 * far)
        + 0.00038 * e * np.sin(sun - 2 * far)
        - 0.00024 * e * np.sin(2 * moon - sun)
        - 0.00017 * np.sin(node)
    )
    years = 2000 + k / 12.3685
    delta = np.where(years > 1955, (62.92 + 0.32217 * (years - 2000)) * (years > 1975) + 45 * (years <= 1975), np.clip((years - 1900) * 0.6, -3, 30)) / 86400
    return np.floor(moment - delta + _CHINA - _ORDINAL).astype(np.int64)
