"""Quality faults on purpose: broken copies of clean rows under keys of their own, each written down in the truth."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from county import numbers
from county.layout import KEYS
from county.lives import scaled
from county.tables import digits
from county.truth import key_text

FAULTS = {
    "source": pl.Utf8, "stream": pl.Utf8, "key": pl.Utf8, "day": pl.Int64, "fault": pl.Utf8, "column": pl.Utf8, "reason": pl.Utf8, "update": pl.Boolean,
    "good": pl.Utf8, "repaired_day": pl.Int64,
}  # fmt: skip
"""Columns of the list of faults; `good` is the JSON of the good values a bad update replaced."""


@cache
def plan() -> dict[str, Any]:
    """Read faults.yml."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "faults.yml").read_text(encoding="utf-8"))
    return loaded


def plant(tables: dict[str, pl.DataFrame], source: str, people: int, rng: np.random.Generator) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Add the planted rows of a source to its tables and give the list of them."""
    each = scaled(plan()["each"], people)
    planted: list[pl.DataFrame] = []
    grown = {stream: frame.with_columns(pl.lit("").alias("_fault"), pl.lit(0, dtype=pl.Int64).alias("_touched")) for stream, frame in tables.items()}
    for stream, specs in plan()["planted"].get(source, {}).items():
        clean = _ordinary(grown[stream])
        rows = rng.choice(clean.height, size=min(clean.height, each * len(specs)), replace=False)
        copies = _rekeyed(clean[rows], source, stream, rng)
        for number, spec in enumerate(specs):
            broken = _broken(copies[number * each : (number + 1) * each], spec)
            grown[stream] = pl.concat([grown[stream].cast(_widened(grown[stream], broken)), broken.select(grown[stream].columns)], how="vertical_relaxed")
            planted.append(_listed(broken, source, stream, spec))
    return grown, pl.concat(planted) if planted else pl.DataFrame(schema=FAULTS)


def _ordinary(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows a copy of which would be a plain clean row: no reversals, no rows out of scope."""
    for column, value in (("aaa115", "10"), ("缴费类型", "正常申报"), ("vali_flag", "1"), ("aac008", "1"), ("户籍状态", "0")):
        if column in frame.columns:
            frame = frame.filter(pl.col(column) == value)
    for column in ("aae180", "缴费工资", "begndate"):
        if column in frame.columns:
            frame = frame.filter(pl.col(column).is_not_null())
    return frame


def _rekeyed(copies: pl.DataFrame, source: str, stream: str, rng: np.random.Generator) -> pl.DataFrame:
    """Give copies keys nobody else has; `_record` -1 says they are no record of the truth."""
    key = KEYS[source][stream][0]
    spare = 880_000_000 + np.arange(copies.height)
    if source == "police" or stream == "relief":
        birth = (np.datetime64("1960-01-01") + rng.integers(0, 15000, copies.height).astype("timedelta64[D]")).astype("datetime64[D]")
        fresh = pl.Series(key, numbers.identity_numbers(np.full(copies.height, "520099"), birth, rng.integers(500, 999, copies.height)))
    elif copies.schema[key].is_integer():
        fresh = pl.Series(key, spare)
    elif source == "tax":
        fresh = copies[key].str.slice(0, 8) + pl.Series(digits(8_000_000 + np.arange(copies.height), 7))
    else:
        fresh = copies[key].str.replace(r"\d", "9")  # no key's first digit is a 9
    extra = [pl.lit(-1, dtype=pl.Int64).alias(c) for c in ("_record", "_record_woman") if c in copies.columns]
    return copies.with_columns(fresh.alias(key), *extra)


def _broken(copies: pl.DataFrame, spec: dict[str, Any]) -> pl.DataFrame:
    changes = [pl.lit(value).alias(column) for column, value in spec.get("set", {}).items()]
    mark = f"{spec['raw']}:{spec['fault']}" if "raw" in spec else spec["fault"]
    return copies.with_columns(*changes, pl.lit(mark).alias("_fault"))


def _widened(frame: pl.DataFrame, broken: pl.DataFrame) -> pl.Schema:
    """Turn a number column into text where a broken value is no number (only in file formats, which hold text anyway)."""
    return pl.Schema({c: pl.Utf8() if kind.is_numeric() and broken.schema[c] == pl.Utf8 else kind for c, kind in frame.schema.items()})


def _listed(broken: pl.DataFrame, source: str, stream: str, spec: dict[str, Any]) -> pl.DataFrame:
    return broken.select(
        pl.lit(source).alias("source"), pl.lit(stream).alias("stream"), key_text(KEYS[source][stream]).alias("key"), pl.lit(0, dtype=pl.Int64).alias("day"),
        pl.lit(spec["fault"]).alias("fault"), pl.lit(",".join(spec.get("set", {}))).alias("column"), pl.lit(spec["reason"]).alias("reason"),
        pl.lit(False).alias("update"),
        pl.lit(None, dtype=pl.Utf8).alias("good"), pl.lit(None, dtype=pl.Int64).alias("repaired_day"),
    )  # fmt: skip
