"""The medical platform's system: a private MariaDB where its programs are on the machine, else an SQLite file."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pymysql
from pymysql.constants import CLIENT

from county.layout import KEYS, STAMPS
from county.systems import mariadb
from county.systems.processes import read_note, write_note

NAME = "medical"
USER = "county"


def start(county_dir: Path) -> str:
    """Start the server or attach to it (SQLite needs none); give the address of the database."""
    folder = county_dir / NAME
    note = read_note(folder / "service.json")
    if not note:
        folder.mkdir(parents=True, exist_ok=True)
        note = {"kind": "mariadb" if mariadb.programs() else "sqlite", "password": secrets.token_urlsafe(24)}
        write_note(folder / "service.json", note)
    if note["kind"] == "sqlite":
        return f"sqlite:///{(folder / 'medical.db').absolute()}"
    port = mariadb.ensure(folder / "mariadb", NAME, USER, note["password"], int(note.get("port", 0)))
    if port != note.get("port"):
        write_note(folder / "service.json", {**note, "port": port})
    return f"mysql://{USER}:{note['password']}@127.0.0.1:{port}/{NAME}"


def stop(county_dir: Path) -> None:
    """Stop the server, if there is one."""
    mariadb.stop(county_dir / NAME / "mariadb")


def remove(county_dir: Path) -> None:
    """Delete the database with all it holds."""
    mariadb.remove(county_dir / NAME / "mariadb")
    shutil.rmtree(county_dir / NAME, ignore_errors=True)


def load(uri: str, tables: dict[str, pl.DataFrame]) -> None:
    """Make the tables and fill them."""
    statements = (Path(__file__).parent / "medical.sql").read_text(encoding="utf-8").split(";")
    indexes = [f"CREATE INDEX {t}_{c} ON {t} ({c})" for t in tables for c in (*KEYS[NAME][t], STAMPS[NAME])]
    if uri.startswith("sqlite"):
        with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as database, database:
            for statement in statements[:-1]:
                database.execute(statement)
            for name, frame in tables.items():
                database.executemany(_insert(name, frame, "?"), _rows(frame))
            for statement in indexes:
                database.execute(statement)
        return
    with closing(_connect(uri)) as connection, connection.cursor() as cursor:
        for statement in statements[:-1]:
            cursor.execute(statement)
        for name, frame in tables.items():
            cursor.executemany(_insert(name, frame, "%s"), _rows(frame))
        for statement in indexes:
            cursor.execute(statement)
        connection.commit()


def change(uri: str, written: dict[str, pl.DataFrame], gone: dict[str, pl.Series]) -> None:
    """Put the rows of `written` in place of those with their keys, and delete the keys of `gone`, in one transaction."""
    lite = uri.startswith("sqlite")
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///")) if lite else _connect(uri)) as connection:
        cursor = connection.cursor()
        for name in {**written, **gone}:
            key = KEYS[NAME][name][0]
            keys = [*(written[name][key].to_list() if name in written else []), *(gone[name].to_list() if name in gone else [])]
            cursor.executemany(f"DELETE FROM {name} WHERE {key} = {'?' if lite else '%s'}", [(k,) for k in keys])  # noqa: S608 - names are ours
            if name in written:
                cursor.executemany(_insert(name, written[name], "?" if lite else "%s"), _rows(written[name]))
        connection.commit()


def _connect(uri: str) -> Any:
    account, _, place = uri.removeprefix("mysql://").rpartition("@")
    user, _, password = account.partition(":")
    host, _, rest = place.partition(":")
    port, _, database = rest.partition("/")
    return pymysql.connect(host=host, port=int(port), user=user, password=password, database=database, charset="utf8mb4", client_flag=CLIENT.FOUND_ROWS)


def _columns(frame: pl.DataFrame) -> list[str]:
    return [c for c in frame.columns if not c.startswith("_")]


def _insert(name: str, frame: pl.DataFrame, mark: str) -> str:
    columns = _columns(frame)
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608 - names are ours


def _rows(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return frame.select(_columns(frame)).rows()
