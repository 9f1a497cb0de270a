"""`python -m benchmarks.incremental`: `hub resolve` after 1,000 changed records against a million known, in a fresh process.

`--prepare` (once, kept under `var/`) fills a warehouse with a county's person records, sealed, and resolves it.  `--measure` publishes 1,000 changed
records and runs in a process of its own, after imports, what `hub resolve` does: the changed records are read, the index is read from the store, what
changed is matched, placements, cases and golden records are published, the index is kept.  `--verify` matches everything again and holds the
fingerprints against each other.  Without any of them all three.  The figures go to `benchmarks/results/incremental.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import polars as pl
from psycopg import sql

from benchmarks import memory, people
from hub import settings
from hub.pipeline.extract import silent
from hub.pipeline.placing import model_key
from hub.pipeline.resolve import rematch
from mappings.canonical import EMPLOYER_RECORD, PERSON_RECORD
from matching import fit
from warehouse import batches, identity, migrate, models, server
from warehouse.copy import copy_in
from warehouse.db import Connection, connect, query
from warehouse.fingerprint import fingerprint
from warehouse.publish import Timing
from warehouse.records import Sealer, append, replace

RESULTS = Path(__file__).parent / "results" / "incremental.json"
HOME = settings.REPO / "var" / "benchmark-incremental"
SECONDS_BAR, MEMORY_BAR = 3.0, 2 << 30
COMPARED = ("person_record", "crosswalk", "golden")
PART = 100_000


def main() -> int:
    """Prepare, measure, verify; print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=365_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--home", type=Path, default=HOME)
    parser.add_argument("--no-result", action="store_true", help="print only")
    for step in ("prepare", "measure", "verify", "child"):
        parser.add_argument(f"--{step}", action="store_true", help=argparse.SUPPRESS if step == "child" else f"{step} only")
    asked = parser.parse_args()
    home = asked.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    (home / "sources").mkdir(exist_ok=True)
    for variable in ("HUB_STORE", "HUB_KEYS", "HUB_KEK"):
        os.environ.pop(variable, None)
    os.environ |= {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": server.ensure(home / "pg").url}
    if asked.child:
        return _child()
    every = not (asked.prepare or asked.measure or asked.verify)
    if asked.prepare or every:
        prepare(asked.people, asked.changed)
        _resolved_apart(home)  # with nothing changed: an installation in use has its byte code and kernels
    if asked.measure or every:
        (home / "measured.json").write_text(json.dumps(measure(home, asked.people, asked.changed)), encoding="utf-8")
    if asked.verify or every:
        return _verified(home, keep=not asked.no_result)
    return 0


def prepare(count: int, changed: int) -> None:
    """Fill the warehouse with what is known before, fit a model and resolve it for the first time; a step that was done before is not done again."""
    migrate.upgrade()
    known, _ = split(people.people(count, 1)[0], changed)
    with connect() as connection:
        [(filled, fitted, resolved)] = connection.execute(
            "select exists (select from core.person_record), exists (select from identity.model_version), exists (select from identity.run)"
        ).fetchall()
    _hasten(True)
    if not filled:
        with connect() as connection:
            firms = _firms(connection, known)
            _deaths(connection, known)
        _publish(known, firms, append)
        _vacuum()
    if not fitted:
        with connect() as connection:
            model = fit(known, key=model_key())
            models.add(connection, model.to_json(), state="approved", effect=None, author="benchmark", reason="fitted to the records as read")
    if not resolved:
        print(json.dumps(rematch(silent, None).seconds))
        _vacuum()
    _hasten(False)


def _hasten(wanted: bool) -> None:
    """Write without waiting for the disk while what is known before is prepared; what is measured waits."""
    with connect(autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            how = sql.SQL("alter system set {} = off" if wanted else "alter system reset {}")
            connection.execute(how.format(sql.Identifier(setting)))
        connection.execute("select pg_reload_conf()")


def _vacuum() -> None:
    with connect(autocommit=True) as connection:
        connection.execute("vacuum analyze")


def measure(home: Path, count: int, changed: int) -> dict[str, Any]:
    """Publish the changed records, and let a process of its own do what `hub resolve` does."""
    known, fresh = split(people.people(count, 1)[0], changed)
    with connect() as connection:
        firms = _firms(connection, fresh.clear())
    is_new = ~pl.col("record_id").is_in(known["record_id"].implode())
    _publish(fresh.filter(is_new), firms, append)
    _publish(fresh.filter(~is_new), firms, replace)
    return {"known": known.height, "changed": fresh.height, **_resolved_apart(home)}


def _resolved_apart(home: Path) -> dict[str, Any]:
    """Resolve in a process of its own; byte code and kernels are kept, as in an installation that is in use."""
    command = [sys.executable, "-m", "benchmarks.incremental", "--child", "--home", str(home)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def _child() -> int:
    """The measured part, in a fresh process after imports."""
    started, cpu = perf_counter(), process_time()
    with connect() as connection:
        last = identity.last_run(connection)
    done = rematch(silent, last)
    said = {
        "seconds": round(perf_counter() - started, 2),
        "cpu_seconds": round(process_time() - cpu, 2),
        "peak_bytes": memory.peak(),
        "steps": {name: round(seconds, 3) for name, seconds in done.seconds.items()},
        **{name: done.counts[name] for name in ("records", "persons", "matched", "placed", "moved", "regraded", "golden_written")},
    }
    print(json.dumps(said))
    return 0


def _verified(home: Path, *, keep: bool) -> int:
    """Match everything again, hold the fingerprints against each other, print and keep the figures."""
    with connect() as connection:
        before = fingerprint(connection)
    started = process_time()
    again = rematch(silent, None)
    cpu = round(process_time() - started, 1)
    with connect() as connection:
        after = fingerprint(connection)
    found = json.loads((home / "measured.json").read_text(encoding="utf-8"))
    found |= {"full_cpu_seconds": cpu, "moved_by_full": again.counts["moved"], "golden_written_by_full": again.counts["golden_written"]}
    found |= {"equal_to_full": all(before[name] == after[name] for name in COMPARED), "fingerprint": after["crosswalk"]}
    print(json.dumps(found, indent=1))
    if keep:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    missed = misses(found)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


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


def _firms(connection: Connection, known: pl.DataFrame) -> pl.DataFrame:
    """Enter the employers with a code; gives the key of each by source, name and code, those entered before too."""
    named = known.filter(pl.col("employer_code").is_not_null()).select("source", "employer_name", "employer_code").unique(maintain_order=True)
    named = named.with_row_index("first_row").with_columns(source_key=pl.concat_str(pl.lit("e"), "first_row"))
    if named.height:
        rows = named.select("source", "source_key", "first_row", name="employer_name", credit_code="employer_code")
        copy_in(connection, ("core", EMPLOYER_RECORD.name), rows.with_columns(_stamped("firms")))
    kept = connection.execute("select source, name, credit_code, source_key from core.employer_record").fetchall()
    return pl.DataFrame(kept, schema=["source", "employer_name", "employer_code", "employer_key"], orient="row")


def _publish(records: pl.DataFrame, firms: pl.DataFrame, how: Any) -> None:
    """Write records of every source as a batch of it, sealed as `hub run` seals them."""
    records = records.join(firms, on=["source", "employer_name", "employer_code"], how="left", maintain_order="left")
    records = records.with_columns(
        pl.lit(None, pl.String).alias(name) for name in (*PERSON_RECORD.open, *PERSON_RECORD.personal) if name not in records.columns
    )
    for (source,), part in records.group_by(["source"], maintain_order=True):
        with connect() as connection:
            batch = batches.open_batch(connection, str(source), "run", None)
            rows = part.with_columns(
                pl.lit(False).alias("derived"),
                source_key=pl.col("record_id").str.slice(len(str(source)) + 1),
                hash=pl.concat_str("record_id", pl.lit(str(batch.sequence))).cast(pl.Binary),
                row_number="founding",
                first_row="founding",
            )
            how(connection, Sealer(PERSON_RECORD, batch, Timing()), rows.iter_slices(PART))
            connection.execute(query("batch.publish"), {"batch_id": batch.batch_id})


def _deaths(connection: Connection, known: pl.DataFrame) -> None:
    died = known.filter(pl.col("death_date").is_not_null())
    key = pl.col("record_id").str.split_exact("/", 1).struct[1]
    copy_in(
        connection,
        ("core", "death"),
        died.select("source", "death_date", source_key=key, person_key=key, first_row="founding").with_columns(_stamped("deaths")),
    )


def _stamped(batch: str) -> list[pl.Expr]:
    """Columns of a batch that stands for those of all sources."""
    values = {"derived": False, "hash": b"1", "sequence": 1, "batch_id": batch, "row_number": 1, "first_sequence": 1}
    return [pl.lit(value).alias(name) for name, value in values.items()]


def misses(found: dict[str, Any]) -> list[str]:
    """Say which bars were missed."""
    bars = (
        (f"{found['seconds']} s, wanted {SECONDS_BAR}", found["seconds"] > SECONDS_BAR),
        (f"peak {found['peak_bytes']} bytes, wanted {MEMORY_BAR}", found["peak_bytes"] > MEMORY_BAR),
        ("the fingerprint differs from that of a full rematch", not found["equal_to_full"] or found["moved_by_full"] > 0),
    )
    return [what for what, bad in bars if bad]


if __name__ == "__main__":
    sys.exit(main())
