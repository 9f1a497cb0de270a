"""The synthetic county: people, their errors and eight departmental systems of real kinds (demo and tests only).

`build` makes it and starts its systems, `advance` lets days pass, `start` and `stop` its systems, `status` says how it stands; `person_records` gives
the flat frame of all person records without building anything.  The layouts are in `county/README.md`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from county.advance import advance
from county.build import build, inhabit, remove, stage, status, write_books
from county.export import flat
from county.systems import start, stop


def person_records(count: int, seed: int) -> pl.DataFrame:
    """Give the flat frame of all person records of a county of `count` people (see `county.export.flat`), in memory only."""
    return flat(inhabit(count, seed)[1])


def person_frame(county_dir: Path) -> pl.DataFrame:
    """Give that frame as a built county wrote it at day 0: only records that stand on the books, with their keys."""
    return pl.read_parquet(county_dir / "truth" / "person_records.parquet")


__all__ = ["advance", "build", "inhabit", "person_frame", "person_records", "remove", "stage", "start", "status", "stop", "write_books"]
