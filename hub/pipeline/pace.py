"""How long and how fast somebody has been judging without a break: a hint with its figures, never a hindrance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from hub.pipeline.rules import rules
from warehouse.db import Connection, query

LATEST = 1200
"""Verdicts looked at: a long run at a fast pace has fewer."""


@dataclass(frozen=True)
class Pace:
    """A run of verdicts without a break: since when, how many, and the median seconds between the latest of them."""

    since: datetime
    verdicts: int
    minutes: int
    seconds: float
    why: str
    """`long` or `fast`."""


def pace(connection: Connection, account: str, now: datetime | None = None) -> Pace | None:
    """Give the run somebody is in when it is longer or faster than `verdicts.yml` calls calm; None otherwise, and after a break."""
    moments = [moment for (moment,) in connection.execute(query("act.pace"), {"account": account, "limit": LATEST})]
    return judged(moments, now or datetime.now(UTC))


def judged(moments: Sequence[datetime], now: datetime) -> Pace | None:
    """Say it of the moments of verdicts, the latest first."""
    told = rules()
    rest = timedelta(minutes=told.pace_break)
    run: list[datetime] = []
    for moment in moments:
        if (run[-1] if run else now) - moment > rest:
            break
        run.append(moment)
    if len(run) < told.pace_fast_count:
        return None
    latest = run[: told.pace_fast_count]
    seconds = median((after - before).total_seconds() for after, before in pairwise(latest))
    minutes = int((now - run[-1]).total_seconds() // 60)
    why = "long" if minutes >= told.pace_long else "fast" if seconds < told.pace_fast_seconds else ""
    return Pace(run[-1], len(run), minutes, seconds, why) if why else None
