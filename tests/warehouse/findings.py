"""What the ready answers found, in the truth's own words: sets of true persons, months and employers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from warehouse import answers
from warehouse.db import connect, query

PROJECT = "audit"
WHO = "select entity_id, source, source_key from identity.crosswalk where entity = 'person_record'"
ASKED = {
    "dead_but_paid": ("dead_but_paid", {}),
    "paid_twice": ("paid_twice", {}),
    "employed_unemployed": ("employed_unemployed", {}),
    "archive_missing": ("archive_missing", {}),
    "coverage_gap": ("contribution_gaps", {"least": "3", "most": "8"}),
    "two_numbers": ("two_numbers", {}),
    "one_number": ("one_number", {}),
    "employer_stopped": ("employers_stopped", {"since": "2025-05-01"}),
}
"""finding of the county -> answer and its values"""


@dataclass(frozen=True)
class Found:
    """Of one finding: what was planted, what the answer gave; persons by their true number, several where the crosswalk mixed them."""

    planted: frozenset[Any]
    given: frozenset[Any]
    doubtful: frozenset[Any]
    """those of the given that speak of a person whose records truly speak of several people, or of a person whose records stand apart"""

    @property
    def recall(self) -> float:
        """Share of the planted that was found."""
        return len(self.planted & self.given) / len(self.planted) if self.planted else 1.0


def ask(role: str, password: str, findings: pl.DataFrame, persons: pl.DataFrame) -> dict[str, Found]:
    """Ask every question about a planted finding and hold the answers against what was planted."""
    records = pl.DataFrame(_rows(WHO), schema=["entity_id", "source", "source_key"], orient="row").join(persons, on=["source", "source_key"], how="left")
    people = dict(records.group_by("entity_id").agg(pl.col("person").drop_nulls().unique()).iter_rows())
    homes = dict(records.group_by("person").agg(pl.col("entity_id").n_unique()).iter_rows())
    mixed = {person for several in people.values() if len(several) > 1 for person in several} | {person for person, count in homes.items() if count > 1}
    return {finding: _found(finding, role, password, findings, people, mixed) for finding in ASKED}


def _found(finding: str, role: str, password: str, findings: pl.DataFrame, people: dict[str, list[int]], mixed: set[int]) -> Found:
    name, values = ASKED[finding]
    result = answers.run(name, role, password, values, rows=1_000_000).result
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    keys = [row[column] for row in rows for column in ("person_key", "other_person_key") if row.get(column)]
    with connect() as connection:
        who = dict(connection.execute(query("grants.who_is"), {"project": PROJECT, "keys": keys}).fetchall())
    truly = {key: people.get(person_id, []) for key, person_id in who.items()}
    chosen = findings.filter(finding=finding)
    if finding == "employer_stopped":
        return Found(frozenset(chosen["employer"]), frozenset(row["credit_code"] for row in rows), frozenset())
    if finding == "one_number":
        planted = frozenset(frozenset(pair) for pair in chosen.select("person", "other_person").iter_rows())
        given = frozenset(frozenset((a, b)) for row in rows for a in truly[row["person_key"]] for b in truly[row["other_person_key"]])
        return Found(planted, given, frozenset(pair for pair in given if pair & mixed))
    if finding in ("dead_but_paid", "paid_twice"):
        planted = frozenset((person, month) for person, month in chosen.select("person", "month").iter_rows())
        given = frozenset((person, _month(row["month"])) for row in rows for person in truly[row["person_key"]])
        return Found(planted, given, frozenset(pair for pair in given if pair[0] in mixed))
    planted = frozenset(chosen["person"])
    given = frozenset(person for row in rows for person in truly[row["person_key"]])
    return Found(planted, given, frozenset(given & mixed))


def _month(day: date) -> str:
    return day.strftime("%Y%m")


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]
