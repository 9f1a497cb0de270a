"""Conflicts: what would stand against each other in one person; rules in `verdicts.yml`, SQL in `warehouse/sql/consequence.sql`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from hub.pipeline.rules import rules
from mappings.numbers import id_parts, is_valid_id, upgrade
from warehouse.db import Connection, query

Record = tuple[str, str]
"""source, source_key"""


@dataclass(frozen=True)
class Side:
    """Records that are one person now, or would be taken out of one together."""

    person_id: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Conflict:
    """One conflict: since when, how often, how much; never a value of a person."""

    code: str
    level: str
    zh: str
    en: str
    since: date | None = None
    until: date | None = None
    count: int = 1
    months: int = 0
    amount: Decimal | None = None


def find(
    connection: Connection,
    groups: Sequence[Sequence[Side]],
    records: pl.DataFrame,
    sides_golden: Sequence[Sequence[dict[str, str | None]]],
    pair: tuple[Record, Record] | None = None,
) -> list[list[Conflict]]:
    """Give for each group of sides what would stand against each other if the group became one person, the blocking first.

    records: the person records of all sides, opened; sides_golden: birth_date and sex_code of each side; pair: the records of the case, where there is one.
    """
    member = [(group, side, source, key) for group, sides in enumerate(groups) for side, one in enumerate(sides) for source, key in one.records]
    golden = [(group, side, value.get("birth_date"), value.get("sex_code")) for group, values in enumerate(sides_golden) for side, value in enumerate(values)]
    left, right = pair or (("", ""), ("", ""))
    told = rules()
    values = {
        **dict(zip(("groups", "sides", "sources", "keys"), map(list, zip(*member, strict=True)), strict=True)),
        **dict(zip(("golden_groups", "golden_sides", "births", "sexes"), map(list, zip(*golden, strict=True)), strict=True)),
        "left_source": left[0], "left_key": left[1], "right_source": right[0], "right_key": right[1],
        "apart": told.years_apart, "pension_age": told.pension_age, "work_age": told.work_age,
    }  # fmt: skip
    found: list[list[Conflict]] = [_of_numbers(sides, records) for sides in groups]
    for group, code, since, until, count, months, amount in connection.execute(query("consequence.conflicts"), values):
        kind = told.conflicts[code]
        found[group].append(Conflict(code, kind.level, kind.zh, kind.en, since, until, count, months, amount))
    order = list(told.conflicts)
    return [sorted(one, key=lambda conflict: (conflict.level != "second", order.index(conflict.code))) for one in found]


def _of_numbers(sides: Sequence[Side], records: pl.DataFrame) -> list[Conflict]:
    """Conflicts of identity numbers: they are sealed, so not for the database to compare."""
    numbers = [_valid_numbers(records, side) for side in sides]
    found: list[Conflict] = []
    pairs = [(a, b) for at, left in enumerate(numbers) for right in numbers[at + 1 :] for a in left for b in right if a != b]
    # a number that stands on both sides is no conflict of the joining: its person held it before
    pairs = [(a, b) for a, b in pairs if not any({a, b} <= held for held in numbers)]
    kinds = rules().conflicts
    if pairs:
        kind = kinds["two_valid_numbers"]
        found.append(Conflict(kind.code, kind.level, kind.zh, kind.en, count=len(pairs)))
    if any(int(a[16]) % 2 != int(b[16]) % 2 for a, b in pairs):
        kind = kinds["sex_of_numbers"]
        found.append(Conflict(kind.code, kind.level, kind.zh, kind.en))
    return found


def _valid_numbers(records: pl.DataFrame, side: Side) -> set[str]:
    """Valid numbers (18 characters) of a side that their own record does not contradict."""
    wanted = set(side.records)
    found = set()
    for source, key, number, born, sex in records.select("source", "source_key", "id_number", "birth_date", "sex_code").iter_rows():
        whole = (upgrade(number) or number) if number else ""
        parts = id_parts(whole) if (source, key) in wanted and is_valid_id(whole) else None
        if parts is not None and (born is None or parts.birth_date.startswith(born)) and (sex not in ("1", "2") or sex == parts.sex):
            found.add(whole)
    return found
