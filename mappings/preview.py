"""Raw rows beside what they become, masked, for the engineer who writes a source file (`hub preview`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl
import pyarrow as pa

from mappings.apply import Mapped, map_part
from mappings.canonical import ENTITIES
from mappings.fields import as_text
from mappings.masks import mask, mask_row
from mappings.source import Source

ByRow = dict[str, dict[tuple[object, ...], pl.DataFrame]]
"""Entity -> row number -> the records made of that row."""


@dataclass(frozen=True)
class PreviewRow:
    """One raw row and its records, all values masked; `problems` are `entity.field:code`."""

    row_number: int
    state: Literal["maps", "refused", "out_of_scope"]
    raw: dict[str, str | None]
    records: tuple[tuple[str, dict[str, str | None]], ...]
    """Entity and its filled fields, `source_key` first."""
    problems: tuple[str, ...]
    scope_reason: str | None


def preview(source: Source, stream: str, table: pa.Table, n: int = 20) -> list[PreviewRow]:
    """Map the first `n` rows of a table and give them as they may be shown."""
    head = table.slice(0, n)
    mapped = map_part(source, stream, head, 1)
    records = {entity: as_text(frame, ENTITIES[entity]).partition_by("row_number", as_dict=True) for entity, frame in mapped.records.items()}
    return [_row(source, stream, raw, number, mapped, records) for number, raw in enumerate(head.to_pylist(), 1)]


def _row(source: Source, stream: str, raw: dict[str, str | None], number: int, mapped: Mapped, records: ByRow) -> PreviewRow:
    problems = mapped.problems.filter(pl.col("row_number") == number)
    scope = mapped.rows["scope_reason"][number - 1]
    refused = (problems["severity"] == "refuse").any()
    made = tuple((entity, _shown(entity, record)) for entity, frames in records.items() if (number,) in frames for record in frames[(number,)].to_dicts())
    codes = (f"{entity}.{field}:{code}" for entity, field, code in problems.select("entity", "field", "code").iter_rows())
    state: Literal["maps", "refused", "out_of_scope"] = "out_of_scope" if scope else "refused" if refused else "maps"
    return PreviewRow(number, state, mask_row(raw, source.stream(stream)), made, tuple(dict.fromkeys(codes)), scope)


def _shown(entity: str, record: dict[str, str | None]) -> dict[str, str | None]:
    fields = {field.name: mask(entity, field.name, record[field.name]) for field in ENTITIES[entity].fields if record[field.name] is not None}
    return {"source_key": record["source_key"], **fields}
