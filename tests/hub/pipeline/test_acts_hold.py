"""What stewards do, in any order and any number: facts stay as they are, undone nothing remains, nothing decided comes back, previews say what happens."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, RefusedError
from hub.pipeline import consequence, verdicts
from hub.pipeline.persons import OPEN
from hub.pipeline.placing import members
from hub.pipeline.plans import By, Decided
from hub.pipeline.preview import Preview
from hub.pipeline.resolve import resolve
from tests.hub.pipeline.lives import life, load, write
from tests.hub.pipeline.test_consequence import KINDS, people
from tests.hub.pipeline.test_verdicts import done, state, waiting
from tests.hub.pipeline.worlds import World, built, lives_of, put, world
from warehouse import acts
from warehouse.db import connect

__all__ = ["built", "world"]
TOGETHER = "coalesce(person_amount, 0) + coalesce(employer_amount, 0)"
FACTS = ("person_record", "enrolment", "contribution", "benefit", "death", "archive_item")
STEPS = st.lists(
    st.tuples(st.sampled_from(("same", "different", "split", "move", "pin", "undo", "load", "resolve")), st.integers(0, 2**31)), min_size=3, max_size=9
)


def facts(only: str = "true") -> list[Any]:
    """Every fact of every source record as it stands: hash, state, batch."""
    with connect() as connection:
        return [
            connection.execute(
                f"select md5(string_agg(t::text, '|' order by source, source_key)) from core.{entity} t where {only} and source_key !~ '^z'"
            ).fetchone()
            for entity in FACTS
        ]


def step(world: World, kind: str, seed: int, made: list[int], loads: list[int]) -> None:
    """Do one thing a steward or a source may do; what cannot be done now is not done."""
    draw, places = random.Random(seed), world.places()
    by = By("li", "papers_agree")
    if kind == "load":
        loads.append(len(loads))
        write(world.home, "pension", [*lives_of("pension"), *(life(100 + n, f"z{n}") for n in loads)])
        world.load()
    elif kind == "resolve":
        resolve(full=True)
    elif kind == "undo":
        if made:
            done(verdicts.undo(made.pop(draw.randrange(len(made))), By("li", "mistaken")))
    else:
        records = sorted(places)
        left, right = draw.sample(records, 2)
        crowded = [one for one in records if sum(places[one] == places[other] for other in records) > 1]
        try:
            if kind == "pin":
                found: Decided = verdicts.pin(left, draw.choice(("address", "name", "phone")), by)
            elif kind == "split" and crowded:
                one = draw.choice(crowded)
                found = verdicts.split(places[one], [one], By("li", "wrongly_joined"))
            elif kind == "move" and crowded:
                one = draw.choice(crowded)
                found = verdicts.move(places[one], [one], places[right], By("li", "wrongly_joined"))
            else:
                found = verdicts.decide_records(left, right, "same" if kind == "same" else "different", by)
        except ConfigError:  # a move to where the record is already
            return
        made.append(done(found))


@pytest.mark.long
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=STEPS)
def test_any_sequence_leaves_the_facts_and_undone_leaves_nothing(world: World, steps: list[tuple[str, int]]) -> None:
    before = facts()
    made: list[int] = []
    loads: list[int] = []
    for kind, seed in steps:
        step(world, kind, seed, made, loads)
        assert facts() == before
    while made:
        done(verdicts.undo(made.pop(random.Random(len(made)).randrange(len(made))), By("li", "mistaken")))
    resolve(full=True)
    assert facts() == before
    now = state()
    with connect() as connection, connection.transaction():
        assert connection.execute("select count(*) from identity.pin where ended_at is null").fetchone() == (0,)
        connection.execute("set local session_replication_role = replica")
        connection.execute("truncate identity.judgement, identity.act, identity.judged_record, identity.pin, identity.proposal, identity.pair cascade")
    resolve(full=True)
    assert state() == now, "as if no verdict had ever been given"
    put(world.home)


@pytest.mark.long
def test_after_many_verdicts_and_loads_none_is_overturned_and_none_asked_again(world: World, pytestconfig: pytest.Config) -> None:
    wanted, loads = pytestconfig.getoption("--verdicts"), 5 if pytestconfig.getoption("--verdicts") > 60 else 2
    draw = random.Random(11)
    said: dict[frozenset[tuple[str, str]], str] = {}
    cases = list(waiting().values())
    for case in cases[: wanted // 2]:
        pair = (case.left_source, case.left_key), (case.right_source, case.right_key)
        if case.case_id in waiting():
            verdict = draw.choice(("same", "different"))
            done(verdicts.decide(case.case_id, verdict, By("li", "papers_agree")))  # type: ignore[arg-type]
            said[frozenset(pair)] = verdict
    while len(said) < wanted:
        places = world.places()
        left, right = draw.sample(sorted(places), 2)
        verdict = draw.choice(("same", "different", "different"))
        with connect() as connection:
            told = consequence.preview_pair(connection, left, right)
        if frozenset((left, right)) in said or {"judged_different", "joins_judged_apart"} & set(told.blocking) or len(told.people[0].records) > 8:
            continue  # a verdict that takes earlier ones back would be right to overturn them
        if verdict == "different" and places[left] == places[right]:
            continue
        done(verdicts.decide_records(left, right, verdict, By("li", "papers_agree")))  # type: ignore[arg-type]
        said[frozenset((left, right))] = verdict
    for n in range(loads):
        moved = [replace(one, address=f"文三路{100 + n}号") if at % 7 == n else one for at, one in enumerate(lives_of("pension"))]
        write(world.home, "pension", [*moved, *(life(200 + 9 * n + m, f"z{n}-{m}") for m in range(9))])
        world.load()
    resolve(full=True)
    places = world.places()
    for pair, verdict in said.items():
        left, right = tuple(pair)
        assert (places[left] == places[right]) == (verdict == "same"), (left, right, verdict)
    shown = {frozenset(((one.left_source, one.left_key), (one.right_source, one.right_key))) for one in waiting().values()}
    assert not shown & said.keys()
    apart = {frozenset((places[left], places[right])) for left, right in map(tuple, said)}
    assert not {frozenset(places[one] for one in pair) for pair in shown} & {one for one in apart if len(one) == 2}


def predicted(told: Preview) -> dict[str, Any]:
    """What a preview says of each person: records, golden values, lines per entity and code with their sums."""
    return {
        person.person_id: (
            sorted(person.records),
            {value.field: (value.value, value.source, value.source_key) for value in person.golden},
            {(fact.entity, fact.code): (fact.count, fact.amount) for fact in person.facts if fact.entity != "death"},
        )
        for person in told.people
    }


def found(person_ids: list[str]) -> dict[str, Any]:
    """The same read from the warehouse by other statements: crosswalk, golden record, facts by person."""
    with connect() as connection:
        told = {}
        for person in person_ids:
            row = connection.execute(f"select {', '.join(OPEN)}, provenance from identity.golden where person_id = %s", [person]).fetchone()
            assert row is not None
            golden = {field: tuple(origin[:2]) for field, origin in row[-1].items()}
            values = dict(zip(OPEN, row[:-1], strict=True))
            lines: dict[tuple[str, str], tuple[int, Any]] = {}
            for entity, code, amount in (
                ("enrolment", "insurance_code", "null::numeric"), ("contribution", "insurance_code", TOGETHER),
                ("benefit", "benefit_code", "amount"), ("archive_item", "class_code", "null::numeric"),
            ):  # fmt: skip
                for name, count, total in connection.execute(
                    f"select f.{code}, count(*), sum({amount}) from core.{entity} f join identity.crosswalk c on c.entity = 'person_record'"
                    " and c.source = f.source and c.source_key = f.person_key where c.entity_id = %s and f.ended_sequence is null group by 1",
                    [person],
                ):
                    lines[entity, name] = (count, total)
            told[person] = (sorted(members(connection, [person])), golden, lines, values)
        return told


@pytest.mark.long
def test_a_preview_says_what_then_changes(world: World, pytestconfig: pytest.Config) -> None:
    draw, kinds, may = random.Random(5), Counter[str](), set[Any]()
    for n in range(pytestconfig.getoption("--merges")):
        places = world.places()
        left, right = draw.sample(sorted(places), 2)
        if places[left] == places[right] or list(places.values()).count(places[left]) > 6:
            continue
        with connect() as connection:
            told = consequence.preview_pair(connection, left, right, form=lambda _, value, area: value)
        decided = verdicts.decide_records(left, right, "same", By("li", "papers_agree"))
        assert (decided.proposal_id is not None) == bool(told.blocking)
        if decided.proposal_id is not None:
            assert world.places() == places, "nothing changes before the second person"
            with pytest.raises(RefusedError):
                verdicts.approve(decided.proposal_id, "li")
        act = done(decided)
        kinds.update(told.blocking or ("none",))
        expected, real = predicted(told), found([person.person_id for person in told.people])
        for person, (records, golden, lines) in expected.items():
            assert real[person][0] == records
            assert real[person][1] == {field: (source, key) for field, (_, source, key) in golden.items()}
            assert real[person][2] == lines
            assert real[person][3] == {field: golden[field][0] if field in golden else None for field in OPEN}
        after = world.places()
        may |= set(told.follow)
        assert {record for record in places if places[record] != after[record]} == {
            record for person in told.people for record in person.records if places[record] != person.person_id
        }
        if n % 5 == 0:
            resolve(full=True)
            later = world.places()
            assert all(later[record] == person.person_id for person in told.people for record in person.records), "the whole match keeps it"
            assert {record for record in later if later[record] != after[record]} <= may, (
                "who else moves was in a case with these persons: the preview named them"
            )
            may.clear()
        if draw.random() < 0.5:
            done(verdicts.undo(act, By("li", "mistaken")))
            may |= {record for person in told.people for record in person.records}
    assert kinds


def test_each_kind_that_blocks_waits_for_a_second_person(warehouse: str, home: Any) -> None:
    write(home, "office", [one for at, code in enumerate(KINDS) for one in people(code, at)])
    load(home, "office")
    for code in KINDS:
        decided = verdicts.decide_records(("office", f"{code}-l"), ("office", f"{code}-r"), "same", By("li", "papers_agree"))
        if code in decided.blocking:
            assert decided.act_id is None
            with pytest.raises(RefusedError, match="second person"):
                verdicts.approve(decided.proposal_id or 0, "li")
            second = verdicts.approve(decided.proposal_id or 0, "he")
            with connect() as connection:
                assert code in acts.get(connection, second.act_id or 0).blocking
        else:
            assert decided.proposal_id is None, code
