"""`python -m benchmarks.desk`: stewards at work on a large county, over real HTTPS with real sessions.

`--prepare` writes the warehouse of `benchmarks.desk_data` (minutes; go on by calling it again) and keeps it.  Without it the desk is served by
`hub console --workers 2`, twenty stewards sign in with password and second factor, and each acts every eight to twelve seconds for ten minutes.
An act is what a steward waits for: the request, and the page it leads to.  The figures go to `benchmarks/results/desk.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks import desk_data
from benchmarks.desk_steward import MIX, Steward, Timed
from tests.warehouse.people import account
from warehouse import migrate, server
from warehouse.db import connect

RESULTS = Path(__file__).parent / "results" / "desk.json"
BAR = 500.0
AREAS = (None, None, ["529002", "529003", "529021"])
"""Every third steward works for some areas only."""
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
COUNTS = {
    "persons": "select count(*) from identity.golden", "records": "select count(*) from core.person_record",
    "open_cases": "select count(*) from identity.waiting where state <> 'decided'", "contribution_lines": "select count(*) from core.contribution",
    "rows_in_quarantine": "select count(*) from ops.quarantine where state = 'open'", "acts": "select count(*) from identity.act",
    "proposals": "select count(*) from identity.proposal", "audit_entries": "select count(*) from audit.entry",
}  # fmt: skip


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--home", type=Path, default=Path("var/benchmark-desk"))
    parser.add_argument("--prepare", action="store_true", help="write the warehouse, or go on with it")
    parser.add_argument("--stewards", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    home = asked.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    desk_data.environment(home, server.ensure(home / "pg").url)
    if asked.prepare:
        _durable(on=False)
        desk_data.prepare(home, asked.people, asked.cases)
        return 0
    _durable(on=True)
    migrate.upgrade()
    found = measure(home, asked.stewards, asked.minutes, asked.workers)
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if not asked.no_result:
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if found["failures"] or found["slow"] else 0


def _durable(*, on: bool) -> None:
    """What a power cut would lose may be lost while the warehouse is written, not while it is measured."""
    with connect(autocommit=True) as connection:
        for setting in DURABLE:
            connection.execute(f"alter system set {setting} = {'on' if on else 'off'}")  # type: ignore[call-overload]
        connection.execute("alter system set max_wal_size = '8GB'")
        connection.execute("select pg_reload_conf()")


def measure(home: Path, stewards: int, minutes: float, workers: int) -> dict[str, Any]:
    """Serve the desk, let stewards work, and say how long each kind of act took."""
    secrets = _accounts(stewards)
    before = _counts()
    with _served(workers) as (address, process):
        used = _cpu(process)
        timed = asyncio.run(_work(address, secrets, desk_data.asked_for(home), minutes * 60))
        used = _cpu(process) - used
    after = _counts()
    kinds: dict[str, list[float]] = defaultdict(list)
    for one in timed:
        kinds[one.kind].append(one.seconds * 1000)
    told = {kind: _spread(times) for kind, times in sorted(kinds.items())}
    failures = [{"kind": one.kind, "status": one.status} for one in timed if one.status >= 500 or one.status in (0, 401, 403, 404, 413, 422)]
    return {
        "stewards": stewards, "minutes": minutes, "seconds_between_acts": [8, 12], "workers": workers, "cores": os.cpu_count(), "server": _version(),
        "mix": MIX, "before": before, "after": after, "acts": len(timed), "acts_a_second": round(len(timed) / (minutes * 60), 2),
        "refused_as_things_stood": sum(one.status == 409 for one in timed), "failures": failures, "all": _spread([one.seconds * 1000 for one in timed]),
        "kinds": told, "slow": sorted(kind for kind, one in told.items() if one["p95_ms"] >= BAR), "desk_cpu_seconds": round(used, 1),
    }  # fmt: skip


def _accounts(count: int) -> dict[str, str]:
    """Make the stewards, those of an earlier run out of the way; the secret of each second factor."""
    with connect() as connection:
        connection.execute("delete from access.claim")
        [(known,)] = connection.execute("select count(*) from access.account where name like 'steward%'").fetchall()
    names = [f"steward{known + n:03d}" for n in range(count)]
    return {name: account(name, "steward", *(() if n % 3 == 2 else ("cross_area",)), areas=AREAS[n % 3]) for n, name in enumerate(names)}


def _counts() -> dict[str, int]:
    with connect() as connection:
        return {name: int(connection.execute(statement).fetchall()[0][0]) for name, statement in COUNTS.items()}  # type: ignore[call-overload]


@contextmanager
def _served(workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """Run `hub console` on a free port; give its address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([Path(sys.executable).with_name("hub"), "console", "--port", str(port), "--workers", str(workers)], stdout=subprocess.DEVNULL)
    address = f"https://localhost:{port}"
    try:
        for _ in range(1500):
            try:
                if httpx.get(f"{address}/health", verify=_trusting()).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.2)
        else:
            raise SystemExit("the desk did not answer within five minutes")
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _trusting() -> ssl.SSLContext:
    """The desk's certificate was made for a trial."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of the desk's processes; the database's are not among them."""
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


async def _work(address: str, secrets: dict[str, str], asked: desk_data.Asked, seconds: float) -> list[Timed]:
    timed: list[Timed] = []
    async with asyncio.TaskGroup() as group:
        for n, (name, secret) in enumerate(secrets.items()):
            http = httpx.AsyncClient(base_url=address, verify=_trusting(), headers={"origin": address, "accept-language": "zh"}, timeout=60)
            group.create_task(Steward(name, secret, http, asked, n).work(seconds, timed))
    return timed


def _spread(times: list[float]) -> dict[str, float]:
    """Number, median, 95th percentile and slowest of times in milliseconds."""
    ordered = sorted(times)
    p95 = ordered[max(0, -(-len(ordered) * 95 // 100) - 1)]
    return {"acts": len(ordered), "median_ms": round(statistics.median(ordered), 1), "p95_ms": round(p95, 1), "slowest_ms": round(ordered[-1], 1)}


def _version() -> str:
    with connect() as connection:
        return str(connection.execute("select current_setting('server_version')").fetchall()[0][0])


if __name__ == "__main__":
    sys.exit(main())
