"""Accounts at the terminal: from the first run to a record opened for a purpose, an export of keys, a whole trail."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app
from hub.errors import RefusedError
from tests.warehouse.people import PASSWORD, account, code, secret_of
from tests.warehouse.town import fill
from warehouse import accounts_factor
from warehouse.db import connect

hub = CliRunner()


@pytest.fixture(autouse=True)
def _own_terminal(warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SESSION", str(tmp_path / "terminal" / "session"))


def run(*arguments: str, given: str = "") -> Result:
    return hub.invoke(app, list(arguments), input=given)


def test_the_first_administrator_signs_in_and_makes_others() -> None:
    assert isinstance(run("user", "add", "li").exception, RefusedError)
    [password] = re.findall(r"once: (\S+)", run("user", "first").output)
    assert isinstance(run("user", "first").exception, RefusedError)
    first = run("sign-in", "admin", given=f"{password}\nadmin-admin-1\nadmin-admin-1\n{PASSWORD}\n{PASSWORD}\n000000\n")
    assert isinstance(first.exception, RefusedError), "the code was wrong"
    with connect() as connection:
        connection.execute("delete from access.backoff")
        connection.execute("update access.account set totp = null")
    with connect() as connection:
        secret = secret_of(accounts_factor.begin(connection, "admin"))
        assert accounts_factor.confirm(connection, "admin", code(secret))
    assert "signed in as admin (security)" in run("sign-in", "admin", given=f"{PASSWORD}\n{code(secret)}\n").output
    assert "shown once" in run("user", "add", "li").output
    assert "li: is steward" in run("user", "grant", "li", "steward", "--reason", "county desk", "--area", "3301").output
    assert "waits" not in run("user", "grant", "li", "engineer", "--reason", "x").output
    assert "is security" in run("user", "grant", "li", "security", "--reason", "the second").output
    listed = json.loads(run("user", "list", "--json").output)
    assert [one["roles"] for one in listed["accounts"] if one["name"] == "li"] == [["engineer", "security", "steward"]]
    assert run("user", "revoke", "li", "security").exit_code == 0
    assert run("user", "reset-mfa", "li").exit_code == 0
    assert run("user", "disable", "li").exit_code == 0
    assert run("sign-out").exit_code == 0
    assert isinstance(run("user", "enable", "li").exception, RefusedError)


def test_a_record_is_opened_by_a_signed_in_steward_with_a_purpose_only(home: Path) -> None:
    people = fill(home)
    other, own = people[0], people[1]
    found = json.loads(run("person", "find", "--number", own.number, "--json").output)
    assert own.number not in str(found)
    person = found[0]["person_id"]
    assert isinstance(run("person", "show", person, "--purpose", "退休核对").exception, RefusedError)
    secret = account("li", "steward", areas=["330201"])
    assert run("sign-in", "li", given=f"{PASSWORD}\n{code(secret)}\n").exit_code == 0
    opened = json.loads(run("person", "show", person, "--purpose", "退休核对", "--json").output)
    assert (opened["values"]["id_number"], opened["values"]["phone"]) == (own.number, own.phone)
    [elsewhere] = json.loads(run("person", "find", "--number", other.number, "--json").output)
    refused = run("person", "show", elsewhere["person_id"], "--purpose", "x")
    assert "not known" in str(refused.exception)
    trail = json.loads(run("audit", "list", "--actor", "li", "--json").output)
    assert {"record.open", "sign_in", "person.search"} <= {entry["action"] for entry in trail}
    assert own.number not in json.dumps(trail)


def test_keys_and_trail_at_the_terminal(home: Path) -> None:
    fill(home)
    assert "written anew" in run("keys", "rotate").output
    assert "older" in run("keys", "list").output
    assert "retired" in run("keys", "retire").output
    assert "there is no older key" in run("keys", "retire").output
    assert run("keys", "wrap").exit_code == 0
    assert "seal 1" in run("audit", "seal").output
    verdict = json.loads(run("audit", "verify", "--json").output)
    assert (verdict["problems"], verdict["seals"], verdict["unsealed"]) == ([], 1, 0)
    assert verdict["entries"] > 4
    assert isinstance(run("audit", "list", "--since", "yesterday").exception, Exception)
