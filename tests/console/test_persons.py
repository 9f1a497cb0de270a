"""The person page as stewards meet it: every value with its row, masked until opened for a purpose, acts with a second person."""

from __future__ import annotations

import re

import pytest

from tests.console.browser import Browser
from tests.hub.pipeline.worlds import World, built, lives_of, world
from tests.warehouse.people import account, actions

__all__ = ["built", "world"]


def signed_in(name: str) -> Browser:
    browser = Browser()
    assert browser.sign_in(name, account(name, "steward")).status_code == 303
    return browser


@pytest.fixture
def li(world: World) -> Browser:
    return signed_in("li")


def person(world: World, n: int) -> str:
    return world.places()["register", f"r{n}"]


def test_a_person_with_every_value_and_its_row(li: Browser, world: World) -> None:
    one, life = person(world, 3), lives_of("register")[3]
    page = li.get(f"/persons/{one}").text
    assert life.number not in page
    assert life.number[:4] in page
    assert f"/persons/{one}/rows/" in page
    assert 'class="tl"' in page
    assert "<title id=" in page
    assert "li" in page[page.index("谁看过") :]
    assert li.post(f"/persons/{one}/open", f"/persons/{one}", purpose="待遇核查").status_code == 303
    page = li.get(f"/persons/{one}").text
    assert life.number in page
    assert "待遇核查" in page
    assert ("li", "record.open") in actions()
    assert ("li", "person.look") in actions()
    younger = next(one for one in world.places().values() if one)
    assert li.get(f"/persons/{younger}").status_code == 200
    assert li.get("/persons/p0000000000000000").status_code == 404


def test_the_raw_row_is_masked_until_it_is_opened(li: Browser, world: World) -> None:
    one, life = person(world, 3), lives_of("pension")[3]
    page = li.get(f"/persons/{one}/rows/1").text
    assert "证件号码" in page
    assert life.number not in page
    assert li.post(f"/persons/{one}/rows/1", f"/persons/{one}/rows/1", purpose="核对原始数据").status_code == 303
    assert life.number in li.get(f"/persons/{one}/rows/1").text
    assert li.get(f"/persons/{one}/rows/9").status_code == 404


def test_search_leads_to_the_person_and_leaves_no_value_behind(li: Browser, world: World) -> None:
    life = lives_of("register")[3]
    found = li.post("/persons", "/persons", q=life.number)
    assert found.headers["location"] == f"/persons/{person(world, 3)}"
    page = li.post("/persons", "/persons", q=life.name)
    assert page.status_code in (200, 303)
    assert "查到" in page.text or person(world, 3) in page.text + page.headers.get("location", "")
    assert "not found" not in li.post("/persons", "/persons", q="欧阳不在").text
    assert ("li", "person.search") in actions()


def test_split_with_its_consequences_first_and_undone_from_history(li: Browser, world: World) -> None:
    one = person(world, 5)
    form = f"/persons/{one}/part"
    shown = li.post(form, form, record="1").text
    token = re.findall(r'name="token" value="([^"]+)"', shown)[0]
    done = li.post(form, form, record="1", act="do", token=token, reason="wrongly_joined")
    assert done.status_code == 303
    places = world.places()
    assert places["register", "r5"] != places["pension", "p5"]
    stale = li.post(f"/persons/{person(world, 6)}/part", f"/persons/{person(world, 6)}/part", record="1", act="do", token=token, reason="wrongly_joined")
    assert stale.status_code == 409
    page = li.get(f"/persons/{person(world, 5)}").text
    act = re.findall(rf"/persons/{person(world, 5)}/acts/(\d+)/undo", page)[0]
    assert li.post(f"/persons/{person(world, 5)}/acts/{act}/undo", f"/persons/{person(world, 5)}", reason="mistaken").status_code == 303
    places = world.places()
    assert places["register", "r5"] == places["pension", "p5"]


def test_a_pin_on_a_key_field_is_approved_by_another(li: Browser, world: World) -> None:
    one = person(world, 44)
    page = li.get(f"/persons/{one}").text
    asked = re.findall(r'name="field" value="(\w+)">.*?name="at" value="(\d+)"', page, re.S)
    assert ("address", asked[0][1]) in asked
    assert (
        li.post(f"/persons/{one}/pins", f"/persons/{one}", field="address", at=dict(asked)["address"], reason="visited").headers["location"]
        == f"/persons/{one}"
    )
    assert li.post(f"/persons/{one}/pins", f"/persons/{one}", field="name", at="1", reason="papers_agree").headers["location"] == "/persons/proposals"
    number = re.findall(r'action="/persons/proposals/(\d+)"', li.get("/persons/proposals").text)[0]
    assert li.post(f"/persons/proposals/{number}", "/persons/proposals", decision="approve").status_code == 403
    he = signed_in("he")
    assert he.post(f"/persons/proposals/{number}", "/persons/proposals", decision="approve").status_code == 303
    page = li.get(f"/persons/{one}").text
    assert page.count("/pins/") >= 2
    pin = re.findall(rf"/persons/{one}/pins/(\d+)", page)[0]
    assert li.post(f"/persons/{one}/pins/{pin}", f"/persons/{one}", reason="papers_agree").status_code == 303


def test_another_area_sees_nobody_here(world: World) -> None:
    secret = account("zhou", "steward", areas=["990000"])
    zhou = Browser()
    zhou.sign_in("zhou", secret)
    assert zhou.get(f"/persons/{person(world, 3)}").status_code == 404
    assert zhou.get(f"/persons/{person(world, 3)}/rows/1").status_code == 404
