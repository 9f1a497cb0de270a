"""Is this person known?  For a point of entry: before somebody is registered anew, the grade and the person they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from hub import crypto
from hub.pipeline import persons, placing
from hub.pipeline.persons import Form, masked
from mappings.numbers import is_valid_id, upgrade
from matching import match
from warehouse import identity
from warehouse.db import Connection, query

MOST = 40
"""Records looked at: the rest of a frequent name is told by `more`."""
POSSIBLE = 0.2
"""Probability from which a person is worth a look at the counter."""
Grade = Literal["certain", "possible", "no"]


@dataclass(frozen=True)
class Known:
    """One person who may be meant, in the form the reader may see."""

    person_id: str
    grade: Grade
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Answer:
    """The best grade, the persons behind it (the likeliest first), and whether more candidates were not looked at."""

    grade: Grade
    persons: tuple[Known, ...]
    more: bool


def known(connection: Connection, asked: Mapping[str, str | None], form: Form = masked) -> Answer:
    """Compare somebody who stands at a counter with the persons the connection sees.

    asked: name, id_number, birth_date, sex_code, phone, address as far as known.  Candidates have the same number, phone, or name with the birth date.
    """
    keys = _candidates(connection, asked)
    more, keys = len(keys) > MOST, keys[:MOST]
    if not keys:
        return Answer("no", (), False)
    records = identity.person_records_of(connection, keys)
    new = {name: asked.get(name) for name in records.columns} | {
        "record_id": "?", "source": "?", "source_key": "?", "founding": max(records["founding"]) + 1, "ended": False, "candidate_id": "?",
        **dict.fromkeys(("first_sequence", "first_row", "row_number"), 0),
    }  # fmt: skip
    both = pl.concat([records, pl.DataFrame([new], schema=records.schema, orient="row")])
    found = match(both, placing.current_model(connection), identity.judgements_among(connection, keys))
    return _answer(connection, asked, records, found.records, found.pairs, more, form)


def _candidates(connection: Connection, asked: Mapping[str, str | None]) -> list[tuple[str, str]]:
    number = (asked.get("id_number") or "").strip().upper()
    blinds = [blind for form in dict.fromkeys((number, upgrade(number))) if form for blind in crypto.blinds(form, "id_number")]
    phones = crypto.blinds(phone, "phone") if (phone := asked.get("phone")) else []
    values = {"numbers": blinds, "phones": phones, "name": asked.get("name"), "birth_date": asked.get("birth_date"), "limit": MOST + 1}
    return [(source, key) for source, key in connection.execute(query("person.candidates"), values)]


def _answer(
    connection: Connection, asked: Mapping[str, str | None], records: pl.DataFrame, placed: pl.DataFrame, pairs: pl.DataFrame, more: bool, form: Form
) -> Answer:
    cluster = dict(placed.select("record_id", "cluster_id").iter_rows())
    whose = placing.placed_of(connection, records.select("source", "source_key").rows())
    number = (asked.get("id_number") or "").strip().upper()
    whole = upgrade(number) or number
    near = set(records.filter(pl.col("id_number") == whole)["record_id"]) if is_valid_id(whole) else set()
    linked = pairs.filter(((pl.col("left_id") == "?") | (pl.col("right_id") == "?")) & (pl.col("probability") >= POSSIBLE))
    near |= {*linked["left_id"], *linked["right_id"]}
    grades: dict[str, Grade] = {}
    for record, source, key in records.select("record_id", "source", "source_key").iter_rows():
        grade: Grade = "certain" if cluster[record] == cluster["?"] else "possible" if record in near else "no"
        person = whose[source, key]
        if grade != "no" and grades.get(person) != "certain":
            grades[person] = grade
    told = [
        Known(person, grade, persons.show(connection, person, form).values) for person, grade in sorted(grades.items(), key=lambda one: one[1] != "certain")
    ]
    best: Grade = "certain" if "certain" in grades.values() else "possible" if grades else "no"
    return Answer(best, tuple(told), more)
