"""What a signed-in person sees of people's values: one table of role and field, single records opened for a purpose.

Rows follow the areas and lines of the person's rights, by row security in the database (`grants.sql`); claiming a case
brings its records into sight for the lease, those of other areas with every value masked.  Every opening leaves an audit
entry with its purpose.  How a route of the console uses this: `docs/console-development.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from hub.errors import RefusedError
from mappings.masks import MASKS, mask_all
from warehouse import audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect, query

Form = Literal["shown", "masked", "hidden"]
LEASE, OPEN = "30 minutes", "10 minutes"
_STEWARD: dict[str, Form] = {
    "name": "shown", "former_name": "shown", "birth_date": "shown", "id_number": "masked", "phone": "masked", "address": "masked",
    "household_no": "masked", "account": "masked", "medical_detail": "hidden",
}  # fmt: skip
_MASKED: dict[str, Form] = {**dict.fromkeys(MASKS, "masked"), "account": "hidden", "medical_detail": "hidden"}
_HIDDEN: dict[str, Form] = dict.fromkeys(MASKS, "hidden")
SIGHT: dict[str, dict[str, Form]] = {
    "steward": _STEWARD,
    "cross_area": _STEWARD,
    "engineer": _MASKED,
    "auditor": _HIDDEN,
    "security": _HIDDEN,
    "system": _HIDDEN,
}
"""Role -> personal field -> form; the most open of a person's roles counts, and nobody without a role sees anything."""
OPENED = ("name", "former_name", "birth_date", "id_number", "phone", "address", "household_no", "account")
"""What a steward sees in clear of a record opened for a purpose; medical detail stays with the department."""
_ORDER: tuple[Form, ...] = ("hidden", "masked", "shown")
_HIDE: Form = "hidden"
ROLES = {
    "steward": ("hub_steward", {"steward", "cross_area"}),
    "engineer": ("hub_engineer", {"engineer"}),
    "auditor": ("hub_auditor", {"auditor"}),
    "admin": ("hub_admin", {"security", "system"}),
}
"""Whose work a connection is for -> its role in the database, and the rights that allow it."""


def form(session: Session, field: str, *, opened: bool = False, outside: bool = False) -> Form:
    """Say in which form a person sees a field; `outside`: of a record that belongs to another area and is in sight by a claim."""
    if field not in MASKS:
        return "shown"
    if opened and field in OPENED and session.roles & {"steward", "cross_area"}:
        return "shown"
    most = max((SIGHT[role][field] for role in session.roles), key=_ORDER.index, default=_HIDE)
    return min(most, _MASKED[field], key=_ORDER.index) if outside else most


def shown(session: Session, values: Mapping[str, str | None], *, opened: bool = False, outside: bool = False) -> dict[str, str | None]:
    """Give values of a person in the forms this session sees."""
    return {field: None if value is None else _shaped(form(session, field, opened=opened, outside=outside), field, value) for field, value in values.items()}


def is_outside(session: Session, area: str | None) -> bool:
    """Say whether a record of this area is in sight by a claim only."""
    areas, _ = scope(session)
    return areas is not None and not any((area or "").startswith(own) for own in areas)


def _shaped(how: Form, field: str, value: str) -> str:
    if how == "shown":
        return value
    return MASKS[field](value) if how == "masked" else mask_all(value)


def open_record(session: Session, about: str, purpose: str) -> datetime:
    """Open one record for a while and give until when; RefusedError without the right or without a purpose."""
    allowed = session.ready and bool(session.roles & {"steward", "cross_area"})
    with connect() as connection:
        _must_not_be_locked(connection, session)
        if allowed and purpose.strip():
            values = {"account": session.account, "object": about, "purpose": purpose.strip()[:500], "lease": OPEN}
            rows: list[tuple[datetime]] = connection.execute(query("account.open"), values).fetchall()
            audit.record(connection, session.account, "record.open", about, purpose)
            return rows[0][0]
        audit.record(connection, session.account, "record.refused", about, purpose)
    raise RefusedError("opening a record needs the role steward, signed in with the second factor, and a purpose")


def _must_not_be_locked(connection: Connection, session: Session) -> None:
    if connection.execute(query("alert.locked"), {"account": session.account}).fetchone() == (True,):
        raise RefusedError("far more look-ups than usual: a security administrator settles the alert before this account sees anybody again")


def is_open(connection: Connection, session: Session, about: str) -> bool:
    """Say whether this session sees a record in clear now."""
    return connection.execute(query("account.is_open"), {"account": session.account, "object": about}).fetchone() == (True,)


def claim(connection: Connection, session: Session, case_id: str) -> datetime | None:
    """Hold a case, over an acting connection, and give until when; None when another person holds it.

    Its records come into sight for the lease, masked.  RefusedError where no record is of the person's areas, or some
    are not and the right `cross_area` is missing.
    """
    [(state, until)] = connection.execute(query("account.claim"), {"case_id": case_id, "lease": LEASE}).fetchall()
    if state == "absent":
        raise RefusedError(f"case {case_id}: none of your areas; ask for it to be routed to you")
    if state == "crosses":
        raise RefusedError(f"case {case_id}: crosses areas; it goes to somebody with the right cross_area")
    audit.record(connection, session.account, "case.claim" if state == "held" else "case.busy", case_id)
    return None if until is None else until


def release(connection: Connection, session: Session, case_id: str) -> None:
    """Let go of a case, over an acting connection."""
    if connection.execute(query("account.release"), {"case_id": case_id}).fetchone() == (True,):
        audit.record(connection, session.account, "case.release", case_id)


def held(connection: Connection, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give the area of each of these records (source, source_key) that an acting connection does not see: what they tell is "held by area B"."""
    return _areas(connection, "account.held", records)


def areas(connection: Connection, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Give the area of each of these records (source, source_key) that the connection sees; for `is_outside`."""
    return _areas(connection, "account.areas", records)


def _areas(connection: Connection, statement: str, records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    wanted = list(dict.fromkeys(records))
    values = {"sources": [source for source, _ in wanted], "keys": [key for _, key in wanted]}
    return {(source, key): area for source, key, area in connection.execute(query(statement), values)}


def scope(session: Session) -> tuple[list[str] | None, list[str] | None]:
    """Give areas and lines of a person's rights as a steward; None where they see all, empty lists where nothing."""
    grants = [grant for grant in session.grants if grant.role in ("steward", "cross_area")]
    areas = None if any(grant.areas is None for grant in grants) else [area for grant in grants for area in grant.areas or ()]
    lines = None if any(grant.lines is None for grant in grants) else [line for grant in grants for line in grant.lines or ()]
    return areas, lines


def work_of(session: Session) -> str | None:
    """Give the first work a person's rights allow: what a page that several roles share is read as."""
    return next((work for work, (_, rights) in ROLES.items() if session.ready and session.roles & rights), None)


@contextmanager
def acting(session: Session, work: str = "steward") -> Iterator[Connection]:
    """Open a connection for one transaction of this person: as a steward it sees the rows of their areas and lines, else what the role may.

    RefusedError without a right for that work; the role and row security in the database hold whatever is asked then.
    """
    role, rights = ROLES[work]
    if not session.ready or not session.roles & rights:
        raise RefusedError(f"this needs the right {' or '.join(sorted(rights))}, signed in with everything it asks for")
    areas, lines = scope(session)
    with connect() as connection:
        if work == "steward":
            _must_not_be_locked(connection, session)
        connection.execute(query("account.act"), {"account": session.account, "areas": areas, "lines": lines, "role": role})
        yield connection
        connection.execute(query("account.act_over"))
