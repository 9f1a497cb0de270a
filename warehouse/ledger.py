"""Reads of the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.db import Connection, query


@dataclass(frozen=True)
class Line:
    """One stream of one published batch."""

    batch_id: str
    source: str
    stream: str
    extracted: int
    accepted: int
    quarantined: int
    unchanged: int
    superseded: int
    out_of_scope: int
    ended: int


def lines(connection: Connection, *, batch: str | None = None, source: str | None = None, last: bool = False) -> list[Line]:
    """List the ledger of published batches, of one batch or source, or of the latest of each source."""
    return [Line(*row) for row in connection.execute(query("ledger.lines"), {"batch": batch, "source": source, "last": last})]


def unbalanced(connection: Connection) -> list[str]:
    """Name the batches and streams that do not balance: by rows, by keys, or against the quarantine."""
    return [row[0] for row in connection.execute(query("ledger.unbalanced"))]
