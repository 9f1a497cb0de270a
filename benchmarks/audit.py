"""`python -m benchmarks.audit`: entries a second written by eight writers, and a million entries verified.

On a server of its own with everything a power cut would need switched on.  The figures go to
`benchmarks/results/audit.json`; the command fails below 1,000 entries a second or above a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from warehouse import audit, audit_seal, migrate, server
from warehouse.audit_verify import verify
from warehouse.db import connect

RESULTS = Path(__file__).parent / "results" / "audit.json"
WRITERS, RATE_BAR, VERIFY_BAR = 8, 1000, 60.0
MANY = """do $$ begin for n in 1..{count} loop
    perform audit.record('zhang', 'person.look', 'p' || n, '复核', '{{"fields": 3}}'); end loop; end $$"""


def write(count: int) -> None:
    """Write entries, each in a transaction of its own, as acts do."""
    with connect(autocommit=True) as connection:
        for number in range(count):
            audit.record(connection, "zhang", "person.open", f"p{number}", "复核", fields=3)


def fill(count: int) -> None:
    """Write entries inside the server, in one transaction a thousand: only their number matters."""
    with connect(autocommit=True) as connection:
        for _ in range(count // 1000):
            connection.execute(MANY.format(count=1000))


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=1500, help="entries of each of the eight writers")
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for variable in ("DATABASE_URL", "HUB_KEYS", "HUB_AUDIT", "HUB_STORE"):
            os.environ.pop(variable, None)
        os.environ["HUB_HOME"] = home
        try:
            found = _measure(asked.entries, asked.each)
        finally:
            server.remove(Path(home) / "pg")
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if found["written_per_second"] >= RATE_BAR and found["verify_seconds_per_million"] < VERIFY_BAR and not found["problems"] else 1


def _measure(entries: int, each: int) -> dict[str, float | int]:
    migrate.upgrade()
    with ProcessPoolExecutor(WRITERS, get_context("spawn")) as writers:
        list(writers.map(write, [1] * WRITERS))  # started and connected once before the clock runs
        started = perf_counter()
        list(writers.map(write, [each] * WRITERS, chunksize=1))
        rate = WRITERS * each / (perf_counter() - started)
        list(writers.map(fill, [entries // 4] * 4, chunksize=1))
    audit_seal.seal()
    started = perf_counter()
    with connect() as connection:
        verdict = verify(connection)
    seconds = perf_counter() - started
    return {
        "writers": WRITERS, "written": WRITERS * each, "written_per_second": round(rate), "verified": verdict.entries, "verify_seconds": round(seconds, 1),
        "verify_seconds_per_million": round(seconds / verdict.entries * 1_000_000, 1), "problems": len(verdict.problems),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
