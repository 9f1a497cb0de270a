"""A model fitted to verdicts: what the dry run tells is what happens, and the roll-back leaves what was before."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.errors import AbsentError, ConfigError, RefusedError
from hub.pipeline import modelling, verdicts
from hub.pipeline.cases import list_cases
from hub.pipeline.plans import By
from hub.pipeline.resolve import resolve
from matching import heed
from tests.hub.pipeline.worlds import World, built, world
from warehouse import models
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

__all__ = ["built", "world"]


def identity_state() -> str:
    with connect() as connection:
        found = fingerprint(connection)
    return found["crosswalk"] + found["golden"]


def links(places: dict[tuple[str, str], str]) -> set[frozenset[tuple[str, str]]]:
    by_person: dict[str, list[tuple[str, str]]] = {}
    for record, person in places.items():
        by_person.setdefault(person, []).append(record)
    return {frozenset((a, b)) for records in by_person.values() for a in records for b in records if a < b}


def bring_into_force(version: int) -> dict[str, object]:
    with connect() as connection:
        models.approve(connection, version)
    return resolve().counts


def test_a_dry_run_tells_what_happens_and_a_roll_back_undoes_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heed, "_WHOLE", 30.0)  # a handful of verdicts says what hundreds would
    with connect() as connection:
        waiting = [case for case in list_cases(connection, "possible", 100) if case.entity == "person_record"]
    assert len(waiting) >= 4
    for case in waiting[:-2]:
        verdicts.decide(case.case_id, "same", By("li", "papers_agree"))
    resolve()
    before, places = identity_state(), world.places()
    version, effect = modelling.propose("li", "what the stewards decided")
    assert (identity_state(), world.places()) == (before, places), "a dry run writes nothing"
    assert effect["verdicts_heeded"]["same"] > 0
    counts = bring_into_force(version)
    after = world.places()
    made, unmade = links(after) - links(places), links(places) - links(after)
    assert (effect["links_made"], effect["links_unmade"]) == (len(made), len(unmade))
    assert made, "verdicts on some cases say enough for others of their kind"
    assert effect["records_moved"] == counts["moved"] == sum(after[record] != person for record, person in places.items())
    persons = {person: {record for record, of in places.items() if of == person} for person in set(places.values())}
    same = {frozenset(records) for records in persons.values()} & {frozenset(r for r, of in after.items() if of == p) for p in set(after.values())}
    assert effect["persons_touched"] == len(persons) - len(same)
    assert (effect["persons_before"], effect["persons_after"]) == (len(persons), len(set(after.values())))
    assert sum(effect["cases_after"].values()) >= sum(counts["cases"].values())  # type: ignore[attr-defined]  # those decided are not asked again
    bring_into_force(1)
    assert (identity_state(), world.places()) == (before, places)


def why(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["person", "why", *arguments, "--json"])
    if done.exception is not None:
        raise done.exception
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_any_pair_and_any_record_is_explained_masked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SESSION", str(world.home / "nobody"))
    for told, verdict in ((why("register/r1", "pension/p1"), "certain"), (why("register/r1"), "certain"), (why("register/r1", "pension/p2"), "no")):
        account = told["account"]
        assert isinstance(account, dict)
        assert told["verdict"] == verdict
        assert sum(one["weight"] for one in account["sentences"]) == pytest.approx(account["weight"], abs=0.01)
        assert all(one["zh"] and one["en"] for one in account["sentences"])
        assert "****" in json.dumps(told["values"])
    for arguments, error in ((("register/r1", "register/r1"), ConfigError), (("register/none",), AbsentError), (("r1",), ConfigError)):
        with pytest.raises(error):
            why(*arguments)
    with pytest.raises(RefusedError):
        why("register/r1", "--purpose", "a complaint")
