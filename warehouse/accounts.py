"""Accounts of console, API and command line: made, disabled, given a new password; the first of an installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.errors import ConfigErrors, RefusedError
from warehouse import accounts_passwords as passwords
from warehouse import audit
from warehouse.db import Connection, connect, query

FIRST = "admin"
ONE_TIME = timedelta(days=3)


@dataclass(frozen=True)
class Account:
    """One account as lists show it."""

    name: str
    disabled: bool
    second_factor: bool
    created_at: datetime
    roles: list[str]


def accounts(connection: Connection) -> list[Account]:
    """List all accounts with the roles they hold."""
    return [Account(*row) for row in connection.execute(query("account.all"))]


def first() -> str | None:
    """Make the first account of an installation, a security administrator, and give its one-time password; None when there is an account."""
    password = passwords.one_time()
    with connect() as connection:
        connection.execute(query("account.lock"), {"subject": "first account"})
        if connection.execute(query("account.any")).fetchone() == (True,):
            return None
        _add(connection, FIRST, password, "installation")
        values = {"account": FIRST, "role": "security", "areas": None, "lines": None, "reason": "first run", "author": "installation"}
        [(grant_id,)] = connection.execute(query("account.ask"), values).fetchall()
        connection.execute(query("account.decide"), {"grant_id": grant_id, "decision": "approve", "author": "installation"})
        audit.record(connection, "installation", "account.first", FIRST, role="security")
    return password


def add(connection: Connection, name: str, author: str) -> str:
    """Make an account without rights and give its one-time password."""
    password = passwords.one_time()
    if not _add(connection, name, password, author):
        raise RefusedError(f"account {name}: there is one of this name; choose another, or `hub user reset-password {name}`")
    audit.record(connection, author, "account.add", name)
    return password


def _add(connection: Connection, name: str, password: str, author: str) -> bool:
    values = {"name": name, "hash": passwords.hashed(password), "until": datetime.now(UTC) + ONE_TIME, "author": author}
    return connection.execute(query("account.add"), values).fetchone() is not None


def reset_password(connection: Connection, name: str, author: str) -> str:
    """Give an account a one-time password; its sessions and tokens end."""
    password = passwords.one_time()
    values = {"name": name, "hash": passwords.hashed(password), "must_change": True, "until": datetime.now(UTC) + ONE_TIME}
    _one(connection, "account.set_password", name, values)
    end_everything(connection, name)
    audit.record(connection, author, "account.reset_password", name)
    return password


def change_password(connection: Connection, name: str, password: str) -> None:
    """Set the password a person chose; ConfigErrors names everything that is wrong with it."""
    if wrong := passwords.problems(password, name):
        raise ConfigErrors([english for english, _ in wrong])
    _one(connection, "account.set_password", name, {"name": name, "hash": passwords.hashed(password), "must_change": False, "until": None})
    audit.record(connection, name, "account.password", name)


def disable(connection: Connection, name: str, author: str) -> None:
    """Let nobody sign in as this account any more; what it did stays on record."""
    _one(connection, "account.disable", name, {"name": name})
    end_everything(connection, name)
    audit.record(connection, author, "account.disable", name)


def enable(connection: Connection, name: str, author: str) -> None:
    """Let a disabled account sign in again."""
    _one(connection, "account.enable", name, {"name": name})
    audit.record(connection, author, "account.enable", name)


def set_look(connection: Connection, name: str, what: str, choice: str) -> None:
    """Keep the `language`, `theme` or `density` of a person's pages."""
    _one(connection, "account.set_look", name, {"name": name, "language": None, "theme": None, "density": None, what: choice})


def end_everything(connection: Connection, name: str) -> None:
    """End all sessions and tokens of an account."""
    connection.execute(query("account.end_sessions"), {"account": name, "hash": b""})
    connection.execute(query("account.revoke_tokens"), {"account": name})


def _one(connection: Connection, statement: str, name: str, values: dict[str, object]) -> None:
    if connection.execute(query(statement), values).rowcount != 1:
        raise RefusedError(f"account {name}: not known; `hub user list` shows who is")
