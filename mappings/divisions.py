"""Names of divisions after GB/T 2260, from `mappings/standards/divisions.csv`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("standards") / "divisions.csv"


@cache
def divisions() -> dict[str, tuple[str, str]]:
    """Give code of six digits -> name in Chinese and English."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["zh"], row["en"]) for row in csv.DictReader(file)}
