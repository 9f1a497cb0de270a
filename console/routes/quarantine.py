"""Quarantine: what was refused, by source and pattern; the rows of a pattern; replay; the list for the department."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from console import background, gate, nav, refusals, sources
from console.forms import PatternName, SourceName, Word
from console.page import Key, language_of, page
from console.words import N_
from hub.pipeline import replay_quarantine
from hub.pipeline.correction_list import correction_list
from hub.pipeline.repair_steps import FORMATS
from warehouse import accounts_sight, audit, loads, refused, repair_plans
from warehouse.accounts_sessions import Session
from warehouse.db import Connection

router = APIRouter(prefix="/quarantine")
PAGE = 25
STEP_LINES = 3
KEYS = (Key(("↑", "↓"), N_("choose a pattern")), Key(("R",), N_("other rows")), Key(("B",), N_("list for the department")))


@nav.counts("/quarantine")
def waiting(connection: Connection, _: Session) -> int:
    """Count rows that wait."""
    return refused.count(connection)


@router.get("")
def show_all(request: Request) -> Response:
    """Show what waits, by source and pattern, and the bulk repairs that wait for a second person."""
    with gate.sight(request, accounts_sight.work_of(gate.who(request)) or "steward") as connection:
        side = refusals.side(request, connection)
        plans = repair_plans.plans(connection, limit=12)
        running = [one for one in loads.unfinished(connection) if one.kind == "repair"]
    return page(request, "quarantine", keys=KEYS, plans=plans, running=running, **side)


@router.get("/pattern/{source}/{name}")
def show_pattern(request: Request, source: SourceName, name: PatternName, after: Annotated[int, Query(ge=0, lt=10_000_000)] = 0) -> Response:
    """Show the rows of one pattern, why they were refused, and the form of a bulk repair."""
    with gate.sight(request, accounts_sight.work_of(gate.who(request)) or "steward") as connection:
        which = refusals.pattern(connection, source, name)
        side = refusals.side(request, connection, name)
        rows = refused.rows_of(connection, which, PAGE, after)
        plans = [plan for plan in repair_plans.plans(connection, source=source, limit=20) if plan.reasons == which.reasons and plan.decision is None]
    declared = sources.named(source)
    columns = list(declared.stream(which.stream).used) + list(declared.stream(which.stream).ignore)
    day = date.today()
    reasons = refusals.reason_views(declared, which.stream, which.reasons, day, language_of(request))
    first = next((column for one in reasons for column in one["columns"]), columns[0] if columns else "")
    values: dict[str, Any] = {
        "which": which,
        "rows": rows,
        "after": after,
        "size": PAGE,
        "reasons": reasons,
        "passages": refusals.passages(declared, which.stream, reasons),
    }
    form: dict[str, Any] = {
        "columns": columns,
        "first": first,
        "does": refusals.DOES,
        "formats": FORMATS,
        "lines": STEP_LINES,
        "waiting_plans": plans,
        "alone": repair_plans.ALONE,
    }
    return page(request, "quarantine_pattern", keys=KEYS, **values, **form, **side)


@router.post("/replay/{source}")
def replay(request: Request, source: SourceName, csrf: Word, which: Annotated[Literal["corrected", "all"], Form()]) -> Response:
    """Take the waiting rows of a source (or those somebody corrected) through mapping and gate again, after the request."""
    session = gate.who(request)
    declared = sources.named(source)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        audit.record(connection, session.account, "quarantine.replay", source, which=which)
    background.begin(source, "repair", lambda: replay_quarantine(declared, corrected=which == "corrected"))
    nav.stale("/quarantine", session.account)
    return gate.to("/quarantine")


@router.get("/list/{source}")
def correction_workbook(request: Request, source: SourceName) -> Response:
    """Give the workbook a department gets back: which rows, what is missing or wrong, without anybody's values."""
    session = gate.who(request)
    sources.named(source)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        rows = correction_list(connection, source, path)
        content = path.read_bytes()
        audit.record(connection, session.account, "quarantine.export", source, rows=rows)
    headers = {"Content-Disposition": f'attachment; filename="corrections-{source}.xlsx"'}
    return Response(content, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers=headers)
