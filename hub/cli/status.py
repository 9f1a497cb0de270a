"""`hub status`: every source at a glance, and what is wrong."""

from __future__ import annotations

import typer
from rich.text import Text

from hub import settings
from hub.cli import show
from hub.cli.server import Json
from hub.pipeline.incidents import Status, statuses
from mappings.load import load_sources
from warehouse import migrate

COLUMNS = ["source", "部门", "state", "last batch", "age", "late after", "extracted", "accepted", "quarantined"]
COLOURS = {"ok": "green", "new": "dim", "late": "bold red", "failed": "bold red", "stopped": "bold yellow", "volume": "bold yellow"}


def status(as_json: Json = False) -> None:
    """Show all sources: last batch, freshness, ledger, open incidents, batches that wait; ends 1 when something is wrong."""
    migrate.upgrade()
    sources, problems = load_sources(settings.load().sources)
    found = statuses(sources)
    if as_json:
        show.as_json([{**dict(zip(COLUMNS, _row(one), strict=True)), "troubles": [vars(trouble) for trouble in one.troubles]} for one in found])
    else:
        show.table("", COLUMNS, [[_coloured(value, at) for at, value in enumerate(_row(one))] for one in found])
        for trouble in (trouble for one in found for trouble in one.troubles):
            show.out.print(f"{trouble.en}\n{trouble.zh}")
    for line in problems:
        show.err.print(line)
    if problems or any(one.troubles for one in found):
        raise typer.Exit(1)


def _row(one: Status) -> list[object]:
    health, source = one.health, one.source
    age = None if health is None or health.age is None else _span(health.age)
    counts = (None, None, None) if health is None else (health.extracted, health.accepted, health.quarantined)
    return [
        source.source,
        source.department.zh,
        one.state,
        health.batch_id if health else None,
        age,
        _span(one.within.total_seconds()),
        *counts,
    ]


def _span(seconds: float) -> str:
    """Write a span of time as people say it."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _coloured(value: object, at: int) -> object:
    return Text(str(value), style=COLOURS[str(value)]) if COLUMNS[at] == "state" else value


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)
