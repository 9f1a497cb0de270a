"""A person's decision outranks the machine, and undone it leaves no trace."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from matching import Model, match
from tests.matching.test_engine import result

__all__ = ["result"]

SCHEMA = {"left_id": pl.String, "right_id": pl.String, "verdict": pl.String}


def judged(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


@pytest.fixture(scope="session")
def some(records: pl.DataFrame) -> pl.DataFrame:
    return records.filter(pl.col("record_id").hash(1) % 3 == 0)


def clusters(records: pl.DataFrame, model: Model, *rows: tuple[str, str, str]) -> dict[str, str]:
    found = match(records, model, judged(*rows)).records
    return dict(zip(found["record_id"], found["cluster_id"], strict=True))


def pair_together(found: dict[str, str]) -> tuple[str, str]:
    return next((record, cluster) for record, cluster in found.items() if record != cluster)


def test_different_parts_what_the_machine_joined(some: pl.DataFrame, model: Model) -> None:
    a, b = pair_together(clusters(some, model))
    parted = clusters(some, model, (a, b, "different"))
    assert parted[a] != parted[b]


def test_same_joins_what_the_machine_kept_apart_even_across_numbers(some: pl.DataFrame, model: Model) -> None:
    certified = some.filter(pl.col("birth_date").is_not_null() & (pl.col("id_number").str.len_chars() == 18))
    before = clusters(some, model)
    a = certified["record_id"][0]
    b = next(record for record in certified["record_id"] if before[record] != before[a])
    after = clusters(some, model, (b, a, "same"))
    assert after[a] == after[b]
    others = {record for record, cluster in before.items() if cluster in (before[a], before[b])}
    assert {record for record in before if after[record] != before[record]} <= others


def test_two_clusters_united_by_a_judgement_stay_whole(some: pl.DataFrame, model: Model) -> None:
    before = clusters(some, model)
    a, first = pair_together(before)
    b, second = next((record, cluster) for record, cluster in before.items() if record != cluster != first)
    after = clusters(some, model, (a, b, "same"))
    members = [record for record, cluster in before.items() if cluster in (first, second)]
    assert len({after[record] for record in members}) == 1


def test_undone_nothing_remains(some: pl.DataFrame, model: Model) -> None:
    before = match(some, model)
    a, b = pair_together(dict(zip(before.records["record_id"], before.records["cluster_id"], strict=True)))
    match(some, model, judged((a, b, "different")))
    after = match(some, model, judged())
    assert_frame_equal(before.records, after.records)
    assert_frame_equal(before.cases, after.cases)


def test_unsure_constrains_nothing(some: pl.DataFrame, model: Model) -> None:
    before = clusters(some, model)
    a, b = pair_together(before)
    assert clusters(some, model, (a, b, "unsure")) == before


def test_judgements_of_unknown_records_are_ignored(some: pl.DataFrame, model: Model) -> None:
    assert clusters(some, model, ("nobody", some["record_id"][0], "same")) == clusters(some, model)


def test_contradicting_judgements_are_a_case_and_different_wins(some: pl.DataFrame, model: Model) -> None:
    a, b, c = some["record_id"].head(3)
    rows = ((a, b, "same"), (b, c, "same"), (a, c, "different"))
    found = match(some, model, judged(*rows))
    after = dict(zip(found.records["record_id"], found.records["cluster_id"], strict=True))
    assert after[a] != after[c]
    assert "contradiction" in found.cases["case_type"].to_list()
