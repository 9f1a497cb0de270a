"""Dates with the precision they were written in, and the solar day meant when a lunar birthday was written as solar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import polars as pl

from matching.standardise.lunar import solar_of

_PATTERNS = (
    re.compile(r"^(\d{4})[-/.年 ]+(\d{1,2})[-/.月 ]+(\d{1,2})日?(?:[T ].*)?$"),
    re.compile(r"^(\d{4})(\d{2})(\d{2})$"),
    re.compile(r"^(\d{4})[-/.年 ]+(\d{1,2})月?$"),
    re.compile(r"^(\d{4})(\d{2})$"),
    re.compile(r"^(\d{4})年?$"),
)
_SERIAL = re.compile(r"^(\d{4,5})(?:\.0)?$")
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
    if year * 10000 + month * 100 + day in _DEFAULTS or not 1850 <= year <= 2100:
        return 0
    if not 1 <= month <= 12:
        return year * 10000
    try:
        return year * 10000 + month * 100 + date(year, month, day).day
    except ValueError:
        return year * 10000 + month * 100


def chinese_date(values: pl.Series, seed: int) -> dict[str, np.ndarray | pl.Series]:
    """Encode unique dates: value (YYYYMMDD), day, month, year, monthday (0 where not known so precisely) and solar (if it was lunar)."""
    value = np.array([read_date(v) if v else 0 for v in values.to_list()], dtype=np.int64)
    full = value % 100 > 0
    return {
        "value": value.astype(np.int32),
        "day": np.where(full, value, 0).astype(np.int32),
        "month": np.where(value // 100 % 100 > 0, value // 100, 0).astype(np.int32),
        "year": (value // 10000).astype(np.int32),
        "monthday": np.where(full, value % 10000, 0).astype(np.int32),
        "solar": solar_of(np.where(full, value, 0)).astype(np.int32),
    }
