"""Where the trial's Airflow lives: loopback, secrets for the owner only, a port of its own, and nothing of it in a repr."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from hub.airflow import environment
from hub.airflow.lineage import lineage_of
from hub.settings import REPO
from mappings.load import load_named


@pytest.fixture(autouse=True)
def _metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg://somewhere/airflow")


def test_place_is_made_once_and_for_the_owner_only() -> None:
    where = environment.place()
    assert environment.place() == where
    assert {path.name: path.stat().st_mode & 0o077 for path in where.home.iterdir()} == {"place.json": 0, "passwords.json": 0}
    assert json.loads((where.home / "passwords.json").read_text(encoding="utf-8")) == {environment.USER: where.password}
    assert not any(secret in repr(where) for secret in (where.password, where.jwt, where.fernet))


def test_everything_is_bound_to_this_machine() -> None:
    where = environment.place()
    found = environment.variables(where)
    assert found["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"http://127.0.0.1:{where.port}/execution/"
    assert found["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"


def test_a_taken_port_is_left_to_whoever_has_it() -> None:
    where = environment.place()
    assert environment.move(where) == where
    with socket.socket() as other:
        other.bind(("127.0.0.1", where.port))
        other.listen()
        moved = environment.move(where)
    assert moved.port != where.port
    assert (moved.password, environment.place()) == (where.password, moved)


def test_lineage_names_columns_and_no_value() -> None:
    found = lineage_of(load_named(REPO / "mappings" / "sources", "tax"))
    assert [(one.namespace, one.name) for one in found.inputs] == [("guiyi://source/tax", "lines")]
    assert [one.name for one in found.outputs] == ["core.employer_record", "core.person_record", "core.contribution"]
    facets: Any = found.outputs[2].facets
    [month] = facets["columnLineage"].fields["period_month"].inputFields
    assert (month.name, month.field) == ("lines", "费款所属期")
