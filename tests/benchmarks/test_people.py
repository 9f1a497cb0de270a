"""The records benchmarks are run on are those the hub would hold, each with its truth."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks import people
from tests.mappings.books import books


@pytest.fixture(scope="module")
def made() -> tuple[pl.DataFrame, pl.DataFrame]:
    return people.make(1000, 3)


def test_every_clean_record_of_every_source_is_there_once(made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    records, truth = made
    assert tuple(records.columns) == people.RECORD
    assert records["record_id"].n_unique() == records.height == truth.height
    assert records["founding"].to_list() == list(range(records.height))
    assert truth["person"].null_count() == 0
    tables = books(1000, 3)[0]
    for source, stream, parts in (("pension", "ac01", 1), ("police", "register", 1), ("civil_affairs", "marriages", 2), ("archive_room", "items", 1)):
        clean = int((tables[source, stream].fault == "").sum())
        assert records.filter(pl.col("record_id").str.starts_with(f"{source}/{stream}-")).height == parts * clean, (source, stream)


def test_what_other_records_say_of_a_person_is_added(made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    records, _ = made
    named = records.group_by("source").agg(pl.col("employer_name", "employer_code", "death_date", "id_number", "household_no").count())
    counts = {row["source"]: row for row in named.to_dicts()}
    assert all(counts[source]["employer_name"] for source in ("pension", "medical", "work_injury", "tax", "archive_room"))
    assert counts["pension"]["employer_code"]
    assert all(counts[source]["death_date"] for source in ("pension", "civil_affairs", "police"))
    assert [source for source, row in counts.items() if row["household_no"]] == ["police"]
