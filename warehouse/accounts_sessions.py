"""Sessions, kept by the server: begun by a password, whole with the second factor, ended by idleness, age or the person.

Refusals take as long as acceptance, say the same whether the account exists or not, and leave an audit entry; after a
few the next attempt has to wait, by account and by address.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.errors import RefusedError
from warehouse import accounts_factor as factor
from warehouse import accounts_passwords as passwords
from warehouse import audit
from warehouse.db import Connection, connect, query

IDLE, LONGEST, PROVEN = "20 minutes", "10 hours", "5 minutes"
FREE = {"account": 5, "peer": 20}
"""Failures before the first wait."""
FACTOR_ROLES = frozenset({"steward", "cross_area", "auditor", "security", "system"})
"""Roles nobody uses without a second factor."""


@dataclass(frozen=True)
class Grant:
    """A role in force; areas and lines are None where it holds for all."""

    role: str
    areas: list[str] | None
    lines: list[str] | None


@dataclass(frozen=True)
class Session:
    """Who is signed in, and what is still missing before they may work."""

    account: str
    whole: bool
    must_change: bool
    has_factor: bool
    language: str
    proven: bool
    """the password was given within the last minutes"""
    grants: tuple[Grant, ...]
    theme: str = "system"
    density: str = "normal"

    @property
    def roles(self) -> frozenset[str]:
        """Roles in force."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def needs_factor(self) -> bool:
        """A role asks for a second factor that is not set up."""
        return not self.has_factor and bool(self.roles & FACTOR_ROLES)

    @property
    def ready(self) -> bool:
        """Everything is given."""
        return self.whole and not self.must_change and not self.needs_factor


def sign_in(name: str, password: str, peer: str, client: str) -> str:
    """Check a password and give the token of a new session; RefusedError, always the same, for anything wrong."""
    with connect() as connection:
        refused = _waiting(connection, name, peer)
        if refused is None:
            row = connection.execute(query("account.get"), {"name": name}).fetchone()
            right = passwords.matches(row[1] if row else None, password)
            if row and right and row[8] is None and (row[3] is None or row[3] > datetime.now(UTC)):
                return _begin(connection, name, peer, client, whole=row[6] is None)
            refused = _failed(connection, name, peer, "password")
    raise refused


def second_factor(token: str, code: str, peer: str, client: str) -> str:
    """Check a code of the second factor and give the token of the session that takes this one's place."""
    with connect() as connection:
        session = read(connection, token)
        if session is None:
            raise RefusedError("the session has ended; sign in again")
        refused = _waiting(connection, session.account, peer)
        if refused is None:
            if factor.check(connection, session.account, code):
                connection.execute(query("account.end_session"), {"hash": _hash(token)})
                return _begin(connection, session.account, peer, client, whole=True)
            refused = _failed(connection, session.account, peer, "factor")
    raise refused


def renew(connection: Connection, token: str, peer: str, client: str, *, whole: bool = True) -> str:
    """End a session and give the token of another for the same account, after its rights grew."""
    session = read(connection, token)
    if session is None:
        raise RefusedError("the session has ended; sign in again")
    connection.execute(query("account.end_session"), {"hash": _hash(token)})
    return _begin(connection, session.account, peer, client, whole=whole)


def prove(token: str, password: str, peer: str) -> None:
    """Take the password again before a dangerous act; RefusedError when it is wrong."""
    with connect() as connection:
        session = read(connection, token)
        if session is None:
            raise RefusedError("the session has ended; sign in again")
        refused = _waiting(connection, session.account, peer)
        if refused is None:
            row = connection.execute(query("account.get"), {"name": session.account}).fetchone()
            if passwords.matches(row[1] if row else None, password):
                connection.execute(query("account.prove"), {"hash": _hash(token)})
                return
            refused = _failed(connection, session.account, peer, "proof")
    raise refused


def read(connection: Connection, token: str) -> Session | None:
    """Give the open session of a token, or None."""
    values = {"hash": _hash(token), "idle": IDLE, "whole": LONGEST, "proven": PROVEN}
    row = connection.execute(query("account.session"), values).fetchone()
    if row is None:
        return None
    account, whole, must_change, has_factor, language, theme, density, proven, stale, grants = row
    if stale:
        connection.execute(query("account.seen"), {"hash": _hash(token)})
    return Session(account, whole, must_change, has_factor, language, proven, tuple(Grant(**grant) for grant in grants), theme, density)


def standing(connection: Connection, account: str) -> Session | None:
    """Give what an account may, for a program of theirs; None when there is none that works."""
    row = connection.execute(query("account.standing"), {"name": account}).fetchone()
    if row is None:
        return None
    whole, must_change, has_factor, language, proven, grants = row
    return Session(account, whole, must_change, has_factor, language, proven, tuple(Grant(**grant) for grant in grants))


def sign_out(token: str) -> None:
    """End a session."""
    with connect() as connection:
        session = read(connection, token)
        if session is not None:
            connection.execute(query("account.end_session"), {"hash": _hash(token)})
            audit.record(connection, session.account, "sign_out", session.account)


def sessions(connection: Connection, account: str) -> list[dict[str, Any]]:
    """List the open sessions of an account: id, begun, last seen, address, program."""
    names = ("id", "created_at", "seen_at", "peer", "client")
    rows = connection.execute(query("account.sessions"), {"account": account, "idle": IDLE, "whole": LONGEST})
    return [dict(zip(names, (row[0][:16], *row[1:]), strict=True)) for row in rows]


def end_others(connection: Connection, account: str, token: str) -> None:
    """End every session of an account but this one."""
    connection.execute(query("account.end_sessions"), {"account": account, "hash": _hash(token)})
    audit.record(connection, account, "sessions.end", account)


def is_own(connection: Connection, account: str, token: str, wanted: str) -> bool:
    """Say whether a session id of `sessions` is the one of this token."""
    return _hash(token).hex().startswith(wanted)


def csrf(token: str) -> str:
    """Give the word a form of this session must send along."""
    return hashlib.sha256(b"guiyi csrf " + token.encode()).hexdigest()


def _begin(connection: Connection, account: str, peer: str, client: str, *, whole: bool) -> str:
    token = secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "account": account, "whole": whole, "peer": peer[:64], "client": client[:120]}
    connection.execute(query("account.add_session"), values)
    if whole:
        connection.execute(query("account.forgive"), {"subject": f"account:{account}"})
    audit.record(connection, account, "sign_in" if whole else "sign_in.password", account, peer=peer[:64])
    return token


def waits(subject: str) -> bool:
    """Say whether the next attempt for a subject has to wait."""
    with connect() as connection:
        return connection.execute(query("account.wait"), {"subjects": [subject]}).fetchone() != (0.0,)


def missed(subject: str) -> None:
    """Count a failed attempt for a subject; after a few the next has to wait."""
    with connect() as connection:
        connection.execute(query("account.fail"), {"subject": subject, "free": FREE["account"]})


def _waiting(connection: Connection, name: str, peer: str) -> RefusedError | None:
    """Hold the account for one attempt; give the refusal while it, or the address, has to wait."""
    subjects = [f"account:{name[:64]}", f"peer:{peer[:64]}"]
    connection.execute(query("account.lock"), {"subject": subjects[0]})
    [(seconds,)] = connection.execute(query("account.wait"), {"subjects": subjects}).fetchall()
    if not seconds:
        return None
    audit.record(connection, _told(name), "sign_in.refused", _told(name), peer=peer[:64], cause="wait")
    return RefusedError("too many attempts; wait before the next")


def _failed(connection: Connection, name: str, peer: str, cause: str) -> RefusedError:
    for kind, subject in (("account", name[:64]), ("peer", peer[:64])):
        connection.execute(query("account.fail"), {"subject": f"{kind}:{subject}", "free": FREE[kind]})
    audit.record(connection, _told(name), "sign_in.refused", _told(name), peer=peer[:64], cause=cause)
    return RefusedError("name, password or code is not right")


def _told(name: str) -> str:
    """What was typed as a name may be a password: only what can be a name is told."""
    return name if name.isascii() and name.replace("_", "").replace("-", "").replace(".", "").isalnum() and len(name) <= 31 else "?"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
