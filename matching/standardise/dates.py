"""Dates with the precision they were written in, and the solar day meant when a lunar birthday was written as solar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import polars as pl

from matching.standardise.lunar import solar_of
from matching.types import Ints

_PATTERNS = (
    re.compile(r"^(\d{4})[-/.年 ]+(\d{1,2})[-/.月 ]+(\d{1,2})日?(?:[T ].*)?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$"),
    re.compile(r"^(\d{4})[-/.年 ]+(\d{1,2})月?$"),
    re.compile(r"^(\d{4})(\d{2})$"),
    re.compile(r"^(\d{4})年?$"),
)
_SERIAL = re.compile(r"^(\d{4,5})(?:\.0)?$")
LAST_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=np.int64)
"""Longest each month can be."""
_DEFAULTS = frozenset({19000101, 18991230, 18991231, 10101, 19010101, 11110101, 99991231, 29991231, 19000000})


def read_date(raw: str) -> int:
    """Read one written date as YYYYMMDD, zeros for what is unknown or impossible; 0 when nothing is left."""
    text = raw.strip()
    serial = _SERIAL.match(text)
    if serial and 7000 <= int(serial[1]) < 60000 and not (len(serial[1]) == 4 and 1850 <= int(serial[1]) <= 2100):
        text = (date(1899, 12, 30) + timedelta(days=int(serial[1]))).isoformat()
    for pattern in _PATTERNS:
        if match := pattern.match(text):
            return _possible(*(int(part) for part in match.groups()))
    return 0


def _possible(year: int, month: int = 0, day: int = 0) -> int:
    if year * 10000 + month * 100 + day in _DEFAULTS or not 1000 <= year <= 2100:
        return 0
    if not 1 <= month <= 12:
        return year * 10000
    try:
        return year * 10000 + month * 100 + date(year, month, day).day
    except ValueError:
        return year * 10000 + month * 100


def _read(values: pl.Series) -> Ints:
    """Read all dates; those in ISO form at once."""
    parts = values.str.extract_groups(r"^(\d{4})-(\d{2})-(\d{2})$").struct.unnest().cast(pl.Int64)
    year, month, day = (parts[name].fill_null(0).to_numpy() for name in parts.columns)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = LAST_DAYS[np.clip(month, 1, 12) - 1] - ((month == 2) & ~leap)
    value = year * 10000 + month * 100 + day
    good = (year >= 1000) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest) & ~np.isin(value, list(_DEFAULTS))
    texts = values.to_list()
    value = np.where(good, value, 0)
    for row in np.flatnonzero(~good):
        value[row] = read_date(text) if (text := texts[row]) else 0
    return value


def chinese_date(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique dates: value (YYYYMMDD), day, month, year, monthday (0 where not known so precisely) and solar (if it was lunar)."""
    value = _read(values)
    full = value % 100 > 0
    return {
        "value": value.astype(np.int32),
        "day": np.where(full, value, 0).astype(np.int32),
        "month": np.where(value // 100 % 100 > 0, value // 100, 0).astype(np.int32),
        "year": (value // 10000).astype(np.int32),
        "monthday": np.where(full, value % 10000, 0).astype(np.int32),
        "solar": solar_of(np.where(full, value, 0)).astype(np.int32),
    }
