"""Every other database that SQLAlchemy knows (Oracle, SQL Server, DM, Kingbase …): a server-side cursor, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from connectors.connection import Connection
from connectors.dialects.base import ROWS_AT_ONCE, Query
from connectors.parts import text_table
from connectors.values import text_array
from hub.errors import ConfigError, HubError, RetryableError, SourceError


@dataclass(frozen=True)
class OtherSession:
    """One transaction."""

    connection: sa.Connection
    where: str

    def columns(self, query: Query) -> tuple[str, ...]:
        """Give the columns of a query."""
        names = tuple(self._source(query).c.keys()) if query.table else self._described(query)
        if len(set(names)) < len(names):
            raise ConfigError(f"{self.where}: {query.name}: two columns of the same name; give each a name of its own (AS)")
        return names

    def rows(self, query: Query, columns: tuple[str, ...]) -> Iterator[pa.Table]:
        """Stream rows."""
        source = self._source(query)
        statement = sa.select(*(source.c[name] for name in columns))
        if query.cursor is not None and query.since is not None:
            cursor = source.c[query.cursor]
            statement = statement.where(sa.or_(cursor >= _watermark(cursor, query.since), cursor.is_(None)))
        with reading(self.where, query.name), self.connection.execution_options(yield_per=ROWS_AT_ONCE).execute(statement) as result:
            for rows in result.partitions():
                yield text_table(columns, [text_array(column) for column in zip(*rows, strict=True)])

    def _source(self, query: Query) -> Any:
        """Give what is selected from: the table with the types the database tells, or the query as a subquery."""
        if query.table:
            with reading(self.where, query.name):
                return sa.Table(query.table, sa.MetaData(), schema=query.schema, autoload_with=self.connection, resolve_fks=False)
        return sa.text((query.text or "").rstrip().rstrip(";")).columns(*(sa.column(name) for name in self._described(query))).subquery("source_rows")

    def _described(self, query: Query) -> tuple[str, ...]:
        with reading(self.where, query.name), self.connection.execution_options(stream_results=True).execute(sa.text(query.text or "")) as result:
            return tuple(result.keys())


def _watermark(column: Any, since: str) -> Any:
    """Give a watermark in the column's own type where that is a date or a moment."""
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return since
    if kind in (date, datetime):
        return kind.fromisoformat(since)
    return kind(since) if kind in (int, Decimal) else since


@contextmanager
def open_session(connection: Connection, where: str) -> Iterator[OtherSession]:
    """Log in and begin a transaction, repeatable-read where the database knows that."""
    place = f"{where}: connection {connection.name}"
    kind = f"{connection.kind}+{connection.driver}" if connection.driver else connection.kind
    extras = {name: str(value) for name, value in connection.extra.items()}
    with reading(place, ""):
        path = connection.path if connection.kind == "sqlite" else connection.path.strip("/")
        url = URL.create(kind, connection.login, connection.password, connection.host or None, connection.port, path or None, extras)
        engine = sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
    try:
        with reading(place, ""):
            isolation = "REPEATABLE READ" if connection.kind in ("postgresql", "mysql", "mssql", "kingbase", "opengauss") else None
            opened = engine.connect().execution_options(**({"isolation_level": isolation} if isolation else {}))
        with opened:
            yield OtherSession(opened, where)
    finally:
        engine.dispose()


@contextmanager
def reading(where: str, name: str) -> Iterator[None]:
    """Turn SQLAlchemy's and the driver's errors into the hub's: their texts may quote values, so only their kind is told."""
    try:
        yield
    except HubError:
        raise
    except NoSuchTableError:
        raise SourceError(f"{where}: {name} not found; correct `table` or ask the department") from None
    except (NoSuchModuleError, ArgumentError, ImportError):
        raise ConfigError(f"{where}: no driver for this kind of database; install it, and write the kind as dialect+driver") from None
    except DBAPIError as error:
        if error.connection_invalidated or (type(error.orig).__name__ in ("OperationalError", "InterfaceError") and not name):
            cause = type(error.orig).__name__
            raise RetryableError(f"{where}: the database was not reached or refused the login ({cause}); try again or correct the connection") from None
        cause = type(error.orig).__name__
        raise SourceError(f"{where}: {name} could not be read ({cause}); correct `table` or `query`, or ask for SELECT on it") from None
    except SQLAlchemyError as error:
        raise SourceError(f"{where}: {name} could not be read ({type(error).__name__})") from None
