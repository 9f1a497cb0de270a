"""Frames in and out of PostgreSQL by COPY, the only bulk path."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import polars as pl
from psycopg import sql

from warehouse.db import Connection, query

SLICE = 50_000
"""Rows turned into CSV at a time, so that a wide frame does not double in memory."""


def copy_out(connection: Connection, statement: sql.SQL | sql.Composed, schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Read a `copy (…) to stdout (format csv, header)` into a frame of the given schema."""
    buffer = io.BytesIO()
    with connection.cursor().copy(statement) as copy:
        for block in copy:
            buffer.write(block)
    texts = dict.fromkeys(schema, pl.String)
    frame = pl.read_csv(buffer.getvalue(), schema=texts, has_header=True) if buffer.tell() else pl.DataFrame(schema=texts)
    return frame.select(_typed(name, kind) for name, kind in schema.items())


def _typed(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    if kind == pl.Boolean:
        return pl.col(name) == "t"
    if kind == pl.Binary:
        return pl.col(name).str.decode("hex")
    return pl.col(name).cast(kind)


def copy_in(connection: Connection, table: Sequence[str], frame: pl.DataFrame) -> None:
    """Write a frame into `table` (schema and name, or a temporary name); its columns name the table's columns."""
    statement = query("load.copy_in").format(table=sql.Identifier(*table), columns=sql.SQL(", ").join(map(sql.Identifier, frame.columns)))
    binary = [name for name, kind in frame.schema.items() if kind == pl.Binary]
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    with connection.cursor().copy(statement) as copy:
        for piece in frame.iter_slices(SLICE):
            piece = piece.with_columns(
                *(("\\x" + pl.col(name).bin.encode("hex")).alias(name) for name in binary),
                *(("{" + pl.col(name).list.join(",") + "}").alias(name) for name in lists),
            )
            copy.write(piece.write_csv(include_header=False, quote_style="necessary", null_value="").encode())
