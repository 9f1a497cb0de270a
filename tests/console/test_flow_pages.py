"""Quarantine, loads and overview as a person uses them: repair, second person, replay, decision, codes; and what each role may not."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from console import background
from tests.console.browser import Browser
from tests.console.flow_office import SECRET
from tests.warehouse.people import account, actions
from warehouse import accounts_tokens, ledger
from warehouse.db import connect

pytestmark = [pytest.mark.xdist_group("flow"), pytest.mark.usefixtures("office")]  # one hub for the file, and each test leaves it to the next


def person(name: str, *roles: str, areas: list[str] | None = None) -> Browser:
    browser = Browser()
    browser.sign_in(name, account(name, *roles, areas=areas))
    return browser


def settle() -> None:
    background.begin("levy", "wait", lambda: None).result(120)


def select(statement: str) -> list[tuple[object, ...]]:
    with connect() as connection:
        return connection.execute(statement).fetchall()


def link(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found[0]


def test_the_list_for_the_department_holds_no_value() -> None:
    li = person("jin", "steward")
    answer = li.get("/quarantine/list/levy")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    texts = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert sum(text == "H1" for text in texts) == 1
    assert not [text for text in texts if SECRET in text or "2X" in text]
    assert li.get("/quarantine/list/nobody").status_code == 404


def test_pages_of_the_area_in_both_languages() -> None:
    both = person("sun", "steward", "engineer")
    paths = ["/", "/quarantine", "/loads", "/loads/levy", "/loads/days", "/loads/register/register-000002", "/airflow", "/airflow?source=levy"]
    paths += [link(both.get("/quarantine").text, r"/quarantine/pattern/levy/[0-9a-f]{12}"), "/quarantine/row/levy-000001/45"]
    for choice, heading in (("zh", "现在要办"), ("en", "What needs you now")):
        both.post("/account/look", what="language", choice=choice, next="/account")
        assert heading in both.get("/").text
        for path in paths:
            answer = both.get(path)
            assert answer.status_code == 200, path
            assert not re.search(r"\sstyle=|\son\w+=|<style", answer.text), path
            assert SECRET not in answer.text
    for path in (
        "/loads/nobody",
        "/loads/levy/levy-000099",
        "/quarantine/pattern/levy/000000000000",
        "/quarantine/repair/99",
        "/quarantine/row/levy-000001/99999",
    ):
        assert both.get(path).status_code == 404, path
    nobody = person("zhou")
    assert nobody.get("/").headers["location"] == "/account"
    assert nobody.get("/quarantine").status_code == 403


def test_from_refusal_to_proof() -> None:
    li, zhao, wu = person("li", "steward"), person("zhao", "steward"), person("wu", "engineer")
    front = li.get("/quarantine").text
    assert "税务局" in front or "Tax" in front
    path = link(front, r"/quarantine/pattern/levy/[0-9a-f]{12}")
    shown = li.get(path).text
    assert "birth_date: {date: 出生日期, formats: [y-m-d]}" in shown
    assert SECRET not in shown
    steps = {
        "do_0": "half_width", "column_0": "出生日期", "do_1": "no_spaces", "column_1": "出生日期", "do_2": "date", "column_2": "出生日期", "old_2": "d/m/y",
    }  # fmt: skip
    trial = li.post(f"{path}/try", path, **steps).text
    assert re.search(r'class="big">60<', trial)
    assert re.search(r'class="big bad-t">4<', trial)
    assert "expected one of" in li.post(f"{path}/try", path, do_0="guess", column_0="出生日期").text
    answer = li.post(f"{path}/propose", path, reason="税务来函", **steps)
    plan = answer.headers["location"]
    assert plan.startswith("/quarantine/repair/")
    assert li.post(f"{plan}/decide", plan, decision="approve").status_code == 403  # the first person is no second
    assert wu.post(f"{plan}/decide", "/account", decision="approve").status_code == 403  # nor is an engineer
    assert select("select count(*) from ops.repair") == [(0,)]
    assert re.search(r"19\d\d-<span class=\"hid\">\*\*", zhao.get(plan).text), "masked, before and after"
    assert zhao.post(f"{plan}/decide", plan, decision="approve").status_code == 303
    assert zhao.post("/quarantine/replay/levy", plan, which="corrected").status_code == 303
    settle()
    assert select("select sum(accepted) from ops.ledger where batch_id = 'levy-000002'") == [(60,)]
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
    page = zhao.get(plan).text
    assert "levy-000002" in page
    [(row,)] = select("select row_number from ops.quarantine where row_key = 'B7' and batch_id = 'levy-000001'")
    proof = zhao.get(f"/quarantine/row/levy-000001/{row}").text
    assert "person_record B7" in proof
    assert {("li", "repair.propose"), ("zhao", "repair.approve"), ("zhao", "quarantine.replay")} <= set(actions(500))


def test_one_row_is_opened_for_a_purpose_tried_and_corrected() -> None:
    li, wu, far = person("bo", "steward"), person("wei", "engineer"), person("far", "steward", areas=["4401"])
    near = person("near", "steward", areas=["3301"])
    [(number,)] = select("select row_number from ops.quarantine where row_key = 'H1'")
    path = f"/quarantine/row/levy-000001/{number}"
    for browser in (li, wu, far):
        assert SECRET not in browser.get(path).text
    assert wu.post(f"{path}/open", "/account", purpose="x").status_code == 403
    assert far.get(path).status_code == 404, "a row that names no area of theirs is not there"
    assert far.post(f"{path}/open", "/account", purpose="x").status_code == 404
    assert li.post(f"{path}/open", path, purpose=" ").status_code == 403
    assert li.post(f"{path}/open", path, purpose="核对档案").status_code == 303
    assert SECRET in li.get(path).text
    assert SECRET not in near.get(path).text
    column = link(li.get(path).text, r'name="value_3"')
    assert column
    refused = li.post(f"{path}/try", path, value_3="1990-02-30").text
    assert "1957" not in refused
    assert "date_impossible" in refused
    passes = li.post(f"{path}/try", path, value_3="1957-04-05").text
    assert "note ok" in passes
    assert '1957-<span class="hid">**' in passes
    assert select("select count(*) from ops.repair where plan_id is null") == [(0,)]
    assert li.post(f"{path}/repair", path, value_3="1957-04-05", reason="档案").status_code == 303
    assert far.post(f"{path}/repair", "/account", value_3="1957-04-06", reason="x").status_code == 404
    assert select("select author, reason from ops.repair where plan_id is null") == [("bo", "档案")]
    assert li.post("/quarantine/replay/levy", path, which="corrected").status_code == 303
    settle()
    assert select("select birth_date from core.person_record where source_key = 'H1'") == [("1957-04-05",)]
    assert ("bo", "record.open") in actions(500)


def test_a_stopped_batch_is_decided_by_an_engineer_with_a_reason() -> None:
    li, wu = person("ma", "steward"), person("luo", "engineer")
    page = wu.get("/loads").text
    assert "register-000002" in page
    assert "/loads/register/register-000002/decide" in page
    assert "/decide" not in li.get("/loads").text
    path = "/loads/register/register-000002"
    assert li.post(f"{path}/decide", "/account", decision="approve", reason="x").status_code == 403
    assert wu.post(f"{path}/decide", "/loads", decision="approve", reason=" ").status_code == 422
    assert wu.post(f"{path}/decide", "/loads", decision="approve", reason="来函确认").status_code == 303
    settle()
    assert select("select state from ops.batch where batch_id = 'register-000002'") == [("published",)]
    assert wu.post(f"{path}/decide", "/loads", decision="reject", reason="x").status_code == 409
    assert ("luo", "batch.approve") in actions(500)
    assert "来函确认" in wu.get(path).text


def test_codes_runs_and_what_works_without_airflow() -> None:
    wu = person("fang", "engineer")
    page = wu.get("/loads/register").text
    forms = re.findall(r'name="lookup" value="(\w+)"><input type="hidden" name="blind" value="([0-9a-f]{32})"', page)
    assert len(forms) == 2
    assert wu.post("/loads/register/codes", "/loads", stream="person", lookup="sex", blind=forms[0][1], code="7", reason="x").status_code == 422
    assert wu.post("/loads/register/codes", "/loads", stream="person", lookup="sex", blind=forms[0][1], code="1", reason="来函").status_code == 303
    assert '"M": "1"' in wu.get("/loads/register/mapping.yml").text
    assert "hub airflow start" in wu.get("/airflow").text
    assert wu.post("/loads/levy/run", "/loads").status_code == 303
    assert wu.post("/loads/levy/backfill", "/loads", first="2026-11-01", last="2026-11-02").status_code == 422
    assert wu.post("/loads/days/backfill", "/loads", first="2026-11-01", last="2026-11-02").status_code == 303
    assert wu.post("/loads/levy/pause", "/loads", paused="yes").status_code == 409
    settle()
    assert [row[0] for row in select("select batch_id from ops.batch where state = 'published' and kind <> 'repair' order by 1")] == [
        *(f"days-2026110{day}0{run}" for day, runs in ((1, 2), (2, 2), (3, 1), (4, 1), (5, 1)) for run in range(1, runs + 1)),
        "levy-000001",
        "levy-000004",
        "register-000001",
        "register-000002",
    ]
    assert {"source.run", "source.backfill", "code.map"} <= {action for _, action in actions(500)}


def test_programs_do_the_same_with_the_same_rights() -> None:
    def program(name: str, role: str, scope: str) -> Browser:
        account(name, role)
        browser = Browser()
        with connect() as connection:
            browser.http.headers["authorization"] = f"Bearer {accounts_tokens.add(connection, name, 'job', [scope], 1)}"
        return browser

    gao, hu, qian = program("gao", "steward", "quarantine"), program("hu", "steward", "quarantine"), program("qian", "engineer", "loads")
    assert {one["source"] for one in qian.get("/api/v1/loads").json()["sources"]} == {"levy", "register", "days"}
    assert (
        qian.get(
            "/api/v1/loads/levy",
        ).json()["batches"][0]["source"]
        == "levy"
    )
    assert qian.get("/api/v1/batches/levy-000001").json()["ledger"][0]["extracted"] == 104
    assert gao.get("/api/v1/loads").status_code == 401  # another scope
    found = gao.get("/api/v1/quarantine").json()["patterns"]
    [levy] = [one for one in found if one["source"] == "levy"]
    listed = gao.get(
        f"/api/v1/quarantine/levy/{levy['name']}",
    ).json()
    assert listed["reasons"]["en"][0]["code"] == "date_unreadable"
    number = listed["rows"][0]
    one = gao.get(f"/api/v1/quarantine/rows/{number['batch_id']}/{number['row_number']}")
    assert SECRET not in one.text
    assert one.json()["columns"][0]["column"] == "编号"
    wanted = {"steps": [{"do": "set", "column": "出生日期", "new": "1960-01-01"}], "reason": "来函"}
    key = {"idempotency-key": "repair-once-1"}
    path = f"/api/v1/quarantine/levy/{levy['name']}/repairs"
    first, again = (gao.http.post(path, json=wanted, headers=key) for _ in range(2))
    assert first.status_code == 200
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (first.json()["decision"], first.json()["passing"]) == (None, levy["rows"])
    number = first.json()["plan_id"]
    decision = {"decision": "approve", "reason": "看过样本"}
    assert gao.http.post(f"/api/v1/repairs/{number}/decision", json=decision).status_code == 403  # who proposed it is no second person
    assert qian.http.post(f"/api/v1/repairs/{number}/decision", json=decision).status_code == 401
    assert hu.http.post(f"/api/v1/repairs/{number}/decision", json=decision).json()["decided_by"] == "hu"
    assert hu.http.post(f"/api/v1/repairs/{number}/decision", json=decision).status_code == 409
    assert hu.http.post("/api/v1/repairs/9999/decision", json={"decision": "approve", "reason": "x"}).status_code == 404
    assert hu.http.post("/api/v1/quarantine/levy/replay", json={"which": "corrected"}).status_code == 200
    settle()
    waiting = "r join ops.quarantine q using (batch_id, row_number) where q.state <> 'replayed'"
    assert select(f"select count(*) from ops.repair_plan_row {waiting} and plan_id = {number}") == [(0,)]
    [code] = qian.get("/api/v1/codes").json()["unknown"][:1]
    body = {name: code[name] for name in ("source", "stream", "lookup", "blind")} | {"code": "9", "reason": "来函"}
    assert qian.http.post("/api/v1/codes", json=body).status_code in (200, 409)
    assert qian.http.post("/api/v1/batches/levy-000001/decision", json={"decision": "approve", "reason": "x"}).status_code == 409
    assert qian.http.post("/api/v1/batches/levy-000999/decision", json={"decision": "approve", "reason": "x"}).status_code == 404
    with connect() as connection:
        assert ledger.unbalanced(connection) == []
