"""`python -m benchmarks.incremental`: 1,000 changed records against a million known, in a fresh process.

Before: a county's records are matched, the index is kept sealed in the store, the placements stand in PostgreSQL.  Measured, after imports: the index
is read from where it is stored, the changed records are matched, the changes of the crosswalk are published, the index is kept.  Afterwards
everything is matched anew and the crosswalk must have the same fingerprint.  The figures go to `benchmarks/results/incremental.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import polars as pl

from benchmarks import memory, people
from benchmarks.flow import installation
from hub import settings
from hub.pipeline import index_store
from matching import Model, fit, match
from matching.index import build, update
from warehouse import identity, migrate, server
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

RESULTS = Path(__file__).parent / "results" / "incremental.json"
SECONDS_BAR, MEMORY_BAR = 3.0, 2 << 30
ENTITY = index_store.ENTITY
BEFORE, AFTER = "before", "after"


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=365_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--no-result", action="store_true", help="print only")
    parser.add_argument("--stage", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        return _update(asked.stage)
    with installation() as home:
        found = measure(home, asked.people, asked.changed)
    print(json.dumps(found, indent=1))
    missed = misses(found)
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def measure(home: Path, count: int, changed: int) -> dict[str, Any]:
    """Prepare, run the update in a process of its own, and hold it against matching everything."""
    records, _ = people.people(count, 1)
    known, fresh = split(records, changed)
    model = fit(known, key=b"of the benchmark")
    first = build(known, model)
    index_store.save(BEFORE, first.index)
    server.ensure(settings.load().database)
    migrate.upgrade()
    with connect() as connection:
        identity.write_crosswalk(connection, ENTITY, places(first.result.records))
    (home / "model.json").write_text(model.to_json(), encoding="utf-8")
    fresh.write_parquet(home / "changed.parquet")
    del first
    done = subprocess.run([sys.executable, "-m", "benchmarks.incremental", "--stage", str(home)], check=True, stdout=subprocess.PIPE, text=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    everything = pl.concat([known.filter(~pl.col("record_id").is_in(fresh["record_id"].implode())), fresh])
    started = process_time()
    full = places(match(everything, model).records)
    with connect() as connection:
        published = fingerprint(connection)["crosswalk"]
        identity.write_crosswalk(connection, ENTITY, full)
        again = fingerprint(connection)["crosswalk"]
    return {
        "known": known.height,
        "changed": fresh.height,
        **said,
        "full_cpu_seconds": round(process_time() - started, 1),
        "equal_to_full": published == again,
        "fingerprint": published,
    }


def split(records: pl.DataFrame, changed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give what is known before, and the changed records: half of them new, half known ones with another phone, address, name or number."""
    rng = np.random.default_rng(1)
    rows = rng.choice(records.height, changed, replace=False)
    new, corrected = records[np.sort(rows[: changed // 2])], records[np.sort(rows[changed // 2 :])]
    donors = records[rng.choice(records.height, corrected.height)]
    which = pl.Series(rng.integers(0, 4, corrected.height))
    columns = ("phone", "address", "name", "id_number")
    corrected = corrected.with_columns(
        pl.when(which == number).then(donors[column]).otherwise(pl.col(column)).alias(column) for number, column in enumerate(columns)
    )
    return records.filter(~pl.col("record_id").is_in(new["record_id"].implode())), pl.concat([new, corrected])


def places(found: pl.DataFrame) -> pl.DataFrame:
    """Turn clusters into placements, as the hub does."""
    key = pl.col("record_id").str.split_exact("/", 1).struct
    ids = {name: pl.Series([identity.candidate_id(record) for record in found[name]], dtype=pl.String) for name in ("record_id", "cluster_id")}
    return found.select(
        source=key[0],
        source_key=key[1],
        candidate_id=ids["record_id"],
        entity_id=ids["cluster_id"],
        grade="grade",
        model_version=pl.lit(1, pl.Int64),
    )


def _update(home: Path) -> int:
    """The measured part, in a fresh process after imports."""
    laps, clock = {}, [perf_counter()]

    def lap(name: str) -> None:
        clock.append(perf_counter())
        laps[name] = round(clock[-1] - clock[-2], 3)

    cpu = process_time()
    stored = index_store.load(BEFORE)
    assert stored is not None  # noqa: S101 - the benchmark wrote it itself
    lap("read index")
    model = Model.from_json((home / "model.json").read_text(encoding="utf-8"), b"of the benchmark")
    fresh = pl.read_parquet(home / "changed.parquet")
    lap("read model and records")
    done = update(stored.index, fresh, [], model)
    lap("match")
    with connect() as connection:
        moves = identity.write_crosswalk(connection, ENTITY, places(done.result.records))
        lap("publish")
    index_store.save(AFTER, done.index, stored)
    lap("keep index")
    said = {
        "seconds": round(clock[-1] - clock[0], 2),
        "cpu_seconds": round(process_time() - cpu, 2),
        "peak_bytes": memory.peak(),
        "steps": laps,
        "touched": len(done.touched),
        **vars(moves),
    }
    print(json.dumps(said))
    return 0


def misses(found: dict[str, Any]) -> list[str]:
    """Say which bars were missed."""
    bars = (
        (f"{found['seconds']} s, wanted {SECONDS_BAR}", found["seconds"] > SECONDS_BAR),
        (f"peak {found['peak_bytes']} bytes, wanted {MEMORY_BAR}", found["peak_bytes"] > MEMORY_BAR),
        ("the crosswalk differs from that of a full rematch", not found["equal_to_full"]),
    )
    return [what for what, bad in bars if bad]


if __name__ == "__main__":
    sys.exit(main())
