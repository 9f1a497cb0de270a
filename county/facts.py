"""What happens month after month: expanding periods into monthly lines, drawing pay, stamps and keys, column-wise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.lives import County
from county.tables import DAY0, Text, replaced

Index = NDArray[np.int64]
Days = NDArray[np.datetime64]
Months = NDArray[np.datetime64]

FIRST_LINE = np.datetime64("2021-09", "M")
"""First month of the contribution lines the pension centre still keeps on line."""

LAST_LINE = np.datetime64("2025-09", "M")
"""Last month paid for at day 0: a month is paid for in the one after it."""

STOPPED_SINCE = np.datetime64("2025-05", "M")
"""First month the planted employers did not pay for."""


@dataclass(frozen=True)
class Book:
    """All a department's system is made from: the county, the department's own records as written, a stream of chance."""

    county: County
    records: pl.DataFrame
    rng: np.random.Generator

    def of_person(self, name: str) -> NDArray[Any]:
        """Give a column of the people beside each of the department's records."""
        return np.asarray(self.county.people[name].to_numpy()[self.records["person"].to_numpy()])

    def text(self, name: str) -> Text:
        """Give a text column of the records."""
        return self.records[name].to_numpy().astype(np.str_)


def expand(first: Months, last: Months) -> tuple[Index, Months]:
    """Lay out the months first..last of each row: (row of each line, month of each line); rows with last < first give none."""
    count = np.maximum((last - first).astype(np.int64) + 1, 0)
    row = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    month: Months = first[row] + within.astype("timedelta64[M]")
    return row, month


def base_of(pay_2025: NDArray[np.float64], month: Months) -> NDArray[np.float64]:
    """Give the base in force in a month: it is set anew every July, five per cent more than the year before."""
    year = (month - np.datetime64("2025-07", "M")).astype(np.int64) // 12
    base: NDArray[np.float64] = np.round(pay_2025 * 1.05 ** np.minimum(year, 3), 2)
    return base


def stamps(rng: np.random.Generator, size: int, days: int = 700) -> NDArray[np.datetime64]:
    """Draw update stamps in office hours of the last `days` days."""
    day = DAY0 - rng.integers(0, days, size).astype("timedelta64[D]")
    stamp: NDArray[np.datetime64] = day.astype("datetime64[s]") + rng.integers(8 * 3600, 20 * 3600, size).astype("timedelta64[s]")
    return stamp


def stamp_text(stamp: NDArray[np.datetime64], between: str = " ") -> Text:
    """Write stamps as `YYYY-MM-DD HH:MM:SS`."""
    return replaced(np.datetime_as_string(stamp.astype("datetime64[s]")), "T", between)


def iso(days: Days) -> Text:
    """Write days as `YYYY-MM-DD` (not-a-time as blank)."""
    blank = np.isnat(days)
    return np.where(blank, "", np.datetime_as_string(np.where(blank, DAY0, days).astype("datetime64[D]")))


def month_iso(months: Months) -> Text:
    """Write months as `YYYY-MM`."""
    return np.datetime_as_string(months.astype("datetime64[M]"))


def paid_on(rng: np.random.Generator, month: Months) -> Days:
    """Draw the day a month's contribution is received: the 5th to 25th of the month after it."""
    day: Days = (month + 1).astype("datetime64[D]") + rng.integers(4, 25, len(month)).astype("timedelta64[D]")
    return day


def blank_to_null(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn blank text into null in all text columns."""
    return frame.with_columns(pl.col(pl.Utf8).replace("", None))
