"""`hub export`: downloads of analysts, each with a purpose and a trace."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hub.cli import session as terminal
from hub.cli import show
from hub.cli.answers import pair
from hub.cli.query import login
from hub.pipeline import audit_2021
from warehouse import analysis, exports, migrate
from warehouse import answers as ready
from warehouse.db import connect

export = typer.Typer(no_args_is_help=True, help="Download what you may read, for a purpose.")
User = Annotated[str | None, typer.Option("--user", help="your login role (default: HUB_QUERY_USER)")]
To = Annotated[Path, typer.Option("--to", help="a new file: .parquet, .csv or .xlsx")]
Purpose = Annotated[str, typer.Option("--purpose", help="what for; kept in the trail")]
Rows = Annotated[int, typer.Option("--rows", min=1, max=1_000_000)]
Known = Annotated[str | None, typer.Option("--as-known", help="a date (its end) or a date and time")]


@export.command("answer")
def export_answer(
    name: str,
    to: To,
    purpose: Purpose,
    values: Annotated[list[str] | None, typer.Argument(help="parameters, as line=110")] = None,
    user: User = None,
    as_known: Known = None,
    rows: Rows = exports.ROWS,
) -> None:
    """Download a ready answer."""
    migrate.upgrade()
    kind, (role, password) = exports.kind_of(to), login(user)
    known_at = ready.instant(as_known) if as_known else None
    found = ready.run(name, role, password, dict(pair(value) for value in values or []), known_at=known_at, rows=rows)
    _keep(exports.export(found.result, kind, role, purpose, name, found.quality.said()), to)


@export.command("query")
def export_query(statement: str, to: To, purpose: Purpose, user: User = None, rows: Rows = exports.ROWS) -> None:
    """Download what a select over the mart gives."""
    migrate.upgrade()
    kind, (role, password) = exports.kind_of(to), login(user)
    _keep(exports.export(analysis.run(statement, role, password, rows=rows), kind, role, purpose, "query"), to)


@export.command("audit-2021")
def export_audit(
    to: Annotated[Path, typer.Option("--to", help="a new folder")],
    purpose: Purpose,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="first month, its first day")],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="last day")],
    source: Annotated[str, typer.Option("--source", help="the pension centre's source")] = "pension",
) -> None:
    """Write the national audit interface GB/T 40217-2021 (not validated against the official schema): persons by name, for auditors only."""
    migrate.upgrade()
    by = terminal.signed_in("auditor")
    with connect() as connection:
        totals = audit_2021.export(connection, source, first.date(), last.date(), to, by.account, purpose)
    rows = [(number, audit_2021.tables()[number].name, f"{count:,}", totals.amounts.get(number, "")) for number, count in sorted(totals.rows.items())]
    show.table(f"{to}", ["table", "", "rows", "yuan"], rows)


def _keep(made: exports.Export, to: Path) -> None:
    with to.open("xb") as file:  # never over a file that is there
        file.write(made.content)
    show.out.print(f"{to}: {made.rows:,} rows, export {made.number}" + (" (there were more; --rows)" if made.cut else ""))


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(export, name="export")
