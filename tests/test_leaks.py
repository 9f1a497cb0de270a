"""Nothing readable: every failure of `tests.bad_input` is provoked in one installation, then all it left behind is searched.

Searched are a `pg_dump`, the data folder with its WAL, landing and staging, and every log, for every number and phone in eight
disguises.  `--demo-people N` (`make leaks`) runs the demo first, through Airflow, and searches for the county's values too.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner

from hub import settings
from hub.cli import app
from hub.errors import HubError
from hub.pipeline import reject
from tests import bad_input
from tests.bad_input import CASES, PEOPLE, Place
from tests.leaks import scan
from warehouse import batches, server
from warehouse.db import connect

THEIRS = ("departments", "county", "keys")
"""Folders of the test's installation that are not the hub's: what departments hold is their own affair, and the keys lie apart."""


@pytest.fixture
def place(home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An installation with a server of its own, whose WAL is not compressed, so that it can be read."""
    demo(home, int(request.config.getoption("--demo-people")))
    data = settings.load().database
    with psycopg.connect(server.ensure(data).url, autocommit=True) as admin:
        admin.execute("alter system set wal_compression = off")
        admin.execute("select pg_reload_conf()")
    with bad_input.services() as webs:
        made = Place(home, server_url, monkeypatch.setenv, webs)
        yield made
    bad_input.drop_tables(made)
    server.remove(data)


def demo(home: Path, people: int) -> None:
    """Run the demo in the installation, its output kept as a log."""
    if people:
        with (home / "demo.log").open("w", encoding="utf-8") as log:
            environment = {**os.environ, "HUB_SOURCES": str(settings.REPO / "mappings" / "sources")}
            subprocess.run([Path(sys.executable).with_name("hub"), "demo", "--people", str(people)], env=environment, stdout=log, stderr=log, check=True)


def run_all(home: Path) -> int:
    """Run every source as the terminal does, what it prints and logs kept in files; give the exit code."""
    handler = logging.FileHandler(home / "hub.log", encoding="utf-8")
    logging.getLogger().addHandler(handler)
    try:
        done = CliRunner().invoke(app, ["run", "--all"])
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    said = done.output + (f"error: {done.exception}" if isinstance(done.exception, HubError) else "")
    with (home / "terminal.log").open("a", encoding="utf-8") as log:
        log.write(said)
    return done.exit_code


def dumped(home: Path) -> Path:
    """Dump the warehouse as text."""
    found = server.ensure(settings.load().database)
    where = ["-h", server.HOST, "-p", str(found.postmaster.port), "-U", "guiyi", "-d", found.name]
    subprocess.run([server.bindir(found.data) / "pg_dump", *where, "-f", home / "dump.sql"], env={**os.environ, "PGPASSWORD": found.password}, check=True)
    return home / "dump.sql"


def values(home: Path) -> list[str]:
    """Numbers and phones of the office, and of the county where there is one."""
    truth = home / "county" / "truth" / "secrets.parquet"
    county = pl.read_parquet(truth).filter(pl.col("kind").is_in(["id_number", "phone"]))["value"] if truth.exists() else pl.Series([], dtype=pl.String)
    whole = (
        county.filter(county.str.contains(r"^(1\d{10}|[1-9]\d{14}|[1-9]\d{16}[\dX])$")).unique().sort().to_list()
    )  # a row of zeros is nobody's, and everywhere
    return [*bad_input.values(), *whole]


@pytest.mark.long
def test_nothing_personal_is_readable_after_every_failure(place: Place) -> None:
    cases = [make(place) for make in CASES.values()]
    assert run_all(place.home) == 0
    for case in cases:
        case.break_it()
    assert run_all(place.home) != 0
    told = (place.home / "terminal.log").read_text(encoding="utf-8")
    assert [case.source for case in cases if case.error and not all(words in told for words in case.says)] == [], "not every failure was provoked"
    with connect() as connection:
        for batch in batches.waiting(connection):
            reject(batch.batch_id, "li", "not whole")

    dump, data = dumped(place.home), settings.load().database
    server.down(data)
    assert all(person.name.encode() in dump.read_bytes() for person in PEOPLE), "names are there to be read: the search looks at the right place"
    assert any(path.stat().st_size for path in (data / "pg_wal").iterdir() if path.is_file())
    wanted, left = values(place.home), sorted(path for path in place.home.iterdir() if path.name not in THEIRS)
    assert {"pg", "store", "dump.sql", "hub.log", "terminal.log"} <= {path.name for path in left}
    assert scan([place.home / "departments"], wanted), "what the departments hold is found"
    assert scan(left, wanted) == []
