"""Statements of analysts run as the analyst, and leave a trace without their literals."""

from __future__ import annotations

import secrets

import pytest

from hub.errors import ConfigError, RefusedError, RetryableError
from tests.warehouse import shared
from warehouse import analysis, grants
from warehouse.db import connect

pytestmark = pytest.mark.usefixtures("warehouse")
database, warehouse = shared.database, shared.warehouse


@pytest.fixture
def analyst() -> str:
    name = f"t{secrets.token_hex(6)}"
    with connect() as connection:
        grants.apply(connection)
        grants.add_analyst(connection, name, "secret", None, None, "test")
    yield name  # type: ignore[misc]
    with connect() as connection:
        grants.drop_analyst(connection, name)


def test_a_select_over_the_mart(analyst: str) -> None:
    found = analysis.run("select source, current_user::text as me from mart.data_quality right join (values ('x')) v (w) on true", analyst, "secret")
    assert (found.columns, found.rows, found.cut) == (["source", "me"], [(None, analyst)], False)
    many = analysis.run("select generate_series(1, 100)", analyst, "secret", rows=10)
    assert (len(many.rows), many.cut) == (10, True)


def test_what_is_refused(analyst: str) -> None:
    with pytest.raises(ConfigError, match="permission denied for schema core"):
        analysis.run("select * from core.person_record", analyst, "secret")
    with pytest.raises(ConfigError):
        analysis.run("delete from mart.person", analyst, "secret")
    with pytest.raises(ConfigError):
        analysis.run("select 1; select 2", analyst, "secret")
    with pytest.raises(RetryableError, match="1 seconds"):
        analysis.run("select pg_sleep(5)", analyst, "secret", seconds=1)
    with pytest.raises(RefusedError, match="no connection"):
        analysis.run("select 1", analyst, "wrong")


def test_the_owner_runs_no_statement(warehouse: str) -> None:
    user, _, password = warehouse.split("//")[1].partition("@")[0].partition(":")
    with pytest.raises(RefusedError, match="is no analyst"):
        analysis.run("select 1", user, password)


def test_the_trail_keeps_no_literal(analyst: str) -> None:
    analysis.run("select 1 where '11010519491231002X' = $$13800000001$$ or 123456 = 1 or '王芳' = ''", analyst, "secret")
    with connect() as connection:
        [(actor, detail)] = connection.execute("select actor, detail from audit.entry where action = 'query'").fetchall()
    assert actor == f"analyst:{analyst}"
    assert detail == {"statement": "select 1 where ? = ? or ? = 1 or ? = ?", "rows": 0}
