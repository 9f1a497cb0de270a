"""`python -m benchmarks.flow`: one SQL source of a million rows from its database to the published warehouse.

Prints rows per second of every stage, the peak memory of every process, and what publication costs beside `psql \\copy`
of the same rows into identical empty tables with the same indexes.  Fails when a bar of the project is missed; the
figures go to `benchmarks/results/flow.json`, from where the docs quote them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg

from benchmarks import memory, pension_rows
from county.systems import pension
from hub import settings
from mappings.canonical import ENTITIES
from warehouse import server, server_cluster

RESULTS = Path(__file__).parent / "results" / "flow.json"
MEMORY_BAR = int(1.5 * (1 << 30))
NEW_BAR, UNCHANGED_BAR = 3.0, 1.5
STAGES = ("extract", "map", "gate", "load")
PSQL_ROUNDS = 3


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--no-result", action="store_true", help="print only")
    parser.add_argument("--stage", choices=["run"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        return _run_once()
    with installation() as home:
        found = measure(home, asked.rows)
    print(json.dumps(found, indent=1))
    missed = misses(found)
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def misses(found: dict[str, Any]) -> list[str]:
    """Say which bars were missed."""
    bars = (
        ("peak memory, bytes", found["peak_memory"]["bytes"], MEMORY_BAR),
        ("publication of new rows, times psql", found["publish_new"]["times_psql"], NEW_BAR),
        ("unchanged reload, times psql", found["publish_unchanged"]["times_psql"], UNCHANGED_BAR),
    )
    return [f"{what}: {value} above {bar}" for what, value, bar in bars if value > bar]


@contextmanager
def installation() -> Iterator[Path]:
    """An empty installation with two servers, removed afterwards."""
    base = settings.REPO / "var"
    base.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="bench-") as folder:
        home = Path(folder)
        os.environ |= {"HUB_HOME": str(home), "HUB_COUNTY": str(home / "county"), "HUB_SOURCES": str(settings.REPO / "mappings" / "sources")}
        for variable in ("DATABASE_URL", "HUB_STORE", "HUB_KEYS", "HUB_KEK"):
            os.environ.pop(variable, None)
        try:
            yield home
        finally:
            server.remove(settings.load().database)
            pension.remove(settings.load().county)


def measure(home: Path, rows: int) -> dict[str, Any]:
    """Run the source twice (all new, all unchanged) and hold publication against psql."""
    url = pension.start(settings.load().county)
    pension.load(url, pension_rows.tables(rows))
    os.environ["HUB_CONN_PENSION"] = url
    warehouse = server.ensure(settings.load().database)
    data = settings.load().database
    watch = memory.Watch(lambda: [*memory.descendants(os.getpid()), *server_cluster.processes(data)])
    with watch:
        first = _run()
        exports = _exported(home, warehouse)
        beside_first = _psql(warehouse, exports)
        second = _run()
        beside_second = _psql(warehouse, exports)
    psql = [*beside_first, *beside_second]
    return {
        "rows": rows,
        "cores": os.cpu_count(),
        **{stage: {"seconds": round(first[stage], 2), "rows_per_second": int(rows / first[stage])} for stage in STAGES},
        "sealing": {"seconds": round(first["sealing"], 2)},
        "psql_copy": {"seconds": round(statistics.median(psql), 2), "rounds": [round(one, 2) for one in psql]},
        "publish_new": _publication(first, beside_first, "accepted"),
        "publish_unchanged": _publication(second, psql, "unchanged"),
        "peak_memory": {"bytes": max(watch.peak, first["memory"], second["memory"]), "hub_bytes": max(first["memory"], second["memory"])},
    }


def _publication(run: dict[str, Any], psql: list[float], state: str) -> dict[str, Any]:
    seconds = run["load"] - run["sealing"]
    return {"rows": run["ledger"][state], "seconds": round(seconds, 2), "times_psql": round(seconds / statistics.median(psql), 2)}


def _run() -> dict[str, Any]:
    """Run the source in a process of its own, as `hub run` is one."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.flow", "--stage", "run"], check=True, capture_output=True, text=True, cwd=settings.REPO)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _run_once() -> int:
    from hub.pipeline import run_source
    from mappings.load import load_named
    from warehouse import migrate

    migrate.upgrade()
    [outcome] = run_source(load_named(settings.load().sources, "pension"))
    ledger: dict[str, int] = {}
    for stream in outcome.loaded.ledger.values():
        for state, rows in stream.items():
            ledger[state] = ledger.get(state, 0) + rows
    print(json.dumps({**outcome.seconds, "memory": memory.peak(), "ledger": ledger}))
    return 0


def _exported(home: Path, warehouse: server.Server) -> dict[str, Path]:
    """What was published, as files for psql: table -> path."""
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        filled = [name for name in ENTITIES if connection.execute(f"select exists (select from core.{name})").fetchone() == (True,)]
    exports = {name: home / f"{name}.csv" for name in filled}
    for name, path in exports.items():
        _psql_command(warehouse, f"\\copy core.{name} to '{path}' (format csv)")
    return exports


def _psql(warehouse: server.Server, exports: dict[str, Path]) -> list[float]:
    """Copy the files into empty tables of the same form, by psql; the seconds of all tables together, per round."""
    return [_psql_round(warehouse, exports) for _ in range(PSQL_ROUNDS)]


def _psql_round(warehouse: server.Server, exports: dict[str, Path]) -> float:
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("drop schema if exists bench cascade")
        connection.execute("create schema bench")
        for name in exports:
            connection.execute(f"create table bench.{name} (like core.{name} including all)")
    started = perf_counter()
    for name, path in exports.items():
        _psql_command(warehouse, f"\\copy bench.{name} from '{path}' (format csv)")
    return perf_counter() - started


def _psql_command(warehouse: server.Server, command: str) -> None:
    environment = {**os.environ, "PGPASSWORD": warehouse.password}
    program = server.bindir(warehouse.data) / "psql"
    where = ["-h", server.HOST, "-p", str(warehouse.postmaster.port), "-U", server_cluster.USER, "-d", warehouse.name]
    subprocess.run([program, *where, "-X", "-q", "-c", command], check=True, env=environment, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
