"""The household around records: other persons who share a phone, an address or a number with them, and who may be a twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from hub.pipeline.conflicts import Record
from mappings.numbers import id_parts, is_valid_id, upgrade
from warehouse import identity
from warehouse.db import Connection, query

LOOKED_AT = 60
"""Records of one kind that are read: a phone or an address of hundreds is an office, no household."""
SHOWN = 8
HOWS = ("number", "twin", "address", "phone")
"""How somebody is near, the most telling first."""
NEAR_SEQUENCE = 8
"""Numbers given out on one day in one office differ by little: twins are registered together."""


@dataclass(frozen=True)
class Near:
    """Another person: how they are near, one of their records, its name and birth date."""

    person_id: str
    hows: tuple[str, ...]
    source: str
    source_key: str
    area: str | None
    name: str | None
    birth_date: str | None


def around(connection: Connection, records: pl.DataFrame, persons: Sequence[str]) -> tuple[Near, ...]:
    """Give who is near these records (as `identity.person_records` gives them) and is none of these persons, the most telling first."""
    own = records.to_dicts()
    values = {"sources": records["source"].to_list(), "keys": records["source_key"].to_list(), "persons": list(persons), "limit": LOOKED_AT}
    found: dict[str, dict[str, Record]] = {}
    for how, person, source, key in connection.execute(query("household.around"), values):
        found.setdefault(person, {}).setdefault(how, (source, key))
    twins = _born_together(connection, own, persons)
    keys = {record for hows in found.values() for record in hows.values()} | set(twins.values())
    rows = {(row["source"], row["source_key"]): row for row in identity.person_records_of(connection, sorted(keys)).to_dicts()} if keys else {}
    for person, record in twins.items():
        if record in rows and any(_twins(one, rows[record], person in found) for one in own):
            found.setdefault(person, {})["twin"] = record
    near = [_near(person, hows, rows) for person, hows in found.items() if any(record in rows for record in hows.values())]
    return tuple(sorted(near, key=lambda one: (HOWS.index(one.hows[0]), -len(one.hows), one.person_id))[:SHOWN])


def _near(person: str, hows: Mapping[str, Record], rows: Mapping[Record, Mapping[str, Any]]) -> Near:
    told = tuple(how for how in HOWS if how in hows and hows[how] in rows)
    source, key = hows[told[0]]
    row = rows[source, key]
    return Near(person, told, source, key, row["area_code"], row["name"], row["birth_date"])


def _born_together(connection: Connection, own: Sequence[Mapping[str, Any]], persons: Sequence[str]) -> dict[str, Record]:
    """Other persons of the same surname and the same whole birth date, each with a record."""
    found: dict[str, Record] = {}
    for born, surname in sorted({(row["birth_date"], row["name"][0]) for row in own if row["name"] and row["birth_date"] and len(row["birth_date"]) == 10}):
        values = {"birth_date": born, "surname": surname, "persons": list(persons), "limit": LOOKED_AT}
        for person, source, key in connection.execute(query("household.born"), values):
            found.setdefault(person, (source, key))
    return found


def _twins(one: Mapping[str, Any], other: Mapping[str, Any], shares: bool) -> bool:
    """Whether two records of one birth date and surname may be twins: another given name, and a shared phone or address, or numbers given out together."""
    if one["name"] == other["name"] or one["birth_date"] != other["birth_date"] or not one["name"] or one["name"][0] != other["name"][0]:
        return False
    return shares or _given_together(one["id_number"], other["id_number"])


def _given_together(one: str | None, other: str | None) -> bool:
    numbers = [upgrade(number) or number for number in (one, other) if number]
    if len(numbers) != 2 or numbers[0] == numbers[1] or not all(map(is_valid_id, numbers)):
        return False
    a, b = numbers
    return id_parts(a) is not None and a[:14] == b[:14] and abs(int(a[14:17]) - int(b[14:17])) <= NEAR_SEQUENCE
