"""Acts on the records of a case beside its verdict: pin a value, end a pin, take records out, move them to another person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, casepage, gate, parting
from console.casepage import Said
from console.forms import Word
from console.page import page
from console.person_words import Comment, Reason, words
from console.routes.cases import CaseId
from console.words import N_
from hub.errors import AbsentError, ChangedError, ConfigError, RefusedError
from hub.pipeline import cases, consequence, verdicts
from hub.pipeline.conflicts import Record
from hub.pipeline.placing import placed_of
from hub.pipeline.plans import By, Decided
from warehouse import pins
from warehouse.db import connect

router = APIRouter()
Choice = Annotated[str, Form(pattern=r"^[a-z_]{3,30} [a-z][a-z0-9_]{0,60}/[^\x00-\x1f]{1,200}$")]
Day = Annotated[str, Form(pattern=r"^$|^20[0-9]{2}-[01][0-9]-[0-3][0-9]$")]


@router.post("/cases/{case_id}/pins")
def pin(request: Request, case_id: CaseId, choice: Choice, reason: Reason, csrf: Word, comment: Comment = "", until: Day = "") -> Response:
    """Take a field from one record of the case, whatever survivorship says; `choice`: the field and the record."""
    field, _, named = choice.partition(" ")
    source, _, key = named.partition("/")
    if (source, key) not in _records(request, case_id):
        raise HTTPException(404, "record")
    account = gate.who(request).account
    return _acted(
        request, case_id, lambda: verdicts.pin((source, key), field, By(account, reason, comment.strip()), date.fromisoformat(until) if until else None)
    )


@router.post("/cases/{case_id}/pins/{pin_id}")
def unpin(request: Request, case_id: CaseId, pin_id: api.Number, reason: Reason, csrf: Word) -> Response:
    """End a pin on a record of the case."""
    records = _records(request, case_id)
    with gate.sight(request) as connection:
        if pin_id not in {one.pin_id for one in pins.of_records(connection, list(records))}:
            raise HTTPException(404, "pin")
    return _acted(request, case_id, lambda: verdicts.unpin(pin_id, By(gate.who(request).account, reason)))


def _acted(request: Request, case_id: str, do: Callable[[], Decided]) -> Response:
    """Do an act on a pin and show the case as it is then; what stood in the way is said."""
    try:
        done = do()
    except (ConfigError, RefusedError, ValueError):
        said, status = Said("bad", N_("Not written: choose a reason that fits, and write a comment where it is another.")), 422
    else:
        said, status = Said("second" if done.proposal_id else "ok", N_("golden value chosen") if done.act_id else N_("pin")), 200
    if request.headers.get("hx-request") or status != 200:
        return casepage.render(request, case_id, said, status)
    return gate.to(f"/cases/{case_id}")


@router.get("/cases/{case_id}/part")
def show_part(request: Request, case_id: CaseId) -> Response:
    """Ask which records leave, and where to; a case one does not hold is claimed first."""
    with gate.sight(request) as connection:
        row = casepage.case_row(connection, gate.who(request), case_id)
    if row is not None and row.holder != gate.who(request).account:
        return gate.to(f"/cases/{case_id}")
    _records(request, case_id)
    return _part(request, case_id, parting.Asked())


@router.post("/cases/{case_id}/part")
def part(
    request: Request, case_id: CaseId, csrf: Word, record: parting.Numbers = [], to: parting.To = "", q: parting.Query = "",  # noqa: B006 - FastAPI copies it
    reason: parting.MaybeReason = "", comment: Comment = "", token: parting.Token = "", act: parting.Act = "look",
) -> Response:  # fmt: skip
    """Find the person they belong to, show what it would do, then do it."""
    _records(request, case_id)
    return _part(request, case_id, parting.Asked(tuple(record), to, q.strip(), reason, comment.strip(), token, act))


def _part(request: Request, case_id: str, asked: parting.Asked) -> Response:
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        case = cases.get_case(connection, case_id)
        pair = [(case.left_source, case.left_key), (case.right_source, case.right_key)]
        people = list(dict.fromkeys(placed_of(connection, pair).values()))
    looked = parting.look(request, people, asked)
    if asked.act == "do" and looked.problem is None:
        try:
            done = parting.do(looked, By(session.account, asked.reason, asked.comment, asked.token or None))
        except (ChangedError, ConfigError) as error:
            looked = parting.refused(looked, error)
        else:
            return gate.to("/persons/proposals" if done.act_id is None else _after(request, case_id, pair))
    letters = parting.letters(request, people)
    return page(
        request, "part", 409 if looked.problem else 200, looked=looked, letters=letters, back_to=f"/cases/{case_id}", back_word=case_id,
        problem=looked.problem, **words(request),
    )  # fmt: skip


def _after(request: Request, case_id: str, pair: Sequence[Record]) -> str:
    """Back to the case, or to the person where its two records are one person now."""
    with gate.sight(request) as connection:
        if casepage.case_row(connection, gate.who(request), case_id):
            return f"/cases/{case_id}"
        return f"/persons/{placed_of(connection, [pair[0]])[pair[0]]}"


def _records(request: Request, case_id: str) -> tuple[Record, ...]:
    """Every record of the persons a case is about, in sight of the reader; refused unless they hold the case."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        row = casepage.case_row(connection, session, case_id)
        if row is None:
            raise HTTPException(404, "case")
        if row.holder != session.account:
            raise HTTPException(403, "lease")
    try:
        with connect() as connection:
            pair = [(row.left_source, row.left_key), (row.right_source, row.right_key)]
            records = consequence.members_of(connection, list(placed_of(connection, pair).values()))
    except AbsentError:
        raise HTTPException(404, "case") from None
    with gate.sight(request) as connection, api.told():
        api.in_sight(connection, list(records))
    return records
