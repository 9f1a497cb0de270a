"""The synthetic county: people, their errors and eight departmental systems of real kinds (demo and tests only).

`build` makes it and starts its systems, `advance` lets days pass, `status` says how it stands; `person_records` gives the flat frame of all person
records without building anything.  The layouts are in `county/README.md`.
"""

from __future__ import annotations

import polars as pl

from county.build import build, inhabit, stage, write_books
from county.export import flat


def person_records(count: int, seed: int) -> pl.DataFrame:
    """Give the flat frame of all person records of a county of `count` people (see `county.export.flat`), in memory only."""
    return flat(inhabit(count, seed)[1])


__all__ = ["build", "inhabit", "person_records", "stage", "write_books"]
