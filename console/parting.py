"""Splitting and moving records: which leave, where to (found by search), what it would do, and doing it; for the case and the person page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Form, Request

from console import api, gate
from console.page import language_of
from console.words import N_
from hub.errors import AbsentError, ChangedError, ConfigError
from hub.pipeline import consequence, persons, verdicts
from hub.pipeline.conflicts import Record
from hub.pipeline.find import find
from hub.pipeline.persons import Person
from hub.pipeline.plans import By, Decided
from hub.pipeline.preview import Preview
from warehouse import audit
from warehouse.db import connect

FOUND = 8
Numbers = Annotated[list[int], Form(max_length=200)]
To = Annotated[str, Form(pattern=r"^$|" + api.PERSON)]
Query = Annotated[str, Form(max_length=60, pattern=api.PLAIN)]
MaybeReason = Annotated[str, Form(pattern=r"^[a-z_]{0,40}$")]
Token = Annotated[str, Form(pattern=r"^[a-z=0-9.]{0,200}$")]
Act = Annotated[str, Form(pattern=r"^(find|look|do)$")]


@dataclass(frozen=True)
class Asked:
    """What a form says: numbers of the records that leave, the person they go to (empty: one of their own), a search, why."""

    record: tuple[int, ...] = ()
    to: str = ""
    q: str = ""
    reason: str = ""
    comment: str = ""
    token: str = ""
    act: str = ""


@dataclass(frozen=True)
class Row:
    """One record that may leave: its number on the page, the person it is of, its masked values."""

    number: int
    person: str
    values: dict[str, Any]
    alone: bool
    """The only record of its person: nothing would be left."""


@dataclass(frozen=True)
class Looked:
    """The page's matter."""

    asked: Asked
    rows: tuple[Row, ...]
    targets: tuple[Person, ...]
    """Persons to move to: the others of the page, then those found."""
    person: str = ""
    chosen: tuple[Record, ...] = ()
    preview: Preview | None = None
    problem: str | None = None


def look(request: Request, people: Sequence[str], asked: Asked) -> Looked:
    """Read the records of persons, find where they may go, and say what it would do."""
    session = gate.who(request)
    form = api.form_for(session)
    with api.told(), gate.sight(request) as connection:
        told = [persons.show(connection, person, form) for person in people]
        found = find(connection, asked.q).persons[:FOUND] if asked.q else ()
        if asked.q:
            audit.record(connection, session.account, "person.search", "person", found=len(found))
        others = [persons.show(connection, person, form) for person, _ in found if person not in people]
        if asked.to and asked.to not in people and asked.to not in {one.person_id for one in others}:
            others.insert(0, persons.show(connection, asked.to, form))
    with api.told():  # every record of who is parted or added to, also those this reader does not see
        api.whole(request, [*people, *([asked.to] if asked.to else [])])
    rows = tuple(Row(at, person.person_id, one, len(person.records) == 1) for at, (person, one) in enumerate(_records(told), 1))
    looked = Looked(asked, rows, (*(told if len(told) > 1 else ()), *others))
    return _previewed(looked, form) if asked.act in ("look", "do") else looked


def _records(told: Sequence[Person]) -> list[tuple[Person, dict[str, Any]]]:
    return [(person, one) for person in told for one in person.records]


def _previewed(looked: Looked, form: persons.Form) -> Looked:
    chosen = [row for row in looked.rows if row.number in looked.asked.record]
    whose = {row.person for row in chosen}
    if not chosen:
        return replace(looked, problem=N_("Tick the records that leave."))
    if len(whose) > 1:
        return replace(looked, problem=N_("Tick records of one person only."))
    person = whose.pop()
    records = tuple((row.values["source"], row.values["source_key"]) for row in chosen)
    ready = replace(looked, person=person, chosen=records)
    try:
        with connect() as connection:
            told = consequence.preview_move(connection, person, records, looked.asked.to, form) if looked.asked.to else None
            told = told or consequence.preview_split(connection, person, records, form)
    except (ConfigError, AbsentError) as error:
        return refused(ready, error)
    return replace(ready, preview=told)


def do(looked: Looked, by: By) -> Decided:
    """Take the records out, or move them."""
    if looked.asked.to:
        return verdicts.move(looked.person, looked.chosen, looked.asked.to, by)
    return verdicts.split(looked.person, looked.chosen, by)


def refused(looked: Looked, error: Exception) -> Looked:
    """Say why it cannot be done, and what to do."""
    if isinstance(error, ChangedError):
        return replace(looked, problem=N_("What this rests on has changed since it was shown; look again, then decide."))
    if looked.asked.act == "do" and looked.preview is not None:
        return replace(looked, problem=N_("Not written: choose a reason that fits, and write a comment where it is another."))
    if looked.asked.to == looked.person:
        return replace(looked, problem=N_("They are that person's already; choose another, or a person of their own."))
    return replace(looked, problem=N_("Some records have to stay: tick not all of one person."))


def letters(request: Request, people: Sequence[str]) -> dict[str, str]:
    """Name the persons of a page as it does: A, B."""
    return dict(zip(people, ("甲", "乙") if language_of(request) == "zh" else ("A", "B"), strict=False)) if len(people) > 1 else {}
