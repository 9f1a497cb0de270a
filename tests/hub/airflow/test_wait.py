"""The trigger behind a stopped batch: silent while it waits, `decided` or `timeout` when it is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Literal

import pytest

from hub.airflow import wait
from hub.airflow.wait import GateTrigger
from warehouse import batches
from warehouse.db import Connection, connect

LONG = 3600.0


@pytest.fixture
def batch_id(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(wait, "POLL_SECONDS", 0.05)
    with connect() as connection:
        batch = batches.open_batch(connection, "tax", "run", None)
        batches.ask(connection, batch.batch_id, [])
    return batch.batch_id


def trigger(batch_id: str, limit: float = LONG) -> GateTrigger:
    return GateTrigger(batch_id, datetime.now(UTC).isoformat(), limit)


async def event(waiting: GateTrigger, seconds: float) -> object:
    return (await asyncio.wait_for(anext(waiting.run()), seconds)).payload


def decide(connection: Connection, batch_id: str, decision: Literal["approve", "reject"]) -> None:
    batches.decide(connection, batch_id, decision, "li", "why")


def test_it_waits_while_nobody_has_decided(batch_id: str) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(event(trigger(batch_id), 0.5))


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_decision_wakes_it(batch_id: str, decision: Literal["approve", "reject"]) -> None:
    async def both() -> object:
        waiting = asyncio.create_task(event(trigger(batch_id), 10))
        await asyncio.sleep(0.2)
        with connect() as connection:
            decide(connection, batch_id, decision)
        return await waiting

    assert asyncio.run(both()) == "decided"


def test_the_limit_counts_from_the_question(batch_id: str) -> None:
    with connect() as connection:
        connection.execute("update ops.gate_decision set asked_at = now() - interval '2 hours'")
    assert asyncio.run(event(trigger(batch_id), 10)) == "timeout"


def test_a_warehouse_that_is_away_is_asked_again(batch_id: str, warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def both() -> object:
        monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        waiting = asyncio.create_task(event(trigger(batch_id, 0.0), 10))
        await asyncio.sleep(0.2)
        monkeypatch.setenv("DATABASE_URL", warehouse)
        return await waiting

    assert asyncio.run(both()) == "timeout"
