"""`hub ledger`: every extracted row of every batch in exactly one state."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.errors import LedgerError
from warehouse import ledger as books
from warehouse import migrate
from warehouse.db import connect

COLUMNS = ["extracted", "accepted", "quarantined", "unchanged", "superseded", "out_of_scope"]


def ledger(
    batch: Annotated[str | None, typer.Argument(help="one batch: a line per stream")] = None,
    source: Annotated[str | None, typer.Option("--source", help="only this source")] = None,
    last: Annotated[bool, typer.Option("--last", help="only the latest batch of each source")] = False,
    as_json: Json = False,
) -> None:
    """Print the ledger; ends 1 when one does not balance."""
    migrate.upgrade()
    with connect() as connection:
        lines = books.lines(connection, batch=batch, source=source, last=last)
        unbalanced = books.unbalanced(connection)
    if as_json:
        show.as_json([vars(line) for line in lines])
    else:
        show.table(
            "", ["batch", "stream", *COLUMNS, "ended"], [(line.batch_id, line.stream, *(getattr(line, name) for name in COLUMNS), line.ended) for line in lines]
        )
    if unbalanced:
        raise LedgerError(f"ledger: {', '.join(unbalanced)} do not balance; this must not happen, keep the database and report it")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ledger")(ledger)
