"""Rare characters of every CJK extension from B to H, end to end: from each kind of source and in each encoding that can hold them, into core and out again."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from hub.pipeline import run_source
from mappings.canonical import ENTITIES
from mappings.load import load_named
from tests import office
from tests.connectors.test_dbf import write as write_dbf
from tests.connectors.web import Reply, serving
from tests.office import insured
from warehouse.db import connect
from warehouse.fingerprint import export, opened

EXTENSIONS = {"B": 0x20BB7, "B end": 0x2A6D6, "C": 0x2A700, "D": 0x2B740, "E": 0x2B820, "F": 0x2CEB0, "G": 0x30000, "H": 0x31350, "compatibility": 0x2F800}
PEOPLE = [
    one.but(name=f"王{chr(code)}", address=f"{chr(code)}村{one.address}") for one, code in zip(insured(len(EXTENSIONS)), EXTENSIONS.values(), strict=True)
]
ENGLISH = ("key", "name", "number", "born", "phone", "address")
WIDTHS = (8, 30, 18, 8, 11, 60)
TABLE = "create table people (key text, name text, number text, born text, phone text, address text)"
Prepare = Callable[[Path, pytest.MonkeyPatch], str]
"""Puts the people into a system in the home, and gives the declaration of source `rare`."""


def text(encoding: str) -> Prepare:
    def prepare(home: Path, patch: pytest.MonkeyPatch) -> str:
        (home / "rare.csv").write_text(office.csv(PEOPLE), encoding=encoding)
        return office.declaration("rare", f'{{type: delimited, path: "{home}/rare.csv", encoding: {encoding}}}')

    return prepare


def fixed_width(encoding: str) -> Prepare:
    def prepare(home: Path, patch: pytest.MonkeyPatch) -> str:
        lines = (b"".join(value.encode(encoding).ljust(width) for value, width in zip(one.row, WIDTHS, strict=True)) for one in PEOPLE)
        (home / "rare.txt").write_bytes(b"".join(line + b"\r\n" for line in lines))
        starts = [1 + sum(WIDTHS[:at]) for at in range(len(WIDTHS))]
        columns = ", ".join(f"{{name: {name}, start: {start}, width: {width}}}" for name, start, width in zip(office.HEAD, starts, WIDTHS, strict=True))
        connector = f'{{type: fixed_width, path: "{home}/rare.txt", encoding: {encoding}}}'
        return office.declaration("rare", connector, stream=f"from: {{columns: [{columns}]}}")

    return prepare


def workbook(home: Path, patch: pytest.MonkeyPatch) -> str:
    office.xlsx(home / "rare.xlsx", PEOPLE)
    return office.declaration("rare", f'{{type: excel, path: "{home}/rare.xlsx"}}')


def dbase(home: Path, patch: pytest.MonkeyPatch) -> str:
    records = [b"".join(value.encode("gb18030").ljust(width) for value, width in zip(one.row, WIDTHS, strict=True)) for one in PEOPLE]
    write_dbf(home / "RARE.DBF", [(name.upper(), "C", width) for name, width in zip(ENGLISH, WIDTHS, strict=True)], records)
    head = tuple(name.upper() for name in ENGLISH)
    return office.declaration("rare", f'{{type: dbf, path: "{home}/RARE.DBF", encoding: gb18030}}', head=head)


def sqlite(home: Path, patch: pytest.MonkeyPatch) -> str:
    with sqlite3.connect(home / "rare.sqlite") as database:
        database.execute(TABLE)
        database.executemany("insert into people values (?, ?, ?, ?, ?, ?)", [one.row for one in PEOPLE])
    database.close()
    patch.setenv("HUB_CONN_RARE", f"sqlite:///{home}/rare.sqlite")
    return office.declaration("rare", "{type: sql, connection: rare}", stream="from: {table: people}", head=ENGLISH)


def postgresql(home: Path, patch: pytest.MonkeyPatch) -> str:
    """The table stands in a schema of its own beside the test's warehouse."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url) as database:
        database.execute("create schema theirs")
        database.execute(TABLE.replace("people", "theirs.people"))
        with database.cursor().copy("copy theirs.people from stdin") as copy:
            for one in PEOPLE:
                copy.write_row(one.row)
    patch.setenv("HUB_CONN_RARE", url)
    return office.declaration("rare", "{type: sql, connection: rare}", stream="from: {schema: theirs, table: people}", head=ENGLISH)


def service(home: Path, patch: pytest.MonkeyPatch) -> str:
    return office.declaration("rare", f'{{type: rest, url: "{os.environ["RARE_SERVICE"]}", records: items}}')


KINDS: dict[str, Prepare] = {
    **{f"delimited {encoding}": text(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030")},
    **{f"fixed width {encoding}": fixed_width(encoding) for encoding in ("utf-8", "gb18030")},
    "workbook": workbook,
    "dbase gb18030": dbase,
    "sqlite": sqlite,
    "postgresql": postgresql,
    "service": service,
}


@pytest.fixture(scope="module")
def answering() -> Iterator[str]:
    """A service that sends JSON in both ways JSON has: escaped and as UTF-8."""
    rows = office.objects(PEOPLE)
    halves = [json.dumps(part, ensure_ascii=plain)[1:-1] for plain, part in ((True, rows[:4]), (False, rows[4:]))]
    with serving(lambda asked: Reply(f'{{"items": [{", ".join(halves)}]}}'.encode(), headers={"Content-Type": "application/json"})) as web:
        yield web.url


@pytest.mark.parametrize("kind", KINDS)
def test_no_rare_character_is_lost_or_replaced(kind: str, answering: str, warehouse: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RARE_SERVICE", answering)
    (home / "sources" / "rare.yml").write_text(KINDS[kind](home, monkeypatch), encoding="utf-8")
    [outcome] = run_source(load_named(home / "sources", "rare"))
    assert outcome.loaded.ledger["people"]["accepted"] == len(PEOPLE)
    with connect() as connection:
        found = opened(ENTITIES["person_record"], export(connection, ENTITIES["person_record"]))
    assert found.select("source_key", "name", "address").rows() == [(one.key, one.name, one.address) for one in PEOPLE]
