"""The matching index as it is kept: the same answers from a fresh start, only what is new written, nothing readable, nothing altered unnoticed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import county
from hub import landing
from hub.errors import FatalError
from hub.pipeline import index_store
from matching import Model, fit, match
from matching.index import build, update
from matching.standardise import standardise


@pytest.fixture(scope="module")
def records() -> pl.DataFrame:
    return county.person_records(600, 4).drop("person", "key", "stream", "part").with_row_index("founding").with_columns(pl.col("founding").cast(pl.Int64))


@pytest.fixture(scope="module")
def model(records: pl.DataFrame) -> Model:
    return fit(records, key=b"of the test")


def test_an_index_read_back_gives_what_matching_everything_gives(records: pl.DataFrame, model: Model) -> None:
    index_store.save("one", build(records[:-40], model).index)
    stored = index_store.load("one")
    assert stored is not None
    model = Model.from_json(model.to_json(), b"of the test")
    for name, batch in (("two", records[-40:-20]), ("three", records[-20:].with_columns(phone=pl.lit("13900001234")))):
        done = update(stored.index, standardise(batch, model), [], model)
        stored = index_store.save(name, done.index, stored)
        index_store.forget_others(stored, name)
        again = index_store.load(name)
        assert again is not None
        stored = again
        known = pl.concat([records[: batch["founding"][0]], batch])
        full = match(known, model).records
        assert_frame_equal(done.result.records, full.filter(pl.col("record_id").is_in(done.touched.implode())), check_exact=True)
    assert [name for name in landing.batches("index", index_store.ENTITY) if name.startswith("state")] == ["state-three"]
    assert len(stored.names) == 3, "a batch writes its own records only"


def test_a_state_that_is_not_there_is_none() -> None:
    assert index_store.load("never") is None


def test_what_is_kept_is_sealed_and_held_to_its_manifest(records: pl.DataFrame, model: Model, home: Path) -> None:
    index_store.save("one", build(records[:200], model).index)
    files = [path for path in home.rglob("*.sealed") if path.is_file()]
    assert len(files) == 4
    name = next(name for name in records["name"].to_list()[:200] if name and len(name) == 3)
    assert all(name.encode() not in path.read_bytes() and name.encode("utf-16-le") not in path.read_bytes() for path in files)
    victim = next(path for path in files if "records" in path.name)
    victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    with pytest.raises(FatalError, match="altered"):
        index_store.load("one")
