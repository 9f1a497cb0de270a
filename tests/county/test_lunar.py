from __future__ import annotations

import numpy as np
import pytest

from county.lunar import lunar_as_solar


@pytest.mark.parametrize(
    ("solar", "lunar"),
    [("1990-06-07", "1990-05-15"), ("2000-02-05", "2000-01-01"), ("1949-10-01", "1949-08-10"), ("2024-02-09", "2023-12-30"), ("2023-04-19", "2023-02-28")],
)
def test_known_days(solar: str, lunar: str) -> None:
    """The last one lies in a leap second month: day 29 of it, which no solar February of that year has."""
    assert str(lunar_as_solar(np.array([solar], dtype="datetime64[D]"))[0]) == lunar


def test_lunar_days_lie_some_weeks_before_solar_ones() -> None:
    days = np.arange("1925-01-01", "2020-01-01", dtype="datetime64[D]")
    gap = (days - lunar_as_solar(days)).astype(int)
    assert gap.min() >= 17
    assert gap.max() <= 56
