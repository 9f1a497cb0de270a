"""Connections to the warehouse, and named queries from `warehouse/sql/*.sql`."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from hub.errors import FatalError, RetryableError
from warehouse.server import database_url

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]
SQL = Path(__file__).parent / "sql"
KEPT = 12
"""Connections a process keeps open at most; more at once are opened as before and closed again."""
PATIENCE = 0.05
"""Seconds to wait for a kept connection before one of its own is opened: so that a block inside a block never waits for itself."""
_pools: dict[str, Pool] = {}
_pooling = 0
_lock = threading.Lock()


@contextmanager
def pooled() -> Iterator[None]:
    """While the block runs, `connect` lends connections this process keeps open: for servers, which would open ten for each page.

    They are the hub's own.  SQL that a person writes never runs on one, and whom one reads for ends with its transaction (`accounts_sight.acting`).
    """
    global _pooling
    with _lock:
        _pooling += 1
    try:
        yield
    finally:
        with _lock:
            _pooling -= 1
            closed = [] if _pooling else [_pools.pop(url) for url in list(_pools)]
        for pool in closed:
            pool.close()


def _pool(url: str) -> Pool | None:
    with _lock:
        if not _pooling:
            return None
        if url not in _pools:
            check = ConnectionPool.check_connection  # a server that was started again leaves dead ones behind
            _pools[url] = ConnectionPool(url, min_size=2, max_size=KEPT, max_idle=120, check=check, open=True, name="warehouse")
        return _pools[url]


@contextmanager
def _lent(*, autocommit: bool) -> Iterator[Connection]:
    url = database_url()
    pool = None if autocommit else _pool(url)  # without a transaction around it, what a block sets would outlast it
    if pool is not None:
        try:
            connection = pool.getconn(PATIENCE)
        except PoolTimeout:
            pool = None
    if pool is None:
        try:
            connection = psycopg.connect(url, autocommit=autocommit)
        except psycopg.OperationalError:
            raise RetryableError("warehouse: no connection; is the server up (`hub up`), and DATABASE_URL right?") from None
    try:
        with connection:
            yield connection
    finally:
        if pool is not None:
            pool.putconn(connection)


@contextmanager
def connect(*, autocommit: bool = False) -> Iterator[Connection]:
    """Give a connection; the block is one transaction unless `autocommit`.

    Server errors may quote values, so only their SQLSTATE leaves this block.
    """
    try:
        with _lent(autocommit=autocommit) as connection:
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
