"""`hub query`: a statement of an analyst, as that analyst."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.errors import ConfigError
from warehouse import analysis, migrate


def query(
    statement: str,
    user: Annotated[str | None, typer.Option("--user", help="your login role (default: HUB_QUERY_USER)")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000)] = 1000,
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=600)] = analysis.SECONDS,
    as_json: Json = False,
) -> None:
    """Run a select over the mart with your own login; the password is asked for, or comes from HUB_QUERY_PASSWORD."""
    migrate.upgrade()
    role, password = login(user)
    found = analysis.run(statement, role, password, rows=rows, seconds=seconds)
    if as_json:
        show.as_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    else:
        show.table("", found.columns, found.rows)
    if found.cut:
        show.err.print(f"the first {rows:,} rows; --rows gives more")


def login(user: str | None) -> tuple[str, str]:
    """Give the analyst's login role and password, asked for where the environment does not hold them."""
    role = user or os.environ.get("HUB_QUERY_USER")
    if not role:
        raise ConfigError("--user: expected your login role; `hub user add-analyst` makes one")
    return role, os.environ.get("HUB_QUERY_PASSWORD") or typer.prompt(f"password of {role}", hide_input=True)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("query")(query)
