"""Whatever somebody types finds the record: name, former name, pinyin, initials, both forms of a number, phone, a source's own number."""

from __future__ import annotations

import pytest

from hub.pipeline import queue, search
from hub.pipeline.find import find
from tests.hub.pipeline.lives import life, write
from tests.hub.pipeline.worlds import World, built, lives_of, world
from warehouse.db import connect

__all__ = ["built", "world"]


@pytest.fixture
def named(world: World) -> World:
    """The town with one more: 欧阳文博, formerly 欧阳小宝, whose number begins in the last century."""
    write(world.home, "pension", [*lives_of("pension"), life(777, "q777", name="欧阳文博")])
    world.load()
    with connect() as connection:
        connection.execute("update core.person_record set former_name = '欧阳小宝' where source_key = 'q777'")
        queue.fill(connection)
    return world


def found(text: str) -> dict[str, str]:
    with connect() as connection:
        return {hit.source_key: hit.by for hit in search.search(connection, text)}


def test_every_way_of_asking_finds_the_record(named: World) -> None:
    number = life(777, "q777").number
    asked = {
        "欧阳文博": "name", "欧阳小宝": "name", "欧阳文": "beginning", "ouyangwenbo": "pinyin", "Ou'yang Wen bo": "pinyin", "oywb": "initials",
        "OYWB": "initials",
        "ouyangw": "pinyin", number: "number", number[:6] + number[8:17]: "number", f" {number.lower()} ": "number", "q777": "key",
        life(777, "q777").phone: "phone",
    }  # fmt: skip
    for text, by in asked.items():
        assert found(text).get("q777") == by, (text, found(text))


@pytest.mark.parametrize("text", ["", "   ", "欧阳不在", "zzzz", "110105194912310020", "'; drop table x; --", "%", "_", "\x00"])
def test_what_nobody_has_finds_nobody(built: object, world: World, text: str) -> None:
    assert found(text.replace("\x00", "")) == {}


def test_exact_answers_come_before_beginnings_and_a_limit_holds(named: World) -> None:
    with connect() as connection:
        hits = search.search(connection, "王", limit=3)
        assert search.search(connection, "欧阳文博")[0].by == "name"
    assert [hit.by for hit in hits] == ["beginning"] * 3
    assert search.number_forms("11010519491231002X") == ["11010519491231002X", "110105491231002"]
    assert search.number_forms("110105200012310020") == ["110105200012310020"]


def test_the_records_found_lead_to_persons_and_the_cases_about_them(named: World) -> None:
    with connect() as connection:
        waiting = {case for (case,) in connection.execute("select case_id from identity.waiting where state = 'open' and entity = 'person_record'")}
        case = min(waiting)
        [(key, source)] = connection.execute("select left_key, left_source from identity.pair where case_id = %s", [case]).fetchall()
        told = find(connection, key)
        person = named.places()[source, key]
        assert dict(told.persons)[person] == "key"
        assert case in told.cases
        assert find(connection, person).persons == ((person, "id"),)
        assert find(connection, case).cases == (case,)
        assert find(connection, "欧阳文博").persons[0][1] == "name"
        assert find(connection, "nobody at all").persons == ()
        assert queue.of_records(connection, [(source, key)])
