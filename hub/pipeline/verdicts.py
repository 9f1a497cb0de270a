"""Acts of stewards: verdicts, merge, split, move, pins, and the undoing of each; four eyes where the rules ask for them.

Everything is expressed as judgements on pairs of records (and pins on records): facts never move, every run of resolve finds the same, and undoing
all acts gives what would be without them.  An act takes effect at once.  The console, the API and the command line use these functions; nothing else
writes judgements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import AbsentError, ChangedError, ConfigError, RefusedError
from hub.pipeline import cases, consequence, placing, sampling
from hub.pipeline.cases import Verdict
from hub.pipeline.conflicts import Record
from hub.pipeline.consequence import Preview
from hub.pipeline.rows import Rows, planned
from hub.pipeline.rules import rules
from matching.golden import FIELDS
from warehouse import acts, audit, identity, pins
from warehouse.acts import Act, Proposal
from warehouse.db import Connection, connect, query

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


def decide(case_id: str, verdict: Verdict, by: By) -> Decided:
    """Give a verdict on a case; `same` becomes a proposal where it would cause a conflict that blocks."""
    return _acted({"kind": "verdict", "case": case_id, "verdict": verdict}, by)


def decide_records(left: Record, right: Record, verdict: Verdict, by: By) -> Decided:
    """Give a verdict on two person records, also where no case is open."""
    if left == right:
        raise ConfigError("a verdict needs two different records")
    return _acted({"kind": "verdict", "pair": [list(left), list(right)], "verdict": verdict}, by)


def merge(person_ids: Sequence[str], by: By) -> Decided:
    """Bring persons together."""
    return _acted({"kind": "merge", "persons": list(person_ids)}, by)


def split(person_id: str, records: Sequence[Record], by: By) -> Decided:
    """Take records out of a person, as a person of their own."""
    return _acted({"kind": "split", "person": person_id, "records": [list(record) for record in records]}, by)


def move(person_id: str, records: Sequence[Record], to: str, by: By) -> Decided:
    """Move records of a person to another person."""
    return _acted({"kind": "move", "person": person_id, "records": [list(record) for record in records], "to": to}, by)


def pin(record: Record, field: str, by: By, until: date | None = None) -> Decided:
    """Take a field of the person from this record whatever survivorship says; key fields need a second person."""
    if field not in FIELDS:
        raise ConfigError(f"field {field!r}: expected one of {', '.join(FIELDS)}")
    return _acted({"kind": "pin", "record": list(record), "field": field, "until": until.isoformat() if until else None}, by)


def unpin(pin_id: int, by: By) -> Decided:
    """End a pin."""
    return _acted({"kind": "unpin", "pin": pin_id}, by)


def propose_bulk(pattern: str, case_ids: Sequence[str], verdict: Verdict, by: By) -> Decided:
    """Propose one verdict for many cases; `hub.pipeline.bulk` says which may be decided so, and calls this."""
    with connect() as connection:
        found = {one["case_id"]: one for one in sampling.cases_like(connection, pattern)}
    pairs = [[[found[case][f"{side}_source"], found[case][f"{side}_key"]] for side in ("left", "right")] for case in case_ids]
    return _acted({"kind": "bulk", "verdict": verdict, "pattern": pattern, "cases": list(case_ids), "pairs": pairs}, by)


def approve(proposal_id: int, second: str, comment: str = "") -> Decided:
    """Approve, as the second person, what another proposed; it takes effect.

    Raises RefusedError for the one who proposed it, ChangedError when it rests on what has changed since.
    """
    with connect() as connection:
        placing.lock(connection)
        waiting = _waiting(connection, proposal_id)
        if waiting.author == second:
            raise RefusedError(f"proposal {proposal_id}: a second person has to approve it, not who proposed it")
        by = By(waiting.author, waiting.reason_code, waiting.comment, waiting.state_token)
        told = _told(connection, waiting.plan)
        _unchanged(told, waiting.state_token, f"proposal {proposal_id}")
        acts.decide(connection, proposal_id, "approve", second, comment)
        audit.record(connection, second, "proposal.approve", f"proposal {proposal_id}", comment or None)
        act_id = _write(connection, waiting.plan, told, by, {"second": second, "proposal_id": proposal_id, "blocking": list(waiting.blocking)})
        return Decided(act_id, proposal_id, waiting.blocking)


def refuse(proposal_id: int, second: str, comment: str) -> None:
    """Refuse what another proposed; the proposal of one's own is withdrawn."""
    with connect() as connection:
        waiting = _waiting(connection, proposal_id)
        decision = "withdraw" if waiting.author == second else "refuse"
        acts.decide(connection, proposal_id, decision, second, comment)
        audit.record(connection, second, f"proposal.{decision}", f"proposal {proposal_id}", comment or None)


def undo(act_id: int, by: By) -> Decided:
    """Take an act back, as a whole; both stay on record, and what it had taken back stands again."""
    rules().reason(by.reason_code, "undo")
    with connect() as connection:
        placing.lock(connection)
        old = acts.get(connection, act_id)
        if old.undone_by is not None or old.kind == "undo":
            raise ConfigError(f"act {act_id}: taken back already, or itself a taking back; `hub cases history` shows what stands")
        touched = acts.records(connection, act_id)
        new = acts.add(connection, "undo", by.author, by.reason_code, by.comment, {}, undoes=act_id, case_id=old.case_id)
        _take_back(connection, old, new, by)
        _undo_pins(connection, old, new)
        if old.kind not in ("pin", "unpin") and touched:
            persons = set(consequence.places(connection, touched).values())
            placing.place(connection, placing.rematched(connection, persons))
        elif touched:
            _golden(connection, touched[0])
        _reopen(connection, old)
        audit.record(connection, by.author, "case.undo", old.case_id or f"act {act_id}", by.comment or None, act=act_id, reason=by.reason_code)
        return Decided(new, None)


def _acted(plan: Plan, by: By) -> Decided:
    """Do an act, or propose it where a second person is needed."""
    what = {"verdict": plan.get("verdict"), "unpin": "pin"}.get(plan["kind"]) or plan["kind"]
    reason = rules().reason(by.reason_code, what)
    if reason.code == "other" and not by.comment.strip():
        raise ConfigError("reason `other`: a comment is needed; it is what the next reader has")
    with connect() as connection:
        placing.lock(connection)
        plan = _filled(connection, plan)
        told = _told(connection, plan)
        if by.token is not None:
            _unchanged(told, by.token, plan.get("case") or plan["kind"])
        blocking = _blocking(plan, told)
        if not blocking:
            return Decided(_write(connection, plan, told, by, {}), None)
        case = _case_id(plan)
        if case is not None and acts.proposals(connection, case_id=case):
            raise ConfigError(f"case {case}: waits for a second person already")
        number = acts.propose(connection, plan["kind"], plan, blocking, told.token, by.author, by.reason_code, by.comment, case)
        audit.record(connection, by.author, "proposal.add", f"proposal {number}", by.comment or None, kind=plan["kind"], blocking=list(blocking))
        return Decided(None, number, blocking)


def _told(connection: Connection, plan: Plan) -> Preview:
    """What the act would do, by the state of now."""
    if plan["kind"] == "verdict":
        left, right = _pair(plan)
        if _entity(plan) != "person_record":
            return Preview("verdict", (), (), (), (), "")
        return consequence.preview_pair(connection, left, right)
    if plan["kind"] == "bulk":
        return consequence.compared(connection, [(_record(left), _record(right)) for left, right in plan["pairs"]])
    if plan["kind"] == "merge":
        return consequence.preview_merge(connection, plan["persons"])
    if plan["kind"] == "split":
        return consequence.preview_split(connection, plan["person"], _records(plan))
    if plan["kind"] == "move":
        return consequence.preview_move(connection, plan["person"], _records(plan), plan["to"])
    record = _pinned_record(connection, plan)
    return replace(consequence.preview_pair(connection, record, record), kind=plan["kind"])


def _blocking(plan: Plan, told: Preview) -> tuple[str, ...]:
    """Why a second person is needed: conflicts of what comes together, and lines of the policy."""
    if plan["kind"] == "pin":
        return ("key_field",) if plan["field"] in rules().second_fields else ()
    if plan["kind"] == "bulk":
        return ("bulk",)
    if plan["kind"] == "unpin" or plan.get("verdict", "same") != "same":
        return ()
    return told.blocking


def _unchanged(told: Preview, token: str, what: str) -> None:
    changed = consequence.changed_since(token, told.token)
    if changed:
        raise ChangedError(f"{what}: {', '.join(changed)} changed since it was shown; look again, then decide", changed)


def _write(connection: Connection, plan: Plan, told: Preview, by: By, more: dict[str, Any]) -> int:
    """Write the act, its judgements and what they rest on; put records where they belong now."""
    what, case = plan["kind"], _case_id(plan)
    keys = [record for person in told.people for record in person.records]
    person_act = _entity(plan) == "person_record"
    placed = consequence.places(connection, keys) if person_act else {}
    detail: dict[str, Any] = {"plan": dict(plan), "before": {identity.record_id(*record): person for record, person in placed.items()}}
    detail["cases"] = [row[0] for row in connection.execute(query("act.cases_of"), {"persons": list(set(placed.values())), "case_id": case})]
    act_id = acts.add(connection, what, by.author, by.reason_code, by.comment, detail, case_id=case, **more)
    if person_act:
        acts.rest_on(connection, act_id, placing.basis(identity.person_records_of(connection, keys)))
    if what in ("pin", "unpin"):
        _write_pin(connection, plan, act_id, by)
    else:
        rows = planned(plan, told, _pair(plan) if what == "verdict" else None, acts.standing(connection, keys) if person_act else [])
        _write_rows(connection, act_id, rows, by, plan.get("evidence"), _entity(plan))
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
    record = _pinned_record(connection, plan)
    if plan["kind"] == "pin":
        until = date.fromisoformat(plan["until"]) if plan["until"] else None
        pins.add(connection, act_id, *record, plan["field"], until, by.author)
    elif not pins.end(connection, plan["pin"], act_id):
        raise ConfigError(f"pin {plan['pin']}: ended already")
    _golden(connection, record)


def _golden(connection: Connection, record: Record) -> None:
    """Compute the golden record of the person of a record anew."""
    person = consequence.places(connection, [record])[record]
    placing.refresh(connection, [person], placing.members(connection, [person]))


def _take_back(connection: Connection, old: Act, new: int, by: By) -> None:
    reason = by.comment or by.reason_code
    for row in acts.rows_of(connection, old.act_id):
        pair = row.left, row.right
        if row.undoes is None and row.stands:
            acts.judge(connection, new, pair, row.verdict, by.author, reason, entity=row.entity, undoes=row.judgement_id)
        elif row.undoes is not None:  # what the act had taken back stands again, for the act it stood for
            before = acts.row(connection, row.undoes)
            if before.act_id is not None and acts.get(connection, before.act_id).undone_by is None:
                acts.judge(connection, before.act_id, pair, before.verdict, by.author, reason, holds=before.holds, evidence=before.evidence)


def _undo_pins(connection: Connection, old: Act, new: int) -> None:
    for pin_id, source, key, field, until, made_by, made, is_open in connection.execute(query("pin.of_act"), {"act_id": old.act_id}).fetchall():
        if made and is_open:
            pins.end(connection, pin_id, new)
        elif not made:
            pins.add(connection, new, source, key, field, until, made_by)


def _reopen(connection: Connection, old: Act) -> None:
    """Put the cases back that the act had taken from the queue, where they are still two persons."""
    for row in old.detail.get("cases", []):
        connection.execute(query("act.reopen"), {"row": Jsonb(row)})


def _waiting(connection: Connection, proposal_id: int) -> Proposal:
    found = acts.proposal(connection, proposal_id)
    if found.decision is not None:
        raise ConfigError(f"proposal {proposal_id}: decided already ({found.decision} by {found.decided_by})")
    return found


def _case_id(plan: Plan) -> str | None:
    return plan.get("case")


def _filled(connection: Connection, plan: Plan) -> Plan:
    """Add to a verdict on a case what it is about, as it stands now: so that a proposal says it too."""
    if "case" not in plan:
        return plan
    case = cases.get_case(connection, plan["case"])
    evidence = {"kind": case.kind, "weight": case.weight, "probability": case.probability, "levels": dict(case.levels)}
    pair = [[case.left_source, case.left_key], [case.right_source, case.right_key]]
    return {**plan, "pair": pair, "entity": case.entity, "evidence": evidence}


def _entity(plan: Plan) -> str:
    return str(plan.get("entity", "person_record"))


def _record(named: Sequence[str]) -> Record:
    source, key = named
    return source, key


def _pair(plan: Plan) -> tuple[Record, Record]:
    left, right = plan["pair"]
    return _record(left), _record(right)


def _records(plan: Plan) -> list[Record]:
    return [_record(named) for named in plan["records"]]


def _pinned_record(connection: Connection, plan: Plan) -> Record:
    if plan["kind"] == "pin":
        source, key = plan["record"]
        return source, key
    row = connection.execute(query("pin.get"), {"pin_id": plan["pin"]}).fetchone()
    if row is None or row[9] is not None:
        raise AbsentError(f"pin {plan['pin']}: not known, or ended already")
    return row[2], row[3]
