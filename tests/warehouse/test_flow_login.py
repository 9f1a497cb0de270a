"""The flow as a login of its own: it loads, resolves and refreshes the mart, and may do nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.errors import ConfigError
from hub.pipeline.resolve import resolve
from tests.hub.pipeline.test_resolve import load, places, row, write
from warehouse import grants, migrate
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

REFUSED = (
    "create table core.other (a int)",
    "alter table core.person_record add column other int",
    "drop view mart.person",
    "truncate core.person_record",
    "create role other",
    "grant hub_admin to hub_pipeline",
    "select * from access.account",
    "select * from access.session",
    "insert into access.role_grant (account, role) values ('li', 'security')",
    "select * from audit.entry",
    "delete from audit.entry",
    "update ops.alembic_version set version_num = '0001'",
    "create schema other",
    "set role hub_admin",
    "alter role hub_pipeline login",
)


@pytest.fixture
def flow(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The warehouse's address as the owner; DATABASE_URL is the flow's."""
    role, password = f"flow_{secrets.token_hex(4)}", secrets.token_hex(8)
    with connect() as connection:
        grants.add_flow(connection, role, "another at first")
        grants.add_flow(connection, role, password)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{role}:{password}@{warehouse.partition('@')[2]}")
    yield warehouse
    with psycopg.connect(warehouse, autocommit=True) as admin:
        admin.execute(f"drop role {role}")


def test_the_flow_loads_resolves_and_refreshes_the_mart_with_its_own_login(flow: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert migrate.upgrade() is False
    write(home, "register", [row(n, f"r{n}") for n in range(60)], trust=90)
    write(home, "pension", [row(n, f"p{n}") for n in range(60)])
    load(home)
    assert places()["register/r5"] == places()["pension/p5"]
    write(home, "pension", [row(n, f"p{n}", phone="13800000000") for n in range(1, 60)])  # one is gone, the others have another phone
    load(home)
    with connect() as connection:
        assert connection.execute("select current_user, count(*) from mart.person group by 1").fetchone() != ("guiyi", 60)
        assert connection.execute("select count(*) from mart.person").fetchone() == (60,)
        before = fingerprint(connection)["all"]
    monkeypatch.setenv("DATABASE_URL", flow)
    resolve(full=True)
    with connect() as connection:
        assert fingerprint(connection)["all"] == before, "what the owner would have made"


@pytest.mark.parametrize("statement", REFUSED)
def test_the_flow_may_do_nothing_else(flow: str, statement: str) -> None:
    with connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_only_the_owner_changes_the_warehouse(flow: str) -> None:
    with psycopg.connect(flow, autocommit=True) as owner:
        owner.execute("update ops.alembic_version set version_num = '0001'")
    with pytest.raises(ConfigError, match="on a connection of its owner"):
        migrate.upgrade()


def test_a_name_that_is_taken_is_refused(warehouse: str) -> None:
    with connect() as connection:
        for name in ("hub_admin", "guiyi", "X", "a-b"):
            with pytest.raises(ConfigError):
                grants.add_flow(connection, name, "secret")
