"""Resolve over a real warehouse: ids by founding record, judgements above the machine, undo, golden records, employers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigError
from hub.pipeline import cases, persons, replay, run_source, verdicts
from hub.pipeline.plans import By, Decided
from hub.pipeline.resolve import resolve
from mappings.load import load_named
from mappings.numbers import check_character
from warehouse import identity
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

SOURCE = """\
source: {name}
department: {{zh: 部门, en: Department}}
steward: {name}@county.example
trust: {trust}
connector: {{type: delimited, path: "{home}/{name}.csv"}}
extract: {{mode: snapshot}}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields:
          name: {{name: 姓名}}
          id_number: {{id_number: 证件号码}}
          birth_date: {{date: 出生日期}}
          sex_code: {{lookup: sex, from: 性别}}
          phone: {{phone: 电话}}
          address: {{text: 地址}}
lookups: {{sex: {{"男": "1", "女": "2"}}}}
examples:
  - stream: person
    given: {{编号: "1", 姓名: 王芳, 证件号码: null, 出生日期: "19491231", 性别: 女, 电话: null, 地址: null}}
    expect: {{person_record: {{name: 王芳}}}}
"""
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉"


def number(n: int) -> str:
    first = f"330106{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}"
    return first + check_character(first)


def row(n: int, key: str, **change: str) -> str:
    person = {
        "name": SURNAMES[n % 15] + GIVEN[n % 23] + GIVEN[(n * 7) % 23],
        "id": number(n),
        "born": f"{1950 + n % 50}-{1 + n % 12:02d}-{1 + n % 28:02d}",
        "sex": "男" if n % 1000 % 2 else "女",
        "phone": f"139{n:08d}",
        "address": f"浙江省杭州市西湖区文三路{n}号",
    } | change
    return ",".join([key, *person.values()])


def write(home: Path, name: str, rows: list[str], trust: int = 50) -> None:
    (home / "sources" / f"{name}.yml").write_text(SOURCE.format(name=name, home=home, trust=trust), encoding="utf-8")
    (home / f"{name}.csv").write_text("编号,姓名,证件号码,出生日期,性别,电话,地址\n" + "".join(f"{line}\n" for line in rows), encoding="utf-8")


@pytest.fixture
def two(warehouse: str, home: Path) -> Path:
    """Two departments that know the same sixty people; in the second, person 0 has no number and moved, person 1's name is a homophone."""
    write(home, "register", [row(n, f"r{n}") for n in range(60)], trust=90)
    changed = {0: {"id": "", "phone": "", "address": "上海市黄浦区中山东路8号"}, 1: {"name": "李方芳"}}
    write(home, "pension", [row(n, f"p{n}", **changed.get(n, {})) for n in range(60)])
    load(home)
    return home


def load(home: Path) -> None:
    for name in ("register", "pension"):
        run_source(load_named(home / "sources", name))
    resolve()


def places() -> dict[str, str]:
    return {
        f"{source}/{key}": entity
        for source, key, entity in select("select source, source_key, entity_id from identity.crosswalk where entity = 'person_record'")
    }


def select(statement: str) -> list[tuple[Any, ...]]:
    with connect() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


def state() -> str:
    with connect() as connection:
        return fingerprint(connection)["all"]


def judged_stand() -> None:
    """Records judged two persons are two, records judged one are one."""
    found = places()
    assert found["register/r7"] != found["pension/p7"]
    assert found["register/r8"] == found["register/r9"]


def judge(left: str, right: str, verdict: cases.Verdict) -> int:
    """Judge two records that no case need be open on, as the console may."""
    return act_of(verdicts.decide_records(_record(left), _record(right), verdict, By("li", "papers_agree")))


def act_of(done: Decided) -> int:
    """Give the act; what waits for a second person is approved by one."""
    if done.proposal_id is not None:
        done = verdicts.approve(done.proposal_id, "he")
    assert done.act_id is not None
    return done.act_id


def _record(name: str) -> tuple[str, str]:
    source, _, key = name.partition("/")
    return source, key


def test_equal_numbers_are_one_person_under_the_id_of_the_oldest_record(two: Path) -> None:
    found = places()
    assert found["register/r5"] == found["pension/p5"] == identity.candidate_id("pension/p5")
    assert len({found[f"register/r{n}"] for n in range(60)}) == 60


def test_a_second_resolve_is_a_no_op_and_a_forced_one_changes_nothing(two: Path) -> None:
    before = state()
    assert not resolve().ran
    forced = resolve(full=True)
    assert forced.ran
    assert forced.counts["moved"] == forced.counts["golden_written"] == 0
    assert state() == before


@pytest.mark.long
def test_a_judgement_outranks_every_run_and_undone_leaves_no_trace(two: Path) -> None:
    before, apart = state(), judge("register/r7", "pension/p7", "different")
    together = judge("register/r8", "register/r9", "same")
    resolve()
    for turn in range(5):
        judged_stand()
        write(two, "pension", [row(n, f"p{n}", phone=f"138{n + turn:08d}") for n in range(60)])
        load(two)
        resolve(full=True)
    judged_stand()
    for name in ("register", "pension"):
        assert len(list(replay(load_named(two / "sources", name)))) == 6
    resolve(full=True)
    judged_stand()
    act_of(verdicts.undo(apart, By("li", "mistaken")))
    act_of(verdicts.undo(together, By("li", "mistaken")))
    with pytest.raises(ConfigError, match="taken back already"):
        verdicts.undo(apart, By("li", "mistaken"))
    write(
        two,
        "pension",
        [row(n, f"p{n}", **{0: {"id": "", "phone": "", "address": "上海市黄浦区中山东路8号"}, 1: {"name": "李方芳"}}.get(n, {})) for n in range(60)],
    )
    load(two)
    assert state() == before


def test_a_golden_value_names_the_row_it_came_from(two: Path) -> None:
    person_id = places()["register/r1"]
    with connect() as connection:
        person = persons.show(connection, person_id)
        assert persons.find(connection, number=number(1)) == [person_id]
    assert person.provenance["name"][:2] == ["register", "r1"]
    assert person.values["id_number"] == number(1)[:4] + "*" * 10 + number(1)[-4:]
    assert len(person.records) == 2


def test_any_id_a_record_ever_had_leads_to_its_person(two: Path) -> None:
    with connect() as connection:
        younger = identity.candidate_id("register/r5")
        assert persons.show(connection, younger).person_id == places()["register/r5"] != younger


def test_history_keeps_who_was_whom(two: Path) -> None:
    judge("register/r7", "pension/p7", "different")
    resolve()
    assert select("select count(*) from identity.crosswalk_history") != [(0,)]
