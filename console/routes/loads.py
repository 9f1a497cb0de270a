"""Loads: sources and their batches, what the gate saw, stopped batches to decide, codes to map, and Airflow asked to do things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from cron_descriptor import Options, get_description
from croniter import croniter
from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from console import background, gate, nav, trends
from console.page import Key, language_of, page
from console.routes.quarantine import BATCH, BatchId, SourceName, Text, Word
from console.words import N_
from hub import settings
from hub.airflow.client import Client, Dag
from hub.airflow.reach import reach
from hub.errors import ConfigError, ConfigErrors, HubError
from hub.pipeline import approve, codes, load, reject, run_batch, run_source
from hub.pipeline.incidents import statuses
from mappings.load import load_named, load_sources
from mappings.source import Source
from warehouse import accounts_sight, audit, batches, loads, refused
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

router = APIRouter()
BATCHES, LAST = 20, 14
MOST_DAYS = 62
DAILY = re.compile(r"([0-9]{1,2}) ([0-9]{1,2}) \* \* \*")
WEEKDAYS = {"Monday": "周一", "Tuesday": "周二", "Wednesday": "周三", "Thursday": "周四", "Friday": "周五", "Saturday": "周六", "Sunday": "周日"}
"""The library's Chinese leaves the names of days in the server's language."""
"""Days of one backfill."""
RunId = Annotated[str, Form(pattern=r"^[A-Za-z0-9_.:+~-]{1,200}$")]
Day = Annotated[date, Form(ge=date(1990, 1, 1), le=date(2100, 1, 1))]
KEYS = (Key(("↑", "↓"), N_("choose a source")), Key(("Enter",), N_("open")), Key(("T",), N_("run now")), Key(("L",), N_("log")))


@nav.counts("/loads", hot=True)
def stopped(connection: Connection, _: Session) -> int:
    """Count batches that wait for a decision."""
    return len(batches.waiting(connection))


@dataclass(frozen=True)
class Answer:
    """What Airflow said: a DAG, that there is none, or why it says nothing."""

    up: bool
    url: str = ""
    dag: Dag | None = None
    said: str = ""


@router.get("/loads")
def show_loads(request: Request) -> Response:
    """Show every source, the batches that wait for a decision, and the codes nobody has explained."""
    session = gate.who(request)
    found = statuses(_sources())
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        latest = loads.latest(connection, LAST)
        waiting = [one for item in batches.waiting(connection) for one in loads.loads(connection, batch=item.batch_id)]
        unfinished = loads.unfinished(connection)
    with connect() as connection:  # the values of codes are sealed; `codes` opens what looks like a code and nothing else
        unknown = codes.unknown(connection)
    lines = [(one, latest.get(one.source.source, []), when(one.source, language_of(request))) for one in found]
    stops = [(one, _stop_view(one, latest.get(one.source, []))) for one in waiting]
    targets = {(one.source, one.lookup): _targets(one.source, one.lookup) for one in unknown}
    values: dict[str, Any] = {"lines": lines, "stops": stops, "unfinished": unfinished, "unknown": unknown, "targets": targets, "names": _names(request)}
    return page(request, "loads", keys=KEYS, is_engineer=_engineer(session), late=[one for one in found if one.troubles], trends=trends, **values)


@router.get("/airflow")
def show_airflow(request: Request, source: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{1,40}$")] = None) -> Response:
    """Say how Airflow is, and what it has of one source: a part of a page, fetched after it."""
    declared = _source(source) if source else None
    return page(request, "loads_airflow", answer=ask(declared), source=declared, is_engineer=_engineer(gate.who(request)))


@router.get("/loads/{source}")
def show_source(request: Request, source: SourceName, before: Annotated[str | None, Query(pattern=BATCH)] = None) -> Response:
    """Show one source: batches, trends with their figures, drift, codes, and what can be done."""
    session, declared = gate.who(request), _source(source)
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
        "doing": status, "source": declared, "when": when(declared, language_of(request)), "drawn": drawn, "empties": trends.empties(recent),
        "shifts": trends.shifts(recent), "unmapped": trends.unmapped(recent[-1] if recent else None), "listed": listed, "unfinished": unfinished,
        "stops": [(one, _stop_view(one, recent)) for one in waiting], "unknown": unknown, "decided": decided, "recent": recent, "refused_rows": refused_rows,
        "targets": {(one.source, one.lookup): _targets(one.source, one.lookup) for one in unknown}, "names": _names(request), "size": BATCHES,
    }  # fmt: skip
    return page(request, "loads_source", keys=KEYS[2:], is_engineer=_engineer(session), **values)


@router.get("/loads/{source}/mapping.yml")
def mapping_text(request: Request, source: SourceName) -> Response:
    """Give the source's file with every mapped code in its lookups."""
    _source(source)
    headers = {"Content-Disposition": f'attachment; filename="{source}.yml"'}
    return Response(codes.exported(source), media_type="application/yaml; charset=utf-8", headers=headers)


@router.get("/loads/{source}/{batch_id}")
def show_batch(request: Request, source: SourceName, batch_id: BatchId) -> Response:
    """Show one batch: its ledger by stream, what the gate observed, the decision on it."""
    session, declared = gate.who(request), _source(source)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        one = _batch(connection, source, batch_id)
        lines = loads.lines(connection, batch_id)
        recent = loads.latest(connection, LAST).get(source, [])
    values: dict[str, Any] = {"one": one, "lines": lines, "source": declared, "names": _names(request), "view": _stop_view(one, recent)}
    return page(request, "loads_batch", is_engineer=_engineer(session), **values)


@router.post("/loads/{source}/{batch_id}/decide")
def decide(
    request: Request, source: SourceName, batch_id: BatchId, csrf: Word, decision: Annotated[Literal["approve", "reject"], Form()], reason: Text
) -> Response:
    """Let a stopped batch pass, which publishes it after the request, or close it; the decision and its reason are in the trail."""
    session = gate.who(request)
    with gate.sight(request, "engineer") as connection:
        _batch(connection, source, batch_id)
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
        one = _batch(connection, source, batch_id)
        audit.record(connection, session.account, "batch.resume", batch_id)
    if one.state in ("extracting", "published", "rejected", "stopped"):
        raise HTTPException(409, "state")
    background.begin(source, "resume", lambda: run_batch(batch_id))
    return gate.to(f"/loads/{source}/{batch_id}")


@router.post("/loads/{source}/run")
def run_now(request: Request, source: SourceName, csrf: Word) -> Response:
    """Run a source: by Airflow where it is up, else by the hub itself after the request."""
    declared = _source(source)
    client = _up()
    _note(request, "source.run", source, by="airflow" if client else "hub")
    if client:
        client.trigger(_dag(source))
    else:
        background.begin(source, "run", lambda: run_source(declared))
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/backfill")
def backfill(request: Request, source: SourceName, csrf: Word, first: Day, last: Day) -> Response:
    """Extract the days of a dated source again, both ends included; for others the page advises the replay."""
    declared = _source(source)
    days = (last - first).days + 1
    if declared.extract.mode != "dated" or not 1 <= days <= MOST_DAYS:
        raise HTTPException(422, "parameters")
    client = _up()
    _note(request, "source.backfill", source, by="airflow" if client else "hub", first=first.isoformat(), last=last.isoformat())
    if client:
        client.backfill(_dag(source), first, last)
    else:
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
        wanted = [(begin + timedelta(days=at), begin + timedelta(days=at + 1)) for at in range(days)]
        background.begin(source, "backfill", lambda: run_source(declared, wanted))
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/pause")
def pause(request: Request, source: SourceName, csrf: Word, paused: Annotated[Literal["yes", "no"], Form()]) -> Response:
    """Let Airflow leave a source alone, or take it up again."""
    _source(source)
    client = _needed()
    _note(request, "source.pause" if paused == "yes" else "source.unpause", source)
    client.pause(_dag(source), paused == "yes")
    return gate.to(f"/loads/{source}")


@router.post("/loads/{source}/rerun")
def rerun(request: Request, source: SourceName, csrf: Word, run_id: RunId, only: Annotated[Literal["failed", "all"], Form()] = "all") -> Response:
    """Have Airflow do a run once more, whole or from what failed."""
    _source(source)
    client = _needed()
    _note(request, "source.rerun", source, run=run_id)
    client.rerun(_dag(source), run_id, only_failed=only == "failed")
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
    _source(source)
    try:
        codes.map_unknown(source, stream, lookup, blind, code, session.account, reason)
    except ConfigError:
        raise HTTPException(422, "parameters") from None
    return gate.to(f"/loads/{source}")


def ask(source: Source | None) -> Answer:
    """Ask Airflow how it is, and what it has of a source; never raises for an Airflow that is away."""
    try:
        client = reach()
        if client is None:
            return Answer(False, said="none")
        missing = client.unhealthy()
        if "api_server" in missing:
            return Answer(False, client.url, said="away")
        return Answer(not missing, client.url, client.dag(_dag(source.source)) if source else None, ", ".join(missing))
    except HubError as error:
        return Answer(False, said=type(error).__name__)


def _up() -> Client | None:
    client = reach()
    return client if client and "api_server" not in client.unhealthy() else None


def _needed() -> Client:
    client = _up()
    if client is None:
        raise HTTPException(409, "airflow")
    return client


def _dag(source: str) -> str:
    return f"ingest_{source}"


def _note(request: Request, action: str, source: str, **detail: str) -> None:
    session = gate.who(request)
    with gate.sight(request, "engineer") as connection:
        audit.record(connection, session.account, action, source, **detail)


@dataclass(frozen=True)
class When:
    """A schedule in words, and the next moment by it."""

    said: str
    next_at: str
    """by the clock of the schedules"""


def when(source: Source, language: str) -> When:
    """Say when a source runs; what cannot be said in words stays as it is written."""
    next_at: datetime = croniter(source.schedule, datetime.now(ZoneInfo(settings.load().timezone))).get_next(datetime)
    return When(_described(source.schedule, language), f"{next_at:%Y-%m-%d %H:%M}")


@lru_cache(maxsize=256)
def _described(schedule: str, language: str) -> str:
    options = Options()
    options.locale_code = "zh_CN" if language == "zh" else "en_US"
    options.use_24hour_time_format = True
    daily = DAILY.fullmatch(schedule)
    if daily:
        time = f"{int(daily[2]):02d}:{int(daily[1]):02d}"
        return f"每日 {time}" if language == "zh" else f"daily at {time}"
    try:
        said = str(get_description(schedule, options))
    except Exception:  # the library raises its own kinds for what it cannot say
        return schedule
    return said if language == "en" else reduce(lambda text, name: text.replace(*name), WEEKDAYS.items(), said)


def _stop_view(one: loads.Load, recent: list[loads.Load]) -> dict[str, Any]:
    """What a person who decides on a stopped batch needs: each limit broken, beside what was usual."""
    before = [each for each in recent if each.batch_id != one.batch_id]
    return {"stops": one.stops or [], "rows": trends.rows([*before, one]), "ended": trends.ended([*before, one], 0.01)}


def _engineer(session: Session) -> bool:
    return "engineer" in session.roles


def _sources() -> list[Source]:
    return load_sources(settings.load().sources)[0]


def _names(request: Request) -> dict[str, str]:
    zh = language_of(request) == "zh"
    return {source.source: source.department.zh if zh else source.department.en for source in _sources()}


def _source(name: str) -> Source:
    try:
        return load_named(settings.load().sources, name)
    except ConfigErrors:
        raise HTTPException(404, "source") from None


def _batch(connection: Connection, source: str, batch_id: str) -> loads.Load:
    found = loads.loads(connection, source, batch=batch_id)
    if not found:
        raise HTTPException(404, "batch")
    return found[0]


def _targets(source: str, lookup: str) -> dict[str, str]:
    try:
        return codes.targets(load_named(settings.load().sources, source), lookup)
    except ConfigErrors:
        return {}
