"""`hub up`, `hub down`, `hub fingerprint`: the warehouse itself."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import settings
from hub.cli import show
from warehouse import migrate
from warehouse.db import connect
from warehouse.fingerprint import fingerprint
from warehouse.server import database_url, down

Json = Annotated[bool, typer.Option("--json", help="for scripts")]


def up() -> None:
    """Start the embedded PostgreSQL (unless DATABASE_URL names another) and bring its tables up to date."""
    with show.progress("starting the warehouse"):
        database_url()
        changed = migrate.upgrade()
    show.out.print("warehouse is up" + ("; tables brought up to date" if changed else ""))


def stop() -> None:
    """Stop the embedded PostgreSQL; data stays."""
    found = settings.load()
    if found.database_url:
        show.out.print("DATABASE_URL is set: that server is not ours to stop")
        return
    show.out.print("warehouse is down" if down(found.database) else "warehouse was not running")


def print_fingerprint(as_json: Json = False) -> None:
    """Print the SHA-256 of the warehouse's current state: equal states give equal fingerprints."""
    migrate.upgrade()
    with connect() as connection:
        digests = fingerprint(connection)
    if as_json:
        show.as_json(digests)
    else:
        show.table("", ["entity", "sha-256"], digests.items())


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("down")(stop)
    app.command("fingerprint")(print_fingerprint)
