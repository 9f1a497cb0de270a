"""Through the real scheduler: retries, a source that stays down, the gate's stop decided both ways, a backfill backwards, a broken file,
a killed scheduler, the same state without Airflow, and no value anywhere.

One Airflow for the whole file, with an installation of its own; `-m "not scheduler"` leaves it out, `--backfill-days 30` is the long form.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import CliRunner

from hub.airflow import environment, launcher, processes
from hub.airflow.client import Client
from hub.airflow.reach import reach
from hub.cli import app
from hub.errors import FatalError
from hub.pipeline import approve, incidents, reject
from tests.hub.receivers import webhook
from warehouse import batches, ledger, migrate, server
from warehouse.db import Connection, connect
from warehouse.fingerprint import fingerprint

pytestmark = [pytest.mark.scheduler, pytest.mark.xdist_group("airflow")]

NAME, NUMBER, PHONE = "欧阳文博", "529002198003051018", "15400000017"
YAML = """\
source: {name}
department: {{zh: 部门, en: Department}}
steward: ops@county.example
schedule: "0 2 * * *"
connector: {{type: delimited, path: "{home}/drop/{file}.csv"}}
extract: {{mode: {mode}}}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields: {{name: {{name: 姓名}}, id_number: {{id_number: 证件号码}}, phone: {{phone: 电话}}}}
expectations: {{row_count: {{person: {{min: 2}}}}, max_quarantine: 1.0}}
examples:
  - stream: person
    given: {{编号: "1", 姓名: 王芳, 证件号码: null, 电话: null}}
    expect: {{person_record: {{name: 王芳}}}}
"""
SOURCES = {"good": "snapshot", "half": "snapshot", "bad": "snapshot", "down": "snapshot", "days": "dated", "flaky": "dated", "broken": "snapshoot"}
FIRST_DAY = date(2026, 10, 2)


def loaded(connection: Connection) -> dict[str, str]:
    """The fingerprint of what was loaded; who is whom may be worked out meanwhile."""
    return {name: digest for name, digest in fingerprint(connection).items() if name not in ("crosswalk", "golden", "all")}


def write(drop: Path, file: str, rows: int) -> None:
    lines = ["编号,姓名,证件号码,电话", *(f"{file}{number},{NAME},{NUMBER},{PHONE}" for number in range(rows))]
    (drop / f"{file}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def days(request: pytest.FixtureRequest) -> list[date]:
    """The days that are filled in backwards."""
    return [FIRST_DAY + timedelta(days=day) for day in range(int(request.config.getoption("--backfill-days")))]


@pytest.fixture(scope="module")
def runs() -> dict[str, str]:
    """Runs that go on from one test to another."""
    return {}


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Who is told: the port of a webhook, and what was posted to it."""
    with webhook() as (port, got):
        yield port, got


@pytest.fixture(scope="module")
def told(receiver: tuple[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return receiver[1]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, receiver: tuple[int, list[dict[str, Any]]]) -> Iterator[Client]:
    """A running Airflow over seven small sources, one of them broken, one of which the file does not come."""
    home = tmp_path_factory.mktemp("hub")
    (home / "sources").mkdir()
    (home / "drop").mkdir()
    for name, mode in SOURCES.items():
        file = f"{name}_{{date}}" if mode == "dated" else name
        (home / "sources" / f"{name}.yml").write_text(YAML.format(name=name, home=home, file=file, mode=mode), encoding="utf-8")
    for file, rows in {"good": 3, "half": 1, "bad": 1, **{f"days_{day:%Y%m%d}": 2 + day.day % 4 for day in days(request)}}.items():
        write(home / "drop", file, rows)
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith(("HUB_", "AIRFLOW", "DATABASE_URL"))]:
            patch.delenv(variable)
        for variable, value in {"HUB_HOME": home, "HUB_SOURCES": home / "sources", "HUB_RETRY_DELAY": "2s", "HUB_SCHEDULES": "off"}.items():
            patch.setenv(variable, str(value))
        patch.setenv("HUB_WEBHOOK", f"http://127.0.0.1:{receiver[0]}/")
        migrate.upgrade()
        try:
            yield launcher.start().client()
        finally:
            launcher.stop()
            left = [component for component in launcher.status() if component.processes]
            server.remove(home / "pg")
            assert left == [], "processes were left behind"


def until(what: str, found: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)


def task_state(airflow: Client, dag_id: str, run_id: str, task_id: str) -> str | None:
    return next((task.state for task in airflow.tasks(dag_id, run_id) if task.task_id == task_id), None)


def failed_tries(airflow: Client, dag_id: str, run_id: str, task_id: str) -> int:
    [task] = [task for task in airflow.tasks(dag_id, run_id) if task.task_id == task_id]
    return task.tries if task.state == "up_for_retry" else task.tries - 1


def accepted(source: str) -> list[int]:
    with connect() as connection:
        return [line.accepted for line in ledger.lines(connection, source=source)]


def test_a_broken_file_is_named_with_line_and_cause_and_takes_no_other_along(airflow: Client) -> None:
    wanted = {f"ingest_{name}" for name in SOURCES if name != "broken"} | {"resolve", "watch", "sample"}
    until("every DAG parsed", lambda: wanted <= set(airflow.dags()) and airflow.import_errors())
    assert set(airflow.dags()) == wanted
    [(file, error)] = airflow.import_errors().items()
    assert file == "ingest_broken.py"
    assert "broken.yml:6: extract.mode: " in error


def test_a_source_that_stays_down_is_asked_for(airflow: Client, runs: dict[str, str]) -> None:
    """Its tries go on beside what follows; `test_a_source_that_stayed_down_was_told_once_and_is_back` is the end of the story."""
    runs["down"] = airflow.trigger("ingest_down")


def test_a_source_that_fails_twice_then_works(airflow: Client) -> None:
    """The day's file comes late: two tries find none, the third does."""
    run_id = airflow.trigger("ingest_flaky", day="2026-11-09")
    until("two failed tries", lambda: failed_tries(airflow, "ingest_flaky", run_id, "extract") >= 2)
    write(Path(os.environ["HUB_HOME"]) / "drop", "flaky_20261109", 2)
    assert airflow.wait("ingest_flaky", run_id) == "success"
    [extract] = [task for task in airflow.tasks("ingest_flaky", run_id) if task.task_id == "extract"]
    assert extract.tries >= 3
    assert accepted("flaky") == [2]


def test_a_stopped_batch_waits_without_a_process_and_a_person_decides(airflow: Client) -> None:
    runs = {name: airflow.trigger(f"ingest_{name}") for name in ("half", "bad", "good")}
    assert airflow.wait("ingest_good", runs["good"]) == "success"
    until("both deferred", lambda: all(task_state(airflow, f"ingest_{name}", runs[name], "gate") == "deferred" for name in ("half", "bad")))
    approve("half-000001", "li", "only one came this week")
    reject("bad-000001", "li", "half a file")
    assert airflow.wait("ingest_half", runs["half"]) == "success"
    assert airflow.wait("ingest_bad", runs["bad"]) == "success"
    assert task_state(airflow, "ingest_bad", runs["bad"], "load") == "skipped"
    assert (accepted("half"), accepted("bad")) == ([1], [])


def test_a_source_that_stayed_down_was_told_once_and_is_back(airflow: Client, runs: dict[str, str], told: list[dict[str, Any]]) -> None:
    assert airflow.wait("ingest_down", runs["down"], 240) == "failed"
    assert accepted("good") == [3], "the others finished"
    until("the message", lambda: messages(told, "down"))
    red = CliRunner().invoke(app, ["status"])
    assert red.exit_code == 1
    assert re.search(r"^down .*failed", red.output, re.MULTILINE), red.output
    incidents.watch()
    assert [message["state"] for message in messages(told, "down")] == ["open"], "told once"
    write(Path(os.environ["HUB_HOME"]) / "drop", "down", 2)
    assert airflow.wait("ingest_down", airflow.trigger("ingest_down")) == "success"
    until("the recovery", lambda: len(messages(told, "down")) == 2)
    assert [message["state"] for message in messages(told, "down")] == ["open", "over"]
    assert accepted("down") == [2]


def messages(told: list[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    """What was told of a source that failed."""
    return [message for message in told if (message["source"], message["kind"]) == (source, "failed")]


def test_a_backfill_backwards_loads_every_day(airflow: Client, request: pytest.FixtureRequest) -> None:
    wanted = days(request)
    airflow.backfill("ingest_days", wanted[0], wanted[-1], backwards=True, at_once=1)  # several at once load in any order

    def done() -> bool:
        return [run.state for run in airflow.runs("ingest_days") if run.run_id.startswith("backfill")].count("success") == len(wanted)

    until("every day", done, 60 + 30 * len(wanted))
    with connect() as connection:
        assert [line.batch_id for line in ledger.lines(connection, source="days")] == [f"days-{day:%Y%m%d}01" for day in wanted]
        published = connection.execute("select batch_id from ops.batch where source = 'days' order by published_at").fetchall()
    assert published == sorted(published, reverse=True)


def test_a_backfill_of_a_snapshot_is_refused_with_the_advice_to_replay(airflow: Client) -> None:
    airflow.backfill("ingest_good", date(2026, 11, 2), date(2026, 11, 2))
    until("the refusal", lambda: [run.state for run in airflow.runs("ingest_good") if run.run_id.startswith("backfill")] == ["failed"])
    [log] = (environment.place().home / "logs" / "dag_id=ingest_good").glob("run_id=backfill*/task_id=extract/*.log")
    assert "hub replay good" in log.read_text(encoding="utf-8")


def test_what_the_console_asks_of_it(airflow: Client) -> None:
    """A DAG rests and goes on; a run is done once more; its page has an address."""
    client = reach()
    assert client is not None
    assert client.unhealthy() == []
    client.pause("ingest_days", True)
    assert client.dag("ingest_days").paused
    client.pause("ingest_days", False)
    dag = client.dag("ingest_days")
    assert not dag.paused
    last = next(run for run in dag.runs if run.kind == "backfill")  # a DAG that goes on may have been given a run of its schedule
    assert last.state == "success"
    assert httpx.get(last.url).status_code == 200
    client.rerun("ingest_days", last.run_id)
    assert airflow.wait("ingest_days", last.run_id) == "success"
    with pytest.raises(FatalError, match="404"):
        client.dag("ingest_nobody")


def test_a_killed_scheduler_is_started_again_and_the_run_completes(airflow: Client) -> None:
    """Killed while the task runs: what it left is ended with it, and the task is taken up again."""
    folder = environment.place().home / "run"
    before = processes.leader(folder, "scheduler")
    assert before is not None
    with connect() as connection:
        key = loaded(connection)
    run_id = airflow.trigger("ingest_good")
    until("a running task", lambda: any(task.state == "running" for task in airflow.tasks("ingest_good", run_id)))
    os.kill(before, signal.SIGKILL)
    until("another scheduler", lambda: (now := processes.leader(folder, "scheduler")) and now != before)
    assert airflow.wait("ingest_good", run_id, 240) == "success"
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        assert loaded(connection) == key
        assert batches.unfinished(connection, "good") == []


def test_resolve_runs(airflow: Client) -> None:
    assert airflow.wait("resolve", airflow.trigger("resolve")) == "success"


def test_the_hub_alone_gives_the_same_from_the_same_landed_batches(airflow: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """`hub replay --all && hub resolve` into an empty warehouse, days in forward order, against what the DAGs made, days backwards."""
    with connect() as connection:
        by_airflow = fingerprint(connection)
    found = server.ensure(environment.place().home.parent / "pg")
    server.create_database(found, "alone")
    monkeypatch.setenv("DATABASE_URL", found.url_of("alone"))
    first = CliRunner().invoke(app, ["replay", "--all"])
    assert first.exit_code == 2, f"one file is broken, the others are replayed with what people decided: {first.output}"
    assert CliRunner().invoke(app, ["resolve"]).exit_code == 0
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        assert fingerprint(connection) == by_airflow


def test_no_personal_value_stands_in_logs_xcom_or_rendered_fields(airflow: Client) -> None:
    """After everything above: task logs, component logs, lineage, and every text of the metadata database."""
    wanted = re.compile("|".join([NAME, NUMBER, PHONE, re.escape(NAME.encode("unicode_escape").decode())]))
    home = environment.place().home
    logs = [path for path in home.rglob("*") if path.is_file()]
    assert len([path for path in logs if path.suffix == ".log"]) > 20
    assert [path for path in logs if wanted.search(path.read_text(encoding="utf-8", errors="replace"))] == []
    url = environment.variables(environment.place())["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        tables = [row[0] for row in connection.execute("select table_name from information_schema.tables where table_schema = 'public'")]
        assert {"xcom", "rendered_task_instance_fields", "log"} <= set(tables)
        rows = 0
        for table in tables:
            for (text,) in connection.execute(f'select t::text from "{table}" t'):
                rows += 1
                assert not wanted.search(text), table
    assert rows > 100


def test_it_is_small_when_idle(airflow: Client) -> None:
    """At most 15 processes and 1.3 GiB, memory shared by forks counted once."""
    until("no task runs", lambda: not any(task.state == "running" for task in airflow.tasks()))
    found = launcher.status()
    assert sum(one.processes for one in found) <= 15
    assert sum(one.megabytes for one in found) <= 1.3 * 1024
