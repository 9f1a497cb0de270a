"""Golden records as rows of `identity.golden`, and why each value was taken; one way to compute them for all persons and for a few."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from hub import crypto, settings
from mappings.load import load_sources
from matching.golden import FIELDS, PINS, Trust, golden_records


@dataclass(frozen=True)
class Value:
    """One value of a golden record, where it came from and why it was taken, in words; `others` are what the other records say."""

    field: str
    value: str
    source: str
    source_key: str
    batch_id: str
    row_number: int
    why: str
    """pinned, only, agreed, trusted or newest."""
    agreeing: int
    """Records that say the same."""
    others: tuple[tuple[str, str, str], ...]
    """source, source_key, value of records that say something else."""


def trust() -> Trust:
    """Give how far each source is believed, read anew when a source file changes."""
    folder = settings.load().sources
    return _trust(folder, tuple((path.name, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.y*ml"))) if folder.is_dir() else ())


@lru_cache(maxsize=8)
def _trust(folder: Path, _: tuple[tuple[str, int], ...]) -> Trust:
    sources, _problems = load_sources(folder)
    return Trust({source.source: source.trust for source in sources}, {source.source: source.trust_fields for source in sources})


def trust_digest() -> str:
    """Name what `trust` says: another name, and golden records may have other values."""
    now = trust()
    told = {"sources": dict(now.sources), "fields": {source: dict(fields) for source, fields in now.fields.items()}}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def golden_rows(records: pl.DataFrame, placed: pl.DataFrame, pinned: pl.DataFrame = PINS) -> pl.DataFrame:
    """Give the rows of `identity.golden` (personal fields in clear) for records as placed.

    records: as `identity.person_records` gives them; placed: source, source_key, entity_id; pinned: as `pins.in_force` gives them.
    """
    people = records.join(placed.select("source", "source_key", person_id="entity_id"), on=["source", "source_key"])
    golden = golden_records(people, trust(), pinned)
    provenance = [json.dumps({name: list(origin.values()) for name, origin in row.items() if origin}) for row in golden["provenance"]]
    golden = golden.with_columns(pl.Series("provenance", provenance, pl.String))
    texts = golden.select(
        pl.concat_str([pl.col(name).fill_null("\x00") for name in FIELDS] + [pl.col("provenance"), pl.col("records").cast(pl.String)], separator="\x1f")
    )
    return golden.with_columns(pl.Series("hash", crypto.keyed_hash(texts.to_series().to_list()), pl.Binary))


def values_of(records: pl.DataFrame, pinned: pl.DataFrame = PINS) -> tuple[Value, ...]:
    """Give the golden values of one person, whose records these are, each with its reason."""
    [row] = golden_records(records.with_columns(person_id=pl.lit("one")), trust(), pinned).to_dicts()
    return explained(records, {name: list(row["provenance"][name].values()) for name in FIELDS if row[name] is not None}, pinned)


def explained(records: pl.DataFrame, provenance: Mapping[str, Sequence[Any]], pinned: pl.DataFrame = PINS) -> tuple[Value, ...]:
    """Say of golden values why each was taken and what the other records say; a value whose record is not among `records` is left out.

    provenance: field -> source, source_key, batch_id, row_number.
    """
    rows = {(row["source"], row["source_key"]): row for row in records.to_dicts()}
    return tuple(
        _value(records, name, str(rows[provenance[name][0], provenance[name][1]][name]), provenance[name], pinned)
        for name in FIELDS
        if name in provenance and (provenance[name][0], provenance[name][1]) in rows
    )


def _value(records: pl.DataFrame, name: str, value: str, origin: Sequence[Any], pinned: pl.DataFrame) -> Value:
    source, source_key, batch_id, row_number = origin
    said = records.filter(pl.col(name).is_not_null()).select("source", "source_key", name).rows()
    others = tuple((of, key, told) for of, key, told in said if told != value)
    trusts = trust().of(name)
    agreeing = len(said) - len(others)
    if len(pinned.filter((pl.col("field") == name) & (pl.col("source") == source) & (pl.col("source_key") == source_key))):
        why = "pinned"
    elif not others:
        why = "only" if agreeing == 1 else "agreed"
    elif trusts.get(source, 0) > max(trusts.get(of, 0) for of, _, _ in others):
        why = "trusted"
    else:
        why = "agreed" if agreeing > max(sum(told == other for _, _, told in others) for _, _, other in others) else "newest"
    return Value(name, value, source, source_key, batch_id, row_number, why, agreeing, others)


def agreed_pins(records: pl.DataFrame, placed: pl.DataFrame, golden: pl.DataFrame, pinned: pl.DataFrame) -> list[int]:
    """Give the pins without which the golden value would be the same: they propose to end."""
    if not len(pinned):
        return []
    of = pinned.join(placed.select("source", "source_key", person_id="entity_id"), on=["source", "source_key"])
    people = records.join(placed.select("source", "source_key", person_id="entity_id"), on=["source", "source_key"])
    without = golden_records(people.filter(pl.col("person_id").is_in(of["person_id"].implode())), trust())
    told = {row["person_id"]: row for row in golden.filter(pl.col("person_id").is_in(of["person_id"].implode())).to_dicts()}
    free = {row["person_id"]: row for row in without.to_dicts()}
    return [row["pin_id"] for row in of.to_dicts() if told[row["person_id"]][row["field"]] == free[row["person_id"]][row["field"]]]
