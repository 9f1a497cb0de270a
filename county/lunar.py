"""Lunar birthdays: the day a person would write who gives the date of the Chinese calendar as if it were solar.

The table holds one number a lunar year from 1900: bits 15-4 the months of thirty days, low four bits the leap month, bit 16 its length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FIRST = np.datetime64("1900-01-31", "D")
"""New Year's day of lunar 1900."""

YEARS = (
    0x04BD8, 0x04AE0, 0x0A570, 0x054D5, 0x0D260, 0x0D950, 0x16554, 0x056A0, 0x09AD0, 0x055D2, 0x04AE0, 0x0A5B6, 0x0A4D0, 0x0D250, 0x1D255, 0x0B540,
    0x0D6A0, 0x0ADA2, 0x095B0, 0x14977, 0x04970, 0x0A4B0, 0x0B4B5, 0x06A50, 0x06D40, 0x1AB54, 0x02B60, 0x09570, 0x052F2, 0x04970, 0x06566, 0x0D4A0,
    0x0EA50, 0x06E95, 0x05AD0, 0x02B60, 0x186E3, 0x092E0, 0x1C8D7, 0x0C950, 0x0D4A0, 0x1D8A6, 0x0B550, 0x056A0, 0x1A5B4, 0x025D0, 0x092D0, 0x0D2B2,
    0x0A950, 0x0B557, 0x06CA0, 0x0B550, 0x15355, 0x04DA0, 0x0A5B0, 0x14573, 0x052B0, 0x0A9A8, 0x0E950, 0x06AA0, 0x0AEA6, 0x0AB50, 0x04B60, 0x0AAE4,
    0x0A570, 0x05260, 0x0F263, 0x0D950, 0x05B57, 0x056A0, 0x096D0, 0x04DD5, 0x04AD0, 0x0A4D0, 0x0D4D4, 0x0D250, 0x0D558, 0x0B540, 0x0B6A0, 0x195A6,
    0x095B0, 0x049B0, 0x0A974, 0x0A4B0, 0x0B27A, 0x06A50, 0x06D40, 0x0AF46, 0x0AB60, 0x09570, 0x04AF5, 0x04970, 0x064B0, 0x074A3, 0x0EA50, 0x06B58,
    0x055C0, 0x0AB60, 0x096D5, 0x092E0, 0x0C960, 0x0D954, 0x0D4A0, 0x0DA50, 0x07552, 0x056A0, 0x0ABB7, 0x025D0, 0x092D0, 0x0CAB5, 0x0A950, 0x0B4A0,
    0x0BAA4, 0x0AD50, 0x055D9, 0x04BA0, 0x0A5B0, 0x15176, 0x052B0, 0x0A930, 0x07954, 0x06AA0, 0x0AD50, 0x05B52, 0x04B60, 0x0A6E6, 0x0A4E0, 0x0D260,
    0x0EA65, 0x0D530, 0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0, 0x1D0B6, 0x0D250, 0x0D520, 0x0DD45, 0x0B5A0, 0x056D0, 0x055B2, 0x049B0,
    0x0A577, 0x0A4B0, 0x0AA50, 0x1B255, 0x06D20, 0x0ADA0,
)  # fmt: skip


def _months() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Lay out every lunar month since 1900: day it begins (from FIRST), year, month (a leap month counts as the month it follows)."""
    begins, year_of, month_of, day = [], [], [], 0
    for year, bits in enumerate(YEARS, start=1900):
        for month in range(1, 13):
            for length in [29 + (bits >> (16 - month) & 1)] + ([29 + (bits >> 16 & 1)] if bits & 15 == month else []):
                begins.append(day)
                year_of.append(year)
                month_of.append(month)
                day += length
    return np.array(begins), np.array(year_of), np.array(month_of)


def lunar_as_solar(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Give the lunar year, month and day of each solar day, read as a solar date; a day that no solar month has becomes the last it has."""
    begins, year_of, month_of = _months()
    since = (days.astype("datetime64[D]") - FIRST).astype(np.int64)
    at = np.clip(np.searchsorted(begins, since, side="right") - 1, 0, len(begins) - 1)
    month = (year_of[at] - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month_of[at] - 1).astype("timedelta64[M]")
    first = month.astype("datetime64[D]")
    last = (month + 1).astype("datetime64[D]") - 1
    read: NDArray[np.datetime64] = np.minimum(first + (since - begins[at]).astype("timedelta64[D]"), last)
    return read
