"""/api/v1/persons: search, show, life, history; merge, split, move and pins with their previews; "is this person known?"."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse

from console import api, gate
from hub.errors import AbsentError
from hub.pipeline import biography, consequence, find, known, persons, verdicts
from hub.pipeline.plans import By
from matching.golden import FIELDS
from warehouse import accounts_sight, acts, audit, pins
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter(prefix=api.PREFIX, responses=api.RESPONSES, tags=["persons"])
Person = Annotated[str, Field(pattern=api.PERSON)]
Text = Annotated[str, Field(min_length=1, max_length=60, pattern=api.PLAIN)]


class Known(api.Body):
    """Somebody at a counter; a number, or a name with a birth date, or a phone."""

    id_number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{5,20}$")] | None = None
    name: Text | None = None
    birth_date: Annotated[str, Field(pattern=r"^(19|20)[0-9]{2}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")] | None = None
    sex_code: Annotated[str, Field(pattern=r"^[0129]$")] | None = None
    phone: Annotated[str, Field(pattern=r"^[0-9-]{7,15}$")] | None = None
    address: Annotated[str, Field(max_length=200, pattern=api.PLAIN)] | None = None


class Search(api.Body):
    """A text as somebody types it at the desk; or an exact name, or an identity number of 15 or 18 characters."""

    text: Text | None = None
    """Name, its beginning, pinyin or initials, former name, any number; gives cases too, the best answers first."""
    name: Text | None = None
    id_number: Annotated[str, Field(pattern=r"^[0-9A-Za-z]{5,20}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    after: Person | None = None


class Purpose(api.Body):
    """Why a record is opened."""

    purpose: Annotated[str, Field(min_length=2, max_length=200, pattern=api.PLAIN)]


class Act(api.Body):
    """Why, and what was seen: the `token` of the preview; with `preview` nothing is done."""

    reason_code: Annotated[str, Field(pattern=r"^[a-z_]{3,40}$")]
    comment: Annotated[str, Field(max_length=500, pattern=api.PLAIN)] = ""
    token: Annotated[str, Field(pattern=r"^[a-z=0-9.]{1,200}$")] | None = None
    preview: bool = False

    def by(self, session: Session) -> By:
        """As the flow takes it."""
        return By(session.account, self.reason_code, self.comment, self.token)


class Merge(Act):
    """Persons to bring together."""

    persons: Annotated[list[Person], Field(min_length=2, max_length=8)]


class Split(Act):
    """Records to take out."""

    records: Annotated[list[api.RecordName], Field(min_length=1, max_length=50)]


class Move(Split):
    """Records to move to another person."""

    to: Person


class Pin(Act):
    """A field to take from one record."""

    record: api.RecordName
    field: Annotated[str, Field(pattern=r"^[a-z_]{3,30}$")]
    until: date | None = None


@router.post("/known")
def is_known(request: Request, asked: Known) -> JSONResponse:
    """Say whether a person is known: the grade and who they may be, masked."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        told = known.known(connection, asked.model_dump(exclude_none=True), persons.masked)
        audit.record(connection, session.account, "person.known", "person", grade=told.grade, found=len(told.persons))
    return api.answer(told)


@router.post("/persons/search")
def search(request: Request, asked: Search) -> JSONResponse:
    """Find persons and the cases about them by a text; or by number or exact name, in the order of their ids, where `after` goes on from."""
    session = gate.who(request)
    if asked.text is not None:
        return _by_text(request, session, asked.text, asked.limit)
    with gate.sight(request) as connection:
        found = persons.find(connection, asked.id_number, asked.name, limit=1000) if asked.id_number or asked.name else []
        page = [person for person in sorted(found) if asked.after is None or person > asked.after][: asked.limit]
        told = [_shown(connection, session, person) for person in page]
        audit.record(connection, session.account, "person.search", "person", by="number" if asked.id_number else "name", found=len(found))
    return api.answer({"persons": told, "next": page[-1] if len(page) == asked.limit else None})


def _by_text(request: Request, session: Session, text: str, limit: int) -> JSONResponse:
    with gate.sight(request) as connection:
        found = find.find(connection, text)
        told = [(by, _shown(connection, session, person)) for person, by in found.persons[:limit] if by != "id" or _exists(connection, person)]
        audit.record(connection, session.account, "person.search", "person", by="text", found=len(found.persons), cases=len(found.cases))
    persons_told = [{"found_by": by, **one} for by, one in told]
    more = found.more or len(found.persons) > limit
    return api.answer({"persons": persons_told, "cases": list(found.cases), "more": more, "next": None})


def _exists(connection: Connection, person: str) -> bool:
    try:
        persons.show(connection, person)
    except AbsentError:
        return False
    return True


@router.get("/persons/{person_id}")
def show(request: Request, person_id: api.PersonId) -> JSONResponse:
    """Give a golden record by any id it ever had, each value with source, batch and row; its records and pins."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        told = _shown(connection, session, person_id)
        audit.record(connection, session.account, "person.look", told["person_id"])
    return api.answer(told)


@router.get("/persons/{person_id}/life")
def life(request: Request, person_id: api.PersonId) -> JSONResponse:
    """Give enrolments, months contributed and paid, deaths and archive items across insurances."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        told = persons.show(connection, person_id)
        found = biography.biography(connection, _records(told))
        audit.record(connection, session.account, "person.look", told.person_id)
    return api.answer(found)


@router.get("/persons/{person_id}/history")
def history(request: Request, person_id: api.PersonId, limit: api.Limit = 50) -> JSONResponse:
    """Give the acts about a person, where its records were before, and the ids that lead to it."""
    with api.told(), gate.sight(request) as connection:
        told = persons.show(connection, person_id)
        return api.answer({
            "acts": [_act(one) for one in acts.listed(connection, about=_records(told), limit=limit)],
            "placements": biography.placements(connection, _records(told)),
            "redirects": biography.redirects(connection, told.person_id),
        })  # fmt: skip


@router.post("/persons/{person_id}/open")
def open_person(request: Request, person_id: api.PersonId, why: Purpose) -> JSONResponse:
    """Open a record for a purpose: for some minutes its values are given in clear."""
    with api.told():
        with gate.sight(request) as connection:
            told = persons.show(connection, person_id)
        return api.answer({"person_id": told.person_id, "until": accounts_sight.open_record(gate.who(request), told.person_id, why.purpose)})


@router.post("/persons/merge")
def merge(request: Request, wanted: Merge, write: api.Write) -> JSONResponse:
    """Bring persons together."""

    def do(session: Session) -> Any:
        api.whole(request, wanted.persons)
        return verdicts.merge(wanted.persons, wanted.by(session))

    if wanted.preview:
        with api.told():
            api.whole(request, wanted.persons)
            with connect() as connection:
                return api.answer(consequence.preview_merge(connection, wanted.persons))
    return write(do)


@router.post("/persons/{person_id}/split")
def split(request: Request, person_id: api.PersonId, wanted: Split, write: api.Write) -> JSONResponse:
    """Take records out of a person."""
    records = [one.record for one in wanted.records]

    def do(session: Session) -> Any:
        api.whole(request, [person_id])
        return verdicts.split(person_id, records, wanted.by(session))

    if wanted.preview:
        with api.told():
            api.whole(request, [person_id])
            with connect() as connection:
                return api.answer(consequence.preview_split(connection, person_id, records))
    return write(do)


@router.post("/persons/{person_id}/move")
def move(request: Request, person_id: api.PersonId, wanted: Move, write: api.Write) -> JSONResponse:
    """Move records of a person to another."""
    records = [one.record for one in wanted.records]

    def do(session: Session) -> Any:
        api.whole(request, [person_id, wanted.to])
        return verdicts.move(person_id, records, wanted.to, wanted.by(session))

    if wanted.preview:
        with api.told():
            api.whole(request, [person_id, wanted.to])
            with connect() as connection:
                return api.answer(consequence.preview_move(connection, person_id, records, wanted.to))
    return write(do)


@router.post("/persons/{person_id}/pins")
def pin(request: Request, person_id: api.PersonId, wanted: Pin, write: api.Write) -> JSONResponse:
    """Take a field of a person from one of its records, whatever survivorship says."""

    def do(session: Session) -> Any:
        if wanted.record.record not in api.whole(request, [person_id]):
            raise AbsentError("record: not one of this person")
        return verdicts.pin(wanted.record.record, wanted.field, wanted.by(session), wanted.until)

    if wanted.preview:
        with api.told():
            if wanted.field not in FIELDS or wanted.record.record not in api.whole(request, [person_id]):
                raise AbsentError("record, or field of a golden record: not one of this person")
            with connect() as connection:
                return api.answer(consequence.preview_pin(connection, wanted.record.record, wanted.field))
    return write(do)


@router.post("/persons/{person_id}/pins/{pin_id}/end")
def unpin(request: Request, person_id: api.PersonId, pin_id: api.Number, wanted: Act, write: api.Write) -> JSONResponse:
    """End a pin."""

    def found() -> pins.Pin:
        held = api.whole(request, [person_id])
        with connect() as connection:
            pin = next((one for one in pins.of_records(connection, held) if one.pin_id == pin_id), None)
        if pin is None:
            raise AbsentError(f"pin {pin_id}: not one of this person")
        return pin

    def do(session: Session) -> Any:
        found()
        return verdicts.unpin(pin_id, wanted.by(session))

    if wanted.preview:
        with api.told():
            one = found()
            with connect() as connection:
                return api.answer(consequence.preview_pin(connection, (one.source, one.source_key), None, pin_id))
    return write(do)


def _records(told: persons.Person) -> list[tuple[str, str]]:
    return [(record["source"], record["source_key"]) for record in told.records]


def _shown(connection: Connection, session: Session, person_id: str) -> dict[str, Any]:
    opened = accounts_sight.is_open(connection, session, person_id)
    told = persons.show(connection, person_id, api.form_for(session, opened=opened))
    names = ("source", "source_key", "batch_id", "row_number")
    return {
        "person_id": told.person_id,
        "opened": opened,
        "values": told.values,
        "provenance": {field: dict(zip(names, origin, strict=True)) for field, origin in told.provenance.items()},
        "held": told.held,
        "records": told.records,
        "pins": pins.of_records(connection, _records(told)),
    }


def _act(one: acts.Act) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "detail"} | {"verdict": one.detail.get("plan", {}).get("verdict")}
