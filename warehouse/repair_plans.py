"""Bulk repairs: proposed by one person for the rows of a pattern, approved by another above a size, applied row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import polars as pl

from hub import crypto
from hub.errors import ConfigError, RefusedError
from warehouse import audit
from warehouse.copy import copy_in
from warehouse.db import Connection, query
from warehouse.quarantine import raw_context
from warehouse.refused import Pattern, RowId

ALONE = 50
"""Rows one person may repair in bulk; above, a second one approves."""


@dataclass(frozen=True)
class Plan:
    """A bulk repair; its steps are opened apart."""

    plan_id: int
    source: str
    stream: str
    reasons: list[str]
    columns: list[str]
    passing: int
    failing: int
    alone: bool
    author: str
    reason: str
    recorded_at: datetime
    decision: str | None
    decided_by: str | None
    decided_reason: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """What became of a plan's rows: rows by quarantine state, and the repair batches with state and rows."""

    states: dict[str, int]
    batches: tuple[tuple[str, str, int], ...]


def plan_context(source: str, stream: str) -> bytes:
    """Bind the sealed steps of a plan to the rows they are for."""
    return f"repair-plan/{source}/{stream}".encode()


def propose(
    connection: Connection, which: Pattern, steps: Sequence[Mapping[str, str]], passing: Sequence[RowId], failing: int, author: str, reason: str
) -> int:
    """Write a bulk repair of the rows that passed its trial, and give its number; ConfigError without a row or a reason."""
    if not passing or not reason.strip():
        raise ConfigError("a bulk repair needs a reason and at least one row that passes with it")
    columns = list(dict.fromkeys(step["column"] for step in steps))
    [sealed] = crypto.seal([json.dumps(list(steps), ensure_ascii=False)], plan_context(which.source, which.stream))
    values = {
        "source": which.source, "stream": which.stream, "reasons": which.reasons, "columns": columns, "sealed": sealed, "passing": len(passing),
        "failing": failing, "alone": len(passing) <= ALONE, "author": author, "reason": reason.strip()[:500],
    }  # fmt: skip
    [(plan_id,)] = connection.execute(query("repair.propose"), values).fetchall()
    rows = pl.DataFrame({"batch_id": [batch for batch, _ in passing], "row_number": [row for _, row in passing]})
    copy_in(connection, ("ops", "repair_plan_row"), rows.select(pl.lit(plan_id).alias("plan_id"), "batch_id", "row_number"))
    audit.record(connection, author, "repair.propose", f"repair {plan_id}", reason, rows=len(passing), columns=columns)
    return int(plan_id)


def plans(connection: Connection, *, source: str | None = None, waiting: bool = False, limit: int = 50) -> list[Plan]:
    """List bulk repairs, those that wait for a second person first."""
    values = {"plan_id": None, "source": source, "waiting": waiting, "limit": limit}
    return [Plan(*row) for row in connection.execute(query("repair.plans"), values)]


def get(connection: Connection, plan_id: int) -> Plan:
    """Give one bulk repair; ConfigError when there is none of this number."""
    row = connection.execute(query("repair.plans"), {"plan_id": plan_id, "source": None, "waiting": False, "limit": 1}).fetchone()
    if row is None:
        raise ConfigError(f"repair {plan_id}: not known; the list shows what there is")
    return Plan(*row)


def steps_of(connection: Connection, plan: Plan) -> list[dict[str, str]]:
    """Open the steps of a bulk repair; they may hold values."""
    [(sealed,)] = connection.execute(query("repair.plan_steps"), {"plan_id": plan.plan_id}).fetchall()
    [text] = crypto.unseal([sealed], plan_context(plan.source, plan.stream))
    steps: list[dict[str, str]] = json.loads(text or "[]")
    return steps


def rows_of(connection: Connection, plan_id: int, *, seed: int = 0, limit: int | None = None) -> list[RowId]:
    """Give the rows of a plan that still wait; with `limit` some of them."""
    if limit is None:
        return connection.execute(query("repair.plan_rows"), {"plan_id": plan_id}).fetchall()
    return connection.execute(query("repair.plan_sample"), {"plan_id": plan_id, "seed": str(seed), "limit": limit}).fetchall()


def progress(connection: Connection, plan_id: int) -> Progress:
    """Say what became of a plan's rows."""
    states: dict[str, int] = dict(connection.execute(query("repair.plan_state"), {"plan_id": plan_id}).fetchall())
    return Progress(states, tuple(connection.execute(query("repair.plan_batches"), {"plan_id": plan_id}).fetchall()))


def decide(connection: Connection, plan: Plan, decision: Literal["approve", "reject"], author: str, reason: str | None = None) -> None:
    """Write the decision, once; RefusedError when the proposer would approve what needs a second person."""
    if decision == "approve" and not plan.alone and author == plan.author:
        raise RefusedError(f"repair {plan.plan_id}: a second person has to approve it, not who proposed it")
    values = {"plan_id": plan.plan_id, "decision": decision, "author": author, "reason": reason}
    if connection.execute(query("repair.decide_plan"), values).fetchone() is None:
        raise ConfigError(f"repair {plan.plan_id}: was decided before; the list shows by whom")
    audit.record(connection, author, f"repair.{decision}", f"repair {plan.plan_id}", reason, rows=plan.passing)


def write(connection: Connection, plan: Plan, corrections: Mapping[RowId, Mapping[str, Any]]) -> None:
    """Note the correction of every row of an approved plan, in the name of who proposed it."""
    ids = list(corrections)
    sealed = crypto.seal([json.dumps(corrections[one], ensure_ascii=False) for one in ids], [raw_context(*one) for one in ids])
    frame = pl.DataFrame(
        {"batch_id": [batch for batch, _ in ids], "row_number": [row for _, row in ids], "sealed": sealed}, schema_overrides={"sealed": pl.Binary}
    )
    shared = {"author": plan.author, "reason": plan.reason, "plan_id": plan.plan_id}
    copy_in(connection, ("ops", "repair"), frame.with_columns(pl.lit(value).alias(name) for name, value in shared.items()))
