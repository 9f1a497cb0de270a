"""Twenty days of loads keep the ids of persons; and the checker of the year finds what is planted for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import year, year_check

Change = Callable[[list[dict[str, Any]]], None]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("year")
    return folder, year.run(folder, 300, 20, 2)


def test_ids_stay_with_their_persons(lived: tuple[Path, dict[str, Any]]) -> None:
    found = lived[1]
    assert found["violations"] == 0
    assert found["equal_to_full"]
    assert found["events"] > 800
    assert found["redirects"] > 0
    assert found["judgements"] > 0


def _given_anew(events: list[dict[str, Any]]) -> None:
    """A person of one record gets another id for no reason."""
    ids, records = [event["to"] for event in events], [event["record"] for event in events]
    lonely = next(event for event in events if ids.count(event["to"]) == 1 and records.count(event["record"]) == 1)
    events.append({**lonely, "day": 21, "from": lonely["to"], "to": "p0"})


def _torn(events: list[dict[str, Any]]) -> None:
    """A line of the log is lost."""
    moved = next(event for event in events if event["from"] is not None)
    events.remove(next(event for event in events if event["record"] == moved["record"] and event["from"] is None))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_given_anew, ("ids_changed_for_same_records", "ids_changed_though_nobody_touched_the_person", "ids_given_to_other_people")),
        (_torn, ("log_does_not_follow_itself",)),
    ],
)
def test_the_checker_finds_what_is_planted(lived: tuple[Path, dict[str, Any]], tmp_path: Path, change: Change, found: tuple[str, ...]) -> None:
    events = [json.loads(line) for line in (lived[0] / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    change(events)
    log = tmp_path / "events.jsonl"
    log.write_text("".join(json.dumps(event) + "\n" for event in sorted(events, key=lambda event: event["day"])), encoding="utf-8")
    truth = tmp_path / "truth.jsonl"
    nobody = json.dumps({"day": 21, "changed": {}, "looks": {}, "judged": []})
    truth.write_text((lived[0] / "truth.jsonl").read_text(encoding="utf-8") + nobody + "\n", encoding="utf-8")
    told = year_check.check(log, truth)
    assert all(told[name] > 0 for name in found)
