"""/api/v1/cases: what waits, claimed, shown with its evidence and what a verdict would do, decided."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse

from console import api, gate
from console.routes.api_persons import Act
from hub.errors import RefusedError
from hub.pipeline import cases, changes, consequence, verdicts
from warehouse import accounts_sight, audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter(prefix=api.PREFIX, responses=api.RESPONSES, tags=["cases"])


class Verdict(Act):
    """A verdict on a case."""

    verdict: Annotated[str, Field(pattern=r"^(same|different|unsure|documents)$")]


@router.get("/cases")
def waiting(
    request: Request,
    kind: Annotated[str | None, Query(pattern=r"^[a-z_]{3,30}$")] = None,
    after: Annotated[str | None, Query(pattern=api.CASE)] = None,
    limit: api.Limit = 50,
) -> JSONResponse:
    """List cases that wait, by id; `after` goes on from there."""
    with gate.sight(request) as connection:
        found = cases.page(connection, kind, after, limit)
    return api.answer({"cases": [_case(one) for one in found], "next": found[-1].case_id if len(found) == limit else None})


@router.get("/cases/{case_id}")
def show(request: Request, case_id: api.CaseId) -> JSONResponse:
    """Give a case: both records, masked, and the evidence in words with weights that add up."""
    session = gate.who(request)
    with api.told(), gate.sight(request) as connection:
        case = cases.get_case(connection, case_id)
        audit.record(connection, session.account, "case.look", case_id)
        told = {**_case(case), "sides": _sides(connection, case), "returned": changes.returned(connection, case)}
    with api.told(), connect() as connection:
        return api.answer({**told, "evidence": cases.evidence(connection, case)})


@router.post("/cases/{case_id}/claim")
def claim(request: Request, case_id: api.CaseId) -> JSONResponse:
    """Hold a case for half an hour; 409 while another person holds it."""
    with api.told(), gate.sight(request) as connection:
        until = accounts_sight.claim(connection, gate.who(request), case_id)
    if until is None:
        raise HTTPException(409, "another person holds the case")
    return api.answer({"case_id": case_id, "until": until})


@router.post("/cases/{case_id}/release")
def release(request: Request, case_id: api.CaseId) -> JSONResponse:
    """Let go of a case."""
    with api.told(), gate.sight(request) as connection:
        cases.get_case(connection, case_id)
        accounts_sight.release(connection, gate.who(request), case_id)
    return api.answer({"case_id": case_id})


@router.get("/cases/{case_id}/preview")
def preview(request: Request, case_id: api.CaseId) -> JSONResponse:
    """Say what `same` would do: the person after, what comes together, conflicts, and the token a verdict names."""
    with api.told():
        _seen(request, case_id)
        with connect() as connection:
            return api.answer(consequence.preview(connection, case_id))


@router.post("/cases/{case_id}/verdict")
def decide(request: Request, case_id: api.CaseId, wanted: Verdict, write: api.Write) -> JSONResponse:
    """Give a verdict on a case one holds, or nobody does; where it conflicts, `proposal_id` names what waits for a second person."""

    def do(session: Session) -> Any:
        with gate.sight(request) as connection:
            cases.get_case(connection, case_id)
            if accounts_sight.claim(connection, session, case_id) is None:
                raise HTTPException(409, "another person holds the case")
        return verdicts.decide(case_id, wanted.verdict, wanted.by(session))  # type: ignore[arg-type]

    if wanted.preview:
        return preview(request, case_id)
    return write(do)


def _seen(request: Request, case_id: str) -> None:
    """Refuse a case out of sight as if there were none, and one with a record out of sight until it is claimed."""
    with gate.sight(request) as connection:
        case = cases.get_case(connection, case_id)
        if accounts_sight.held(connection, [(case.left_source, case.left_key), (case.right_source, case.right_key)]):
            raise RefusedError(f"case {case_id}: a record belongs to another area; claim the case first, with the right cross_area")


def _sides(connection: Connection, case: cases.Case) -> list[dict[str, Any]]:
    """Both records, masked; one out of sight says whose area holds it."""
    pair = [(case.left_source, case.left_key), (case.right_source, case.right_key)]
    held = accounts_sight.held(connection, pair)
    return [{"source": record[0], "held_by": held[record]} if record in held else cases.masked_record(connection, case.entity, *record) for record in pair]


def _case(case: cases.Case) -> dict[str, Any]:
    return {**vars(case), "levels": dict(case.levels), "changed": list(case.changed)}
