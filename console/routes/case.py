"""One case: side by side, evidence, consequence, the verdict, its undoing, the second person, the full value for a purpose."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import casepage, gate, nav
from console.casepage import USUAL, VERDICTS, Said
from console.forms import Word
from console.routes.cases import CASE, CaseId
from console.words import N_
from hub.errors import ChangedError, ConfigError, RefusedError
from hub.pipeline import verdicts
from hub.pipeline.plans import By
from warehouse import accounts_sight, acts
from warehouse.acts import Act
from warehouse.db import Connection, connect

router = APIRouter()
Verdict = Annotated[str, Form(pattern=r"^(same|different|unsure|documents)$")]
Reason = Annotated[str, Form(pattern=r"^[a-z_]{0,40}$")]
Comment = Annotated[str, Form(max_length=500)]
Token = Annotated[str, Form(pattern=r"^[a-z0-9.=]{0,200}$")]


@router.get("/cases/{case_id}")
def show_case(request: Request, case_id: CaseId) -> Response:
    """Show a case; one that no longer waits by what was decided on it."""
    return casepage.render(request, case_id)


@router.post("/cases/{case_id}/verdict")
def decide(
    request: Request, case_id: CaseId, verdict: Verdict, csrf: Word, token: Token = "", reason: Reason = "", comment: Comment = "",
) -> Response:  # fmt: skip
    """Give a verdict on a case one holds, and go on to the next; nothing is written when it rests on what has changed."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        row = casepage.case_row(connection, session, case_id)
    if row is None or row.holder != session.account:
        return casepage.render(request, case_id, Said("bad", N_("Not written: you do not hold this case any more."), by=row.holder or "" if row else ""), 409)
    try:
        made = verdicts.decide(case_id, verdict, By(session.account, reason or USUAL[verdict], comment.strip(), token or None))  # type: ignore[arg-type]
    except ChangedError as error:
        return casepage.render(request, case_id, Said("bad", N_("Not written: what you saw has changed since."), tuple(error.changed)), 409)
    except (ConfigError, RefusedError):
        return casepage.render(request, case_id, Said("bad", N_("Not written: choose a reason that fits, and write a comment where it is another.")), 422)
    if made.act_id is not None and verdict in ("same", "different"):
        nav.less("/cases", session.account)
    return casepage.go_on(request, case_id, Said("second" if made.proposal_id else "ok", VERDICTS[verdict]))


@router.post("/cases/{case_id}/second")
def second(
    request: Request, case_id: CaseId, decision: Annotated[str, Form(pattern=r"^(approve|refuse)$")], csrf: Word, comment: Comment = "",
) -> Response:  # fmt: skip
    """Approve or refuse, as the second person, what another proposed."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        if casepage.case_row(connection, session, case_id) is None:
            raise HTTPException(404, "case")
    proposal = casepage.case_proposal(case_id)
    if proposal is None:
        return casepage.render(request, case_id, Said("bad", N_("Not written: it was decided meanwhile.")), 409)
    try:
        if decision == "approve":
            verdicts.approve(proposal.proposal_id, session.account, comment.strip())
        else:
            verdicts.refuse(proposal.proposal_id, session.account, comment.strip())
    except ChangedError as error:
        return casepage.render(request, case_id, Said("bad", N_("Not written: what the first person saw has changed since."), tuple(error.changed)), 409)
    except (ConfigError, RefusedError):
        return casepage.render(request, case_id, Said("bad", N_("Not written: a second person decides, not the first.")), 409)
    return casepage.go_on(request, case_id, Said("ok", N_("Decided as the second person")))


@router.post("/cases/undo")
def undo(request: Request, act: Annotated[int, Form(ge=1, lt=2**62)], csrf: Word, back: Annotated[str, Form(pattern=f"^$|{CASE}")] = "") -> Response:
    """Take back an act of one's own, as a whole, and open its case again; `back`: the case to go on with where it was about none."""
    session = gate.who(request)
    with connect() as connection:
        old = _known(connection, act)
    if old is None or session.account not in (old.author, old.second):
        raise HTTPException(404, "act")
    try:
        done = verdicts.undo(act, By(session.account, "mistaken"))
    except (ConfigError, RefusedError):
        raise HTTPException(409, "undone") from None
    if done.act_id is None:  # two people had made it
        return casepage.elsewhere(request, "/persons/proposals")
    if old.case_id is None and not back:
        return gate.to("/cases")
    if old.case_id is None:
        return casepage.render(request, back, Said("ok", N_("Taken back; both stay on record.")), at=back)
    with gate.sight(request) as connection:
        if casepage.case_row(connection, session, old.case_id):
            accounts_sight.claim(connection, session, old.case_id)
    nav.stale("/cases", session.account)
    return casepage.render(request, old.case_id, Said("ok", N_("Taken back; both stay on record.")), at=old.case_id)


@router.post("/cases/{case_id}/open")
def open_values(request: Request, case_id: CaseId, purpose: Annotated[str, Form(min_length=4, max_length=200)], csrf: Word) -> Response:
    """Show the full values of a case's records for ten minutes; the purpose stays in the trail."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        row = casepage.case_row(connection, session, case_id)
    if row is None or row.holder != session.account:
        raise HTTPException(403, "lease")
    for record in (f"{row.left_source}/{row.left_key}", f"{row.right_source}/{row.right_key}"):
        accounts_sight.open_record(session, record, purpose)
    return gate.to(f"/cases/{case_id}")


def _known(connection: Connection, act: int) -> Act | None:
    try:
        return acts.get(connection, act)
    except ConfigError:
        return None
