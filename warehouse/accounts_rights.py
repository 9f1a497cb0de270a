"""Rights of accounts: asked for, given, taken back; three administrators, and two people for each of their rights.

System administrators run the flow, security administrators give rights, auditors read the trail (GB/T 22239, level 3).
Nobody holds two of the three, nobody gives a right to themselves, and no role can take anything out of the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.errors import ConfigError, RefusedError
from warehouse import audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, query
from warehouse.tables_security import ROLES

ADMINISTRATORS = ("auditor", "security", "system")


@dataclass(frozen=True)
class Right:
    """A right as asked for; it holds once `decision` is approve."""

    grant_id: int
    account: str
    role: str
    areas: list[str] | None
    lines: list[str] | None
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decision: str | None


def rights(connection: Connection, account: str | None = None) -> list[Right]:
    """List the rights in force and those that wait for a second person."""
    return [Right(*row) for row in connection.execute(query("account.grants"), {"account": account})]


def give(
    connection: Connection, by: Session, account: str, role: str, reason: str, areas: list[str] | None = None, lines: list[str] | None = None
) -> tuple[int, bool]:
    """Give a right, or ask a second administrator for one of an administrator; give its number and whether it holds now."""
    _must_be(by, "security")
    _check(connection, by, account, role, reason)
    values = {"account": account, "role": role, "areas": areas, "lines": lines, "reason": reason, "author": by.account}
    [(grant_id,)] = connection.execute(query("account.ask"), values).fetchall()
    audit.record(connection, by.account, "right.ask", f"right {grant_id}", account=account, role=role, areas=areas, lines=lines)
    alone = role not in ADMINISTRATORS or _is_only_one(connection, by, role)
    if alone:
        _decide(connection, grant_id, by.account, "approve")
    return grant_id, alone


def decide(connection: Connection, by: Session, grant_id: int, decision: str) -> None:
    """Approve or refuse, as the second person, a right another administrator asked for."""
    _must_be(by, "security")
    right = next((right for right in rights(connection) if right.grant_id == grant_id and right.decision is None), None)
    if right is None:
        raise ConfigError(f"right {grant_id}: does not wait for a decision; `hub user list` shows what does")
    if decision == "approve" and by.account in (right.asked_by, right.account):
        raise RefusedError(f"right {grant_id}: a second security administrator has to approve it, not who asked and not whose it is")
    if decision == "approve":
        _check_exclusive(connection, right.account, right.role)
    _decide(connection, grant_id, by.account, decision)


def take(connection: Connection, by: Session, account: str, role: str) -> None:
    """Take a right back, at once; the last security administrator stays."""
    _must_be(by, "security")
    holders = {right.account for right in rights(connection) if right.role == "security" and right.decision == "approve"}
    if role == "security" and holders == {account}:
        raise RefusedError(f"account {account}: the last security administrator; give the right to another first")
    if connection.execute(query("account.revoke"), {"account": account, "role": role, "author": by.account}).fetchone() is None:
        raise ConfigError(f"account {account}: does not hold {role}")
    audit.record(connection, by.account, "right.take", account, role=role)


def _decide(connection: Connection, grant_id: int, author: str, decision: str) -> None:
    connection.execute(query("account.decide"), {"grant_id": grant_id, "decision": decision, "author": author})
    audit.record(connection, author, f"right.{decision}", f"right {grant_id}")


def _is_only_one(connection: Connection, by: Session, role: str) -> bool:
    """Of a fresh installation: its only security administrator names the second one alone, and nobody else."""
    holders = {right.account for right in rights(connection) if right.role == "security" and right.decision == "approve"}
    return role == "security" and holders == {by.account}


def _check(connection: Connection, by: Session, account: str, role: str, reason: str) -> None:
    if role not in ROLES:
        raise ConfigError(f"role {role!r}: expected one of {', '.join(ROLES)}")
    if not reason.strip():
        raise ConfigError("a right needs a reason; it is what the next reader has")
    if account == by.account:
        raise RefusedError("nobody gives a right to themselves; ask another security administrator")
    if connection.execute(query("account.get"), {"name": account}).fetchone() is None:
        raise ConfigError(f"account {account}: not known; `hub user add {account}` makes it")
    if any(right.role == role for right in rights(connection, account)):
        raise ConfigError(f"account {account}: holds {role}, or waits for it; take it back first to change it")
    _check_exclusive(connection, account, role)


def _check_exclusive(connection: Connection, account: str, role: str) -> None:
    held = {right.role for right in rights(connection, account) if right.role in ADMINISTRATORS and right.decision == "approve"} - {role}
    if role in ADMINISTRATORS and held:
        raise RefusedError(f"account {account}: is {', '.join(held)} already; the three administrators are three people")


def _must_be(session: Session, role: str) -> None:
    if not session.ready or role not in session.roles:
        raise RefusedError(f"this needs the role {role}, signed in with everything it asks for")
