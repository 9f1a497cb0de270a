"""The contract every connector keeps: bytes in, raw rows out, all values text as received.

A connector knows nothing of persons or mappings.  It streams `Part`s at bounded memory; the pipeline lands them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

import pyarrow as pa

PART_ROWS = 100_000
"""Rows of one part at the most; one part is held in memory at a time."""
PART_BYTES = 64 << 20
"""A part is closed when its values reach this size, however few its rows."""


@dataclass(frozen=True)
class Request:
    """What to fetch of one stream of a source.

    `options` is the YAML's `connector:` block merged with the stream's own `from:` block, a plain mapping the
    connector validates itself; `since` is the watermark (exclusive of nothing: rows equal to it come again) less the
    overlap, already in the source's own text form; `start`/`end` the data interval of a dated source (end exclusive),
    as days of the source's own calendar.
    """

    source: str
    stream: str
    options: Mapping[str, Any]
    key: tuple[str, ...] = ()
    cursor: str | None = None
    since: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    known_columns: tuple[str, ...] = ()
    """Columns the mapping uses or ignores by name; one that is missing at the source is a `SourceError`."""

    @property
    def where(self) -> str:
        """How messages name the stream."""
        return f"{self.source}.{self.stream}"


@dataclass(frozen=True)
class Reject:
    """One raw row that could not be read into columns: where it stands, why, and the row as far as it could be read.

    `reason` is one of `too_few_columns`, `too_many_columns`, `too_short`, `too_long`, `unclosed_quote`, `undecodable`
    and `not_an_object`.  Bytes that could not be decoded stand in `raw` as `\\xd5`.
    """

    position: int
    reason: str
    raw: str = field(repr=False)


@dataclass(frozen=True)
class Part:
    """Up to `PART_ROWS` raw rows: an Arrow table of large_string columns (null = absent at the source).

    All parts of a stream have the same columns in the same order, except that a REST service may show further columns
    later: they stand at the end of the parts from there on.  `rejects` are rows that could not be split into columns:
    they count as extracted and go to quarantine.  `positions` (int64, counted from 1, unique in the stream) say where
    each row of the table stands at the source: row of the sheet, record of the file, row of the answer.
    """

    table: pa.Table
    positions: pa.Array
    rejects: tuple[Reject, ...] = ()

    @property
    def rows(self) -> int:
        """Rows extracted: those of the table and the rejects."""
        return int(self.table.num_rows) + len(self.rejects)


@dataclass(frozen=True)
class Probe:
    """What a connection test or a look at a sample found: columns, and rows if that is cheap to know."""

    columns: tuple[str, ...]
    rows: int | None = None
    notes: tuple[str, ...] = field(default=())


class Connector(Protocol):
    """One format or protocol.  Instances are cheap and hold no connection between calls."""

    options: ClassVar[type[Any]]
    """What the `connector:` block of a source may say: a class of `connectors.options.Options`."""

    def check(self, request: Request) -> Probe:
        """Test that the source can be reached and has the columns; raise ConfigError, RetryableError or SourceError."""

    def extract(self, request: Request) -> Iterator[Part]:
        """Stream the rows in the source's own order; an absent source raises, an empty one yields nothing."""

    def keys(self, request: Request) -> Iterator[pa.Table]:
        """Stream the key columns of every row the source now holds (the sweep that shows deletions)."""

    def intervals(self, request: Request) -> list[date]:
        """Give the days a dated source holds data for, ascending; ConfigError for a source that is not dated."""
