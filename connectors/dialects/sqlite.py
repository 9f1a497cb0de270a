"""SQLite: one read transaction on a file opened read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from connectors.connection import Connection
from connectors.dialects.base import ROWS_AT_ONCE, TIMEOUT, Query, quoted_with
from connectors.parts import text_table
from connectors.values import text_array
from hub.errors import ConfigError, HubError, RetryableError, SourceError

_quoted = quoted_with('"')


@dataclass(frozen=True)
class SqliteSession:
    """One read transaction."""

    database: sqlite3.Connection
    where: str

    def columns(self, query: Query) -> tuple[str, ...]:
        """Give the columns of a query."""
        with reading(self.where, query), closing(self.database.execute(f"SELECT * FROM {query.relation(_quoted)} LIMIT 0")) as cursor:  # noqa: S608  names are quoted
            names = tuple(column[0] for column in cursor.description)
        if len(set(names)) < len(names):
            raise ConfigError(f"{self.where}: {query.name}: two columns of the same name; give each a name of its own (AS)")
        return names

    def rows(self, query: Query, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Stream rows."""
        select = query.select(", ".join(map(_quoted, columns)), _quoted, _literal)
        with reading(self.where, query), closing(self.database.execute(select)) as cursor:
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield text_table(columns, [text_array(column) for column in zip(*rows, strict=True)])


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def open_session(connection: Connection, where: str) -> Iterator[SqliteSession]:
    """Open the file, which must be there, and begin a transaction."""
    place = f"{where}: connection {connection.name}"
    if not Path(connection.path).is_file():
        raise SourceError(f"{place}: its file is not found; correct the connection (sqlite:////absolute/path) or ask for the file")
    address = f"{Path(connection.path).resolve().as_uri()}?mode=ro"
    with reading(place, None), closing(sqlite3.connect(address, uri=True, timeout=TIMEOUT, isolation_level=None)) as database:
        database.execute("BEGIN")
        yield SqliteSession(database, where)


@contextmanager
def reading(where: str, query: Query | None) -> Iterator[None]:
    """Turn SQLite's errors into the hub's: its own texts may quote values, so only their name is told."""
    name = query.name if query else "the database"
    try:
        yield
    except HubError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorname", "") or type(error).__name__
        if "no such table" in str(error):
            raise SourceError(f"{where}: {name} not found; correct `table` or ask the department") from None
        if code in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            raise RetryableError(f"{where}: the database is locked by another program; try again") from None
        if "UTF-8" in str(error):
            raise SourceError(f"{where}: values of {name} are not UTF-8; ask the department") from None
        if code == "SQLITE_ERROR":
            raise ConfigError(f"{where}: {name} was refused; correct `query` or the cursor column") from None
        raise SourceError(f"{where}: {name} cannot be read ({code}); damaged or not an SQLite file? ask for it again") from None
