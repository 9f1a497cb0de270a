"""Connections to the warehouse, and named queries from `warehouse/sql/*.sql`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

from hub.errors import FatalError, RetryableError
from warehouse.server import database_url

Connection = psycopg.Connection[tuple[Any, ...]]
SQL = Path(__file__).parent / "sql"


@contextmanager
def connect(*, autocommit: bool = False) -> Iterator[Connection]:
    """Open a connection; the block is one transaction unless `autocommit`.

    Server errors may quote values, so only their SQLSTATE leaves this block.
    """
    try:
        connection = psycopg.connect(database_url(), autocommit=autocommit)
    except psycopg.OperationalError:
        raise RetryableError("warehouse: no connection; is the server up (`hub up`), and DATABASE_URL right?") from None
    try:
        with connection:
            yield connection
    except psycopg.OperationalError as error:
        raise RetryableError(f"warehouse: connection lost or busy (SQLSTATE {error.sqlstate}); run the same command again") from None
    except psycopg.Error as error:
        where = f"{error.diag.schema_name}.{error.diag.table_name}" if error.diag.table_name else "statement"
        raise FatalError(f"warehouse: {where}: SQLSTATE {error.sqlstate} {error.diag.constraint_name or ''}; nothing was written") from None


@contextmanager
def source_lock(source: str) -> Iterator[None]:
    """Hold the source for one writer; a process that dies lets go of it."""
    with connect(autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"guiyi:{source}"])
        yield


@cache
def query(name: str) -> sql.SQL:
    """Give the query `file.name` from `warehouse/sql/file.sql`, where a line `-- name: what it does` begins each."""
    stem, _, wanted = name.partition(".")
    text = (SQL / f"{stem}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+): .*$", text, flags=re.MULTILINE)
    queries = dict(zip(parts[1::2], parts[2::2], strict=True))
    return sql.SQL(cast(LiteralString, queries[wanted].strip().rstrip(";")))
