"""Repair: quarantined rows, corrected or not, once more through mapping and gate as a batch of their own."""

from __future__ import annotations

import pyarrow as pa

from hub import landing
from hub.errors import ConfigError
from hub.pipeline.extract import Progress, batch_meta, silent
from hub.pipeline.flow import Outcome, run_batch
from mappings.source import Source
from warehouse import batches, quarantine
from warehouse.batches import Batch
from warehouse.db import connect, query, source_lock
from warehouse.staging import REJECTS

UNREAD = ""
"""Column under which a row that could not be split is kept."""


def replay_quarantine(source: Source, progress: Progress = silent, *, corrected: bool = False) -> list[Outcome]:
    """Take a source's waiting rows (or only `corrected` ones) through the mapping as it stands, one batch per batch they came in.

    Rows that were never split into columns wait on until they are repaired into columns at the source.
    """
    with connect() as connection:
        origins = [row[0] for row in connection.execute(query("quarantine.waiting_batches"), {"source": source.source})]
    outcomes = []
    for origin in origins:
        batch_id = _land(source, origin, corrected)
        if batch_id is not None:
            outcomes.append(run_batch(batch_id, progress))
    return outcomes


def _land(source: Source, origin: str, corrected: bool) -> str | None:
    """Land the waiting rows of one batch as a batch of their own, with the interval they came from."""
    with source_lock(source.source), connect() as connection:
        if left := [batch for batch in batches.unfinished(connection, source.source) if batch != origin]:
            raise ConfigError(f"{source.source}: batch {left[0]} is not finished; run or decide it first")
        old = batches.get(connection, origin)
        waiting = quarantine.repaired_rows(connection, origin, corrected=corrected)
        tables = {stream: [(number, row) for number, row in rows if UNREAD not in row] for stream, rows in waiting.items()}
        tables = {stream: rows for stream, rows in tables.items() if rows}
        if not tables:
            return None
        interval = (old.interval_start, old.interval_end) if old.interval_start and old.interval_end else None
        batch = batches.open_batch(connection, source.source, "repair", interval)
        _write(batch, tables)
        batches.set_state(connection, batch.batch_id, "landed")
        numbers = [number for rows in tables.values() for number, _ in rows]
        values = {"repair_batch_id": batch.batch_id, "batch_id": origin, "rows": numbers, "repair_rows": list(range(1, len(numbers) + 1))}
        connection.execute(query("quarantine.replayed"), values)
    return batch.batch_id


def _write(batch: Batch, tables: dict[str, list[tuple[int, dict[str, str | None]]]]) -> None:
    landing.discard("landing", batch.source, batch.batch_id)
    files, parts, first = [], [], 1
    for stream, rows in tables.items():
        columns = list(dict.fromkeys(column for _, row in rows for column in row))
        table = pa.table({column: pa.array([row.get(column) for _, row in rows], pa.large_string()) for column in columns})
        name = f"raw-{stream}-0000"
        files.append(landing.write_table("landing", batch.source, batch.batch_id, name, table))
        parts.append({"name": name, "stream": stream, "first_row": first, "rows": table.num_rows})
        first += table.num_rows
    schema = pa.schema([("stream", pa.string()), ("row_number", pa.int64()), ("reason", pa.string()), ("raw", pa.large_string())])
    files.append(landing.write_table("landing", batch.source, batch.batch_id, REJECTS, schema.empty_table()))
    extracted = {part["stream"]: part["rows"] for part in parts}
    meta = {"parts": parts, "extracted": extracted, "watermarks": {}, "sweeps": [], "batch": batch_meta(batch)}
    landing.write_manifest("landing", batch.source, batch.batch_id, files, meta)
