"""Reads and writes of `ops.incident`, and of how the sources are doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.db import Connection, query


@dataclass(frozen=True)
class Health:
    """A source's last published batch; ages in seconds, None where nothing was published yet."""

    source: str
    batch_id: str | None
    age: float | None
    extracted: int | None
    accepted: int | None
    quarantined: int | None
    known_for: float
    """seconds since its first batch began"""


@dataclass(frozen=True)
class Incident:
    """What went wrong with a source, in words without values."""

    incident_id: int
    source: str
    kind: str
    subject: str
    en: str
    zh: str
    opened_at: datetime
    closed_at: datetime | None = None
    told: bool = True
    """whether somebody was told of its beginning"""


def health(connection: Connection) -> dict[str, Health]:
    """Give each source that ever had a batch, by name."""
    return {row[0]: Health(*row) for row in connection.execute(query("incident.health"))}


def age(connection: Connection) -> float:
    """Give for how many seconds this warehouse has taken batches; 0 when it has none."""
    row = connection.execute(query("incident.age")).fetchone()
    return float(row[0] or 0) if row else 0.0


def volume(connection: Connection, source: str, over: timedelta) -> int:
    """Count the rows a source brought in the last `over`."""
    [(rows,)] = connection.execute(query("incident.volume"), {"source": source, "over": over}).fetchall()
    return int(rows)


def open_ones(connection: Connection) -> list[Incident]:
    """List incidents that are not over."""
    return [Incident(*row) for row in connection.execute(query("incident.open"))]


def begin(connection: Connection, source: str, kind: str, subject: str, en: str, zh: str) -> None:
    """Open an incident; one that is open already stays as it is."""
    connection.execute(query("incident.raise"), {"source": source, "kind": kind, "subject": subject, "en": en, "zh": zh})


def end(connection: Connection, ids: list[int]) -> None:
    """Close incidents."""
    if ids:
        connection.execute(query("incident.close"), {"ids": ids})


def failures(connection: Connection, source: str) -> list[int]:
    """Give the open failures of a source or DAG."""
    return [row[0] for row in connection.execute(query("incident.failed"), {"source": source})]


def mended(connection: Connection) -> list[int]:
    """Give the open failures of sources that have published since."""
    return [row[0] for row in connection.execute(query("incident.mended"))]


def untold(connection: Connection) -> list[Incident]:
    """Give what is to be told, held for this transaction so that nobody else tells it too."""
    return [Incident(*row) for row in connection.execute(query("incident.untold"))]


def mark_told(connection: Connection, incident_id: int) -> None:
    """Record that somebody was told of all there is to tell of an incident so far."""
    connection.execute(query("incident.told"), {"incident_id": incident_id})
