"""Batches and their states in `ops.batch`: the thread every stage picks up by `batch_id`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from hub.errors import ConfigError
from warehouse.db import Connection, query

Kind = Literal["run", "backfill", "repair"]
PER_DAY = 100
"""Extractions of one interval that a dated source's sequence (YYYYMMDDnn) has room for."""


@dataclass(frozen=True)
class Batch:
    """One extraction of one source."""

    batch_id: str
    source: str
    sequence: int
    kind: Kind
    state: str = "extracting"
    interval_start: datetime | None = None
    interval_end: datetime | None = None
    mapping_hash: str | None = None
    replay: int = 0
    metrics: Mapping[str, Any] | None = None


def batch_name(source: str, sequence: int) -> str:
    """Give the id of a batch: source and sequence, so that it reads and sorts by itself."""
    return f"{source}-{sequence:06d}"


def open_batch(connection: Connection, source: str, kind: Kind, interval: tuple[datetime, datetime] | None) -> Batch:
    """Begin a batch; dated sources are ordered by their interval, so that a backfill in any order gives one result."""
    low, high = (0, 2**62) if interval is None else (base := int(interval[0].strftime("%Y%m%d")) * PER_DAY, base + PER_DAY)
    [(last,)] = connection.execute(query("batch.last_sequence"), {"source": source, "low": low, "high": high}).fetchall()
    sequence = max(int(last), low) + 1
    if sequence >= high:
        raise ConfigError(f"{source}: interval {interval and interval[0]:%Y-%m-%d} was extracted {PER_DAY - 1} times; look at why before doing so again")
    start, end = interval or (None, None)
    batch = Batch(batch_name(source, sequence), source, sequence, kind, interval_start=start, interval_end=end)
    connection.execute(query("batch.open"), vars(batch))
    return batch


def adopt(connection: Connection, batch: Batch, started_at: datetime) -> None:
    """Enter a batch that is known from its landed files only."""
    connection.execute(query("batch.adopt"), {**vars(batch), "started_at": started_at})


def get(connection: Connection, batch_id: str) -> Batch:
    """Give one batch; an unknown id is a ConfigError."""
    row = connection.execute(query("batch.get"), {"batch_id": batch_id}).fetchone()
    if row is None:
        raise ConfigError(f"batch {batch_id}: not known here; `hub ledger` lists the batches")
    return Batch(*row)


def unfinished(connection: Connection, source: str) -> list[str]:
    """Batches of a source that are neither published nor rejected, oldest first."""
    return [row[0] for row in connection.execute(query("batch.unfinished"), {"source": source})]


def of_interval(connection: Connection, source: str, start: datetime) -> str | None:
    """Give the published batch of a data interval, the latest if there are several."""
    row = connection.execute(query("batch.interval"), {"source": source, "interval_start": start}).fetchone()
    return None if row is None else str(row[0])


def set_state(connection: Connection, batch_id: str, state: str) -> None:
    """Record that a batch has come to `state`."""
    connection.execute(query("batch.set_state"), {"batch_id": batch_id, "state": state})


def begin_replay(connection: Connection, batch: Batch) -> Batch:
    """Open a landed batch for another publication."""
    if batch.state == "published":
        connection.execute(query("batch.begin_replay"), {"batch_id": batch.batch_id})
        return replace(batch, state="landed", replay=batch.replay + 1)
    set_state(connection, batch.batch_id, "landed")
    return replace(batch, state="landed")


def ask(connection: Connection, batch_id: str, stops: list[dict[str, Any]]) -> None:
    """Stop a batch until a person decides."""
    connection.execute(query("batch.ask"), {"batch_id": batch_id, "stops": Jsonb(stops)})
    set_state(connection, batch_id, "stopped")


def decide(connection: Connection, batch_id: str, decision: Literal["approve", "reject"], author: str, reason: str) -> None:
    """Write the decision on a stopped batch; a second decision is refused."""
    values = {"batch_id": batch_id, "decision": decision, "author": author, "reason": reason}
    if not connection.execute(query("batch.decide"), values).rowcount:
        raise ConfigError(f"batch {batch_id}: no decision is waiting; `hub gate list` shows what is")
    set_state(connection, batch_id, "approved" if decision == "approve" else "rejected")


@dataclass(frozen=True)
class Decision:
    """What a person decided on a stopped batch (`decision` is None while it waits)."""

    decision: str | None
    author: str | None
    reason: str | None
    stops: list[dict[str, Any]]


def decision(connection: Connection, batch_id: str) -> Decision | None:
    """Give the decision row of a batch, None if the gate never stopped it."""
    row = connection.execute(query("batch.decision"), {"batch_id": batch_id}).fetchone()
    return None if row is None else Decision(*row)


@dataclass(frozen=True)
class Waiting:
    """A stopped batch that nobody has decided yet."""

    batch_id: str
    source: str
    asked_at: datetime
    stops: list[dict[str, Any]]


def waiting(connection: Connection) -> list[Waiting]:
    """List the stopped batches without a decision, oldest first."""
    return [Waiting(*row) for row in connection.execute(query("batch.waiting"))]


def set_metrics(connection: Connection, batch_id: str, metrics: Mapping[str, Any]) -> None:
    """Keep what the gate observed, for drift and trends."""
    connection.execute(query("batch.set_metrics"), {"batch_id": batch_id, "metrics": json.dumps(metrics)})


def last_metrics(connection: Connection, batch: Batch) -> dict[str, Any] | None:
    """Give what the gate observed of the source's last published batch before this one."""
    row = connection.execute(query("batch.last_metrics"), {"source": batch.source, "sequence": batch.sequence}).fetchone()
    return None if row is None else dict(row[0])


def latest_metrics(connection: Connection, source: str) -> dict[str, Any]:
    """Give what the gate observed of the source's last published batch, nothing if there is none."""
    row = connection.execute(query("batch.last_metrics"), {"source": source, "sequence": 2**62}).fetchone()
    return {} if row is None else dict(row[0])


def overrides(connection: Connection, source: str) -> tuple[dict[str, dict[str, str]], int | None]:
    """Give lookup -> value -> code as people mapped them, and the id of the last one."""
    tables: dict[str, dict[str, str]] = {}
    last: int | None = None
    for lookup, value, code, override_id in connection.execute(query("batch.overrides"), {"source": source}):
        tables.setdefault(lookup, {})[value] = code
        last = max(override_id, last or 0)
    return tables, last


def watermarks(connection: Connection, source: str) -> dict[str, str]:
    """Give the watermark of each stream of a cursor source."""
    return dict(connection.execute(query("batch.watermarks"), {"source": source}).fetchall())
