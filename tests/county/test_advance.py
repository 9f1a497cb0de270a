from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pytest

import county
from county import truth
from county.advance import load_state, pass_day
from county.books import tax
from county.build import note, write_note
from county.day import Day
from county.layout import KEYS
from tests.county.conftest import LARGE, SEED, Made, make
from tests.county.test_books import CODES, PARENTS, PERIODS
from tests.county.test_systems import connections, state

pytestmark = pytest.mark.xdist_group("county")  # its counties are made once, in one worker

DAYS = 12


def days(made: Made, people: int, count: int) -> list[Day]:
    place, tables, faults = made.county, made.tables, made.faults
    roll = tax.payers(made.written.filter(pl.col("source") == "tax"))
    passed = []
    for number in range(1, count + 1):
        passed.append(pass_day(number, people, SEED, place, tables, roll, faults))
        place, tables, roll, faults = passed[-1].county, passed[-1].tables, passed[-1].roll, passed[-1].faults
    return passed


@pytest.fixture(scope="module")
def month(large: Made) -> list[Day]:
    return days(large, LARGE, DAYS)


def test_same_days_for_the_same_seed(large: Made, month: list[Day]) -> None:
    again = days(large, LARGE, 3)
    for one, two in zip(month[:3], again, strict=True):
        assert one.people.equals(two.people)
        assert one.faults.equals(two.faults)
        for source, streams in one.tables.items():
            for stream, table in streams.items():
                assert table.equals(two.tables[source][stream]), (source, stream)


def test_rows_change_come_and_go(month: list[Day]) -> None:
    events = pl.concat([e for day in month for e in day.events])
    for source in ("pension", "medical", "work_injury", "unemployment", "police", "archive_room"):
        kinds = set(events.filter(pl.col("source") == source)["event"])
        assert {"added", "deleted", "spoilt", "mended"} <= kinds, source
    assert {"rekeyed", "changed", "corrected"} <= set(events["event"])
    assert set(events.filter(pl.col("source") == "civil_affairs")["event"]) == {"added", "spoilt", "mended"}


def test_few_rows_go_in_a_day(large: Made, month: list[Day]) -> None:
    for day in month:
        for (source, stream), frames in day.gone.items():
            assert sum(f.height for f in frames) < 0.005 * large.tables[source][stream].height, (source, stream)


def test_every_touched_row_carries_the_day(month: list[Day]) -> None:
    stamps = {"pension": "aae036", "medical": "updt_time", "civil_affairs": "updatedAt"}
    for day in month:
        for source, column in stamps.items():
            for stream, table in day.tables[source].items():
                touched = table.filter(pl.col("_touched") == day.number)
                assert touched[column].str.starts_with(str(day.date)).all(), (source, stream)


def test_tables_stay_sane(month: list[Day]) -> None:
    tables = month[-1].tables
    good = {s: {t: f.filter(pl.col("_fault") == "") for t, f in streams.items()} for s, streams in tables.items()}
    for (source, stream, column), known in CODES.items():
        assert set(good[source][stream][column].drop_nulls().unique()) <= set(known.split()), (source, stream, column)
    for (source, stream), (start, end) in PERIODS.items():
        frame = good[source][stream].filter(pl.col(end).is_not_null())
        assert frame.select((pl.col(end) >= pl.col(start)).all()).item(), (source, stream)
    for source, child, column, parent, key in PARENTS:
        standing = tables[source][parent].filter((pl.col("_fault") == "") | (pl.col("_fault") == "update"))
        assert good[source][child][column].drop_nulls().is_in(standing[key].implode()).all(), (source, child)
    for source, streams in KEYS.items():
        for stream, keys in streams.items():
            assert tables[source][stream].filter(pl.col("_fault") == "").select(pl.struct(keys).is_unique().all()).item(), (source, stream)


def test_nothing_unplanned_is_paid_to_the_dead(month: list[Day]) -> None:
    day = month[-1]
    paid = day.tables["pension"]["ac61"].filter(pl.col("_fault") == "").select("_person", "aae002")
    dead = day.people.filter(pl.col("death").is_not_null() & (pl.col("plant") != "dead_but_paid"))
    late = paid.join(dead.select(pl.col("person").alias("_person"), pl.col("death").dt.to_string("%Y%m").alias("died")), on="_person").filter(
        pl.col("aae002") > pl.col("died")
    )
    assert late.height == 0
    assert day.tables["pension"]["ac61"].filter(pl.col("aae002") == "202511").height > 1500


def test_bad_changes_hold_their_good_values_and_are_mended(large: Made, month: list[Day]) -> None:
    bad = month[-1].faults.filter(pl.col("update"))
    assert bad.filter(pl.col("day") <= DAYS - 3)["repaired_day"].is_not_null().all()
    assert bad.filter(pl.col("day") > DAYS - 3)["repaired_day"].is_null().all()
    standing = bad.filter(pl.col("repaired_day").is_null())
    for source, streams in month[-1].tables.items():
        for stream, table in streams.items():
            here = standing.filter((pl.col("source") == source) & (pl.col("stream") == stream))
            spoilt = table.filter(pl.col("_fault") == "update")
            assert set(spoilt.select(truth.key_text(KEYS[source][stream])).to_series()) == set(here["key"])
    first = bad.row(0, named=True)
    before = large.tables[first["source"]][first["stream"]]
    row = before.filter(truth.key_text(KEYS[first["source"]][first["stream"]]) == first["key"])
    assert json.loads(first["good"]) == {first["column"]: row[first["column"]][0]}


def test_the_police_keep_the_former_number(month: list[Day]) -> None:
    rekeyed = [entry for day in month for entry in day.rekeyed]
    assert rekeyed
    register = month[-1].tables["police"]["register"]
    for old, new, person in rekeyed:
        row = register.filter(pl.col("公民身份号码") == new)
        assert row.select("原公民身份号码", "_person").row(0) == (old, person)
        assert register.filter(pl.col("公民身份号码") == old).height == 0


@pytest.fixture(scope="module")
def advanced(served: Path) -> Path:
    at = note(served)["day"]
    if at == 0:
        county.advance(served, 2)
        county.advance(served, 3)
    return served


def test_systems_hold_what_the_state_says(advanced: Path) -> None:
    assert note(advanced)["day"] == 5
    with psycopg.connect(connections(advanced)["PENSION"]) as connection:
        for table in KEYS["pension"]:
            frame = state(advanced, "pension", table)
            texts = [c for c in frame.columns if frame.schema[c] == pl.Utf8 and not c.startswith("_")]
            rows = connection.execute(f"SELECT {', '.join(f'{c}::text' for c in texts)} FROM {table}").fetchall()
            assert sorted(map(str, rows)) == sorted(map(str, frame.select(texts).rows())), table
    assert (advanced / "tax" / "SBF_20251105.csv").is_file()
    assert not (advanced / "tax" / "SBF_20251106.csv").exists()


def test_truth_follows(advanced: Path) -> None:
    persons = truth.read(advanced, "person")
    place, tables, _ = load_state(advanced, 5)
    for source, streams in tables.items():
        now = truth.persons_of(source, streams)
        living = persons.filter((pl.col("source") == source) & pl.col("to_day").is_null())
        keys = ["stream", "part", "key", "person"]
        if source == "tax":
            assert now.join(living, on=keys, how="anti").height == 0
        else:
            assert sorted(map(str, now.select(keys).rows())) == sorted(map(str, living.select(keys).rows())), source
    assert persons["person"].max() < place.people.height  # type: ignore[operator]
    assert persons.filter(pl.col("to_day") < pl.col("from_day")).height == 0
    listed = truth.read(advanced, "secrets")
    for kind, column in (("id_number", "aac002"), ("phone", "aae005"), ("name", "aac003"), ("address", "aae006")):
        values = tables["pension"]["ac01"][column].drop_nulls()
        assert values.filter(values.str.len_chars() > 1).is_in(listed.filter(pl.col("kind") == kind)["value"].implode()).all()


def test_a_day_broken_off_is_done_again(advanced: Path) -> None:
    """The note comes last: with the morning's note and state the day is done once more, to the same end."""
    morning, state_5 = note(advanced), {p.name: p.read_bytes() for p in (advanced / "state" / "5").iterdir()}
    county.advance(advanced, 1)
    lists = ("person", "faults", "events", "findings", "secrets")
    evening = {name: truth.read(advanced, name) for name in lists}
    state_6 = {p.name: p.read_bytes() for p in (advanced / "state" / "6").iterdir()}
    (advanced / "state" / "5").mkdir()
    for name, content in state_5.items():
        (advanced / "state" / "5" / name).write_bytes(content)
    write_note(advanced, morning)
    county.advance(advanced, 1)
    assert {p.name: p.read_bytes() for p in (advanced / "state" / "6").iterdir()} == state_6
    for name in lists:
        assert sorted(map(str, truth.read(advanced, name).rows())) == sorted(map(str, evening[name].rows())), name
    with psycopg.connect(connections(advanced)["PENSION"]) as connection:
        assert connection.execute("SELECT count(*) FROM ac43").fetchone() == (state(advanced, "pension", "ac43").height,)


def test_days_are_numbered_from_day_zero(month: list[Day]) -> None:
    assert [str(day.date) for day in month[:2]] == ["2025-11-01", "2025-11-02"]
    assert np.all(np.diff([day.number for day in month]) == 1)


@pytest.mark.parametrize("people", [200, 250, 300])
def test_small_counties_live_too(people: int) -> None:
    """Lists that are empty in a small county (no Uyghur child, nobody died today) must not stop it."""
    assert days(make(people, SEED), people, 6)[-1].number == 6
