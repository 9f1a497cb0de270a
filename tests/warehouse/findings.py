"""What the ready answers found, in the truth's own words: sets of true persons, months and employers."""

from __future__ import annotations

from collections.abc import Mapping
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
    """those of the given that rest on a link error: persons whose records truly speak of several people, or stand apart; or on a pair left open"""
    confidence: Mapping[Any, Any]
    """what the answer itself says of each of the given: the least agreement and the most doubts of its rows"""

    @property
    def recall(self) -> float:
        """Share of the planted that was found."""
        return len(self.planted & self.given) / len(self.planted) if self.planted else 1.0

    @property
    def false(self) -> frozenset[Any]:
        """What was found and is not so."""
        return self.given - self.planted


def lines(found: Mapping[str, Found]) -> list[str]:
    """Say per finding what was planted, found, false, and how sure the answer was of the false ones."""
    text = "{:<20} planted {:4} found {:4} recall {:.3f} false {:3} of link errors or open pairs {:3} agreement and doubts of the false {}"
    return [
        text.format(
            name, len(one.planted), len(one.planted & one.given), one.recall, len(one.false), len(one.false & one.doubtful),
            sorted("{}/{}".format(*one.confidence.get(each, ("", ""))) for each in one.false),
        )
        for name, one in found.items()
    ]  # fmt: skip


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
        return Found(frozenset(chosen["employer"]), frozenset(row["credit_code"] for row in rows), frozenset(), {})
    if finding == "one_number":
        planted = frozenset(frozenset(pair) for pair in chosen.select("person", "other_person").iter_rows())
        said = [(frozenset((a, b)), row) for row in rows for a in truly[row["person_key"]] for b in truly[row["other_person_key"]]]
    elif finding in ("dead_but_paid", "paid_twice"):
        planted = frozenset((person, month) for person, month in chosen.select("person", "month").iter_rows())
        said = [((person, _month(row["month"])), row) for row in rows for person in truly[row["person_key"]]]
    else:
        planted = frozenset(chosen["person"])
        said = [(person, row) for row in rows for person in _spoken_of(row, truly)]
    confidence: dict[Any, Any] = {}
    for each, row in said:
        agreement, doubts = confidence.get(each, (row["agreement"], 0))
        confidence[each] = (min(agreement, row["agreement"]), max(doubts, row.get("doubts") or 0))
    open_pairs = {each for each, row in said if row.get("probability") is not None}
    return Found(planted, frozenset(confidence), frozenset(each for each in confidence if _people(each) & mixed or each in open_pairs), confidence)


def _spoken_of(row: Mapping[str, Any], truly: Mapping[str, list[int]]) -> list[int]:
    """Give the persons a row speaks of: of a pair that may be one, the one it is, or else both, wrongly."""
    one, other = truly[row["person_key"]], truly.get(row.get("other_person_key") or "")
    return one if other is None else sorted(set(one) & set(other) or {*one, *other})


def _people(each: Any) -> frozenset[int]:
    """Give the persons a finding speaks of: a pair of them, a person's month, or a person."""
    if isinstance(each, frozenset):
        return each
    return frozenset(each[:1] if isinstance(each, tuple) else (each,))


def _month(day: date) -> str:
    return day.strftime("%Y%m")


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]
