"""Reads of the published records that other stages ask for."""

from __future__ import annotations

import polars as pl
from psycopg import sql

from mappings.canonical import ENTITIES
from warehouse.copy import copy_out
from warehouse.db import connect, query


def lookup(source: str, entity: str, column: str, keys: pl.Series) -> pl.DataFrame:
    """Give the current records of a source whose `column` is among `keys`: source_key and the open fields, as canonical text."""
    fields = {field.name: field.kind for field in ENTITIES[entity].fields if not field.personal}
    columns = sql.SQL(", ").join(
        sql.SQL("to_char({0}, 'YYYY-MM') as {0}").format(sql.Identifier(name)) if kind == "month" else sql.Identifier(name) for name, kind in fields.items()
    )
    values = {"source": sql.Literal(source), "keys": sql.Literal(keys.drop_nulls().unique().to_list()), "column": sql.Identifier(column)}
    statement = query("export.lookup").format(columns=columns, table=sql.Identifier(entity), **values)
    with connect() as connection:
        return copy_out(connection, statement, dict.fromkeys(["source_key", *fields], pl.String))
