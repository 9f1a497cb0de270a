"""Records into `core`: sealed, appended, replaced, end-dated; the versions replaced go to history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from hub import crypto
from mappings.canonical import Entity
from warehouse.batches import Batch
from warehouse.copy import copy_in
from warehouse.db import Connection, query
from warehouse.tables import BLIND, metadata

if TYPE_CHECKING:
    from warehouse.publish import Timing

KEPT = ("first_sequence", "first_row", "ended_sequence", "refused_newer", "recorded_at")
"""Columns a replacement treats by rules of their own."""


def seal_context(entity: str, source: str, keys: Iterable[str]) -> list[bytes]:
    """Bind each ciphertext to its record, so that it cannot be moved to another."""
    return [f"{entity}/{source}/{key}".encode() for key in keys]


class Sealer:
    """Turns staged records of one entity into rows of its core table."""

    def __init__(self, entity: Entity, batch: Batch, timing: Timing) -> None:
        self.entity, self.batch, self.timing = entity, batch, timing

    def rows(self, staged: pl.DataFrame) -> pl.DataFrame:
        """Seal the personal fields and add the batch's columns; the frame's columns are the table's."""
        started = perf_counter()
        sealed = self._sealed(staged)
        self.timing.sealing += perf_counter() - started
        batch = self.batch
        columns = [
            pl.lit(batch.source).alias("source"),
            "source_key",
            *(name for name in self.entity.open),
            *sealed,
            "derived",
            "hash",
            pl.lit(batch.sequence).alias("sequence"),
            pl.lit(batch.batch_id).alias("batch_id"),
            "row_number",
            pl.lit(batch.sequence).alias("first_sequence"),
            "first_row",
        ]
        return staged.select(columns)

    def _sealed(self, staged: pl.DataFrame) -> list[pl.Series]:
        personal = self.entity.personal
        if not personal:
            return []
        values = [
            json.dumps({name: value for name, value in zip(personal, row, strict=True) if value is not None}, ensure_ascii=False, separators=(",", ":"))
            for row in staged.select(personal).iter_rows()
        ]
        contexts = seal_context(self.entity.name, self.batch.source, staged["source_key"])
        sealed = crypto.seal([None if value == "{}" else value for value in values], contexts)
        blind = [pl.Series(f"{name}_blind", crypto.blind(staged[name].to_list(), name), pl.Binary) for name in BLIND if name in personal]
        return [pl.Series("sealed", sealed, pl.Binary), *blind]


def append(connection: Connection, sealer: Sealer, staged: Iterable[pl.DataFrame]) -> None:
    """Write records that are new."""
    for frame in staged:
        copy_in(connection, ("core", sealer.entity.name), sealer.rows(frame))


def replace(connection: Connection, sealer: Sealer, staged: Iterable[pl.DataFrame]) -> None:
    """Make new versions current; those they replace go to history."""
    entity, stage = sealer.entity.name, f"stage_{sealer.entity.name}"
    names = {"table": sql.Identifier(entity), "history": sql.Identifier(f"{entity}_history"), "stage": sql.Identifier(stage)}
    frames = iter(staged)
    first = next(frames, None)
    if first is None:
        return
    connection.execute(query("load.stage").format(**names))
    copy_in(connection, (stage,), sealer.rows(first))
    for frame in frames:
        copy_in(connection, (stage,), sealer.rows(frame))
    columns = [column.name for column in metadata.tables[f"core.{entity}"].columns]
    identifiers = sql.SQL(", ").join(map(sql.Identifier, columns))
    old = sql.SQL(", ").join(sql.Identifier("c", name) for name in columns)
    connection.execute(query("load.keep_old").format(**names, columns=identifiers, old=old))
    assigned = [name for name in columns if name not in KEPT and name not in ("source", "source_key")]
    assignments = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("s", name)) for name in assigned)
    connection.execute(query("load.replace").format(**names, assignments=assignments))


def make_older(connection: Connection, entity: str, batch: Batch, older: pl.DataFrame) -> None:
    """Move back the age of records that an older interval, loaded later, also holds."""
    if len(older):
        values = {"keys": older["source_key"].to_list(), "rows": older["first_row"].to_list(), "sequence": batch.sequence, "source": batch.source}
        if entity == "person_record":
            connection.execute(query("load.note_older"), values)
        connection.execute(query("load.make_older").format(table=sql.Identifier(entity)), values)


def end(connection: Connection, entity: str, batch: Batch, keys: Sequence[str]) -> None:
    """End-date the records of rows that are gone."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in metadata.tables[f"core.{entity}"].columns)
    names = {"table": sql.Identifier(entity), "history": sql.Identifier(f"{entity}_history"), "columns": columns}
    values = {"source": batch.source, "sequence": batch.sequence, "keys": list(keys)}
    connection.execute(query("load.end_history").format(**names), values)
    connection.execute(query("load.end").format(**names), values)


def mark_refused(connection: Connection, entity: str, source: str, keys: Sequence[str]) -> None:
    """Note on the last good versions that a newer one was refused."""
    connection.execute(query("load.mark_refused").format(table=sql.Identifier(entity)), {"source": source, "keys": list(keys)})


def unmark_refused(connection: Connection, entity: str, source: str, keys: Sequence[str]) -> None:
    """The source took the refused version back."""
    if keys:
        connection.execute(query("load.unmark_refused").format(table=sql.Identifier(entity)), {"source": source, "keys": list(keys)})
