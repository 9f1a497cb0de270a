"""`hub person why`: the evidence for and against, in words, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from hub.cli import session as terminal
from hub.cli import show
from hub.cli.server import Json
from hub.pipeline import cases as desk
from hub.pipeline import why as reasons
from hub.pipeline.conflicts import Record
from hub.pipeline.placing import placed_of
from hub.pipeline.why import Why
from mappings.masks import mask
from warehouse import accounts_sight, audit, migrate
from warehouse.accounts_sessions import Session
from warehouse.db import Connection, connect

PERSON = "person_record"
MOST = 6
"""Records of a person shown side by side; the evidence rests on all."""
SAYS = {
    "certain": ("确定为同一人", "certainly one person"),
    "possible": ("可能是同一人，须由人判定", "possibly one person; a person has to decide"),
    "no": ("不视为同一人", "not taken for one person"),
}


def why(
    record: Annotated[str, typer.Argument(help="SOURCE/KEY, as `hub person show` lists records")],
    other: Annotated[str | None, typer.Argument(help="another record; without it, the others of its person")] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="show the values in clear, and why; needs `hub sign-in` as a steward")] = None,
    as_json: Json = False,
) -> None:
    """Say why two records are or are not one person, or why a record stands with its person: evidence, weights, what would turn it."""
    migrate.upgrade()
    named = [reasons.record_of(text) for text in (record, other) if text is not None]
    with _sight(named, purpose) as (connection, session):
        told = reasons.of_pair(connection, *named) if len(named) == 2 else reasons.of_record(connection, named[0])
        shown = [_values(connection, session, one) for one in (told.record, *told.others)[:MOST]]
    if as_json:
        account = told.account
        said = {name: [vars(one) for one in getattr(account, name)] for name in ("sentences", "kinds", "turns")}
        show.as_json({**vars(told), "account": {"weight": account.weight, "probability": account.probability, **said}, "values": shown})
    else:
        _print(told, shown)


@contextmanager
def _sight(named: list[Record], purpose: str | None) -> Iterator[tuple[Connection, Session | None]]:
    """The connection to ask over: masked for everybody, or a steward's own, who opens the records for a purpose."""
    if purpose is None:
        with connect() as connection:
            for source, key in named:
                audit.record(connection, terminal.author(), "record.look", f"{source}/{key}")
            yield connection, None
        return
    session = terminal.signed_in()
    with connect() as connection:
        persons = dict.fromkeys(placed_of(connection, named).values())
    for person in persons:
        accounts_sight.open_record(session, person, purpose)
    with accounts_sight.acting(session) as connection:
        yield connection, session


def _values(connection: Connection, session: Session | None, record: Record) -> dict[str, str | None]:
    if session is None:
        return desk.shown_record(connection, PERSON, *record, lambda field, value: mask(PERSON, field, value))
    opened = session
    return desk.shown_record(connection, PERSON, *record, lambda field, value: accounts_sight.shown(opened, {field: value}, opened=True)[field])


def _print(told: Why, shown: list[dict[str, str | None]]) -> None:
    account = told.account
    fields = dict.fromkeys(field for one in shown for field in one)
    records = [f"record {number}" for number in range(1, len(shown) + 1)]
    show.table(f"{len(told.others) + 1} records", ["field", *records], [(field, *(one.get(field) for one in shown)) for field in fields])
    show.table("evidence", ["bits", "证据", "evidence"], [(f"{one.weight:+.2f}", one.zh, one.en) for one in account.sentences])
    zh, en = SAYS[told.verdict]
    show.out.print(f"together {account.weight:+.2f} bits, probability {account.probability:.4f}: {zh} · {en}")
    one = len(told.persons) == 1
    show.out.print(f"now: {'one person' if one else 'different persons'} {', '.join(told.persons)}")
    if told.judged:
        show.out.print(f"judged by a person: {', '.join(told.judged)}; a verdict outranks the evidence")
    if account.kinds:
        show.table("what it looks like", ["kind", "说明", "words"], [(kind.name, kind.zh, kind.en) for kind in account.kinds])
    if account.turns:
        show.table("what would turn it", ["bits", "若", "if"], [(f"{turn.weight:+.2f}", turn.zh, turn.en) for turn in account.turns])
