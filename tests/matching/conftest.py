"""A county of a few thousand records for the tests of matching, and its fitted model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

import county
from matching import Model, Spec, fit, load_spec

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def people() -> pl.DataFrame:
    """Person records of 3,000 inhabitants with the true `person`."""
    return county.person_records(3000, 11).with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64))


@pytest.fixture(scope="session")
def records(people: pl.DataFrame) -> pl.DataFrame:
    return people.drop("person")


@pytest.fixture(scope="session")
def model(records: pl.DataFrame) -> Model:
    return fit(records, key=b"a secret of the tests")


@pytest.fixture(scope="session")
def spec() -> Spec:
    return load_spec()


def person(record_id: str, founding: int = 0, **fields: str | None) -> dict[str, Any]:
    """One person record."""
    return {"record_id": record_id, "founding": founding, **fields}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Person records as a frame, all columns text."""
    names = ("name", "former_name", "sex_code", "birth_date", "id_number", "phone", "address", "area_code", "employer_name")
    schema = {"record_id": pl.String, "founding": pl.Int64} | dict.fromkeys(names, pl.String)
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def pairwise(found: pl.Series, truth: pl.Series) -> tuple[float, float, float]:
    """Precision, recall and F1 of two partitions by the pairs they join."""
    a, b = found.rank("dense").to_numpy().astype(np.int64), truth.rank("dense").to_numpy().astype(np.int64)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) // 2).sum())

    both = pairs(np.unique(np.stack([a, b]), axis=1, return_counts=True)[1])
    joined, real = pairs(np.bincount(a)), pairs(np.bincount(b))
    return both / joined, both / real, 2 * both / (joined + real)
