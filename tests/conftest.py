"""A real PostgreSQL for every test that asks: one server for the run, a migrated database of its own for each test."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from xdist.scheduler import LoadScopeScheduling

from hub import settings
from warehouse import accounts_passwords, migrate, server
from warehouse.db import Connection, connect

WAREHOUSE = settings.REPO / "warehouse"
CODE = sorted(path for path in WAREHOUSE.rglob("*") if path.suffix in (".py", ".sql"))
TEMPLATE = "template_" + hashlib.sha256(b"".join(path.read_bytes() for path in CODE)).hexdigest()[:16]
"""A migrated database, one for each state of the code that makes it."""
SHARED = settings.REPO / "var" / "test" / "pg"
VARIABLES = ("HUB_KEYS", "HUB_KEK", "HUB_STORE", "HUB_CRYPTO", "HUB_SOURCES", "HUB_COUNTY", "DATABASE_URL")


class ByGroup(LoadScopeScheduling):
    """Sends all tests of a module that names its `xdist_group`, and of others of that group, to one worker: what they share is made once.

    pytest 9.2 keeps node ids where pytest-xdist 3.8 cannot write the group's name into them, so its own `loadgroup` does nothing.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0]) or nodeid


@cache
def _group(path: str) -> str | None:
    found = re.search(r"^pytestmark = .*xdist_group\((?:name=)?\"([^\"]+)\"\)", (settings.REPO / path).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else None


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the scheduler of `--dist loadgroup`; others are pytest-xdist's own."""
    return ByGroup(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long ones, so that no worker waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cases", type=int, default=20, help="tests/console/test_journey.py: how many cases a steward clears by keyboard; from 60 on p95 < 300 ms is held"
    )
    parser.addoption("--kills", type=int, default=6, help="tests/chaos: how often `hub run` is killed")
    parser.addoption("--backfill-days", type=int, default=4, help="tests/dags: how many days are filled in backwards")
    parser.addoption("--demo-people", type=int, default=0, help="tests/test_leaks.py: run the demo with so many people first")
    parser.addoption("--verdicts", type=int, default=40, help="test_acts_hold.py: verdicts given before the loads (200, and five loads, in the long form)")
    parser.addoption("--merges", type=int, default=25, help="test_acts_hold.py: random merges whose preview is held against what changed")
    parser.addoption("--mart-people", type=int, default=2000, help="tests/warehouse/test_mart.py: people of its county; from 20,000 on 200 merges, 50 splits")
    parser.addoption("--mart-home", default="", help="tests/warehouse/test_mart.py: folder that keeps the county as loaded; the tests run on a copy")
    parser.addoption("--fuzz", type=float, default=25, help="tests/console/test_api.py: seconds of random requests")
    parser.addoption(
        "--hurt", type=int, default=4000, help="tests/matching/test_files_that_hurt.py: rows of a file in which all are alike (200000 in the long form)"
    )
    parser.addoption("--days", type=int, default=2, help="tests/test_county_flow.py: how many days the county lives on")


def _admin(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(7)")
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2 at its least cost: hundreds of accounts and sign-ins would take a minute; `test_accounts.py` holds what the hub itself uses."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts_passwords, "_hasher", hasher)
        patch.setattr(accounts_passwords, "_NOBODY", hasher.hash(secrets.token_urlsafe()))
        yield


@pytest.fixture(scope="session")
def server_url() -> str:
    """The address of the run's server, shared by all workers, with a migrated template database."""
    url = server.ensure(SHARED).url
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # what a power cut would lose, a test does not miss
            connection.execute(f"alter system set {setting} = off")  # type: ignore[call-overload]
        connection.execute("select pg_reload_conf()")
        connection.execute("select pg_advisory_lock(8)")
        if not connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone():
            connection.execute(f"drop database if exists {TEMPLATE}_new with (force)")  # type: ignore[call-overload] - a killed run left it
            connection.execute(f"drop database if exists {TEMPLATE}_new")  # type: ignore[call-overload]
            connection.execute(f"create database {TEMPLATE}_new")  # type: ignore[call-overload]
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DATABASE_URL", url.rpartition("/")[0] + f"/{TEMPLATE}_new")
                migrate.upgrade()
            connection.execute(f"alter database {TEMPLATE}_new rename to {TEMPLATE}")  # type: ignore[call-overload]
    return url


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own: keys, store and sources under a temporary folder."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_SOURCES", str(tmp_path / "sources"))
    (tmp_path / "sources").mkdir()
    return tmp_path


@pytest.fixture
def warehouse(server_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated, empty warehouse; its address is in DATABASE_URL."""
    name = f"t_{secrets.token_hex(6)}"
    _admin(server_url, f"create database {name} template {TEMPLATE}")
    url = server_url.rpartition("/")[0] + f"/{name}"
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture
def connection(warehouse: str) -> Iterator[Connection]:
    """A connection to the test's warehouse."""
    with connect() as opened:
        yield opened
