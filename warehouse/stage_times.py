"""What stages of the flow cost, a line for each call: for the demo's screen and for whoever asks what sealing costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from warehouse.db import Connection, query


@dataclass(frozen=True)
class Cost:
    """CPU seconds of all calls of a stage, and of them those spent on sealing, opening and keyed hashes."""

    stage: str
    calls: int
    cpu: float
    sealing: float


def add(connection: Connection, stage: str, cpu: float, sealing: float) -> None:
    """Keep what one call cost."""
    connection.execute(query("stage_time.add"), {"stage": stage, "cpu": cpu, "sealing": sealing})


def since(connection: Connection, moment: datetime) -> list[Cost]:
    """Give the cost of each stage since a moment."""
    return [Cost(*row) for row in connection.execute(query("stage_time.since"), {"moment": moment})]
