"""Loads: sources and their batches, what the gate saw, what Airflow says."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from console import airflow, gate, nav, schedule, sources, trends
from console.forms import BATCH, BatchId, SourceName
from console.page import Key, language_of, page
from console.words import N_
from hub import settings
from hub.errors import ConfigErrors
from hub.pipeline import codes
from hub.pipeline.incidents import statuses
from mappings.load import load_named
from warehouse import accounts_sight, batches, loads, refused
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter()
BATCHES, LAST = 20, 14
KEYS = (Key(("↑", "↓"), N_("choose a source")), Key(("Enter",), N_("open")), Key(("T",), N_("run now")), Key(("L",), N_("log")))


@nav.counts("/loads", hot=True)
def stopped(connection: Connection, _: Session) -> int:
    """Count batches that wait for a decision."""
    return len(batches.waiting(connection))


@router.get("/loads")
def show_loads(request: Request) -> Response:
    """Show every source, the batches that wait for a decision, and the codes nobody has explained."""
    session = gate.who(request)
    found = statuses(sources.every())
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        latest = loads.latest(connection, LAST)
        waiting = [one for item in batches.waiting(connection) for one in loads.loads(connection, batch=item.batch_id)]
        unfinished = loads.unfinished(connection)
    with connect() as connection:  # the values of codes are sealed; `codes` opens what looks like a code and nothing else
        unknown = codes.unknown(connection)
    lines = [(one, latest.get(one.source.source, []), schedule.when(one.source, language_of(request))) for one in found]
    stops = [(one, _stop_view(one, latest.get(one.source, []))) for one in waiting]
    targets = {(one.source, one.lookup): _targets(one.source, one.lookup) for one in unknown}
    values: dict[str, Any] = {"lines": lines, "stops": stops, "unfinished": unfinished, "unknown": unknown, "targets": targets, "names": sources.names(request)}
    return page(request, "loads", keys=KEYS, is_engineer=_engineer(session), late=[one for one in found if one.troubles], trends=trends, **values)


@router.get("/airflow")
def show_airflow(request: Request, source: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{1,40}$")] = None) -> Response:
    """Say how Airflow is, and what it has of one source: a part of a page, fetched after it."""
    declared = sources.named(source) if source else None
    return page(request, "loads_airflow", answer=airflow.ask(declared), source=declared, is_engineer=_engineer(gate.who(request)))


@router.get("/loads/{source}")
def show_source(request: Request, source: SourceName, before: Annotated[str | None, Query(pattern=BATCH)] = None) -> Response:
    """Show one source: batches, trends with their figures, drift, codes, and what can be done."""
    session, declared = gate.who(request), sources.named(source)
    [status] = statuses([declared])
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        recent = loads.latest(connection, LAST).get(source, [])
        listed = loads.loads(connection, source, limit=BATCHES, before=before)
        waiting = [one for item in batches.waiting(connection) if item.source == source for one in loads.loads(connection, batch=item.batch_id)]
        unfinished = [one for one in loads.unfinished(connection) if one.source == source]
        refused_rows = sum(one.rows for one in refused.patterns(connection, source))
    with connect() as connection:
        unknown, decided = codes.unknown(connection, source), codes.overrides(connection, source)
    limits = declared.expectations
    drawn = [trends.rows(recent), trends.quarantined(recent, limits.max_quarantine), trends.ended(recent, limits.max_endings)]
    values: dict[str, Any] = {
        "doing": status, "source": declared, "when": schedule.when(declared, language_of(request)), "drawn": drawn, "empties": trends.empties(recent),
        "shifts": trends.shifts(recent), "unmapped": trends.unmapped(recent[-1] if recent else None), "listed": listed, "unfinished": unfinished,
        "stops": [(one, _stop_view(one, recent)) for one in waiting], "unknown": unknown, "decided": decided, "recent": recent, "refused_rows": refused_rows,
        "targets": {(one.source, one.lookup): _targets(one.source, one.lookup) for one in unknown}, "names": sources.names(request), "size": BATCHES,
    }  # fmt: skip
    return page(request, "loads_source", keys=KEYS[2:], is_engineer=_engineer(session), **values)


@router.get("/loads/{source}/mapping.yml")
def mapping_text(request: Request, source: SourceName) -> Response:
    """Give the source's file with every mapped code in its lookups."""
    sources.named(source)
    headers = {"Content-Disposition": f'attachment; filename="{source}.yml"'}
    return Response(codes.exported(source), media_type="application/yaml; charset=utf-8", headers=headers)


@router.get("/loads/{source}/{batch_id}")
def show_batch(request: Request, source: SourceName, batch_id: BatchId) -> Response:
    """Show one batch: its ledger by stream, what the gate observed, the decision on it."""
    session, declared = gate.who(request), sources.named(source)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        one = known(connection, source, batch_id)
        lines = loads.lines(connection, batch_id)
        recent = loads.latest(connection, LAST).get(source, [])
    values: dict[str, Any] = {"one": one, "lines": lines, "source": declared, "names": sources.names(request), "view": _stop_view(one, recent)}
    return page(request, "loads_batch", is_engineer=_engineer(session), **values)


def known(connection: Connection, source: str, batch_id: str) -> loads.Load:
    """Give a batch of a source; 404 where there is none."""
    found = loads.loads(connection, source, batch=batch_id)
    if not found:
        raise HTTPException(404, "batch")
    return found[0]


def _stop_view(one: loads.Load, recent: list[loads.Load]) -> dict[str, Any]:
    """What a person who decides on a stopped batch needs: each limit broken, beside what was usual."""
    before = [each for each in recent if each.batch_id != one.batch_id]
    return {"stops": one.stops or [], "rows": trends.rows([*before, one]), "ended": trends.ended([*before, one], 0.01)}


def _engineer(session: Session) -> bool:
    return "engineer" in session.roles


def _targets(source: str, lookup: str) -> dict[str, str]:
    try:
        return codes.targets(load_named(settings.load().sources, source), lookup)
    except ConfigErrors:
        return {}
