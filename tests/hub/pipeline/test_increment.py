"""Any sequence of loads, corrections, deletions, facts, verdicts and pins: an incremental resolve leaves the state that matching everything leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, HubError
from hub.pipeline import increment, verdicts
from hub.pipeline.plans import By
from hub.pipeline.resolve import resolve
from tests.conftest import VARIABLES
from tests.hub.pipeline.lives import Life, died, enrolled, life, load, write
from tests.hub.pipeline.worlds import PEOPLE, World, built, copied, lives_of
from warehouse.db import connect
from warehouse.fingerprint import fingerprint

__all__ = ["built"]
BY = By("li", "other", "as the test says")
SOURCES = ("register", "pension")

person = st.integers(0, PEOPLE - 1)
source = st.sampled_from(SOURCES)
correction = st.sampled_from(("name", "number", "phone", "address", "born", "sex"))
step = st.one_of(
    st.tuples(st.just("correct"), source, person, person, correction),
    st.tuples(st.just("drop"), source, person),
    st.tuples(st.just("add"), source, st.integers(PEOPLE, PEOPLE + 9)),
    st.tuples(st.just("die"), source, person),
    st.tuples(st.just("work"), source, person),
    st.tuples(st.just("judge"), st.sampled_from(("same", "different")), source, person, source, person),
    st.tuples(st.just("undo"), st.integers(0, 9)),
    st.tuples(st.just("pin"), source, person),
)


@contextmanager
def a_world(built: tuple[str, Path], server_url: str) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_HOME", folder)
        patch.setenv("HUB_SOURCES", f"{folder}/sources")
        (Path(folder) / "sources").mkdir()
        patch.setattr(increment, "_LARGE", 0)  # a small town: no batch is so large that everything is matched
        with copied(built, server_url, Path(folder), patch) as world:
            yield world


def act(town: dict[str, dict[int, Life]], done: list[int], what: tuple[Any, ...]) -> str | None:
    """Do a step; gives the source to load, None where a person acted."""
    kind, *rest = what
    if kind == "judge":
        verdict, one, left, other, right = rest
        try:
            decided = verdicts.decide_records((one, f"{one[0]}{left}"), (other, f"{other[0]}{right}"), verdict, BY)
        except ConfigError:
            return None  # the same record twice
        except HubError:
            return None  # a record that is not there
        if decided.act_id is not None:
            done.append(decided.act_id)
        return None
    if kind == "undo":
        if done:
            verdicts.undo(done.pop(rest[0] % len(done)), BY)
        return None
    if kind == "pin":
        decided = verdicts.pin((rest[0], f"{rest[0][0]}{rest[1]}"), "phone", BY)
        done.append(decided.act_id or 0)
        return None
    name, number = rest[0], rest[1]
    known = town[name].get(number) or life(number, f"{name[0]}{number}")
    if kind == "correct":
        known = replace(known, **{rest[3]: getattr(life(rest[2], "x"), rest[3])})
    elif kind == "die":
        known = replace(known, facts=(*known.facts, died("2020-05-05")))
    elif kind == "work":
        known = replace(known, facts=(*known.facts, {**enrolled("110", "2019-01-01"), "单位": "E1"}))
    town[name] = {key: one for key, one in town[name].items() if key != number} | ({} if kind == "drop" else {number: known})
    return name


def state() -> tuple[dict[str, str], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Everything a run decides: fingerprint, cases, pins that are no longer needed."""
    with connect() as connection:
        pairs = connection.execute(
            "select case_id, kind, left_source, left_key, right_key, weight, levels::text, reopened_act, changed from identity.pair order by 1"
        )
        agreed = connection.execute("select pin_id from identity.pin where agreed_at is not null and ended_at is null order by 1")
        return fingerprint(connection), pairs.fetchall(), agreed.fetchall()


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(step, min_size=2, max_size=6), min_size=1, max_size=2))
def test_incremental_is_full(built: tuple[str, Path], server_url: str, days: list[list[tuple[Any, ...]]]) -> None:
    with a_world(built, server_url) as world:
        town = {name: dict(enumerate(lives_of(name))) for name in SOURCES}
        done: list[int] = []
        for day in days:
            names = {name for name in (act(town, done, what) for what in day) if name}
            for name in sorted(names):
                write(world.home, name, list(town[name].values()), trust=90 if name == "register" else 50)
            load(world.home, *sorted(names))
        before = state()
        with connect() as connection:
            runs = connection.execute("select (counts ->> 'matched')::int, (counts ->> 'records')::int from identity.run order by run_id").fetchall()
        assert all(matched < records for matched, records in runs[1:]), "a day is matched by what it touches"
        counts = resolve(full=True).counts
        assert state() == before
        assert counts["moved"] == counts["golden_written"] == 0
