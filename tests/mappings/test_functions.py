from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.functions import CALLS, read_amount
from mappings.problems import Problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234,567.8", ("1234567.80", None)),
        ("￥１２．５", ("12.50", None)),
        ("12元", ("12.00", None)),
        ("+3", ("3.00", None)),
        ("1.2E3", ("1200.00", None)),
        ("123.45000000000002", ("123.45", None)),
        ("12.345", ("12.34", Problem.AMOUNT_ROUNDED)),
        ("999999999999.99", ("999999999999.99", None)),
        ("1000000000000", (None, Problem.AMOUNT_UNREADABLE)),
        ("12,34", (None, Problem.AMOUNT_UNREADABLE)),
        ("2o0", (None, Problem.AMOUNT_UNREADABLE)),
        ("NaN", (None, Problem.AMOUNT_UNREADABLE)),
        ("1_000", (None, Problem.AMOUNT_UNREADABLE)),
        ("1E99", (None, Problem.AMOUNT_UNREADABLE)),
        ("9" * 100_000, (None, Problem.AMOUNT_UNREADABLE)),
    ],
)
def test_amounts(text: str, expected: tuple[str | None, Problem | None]) -> None:
    assert read_amount(text) == expected


@given(st.decimals(min_value=Decimal("-999999999999"), max_value=Decimal("999999999999"), places=2))
def test_amounts_are_exact(amount: Decimal) -> None:
    assert read_amount(f"{amount:,}") == (str(amount), None)


@pytest.mark.parametrize(
    ("name", "given_", "expected"),
    [
        ("date_of_parts", ("1980", "2", "9"), ("1980-02-09", None)),
        ("date_of_parts", ("1980", "2", None), ("1980-02", None)),
        ("date_of_parts", ("1980", "2", "30"), (None, Problem.DATE_IMPOSSIBLE)),
        ("date_of_parts", (None, "2", "3"), (None, None)),
        ("first_day", ("202402",), ("2024-02-01", None)),
        ("last_day", ("2024-02",), ("2024-02-29", None)),
        ("last_day", ("202413",), (None, Problem.MONTH_IMPOSSIBLE)),
        ("yuan_of_fen", ("12345",), ("123.45", None)),
        ("yuan_of_fen", ("x",), (None, Problem.AMOUNT_UNREADABLE)),
        ("division_of_tax_office", ("15290210000",), ("529021", None)),
        ("division_of_tax_office", ("529021",), (None, Problem.CODE_UNKNOWN)),
    ],
)
def test_named_functions(name: str, given_: tuple[str | None, ...], expected: tuple[str | None, Problem | None]) -> None:
    assert CALLS[name].columns == len(given_)
    assert CALLS[name].function(*given_) == expected


@pytest.mark.parametrize("name", CALLS)
def test_every_function_is_documented_and_bears_blanks(name: str) -> None:
    call = CALLS[name]
    assert (call.function.__doc__ or "").endswith(".")
    assert call.function(*[None] * call.columns) == (None, None)
