"""The gate's stop in Airflow: a deferred task has no process; one coroutine in the triggerer asks for the decision.

Airflow's own human-in-the-loop is not used: a decision is a row of `ops.gate_decision`, made by `hub gate` or the console.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from airflow.triggers.base import BaseTrigger, TriggerEvent

from hub.errors import HubError
from warehouse.db import query
from warehouse.server import database_url

POLL_SECONDS = 3.0
SETTLE = timedelta(seconds=10)
"""Airflow loses a task that is woken before the scheduler has seen it defer (seen within 1.5 s): never wake one earlier than this."""


class GateTrigger(BaseTrigger):
    """Waits until a batch is no longer stopped (event `decided`) or its time is over (event `timeout`)."""

    def __init__(self, batch_id: str, not_before: str, limit_seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.batch_id, self.not_before, self.limit_seconds = batch_id, not_before, limit_seconds

    @classmethod
    def now(cls, batch_id: str, limit: timedelta) -> GateTrigger:
        """Make the trigger of a batch that was stopped this moment."""
        return cls(batch_id, (datetime.now(UTC) + SETTLE).isoformat(), limit.total_seconds())

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Say how the triggerer makes this trigger again."""
        return "hub.airflow.wait.GateTrigger", {"batch_id": self.batch_id, "not_before": self.not_before, "limit_seconds": self.limit_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask every few seconds; a warehouse that is away for a while is asked again."""
        early = (datetime.fromisoformat(self.not_before) - datetime.now(UTC)).total_seconds()
        await asyncio.sleep(max(early, 0))
        while (event := await self._answer()) is None:
            await asyncio.sleep(POLL_SECONDS)
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]

    async def _answer(self) -> str | None:
        try:
            url = await asyncio.to_thread(database_url)
            async with await psycopg.AsyncConnection.connect(url) as connection:
                values = {"batch_id": self.batch_id, "limit": timedelta(seconds=self.limit_seconds)}
                row = await (await connection.execute(query("incident.waits"), values)).fetchone()
        except (psycopg.Error, HubError):
            return None
        if row is None or not row[0]:
            return "decided"
        return "timeout" if row[1] else None
