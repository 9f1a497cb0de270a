"""Nothing readable: every failure of `tests.bad_input` is provoked in one installation, people work at its desk, then all it left behind is searched.

Searched are a dump of every database, the data folder with its WAL, landing, staging and the matching index, Airflow's folder, what the
console, the terminal and every log say, for every number and phone in eight disguises; compressed files are opened.  `--demo-people N`
(`make leaks`) runs the demo first, through Airflow, and searches for the county's values too.
"""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner

from hub import crypto, settings
from hub.cli import app
from hub.errors import HubError
from hub.pipeline import index_store, placing, reject
from mappings.numbers import is_valid_id
from matching.index import build
from tests import bad_input
from tests.bad_input import CASES, PEOPLE, Place
from tests.leaks import scan
from tests.warehouse.people import PASSWORD, account, code
from warehouse import accounts_tokens, batches, identity, migrate, server
from warehouse.db import connect
from warehouse.identity import golden_context

THEIRS = ("departments", "county", "keys")
"""Folders of the test's installation that are not the hub's: what departments hold is their own affair, and the keys lie apart."""


@pytest.fixture
def place(home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An installation with a server of its own, whose WAL is not compressed, so that it can be read."""
    data = settings.load().database
    with psycopg.connect(server.ensure(data).url, autocommit=True) as admin:
        admin.execute("alter system set wal_compression = off")
        admin.execute("alter system set wal_keep_size = '8GB'")
        admin.execute("select pg_reload_conf()")
    demo(home, int(request.config.getoption("--demo-people")))
    migrate.upgrade()
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


def run_all(home: Path, *command: str) -> int:
    """Run a command as the terminal does, what it prints and logs kept in files; give the exit code."""
    handler = logging.FileHandler(home / "hub.log", encoding="utf-8")
    logging.getLogger().addHandler(handler)
    try:
        done = CliRunner().invoke(app, list(command))
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    said = done.output + (f"error: {done.exception}" if isinstance(done.exception, HubError) else "")
    with (home / "terminal.log").open("a", encoding="utf-8") as log:
        log.write(said)
    return done.exit_code


def dumped(home: Path) -> Path:
    """Dump the warehouse as text, and Airflow's database beside it where there is one."""
    found = server.ensure(settings.load().database)
    with psycopg.connect(found.url) as admin:
        names = [name for (name,) in admin.execute("select datname from pg_database where datallowconn and not datistemplate")]
    for name in names:
        where = ["-h", server.HOST, "-p", str(found.postmaster.port), "-U", "guiyi", "-d", name, "-f", home / f"dump-{name}.sql"]
        subprocess.run([server.bindir(found.data) / "pg_dump", *where], env={**os.environ, "PGPASSWORD": found.password}, check=True)
    return home / f"dump-{found.name}.sql"


def at_the_desk(home: Path, people: list[tuple[str, str]], who: str = "li") -> None:
    """Run `hub console` and work at it: sign in wrongly and rightly, search, open, see values in clear, ask for what there is not, with values in every place.

    people: name and number of persons who are in the warehouse.
    """
    secret = account(who, "steward", "engineer", "auditor")
    with connect() as connection:
        token = accounts_tokens.add(connection, who, "leaks", list(accounts_tokens.SCOPES), 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (home / "console.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([Path(sys.executable).with_name("hub"), "console", "--port", str(port)], stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"https://localhost:{port}", verify=False, headers={"origin": f"https://localhost:{port}"}) as http:  # noqa: S501 - its own certificate
                _answers(http)
                _work(http, who, secret, token, people)
        finally:
            process.terminate()
            process.wait(30)


def _answers(http: httpx.Client) -> None:
    for _ in range(240):
        try:
            assert http.get("/health").status_code == 200
            return
        except httpx.TransportError:
            time.sleep(0.25)
    raise AssertionError("the console does not answer")


def _work(http: httpx.Client, who: str, secret: str, token: str, people: list[tuple[str, str]]) -> None:
    def send(path: str, form: str, **values: str) -> httpx.Response:
        [word] = re.findall(r'name="csrf" value="([0-9a-f]{64})"', http.get(form).text)[:1]
        return http.post(path, data={"csrf": word, **values})

    (name, number), head, opened = people[0], {"authorization": f"Bearer {token}"}, 0
    assert send("/sign-in", "/sign-in", name=number, password=number).status_code in (401, 422)
    assert send("/sign-in", "/sign-in", name=who, password=PASSWORD).status_code == 303
    assert send("/second-factor", "/second-factor", code=code(secret)).status_code == 303
    for name, number in people:
        found = send("/persons", "/persons", q=number)
        assert found.status_code == 303, "the person is there"
        assert send("/persons", "/persons", q=name).status_code in (200, 303)
        assert send("/cases/find", "/cases", text=number).status_code == 200
        assert http.post("/api/v1/persons/search", json={"id_number": number}, headers=head).json()["persons"]
        assert http.post("/api/v1/known", json={"id_number": number, "name": name}, headers=head).status_code == 200
        page = found.headers["location"]
        assert number not in http.get(page).text
        assert send(f"{page}/open", page, purpose="核对").status_code == 303
        assert send(f"{page}/rows/1", f"{page}/rows/1", purpose="核对").status_code == 303
        opened += number in http.get(page).text
    assert opened == len(people), "seen in clear, once opened"
    _faults(http, send, head, people[0][1])
    assert http.get("/api/audit", headers=head).status_code == 200


def _faults(http: httpx.Client, send: Callable[..., httpx.Response], head: dict[str, str], number: str) -> None:
    """Error pages, with a value in the address, the query, the form, the body and the headers."""
    answers = [
        http.get(f"/persons/{number}"),
        http.get(f"/{number}"),
        http.get(f"/cases?after={number}"),
        send("/cases/next", "/account", kind=number),
        http.post("/api/v1/known", json={"id_number": [number]}, headers=head),
        http.post("/api/v1/persons/search", content=number, headers=head),
        http.get("/api/v1/acts", headers={"authorization": f"Bearer {number}"}),
    ]
    assert [answer.status_code for answer in answers if not 400 <= answer.status_code < 500] == []
    assert not any(number in answer.text for answer in answers)
    assert http.get("/account", headers={"user-agent": "x" * 20, "x-forwarded-for": number}).status_code == 200


def values(home: Path) -> list[str]:
    """Numbers and phones of the office, and of the county where there is one."""
    truth = home / "county" / "truth" / "secrets.parquet"
    county = pl.read_parquet(truth).filter(pl.col("kind").is_in(["id_number", "phone"]))["value"] if truth.exists() else pl.Series([], dtype=pl.String)
    whole = (
        county.filter(county.str.contains(r"^(1\d{10}|[1-9]\d{14}|[1-9]\d{16}[\dX])$")).unique().sort().to_list()
    )  # a row of zeros is nobody's, and everywhere
    return [*bad_input.values(), *whole]


def met() -> list[tuple[str, str]]:
    """Some who are in the warehouse: of the office, and of the county where there is one."""
    with connect() as connection:
        rows = connection.execute("select name, sealed, person_id from identity.golden where name is not null order by person_id").fetchall()
    rows = [*rows[:3], *rows[len(rows) // 2 :][:3]]
    texts = crypto.unseal([row[1] for row in rows], [golden_context(row[2]) for row in rows])
    return [(row[0], number) for row, text in zip(rows, texts, strict=True) if is_valid_id(number := json.loads(text or "{}").get("id_number") or "")][:4]


@pytest.mark.long
def test_nothing_personal_is_readable_after_every_failure(place: Place) -> None:
    cases = [make(place) for make in CASES.values()]
    assert run_all(place.home, "run", "--all") == 0
    assert run_all(place.home, "resolve") == 0
    with connect() as connection:  # the matching index as a run keeps it
        index_store.save("leaks", build(identity.person_records(connection), placing.current_model(connection)).index)
    people = met()
    assert people
    at_the_desk(place.home, people)
    for case in cases:
        case.break_it()
    assert run_all(place.home, "run", "--all") != 0
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
    assert {"pg", "store", dump.name, "hub.log", "terminal.log", "console.log"} <= {path.name for path in left}
    assert any(path.is_dir() for path in (place.home / "store" / "index").iterdir()), "the matching index is among it"
    assert scan([place.home / "departments"], wanted).leaks, "what the departments hold is found"
    assert scan(left, wanted).leaks == []
