"""Tables of cases: what a value becomes."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from matching.standardise import dates, lunar, numbers, places
from matching.standardise.names import read_name
from matching.standardise.shapes import alike
from matching.standardise.sounds import sound_code, syllables
from tests.matching.conftest import CASES

STATUS = {"absent": 0, "invalid": numbers.INVALID, "partial": numbers.PARTIAL, "other": numbers.OTHER, "valid": numbers.VALID}


@pytest.mark.parametrize(("raw", "text", "readings"), CASES["names"])
def test_names(raw: str, text: str | None, readings: str | None) -> None:
    name = read_name(raw)
    assert (name.text if name else None) == text
    assert (" ".join(name.readings) if name else None) == readings


@pytest.mark.parametrize(("raw", "status", "whole", "born", "sex"), CASES["numbers"])
def test_numbers(raw: str, status: str, whole: str | None, born: int, sex: int) -> None:
    parts = numbers.citizen_number(pl.Series([raw, whole]), 0)
    assert parts["status"][0] == STATUS[status]
    assert (parts["born"][0], parts["sex"][0]) == (born, sex)
    if whole:
        assert parts["whole"][0] == parts["whole"][1] != 0


def test_every_single_slip_of_a_valid_number_is_invalid() -> None:
    number = "11010519491231002X"
    slips = [number[:i] + d + number[i + 1 :] for i in range(17) for d in "0123456789" if d != number[i]]
    swaps = [number[:i] + number[i + 1] + number[i] + number[i + 2 :] for i in range(16) if number[i] != number[i + 1]]
    assert not (numbers.citizen_number(pl.Series(slips + swaps), 0)["status"] == numbers.VALID).any()


@pytest.mark.parametrize(("raw", "value"), CASES["dates"])
def test_dates(raw: str, value: int) -> None:
    assert list(dates.chinese_date(pl.Series([raw, "1971-03-04"]), 0)["value"]) == [value, 19710304]


@pytest.mark.parametrize(("written", "solar"), CASES["lunar"])
def test_lunar_dates(written: int, solar: int) -> None:
    assert lunar.solar_of(np.array([written])).tolist() == [solar]


@pytest.mark.parametrize(("raw", "digits"), CASES["phones"])
def test_phones(raw: str, digits: str) -> None:
    assert list(places.phone(pl.Series([raw]), 0)["first"]) == [int(digits or "0", 16)]


def test_no_two_syllables_share_a_code() -> None:
    assert len({sound_code(s) for s in syllables()}) == len(syllables()) > 400


@pytest.mark.parametrize("pair", ["未末", "己已", "晴睛", "林材", "浩洁"])
def test_lookalikes(pair: str) -> None:
    assert alike(ord(pair[0]), ord(pair[1]))


@pytest.mark.parametrize("pair", ["伟芳", "明海", "诺恒"])
def test_characters_that_are_not_alike(pair: str) -> None:
    assert not alike(ord(pair[0]), ord(pair[1]))


def test_agreement_with_the_record() -> None:
    cases: list[tuple[int, int, int, int, int]] = [
        (19491231, 2, 19491231, 2, 1),
        (19491231, 2, 19491200, 2, 1),
        (19491231, 2, 19491201, 0, 1),
        (19491231, 2, 0, 2, 0),
        (19491231, 2, 19491231, 1, 2),
        (19491231, 2, 19491230, 2, 2),
        (0, 0, 19491231, 2, 0),
    ]
    columns: list[Any] = [np.array(column) for column in zip(*cases, strict=True)]
    assert numbers.agreement(*columns[:4]).tolist() == columns[4].tolist()
