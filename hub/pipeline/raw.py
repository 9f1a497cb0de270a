"""A raw row as its source sent it, read back from landing: where every value of the warehouse ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub import settings
from hub.errors import AbsentError
from mappings.load import load_named
from mappings.masks import mask_row
from mappings.source import Stream
from warehouse import batches
from warehouse.db import Connection
from warehouse.staging import Files


@dataclass(frozen=True)
class RawRow:
    """One row: its columns as received, as they may be shown to anybody, and the personal field each fills."""

    source: str
    batch_id: str
    row_number: int
    stream: str
    values: Mapping[str, str | None]
    masked: Mapping[str, str | None]
    fields: Mapping[str, str]
    """column -> canonical field of the person record it fills"""


def raw_row(connection: Connection, batch_id: str, row_number: int) -> RawRow:
    """Read one row of a batch; AbsentError where its landing is gone."""
    batch = batches.get(connection, batch_id)
    files = Files(batch)
    for part in files.raw_parts():
        if part.first_row <= row_number < part.first_row + part.rows:
            [row] = files.raw(part).slice(row_number - part.first_row, 1).to_pylist()
            stream = _stream(batch.source, part.stream)
            values = {name: None if value is None else str(value) for name, value in row.items()}
            return RawRow(batch.source, batch_id, row_number, part.stream, values, mask_row(values, stream), _fields(stream))
    raise AbsentError(f"batch {batch_id}, row {row_number}: not in landing; `hub ledger` shows what the batch held")


def _stream(source: str, name: str) -> Stream | None:
    declared = load_named(settings.load().sources, source)
    return next((stream for stream in declared.streams if stream.stream == name), None)


def _fields(stream: Stream | None) -> dict[str, str]:
    records = [] if stream is None else [record for record in stream.records if record.entity == "person_record"]
    return {column: name for record in records for name, how in record.fields.items() for column in how.columns}
