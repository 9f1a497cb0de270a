"""Lineage to the cell: the raw row and the columns a golden value came from, as the department sent them."""

from __future__ import annotations

from dataclasses import dataclass

from hub import settings
from hub.errors import ConfigError
from hub.pipeline import persons
from mappings.apply import map_part
from mappings.load import load_named
from warehouse import batches
from warehouse.db import Connection
from warehouse.staging import Files


@dataclass(frozen=True)
class Traced:
    """Where a golden value stands in the landed files; `columns` and `value` are as received and as mapped, in clear: for who may see them."""

    field: str
    source: str
    stream: str
    batch_id: str
    row_number: int
    columns: dict[str, str | None]
    value: str | None


def trace(connection: Connection, person_id: str, field: str) -> Traced:
    """Find the raw row behind one value of a person's golden record and map it again; ConfigError where the person has no such value."""
    origin = persons.show(connection, person_id).provenance.get(field)
    if not origin:
        raise ConfigError(f"person {person_id}: no value {field} to trace")
    source_name, source_key, batch_id, row_number = origin
    source, files = load_named(settings.load().sources, source_name), Files(batches.get(connection, batch_id))
    part = next(one for one in files.raw_parts() if one.first_row <= row_number < one.first_row + one.rows)
    row = files.raw(part).slice(row_number - part.first_row, 1)
    entity = "death" if field == "death_date" else "person_record"
    record = next(one for one in source.stream(part.stream).records if one.entity == entity and (one.part or "") == source_key.partition("#")[2])
    mapped = map_part(source, part.stream, row, row_number).records[entity]
    found = mapped.filter(mapped["source_key"] == source_key) if entity == "person_record" else mapped
    columns = {name: row[name][0].as_py() for name in dict.fromkeys(record.fields[field].columns)}
    return Traced(field, source_name, part.stream, batch_id, row_number, columns, None if found.is_empty() else str(found[field][0]))
