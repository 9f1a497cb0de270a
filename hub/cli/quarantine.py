"""`hub quarantine`: refused rows, their reasons, the list to send back, and their way home."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from expectations.suite import reasons as sentences
from hub.cli import show
from hub.cli.run import All, Names, chosen
from hub.cli.server import Json
from hub.errors import ConfigError
from hub.pipeline import replay_quarantine
from mappings.masks import mask_row
from warehouse import migrate
from warehouse import quarantine as store
from warehouse.db import connect

quarantine = typer.Typer(no_args_is_help=True, help="Refused rows: see, correct, send back, replay.")
Source = Annotated[str | None, typer.Option("--source", help="only this source")]


def sentence(reason: str) -> tuple[str, str]:
    """Give a reason (`entity.field:code`) in Chinese and English."""
    known = sentences()
    code = reason.rpartition(":")[2]
    return known.get(code, (reason, reason))


@quarantine.command("list")
def list_rows(
    source: Source = None,
    reason: Annotated[str | None, typer.Option("--reason", help="only reasons with this in them")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="every row instead of counts")] = False,
    limit: int = 200,
    as_json: Json = False,
) -> None:
    """Count refused rows by reason, or list them."""
    migrate.upgrade()
    with connect() as connection:
        if rows:
            found = store.open_rows(connection, source, reason, limit)
            lines = [[item.batch_id, item.row_number, item.stream, item.row_key, " ".join(item.reasons)] for item in found]
            columns = ["batch", "row", "stream", "key", "reasons"]
        else:
            counts = [count for count in store.summary(connection, source) if not reason or reason in count[2]]
            lines = [[*count, *sentence(count[2])] for count in counts]
            columns = ["source", "stream", "reason", "rows", "原因", "why"]
    if as_json:
        show.as_json([dict(zip(columns, line, strict=True)) for line in lines])
    else:
        show.table("quarantine" if lines else "quarantine is empty", columns, lines)


@quarantine.command("show")
def show_row(batch: str, row: int) -> None:
    """Show one refused row, masked, with every reason."""
    migrate.upgrade()
    with connect() as connection:
        raw = store.raw_row(connection, batch, row)
        reasons = store.reasons_of(connection, batch, row)
    show.table(f"{batch}, row {row}", ["column", "value (masked)"], mask_row(raw).items())
    show.table("", ["reason", "原因", "why"], [[reason, *sentence(reason)] for reason in reasons])


@quarantine.command("repair")
def repair_row(
    batch: str,
    row: int,
    change: Annotated[list[str], typer.Option("--set", help="COLUMN=VALUE, as the source would have written it; may be repeated")],
    reason: Annotated[str, typer.Option("--reason", help="why; kept with the correction")],
    author: Annotated[str, typer.Option("--author", default_factory=getpass.getuser)],
) -> None:
    """Correct a refused row; the original stays as it came, `hub quarantine replay` takes the correction through the gate."""
    migrate.upgrade()
    if bad := [at for at, text in enumerate(change, 1) if "=" not in text]:
        raise ConfigError(f"--set number {bad[0]}: expected COLUMN=VALUE")
    changes: dict[str, str | None] = {column: value or None for column, _, value in (text.partition("=") for text in change)}
    with connect() as connection:
        store.repair(connection, batch, row, changes, author, reason)
    show.out.print(f"{batch}, row {row}: corrected in {', '.join(changes)}; `hub quarantine replay {batch.rpartition('-')[0]}` loads it")


@quarantine.command("replay")
def replay_rows(
    names: Names = None, every: All = False, corrected: Annotated[bool, typer.Option("--corrected", help="only rows somebody corrected")] = False
) -> None:
    """Take waiting rows through mapping and gate again, with their corrections."""
    migrate.upgrade()
    for source in chosen(names, every).sources:
        with show.progress(source.source) as tell:
            outcomes = replay_quarantine(source, tell, corrected=corrected)
        accepted = sum(stream["accepted"] + stream["unchanged"] for one in outcomes for stream in one.loaded.ledger.values())
        again = sum(stream["quarantined"] for one in outcomes for stream in one.loaded.ledger.values())
        show.out.print(f"{source.source}: {accepted:,} rows loaded, {again:,} refused again")


@quarantine.command("export")
def export_rows(source: str, to: Annotated[Path, typer.Option("--to", help="the .xlsx to write")]) -> None:
    """Write the correction list for a department: what is missing or wrong in which rows, without personal values."""
    from hub.pipeline.correction_list import correction_list

    migrate.upgrade()
    with connect() as connection:
        rows = correction_list(connection, source, to)
    show.out.print(f"{to}: {rows:,} rows for {source} to correct")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(quarantine, name="quarantine")
