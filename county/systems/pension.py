"""The pension centre's system: a PostgreSQL server of its own, loaded by COPY."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import psycopg
from psycopg import sql

from county.layout import KEYS, STAMPS
from warehouse import server

NAME = "pension"


def _data(county_dir: Path) -> Path:
    return county_dir / NAME / "pg"


def start(county_dir: Path) -> str:
    """Start the server or attach to it; give the address of its database."""
    return server.ensure(_data(county_dir), name=NAME).url


def stop(county_dir: Path) -> None:
    """Stop the server."""
    server.down(_data(county_dir))


def remove(county_dir: Path) -> None:
    """Delete the server with all it holds."""
    server.remove(_data(county_dir))


def load(uri: str, tables: dict[str, pl.DataFrame]) -> None:
    """Make the tables and fill them."""
    with psycopg.connect(uri) as connection:
        connection.execute((Path(__file__).parent / "pension.sql").read_bytes())
        for name, frame in tables.items():
            _copy(connection, name, frame)
            for column in (*KEYS[NAME][name], STAMPS[NAME]):
                connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(sql.Identifier(name), sql.Identifier(column)))


def change(uri: str, written: dict[str, pl.DataFrame], gone: dict[str, pl.Series]) -> None:
    """Put the rows of `written` in place of those with their keys, and delete the keys of `gone`, in one transaction."""
    with psycopg.connect(uri) as connection:
        for name in {**written, **gone}:
            key = KEYS[NAME][name][0]
            keys = [s for s in (written[name][key] if name in written else None, gone.get(name)) if s is not None]
            values = pl.concat([k.alias("key") for k in keys]).to_list()
            connection.execute(sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(sql.Identifier(name), sql.Identifier(key)), [values])
            if name in written:
                _copy(connection, name, written[name])


def _copy(connection: psycopg.Connection, name: str, frame: pl.DataFrame) -> None:
    columns = [c for c in frame.columns if not c.startswith("_")]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL '\\N')").format(sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns)))
    text = frame.select(columns).write_csv(include_header=False, null_value="\\N")
    with connection.cursor().copy(statement) as copy:
        copy.write(text)
