"""Attacks on who one is: guessing, spraying, fixing, forging, replaying, stealing, reaching for what is another's."""

from __future__ import annotations

import re

import pytest

from console.access import WHO
from tests.console.browser import ORIGIN, Browser
from tests.warehouse.people import PASSWORD, account, code
from warehouse.db import connect

pytestmark = pytest.mark.usefixtures("warehouse")


def refusals(cause: str | None = None) -> int:
    with connect() as connection:
        statement = "select count(*) from audit.entry where action like '%%refused' and (%(cause)s::text is null or detail ->> 'cause' = %(cause)s)"
        [(count,)] = connection.execute(statement, {"cause": cause}).fetchall()
    return int(count)


def test_brute_force_is_slowed_and_counted() -> None:
    account("li", factor=False)
    browser = Browser()
    answers = [browser.sign_in("li", password=f"guess number {n}").status_code for n in range(8)]
    assert set(answers) == {401}
    assert browser.sign_in("li").status_code == 401, "even the right one waits now"
    assert refusals() == 9
    assert refusals("wait") >= 3


def test_codes_cannot_be_guessed_either() -> None:
    secret = account("li", "steward")
    browser = Browser()
    browser.sign_in("li")
    answers = {browser.post("/second-factor", "/second-factor", code=f"{n:06d}").status_code for n in range(8)}
    assert answers == {401}
    assert browser.post("/second-factor", "/second-factor", code=code(secret)).status_code == 401
    assert refusals("wait") >= 3


def test_a_session_fixed_before_is_not_the_session_after() -> None:
    secret = account("li", "steward")
    browser = Browser()
    browser.http.cookies.set("__Host-guiyi", "fixed-by-the-attacker", domain="localhost.local")
    browser.sign_in("li")
    half = browser.cookie
    browser.post("/second-factor", "/second-factor", code=code(secret))
    thief = Browser()
    for stolen in ("fixed-by-the-attacker", half):
        assert thief.http.get("/account", cookies={"__Host-guiyi": str(stolen)}).status_code == 303
    assert browser.get("/account").status_code == 200


def test_a_forged_sign_in_is_refused() -> None:
    account("li", factor=False)
    browser = Browser()
    answer = browser.http.post("/sign-in", data={"name": "li", "password": PASSWORD, "csrf": "0" * 64}, headers={"origin": ORIGIN})
    assert (answer.status_code, browser.cookie) == (403, None)


def test_a_code_seen_over_the_shoulder_is_worth_nothing() -> None:
    secret = account("li", "steward")
    seen = code(secret)
    browser, thief = Browser(), Browser()
    browser.sign_in("li")
    assert browser.post("/second-factor", "/second-factor", code=seen).status_code == 303
    thief.sign_in("li")
    assert thief.post("/second-factor", "/second-factor", code=seen).status_code == 401
    assert thief.get("/account").headers["location"] == "/second-factor"


def test_a_stolen_cookie_ends_with_the_session() -> None:
    account("li", factor=False)
    browser, thief = Browser(), Browser()
    browser.sign_in("li")
    stolen = {"__Host-guiyi": str(browser.cookie)}
    assert thief.http.get("/account", cookies=stolen).status_code == 200
    browser.post("/sign-out")
    assert Browser().http.get("/account", cookies=stolen).status_code == 303


def test_a_half_session_does_nothing_but_give_its_code() -> None:
    account("li", "steward")
    browser = Browser()
    browser.sign_in("li")
    for (method, path), rule in WHO.items():
        if (rule in ("ready", "proven") or rule.startswith("role:")) and method == "GET":
            assert browser.get(re.sub(r"\{\w+\}", "1", path)).headers.get("location", "").partition("?")[0] == "/second-factor", path
        elif method == "POST" and path not in ("/sign-in", "/second-factor", "/sign-out"):
            values = {
                "password": PASSWORD,
                "new": "x" * 20,
                "again": "x" * 20,
                "code": "123456",
                "language": "en",
                "label": "x",
                "scope": "ledger",
                "days": "1",
            }
            answer = browser.post(path.replace("{token_id}", "1"), "/second-factor", **values)
            assert answer.status_code == 401, path


def test_another_persons_token_is_not_there() -> None:
    account("li", factor=False)
    account("wu", factor=False)
    browser, other = Browser(), Browser()
    browser.sign_in("li")
    other.sign_in("wu")
    made = browser.post("/account/tokens", "/account/tokens", label="mine", scope=["ledger"], days=1)
    number = re.findall(r"/account/tokens/(\d+)/revoke", made.text)[0]
    assert other.post(f"/account/tokens/{number}/revoke", "/account").status_code == 404
    assert f"/account/tokens/{number}/revoke" in browser.get("/account/tokens").text
    assert "mine" not in other.get("/account/tokens").text


@pytest.mark.parametrize(
    "path",
    ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/....//app.py", "/static/desk.css%00.png",
     "/static//etc/passwd", "/static/.env", "/..%5c..%5cetc/passwd"],
)  # fmt: skip
def test_no_path_leads_out(path: str) -> None:
    before = refusals()
    assert 400 <= Browser().get(path).status_code < 500
    assert refusals() == before + 1


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"content-length": "99999999"}, {"content-length": "-1"}])
def test_headers_that_are_not_ours_are_refused(headers: dict[str, str]) -> None:
    before = refusals()
    answer = Browser().http.get("/sign-in", headers=headers)
    assert answer.status_code in (400, 413)
    assert refusals() == before + 1
    assert "evil.example" not in answer.text


@pytest.mark.parametrize("name", ["x-forwarded-for", "x-forwarded-host", "x-original-url", "x-rewrite-url", "x-http-method-override"])
def test_headers_of_proxies_change_nothing(name: str) -> None:
    answer = Browser().http.get("/account", headers={name: "/account/tokens"})
    assert answer.headers["location"] == "/sign-in?next=/account"
    assert Browser().http.get("/api/account", headers={name: "localhost", "authorization": "Bearer x' or 1=1 --"}).status_code == 401
