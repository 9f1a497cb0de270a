"""The star behind the mart: persons, employers and facts with whole-number ids, every row with the time it was shown.

A row is in force from `known_from` until `known_to` (infinity while it is current), by the clock of the refreshes: so a
question asked as known at a date meets exactly what stood in the mart then, identity included.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB

from mappings.canonical import ENTITIES
from warehouse.tables import NOW, STAMP, TYPES, metadata

SCHEMA = "star"
CURRENT = sa.text("known_to = 'infinity'")
AMOUNT = sa.Numeric(14, 2)


def _known() -> list[sa.Column[Any]]:
    return [
        sa.Column("known_from", STAMP, nullable=False, server_default=NOW, comment="refresh that showed the row first"),
        sa.Column("known_to", STAMP, nullable=False, server_default=sa.text("'infinity'"), comment="refresh that replaced it"),
    ]


def _column(name: str, kind: sa.types.TypeEngine[Any], *, nullable: bool = True, comment: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _star(name: str, comment: str, *columns: sa.Column[Any], at: str, now: tuple[str, ...] = (), always: bool = False) -> sa.Table:
    """Declare a table whose rows are found by `at`, with an index more for each of `now` among the current rows; `always`: among those gone too."""
    table = sa.Table(name, metadata, *columns, *_known(), schema=SCHEMA, comment=comment)
    for column in (at, *now):
        sa.Index(f"{name}_{column}_idx", table.c[column], postgresql_where=None if always else CURRENT)
    sa.Index(f"{name}_gone_idx", table.c.known_to, postgresql_where=sa.text("known_to <> 'infinity'"))
    return table


def _fact(entity: str, *fields: str, employer: bool = False, area: bool = False) -> list[sa.Column[Any]]:
    """Declare the columns of a fact: whose and which record it is, `fields` of its canonical entity, whether its source still shows it."""
    return [
        _column("person_no", sa.Integer(), nullable=False, comment="star.entity; 0 while the record is not resolved"),
        _column("source", sa.Text(), nullable=False),
        _column("source_key", sa.Text(), nullable=False),
        *([_column("employer_no", sa.Integer())] if employer else []),
        *([_column("area_code", sa.Text())] if area else []),
        *(_column(name, TYPES[ENTITIES[entity].by_name[name].kind]) for name in fields),
        _column("is_withdrawn", sa.Boolean(), nullable=False),
    ]


def _place() -> list[sa.Column[Any]]:
    return [_column("insurance_code", sa.Text()), _column("area_code", sa.Text())]


refresh = sa.Table(
    "refresh",
    metadata,
    sa.Column("refresh_no", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", STAMP, nullable=False, server_default=NOW),
    sa.Column("watermark", STAMP, nullable=False, comment="everything recorded before it is in the star"),
    sa.Column("counts", JSONB, nullable=False, comment="persons touched, rows shown and replaced, per table"),
    schema=SCHEMA,
    comment="refreshes of the star, each one transaction",
)
entity = sa.Table(
    "entity",
    metadata,
    sa.Column("entity_no", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("entity_id", sa.Text, nullable=False, unique=True),
    schema=SCHEMA,
    comment="whole numbers for the ids of persons and employers; a number is never given again",
)
record = _star(
    "record",
    "whose each source record is, as shown",
    _column("entity", sa.Text(), nullable=False),
    _column("source", sa.Text(), nullable=False),
    _column("source_key", sa.Text(), nullable=False),
    _column("entity_no", sa.Integer(), nullable=False),
    _column("grade", sa.Text(), nullable=False),
    _column("number", BYTEA(), comment="keyed index of its identity number where that is valid and agrees with the record's birth date and sex"),
    at="entity_no",
    now=("number",),
)
sa.Index("record_key_idx", record.c.source, record.c.source_key, record.c.entity, unique=True, postgresql_where=CURRENT)
person = _star(
    "person",
    "persons without identifiers",
    _column("person_no", sa.Integer(), nullable=False),
    _column("sex_code", sa.Text()),
    _column("birth_month", sa.Text()),
    _column("ethnic_code", sa.Text()),
    _column("area_code", sa.Text()),
    _column("death_month", sa.Text()),
    _column("records", sa.Integer(), nullable=False),
    _column("sources", ARRAY(sa.Text()), nullable=False),
    _column("lines", ARRAY(sa.Text()), nullable=False, comment="insurance lines with a standing enrolment"),
    _column("drawing", ARRAY(sa.Text()), nullable=False, comment="insurance lines a pension was paid from"),
    _column("numbers", sa.Integer(), nullable=False, comment="different sound identity numbers on the records"),
    _column("shares", sa.Integer(), nullable=False, comment="other persons with one of these numbers"),
    _column("agreement", sa.Numeric(4, 3), nullable=False, comment="share of the records that carry the person's commonest sound number"),
    _column("doubts", sa.Integer(), nullable=False, comment="doubtful pairs that wait for a steward and touch the person"),
    _column("union_no", sa.Integer(), nullable=False, comment="least person_no among those the person would be one with, were every doubtful pair the same"),
    _column("pensions", sa.Integer(), nullable=False, comment="number of lines a pension was paid from"),
    at="person_no",
    always=True,
)
employer = _star(
    "employer",
    "employers",
    _column("employer_no", sa.Integer(), nullable=False),
    _column("name", sa.Text()),
    _column("credit_code", sa.Text()),
    _column("area_code", sa.Text()),
    _column("kind_code", sa.Text()),
    _column("records", sa.Integer(), nullable=False),
    _column("paying_people", sa.Integer(), nullable=False, comment="persons with a standing enrolment in state paying"),
    _column("last_month", sa.Date(), comment="latest month anything was paid for"),
    at="employer_no",
)
PLACE = ("insurance_code", "area_code")
enrolment = _star(
    "enrolment",
    "enrolments",
    *_fact("enrolment", *PLACE, "status_code", "payment_code", "start_date", "end_date", employer=True),
    at="person_no",
)
contribution = _star(
    "contribution",
    "contribution lines",
    *_fact("contribution", *PLACE, "period_month", "kind_code", "base_amount", "person_amount", "employer_amount", "paid_date", employer=True),
    at="person_no",
    now=("period_month",),
)
benefit = _star(
    "benefit",
    "benefits paid",
    *_fact("benefit", *PLACE, "benefit_code", "period_month", "start_date", "end_date", "amount", "paid_date"),
    at="person_no",
    now=("period_month",),
)
archive_item = _star(
    "archive_item",
    "items of the paper archive",
    *_fact("archive_item", "archive_number", "fonds", "catalogue", "year", "class_code", "retention_code", "pages", "made_on", area=True),
    at="person_no",
)
contribution_year = _star(
    "contribution_year",
    "contributions of a person in a line and year, the months as bits",
    _column("person_no", sa.Integer(), nullable=False),
    _column("employer_no", sa.Integer()),
    _column("source", sa.Text(), nullable=False),
    *_place(),
    _column("year", sa.Integer(), nullable=False),
    _column("months", sa.Integer(), nullable=False, comment="bit 0 January … bit 11 December: months with more paid than taken back"),
    _column("lines", sa.Integer(), nullable=False),
    _column("base_amount", AMOUNT),
    _column("person_amount", AMOUNT),
    _column("employer_amount", AMOUNT),
    at="person_no",
)
benefit_year = _star(
    "benefit_year",
    "benefits of a person of one kind in a year, the months as bits",
    _column("person_no", sa.Integer(), nullable=False),
    _column("source", sa.Text(), nullable=False),
    *_place(),
    _column("benefit_code", sa.Text()),
    _column("year", sa.Integer(), nullable=False),
    _column("months", sa.Integer(), nullable=False, comment="bit 0 January … bit 11 December: months paid for"),
    _column("twice", sa.Integer(), nullable=False, comment="those of them with more than one payment"),
    _column("after_death", sa.Integer(), nullable=False, comment="months paid for after the month of death"),
    _column("employed", sa.Integer(), nullable=False, comment="months paid for in which an employer paid contributions for the person"),
    _column("payments", sa.Integer(), nullable=False),
    _column("amount", AMOUNT),
    _column("elsewhere", sa.Integer(), nullable=False, comment="months of the same kind paid from another line, area or department too"),
    at="person_no",
)
contribution_gap = _star(
    "contribution_gap",
    "months without a contribution between two paid ones, in the books of one department",
    _column("person_no", sa.Integer(), nullable=False),
    _column("source", sa.Text(), nullable=False),
    *_place(),
    _column("first_month", sa.Date(), nullable=False),
    _column("last_month", sa.Date(), nullable=False),
    _column("months", sa.Integer(), nullable=False),
    at="person_no",
)
base_difference = _star(
    "base_difference",
    "months for which two departments hold different contribution bases",
    _column("person_no", sa.Integer(), nullable=False),
    _column("employer_no", sa.Integer()),
    *_place(),
    _column("month", sa.Date(), nullable=False),
    _column("source", sa.Text(), nullable=False),
    _column("base_amount", AMOUNT),
    _column("other_source", sa.Text(), nullable=False),
    _column("other_base_amount", AMOUNT),
    at="person_no",
)
pair = _star(
    "pair",
    "doubtful pairs of persons that wait for a steward",
    _column("person_no", sa.Integer(), nullable=False),
    _column("other_no", sa.Integer(), nullable=False),
    _column("kind", sa.Text(), nullable=False, comment="possible, two_numbers, shared_number, contradiction, bridge"),
    _column("probability", sa.Numeric(5, 4), nullable=False, comment="of being one person, the highest among the pairs of records"),
    at="person_no",
)
insured = _star(
    "insured",
    "people insured, counted",
    _column("month", sa.Date(), nullable=False),
    *_place(),
    _column("age_band", sa.Text(), nullable=False),
    _column("sex_code", sa.Text(), nullable=False),
    _column("people", sa.BigInteger(), nullable=False),
    _column("doubled", sa.BigInteger(), nullable=False, comment="those of them who would be counted once less, were every doubtful pair the same person"),
    at="month",
)
source = _star(
    "source",
    "departments and the state of their data",
    _column("source", sa.Text(), nullable=False),
    _column("name_zh", sa.Text()),
    _column("name_en", sa.Text()),
    _column("published_at", STAMP),
    _column("rows_known", sa.BigInteger(), nullable=False, comment="raw keys the source holds"),
    _column("rows_waiting", sa.BigInteger(), nullable=False, comment="rows in quarantine"),
    _column("records", sa.BigInteger(), nullable=False, comment="person records"),
    _column("records_doubtful", sa.BigInteger(), nullable=False, comment="of those, in a doubtful pair that waits"),
    at="source",
)
