"""`python -m benchmarks.people --people 20000 --seed 1 --out DIR`: person records of a county as the hub maps them, with the truth apart.

The county's tables go through the shipped source files; rows with a planted fault are left out, as the gate does.  What the hub adds to a
person record from its source's other records (employer, death) is added here the same way as in `warehouse/sql/identity.sql`.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import defaultdict
from pathlib import Path

import polars as pl

import county
from county.raw import BROKEN, raw
from hub import settings
from mappings.apply import map_part
from mappings.load import load_sources
from mappings.source import Source

FIELDS = ("name", "former_name", "sex_code", "birth_date", "id_number", "phone", "address", "area_code", "ethnic_code", "household_no")
RECORD = ("record_id", "founding", "source", *FIELDS, "employer_name", "employer_code", "death_date")
Entities = dict[str, list[pl.DataFrame]]


def people(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the person records of a county of `count` people, oldest first, and the truth (`record_id`, `person`); kept under `var/benchmarks/`."""
    folder = settings.REPO / "var" / "benchmarks" / f"county-{count}-{seed}-{_makers()}"
    records, truth = folder / "records.parquet", folder / "truth.parquet"
    if not truth.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        made = make(count, seed)
        for path, frame in zip((records, truth), made, strict=True):
            frame.write_parquet(path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
    return pl.read_parquet(records), pl.read_parquet(truth)


def make(count: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make what `people` gives."""
    tables, _ = county.write_books(*county.inhabit(count, seed), seed)
    sources = {source.source: source for source in load_sources(settings.REPO / "mappings" / "sources")[0]}
    persons = [_persons(sources[source], streams) for source, streams in tables.items()]
    both = pl.concat(persons).sort("row_number", "source", "record_id").with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64))
    return both.select(RECORD), both.select("record_id", "person")


def _persons(source: Source, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The person records of one source, each with its employer and death."""
    entities: Entities = defaultdict(list)
    for stream, table in tables.items():
        mapped = map_part(source, stream, raw(source.source, stream, table).table, 1).records
        broken = pl.any_horizontal(pl.col("_fault").str.starts_with(mark) for mark in BROKEN)
        rows = table.filter(~broken).select(pl.col("^_.*$")).with_row_index("row_number", offset=1).with_columns(pl.col("row_number").cast(pl.Int64))
        for entity, frame in mapped.items():
            clean = frame.join(rows.filter(pl.col("_fault") == ""), on="row_number", how="inner", maintain_order="left")
            entities[entity].append(clean.with_columns(pl.lit(stream).alias("stream")))
    persons = _with_facts(_latest(entities["person_record"]), entities)
    return persons.with_columns(source=pl.lit(source.source), record_id=pl.concat_str(pl.lit(f"{source.source}/"), "record_id"))


def _latest(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """One record per key: the last row's values, the first row's age."""
    wife = pl.col("source_key").str.ends_with("#woman")
    parts = [
        frame.with_columns(person=pl.when(wife).then("_person_woman").otherwise("_person") if "_person_woman" in frame.columns else pl.col("_person"))
        for frame in frames
    ]
    columns = [*FIELDS, "employer_name", "employer_key"]
    rows = pl.concat(part.select("source_key", "stream", "row_number", "person", *columns) for part in parts)
    grouped = rows.group_by("source_key", maintain_order=True).agg(pl.col("stream", "row_number", "person").first(), pl.col(columns).last())
    part = pl.col("source_key").str.extract(r"(#\w+)$").fill_null("")
    return grouped.with_columns(
        pl.col("birth_date").cast(pl.String),
        record_id=pl.concat_str(pl.col("stream"), pl.lit("-"), pl.col("row_number").cast(pl.String), part),
    )


def _with_facts(persons: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """Add the employer named last and the first date of death, as `identity.persons` does."""
    worked = [f.select("person_key", "employer_key", since="start_date") for f in entities["enrolment"]]
    worked += [f.select("person_key", "employer_key", since="period_month") for f in entities["contribution"]]
    schema = {"person_key": pl.String, "employer_key": pl.String, "since": pl.Date}
    employed = pl.concat([pl.DataFrame(schema=schema), *worked]).drop_nulls(["person_key", "employer_key"])
    employed = employed.sort("person_key", "since", "employer_key", descending=[False, True, False], nulls_last=True).unique(
        "person_key", keep="first", maintain_order=True
    )
    employers = pl.concat(
        [pl.DataFrame(schema=dict.fromkeys(("source_key", "name", "credit_code"), pl.String))]
        + [f.select("source_key", "name", "credit_code") for f in entities["employer_record"]]
    ).unique("source_key", keep="last", maintain_order=True)
    died = pl.concat(
        [pl.DataFrame(schema={"person_key": pl.String, "death_date": pl.String})] + [f.select("person_key", "death_date") for f in entities["death"]]
    )
    died = died.group_by("person_key").agg(pl.col("death_date").min())
    key = pl.coalesce("employer_key", "worked_for")
    return (
        persons.join(employed.select(source_key="person_key", worked_for="employer_key"), on="source_key", how="left", maintain_order="left")
        .with_columns(works_for=key)
        .join(employers.select(works_for="source_key", employer="name", employer_code="credit_code"), on="works_for", how="left", maintain_order="left")
        .join(died.rename({"person_key": "source_key"}), on="source_key", how="left", maintain_order="left")
        .with_columns(employer_name=pl.coalesce("employer_name", "employer"))
        .drop("employer_key", "worked_for", "works_for", "employer", "source_key", "stream")
    )


def _makers() -> str:
    """A mark of the code that makes the records: another county or mapping, another file."""
    digest = hashlib.sha256()
    for folder in ("county", "mappings", "benchmarks"):
        for path in sorted((settings.REPO / folder).rglob("*")):
            if path.suffix in (".py", ".yml", ".yaml", ".csv", ".txt") and (folder != "benchmarks" or path.name == "people.py"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def main() -> None:
    """Write `records.parquet` and `truth.parquet`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, frame in zip(("records", "truth"), people(asked.people, asked.seed), strict=True):
        frame.write_parquet(asked.out / f"{name}.parquet")
        print(f"{name}: {frame.height:,} rows")


if __name__ == "__main__":
    main()
