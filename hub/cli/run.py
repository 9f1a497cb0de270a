"""`hub run` and `hub replay`: sources through the flow, with progress, each source on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from hub import settings
from hub.cli import show
from hub.cli.server import Json
from hub.errors import ConfigError, HubError, StoppedError
from hub.pipeline import Outcome, replay, run_source
from hub.pipeline.extract import Interval, Progress
from mappings.load import load_sources
from mappings.source import Source
from warehouse import migrate

Names = Annotated[list[str] | None, typer.Argument(help="sources by name")]
All = Annotated[bool, typer.Option("--all", help="every source")]
COLUMNS = ["batch", "extracted", "accepted", "quarantined", "unchanged", "superseded", "out_of_scope", "seconds", "rows/s"]


@dataclass(frozen=True)
class Chosen:
    """The sources asked for, and what keeps others out of `--all`: told at once, and the command fails at its end."""

    sources: list[Source]
    left_out: list[HubError]


def chosen(names: list[str] | None, every: bool) -> Chosen:
    """Give the sources asked for; a broken file stops the others only if it was asked for by name."""
    sources, problems = load_sources(settings.load().sources)
    by_name = {source.source: source for source in sources}
    for line in problems:
        show.problem(ConfigError(line))
    if every == bool(names):
        raise ConfigError(f"name the sources or say --all; known: {', '.join(by_name)}")
    if unknown := [name for name in names or () if name not in by_name]:
        raise ConfigError(f"source {unknown[0]}: no such (readable) file in the sources folder; known: {', '.join(by_name)}")
    if every and problems:
        show.err.print("the sources above are left out until their files are mended")
    return Chosen([by_name[name] for name in names], []) if names else Chosen(sources, [ConfigError(line) for line in problems])


def interval(text: str) -> list[Interval]:
    """Read `2026-11-01` or `2026-11-01..2026-11-30` (both ends included, either way round) as day intervals."""
    first, _, last = text.partition("..")
    try:
        start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last or first))
    except ValueError:
        raise ConfigError(f"--interval {text!r}: expected a day or two, as 2026-11-01..2026-11-30") from None
    step = timedelta(days=1 if start <= end else -1)
    days = [start + step * n for n in range(abs((end - start).days) + 1)]
    return [(day, day + timedelta(days=1)) for day in days]


def run(
    names: Names = None,
    every: All = False,
    days: Annotated[str | None, typer.Option("--interval", help="dated sources: day, or first..last")] = None,
    as_json: Json = False,
) -> None:
    """Extract, map, gate and load; a source that fails does not hold up the others."""
    migrate.upgrade()
    wanted = interval(days) if days else None
    _each(chosen(names, every), lambda source, tell: iter(run_source(source, wanted if source.extract.mode == "dated" else None, tell)), as_json)


def run_again(
    names: Names = None,
    every: All = False,
    batch: Annotated[str | None, typer.Option("--batch", help="only this batch")] = None,
    as_json: Json = False,
) -> None:
    """Take landed batches through the mapping as it stands, in their order; fills an empty warehouse too."""
    migrate.upgrade()

    def published(source: Source, tell: Progress) -> Iterator[Outcome]:
        for outcome in replay(source, batch, tell):
            if isinstance(outcome, str):
                show.err.print(f"{outcome}: was rejected; left out")
            else:
                yield outcome

    _each(chosen(names, every), published, as_json)


def _each(asked: Chosen, work: Callable[[Source, Progress], Iterator[Outcome]], as_json: bool) -> None:
    """Work on one source after the other, print the ledger of what was published, and fail at the end if one did."""
    rows: list[list[object]] = []
    errors = list(asked.left_out)
    for source in asked.sources:
        try:
            with show.progress(source.source, quiet=as_json) as tell:
                for outcome in work(source, tell):
                    rows.append(_row(outcome))
        except HubError as error:
            show.problem(type(error)(f"{source.source}: {error}") if source.source not in str(error) else error)
            errors.append(error)
    if as_json:
        show.as_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        show.table("", COLUMNS, rows)
    if errors:
        worst = next((error for error in errors if not isinstance(error, StoppedError)), errors[0])
        raise typer.Exit(worst.exit_code)


def _row(outcome: Outcome) -> list[object]:
    counts = [sum(stream[name] for stream in outcome.loaded.ledger.values()) for name in COLUMNS[1:7]]
    seconds = sum(value for stage, value in outcome.seconds.items() if stage != "sealing")
    return [outcome.loaded.batch_id, *counts, round(seconds, 1), int(counts[0] / seconds) if seconds else 0]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run)
    app.command("replay")(run_again)
