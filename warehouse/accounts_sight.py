"""What a signed-in person sees of people's values: one table of role and field, single records opened for a purpose.

Rows follow the areas and lines of the person's rights, by row security in the database (`grants.sql`); claiming a case
brings its records into sight for the lease.  Every opening leaves an audit entry with its purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from psycopg import sql

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


def form(session: Session, field: str, *, opened: bool = False) -> Form:
    """Say in which form a person sees a field."""
    if field not in MASKS:
        return "shown"
    if opened and field in OPENED and session.roles & {"steward", "cross_area"}:
        return "shown"
    return max((SIGHT[role][field] for role in session.roles), key=_ORDER.index, default="hidden")


def shown(session: Session, values: Mapping[str, str | None], *, opened: bool = False) -> dict[str, str | None]:
    """Give values of a person in the forms this session sees."""
    return {field: None if value is None else _shaped(form(session, field, opened=opened), field, value) for field, value in values.items()}


def _shaped(how: Form, field: str, value: str) -> str:
    if how == "shown":
        return value
    return MASKS[field](value) if how == "masked" else mask_all(value)


def open_record(session: Session, about: str, purpose: str) -> datetime:
    """Open one record for a while and give until when; RefusedError without the right or without a purpose."""
    allowed = session.ready and bool(session.roles & {"steward", "cross_area"})
    with connect() as connection:
        if allowed and purpose.strip():
            values = {"account": session.account, "object": about, "purpose": purpose.strip()[:500], "lease": OPEN}
            rows: list[tuple[datetime]] = connection.execute(query("account.open"), values).fetchall()
            audit.record(connection, session.account, "record.open", about, purpose)
            return rows[0][0]
        audit.record(connection, session.account, "record.refused", about, purpose)
    raise RefusedError("opening a record needs the role steward, signed in with the second factor, and a purpose")


def is_open(connection: Connection, session: Session, about: str) -> bool:
    """Say whether this session sees a record in clear now."""
    return connection.execute(query("account.is_open"), {"account": session.account, "object": about}).fetchone() == (True,)


def claim(connection: Connection, session: Session, case_id: str) -> datetime | None:
    """Hold a case: its records come into sight, masked, for the lease; None when another person holds it."""
    row = connection.execute(query("account.claim"), {"case_id": case_id, "account": session.account, "lease": LEASE}).fetchone()
    audit.record(connection, session.account, "case.claim" if row else "case.refused", case_id)
    return None if row is None else row[0]


def release(connection: Connection, session: Session, case_id: str) -> None:
    """Let go of a case."""
    if connection.execute(query("account.release"), {"case_id": case_id, "account": session.account}).fetchone():
        audit.record(connection, session.account, "case.release", case_id)


def scope(session: Session) -> tuple[list[str] | None, list[str] | None]:
    """Give areas and lines of a person's rights as a steward; None where they see all, empty lists where nothing."""
    grants = [grant for grant in session.grants if grant.role in ("steward", "cross_area")]
    if any(grant.role == "cross_area" for grant in grants):
        return None, None
    areas = None if any(grant.areas is None for grant in grants) else [area for grant in grants for area in grant.areas or ()]
    lines = None if any(grant.lines is None for grant in grants) else [line for grant in grants for line in grant.lines or ()]
    return areas, lines


@contextmanager
def acting(session: Session) -> Iterator[Connection]:
    """Open a connection that sees the rows this person may see: role and row security in the database, for one transaction."""
    areas, lines = scope(session)
    with connect() as connection:
        connection.execute("select access.act(%s, %s, %s)", [session.account, areas, lines])
        connection.execute(sql.SQL("set local role hub_steward"))
        yield connection
        connection.execute(sql.SQL("reset role"))
