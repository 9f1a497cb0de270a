"""One warehouse for all tests of a module, emptied of accounts and traces between them: making a database takes seconds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import TEMPLATE, _admin

CLEAN = """
set session_replication_role = replica;
truncate access.account, access.recovery_code, access.role_grant, access.session, access.token, access.backoff, access.unmasking, access.claim, access.acting,
    access.alert, access.look,
    access.analyst, audit.entry, identity.pair;
update audit.head set number = 0, hash = sha256(convert_to('guiyi audit ' || partition, 'UTF8'))"""


@pytest.fixture(scope="module")
def database(server_url: str) -> Iterator[str]:
    name = f"t_{secrets.token_hex(6)}"
    _admin(server_url, f"create database {name} template {TEMPLATE}")
    yield server_url.rpartition("/")[0] + f"/{name}"
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture
def warehouse(database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A migrated warehouse without accounts; its address is in DATABASE_URL."""
    monkeypatch.setenv("DATABASE_URL", database)
    yield database
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(CLEAN)
