"""Two tiny departments end to end, on a real warehouse: the ledger, reruns, endings, refusals, repair and replay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigError, StoppedError
from hub.pipeline import Outcome, approve, reject, replay, replay_quarantine, run_source
from hub.pipeline.extract import due_intervals
from mappings.load import load_named
from mappings.source import Source
from warehouse import batches, ledger, quarantine, stage_times
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

REGISTER = """\
source: register
department: {zh: 登记处, en: Register}
steward: register@county.example
connector: {type: delimited, path: "%s/register.csv"}
extract: {mode: snapshot}
streams:
  - stream: person
    key: [编号]
    ignore: [备注]
    records:
      - entity: person_record
        fields:
          name: {name: 姓名}
          id_number: {id_number: 证件号码}
          birth_date: {date: 出生日期}
          sex_code: {lookup: sex, from: 性别}
          phone: {phone: 电话}
lookups: {sex: {"男": "1", "女": "2"}}
examples:
  - stream: person
    given: {编号: "1", 姓名: 王芳, 证件号码: 11010519491231002X, 出生日期: "19491231", 性别: 女, 电话: null, 备注: null}
    expect: {person_record: {name: 王芳, birth_date: "1949-12-31", sex_code: "2"}}
"""
HEAD = "编号,姓名,证件号码,出生日期,性别,电话,备注\n"
ROWS = {
    "1": "1,王芳,11010519491231002X,19491231,女,13800000001,",
    "2": "2,李伟,,1955-01-01,男,,",
    "3": "3,张三,,1990年2月3日,男,13800000003,x",
}


def write(folder: Path, rows: list[str]) -> None:
    (folder / "register.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")


@pytest.fixture
def source(warehouse: str, home: Path) -> Source:
    (home / "sources" / "register.yml").write_text(REGISTER % home, encoding="utf-8")
    write(home, list(ROWS.values()))
    return load_named(home / "sources", "register")


def counts(outcome: Outcome) -> dict[str, int]:
    return {state: rows for state, rows in outcome.loaded.ledger["person"].items() if rows}


def run(source: Source) -> dict[str, int]:
    [outcome] = run_source(source)
    return counts(outcome)


def state() -> str:
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        return fingerprint(connection)["all"]


def select(statement: str) -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


def empty() -> None:
    """Remove every row of the warehouse; landing stays."""
    tables = select(
        "select table_schema || '.' || table_name from information_schema.tables where table_schema in ('core', 'ops') and table_name <> 'alembic_version'"
    )
    for (table,) in tables:
        with connect() as connection:
            connection.execute("set session_replication_role = replica")
            connection.execute(f"delete from {table}")  # type: ignore[call-overload]


def test_a_second_run_changes_nothing(source: Source) -> None:
    assert run(source) == {"extracted": 3, "accepted": 3}
    before = state()
    assert run(source) == {"extracted": 3, "unchanged": 3}
    assert state() == before


def test_changes_make_history_and_absence_ends(source: Source, home: Path) -> None:
    run(source)
    write(home, [ROWS["1"].replace("王芳", "王方"), ROWS["2"]])
    assert run(source) == {"extracted": 2, "accepted": 1, "unchanged": 1}
    assert select("select source_key, name, ended_sequence from core.person_record order by 1") == [("1", "王方", None), ("2", "李伟", None), ("3", "张三", 2)]
    assert select("select source_key, name from core.person_record_history order by 1") == [("1", "王芳"), ("3", "张三")]
    assert select("select known, seen, ended, new from ops.absence order by batch_id") == [(0, 0, 0, 3), (3, 2, 1, 0)]


def test_a_row_that_comes_back_is_current_again(source: Source, home: Path) -> None:
    run(source)
    write(home, [ROWS["1"], ROWS["2"]])
    run(source)
    write(home, list(ROWS.values()))
    assert run(source) == {"extracted": 3, "accepted": 1, "unchanged": 2}
    assert select("select count(*) from core.person_record where ended_sequence is not null") == [(0,)]


def test_a_row_sent_twice_is_superseded(source: Source, home: Path) -> None:
    write(home, [ROWS["1"], ROWS["2"], ROWS["1"]])
    assert run(source) == {"extracted": 3, "accepted": 2, "superseded": 1}


def test_a_refused_update_leaves_the_last_good_version(source: Source, home: Path) -> None:
    run(source)
    write(home, [ROWS["1"].replace("19491231,", "19490230,"), ROWS["2"], ROWS["3"]])
    assert run(source) == {"extracted": 3, "quarantined": 1, "unchanged": 2}
    assert select("select name, refused_newer from core.person_record where source_key = '1'") == [("王芳", True)]
    write(home, list(ROWS.values()))
    assert run(source) == {"extracted": 3, "unchanged": 3}
    assert select("select refused_newer from core.person_record where source_key = '1'") == [(False,)]
    assert select("select state from ops.quarantine") == [("resolved",)]


def test_every_reason_and_the_raw_row_are_kept(source: Source, home: Path) -> None:
    write(home, [ROWS["1"], "4,,x,19900230,丙,,", ",赵六,,19900101,男,,"])
    assert run(source) == {"extracted": 3, "accepted": 1, "quarantined": 2}
    with connect() as connection:
        first, second = quarantine.open_rows(connection)
        assert quarantine.raw_row(connection, first.batch_id, first.row_number)["出生日期"] == "19900230"
    assert [reason.rpartition(":")[0] for reason in first.reasons] == ["person_record.birth_date", "person_record.name", "person_record.sex_code"]
    assert second.row_key is None
    assert select("select count(*) from ops.unknown_code") == [(1,)]


def test_a_repaired_row_loads_and_the_original_stays(source: Source, home: Path) -> None:
    write(home, [ROWS["1"], "4,钱七,,19900230,男,,"])
    run(source)
    with connect() as connection:
        [row] = quarantine.open_rows(connection)
        quarantine.repair(connection, row.batch_id, row.row_number, {"出生日期": "19900228"}, "li", "slip")
    [outcome] = replay_quarantine(source)
    assert counts(outcome) == {"extracted": 1, "accepted": 1}
    assert select("select birth_date from core.person_record where source_key = '4'") == [("1990-02-28",)]
    with connect() as connection:
        assert quarantine.raw_row(connection, row.batch_id, row.row_number)["出生日期"] == "19900230"
    state()


def test_a_replay_into_an_empty_warehouse_gives_the_same_state(source: Source, home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(source)
    write(home, [ROWS["1"].replace("王芳", "王方"), ROWS["2"].replace("李伟", ""), "5,新人,,2001-05,女,,"])
    run(source)
    before = state()
    empty()
    assert state() != before
    assert [counts(outcome) for outcome in replay(source) if not isinstance(outcome, str)] == [
        {"extracted": 3, "accepted": 3},
        {"extracted": 3, "accepted": 2, "quarantined": 1},
    ]
    assert state() == before


def test_days_loaded_out_of_order_give_the_same_state(source: Source, home: Path) -> None:
    path = home / "sources" / "register.yml"
    text = path.read_text(encoding="utf-8").replace("register.csv", "register_{date:%Y%m%d}.csv").replace("mode: snapshot", 'mode: dated, start: "2025-01-01"')
    path.write_text(text, encoding="utf-8")
    source = load_named(home / "sources", "register")
    sent = {"20250101": [ROWS["2"], ROWS["1"]], "20250102": [ROWS["1"], ROWS["3"]], "20250103": [ROWS["1"].replace("王芳", "王方")]}
    for day, rows in sent.items():
        (home / f"register_{day}.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    in_order = due_intervals(source)
    run_source(source, in_order)
    assert select("select name, first_sequence / 100, first_row from core.person_record where source_key = '1'") == [("王方", 20250101, 2)]
    before, ages = state(), select("select source_key, first_sequence, first_row from core.person_record order by 1")
    empty()
    run_source(source, in_order[::-1])
    assert state() == before
    assert select("select source_key, first_sequence, first_row from core.person_record order by 1") == ages


def test_a_replay_on_top_changes_nothing_unless_the_mapping_did(source: Source, home: Path) -> None:
    run(source)
    before = state()
    assert [counts(outcome) for outcome in replay(source) if not isinstance(outcome, str)] == [{"extracted": 3, "unchanged": 3}]
    assert state() == before
    path = home / "sources" / "register.yml"
    path.write_text(path.read_text(encoding="utf-8").replace('"男": "1"', '"男": "9"'), encoding="utf-8")
    [outcome] = [outcome for outcome in replay(load_named(home / "sources", "register")) if not isinstance(outcome, str)]
    assert counts(outcome) == {"extracted": 3, "accepted": 2, "unchanged": 1}
    assert select("select count(*) from core.person_record_history") == [(2,)]


def many(first: int, last: int) -> list[str]:
    return [f"{n},人{n},,{1950 + n % 50}-01-02,男,," for n in range(first, last)]


def test_too_many_endings_stop_the_batch_until_a_person_decides(source: Source, home: Path) -> None:
    write(home, many(1, 201))
    run(source)
    write(home, many(1, 101))
    with pytest.raises(StoppedError, match="hub gate approve"):
        run(source)
    assert select("select count(*) from core.person_record where ended_sequence is null") == [(200,)]
    with pytest.raises(StoppedError):
        run(source)
    with connect() as connection:
        [waiting] = batches.waiting(connection)
    reject(waiting.batch_id, "li", "half a file")
    with pytest.raises(ConfigError, match="no decision is waiting"):
        approve(waiting.batch_id, "li", "again")
    with pytest.raises(StoppedError):
        run(source)
    with connect() as connection:
        [waiting] = batches.waiting(connection)
    approve(waiting.batch_id, "li", "they did move away")
    assert run(source) == {"extracted": 100, "unchanged": 100}
    assert select("select count(*) from core.person_record where ended_sequence is null") == [(100,)]
    state()


def test_replaying_old_batches_neither_reopens_nor_reorders(source: Source, home: Path) -> None:
    run(source)
    write(home, [ROWS["1"].replace("王芳", "王方"), ROWS["2"]])
    run(source)
    write(home, [ROWS["1"].replace("王芳", "王房"), ROWS["2"], "6,新人,,2001-05,女,,"])
    run(source)
    before, versions = state(), select("select count(*) from core.person_record_history")
    assert all(counts(outcome).get("accepted", 0) == 0 for outcome in replay(source) if not isinstance(outcome, str))
    assert state() == before
    assert select("select count(*) from core.person_record_history") == versions


def test_a_corrected_key_takes_the_record_along(source: Source, home: Path) -> None:
    path = home / "sources" / "register.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("    ignore: [备注]\n", "    rekey: [备注]\n"), encoding="utf-8")
    source = load_named(home / "sources", "register")
    run(source)
    write(home, ["9" + ROWS["1"][1:] + "1", ROWS["2"], ROWS["3"].removesuffix("x")])
    assert run(source) == {"extracted": 3, "accepted": 1, "unchanged": 2}
    assert select("select source_key, first_sequence, first_row from core.person_record order by 1") == [("2", 1, 2), ("3", 1, 3), ("9", 1, 1)]
    assert select("select source_key from core.person_record_history") == [("1",)]
    assert run(source) == {"extracted": 3, "unchanged": 3}
    before = state()
    first, *_ = [counts(outcome) for outcome in replay(source) if not isinstance(outcome, str)]
    assert first == {"extracted": 3, "unchanged": 2, "superseded": 1}
    assert state() == before


def test_what_each_stage_cost_is_kept(source: Source) -> None:
    with connect() as connection:
        [(begun,)] = connection.execute("select now()").fetchall()
    run_source(source)
    with connect() as connection:
        costs = stage_times.since(connection, begun)
    assert [one.stage for one in costs] == ["extract", "map", "gate", "load"]
    assert all(0 < one.sealing < one.cpu for one in costs if one.stage != "gate")
