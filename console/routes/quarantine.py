"""Quarantine: refused rows by pattern, one row beside the mapping that refused it, repair alone and in bulk, replay and its proof."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi import Path as InPath
from starlette.datastructures import FormData
from starlette.responses import Response

from console import background, gate, nav
from console.page import Key, language_of, page
from console.raw_rows import cells, masked_changes, may_open, may_see
from console.words import N_
from expectations.expected import expected, label, parts, sentence
from hub import settings
from hub.errors import ConfigError, ConfigErrors, RefusedError
from hub.pipeline import bulk_repair, replay_quarantine
from hub.pipeline.correction_list import correction_list
from hub.pipeline.repair_steps import DOINGS, FORMATS, MOST, read_steps
from hub.pipeline.trial import Candidate, Tried, try_rows
from mappings.load import load_named, load_sources
from mappings.masks import mask
from mappings.source import Source
from mappings.where import columns_of, passage
from warehouse import accounts_sight, audit, loads, quarantine, refused, repair_plans
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect
from warehouse.refused import Detail, Opened, Pattern

router = APIRouter(prefix="/quarantine")
STEWARDS = frozenset({"steward", "cross_area"})
PAGE = 25
STEP_LINES = 3
WHOLE = 2_000
"""Rows of a pattern up to which a trial runs on every one of them before it is proposed; above on this many."""

SourceName = Annotated[str, InPath(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
PatternName = Annotated[str, InPath(pattern=r"^[0-9a-f]{12}$")]
BATCH = r"^[a-z][a-z0-9_]{1,40}-[0-9]{6,12}$"
BatchId = Annotated[str, InPath(pattern=BATCH)]
RowNumber = Annotated[int, InPath(ge=1, lt=2**53)]
PlanId = Annotated[int, InPath(ge=1, lt=2**53)]
Word = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Form(max_length=300)]
Seed = Annotated[int, Query(ge=0, lt=10_000)]

DOES = {
    "half_width": N_("full-width signs to half-width"), "no_spaces": N_("take blanks out"), "upper": N_("letters to capitals"),
    "date": N_("read the date in this form"), "month": N_("read the month in this form"), "number_18": N_("15-digit number to 18"),
    "replace": N_("replace the whole value"), "replace_part": N_("replace a part"), "set": N_("set to"), "clear": N_("empty it"),
    "copy": N_("copy from the column"), "pad": N_("fill with zeros to the length"),
}  # fmt: skip
"""What each doing is called, in the order of the list."""
KEYS = (Key(("↑", "↓"), N_("choose a pattern")), Key(("R",), N_("other rows")), Key(("B",), N_("list for the department")))


async def fields(request: Request) -> FormData:
    """Give every field of a form whose names follow the row's columns."""
    return await request.form()


Fields = Annotated[FormData, Depends(fields)]


@nav.counts("/quarantine")
def waiting(connection: Connection, _: Session) -> int:
    """Count rows that wait."""
    return refused.count(connection)


def reason_views(source: Source, stream: str, reasons: list[str], day: date, language: str) -> list[dict[str, Any]]:
    """Say each reason in words: what it is about, why, what was expected."""
    at = 0 if language == "zh" else 1
    found = []
    for reason in reasons:
        entity, field, code = parts(reason)
        names = {"entity": entity, "field": field, "code": code, "columns": columns_of(source, stream, entity, field)}
        found.append({**names, "label": label(reason)[at], "why": sentence(reason)[at], "expected": expected(source, stream, reason, day)[at]})
    return found


def _title(which: Pattern, language: str) -> str:
    at = 0 if language == "zh" else 1
    return f"{label(which.reasons[0])[at]}: {sentence(which.reasons[0])[at]}" if which.reasons else which.stream


def _side(request: Request, connection: Connection, chosen: str | None = None) -> dict[str, Any]:
    """What stands beside every page of the area: the patterns, and the names of the sources."""
    sources, _ = load_sources(settings.load().sources)
    at = language_of(request)
    names = {source.source: source.department.zh if at == "zh" else source.department.en for source in sources}
    found = refused.patterns(connection)
    return {
        "patterns": [(one, _title(one, at)) for one in found],
        "names": names,
        "total": sum(one.rows for one in found),
        "chosen": chosen,
        "is_steward": bool(gate.who(request).roles & STEWARDS),
    }


@router.get("")
def show_all(request: Request) -> Response:
    """Show what waits, by source and pattern, and the bulk repairs that wait for a second person."""
    with gate.sight(request, accounts_sight.work_of(gate.who(request)) or "steward") as connection:
        side = _side(request, connection)
        plans = repair_plans.plans(connection, limit=12)
        running = [one for one in loads.unfinished(connection) if one.kind == "repair"]
    return page(request, "quarantine", keys=KEYS, plans=plans, running=running, **side)


@router.get("/pattern/{source}/{name}")
def show_pattern(request: Request, source: SourceName, name: PatternName, after: Annotated[int, Query(ge=0, lt=10_000_000)] = 0) -> Response:
    """Show the rows of one pattern, why they were refused, and the form of a bulk repair."""
    with gate.sight(request, accounts_sight.work_of(gate.who(request)) or "steward") as connection:
        which = _pattern(connection, source, name)
        side = _side(request, connection, name)
        rows = refused.rows_of(connection, which, PAGE, after)
        plans = [plan for plan in repair_plans.plans(connection, source=source, limit=20) if plan.reasons == which.reasons and plan.decision is None]
    declared = _source(source)
    columns = list(declared.stream(which.stream).used) + list(declared.stream(which.stream).ignore)
    day = date.today()
    reasons = reason_views(declared, which.stream, which.reasons, day, language_of(request))
    passages = {(one["entity"], one["field"]): passage(settings.load().sources, declared, which.stream, one["entity"], one["field"]) for one in reasons}
    first = next((column for one in reasons for column in one["columns"]), columns[0] if columns else "")
    values: dict[str, Any] = {
        "which": which,
        "rows": rows,
        "after": after,
        "size": PAGE,
        "reasons": reasons,
        "passages": [one for one in passages.values() if one],
    }
    form: dict[str, Any] = {
        "columns": columns,
        "first": first,
        "does": DOES,
        "formats": FORMATS,
        "lines": STEP_LINES,
        "waiting_plans": plans,
        "alone": repair_plans.ALONE,
    }
    return page(request, "quarantine_pattern", keys=KEYS, **values, **form, **side)


@router.post("/pattern/{source}/{name}/try")
def try_pattern(request: Request, source: SourceName, name: PatternName, csrf: Word, form: Fields, seed: Seed = 0) -> Response:
    """Show what the steps of a form would do, on a sample and in figures; nothing is written."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        which = _pattern(connection, source, name)
        try:
            steps = read_steps(_steps(form), bulk_repair.columns_of(connection, which))
        except (ConfigError, ConfigErrors) as error:
            return page(request, "quarantine_trial", problem_lines=getattr(error, "problems", [str(error)]), which=which, shown=[], figures=None)
        sample = refused.sample(connection, which, seed)
        shown = bulk_repair.try_steps(connection, which, steps, [(row.batch_id, row.row_number) for row in sample])
        rows = refused.rows_of(connection, which, WHOLE)
        whole = bulk_repair.try_steps(connection, which, steps, [(row.batch_id, row.row_number) for row in rows])
    declared = _source(source)
    stream = declared.stream(which.stream)
    lines = [
        {"row": one.row, "changes": masked_changes(stream, one.row, one.changes, clear=False), "tried": one.tried, "why": _why(one.tried, language_of(request))}
        for one in shown
        if may_see(session, declared, one.row)
    ]
    passing = sum(bool(one.changes) and one.tried.passes for one in whole)
    figures = {"tried": len(whole), "passing": passing, "failing": len(whole) - passing, "unchanged": sum(not one.changes for one in whole)}
    values: dict[str, Any] = {"which": which, "shown": lines, "figures": figures, "seed": seed, "alone": repair_plans.ALONE, "problem_lines": []}
    return page(request, "quarantine_trial", is_steward=bool(session.roles & STEWARDS), **values)


@router.post("/pattern/{source}/{name}/propose")
def propose(request: Request, source: SourceName, name: PatternName, csrf: Word, reason: Text, form: Fields) -> Response:
    """Write a bulk repair: a small one takes effect, a larger one waits for a second person."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        which = _pattern(connection, source, name)
    try:
        plan = bulk_repair.propose(which, _steps(form), session.account, reason)
    except (ConfigError, ConfigErrors):
        raise HTTPException(422, "parameters") from None
    nav.stale("/quarantine", session.account)
    return gate.to(f"/quarantine/repair/{plan.plan_id}")


@router.get("/repair/{plan_id}")
def show_plan(request: Request, plan_id: PlanId, seed: Seed = 0) -> Response:
    """Show a bulk repair: its steps, rows before and after, who signed, what became of the rows."""
    session = gate.who(request)
    steward = bool(session.roles & STEWARDS)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        plan = _plan(connection, plan_id)
        side = _side(request, connection)
        progress = repair_plans.progress(connection, plan_id)
        lines = [line for batch, _, _ in progress.batches for line in loads.loads(connection, batch=batch)]
        shown, steps = [], []
        if steward:
            steps = repair_plans.steps_of(connection, plan)
            which = Pattern(plan.source, plan.stream, plan.reasons, plan.passing, 0, plan.recorded_at, plan.recorded_at, 0)
            ids = repair_plans.rows_of(connection, plan_id, seed=seed, limit=6)
            if ids and plan.decision is None:
                shown = bulk_repair.try_steps(connection, which, read_steps(steps, bulk_repair.columns_of(connection, which)), ids)
    declared = _source(plan.source)
    stream = declared.stream(plan.stream)
    seen = [one for one in shown if may_see(session, declared, one.row)]
    rows = [{"row": one.row, "changes": masked_changes(stream, one.row, one.changes, clear=False), "tried": one.tried, "why": []} for one in seen]
    reasons = reason_views(_source(plan.source), plan.stream, plan.reasons, plan.recorded_at.date(), language_of(request))
    values: dict[str, Any] = {
        "plan": plan,
        "steps": steps,
        "progress": progress,
        "batches": lines,
        "shown": rows,
        "does": DOES,
        "reasons": reasons,
        "seed": seed,
    }
    return page(request, "quarantine_plan", may_decide=steward and plan.decision is None, own=session.account == plan.author, **values, **side)


@router.post("/repair/{plan_id}/decide")
def decide_plan(request: Request, plan_id: PlanId, csrf: Word, decision: Annotated[Literal["approve", "reject"], Form()], reason: Text = "") -> Response:
    """Approve a bulk repair as the second person, which writes its corrections, or reject it."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        plan = _plan(connection, plan_id)
    try:
        bulk_repair.decide(plan.plan_id, decision, session.account, reason or None)
    except ConfigError:
        raise HTTPException(409, "decided") from None
    return gate.to(f"/quarantine/repair/{plan_id}")


@router.get("/row/{batch_id}/{row_number}")
def show_row(request: Request, batch_id: BatchId, row_number: RowNumber) -> Response:
    """Show one refused row beside the mapping, its reasons in words, its history, and where it loaded."""
    session = gate.who(request)
    detail, row = _row(request, batch_id, row_number)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        side = _side(request, connection, Pattern(detail.source, detail.stream, detail.reasons, 0, 0, detail.recorded_at, detail.recorded_at, 0).name)
        opened = bool(side["is_steward"]) and accounts_sight.is_open(connection, session, about(detail))
    with connect() as connection:
        proof = refused.proof(connection, detail)
    declared = _source(detail.source)
    day = (detail.interval_start or detail.recorded_at).date()
    reasons = reason_views(declared, detail.stream, detail.reasons, day, language_of(request))
    passages = {(one["entity"], one["field"]): passage(settings.load().sources, declared, detail.stream, one["entity"], one["field"]) for one in reasons}
    values: dict[str, Any] = {
        "detail": detail, "cells": cells(declared.stream(detail.stream), row, clear=opened), "reasons": reasons, "proof": proof, "opened": opened,
        "passages": [one for one in passages.values() if one], "unread": "" in row.original, "may_open": may_open(session, declared, row),
        "wrong": {column for one in reasons for column in one["columns"]}, "does": DOES,
    }  # fmt: skip
    return page(request, "quarantine_row", keys=(Key(("V",), N_("open the row")), Key(("S",), N_("keep the correction"))), **values, **side)


@router.post("/row/{batch_id}/{row_number}/open")
def open_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, purpose: Text) -> Response:
    """Open a raw row for a purpose; who, when and why is logged."""
    session = gate.who(request)
    detail, row = _row(request, batch_id, row_number)
    if not may_open(session, _source(detail.source), row):
        raise RefusedError("the row names no area of yours")
    accounts_sight.open_record(session, about(detail), purpose)
    return gate.to(f"/quarantine/row/{batch_id}/{row_number}")


@router.post("/row/{batch_id}/{row_number}/try")
def try_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, form: Fields) -> Response:
    """Say what mapping and gate would say of the row as typed; nothing is written."""
    detail, row = _row(request, batch_id, row_number)
    changes = _typed(row, form)
    declared = _source(detail.source)
    day = (detail.interval_start or detail.recorded_at).date()
    tried = _try(declared, row, {**row.raw, **changes}, day)
    made = [(entity, {name: mask(entity, name, value) for name, value in record.items() if value is not None}) for entity, record in tried.records]
    reasons = reason_views(declared, detail.stream, list(tried.reasons), day, language_of(request))
    findings = reason_views(declared, detail.stream, list(tried.findings), day, language_of(request))
    return page(request, "quarantine_verdict", tried=tried, reasons=reasons, findings=findings, made=made, changed=sorted(changes))


@router.post("/row/{batch_id}/{row_number}/repair")
def repair_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, reason: Text, form: Fields) -> Response:
    """Keep a correction of a row; the original stays as it came."""
    session = gate.who(request)
    detail, row = _row(request, batch_id, row_number)
    changes = _typed(row, form)
    if not changes or not reason.strip() or detail.state != "open":
        raise HTTPException(422, "parameters")
    if not may_open(session, _source(detail.source), row):
        raise RefusedError("the row names no area of yours")
    with gate.sight(request) as connection:
        quarantine.repair(connection, batch_id, row_number, changes, session.account, reason.strip())
    nav.stale("/quarantine", session.account)
    return gate.to(f"/quarantine/row/{batch_id}/{row_number}")


@router.post("/replay/{source}")
def replay(request: Request, source: SourceName, csrf: Word, which: Annotated[Literal["corrected", "all"], Form()]) -> Response:
    """Take the waiting rows of a source (or those somebody corrected) through mapping and gate again, after the request."""
    session = gate.who(request)
    declared = _source(source)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        audit.record(connection, session.account, "quarantine.replay", source, which=which)
    background.begin(source, "repair", lambda: replay_quarantine(declared, corrected=which == "corrected"))
    nav.stale("/quarantine", session.account)
    return gate.to("/quarantine")


@router.get("/list/{source}")
def correction_workbook(request: Request, source: SourceName) -> Response:
    """Give the workbook a department gets back: which rows, what is missing or wrong, without anybody's values."""
    session = gate.who(request)
    _source(source)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        rows = correction_list(source, path)
        content = path.read_bytes()
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        audit.record(connection, session.account, "quarantine.export", source, rows=rows)
    headers = {"Content-Disposition": f'attachment; filename="corrections-{source}.xlsx"'}
    return Response(content, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers=headers)


def about(detail: Detail) -> str:
    """Name a refused row in the trail."""
    return f"quarantine/{detail.batch_id}/{detail.row_number}"


def _row(request: Request, batch_id: str, row_number: int) -> tuple[Detail, Opened]:
    """Open a refused row for the work of a page, which masks it, and write that down.

    No row security can tell whose it is, for it never loaded: a steward sees one that names an area of theirs.
    """
    session = gate.who(request)
    with connect() as connection:
        try:
            detail = refused.detail(connection, batch_id, row_number)
        except ConfigError:
            raise HTTPException(404, "row") from None
        [row] = refused.open_all(connection, [(batch_id, row_number)])
        if not may_see(session, _source(detail.source), row):
            raise HTTPException(404, "row")
        audit.record(connection, session.account, "quarantine.look", about(detail))
    return detail, row


def _try(source: Source, row: Opened, raw: dict[str, str | None], day: date) -> Tried:
    if "" in raw:  # never split into columns: there is nothing to map
        return Tried(("raw.row:unread",), (), None, None, ())
    [tried] = try_rows(source, [Candidate(row.stream, raw)], day)
    return tried


def _typed(row: Opened, form: FormData) -> dict[str, str | None]:
    """Give what a form changes: a field left empty changes nothing, a ticked one empties its column."""
    changes: dict[str, str | None] = {}
    for at, column in enumerate(row.raw):
        text, clear = form.get(f"value_{at}"), form.get(f"clear_{at}")
        if clear:
            changes[column] = None
        elif isinstance(text, str) and text and len(text) <= 1000:
            changes[column] = text
    return {column: value for column, value in changes.items() if value != row.raw[column]}


def _steps(form: FormData) -> list[dict[str, str]]:
    """Give the steps of a form that were filled in."""
    found = []
    for at in range(MOST):
        step = {name: str(form.get(f"{name}_{at}") or "") for name in ("do", "column", "old", "new")}
        if step["do"] in DOINGS:
            found.append({**step, "old": step["old"] or str(form.get(f"form_{at}") or "") if step["do"] in ("date", "month") else step["old"]})
        elif step["do"]:
            found.append(step)
    return found


def _why(tried: Tried, language: str) -> list[str]:
    at = 0 if language == "zh" else 1
    return [f"{label(reason)[at]}: {sentence(reason)[at]}" for reason in tried.reasons]


def _source(name: str) -> Source:
    try:
        return load_named(settings.load().sources, name)
    except ConfigErrors:
        raise HTTPException(404, "source") from None


def _pattern(connection: Connection, source: str, name: str) -> Pattern:
    try:
        return refused.pattern(connection, source, name)
    except ConfigError:
        raise HTTPException(404, "pattern") from None


def _plan(connection: Connection, plan_id: int) -> repair_plans.Plan:
    try:
        return repair_plans.get(connection, plan_id)
    except ConfigError:
        raise HTTPException(404, "repair") from None
