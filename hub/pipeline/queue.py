"""The stewards' queue: which cases wait, in what order, and whose they are; every function works over the connection of whoever asks.

Value = half how hard the case is to decide, a third the money in payment, the rest how long it waits (`waiting.fill`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from hub.errors import RefusedError
from matching.standardise.names import read_name
from warehouse import audit
from warehouse.accounts_sessions import Session
from warehouse.accounts_sight import claim, release
from warehouse.copy import copy_in
from warehouse.db import Connection, query

PERIODIC = ["pension", "unemployment", "injury", "relief"]
"""Benefits paid month by month: money that goes on being paid while a case waits."""
OVERDUE = 5
"""Days after which a case that nobody decided is late."""
KINDS = ("possible", "two_numbers", "shared_number", "contradiction", "bridge", "same_name", "changed")
WHOSE = ("all", "free", "mine", "escalated")
TRIES = 20


@dataclass(frozen=True)
class Wanted:
    """What a page of the queue shows; None everywhere is all of it."""

    kind: str | None = None
    state: str | None = None
    source: str | None = None
    area: str | None = None
    line: str | None = None
    days: int | None = None
    money: bool = False
    whose: str = "all"
    cases: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Waiting:
    """One case of the queue; a name is None where its record is out of the reader's sight."""

    case_id: str
    entity: str
    kind: str
    weight: float
    value: int
    money: Decimal
    since: datetime
    areas: list[str]
    lines: list[str]
    sources: list[str]
    state: str
    routed_to: str | None
    escalated: bool
    holder: str | None
    until: datetime | None
    left_source: str
    left_key: str
    right_source: str
    right_key: str
    levels: dict[str, int]
    model_version: int
    left_name: str | None
    right_name: str | None
    changed: list[str] | None = None
    """Key fields that changed since the case was decided, where it had been."""


@dataclass(frozen=True)
class Counts:
    """How many cases wait."""

    all: int
    kinds: dict[str, int]
    states: dict[str, int]
    overdue: int
    escalated: int


@dataclass(frozen=True)
class Place:
    """A case among those a steward works on: which of how many, and its neighbours."""

    number: int
    of: int
    before: str | None = None
    after: str | None = None
    rest: tuple[str, ...] = field(default=())


def fill(connection: Connection, since: datetime | None = None) -> None:
    """Make the queue's rows anew after a run, and the keys of names; needs the right to write `identity`.

    `since` (when a run that built on another began): only the cases it found anew or whose value is a day old, and names of records that came since.
    """
    connection.execute(query("waiting.forget"))
    connection.execute(query("waiting.fill"), {"periodic": PERIODIC, "all": since is None})
    names = [name for (name,) in connection.execute(query("waiting.nameless"), {"since": since or datetime.min.replace(tzinfo=UTC)})]
    rows = [(name, *keys_of(name)) for name in names]
    if rows:
        copy_in(connection, ("identity", "name_key"), pl.DataFrame(rows, schema=["name", "pinyin", "initials"], orient="row"))


def keys_of(name: str) -> tuple[str, str]:
    """Give what somebody types for a name: its pinyin without spaces, and the first letter of each syllable."""
    read = read_name(name)
    readings = [reading for reading in read.readings if reading] if read else []
    return "".join(readings), "".join(reading[0] for reading in readings)


def page(connection: Connection, account: str, wanted: Wanted, after: tuple[int, str] | None = None, limit: int = 50) -> list[Waiting]:
    """Give a page of the queue, the most valuable first; `after`: value and id of the last case of the page before."""
    value, case_id = after or (None, None)
    values: dict[str, Any] = {**vars(wanted), "account": account, "value": value, "after": case_id, "limit": limit}
    cases = mine(connection, account) if wanted.whose == "mine" else None
    if wanted.cases is not None:
        cases = [case for case in wanted.cases if cases is None or case in cases]
    values["cases"] = cases
    return [Waiting(*row) for row in connection.execute(query("waiting.page"), values)]


def is_in_sight(connection: Connection, case_id: str) -> bool:
    """Say whether the connection sees a case of the queue."""
    return connection.execute(query("waiting.one"), {"case_id": case_id}).fetchone() is not None


def counts(connection: Connection) -> Counts:
    """Count what waits, by kind and state."""
    kinds: Counter[str] = Counter()
    states: Counter[str] = Counter()
    overdue = escalated = 0
    for kind, state, up, number, late in connection.execute(query("waiting.counts"), {"overdue": OVERDUE}):
        kinds[kind] += number
        states[state] += number
        overdue += late
        escalated += number if up else 0
    return Counts(sum(kinds.values()), dict(kinds), dict(states), overdue, escalated)


def mine(connection: Connection, account: str) -> list[str]:
    """Give the cases a steward holds or was given, the most valuable first."""
    return [case_id for case_id, _ in connection.execute(query("waiting.mine"), {"account": account})]


def claim_next(connection: Connection, session: Session, passed: list[str] | None = None, kind: str | None = None) -> str | None:
    """Hold the most valuable case that is free and fits the steward's areas, lines and rights; None when nothing is left.

    passed: cases they looked at and left just now.
    """
    values = {"account": session.account, "senior": "cross_area" in session.roles, "passed": passed or [], "kind": kind, "limit": TRIES}
    for (case_id,) in connection.execute(query("waiting.free"), values).fetchall():
        try:
            if claim(connection, session, case_id):
                return str(case_id)
        except RefusedError:  # crosses areas: left to those who may
            continue
    return None


def reassign(connection: Connection, session: Session, case_id: str, to: str) -> None:
    """Give a case to another steward; RefusedError for somebody who is none."""
    if to not in stewards(connection):
        raise RefusedError(f"case {case_id}: {to} is no steward")
    _route(connection, session, case_id, to, escalated=False, action="case.reassign")


def escalate(connection: Connection, session: Session, case_id: str) -> None:
    """Give a case to those who may cross areas."""
    _route(connection, session, case_id, None, escalated=True, action="case.escalate")


def _route(connection: Connection, session: Session, case_id: str, to: str | None, *, escalated: bool, action: str) -> None:
    if connection.execute(query("waiting.route"), {"case_id": case_id, "to": to, "escalated": escalated}).fetchone() is None:
        raise RefusedError(f"case {case_id}: not in the queue")
    release(connection, session, case_id)
    audit.record(connection, session.account, action, case_id, to=to or "cross_area")


def stewards(connection: Connection) -> list[str]:
    """List who may be given a case."""
    return [name for (name,) in connection.execute(query("waiting.stewards"))]


def of_records(connection: Connection, records: list[tuple[str, str]]) -> list[str]:
    """Give the cases that name one of these records."""
    values = {"sources": [source for source, _ in records], "keys": [key for _, key in records]}
    return [case_id for (case_id,) in connection.execute(query("waiting.of_records"), values)]


def of_persons(connection: Connection, persons: list[str]) -> list[str]:
    """Give the cases that name a record of one of these persons."""
    return [case_id for (case_id,) in connection.execute(query("waiting.of_persons"), {"persons": persons})]
