from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from county.numbers import credit_codes, legacy, with_check
from county.people import populate
from tests.county.conftest import LARGE, Made

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(number: str) -> str:
    return "10X98765432"[sum(int(d) * w for d, w in zip(number[:17], WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_check_character_of_published_samples(number: str) -> None:
    assert with_check(np.array([number[:17]]))[0] == number


def test_legacy_number_drops_century_and_check() -> None:
    assert legacy(np.array(["11010519491231002X"]))[0] == "110105491231002"


def test_credit_codes_pass_their_check() -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    for code in credit_codes(np.random.default_rng(5), np.array(["529002"] * 200)).tolist():
        assert letters[(31 - sum(letters.index(c) * w for c, w in zip(code, weights, strict=False)) % 31) % 31] == code[17]


def test_same_seed_same_people() -> None:
    one, two, other = (populate(3000, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert one.equals(two)
    assert not one.equals(other)


def test_numbers_hold_birth_date_and_sex(large: Made) -> None:
    people = large.county.people.filter(pl.col("document") == "01")
    for number, birth, male in people.select("number", pl.col("birth").dt.to_string("%Y%m%d"), "male").sample(3000, seed=1).iter_rows():
        assert number[6:14] == birth
        assert int(number[16]) % 2 == int(male)
        assert check_character(number) == number[17]


def test_nobody_exists(large: Made) -> None:
    """Division codes are unassigned, so no number can be a living person's."""
    area = large.county.people.filter(pl.col("document") == "01")["number"].str.slice(0, 6)
    assert area.str.contains(r"^(?:5290|5228|\d\d99)").all()
    assert large.county.people.filter(pl.col("phone") != "")["phone"].str.contains(r"^(?:154|164|179|0850-)").all()


def test_surname_shares(large: Made) -> None:
    share = large.county.people["surname"].value_counts(normalize=True, sort=True)["proportion"]
    assert share.head(5).sum() == pytest.approx(0.317, abs=0.02)


def test_twins_namesakes_and_shared_telephones(large: Made) -> None:
    people = large.county.people
    twins = people.filter(pl.col("twin") >= 0)
    assert twins.height / LARGE == pytest.approx(0.006, abs=0.0005)
    assert twins.select((pl.col("birth") == people["birth"].gather(twins["twin"])).all()).item()
    namesakes = people.filter(pl.struct("name", "birth").is_duplicated())
    assert namesakes.height / LARGE == pytest.approx(0.003, abs=0.0008)
    assert namesakes.group_by("name", "birth").agg(pl.col("household").n_unique())["household"].min() == 2
    guests = people.filter((pl.col("phone") != "") & (pl.col("phone") == people["phone"].gather(people["head"])) & (pl.col("head") != pl.col("person")))
    assert guests.height / LARGE == pytest.approx(0.10, abs=0.001)


def test_irregular_numbers(large: Made) -> None:
    people = large.county.people
    assert people.filter(pl.col("second_number") != "").height == 10
    pairs = people.filter(pl.col("shares_number_with") >= 0)
    assert pairs.height == 6
    assert pairs["number"].n_unique() == 3
    rest = people.filter(pl.col("shares_number_with") < 0)
    assert rest["number"].n_unique() == rest.height


def test_lives_are_possible(large: Made) -> None:
    people = large.county.people.filter(pl.col("line") != "")
    assert people.select(((pl.col("began") - pl.col("birth")).dt.total_days() >= 16 * 365).all()).item()
    dead = people.filter(pl.col("death").is_not_null())
    assert dead.select((pl.col("death") > pl.col("began")).all()).item()
    assert (
        large.county.people.filter(pl.col("father") >= 0)
        .select((pl.col("birth") > large.county.people["birth"].gather(pl.Series(large.county.people.filter(pl.col("father") >= 0)["father"]))).all())
        .item()
    )
