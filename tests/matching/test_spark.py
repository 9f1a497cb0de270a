"""Under Spark in local mode the tool finds the very same persons."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

SPARK = Path(sys.prefix) / "spark"
"""Where `make test` installs PySpark: apart, as no other test needs it."""
FILES = ("clusters.csv", "cases.csv", "pairs.parquet")


def dedupe(file: Path, out: Path, engine: str) -> None:
    hub = [sys.executable, str(Path(sys.prefix) / "bin" / "hub"), "dedupe", str(file), "--out", str(out), "--engine", engine]
    environment = os.environ | {"PYTHONPATH": f"{Path.cwd()}:{SPARK}", "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(file.parent)}
    ran = subprocess.run(hub, env=environment, cwd=file.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]


@pytest.mark.long
def test_spark_finds_the_same_persons(records: pl.DataFrame, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    records.sort("name", "record_id").head(800).write_csv(file)
    for engine in ("local", "spark"):
        dedupe(file, tmp_path / engine, engine)
    for name in FILES:
        assert (tmp_path / "spark" / name).read_bytes() == (tmp_path / "local" / name).read_bytes(), name
    clusters = pl.read_csv(tmp_path / "local" / "clusters.csv")
    assert len(clusters.group_by("cluster_id").len().filter(pl.col("len") > 1)) > 25
