"""`hub keys list|rotate|retire|wrap`: the keys values are sealed with, put in the place of others while everything runs."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from hub.cli import show
from hub.cli.server import Json
from hub.keyring import PURPOSES, add_keys, keyring, rewrap
from warehouse import audit, migrate, reseal
from warehouse.db import connect

keys = typer.Typer(no_args_is_help=True, help="Keys: which there are, and putting new ones in their place.")


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys, which write new values, and how many values and files are under each."""
    migrate.upgrade()
    ring, used = keyring(), reseal.in_use()
    active = {ring.active(purpose).id for purpose in PURPOSES}
    rows = [(key.id, key.purpose, key.scheme.name, "in force" if key.id in active else "older", used.get(key.id)) for key in ring.keys]
    if as_json:
        show.as_json([dict(zip(("key", "purpose", "scheme", "state", "values"), row, strict=True)) for row in rows])
    else:
        show.table("", ["key", "purpose", "scheme", "state", "values"], rows)


@keys.command("rotate")
def rotate(
    forget: Annotated[bool, typer.Option("--retire", help="remove the older keys at the end; copies of the database made before need them")] = False,
) -> None:
    """Put new keys for seals, blind indexes and files in force and write everything anew; goes on where a killed one stopped."""
    migrate.upgrade()
    left = reseal.old_keys()
    if not left:
        added = add_keys(reseal.ROTATED)
        _told("keys.add", f"keys {', '.join(map(str, added))}")
    with show.progress("rotating" if not left else "going on") as tell:
        written = reseal.reseal(tell)
    _told("keys.rotate", "keys", **written)
    show.table("written anew", ["place", "values"], [(place, rows) for place, rows in written.items() if rows])
    if forget:
        retire()
    else:
        show.out.print(f"older keys: {', '.join(map(str, reseal.old_keys()))}; `hub keys retire` removes them once no backup needs them")


@keys.command("retire")
def retire() -> None:
    """Remove the older keys for ever; refused while a value or file is under one."""
    migrate.upgrade()
    gone = reseal.retire_old()
    if gone:
        _told("keys.retire", f"keys {', '.join(map(str, gone))}")
    show.out.print(f"retired: {', '.join(map(str, gone))}" if gone else "there is no older key")


@keys.command("wrap")
def wrap(given: Annotated[bool, typer.Option("--given", help="ask for the new key, where it comes from the environment or a KMS")] = False) -> None:
    """Wrap the keys with another key-encryption key; no value is written anew."""
    migrate.upgrade()
    rewrap(typer.prompt("new key-encryption key (base64 or hex)", hide_input=True) if given else None)
    _told("keys.wrap", "keyring")
    show.out.print("the keyring is wrapped by the new key" + ("; give it in HUB_KEK or the KMS from now on" if given else ""))


def _told(action: str, about: str, **detail: Any) -> None:
    with connect() as connection:
        audit.record(connection, getpass.getuser(), action, about, **detail)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")
