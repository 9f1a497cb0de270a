"""The county lives on, day after day: `hub county --advance 1`, `hub run --all`; in the end everything landed is replayed into an empty warehouse.

`--days 30` (`make month`) is the long form, on a county of 2,000 people.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
from typer.testing import CliRunner

import county
from hub import settings
from hub.cli import app, truth
from mappings.canonical import ENTITIES
from mappings.load import load_sources
from mappings.source import Source
from warehouse import ledger
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

pytestmark = pytest.mark.xdist_group("county flow")

SHORT = 5
PEOPLE = {True: 2000, False: 400}
"""Size of the county: in the long form, in the short."""
SEED = 3


@pytest.fixture
def place(warehouse: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A county in which days can pass, and the hub beside it with the project's own source files."""
    base = Path(tempfile.mkdtemp(prefix="guiyi-flow-"))
    base.chmod(0o755)  # the county's servers run as an account of their own
    monkeypatch.setenv("HUB_COUNTY", str(base / "county"))
    monkeypatch.setenv("HUB_SOURCES", str(settings.REPO / "mappings" / "sources"))
    hub("county", "--people", str(PEOPLE[days(request) > SHORT]), "--seed", str(SEED))
    yield base / "county"
    county.remove(base / "county")
    shutil.rmtree(base)


def days(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--days"))


def hub(*arguments: str) -> None:
    """Run a command as the terminal does; it must end well."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, f"hub {' '.join(arguments)}: exit {done.exit_code} {done.exception!r}\n{done.output}"


def sources() -> list[Source]:
    return load_sources(settings.load().sources)[0]


def events(place: Path, day: int, event: str) -> pl.DataFrame:
    """What happened in the systems on a day, by the keys the hub gives the rows."""
    happened = pl.read_parquet(place / "truth" / "events.parquet").filter(pl.col("day") == day, pl.col("event") == event)
    parts = [pl.DataFrame(schema=dict.fromkeys(("source", "stream", "row_key"), pl.String))]
    for source in sources():
        for (stream,), rows in happened.filter(pl.col("source") == source.source).group_by("stream"):
            keys = truth.hub_keys(source, source.stream(str(stream)).key, rows["key"])
            parts.append(rows.select("source", "stream", row_key=keys))
    return pl.concat(parts)


RECORDS = """
select source, split_part(source_key, '#', 1), source_key, hash, ended_sequence is not null, refused_newer from core.{entity} where not derived
"""
SAME = ["source", "entity", "source_key"]
COLUMNS = {"source": pl.String, "row_key": pl.String, "source_key": pl.String, "hash": pl.Binary, "ended": pl.Boolean, "refused": pl.Boolean}


def records() -> pl.DataFrame:
    """Every record of the warehouse that is of a row of its own: row key, keyed hash of its values, marks."""
    parts = []
    with connect() as connection:
        for entity in ENTITIES:
            rows = connection.execute(RECORDS.format(entity=entity)).fetchall()  # type: ignore[call-overload]
            parts.append(pl.DataFrame(rows, schema=COLUMNS, orient="row").with_columns(entity=pl.lit(entity)))  # type: ignore[arg-type]
    return pl.concat(parts)


def of(wanted: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The records that rows of the systems have become."""
    made = [(one.source, stream.stream, record.entity) for one in sources() for stream in one.streams for record in stream.records if record.key is None]
    streams = pl.DataFrame(made, schema=["source", "stream", "entity"], orient="row").unique()
    return found.join(wanted.join(streams, on=["source", "stream"]), on=["source", "entity", "row_key"])


@pytest.fixture
def another(server_url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Give a function that puts an empty warehouse in the place of the one in use, with the same keys."""
    names: list[str] = []

    def make() -> None:
        names.append(f"flow_{secrets.token_hex(6)}")
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(f"create database {names[-1]}")  # type: ignore[call-overload]
        monkeypatch.setenv("DATABASE_URL", server_url.rpartition("/")[0] + f"/{names[-1]}")

    yield make
    with psycopg.connect(server_url, autocommit=True) as admin:
        for name in names:
            admin.execute(f"drop database {name} with (force)")  # type: ignore[call-overload]


@pytest.mark.long
def test_days_pass_without_drift_and_a_replay_gives_the_same(
    place: Path, home: Path, another: Callable[[], None], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub("run", "--all")
    ended = refused = 0
    for day in range(1, days(request) + 1):
        before = records()
        hub("county", "--advance", "1")
        hub("run", "--all")
        after = records()
        ended += endings(events(place, day, "deleted"), before, after)
        refused += refusals(events(place, day, "spoilt"), before, after)
        assert of(events(place, day, "mended"), after).filter("refused").select(SAME).rows() == []
    print(f"{days(request)} days of {PEOPLE[days(request) > SHORT]} people: {ended} records ended, {refused} refused updates left the good version")
    assert ended
    assert refused >= days(request)
    lived, state = records(), settled(days(request))
    hub("run", "--all")
    assert settled(days(request)) == state, "a second run of the day changes nothing"

    another()
    hub("replay", "--all")
    assert settled(days(request)) == state, "everything landed, replayed into an empty warehouse"

    another()
    monkeypatch.setenv("HUB_STORE", str(home / "fresh"))
    hub("run", "--all")
    assert current(lived).equals(current(records())), "a hub that saw only the last day holds the same"


def endings(deleted: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> int:
    """What was deleted at the source is end-dated, and nothing else is but what has another key now; give how many records ended."""
    gone = of(deleted, after)
    assert gone.filter(~pl.col("ended")).select(SAME).rows() == []
    newly = after.filter("ended").join(before.filter(~pl.col("ended")), on=SAME, how="semi")
    assert len(gone) == len(of(deleted, newly)) or gone.join(before.filter("ended"), on=SAME, how="semi").height
    others = newly.join(gone, on=SAME, how="anti")
    assert others.select(SAME).rows() == []
    return len(newly)


def refusals(spoilt: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> int:
    """A bad change of a row is refused: the records of the row stay as they were, marked; give how many rows that were."""
    now, good = of(spoilt, after), of(spoilt, before)
    assert now.filter(~pl.col("refused")).select(SAME).rows() == []
    assert now.sort(SAME).select(*SAME, "hash").equals(good.sort(SAME).select(*SAME, "hash"))
    return now.n_unique(["source", "row_key"])


def settled(day: int) -> str:
    """The state of the warehouse; every ledger balances and the quarantine holds what the county planted, and nothing else."""
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        for found in truth.faults(connection, settings.load().county, sources(), day):
            assert (found.found, found.others) == (found.planted, 0), found
        return fingerprint(connection)["all"]


def current(found: pl.DataFrame) -> pl.DataFrame:
    """What is in force: not ended, not waiting for a repair."""
    return found.filter(~pl.col("ended"), ~pl.col("refused")).select(*SAME, "hash").sort(SAME)
