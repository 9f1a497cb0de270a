from __future__ import annotations

import polars as pl
import pytest

from county import export
from county.errors import rates
from tests.county.conftest import Made

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return float(frame.select(condition.mean()).item())


@pytest.mark.parametrize("kind", ["homophone", "look_alike", "traditional", "inner_space", "note"])
def test_name_errors_at_their_rates(large: Made, kind: str) -> None:
    assert share(large.written, pl.col("k_name") == kind) == pytest.approx(rates()["name"][kind], rel=0.02)
    assert large.written.filter(pl.col("k_name") == kind).select((pl.col("name") != pl.col("w_name")).all()).item()


@pytest.mark.parametrize("kind", list(rates()["number"]))
def test_number_errors_at_their_rates(large: Made, kind: str) -> None:
    assert share(large.written, pl.col("k_number") == kind) == pytest.approx(rates()["number"][kind], rel=0.03)
    assert large.written.filter(pl.col("k_number") == kind).select((pl.col("number") != pl.col("w_number")).all()).item()


def test_missing_numbers(large: Made) -> None:
    assert share(large.written, pl.col("w_number") == "") >= 0.10
    archive = large.written.filter(pl.col("source") == "archive_room")
    assert share(archive, pl.col("w_number") == "") == pytest.approx(0.30, abs=0.002)


def test_double_registration(large: Made) -> None:
    doubling = large.written.filter(pl.col("source").is_in(["pension", "medical", "work_injury", "unemployment"]))
    assert doubling.filter("double").height / doubling.filter(~pl.col("double")).height == pytest.approx(0.02, abs=0.001)
    assert doubling.filter(~pl.col("double")).select(pl.struct("source", "person").is_unique().all()).item()


def test_a_relatives_number_is_a_relatives(large: Made) -> None:
    people = large.county.people
    wrong = large.written.filter(pl.col("k_number") == "relative").join(people.select("person", "spouse", "mother", "father"), on="person")
    owner = dict(zip(people["number"].to_list(), people["person"].to_list(), strict=True))
    assert all(owner[number] in relatives for number, *relatives in wrong.select("w_number", "spouse", "mother", "father").iter_rows())


@pytest.mark.parametrize("kind", ["partial", "first_of_month", "lunar", "swapped", "slip"])
def test_birth_dates_at_their_rates(large: Made, kind: str) -> None:
    typed = large.written.filter((pl.col("w_birth") != "") & (pl.col("source") != "police"))
    assert share(typed, pl.col("k_birth") == kind) == pytest.approx(rates()["birth"][kind], rel=0.12)


def test_written_birth_dates_are_real(large: Made) -> None:
    whole = large.written.filter(pl.col("w_birth").str.len_chars() == 10)["w_birth"]
    assert whole.str.to_date("%Y-%m-%d", strict=False).is_not_null().all()
    assert large.written.filter(pl.col("k_birth") == "partial")["w_birth"].str.contains(r"^\d{4}(-\d\d)?$").all()


def test_what_desktop_programs_cannot_write(large: Made) -> None:
    for name in large.written.filter(pl.col("source") == "unemployment")["w_name"].to_list():
        name.encode("gbk")
    rare = large.written.filter((pl.col("source") == "police") & pl.col("w_name").str.contains(r"[\x{20000}-\x{323AF}]"))
    assert rare.height > 20


def test_keys_of_number_and_name_mean_one_person(large: Made) -> None:
    keyed = large.written.filter((pl.col("source") == "tax") | (pl.col("stream") == "relief"))
    assert keyed.filter(pl.col("w_number") == "").height == 0
    assert keyed.group_by("source", "w_number", "w_name").agg(pl.col("person").n_unique())["person"].max() == 1
    police = large.written.filter(pl.col("source") == "police")
    assert police["w_number"].n_unique() == police.height


def test_equal_numbers_alone_are_not_enough(large: Made) -> None:
    frame = export.flat(large.written)
    assert 52_000 < frame.height < 59_000
    assert export.number_join_f1(frame) <= 0.92
    lone = pl.format("none-{}", pl.int_range(pl.len()))
    raw = frame.select(pl.coalesce("id_number", lone).rank("dense").cast(pl.Int64)).to_series().to_numpy()
    assert export.pairwise_f1(frame["person"].to_numpy(), raw) <= 0.92


def test_names_and_birth_dates_tell_most_people_apart(large: Made) -> None:
    """The county can be solved: with the right name, birth date or number, few persons are alike."""
    people = large.county.people
    assert people.select(pl.struct("name", "birth").is_unique().mean()).item() > 0.996
