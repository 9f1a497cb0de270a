"""Alerts on mass look-ups: an account that looked, searched or opened far more than usual, or than a limit.

The trail itself counts (`audit.record` in the database), so that no way in can leave a look out.  An alert is an entry of the trail,
waits on the security administrator's page, and where the limit says so the account sees nobody until another person settled it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.errors import AbsentError, RefusedError
from warehouse import audit
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, query

KINDS = ("look", "search", "open")


@dataclass(frozen=True)
class Alert:
    """One account, kind of look and hour; `usual` is None where too little is known of the account."""

    alert_id: int
    account: str
    kind: str
    hour: datetime
    looks: int
    usual: int | None
    locks: bool
    raised_at: datetime
    settled_by: str | None
    settled_at: datetime | None
    comment: str | None


@dataclass(frozen=True)
class Limit:
    """How often an account may look in an hour: at most `an_hour`, and no more than so many `times` the usual; never told below `least`."""

    kind: str
    an_hour: int
    times: int
    least: int
    locks: bool


def listed(connection: Connection, limit: int = 50) -> list[Alert]:
    """List alerts, those that wait first."""
    return [Alert(*row) for row in connection.execute(query("alert.list"), {"limit": limit})]


def waiting(connection: Connection) -> int:
    """Count alerts that wait."""
    [(count,)] = connection.execute(query("alert.waiting")).fetchall()
    return int(count)


def settle(connection: Connection, by: Session, alert_id: int, comment: str) -> None:
    """Settle an alert, which ends its lock; AbsentError when it does not wait or is one's own."""
    if "security" not in by.roles or not by.ready:
        raise RefusedError("this needs the right security, signed in with everything it asks for")
    found = connection.execute(query("alert.settle"), {"alert_id": alert_id, "author": by.account, "comment": comment}).fetchone()
    if found is None:
        raise AbsentError(f"alert {alert_id}: does not wait, or is your own")
    audit.record(connection, by.account, "alert.settle", found[0], comment, alert=alert_id)


def limits(connection: Connection) -> list[Limit]:
    """Give the limits in force."""
    return [Limit(*row) for row in connection.execute(query("alert.limits"))]


def set_limit(
    connection: Connection, by: Session, kind: str, *, an_hour: int | None = None, times: int | None = None, least: int | None = None, locks: bool | None = None
) -> None:
    """Change a limit from now on; what is None stays."""
    if "security" not in by.roles or not by.ready:
        raise RefusedError("this needs the right security, signed in with everything it asks for")
    change = {"an_hour": an_hour, "times": times, "least": least, "locks": locks}
    connection.execute(query("alert.set_limit"), {"kind": kind, **change})
    audit.record(connection, by.account, "limit.set", f"limit {kind}", None, **{name: value for name, value in change.items() if value is not None})
