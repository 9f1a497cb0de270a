"""Repair of one pattern of refused rows in bulk: tried, proposed, approved by a second person."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import gate, nav, refusals, sources
from console.forms import Fields, PatternName, PlanId, SourceName, Text, Word
from console.page import language_of, page
from console.raw_rows import masked_changes
from hub.errors import ConfigError, ConfigErrors
from hub.pipeline import bulk_repair
from hub.pipeline.repair_steps import DOINGS, MOST, read_steps
from warehouse import accounts_sight, loads, refused, repair_plans
from warehouse.refused import Pattern

router = APIRouter(prefix="/quarantine")
WHOLE = 2_000
"""Rows of a pattern up to which a trial runs on every one of them before it is proposed; above on this many."""
Seed = Annotated[int, Query(ge=0, lt=10_000)]


@router.post("/pattern/{source}/{name}/try")
def try_pattern(request: Request, source: SourceName, name: PatternName, csrf: Word, form: Fields, seed: Seed = 0) -> Response:
    """Show what the steps of a form would do, on a sample and in figures; nothing is written."""
    session = gate.who(request)
    with gate.sight(request) as connection:
        which = refusals.pattern(connection, source, name)
        try:
            steps = read_steps(_steps(form), bulk_repair.columns_of(connection, which))
        except (ConfigError, ConfigErrors) as error:
            return page(request, "quarantine_trial", problem_lines=getattr(error, "problems", [str(error)]), which=which, shown=[], figures=None)
        sample = refused.sample(connection, which, seed)
        shown = bulk_repair.try_steps(connection, which, steps, [(row.batch_id, row.row_number) for row in sample])
        rows = refused.rows_of(connection, which, WHOLE)
        whole = bulk_repair.try_steps(connection, which, steps, [(row.batch_id, row.row_number) for row in rows])
    declared = sources.named(source)
    stream = declared.stream(which.stream)
    lines = [
        {
            "row": one.row,
            "changes": masked_changes(stream, one.row, one.changes, clear=False),
            "tried": one.tried,
            "why": refusals.why(one.tried, language_of(request)),
        }
        for one in shown
    ]
    passing = sum(bool(one.changes) and one.tried.passes for one in whole)
    figures = {"tried": len(whole), "passing": passing, "failing": len(whole) - passing, "unchanged": sum(not one.changes for one in whole)}
    values: dict[str, Any] = {"which": which, "shown": lines, "figures": figures, "seed": seed, "alone": repair_plans.ALONE, "problem_lines": []}
    return page(request, "quarantine_trial", is_steward=bool(session.roles & refusals.STEWARDS), **values)


@router.post("/pattern/{source}/{name}/propose")
def propose(request: Request, source: SourceName, name: PatternName, csrf: Word, reason: Text, form: Fields) -> Response:
    """Write a bulk repair: a small one takes effect, a larger one waits for a second person."""
    session = gate.who(request)
    try:
        with gate.sight(request) as connection:
            plan = bulk_repair.propose(refusals.pattern(connection, source, name), _steps(form), session.account, reason, connection)
    except (ConfigError, ConfigErrors):
        raise HTTPException(422, "parameters") from None
    nav.stale("/quarantine", session.account)
    return gate.to(f"/quarantine/repair/{plan.plan_id}")


@router.get("/repair/{plan_id}")
def show_plan(request: Request, plan_id: PlanId, seed: Seed = 0) -> Response:
    """Show a bulk repair: its steps, rows before and after, who signed, what became of the rows."""
    session = gate.who(request)
    steward = bool(session.roles & refusals.STEWARDS)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        plan = refusals.plan(connection, plan_id)
        side = refusals.side(request, connection)
        progress = repair_plans.progress(connection, plan_id)
        lines = [line for batch, _, _ in progress.batches for line in loads.loads(connection, batch=batch)]
        shown, steps = [], []
        if steward:
            steps = repair_plans.steps_of(connection, plan)
            which = Pattern(plan.source, plan.stream, plan.reasons, plan.passing, 0, plan.recorded_at, plan.recorded_at, 0)
            ids = repair_plans.rows_of(connection, plan_id, seed=seed, limit=6)
            if ids and plan.decision is None:
                shown = bulk_repair.try_steps(connection, which, read_steps(steps, bulk_repair.columns_of(connection, which)), ids)
    declared = sources.named(plan.source)
    stream = declared.stream(plan.stream)
    rows = [{"row": one.row, "changes": masked_changes(stream, one.row, one.changes, clear=False), "tried": one.tried, "why": []} for one in shown]
    reasons = refusals.reason_views(sources.named(plan.source), plan.stream, plan.reasons, plan.recorded_at.date(), language_of(request))
    values: dict[str, Any] = {
        "plan": plan,
        "steps": steps,
        "progress": progress,
        "batches": lines,
        "shown": rows,
        "does": refusals.DOES,
        "reasons": reasons,
        "seed": seed,
    }
    return page(request, "quarantine_plan", may_decide=steward and plan.decision is None, own=session.account == plan.author, **values, **side)


@router.post("/repair/{plan_id}/decide")
def decide_plan(request: Request, plan_id: PlanId, csrf: Word, decision: Annotated[Literal["approve", "reject"], Form()], reason: Text = "") -> Response:
    """Approve a bulk repair as the second person, which writes its corrections, or reject it."""
    session = gate.who(request)
    try:
        with gate.sight(request) as connection:
            bulk_repair.decide(refusals.plan(connection, plan_id).plan_id, decision, session.account, connection, reason or None)
    except ConfigError:
        raise HTTPException(409, "decided") from None
    return gate.to(f"/quarantine/repair/{plan_id}")


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
