"""Pins: a steward's choice of the record a person's field is taken from; dated, ended by a person, told when it is no longer needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from warehouse.db import Connection, query

SCHEMA = {"source": pl.String, "source_key": pl.String, "field": pl.String, "pin_id": pl.Int64}


@dataclass(frozen=True)
class Pin:
    """One pin; `agreed_at` says since when the value would be the same without it."""

    pin_id: int
    act_id: int
    source: str
    source_key: str
    field: str
    until: date | None
    author: str
    recorded_at: datetime
    agreed_at: datetime | None


def in_force(connection: Connection) -> pl.DataFrame:
    """Read the pins that hold today: source, source_key, field, pin_id."""
    return pl.DataFrame(connection.execute(query("pin.in_force")).fetchall(), schema=SCHEMA, orient="row")


def of_records(connection: Connection, keys: list[tuple[str, str]]) -> list[Pin]:
    """List the pins in force on some records."""
    values = {"sources": [source for source, _ in keys], "keys": [key for _, key in keys]}
    return [Pin(*row) for row in connection.execute(query("pin.of_records"), values)]


def add(connection: Connection, act_id: int, source: str, source_key: str, field: str, until: date | None, author: str) -> int:
    """Keep a pin; one there was on the same record and field ends by the same act."""
    values = {"act_id": act_id, "source": source, "source_key": source_key, "field": field, "until": until, "author": author}
    connection.execute(query("pin.replace"), values)
    [(pin_id,)] = connection.execute(query("pin.add"), values).fetchall()
    return int(pin_id)


def end(connection: Connection, pin_id: int, act_id: int) -> bool:
    """End a pin by an act; False when it had ended."""
    return connection.execute(query("pin.end"), {"pin_id": pin_id, "act_id": act_id}).fetchone() is not None


def note_agreed(connection: Connection, agreed: list[int], of: Sequence[tuple[str, str]] | None = None) -> None:
    """Note which pins in force (`of` these records, or all) are no longer needed, and which are again."""
    sources, keys = ([], []) if of is None else ([source for source, _ in of], [key for _, key in of])
    connection.execute(query("pin.agree"), {"agreed": agreed, "all": of is None, "sources": sources, "keys": keys})
