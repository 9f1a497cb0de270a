"""Load: what passed the gate becomes visible, the rest lies in quarantine, and the ledger says so, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from hub import landing, settings
from hub.errors import StoppedError
from hub.pipeline.timing import timed
from mappings.keys import row_keys, standing_in
from mappings.load import load_named
from mappings.source import Source, Stream
from warehouse import absence, audit, batches, findings, publish, quarantine
from warehouse.absence import Absence
from warehouse.batches import Batch
from warehouse.db import Connection, connect, query, source_lock
from warehouse.publish import Timing
from warehouse.staging import Files


@dataclass(frozen=True)
class Loaded:
    """The ledger of a published batch: stream -> state -> rows, and the seconds it took (zero when it was published before)."""

    batch_id: str
    ledger: dict[str, dict[str, int]]
    timing: Timing


@timed("load")
def load(batch_id: str) -> Loaded:
    """Publish a batch that passed the gate; a published one is left alone.

    Raises StoppedError while a person's decision is missing or was to reject, LedgerError when a row is unaccounted for.
    """
    with connect() as connection:
        batch = batches.get(connection, batch_id)
    with source_lock(batch.source):
        with connect() as connection:
            batch = batches.get(connection, batch_id)
        if batch.state == "published":
            return Loaded(batch_id, _ledger(batch_id), Timing())
        if batch.state not in ("passed", "approved"):
            raise StoppedError(f"batch {batch_id}: state is {batch.state}; only a batch the gate let pass is published (`hub gate list`)")
        source = load_named(settings.load().sources, batch.source)
        timing = _publish(source, batch)
        for layer in ("staging", "gate"):
            landing.discard(layer, batch.source, batch_id)
    return Loaded(batch_id, _ledger(batch_id), timing)


def _ledger(batch_id: str) -> dict[str, dict[str, int]]:
    with connect() as connection:
        rows = connection.execute(query("batch.read_ledger"), {"batch_id": batch_id}).fetchall()
    names = ("extracted", "accepted", "quarantined", "unchanged", "superseded", "out_of_scope")
    return {stream: dict(zip(names, counts, strict=True)) for stream, *counts in rows}


def _publish(source: Source, batch: Batch) -> Timing:
    files = Files(batch)
    with connect() as connection:
        done = publish.publish_records(connection, batch, files, sorted({entity for stream in source.streams for entity in own_entities(stream)}))
        reasons = files.reasons()
        _states_file(batch, done.states)
        judged, gone = judges_absence(connection, source, batch), {}
        for stream in source.streams:
            states = done.states.filter(pl.col("stream") == stream.stream)
            entities = own_entities(stream)
            keys = judge(connection, source, batch, stream, files)
            gone[stream.stream] = keys.ended
            absence.publish(connection, batch, keys, judged=judged)
            publish.end_records(connection, batch, entities, keys.ended)
            publish.mark(connection, batch, entities, states, keys.hidden)
        quarantine.publish(connection, batch, files, done.states, reasons)
        quarantine.close_gone(connection, batch, gone, whole=judged and source.extract.mode == "snapshot")
        findings.publish(connection, batch, files, done.diffs, reasons)
        for name, value in files.manifest("landing").meta["watermarks"].items():
            values = {"source": batch.source, "stream": name, "value": value, "batch_id": batch.batch_id}
            connection.execute(query("batch.set_watermark"), values)
        publish.write_ledger(connection, batch, files.extracted(), done)
        audit.record(connection, "pipeline", "batch.publish", batch.batch_id, rows=sum(files.extracted().values()))
    return done.timing


def own_entities(stream: Stream) -> list[str]:
    """Entities of the records that live and end with the stream's rows."""
    return list(dict.fromkeys(record.entity for record in stream.records if record.key is None))


def judges_absence(connection: Connection, source: Source, batch: Batch) -> bool:
    """Whether a key missing from this batch means that it is gone: whole snapshots and sweeps, the latest batch only."""
    whole = source.extract.mode == "snapshot" or source.extract.sweep
    if not whole or batch.kind == "repair":
        return False
    row = connection.execute(query("absence.later"), {"source": batch.source, "sequence": batch.sequence}).fetchone()
    return not (row and row[0])


def judge(connection: Connection, source: Source, batch: Batch, stream: Stream, files: Files) -> Absence:
    """Hold a stream's keys, as extracted and swept, against those known."""
    rows = files.rows.filter(pl.col("stream") == stream.stream)["row_key"]
    sweep = files.sweep(stream.stream)
    swept = None if sweep is None else pl.concat([pl.Series("row_key", [], pl.String), *(row_keys(source, stream.stream, table) for table in sweep)])
    found = absence.judge(connection, batch, stream.stream, rows, swept, judged=judges_absence(connection, source, batch))
    return found.without_hidden(partial(_hidden, source, stream, files)) if found.ended else found


def _hidden(source: Source, stream: Stream, files: Files, gone: Sequence[str]) -> list[str]:
    """Give the keys that may stand in a row which could not be read: nobody knows that they are gone."""
    unread = files.rejects().filter(pl.col("stream") == stream.stream)["raw"].to_list()
    return standing_in(gone, stream.key, source.source, unread)


def _states_file(batch: Batch, states: pl.DataFrame) -> None:
    """Keep every row's state beside the landed rows, so that the ledger can be looked up to the row."""
    landing.discard("ledger", batch.source, batch.batch_id)
    entry = landing.write_table("ledger", batch.source, batch.batch_id, "states", states.to_arrow())
    landing.write_manifest("ledger", batch.source, batch.batch_id, [entry], {"replay": batch.replay})
