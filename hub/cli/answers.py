"""`hub answers`: the ready answers, run as the analyst, now or as known at a date."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import show
from hub.cli.query import login
from hub.cli.server import Json
from hub.errors import ConfigError
from warehouse import answers as ready
from warehouse import migrate

answers = typer.Typer(no_args_is_help=True, help="Ready answers: documented questions over the mart.")


@answers.command("list")
def list_answers(as_json: Json = False) -> None:
    """List the questions, what they mean and what they ask for."""
    found = ready.answers().values()
    if as_json:
        show.as_json([{"name": one.name, "zh": one.zh, "en": one.en, "parameters": [vars(p) for p in one.parameters]} for one in found])
        return
    show.table("", ["answer", "", "", "parameters"], [(one.name, one.zh, one.en, ", ".join(p.name for p in one.parameters)) for one in found])


@answers.command("run")
def run(
    name: str,
    values: Annotated[list[str] | None, typer.Argument(help="parameters, as line=110")] = None,
    user: Annotated[str | None, typer.Option("--user", help="your login role (default: HUB_QUERY_USER)")] = None,
    as_known: Annotated[str | None, typer.Option("--as-known", help="a date (its end) or a date and time")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000)] = 1000,
    as_json: Json = False,
) -> None:
    """Ask one question with your own login; beside the rows stands how far they can be relied on."""
    migrate.upgrade()
    role, password = login(user)
    given = dict(pair(value) for value in values or [])
    found = ready.run(name, role, password, given, known_at=ready.instant(as_known) if as_known else None, rows=rows)
    columns, lines = found.result.columns, found.result.rows
    if as_json:
        show.as_json({"answer": name, "values": found.values, "quality": vars(found.quality), "rows": [dict(zip(columns, row, strict=True)) for row in lines]})
        return
    show.table(f"{found.answer.zh}  {found.answer.en}", columns, lines)
    show.out.print(found.quality.said())
    if found.result.cut:
        show.err.print(f"the first {rows:,} rows; --rows gives more")


def pair(text: str) -> tuple[str, str]:
    """Read `name=value`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"{name}: expected parameter=value")
    return name, value


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(answers, name="answers")
