"""The demo's figures: pairs counted by hand on a handful of records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from hub.cli import truth
from hub.settings import REPO
from mappings.load import load_named
from warehouse.db import Connection

ARCHIVE = load_named(REPO / "mappings" / "sources", "archive_room")
CIVIL = load_named(REPO / "mappings" / "sources", "civil_affairs")
PLACE = """
insert into identity.crosswalk (entity, source, source_key, candidate_id, entity_id, grade, model_version)
values ('person_record', %s, %s, %s, %s, 'certain', 1)"""

REFUSE = """
insert into ops.quarantine (batch_id, row_number, source, stream, row_key, reasons, raw, raw_hash)
values ('archive_room-1', %s, 'archive_room', 'items', %s, %s, '', '')"""


def write(county: Path, name: str, rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> None:
    (county / "truth").mkdir(exist_ok=True)
    pl.DataFrame(rows, schema=schema).write_parquet(county / "truth" / f"{name}.parquet")


@pytest.fixture
def persons(connection: Connection, home: Path) -> truth.Persons:
    """Records a, b, c are one person and d another; the hub found a and b, and took c and d for one."""
    schema = {
        "source": pl.String(),
        "stream": pl.String(),
        "part": pl.String(),
        "key": pl.String(),
        "person": pl.Int64(),
        "to_day": pl.Int64(),
        "faulty": pl.Boolean(),
    }
    place = {"a": ("archive_room", "items", "", "a", "p1"), "b": ("archive_room", "items", "", "b", "p1")}
    place |= {"c": ("civil_affairs", "marriages", "man", "c#man", "p2"), "d": ("civil_affairs", "marriages", "woman", "c#woman", "p2")}
    rows: list[dict[str, Any]] = []
    for record, (source, stream, part, key, entity) in place.items():
        written = json.dumps([key.partition("#")[0]])
        rows.append({"source": source, "stream": stream, "part": part, "key": written, "person": 2 if record == "d" else 1, "to_day": None, "faulty": False})
        connection.execute(PLACE, [source, key, f"c{record}", entity])
    rows += [{**rows[0], "key": '["gone"]', "to_day": 3}, {**rows[0], "key": '["bad"]', "faulty": True}]
    write(home, "person", rows, schema)
    return truth.persons(connection, home, [ARCHIVE, CIVIL], possible=2)


def test_pairs_of_records(persons: truth.Persons) -> None:
    assert (persons.records, persons.true_persons, persons.found_persons) == (4, 2, 2)
    assert (persons.precision, persons.recall, persons.certain_wrong) == (1 / 2, 1 / 3, 1)
    assert persons.f1 == pytest.approx(0.4)


def test_faults_are_told_by_key_and_reason_or_by_reason_alone(connection: Connection, home: Path) -> None:
    schema = {"source": pl.String(), "stream": pl.String(), "key": pl.String(), "day": pl.Int64(), "reason": pl.String(), "repaired_day": pl.Int64()}
    planted = [
        ("a", "date_impossible", 0, None),
        ("b", "name_missing", 0, None),
        (None, "key_missing", 0, None),
        ("late", "name_missing", 5, None),
        ("mended", "name_missing", 0, 1),
    ]
    rows = [
        {"source": "archive_room", "stream": "items", "key": json.dumps([key]), "day": day, "reason": why, "repaired_day": repaired}
        for key, why, day, repaired in planted
    ]
    write(home, "faults", rows, schema)
    connection.execute("insert into ops.batch (batch_id, source, sequence, kind, state) values ('archive_room-1', 'archive_room', 1, 'run', 'published')")
    refused = [
        ("a", "person_record.birth_date:date_impossible"),
        ("b", "archive_item.year:date_impossible"),
        (None, "raw.key:key_missing"),
        ("clean", "person_record.name:name_missing"),
    ]
    for number, (key, reason) in enumerate(refused, 1):
        connection.execute(REFUSE, [number, key, [reason]])
    [found] = truth.faults(connection, home, [ARCHIVE], day=1)
    assert found == truth.Faults("archive_room", planted=3, found=2, others=1)
