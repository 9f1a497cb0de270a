"""`hub audit verify|seal|watch|list`: the trail of what was done and looked at."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.errors import ConfigError, FatalError
from warehouse import audit as trail
from warehouse import audit_seal, migrate
from warehouse.audit_verify import verify as check
from warehouse.db import connect

audit = typer.Typer(no_args_is_help=True, help="The audit trail: who did, saw or was refused what.")


@audit.command("verify")
def verify(as_json: Json = False) -> None:
    """Hash every entry again, hold it against its neighbours and the seals; ends 1 naming what was altered, is missing or out of place."""
    migrate.upgrade()
    with connect() as connection:
        found = check(connection)
    if as_json:
        show.as_json(vars(found))
    else:
        sealed = "never" if found.sealed_at is None else f"{found.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
        lines = [("entries", found.entries), ("seals", found.seals), ("last seal", sealed), ("after it, chained but not sealed yet", found.unsealed)]
        show.table("audit trail", ["", ""], lines)
    if found.problems:
        raise FatalError(
            "audit trail: " + "; ".join(found.problems) + "; keep the database and the file of seals as they are and find out who could write both"
        )


@audit.command("seal")
def seal() -> None:
    """Sign the ends of the chains into the file outside the database, now."""
    migrate.upgrade()
    made = audit_seal.seal()
    show.out.print("nothing was written since the last seal" if made is None else f"seal {made.number}: {made.entries:,} entries")


@audit.command("watch")
def watch() -> None:
    """Seal every 60 seconds or 1,000 entries until stopped; the console does the same while it runs."""
    migrate.upgrade()
    audit_seal.keep(threading.Event())


@audit.command("list")
def list_entries(
    actor: Annotated[str | None, typer.Option("--actor", help="only of this account")] = None,
    action: Annotated[str | None, typer.Option("--action", help="only this action, as person.open")] = None,
    about: Annotated[str | None, typer.Option("--object", help="only about this person, case or batch")] = None,
    since: Annotated[str | None, typer.Option("--since", help="a day, as 2026-11-01")] = None,
    limit: int = 50,
    as_json: Json = False,
) -> None:
    """List entries, the latest first."""
    migrate.upgrade()
    with connect() as connection:
        found = trail.read(connection, actor=actor, action=action, about=about, since=_day(since), limit=limit)
    if as_json:
        show.as_json([vars(entry) for entry in found])
        return
    rows = [
        (f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.actor, entry.action, entry.object, entry.purpose, " ".join(f"{k}={v}" for k, v in entry.detail.items()))
        for entry in found
    ]
    show.table("audit trail" if rows else "no entries", ["when", "who", "did", "what", "purpose", "detail"], rows)


def _day(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError(f"--since {text!r}: expected a day, as 2026-11-01") from None


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit, name="audit")
