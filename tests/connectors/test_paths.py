"""Paths with dates and patterns."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from connectors import paths


@pytest.mark.parametrize(
    ("template", "found", "days"),
    [
        ("/d/SBF_{date:%Y%m%d}.csv", ["/d/SBF_20251031.csv", "/d/SBF_20251001.csv", "/d/SBF_20251399.csv", "/d/SBF_x.csv"], ["2025-10-01", "2025-10-31"]),
        ("{date}.csv", ["/any/where/20251031.csv"], ["2025-10-31"]),
        ("/d/{date:%Y}/{date:%m}/x_{date:%Y-%m-%d}_*.csv", ["/d/2025/10/x_2025-10-31_7.csv", "/d/2025/11/x_2025-10-31_7.csv"], ["2025-10-31"]),
        ("/d/{date:%Y%m}.csv", ["/d/202510.csv"], ["2025-10-01"]),
        ("/d/{date:%y%j}?.csv", ["/d/25304a.csv"], ["2025-10-31"]),
    ],
)
def test_days_of_paths(template: str, found: list[str], days: list[str]) -> None:
    assert [day.isoformat() for day in paths.days_of(template, found)] == days


def test_paths_of_days() -> None:
    assert paths.on("/d/{date:%Y}/x_{date}.csv", date(2025, 10, 31)) == "/d/2025/x_20251031.csv"
    assert paths.any_day("/d/{date:%Y}/x_{date}_?.csv") == "/d/*/x_*_?.csv"
    day = datetime(2025, 10, 31)
    assert paths.between("{date}", day, datetime(2025, 11, 2)) == ["20251031", "20251101"]
    assert paths.between("{date}", day, datetime(2025, 10, 31, 12)) == ["20251031"]
    assert paths.between("{date:%Y%m}", datetime(2025, 10, 1), datetime(2025, 11, 1)) == ["202510"]


TEMPLATES = [("{date:%H}", "%H"), ("{date:}", None), ("{date:x}", "without codes"), ("{day}", "only {date}"), ("a}", "only"), ("a", None)]


@pytest.mark.parametrize(("template", "wrong"), TEMPLATES)
def test_templates(template: str, wrong: str | None) -> None:
    found = paths.problem(template)
    assert (found is None) == (wrong is None)
    assert wrong is None or wrong in (found or "")
