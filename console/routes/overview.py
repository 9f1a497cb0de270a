"""Overview: what needs whoever looks, what was done, how fresh the sources are; charts with their figures beside."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from console import gate, nav
from console.page import language_of, page
from expectations.expected import label, sentence
from hub import settings
from hub.pipeline import codes
from hub.pipeline.incidents import statuses
from mappings.load import load_sources
from warehouse import accounts_sight, batches, loads, overview, refused
from warehouse.db import connect

router = APIRouter()
DAYS = 30
DESK = nav.STEWARDS | nav.ENGINEERS


@router.get("/")
def start(request: Request) -> Response:
    """Show the overview to who works at the desk; lead everybody else to their account."""
    session = request.state.visit.session
    if session is None or not session.ready or not session.roles & DESK:
        return gate.to("/account")
    sources, broken = load_sources(settings.load().sources)
    found = statuses(sources)
    work = accounts_sight.work_of(session) or "steward"
    steward = bool(session.roles & nav.STEWARDS)
    at = 0 if language_of(request) == "zh" else 1
    with gate.sight(request, work) as connection:
        patterns = refused.patterns(connection)
        stopped = batches.waiting(connection)
        days = loads.days(connection, DAYS)
        unfinished = loads.unfinished(connection)
        to_check = overview.repairs_to_check(connection, session.account)
        mine = overview.mine(connection, session.account) if steward else None
        verdicts = overview.verdicts(connection, DAYS) if steward else []
    with connect() as connection:
        unknown = [one for one in codes.unknown(connection) if one.code is None]
    largest = (patterns[0], f"{label(patterns[0].reasons[0])[at]}: {sentence(patterns[0].reasons[0])[at]}") if patterns and patterns[0].reasons else None
    values: dict[str, Any] = {
        "mine": mine, "verdicts": verdicts, "days": days, "statuses": found, "stopped": stopped, "unknown": unknown, "unfinished": unfinished,
        "waiting_rows": sum(one.rows for one in patterns), "largest": largest, "to_check": to_check, "broken": broken,
        "names": {one.source: one.department.zh if at == 0 else one.department.en for one in sources},
        "late": [one for one in found if one.state in ("late", "failed")],
    }  # fmt: skip
    return page(request, "overview", is_engineer="engineer" in session.roles, **values)
