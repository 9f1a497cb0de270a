"""The second balance: keys a stream is known to hold = seen + ended, judged on raw keys before mapping and gate."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from psycopg import sql

from warehouse.batches import Batch
from warehouse.copy import copy_in, copy_out
from warehouse.db import Connection, query


@dataclass(frozen=True)
class Absence:
    """What one stream's keys say; `seen` is None where absence means nothing (no sweep, dated, repair)."""

    stream: str
    known: int
    seen: int
    ended: tuple[str, ...]
    new: pl.Series
    reopened: tuple[str, ...]


def judge(connection: Connection, batch: Batch, stream: str, extracted: pl.Series, swept: pl.Series | None, *, judged: bool) -> Absence:
    """Hold the keys of a batch against those known: extracted rows' keys, and the sweep's where one was made.

    Without `judged` nothing ends: new keys are only remembered.
    """
    where = {"source": sql.Literal(batch.source), "stream": sql.Literal(stream)}
    known = copy_out(connection, query("absence.open_keys").format(**where), {"row_key": pl.String})["row_key"]
    past = copy_out(connection, query("absence.ended_keys").format(**where), {"row_key": pl.String, "ended_sequence": pl.Int64})
    here = extracted.drop_nulls().unique()
    present = here if swept is None else pl.concat([here, swept.drop_nulls()]).unique()
    gone = known.filter(~known.is_in(present.implode())) if judged else known.clear()
    added = here.filter(~here.is_in(known.implode()) & ~here.is_in(past["row_key"].implode()))
    earlier = past.filter(pl.col("ended_sequence") < batch.sequence)["row_key"]
    back = here.filter(here.is_in(earlier.implode()))
    return Absence(stream, known.len(), known.len() - gone.len(), tuple(gone.sort()), added.sort(), tuple(back.sort()))


def unknown(connection: Connection, source: str, stream: str, keys: pl.Series) -> int:
    """Count keys of a sweep that no batch has brought: rows that were committed late, behind the watermark."""
    where = {"source": sql.Literal(source), "stream": sql.Literal(stream)}
    known = copy_out(connection, query("absence.open_keys").format(**where), {"row_key": pl.String})["row_key"]
    return int((~keys.drop_nulls().unique().is_in(known.implode())).sum())


def publish(connection: Connection, batch: Batch, absence: Absence, *, judged: bool) -> None:
    """Write the keys and, where absence was judged, the balance."""
    where = {"source": batch.source, "stream": absence.stream, "sequence": batch.sequence}
    if absence.new.len():
        frame = (
            absence.new.alias("row_key")
            .to_frame()
            .select(pl.lit(batch.source).alias("source"), pl.lit(absence.stream).alias("stream"), "row_key", pl.lit(batch.sequence).alias("first_sequence"))
        )
        copy_in(connection, ("ops", "raw_key"), frame)
    if absence.ended:
        connection.execute(query("absence.end"), {**where, "keys": list(absence.ended)})
    if absence.reopened:
        connection.execute(query("absence.reopen"), {**where, "keys": list(absence.reopened)})
    if judged:
        values = {"known": absence.known, "seen": absence.seen, "ended": len(absence.ended), "new": absence.new.len()}
        connection.execute(query("absence.record"), {"batch_id": batch.batch_id, "replay": batch.replay, "stream": absence.stream, **values})
