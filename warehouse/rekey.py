"""Rekey: the same row under a corrected key, as a source declares it; the record, its id and what was judged of it go along."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from psycopg import sql

from mappings.canonical import ENTITIES
from warehouse.batches import Batch
from warehouse.db import Connection, query
from warehouse.tables import metadata


def moved_later(connection: Connection, batch: Batch) -> pl.Series:
    """Give keys that a later batch replaced: rows under them in this (replayed) batch are superseded."""
    rows = connection.execute(query("rekey.moved_later"), {"source": batch.source, "sequence": batch.sequence})
    return pl.Series("row_key", [row[0] for row in rows], pl.String)


def apply(connection: Connection, batch: Batch, entities: Sequence[str], corrected: pl.DataFrame) -> None:
    """Move records from their former keys to the corrected ones, before the batch's versions are compared.

    corrected: rekey_from and row_key of the rows that may load.
    """
    for entity in entities if len(corrected) else ():
        wanted = {"source": batch.source, "old": corrected["rekey_from"].to_list(), "new": corrected["row_key"].to_list()}
        movable = connection.execute(query("rekey.movable").format(table=sql.Identifier(entity)), wanted).fetchall()
        if movable:
            _move(connection, batch, entity, dict(movable))


def _move(connection: Connection, batch: Batch, entity: str, keys: dict[str, str]) -> None:
    values = {"source": batch.source, "entity": entity, "sequence": batch.sequence, "old": list(keys), "new": list(keys.values())}
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in metadata.tables[f"core.{entity}"].columns)
    names = {"table": sql.Identifier(entity), "history": sql.Identifier(f"{entity}_history"), "columns": columns}
    connection.execute(query("rekey.keep_old").format(**names), values)
    connection.execute(query("rekey.move").format(**names), values)
    for other in ENTITIES.values():
        for field in other.fields:
            if field.refers_to == entity:
                statement = query("rekey.refer").format(table=sql.Identifier(other.name), column=sql.Identifier(field.name))
                connection.execute(statement, values)
    for step in ("keep_place", "move_place", "note"):
        connection.execute(query(f"rekey.{step}"), values)
