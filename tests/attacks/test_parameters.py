"""Every parameter of every route against every list: refused with 4xx, nothing changed, one entry in the trail, nothing echoed."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from console.access import WHO, rule
from tests.attacks.corpora import ALL, KINDS
from tests.console.browser import ORIGIN, Browser, the_app
from tests.warehouse.people import PASSWORD, account, signed_in
from warehouse import accounts_tokens
from warehouse.db import connect
from warehouse.tables_security import ROLES

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
FREE: frozenset[str] = frozenset({"reason", "purpose", "secret", "statement", "comment", "text", "q", "title"})
"""Parameters that hold free text (a comment, a search): anything is taken, nothing may break, nothing comes back unescaped."""
STATE = """select md5(string_agg(t, '|' order by t)) from (
    select a::text t from access.account a union all select g::text from access.role_grant g
    union all select (to_jsonb(k) - 'used_at')::text from access.token k
    union all select s.hash::text || coalesce(s.ended_at::text, '') || s.whole from access.session s union all select c::text from access.recovery_code c
    union all select u::text from access.unmasking u union all select l::text from access.claim l union all select n::text from access.analyst n
    union all select b::text from ops.batch b union all select j::text from identity.judgement j) all_of_it"""


CANDIDATES = ("a", "1", "10", "en", "p1", "c1", "pension", "possible", "same", "2026-01-01", "2026-01", "330106", "0123456789abcdef", "a" * 40, "/account")
"""What a value nobody named in GOOD is chosen from: the first that fits the parameter's form."""
SENDS = 800
"""Requests in all: as routes multiply, each parameter meets fewer of the texts, one after the other others."""
Parameter = tuple[str, str, str, str]


def parameters() -> dict[Parameter, dict[str, Any]]:
    """Method, path, where, name of every parameter in the OpenAPI document -> its schema."""
    document = the_app().openapi()
    found: dict[Parameter, dict[str, Any]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found |= {(method.upper(), path, one["in"], one["name"]): one["schema"] for one in operation.get("parameters", ()) if one["in"] != "header"}
            if path.startswith("/api/v1/"):
                continue  # bodies and headers of the API: tests/console/test_api.py
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                schema = document["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
                where = "json" if kind == "application/json" else "form"
                found |= {(method.upper(), path, where, name): one for name, one in schema["properties"].items()}
    return found


def good(name: str, schema: dict[str, Any]) -> str:
    """Give a value that fits the form of a parameter, so that only the attack is refused."""
    if name in GOOD:
        return str(GOOD[name])
    schema = next((one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"), schema)
    if "enum" in schema or "const" in schema:
        return str(schema.get("const", schema.get("enum", [""])[0]))
    if schema.get("type") in ("integer", "number"):
        return str(schema.get("minimum", schema.get("exclusiveMinimum", 1)))
    return next((one for one in CANDIDATES if re.search(schema.get("pattern", ""), one) and len(one) <= schema.get("maxLength", 99)), "")


class Target:
    """The console with a person of every right signed in, a program of theirs, and eyes on state and trail."""

    def __init__(self) -> None:
        secret = account("li", *ROLES)
        self.browser = Browser()
        self.browser.sign_in("li", secret)
        with connect() as connection:
            self.token = accounts_tokens.add(connection, "li", "all", list(accounts_tokens.SCOPES), 1)
            account("wu", factor=False)
            self.weak = accounts_tokens.add(connection, "wu", "weak", list(accounts_tokens.SCOPES), 1)
        self.word = self.browser.word("/account")
        self.plain = Browser()
        self.plain.sign_in("wu")
        self.plain_word = self.plain.word("/account")

    def send(self, method: str, path: str, where: str, name: str, text: str) -> Any:
        """Send one request with one attack in it, everything else as it should be."""
        parts: dict[str, dict[str, str]] = {"path": {}, "query": {}, "form": {}, "json": {}, "header": {}, "cookie": {}}
        for (m, p, place, one), schema in PARAMETERS.items():
            if (m, p) == (method, path):
                parts[place][one] = text if (place, one) == (where, name) else self.word if one == "csrf" else good(one, schema)
        for one, value in parts["path"].items():
            path = re.sub(r"\{" + one + r"(:path)?\}", lambda _, value=value: quote(value, safe=""), path)  # type: ignore[misc]
        headers = {"origin": ORIGIN} | ({"authorization": f"Bearer {self.token}"} if path.startswith("/api/") else {})
        headers |= {one: quote(value) for one, value in parts["header"].items()}
        body = {"json": parts["json"]} if parts["json"] else {"data": parts["form"] or None}
        return self.browser.http.request(method, path, params=parts["query"], headers=headers, **body)

    def seen(self) -> tuple[str, int]:
        """Give the state and the length of the trail; waits are over, and the password was just given."""
        with connect() as connection:
            connection.execute("update access.backoff set until = now()")
            connection.execute("update access.session set proven_at = now(), seen_at = now(), created_at = now() where ended_at is null")
            [(state,)] = connection.execute(STATE).fetchall()
            [(entries,)] = connection.execute("select count(*) from audit.entry").fetchall()
        return state, entries


PARAMETERS = parameters()


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
    named = {(method.upper(), path) for path, methods in the_app().openapi()["paths"].items() for method in methods}
    assert named == set(WHO)
    assert len(PARAMETERS) > 30
    tried = {text for at, one in enumerate(PARAMETERS) if one[3] not in FREE for text in texts_for(at, one)}
    assert tried == set(ALL), "every attack is tried somewhere"


def texts_for(at: int, parameter: Parameter) -> list[str]:
    """Choose the attacks of one parameter: of each kind the next ones of its list, all of them while there are few routes."""
    name = parameter[3]
    each = max(1, SENDS // len(PARAMETERS) // len(KINDS))
    chosen = [texts[(at * each + step) % len(texts)] for texts in KINDS for step in range(min(each, len(texts)))]
    return chosen[:2] if name == "password" else [text for text in chosen if not (name in NAMES and text == "null")]  # a password costs an Argon2 on purpose


@pytest.mark.parametrize(("at", "parameter"), list(enumerate(PARAMETERS)), ids=lambda value: "-".join(value[:4]) if isinstance(value, tuple) else "")
def test_a_parameter_takes_no_attack(target: Target, at: int, parameter: Parameter) -> None:
    method, path, where, name = parameter
    before, sent = target.seen(), 0
    for text in texts_for(at, parameter):
        answer = target.send(method, path, where, name, text)
        label = f"{text[:30]!r} gives {answer.status_code}"
        if name in FREE:
            assert answer.status_code < 500, label
            assert "<" not in text or text not in answer.text, label
            continue
        assert 400 <= answer.status_code < 500, label
        if len(text) > 3 and text not in ("null",):
            assert text not in answer.text, label
            assert html.unescape(answer.text).count(text) == 0, label
        assert "evil.example" not in str(answer.headers), label
        assert "a=b" not in answer.headers.get("set-cookie", ""), label
        sent += 1
        if sent % 4 == 0:  # failed sign-ins would make the next ones wait
            target.seen()
    after = target.seen()
    if name not in FREE:
        assert after[0] == before[0], "the state is another"
        assert after[1] == before[1] + sent, "not one entry for each"


@pytest.mark.parametrize(("method", "path"), WHO)
def test_nobody_gets_in_without_what_the_table_asks(target: Target, method: str, path: str) -> None:
    """Nobody at all, a person without a role, a program with no token: led to the sign-in or refused, never answered."""
    asked, level = re.sub(r"\{[^}]+\}", "1", path), rule(method, path).level
    if level == "public":
        return
    stranger = Browser().http
    answer = stranger.request(method, asked, headers={"origin": ORIGIN})
    led = answer.status_code == 303 and answer.headers["location"].startswith(("/sign-in", "/second-factor"))
    assert led or 400 <= answer.status_code < 500, answer.status_code
    if level == "token" and rule(method, path).roles:
        assert stranger.request(method, asked, headers={"authorization": f"Bearer {target.weak}"}).status_code == 403
    elif rule(method, path).roles:
        data = {"csrf": target.plain_word} if method != "GET" else None
        answer = target.plain.http.request(method, asked, data=data, headers={"origin": ORIGIN})
        assert answer.status_code == 403, answer.status_code


@pytest.mark.parametrize("route", [path for (method, path), rule in WHO.items() if method == "POST" and path != "/sign-in" and not rule.startswith("token:")])
def test_a_forged_form_is_refused(target: Target, route: str) -> None:
    """No word, a made-up one, another person's, and the right one sent from elsewhere; programs carry a token and have no forms."""
    path = re.sub(r"\{\w+\}", "1", route)
    for data, headers in (
        ({}, {"origin": ORIGIN}),
        ({"csrf": "0" * 64}, {"origin": ORIGIN}),
        ({"csrf": target.plain_word}, {"origin": ORIGIN}),
        ({"csrf": target.word}, {"origin": "https://evil.example"}),
        ({"csrf": target.word}, {"origin": "null"}),
        ({"csrf": target.word}, {"origin": "http://localhost"}),
    ):
        before = target.seen()
        assert target.browser.http.post(path, data=data, headers=headers).status_code == 403, (data, headers)
        assert target.seen() == (before[0], before[1] + 1), "nothing but one entry in the trail"
    assert target.browser.get("/account").status_code == 200, "still signed in"


def test_hashes_differ_where_state_differs(target: Target) -> None:
    """The eyes of these tests see a change."""
    before = target.seen()
    with connect() as connection:
        accounts_tokens.add(connection, "li", "another", ["ledger"], 1)
    assert target.seen()[0] != before[0]
    assert hashlib.sha256(str(before).encode()).hexdigest()
    assert signed_in("li")
