"""Gate: Great Expectations on the staged batch before anything is published; rows are refused, or the batch is stopped.

A stopped batch waits on its `gate_decision` row.  A decision is also kept beside the landed files, so that a replay
into an empty warehouse comes to the same state.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from typing import Literal

import polars as pl

from expectations.gate import Known, Staged, Verdict, run_gate
from hub import landing, settings
from hub.errors import StoppedError
from hub.pipeline.load import judge, judges_absence
from hub.pipeline.timing import timed
from mappings.load import load_named
from mappings.source import Source
from warehouse import audit, batches, core
from warehouse.batches import Batch
from warehouse.db import Connection, connect, source_lock
from warehouse.staging import REASONS, VERDICT, Files

WAITING = "batch {batch}: stopped at the gate ({stops}); yesterday's data stays visible; decide with `hub gate approve {batch}` or `hub gate reject {batch}`"


@timed("gate")
def gate(batch_id: str) -> None:
    """Judge a mapped batch: it passes (some rows refused), or StoppedError asks for a decision.

    A batch that has passed or was approved is left alone; one that was rejected raises StoppedError.
    """
    with connect() as connection:
        batch = batches.get(connection, batch_id)
    with source_lock(batch.source):
        with connect() as connection:
            batch = batches.get(connection, batch_id)
        if batch.state == "mapped":
            _judge(load_named(settings.load().sources, batch.source), batch)
        elif batch.state in ("stopped", "rejected"):
            _refuse(batch)


def _judge(source: Source, batch: Batch) -> None:
    files = Files(batch)
    with connect() as connection:
        verdict = run_gate(_staged(source, batch, files), _known(connection, source, batch, files))
    landing.discard("gate", batch.source, batch.batch_id)
    reasons = verdict.reasons.select(*REASONS).cast(REASONS)  # type: ignore[arg-type]
    entry = landing.write_table("gate", batch.source, batch.batch_id, VERDICT, reasons.to_arrow())
    landing.write_manifest("gate", batch.source, batch.batch_id, [entry], {})
    past = _past_decision(batch) if verdict.stops else None
    with connect() as connection:
        batches.set_metrics(connection, batch.batch_id, {**verdict.observed, "unmapped": files.manifest("staging").meta["unmapped"]})
        if verdict.stops:
            batches.ask(connection, batch.batch_id, [asdict(stop) for stop in verdict.stops])
            if past:
                batches.decide(connection, batch.batch_id, *past)
        else:
            batches.set_state(connection, batch.batch_id, "passed")
    if verdict.stops and (past is None or past[0] == "reject"):
        _refuse(batch, verdict)


def _refuse(batch: Batch, verdict: Verdict | None = None) -> None:
    with connect() as connection:
        decided = batches.decision(connection, batch.batch_id)
    if decided and decided.decision == "reject":
        raise StoppedError(f"batch {batch.batch_id}: rejected by {decided.author}; nothing of it is loaded; `hub run {batch.source}` extracts anew")
    stops = decided.stops if decided else [asdict(stop) for stop in verdict.stops] if verdict else []
    raise StoppedError(WAITING.format(batch=batch.batch_id, stops="; ".join(dict.fromkeys(stop["en"] for stop in stops))))


def _staged(source: Source, batch: Batch, files: Files) -> Staged:
    entities = {entity: [partial(files.records, part) for part in files.record_parts(entity)] for entity in files.entities()}
    day, problems = as_of(batch, files), files.mapping_reasons()
    return Staged(source, batch.batch_id, day, _rows(files), entities, problems, whole=batch.kind != "repair")


def _rows(files: Files) -> dict[str, int]:
    """Rows per stream, a key that came several times once: a page sent twice is no growth, and its absence the next day no loss."""
    repeated = files.rows.filter(pl.col("row_key").is_not_null() & ~pl.struct("stream", "row_key").is_first_distinct())
    again = dict(repeated.group_by("stream").len().iter_rows())
    return {stream: rows - again.get(stream, 0) for stream, rows in files.extracted().items()}


def as_of(batch: Batch, files: Files) -> date:
    """The day a batch speaks of: its interval's, else when it was extracted (also when it is replayed years later)."""
    if batch.interval_start is not None:
        return batch.interval_start.astimezone(UTC).date()
    return datetime.fromisoformat(files.manifest("landing").meta["batch"]["started_at"]).date()


def _known(connection: Connection, source: Source, batch: Batch, files: Files) -> Known:
    endings = {}
    if judges_absence(connection, source, batch):
        for stream in source.streams:
            absence = judge(connection, source, batch, stream, files)
            endings[stream.stream] = (absence.known, len(absence.ended))
    last = batches.last_metrics(connection, batch) if batch.kind != "repair" else None
    return Known(last, endings, partial(core.lookup, source.source))


def _past_decision(batch: Batch) -> tuple[Literal["approve", "reject"], str, str] | None:
    """The decision kept beside the landed files, if there was one."""
    kept = landing.read_manifest("decision", batch.source, batch.batch_id)
    return None if kept is None else (kept.meta["decision"], kept.meta["author"], kept.meta["reason"])


def _decide(batch_id: str, decision: Literal["approve", "reject"], author: str, reason: str) -> Batch:
    with connect() as connection:
        batch = batches.get(connection, batch_id)
    with source_lock(batch.source):
        with connect() as connection:
            batches.decide(connection, batch_id, decision, author, reason)
            audit.record(connection, author, f"batch.{decision}", batch_id, reason)
        landing.discard("decision", batch.source, batch_id)
        landing.write_manifest("decision", batch.source, batch_id, [], {"decision": decision, "author": author, "reason": reason})
    return batch


def approve(batch_id: str, author: str, reason: str) -> None:
    """Let a stopped batch pass; the next `load` publishes it."""
    _decide(batch_id, "approve", author, reason)


def reject(batch_id: str, author: str, reason: str) -> None:
    """Close a stopped batch: nothing of it loads, its landed files stay for inspection."""
    batch = _decide(batch_id, "reject", author, reason)
    for layer in ("staging", "gate"):
        landing.discard(layer, batch.source, batch_id)
