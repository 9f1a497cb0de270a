"""What an engineer does with loads: decide on a stopped batch, go on, run, backfill, pause, map a code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from console import airflow, background, gate, nav, sources
from console.forms import BatchId, SourceName, Text, Word
from console.routes.loads import known
from hub.errors import ConfigError
from hub.pipeline import approve, codes, load, reject, run_batch, run_source
from warehouse import audit

router = APIRouter()
MOST_DAYS = 62
"""Days of one backfill."""
RunId = Annotated[str, Form(pattern=r"^[A-Za-z0-9_.:+~-]{1,200}$")]
Day = Annotated[date, Form(ge=date(1990, 1, 1), le=date(2100, 1, 1))]


@router.post("/loads/{source}/{batch_id}/decide")
def decide(
    request: Request, source: SourceName, batch_id: BatchId, csrf: Word, decision: Annotated[Literal["approve", "reject"], Form()], reason: Text
) -> Response:
    """Let a stopped batch pass, which publishes it after the request, or close it; the decision and its reason are in the trail."""
    session = gate.who(request)
    with gate.sight(request, "engineer") as connection:
        known(connection, source, batch_id)
    if not reason.strip():
        raise HTTPException(422, "parameters")
    try:
        (approve if decision == "approve" else reject)(batch_id, session.account, reason.strip())
    except ConfigError:
        raise HTTPException(409, "decided") from None
    nav.stale("/loads", session.account)
    if decision == "approve":  # Airflow's waiting task goes on by itself; where none waits, this publishes. Either finds the other's work done.
        background.begin(source, "load", lambda: load(batch_id))
    return gate.to(f"/loads/{source}/{batch_id}")


@router.post("/loads/{source}/{batch_id}/resume")
def resume(request: Request, source: SourceName, batch_id: BatchId, csrf: Word) -> Response:
    """Go on with a batch a run left behind."""
    session = gate.who(request)
    with gate.sight(request, "engineer") as connection:
        one = known(connection, source, batch_id)
        audit.record(connection, session.account, "batch.resume", batch_id)
    if one.state in ("extracting", "published", "rejected", "stopped"):
        raise HTTPException(409, "state")
    background.begin(source, "resume", lambda: run_batch(batch_id))
    return gate.to(f"/loads/{source}/{batch_id}")


@router.post("/loads/{source}/run")
def run_now(request: Request, source: SourceName, csrf: Word) -> Response:
    """Run a source: by Airflow where it is up, else by the hub itself after the request."""
    declared = sources.named(source)
    client = airflow.up()
    _note(request, "source.run", source, by="airflow" if client else "hub")
    if client:
        client.trigger(airflow.dag_of(source))
    else:
        background.begin(source, "run", lambda: run_source(declared))
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/backfill")
def backfill(request: Request, source: SourceName, csrf: Word, first: Day, last: Day) -> Response:
    """Extract the days of a dated source again, both ends included; for others the page advises the replay."""
    declared = sources.named(source)
    days = (last - first).days + 1
    if declared.extract.mode != "dated" or not 1 <= days <= MOST_DAYS:
        raise HTTPException(422, "parameters")
    client = airflow.up()
    _note(request, "source.backfill", source, by="airflow" if client else "hub", first=first.isoformat(), last=last.isoformat())
    if client:
        client.backfill(airflow.dag_of(source), first, last)
    else:
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        wanted = [(begin + timedelta(days=at), begin + timedelta(days=at + 1)) for at in range(days)]
        background.begin(source, "backfill", lambda: run_source(declared, wanted))
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/pause")
def pause(request: Request, source: SourceName, csrf: Word, paused: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Let Airflow leave a source alone, or take it up again."""
    sources.named(source)
    client = airflow.needed()
    _note(request, "source.pause" if paused == "yes" else "source.unpause", source)
    client.pause(airflow.dag_of(source), paused == "yes")
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/rerun")
def rerun(request: Request, source: SourceName, csrf: Word, run_id: RunId, only: Annotated[Literal["failed", "all"], Form()] = "all") -> Response:
    """Have Airflow do a run once more, whole or from what failed."""
    sources.named(source)
    client = airflow.needed()
    _note(request, "source.rerun", source, run=run_id)
    client.rerun(airflow.dag_of(source), run_id, only_failed=only == "failed")
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/codes")
def map_code(
    request: Request,
    source: SourceName,
    csrf: Word,
    stream: Annotated[str, Form(pattern=r"^[\w-]{1,60}$")],
    lookup: Annotated[str, Form(pattern=r"^[\w-]{1,60}$")],
    blind: Annotated[str, Form(pattern=r"^[0-9a-f]{32}$")],
    code: Annotated[str, Form(pattern=r"^[\w.-]{1,40}$")],
    reason: Text,
) -> Response:
    """Say what an unknown code means, from now on."""
    session = gate.who(request)
    sources.named(source)
    try:
        codes.map_unknown(source, stream, lookup, blind, code, session.account, reason)
    except ConfigError:
        raise HTTPException(422, "parameters") from None
    return gate.to(f"/loads/{source}")


def _note(request: Request, action: str, source: str, **detail: str) -> None:
    session = gate.who(request)
    with gate.sight(request, "engineer") as connection:
        audit.record(connection, session.account, action, source, **detail)
