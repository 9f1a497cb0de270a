"""The county's name and code tables: where words come from before people are made of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

Text = NDArray[np.str_]

DAY0 = np.datetime64("2025-10-31", "D")
"""The last day the departments' systems show when the county is built."""

DIVISIONS = {"529002": "临江区", "529003": "云岭区", "529021": "桐山县", "529022": "白水县", "529081": "石泉市"}
"""The county's divisions: codes and names that were never assigned."""

FORMER = {"529002": "522801", "529003": "522802", "529021": "522821", "529022": "522822", "529081": "522823"}
"""Codes of the same divisions before `DIVISIONS_CHANGED`; they live on inside identity numbers."""

DIVISIONS_CHANGED = np.datetime64("1997-06-01", "D")

OUTSIDE = tuple(f"{province}99{county}" for province in (51, 50, 43, 45, 53, 42, 36, 41, 34, 62) for county in ("01", "21", "22", "81"))
"""Divisions of people born elsewhere (`xx99yy` is unassigned in every province)."""


@cache
def tables() -> dict[str, Any]:
    """Read the name tables."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "names.yml").read_text(encoding="utf-8"))
    return loaded


def words(name: str) -> Text:
    """Give a table that is one line of words."""
    return np.array(str(tables()[name]).split())


def choose(rng: np.random.Generator, values: Text, size: int, steep: float = 0.0) -> Text:
    """Draw with replacement; with `steep` > 0 earlier values are likelier (Zipf)."""
    weights = 1.0 / np.arange(1, len(values) + 1) ** steep
    picked: Text = values[rng.choice(len(values), size=size, p=weights / weights.sum())]
    return picked


def concat(*parts: Text | str) -> Text:
    """Join text columns side by side."""
    joined = np.asarray(parts[0])
    for part in parts[1:]:
        joined = np.strings.add(joined, part)
    return joined


def replaced(text: Text | str, old: str, new: str) -> Text:
    """Replace a part in every text; NumPy's own refuses a column of no rows."""
    text = np.asarray(text)
    return np.strings.replace(text, old, new) if text.size else text


def digits(values: NDArray[np.integer[Any]], width: int) -> Text:
    """Write whole numbers with leading zeros."""
    values = np.asarray(values, dtype=np.int64)
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    points = (values[:, None] // powers % 10 + ord("0")).astype(np.uint32)
    return np.ascontiguousarray(points).view(f"U{width}").ravel()


def date_text(days: NDArray[np.datetime64]) -> Text:
    """Write days as `YYYYMMDD` (not-a-time as blank)."""
    blank = np.isnat(days)
    iso = np.datetime_as_string(np.where(blank, DAY0, days).astype("datetime64[D]"))
    text = replaced(iso, "-", "")
    return np.where(blank, "", text)
