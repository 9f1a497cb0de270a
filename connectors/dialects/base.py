"""What every dialect offers the SQL connector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from connectors.connection import Connection
from hub.errors import ConfigError

ROWS_AT_ONCE = 20_000
TIMEOUT = 30
"""Seconds to log in."""


@dataclass(frozen=True)
class Query:
    """Rows of a table (in a schema) or of a SELECT; with `since` only those whose cursor is not before it (or null)."""

    table: str | None
    schema: str | None = None
    text: str | None = field(default=None, repr=False)
    cursor: str | None = None
    since: str | None = field(default=None, repr=False)

    def relation(self, quoted: Callable[[str], str]) -> str:
        """Give what stands behind FROM."""
        if self.table is None:
            return f"({(self.text or '').rstrip().rstrip(';')}) {quoted('source_rows')}"
        return f"{quoted(self.schema)}.{quoted(self.table)}" if self.schema else quoted(self.table)

    def select(self, columns: str, quoted: Callable[[str], str], literal: Callable[[str], str]) -> str:
        """Give the statement that reads columns (already quoted) of the rows."""
        statement = f"SELECT {columns} FROM {self.relation(quoted)}"  # noqa: S608  names are quoted; the text is the source file's own
        if self.cursor is not None and self.since is not None:
            cursor = quoted(self.cursor)
            statement += f" WHERE {cursor} >= {literal(self.since)} OR {cursor} IS NULL"
        return statement

    @property
    def name(self) -> str:
        """How messages name it."""
        return f"table {self.table}" if self.table else "the query"


class Session(Protocol):
    """One read-only snapshot of a database."""

    def columns(self, query: Query) -> tuple[str, ...]:
        """Give the columns of a query; SourceError when there is no such table."""

    def rows(self, query: Query, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Stream the rows as tables of text, in pieces of bounded size."""


Dialect = Callable[[Connection, str], AbstractContextManager[Session]]
"""Opens a session; the text is how messages name the stream."""


def known_extras(connection: Connection, where: str, known: tuple[str, ...]) -> dict[str, str]:
    """Give the options behind a connection's address; ConfigError for one that is not known (a misspelt one must not weaken a login)."""
    if unknown := sorted(set(connection.extra) - set(known)):
        raise ConfigError(f"{where}: connection {connection.name}: unknown option {', '.join(unknown)}; known: {', '.join(known)}")
    return {name: str(value) for name, value in connection.extra.items()}


def quoted_with(sign: str) -> Callable[[str], str]:
    """Give the function that quotes a name."""
    return lambda name: f"{sign}{name.replace(sign, sign * 2)}{sign}"
