"""Findings handed to an officer: keys of a project go out, counts come back; the officer alone sees who they are, for a purpose, with a trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import ConfigError, RefusedError
from warehouse import audit
from warehouse.db import Connection, query

OUTCOMES = ("confirmed", "link_error", "source_error", "no_finding")
MOST = 500
"""Persons of one case: an officer can look into no more."""


@dataclass(frozen=True)
class OpenCase:
    """A finding under work: whose project and answer, who may open it, how many persons, and the counts that came back."""

    case_no: int
    project: str
    answer: str
    purpose: str
    officer: str
    asked_by: str
    asked_at: datetime
    persons: int
    opened_at: datetime | None
    closed_at: datetime | None
    result: Mapping[str, int] | None


def hand_over(connection: Connection, role: str, answer: str, keys: Sequence[str], officer: str, purpose: str) -> int:
    """Hand persons of an analyst's finding to an officer, a steward's account; gives the case's number.

    ConfigError for an unknown officer, no or too many persons, or keys that are not the project's.
    """
    wanted = sorted(set(keys))
    if not 0 < len(wanted) <= MOST or len(purpose.strip()) < 5:
        raise ConfigError(f"open case: expected 1 to {MOST} persons and a purpose in words")
    project = connection.execute(query("open_cases.project_of"), {"role": role}).fetchone()
    if project is None or project[0] is None:
        raise RefusedError(f"{role}: is in no project; only a project's findings can be handed over")
    if connection.execute(query("open_cases.is_officer"), {"officer": officer}).fetchone() != (True,):
        raise ConfigError("open case: no steward of this name; the officer is an account with the right steward")
    known = connection.execute(query("grants.who_is"), {"project": project[0], "keys": wanted}).fetchall()
    if len(known) != len(wanted):
        raise ConfigError("open case: some keys are not of this project")
    values = {"project": project[0], "answer": answer, "purpose": purpose.strip(), "officer": officer, "asked_by": role, "keys": wanted}
    row = connection.execute(query("open_cases.add"), values).fetchone()
    number = int(row[0]) if row else 0
    audit.record(
        connection, f"analyst:{role}"[:60], "case.hand_over", f"open case {number}", purpose.strip(), persons=len(wanted), officer=officer, answer=answer
    )
    return number


def cases(connection: Connection, account: str) -> list[OpenCase]:
    """List the cases an account is the officer of, and all cases without their persons to auditors' eyes elsewhere."""
    return [OpenCase(*row) for row in connection.execute(query("open_cases.of_officer"), {"officer": account})]


def get(connection: Connection, case_no: int) -> OpenCase:
    """Give one case; ConfigError for a number there is none of."""
    row = connection.execute(query("open_cases.get"), {"case_no": case_no}).fetchone()
    if row is None:
        raise ConfigError(f"open case {case_no}: not known")
    return OpenCase(*row)


def open_case(connection: Connection, case_no: int, account: str) -> dict[str, str]:
    """Say who the persons of a case are, key -> person_id: to its officer only, and that is an entry in the trail."""
    case = get(connection, case_no)
    if case.officer != account:
        raise RefusedError(f"open case {case_no}: only its officer sees who they are")
    rows = connection.execute(query("open_cases.persons"), {"case_no": case_no}).fetchall()
    connection.execute(query("open_cases.opened"), {"case_no": case_no})
    audit.record(connection, account, "case.reidentify", f"open case {case_no}", case.purpose, persons=len(rows))
    return dict(rows)


def in_sight(connection: Connection, persons: Iterable[str]) -> set[str]:
    """Give those of these persons whom the connection sees."""
    return {row[0] for row in connection.execute(query("open_cases.in_sight"), {"persons": list(persons)})}


def close(connection: Connection, case_no: int, account: str, result: Mapping[str, int]) -> None:
    """Close a case with counts per outcome, which is all the analyst gets back; ConfigError where they do not add up to its persons."""
    case = get(connection, case_no)
    if case.officer != account or case.closed_at is not None:
        raise RefusedError(f"open case {case_no}: only its officer closes it, once")
    if set(result) - set(OUTCOMES) or any(count < 0 for count in result.values()) or sum(result.values()) != case.persons:
        raise ConfigError(f"open case {case_no}: expected counts of {', '.join(OUTCOMES)} that add up to {case.persons}")
    found: dict[str, Any] = {outcome: result.get(outcome, 0) for outcome in OUTCOMES}
    connection.execute(query("open_cases.close"), {"case_no": case_no, "result": Jsonb(found)})
    audit.record(connection, account, "case.close", f"open case {case_no}", case.purpose, **found)
