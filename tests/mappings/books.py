"""The county's departmental tables as raw rows (all text, headings as the connectors give them), without its servers and files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl
import pyarrow as pa

import county
from county.systems.files import PAYMENT_GROUPS, PERSON_GROUPS

GROUPS = {("work_injury", "persons"): PERSON_GROUPS, ("work_injury", "payments"): PAYMENT_GROUPS}
BROKEN = ("cut:", "bytes:")
"""Rows no connector can split into columns: they never reach a mapping."""


@dataclass(frozen=True)
class Raw:
    """One stream: its rows, and for each the fault planted in it ('' for a clean one)."""

    table: pa.Table
    fault: pl.Series


@cache
def books(people: int, seed: int) -> tuple[dict[tuple[str, str], Raw], dict[tuple[str, str, str], str]]:
    """Every stream of a county, and the reason each planted fault must be refused for: (source, stream, fault) -> code."""
    tables, planted = county.write_books(*county.inhabit(people, seed), seed)
    raw = {(source, stream): _raw(source, stream, frame) for source, streams in tables.items() for stream, frame in streams.items()}
    reasons = {(source, stream, fault): reason for source, stream, fault, reason in planted.select("source", "stream", "fault", "reason").iter_rows()}
    return raw, reasons


def _raw(source: str, stream: str, frame: pl.DataFrame) -> Raw:
    frame = frame.filter(~pl.any_horizontal(pl.col("_fault").str.starts_with(mark) for mark in BROKEN))
    visible = frame.select(pl.col(column).cast(pl.String) for column in frame.columns if not column.startswith("_"))
    if (source, stream) in GROUPS:
        headings = zip(GROUPS[source, stream], visible.columns, strict=True)
        visible.columns = [f"{group}/{heading}" if group else heading for group, heading in headings]
    if source == "police":
        visible = visible.with_columns(pl.lit("D").alias("记录类型"))
    return Raw(visible.to_arrow().cast(pa.schema([(name, pa.large_string()) for name in visible.columns])), frame["_fault"])
