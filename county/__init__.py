"""The synthetic county: people, their errors and eight departmental systems of real kinds (demo and tests only)."""

from __future__ import annotations

import numpy as np
import polars as pl

from county import errors, export, lives, people, records


def stage(seed: int, count: int, name: str) -> np.random.Generator:
    """Give the random stream of one stage of the building, so that a change in one stage leaves the others alone."""
    return np.random.default_rng([seed, count, *name.encode()])


def inhabit(count: int, seed: int) -> tuple[lives.County, pl.DataFrame]:
    """Make the people and their records as the eight systems wrote them, without building a system."""
    county = lives.live(people.populate(count, stage(seed, count, "people")), stage(seed, count, "lives"))
    known = records.register(county, errors.rates()["double_registration"], stage(seed, count, "records"))
    return county, errors.write(known, county, stage(seed, count, "errors"))


def person_records(count: int, seed: int) -> pl.DataFrame:
    """Give the flat frame of all person records of a county of `count` people (see `county.export.flat`), in memory only."""
    return export.flat(inhabit(count, seed)[1])
