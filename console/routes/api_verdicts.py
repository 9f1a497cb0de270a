"""/api/v1: proposals for a second person, the history of acts and their undoing, samples and bulk verdicts, reasons, the document itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse

from console import api, gate
from console.routes.api_persons import Act, _act
from hub.pipeline import bulk, cases, consequence, sampling, verdicts
from hub.pipeline.plans import Decided
from hub.pipeline.rules import rules
from warehouse import accounts_sight, acts
from warehouse.accounts_sessions import Session
from warehouse.db import connect

router = APIRouter(prefix=api.PREFIX, responses=api.RESPONSES, tags=["verdicts"])


class Decision(api.Body):
    """What the second person says."""

    comment: Annotated[str, Field(max_length=500, pattern=api.PLAIN)] = ""


class Refused(api.Body):
    """Why not."""

    comment: Annotated[str, Field(min_length=2, max_length=500, pattern=api.PLAIN)]


class Bulk(Act):
    """One verdict for all cases of the pattern of a case."""

    case_id: Annotated[str, Field(pattern=api.CASE)]
    verdict: Annotated[str, Field(pattern=r"^(same|different)$")]


class Draw(api.Body):
    """A case whose pattern is to be sampled."""

    case_id: Annotated[str, Field(pattern=api.CASE)]


@router.get("/openapi.json", tags=["document"])
def document(request: Request) -> JSONResponse:
    """Give this document."""
    return api.answer(api.document(request.app))


@router.get("/rules")
def read_rules() -> JSONResponse:
    """Give reasons, conflicts and lines of the policy, by code."""
    told = rules()
    return api.answer({"reasons": list(told.reasons.values()), "conflicts": list(told.conflicts.values()), "policy": told.policy})


@router.get("/proposals")
def proposals(request: Request, limit: api.Limit = 100) -> JSONResponse:
    """List what waits for a second person: `own` what one proposed, `others` what one may decide."""
    session = gate.who(request)
    with connect() as connection:
        waiting = acts.proposals(connection, limit=limit)
        about = {one.proposal_id: list(consequence.records_of(connection, one.plan)) for one in waiting}
    found = [one for one in waiting if one.author == session.account or _seen(request, about[one.proposal_id])]
    told = [vars(one) for one in found]
    return api.answer({"own": [one for one in told if one["author"] == session.account], "others": [one for one in told if one["author"] != session.account]})


@router.post("/proposals/{proposal_id}/approve")
def approve(request: Request, proposal_id: api.Number, said: Decision, write: api.Write) -> JSONResponse:
    """Approve, as the second person; 403 for who proposed it, 409 when it rests on what has changed."""

    def do(session: Session) -> Decided:
        _may(request, proposal_id)
        return verdicts.approve(proposal_id, session.account, said.comment)

    return write(do)


@router.post("/proposals/{proposal_id}/refuse")
def refuse(request: Request, proposal_id: api.Number, said: Refused, write: api.Write) -> JSONResponse:
    """Refuse; one's own is withdrawn."""

    def do(session: Session) -> dict[str, int]:
        _may(request, proposal_id)
        verdicts.refuse(proposal_id, session.account, said.comment)
        return {"proposal_id": proposal_id}

    return write(do)


@router.get("/acts")
def listed(request: Request, before: Annotated[int | None, Query(ge=1, le=2**62)] = None, own: bool = False, limit: api.Limit = 50) -> JSONResponse:
    """List acts on records in sight and one's own, the latest first; `before` goes on from there."""
    account = gate.who(request).account
    with connect() as connection:
        found = acts.listed(connection, author=account if own else None, before=before, limit=limit)
        about = {one.act_id: acts.records(connection, one.act_id) for one in found}
    seen = [one for one in found if one.author == account or _seen(request, about[one.act_id])]
    return api.answer({"acts": [_act(one) for one in seen], "next": found[-1].act_id if len(found) == limit else None})


@router.post("/acts/{act_id}/undo")
def undo(request: Request, act_id: api.Number, why: Act, write: api.Write) -> JSONResponse:
    """Take an act back, as a whole; what needed a second person is taken back by two (`proposal_id`)."""

    def do(session: Session) -> Decided:
        api.may_undo(request, act_id)
        return verdicts.undo(act_id, why.by(session))

    return write(do)


@router.get("/samples")
def samples(request: Request) -> JSONResponse:
    """Give the bound the audit of certain links supports, and the patterns a bulk verdict may pay for, by the cases in sight."""
    areas, _ = accounts_sight.scope(gate.who(request))
    with connect() as connection:  # a pattern's cases are counted by their areas: row security would ask for the records of each
        audited = sampling.audited(connection)
        return api.answer({"audit": audited, "patterns": [{"cases": one.cases, "case_id": one.example} for one in sampling.patterns(connection, areas)]})


@router.post("/samples")
def draw(request: Request, wanted: Draw, write: api.Write) -> JSONResponse:
    """Draw a random sample of the pattern of a case, to be reviewed one by one."""

    def do(session: Session) -> dict[str, list[str]]:
        with gate.sight(request) as connection:
            cases.get_case(connection, wanted.case_id)
            return {"cases": sampling.draw(wanted.case_id, session.account, connection)}

    return write(do)


@router.post("/bulk")
def decide_many(request: Request, wanted: Bulk, write: api.Write) -> JSONResponse:
    """Propose one verdict for all cases of a pattern; a second person approves it."""

    def do(session: Session) -> Decided:
        with gate.sight(request) as connection:
            cases.get_case(connection, wanted.case_id)
            return bulk.propose(wanted.case_id, wanted.verdict, wanted.by(session), connection)  # type: ignore[arg-type]

    if wanted.preview:
        with api.told(), gate.sight(request) as connection:
            cases.get_case(connection, wanted.case_id)
            return api.answer(bulk.reach(connection, wanted.case_id, wanted.verdict))  # type: ignore[arg-type]
    return write(do)


def _seen(request: Request, records: list[tuple[str, str]]) -> bool:
    """Whether the reader sees every record something is about."""
    with gate.sight(request) as connection:
        return not accounts_sight.held(connection, records)


def _may(request: Request, proposal_id: int) -> None:
    """Refuse a proposal about records out of the reader's sight."""
    with connect() as connection:
        plan = acts.proposal(connection, proposal_id).plan
        records = list(consequence.records_of(connection, plan))
    with gate.sight(request) as connection:
        api.in_sight(connection, records)
