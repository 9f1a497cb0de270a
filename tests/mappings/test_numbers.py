from __future__ import annotations

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mappings.numbers import CREDIT_ALPHABET, IdParts, check_character, id_parts, is_valid_credit_code, is_valid_id, upgrade, valid_ids

firsts = st.builds(lambda area, day, sequence: f"{area:06}{day:%Y%m%d}{sequence:03}", st.integers(100000, 999999), st.dates(), st.integers(0, 999)).filter(
    lambda first: len(first) == 17
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_samples_of_the_standard_are_valid(number: str) -> None:
    assert is_valid_id(number)


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",
        "11010519491331002X",
        "11010519490230002X",
        "1101051949123100X",
        "11010519491231002x",
        "",
        "１10105194912310021",
        "11010500001231002X",
    ],
)
def test_what_is_no_number_is_invalid(number: str) -> None:
    assert not is_valid_id(number)


@given(firsts, st.integers(0, 16), st.integers(1, 9))
def test_the_check_catches_every_wrong_digit(first: str, at: int, add: int) -> None:
    wrong = first[:at] + str((int(first[at]) + add) % 10) + first[at + 1 :]
    assert check_character(wrong) != check_character(first)


@given(firsts, st.integers(0, 15))
def test_the_check_catches_every_adjacent_swap(first: str, at: int) -> None:
    assume(first[at] != first[at + 1])
    assert check_character(first[:at] + first[at + 1] + first[at] + first[at + 2 :]) != check_character(first)


@given(
    st.lists(
        st.one_of(st.none(), firsts, firsts.map(lambda first: first + check_character(first)), firsts.map(lambda first: first + "5"), st.text(max_size=20))
    )
)
def test_the_column_says_what_the_scalar_says(numbers: list[str | None]) -> None:
    assert valid_ids(pl.Series(numbers, dtype=pl.String)).to_list() == [number is not None and is_valid_id(number) for number in numbers]


def test_a_legacy_number_is_upgraded_and_read() -> None:
    assert upgrade("110105491231002") == "11010519491231002X"
    assert id_parts("110105491231002") == IdParts("110105", "1949-12-31", "2")
    assert upgrade("110105491331002") is None
    assert upgrade("11010549123100X") is None
    assert id_parts("110105194912310021") is None


def test_credit_codes_of_the_standard() -> None:
    assert is_valid_credit_code("91350100M000100Y43")
    assert not is_valid_credit_code("91350100M000100Y44")
    assert not is_valid_credit_code("91350100I000100Y43")
    assert not is_valid_credit_code("9135")


@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17))
def test_every_credit_code_has_exactly_one_check(first: str) -> None:
    assert sum(is_valid_credit_code(first + check) for check in CREDIT_ALPHABET) == 1
