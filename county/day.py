"""One day at the departments: the tables as they stand, and the three things that may happen to a row: changed, added, deleted.

Rows planted as faults, and rows broken by a bad change and not yet put right, are left alone by everything but their repair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from county.facts import Book, Index
from county.layout import KEYS, STAMPS
from county.lives import County
from county.tables import Text, replaced
from county.truth import key_text

Tables = dict[str, dict[str, pl.DataFrame]]
DAY_STAMPS = {("unemployment", "persons"): "GXRQ", ("police", "register"): "变更日期"}
"""Update columns that hold a day `YYYYMMDD`."""


@dataclass
class Day:
    """The state of everything on one day, and what has happened so far."""

    number: int
    date: np.datetime64
    rng: np.random.Generator
    people: pl.DataFrame
    employers: pl.DataFrame
    roll: pl.DataFrame
    tables: Tables
    faults: pl.DataFrame
    scale: float
    """The county's size against 20,000 people."""
    gone: dict[tuple[str, str], list[pl.DataFrame]] = field(default_factory=dict)
    events: list[pl.DataFrame] = field(default_factory=list)
    rekeyed: list[tuple[str, str, int]] = field(default_factory=list)
    """Former key, new key and person of police rows whose number was corrected."""

    @property
    def county(self) -> County:
        """People and employers as they are today."""
        return County(self.people, self.employers)

    def some(self, count: float) -> int:
        """Give how often a thing happens today that happens `count` times a day in a county of 20,000; fractions by chance."""
        share = count * self.scale
        return int(share) + bool(self.rng.random() < share - int(share))

    def text_date(self) -> str:
        """Give the date as `YYYYMMDD`."""
        return str(self.date).replace("-", "")

    def of_people(self, name: str) -> NDArray[Any]:
        """Give a column of the people."""
        return np.asarray(self.people[name].to_numpy())

    def free(self, source: str, stream: str, condition: pl.Expr | None = None) -> Index:
        """Give the rows that may be touched today and fulfil a condition."""
        free = (pl.col("_fault") == "") & (pl.col("_touched") < self.number)
        for own in ("_record", "vali_flag"):
            if own in self.tables[source][stream].columns:
                free &= pl.col(own) >= 0 if own == "_record" else pl.col(own) == "1"
        return np.flatnonzero(self.tables[source][stream].select(free if condition is None else free & condition).to_series().fill_null(value=False).to_numpy())

    def rows_of(self, source: str, stream: str, persons: Index) -> Index:
        """Give the rows about these persons that may be touched."""
        return self.free(source, stream, pl.col("_person").is_in(np.asarray(persons).tolist()))

    def draw(self, rows: Index, count: int) -> Index:
        """Choose some of the rows."""
        return np.sort(self.rng.choice(rows, size=min(len(rows), count), replace=False)) if len(rows) else rows

    def change(self, source: str, stream: str, rows: Index, values: Mapping[str, Any], event: str = "changed") -> None:
        """Give columns of rows new values (one for all, or one each) and stamp the rows."""
        if not len(rows):
            return
        frame = self.tables[source][stream]
        stamped: dict[str, Any] = {**values, **self._stamp(source, stream, len(rows)), "_touched": self.number}
        new = [frame[c].scatter(rows, v.tolist() if isinstance(v, np.ndarray) else v) for c, v in stamped.items()]
        self.tables[source][stream] = frame.with_columns(new)
        self._tell(source, stream, self.tables[source][stream][rows], event)

    def add(self, source: str, stream: str, frame: pl.DataFrame, event: str = "added") -> None:
        """Add rows, stamped today."""
        if not frame.height:
            return
        stamp = self._stamp(source, stream, frame.height)
        frame = frame.with_columns(
            pl.lit("").alias("_fault"), pl.lit(self.number, dtype=pl.Int64).alias("_touched"), *(pl.Series(c, v) for c, v in stamp.items())
        )
        table = self.tables[source][stream]
        self.tables[source][stream] = pl.concat([table, frame.select(table.columns).cast(table.schema)])
        self._tell(source, stream, frame, event)

    def delete(self, source: str, stream: str, rows: Index) -> None:
        """Delete rows; what is deleted is remembered for the truth."""
        if not len(rows):
            return
        frame = self.tables[source][stream]
        self._tell(source, stream, frame[rows], "deleted")
        self.gone.setdefault((source, stream), []).append(frame[rows])
        keep = np.ones(frame.height, dtype=bool)
        keep[rows] = False
        self.tables[source][stream] = frame.filter(pl.Series(keep))

    def book(self, records: pl.DataFrame) -> Book:
        """Give what a department needs to write new records."""
        return Book(self.county, records, self.rng)

    def set_people(self, persons: Index, values: Mapping[str, Any]) -> None:
        """Change what is true of people."""
        self.people = self.people.with_columns([self.people[c].scatter(persons, v.tolist() if isinstance(v, np.ndarray) else v) for c, v in values.items()])

    def _stamp(self, source: str, stream: str, size: int) -> dict[str, Text]:
        column = STAMPS.get(source)
        if column:
            second = np.sort(self.rng.integers(8 * 3600, 20 * 3600, size)).astype("timedelta64[s]")
            stamp = np.datetime_as_string(self.date.astype("datetime64[s]") + second)
            return {column: stamp if source == "civil_affairs" else replaced(stamp, "T", " ")}
        column = DAY_STAMPS.get((source, stream))
        return {column: np.full(size, self.text_date())} if column else {}

    def _tell(self, source: str, stream: str, frame: pl.DataFrame, event: str) -> None:
        key = key_text(KEYS[source][stream]).alias("key")
        told = frame.select(
            pl.lit(self.number, dtype=pl.Int64).alias("day"), pl.lit(source).alias("source"), pl.lit(stream).alias("stream"), key, pl.lit(event).alias("event")
        )
        self.events.append(told)


def next_number(table: pl.DataFrame, column: str, start: int = 0, stop: int | None = None) -> int:
    """Give one more than the largest number that stands in `column` between two positions, planted rows left out."""
    numbers = (
        table.filter((pl.col("_fault") == "") | (pl.col("_fault") == "update"))[column].cast(pl.Utf8).str.slice(start, None if stop is None else stop - start)
    )
    largest = numbers.cast(pl.Int64).max()
    return int(largest) + 1 if isinstance(largest, int) else 1
