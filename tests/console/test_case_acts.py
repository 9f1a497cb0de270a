"""Acts on a case beside its verdict: pins, split and move to a person found by search, lists, bulk, what changed since; each undone and in the history."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hub import settings
from hub.pipeline import queue, sampling
from tests.console.browser import Browser
from tests.console.prepared import prepare
from tests.warehouse.people import account, actions
from warehouse.db import connect


@pytest.fixture(scope="module")
def desk(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, list[str]]]:
    """Thirteen prepared cases, and a steward who sees them; each test takes cases of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("DATABASE_URL", database)
        patch.setenv("HUB_SOURCES", str(settings.REPO / "mappings" / "sources"))
        with connect() as connection:
            prepare(connection, 13)
            cases = [
                case for (case,) in connection.execute("select case_id from identity.pair order by greatest(substr(left_key, 2), substr(right_key, 2))::int")
            ]
        browser = Browser()
        browser.sign_in("lin", account("lin", "steward"))
        yield browser, cases


def claimed(browser: Browser, case: str) -> str:
    assert browser.post(f"/cases/{case}/claim", "/cases").status_code == 303
    return browser.get(f"/cases/{case}").text


def golden(person: str) -> str:
    with connect() as connection:
        return str(connection.execute("select name from identity.golden where person_id = %s", [person]).fetchall()[0][0])


def test_a_value_is_pinned_from_the_case_and_let_go(desk: tuple[Browser, list[str]]) -> None:
    browser, cases = desk
    case, path = cases[11], f"/cases/{cases[11]}"  # the addresses differ: no key field
    page = claimed(browser, case)
    choices = re.findall(r'name="choice" value="(address [^"]+)"', page)
    assert len(choices) == 2
    assert browser.post(f"{path}/pins", path, choice=choices[1], reason="visited").status_code == 303
    page = browser.get(path).text
    assert "人工锁定" in page
    pin = re.findall(rf"{path}/pins/(\d+)", page)[0]
    assert "锁定" in page[page.index('id="hh"') :], "it stands in the history of the case"
    assert browser.post(f"{path}/pins", path, choice=choices[0], reason="lunar_sun").status_code == 422
    assert browser.post(f"{path}/pins", path, choice="address pension/nobody", reason="visited").status_code == 404
    assert browser.post(f"{path}/pins/{pin}", path, reason="papers_agree").status_code == 303
    assert re.findall(rf"{path}/pins/(\d+)", browser.get(path).text) == []
    assert browser.post(f"{path}/pins/{pin}", path, reason="papers_agree").status_code == 404
    last = re.findall(r'name="act" value="(\d+)"', browser.get(path).text)[-1]
    assert browser.post("/cases/undo", path, act=last, back=case).status_code == 200
    assert re.findall(rf"{path}/pins/(\d+)", browser.get(path).text), "the ending of the pin is taken back"


def test_a_key_field_waits_for_a_second_person(desk: tuple[Browser, list[str]]) -> None:
    browser, cases = desk
    path = f"/cases/{cases[0]}"
    choice = re.findall(r'name="choice" value="(name medical/[^"]+)"', claimed(browser, cases[0]))[0]
    answer = browser.http.post(
        f"{path}/pins",
        data={"csrf": browser.word(path), "choice": choice, "reason": "papers_agree"},
        headers={"origin": "https://localhost", "hx-request": "true"},
    )
    assert answer.status_code == 200
    assert "一项锁定待复核" in answer.text
    with connect() as connection:
        assert connection.execute("select count(*) from identity.pin where field = 'name'").fetchall() == [(0,)]
    assert "姓名" in browser.get("/persons/proposals").text


def test_a_record_is_moved_to_a_person_found_by_search_and_back(desk: tuple[Browser, list[str]]) -> None:
    browser, cases = desk
    case, path = cases[12], f"/cases/{cases[12]}/part"  # its pension record has a police record beside it
    claimed(browser, case)
    page = browser.get(path).text
    assert page.count('type="checkbox"') == 3
    with connect() as connection:
        [(name, other)] = connection.execute(
            "select r.name, c.entity_id from core.person_record r join identity.crosswalk c using (source, source_key) where r.source = 'pension' "
            "and exists (select from identity.pair where case_id = %s and r.source_key in (left_key, right_key))", [cases[5]],
        ).fetchall()  # fmt: skip
    found = browser.post(path, path, q=name, act="find").text
    assert f'value="{other}"' in found
    assert "勾选" in browser.post(path, path, to=other, act="look").text, "nothing ticked is said"
    number = next(at for at, source in re.findall(r'id="rec(\d)">.*?</span> ([^<]+)</label>', page) if "公安" in source)
    shown = browser.post(path, path, record=number, to=other, act="look")
    assert shown.status_code == 200
    token = re.findall(r'name="token" value="([^"]+)"', shown.text)[0]
    done = browser.post(path, path, record=number, to=other, act="do", token=token, reason="wrongly_joined")
    assert done.headers["location"] in (f"/cases/{case}", "/persons/proposals")
    stale = browser.post(path, path, record="1", act="do", token=token, reason="wrongly_joined")
    assert stale.status_code == 409
    if done.headers["location"] == f"/cases/{case}":
        assert placed(number) == other
        act = re.findall(r'name="act" value="(\d+)"', browser.get(f"/cases/{case}").text)[-1]
        assert browser.post("/cases/undo", f"/cases/{case}", act=act, back=case).status_code == 200
        assert placed(number) != other
    outside = Browser()
    outside.sign_in("zhou", account("zhou", "steward", areas=["990000"]))
    assert outside.get(path).status_code == 404


def placed(_: str) -> str:
    with connect() as connection:
        key = connection.execute("select max(source_key) from core.person_record where source = 'police'").fetchall()[0][0]
        return str(connection.execute("select entity_id from identity.crosswalk where source = 'police' and source_key = %s", [key]).fetchall()[0][0])


def test_lists_are_ones_own_or_for_all(desk: tuple[Browser, list[str]]) -> None:
    lin, _ = desk
    he = Browser()
    he.sign_in("he", account("he", "steward"))
    for name, shared in (("仅自用", ""), ("大家用", "yes")):
        answer = lin.post("/cases/lists", "/cases", title=name, shared=shared, kind="possible", money="yes")
        assert answer.headers["location"] == "/cases?kind=possible&money=yes"
    mine, theirs = lin.get("/cases").text, he.get("/cases").text
    assert "仅自用" in mine
    assert "大家用" in theirs
    assert "仅自用" not in theirs
    ids = re.findall(r"/cases/lists/(\d+)/drop", mine)
    assert len(ids) == 2
    assert re.findall(r"/cases/lists/(\d+)/drop", theirs) == []
    assert he.post(f"/cases/lists/{ids[0]}/drop", "/cases").status_code == 404
    assert [lin.post(f"/cases/lists/{one}/drop", "/cases").status_code for one in ids] == [303, 303]
    assert "大家用" not in he.get("/cases").text
    assert ("lin", "list.keep") in actions()


def test_bulk_is_refused_until_the_sample_supports_it(desk: tuple[Browser, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    browser, cases = desk
    assert "没有足够多的同类件" in browser.get("/cases/bulk").text
    monkeypatch.setattr(sampling, "patterns", lambda *_: [sampling.Pattern("possible {}", 1, cases[0], 1.0, 1.0)])
    page = browser.get("/cases/bulk").text
    assert "149" in page
    assert "236" in page
    assert browser.post("/cases/bulk/draw", "/cases/bulk", case_id=cases[0]).status_code == 409
    looked = browser.post("/cases/bulk/look", "/cases/bulk", case_id=cases[0], verdict="same").text
    assert "/cases/bulk/propose" not in looked, "no button where nothing supports it"
    assert browser.post("/cases/bulk/propose", "/cases/bulk", case_id=cases[0], verdict="same").status_code == 409
    with connect() as connection:
        assert connection.execute("select count(*) from identity.proposal where kind = 'bulk'").fetchall() == [(0,)]


def test_a_case_that_returns_says_what_changed(desk: tuple[Browser, list[str]]) -> None:
    browser, cases = desk
    case = cases[2]
    claimed(browser, case)
    assert browser.post(f"/cases/{case}/verdict", f"/cases/{case}", verdict="different").status_code == 303
    with connect() as connection:
        [(act, source, key, name)] = connection.execute(
            "select a.act_id, r.source, r.source_key, p.name from identity.act a join identity.judged_record r using (act_id) "
            "join core.person_record p using (source, source_key) where a.case_id = %s and r.source = 'pension'", [case],
        ).fetchall()  # fmt: skip
        connection.execute(
            "insert into core.person_record_history select (jsonb_populate_record(null::core.person_record_history, to_jsonb(p) "
            "|| jsonb_build_object('recorded_to', now()))).* from core.person_record p where source = %s and source_key = %s",
            [source, key],
        )
        connection.execute("update core.person_record set name = '欧阳新名', recorded_at = now() where source = %s and source_key = %s", [source, key])
        connection.execute(
            "insert into identity.pair select (jsonb_populate_record(null::identity.pair, row "
            "|| jsonb_build_object('kind', 'changed', 'reopened_act', %s::bigint, "
            "'changed', array['name']))).* from identity.act a, jsonb_array_elements(a.detail -> 'cases') row where a.act_id = %s and row ->> 'case_id' = %s",
            [act, act, case],
        )
        queue.fill(connection)
    listed = browser.get("/cases?kind=changed").text
    assert "判后变更：姓名" in listed
    page = claimed(browser, case)
    told = page[page.index('id="changed"') :][:1500]
    assert name in told
    assert "欧阳新名" in told
    assert "lin" in told
