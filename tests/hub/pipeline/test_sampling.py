"""Bounds as the books give them; a bulk verdict only where a sample supports it and nothing stands against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.errors import ConfigError, RefusedError
from hub.pipeline import bulk, consequence, sampling, verdicts
from hub.pipeline.plans import By
from hub.pipeline.resolve import resolve
from tests.hub.pipeline.lives import life, write
from tests.hub.pipeline.test_verdicts import done, r, waiting
from tests.hub.pipeline.worlds import World, built, lives_of, world
from warehouse import acts
from warehouse.db import Connection, connect

__all__ = ["built", "world"]


def test_the_upper_bound_is_exact() -> None:
    assert (sampling.reviews_needed(0), sampling.reviews_needed(1)) == (149, 236)
    for reviewed in (1, 30, 149):
        assert sampling.upper_bound(reviewed, 0) == pytest.approx(1 - 0.05 ** (1 / reviewed))
    assert sampling.upper_bound(148, 0) > 0.02 >= sampling.upper_bound(149, 0)
    assert sampling.upper_bound(235, 1) > 0.02 >= sampling.upper_bound(236, 1)
    assert sampling.upper_bound(3, 3) == 1.0
    with pytest.raises(ValueError, match="errors"):
        sampling.upper_bound(3, 4)


@pytest.fixture
def owner(world: World) -> Iterator[Connection]:
    """What the command line sees with: every area."""
    with connect() as connection:
        connection.autocommit = True
        yield connection


def patterned(world: World, count: int) -> list[str]:
    """Make cases of one pattern: persons 0 … with newcomers of whom little is known."""
    newcomers = [life(300 + n, f"q{n}", number="", born="", phone="", address="") for n in range(count)]
    write(world.home, "pension", [*lives_of("pension"), *newcomers])
    world.load()
    made = []
    with connect() as connection:
        for n in range(count):
            case = "c" + "".join("abcdefghijklmnopqrstuvwxyz234567"[(n >> shift) & 31] for shift in range(75, -1, -5))
            row = [case, "person_record", "register", f"r{n}", "pension", f"q{n}", "possible", 1.0, 0.6, '{"name": 3}', 1]
            connection.execute("insert into identity.pair values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
            made.append(case)
    return made


def judge_all(cases: list[str], verdict: str) -> None:
    for case in cases:
        done(verdicts.decide(case, verdict, By("li", "only_alike")))  # type: ignore[arg-type]


def test_a_bulk_verdict_needs_its_sample_and_a_second_person(world: World, owner: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "reviews_needed", lambda errors=0: (6, 9, 12, 99)[min(errors, 3)])
    monkeypatch.setattr(sampling, "upper_bound", lambda reviewed, errors: 0.01 if reviewed >= (6, 9, 12, 99)[min(errors, 3)] else 0.5)
    cases = patterned(world, 20)
    with pytest.raises(ConfigError, match="0 of 0 drawn"):
        bulk.propose(cases[0], "different", By("li", "sample_reviewed"), owner)
    drawn = sampling.draw(cases[0], "li", owner)
    assert len(drawn) == 6
    judge_all(drawn[:5], "different")
    rest = [case for case in cases if case not in drawn]
    with pytest.raises(ConfigError, match="5 of 6 drawn"):
        bulk.propose(rest[0], "different", By("li", "sample_reviewed"), owner)
    judge_all(drawn[5:], "different")
    with connect() as connection:
        reach = bulk.reach(connection, rest[0], "different")
        assert set(reach.cases) | set(reach.left_out) == set(rest)
        assert reach.review.enough
        assert not bulk.reach(connection, rest[0], "same").review.enough, "reviewed the other way, every one is an error"
    found = bulk.propose(rest[0], "different", By("li", "sample_reviewed"), owner)
    assert found.blocking == ("bulk",)
    act = verdicts.approve(found.proposal_id or 0, "he").act_id
    assert act is not None
    assert not set(reach.cases) & waiting().keys()
    assert set(reach.left_out) <= waiting().keys(), "what conflicts or is in payment is decided one by one"
    resolve()
    back = verdicts.undo(act, By("li", "mistaken"))
    assert (back.act_id, back.blocking) == (None, ("approved",)), "two people made it, two take it back"
    assert not set(reach.cases) & waiting().keys()
    with pytest.raises(ConfigError, match="waits for a second person already"):
        verdicts.undo(act, By("he", "mistaken"))
    with pytest.raises(RefusedError, match="second person"):
        verdicts.approve(back.proposal_id or 0, "li")
    with pytest.raises(Exception, match="P0001"), connect() as connection:
        acts.add(connection, "undo", "li", "mistaken", "", {}, undoes=act)
    verdicts.approve(back.proposal_id or 0, "zhao")
    assert set(reach.cases) <= waiting().keys()


def test_no_case_of_a_bulk_verdict_has_a_conflict_or_a_benefit_in_payment(world: World) -> None:
    cases = patterned(world, 20)
    with connect() as connection:
        reach = bulk.reach(connection, cases[0], "same")
        paid = {
            row[0] for row in connection.execute("select person_key from core.benefit where period_month >= date '2022-01-01' and benefit_code <> 'medical'")
        }
    assert reach.left_out
    for n, case in enumerate(cases):
        if {f"r{n}", f"p{n}"} & paid:
            assert case in reach.left_out
    assert reach.cases


def test_the_audit_sample_enters_the_queue_unmarked_and_bounds_the_errors(world: World) -> None:
    before = set(waiting())
    assert sampling.draw_links("hub", 8) == 8
    resolve()
    drawn = [case for name, case in waiting().items() if name not in before]
    assert len(drawn) == 8
    assert {case.kind for case in drawn} == {"possible"}
    with connect() as connection:
        told = {case.case_id: consequence.preview(connection, case.case_id) for case in drawn}
        [(least,)] = connection.execute("select min(value) from identity.waiting where case_id = any(%s)", [list(told)]).fetchall()
    assert least >= 12, "they come up among the others, not after the last"
    assert {len(one.people[0].sides) for one in told.values()} == {2}, "shown as two persons, like any other case"
    assert {one.blocking for one in told.values()} == {()}
    for case in drawn[:7]:
        assert done(verdicts.decide(case.case_id, "same", By("li", "papers_agree", token=told[case.case_id].token)))
    done(verdicts.decide(drawn[7].case_id, "different", By("li", "papers_agree")))
    with connect() as connection:
        told = sampling.audited(connection)
    assert (told.drawn, told.reviewed, told.errors) == (8, 8, 1)
    assert 0.4 < told.bound < 0.5
    assert sampling.draw_links("hub") == 20, "a draw fills up what waits, as many as the rules ask for at least"
    assert sampling.draw_links("hub") == 0
    now = world.places()
    assert now[drawn[7].left_source, drawn[7].left_key] != now[drawn[7].right_source, drawn[7].right_key]
    resolve()
    assert not {case.case_id for case in drawn} & waiting().keys()
    assert resolve(full=True).counts["moved"] == 0
    assert now[r(1)]
