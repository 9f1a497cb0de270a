"""One refused row beside the mapping that refused it: opened for a purpose, tried while typing, repaired."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from console import gate, nav, refusals, sources
from console.forms import BatchId, Fields, RowNumber, Text, Word
from console.page import Key, language_of, page
from console.raw_rows import cells
from console.words import N_
from hub.pipeline.trial import Candidate, Tried, try_rows
from mappings.masks import mask
from mappings.source import Source
from warehouse import accounts_sight, audit, quarantine, refused
from warehouse.db import connect
from warehouse.refused import Detail, Opened, Pattern

router = APIRouter(prefix="/quarantine")


@router.get("/row/{batch_id}/{row_number}")
def show_row(request: Request, batch_id: BatchId, row_number: RowNumber) -> Response:
    """Show one refused row beside the mapping, its reasons in words, its history, and where it loaded."""
    session = gate.who(request)
    detail, row = _row(request, batch_id, row_number)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        side = refusals.side(request, connection, Pattern(detail.source, detail.stream, detail.reasons, 0, 0, detail.recorded_at, detail.recorded_at, 0).name)
        opened = bool(side["is_steward"]) and accounts_sight.is_open(connection, session, refusals.about(detail))
    with connect() as connection:
        proof = refused.proof(connection, detail)
    declared = sources.named(detail.source)
    day = (detail.interval_start or detail.recorded_at).date()
    reasons = refusals.reason_views(declared, detail.stream, detail.reasons, day, language_of(request))
    values: dict[str, Any] = {
        "detail": detail, "cells": cells(declared.stream(detail.stream), row, clear=opened), "reasons": reasons, "proof": proof, "opened": opened,
        "passages": refusals.passages(declared, detail.stream, reasons), "unread": "" in row.original, "may_open": bool(side["is_steward"]),
        "wrong": {column for one in reasons for column in one["columns"]}, "does": refusals.DOES,
    }  # fmt: skip
    return page(request, "quarantine_row", keys=(Key(("V",), N_("open the row")), Key(("S",), N_("keep the correction"))), **values, **side)


@router.post("/row/{batch_id}/{row_number}/open")
def open_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, purpose: Text) -> Response:
    """Open a raw row for a purpose; who, when and why is logged."""
    session = gate.who(request)
    detail, _ = _row(request, batch_id, row_number)
    accounts_sight.open_record(session, refusals.about(detail), purpose)
    return gate.to(f"/quarantine/row/{batch_id}/{row_number}")


@router.post("/row/{batch_id}/{row_number}/try")
def try_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, form: Fields) -> Response:
    """Say what mapping and gate would say of the row as typed; nothing is written."""
    detail, row = _row(request, batch_id, row_number)
    changes = _typed(row, form)
    declared = sources.named(detail.source)
    day = (detail.interval_start or detail.recorded_at).date()
    tried = _try(declared, row, {**row.raw, **changes}, day)
    made = [(entity, {name: mask(entity, name, value) for name, value in record.items() if value is not None}) for entity, record in tried.records]
    reasons = refusals.reason_views(declared, detail.stream, list(tried.reasons), day, language_of(request))
    findings = refusals.reason_views(declared, detail.stream, list(tried.findings), day, language_of(request))
    return page(request, "quarantine_verdict", tried=tried, reasons=reasons, findings=findings, made=made, changed=sorted(changes))


@router.post("/row/{batch_id}/{row_number}/repair")
def repair_row(request: Request, batch_id: BatchId, row_number: RowNumber, csrf: Word, reason: Text, form: Fields) -> Response:
    """Keep a correction of a row; the original stays as it came."""
    session = gate.who(request)
    detail, row = _row(request, batch_id, row_number)
    changes = _typed(row, form)
    if not changes or not reason.strip() or detail.state != "open":
        raise HTTPException(422, "parameters")
    with gate.sight(request) as connection:
        quarantine.repair(connection, batch_id, row_number, changes, session.account, reason.strip())
    nav.stale("/quarantine", session.account)
    return gate.to(f"/quarantine/row/{batch_id}/{row_number}")


def _row(request: Request, batch_id: str, row_number: int) -> tuple[Detail, Opened]:
    """Open a refused row in sight for the work of a page, which masks it, and write that down."""
    session = gate.who(request)
    with gate.sight(request, accounts_sight.work_of(session) or "steward") as connection:
        if not refused.is_in_sight(connection, batch_id, row_number):
            raise HTTPException(404, "row")
    with connect() as connection:
        detail = refused.detail(connection, batch_id, row_number)
        [row] = refused.open_all(connection, [(batch_id, row_number)])
        audit.record(connection, session.account, "quarantine.look", refusals.about(detail))
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
