"""An act written: its judgements and what they rest on, its pins, the places of the records it touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hub.errors import ConfigError
from hub.pipeline import consequence, placing, plans
from hub.pipeline.conflicts import Record
from hub.pipeline.plans import By, Plan
from hub.pipeline.preview import Preview
from hub.pipeline.rows import Rows, planned
from warehouse import acts, audit, identity, pins
from warehouse.db import Connection, query


def write(connection: Connection, plan: Plan, told: Preview, by: By, more: dict[str, Any]) -> int:
    """Write the act, its judgements and what they rest on; put records where they belong now."""
    what, case = plan["kind"], plans.case_id(plan)
    keys = [record for person in told.people for record in person.records]
    person_act = plans.entity(plan) == "person_record"
    placed = consequence.places(connection, keys) if person_act else {}
    detail: dict[str, Any] = {"plan": dict(plan), "before": {identity.record_id(*record): person for record, person in placed.items()}}
    detail["cases"] = [row[0] for row in connection.execute(query("act.cases_of"), {"persons": list(set(placed.values())), "case_id": case})]
    act_id = acts.add(connection, what, by.author, by.reason_code, by.comment, detail, case_id=case, **more)
    if person_act:
        acts.rest_on(connection, act_id, placing.basis(identity.person_records_of(connection, keys)))
    if what in ("pin", "unpin"):
        _write_pin(connection, plan, act_id, by)
    else:
        rows = planned(plan, told, plans.pair(plan) if what == "verdict" else None, acts.standing(connection, keys) if person_act else [])
        _write_rows(connection, act_id, rows, by, plan.get("evidence"), plans.entity(plan))
        _put(connection, plan, told, rows, set(placed.values()), case)
    audit.record(
        connection, by.author, "case.judge" if what == "verdict" else f"case.{what}", case or f"act {act_id}", by.comment or None,
        act=act_id, verdict=plan.get("verdict"), reason=by.reason_code, second=more.get("second"),
    )  # fmt: skip
    return act_id


def _put(connection: Connection, plan: Plan, told: Preview, rows: Rows, persons: set[str], case: str | None) -> None:
    """Let the act take effect on placements and on the cases that wait."""
    verdict = plan.get("verdict", "same")
    decided = list(plan["cases"]) if plan["kind"] == "bulk" else [case] if case and verdict in ("same", "different") else []
    if not persons:  # employers: placed by the next resolve
        if decided:
            connection.execute(query("act.drop_pair"), {"case_id": case})
        return
    apart = list(persons) if verdict == "different" and len(persons) > 1 and plan["kind"] != "bulk" else None
    if verdict == "same":
        placing.place(connection, {record: person.person_id for person in told.people for record in person.records})
    elif verdict == "different" and len(persons) == 1:
        placing.place(connection, placing.rematched(connection, persons))
    if verdict in ("same", "different"):
        after = persons | {person.person_id for person in told.people}
        connection.execute(query("act.settle_pairs"), {"persons": list(after), "decided": decided, "apart": apart})


def _write_rows(connection: Connection, act_id: int, rows: Rows, by: By, evidence: Mapping[str, Any] | None, entity: str) -> None:
    reason = by.comment or by.reason_code
    for old in rows.retract:
        acts.judge(connection, act_id, (old.left, old.right), old.verdict, by.author, reason, undoes=old.judgement_id)
    for left, right, verdict in rows.cores:
        acts.judge(connection, act_id, (left, right), verdict, by.author, reason, entity=entity, evidence=evidence)
    for left, right in rows.holds:
        acts.judge(connection, act_id, (left, right), "same", by.author, reason, holds=True)


def _write_pin(connection: Connection, plan: Plan, act_id: int, by: By) -> None:
    record = plans.pinned_record(connection, plan)
    if plan["kind"] == "pin":
        until = date.fromisoformat(plan["until"]) if plan["until"] else None
        pins.add(connection, act_id, *record, plan["field"], until, by.author)
    elif not pins.end(connection, plan["pin"], act_id):
        raise ConfigError(f"pin {plan['pin']}: ended already")
    refresh_golden(connection, record)


def refresh_golden(connection: Connection, record: Record) -> None:
    """Compute the golden record of the person of a record anew."""
    person = consequence.places(connection, [record])[record]
    placing.refresh(connection, [person], placing.members(connection, [person]))
