"""A county's departments as plain files, loaded through the whole flow: all its rows, none of its servers; and its truth as a crosswalk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

import county
from county import findings as planted
from county import truth
from county.lives import County
from hub.cli.truth import _person_keys
from hub.pipeline import approve, run_source
from hub.pipeline.golden import golden_rows
from hub.pipeline.resolve import resolve
from hub.settings import REPO
from mappings.load import load_sources
from tests.mappings.books import Raw, books
from warehouse import identity
from warehouse.db import connect, query


@dataclass(frozen=True)
class Books:
    """The people as they are, the records as written, every department's tables."""

    county: County
    written: pl.DataFrame
    tables: dict[str, dict[str, pl.DataFrame]]

    @property
    def findings(self) -> pl.DataFrame:
        """What was planted for analysts."""
        return planted.findings(self.county, self.written, self.tables["pension"])


def declare(home: Path, raw: dict[tuple[str, str], Raw]) -> None:
    """Write every department's declaration with its streams as CSV files, snapshots all, and the files."""
    for path in sorted((REPO / "mappings" / "sources").glob("*.yml")):
        source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - texts only
        name = source["source"]
        source["connector"] = {"type": "delimited", "path": "unset"}
        source["extract"] = {"mode": "snapshot"}
        del source["examples"]
        for stream in source["streams"]:
            stream.pop("cursor", None)
            stream["from"] = {"path": str(home / f"{name}.{stream['stream']}.csv")}
        (home / "sources" / path.name).write_text(yaml.safe_dump(source, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for (name, stream), one in raw.items():
        pl.from_arrow(one.table).write_csv(home / f"{name}.{stream}.csv", quote_style="necessary")  # type: ignore[union-attr]


def load(home: Path, people: int, seed: int) -> None:
    """Load a county into the warehouse that DATABASE_URL names, and resolve it."""
    raw, _ = books(people, seed)
    declare(home, raw)
    sources, problems = load_sources(home / "sources")
    assert problems == []
    for source in sources:
        run_source(source)
    resolve()


def known(people: int, seed: int) -> Books:
    """Give what a county knows of itself, loaded or not."""
    place, written = county.inhabit(people, seed)
    tables, _ = county.write_books(place, written, seed)
    return Books(place, written, tables)


def true_persons(home: Path, tables: dict[str, dict[str, pl.DataFrame]]) -> pl.DataFrame:
    """Say of every person record in the warehouse who it truly is: source, source_key, person."""
    by_name = {source.source: source for source in load_sources(home / "sources")[0]}
    frames = []
    for source, streams in tables.items():
        known = truth.persons_of(source, streams).filter(~pl.col("faulty"))
        frames += [_person_keys(by_name[source], str(stream), str(part), rows) for (stream, part), rows in known.group_by("stream", "part")]
    return pl.concat(frames).unique(["source", "source_key"])


def place_truly(persons: pl.DataFrame) -> None:
    """Make the crosswalk the truth: every record under the candidate id of its true person's oldest record, and no pair left open."""
    with connect() as connection:
        records = identity.person_records(connection)
        joined = records.join(persons, on=["source", "source_key"], how="left").with_columns(
            person=pl.coalesce(pl.col("person"), -pl.col("founding") - 1)  # a record nobody planted is a person of its own
        )
        places = joined.sort("founding").select(
            "source", "source_key", "candidate_id", entity_id=pl.col("candidate_id").first().over("person"), grade=pl.lit("certain"),
            model_version=pl.lit(1, pl.Int64),
        )  # fmt: skip
        identity.write_crosswalk(connection, "person_record", places)
        connection.execute(query("identity.forget_pairs"), {"entity": "person_record"})
        identity.write_golden(connection, golden_rows(records, places))


__all__ = ["Books", "approve", "declare", "load", "place_truly", "true_persons"]
