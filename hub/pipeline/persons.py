"""Persons: found by number or name, shown masked, every value with the record it came from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub import crypto
from hub.errors import AbsentError
from mappings.masks import mask
from mappings.numbers import upgrade
from warehouse import accounts_sight
from warehouse.db import Connection, query
from warehouse.identity import golden_context

Form = Callable[[str, str, str | None], str | None]
"""field, value, area of the record it is of -> the value as it may be shown"""
OPEN = ("name", "sex_code", "birth_date", "ethnic_code", "area_code", "death_date")


@dataclass(frozen=True)
class Person:
    """A golden record, masked: field -> value, and field -> where it came from; the source records, oldest first.

    `held`: field -> area that holds it, for values from a record out of the reader's sight; they are not among the values.
    """

    person_id: str
    values: dict[str, str | None]
    provenance: dict[str, list[Any]]
    records: list[dict[str, Any]]
    held: dict[str, str]


def find(connection: Connection, number: str | None = None, name: str | None = None, limit: int = 20) -> list[str]:
    """Give the ids of persons with exactly this number (15 or 18 digits, any source's record) or this name."""
    forms: list[str | None] = [None] if number is None else [number.strip().upper(), upgrade(number.strip().upper())]
    blinds = [None] if number is None else [blind for form in forms if form for blind in crypto.blinds(form, "id_number")]
    found: dict[str, None] = {}
    for blind in blinds:
        rows = connection.execute(query("identity.find"), {"blind": blind, "name": name, "limit": limit}).fetchall()
        found |= dict.fromkeys(row[0] for row in rows)
    return list(found)


def masked(field: str, value: str, area: str | None = None) -> str | None:
    """Give a value as anybody may see it, wherever it belongs."""
    return mask("person_record", field, value)


def show(connection: Connection, person_id: str, form: Form = masked) -> Person:
    """Give a person by any id they ever had, each value in the form the reader may see: masked, unless they opened the record for a purpose."""
    cursor = connection.execute(query("identity.person"), {"person_id": person_id})
    row = cursor.fetchone()
    if row is None or cursor.description is None:
        raise AbsentError(f"person {person_id}: not known; `hub person find` looks by number or name")
    golden = dict(zip([column.name for column in cursor.description], row, strict=True))
    sealed = crypto.unseal([golden["sealed"]], golden_context(golden["person_id"]))[0]
    values = {name: golden[name] for name in OPEN} | (json.loads(sealed) if sealed else {})
    held, records = _held(connection, golden["provenance"]), _records(connection, golden["person_id"], form)
    areas = {(record["source"], record["source_key"]): record["area_code"] for record in records}
    origins = {name: areas.get((origin[0], origin[1])) for name, origin in golden["provenance"].items()}
    shown = {name: form(name, value, origins.get(name)) for name, value in values.items() if value is not None and name not in held}
    return Person(golden["person_id"], shown, golden["provenance"], records, held)


def _held(connection: Connection, provenance: dict[str, list[Any]]) -> dict[str, str]:
    """Say which values come from records of another area that the reader does not see, and of which."""
    areas = accounts_sight.held(connection, ((origin[0], origin[1]) for origin in provenance.values()))
    return {field: areas[origin[0], origin[1]] for field, origin in provenance.items() if (origin[0], origin[1]) in areas}


def _records(connection: Connection, person_id: str, form: Form) -> list[dict[str, Any]]:
    rows = connection.execute(query("identity.records_of"), {"person_id": person_id}).fetchall()
    names = ("source", "source_key", "grade", "model_version", "batch_id", "row_number", "name", "sex_code", "birth_date", "area_code", "sealed", "ended")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    for record in records:
        record.pop("sealed")
        record |= {field: form(field, record[field], record["area_code"]) for field in ("name", "birth_date") if record[field] is not None}
    return records
