"""Lists of the queue that stewards keep under a name: for themselves, or shown to all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import AbsentError
from hub.pipeline.queue import Wanted
from warehouse import audit
from warehouse.db import Connection, query


@dataclass(frozen=True)
class SavedList:
    """Filters of the queue under a name."""

    list_id: int
    owner: str
    shared: bool
    name: str
    filters: Mapping[str, Any]
    made_at: datetime

    @property
    def wanted(self) -> Wanted:
        """As the queue takes it."""
        return Wanted(**self.filters)


def filters(wanted: Wanted) -> dict[str, Any]:
    """Give the filters of a page of the queue that are set; what was searched is none of them."""
    plain = vars(Wanted())
    return {name: value for name, value in vars(wanted).items() if name != "cases" and value != plain[name]}


def of(connection: Connection) -> list[SavedList]:
    """List those the reader keeps, then those shared by others."""
    return [SavedList(*row) for row in connection.execute(query("saved_list.of"))]


def keep(connection: Connection, account: str, name: str, wanted: Wanted, *, shared: bool) -> int:
    """Keep the filters of a page under a name; one's own list of that name is replaced."""
    values = {"owner": account, "name": name, "shared": shared, "filters": Jsonb(filters(wanted))}
    [(list_id,)] = connection.execute(query("saved_list.keep"), values).fetchall()
    audit.record(connection, account, "list.keep", f"list {list_id}", shared=shared)
    return int(list_id)


def drop(connection: Connection, account: str, list_id: int) -> None:
    """End a list of one's own; AbsentError for another's."""
    if connection.execute(query("saved_list.drop"), {"list_id": list_id, "owner": account}).fetchone() is None:
        raise AbsentError(f"list {list_id}: not one you keep")
    audit.record(connection, account, "list.drop", f"list {list_id}")
