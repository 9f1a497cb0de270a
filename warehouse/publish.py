"""Publication: the accepted rows of a batch become visible in one transaction, and its ledger is written with them.

Readers see the old state or the new one.  Every extracted row ends in exactly one state; the sum is checked by the
database (`ops.ledger`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import polars as pl

from hub.errors import LedgerError
from mappings.canonical import ENTITIES
from warehouse import diff as differences
from warehouse import rekey
from warehouse.batches import Batch
from warehouse.db import Connection, query
from warehouse.records import Sealer, append, end, make_older, mark_refused, replace, unmark_refused
from warehouse.staging import Files
from warehouse.tables import COUNTS


@dataclass
class Timing:
    """Seconds spent, sealing apart from the rest."""

    sealing: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Publication:
    """What a publication did."""

    states: pl.DataFrame
    """stream, row_number, row_key, state of every raw row"""
    diffs: dict[str, differences.Diff]
    """entity -> what became of its records"""
    timing: Timing = field(default_factory=Timing)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows per stream and state."""
        table: dict[str, dict[str, int]] = {}
        for stream, state, rows in self.states.group_by("stream", "state").len().iter_rows():
            table.setdefault(stream, dict.fromkeys(COUNTS, 0))[state] = rows
        return table


def row_states(files: Files, moved: pl.Series) -> pl.DataFrame:
    """Give every raw row what is decided before the diff: quarantined, out_of_scope, superseded, or null (may load).

    Columns: stream, row_number, row_key, state.  Of rows with one key the last readable one speaks; others are superseded, and so
    are rows under keys in `moved`, which a later batch corrected.
    """
    refused = files.reasons().filter(pl.col("severity") == "refuse")["row_number"].unique()
    rows = files.rows.select("stream", "row_number", "row_key", "scope_reason")
    rejects = files.rejects().select("stream", "row_number", row_key=pl.lit(None, pl.String), scope_reason=pl.lit(None, pl.String))
    rows = pl.concat([rows, rejects]).sort("row_number")
    is_refused = pl.col("row_number").is_in(refused.implode())
    state = pl.when(is_refused).then(pl.lit("quarantined")).when(pl.col("scope_reason").is_not_null()).then(pl.lit("out_of_scope"))
    rows = rows.with_columns(state=state)
    live = rows.filter(pl.col("state").is_null())
    repeated = live.filter(~pl.struct("stream", "row_key").is_last_distinct())["row_number"]
    late = pl.col("state").is_null() & (pl.col("row_number").is_in(repeated.implode()) | pl.col("row_key").is_in(moved.implode()))
    return rows.select("stream", "row_number", "row_key", state=pl.when(late).then(pl.lit("superseded")).otherwise(pl.col("state")))


def publish_records(connection: Connection, batch: Batch, files: Files, own: Sequence[str]) -> Publication:
    """Write new and changed records of all entities and give every raw row its state; `own` entities live under the rows' keys."""
    started, timing = perf_counter(), Timing()
    states = row_states(files, rekey.moved_later(connection, batch))
    live = states.filter(pl.col("state").is_null())["row_number"]
    corrected = files.rows.filter(pl.col("rekey_from").is_not_null() & (pl.col("rekey_from") != pl.col("row_key")) & pl.col("row_number").is_in(live.implode()))
    rekey.apply(connection, batch, own, corrected)
    loaded: list[pl.Series] = []
    holding: list[pl.Series] = []
    diffs: dict[str, differences.Diff] = {}
    for entity in files.entities():
        parts = files.record_parts(entity)
        keys = pl.concat([files.records(part, ["row_number", "source_key", "hash"]) for part in parts])
        keys = keys.join(live.to_frame(), on="row_number", how="semi")
        known = differences.current(connection, entity, batch.source, keys["source_key"])
        found = diffs[entity] = differences.compare(keys, known, batch.sequence)
        sealer = Sealer(ENTITIES[entity], batch, timing)
        append(connection, sealer, _chosen(files, parts, found.new))
        replace(connection, sealer, _chosen(files, parts, found.changed))
        make_older(connection, entity, batch, found.older)
        unmark_refused(connection, entity, batch.source, found.refused_before)
        loaded += [found.new["row_number"], found.changed["row_number"]]
        holding.append(keys["row_number"])
    states = states.with_columns(state=_final(loaded, holding))
    timing.total = perf_counter() - started
    return Publication(states, diffs, timing)


def _final(loaded: Sequence[pl.Series], holding: Sequence[pl.Series]) -> pl.Expr:
    """Accepted when one of the row's records is new or changed; a row that gives no record at all is out of scope."""
    empty = [pl.Series("row_number", [], pl.Int64)]
    accepted, any_record = (pl.concat([*series, *empty]).unique().implode() for series in (loaded, holding))
    number = pl.col("row_number")
    return (
        pl.when(pl.col("state").is_not_null())
        .then(pl.col("state"))
        .when(number.is_in(accepted))
        .then(pl.lit("accepted"))
        .when(number.is_in(any_record))
        .then(pl.lit("unchanged"))
        .otherwise(pl.lit("out_of_scope"))
    )


def _chosen(files: Files, parts: Sequence[str], keys: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Open the staged parts one by one, with only the rows that load, each with its record's `first_row`."""
    if keys.is_empty():
        return
    for part in parts:
        numbers = files.records(part, ["row_number"])["row_number"]
        if numbers.is_in(keys["row_number"].implode()).any():
            yield files.records(part).join(keys, on=["source_key", "row_number"], how="inner")


def end_records(connection: Connection, batch: Batch, entities: Sequence[str], keys: Sequence[str]) -> None:
    """End-date the records of rows that are gone from the source."""
    for entity in entities if keys else ():
        end(connection, entity, batch, keys)


def mark(connection: Connection, batch: Batch, entities: Sequence[str], states: pl.DataFrame, hidden: Sequence[str]) -> None:
    """Mark records whose newer version was refused in this batch and not made good later in it; `hidden` are keys in unreadable rows."""
    refused = states.filter((pl.col("state") == "quarantined") & pl.col("row_key").is_not_null())
    good = states.filter(pl.col("state").is_in(["accepted", "unchanged"])).group_by("row_key").agg(good=pl.col("row_number").max())
    still = refused.join(good, on="row_key", how="left").filter(pl.col("good").is_null() | (pl.col("good") < pl.col("row_number")))
    keys = [*still["row_key"], *hidden]
    for entity in entities if keys else ():
        mark_refused(connection, entity, batch.source, keys)


def write_ledger(connection: Connection, batch: Batch, extracted: dict[str, int], publication: Publication) -> None:
    """Write one line per stream and make the batch visible; LedgerError when a row is missing or counted twice."""
    counted = publication.counts()
    for stream, rows in sorted(extracted.items()):
        counts = counted.get(stream, dict.fromkeys(COUNTS, 0))
        if sum(counts.values()) != rows:
            raise LedgerError(f"batch {batch.batch_id}, stream {stream}: {rows} rows extracted, {sum(counts.values())} accounted for; nothing was published")
        values = {"batch_id": batch.batch_id, "replay": batch.replay, "stream": stream, "extracted": rows, **counts}
        connection.execute(query("batch.ledger"), values)
    connection.execute(query("batch.publish"), {"batch_id": batch.batch_id})
