"""A person's life across insurances: enrolments, contributions and benefits as spans of time, deaths and archive items as points; each names its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from hub.pipeline.conflicts import Record
from warehouse.db import Connection, query

MOST = 500
"""Spans or items of one kind; a life has far fewer."""


@dataclass(frozen=True)
class Enrolment:
    """One enrolment as a source has it."""

    source: str
    source_key: str
    batch_id: str
    row_number: int
    line: str
    area: str | None
    status: str | None
    payment: str | None
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Months:
    """A run of months without a gap in which contributions (`kind` None) or benefits of one kind were paid."""

    source: str
    line: str
    kind: str | None
    since: date
    until: date
    months: int
    lines: int
    amount: Decimal


@dataclass(frozen=True)
class Item:
    """A death (`kind` "death") or an item of the archive, with its row."""

    kind: str
    source: str
    source_key: str
    batch_id: str
    row_number: int
    on: str | None
    title: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Biography:
    """All of it."""

    enrolments: tuple[Enrolment, ...]
    contributions: tuple[Months, ...]
    benefits: tuple[Months, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Placement:
    """Whose a record was, and from when to when."""

    source: str
    source_key: str
    person_id: str
    grade: str
    model_version: int
    since: datetime
    until: datetime


def biography(connection: Connection, records: Sequence[Record]) -> Biography:
    """Give what the connection sees of the life behind these records."""
    values = _values(records)
    contributions = [
        Months(source, line, None, since.date(), until.date(), months, int(lines), amount)
        for source, line, since, until, months, lines, amount in connection.execute(query("person.contributions"), values)
    ]
    benefits = [
        Months(source, line or "", kind, since.date(), until.date(), months, int(lines), amount)
        for source, line, kind, since, until, months, lines, amount in connection.execute(query("person.benefits"), values)
    ]
    items = [Item("death", *row) for row in connection.execute(query("person.deaths"), values)]
    for source, key, batch, row, number, kind, title, _, made_on in connection.execute(query("person.archive"), values):
        items.append(Item(kind or "archive", source, key, batch, row, made_on.isoformat() if made_on else None, title, number))
    enrolments = [Enrolment(*row) for row in connection.execute(query("person.enrolments"), values)]
    return Biography(tuple(enrolments), tuple(contributions), tuple(benefits), tuple(items))


def placements(connection: Connection, records: Sequence[Record]) -> list[Placement]:
    """Give whose these records were before, the latest first."""
    return [Placement(*row) for row in connection.execute(query("person.history"), _values(records))]


def redirects(connection: Connection, person_id: str) -> list[str]:
    """Give the other ids that lead to a person."""
    return [row[0] for row in connection.execute(query("person.redirects"), {"person_id": person_id})]


def waiting(connection: Connection, records: Sequence[Record]) -> list[tuple[str, str, float]]:
    """Give the cases that wait about these records: case, kind, weight."""
    return [(row[0], row[1], row[2]) for row in connection.execute(query("person.waiting"), {**_values(records), "limit": 20})]


def _values(records: Sequence[Record]) -> dict[str, object]:
    return {"sources": [source for source, _ in records], "keys": [key for _, key in records], "limit": MOST}
