"""What changed since the last run of resolve: records, and whatever else decides whose a record is or what is known of its person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from warehouse import identity
from warehouse.db import Connection, connect, query

Record = tuple[str, str]
"""source, source_key"""


@dataclass(frozen=True)
class Since:
    """Where the last run stood."""

    watermark: datetime
    judgement_id: int


@dataclass(frozen=True)
class Changed:
    """What a run has to look at again."""

    records: tuple[Record, ...]
    """Person records that may say something else than before, also by their deaths and employers."""
    gone: tuple[Record, ...]
    """Keys of person records that are no more: the record goes on under another."""
    others: tuple[Record, ...]
    """Records that were judged, pinned or drawn for the audit, and those of verdicts that rested on what changed."""
    employers: bool
    """Whether anything about an employer changed."""


def watermark() -> datetime:
    """Give the oldest instant a transaction that is not yet over may stamp its rows with; asked before a run reads anything."""
    with connect(autocommit=True) as connection:
        [(found,)] = connection.execute(query("star.watermark")).fetchall()
    return found  # type: ignore[no-any-return]


def since(connection: Connection, last: Since) -> Changed:
    """Say what changed since a run stood."""
    values = {"since": last.watermark, "known": last.judgement_id}
    rows = connection.execute(query("changed.records"), values).fetchall()
    own = [(source, key) for source, key, itself in rows if itself]
    others: list[Record] = identity.named_now(connection, "person_record", connection.execute(query("changed.judged"), values).fetchall())
    for name in ("pinned", "drawn"):
        others += connection.execute(query(f"changed.{name}"), values).fetchall()
    others += own + _resting(connection, own)
    [(employers,)] = connection.execute(query("changed.employers"), values).fetchall()
    gone = connection.execute(query("changed.gone"), values).fetchall()
    return Changed(tuple((source, key) for source, key, _ in rows), tuple(gone), tuple(dict.fromkeys(others)), bool(employers))


def _resting(connection: Connection, records: Sequence[Record]) -> list[Record]:
    """Records of verdicts that rested on some records: the case may have to be asked again."""
    values = {"sources": [source for source, _ in records], "keys": [key for _, key in records]}
    return connection.execute(query("changed.resting"), values).fetchall()
