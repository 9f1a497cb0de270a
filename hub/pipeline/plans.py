"""An act before it is done: what it is about, what it would do, why a second person is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.errors import AbsentError, ChangedError
from hub.pipeline import cases, consequence
from hub.pipeline.conflicts import Record
from hub.pipeline.preview import Preview, changed_since
from hub.pipeline.rules import rules
from warehouse.db import Connection, query

Plan = Mapping[str, Any]
"""What an act is about, as a proposal keeps it: kind and the ids it needs."""


@dataclass(frozen=True)
class Decided:
    """What became of an act: done (`act_id`), or waiting for a second person (`proposal_id`, and why)."""

    act_id: int | None
    proposal_id: int | None
    blocking: tuple[str, ...] = ()


@dataclass(frozen=True)
class By:
    """Who acts, why, and what they had seen (the token of a preview; None where nothing was shown)."""

    author: str
    reason_code: str
    comment: str = ""
    token: str | None = None


def told(connection: Connection, plan: Plan) -> Preview:
    """Say what the act would do, by the state of now."""
    if plan["kind"] == "verdict":
        left, right = pair(plan)
        if entity(plan) != "person_record":
            return Preview("verdict", (), (), (), (), "")
        return consequence.preview_pair(connection, left, right, None)
    if plan["kind"] == "bulk":
        return consequence.compared(connection, [(_record(left), _record(right)) for left, right in plan["pairs"]])
    if plan["kind"] == "undo":
        return consequence.as_it_stands(connection, records(plan))
    if plan["kind"] == "merge":
        return consequence.preview_merge(connection, plan["persons"], None)
    if plan["kind"] == "split":
        return consequence.preview_split(connection, plan["person"], records(plan), None)
    if plan["kind"] == "move":
        return consequence.preview_move(connection, plan["person"], records(plan), plan["to"], None)
    record = pinned_record(connection, plan)
    return replace(consequence.preview_pair(connection, record, record, None), kind=plan["kind"])


def blocking(plan: Plan, told: Preview) -> tuple[str, ...]:
    """Say why a second person is needed: conflicts of what comes together, and lines of the policy."""
    if plan["kind"] == "pin":
        return ("key_field",) if plan["field"] in rules().second_fields else ()
    if plan["kind"] == "bulk":
        return ("bulk",)
    if plan["kind"] == "unpin" or plan.get("verdict", "same") != "same":
        return ()
    return told.blocking


def unchanged(told: Preview, token: str, what: str) -> None:
    """Raise ChangedError, saying what, where that on which an act rests has changed since it was shown."""
    changed = changed_since(token, told.token)
    if changed:
        raise ChangedError(f"{what}: {', '.join(changed)} changed since it was shown; look again, then decide", changed)


def case_id(plan: Plan) -> str | None:
    """Give the case a plan is about, if any."""
    return plan.get("case")


def filled(connection: Connection, plan: Plan) -> Plan:
    """Add to a verdict on a case what it is about, as it stands now: so that a proposal says it too."""
    if "case" not in plan:
        return plan
    case = cases.get_case(connection, plan["case"])
    evidence = {"kind": case.kind, "weight": case.weight, "probability": case.probability, "levels": dict(case.levels)}
    pair = [[case.left_source, case.left_key], [case.right_source, case.right_key]]
    return {**plan, "pair": pair, "entity": case.entity, "evidence": evidence}


def entity(plan: Plan) -> str:
    """Give the kind of records a plan is about."""
    return str(plan.get("entity", "person_record"))


def pair(plan: Plan) -> tuple[Record, Record]:
    """Give the two records of a verdict."""
    left, right = plan["pair"]
    return _record(left), _record(right)


def records(plan: Plan) -> list[Record]:
    """Give the records a split or move takes out, or an act to be taken back rested on."""
    return [_record(named) for named in plan["records"]]


def pinned_record(connection: Connection, plan: Plan) -> Record:
    """Give the record of a pin; AbsentError where the pin is not known or has ended."""
    if plan["kind"] == "pin":
        source, key = plan["record"]
        return source, key
    row = connection.execute(query("pin.get"), {"pin_id": plan["pin"]}).fetchone()
    if row is None or row[9] is not None:
        raise AbsentError(f"pin {plan['pin']}: not known, or ended already")
    return row[2], row[3]


def _record(named: Sequence[str]) -> Record:
    source, key = named
    return source, key
