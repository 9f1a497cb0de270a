"""`python -m benchmarks.mart`: the mart over a million persons and thirty million contribution lines, written by SQL.

Measures the ready answers, the same as known at a date, the refresh after a day's load of 20,000 records, and whether a
reader who polls throughout ever sees half of it.  `--prepare` writes the warehouse (minutes) and keeps it; the figures of
the measuring run go to `benchmarks/results/mart.json`, from where the docs quote them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import threading
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from hub.pipeline import mart
from warehouse import answers, grants, migrate, server
from warehouse.db import connect

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "mart.json"
ROLE, WORD = "mart_reader", "benchmark-reader"
MONTHS, RECORDS = 30, 20_000
ANSWER_BAR, KNOWN_BAR, REFRESH_BAR = 2.0, 20.0, 60.0
AS_PROVEN = {"base_against_tax": {"tax": "police"}, "insured": {"month": "2025-10-01"}}
STAR_INDEXES = """
create index contribution_person_no_idx on star.contribution (person_no) where known_to = 'infinity';
create index contribution_period_month_idx on star.contribution (period_month) where known_to = 'infinity';
create index contribution_gone_idx on star.contribution (known_to) where known_to <> 'infinity'"""
"""Left out while the table is first filled."""
POLL = """
select (select count(*) from mart.contribution where period_month = '2025-11-01' and source = 'pension'),
    (select coalesce(sum(lines), 0) from mart.contribution_year where year = 2025 and source = 'pension') - %s"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, default=Path("var/benchmark-mart"))
    parser.add_argument("--prepare", action="store_true", help="write the warehouse, where there is none")
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    home = asked.home.resolve()
    (home / "sources").mkdir(parents=True, exist_ok=True)
    os.environ |= {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": server.ensure(home / "pg").url}
    if asked.prepare:
        print(json.dumps(prepare(asked.people), indent=1))
        return 0
    found = measure(asked.people)
    print(json.dumps(found, indent=1))
    if not asked.no_result:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = misses(found)
    print(*[f"missed: {line}" for line in missed], sep="\n")
    return 1 if missed else 0


def prepare(people: int) -> dict[str, float]:
    """Write core by SQL and show it for the first time; seconds of both."""
    with connect(autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '16GB'", "shared_buffers = '2GB'"):
            connection.execute(f"alter system set {setting}")  # type: ignore[call-overload]
        connection.execute("select pg_reload_conf()")
    migrate.upgrade()
    started = time.perf_counter()
    with connect() as connection:
        connection.execute("set local synchronous_commit = off; set local maintenance_work_mem = '1GB'")
        connection.execute((HERE / "mart_rows.sql").read_text(encoding="utf-8").format(people=people, months=MONTHS))  # type: ignore[call-overload]
    with connect(autocommit=True) as connection:
        connection.execute("vacuum analyze")
    written = time.perf_counter()
    mart.refresh()
    with connect(autocommit=True) as connection:
        connection.execute(STAR_INDEXES)
        connection.execute("vacuum analyze")
    return {"written_seconds": round(written - started, 1), "first_refresh_seconds": round(time.perf_counter() - written, 1)}


def measure(people: int) -> dict[str, Any]:
    """Ask everything, let a day pass while somebody polls, ask again as known before it."""
    with connect() as connection:
        grants.apply(connection)
        grants.add_analyst(connection, ROLE, WORD, None, None, "benchmark")
        lines = _one(connection, "select count(*) from core.contribution")
        day = _one(connection, "select count(*) from star.refresh")
    now = {name: _timed(name) for name in answers.answers()}
    before = {name: _ask(name) for name in answers.answers()}
    then = datetime.now().astimezone()
    refresh = refresh_while_polled(int(day))
    known = {name: _timed(name, then) for name in answers.answers()}
    same = [name for name in answers.answers() if _ask(name, then) == before[name]]
    return {
        "people": people, "contribution_lines": lines, "server": _version(), "answers_seconds": now, "as_known_seconds": known,
        "as_known_repeat": len(same) == len(before), "refresh": refresh, "explain": {name: _explain(name) for name in answers.answers()},
    }  # fmt: skip


def refresh_while_polled(day: int) -> dict[str, Any]:
    """Publish a day's load, refresh, and poll the mart all the while: lines and their sums, which always go together."""
    with connect() as connection:
        standing = _one(connection, "select coalesce(sum(lines), 0) from mart.contribution_year where year = 2025 and source = 'pension'")
        had = _one(connection, "select count(*) from mart.contribution where period_month = '2025-11-01' and source = 'pension'")
        values = {"records": RECORDS, "day": day, "every": max(1, _one(connection, "select count(*) from star.person") // RECORDS // 2)}
        connection.execute((HERE / "mart_day.sql").read_text(encoding="utf-8").format(**values))  # type: ignore[call-overload]
    seen: list[tuple[int, int]] = []
    done = threading.Event()
    poller = threading.Thread(target=_poll, args=(standing - had, done, seen))
    poller.start()
    started = time.perf_counter()
    counts = mart.refresh()
    seconds = round(time.perf_counter() - started, 2)
    time.sleep(3)
    done.set()
    poller.join()
    half = [pair for pair in seen if pair[0] != pair[1]]
    return {"records": RECORDS, "seconds": seconds, "counts": counts, "polls": len(seen), "states_seen": len(set(seen)), "half_states": len(half)}


def _poll(standing: int, done: threading.Event, seen: list[tuple[int, int]]) -> None:
    with connect(autocommit=True) as connection:
        while not done.is_set():
            row = connection.execute(POLL, [standing]).fetchone()
            seen.append((int(row[0]), int(row[1])) if row else (0, 1))
            time.sleep(0.1)


def _timed(name: str, known_at: datetime | None = None) -> float:
    """Seconds of an answer with its figures of quality: the median of three."""
    times = []
    for _ in range(1 if known_at else 3):
        started = time.perf_counter()
        _ask(name, known_at)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 3)


def _ask(name: str, known_at: datetime | None = None) -> list[tuple[Any, ...]]:
    return answers.run(name, ROLE, WORD, AS_PROVEN.get(name), known_at=known_at).result.rows


def _explain(name: str) -> list[str]:
    """The plan's nodes over tables, as the analyst's server makes it."""
    asked = answers.answer(name)
    values = answers.filled(asked, AS_PROVEN.get(name, {}))
    with ExitStack() as stack:
        connection = stack.enter_context(
            psycopg.connect(os.environ["DATABASE_URL"].replace(os.environ["DATABASE_URL"].split("//")[1].split("@")[0], f"{ROLE}:{WORD}"))
        )
        plan = connection.execute("explain (costs off) " + answers.statement(asked, known=False), values).fetchall()  # type: ignore[call-overload]
    return [line.strip(" ->") for (line,) in plan if "Scan" in line or "Join" in line or "Aggregate" in line]


def _one(connection: Any, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0])


def _version() -> str:
    with connect() as connection:
        row = connection.execute("select current_setting('server_version')").fetchone()
    return str(row[0]) if row else ""


def misses(found: dict[str, Any]) -> list[str]:
    """Say which bars were missed."""
    lines = [f"{name}: {s} s, bar {ANSWER_BAR}" for name, s in found["answers_seconds"].items() if s > ANSWER_BAR]
    lines += [f"{name} as known: {s} s, bar {KNOWN_BAR}" for name, s in found["as_known_seconds"].items() if s > KNOWN_BAR]
    if found["refresh"]["seconds"] > REFRESH_BAR:
        lines.append(f"refresh: {found['refresh']['seconds']} s, bar {REFRESH_BAR}")
    if found["refresh"]["half_states"] or not found["as_known_repeat"]:
        lines.append("a reader saw half a state, or a report as known did not repeat")
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
