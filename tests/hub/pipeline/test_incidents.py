"""What is wrong with a source is told once, and its end once, whoever looks and however often."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import settings
from hub.errors import StoppedError
from hub.pipeline import incidents, reject, run_source
from mappings.load import load_named, load_sources
from tests.hub.receivers import webhook
from warehouse import batches
from warehouse.db import connect

YAML = """\
source: {name}
department: {{zh: 登记处, en: Register}}
steward: register@county.example
connector: {{type: delimited, path: "{home}/{name}.csv"}}
extract: {{mode: snapshot}}
streams:
  - stream: person
    key: [编号]
    records: [{{entity: person_record, fields: {{name: {{name: 姓名}}}}}}]
expectations: {{row_count: {{person: {{min: 1}}}}, freshness: {{within: 36h}}, volume: {{over: 7d, min: 3}}}}
examples: [{{stream: person, given: {{编号: "1", 姓名: 王芳}}, expect: {{person_record: {{name: 王芳}}}}}}]
"""
Tell = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def told(warehouse: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tell]:
    """Two sources; call it to look, and get who was told what since."""
    for name in ("one", "two"):
        (home / "sources" / f"{name}.yml").write_text(YAML.format(name=name, home=home), encoding="utf-8")
    with webhook() as (port, got):
        monkeypatch.setenv("HUB_WEBHOOK", f"http://127.0.0.1:{port}/")

        def look() -> list[tuple[str, str, str]]:
            incidents.watch()
            new = [(message["source"], message["kind"], message["state"]) for message in got]
            got.clear()
            return new

        yield look


def load(name: str, rows: int) -> None:
    folder = settings.load().home
    (folder / f"{name}.csv").write_text("编号,姓名\n" + "".join(f"{number},王芳\n" for number in range(rows)), encoding="utf-8")
    run_source(load_named(settings.load().sources, name))


def age(interval: str) -> None:
    with connect() as connection:
        for statement in (
            "update ops.batch set started_at = started_at - %s::interval, published_at = published_at - %s::interval",
            "update ops.ledger set recorded_at = recorded_at - %s::interval",
        ):
            connection.execute(statement, [interval] * statement.count("%s"))


def states() -> dict[str, str]:
    return {one.source.source: one.state for one in incidents.statuses(load_sources(settings.load().sources)[0])}


def test_nothing_is_wrong_with_a_new_hub(told: Tell) -> None:
    assert told() == []
    assert states() == {"one": "new", "two": "new"}


def test_a_late_source_is_told_once_and_its_recovery_once(told: Tell) -> None:
    load("one", 5)
    load("two", 5)
    assert told() == []
    age("40 hours")
    load("two", 5)
    assert [told(), told()] == [[("one", "late", "open")], []]
    assert states() == {"one": "late", "two": "ok"}
    load("one", 5)
    assert [told(), told()] == [[("one", "late", "over")], []]


def test_a_source_that_never_came_is_late_once_the_hub_is_old_enough(told: Tell) -> None:
    load("two", 5)
    age("40 hours")
    load("two", 5)
    assert told() == [("one", "late", "open")]


def test_too_few_rows_over_days_are_told(told: Tell) -> None:
    load("one", 5)
    age("8 days")
    load("one", 2)
    assert ("one", "volume", "open") in told()
    load("one", 2)
    assert ("one", "volume", "over") in told()


def test_a_stopped_batch_is_one_incident_until_it_is_decided(told: Tell) -> None:
    load("one", 5)
    load("two", 5)
    with pytest.raises(StoppedError):
        load("one", 0)
    assert [told(), told(), states()["one"]] == [[("one", "stopped", "open")], [], "stopped"]
    with connect() as connection:
        [waiting] = batches.waiting(connection)
    reject(waiting.batch_id, "li", "empty")
    assert told() == [("one", "stopped", "over")]


def test_a_failure_is_told_once_until_the_source_publishes_again(told: Tell) -> None:
    load("one", 5)
    for _ in range(3):
        incidents.failed("one", "extract")
    assert (told(), states()["one"]) == ([("one", "failed", "open")], "failed")
    load("one", 5)
    assert told() == [("one", "failed", "over")]


def test_a_dag_that_is_no_source_recovers_by_itself(told: Tell) -> None:
    incidents.failed("resolve", "resolve")
    incidents.recovered("resolve")
    assert told() == [("resolve", "failed", "open"), ("resolve", "failed", "over")]


def test_what_could_not_be_delivered_is_told_later(told: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    working = os.environ["HUB_WEBHOOK"]
    monkeypatch.setenv("HUB_WEBHOOK", "http://127.0.0.1:1/")
    incidents.failed("one", "extract")
    monkeypatch.setenv("HUB_WEBHOOK", working)
    assert [told(), told()] == [[("one", "failed", "open")], []]


def test_incidents_hold_no_values(told: Tell) -> None:
    with pytest.raises(StoppedError):
        load("one", 0)
    incidents.failed("one", "map")
    with connect() as connection:
        texts: list[Any] = [text for row in connection.execute("select en, zh from ops.incident").fetchall() for text in row]
    assert texts
    assert not any("王芳" in text for text in texts)
