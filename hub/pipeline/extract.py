"""Extract: what a source sends, landed as received, sealed, every row numbered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from connectors import CONNECTORS
from connectors.base import Connector, Request
from hub import landing
from hub.errors import ConfigError, RetryableError
from hub.pipeline.timing import timed
from hub.pipeline.watermark import highest, rewind
from mappings.keys import row_keys
from mappings.source import Source, Stream
from warehouse import absence, batches
from warehouse.batches import Batch, Kind
from warehouse.db import connect, source_lock
from warehouse.staging import REJECTS

STAGED: tuple[landing.Layer, ...] = ("staging", "gate")
"""Layers that end with their batch's publication or rejection."""
Progress = Callable[[str, int], None]
"""Told stream (or stage) and rows so far."""
Interval = tuple[datetime, datetime]


def silent(what: str, rows: int) -> None:
    """Tell nobody."""


def connector_of(source: Source) -> Connector:
    """Give the connector a source declares."""
    return CONNECTORS[source.connector["type"]]()


def request_of(source: Source, stream: Stream, **asked: Any) -> Request:
    """Say what to fetch of a stream."""
    options = {**source.connector, **stream.from_}
    columns = tuple(dict.fromkeys((*stream.used, *stream.ignore)))
    return Request(source.source, stream.stream, options, stream.key.columns, stream.cursor, known_columns=columns, **asked)


def due_intervals(source: Source) -> list[Interval]:
    """Give the data intervals of a dated source that have data and no published batch, oldest first.

    With none due it is the latest one: a dated file may have been sent again.  RetryableError when there is no data of any day.
    """
    stream = source.streams[0]
    days = sorted(connector_of(source).intervals(request_of(source, stream)))
    first = source.extract.start or "0000"
    intervals = [(start := datetime(day.year, day.month, day.day, tzinfo=UTC), start + timedelta(days=1)) for day in days if day.isoformat() >= first]
    if not intervals:
        raise RetryableError(f"{source.source}.{stream.stream}: no file of any day found; correct `path` or ask for the files, then run again")
    with connect() as connection:
        due = [interval for interval in intervals if batches.of_interval(connection, source.source, interval[0]) is None]
    return due or intervals[-1:]


@timed("extract")
def extract(source: Source, interval: Interval | None = None, kind: Kind = "run", progress: Progress = silent) -> str:
    """Fetch a batch and land it; an unfinished batch of the source (or interval) is taken up again instead.

    Raises ConfigError for an interval on a cursor or snapshot source, RetryableError and SourceError from the connector.
    """
    if (interval is None) == (source.extract.mode == "dated"):
        advice = "give an interval" if interval is None else f"backfill is for dated sources; use `hub replay {source.source}` on the landed batches"
        raise ConfigError(f"{source.source}: extract mode is {source.extract.mode}; {advice}")
    with source_lock(source.source):
        _tidy(source.source)
        with connect() as connection:
            batch = _unfinished(connection, source, interval) or batches.open_batch(connection, source.source, kind, interval)
        if batch.state == "extracting":
            _land(source, batch, progress)
        return batch.batch_id


def _tidy(source: str) -> None:
    """Remove the staged files of settled batches: a process killed between publishing and tidying leaves them behind."""
    for layer in STAGED:
        for batch_id in {*landing.batches(layer, source), *landing.batches(layer, source, complete=False)}:
            with connect() as connection:
                settled = batches.get(connection, batch_id).state in ("published", "rejected")
            if settled:
                landing.discard(layer, source, batch_id)


def _unfinished(connection: Any, source: Source, interval: Interval | None) -> Batch | None:
    for batch_id in batches.unfinished(connection, source.source):
        batch = batches.get(connection, batch_id)
        if interval is None or batch.interval_start == interval[0]:
            return batch
    return None


class _Landing:
    """Writes the parts of one batch and keeps count."""

    def __init__(self, batch: Batch, progress: Progress) -> None:
        self.batch, self.progress = batch, progress
        self.files: list[landing.FileEntry] = []
        self.parts: list[dict[str, Any]] = []
        self.extracted: dict[str, int] = {}
        self.rejects: list[dict[str, Any]] = []
        self.rows = 0

    def write(self, name: str, table: pa.Table) -> None:
        self.files.append(landing.write_table("landing", self.batch.source, self.batch.batch_id, name, table))

    def add(self, stream: str, table: pa.Table) -> None:
        if table.num_rows:
            name = f"raw-{stream}-{sum(part['stream'] == stream for part in self.parts):04d}"
            self.write(name, table)
            self.parts.append({"name": name, "stream": stream, "first_row": self.rows + 1, "rows": table.num_rows})
        self.rows += table.num_rows
        self.extracted[stream] = self.extracted.get(stream, 0) + table.num_rows
        self.progress(stream, self.extracted[stream])

    def reject(self, stream: str, reason: str, raw: str) -> None:
        self.rows += 1
        self.extracted[stream] += 1
        self.rejects.append({"stream": stream, "row_number": self.rows, "reason": reason, "raw": raw})


def _land(source: Source, batch: Batch, progress: Progress) -> None:
    landing.discard("landing", source.source, batch.batch_id)
    writer = _Landing(batch, progress)
    marks: dict[str, str] = {}
    sweeps: list[str] = []
    with connect() as connection:
        known_marks = batches.watermarks(connection, source.source) if source.extract.mode == "cursor" else {}
    for stream in source.streams:
        mark = _stream(source, stream, batch, known_marks.get(stream.stream), writer)
        if mark is not None:
            marks[stream.stream] = mark
        if source.extract.sweep:
            sweeps.append(stream.stream)
    schema = pa.schema([("stream", pa.string()), ("row_number", pa.int64()), ("reason", pa.string()), ("raw", pa.large_string())])
    writer.write(REJECTS, pa.Table.from_pylist(writer.rejects, schema))
    meta = {"parts": writer.parts, "extracted": writer.extracted, "watermarks": marks, "sweeps": sweeps, "batch": batch_meta(batch)}
    landing.write_manifest("landing", source.source, batch.batch_id, writer.files, meta)
    with connect() as connection:
        batches.set_state(connection, batch.batch_id, "landed")


def batch_meta(batch: Batch) -> dict[str, Any]:
    """What the files alone must tell, so that an empty warehouse can be filled from them."""
    interval = [moment.isoformat() if moment else None for moment in (batch.interval_start, batch.interval_end)]
    return {"sequence": batch.sequence, "kind": batch.kind, "interval": interval, "started_at": datetime.now(UTC).isoformat()}


def _stream(source: Source, stream: Stream, batch: Batch, mark: str | None, writer: _Landing) -> str | None:
    """Land one stream and its sweep; give the highest cursor value seen so far.

    When the sweep shows keys that no batch has brought and this one did not fetch, rows were committed late, behind the
    watermark: the stream is fetched whole.
    """
    since = rewind(mark, source.extract.overlap) if mark is not None and stream.cursor else None
    request = request_of(source, stream, since=since, start=batch.interval_start, end=batch.interval_end)
    connector = connector_of(source)
    fetched = _fetch(source, stream, connector, request, writer)
    marks = fetched.marks
    if source.extract.sweep:
        swept = _sweep(source, stream, connector, request, writer)
        missing = swept.filter(~swept.is_in(fetched.keys.implode()))
        with connect() as connection:
            late = absence.unknown(connection, source.source, stream.stream, missing)
        if late and since is not None:
            marks |= _fetch(source, stream, connector, replace(request, since=None), writer).marks
    return highest([*marks, *([mark] if mark else [])], datetime.now(UTC).replace(tzinfo=None)) if stream.cursor else None


@dataclass(frozen=True)
class _Fetched:
    marks: set[str]
    keys: pl.Series


def _fetch(source: Source, stream: Stream, connector: Connector, request: Request, writer: _Landing) -> _Fetched:
    """Land the parts of one stream; give its cursor values and, for the sweep, its row keys."""
    marks: set[str] = set()
    keys = [pl.Series("row_key", [], pl.String)]
    writer.extracted.setdefault(request.stream, 0)
    for part in connector.extract(request):
        writer.add(request.stream, part.table)
        for reject in part.rejects:
            writer.reject(request.stream, reject.reason, reject.raw)
        if request.cursor and part.table.num_rows:
            marks |= set(pl.Series(part.table[request.cursor]).drop_nulls().unique().to_list())
        if source.extract.sweep:
            keys.append(row_keys(source, stream.stream, part.table))
    return _Fetched(marks, pl.concat(keys).drop_nulls())


def _sweep(source: Source, stream: Stream, connector: Connector, request: Request, writer: _Landing) -> pl.Series:
    """Land and give the keys of every row the source now holds."""
    keys = [pl.Series("row_key", [], pl.String)]
    for number, table in enumerate(connector.keys(request)):
        writer.write(f"keys-{stream.stream}-{number:04d}", table)
        keys.append(row_keys(source, stream.stream, table))
    return pl.concat(keys).drop_nulls()
