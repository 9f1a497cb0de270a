"""The demo's moving table: sources by stages, from Airflow's own view of the tasks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from rich.live import Live
from rich.table import Table

from hub.airflow.client import ENDED, Client, Run, Task
from hub.cli import show

STAGES = ("extract", "map", "gate", "load")
EVERY = 2.0
SIGNS = {"success": "[green]✓[/]", "failed": "[bold red]✗[/]", "upstream_failed": "[red]–[/]", "skipped": "[yellow]skipped[/]", "running": "[cyan]…[/]"}
SIGNS |= {"deferred": "[bold yellow]waits for a decision[/]", "up_for_retry": "[yellow]tries again[/]"}


@dataclass(frozen=True)
class Asked:
    """What was triggered of a source: one run, or a backfill of days."""

    source: str
    dag_id: str
    run_id: str | None
    days: frozenset[date]

    def mine(self, run: Run) -> bool:
        """Whether a run of Airflow is part of this."""
        return run.dag_id == self.dag_id and (run.run_id == self.run_id if self.run_id else run.run_id.startswith("backfill") and run.day in self.days)


@dataclass
class Seen:
    """How it went: every task, and the sources of which a run failed or waits."""

    tasks: list[Task] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def follow(client: Client, asked: list[Asked]) -> Seen:
    """Watch the runs until each has ended or waits for a person; shows a table on a terminal, else a line per source."""
    done: set[str] = set()
    with Live(console=show.out, refresh_per_second=2, transient=True) as live:
        while True:
            runs, tasks = client.runs(), client.tasks()
            states = {one.source: _tasks(one, runs, tasks) for one in asked}
            ended = {one.source for one in asked if _ended(one, runs, states[one.source])}
            live.update(_table(asked, states))
            if not show.out.is_terminal:
                for source in sorted(ended - done):
                    show.out.print(f"{source}: {_summary(states[source])}")
            done |= ended
            if len(ended) == len(asked):
                return _seen(asked, runs, states)
            time.sleep(EVERY)


def _tasks(one: Asked, runs: list[Run], tasks: Iterable[Task]) -> list[Task]:
    ids = {run.run_id for run in runs if one.mine(run)}
    return [task for task in tasks if task.dag_id == one.dag_id and task.run_id in ids]


def _ended(one: Asked, runs: list[Run], tasks: list[Task]) -> bool:
    mine = [run for run in runs if one.mine(run)]
    waiting = {task.run_id for task in tasks if task.state == "deferred"}
    return len(mine) >= max(1, len(one.days)) and all(run.state in ENDED or run.run_id in waiting for run in mine)


def _seen(asked: list[Asked], runs: list[Run], states: dict[str, list[Task]]) -> Seen:
    failed = sorted({one.source for one in asked for run in runs if one.mine(run) and run.state == "failed"})
    waiting = sorted(source for source, tasks in states.items() if any(task.state == "deferred" for task in tasks))
    return Seen([task for tasks in states.values() for task in tasks], failed, waiting)


def _table(asked: list[Asked], states: dict[str, list[Task]]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", *STAGES):
        made.add_column(column)
    for one in asked:
        made.add_row(one.source, *(_cell([task for task in states[one.source] if task.task_id == stage], max(1, len(one.days))) for stage in STAGES))
    return made


def _cell(tasks: list[Task], wanted: int) -> str:
    counts = Counter(task.state for task in tasks if task.state)
    if wanted == 1:
        return " ".join(SIGNS.get(state, "·") for state in counts) or "·"
    notable = " ".join(SIGNS[state] for state in ("failed", "deferred", "up_for_retry", "running") if counts[state])
    return f"{counts['success']}/{wanted} {notable}".strip()


def _summary(tasks: list[Task]) -> str:
    counts = Counter(task.state for task in tasks)
    return ", ".join(f"{rows} {state}" for state, rows in counts.items())
