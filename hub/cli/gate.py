"""`hub gate list|approve|reject`: batches the gate stopped, and a person's decision."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.pipeline import approve, load, reject
from warehouse import batches, migrate
from warehouse.db import connect

gate = typer.Typer(no_args_is_help=True, help="Batches the gate stopped, and the decision on them.")
Why = Annotated[str, typer.Option("--reason", help="why; kept with the decision")]
Author = Annotated[str, typer.Option("--author", help="who decides (default: the account's name)", default_factory=getpass.getuser)]


@gate.command("list")
def list_waiting(as_json: Json = False) -> None:
    """Show the batches that wait for a decision, and why each was stopped."""
    migrate.upgrade()
    with connect() as connection:
        waiting = batches.waiting(connection)
    if as_json:
        show.as_json([vars(item) for item in waiting])
        return
    rows = [(item.batch_id, stop["en"], stop["zh"], f"{item.asked_at:%Y-%m-%d %H:%M}") for item in waiting for stop in item.stops]
    show.table("stopped batches" if rows else "no batch is stopped", ["batch", "why", "原因", "asked"], rows)


@gate.command("approve")
def approve_batch(batch_id: str, reason: Why, author: Author) -> None:
    """Let a stopped batch pass and publish it."""
    migrate.upgrade()
    approve(batch_id, author, reason)
    with show.progress(f"publishing {batch_id}"):
        load(batch_id)
    show.out.print(f"{batch_id}: approved by {author} and published; `hub ledger {batch_id}` shows its rows")


@gate.command("reject")
def reject_batch(batch_id: str, reason: Why, author: Author) -> None:
    """Close a stopped batch: nothing of it loads."""
    migrate.upgrade()
    reject(batch_id, author, reason)
    show.out.print(f"{batch_id}: rejected by {author}; nothing of it is loaded")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(gate, name="gate")
