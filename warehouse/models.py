"""Versions of the matching model: proposed, approved by a person, retired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from hub.errors import ConfigError
from warehouse.db import Connection, query


@dataclass(frozen=True)
class Version:
    """One version, without its tables."""

    version: int
    state: str
    effect: dict[str, Any] | None
    author: str
    reason: str
    recorded_at: datetime


def current(connection: Connection) -> tuple[int, str] | None:
    """Give the version in force and its model as JSON, None before the first."""
    row = connection.execute(query("identity.model")).fetchone()
    return None if row is None else (row[0], row[1])


def version_in_force(connection: Connection) -> int | None:
    """Give the version in force, None before the first."""
    row = connection.execute(query("identity.model_in_force")).fetchone()
    return None if row is None else int(row[0])


def get(connection: Connection, version: int) -> str:
    """Give the model of a version; an unknown one is a ConfigError."""
    row = connection.execute(query("identity.model_of"), {"version": version}).fetchone()
    if row is None:
        raise ConfigError(f"model version {version}: not known; `hub model show` lists the versions")
    return str(row[0])


def add(connection: Connection, model: str, *, state: str, effect: dict[str, Any] | None, author: str, reason: str) -> int:
    """Keep another version and give its number."""
    values = {"model": model, "state": state, "effect": None if effect is None else Jsonb(effect), "author": author, "reason": reason}
    row = connection.execute(query("identity.add_model"), values).fetchone()
    assert row is not None  # noqa: S101 - `returning` gives the row
    return int(row[0])


def versions(connection: Connection) -> list[Version]:
    """List all versions."""
    return [Version(*row) for row in connection.execute(query("identity.models"))]


def approve(connection: Connection, version: int) -> None:
    """Bring a version into force; later ones are retired, so that this is a roll-back too."""
    get(connection, version)
    for known in versions(connection):
        state = "approved" if known.version == version else "retired" if known.state == "approved" else known.state
        if state != known.state:
            connection.execute(query("identity.set_model_state"), {"version": known.version, "state": state})
