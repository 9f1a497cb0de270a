"""SQL databases, read-only: one statement in one snapshot, streamed, every value as stable text.

PostgreSQL, MySQL/MariaDB and SQLite are read by their own fast paths, every other database by SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, model_validator

from connectors.base import Part, Probe, Request
from connectors.connection import Connection, connect_to
from connectors.dialects import mysql, other, postgresql, sqlite
from connectors.dialects.base import Dialect, Query
from connectors.options import Options, parse
from connectors.parts import assemble, counted, need_key, not_dated, require_columns
from connectors.retry import Retry
from hub.errors import ConfigError

DIALECTS: dict[str, Dialect] = {"postgresql": postgresql.open_session, "mysql": mysql.open_session, "sqlite": sqlite.open_session}
NOT_SQL = ("file", "sftp", "s3", "http", "https")


class SqlOptions(Options):
    """Which rows of which database."""

    type: Literal["sql"]
    connection: str
    """name of the connection"""
    table: str | None = Field(default=None, min_length=1)
    """table or view, spelt as the database holds it"""
    query: str | None = Field(default=None, min_length=1)
    """a SELECT instead of a table"""
    schema_: str | None = Field(default=None, alias="schema", min_length=1)

    @model_validator(mode="after")
    def _table_or_query(self) -> SqlOptions:
        if (self.table is None) == (self.query is None):
            raise ValueError("one of `table` and `query` is required")
        if self.query is not None and self.schema_ is not None:
            raise ValueError("schema: goes with `table`; in a query write it before the table")
        return self


class Sql:
    """Rows of a table, view or query."""

    options: ClassVar[type[Any]] = SqlOptions

    def check(self, request: Request) -> Probe:
        """Log in and read the columns."""
        connection, query = self._asked(request)
        with self._dialect(connection)(connection, request.where) as session:
            columns = session.columns(query)
        require_columns(request, columns)
        return Probe(columns)

    def extract(self, request: Request) -> Iterator[Part]:
        """Stream the rows, with a cursor those at or after `since`, as of one moment."""
        return assemble(self._pieces(request))

    def keys(self, request: Request) -> Iterator[pa.Table]:
        """Stream the key columns of all rows; only they are read."""
        need_key(request)
        connection, query = self._asked(request)
        whole = Query(query.table, query.schema, query.text)
        return (part.table for part in assemble(self._numbered(self._tables(request, connection, whole, request.key))))

    def intervals(self, request: Request) -> list[date]:
        """Refuse: rows of a database have no files by day."""
        return not_dated(request)

    def _asked(self, request: Request) -> tuple[Connection, Query]:
        options = parse(SqlOptions, request.options, request.where)
        connection = connect_to(options.connection, request.where)
        if connection.kind in NOT_SQL:
            raise ConfigError(f"{request.where}: connection {connection.name} is of kind {connection.kind}, not a database")
        return connection, Query(options.table, options.schema_, options.query, request.cursor, request.since)

    def _dialect(self, connection: Connection) -> Dialect:
        return DIALECTS.get(connection.kind, other.open_session) if connection.driver is None else other.open_session

    def _pieces(self, request: Request) -> Iterator[Part]:
        connection, query = self._asked(request)
        return self._numbered(self._tables(request, connection, query, None))

    def _numbered(self, tables: Iterator[pa.Table]) -> Iterator[Part]:
        first = 1
        for table in tables:
            yield Part(table, counted(first, table.num_rows))
            first += table.num_rows

    def _tables(self, request: Request, connection: Connection, query: Query, wanted: tuple[str, ...] | None) -> Iterator[pa.Table]:
        with ExitStack() as stack:
            session = Retry(attempts=3).call(lambda: stack.enter_context(self._dialect(connection)(connection, request.where)))
            columns = session.columns(query)
            require_columns(request, columns)
            yield from session.rows(query, wanted or columns)
