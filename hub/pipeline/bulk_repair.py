"""Bulk repair of one pattern: tried on every row, proposed, approved by a second person above a size, then replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub import settings
from hub.errors import ConfigError, RefusedError
from hub.pipeline.repair_steps import Step, as_values, correction, read_steps
from hub.pipeline.trial import Candidate, Tried, try_rows
from mappings.load import load_named
from warehouse import refused, repair_plans
from warehouse.db import Connection, connect
from warehouse.refused import Opened, Pattern, RowId
from warehouse.repair_plans import Plan

MOST = 100_000
"""Rows of one bulk repair; a longer pattern is repaired in several."""


@dataclass(frozen=True)
class Shown:
    """A row before and after the steps, and what mapping and gate say of it then."""

    row: Opened
    changes: dict[str, str | None]
    tried: Tried


def try_steps(connection: Connection, which: Pattern, steps: Sequence[Step], rows: Sequence[RowId]) -> list[Shown]:
    """Try steps on rows of a pattern; nothing is written."""
    source = load_named(settings.load().sources, which.source)
    opened = refused.open_all(connection, rows)
    changes = [correction(steps, row.raw) for row in opened]
    candidates = [Candidate(row.stream, {**row.raw, **change}) for row, change in zip(opened, changes, strict=True)]
    tried = try_rows(source, candidates, refused.first_day(connection, [batch for batch, _ in rows]))
    return [Shown(*one) for one in zip(opened, changes, tried, strict=True)]


def columns_of(connection: Connection, which: Pattern) -> list[str]:
    """Give the columns the rows of a pattern have; none where they were never split."""
    [first] = refused.rows_of(connection, which, 1)
    [opened] = refused.open_all(connection, [(first.batch_id, first.row_number)])
    return [column for column in opened.original if column]


def try_all(connection: Connection, which: Pattern, steps: Sequence[Step]) -> tuple[list[RowId], int]:
    """Try steps on every row of a pattern; gives the rows they change and that then pass, and how many stay refused."""
    rows = [(row.batch_id, row.row_number) for row in refused.rows_of(connection, which, MOST)]
    shown = try_steps(connection, which, steps, rows)
    passing = [row for row, one in zip(rows, shown, strict=True) if one.changes and one.tried.passes]
    return passing, len(rows) - len(passing)


def propose(which: Pattern, values: Sequence[Mapping[str, Any]], author: str, reason: str, sight: Connection) -> Plan:
    """Try steps on every row of the pattern that the connection `sight` sees and write the plan for those that pass; a small one is applied at once."""
    steps = read_steps(values, columns_of(sight, which))
    passing, failing = try_all(sight, which, steps)
    with connect() as connection:
        plan_id = repair_plans.propose(connection, which, as_values(steps), passing, failing, author, reason)
        plan = repair_plans.get(connection, plan_id)
        if plan.alone:
            repair_plans.decide(connection, plan, "approve", author)
            _apply(connection, plan)
        return repair_plans.get(connection, plan_id)


def decide(plan_id: int, decision: Literal["approve", "reject"], author: str, sight: Connection, reason: str | None = None) -> Plan:
    """Approve a plan, which writes its corrections in the same transaction, or reject it; RefusedError for rows the connection `sight` does not see."""
    seen = repair_plans.rows_of(sight, plan_id)
    with connect() as connection:
        plan = repair_plans.get(connection, plan_id)
        if set(repair_plans.rows_of(connection, plan_id)) - set(seen):
            raise RefusedError(f"repair {plan_id}: some of its rows belong to another area; a steward of every area it touches decides it")
        if decision == "reject" and not (reason or "").strip():
            raise ConfigError(f"repair {plan_id}: a rejection needs a reason; it is what the proposer has")
        repair_plans.decide(connection, plan, decision, author, reason)
        if decision == "approve":
            _apply(connection, plan)
        return repair_plans.get(connection, plan_id)


def _apply(connection: Connection, plan: Plan) -> None:
    """Work the corrections out anew on the rows as they now are, and note them; what no longer waits is left out."""
    steps = [Step(**one) for one in repair_plans.steps_of(connection, plan)]
    rows = refused.open_all(connection, repair_plans.rows_of(connection, plan.plan_id))
    changes = {(row.batch_id, row.row_number): correction(steps, row.raw) for row in rows}
    repair_plans.write(connection, plan, {row: change for row, change in changes.items() if change})
