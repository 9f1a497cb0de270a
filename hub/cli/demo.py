"""`hub demo`: the whole main job through Airflow's real scheduler, on the synthetic county, ending in one screen.

The county's systems are started, every source's DAG is run (the tax bureau's days by a backfill), the records are
resolved to persons, and what came out is held against the county's truth.  What it started is stopped at the end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hub import settings
from hub.airflow import launcher
from hub.airflow.client import Client
from hub.cli import demo_progress as progress
from hub.cli import demo_screen as screen
from hub.cli import show
from hub.cli.demo_progress import Asked
from hub.errors import FatalError, HubError
from hub.pipeline import due_intervals
from mappings.load import load_sources
from mappings.source import Source
from warehouse import migrate
from warehouse.server import down

PARSED_SECONDS = 120.0


@dataclass
class Clock:
    """Seconds of each part of the demo, for the last screen."""

    parts: dict[str, float]

    @contextmanager
    def part(self, name: str) -> Iterator[Callable[[str, int], None]]:
        """Time a part and show that it runs."""
        started = time.monotonic()
        with show.progress(name) as tell:
            yield tell
        self.parts[name] = time.monotonic() - started
        show.out.print(f"[green]✓[/] {name}  {self.parts[name]:.0f} s", markup=True)


def demo(
    people: Annotated[int, typer.Option("--people", help="size of the county, when there is none yet")] = 20000,
    keep: Annotated[bool, typer.Option("--keep", help="leave Airflow, warehouse and county running")] = False,
) -> None:
    """Run everything once on a synthetic county, through Airflow: departments, gate, warehouse, persons."""
    import county as place  # the demo's own world; no part of the hub

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # `finally` below stops what was started
    os.environ["HUB_SCHEDULES"] = "off"  # the county's clock stands still: nothing is due by ours
    clock, folder, began = Clock({}), settings.load().county, datetime.now(UTC)
    try:
        with clock.part("warehouse"):
            migrate.upgrade()
            launcher.begin()  # takes half a minute, while the county is made
        with clock.part("county" if (folder / "county.json").exists() else f"county of {people:,} people") as tell:
            if (folder / "county.json").exists():
                place.start(folder)
            else:
                place.build(folder, people, 1, tell)
        sources, problems = load_sources(settings.load().sources)
        with clock.part("Airflow") as tell:
            running = launcher.start(tell)
            client = running.client()
            _parsed(client, {f"ingest_{source.source}" for source in sources} | {"resolve"})
        seen = _ingest(client, sources, clock)
        resolved = _resolve(client, clock)
        balanced = screen.show_all(sources, seen, clock.parts, folder, began)
        screen.show_airflow(launcher.status())
        for line in problems:
            show.err.print(line)
        if keep:
            show.out.print(
                f"\nAirflow: {running.url}  user {running.user}  password {running.password}   (`hub airflow stop`, `hub county --stop`, `hub down`)"
            )
    finally:
        if not keep:
            _stop(place)
    if not (balanced and resolved and not seen.failed):
        raise typer.Exit(1)


def _stop(place: object) -> None:
    """Stop everything; one that does not stop holds up no other."""
    found = settings.load()
    with show.progress("stopping"):
        for stop in (launcher.stop, lambda: place.stop(found.county), lambda: down(found.database)):  # type: ignore[attr-defined]
            try:
                stop()
            except HubError as error:
                show.problem(error)


def _parsed(client: Client, wanted: set[str]) -> None:
    deadline = time.monotonic() + PARSED_SECONDS
    while missing := wanted - set(client.dags()):
        if time.monotonic() > deadline:
            raise FatalError(
                f"Airflow does not know {', '.join(sorted(missing))}: {client.import_errors() or 'no import error; see the log of the DAG processor'}"
            )
        time.sleep(1.0)


def _ingest(client: Client, sources: list[Source], clock: Clock) -> progress.Seen:
    """Run every source's DAG; days of a dated source that are not published yet by a backfill."""
    started = time.monotonic()
    asked = [ask(client, source) for source in sources]
    seen = progress.follow(client, asked)
    clock.parts["ingest"] = time.monotonic() - started
    return seen


def ask(client: Client, source: Source) -> Asked:
    """Trigger what is due of a source."""
    dag_id = f"ingest_{source.source}"
    days = _due(source)
    if len(days) > 1:
        client.backfill(dag_id, days[0], days[-1])
        return Asked(source.source, dag_id, None, frozenset(days))
    return Asked(source.source, dag_id, client.trigger(dag_id), frozenset())


def _due(source: Source) -> list[date]:
    return [start.date() for start, _ in due_intervals(source)] if source.extract.mode == "dated" else []


def _resolve(client: Client, clock: Clock) -> bool:
    with clock.part("resolve"):
        return client.wait("resolve", client.trigger("resolve"), 1800) == "success"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)
