"""Under Spark in local mode the engine finds the very same persons."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyspark.sql import SparkSession

from matching import Model, match
from matching.spark import match_on_spark, session


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    place = str(tmp_path_factory.mktemp("spark"))
    folders = {"spark.local.dir": place, "spark.sql.warehouse.dir": place}
    started = session({"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", "spark.driver.bindAddress": "127.0.0.1", **folders})
    yield started
    started.stop()


def test_spark_finds_the_same_persons(records: pl.DataFrame, model: Model, spark: SparkSession) -> None:
    some = records.head(1500)
    here, there = match(some, model), match_on_spark(some, model, spark=spark)
    assert_frame_equal(there.records, here.records, check_exact=True)
    assert_frame_equal(there.cases, here.cases, check_exact=True)
    assert_frame_equal(there.pairs, here.pairs, check_exact=True)
    assert there.report.pairs == here.report.pairs
    assert len(here.records.group_by("cluster_id").len().filter(pl.col("len") > 1)) > 50
