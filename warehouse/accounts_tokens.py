"""API tokens: for programs of a person, with no more than the scopes asked for, and an end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from hub.errors import ConfigError, RefusedError
from warehouse import audit
from warehouse.db import Connection, query

SCOPES = {
    "account": "who I am and what I may", "ledger": "batches and their ledger", "audit": "the audit trail (auditors)",
    "persons": "persons, and whether one is known (stewards)", "cases": "cases that wait (stewards)",
    "verdicts": "verdicts and what waits for a second person (stewards)", "loads": "batches, decisions on them, codes (engineers; stewards read)",
    "quarantine": "refused rows, their repair and replay (stewards; engineers read)",
}  # fmt: skip
LONGEST_DAYS = 90
PREFIX = "gyt_"


@dataclass(frozen=True)
class Token:
    """A token as lists show it: never the token itself."""

    token_id: int
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def add(connection: Connection, account: str, label: str, scopes: list[str], days: int) -> str:
    """Make a token and give it, once."""
    if not scopes or set(scopes) - SCOPES.keys() or not 1 <= days <= LONGEST_DAYS or not label.strip():
        raise ConfigError(f"token: expected a label, scopes among {', '.join(SCOPES)}, and 1 to {LONGEST_DAYS} days")
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"hash": _hash(token), "account": account, "label": label.strip()[:80], "scopes": sorted(set(scopes)), "days": days}
    [(token_id,)] = connection.execute(query("account.add_token"), values).fetchall()
    audit.record(connection, account, "token.add", f"token {token_id}", scopes=sorted(set(scopes)), days=days)
    return token


def owner(connection: Connection, token: str, scope: str) -> str:
    """Give whose token this is; RefusedError when it does not work, or not for this."""
    row = connection.execute(query("account.token"), {"hash": _hash(token)}).fetchone()
    if row is None or scope not in row[1]:
        raise RefusedError("this token does not work here; make one with the scope needed")
    return str(row[0])


def tokens(connection: Connection, account: str) -> list[Token]:
    """List the tokens of an account that work."""
    return [Token(*row) for row in connection.execute(query("account.tokens"), {"account": account})]


def revoke(connection: Connection, account: str, token_id: int) -> None:
    """End a token of this account; RefusedError when it has none of this number."""
    if connection.execute(query("account.revoke_token"), {"account": account, "token_id": token_id}).fetchone() is None:
        raise RefusedError(f"token {token_id}: none of yours")
    audit.record(connection, account, "token.revoke", f"token {token_id}")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
