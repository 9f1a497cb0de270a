"""The whole of matching on a small county: quality, constraints, grades, determinism, small and empty files."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from hub.errors import FatalError
from matching import Model, Result, fit, fit_and_match, match
from matching.hashing import seed_of
from matching.standardise import standardise
from matching.standardise.numbers import citizen_number
from tests.matching.conftest import frame, pairwise, person


@pytest.fixture(scope="session")
def result(records: pl.DataFrame, model: Model) -> Result:
    return match(records, model)


def test_quality_on_a_county_nobody_tuned_on(people: pl.DataFrame, result: Result) -> None:
    truth = result.records.join(people.select("record_id", "person"), on="record_id")
    precision, recall, f1 = pairwise(truth["cluster_id"], truth["person"])
    assert precision >= 0.9985
    assert recall >= 0.99
    assert f1 >= 0.995
    assert len(result.cases) <= 0.005 * len(people)


def test_no_cluster_holds_two_self_consistent_numbers(records: pl.DataFrame, model: Model, result: Result) -> None:
    encoded = standardise(records, model).frame.select("record_id", pl.col("id_number.certified").alias("number")).filter(pl.col("number") != 0)
    assert encoded.join(result.records, on="record_id").group_by("cluster_id").agg(pl.col("number").n_unique())["number"].max() == 1


def test_founding_record_names_the_cluster(records: pl.DataFrame, result: Result) -> None:
    oldest = result.records.join(records.select("record_id", "founding"), on="record_id").sort("founding").group_by("cluster_id").first()
    assert (oldest["cluster_id"] == oldest["record_id"]).all()


def test_grades_follow_from_clusters_and_cases(result: Result) -> None:
    sizes = result.records.with_columns(pl.len().over("cluster_id").alias("size"))
    assert (sizes.filter(pl.col("grade") == "certain")["size"] > 1).all()
    assert (sizes.filter(pl.col("grade") != "certain")["size"] == 1).all()
    doubtful = pl.concat([result.cases["left_cluster"], result.cases["right_cluster"]])
    assert sizes.filter(pl.col("grade") == "possible")["record_id"].is_in(doubtful.implode()).all()


def test_result_does_not_depend_on_the_order_of_rows(records: pl.DataFrame, model: Model, result: Result) -> None:
    again = match(records.sample(fraction=1.0, shuffle=True, seed=5), model)
    assert_frame_equal(again.records, result.records)
    assert_frame_equal(again.cases, result.cases)
    assert_frame_equal(again.pairs, result.pairs)


def test_fitting_again_gives_the_same_version(records: pl.DataFrame, model: Model, result: Result) -> None:
    again, found = fit_and_match(records, key=b"a secret of the tests")
    assert again.version == model.version
    assert_frame_equal(found.records, result.records, check_exact=True)
    assert_frame_equal(found.pairs, result.pairs, check_exact=True)


def test_blocking_says_what_it_reaches(result: Result) -> None:
    assert result.report.recall is not None
    assert 0.98 < result.report.recall < 1
    assert result.report.as_frame().height == len(result.report.passes)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_files(records: pl.DataFrame, count: int) -> None:
    few = records.head(count)
    found = match(few, fit(few))
    assert found.records.height == count
    assert found.records["cluster_id"].to_list() == few["record_id"].to_list()


def test_ten_records_are_matched_by_usual_shares() -> None:
    number = "11010519491231002X"
    few = frame(
        person("a", 1, name="王小明", birth_date="1949-12-31", sex_code="2", id_number=number, phone="13812345678"),
        person("b", 2, name="王小明", id_number=number),
        person("c", 3, name="王晓明", birth_date="1949-12-31", sex_code="2", phone="13812345678"),
        person("d", 4, name="李大海", birth_date="1980-05-06", sex_code="1", phone="15900001111"),
        person("e", 5, name="李大海", birth_date="1980-05-06", sex_code="1", phone="15900001111"),
        person("f", 6, name="赵无关", birth_date="1990-07-08", sex_code="1"),
    )
    found = match(few, fit(few)).records
    assert dict(zip(found["record_id"], found["cluster_id"], strict=True)) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "d", "f": "f"}


def test_all_values_empty() -> None:
    empty = frame(*(person(str(i), i) for i in range(50)))
    found = match(empty, fit(empty))
    assert found.records["grade"].unique().to_list() == ["no"]
    assert found.pairs.height == 0


def test_two_valid_numbers_are_two_persons_whatever_else_agrees() -> None:
    same = {"name": "欧阳罕见", "sex_code": "2", "phone": "13812345678", "address": "云岭区龙场镇田坝村9组99号"}
    other = _number("110105", "19700307", "002")
    two = frame(
        person("a", 1, **same, birth_date="1949-12-31", id_number="11010519491231002X"),
        person("b", 2, **same, birth_date="1970-03-07", id_number=other),
    )
    found = match(two, fit(two))
    assert found.records["cluster_id"].to_list() == ["a", "b"]
    assert found.cases["case_type"].to_list() == ["two_numbers"]


def _number(area: str, born: str, sequence: str) -> str:
    base = area + born + sequence
    return next(base + check for check in "0123456789X" if citizen_number(pl.Series([base + check]), 0)["status"][0] == 4)


def test_a_relatives_number_joins_nobody() -> None:
    number = "11010519491231002X"
    two = frame(person("a", 1, name="王小明", sex_code="2", birth_date="1949-12-31", id_number=number), person("b", 2, name="李大海", id_number=number))
    found = match(two, fit(two))
    assert found.records["cluster_id"].to_list() == ["a", "b"]
    assert found.cases["case_type"].to_list() == ["shared_number"]


def test_one_number_is_never_passed_over(records: pl.DataFrame, model: Model) -> None:
    """The same number, phone and address under another given name: one person, or a case; whatever else is missing or differs."""
    whole = records.filter(pl.col("id_number").str.len_chars() == 18, pl.col("birth_date").str.len_chars() == 10, pl.col("name").str.len_chars() == 3)
    whole = whole.filter(pl.Series(citizen_number(whole["id_number"], 0)["status"] == 4))
    known = whole.filter(pl.col("phone").is_not_null(), pl.col("address").is_not_null()).unique("id_number", maintain_order=True).head(40)
    variants: list[dict[str, str | None]] = [{}, {"birth_date": None}, {"birth_date": None, "sex_code": None}, {"birth_date": "1991-05-17"}]
    renamed = known.with_columns(record_id=pl.col("record_id") + "*", founding=pl.col("founding") + 1_000_000, name=pl.col("name").str.head(1) + "桐梓")
    copies = [
        renamed.gather_every(len(variants), offset).with_columns(pl.lit(value, pl.String).alias(name) for name, value in variant.items())
        for offset, variant in enumerate(variants)
    ]
    found = match(pl.concat([records, *copies]), model)
    place = dict(found.records.select("record_id", "cluster_id").iter_rows())
    cases = {frozenset(pair) for pair in found.cases.select("left_cluster", "right_cluster").iter_rows()}
    apart = [record for record in known["record_id"] if place[record] != place[f"{record}*"]]
    assert apart
    assert [record for record in apart if frozenset((place[record], place[f"{record}*"])) not in cases] == []


def test_records_need_unique_ids(records: pl.DataFrame, model: Model) -> None:
    with pytest.raises(FatalError, match="record_id"):
        match(records.drop("record_id"), model)
    with pytest.raises(FatalError, match="1 rows repeat"):
        match(pl.concat([records.head(5), records.head(1)]), model)


class TestModel:
    def test_survives_json(self, records: pl.DataFrame, model: Model, result: Result) -> None:
        again = Model.from_json(model.to_json(), b"a secret of the tests")
        assert again.version == model.version
        assert_frame_equal(match(records, again).records, result.records)

    def test_refuses_another_key(self, model: Model) -> None:
        with pytest.raises(FatalError, match="another secret key"):
            Model.from_json(model.to_json(), b"guess")

    def test_holds_no_readable_value_and_no_key(self, records: pl.DataFrame, model: Model) -> None:
        text = model.to_json()
        assert "a secret of the tests" not in text
        for column in ("name", "id_number", "phone", "address", "employer_name"):
            assert not [value for value in records[column].drop_nulls().unique() if len(value) > 1 and value in text]

    def test_its_hashes_depend_on_the_key(self, records: pl.DataFrame, model: Model) -> None:
        other = fit(records, key=b"another")
        part = "name.whole"
        assert seed_of(b"another") != model.seed
        assert not np.isin(other.frequency[part].keys, model.frequency[part].keys).any()

    def test_says_what_it_promises(self, model: Model) -> None:
        curve = model.fitted["curve"]
        assert [row["threshold"] for row in curve] == sorted(row["threshold"] for row in curve)
        assert all(row["low"] <= row["precision"] <= row["high"] for row in curve)
