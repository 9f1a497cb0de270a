"""Proposals: what waits for a second person, approved or refused."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import api, gate
from console.forms import Word
from console.page import page
from console.person_words import Comment, cause, words
from hub.errors import AbsentError, ChangedError, ConfigError, RefusedError
from hub.pipeline import consequence, verdicts
from hub.pipeline.placing import placed_of
from warehouse import acts
from warehouse.db import Connection, connect

router = APIRouter()


@router.get("/persons/proposals")
def show_proposals(request: Request) -> Response:
    """Show what waits for a second person."""
    with connect() as connection:
        waiting = acts.proposals(connection)
        told = [_proposed(request, connection, one) for one in waiting]
    return page(request, "proposals", proposals=[one for one in told if one], **words(request))


@router.post("/persons/proposals/{proposal_id}")
def decide_proposal(
    request: Request, proposal_id: api.Number, csrf: Word, decision: Annotated[str, Form(pattern=r"^(approve|refuse)$")], comment: Comment = ""
) -> Response:
    """Approve as the second person, or refuse; one's own is withdrawn."""
    session = gate.who(request)
    with connect() as connection, api.told():
        records = consequence.records_of(connection, acts.proposal(connection, proposal_id).plan)
    with gate.sight(request) as connection, api.told():
        api.in_sight(connection, list(records))
    try:
        if decision == "approve":
            verdicts.approve(proposal_id, session.account, comment)
        else:
            verdicts.refuse(proposal_id, session.account, comment)
    except (ChangedError, ConfigError) as error:
        raise HTTPException(409, cause(error)) from None
    return gate.to("/persons/proposals")


def _proposed(request: Request, connection: Connection, one: acts.Proposal) -> dict[str, Any] | None:
    """A proposal as the reader may decide it; None where its records are out of their sight."""
    session = gate.who(request)
    try:
        records = list(consequence.records_of(connection, one.plan))
        with gate.sight(request) as sight:
            api.in_sight(sight, records)
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
