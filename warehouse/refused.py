"""Refused rows as people work on them: by pattern, row by row with every correction, and where a replayed row went."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from psycopg import sql

from hub import crypto, landing
from hub.errors import ConfigError
from mappings.canonical import ENTITIES
from warehouse import ledger
from warehouse.db import Connection, query
from warehouse.ledger import Line
from warehouse.quarantine import Refused, raw_context

RowId = tuple[str, int]
"""Batch and row number."""
Raw = dict[str, str | None]


@dataclass(frozen=True)
class Pattern:
    """Rows of one stream refused for the same reasons."""

    source: str
    stream: str
    reasons: list[str]
    rows: int
    batches: int
    oldest: datetime
    newest: datetime
    corrected: int
    """rows with a correction that was not replayed yet"""

    @property
    def name(self) -> str:
        """What it is called in an address: says nothing of its rows."""
        return hashlib.sha256("/".join((self.source, self.stream, *self.reasons)).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Waiting(Refused):
    """A refused row that waits."""

    corrected: bool = False


@dataclass(frozen=True)
class Opened:
    """A raw row as it came, and as corrected since."""

    batch_id: str
    row_number: int
    stream: str
    original: Raw
    raw: Raw


@dataclass(frozen=True)
class Correction:
    """One entry in the history of a row."""

    author: str
    reason: str
    recorded_at: datetime
    plan_id: int | None
    columns: list[str]


@dataclass(frozen=True)
class Detail:
    """Everything known of one refused row but its values."""

    batch_id: str
    row_number: int
    source: str
    stream: str
    row_key: str | None
    reasons: list[str]
    state: str
    recorded_at: datetime
    repair_batch_id: str | None
    repair_row: int | None
    interval_start: datetime | None
    history: tuple[Correction, ...] = ()


@dataclass(frozen=True)
class Proof:
    """Where a replayed row went: its state in the repair batch, the records it gave, the ledger of that batch."""

    batch_id: str
    row_number: int
    batch_state: str
    row_state: str | None
    records: tuple[tuple[str, str], ...]
    """entity and key of each record whose current version came with the row"""
    lines: tuple[Line, ...]


def patterns(connection: Connection, source: str | None = None) -> list[Pattern]:
    """Group the rows that wait by everything they were refused for, the largest group first."""
    return [Pattern(*row) for row in connection.execute(query("repair.patterns"), {"source": source})]


def pattern(connection: Connection, source: str, name: str) -> Pattern:
    """Give one pattern by its name; ConfigError when no row of it waits any more."""
    found = next((one for one in patterns(connection, source) if one.name == name), None)
    if found is None:
        raise ConfigError(f"{source}: no row of this pattern waits any more; `hub quarantine list` shows what does")
    return found


def count(connection: Connection) -> int:
    """Count the rows that wait."""
    [(rows,)] = connection.execute(query("repair.waiting")).fetchall()
    return int(rows)


def rows_of(connection: Connection, which: Pattern, limit: int = 50, offset: int = 0) -> list[Waiting]:
    """List rows of a pattern, oldest batch first."""
    values = {"source": which.source, "stream": which.stream, "reasons": which.reasons, "limit": limit, "offset": offset}
    return [Waiting(*row) for row in connection.execute(query("repair.rows"), values)]


def sample(connection: Connection, which: Pattern, seed: int, limit: int = 6) -> list[Waiting]:
    """Give some rows of a pattern; another seed, other rows."""
    values = {"source": which.source, "stream": which.stream, "reasons": which.reasons, "seed": str(seed), "limit": limit}
    return [Waiting(*row) for row in connection.execute(query("repair.sample"), values)]


def open_all(connection: Connection, ids: Sequence[RowId]) -> list[Opened]:
    """Open raw rows with the corrections made so far, in the order asked for; who may see them is the caller's to check."""
    keys = {"batches": [batch for batch, _ in ids], "rows": [row for _, row in ids]}
    raws = connection.execute(query("repair.raws"), keys).fetchall()
    fixes = connection.execute(query("repair.corrections"), keys).fetchall()
    originals = _unsealed([(batch, row, sealed) for batch, row, _, sealed in raws])
    now: dict[RowId, Raw] = {(batch, row): dict(raw) for (batch, row, _, _), raw in zip(raws, originals, strict=True)}
    for (batch, row, _), fix in zip(fixes, _unsealed(fixes), strict=True):
        if (batch, row) in now:
            now[batch, row].update(fix)
    return [Opened(batch, row, stream, raw, now[batch, row]) for (batch, row, stream, _), raw in zip(raws, originals, strict=True)]


def _unsealed(rows: Sequence[tuple[Any, ...]]) -> list[Raw]:
    texts = crypto.unseal([sealed for _, _, sealed in rows], [raw_context(batch, row) for batch, row, _ in rows])
    return [json.loads(text) if text else {} for text in texts]


def detail(connection: Connection, batch_id: str, row_number: int) -> Detail:
    """Give what is known of a refused row; ConfigError when it is not in quarantine."""
    key = {"batch_id": batch_id, "row_number": row_number}
    row = connection.execute(query("repair.one"), key).fetchone()
    if row is None:
        raise ConfigError(f"batch {batch_id}, row {row_number}: not in quarantine; `hub quarantine list` shows what is")
    made = connection.execute(query("repair.history"), key).fetchall()
    columns = [sorted(fix) for fix in _unsealed([(batch_id, row_number, one[5]) for one in made])]
    history = tuple(Correction(one[1], one[2], one[3], one[4], names) for one, names in zip(made, columns, strict=True))
    return Detail(*(batch_id, row_number, *row, history))


def is_in_sight(connection: Connection, batch_id: str, row_number: int) -> bool:
    """Say whether the connection sees a refused row."""
    return connection.execute(query("repair.in_sight"), {"batch_id": batch_id, "row_number": row_number}).fetchone() == (True,)


def first_day(connection: Connection, batches: Sequence[str]) -> date:
    """Give the earliest day the rows of some batches are judged by when replayed: of their intervals, else today."""
    today = datetime.now(UTC)
    found = [row[1] or today for row in connection.execute(query("repair.intervals"), {"batches": list(set(batches))})]
    return min(found, default=today).astimezone(UTC).date()


def proof(connection: Connection, which: Detail) -> Proof | None:
    """Say where a replayed row went, None while it was not replayed."""
    if which.repair_batch_id is None or which.repair_row is None:
        return None
    [(state,)] = connection.execute("select state from ops.batch where batch_id = %s", [which.repair_batch_id]).fetchall()
    lines = tuple(ledger.lines(connection, batch=which.repair_batch_id))
    records = tuple(
        (entity, key) for entity in ENTITIES for (key,) in connection.execute(_from_row(entity), [which.source, which.repair_batch_id, which.repair_row])
    )
    return Proof(which.repair_batch_id, which.repair_row, state, _state_in(which.source, which.repair_batch_id, which.repair_row), records, lines)


def _from_row(entity: str) -> sql.Composed:
    return sql.SQL("select source_key from core.{} where source = %s and batch_id = %s and row_number = %s").format(sql.Identifier(entity))


def _state_in(source: str, batch_id: str, row_number: int) -> str | None:
    """Look a row up in the ledger kept beside the landed rows."""
    manifest = landing.read_manifest("ledger", source, batch_id)
    if manifest is None:
        return None
    states = pl.DataFrame(pl.from_arrow(landing.read_table(manifest, "states", ["row_number", "state"])))
    found = states.filter(pl.col("row_number") == row_number)["state"].to_list()
    return str(found[0]) if found else None
