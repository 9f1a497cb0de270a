"""/api/v1: the same rights as the pages, verdicts with two people, writes done once, and nothing a random request can break."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from starlette.testclient import TestClient

from console.app import create_app
from tests.conftest import VARIABLES
from tests.console.browser import ORIGIN
from tests.hub.pipeline.worlds import World, built, copied, lives_of, world
from tests.warehouse.people import account
from warehouse import accounts_tokens
from warehouse.db import connect

__all__ = ["built", "world"]
SLOW = 120
"""Seconds an answer may take on a busy machine."""
SCOPES = ["persons", "cases", "verdicts"]


def token(name: str, *roles: str, scopes: list[str] | None = None, areas: list[str] | None = None) -> str:
    account(name, *roles, areas=areas)
    with connect() as connection:
        return accounts_tokens.add(connection, name, "test", scopes or SCOPES, 1)


class Program:
    """A program with a token."""

    def __init__(self, token: str | None) -> None:
        self.http = TestClient(create_app(), base_url=ORIGIN, raise_server_exceptions=False, headers={"authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.http.get(f"/api/v1{path}", params=query)

    def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return self.http.post(f"/api/v1{path}", json={} if body is None else body, headers={"idempotency-key": key} if key else {})


@pytest.fixture
def li(world: World) -> Program:
    return Program(token("li", "steward"))


@pytest.fixture
def he(world: World) -> Program:
    return Program(token("he", "steward"))


def places(world: World) -> dict[tuple[str, str], str]:
    return world.places()


def test_a_person_with_provenance_life_and_history(li: Program, world: World) -> None:
    person = places(world)[("register", "r3")]
    told = li.get(f"/persons/{person}").json()
    assert told["provenance"]["name"]["source"] == "register"
    assert "*" in told["values"]["id_number"]
    assert len(told["records"]) == 2
    life = li.get(f"/persons/{person}/life").json()
    assert life["enrolments"]
    assert sum(run["lines"] for run in life["contributions"])
    assert li.get(f"/persons/{person}/history").json()["redirects"]
    assert li.post(f"/persons/{person}/open", {"purpose": "待遇核查"}).status_code == 200
    assert "*" not in li.get(f"/persons/{person}").json()["values"]["id_number"]
    assert li.get("/persons/p0000000000000000").status_code == 404
    assert li.get("/persons/x").status_code == 422
    found = li.post("/persons/search", {"name": lives_of("register")[3].name}).json()
    assert person in {one["person_id"] for one in found["persons"]}
    found = li.post("/persons/search", {"text": "r3"}).json()
    assert next((one["person_id"], one["found_by"]) for one in found["persons"]) == (person, "key")
    assert li.post("/persons/search", {"text": "p0000000000000000"}).json()["persons"] == []


def test_a_pin_is_foreseen_and_lists_are_kept(li: Program, he: Program, world: World) -> None:
    person = places(world)[("register", "r44")]
    body = {"record": {"source": "pension", "source_key": "p44"}, "field": "address", "reason_code": "visited"}
    told = li.post(f"/persons/{person}/pins", {**body, "preview": True}).json()
    assert next(one["source"] for one in told["people"][0]["golden"] if one["field"] == "address") == "pension"
    assert li.get(f"/persons/{person}").json()["pins"] == [], "a preview writes nothing"
    assert li.post(f"/persons/{person}/pins", {**body, "field": "nothing", "preview": True}).status_code == 404
    assert li.post(f"/persons/{person}/pins", body).json()["act_id"]
    [pin] = li.get(f"/persons/{person}").json()["pins"]
    told = li.post(f"/persons/{person}/pins/{pin['pin_id']}/end", {"reason_code": "visited", "preview": True}).json()
    assert next(one["source"] for one in told["people"][0]["golden"] if one["field"] == "address") == "register"
    assert len(li.get(f"/persons/{person}").json()["pins"]) == 1
    kept = li.post("/lists", {"name": "大额", "shared": True, "filters": {"money": True}}).json()["list_id"]
    assert [(one["name"], one["filters"]) for one in he.get("/lists").json()["lists"]] == [("大额", {"money": True})]
    assert he.post(f"/lists/{kept}/drop").status_code == 404
    assert li.post(f"/lists/{kept}/drop").status_code == 200


def test_is_this_person_known(li: Program, world: World) -> None:
    one = lives_of("register")[7]
    told = li.post("/known", {"name": one.name, "id_number": one.number, "birth_date": one.born}).json()
    assert told["grade"] == "certain"
    assert [person["person_id"] for person in told["persons"] if person["grade"] == "certain"] == [places(world)["register", "r7"]]
    assert "*" in told["persons"][0]["values"]["name"]
    assert li.post("/known", {"name": "欧阳不在", "birth_date": "1977-07-07"}).json() == {"grade": "no", "persons": [], "more": False}
    assert li.post("/known", {"name": "孙某", "id_number": one.number}).json()["grade"] in ("possible", "certain")


def test_a_case_from_claim_to_undo_by_two_people(li: Program, he: Program, world: World) -> None:
    first = li.get("/cases", limit=5).json()
    assert len(first["cases"]) == 5
    assert first["next"] not in {one["case_id"] for one in li.get("/cases", limit=5, after=first["next"]).json()["cases"]}
    case = next(one["case_id"] for one in li.get("/cases", limit=50).json()["cases"] if not li.get(f"/cases/{one['case_id']}/preview").json()["blocking"])
    shown = li.get(f"/cases/{case}").json()
    assert len(shown["sides"]) == 2
    assert sum(one["weight"] for one in shown["evidence"]) == pytest.approx(shown["weight"], abs=0.02)
    assert li.post(f"/cases/{case}/claim").status_code == 200
    assert he.post(f"/cases/{case}/claim").status_code == 409
    seen = li.get(f"/cases/{case}/preview").json()
    body = {"verdict": "same", "reason_code": "papers_agree", "token": seen["token"]}
    assert he.post(f"/cases/{case}/verdict", body).status_code == 409
    assert li.post(f"/cases/{case}/verdict", {**body, "reason_code": "twins"}).status_code == 409
    stale = li.post(f"/cases/{case}/verdict", {**body, "token": "records=0.persons=0.verdicts=0.conflicts=0"})
    assert (stale.status_code, "changed" in stale.json()["error"]) == (409, True)
    done = li.post(f"/cases/{case}/verdict", body, key="verdict-0001").json()
    assert done["act_id"]
    again = li.post(f"/cases/{case}/verdict", body, key="verdict-0001")
    assert (again.json(), again.headers["idempotency-replayed"]) == (done, "true")
    assert li.post(f"/cases/{case}/verdict", {**body, "comment": "x"}, key="verdict-0001").status_code == 409
    assert li.get(f"/cases/{case}").status_code == 404
    acts = li.get("/acts", own=True).json()["acts"]
    assert [one["verdict"] for one in acts] == ["same"]
    assert li.post(f"/acts/{done['act_id']}/undo", {"reason_code": "mistaken"}).status_code == 200
    assert li.get(f"/cases/{case}").status_code == 200


def test_what_blocks_needs_a_second_person_by_the_api_too(li: Program, he: Program, world: World) -> None:
    before = places(world)
    pair = [before["register", "r8"], before["register", "r9"]]
    wanted = {"persons": pair, "reason_code": "papers_agree"}
    assert "two_valid_numbers" in li.post("/persons/merge", {**wanted, "preview": True}).json()["blocking"]
    waits = li.post("/persons/merge", wanted, key="merge-000001").json()
    assert waits["act_id"] is None
    assert places(world) == before
    assert li.post(f"/proposals/{waits['proposal_id']}/approve", {}).status_code == 403
    assert [one["proposal_id"] for one in he.get("/proposals").json()["others"]] == [waits["proposal_id"]]
    assert he.post(f"/proposals/{waits['proposal_id']}/approve", {}).json()["act_id"]
    after = places(world)
    assert after["register", "r8"] == after["register", "r9"]
    record = {"source": "pension", "source_key": "p9"}
    out = li.post(f"/persons/{after['register', 'r9']}/split", {"records": [record], "reason_code": "wrongly_joined"}).json()
    assert out["act_id"]
    to = places(world)["register", "r30"]
    moved = li.post(f"/persons/{places(world)['pension', 'p9']}/move", {"records": [record], "to": to, "reason_code": "wrongly_joined"})
    assert moved.status_code == 409, "its only record: that is a merge"
    pinned = li.post(f"/persons/{to}/pins", {"record": {"source": "pension", "source_key": "p30"}, "field": "address", "reason_code": "visited"}).json()
    assert pinned["act_id"]
    key_field = li.post(f"/persons/{to}/pins", {"record": {"source": "pension", "source_key": "p30"}, "field": "birth_date", "reason_code": "visited"}).json()
    assert key_field["blocking"] == ["key_field"]
    assert he.post(f"/proposals/{key_field['proposal_id']}/refuse", {"comment": "无凭证"}).status_code == 200


def test_rights_hold_as_on_the_pages(world: World) -> None:
    person = places(world)["register", "r3"]
    case = Program(token("wu", "steward")).get("/cases").json()["cases"][0]["case_id"]
    nobody, elsewhere = Program(None), Program(token("zhou", "steward", areas=["990000"]))
    engineer, narrow = Program(token("chen", "engineer")), Program(token("sun", "steward", scopes=["ledger"]))
    for path in (f"/persons/{person}", f"/persons/{person}/life", f"/cases/{case}", f"/cases/{case}/preview"):
        assert nobody.get(path).status_code == 401
        assert engineer.get(path).status_code == 403
        assert narrow.get(path).status_code == 401
        assert elsewhere.get(path).status_code == 404
    body = {"verdict": "different", "reason_code": "only_alike"}
    assert elsewhere.post(f"/cases/{case}/verdict", body).status_code == 404
    assert elsewhere.post("/persons/merge", {"persons": [person, places(world)["register", "r4"]], "reason_code": "papers_agree"}).status_code == 404
    assert elsewhere.get("/cases").json()["cases"] == []
    one = lives_of("register")[3]
    assert elsewhere.post("/known", {"id_number": one.number, "name": one.name}).json()["grade"] == "no"


@pytest.fixture(scope="module")
def fuzzed(built: tuple[str, Path], server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, str]]]:
    """The document, and the headers of a steward, over one copy of the town."""
    home = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_HOME", str(home))
        patch.setenv("HUB_SOURCES", str(home / "sources"))
        with copied(built, server_url, home, patch):
            yield create_app(), {"authorization": f"Bearer {token('li', 'steward', 'engineer', scopes=[*SCOPES, 'loads', 'quarantine'])}", "host": "localhost"}


class Fuzz:
    """Counts what was tried of each operation, with and without a right."""

    def __init__(self, headers: dict[str, str], seconds: float) -> None:
        self.headers, self.ended = headers, time.monotonic() + seconds
        self.tried: Counter[str] = Counter()

    def __call__(self, case: Any) -> None:
        """Send one request twice: by nobody, and by a steward's program."""
        label = case.operation.label
        if time.monotonic() > self.ended and self.tried[label]:
            return
        bare = case.call(headers={"host": "localhost"}, timeout=SLOW)
        assert 400 <= bare.status_code < 500 or case.operation.path == "/api/v1/openapi.json", (label, bare.status_code)
        answer = case.call(headers=self.headers, timeout=SLOW)
        assert answer.status_code < 500, label
        case.validate_response(answer, checks=[not_a_server_error])
        self.tried[label] += 1


@pytest.mark.long
def test_no_random_request_breaks_anything_or_gets_in_without_a_right(fuzzed: tuple[Any, dict[str, str]], pytestconfig: pytest.Config) -> None:
    app, headers = fuzzed
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, headers={"host": "localhost"}, timeout=SLOW)
    fuzz = Fuzz(headers, pytestconfig.getoption("--fuzz"))
    operations = [found.ok() for found in schema.get_all_operations()]
    options = settings(max_examples=5, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    for operation in operations:
        options(given(case=_cases(operation))(lambda case: fuzz(case)))()
    assert set(fuzz.tried) == {operation.label for operation in operations}


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    """Random requests of one operation, well-formed and malformed."""
    well_formed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.path_parameters or operation.query or operation.body):
        return well_formed  # there is nothing to spoil
    return st.one_of(well_formed, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
