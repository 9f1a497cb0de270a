"""Bad input of every kind: a clear error that names the source and what to do and shows no value, and nothing is lost."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import ConfigErrors, HubError, StoppedError
from hub.pipeline import reject, run_source
from mappings.load import load_named
from tests import bad_input
from tests.bad_input import CASES, COUNT, PEOPLE, Place
from warehouse import batches, ledger, quarantine
from warehouse.db import connect
from warehouse.fingerprint import fingerprint


@pytest.fixture
def place(warehouse: str, home: Path, server_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with bad_input.services() as webs:
        made = Place(home, server_url, monkeypatch.setenv, webs)
        yield made
    bad_input.drop_tables(made)


def run(home: Path, source: str) -> dict[str, int]:
    [outcome] = run_source(load_named(home / "sources", source))
    return {state: rows for state, rows in outcome.loaded.ledger["people"].items() if rows}


def state() -> str:
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
        return fingerprint(connection)["all"]


def told(error: HubError) -> str:
    """Everything an error would show: its message and those of all it came from."""
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_told_and_nothing_is_lost(name: str, place: Place) -> None:
    case = CASES[name](place)
    assert run(place.home, case.source) == {"extracted": COUNT, "accepted": COUNT}
    before = state()
    case.break_it()
    if case.error is None:
        assert run(place.home, case.source) == case.ledger
        refused_rows(case)
    else:
        with pytest.raises(case.error) as caught:
            run(place.home, case.source)
        clear(caught.value, case)
        assert state() == before
        decide(caught.value)
    case.mend_it()
    assert run(place.home, case.source) == {"extracted": COUNT, "unchanged": COUNT}
    assert state() == before
    with connect() as connection:
        assert quarantine.open_rows(connection) == []


def clear(error: HubError, case: bad_input.Case) -> None:
    """The message says where, what and what to do, and neither it nor what it came from shows a value."""
    for words in case.says:
        assert words in str(error), str(error)
    assert not [value for person in PEOPLE for value in person.secrets if value in told(error)]
    if isinstance(error, ConfigErrors):
        assert all(re.match(rf"{case.source}\.yml:\d+: ", line) for line in error.problems), error.problems


def refused_rows(case: bad_input.Case) -> None:
    """The refused rows wait with their reasons, and whole."""
    with connect() as connection:
        rows = quarantine.open_rows(connection)
        assert [tuple(row.reasons) for row in rows] == [case.reasons] * case.ledger.get("quarantined", 0)
        for row in rows:
            raw = quarantine.raw_row(connection, row.batch_id, row.row_number)
            assert any(person.key in text for person in PEOPLE for text in raw.values() if text)
            assert sum(len(text or "") for text in raw.values()) < 1000 or case.source == "huge"
            if case.source == "huge":
                assert (raw["地址"] or "").endswith("长" * (10 << 20))


def decide(error: HubError) -> None:
    """A stopped batch waits for a person; this one says no."""
    with connect() as connection:
        waiting = batches.waiting(connection)
    assert bool(waiting) == isinstance(error, StoppedError)
    for batch in waiting:
        reject(batch.batch_id, "li", "not whole")
