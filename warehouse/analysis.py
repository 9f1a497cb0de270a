"""Statements of analysts: only over a connection authenticated as that analyst, read-only, with an end in time and rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from hub.errors import ConfigError, RefusedError, RetryableError
from warehouse import accounts_sessions, audit
from warehouse.db import connect, query
from warehouse.server import database_url

ROWS, SECONDS = 10_000, 60
_LITERAL = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\d{5,}", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What a statement gave: columns, rows up to the limit, and whether there were more."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    cut: bool


def run(
    statement: str,
    role: str,
    password: str,
    *,
    rows: int = ROWS,
    seconds: int = SECONDS,
    values: Mapping[str, Any] | None = None,
    known_at: datetime | None = None,
) -> Result:
    """Run one statement as the analyst, with `values` for its named parameters, the `…_as_known` relations as known at a time.

    The server sees nothing but what this login may: no role is put on and none can be taken off.  ConfigError with the
    server's own words when the statement is wrong: they quote what the analyst typed or may read.
    """
    subject = f"analyst:{role}"[:70]
    if accounts_sessions.waits(subject):
        _told(role, "query.refused", statement)
        raise RefusedError("too many attempts; wait before the next")
    try:
        connection = psycopg.connect(_url(role, password), options=f"-c statement_timeout={seconds}s -c default_transaction_read_only=on")
        if known_at is not None:
            connection.execute("select set_config('mart.known_at', %s, false)", [known_at.isoformat()])
    except psycopg.OperationalError:
        accounts_sessions.missed(subject)
        _told(role, "query.refused", statement)
        raise RefusedError("no connection as this analyst: name or password is not right, or the warehouse is down") from None
    with connection:
        if connection.execute(query("grants.is_analyst")).fetchone() != (True,):
            _told(role, "query.refused", statement)
            raise RefusedError(f"{role}: is no analyst of this warehouse; statements of people run only as an analyst")
        try:
            with connection.cursor(name="asked") as cursor:
                cursor.execute(statement, values)
                found = cursor.fetchmany(rows + 1)
                columns = [column.name for column in cursor.description or ()]
        except psycopg.errors.QueryCanceled:
            raise RetryableError(f"the statement took longer than {seconds} seconds; narrow it") from None
        except psycopg.Error as error:
            _told(role, "query.failed", statement)
            raise ConfigError(f"the warehouse says: {error.diag.message_primary or 'the statement cannot be run'}") from None
    _told(role, "query", statement, rows=min(len(found), rows))
    return Result(columns, found[:rows], len(found) > rows)


def _url(role: str, password: str) -> str:
    parts = urlsplit(database_url())
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{place}"))


def _told(role: str, action: str, statement: str, **detail: int) -> None:
    """Leave the statement in the trail without its literals: they may be anything."""
    with connect() as connection:
        audit.record(connection, f"analyst:{role}"[:60], action, "mart", None, statement=_LITERAL.sub("?", statement), **detail)
