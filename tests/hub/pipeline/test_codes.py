"""A code nobody knows: on the work list, decided by a person, its rows replayed, the decision written back into the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expectations.expected import expected, label, sentence
from hub.errors import ConfigError
from hub.pipeline import codes, replay_quarantine, run_source
from mappings.load import load_named
from mappings.lookup_text import with_codes
from mappings.source import Source
from mappings.where import passage
from tests.test_flow import REGISTER, ROWS, write
from tests.warehouse.people import actions
from warehouse import loads, refused
from warehouse.db import connect


@pytest.fixture
def source(warehouse: str, home: Path) -> Source:
    (home / "sources" / "register.yml").write_text(REGISTER % home, encoding="utf-8")
    write(home, [ROWS["1"], "2,李伟,,1955-01-01,M,,", "3,张三,,1990-02-30,F,,"])
    run_source(found := load_named(home / "sources", "register"))
    return found


def test_a_code_is_decided_once_and_its_rows_load(source: Source, home: Path) -> None:
    with connect() as connection:
        found = {one.value: one for one in codes.unknown(connection)}
        assert {value: (one.lookup, one.rows, one.code) for value, one in found.items()} == {"M": ("sex", 1, None), "F": ("sex", 1, None)}
    assert codes.targets(source, "sex") == {"0": "未知", "1": "男", "2": "女", "9": "未说明"}
    with pytest.raises(ConfigError, match="not a code its fields can hold"):
        codes.map_unknown("register", "person", "sex", found["M"].blind, "7", "wu", "x")
    with pytest.raises(ConfigError, match="a reason"):
        codes.map_unknown("register", "person", "sex", found["M"].blind, "1", "wu", " ")
    codes.map_unknown("register", "person", "sex", found["M"].blind, "1", "wu", "登记处来函")
    with connect() as connection:
        assert [(one.value, one.code) for one in codes.unknown(connection)] == [("F", None), ("M", "1")]
    [outcome] = replay_quarantine(source)
    assert outcome.loaded.ledger["person"]["accepted"] == 1
    codes.map_unknown("register", "person", "sex", found["F"].blind, "2", "wu", "登记处来函")
    with connect() as connection:
        assert connection.execute("select sex_code from core.person_record where source_key = '2'").fetchone() == ("1",)
        assert [(one.value, one.code, one.author) for one in codes.overrides(connection)] == [("F", "2", "wu"), ("M", "1", "wu")]
    assert ("wu", "code.map") in actions()
    path = codes.write_back("register")
    assert 'lookups: {sex: {"男": "1", "女": "2", "F": "2", "M": "1"}}' in path.read_text(encoding="utf-8")
    assert codes.write_back("register").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    with connect() as connection:
        assert codes.unknown(connection) == []


def test_only_the_lookup_lines_change() -> None:
    blocks = '  line:\n    # old ones\n    "1": "110"\n    "2": "170"  # residents\n'
    text = f'source: a\nlookups:\n  sex: {{男: "1"}}  # as the office writes it\n{blocks}  none: {{}}\ntrust: 1\n'
    wanted = f'source: a\nlookups:\n  sex: {{男: "9", "": "0"}}  # as the office writes it\n{blocks}    "3": "210"\n  none: {{"x": "y"}}\ntrust: 1\n'
    assert with_codes(text, {"sex": {"男": "9", "": "0"}, "line": {"3": "210"}, "none": {"x": "y"}}) == wanted
    with pytest.raises(ConfigError, match=r"lookups\.other"):
        with_codes(text, {"other": {"1": "2"}})


def test_a_reason_says_what_where_and_what_was_expected(source: Source, home: Path) -> None:
    with connect() as connection:
        reasons = {reason for one in refused.patterns(connection) for reason in one.reasons}
    assert reasons == {"person_record.sex_code:code_unknown", "person_record.birth_date:date_impossible"}
    day = date(2026, 11, 20)
    assert expected(source, "person", "person_record.sex_code:code_unknown", day) == ("已登记的代码：男, 女", "a code of the table: 男, 女")
    assert "20261120" in expected(source, "person", "person_record.birth_date:date_impossible", day)[1]
    assert expected(source, "person", "raw.key:key_missing", day) == ("编号 须填写", "a value in 编号")
    assert expected(source, "person", "person_record.birth_date:too_late", day) == ("不大于 2026-11-20（hub）", "at most 2026-11-20 (hub)")
    assert label("person_record.sex_code:code_unknown") == ("性别", "sex code")
    assert sentence("person_record.birth_date:date_impossible")[1].startswith("The date does not exist")
    found = passage(home / "sources", source, "person", "person_record", "birth_date")
    assert found is not None
    assert [line.strip() for line, meant in found.lines if meant] == ["birth_date: {date: 出生日期}"]
    assert (found.file, found.line) == ("register.yml", 15)


def test_batches_are_listed_with_ledger_and_what_the_gate_saw(source: Source) -> None:
    with connect() as connection:
        [one] = loads.loads(connection)
        assert (one.batch_id, one.state, one.extracted, one.accepted, one.quarantined) == ("register-000001", "published", 3, 1, 2)
        assert one.metrics is not None
        assert one.metrics["unmapped"] == {"person": []}
        assert [len(each) for each in loads.latest(connection).values()] == [1]
        assert [day.extracted for day in loads.days(connection, 3)] == [0, 0, 3]
        assert loads.unfinished(connection) == []
