"""The analysts' pages over a small town: figures equal SQL, downloads leave a trace, a finding goes to one officer and comes back as counts."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.browser import Browser
from tests.warehouse.people import account
from tests.warehouse.town import fill
from warehouse import analysis, answers, dictionary, grants
from warehouse.db import connect

pytestmark = pytest.mark.xdist_group("analysis_pages")
ROLE, SECRET = f"pages_{secrets.token_hex(4)}", "secret-of-pages"


@pytest.fixture
def town(warehouse: str, home: Path) -> Iterator[Browser]:
    with connect() as connection:
        empty = connection.execute("select count(*) from identity.golden").fetchone() == (0,)
    if empty:
        fill(home, 40)
    with connect() as connection:
        grants.apply(connection)
        grants.add_analyst(connection, ROLE, SECRET, None, None, "test")
    secret = account("li", "steward")
    browser = Browser()
    browser.sign_in("li", secret)
    yield browser
    with connect() as connection:
        connection.execute("delete from access.open_case")
        grants.drop_analyst(connection, ROLE)


def ask(browser: Browser, name: str, path: str = "", **values: str) -> tuple[int, str, bytes]:
    answer = browser.post(f"/analysis/answer/{name}{path}", f"/analysis/answer/{name}", role=ROLE, secret=SECRET, **values)
    return answer.status_code, html.unescape(answer.text) if "text/html" in answer.headers["content-type"] else "", answer.content


def test_every_page_opens_in_both_languages(town: Browser) -> None:
    pages = ["/analysis", "/analysis/sql", "/analysis/dictionary", "/analysis/cases", "/analysis/handed"]
    pages += [f"/analysis/answer/{name}" for name in answers.answers()] + [f"/analysis/dictionary/{name}" for name in dictionary.relations()]
    for language, word in (("zh", "参保人数"), ("en", "People insured")):
        town.post("/account/look", "/account", what="language", choice=language)
        texts = {path: town.get(path) for path in pages}
        assert {path: answer.status_code for path, answer in texts.items() if answer.status_code != 200} == {}
        assert word in texts["/analysis"].text
    assert town.get("/analysis/dictionary/nothing").status_code == town.get("/analysis/answer/nothing").status_code == 404


def test_figures_of_a_chart_equal_sql(town: Browser) -> None:
    status, text, _ = ask(town, "insured", known="")
    assert status == 200
    drawn = dict(re.findall(r'text-anchor="end">([^<]+)</text><rect[^>]*/><text class="num fig"[^>]*>([\d.]+)<', text))
    latest = "(select max(month) from mart.insured)"
    counted = analysis.run(f"select insurance_code, sum(people)::text from mart.insured where month = {latest} group by 1", ROLE, SECRET).rows
    assert drawn == dict(counted)
    assert sum(int(people) for people in drawn.values()) == 40
    status, narrower, _ = ask(town, "insured", line="110")
    assert 'text-anchor="end">310<' not in narrower
    _, before, _ = ask(town, "insured", known="2020-01-01")
    assert "text-anchor" not in before


def test_what_is_wrong_is_said_and_nothing_comes_back_unescaped(town: Browser) -> None:
    status, text, _ = ask(town, "insured", month="x<y")
    assert status == 400
    assert "x<y" not in text.replace('value="x<y"', "")
    assert town.post("/analysis/answer/insured", "/analysis/answer/insured", role=ROLE, secret="wrong").status_code == 400
    refused = town.post("/analysis/sql", "/analysis/sql", role=ROLE, secret=SECRET, statement="delete from mart.person")
    assert refused.status_code == 400
    assert town.post("/analysis/sql", "/analysis/sql", role=ROLE, secret=SECRET, statement="select * from core.person_record").status_code == 400
    shown = town.post("/analysis/sql", "/analysis/sql", role=ROLE, secret=SECRET, statement="select '<b>' || count(*) as people from mart.person")
    assert "&lt;b&gt;40" in shown.text


def test_a_download_is_a_file_with_a_trace(town: Browser) -> None:
    status, _, content = ask(town, "insured", "/download", kind="csv", purpose="monthly report")
    assert (status, content[:3], content.count(b"\n") > 5) == (200, b"\xef\xbb\xbf", True)
    with connect() as connection:
        assert connection.execute("select actor, purpose from audit.entry where action = 'export'").fetchall() == [(f"analyst:{ROLE}", "monthly report")]


def test_a_finding_goes_to_one_officer_and_comes_back_as_counts(town: Browser) -> None:
    with connect() as connection:
        connection.execute("update star.person set numbers = 2 where person_no in (select min(person_no) from star.person)")
        [[person_id]] = connection.execute("select entity_id from star.entity where entity_no = (select min(person_no) from star.person)").fetchall()
    status, text, _ = ask(town, "two_numbers", "/hand-over", officer="nobody", purpose="two numbers of one person")
    assert status == 400
    status, text, _ = ask(town, "two_numbers", "/hand-over", officer="li", purpose="two numbers of one person")
    assert status == 200, text
    [number] = re.findall(r'/analysis/cases/(\d+)"', town.get("/analysis/cases").text)
    other = Browser()
    other.sign_in("qi", account("qi", "steward"))
    assert other.get(f"/analysis/cases/{number}").status_code == 404
    assert person_id not in town.get(f"/analysis/cases/{number}").text
    opened = town.post(f"/analysis/cases/{number}/open", f"/analysis/cases/{number}")
    assert person_id in opened.text
    counts = {"confirmed": "1", "link_error": "0", "source_error": "0", "no_finding": "0"}
    assert town.post(f"/analysis/cases/{number}/close", f"/analysis/cases/{number}", **{**counts, "confirmed": "2"}).status_code == 400
    assert town.post(f"/analysis/cases/{number}/close", f"/analysis/cases/{number}", **counts).status_code == 303
    told = town.post("/analysis/handed", "/analysis/handed", role=ROLE, secret=SECRET)
    assert re.findall(r"<td class=\"num\">(\w*)</td>", told.text)[-5:][1:] == ["1", "0", "0", "0"]
    assert person_id not in told.text
    with connect() as connection:
        grants.add_analyst(connection, f"{ROLE}_two", SECRET, None, None, "test")
    others = analysis.run("select * from mart.handed_over", f"{ROLE}_two", SECRET).rows  # another project sees none of it
    with connect() as connection:
        grants.drop_analyst(connection, f"{ROLE}_two")
    assert others == []
    with connect() as connection:
        assert connection.execute("select result from access.open_case").fetchall() == [({name: int(count) for name, count in counts.items()},)]
        traces = connection.execute("select actor, action, purpose from audit.entry where object = %s order by at", [f"open case {number}"]).fetchall()
    assert [(actor, action) for actor, action, _ in traces] == [(f"analyst:{ROLE}", "case.hand_over"), ("li", "case.reidentify"), ("li", "case.close")]
    assert {purpose for *_, purpose in traces} == {"two numbers of one person"}
