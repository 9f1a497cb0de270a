"""Quarantine, loads and overview in Chromium: a repair from trial to proof, and every page in both languages, wide and narrow, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from console import background
from tests.console.chromium import Desk, chromium, served
from tests.console.flow_office import SECRET
from tests.warehouse.people import account
from warehouse.db import connect

pytestmark = pytest.mark.xdist_group("flow")
PATTERN = re.compile(r"/quarantine/pattern/levy/[0-9a-f]{12}")


@pytest.fixture(scope="module")
def address(office: Path) -> Iterator[str]:
    """The console over the hub of `flow_office`."""
    with served(office / "console") as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_a_repair_from_trial_to_proof(browser: Browser, address: str) -> None:
    li = Desk(browser, address, "li", account("li", "steward"))
    zhao = Desk(browser, address, "zhao", account("zhao", "steward"))
    page = li.page
    li.go("/quarantine")
    page.locator(".pat a", has_text="64").click()
    page.wait_for_url(PATTERN)
    for at, (do, old) in enumerate((("half_width", ""), ("no_spaces", ""), ("date", "d/m/y"))):
        page.select_option(f"[name=do_{at}]", do)
        page.select_option(f"[name=column_{at}]", "出生日期")
        page.fill(f"[name=old_{at}]", old)
    page.keyboard.press("Escape")
    page.locator("[data-key=T]").click()
    expect(page.locator("#trial .big").nth(1)).to_have_text("60", timeout=30_000)
    assert li.faults() == []
    li.picture("trial-1440")
    page.fill("[name=reason]", "税务来函：日月年")
    page.locator("form.pb > .acts .btn").last.click()
    page.wait_for_url(re.compile(r"/quarantine/repair/\d+"))
    plan = page.url.removeprefix(address)
    assert page.locator("button[value=approve]").count() == 0  # the first person is offered no approval
    zhao.go(plan)
    zhao.picture("plan-1440")
    assert zhao.faults() == []
    zhao.page.locator("button[value=approve]").click()
    zhao.page.locator("button[value=corrected]").click()
    background.begin("levy", "wait", lambda: None).result(120)
    zhao.go(plan)
    expect(zhao.page.locator("a.num", has_text="levy-000002")).to_be_visible()
    zhao.picture("proof-1440")
    with connect() as connection:
        assert connection.execute("select sum(accepted) from ops.ledger where batch_id = 'levy-000002'").fetchone() == (60,)
    [number] = numbers("H2")
    path = f"/quarantine/row/levy-000001/{number}"
    li.go(path)
    assert SECRET not in page.content()
    page.fill("[name=purpose]", "核对纸质档案")
    page.keyboard.press("Enter")
    expect(page.locator("[name=value_1]")).to_have_value(SECRET)
    page.locator("[name=value_3]").fill("1957-02-30")
    expect(page.locator("#verdict .note.bad")).to_be_visible(timeout=20_000)
    page.locator("[name=value_3]").fill("1957-02-28")
    expect(page.locator("#verdict .note.ok")).to_be_visible(timeout=20_000)
    assert li.faults() == []
    li.picture("row-1440")
    for desk in (li, zhao):
        assert (desk.strayed, desk.failed) == ([], [])


def numbers(key: str) -> list[int]:
    with connect() as connection:
        return [row[0] for row in connection.execute("select row_number from ops.quarantine where row_key = %s", [key])]


def test_every_page_in_both_languages_wide_and_narrow_light_and_dark(browser: Browser, address: str) -> None:
    sun = Desk(browser, address, "sun", account("sun", "steward", "engineer"))
    sun.go("/quarantine")
    pattern = PATTERN.search(sun.page.content())
    assert pattern
    [number] = numbers("H3")
    paths = {"overview": "/", "quarantine": "/quarantine", "pattern": pattern[0], "row": f"/quarantine/row/levy-000001/{number}", "loads": "/loads"}
    paths |= {"source": "/loads/register", "dated": "/loads/days", "batch": "/loads/register/register-000001"}
    for language, theme, width in (("zh", "light", "1440"), ("en", "dark", "1440"), ("en", "light", "390"), ("zh", "dark", "390")):
        sun.look("language", language)
        sun.look("theme", theme)
        sun.size(width)
        for name, path in paths.items():
            sun.go(path)
            label = f"{name}-{language}-{width}-{theme}"
            sun.picture(label)
            if language == "zh":  # the same pages in English have the same colours and sizes; axe takes most of the time here
                assert sun.faults() == [], label
            assert not sun.too_wide(), label
            assert SECRET not in sun.page.content(), label
    assert (sun.strayed, sun.failed) == ([], [])
