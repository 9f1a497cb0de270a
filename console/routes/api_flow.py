"""/api/v1/loads, /batches, /quarantine, /codes: what engineers and stewards do at the desk, for programs; masked values only."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse

from console import api, background, gate
from console.forms import BATCH, BatchId, PatternName, RowNumber, SourceName
from console.raw_rows import cells
from console.refusals import about, reason_views
from hub import settings
from hub.errors import AbsentError, ConfigError, ConfigErrors
from hub.pipeline import approve, bulk_repair, codes, load, reject, replay_quarantine
from hub.pipeline.incidents import statuses
from mappings.load import load_named, load_sources
from mappings.source import Source
from warehouse import accounts_sight, audit, batches, loads, refused, repair_plans
from warehouse.accounts_sessions import Session
from warehouse.db import connect

router = APIRouter(prefix=api.PREFIX, responses=api.RESPONSES, tags=["loads and quarantine"])
PlanId = Annotated[int, Path(ge=1, lt=2**53)]
Reason = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]


class Decision(api.Body):
    """A decision, and why."""

    decision: Literal["approve", "reject"]
    reason: Reason


class Code(api.Body):
    """What an unknown code means; `blind` is the entry's name on the work list."""

    source: Annotated[str, Field(pattern=api.SOURCE)]
    stream: Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]
    lookup: Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]
    blind: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    code: Annotated[str, Field(pattern=r"^[\w.-]{1,40}$")]
    reason: Reason


class Replay(api.Body):
    """Which rows go through mapping and gate again."""

    which: Literal["corrected", "all"] = "corrected"


class Step(api.Body):
    """One step of a bulk repair."""

    do: Annotated[str, Field(pattern=r"^[a-z_0-9]{2,20}$")]
    column: Annotated[str, Field(min_length=1, max_length=100)]
    old: Annotated[str, Field(max_length=200)] = ""
    new: Annotated[str, Field(max_length=200)] = ""


class Repair(api.Body):
    """A bulk repair of one pattern."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=12)]
    reason: Reason


@router.get("/loads")
def sources(request: Request) -> JSONResponse:
    """List the sources: state, freshness, the ledger of the last batch."""
    found = statuses(load_sources(settings.load().sources)[0])
    return api.answer({"sources": [{"source": one.source.source, "state": one.state, "within_seconds": one.within.total_seconds(), "health": one.health,
                                    "troubles": one.troubles} for one in found]})  # fmt: skip


@router.get("/loads/{source}")
def source_batches(request: Request, source: SourceName, before: Annotated[str | None, Query(pattern=BATCH)] = None, limit: api.Limit = 50) -> JSONResponse:
    """List the batches of a source, the latest first; `before` goes on after a batch."""
    with api.told(), gate.sight(request, _work(request)) as connection:
        _source(source)
        found = loads.loads(connection, source, limit=limit, before=before)
    return api.answer({"batches": found, "next": found[-1].batch_id if len(found) == limit else None})


@router.get("/batches/{batch_id}")
def batch(request: Request, batch_id: BatchId) -> JSONResponse:
    """Give a batch, its ledger by stream, and what the gate observed."""
    with api.told(), gate.sight(request, _work(request)) as connection:
        return api.answer({"batch": _load(connection, batch_id), "ledger": loads.lines(connection, batch_id)})


@router.post("/batches/{batch_id}/decision")
def decide(request: Request, batch_id: BatchId, wanted: Decision, write: api.Write) -> JSONResponse:
    """Let a stopped batch pass, or close it."""

    def do(session: Session) -> dict[str, Any]:
        with gate.sight(request, "engineer") as connection:
            source = _load(connection, batch_id).source
        (approve if wanted.decision == "approve" else reject)(batch_id, session.account, wanted.reason)
        if wanted.decision == "approve":
            background.begin(source, "load", lambda: load(batch_id))
        return {"batch_id": batch_id, "decision": wanted.decision}

    return write(do)


@router.get("/decisions")
def decisions(request: Request) -> JSONResponse:
    """List the batches that wait for a decision, and why each was stopped."""
    with gate.sight(request, _work(request)) as connection:
        return api.answer({"waiting": batches.waiting(connection)})


@router.get("/codes")
def work_list(request: Request, source: Annotated[str | None, Query(pattern=api.SOURCE)] = None) -> JSONResponse:
    """List codes nobody has explained, and what people decided."""
    with connect() as connection:
        return api.answer({"unknown": codes.unknown(connection, source), "decided": codes.overrides(connection, source)})


@router.post("/codes")
def map_code(request: Request, wanted: Code, write: api.Write) -> JSONResponse:
    """Say what a code means, from now on."""
    return write(
        lambda session: _told(lambda: codes.map_unknown(wanted.source, wanted.stream, wanted.lookup, wanted.blind, wanted.code, session.account, wanted.reason))
    )


@router.get("/quarantine")
def patterns(request: Request, source: Annotated[str | None, Query(pattern=api.SOURCE)] = None) -> JSONResponse:
    """List the patterns of refused rows that wait."""
    with gate.sight(request, _work(request)) as connection:
        found = refused.patterns(connection, source)
    return api.answer({"patterns": [{"name": one.name, **vars(one)} for one in found]})


@router.get("/quarantine/{source}/{name}")
def rows(
    request: Request, source: SourceName, name: PatternName, offset: Annotated[int, Query(ge=0, lt=10_000_000)] = 0, limit: api.Limit = 50
) -> JSONResponse:
    """List rows of a pattern, with the reasons in both languages."""
    with api.told(), gate.sight(request, _work(request)) as connection:
        which = _pattern(connection, source, name)
        found = refused.rows_of(connection, which, limit, offset)
    declared = _source(source)
    said = {at: reason_views(declared, which.stream, which.reasons, which.newest.date(), at) for at in ("zh", "en")}
    return api.answer({"pattern": {"name": name, **vars(which)}, "reasons": said, "rows": found})


@router.get("/quarantine/rows/{batch_id}/{row_number}")
def row(request: Request, batch_id: BatchId, row_number: RowNumber) -> JSONResponse:
    """Give one refused row, masked, with its history and where it loaded."""
    with gate.sight(request, _work(request)) as connection:
        if not refused.is_in_sight(connection, batch_id, row_number):
            raise HTTPException(404, "row")
    with connect() as connection:
        detail = refused.detail(connection, batch_id, row_number)
        [opened] = refused.open_all(connection, [(batch_id, row_number)])  # masked below
        audit.record(connection, gate.who(request).account, "quarantine.look", about(detail))
        proof = refused.proof(connection, detail)
    shown = [
        {"column": cell.column, "value": cell.now, "changed": cell.changed} for cell in cells(_source(detail.source).stream(detail.stream), opened, clear=False)
    ]
    return api.answer({"row": detail, "columns": shown, "proof": proof})


@router.post("/quarantine/{source}/{name}/repairs")
def propose(request: Request, source: SourceName, name: PatternName, wanted: Repair, write: api.Write) -> JSONResponse:
    """Propose a bulk repair: up to fifty rows take effect at once, more wait for a second person."""

    def do(session: Session) -> repair_plans.Plan:
        with gate.sight(request) as connection:
            which = _pattern(connection, source, name)
            return bulk_repair.propose(which, [step.model_dump() for step in wanted.steps], session.account, wanted.reason, connection)

    return write(do)


@router.get("/repairs")
def repairs(request: Request, waiting: bool = False, limit: api.Limit = 50) -> JSONResponse:
    """List bulk repairs, those that wait for a second person first."""
    with gate.sight(request, _work(request)) as connection:
        return api.answer({"repairs": repair_plans.plans(connection, waiting=waiting, limit=limit)})


@router.post("/repairs/{plan_id}/decision")
def decide_repair(request: Request, plan_id: PlanId, wanted: Decision, write: api.Write) -> JSONResponse:
    """Approve a bulk repair as the second person, or turn it down."""

    def do(session: Session) -> repair_plans.Plan:
        with gate.sight(request) as connection:
            _told(lambda: repair_plans.get(connection, plan_id))
            return bulk_repair.decide(plan_id, wanted.decision, session.account, connection, wanted.reason)

    return write(do)


@router.post("/quarantine/{source}/replay")
def replay(request: Request, source: SourceName, wanted: Replay, write: api.Write) -> JSONResponse:
    """Take waiting rows through mapping and gate again, after the answer; the batches show how far it is."""

    def do(session: Session) -> dict[str, str]:
        declared = _source(source)
        with gate.sight(request, _work(request)) as connection:
            audit.record(connection, session.account, "quarantine.replay", source, which=wanted.which)
        background.begin(source, "repair", lambda: replay_quarantine(declared, corrected=wanted.which == "corrected"))
        return {"source": source, "which": wanted.which}

    return write(do)


def _work(request: Request) -> str:
    return accounts_sight.work_of(gate.who(request)) or "steward"


def _source(name: str) -> Source:
    try:
        return load_named(settings.load().sources, name)
    except ConfigErrors:
        raise HTTPException(404, "source") from None


def _load(connection: Any, batch_id: str) -> loads.Load:
    found = loads.loads(connection, batch=batch_id)
    if not found:
        raise AbsentError(f"batch {batch_id}: not known here")
    return found[0]


def _pattern(connection: Any, source: str, name: str) -> refused.Pattern:
    return _told(lambda: refused.pattern(connection, source, name))  # type: ignore[no-any-return]


def _told(find: Any) -> Any:
    """Call what says ConfigError for something that is not there."""
    try:
        return find()
    except ConfigError as error:
        raise AbsentError(str(error)) from None
