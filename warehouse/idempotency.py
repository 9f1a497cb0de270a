"""Writes of programs done once: an answer is kept under the key the program gave, and given again for the same request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from warehouse.db import Connection, query

DAYS = 2


@dataclass(frozen=True)
class Known:
    """A key that was used: whether for the same request, and the answer (None while the first is still at work)."""

    same: bool
    status: int | None
    answer: Any


def begin(connection: Connection, account: str, key: str, route: str, body: bytes) -> Known | None:
    """Take a key for a request, None; or say what it was used for."""
    values = {"account": account, "key": key, "hash": hashlib.sha256(route.encode() + b"\0" + body).digest(), "days": DAYS}
    connection.execute(query("idempotency.forget"), values)
    if connection.execute(query("idempotency.begin"), values).fetchone():
        return None
    row = connection.execute(query("idempotency.get"), values).fetchone()
    return None if row is None else Known(row[0] == values["hash"], row[1], row[2])


def finish(connection: Connection, account: str, key: str, status: int, answer: Any) -> None:
    """Keep the answer."""
    connection.execute(query("idempotency.finish"), {"account": account, "key": key, "status": status, "answer": Jsonb(answer)})


def drop(connection: Connection, account: str, key: str) -> None:
    """Forget a key whose request failed: it may be tried again."""
    connection.execute(query("idempotency.drop"), {"account": account, "key": key})
