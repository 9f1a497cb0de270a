"""Acts on a person: split and move, pins, undo."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, gate, parting
from console.forms import Word
from console.page import page
from console.person_words import Comment, PersonId, Reason, cause, keys_of, nth, words
from hub.errors import ChangedError, ConfigError
from hub.pipeline import persons, verdicts
from hub.pipeline.placing import placed_of
from hub.pipeline.plans import By
from warehouse import acts, pins
from warehouse.db import connect

router = APIRouter()


@router.get("/persons/{person_id}/part")
def show_part(request: Request, person_id: PersonId) -> Response:
    """Ask which records leave, and where to."""
    return _part(request, person_id, parting.Asked())


@router.post("/persons/{person_id}/part")
def part(
    request: Request, person_id: PersonId, csrf: Word, record: parting.Numbers = [], to: parting.To = "", q: parting.Query = "",  # noqa: B006 - FastAPI copies it
    reason: parting.MaybeReason = "", comment: Comment = "", token: parting.Token = "", act: parting.Act = "look",
) -> Response:  # fmt: skip
    """Find the person they belong to, show what taking records out, or moving them, would do; then do it."""
    return _part(request, person_id, parting.Asked(tuple(record), to, q.strip(), reason, comment.strip(), token, act))


def _part(request: Request, person_id: str, asked: parting.Asked) -> Response:
    looked = parting.look(request, [person_id], asked)
    if asked.act == "do" and looked.problem is None:
        try:
            done = parting.do(looked, By(gate.who(request).account, asked.reason, asked.comment, asked.token or None))
        except (ConfigError, ChangedError) as error:
            looked = parting.refused(looked, error)
        else:
            return gate.to("/persons/proposals" if done.act_id is None else f"/persons/{person_id}")
    return page(
        request, "part", 409 if looked.problem else 200, looked=looked, letters={}, back_to=f"/persons/{person_id}", back_word=person_id,
        problem=looked.problem, **words(request),
    )  # fmt: skip


@router.post("/persons/{person_id}/pins")
def pin(
    request: Request, person_id: PersonId, field: Annotated[str, Form(pattern=r"^[a-z_]{3,30}$")], at: Annotated[int, Form(ge=1, le=500)],
    reason: Reason, csrf: Word, comment: Comment = "", until: Annotated[str, Form(pattern=r"^$|^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")] = "",
) -> Response:  # fmt: skip
    """Take a field from one record, whatever survivorship says."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        one = nth(persons.show(connection, person_id), at)
    with api.told():
        api.whole(request, [person_id])
    try:
        day = date.fromisoformat(until) if until else None
        done = verdicts.pin((one["source"], one["source_key"]), field, By(session.account, reason, comment), day)
    except (ConfigError, ValueError) as error:
        raise HTTPException(409, cause(error)) from None
    return gate.to("/persons/proposals" if done.act_id is None else f"/persons/{person_id}")


@router.post("/persons/{person_id}/pins/{pin_id}")
def unpin(request: Request, person_id: PersonId, pin_id: api.Number, reason: Reason, csrf: Word) -> Response:
    """End a pin."""
    with api.told():
        held = api.whole(request, [person_id])
    with connect() as connection:
        known = {one.pin_id for one in pins.of_records(connection, held)}
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
        keys = keys_of(persons.show(connection, person_id))
        if act_id not in {one.act_id for one in acts.listed(connection, about=keys, limit=500)}:
            raise HTTPException(404, "act")
    with api.told():
        api.may_undo(request, act_id)
        done = verdicts.undo(act_id, By(session.account, reason, comment))
        if done.act_id is None:
            return gate.to("/persons/proposals")
        with connect() as connection:
            whose = placed_of(connection, keys)
    return gate.to(f"/persons/{whose[keys[0]]}")
