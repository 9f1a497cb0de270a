"""What the hub made of the synthetic county, held against the county's truth: planted faults and persons (the demo only)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from mappings.columns import Columns
from mappings.keys import key_of
from mappings.source import Key, RecordMap, Source
from warehouse.db import Connection

FINDING = "select source, stream, row_key, reasons from ops.quarantine where state = 'open'"
PLACES = "select source, source_key, entity_id from identity.crosswalk where entity = 'person_record'"
REFUSED: dict[str, Any] = {"source": pl.String, "stream": pl.String, "row_key": pl.String, "reasons": pl.List(pl.String)}


@dataclass(frozen=True)
class Faults:
    """Per source: rows planted, those of them refused for their very reason, and rows refused that nobody planted."""

    source: str
    planted: int
    found: int
    others: int


@dataclass(frozen=True)
class Persons:
    """How the persons found agree with the truth, over pairs of records that are one person."""

    records: int
    true_persons: int
    found_persons: int
    precision: float
    recall: float
    certain_wrong: int
    """pairs in one cluster that are two people"""
    possible: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.precision + self.recall else 0.0


def faults(connection: Connection, county: Path, sources: list[Source], day: int) -> list[Faults]:
    """Hold the quarantine against the faults planted up to a day and not repaired since."""
    truth = pl.read_parquet(county / "truth" / "faults.parquet")
    truth = truth.filter(pl.col("day") <= day, pl.col("repaired_day").is_null() | (pl.col("repaired_day") > day))
    refused = pl.DataFrame(connection.execute(FINDING).fetchall(), schema=REFUSED, orient="row")
    refused = refused.with_columns(codes=pl.col("reasons").list.eval(pl.element().str.split(":").list.last()))
    return [_faults(source, truth.filter(pl.col("source") == source.source), refused.filter(pl.col("source") == source.source)) for source in sources]


def _faults(source: Source, truth: pl.DataFrame, refused: pl.DataFrame) -> Faults:
    """A row is told by its key and its reason; one that could not be read far enough for a key by its reason alone."""
    found, keyed = 0, []
    for (stream,), planted in truth.group_by("stream"):
        rows = refused.filter(pl.col("stream") == stream)
        planted = planted.with_columns(row_key=hub_keys(source, source.stream(str(stream)).key, planted["key"])).with_row_index("at")
        met = planted.join(rows, on="row_key").filter(pl.col("reason").is_in(pl.col("codes")))["at"].unique()
        found += len(met)
        unread = rows.filter(pl.col("row_key").is_null())
        for (reason,), alike in planted.filter(~pl.col("at").is_in(met.implode())).group_by("reason"):
            found += min(len(alike), len(unread.filter(pl.col("codes").list.contains(reason))))
        keyed.append(planted.select("stream", "row_key"))
    others = refused.filter(pl.col("row_key").is_not_null())
    others = others.join(pl.concat(keyed), on=["stream", "row_key"], how="anti") if keyed else others
    return Faults(source.source, len(truth), found, len(others))


def persons(connection: Connection, county: Path, sources: list[Source], possible: int) -> Persons:
    """Hold the crosswalk against who the records truly speak of; all pairs of records of one person count."""
    truth = pl.read_parquet(county / "truth" / "person.parquet").filter(~pl.col("faulty"), pl.col("to_day").is_null())
    by_name = {source.source: source for source in sources}
    parts = [_person_keys(by_name[str(source)], str(stream), str(part), rows) for (source, stream, part), rows in truth.group_by("source", "stream", "part")]
    known = pl.concat(parts).unique(["source", "source_key"])
    schema: dict[str, Any] = {"source": pl.String, "source_key": pl.String, "entity_id": pl.String}
    placed = pl.DataFrame(connection.execute(PLACES).fetchall(), schema=schema, orient="row")
    both = known.join(placed, on=["source", "source_key"])
    true, made, agreed = _pairs(both, "person"), _pairs(both, "entity_id"), _pairs(both, "person", "entity_id")
    people, clusters = both["person"].n_unique(), both["entity_id"].n_unique()
    return Persons(len(both), people, clusters, agreed / made if made else 1.0, agreed / true if true else 1.0, made - agreed, possible)


def _person_keys(source: Source, stream: str, part: str, rows: pl.DataFrame) -> pl.DataFrame:
    how = _person_map(source, stream, part)
    keys = hub_keys(source, how.key or source.stream(stream).key, rows["key"])
    return rows.select("source", "person", source_key=keys + (f"#{part}" if part else ""))


def _person_map(source: Source, stream: str, part: str) -> RecordMap:
    return next(record for record in source.stream(stream).records if record.entity == "person_record" and (record.part or "") == part)


def hub_keys(source: Source, key: Key, written: pl.Series) -> pl.Series:
    """Make the hub's row keys of the county's (a JSON array of the key columns as written)."""
    rows = [json.loads(text) for text in written]
    table = pa.table({column: pa.array([row[at] for row in rows], pa.large_string()) for at, column in enumerate(key.columns)})
    return key_of(Columns(table, source.blanks), key, source.source).values.alias("row_key")


def _pairs(frame: pl.DataFrame, *by: str) -> int:
    """Count the pairs of records that agree in these columns."""
    sizes = frame.group_by(by).len()["len"].cast(pl.Int64)
    return int((sizes * (sizes - 1) // 2).sum())
