"""What a batch changes: its records held against the current versions, by key and keyed hash."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from psycopg import sql

from warehouse.copy import copy_out
from warehouse.db import Connection, query

FEW = 20_000
"""Up to this many keys are asked for one by one; more, and the source's keys are read whole."""
CURRENT: dict[str, pl.DataType | type[pl.DataType]] = {
    "source_key": pl.String,
    "hash": pl.Binary,
    "sequence": pl.Int64,
    "first_sequence": pl.Int64,
    "first_row": pl.Int64,
    "ended_sequence": pl.Int64,
    "refused_newer": pl.Boolean,
}


@dataclass(frozen=True)
class Diff:
    """Staged records of one entity by what becomes of them; each frame has source_key, row_number, first_row."""

    new: pl.DataFrame
    changed: pl.DataFrame
    older: pl.DataFrame
    """known in a later version, or ended by a later batch: only the record's age may change"""
    refused_before: list[str]
    """keys that come good although a newer version had been refused"""


def current(connection: Connection, entity: str, source: str, keys: pl.Series) -> pl.DataFrame:
    """Read key, hash and age of the current versions."""
    few = keys.len() <= FEW
    keys = keys.unique() if few else keys
    statement = query("load.current_of" if few else "load.current").format(
        table=sql.Identifier(entity), source=sql.Literal(source), keys=sql.Literal(keys.to_list() if few else [])
    )
    return copy_out(connection, statement, CURRENT)


def compare(staged: pl.DataFrame, known: pl.DataFrame, sequence: int) -> Diff:
    """Tell new, changed and older records apart; the last row of a key in the batch speaks for it.

    staged: row_number, source_key, hash of the rows that may load.
    """
    records = (
        staged.sort("row_number")
        .group_by("source_key", maintain_order=True)
        .agg(pl.col("row_number").last(), pl.col("hash").last(), first_row=pl.col("row_number").first())
    )
    joined = records.join(known, on="source_key", how="left", suffix="_known")
    is_new = pl.col("sequence").is_null()
    is_older = (pl.col("sequence") > sequence) | (pl.col("ended_sequence") > sequence).fill_null(False)
    differs = (pl.col("hash") != pl.col("hash_known")) | pl.col("ended_sequence").is_not_null()
    columns = ["source_key", "row_number", "first_row"]
    age = (pl.col("first_sequence") > sequence) | ((pl.col("first_sequence") == sequence) & (pl.col("first_row_known") > pl.col("first_row")))
    return Diff(
        new=joined.filter(is_new).select(columns),
        changed=joined.filter(~is_new & ~is_older & differs).select(columns),
        older=joined.filter(~is_new & (is_older | ~differs) & age).select(columns),
        refused_before=joined.filter(~is_new & ~is_older & ~differs & pl.col("refused_newer"))["source_key"].to_list(),
    )
