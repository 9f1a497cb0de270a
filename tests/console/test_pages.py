"""Sign-in and account pages as a person meets them, in both languages, under a strict policy."""

from __future__ import annotations

import re

import pytest

from console import access
from console.app import create_app
from hub.errors import ConfigError
from tests.console.browser import Browser
from tests.warehouse.people import PASSWORD, account, actions, code, secret_of
from warehouse import accounts
from warehouse.db import connect


@pytest.fixture
def browser(warehouse: str) -> Browser:
    return Browser()


def test_every_endpoint_stands_in_the_table(warehouse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    create_app()
    monkeypatch.delitem(access.WHO, ("GET", "/account"))
    with pytest.raises(ConfigError, match="GET /account is not in the table"):
        create_app()
    monkeypatch.setitem(access.WHO, ("GET", "/account"), "ready")
    monkeypatch.setitem(access.WHO, ("GET", "/nothing"), "public")
    with pytest.raises(ConfigError, match="GET /nothing is no endpoint"):
        create_app()


def test_the_first_administrator_from_one_time_password_to_rights(browser: Browser) -> None:
    given = accounts.first()
    assert browser.get("/account").headers["location"] == "/sign-in?next=/account"
    assert browser.sign_in("admin", password=str(given)).headers["location"] == "/account"
    assert browser.get("/account").headers["location"] == "/account/password"
    refused = browser.post("/account/password", "/account/password", password=given, new="password1234", again="password1234")
    assert refused.status_code == 400
    assert "已泄露" in refused.text
    assert browser.post("/account/password", "/account/password", password=given, new=PASSWORD, again=PASSWORD).status_code == 303
    assert browser.get("/account").headers["location"] == "/account/factor"
    page = browser.get("/account/factor").text
    secret = re.sub(r"\s", "", re.findall(r'secret">([A-Z2-7 ]+)<', page)[0])
    assert "<svg" in page
    assert browser.post("/account/factor", "/account/factor", code="000000").status_code == 401
    done = browser.post("/account/factor", "/account/factor", code=code(secret))
    assert len(re.findall(r"<li>[0-9a-f]{5}(?:-[0-9a-f]{5}){3}</li>", done.text)) == 10
    page = browser.get("/account").text
    assert "安全管理员" in page
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert browser.get("/account").status_code == 303
    assert browser.sign_in("admin", secret).headers["location"] == "/account"
    assert browser.get("/account").status_code == 200
    assert secret_of("otpauth://x?secret=ABC") == "ABC"


def test_pages_speak_both_languages(browser: Browser) -> None:
    account("li", factor=False)
    assert "登录" in browser.http.get("/sign-in", headers={"accept-language": "zh-CN,zh;q=0.9"}).text
    browser.sign_in("li")
    assert 'lang="zh-Hans"' in browser.get("/account").text
    assert browser.post("/account/look", what="language", choice="en").status_code == 303
    assert 'lang="en"' in browser.get("/account").text
    assert browser.post("/account/look", what="theme", choice="en").status_code == 422
    browser.post("/account/look", what="theme", choice="dark")
    assert browser.post("/account/look", what="density", choice="compact", next="/account/tokens").headers["location"] == "/account/tokens"
    assert '<html lang="en" data-theme="dark" data-density="compact">' in browser.get("/account").text


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/account/sessions", "/account/tokens", "/account/password", "/account/proof"])
def test_pages_hold_a_strict_policy(browser: Browser, path: str) -> None:
    account("li", factor=False)
    browser.sign_in("li")
    answer = browser.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src)", answer.text)
    assert {"nosniff", "DENY"} <= set(answer.headers.values())


def test_cookies_are_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    account("li", factor=False)
    set_cookie = browser.sign_in("li").headers["set-cookie"]
    assert set_cookie.startswith("__Host-guiyi=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in set_cookie
    assert "Domain" not in set_cookie


def test_tokens_for_programs(browser: Browser) -> None:
    account("li", factor=False)
    browser.sign_in("li")
    made = browser.post("/account/tokens", "/account/tokens", label="night-job", scope=["ledger", "account"], days=7)
    token = re.findall(r"gyt_[\w-]{43}", made.text)[0]
    head = {"authorization": f"Bearer {token}"}
    program = Browser().http
    assert program.get("/api/account", headers=head).json()["account"] == "li"
    assert program.get("/api/ledger", headers=head).json() == []
    assert program.get("/api/audit", headers=head).status_code == 401
    assert program.get("/api/ledger").status_code == 401
    with connect() as connection:
        connection.execute("update access.session set proven_at = now() - interval '1 hour'")
    assert "/account/proof" in browser.get("/account/tokens").text
    assert browser.post("/account/tokens", "/account", label="x", scope=["ledger"], days=7).status_code == 403
    assert browser.post("/account/proof", "/account/proof", password=PASSWORD, next="/account/tokens").headers["location"] == "/account/tokens"
    assert browser.post("/account/tokens", "/account/tokens", label="x", scope=["ledger"], days=7).status_code == 200
    number = re.findall(r"/account/tokens/(\d+)/revoke", browser.get("/account/tokens").text)[-1]
    assert browser.post(f"/account/tokens/{number}/revoke", "/account/tokens").status_code == 303
    assert program.get("/api/ledger", headers=head).status_code == 401


def test_auditors_read_the_trail_and_that_is_in_the_trail(browser: Browser) -> None:
    secret = account("qi", "auditor")
    browser.sign_in("qi", secret)
    made = browser.post("/account/tokens", "/account/tokens", label="trail", scope=["audit"], days=1)
    [token] = re.findall(r"gyt_[\w-]{43}", made.text)
    head = {"authorization": f"Bearer {token}"}
    entries = Browser().http.get("/api/audit", headers=head, params={"actor": "qi"}).json()
    assert {"sign_in", "token.add"} <= {entry["action"] for entry in entries}
    assert ("qi", "audit.read") in actions()


def test_the_last_pages_a_person_sees(browser: Browser) -> None:
    assert browser.get("/health").json() == {"state": "up"}
    assert browser.get("/").headers["location"] == "/account"
    assert browser.get("/static/desk.css").headers["content-type"].startswith("text/css")
    assert browser.get("/nothing").status_code == 404
    address = re.findall(r'href="(/static/desk.css[^"]+)"', browser.get("/sign-in").text)[0]
    kept = browser.get(address)
    assert "immutable" in kept.headers["cache-control"]
    assert browser.http.get(address, headers={"if-none-match": kept.headers["etag"]}).status_code == 304
    account("li", factor=False)
    browser.sign_in("li")
    assert "本会话" in browser.get("/account/sessions").text
    assert browser.post("/account/sessions/end", "/account/sessions").status_code == 303
