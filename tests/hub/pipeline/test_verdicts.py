"""Acts of stewards over a real warehouse: effect at once, four eyes in code and database, split, move, pins, undo, and nothing asked twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from hub.errors import ChangedError, ConfigError, RefusedError
from hub.pipeline import cases, consequence, verdicts
from hub.pipeline.conflicts import Record
from hub.pipeline.plans import By, Decided
from hub.pipeline.resolve import resolve
from tests.hub.pipeline.lives import life, write
from tests.hub.pipeline.worlds import World, built, lives_of, world
from warehouse import acts
from warehouse.db import connect
from warehouse.fingerprint import fingerprint
from warehouse.server import database_url

__all__ = ["built", "world"]
LI = By("li", "papers_agree")


def state() -> str:
    with connect() as connection:
        return fingerprint(connection)["all"]


def r(n: int) -> Record:
    return ("register", f"r{n}")


def p(n: int) -> Record:
    return ("pension", f"p{n}")


def waiting() -> dict[str, cases.Case]:
    with connect() as connection:
        return {one.case_id: one for one in cases.list_cases(connection, limit=1000)}


def a_case() -> cases.Case:
    """A doubtful pair nothing stands against."""
    with connect() as connection:
        for one in cases.list_cases(connection, limit=100):
            if not consequence.preview(connection, one.case_id).blocking:
                return one
        raise AssertionError(f"{len(cases.list_cases(connection))} cases, none without a conflict")


def settled(world: World) -> dict[Record, str]:
    """Placements now, which a full run finds too."""
    now = world.places()
    run = resolve(full=True)
    assert run.counts["moved"] == 0
    assert run.counts["golden_written"] == 0
    return now


def done(found: Decided, second: str = "he") -> int:
    if found.proposal_id is not None:
        found = verdicts.approve(found.proposal_id, second)
    assert found.act_id is not None
    return found.act_id


def test_same_takes_effect_at_once_and_undone_leaves_no_trace(world: World) -> None:
    before, case = state(), a_case()
    left, right = (case.left_source, case.left_key), (case.right_source, case.right_key)
    act = done(verdicts.decide(case.case_id, "same", LI))
    assert world.places()[left] == world.places()[right]
    assert case.case_id not in waiting()
    settled(world)
    done(verdicts.undo(act, By("li", "mistaken")), "zhao")
    assert case.case_id in waiting()
    assert world.places()[left] != world.places()[right]
    settled(world)
    assert state() == before
    with pytest.raises(ConfigError, match="taken back already"):
        done(verdicts.undo(act, By("li", "mistaken")), "zhao")


def test_every_verdict_has_its_reasons(world: World) -> None:
    case = a_case()
    for verdict, code in (("same", "twins"), ("different", "lunar_birthday"), ("unsure", "papers_agree"), ("same", "nothing")):
        with pytest.raises(ConfigError, match="expected one of"):
            verdicts.decide(case.case_id, verdict, By("li", code))  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="comment is needed"):
        verdicts.decide(case.case_id, "same", By("li", "other"))
    for verdict in ("unsure", "documents"):
        verdicts.decide(case.case_id, verdict, By("li", "waiting_for_answer"))  # type: ignore[arg-type]
        assert waiting()[case.case_id].verdict == verdict
    resolve()
    assert waiting()[case.case_id].verdict == "documents"


def test_what_blocks_waits_for_a_second_person_who_is_not_the_first(world: World) -> None:
    before = world.places()
    found = verdicts.decide_records(r(8), r(9), "same", LI)
    assert found.act_id is None
    assert "two_valid_numbers" in found.blocking
    assert world.places() == before
    with pytest.raises(RefusedError, match="not who proposed it"):
        verdicts.approve(found.proposal_id or 0, "li")
    act = done(found)
    assert world.places()[r(8)] == world.places()[r(9)] == world.places()[p(9)]
    settled(world)
    with connect() as connection:
        one = acts.get(connection, act)
    assert (one.author, one.second) == ("li", "he")
    with pytest.raises(ConfigError, match="decided already"):
        verdicts.approve(found.proposal_id or 0, "he")
    other = verdicts.decide_records(r(10), r(11), "same", LI)
    verdicts.refuse(other.proposal_id or 0, "he", "号码不同")
    own = verdicts.decide_records(r(10), r(11), "same", LI)
    verdicts.refuse(own.proposal_id or 0, "li", "看错了")
    assert world.places()[r(10)] != world.places()[r(11)]


@pytest.mark.parametrize(
    "values",
    [
        {"blocking": ["double_pension"]},
        {"blocking": ["double_pension"], "second": "li", "proposal_id": 1},
        {"blocking": ["double_pension"], "second": "he"},
        {"blocking": ["double_pension"], "second": "zhao", "proposal_id": 1},
        {"blocking": ["two_deaths"], "second": "he", "proposal_id": 1},
        {"kind": "bulk"},
    ],
)
def test_the_database_itself_refuses_one_person_alone(world: World, values: dict[str, Any]) -> None:
    with psycopg.connect(database_url(), autocommit=True) as connection:
        propose = "insert into identity.proposal (kind, plan, blocking, state_token, author, reason_code, comment) "
        connection.execute(propose + "values ('verdict', '{}', '{double_pension}', '', 'li', 'other', '')")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("update identity.proposal set decision = 'approve', decided_by = 'li', decided_at = now()")
        connection.execute("update identity.proposal set decision = 'approve', decided_by = 'he', decided_at = now()")
        with pytest.raises(psycopg.errors.RaiseException):
            connection.execute("update identity.proposal set decided_by = 'zhao'")
    with pytest.raises(psycopg.Error) as refused, psycopg.connect(database_url()) as connection:
        acts.add(connection, str(values.pop("kind", "verdict")), "li", "other", "", {}, **values)
    assert refused.value.sqlstate in ("23514", "P0001")


def test_a_verdict_on_what_has_changed_is_refused_and_says_what(world: World) -> None:
    case = a_case()
    with connect() as connection:
        shown = consequence.preview(connection, case.case_id).token
    other = next(one for one in waiting().values() if one.case_id != case.case_id)
    done(verdicts.decide_records((case.left_source, case.left_key), (other.left_source, other.left_key), "same", LI))
    with pytest.raises(ChangedError, match="persons") as told:
        verdicts.decide(case.case_id, "same", By("li", "papers_agree", token=shown))
    assert "persons" in told.value.changed
    blocked = verdicts.decide_records(r(8), r(9), "same", LI)
    done(verdicts.decide_records(r(8), r(12), "same", LI))
    with pytest.raises(ChangedError):
        verdicts.approve(blocked.proposal_id or 0, "he")


def test_people_judged_apart_are_joined_by_two_only(world: World) -> None:
    verdicts.decide_records(p(40), r(1), "different", LI)
    assert "judged_different" in verdicts.decide_records(p(40), r(1), "same", LI).blocking
    done(verdicts.decide_records(p(40), r(2), "same", LI))
    found = verdicts.decide_records(r(2), p(1), "same", LI)
    assert "joins_judged_apart" in found.blocking
    act = done(found)
    assert world.places()[p(40)] == world.places()[r(1)]
    assert settled(world)[p(40)] == settled(world)[r(1)]
    done(verdicts.undo(act, By("li", "mistaken")), "zhao")
    assert settled(world)[p(40)] != settled(world)[r(1)]
    with connect() as connection:
        assert "judged_different" in consequence.preview_pair(connection, p(40), r(1)).blocking, "what the act had taken back stands again"


def test_split_and_move_hold_and_can_be_taken_back_after_more_merges(world: World) -> None:
    before, places = state(), world.places()
    first = done(verdicts.merge([places[r(20)], places[r(21)]], By("li", "papers_agree")))
    second = done(verdicts.merge([world.places()[r(20)], places[r(22)]], By("li", "papers_agree")))
    assert len({world.places()[one] for one in (r(20), r(21), r(22), p(20), p(21), p(22))}) == 1
    settled(world)
    done(verdicts.undo(first, By("li", "mistaken")), "zhao")
    now = settled(world)
    assert now[r(20)] == now[r(22)] == now[p(22)]
    assert now[r(21)] == now[p(21)] != now[r(20)]
    out = done(verdicts.split(now[r(5)], [p(5)], By("li", "wrongly_joined")))
    assert settled(world)[p(5)] != settled(world)[r(5)]
    moved = done(verdicts.move(world.places()[r(6)], [p(6)], world.places()[r(7)], By("li", "wrongly_joined")))
    now = settled(world)
    assert now[p(6)] == now[r(7)] == now[p(7)] != now[r(6)]
    for act in (out, moved, second):
        done(verdicts.undo(act, By("li", "mistaken")), "zhao")
    settled(world)
    assert state() == before
    with pytest.raises(ConfigError, match="some, not all"):
        verdicts.split(places[r(5)], [r(5), p(5)], By("li", "wrongly_joined"))


def test_a_pin_outlives_loads_and_proposes_to_end_when_the_sources_agree(world: World) -> None:
    person = world.places()[r(3)]

    def address() -> list[Any]:
        with connect() as connection:
            return connection.execute("select provenance -> 'address' -> 0 from identity.golden where person_id = %s", [person]).fetchall()

    def pinned() -> list[Any]:
        with connect() as connection:
            return connection.execute("select pin_id, agreed_at is not null, ended_at is not null from identity.pin order by 1").fetchall()

    def foreseen(record: Any, field: str | None, ended: int | None = None) -> tuple[str, tuple[str, ...]]:
        with connect() as connection:
            told = consequence.preview_pin(connection, record, field, ended)
        return next(value.source for value in told.people[0].golden if value.field == "address"), told.blocking

    assert address() == [("register",)]
    assert foreseen(p(3), "address") == ("pension", ())
    assert foreseen(p(3), "name")[1] == ("key_field",)
    act = done(verdicts.pin(p(3), "address", By("li", "visited")))
    assert address() == [("pension",)]
    assert foreseen(p(3), None, pinned()[0][0]) == ("register", ())
    for n in range(2):
        write(world.home, "pension", [life(70 + n, f"x{n}"), *lives_of("pension")])
        world.load()
        assert address() == [("pension",)]
    [(pin_id, agreed, _)] = pinned()
    assert agreed, "both sources hold the same address"
    verdicts.unpin(pin_id, By("li", "visited"))
    assert address() == [("register",)]
    with pytest.raises(ConfigError, match="ended already"):
        verdicts.unpin(pin_id, By("li", "visited"))
    found = verdicts.pin(p(3), "name", By("li", "papers_agree"))
    assert found.blocking == ("key_field",)
    other = done(found)
    done(verdicts.undo(other, By("he", "mistaken")), "zhao")
    assert all(ended for _, _, ended in pinned())
    with connect() as connection:
        assert acts.get(connection, act).undone_by is None
    done(verdicts.pin(r(3), "phone", By("li", "visited")))
    done(verdicts.pin(r(13), "phone", By("li", "visited")))
    with connect() as connection:
        assert "two_pins" in {one.code for one in consequence.preview_pair(connection, r(3), r(13)).conflicts}


@pytest.mark.long
def test_decided_is_not_asked_again_until_a_key_value_changes(world: World) -> None:
    case = a_case()
    n = int((case.left_key if case.left_source == "pension" else case.right_key)[1:])
    done(verdicts.decide(case.case_id, "different", By("li", "only_alike")))
    assert case.case_id not in waiting()
    people = lives_of("pension")
    for extra in range(3):
        write(world.home, "pension", [*people, life(80 + extra, f"y{extra}")])
        world.load()
        resolve(full=True)
        assert case.case_id not in waiting()
    changed = [one if one.key != f"p{n}" else replace(one, name=one.name + "兰") for one in people]
    write(world.home, "pension", changed)
    world.load()
    back = waiting()[case.case_id]
    assert back.changed == ("name",)
    assert back.reopened_act is not None
    assert world.places()[r(n)] != world.places()[p(n)], "the verdict stands while it waits"
    done(verdicts.decide(case.case_id, "different", By("li", "only_alike")))
    resolve(full=True)
    assert case.case_id not in waiting()
