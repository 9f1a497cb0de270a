"""Rights in the database: `grants.sql` after every migration, and the analysts, each a login role of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from hub.errors import ConfigError
from warehouse.db import Connection, query

GRANTS = Path(__file__).with_name("grants.sql")
NAME = re.compile(r"[a-z][a-z0-9_]{2,40}")
SECONDS = 60
"""A statement of an analyst runs no longer, unless they ask for more themselves."""


@dataclass(frozen=True)
class Analyst:
    """A login role that reaches the mart; areas and lines are None where they see every one."""

    role: str
    areas: list[str] | None
    lines: list[str] | None
    created_by: str
    created_at: datetime
    project: str | None
    """Whose person keys they see; None reads published figures only."""


def rebuild(connection: sa.Connection) -> None:
    """Give and take rights as `grants.sql` says, in the caller's transaction."""
    connection.connection.cursor().execute(GRANTS.read_text(encoding="utf-8"))


def apply(connection: Connection) -> None:
    """Give and take rights as `grants.sql` says, over a connection of the warehouse's owner; may run any number of times."""
    connection.execute(sql.SQL(GRANTS.read_text(encoding="utf-8")))


def add_project(connection: Connection, project: str, purpose: str, author: str) -> None:
    """Make a project: a purpose, and person keys that no other project's can be joined with.  One that exists stays as it is."""
    if not NAME.fullmatch(project):
        raise ConfigError(f"project {project!r}: expected 3 to 41 lower-case letters, digits and _, beginning with a letter")
    connection.execute(query("grants.add_project"), {"project": project, "purpose": purpose, "author": author})


def add_analyst(
    connection: Connection,
    role: str,
    password: str,
    areas: list[str] | None,
    lines: list[str] | None,
    author: str,
    *,
    project: str | None = None,
    published: bool = False,
) -> None:
    """Make a login role that reaches `mart`, or change its password, areas, lines and project.

    Without a project named it gets one of its own; a `published` one reads published figures only.  ConfigError for a name that
    is taken by another kind of role.
    """
    if not NAME.fullmatch(role):
        raise ConfigError(f"analyst {role!r}: expected 3 to 41 lower-case letters, digits and _, beginning with a letter")
    known = {analyst.role for analyst in analysts(connection)}
    exists = connection.execute(query("grants.role_exists"), {"role": role}).fetchone() == (True,)
    if exists and role not in known:
        raise ConfigError(f"analyst {role}: the server has a role of this name that is no analyst here; choose another")
    secret = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()  # the server never sees the password
    form = "{} role {} login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 5 password {}"
    connection.execute(sql.SQL(form).format(sql.SQL("alter" if exists else "create"), sql.Identifier(role), sql.Literal(secret)))
    for name, value in (("statement_timeout", f"{SECONDS}s"), ("default_transaction_read_only", "on"), ("search_path", "mart")):
        connection.execute(sql.SQL("alter role {} set {} = {}").format(sql.Identifier(role), sql.Identifier(name), sql.Literal(value)))
    if published:
        project = None
    else:
        project = project or role
        add_project(connection, project, f"analyst {role}", author)
    connection.execute(query("grants.add_analyst"), {"role": role, "areas": areas, "lines": lines, "author": author, "project": project})
    apply(connection)


def add_flow(connection: Connection, role: str, password: str) -> None:
    """Make a login that loads and resolves, or change its password: it fills the tables and changes none, grants nothing, and sees no account.

    It passes by row security, which COPY cannot write under and which shows the flow every row anyway.  ConfigError for a name that is taken by
    another kind of role, or where the owner may not give that right.
    """
    if not NAME.fullmatch(role):
        raise ConfigError(f"login {role!r}: expected 3 to 41 lower-case letters, digits and _, beginning with a letter")
    kind = connection.execute(query("grants.flow_role"), {"role": role}).fetchone()
    if kind == (False,):
        raise ConfigError(f"login {role}: the server has a role of this name that is no login of the flow; choose another")
    secret = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()  # the server never sees the password
    form = "{} role {} login inherit bypassrls nosuperuser nocreatedb nocreaterole noreplication password {}"
    verb = sql.SQL("alter" if kind else "create")
    try:
        connection.execute(sql.SQL(form).format(verb, sql.Identifier(role), sql.Literal(secret)))
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigError(f"login {role}: only a superuser gives BYPASSRLS; run this command on a connection of one") from None
    connection.execute(sql.SQL("grant hub_pipeline to {}").format(sql.Identifier(role)))


def drop_analyst(connection: Connection, role: str) -> None:
    """Take every right and the login from an analyst."""
    if role not in {analyst.role for analyst in analysts(connection)}:
        raise ConfigError(f"analyst {role}: not known; `hub user list` shows who is")
    connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(role)))
    connection.execute(query("grants.drop_analyst"), {"role": role})
    try:
        with connection.transaction():
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
    except psycopg.errors.DependentObjectsStillExist:  # an analyst of another warehouse of this server too: here they reach nothing any more
        return


def analysts(connection: Connection) -> list[Analyst]:
    """List who may read the mart."""
    return [Analyst(*row) for row in connection.execute(query("grants.analysts"))]
