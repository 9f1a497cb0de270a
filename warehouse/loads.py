"""What engineers watch: batches with state and ledger, and what the gate observed of them over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse import ledger
from warehouse.db import Connection, query
from warehouse.ledger import Line

COUNTS = ("extracted", "accepted", "quarantined", "unchanged", "superseded", "out_of_scope")


@dataclass(frozen=True)
class Load:
    """One batch: how far it came, and its ledger as last published (None before)."""

    batch_id: str
    source: str
    kind: str
    state: str
    interval_start: datetime | None
    started_at: datetime
    published_at: datetime | None
    replay: int
    extracted: int | None
    accepted: int | None
    quarantined: int | None
    unchanged: int | None
    superseded: int | None
    out_of_scope: int | None
    ended: int | None
    metrics: Mapping[str, Any] | None
    decision: str | None
    decided_by: str | None
    decided_reason: str | None
    stops: list[dict[str, Any]] | None


@dataclass(frozen=True)
class Day:
    """What was published on one day."""

    day: str
    extracted: int
    accepted: int
    quarantined: int
    unchanged: int


def loads(connection: Connection, source: str | None = None, *, batch: str | None = None, limit: int = 30, before: str | None = None) -> list[Load]:
    """List batches, the latest started first; `before` is the batch the list goes on after."""
    values = {"source": source, "batch": batch, "limit": limit, "before": before}
    return [Load(*row) for row in connection.execute(query("loads.list"), values)]


def latest(connection: Connection, each: int = 14) -> dict[str, list[Load]]:
    """Give the last ordinary batches of every source, oldest first."""
    found: dict[str, list[Load]] = {}
    for row in connection.execute(query("loads.latest"), {"each": each}):
        one = Load(*row)
        found.setdefault(one.source, []).append(one)
    return found


def days(connection: Connection, count: int = 30) -> list[Day]:
    """Count rows published by day, every day of the last `count` once."""
    return [Day(*row) for row in connection.execute(query("loads.days"), {"days": count})]


def unfinished(connection: Connection) -> list[Load]:
    """List batches a run left between extraction and publication, but for those that wait for a decision."""
    return [Load(*row) for row in connection.execute(query("loads.unfinished"))]


def lines(connection: Connection, batch_id: str) -> list[Line]:
    """Give the ledger of one batch by stream."""
    return ledger.lines(connection, batch=batch_id)
