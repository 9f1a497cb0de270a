"""The audit trail: who did, saw or was refused what; an entry stands in the transaction of the act it tells of.

Chains of entries, one writer each at a time (`audit.record` in the database); `warehouse.audit_seal` signs their ends
into a file outside, `warehouse.audit_verify` finds what was changed since.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from warehouse.db import Connection, query

_PERSONAL = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9])")
LONGEST = 500


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    partition: int
    number: int
    at: datetime
    actor: str
    action: str
    object: str
    purpose: str | None
    detail: dict[str, Any]


def record(connection: Connection, actor: str, action: str, object: str, purpose: str | None = None, **detail: Any) -> None:  # noqa: A002 - the word of the trail
    """Write one entry in the connection's transaction: both stand or neither.

    `object` and `detail` are ids, counts and names of fields.  What looks like an identity number or a phone, typed
    into a purpose by hand, is replaced by stars: the trail outlives the data and many read it.
    """
    told = {"actor": actor, "action": action, "object": _clean(object), "purpose": None if purpose is None else _clean(purpose)}
    connection.execute(query("audit.record"), {**told, "detail": Jsonb({name: _plain(value) for name, value in detail.items()})})


def read(
    connection: Connection, *, actor: str | None = None, action: str | None = None, about: str | None = None, since: datetime | None = None, limit: int = 100
) -> list[Entry]:
    """List entries, the latest first; `about` is the object they speak of."""
    values = {"actor": actor, "action": action, "object": about, "since": since, "limit": limit}
    return [Entry(*row) for row in connection.execute(query("audit.read"), values)]


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else _clean(str(value))


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:LONGEST]).replace("\0", "")
    return _PERSONAL.sub(lambda found: "*" * len(found[0]), text)
