"""The contract every connector keeps: bytes in, raw rows out, all values text as received.

A connector knows nothing of persons or mappings.  It streams `Part`s at bounded memory; the pipeline lands them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

PART_ROWS = 100_000
"""Rows of one part at the most; one part is held in memory at a time."""


@dataclass(frozen=True)
class Request:
    """What to fetch of one stream of a source.

    `options` is the YAML's `connector:` block merged with the stream's own `from:` block, a plain mapping the
    connector validates itself; `since` is the watermark (exclusive of nothing: rows equal to it come again) less the
    overlap, already in the source's own text form; `start`/`end` the data interval of a dated source (end exclusive).
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


@dataclass(frozen=True)
class Part:
    """Up to `PART_ROWS` raw rows: an Arrow table of large_string columns (null = absent at the source).

    `rejects` are rows that could not be split into columns (too few, undecodable): position within the stream,
    reason code, and the row as text as far as it could be read.  They count as extracted and go to quarantine.
    """

    table: pa.Table
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True)
class Reject:
    """One raw row that could not be read into columns."""

    position: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Probe:
    """What a connection test or a look at a sample found: columns, and rows if that is cheap to know."""

    columns: tuple[str, ...]
    rows: int | None = None
    notes: tuple[str, ...] = field(default=())


class Connector(Protocol):
    """One format or protocol.  Instances are cheap and hold no connection between calls."""

    def check(self, request: Request) -> Probe:
        """Test that the source can be reached and has the columns; raise ConfigError, RetryableError or SourceError."""

    def extract(self, request: Request) -> Iterator[Part]:
        """Stream the rows in the source's own order; an absent source raises, an empty one yields nothing."""

    def keys(self, request: Request) -> Iterator[pa.Table]:
        """Stream the key columns of every row the source now holds (the sweep that shows deletions)."""
