"""Quality findings on accepted records, and the work list of codes nobody has explained."""

from __future__ import annotations

import polars as pl

from hub import crypto
from warehouse.batches import Batch
from warehouse.copy import copy_in
from warehouse.db import Connection, query
from warehouse.diff import Diff
from warehouse.staging import UNKNOWN_CODES, Files


def publish(connection: Connection, batch: Batch, files: Files, diffs: dict[str, Diff], reasons: pl.DataFrame) -> None:
    """Replace the findings of records that have a new version; note the codes that were not understood."""
    noted = reasons.filter(pl.col("severity") == "finding")
    connection.execute(query("finding.stage"))
    for entity, diff in diffs.items():
        if len(diff.changed):
            connection.execute(query("finding.forget"), {"source": batch.source, "entity": entity, "keys": diff.changed["source_key"].to_list()})
        own = noted.filter(pl.col("entity") == entity)
        if len(own):
            written = pl.concat([diff.new, diff.changed]).select("row_number", "source_key")
            copy_in(connection, ("new_finding",), _rows(batch, own.join(written, on="row_number", how="inner")))
    connection.execute(query("finding.add"))
    _unknown_codes(connection, batch, files)


def _rows(batch: Batch, noted: pl.DataFrame) -> pl.DataFrame:
    return noted.select(
        pl.lit(batch.source).alias("source"), "entity", "source_key", pl.col("field").fill_null("row"), "code", pl.lit(batch.batch_id).alias("batch_id")
    )


def _unknown_codes(connection: Connection, batch: Batch, files: Files) -> None:
    unknown = files.records(UNKNOWN_CODES).with_columns(pl.col("value").fill_null(""))  # null: it did not look like a code
    sealed = crypto.seal(unknown["value"].to_list(), f"code/{batch.source}".encode())
    blind = crypto.blind(unknown["value"].to_list(), "code")
    for row, value_sealed, value_blind in zip(unknown.iter_rows(named=True), sealed, blind, strict=True):
        values = {name: row[name] for name in ("stream", "lookup", "rows")}
        connection.execute(
            query("finding.add_code"), {**values, "source": batch.source, "batch_id": batch.batch_id, "value_sealed": value_sealed, "value_blind": value_blind}
        )
