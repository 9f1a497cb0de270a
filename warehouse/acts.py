"""What stewards did, as rows: acts, the judgements that stand for them, what they rested on, proposals for a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import AbsentError
from warehouse.db import Connection, query

Record = tuple[str, str]


@dataclass(frozen=True)
class Act:
    """One act, with the people who made it."""

    act_id: int
    kind: str
    case_id: str | None
    author: str
    second: str | None
    proposal_id: int | None
    blocking: tuple[str, ...]
    reason_code: str
    comment: str
    undoes: int | None
    detail: Mapping[str, Any]
    recorded_at: datetime
    undone_by: int | None


@dataclass(frozen=True)
class Row:
    """One judgement row of an act."""

    judgement_id: int
    entity: str
    left: Record
    right: Record
    verdict: str
    undoes: int | None
    holds: bool
    evidence: Mapping[str, Any] | None
    act_id: int | None
    stands: bool


@dataclass(frozen=True)
class Proposal:
    """An act that waits for a second person, or was decided by one."""

    proposal_id: int
    kind: str
    case_id: str | None
    plan: Mapping[str, Any]
    blocking: tuple[str, ...]
    state_token: str
    author: str
    reason_code: str
    comment: str
    recorded_at: datetime
    decision: str | None
    decided_by: str | None
    decision_comment: str | None
    decided_at: datetime | None


def add(connection: Connection, kind: str, author: str, reason_code: str, comment: str, detail: Mapping[str, Any], **more: Any) -> int:
    """Write an act and give its number; `more`: case_id, second, proposal_id, blocking, undoes."""
    values = {"case_id": None, "second": None, "proposal_id": None, "blocking": [], "undoes": None, **more}
    values |= {"kind": kind, "author": author, "reason_code": reason_code, "comment": comment, "detail": Jsonb(detail)}
    [(act_id,)] = connection.execute(query("act.add"), values).fetchall()
    return int(act_id)


def judge(
    connection: Connection, act_id: int, pair: tuple[Record, Record], verdict: str, author: str, reason: str, *,
    entity: str = "person_record", holds: bool = False, undoes: int | None = None, evidence: Mapping[str, Any] | None = None,
) -> int:  # fmt: skip
    """Write one judgement row of an act."""
    (left_source, left_key), (right_source, right_key) = pair
    values = {
        "entity": entity, "left_source": left_source, "left_key": left_key, "right_source": right_source, "right_key": right_key, "verdict": verdict,
        "reason": reason, "author": author, "undoes": undoes, "evidence": None if evidence is None else Jsonb(evidence), "act_id": act_id, "holds": holds,
    }  # fmt: skip
    [(judgement_id,)] = connection.execute(query("identity.judge"), values).fetchall()
    return int(judgement_id)


def rest_on(connection: Connection, act_id: int, basis: Mapping[Record, Mapping[str, str]]) -> None:
    """Keep what an act rested on: record -> key field -> keyed hash."""
    with connection.cursor() as cursor:
        rows = [{"act_id": act_id, "source": source, "source_key": key, "basis": Jsonb(values)} for (source, key), values in basis.items()]
        cursor.executemany(query("act.add_record"), rows)


def get(connection: Connection, act_id: int) -> Act:
    """Give one act; an unknown number is a ConfigError."""
    row = connection.execute(query("act.get"), {"act_id": act_id}).fetchone()
    if row is None:
        raise AbsentError(f"act {act_id}: not known; `hub cases history` lists them")
    return _act(row)


def listed(
    connection: Connection,
    *,
    author: str | None = None,
    case_id: str | None = None,
    about: Sequence[Record] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Act]:
    """List acts, the latest first: of one author, of one case, about some records, before one number."""
    sources, keys = (None, None) if about is None else ([source for source, _ in about], [key for _, key in about])
    values = {"author": author, "case_id": case_id, "sources": sources, "keys": keys, "before": before, "limit": limit}
    return [_act(row) for row in connection.execute(query("act.list"), values)]


def _act(row: tuple[Any, ...]) -> Act:
    values: list[Any] = [*row[:6], tuple(row[6]), *row[7:]]
    return Act(*values)


def records(connection: Connection, act_id: int) -> list[Record]:
    """Give the records an act rested on."""
    return [(source, key) for source, key, _ in connection.execute(query("act.records"), {"act_id": act_id})]


def rows_of(connection: Connection, act_id: int) -> list[Row]:
    """Give the judgement rows of an act."""
    return [_row(row) for row in connection.execute(query("act.rows_of"), {"act_id": act_id})]


def row(connection: Connection, judgement_id: int) -> Row:
    """Give one judgement row."""
    [found] = connection.execute(query("act.row"), {"judgement_id": judgement_id}).fetchall()
    return _row(found)


def standing(connection: Connection, keys: Sequence[Record]) -> list[Row]:
    """Give the judgements in force on two of these person records."""
    values = {"sources": [source for source, _ in keys], "keys": [key for _, key in keys]}
    return [_row(row) for row in connection.execute(query("act.standing"), values)]


def _row(row: tuple[Any, ...]) -> Row:
    return Row(row[0], row[1], (row[2], row[3]), (row[4], row[5]), *row[6:])


def propose(
    connection: Connection,
    kind: str,
    plan: Mapping[str, Any],
    blocking: Sequence[str],
    token: str,
    author: str,
    reason_code: str,
    comment: str,
    case_id: str | None,
) -> int:
    """Write an act down that needs a second person; give its number."""
    values = {
        "kind": kind, "case_id": case_id, "plan": Jsonb(plan), "blocking": list(blocking), "state_token": token, "author": author,
        "reason_code": reason_code, "comment": comment,
    }  # fmt: skip
    [(proposal_id,)] = connection.execute(query("act.propose"), values).fetchall()
    return int(proposal_id)


def proposal(connection: Connection, proposal_id: int) -> Proposal:
    """Give one proposal and hold it; an unknown number is a ConfigError."""
    found = connection.execute(query("act.proposal"), {"proposal_id": proposal_id}).fetchone()
    if found is None:
        raise AbsentError(f"proposal {proposal_id}: not known; `hub cases proposals` lists what waits")
    return _proposal(found)


def proposals(
    connection: Connection,
    *,
    author: str | None = None,
    other_than: str | None = None,
    case_id: str | None = None,
    kind: str | None = None,
    limit: int = 100,
) -> list[Proposal]:
    """List what waits for a second person: one author's, or what a person may decide because others proposed it."""
    values = {"author": author, "other": other_than, "case_id": case_id, "kind": kind, "limit": limit}
    return [_proposal(found) for found in connection.execute(query("act.proposals"), values)]


def _proposal(found: tuple[Any, ...]) -> Proposal:
    values: list[Any] = [*found[:4], tuple(found[4]), *found[5:]]
    return Proposal(*values)


def decide(connection: Connection, proposal_id: int, decision: str, by: str, comment: str) -> None:
    """Approve, refuse or withdraw a proposal that waits."""
    connection.execute(query("act.decide"), {"proposal_id": proposal_id, "decision": decision, "by": by, "comment": comment})
