"""A case as its page shows it: records side by side, what each value is and how it differs, evidence, lives, household, earlier verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from console.differences import Difference, Why, about_number, differ
from hub import settings
from hub.pipeline import cases, household
from hub.pipeline.cases import Case
from hub.pipeline.household import Near
from hub.pipeline.preview import Preview
from mappings.load import load_sources
from warehouse import accounts_sight, acts, identity
from warehouse.accounts_sessions import Session
from warehouse.acts import Act
from warehouse.db import Connection, query

MOST = 8
"""Records side by side."""
ALWAYS = ("name", "id_number", "birth_date")
ORDER = (
    *ALWAYS, "former_name", "sex_code", "death_date", "phone", "address", "household_no", "employer_name", "account", "ethnic_code", "area_code", "status_code",
)  # fmt: skip
CODED = {"sex_code": "GB/T 2261.1", "status_code": "hub.person_status", "ethnic_code": "GB/T 3304"}
Record = tuple[str, str]


@dataclass(frozen=True)
class Column:
    """One record: its number on the page, the person it is of (0, 1), where it came from; `outside`: the area that holds it out of sight."""

    number: int
    record: Record
    person: int
    batch_id: str = ""
    row_number: int = 0
    day: datetime | None = None
    outside: str | None = None

    @property
    def id(self) -> str:
        """Source and key in one text."""
        return "/".join(self.record)


@dataclass(frozen=True)
class Cell:
    """One value: `value`, `empty` (the field is there, not filled), `not_held` (the source has no such field) or `outside`."""

    kind: str
    difference: Difference | None = None
    about: tuple[str, Why] | None = None
    findings: tuple[str, ...] = ()
    raw: str = ""


@dataclass(frozen=True)
class Line:
    """One field over all records: its sign, its cells; `folded` where it says nothing new."""

    field: str
    sign: str
    cells: tuple[Cell, ...]
    folded: bool


@dataclass(frozen=True)
class Life:
    """What a record holds of one entity and line."""

    entity: str
    code: str
    count: int
    since: date | None
    until: date | None
    open: bool
    amount: Decimal | None


@dataclass(frozen=True)
class Step:
    """One piece of evidence with its bar: the sentence in both languages, its weight rounded so that all add up, where the bar begins and ends."""

    zh: str
    en: str
    weight: float
    begins: float
    ends: float
    start: bool


@dataclass(frozen=True)
class Casefile:
    """Everything of a case page."""

    case: Case
    persons: tuple[str, ...]
    columns: tuple[Column, ...]
    beyond: tuple[int, ...]
    """Records of each person that are not shown because others say the same."""
    lines: tuple[Line, ...]
    lives: Mapping[Record, tuple[Life, ...]]
    steps: tuple[Step, ...]
    total: float
    around: tuple[Near, ...]
    earlier: tuple[Act, ...]
    preview: Preview | None


def read(connection: Connection, session: Session, case: Case, preview: Preview) -> Casefile:
    """Read a case over the connection of whoever asks; the preview says whose records it is about."""
    sides = [side for person in preview.people for side in person.sides]
    judged = ((case.left_source, case.left_key), (case.right_source, case.right_key))
    members = _ordered([side.records for side in sides], judged)
    keys = [record for records in members for record in records]
    records = identity.person_records_of(connection, keys)
    rows = {(row["source"], row["source_key"]): row for row in records.to_dicts()}
    shown = _chosen(members, judged, rows)
    days: dict[str, datetime] = dict(connection.execute(query("casefile.batches"), {"batches": list({row["batch_id"] for row in rows.values()})}).fetchall())
    elsewhere = accounts_sight.held(connection, [record for record in keys if record not in rows])
    columns = tuple(_column(number, record, at, rows, days, elsewhere) for number, (record, at) in enumerate(shown, 1))
    values = {"sources": [column.record[0] for column in columns], "keys": [column.record[1] for column in columns]}
    told = _evidence(cases.evidence(connection, case), case.weight)
    return Casefile(
        case,
        tuple(side.person_id for side in sides),
        columns,
        tuple(len(records) - sum(column.person == at for column in columns) for at, records in enumerate(members)),
        _lines(connection, session, columns, rows, values),
        _lives(connection, values),
        told,
        case.weight,
        tuple(_near(session, one) for one in household.around(connection, records, [side.person_id for side in sides])),
        tuple(acts.listed(connection, about=list(judged), limit=10)),
        preview,
    )


def _near(session: Session, near: Near) -> Near:
    """Somebody of the household in the form this reader sees."""
    outside = accounts_sight.is_outside(session, near.area)
    told = accounts_sight.shown(session, {"name": near.name, "birth_date": near.birth_date}, outside=outside)
    return replace(near, name=told["name"], birth_date=told["birth_date"])


def _ordered(members: Sequence[Sequence[Record]], judged: tuple[Record, Record]) -> list[list[Record]]:
    """The judged records first within their persons, the person of the left one first."""
    first = [sorted(records, key=lambda record: record not in judged) for records in members]
    return sorted(first, key=lambda records: judged[0] not in records)


def _chosen(members: Sequence[Sequence[Record]], judged: tuple[Record, Record], rows: Mapping[Record, dict[str, Any]]) -> list[tuple[Record, int]]:
    """The records to show: the judged ones, and of each person those that say something the shown ones do not, up to eight in all."""
    told: list[tuple[Record, int]] = []
    for at, records in enumerate(members):
        seen: set[tuple[Any, ...]] = set()
        for record in records:
            says = tuple(rows.get(record, {}).get(name) for name in (*ALWAYS, "sex_code", "death_date", "phone"))
            if record in judged or (says not in seen and sum(of == at for _, of in told) < MOST // 2):
                told.append((record, at))
            seen.add(says)
    return told


def _column(
    number: int, record: Record, at: int, rows: Mapping[Record, dict[str, Any]], days: Mapping[str, datetime], elsewhere: Mapping[Record, str]
) -> Column:
    row = rows.get(record)
    if row is None:
        return Column(number, record, at, outside=elsewhere.get(record, ""))
    return Column(number, record, at, row["batch_id"], row["row_number"], days.get(row["batch_id"]))


def _lines(
    connection: Connection, session: Session, columns: Sequence[Column], rows: Mapping[Record, dict[str, Any]], values: Mapping[str, Any]
) -> tuple[Line, ...]:
    found: dict[tuple[Record, str], list[str]] = {}
    for source, key, field, code in connection.execute(query("casefile.findings"), values):
        found.setdefault(((source, key), field), []).append(code)
    clear = {column.record: rows[column.record] for column in columns if column.outside is None}
    forms = {record: _forms(connection, session, record, row) for record, row in clear.items()}
    lines = []
    for field in ORDER:
        first = next((row[field] for row in clear.values() if row.get(field) is not None), None)
        if first is None:
            continue
        cells = tuple(_cell(column, field, clear, forms, first, found.get((column.record, field), [])) for column in columns)
        signs = [cell.difference.sign for cell in cells if cell.difference]
        sign = "≠" if "≠" in signs else "≈" if "≈" in signs else "=" if len(signs) > 1 else "·"
        lines.append(Line(field, sign, cells, folded=field not in ALWAYS and sign == "=" and len(signs) == len(columns)))
    return tuple(lines)


def _forms(connection: Connection, session: Session, record: Record, row: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of one record in the forms this reader sees."""
    opened = accounts_sight.is_open(connection, session, "/".join(record))
    outside = accounts_sight.is_outside(session, row["area_code"])
    return accounts_sight.shown(session, {name: row.get(name) for name in ORDER}, opened=opened, outside=outside)


def _cell(
    column: Column, field: str, clear: Mapping[Record, dict[str, Any]], forms: Mapping[Record, dict[str, str | None]], first: str, findings: Sequence[str]
) -> Cell:
    if column.outside is not None:
        return Cell("outside")
    value = clear[column.record].get(field)
    if value is None:
        return Cell("empty" if field in _held(column.record[0]) else "not_held")
    about = about_number(value, clear[column.record].get("birth_date")) if field == "id_number" else None
    shown = forms[column.record].get(field)
    return Cell("value", differ(field, value, first, shown), about, tuple(findings), value if field in CODED else "")


@lru_cache(maxsize=64)
def _held(source: str) -> frozenset[str]:
    """Fields of a person the source's file fills; a source without a file: all."""
    found, _ = load_sources(settings.load().sources)
    fields = {
        name
        for one in found
        if one.source == source
        for stream in one.streams
        for record in stream.records
        if record.entity == "person_record"
        for name in record.fields
    }
    extra = (
        {"death_date"}
        if any(record.entity == "death" for one in found if one.source == source for stream in one.streams for record in stream.records)
        else set()
    )
    return frozenset(fields | extra) if fields else frozenset(ORDER)


def _lives(connection: Connection, values: Mapping[str, Any]) -> dict[Record, tuple[Life, ...]]:
    lives: dict[Record, list[Life]] = {}
    for source, key, *life in connection.execute(query("casefile.lives"), values):
        lives.setdefault((source, key), []).append(Life(*life))
    return {record: tuple(of) for record, of in lives.items()}


def _evidence(sentences: Sequence[Any], total: float) -> tuple[Step, ...]:
    """Round the weights to tenths so that they add up to the rounded total (largest remainders), and lay them end to end."""
    said = [one for one in sentences if one.comparison in ("before",) or abs(one.weight) >= 0.05]
    tenths = [int(one.weight * 10 // 1) for one in said]
    left = round(total * 10) - sum(tenths)
    order = sorted(range(len(said)), key=lambda at: said[at].weight * 10 - tenths[at], reverse=True)
    for at in order[: max(0, left)]:
        tenths[at] += 1
    if said and left > len(said):
        tenths[0] += left - len(said)
    elif said and left < 0:
        tenths[0] += left
    steps: list[Step] = []
    reached = 0.0
    for one, weight in zip(said, tenths, strict=True):
        steps.append(Step(one.zh, one.en, weight / 10, reached, reached + weight / 10, one.comparison == "before"))
        reached += weight / 10
    return tuple(steps)
