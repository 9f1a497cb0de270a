"""`kill -9` of `hub run` at random moments, run again each time: the state is that of a run nobody disturbed.

`--kills 100` (`make chaos`) is the long form.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from hub import landing
from tests.chaos import days
from tests.chaos.preloaded import context, hub
from warehouse import ledger
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

CORE = ("person_record", "enrolment", "contribution")
LAYERS = ("landing", "staging", "gate", "ledger", "decision")
SETTLED = """
select count(*) from (
    select batch_id from core.person_record union all select batch_id from core.person_record_history union all select batch_id from core.enrolment
    union all select batch_id from core.contribution union all select batch_id from ops.quarantine union all select batch_id from ops.ledger
) written join ops.batch using (batch_id) where state <> 'published'
"""


@dataclass
class Installation:
    """One home with a warehouse of its own, and the hub as a process to be killed."""

    home: Path
    environment: dict[str, str]
    day: int = 0
    patience: float = 5.0
    """Seconds a whole run takes, about: the kill falls somewhere in them."""
    runs: list[float] = field(default_factory=list)

    def run(self, kill_after: float | None = None) -> bool:
        """Run all sources; tell whether it came to its end before it was killed."""
        process = context().Process(target=hub, args=(self.environment, ["run", "--all"], str(self.home / "log")))
        process.start()
        started = time.monotonic()
        process.join(kill_after)
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            self.patience *= 1.2
            return False
        process.join()
        assert process.exitcode == 0, f"hub run ended with {process.exitcode}; see {self.home / 'log'}"
        self.runs.append(time.monotonic() - started)
        self.patience = 0.5 * self.patience + 0.5 * self.runs[-1]
        return True

    def next_day(self) -> None:
        self.day += 1
        days.write(self.home, self.day)


@pytest.fixture
def install(server_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Installation]]:
    """Give a function that makes an installation; all have one keyring, for keys of persons are made with it."""
    databases: list[str] = []

    def make(name: str) -> Installation:
        databases.append(f"chaos_{secrets.token_hex(6)}")
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"create database {databases[-1]}")  # type: ignore[call-overload]
        place = home / name
        place.mkdir()
        environment = days.declare(place) | {"DATABASE_URL": server_url.rpartition("/")[0] + f"/{databases[-1]}", "HUB_KEYS": str(home / "keys" / "kek")}
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        made = Installation(place, environment)
        days.write(place, 0)
        return made

    yield make
    with psycopg.connect(server_url, autocommit=True) as connection:
        for database in databases:
            connection.execute(f"drop database {database} with (force)")  # type: ignore[call-overload]


def stage_of_the_dead(seen: Counter[str]) -> None:
    """Note what the killed run was at, and that nothing half done shows: records, refusals and ledgers of published batches only."""
    with connect() as connection:
        if connection.execute("select to_regclass('ops.ledger') is null").fetchone() == (True,):
            seen["migrating"] += 1
            return
        assert connection.execute(SETTLED).fetchone() == (0,)
        assert ledger.unbalanced(connection) == []
        unfinished = connection.execute("select state, source from ops.batch where state <> 'published' order by started_at desc").fetchall()
    assert len(unfinished) == len({source for _, source in unfinished}), "one unfinished batch of a source at the most"
    seen[unfinished[0][0] if unfinished else "between"] += 1


def nothing_left_behind(home: Path) -> None:
    """No half batch, no file that no manifest lists, no batch that only one side knows."""
    with connect() as connection:
        batches = set(connection.execute("select source, batch_id, state from ops.batch").fetchall())
    assert {state for _, _, state in batches} == {"published"}
    listed = set()
    for source in days.SOURCES:
        assert set(landing.batches("landing", source)) == set(landing.batches("ledger", source)) == {batch for name, batch, _ in batches if name == source}
        for layer in LAYERS:
            assert landing.batches(layer, source, complete=False) == []  # type: ignore[arg-type]
            for batch in landing.batches(layer, source):  # type: ignore[arg-type]
                manifest = landing.read_manifest(layer, source, batch)  # type: ignore[arg-type]
                assert manifest is not None
                listed |= {f"{layer}/{source}/{batch}/{entry.name}{landing.SUFFIX}" for entry in manifest.files} | {f"{layer}/{source}/{batch}/manifest.json"}
    store = home / "store"
    assert {str(path.relative_to(store)) for path in store.rglob("*") if path.is_file()} == listed
    assert not any(path.is_dir() and not any(path.iterdir()) for path in store.rglob("*/*/*"))


def settled() -> str:
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        return fingerprint(connection)["all"]


@pytest.mark.long
def test_killed_at_any_moment_the_state_is_that_of_an_undisturbed_run(install: Callable[[str], Installation], request: pytest.FixtureRequest) -> None:
    wanted = int(request.config.getoption("--kills"))
    seed = secrets.randbelow(2**32)
    chance, seen = random.Random(seed), Counter[str]()
    print(f"seed {seed}")
    killed = install("killed")
    while sum(seen.values()) < wanted:
        if killed.run(kill_after=chance.uniform(0, killed.patience)):
            killed.next_day()
        else:
            stage_of_the_dead(seen)
    killed.run()
    nothing_left_behind(killed.home)
    disturbed = settled()
    print(f"{sum(seen.values())} kills over {killed.day + 1} days: {dict(seen)}")
    if wanted >= 100:
        assert {"extracting", "landed", "mapped", "passed"} <= seen.keys()

    calm = install("calm")
    calm.run()
    while calm.day < killed.day:
        calm.next_day()
        calm.run()
    assert settled() == disturbed
