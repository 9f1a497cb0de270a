"""Trial: rows through mapping and gate as they would be if corrected so, with nothing written.

What a trial lets pass, the replay lets pass too, unless the warehouse changed in between; the replay decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
import pyarrow as pa

from expectations.context import Loader
from expectations.gate import Known, Staged, run_gate
from hub.pipeline.repair_steps import Row
from mappings.apply import Mapped, map_part
from mappings.canonical import ENTITIES
from mappings.fields import as_text
from mappings.source import Source
from warehouse import batches, core
from warehouse.batches import Batch
from warehouse.db import connect
from warehouse.staging import REASONS


@dataclass(frozen=True)
class Candidate:
    """A raw row of a stream as it might be replayed."""

    stream: str
    raw: Row


@dataclass(frozen=True)
class Tried:
    """What became of one row."""

    reasons: tuple[str, ...]
    """why it would be refused, as `entity.field:code`; none: it would load"""
    findings: tuple[str, ...]
    row_key: str | None
    scope_reason: str | None
    records: tuple[tuple[str, dict[str, str | None]], ...]
    """entity and its canonical values as text, `source_key` among them"""

    @property
    def passes(self) -> bool:
        """Whether the row would be loaded."""
        return not self.reasons


def day_of(batch: Batch) -> date:
    """The day rows of a batch are judged by when they are replayed: its interval's, else today."""
    return (batch.interval_start or datetime.now(UTC)).astimezone(UTC).date()


def try_rows(source: Source, rows: Sequence[Candidate], as_of: date) -> list[Tried]:
    """Map and judge rows; gives one answer a row, in their order.

    SourceError when a column the mapping reads is missing from the rows.
    """
    with connect() as connection:
        overrides, _ = batches.overrides(connection, source.source)
    order: list[int] = []
    mapped: list[Mapped] = []
    entities: dict[str, list[pl.DataFrame]] = {}
    for stream in dict.fromkeys(row.stream for row in rows):
        places = [at for at, row in enumerate(rows) if row.stream == stream]
        columns = list(dict.fromkeys((*source.stream(stream).used, *(column for at in places for column in rows[at].raw))))
        table = pa.table({column: pa.array([rows[at].raw.get(column) for at in places], pa.large_string()) for column in columns})
        part = map_part(source, stream, table, len(order) + 1, overrides)
        mapped.append(part)
        order += places
        for entity, frame in part.records.items():
            if len(frame):
                entities.setdefault(entity, []).append(frame)
    reasons = _judged(source, rows, mapped, entities, as_of)
    return [tried for _, tried in sorted(zip(order, _answers(mapped, reasons, entities), strict=True), key=lambda pair: pair[0])]


def _judged(source: Source, rows: Sequence[Candidate], mapped: Sequence[Mapped], entities: dict[str, list[pl.DataFrame]], as_of: date) -> pl.DataFrame:
    """Give every reason of mapping and gate."""
    said = [part.problems.select(*REASONS).cast(REASONS) for part in mapped]  # type: ignore[arg-type]
    problems = pl.concat([pl.DataFrame(schema=REASONS), *said])
    streams = {stream: sum(row.stream == stream for row in rows) for stream in dict.fromkeys(row.stream for row in rows)}
    loaders: dict[str, list[Loader]] = {name: [partial(_columns, frame) for frame in entities[name]] for name in ENTITIES if name in entities}
    staged = Staged(source, "trial", as_of, streams, loaders, problems, whole=False)
    verdict = run_gate(staged, Known(None, {}, partial(core.lookup, source.source)))
    return pl.concat([problems, verdict.reasons.select(*REASONS).cast(REASONS)])  # type: ignore[arg-type]


def _columns(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return frame.select(columns)


def _answers(mapped: Sequence[Mapped], reasons: pl.DataFrame, entities: dict[str, list[pl.DataFrame]]) -> list[Tried]:
    text = pl.concat_str("entity", pl.lit("."), pl.col("field").fill_null("row"), pl.lit(":"), "code")
    told: dict[tuple[int, str], list[str]] = {}
    for number, severity, reason in reasons.select("row_number", "severity", text.alias("reason")).unique().sort("row_number", "reason").iter_rows():
        told.setdefault((number, severity), []).append(reason)
    made: dict[int, list[tuple[str, dict[str, str | None]]]] = {}
    for entity, frames in entities.items():
        for frame in frames:
            for record in as_text(frame, ENTITIES[entity]).to_dicts():
                made.setdefault(record["row_number"], []).append(
                    (entity, {name: value for name, value in record.items() if name not in ("row_number", "derived")})
                )
    return [
        Tried(tuple(told.get((number, "refuse"), ())), tuple(told.get((number, "finding"), ())), key, scope, tuple(made.get(number, ())))
        for part in mapped
        for number, key, scope in part.rows.select("row_number", "row_key", "scope_reason").iter_rows()
    ]
