"""Persons: the person page with its timeline, raw rows."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console import api, gate
from console.forms import Word
from console.page import Key, page
from console.person_words import PersonId, keys_of, nth, words
from console.timeline import timeline
from console.words import N_
from hub.pipeline import biography, golden, persons, raw
from warehouse import accounts_sight, acts, audit, identity, pins
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter()
Purpose = Annotated[str, Form(min_length=2, max_length=200, pattern=api.PLAIN)]
At = Annotated[int, InPath(ge=1, le=500)]
LOOKS = 12
KEYS = (Key(("V",), N_("full values, for a purpose")), Key(("X",), N_("split or move")))


@router.get("/persons/{person_id}")
def show(request: Request, person_id: PersonId) -> Response:
    """Show a person; every look stands in the trail."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        opened = accounts_sight.is_open(connection, session, person_id)
        told = persons.show(connection, person_id, api.form_for(session, opened=opened))
        if told.person_id != person_id:
            return gate.to(f"/persons/{told.person_id}")
        audit.record(connection, session.account, "person.look", person_id)
        keys = keys_of(told)
        life = biography.biography(connection, keys)
        values: dict[str, Any] = {
            "told": told, "opened": opened, "values": _explained(connection, session, told, opened), "life": life, "timeline": timeline(life, date.today()),
            "pins": pins.of_records(connection, keys), "acts": acts.listed(connection, about=keys, limit=30),
            "placements": biography.placements(connection, keys)[:30], "redirects": biography.redirects(connection, person_id),
            "waiting": biography.waiting(connection, keys),
        }  # fmt: skip
    with connect() as connection:
        looks = [one for one in audit.read(connection, about=person_id, limit=60) if one.action in ("person.look", "record.open")]
    return page(request, "person", keys=KEYS, looks=_folded(looks)[:LOOKS], looked=len(looks), **values, **words(request))


@router.post("/persons/{person_id}/open")
def open_person(request: Request, person_id: PersonId, purpose: Purpose, csrf: Word) -> Response:
    """Show the values in clear for some minutes, for a purpose."""
    with api.told():
        _in_sight(request, person_id)
        accounts_sight.open_record(gate.who(request), person_id, purpose)
    return gate.to(f"/persons/{person_id}")


@router.get("/persons/{person_id}/rows/{at}")
def show_row(request: Request, person_id: PersonId, at: At) -> Response:
    """Show the raw row of one of a person's records: masked, in clear once it was opened for a purpose."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        told = persons.show(connection, person_id)
        record = nth(told, at)
        name = f"{record['source']}/{record['source_key']}"
        opened = accounts_sight.is_open(connection, session, name)
        audit.record(connection, session.account, "row.look", name, batch=record["batch_id"], row=record["row_number"])
    with api.told(), connect() as connection:
        row = raw.raw_row(connection, record["batch_id"], record["row_number"])
    shown = {column: _cell(session, row, column, opened) for column in row.values}
    return page(request, "person_row", told=told, at=at, record=record, row=row, shown=shown, opened=opened, **words(request))


@router.post("/persons/{person_id}/rows/{at}")
def open_row(request: Request, person_id: PersonId, at: At, purpose: Purpose, csrf: Word) -> Response:
    """Open a raw row for a purpose."""
    with api.told(), gate.sight(request) as connection:
        record = nth(persons.show(connection, person_id), at)
    with api.told():
        accounts_sight.open_record(gate.who(request), f"{record['source']}/{record['source_key']}", purpose)
    return gate.to(f"/persons/{person_id}/rows/{at}")


def _in_sight(request: Request, person_id: str) -> None:
    with gate.sight(request) as connection:
        persons.show(connection, person_id)


def _explained(connection: Connection, session: Session, told: persons.Person, opened: bool) -> list[dict[str, Any]]:
    """Each golden value as the reader may see it, the record it came from, why it was taken, what the others say."""
    keys = keys_of(told)
    form, area = api.form_for(session, opened=opened), {(one["source"], one["source_key"]): one["area_code"] for one in told.records}
    found = golden.explained(identity.person_records_of(connection, keys), told.provenance, pins.in_force(connection))
    at = {key: number for number, key in enumerate(keys, 1)}
    return [
        {
            "field": one.field, "value": form(one.field, one.value, area[one.source, one.source_key]),
            "source": one.source, "batch_id": one.batch_id, "row_number": one.row_number,
            "at": at[one.source, one.source_key], "why": one.why, "agreeing": one.agreeing,
            "others": [
                {"source": source, "at": at[source, key], "value": form(one.field, value, area[source, key])} for source, key, value in one.others
            ],
        }
        for one in found
    ]  # fmt: skip


def _folded(looks: list[audit.Entry]) -> list[dict[str, Any]]:
    """Looks of one person on one day as one line, the latest first; an opening stands alone, with its purpose."""
    told: list[dict[str, Any]] = []
    for one in looks:
        last = told[-1] if told else None
        if last and not one.purpose and not last["purpose"] and last["actor"] == one.actor and last["at"].date() == one.at.date():
            last["times"] += 1
        else:
            told.append({"at": one.at, "actor": one.actor, "purpose": one.purpose, "times": 1})
    return told


def _cell(session: Session, row: raw.RawRow, column: str, opened: bool) -> str | None:
    value, field = row.values[column], row.fields.get(column)
    if value is None or not opened or field is None:
        return row.masked[column]
    return value if accounts_sight.form(session, field, opened=True) == "shown" else row.masked[column]
