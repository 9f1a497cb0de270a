"""The systems' tables as raw rows: all text, headings as the connectors give them, without the servers and files in between."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from county.systems.files import PAYMENT_GROUPS, PERSON_GROUPS

GROUPS = {("work_injury", "persons"): PERSON_GROUPS, ("work_injury", "payments"): PAYMENT_GROUPS}
BROKEN = ("cut:", "bytes:")
"""Rows no connector can split into columns: they never reach a mapping."""


@dataclass(frozen=True)
class Raw:
    """One stream: its rows, and for each the fault planted in it ('' for a clean one)."""

    table: pa.Table
    fault: pl.Series


def raw(source: str, stream: str, frame: pl.DataFrame) -> Raw:
    """Give a system's table as its connector reads it."""
    frame = frame.filter(~pl.any_horizontal(pl.col("_fault").str.starts_with(mark) for mark in BROKEN))
    visible = frame.select(pl.col(column).cast(pl.String) for column in frame.columns if not column.startswith("_"))
    if (source, stream) in GROUPS:
        headings = zip(GROUPS[source, stream], visible.columns, strict=True)
        visible.columns = [f"{group}/{heading}" if group else heading for group, heading in headings]
    if source == "police":
        visible = visible.with_columns(pl.lit("D").alias("记录类型"))
    return Raw(visible.to_arrow().cast(pa.schema([(name, pa.large_string()) for name in visible.columns])), frame["_fault"])
