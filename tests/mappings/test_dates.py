from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.dates import read_date, read_month
from mappings.problems import Problem

IMPOSSIBLE, UNREADABLE, INCOMPLETE = Problem.DATE_IMPOSSIBLE, Problem.DATE_UNREADABLE, Problem.DATE_INCOMPLETE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("19800102", "1980-01-02"),
        ("1980-01-02", "1980-01-02"),
        ("1980/1/2", "1980-01-02"),
        ("1980.1.2", "1980-01-02"),
        ("1980年1月2日", "1980-01-02"),
        ("1980 年 1 月 2 日", "1980-01-02"),
        ("１９８０－０１－０２", "1980-01-02"),
        ("1980-01-02 00:00:00", "1980-01-02"),
        ("1980-01-02T08:15:00.123+08:00", "1980-01-02"),
        ("1980/1/2 0:00", "1980-01-02"),
        ("19800102081500", "1980-01-02"),
        ("1980-01", "1980-01"),
        ("198001", "1980-01"),
        ("1980.1", "1980-01"),
        ("1980年1月", "1980-01"),
        ("1980", "1980"),
        ("1980年", "1980"),
        ("1980-00-00", "1980"),
        ("19800100", "1980-01"),
        ("2000-02-29", "2000-02-29"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_forms_of_the_field_keep_their_precision(text: str, expected: str) -> None:
    assert read_date(text, partial=True) == (expected, None)
    whole = expected.count("-") == 2
    assert read_date(text) == ((expected, None) if whole else (None, INCOMPLETE))


@pytest.mark.parametrize("text", ["19800230", "1980-02-30", "1900/2/29", "1980.13.1", "198013", "0198-01-01", "1980-00-05", "2023年2月29日"])
def test_days_no_calendar_has_are_impossible(text: str) -> None:
    assert read_date(text, partial=True) == (None, IMPOSSIBLE)


@pytest.mark.parametrize("text", ["80.1.2", "29222", "昨天", "1980-1-2-3", "01/02/1980", "1980年正月", "12345678901"])
def test_other_forms_are_unreadable_and_never_guessed(text: str) -> None:
    assert read_date(text, partial=True) == (None, UNREADABLE)


@pytest.mark.parametrize(
    ("text", "formats", "expected"),
    [
        ("01/02/1980", ("d/m/y",), "1980-02-01"),
        ("01/02/1980", ("m/d/y",), "1980-01-02"),
        ("13.02.1980", ("m/d/y", "d/m/y"), "1980-02-13"),
        ("29222", ("excel",), "1980-01-02"),
        ("29222.5", ("excel",), "1980-01-02"),
        ("1", ("excel",), "1900-01-01"),
        ("59", ("excel",), "1900-02-28"),
        ("61", ("excel",), "1900-03-01"),
        ("1980", ("y", "excel"), "1980"),
    ],
)
def test_ambiguous_forms_only_where_declared(text: str, formats: tuple[str, ...], expected: str) -> None:
    assert read_date(text, formats, partial=True)[0] == expected


def test_excels_false_leap_day_is_impossible_nowhere_read() -> None:
    assert read_date("60", ("excel",)) == (None, UNREADABLE)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_back_from_every_form(day: date) -> None:
    texts = [f"{day:%Y%m%d}".zfill(8), day.isoformat(), f"{day.year:04}/{day.month}/{day.day}", f"{day.year:04}年{day.month}月{day.day}日"]
    assert {read_date(text) for text in texts} == {(day.isoformat(), None)}


@given(st.integers(min_value=61, max_value=99_999))
def test_excel_serials_count_days(serial: int) -> None:
    assert read_date(str(serial), ("excel",)) == ((date(1899, 12, 30) + timedelta(days=serial)).isoformat(), None)


@given(st.text(max_size=30))
def test_any_text_gives_a_date_or_a_reason(text: str) -> None:
    value, problem = read_date(text, partial=True)
    assert (value is None) != (problem is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("202509", ("2025-09", None)),
        ("2025-09", ("2025-09", None)),
        ("2025年9月", ("2025-09", None)),
        ("20250915", ("2025-09", None)),
        ("202513", (None, Problem.MONTH_IMPOSSIBLE)),
        ("202500", (None, Problem.MONTH_IMPOSSIBLE)),
        ("2025", (None, Problem.MONTH_UNREADABLE)),
        ("九月", (None, Problem.MONTH_UNREADABLE)),
    ],
)
def test_months(text: str, expected: tuple[str | None, Problem | None]) -> None:
    assert read_month(text) == expected
