"""The fingerprint: what `equal` means for two states of the warehouse.

SHA-256 over a canonical export: opened, sorted by business key, without recorded-at, batch ids and row numbers,
ciphertext and keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

import polars as pl
from psycopg import sql

from hub import crypto
from mappings.canonical import ENTITIES, Entity
from warehouse.copy import copy_out
from warehouse.db import Connection, query
from warehouse.identity import golden_context
from warehouse.records import seal_context

SLICE = 50_000


def export(connection: Connection, entity: Entity) -> pl.DataFrame:
    """Read the current state of an entity as text, with `personal` the sealed values as read (opened per slice)."""
    sealed = sql.SQL("encode(sealed, 'hex')") if entity.personal else sql.SQL("null::text")
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in entity.open)
    statement = query("export.current").format(columns=columns, sealed=sealed, table=sql.Identifier(entity.name))
    names = ["source", "source_key", *entity.open, "derived", "ended", "refused_newer"]
    return copy_out(connection, statement, {**dict.fromkeys(names, pl.String), "sealed": pl.Binary})


def opened(entity: Entity, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the personal fields of an exported frame in clear, in memory."""
    contexts = [seal_context(entity.name, source, [key])[0] for source, key in frame.select("source", "source_key").iter_rows()]
    texts = crypto.unseal(frame["sealed"].to_list(), contexts)
    values = [json.loads(text) if text else {} for text in texts]
    return frame.drop("sealed").with_columns(pl.Series(name, [value.get(name) for value in values], pl.String) for name in entity.personal)


def identity_export(connection: Connection) -> dict[str, pl.DataFrame]:
    """Read whose each record is, and the golden records in clear, in memory."""
    crosswalk = copy_out(connection, query("export.crosswalk"), dict.fromkeys(["entity", "source", "source_key", "entity_id", "grade"], pl.String))
    names = ["person_id", "name", "sex_code", "birth_date", "ethnic_code", "area_code", "death_date", "records", "provenance"]
    golden = copy_out(connection, query("export.golden"), {**dict.fromkeys(names, pl.String), "sealed": pl.Binary})
    clear = crypto.unseal(golden["sealed"].to_list(), [golden_context(person) for person in golden["person_id"]])
    return {"crosswalk": crosswalk, "golden": golden.drop("sealed").with_columns(pl.Series("clear", clear, pl.String))}


def _digest(frames: Iterable[pl.DataFrame]) -> str:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame.write_csv(include_header=False, quote_style="always").encode())
    return digest.hexdigest()


def fingerprint(connection: Connection) -> dict[str, str]:
    """Give the SHA-256 of each entity's current state, of identity, and under `all` of everything together."""
    digests = {name: _digest(opened(entity, piece) for piece in export(connection, entity).iter_slices(SLICE)) for name, entity in sorted(ENTITIES.items())}
    digests |= {name: _digest([frame]) for name, frame in identity_export(connection).items()}
    digests["all"] = hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
    return digests
