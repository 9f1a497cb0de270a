"""Connections: the URI and Airflow's JSON say the same, and nothing of it is ever shown."""

from __future__ import annotations

import json

import pytest

from connectors.connection import Connection, connect_to, from_uri
from hub.errors import ConfigError
from tests.connectors.contract import SECRET

FORMS = [
    ("postgres://u%40x:p%2Fw@db:5432/core?sslmode=x", Connection("c", "postgresql", None, "db", 5432, "u@x", "p/w", "/core", {"sslmode": "x"})),
    ("mariadb://u:p@db/medical", Connection("c", "mysql", None, "db", None, "u", "p", "/medical")),
    ("oracle+oracledb://u:p@db:1521/x", Connection("c", "oracle", "oracledb", "db", 1521, "u", "p", "/x")),
    ("sqlite:////var/a.db", Connection("c", "sqlite", path="/var/a.db")),
    ("sqlite:///a.db", Connection("c", "sqlite", path="a.db")),
    ("file:///drops/税务", Connection("c", "file", path="/drops/税务")),
    ("postgresql:///core?host=/run/pg", Connection("c", "postgresql", None, "/run/pg", path="/core")),
    ("aws://k:s@?__extra__=%7B%22region_name%22%3A+%22cn%22%7D", Connection("c", "s3", None, "", None, "k", "s", "", {"region_name": "cn"})),
]


@pytest.mark.parametrize(("uri", "expected"), FORMS, ids=[uri.partition(":")[0] + str(at) for at, (uri, _) in enumerate(FORMS)])
def test_uris(uri: str, expected: Connection) -> None:
    assert from_uri("c", uri) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"conn_type": "postgres", "host": "db", "port": "5432", "login": "u", "password": "p", "schema": "core", "extra": '{"sslmode": "disable"}'},
         Connection("c", "postgresql", None, "db", 5432, "u", "p", "core", {"sslmode": "disable"})),
        ({"conn_type": "sqlite", "host": "/var/a.db"}, Connection("c", "sqlite", path="/var/a.db")),
        ({"conn_type": "http", "host": "service", "schema": "https", "port": 8443}, Connection("c", "https", None, "service", 8443)),
        ({"conn_type": "file", "extra": {"path": "/drops"}}, Connection("c", "file", path="/drops")),
    ],
)  # fmt: skip
def test_airflows_json(found: dict[str, object], expected: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_CONN_C", raising=False)
    monkeypatch.setenv("AIRFLOW_CONN_C", json.dumps(found))
    assert connect_to("c", "here") == expected


@pytest.mark.parametrize("value", ["no uri", "{not json", '{"host": "x"}', f"mysql://u:{SECRET}@db:port/x", '{"conn_type": "mysql", "extra": "x"}'])
def test_what_cannot_be_read_is_not_shown(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CONN_C", value)
    with pytest.raises(ConfigError, match=r"here: connection c cannot be read; a URI") as caught:
        connect_to("c", "here")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nothing_of_it_is_in_its_representation() -> None:
    shown = repr(from_uri("c", f"mysql://u:{SECRET}@db.example/medical?key={SECRET}"))
    assert SECRET not in shown
    assert "db.example" not in shown


def test_what_stays_on_this_machine() -> None:
    assert all(Connection("c", "mysql", None, host).loopback for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", "", "/run/pg"))
    assert not any(Connection("c", "mysql", None, host).loopback for host in ("10.0.0.1", "localhost.example", "127.example"))
