"""The demo's last screen: ledger, gate against what was planted, persons against the truth, times, what to open next."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from hub.airflow.launcher import Component
from hub.cli import show, truth
from hub.cli.demo_progress import STAGES, Seen
from mappings.source import Source
from warehouse import ledger as books
from warehouse import stage_times
from warehouse.db import Connection, connect
from warehouse.ledger import Line
from warehouse.stage_times import Cost

COLUMNS = ("extracted", "accepted", "quarantined", "unchanged", "superseded", "out_of_scope")
MINE = "select batch_id from ops.batch where published_at >= %s"
POSSIBLE = "select count(*) from identity.pair where entity = 'person_record'"
NEXT = """
next: hub up (keeps the database running) · hub status · hub quarantine list · hub cases list · hub person find --name NAME · hub county --advance 1
      hub user first, then hub console: the desk in a browser · hub demo --keep leaves Airflow running, to look around in it
      (hub is .venv/bin/hub)"""


def show_all(sources: list[Source], seen: Seen, parts: dict[str, float], county: Path, since: datetime) -> bool:
    """Print the screen; tell whether every ledger balances."""
    with connect() as connection:
        lines = books.lines(connection)
        unbalanced = books.unbalanced(connection)
        _ledger(sources, lines)
        _gate(connection, sources, county)
        _persons(connection, sources, county)
        mine = {row[0] for row in connection.execute(MINE, [since])}
        costs = stage_times.since(connection, since)
    _costs(costs)
    _times(seen, sum(line.extracted for line in lines if line.batch_id in mine), parts)
    for what, names in (("failed", seen.failed), ("waits for a decision (`hub gate list`)", seen.waiting)):
        if names:
            show.out.print(f"[bold red]{what}[/]: {', '.join(names)}", markup=True)
    show.out.print("every ledger balances" if not unbalanced else f"[bold red]does not balance[/]: {', '.join(unbalanced)}", markup=True)
    show.out.print(NEXT)
    return not unbalanced


def show_airflow(components: list[Component]) -> None:
    """Say what Airflow holds now that it has nothing to do."""
    processes, megabytes = sum(one.processes for one in components), sum(one.megabytes for one in components)
    show.out.print(f"Airflow at rest: {processes} processes, {megabytes:,.0f} MB (memory that forks share counted once)")


def _ledger(sources: list[Source], lines: list[Line]) -> None:
    """One line per source: its newest batch, or for days of files all of them together."""
    rows = []
    for source in sources:
        mine = [line for line in lines if line.source == source.source]
        ids = sorted({line.batch_id for line in mine})
        shown = ids if source.extract.mode == "dated" else ids[-1:]
        total = [sum(getattr(line, name) for line in mine if line.batch_id in shown) for name in COLUMNS]
        rows.append([source.source, source.department.zh, f"{len(shown)} batches" if source.extract.mode == "dated" else (shown or [""])[0], *total])
    show.table("ledger", ["source", "部门", "batch", *COLUMNS], rows)


def _gate(connection: Connection, sources: list[Source], county: Path) -> None:
    day = json.loads((county / "county.json").read_text(encoding="utf-8"))["day"]
    found = truth.faults(connection, county, sources, day)
    counts = [(one.planted, one.found, one.planted - one.found, one.others) for one in found]
    rows = [[name, *line] for name, line in zip([*(one.source for one in found), "all"], [*counts, tuple(map(sum, zip(*counts, strict=True)))], strict=True)]
    show.table("gate: faults planted by the county", ["source", "planted", "refused for it", "missed", "clean rows refused"], rows)


def _persons(connection: Connection, sources: list[Source], county: Path) -> None:
    row = connection.execute(POSSIBLE).fetchone()
    one = truth.persons(connection, county, sources, int(row[0]) if row else 0)
    rows = [
        ("person records", one.records),
        ("persons found / true", f"{one.found_persons:,} / {one.true_persons:,}"),
        ("precision of certain", f"{one.precision:.4f}  ({one.certain_wrong:,} wrong pairs)"),
        ("recall", f"{one.recall:.4f}"),
        ("F1", f"{one.f1:.4f}"),
        ("possible pairs per 100 records", f"{100 * one.possible / one.records if one.records else 0:.1f}"),
    ]
    show.table("persons, over pairs of records", ["", ""], rows)


def _costs(costs: list[Cost]) -> None:
    """What sealing, opening and keyed hashes took of the stages' CPU; the flow's rows pass row security unread."""
    whole = [Cost("all", sum(one.calls for one in costs), sum(one.cpu for one in costs), sum(one.sealing for one in costs))]
    rows = [[one.stage, one.calls, round(one.cpu, 1), round(one.sealing, 1), f"{one.sealing / one.cpu:.1%}" if one.cpu else ""] for one in [*costs, *whole]]
    show.table("CPU seconds in tasks, and of them sealing and opening", ["stage", "calls", "CPU", "sealing", "share"], rows)


def _times(seen: Seen, extracted: int, parts: dict[str, float]) -> None:
    seconds: dict[str, float] = defaultdict(float)
    for task in seen.tasks:
        seconds[task.task_id] += task.seconds or 0.0
    rows: list[list[object]] = [[stage, round(seconds[stage], 1), int(extracted / seconds[stage]) if seconds[stage] else None] for stage in STAGES]
    show.table("time in tasks (all sources together)", ["stage", "seconds", "rows/s"], rows)
    rows = [[name, round(value, 1)] for name, value in parts.items()]
    show.table("time on the clock", ["part", "seconds"], [*rows, ["all", round(sum(parts.values()), 1)]])
