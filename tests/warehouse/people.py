"""Accounts for the tests of rights, pages and attacks: made as administrators make them, signed in as people do."""

from __future__ import annotations

import re
import time

import pyotp

from warehouse import accounts, accounts_factor, accounts_rights, accounts_sessions
from warehouse.accounts_sessions import Session
from warehouse.db import connect

PASSWORD = "curd-violet-42-hovering-barn"
PEER = "10.0.0.7"
_steps: dict[str, int] = {}


def account(name: str, *roles: str, areas: list[str] | None = None, factor: bool = True) -> str:
    """Make an account with an own password, roles and a confirmed factor; give the secret of the factor."""
    with connect() as connection:
        accounts.add(connection, name, "test")
        accounts.change_password(connection, name, PASSWORD)
        for role in roles:
            connection.execute(
                "insert into access.role_grant (account, role, areas, reason, asked_by, decided_by, decided_at, decision) "
                "values (%s, %s, %s, 'test', 'test', 'test', now(), 'approve')",
                [name, role, areas],
            )
        if not factor:
            return ""
        secret = secret_of(accounts_factor.begin(connection, name))
        _steps.pop(secret, None)
        assert accounts_factor.confirm(connection, name, code(secret))
    return secret


def forget(name: str) -> None:
    """Let nobody use an account any more that was made in a warehouse that stays."""
    with connect() as connection:
        accounts.disable(connection, name, "test")


def secret_of(address: str) -> str:
    found = re.search("secret=([A-Z2-7]+)", address)
    assert found
    return found[1]


def code(secret: str) -> str:
    """A code that was not used yet: at most two at once, for clocks half a minute off are believed."""
    step = max(int(time.time()) // 30 - 1, _steps.get(secret, 0) + 1)
    _steps[secret] = step
    return pyotp.TOTP(secret).generate_otp(step)


def signed_in(name: str, secret: str = "") -> str:
    """Sign in and give the token of the whole session."""
    token = accounts_sessions.sign_in(name, PASSWORD, PEER, "test")
    return accounts_sessions.second_factor(token, code(secret), PEER, "test") if secret else token


def session(token: str) -> Session:
    with connect() as connection:
        found = accounts_sessions.read(connection, token)
    assert found is not None
    return found


def give(by: Session, name: str, role: str) -> tuple[int, bool]:
    with connect() as connection:
        return accounts_rights.give(connection, by, name, role, "needed")


def actions(limit: int = 100) -> list[tuple[str, str]]:
    """Actor and action of the trail, the oldest first."""
    with connect() as connection:
        return connection.execute("select actor, action from audit.entry order by at limit %s", [limit]).fetchall()[:limit]  # type: ignore[return-value]
