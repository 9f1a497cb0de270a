"""Acts of stewards: verdicts, merge, split, move, pins, and the undoing of each; four eyes where the rules ask for them.

Everything is expressed as judgements on pairs of records (and pins on records): facts never move, every run of resolve finds the same, and undoing
all acts gives what would be without them.  An act takes effect at once.  The console, the API and the command line use these functions; nothing else
writes judgements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hub.errors import ConfigError, RefusedError
from hub.pipeline import act_undo, placing, plans, sampling
from hub.pipeline.act_writes import write
from hub.pipeline.cases import Verdict
from hub.pipeline.conflicts import Record
from hub.pipeline.plans import By, Decided, Plan
from hub.pipeline.rules import rules
from matching.golden import FIELDS
from warehouse import acts, audit
from warehouse.acts import Proposal
from warehouse.db import Connection, connect


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
        told = plans.told(connection, waiting.plan)
        plans.unchanged(told, waiting.state_token, f"proposal {proposal_id}")
        acts.decide(connection, proposal_id, "approve", second, comment)
        audit.record(connection, second, "proposal.approve", f"proposal {proposal_id}", comment or None)
        more = {"second": second, "proposal_id": proposal_id, "blocking": list(waiting.blocking)}
        if waiting.kind == "undo":
            act_id = act_undo.undo(connection, act_undo.standing(connection, waiting.plan["act"]), by, more)
        else:
            act_id = write(connection, waiting.plan, told, by, more)
        return Decided(act_id, proposal_id, waiting.blocking)


def refuse(proposal_id: int, second: str, comment: str) -> None:
    """Refuse what another proposed; the proposal of one's own is withdrawn."""
    with connect() as connection:
        waiting = _waiting(connection, proposal_id)
        decision = "withdraw" if waiting.author == second else "refuse"
        acts.decide(connection, proposal_id, decision, second, comment)
        audit.record(connection, second, f"proposal.{decision}", f"proposal {proposal_id}", comment or None)


def undo(act_id: int, by: By) -> Decided:
    """Take an act back, as a whole; both stay on record, and what it had taken back stands again.

    What two people made takes two to take back: it becomes a proposal.
    """
    rules().reason(by.reason_code, "undo")
    with connect() as connection:
        placing.lock(connection)
        old = act_undo.standing(connection, act_id)
        if old.second is None:
            return Decided(act_undo.undo(connection, old, by, {}), None)
        if any(one.plan["act"] == act_id for one in acts.proposals(connection, kind="undo")):
            raise ConfigError(f"act {act_id}: taking it back waits for a second person already")
        plan = {"kind": "undo", "act": act_id, "records": [list(record) for record in acts.records(connection, act_id)]}
        token = plans.told(connection, plan).token
        number = acts.propose(connection, "undo", plan, ("approved",), token, by.author, by.reason_code, by.comment, None)
        audit.record(connection, by.author, "proposal.add", f"proposal {number}", by.comment or None, kind="undo", blocking=["approved"])
        return Decided(None, number, ("approved",))


def _acted(plan: Plan, by: By) -> Decided:
    """Do an act, or propose it where a second person is needed."""
    what = {"verdict": plan.get("verdict"), "unpin": "pin"}.get(plan["kind"]) or plan["kind"]
    reason = rules().reason(by.reason_code, what)
    if reason.code == "other" and not by.comment.strip():
        raise ConfigError("reason `other`: a comment is needed; it is what the next reader has")
    with connect() as connection:
        placing.lock(connection)
        plan = plans.filled(connection, plan)
        told = plans.told(connection, plan)
        if by.token is not None:
            plans.unchanged(told, by.token, plan.get("case") or plan["kind"])
        blocking = plans.blocking(plan, told)
        if not blocking:
            return Decided(write(connection, plan, told, by, {}), None)
        case = plans.case_id(plan)
        if case is not None and acts.proposals(connection, case_id=case):
            raise ConfigError(f"case {case}: waits for a second person already")
        number = acts.propose(connection, plan["kind"], plan, blocking, told.token, by.author, by.reason_code, by.comment, case)
        audit.record(connection, by.author, "proposal.add", f"proposal {number}", by.comment or None, kind=plan["kind"], blocking=list(blocking))
        return Decided(None, number, blocking)


def _waiting(connection: Connection, proposal_id: int) -> Proposal:
    found = acts.proposal(connection, proposal_id)
    if found.decision is not None:
        raise ConfigError(f"proposal {proposal_id}: decided already ({found.decision} by {found.decided_by})")
    return found
