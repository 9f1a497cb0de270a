"""The correction list a department gets back: which rows were refused, and why, without anybody's values."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from expectations.report import completeness_report
from hub import settings
from mappings.load import load_named
from warehouse import batches, quarantine
from warehouse.db import Connection


def correction_list(connection: Connection, name: str, to: Path) -> int:
    """Write the .xlsx for one source, with the rows the connection sees, and give their number."""
    source = load_named(settings.load().sources, name)
    waiting = quarantine.open_rows(connection, name, limit=1_000_000)
    observed = batches.latest_metrics(connection, name)
    lines = [(row.batch_id, row.stream, row.row_number, row.row_key, reason) for row in waiting for reason in row.reasons]
    schema = {"batch_id": pl.String, "stream": pl.String, "row_number": pl.Int64, "row_key": pl.String, "reason": pl.String}
    parts = pl.col("reason").str.extract_groups(r"^([^.]+)\.(.+):([^:]+)$")
    rows = pl.DataFrame(lines, schema=schema, orient="row").with_columns(parts.struct.rename_fields(["entity", "field", "code"])).unnest("reason")
    completeness_report(source, rows, to, totals=observed.get("records", {}))
    return len(waiting)
