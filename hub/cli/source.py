"""`hub check`, `hub preview`, `hub source`: an engineer's way from a sample to a source that loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors import options_problems
from expectations.suite import check as check_expectations
from hub import settings
from hub.cli import show
from hub.cli.run import chosen
from hub.cli.server import Json
from hub.errors import ConfigError, ConfigErrors, HubError
from hub.pipeline import codes
from hub.pipeline.extract import connector_of, request_of
from mappings.examples import run_examples
from mappings.load import load_sources
from mappings.preview import PreviewRow, preview
from mappings.source import Source
from warehouse import migrate

source = typer.Typer(no_args_is_help=True, help="Source files: draft one from a sample, take mapped codes back into it.")


def check(
    name: Annotated[str | None, typer.Argument(help="one source (default: every file)")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="do not test the connection")] = False,
    as_json: Json = False,
) -> None:
    """Validate source files, run their examples, test their connections; all problems of all files at once."""
    folder = settings.load().sources
    sources, problems = load_sources(folder)
    problems = [line for line in problems if name is None or line.startswith(f"{name}.yml")]
    known = [one for one in sources if name in (None, one.source)]
    if name and not known and not problems:
        raise ConfigError(f"source {name}: no file {name}.yml in the sources folder; known: {', '.join(one.source for one in sources)}")
    found: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {}
    for one in known:
        with show.progress(f"checking {one.source}", quiet=as_json):
            found[one.source] = _file_problems(one)
            if not offline and not found[one.source]:
                found[one.source], notes[one.source] = _connection(one)
    if as_json:
        show.as_json({"files": problems, "sources": found})
    else:
        for one in known:
            lines = found[one.source]
            examples = f"{len(one.examples)} examples"
            show.out.print(f"{one.source}: " + (f"{len(lines)} problems" if lines else f"good ({', '.join([examples, *notes.get(one.source, [])])})"))
    everything = [*problems, *(line for lines in found.values() for line in lines)]
    if everything:
        raise ConfigErrors(everything)


def _file_problems(one: Source) -> list[str]:
    options = [
        f"{one.source}.yml: stream {stream.stream}: {line}"
        for stream in one.streams
        for line in options_problems(str(one.connector.get("type")), {**one.connector, **stream.from_})
    ]
    try:
        check_expectations(one)
        limits = []
    except ConfigErrors as error:
        limits = error.problems
    return [*options, *limits, *run_examples(one)]


def _connection(one: Source) -> tuple[list[str], list[str]]:
    """Reach every stream; give problems, and a note of what was found."""
    problems, notes = [], []
    for stream in one.streams:
        try:
            probe = connector_of(one).check(request_of(one, stream))
            rows = "" if probe.rows is None else f", {probe.rows:,} rows"
            notes.append(f"{stream.stream}: {len(probe.columns)} columns{rows}")
        except HubError as error:
            problems += error.problems if isinstance(error, ConfigErrors) else [str(error)]
    return problems, notes


def print_preview(name: str, rows: Annotated[int, typer.Option("-n", help="rows per stream")] = 20, stream: str | None = None) -> None:
    """Show raw rows beside what they become, masked; nothing is loaded."""
    [one] = chosen([name], every=False).sources
    for declared in one.streams:
        if stream in (None, declared.stream):
            part = next(iter(connector_of(one).extract(request_of(one, declared))), None)
            if part is None:
                show.out.print(f"{declared.stream}: no rows")
                continue
            for row in preview(one, declared.stream, part.table, rows):
                _print_row(declared.stream, row)


def _print_row(stream: str, row: PreviewRow) -> None:
    show.out.rule(f"{stream} row {row.row_number}: {row.state}" + (f" ({row.scope_reason})" if row.scope_reason else ""), align="left")
    show.out.print("  ".join(f"{column}={value}" for column, value in row.raw.items() if value is not None), markup=False)
    for entity, fields in row.records:
        show.out.print(f"→ {entity}: " + "  ".join(f"{name}={value}" for name, value in fields.items() if value is not None), markup=False)
    if row.problems:
        show.out.print(f"  {' '.join(row.problems)}", markup=False)


@source.command("new")
def new(
    sample: Annotated[str, typer.Argument(help="a sample file, or CONNECTION:TABLE (CONNECTION:* for every table)")],
    name: Annotated[str | None, typer.Option("--name", help="name of the source (default: from the file)")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="write it here (default: print it)")] = None,
) -> None:
    """Draft a source file from a sample: canonical fields, encoding, formats and code lists guessed, for you to correct."""
    from connectors.sample import sniff
    from mappings.draft import Sample, draft_streams

    seen = sniff(sample)
    text, notes = draft_streams([Sample(look.stream, look.table, look.options) for look in seen.streams], seen.connector, name or seen.name)
    for note in notes:
        show.err.print(note, markup=False)
    if to is None:
        print(text)  # noqa: T201 - a file's text, as it is
        return
    if to.exists():
        raise ConfigError(f"{to}: is there already; choose another --to")
    to.write_text(text, encoding="utf-8")
    show.out.print(f"{to}: drafted; correct it, then `hub check {to.stem}` and `hub preview {to.stem}`")


@source.command("export-overrides")
def export_overrides(name: str, write: Annotated[bool, typer.Option("--write", help="into the source file itself (default: print its text)")] = False) -> None:
    """Write the codes people mapped in the console back into the lookups of a source file; comments and layout stay."""
    migrate.upgrade()
    if write:
        show.out.print(f"{codes.write_back(name)}: holds every decision; `hub check {name}` runs its examples")
    else:
        print(codes.exported(name), end="")  # noqa: T201 - a file's text, as it is


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("check")(check)
    app.command("preview")(print_preview)
    app.add_typer(source, name="source")
