"""Two areas in one town: outside a claimed case a steward of one meets nothing of the other, on every page, every route of the API, every search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from console.access import WHO, rule
from hub.pipeline import bulk_repair, queue, verdicts
from hub.pipeline.plans import By
from mappings.masks import mask
from tests.attacks.test_parameters import PARAMETERS, good
from tests.conftest import VARIABLES
from tests.console.browser import ORIGIN, Browser
from tests.hub.pipeline.lives import life, load, write
from tests.hub.pipeline.worlds import World, built, copied, lives_of
from tests.warehouse.people import account
from warehouse import accounts_tokens, refused
from warehouse.accounts_tokens import SCOPES
from warehouse.db import connect

__all__ = ["built"]
A, B = "330106", "330201"
SHARED = {("POST", "/quarantine/replay/{source}"), ("POST", "/api/v1/quarantine/{source}/replay")}
"""Starts work in the background that shows nobody a row; left out, so that nothing runs on after the test."""
BODIES: dict[str, dict[str, Any]] = {
    "/api/v1/persons/{person_id}/open": {"purpose": "待遇核查"},
    "/api/v1/persons/merge": {"persons": ["{person_id}", "{other}"], "reason_code": "papers_agree"},
    "/api/v1/persons/{person_id}/split": {"records": [{"source": "register", "source_key": "{key}"}], "reason_code": "wrongly_joined"},
    "/api/v1/persons/{person_id}/move": {"records": [{"source": "register", "source_key": "{key}"}], "to": "{other}", "reason_code": "wrongly_joined"},
    "/api/v1/persons/{person_id}/pins": {"record": {"source": "register", "source_key": "{key}"}, "field": "address", "reason_code": "papers_agree"},
    "/api/v1/persons/{person_id}/pins/{pin_id}/end": {"reason_code": "mistaken"},
    "/api/v1/cases/{case_id}/verdict": {"verdict": "different", "reason_code": "only_alike"},
    "/api/v1/proposals/{proposal_id}/refuse": {"comment": "no"},
    "/api/v1/acts/{act_id}/undo": {"reason_code": "mistaken"},
    "/api/v1/samples": {"case_id": "{case_id}"},
    "/api/v1/bulk": {"case_id": "{case_id}", "verdict": "different", "reason_code": "sample_reviewed", "preview": True},
    "/api/v1/quarantine/{source}/{name}/repairs": {
        "steps": [{"do": "replace", "column": "出生日期", "old": "约2年", "new": "1957-07-07"}], "reason": "电话核实",
    },
    "/api/v1/repairs/{plan_id}/decision": {"decision": "reject", "reason": "no"},
}  # fmt: skip


@dataclass
class Town:
    """The town, of each area an id of every kind, and what a reader of A may not meet."""

    far: list[int]
    """persons of B"""
    crossing: int
    """the person whose two records lie in two areas: the case is A's too, its second record is not"""
    strange: str
    """the name on that second record"""
    ids: dict[str, dict[str, str]]
    secret: set[str]
    steward: Browser
    token: str


@pytest.fixture(scope="module")
def town(built: tuple[str, Path], server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("areas")
    with pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_HOME", str(home))
        patch.setenv("HUB_SOURCES", str(home / "sources"))
        (home / "sources").mkdir()
        with copied(built, server_url, home, patch) as world:
            refused_rows = [
                *(life(500 + n, f"xa{n}", born=f"约{n}年", area=A) for n in range(3)),
                *(life(600 + n, f"xb{n}", born=f"约{(5, 6, 2)[n]}年", area=B) for n in range(3)),
            ]
            write(home, "register", [*lives_of("register"), *refused_rows, life(700, "xb9", sex="丙", area=B)], trust=90)
            load(home, "register", then_resolve=False)
            yield prepared(world)


def prepared(world: World) -> Town:
    """Move half of the town to B, do of each kind of act one in each area, and collect what is B's."""
    register = lives_of("register")
    with connect() as connection:
        doubtful = [int(key[1:]) for (key,) in connection.execute("select left_key from identity.pair where kind = 'possible' order by left_key, right_key")]
        crossing, *others = dict.fromkeys(doubtful)
        far = sorted({n for n in range(40) if n % 2} | set(others[::2]))
        strange = register[crossing].name[:-1] + "钰"
        moved = [f"{letter}{n}" for n in far for letter in "rp"] + [f"p{crossing}"]
        connection.execute("update core.person_record set area_code = %s where source_key = any(%s)", [B, moved])
        connection.execute("update core.enrolment set area_code = %s where person_key = any(%s)", [B, moved])
        connection.execute("update core.person_record set name = %s where source_key = %s", [strange, f"p{crossing}"])
        whose = "(select entity_id from identity.crosswalk where source_key = any(%s))"
        connection.execute(f"update identity.golden set area_code = %s where person_id in {whose}", [B, moved])
        connection.execute(f"update identity.golden set name = %s where person_id in {whose}", [strange, [f"p{crossing}"]])
        queue.fill(connection)
    near = [n for n in range(40) if n % 2 == 0]
    ids = {A: one_of_each(world, A, near), B: one_of_each(world, B, far)}
    people = [lives_of(source)[n] for source in ("register", "pension") for n in far]
    own = {one.name for n, one in enumerate(register) if n not in far}
    secret = {value for one in people for value in (one.number, one.phone, one.address, f'"{one.key}"', f">{one.key}<") if value}
    secret |= {one.name for one in people} - own
    with connect() as connection:
        rows = connection.execute("select entity_id, candidate_id from identity.crosswalk where source_key = any(%s)", [moved]).fetchall()
        secret |= {person for row in rows for person in row}
        secret |= {case for (case,) in connection.execute("select case_id from identity.waiting where areas = array[%s]", [B])}
    secret |= {strange, ids[B]["name"], "xb0", "xb1", "xb2", "xb9"}
    browser, key = Browser(), account("li", "steward", areas=[A])
    browser.sign_in("li", key)
    with connect() as connection:
        token = accounts_tokens.add(connection, "li", "all", list(SCOPES), 1)
    return Town(far, crossing, strange, ids, secret, browser, token)


def one_of_each(world: World, area: str, people: list[int]) -> dict[str, str]:
    """Ids of an area: persons, a case, an act, a pin, a proposal, a refused row, a pattern, a bulk repair."""
    places, by, letter = world.places(), By("zhao", "papers_agree"), "ab"[area == B]
    one, other = people[0], people[1]
    with connect() as connection:
        found = connection.execute("select case_id from identity.waiting where areas = array[%s] and state = 'open' order by 1 limit 2", [area]).fetchall()
        [(case_id,), (decided,)] = found
        [(batch, row)] = connection.execute("select batch_id, row_number from ops.quarantine where row_key = %s", [f"x{letter}0"]).fetchall()
        dates, sexes = (next(one for one in refused.patterns(connection, "register") if field in one.reasons[0]) for field in ("birth_date", "sex_code"))
        steps = [{"do": "replace", "column": "出生日期", "old": f"约{5 if area == B else 0}年", "new": "1957-07-07"}]
        plan = bulk_repair.propose(dates, steps, "zhao", "x", connection)
    act = verdicts.decide(decided, "different", By("zhao", "only_alike"))
    pin, proposal = verdicts.pin(("register", f"r{one}"), "address", by), verdicts.pin(("register", f"r{one}"), "name", by)
    with connect() as connection:
        [(pin_id,)] = connection.execute("select pin_id from identity.pin where act_id = %s", [pin.act_id]).fetchall()
    return {
        "person_id": places["register", f"r{one}"], "other": places["register", f"r{other}"], "key": f"r{one}", "case_id": case_id,
        "decided": decided,
        "act_id": str(act.act_id), "act": str(act.act_id), "pin_id": str(pin_id), "proposal_id": str(proposal.proposal_id), "at": "1", "record": "1",
        "batch_id": batch, "row_number": str(row), "source": "register", "name": (sexes if area == B else dates).name, "plan_id": str(plan.plan_id),
    }  # fmt: skip


def ask(town: Town, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    """Call a route about these ids, with values that fit everywhere else."""
    parts: dict[str, dict[str, str]] = {"path": {}, "query": {}, "form": {}, "json": {}, "header": {}, "cookie": {}}
    for (m, p, place, name), schema in PARAMETERS.items():
        if (m, p) == (method, path) and place != "query":
            parts[place][name] = ids.get(name) or good(name, schema)
    address = re.sub(r"\{(\w+)\}", lambda found: quote(parts["path"].get(found[1], ids.get(found[1], "1")), safe=""), path)
    if path.startswith("/api/"):
        body = _filled(BODIES.get(path, {}), ids) if method == "POST" else None
        return Browser().http.request(method, address, json=body, headers={"authorization": f"Bearer {town.token}"})
    data = {**parts["form"], "purpose": "待遇核查 核对", "csrf": town.steward.word("/account"), "to": parts["form"].get("to", "")} if method == "POST" else None
    return town.steward.http.request(method, address, data=data, headers={"origin": ORIGIN})


def _filled(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, ids) for value in body]
    return ids[body[1:-1]] if isinstance(body, str) and body.startswith("{") else body


def routes(method: str) -> list[str]:
    """Routes a steward may call, or begin to."""
    mine = {"steward"}
    found = [path for (m, path) in WHO if m == method and (m, path) not in SHARED and (not rule(m, path).roles or rule(m, path).roles & mine)]
    return [path for path in found if not path.startswith(("/account", "/sign", "/second", "/static"))]


def test_no_page_and_no_route_shows_anything_of_another_area(town: Town) -> None:
    """Asked about what is A's, and about what is B's: the answers hold nothing of B."""
    seen, shown = set(), {}
    for path in routes("GET"):
        for area in (A, B) if "{" in path else (A,):
            answer = ask(town, "GET", path, town.ids[area])
            text = _text(answer, town.ids[area].values() if area == B else ())
            shown[area, path] = answer.status_code
            assert not {one for one in town.secret if one in text}, (area, path)
            if answer.status_code == 200:
                seen.add(path)
    assert len(seen) > 30, "most routes answer"
    assert town.steward.get(f"/cases/{town.ids[A]['decided']}").status_code == 200
    assert town.steward.get(f"/cases/{town.ids[B]['decided']}").status_code == 404
    about = {"person_id", "case_id", "row_number", "plan_id", "name"}
    for path in routes("GET"):
        if about & set(re.findall(r"\{(\w+)\}", path)) and not path.startswith(("/analysis", "/static")):
            assert shown[A, path] in (200, 303), (path, shown[A, path])
            assert shown[B, path] in (303, 403, 404), (path, shown[B, path])


def _text(answer: httpx.Response, asked: Any) -> str:
    """What a page shows, without what the reader asked for by name."""
    text = answer.text + str(answer.headers.get("location", ""))
    for one in asked:
        if len(one) > 6:
            text = text.replace(one, "")
    return text


STATE = """select md5(string_agg(t, '|' order by t)) from (
    select j::text t from identity.judgement j union all select a::text from identity.act a union all select p::text from identity.pin p
    union all select q::text from identity.proposal q union all select c.case_id || c.account from access.claim c
    union all select u.object from access.unmasking u union all select r::text from ops.repair r union all select p::text from ops.repair_plan p
    union all select c.entity_id from identity.crosswalk c
    union all select w.case_id || w.state || coalesce(w.routed_to, '') from identity.waiting w) all_of_it"""


def state() -> str:
    with connect() as connection:
        [(found,)] = connection.execute(STATE).fetchall()
    return str(found)


ABOUT = {"person_id", "case_id", "row_number", "plan_id", "name", "act_id", "proposal_id"}


def test_no_act_reaches_another_area(town: Town) -> None:
    before, refusals, wrong = state(), 0, []
    for path in routes("POST"):
        if not ABOUT & set(re.findall(r"\{(\w+)\}", path + str(BODIES.get(path, "")))) or path.startswith("/analysis"):
            continue
        answer = ask(town, "POST", path, town.ids[B])
        said = {one for one in town.secret if one in _text(answer, town.ids[B].values())}
        if not 400 <= answer.status_code < 500 or state() != before or said:
            wrong.append((path, answer.status_code, state() == before, said))
        refusals += 1
    assert wrong == []
    assert ask(town, "POST", "/cases/undo", town.ids[B]).status_code == 404
    assert state() == before
    assert refusals > 25
    mixed = {**town.ids[A], "other": town.ids[B]["other"]}
    for path in ("/api/v1/persons/merge", "/api/v1/persons/{person_id}/move"):
        assert 400 <= ask(town, "POST", path, mixed).status_code < 500
    assert state() == before


def test_no_search_finds_anybody_of_another_area(town: Town) -> None:
    people = [one for n in town.far if (one := lives_of("register")[n]).name in town.secret][:6]
    assert len(people) == 6
    for one in people:
        for typed in (one.name, one.number, one.phone, one.key, one.name[:2]):
            for path, field in (("/persons", "q"), ("/cases/find", "text")):
                answer = town.steward.http.post(path, data={field: typed, "csrf": town.steward.word("/account")}, headers={"origin": ORIGIN})
                assert answer.status_code == 200, (path, answer.headers.get("location"))
                assert not {said for said in town.secret - {typed} if said in answer.text}, path
        head = {"authorization": f"Bearer {town.token}"}
        asked = {"name": one.name, "birth_date": one.born, "id_number": one.number}
        for path, body in (("persons/search", {"id_number": one.number}), ("persons/search", {"name": one.name}), ("known", asked)):
            told = Browser().http.post(f"/api/v1/{path}", json=body, headers=head)
            assert told.json()["persons"] == [], path


def test_a_bulk_repair_takes_the_rows_of_ones_own_area(town: Town) -> None:
    ids = town.ids[A]
    answer = ask(town, "POST", "/api/v1/quarantine/{source}/{name}/repairs", ids)
    assert answer.status_code == 200, answer.text
    with connect() as connection:
        plan = answer.json()["plan_id"]
        rows = connection.execute("select q.row_key from ops.repair_plan_row r join ops.quarantine q using (batch_id, row_number) where r.plan_id = %s", [plan])
        assert rows.fetchall() == [("xa2",)], "of the two rows the steps mend, the one in sight"


def test_a_claimed_case_lends_its_record_masked_and_only_then(town: Town) -> None:
    """The case that crosses: for A's steward the other side is held by B; whoever may cross areas claims it, and sees name and birth date masked."""
    mine, theirs, own = f"r{town.crossing}", f"p{town.crossing}", lives_of("register")[town.crossing]
    with connect() as connection:
        [(case_id,)] = connection.execute("select case_id from identity.pair where %s in (left_key, right_key) and %s in (left_key, right_key)", [mine, theirs])
        persons = connection.execute("select source_key, entity_id from identity.crosswalk where source_key in (%s, %s)", [theirs, f"r{town.far[0]}"])
        places = dict(persons.fetchall())
    page = town.steward.get(f"/cases/{case_id}")
    assert page.status_code == 200
    assert own.name in page.text
    assert town.strange not in page.text
    assert B in page.text, "held by area B"
    assert town.steward.http.post(f"/cases/{case_id}/claim", data={"csrf": town.steward.word("/account")}, headers={"origin": ORIGIN}).status_code == 403
    key = account("senior", "cross_area", areas=[A])
    senior = Browser()
    senior.sign_in("senior", key)
    assert town.strange not in senior.get(f"/cases/{case_id}").text
    assert senior.post(f"/cases/{case_id}/claim", "/account").status_code == 303
    for path in (f"/cases/{case_id}", f"/persons/{places[theirs]}"):
        text = senior.get(path).text
        assert town.strange not in text, path
        assert (mask("person_record", "name", town.strange) or "")[:1] in text
    assert senior.get(f"/persons/{places[f'r{town.far[0]}']}").status_code == 404, "nobody else of B"
    assert senior.post(f"/cases/{case_id}/open", "/account", purpose="核对证件").status_code == 303
    assert town.strange in senior.get(f"/cases/{case_id}").text, "opened for a purpose"
    assert senior.post(f"/cases/{case_id}/release", "/account").status_code == 303
    assert senior.get(f"/persons/{places[theirs]}").status_code == 404
    assert town.strange not in senior.get(f"/cases/{case_id}").text
