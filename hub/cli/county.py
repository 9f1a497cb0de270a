"""`hub county`: the synthetic county, to try the hub on; its systems are real servers and files of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from hub import settings
from hub.cli import show
from hub.errors import ConfigError


def county(
    people: Annotated[int | None, typer.Option("--people", help="build a county of this many people")] = None,
    seed: Annotated[int, typer.Option("--seed", help="the same seed builds the same county")] = 1,
    advance: Annotated[int | None, typer.Option("--advance", help="let this many days pass in the systems")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="stop the county's servers")] = False,
) -> None:
    """Build a county, let days pass in it, or start (no option) and stop its systems."""
    import county as place  # only this command needs it: tests and demo data, no part of the hub

    folder = settings.load().county
    if people is not None:
        with show.progress(f"building a county of {people:,} people") as tell:
            place.build(folder, people, seed, tell)
    if not (folder / "county.json").is_file():
        raise ConfigError(f"{folder}: no county here; build one with `hub county --people 20000`")
    if stop:
        place.stop(folder)
        show.out.print("the county's servers are stopped")
        return
    place.start(folder)
    if advance:
        with show.progress(f"{advance} days pass"):
            place.advance(folder, advance)
    show.table(f"county in {folder}", ["source", "kind", "rows"], place.status(folder))


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("county")(county)
