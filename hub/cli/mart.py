"""`hub mart`: what analysts read, brought up to date and described."""

from __future__ import annotations

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.pipeline import mart as refreshing
from warehouse import dictionary, migrate

mart = typer.Typer(no_args_is_help=True, help="The mart: refresh it, describe it.")


@mart.command("refresh")
def refresh(as_json: Json = False) -> None:
    """Bring the mart to what is published and resolved; `hub resolve` does it by itself."""
    migrate.upgrade()
    counts = refreshing.refresh()
    if as_json:
        show.as_json(counts)
        return
    show.table(f"{counts['persons']:,} persons touched", ["", "rows"], [(name, f"{n:,}") for name, n in counts.items() if n and name != "persons"])


@mart.command("describe")
def describe(relation: str = typer.Argument("", help="one relation; all when left out")) -> None:
    """Say what relations and columns mean, and from which canonical fields they come."""
    known = dictionary.relations()
    if relation not in known:
        show.table("", ["relation", "", ""], [(one.name, one.zh, one.en) for one in known.values()])
        return
    rows = [(c.name, c.zh, c.en, ", ".join(o.name for o in c.origins) or c.made) for c in known[relation].columns]
    show.table(f"mart.{relation}", ["column", "", "", "from"], rows)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(mart, name="mart")
