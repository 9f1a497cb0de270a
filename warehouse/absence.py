"""The second balance: keys a stream is known to hold = seen + ended, judged on raw keys before mapping and gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl
from psycopg import sql

from warehouse.batches import Batch
from warehouse.copy import copy_in, copy_out
from warehouse.db import Connection, query

KEYS = {"row_key": pl.String, "ended_sequence": pl.Int64}


@dataclass(frozen=True)
class Absence:
    """What one stream's keys say; `seen` is None where absence means nothing (no sweep, dated, repair)."""

    stream: str
    known: int
    seen: int
    ended: tuple[str, ...]
    new: pl.Series
    reopened: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    """of those seen, keys that may stand in a row which could not be read"""

    def without_hidden(self, hidden: Callable[[Sequence[str]], Sequence[str]]) -> Absence:
        """Give this with the keys that `hidden` picks out of those ended counted as seen."""
        held = frozenset(hidden(self.ended))
        ended = tuple(key for key in self.ended if key not in held)
        return replace(self, seen=self.known - len(ended), ended=ended, hidden=tuple(sorted(held)))


def judge(connection: Connection, batch: Batch, stream: str, extracted: pl.Series, swept: pl.Series | None, *, judged: bool) -> Absence:
    """Hold the keys of a batch against those known: extracted rows' keys, and the sweep's where one was made.

    Without `judged` nothing ends: new keys are only remembered.
    """
    where = {"source": sql.Literal(batch.source), "stream": sql.Literal(stream)}
    held = copy_out(connection, query("absence.keys").format(**where), KEYS).with_columns(held=True)
    here = extracted.drop_nulls().unique().alias("row_key").to_frame().with_columns(here=True)
    keys = held.join(here, on="row_key", how="full", coalesce=True).with_columns(pl.col("held", "here").fill_null(False))
    known = keys.filter(pl.col("held") & pl.col("ended_sequence").is_null())
    gone = known.filter(~pl.col("here") & judged)["row_key"]
    gone = gone.filter(~gone.is_in(swept.drop_nulls().implode())) if swept is not None else gone
    added = keys.filter(~pl.col("held"))["row_key"]
    back = keys.filter(pl.col("here") & (pl.col("ended_sequence") < batch.sequence))["row_key"]
    return Absence(stream, len(known), len(known) - gone.len(), tuple(gone.sort()), added.sort(), tuple(back.sort()))


def unknown(connection: Connection, source: str, stream: str, keys: pl.Series) -> int:
    """Count keys of a sweep that no batch has brought: rows that were committed late, behind the watermark."""
    where = {"source": sql.Literal(source), "stream": sql.Literal(stream)}
    known = copy_out(connection, query("absence.keys").format(**where), KEYS).filter(pl.col("ended_sequence").is_null())["row_key"]
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
