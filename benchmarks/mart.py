"""`python -m benchmarks.mart STEP`: the mart over a million persons and thirty million contribution lines, written by SQL.

Steps, in order: `write` (core, minutes), `show` (the first refresh, minutes), then as often as wanted `answers` (every ready
answer, its plan), `day` (a day of 20,000 records published and refreshed while a reader polls) and `known` (every answer
again as known before that day).  The warehouse stays under `--home`; each measuring step keeps its figures in
`benchmarks/results/mart.json` and fails where a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import mart_warehouse
from hub.pipeline import mart
from warehouse import analysis, answers, grants, server
from warehouse.db import connect

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "mart.json"
ROLE, WORD = "mart_reader", "benchmark-reader"
OF_A_COUNTY = "mart_reader_of_a_county"
"""An analyst who may see one county of five and three lines: row-level security has something to do."""
RECORDS = 20_000
ANSWER_BAR, KNOWN_BAR, REFRESH_BAR = 2.0, 20.0, 60.0
GIVEN = {
    "base_against_tax": {"tax": "police"}, "insured": {"month": "2025-10-01"}, "coverage_gaps": {"month": "2025-10-01"}, "retirements": {"start": "2025-11-01"},
}  # fmt: skip
"""What is asked for; dates, so that an answer as known repeats on another day."""
EVERY_ROW = 5_000_000
MONTH = "select source, count(*), sum(person_amount + employer_amount) from mart.contribution where period_month = '2025-09-01' group by 1"
"""A month of the thirty million lines: what monthly partitions would be for."""
POLL = """
select (select count(*) from mart.contribution where period_month = '2025-11-01'),
    (select coalesce(sum(people), 0)::int from mart.insured where month = '2025-11-01' and insurance_code = '210')"""
"""Two figures that only a day's refresh changes, both of them at once."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["write", "show", "answers", "day", "known"])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--parts", type=int, default=99, help="of `write`: parts of it to write now, each a minute or two")
    parser.add_argument("--home", type=Path, default=Path("var/benchmark-mart"))
    parser.add_argument("--no-result", action="store_true", help="print only")
    asked = parser.parse_args()
    home = asked.home.resolve()
    (home / "sources").mkdir(parents=True, exist_ok=True)
    os.environ |= {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": server.ensure(home / "pg").url}
    steps = {
        "write": lambda: {"people": asked.people, "write_cpu_and_waiting_seconds": mart_warehouse.write(asked.people, home, asked.parts)},
        "show": lambda: {"first_refresh_seconds": mart_warehouse.show()},
        "answers": lambda: ask_all(home / "asked.json"),
        "day": lambda: {"refresh": day_of_load()},
        "known": lambda: ask_as_known(home / "asked.json"),
    }
    found = steps[asked.step]()
    print(json.dumps({name: value for name, value in found.items() if name != "plans"}, indent=1))
    if not asked.no_result and asked.step not in ("write", "show"):
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
        RESULTS.write_text(json.dumps(kept | found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    missed = misses(found)
    print(*[f"missed: {line}" for line in missed], sep="\n")
    return 1 if missed else 0


def ask_all(kept: Path) -> dict[str, Any]:
    """Ask every answer three times, take its plan; digests of the answers and the instant are kept for `known`."""
    with connect() as connection:
        grants.apply(connection)
        grants.add_analyst(connection, ROLE, WORD, None, None, "benchmark")
        grants.add_analyst(connection, OF_A_COUNTY, WORD, ["529002"], ["110", "170", "210"], "benchmark")
        lines = _one(connection, "select count(*) from star.contribution where known_to = 'infinity'")
        people = _one(connection, "select count(*) from star.person where known_to = 'infinity'")
        version = connection.execute("select current_setting('server_version')").fetchone()
    timed = {name: _timed(name) for name in answers.answers()}
    kept.write_text(
        json.dumps({"at": datetime.now().astimezone().isoformat(), "digests": {name: _digest(name) for name in answers.answers()}}), encoding="utf-8"
    )
    started = time.perf_counter()
    analysis.run(MONTH, ROLE, WORD)
    month = round(time.perf_counter() - started, 2)
    return {
        "people": people, "contribution_lines": lines, "server": version[0] if version else "", "answers": timed, "month_of_lines_seconds": month,
        "plans": {name: _plan(name) for name in answers.answers()},
    }  # fmt: skip


def ask_as_known(kept: Path) -> dict[str, Any]:
    """Ask every answer as known when `answers` was run, and hold it against what it said then."""
    before = json.loads(kept.read_text(encoding="utf-8"))
    then = datetime.fromisoformat(before["at"])
    seconds, differ = {}, []
    for name in answers.answers():
        started = time.perf_counter()
        _ask(name, then)
        seconds[name] = round(time.perf_counter() - started, 2)
        differ += [name] if _digest(name, then) != before["digests"][name] else []
    return {"as_known_seconds": seconds, "as_known_differ": differ}


def day_of_load() -> dict[str, Any]:
    """Publish a day's load, refresh, and ask as an analyst all the while: what is seen is the day before, or the day after."""
    with connect() as connection:
        day = _one(connection, "select count(*) from star.refresh")
        values = {"records": RECORDS, "day": day, "every": max(1, _one(connection, "select count(*) from star.person where known_to = 'infinity'") // RECORDS)}
        connection.execute((HERE / "mart_day.sql").read_text(encoding="utf-8").format(**values))  # type: ignore[call-overload]
    seen: list[tuple[Any, ...]] = []
    done = threading.Event()
    poller = threading.Thread(target=_poll, args=(done, seen))
    poller.start()
    time.sleep(1)
    started = time.perf_counter()
    counts = mart.refresh()
    seconds = round(time.perf_counter() - started, 2)
    time.sleep(2)
    done.set()
    poller.join()
    half = [state for state in seen if state not in (seen[0], seen[-1])]
    both_moved = all(before != after for before, after in zip(seen[0], seen[-1], strict=True))
    return {
        "records": RECORDS, "seconds": seconds, "counts": counts, "polls": len(seen), "states_seen": len(set(seen)), "half_states": len(half),
        "both_figures_moved": both_moved,
    }  # fmt: skip


def _poll(done: threading.Event, seen: list[tuple[Any, ...]]) -> None:
    with psycopg.connect(_reader(), autocommit=True) as connection:
        while not done.is_set():
            seen.extend(connection.execute(POLL).fetchall())
            time.sleep(0.1)


def _reader() -> str:
    """Give the address of the warehouse for the analyst."""
    where = server.database_url()
    return where.replace(where.split("//")[1].split("@")[0], f"{ROLE}:{WORD}")


def _timed(name: str) -> dict[str, Any]:
    """Seconds of an answer with its figures of quality, as an analyst waits for it: the median of three; its rows; the same for an analyst of one county."""
    seconds = {}
    for role in (ROLE, OF_A_COUNTY):
        times = []
        for _ in range(3):
            started = time.perf_counter()
            answers.run(name, role, WORD, GIVEN.get(name))
            times.append(time.perf_counter() - started)
        seconds[role] = round(statistics.median(times), 3)
    return {"seconds": seconds[ROLE], "county_seconds": seconds[OF_A_COUNTY], "rows": len(_ask(name, rows=EVERY_ROW))}


def _ask(name: str, known_at: datetime | None = None, rows: int = analysis.ROWS) -> list[tuple[Any, ...]]:
    return answers.run(name, ROLE, WORD, GIVEN.get(name), known_at=known_at, rows=rows).result.rows


def _digest(name: str, known_at: datetime | None = None) -> str:
    return hashlib.sha256(repr(_ask(name, known_at, EVERY_ROW)).encode()).hexdigest()


def _plan(name: str) -> list[str]:
    """Explain an answer as the analyst, run: its nodes with the rows each gave."""
    asked = answers.answer(name)
    with psycopg.connect(_reader()) as connection:
        statement = "explain (analyze, costs off, timing off, buffers off, summary off) " + answers.statement(asked, known=False)
        lines = [line for (line,) in connection.execute(statement, answers.filled(asked, GIVEN.get(name, {}))).fetchall()]  # type: ignore[call-overload]
    return [line for line in lines if "actual" in line or "never executed" in line or "Index Cond" in line or "Workers Launched" in line]


def _one(connection: Any, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])


def misses(found: dict[str, Any]) -> list[str]:
    """Say which bars were missed."""
    asked = {name: max(one["seconds"], one["county_seconds"]) for name, one in found.get("answers", {}).items()}
    lines = [f"{name}: {seconds} s, bar {ANSWER_BAR}" for name, seconds in asked.items() if seconds > ANSWER_BAR]
    lines += [f"{name} as known: {s} s, bar {KNOWN_BAR}" for name, s in found.get("as_known_seconds", {}).items() if s > KNOWN_BAR]
    lines += [f"{name} as known: not what it said then" for name in found.get("as_known_differ", [])]
    refresh = found.get("refresh")
    if refresh and refresh["seconds"] > REFRESH_BAR:
        lines.append(f"refresh: {refresh['seconds']} s, bar {REFRESH_BAR}")
    if refresh and (refresh["half_states"] or not refresh["both_figures_moved"]):
        lines.append(f"a reader saw {refresh['half_states']} half states; both figures moved: {refresh['both_figures_moved']}")
    return lines


if __name__ == "__main__":
    raise SystemExit(main())
