"""Scale-out: the engine's steps under PySpark (`pip install guiyi[spark]`), with Spark's joins and shuffle between them.

Standardising, blocking keys, comparing and scoring are the very functions of the local engine, called on partitions; meeting in blocks is a join, and
what one machine must see whole (the partition into persons) is done by the driver on the scored pairs.  The result is that of `match`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from hub.errors import ConfigError
from matching.blocking import pass_keys
from matching.compare import compare_rows
from matching.engine import JUDGEMENTS, match_compared
from matching.model import Model
from matching.standardise import standardise
from matching.types import BlockReport, Encoded, Levels, Pairs, Result, Rows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Batches = Iterator[pa.RecordBatch]
_KEYS = "record_id string, founding long, pass int, key long"
_PAIRS = "left_id string, right_id string, reach long, levels binary"
_ROWS = 200_000
"""Records or pairs of one Arrow batch."""
_OPTIONS = {"spark.ui.enabled": "false", "spark.sql.execution.arrow.maxRecordsPerBatch": str(_ROWS)}


def session(options: Mapping[str, str] | None = None) -> SparkSession:
    """Give the running Spark, or one on this machine, with these options over ours.  ConfigError where PySpark is not installed."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise ConfigError("--engine spark: PySpark is not installed; `pip install guiyi[spark]`, and Java 17 or later") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers need this very environment, not the first python3 on the path
    builder = SparkSession.builder.appName("guiyi matching")
    for name, value in {**_OPTIONS, **(options or {})}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def match_on_spark(records: pl.DataFrame, model: Model, judgements: pl.DataFrame | None = None, spark: SparkSession | None = None) -> Result:
    """Match as `matching.match` does, with blocking, comparison and scoring on Spark."""
    clock = [("start", time.perf_counter())]
    encoded = standardise(records, model)
    clock.append(("standardise", time.perf_counter()))
    aged = records.drop("founding", strict=False).join(encoded.frame.select("record_id", "founding"), on="record_id")
    pairs, levels = _collected(compared(spark or session(), aged, model), encoded, model)
    clock.append(("block and compare on Spark", time.perf_counter()))
    return match_compared(encoded, pairs, levels, JUDGEMENTS if judgements is None else judgements, model, clock)


def compared(spark: SparkSession, records: pl.DataFrame, model: Model) -> DataFrame:
    """Give every candidate pair, older record first, the passes that reach it (bits), and its levels (one byte a comparison)."""
    told = _told(model)
    known = [column for column in model.spec.columns if column in records.columns]
    table = records.select("record_id", "founding", *(pl.col(column).cast(pl.String) for column in known))
    people = spark.createDataFrame(table.to_arrow(compat_level=pl.CompatLevel.oldest())).repartition("record_id")
    keys = people.mapInArrow(_keys_of(told), _KEYS).cache()
    met = _met(keys, len(model.spec.passes))
    left = people.select(*(people[name].alias(f"l_{name}") for name in people.columns))
    right = people.select(*(people[name].alias(f"r_{name}") for name in people.columns))
    both = met.join(left, met["left_id"] == left["l_record_id"]).join(right, met["right_id"] == right["r_record_id"])
    return both.drop("l_record_id", "r_record_id").mapInArrow(_levels_of(told), _PAIRS)


def _met(keys: DataFrame, passes: int) -> DataFrame:
    """Join records that share a key; records that say exactly the same meet the oldest of them only, which stands for them in every pass."""
    from pyspark.sql import functions as f

    twins = keys.filter(f.col("pass") == passes)
    oldest = twins.groupBy("key").agg(f.min(f.struct("founding", "record_id")).alias("first"))
    copies = twins.join(oldest, "key").filter(f.col("first.record_id") != f.col("record_id"))
    said = keys.filter(f.col("pass") < passes).join(copies.select("record_id"), "record_id", "left_anti")
    a, b = said.alias("a"), said.alias("b")
    older = (f.col("a.founding") < f.col("b.founding")) | ((f.col("a.founding") == f.col("b.founding")) & (f.col("a.record_id") < f.col("b.record_id")))
    met = a.join(b, (f.col("a.pass") == f.col("b.pass")) & (f.col("a.key") == f.col("b.key")) & older)
    met = met.select(f.col("a.record_id").alias("left_id"), f.col("b.record_id").alias("right_id"), f.expr("shiftleft(1L, a.pass)").alias("bit"))
    same = copies.select(f.col("first.record_id").alias("left_id"), f.col("record_id").alias("right_id"), f.lit(1 << passes).cast("long").alias("bit"))
    return met.unionByName(same).groupBy("left_id", "right_id").agg(f.bit_or("bit").alias("reach"))


def _told(model: Model) -> tuple[str, bytes]:
    return model.to_json(), model.key


def _keys_of(told: tuple[str, bytes]) -> Any:
    """Give the step from records to their blocking keys; the last pass holds the key of all they say."""

    def step(batches: Batches) -> Batches:
        model = Model.from_json(*told)
        for batch in batches:
            encoded = standardise(pl.DataFrame(batch), model)
            found = [*(pass_keys(encoded, blocking, model) for blocking in model.spec.passes), _twins(encoded)]
            rows = np.concatenate([rows for rows, _ in found])
            number = np.repeat(np.arange(len(found), dtype=np.int32), [len(rows) for rows, _ in found])
            keys = np.concatenate([keys for _, keys in found]).view(np.int64)
            ids = encoded.frame[rows].select("record_id", "founding")
            yield from _batches(ids.with_columns(pl.Series("pass", number), pl.Series("key", keys)).unique())

    return step


def _twins(encoded: Encoded) -> tuple[Rows, np.ndarray]:
    twin = encoded.part("twin")
    rows = np.flatnonzero(twin)
    return rows, twin[rows]


def _levels_of(told: tuple[str, bytes]) -> Any:
    """Give the step from pairs, each with both its records, to levels."""

    def step(batches: Batches) -> Batches:
        model = Model.from_json(*told)
        for batch in batches:
            both = pl.DataFrame(batch)
            sides = [_side(both, "left_id", "l_"), _side(both, "right_id", "r_")]
            encoded = standardise(pl.concat(sides).unique("record_id"), model)
            left, right = (_rows(both[name], encoded) for name in ("left_id", "right_id"))
            codes = compare_rows(encoded, left, right, model.spec)
            yield from _batches(both.select("left_id", "right_id", "reach", levels=pl.Series([row.tobytes() for row in codes], dtype=pl.Binary)))

    return step


def _side(both: pl.DataFrame, ids: str, prefix: str) -> pl.DataFrame:
    return both.select(pl.col(ids).alias("record_id"), *(pl.col(name).alias(name[len(prefix) :]) for name in both.columns if name.startswith(prefix)))


def _rows(ids: pl.Series, encoded: Encoded) -> Rows:
    known = encoded.frame.select("record_id").with_row_index("row")
    return ids.rename("record_id").to_frame().join(known, on="record_id", how="left", maintain_order="left")["row"].to_numpy().astype(np.int64)


def _batches(frame: pl.DataFrame) -> Batches:
    yield from frame.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def _collected(found: DataFrame, encoded: Encoded, model: Model) -> tuple[Pairs, Levels]:
    """Bring the pairs to the driver, in the engine's order."""
    table = pl.DataFrame(found.toArrow())
    left, right = _rows(table["left_id"], encoded), _rows(table["right_id"], encoded)
    order = np.lexsort((right, left))
    names = tuple(c.name for c in model.spec.comparisons)
    codes = np.frombuffer(b"".join(table["levels"].to_list()), dtype=np.uint8).reshape(-1, len(names))[order]
    reach = table["reach"].to_numpy().astype(np.uint64)[order]
    bits = [int(((reach >> np.uint64(number)) & np.uint64(1)).sum()) for number in range(len(model.spec.passes))]
    zeros = (0,) * len(bits)
    report = BlockReport(tuple(p.name for p in model.spec.passes), tuple(bits), zeros, zeros, zeros)
    return Pairs(left[order], right[order], reach, report), Levels(names, codes)
