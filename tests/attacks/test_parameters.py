"""Every parameter of every route against the lists: refused with 4xx, nothing changed, one entry in the trail, nothing echoed."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from console.access import WHO
from console.app import create_app
from tests.attacks.corpora import ALL
from tests.console.browser import ORIGIN, Browser
from tests.warehouse.people import PASSWORD, account, signed_in
from warehouse import accounts_tokens
from warehouse.db import connect

GOOD: dict[str, Any] = {
    "name": "li", "password": PASSWORD, "new": PASSWORD + "-more", "again": PASSWORD + "-more", "code": "123456", "what": "language", "choice": "en",
    "next": "/account", "label": "job", "scope": "ledger", "days": "7", "token_id": "1", "source": "pension", "actor": "li", "action": "sign_in", "limit": "5",
    "batch_id": "levy-000001", "row_number": "1", "plan_id": "1",
    "case_id": "c" + "a" * 16, "verdict": "same", "to": "*seniors", "decision": "approve", "act": "1", "state": "open", "area": "330106",
    "line": "110", "whose": "all", "money": "yes", "after": "1-c" + "a" * 16,
    "role": "some_analyst", "secret": PASSWORD, "statement": "select 1", "kind": "csv",
    "known": "2025-10-31", "officer": "li", "case_no": "1",
    "confirmed": "0", "link_error": "0", "source_error": "0", "no_finding": "0",
}  # fmt: skip
NAMES = ("source", "actor", "action", "label")
FREE: frozenset[str] = frozenset({"reason", "purpose", "secret", "statement", "comment", "text"})
"""Parameters that hold free text (a comment, a search): anything is taken, nothing may break, nothing comes back unescaped."""
STATE = """select md5(string_agg(t, '|' order by t)) from (
    select a::text t from access.account a union all select g::text from access.role_grant g
    union all select (to_jsonb(k) - 'used_at')::text from access.token k
    union all select s.hash::text || coalesce(s.ended_at::text, '') || s.whole from access.session s union all select c::text from access.recovery_code c
    union all select u::text from access.unmasking u union all select l::text from access.claim l union all select n::text from access.analyst n
    union all select b::text from ops.batch b union all select j::text from identity.judgement j) all_of_it"""


def parameters() -> list[tuple[str, str, str, str]]:
    """Method, path, where, name of every parameter in the OpenAPI document."""
    document = create_app().openapi()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found += [(method.upper(), path, one["in"], one["name"]) for one in operation.get("parameters", ()) if one["in"] != "header"]
            if path.startswith("/api/v1/"):
                continue  # bodies and headers of the API: tests/console/test_api.py
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                schema = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
                found += [(method.upper(), path, "form", name) for name in schema["properties"]]
    return found


class Target:
    """The console with a signed-in person and a program, and eyes on state and trail."""

    def __init__(self) -> None:
        account("li", factor=False)
        account("qi", "auditor", factor=False)
        self.browser = Browser()
        self.browser.sign_in("li")
        with connect() as connection:
            self.token = accounts_tokens.add(connection, "qi", "all", ["account", "ledger", "audit"], 1)
            connection.execute("update access.account set totp = null")
        self.word = self.browser.word("/account")

    def send(self, method: str, path: str, attack: dict[tuple[str, str], str]) -> httpx.Response:
        wanted = [(where, name) for m, p, where, name in PARAMETERS if (m, p) == (method, path)]
        values = {(where, name): attack.get((where, name), self.word if name == "csrf" else GOOD.get(name, "")) for where, name in wanted}
        for (where, name), value in values.items():
            if where == "path":
                path = path.replace("{" + name + "}", quote(value, safe=""))
        query = {name: value for (where, name), value in values.items() if where == "query"}
        form = {name: value for (where, name), value in values.items() if where == "form"}
        headers = {"origin": ORIGIN} | ({"authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {})
        return self.browser.http.request(method, path, params=query, data=form or None, headers=headers)

    def seen(self) -> tuple[str, int]:
        with connect() as connection:
            connection.execute("update access.backoff set until = now()")
            [(state,)] = connection.execute(STATE).fetchall()
            [(entries,)] = connection.execute("select count(*) from audit.entry").fetchall()
        return state, entries


PARAMETERS = parameters()
FIRST = {(where, name): (method, path) for method, path, where, name in reversed(PARAMETERS)}
"""A parameter that many routes share meets the whole list on one of them, and every sixth of it, another each time, on the rest."""


def attacks(method: str, path: str, where: str, name: str) -> list[str]:
    """The texts a parameter meets."""
    if FIRST[where, name] != (method, path):
        return ALL[PARAMETERS.index((method, path, where, name)) % 6 :: 6]
    return ALL if name not in ("password",) else ALL[::6]  # each costs an Argon2 on purpose


@pytest.fixture(scope="module")
def _target(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("DATABASE_URL", database)
        yield Target()


@pytest.fixture
def target(_target: Target) -> Target:
    return _target


def test_the_document_names_what_the_table_names() -> None:
    named = {(method.upper(), path) for path, methods in create_app().openapi()["paths"].items() for method in methods}
    assert named == set(WHO)
    assert len(PARAMETERS) > 30


@pytest.mark.parametrize(("method", "path", "where", "name"), PARAMETERS, ids=lambda value: str(value))
def test_a_parameter_takes_no_attack(target: Target, method: str, path: str, where: str, name: str) -> None:
    for text in attacks(method, path, where, name):
        if name in NAMES and text == "null":
            continue  # a name like any other there
        before = target.seen()
        answer = target.send(method, path, {(where, name): text})
        after = target.seen()
        label = f"{text[:30]!r} gives {answer.status_code}"
        if name in FREE:
            assert answer.status_code < 500, label
            assert "<" not in text or text not in answer.text, label
            continue
        assert 400 <= answer.status_code < 500, label
        assert after[0] == before[0], label
        assert after[1] == before[1] + 1, label
        if len(text) > 3 and text not in ("null",):
            assert text not in answer.text, label
            assert html.unescape(answer.text).count(text) == 0, label
        assert "evil.example" not in str(answer.headers), label
        assert "a=b" not in answer.headers.get("set-cookie", ""), label


def test_hashes_differ_where_state_differs(target: Target) -> None:
    """The eyes of these tests see a change."""
    before = target.seen()
    with connect() as connection:
        accounts_tokens.add(connection, "li", "another", ["ledger"], 1)
    assert target.seen()[0] != before[0]
    assert hashlib.sha256(str(before).encode()).hexdigest()
    assert signed_in("li")
