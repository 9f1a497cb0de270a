"""Persons: search, the person page with its timeline, raw rows, pins, split and move, what waits for a second person, undo."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console import api, gate, labels
from console.page import Key, language_of, page
from console.timeline import timeline
from console.words import N_
from hub.errors import AbsentError, ChangedError, ConfigError, RefusedError
from hub.pipeline import biography, consequence, golden, persons, raw, verdicts
from hub.pipeline.placing import placed_of
from hub.pipeline.rules import rules
from hub.pipeline.verdicts import By
from warehouse import accounts_sight, acts, audit, identity, pins
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter()
PersonId = Annotated[str, InPath(pattern=api.PERSON)]
Word = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Form(min_length=1, max_length=60, pattern=api.PLAIN)]
Purpose = Annotated[str, Form(min_length=2, max_length=200, pattern=api.PLAIN)]
Comment = Annotated[str, Form(max_length=500, pattern=api.PLAIN)]
Reason = Annotated[str, Form(pattern=r"^[a-z_]{3,40}$")]
At = Annotated[int, InPath(ge=1, le=500)]
Token = Annotated[str, Form(pattern=r"^[a-z=0-9.]{0,200}$")]
LOOKS, FOUND = 12, 20
KEYS = (Key(("V",), N_("full values, for a purpose")), Key(("X",), N_("split or move")))


@router.get("/persons")
def show_search(request: Request) -> Response:
    """Ask for a name, its pinyin or initials, or a number."""
    return page(request, "persons", found=None)


@router.post("/persons")
def find(request: Request, q: Text, csrf: Word) -> Response:
    """Find persons; what was asked stands in no address and no trail."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        is_number = q.strip().upper().rstrip("X").isdigit()
        ids = persons.find(connection, q if is_number else None, None if is_number else q.strip())
        shown = [persons.show(connection, person, api.form_for(session)) for person in ids[:FOUND]]
        audit.record(connection, session.account, "person.search", "person", found=len(ids))
    if len(ids) == 1:
        return gate.to(f"/persons/{ids[0]}")
    return page(request, "persons", found=shown, more=len(ids) - len(shown), **_words(request))


@router.get("/persons/proposals")
def show_proposals(request: Request) -> Response:
    """Show what waits for a second person."""
    with connect() as connection:
        waiting = acts.proposals(connection)
        told = [_proposed(request, connection, one) for one in waiting]
    return page(request, "proposals", proposals=[one for one in told if one], **_words(request))


@router.post("/persons/proposals/{proposal_id}")
def decide_proposal(
    request: Request, proposal_id: api.Number, csrf: Word, decision: Annotated[str, Form(pattern=r"^(approve|refuse)$")], comment: Comment = ""
) -> Response:
    """Approve as the second person, or refuse; one's own is withdrawn."""
    session = gate.who(request)
    with connect() as connection, api.told():
        records = consequence.records_of(connection, acts.proposal(connection, proposal_id).plan)
    with gate.sight(request) as connection, api.told():
        api.in_sight(connection, session, list(records))
    try:
        if decision == "approve":
            verdicts.approve(proposal_id, session.account, comment)
        else:
            verdicts.refuse(proposal_id, session.account, comment)
    except (ChangedError, ConfigError) as error:
        raise HTTPException(409, _cause(error)) from None
    return gate.to("/persons/proposals")


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
        keys = _keys(told)
        life = biography.biography(connection, keys)
        values: dict[str, Any] = {
            "told": told, "opened": opened, "values": _explained(connection, session, told, opened), "life": life, "timeline": timeline(life, date.today()),
            "pins": pins.of_records(connection, keys), "acts": acts.listed(connection, about=keys, limit=30),
            "placements": biography.placements(connection, keys)[:30], "redirects": biography.redirects(connection, person_id),
            "waiting": biography.waiting(connection, keys),
        }  # fmt: skip
    with connect() as connection:
        looks = [one for one in audit.read(connection, about=person_id, limit=60) if one.action in ("person.look", "record.open")]
    return page(request, "person", keys=KEYS, looks=_folded(looks)[:LOOKS], looked=len(looks), **values, **_words(request))


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
        record = _nth(told, at)
        name = f"{record['source']}/{record['source_key']}"
        opened = accounts_sight.is_open(connection, session, name)
        audit.record(connection, session.account, "row.look", name, batch=record["batch_id"], row=record["row_number"])
    with api.told(), connect() as connection:
        row = raw.raw_row(connection, record["batch_id"], record["row_number"])
    shown = {column: _cell(session, row, column, opened) for column in row.values}
    return page(request, "person_row", told=told, at=at, record=record, row=row, shown=shown, opened=opened, **_words(request))


@router.post("/persons/{person_id}/rows/{at}")
def open_row(request: Request, person_id: PersonId, at: At, purpose: Purpose, csrf: Word) -> Response:
    """Open a raw row for a purpose."""
    with api.told(), gate.sight(request) as connection:
        record = _nth(persons.show(connection, person_id), at)
    with api.told():
        accounts_sight.open_record(gate.who(request), f"{record['source']}/{record['source_key']}", purpose)
    return gate.to(f"/persons/{person_id}/rows/{at}")


@router.get("/persons/{person_id}/part")
def show_part(request: Request, person_id: PersonId) -> Response:
    """Ask which records leave, and where to."""
    with api.told(), gate.sight(request) as connection:
        told = persons.show(connection, person_id, api.form_for(gate.who(request)))
    return page(request, "person_part", told=told, chosen=[], to="", preview=None, **_words(request))


@router.post("/persons/{person_id}/part")
def part(
    request: Request, person_id: PersonId, csrf: Word,
    record: Annotated[list[int], Form(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
    to: Annotated[str, Form(pattern=r"^$|" + api.PERSON)] = "",
    reason: Annotated[str, Form(pattern=r"^[a-z_]{0,40}$")] = "", comment: Comment = "", token: Token = "",
    act: Annotated[str, Form(pattern=r"^(look|do)$")] = "look",
) -> Response:  # fmt: skip
    """Show what taking records out, or moving them to another person, would do; then do it."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        told = persons.show(connection, person_id, api.form_for(session))
        if to:
            persons.show(connection, to)
        chosen = [(one["source"], one["source_key"]) for at, one in enumerate(told.records, 1) if at in record]
        api.in_sight(connection, session, [*_keys(told)])
    problem, preview = None, None
    try:
        if act == "do":
            by = By(session.account, reason, comment, token or None)
            done = verdicts.move(person_id, chosen, to, by) if to else verdicts.split(person_id, chosen, by)
            return gate.to("/persons/proposals" if done.act_id is None else f"/persons/{person_id}")
        with connect() as connection:
            preview = consequence.preview_move(connection, person_id, chosen, to) if to else consequence.preview_split(connection, person_id, chosen)
    except (ConfigError, ChangedError) as error:
        problem = _cause(error)
    return page(request, "person_part", 200 if problem is None else 409, told=told, chosen=record, to=to, preview=preview, problem=problem, **_words(request))


@router.post("/persons/{person_id}/pins")
def pin(
    request: Request, person_id: PersonId, field: Annotated[str, Form(pattern=r"^[a-z_]{3,30}$")], at: Annotated[int, Form(ge=1, le=500)],
    reason: Reason, csrf: Word, comment: Comment = "", until: Annotated[str, Form(pattern=r"^$|^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")] = "",
) -> Response:  # fmt: skip
    """Take a field from one record, whatever survivorship says."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        one = _nth(persons.show(connection, person_id), at)
    try:
        day = date.fromisoformat(until) if until else None
        done = verdicts.pin((one["source"], one["source_key"]), field, By(session.account, reason, comment), day)
    except (ConfigError, ValueError) as error:
        raise HTTPException(409, _cause(error)) from None
    return gate.to("/persons/proposals" if done.act_id is None else f"/persons/{person_id}")


@router.post("/persons/{person_id}/pins/{pin_id}")
def unpin(request: Request, person_id: PersonId, pin_id: api.Number, reason: Reason, csrf: Word) -> Response:
    """End a pin."""
    with api.told(), gate.sight(request) as connection:
        known = {one.pin_id for one in pins.of_records(connection, _keys(persons.show(connection, person_id)))}
    if pin_id not in known:
        raise HTTPException(404, "pin")
    with api.told():
        verdicts.unpin(pin_id, By(gate.who(request).account, reason))
    return gate.to(f"/persons/{person_id}")


@router.post("/persons/{person_id}/acts/{act_id}/undo")
def undo(request: Request, person_id: PersonId, act_id: api.Number, reason: Reason, csrf: Word, comment: Comment = "") -> Response:
    """Take back an act about this person, as a whole."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        keys = _keys(persons.show(connection, person_id))
        if act_id not in {one.act_id for one in acts.listed(connection, about=keys, limit=500)}:
            raise HTTPException(404, "act")
        api.in_sight(connection, session, acts.records(connection, act_id))
    with api.told():
        verdicts.undo(act_id, By(session.account, reason, comment))
        with connect() as connection:
            whose = placed_of(connection, keys)
    return gate.to(f"/persons/{whose[keys[0]]}")


def _in_sight(request: Request, person_id: str) -> None:
    with gate.sight(request) as connection:
        persons.show(connection, person_id)


def _keys(told: persons.Person) -> list[tuple[str, str]]:
    return [(record["source"], record["source_key"]) for record in told.records]


def _nth(told: persons.Person, at: int) -> dict[str, Any]:
    if at > len(told.records):
        raise AbsentError(f"person {told.person_id}: has no record {at}")
    return told.records[at - 1]


def _explained(connection: Connection, session: Session, told: persons.Person, opened: bool) -> list[dict[str, Any]]:
    """Each golden value as the reader may see it, the record it came from, why it was taken, what the others say."""
    keys = _keys(told)
    form = api.form_for(session, opened=opened)
    found = golden.explained(identity.person_records_of(connection, keys), told.provenance, pins.in_force(connection))
    at = {key: number for number, key in enumerate(keys, 1)}
    return [
        {
            "field": one.field, "value": form(one.field, one.value), "source": one.source, "batch_id": one.batch_id, "row_number": one.row_number,
            "at": at[one.source, one.source_key], "why": one.why, "agreeing": one.agreeing,
            "others": [{"source": source, "at": at[source, key], "value": form(one.field, value)} for source, key, value in one.others],
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


def _proposed(request: Request, connection: Connection, one: acts.Proposal) -> dict[str, Any] | None:
    """A proposal as the reader may decide it; None where its records are out of their sight."""
    session = gate.who(request)
    try:
        records = list(consequence.records_of(connection, one.plan))
        with gate.sight(request) as sight:
            api.in_sight(sight, session, records)
    except (RefusedError, AbsentError):
        return None
    whose = placed_of(connection, records)
    return {
        "one": one,
        "own": one.author == session.account,
        "persons": sorted(set(whose.values())),
        "verdict": one.plan.get("verdict"),
        "field": one.plan.get("field"),
    }


def _cause(error: Exception) -> str:
    if isinstance(error, ChangedError):
        return "what this rests on has changed since it was shown; look again, then decide"
    return str(error)


def _words(request: Request) -> dict[str, Any]:
    """Names for people, in the language of the page."""
    language = language_of(request)
    told = rules()

    def conflict(code: str) -> str:
        if code in told.policy:
            return told.policy[code][0 if language == "zh" else 1]
        kind = told.conflicts.get(code)
        return code if kind is None else kind.zh if language == "zh" else kind.en

    def reason(code: str) -> str:
        known = told.reasons.get(code)
        return code if known is None else known.zh if language == "zh" else known.en

    def reasons(what: str) -> list[tuple[str, str]]:
        return [(one.code, one.zh if language == "zh" else one.en) for one in told.reasons.values() if what in one.acts]

    return {
        "source_name": lambda name: labels.source(name, language), "code_name": lambda system, value: labels.code(system, value, language),
        "field_name": lambda name: labels.field(name, language), "conflict_name": conflict, "reason_name": reason, "reasons_for": reasons,
    }  # fmt: skip
