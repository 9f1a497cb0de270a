"""Counties for the tests: one in memory of 20,000 people, one small in memory with its books, one small that is really served."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

import county
from county.lives import County

SEED = 1
LARGE, SMALL = 20_000, 1_500


class Made(NamedTuple):
    """People, records as written, tables with planted faults, the list of faults."""

    county: County
    written: pl.DataFrame
    tables: dict[str, dict[str, pl.DataFrame]]
    faults: pl.DataFrame


def make(people: int, seed: int) -> Made:
    place, written = county.inhabit(people, seed)
    return Made(place, written, *county.write_books(place, written, seed))


@pytest.fixture(scope="session")
def large() -> Made:
    return make(LARGE, SEED)


@pytest.fixture(scope="session")
def small() -> Made:
    return make(SMALL, SEED)


@pytest.fixture(scope="session")
def served() -> Iterator[Path]:
    """A county whose servers run; its folder may be entered by the account the servers run as."""
    base = Path(tempfile.mkdtemp(prefix="guiyi-county-"))
    base.chmod(0o755)
    county.build(base / "county", SMALL, SEED)
    yield base / "county"
    county.remove(base / "county")
    shutil.rmtree(base)
