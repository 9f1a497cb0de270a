"""REST services: paging to the end and no further, logins, patience with a busy service, silence about values."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectors.base import Connector, Part, Request
from connectors.rest import Rest
from connectors.retry import Retry
from hub.errors import ConfigError, HubError, RetryableError, SourceError
from tests.connectors.conftest import Certificate
from tests.connectors.contract import COLUMNS, SECRET, Contract, Row, taken
from tests.connectors.web import Asked, Reply, Web, serving

Serve = Callable[[Callable[[Asked], Reply]], Web]
PAGE = {"style": "page", "size_param": "size", "size": 10, "more": "hasNext", "total": "total"}


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving(answer))


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def rest(waits: list[float]) -> Rest:
    return Rest(retry=Retry(sleep=waits.append, jitter=lambda: 1.0))


def request(web: Web, **options: Any) -> Request:
    address = {} if "connection" in options else {"url": web.url}
    return Request("here", "rows", {"type": "rest", **address, "path": "/api/rows", "records": "items", **options})


def extract(rest: Rest, asked: Request) -> list[Part]:
    return list(rest.extract(asked))


def paged(rows: Sequence[Any]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        number, size = int(asked.query.get("page", 1)), int(asked.query.get("size", 10))
        items = rows[(number - 1) * size : number * size]
        return Reply({"total": len(rows), "hasNext": number * size < len(rows), "items": items})

    return answer


class TestRest(Contract):
    keeps_null = True

    @pytest.fixture(autouse=True)
    def _service(self, serve: Serve, rest: Rest) -> None:
        self.serve, self.rest = serve, rest

    def connector(self, request: Request) -> Connector:
        return self.rest

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        web = self.serve(paged([{name: row[name] for name in columns} for row in rows]))
        return replace(request(web, page=PAGE), key=("key",))

    def missing(self) -> Request:
        return request(self.serve(lambda asked: Reply({"error": SECRET}, 404)), page=PAGE)


def test_values_keep_the_spelling_of_the_sender(serve: Serve, rest: Rest) -> None:
    body = """{"items": [{"n": 1.10, "big": 110105194912310021, "e": 1E+2, "t": true, "f": false, "none": null, "empty": "",
        "list": [1.10, {"a": "张", "b": [] }, null, true], "of": {"the": {"person": "张三", "n": 7}}, "nothing": {}, "text": " a\\n"}]}"""
    web = serve(lambda asked: Reply(body.encode()))
    assert taken(extract(rest, request(web))) == [
        {"n": "1.10", "big": "110105194912310021", "e": "1E+2", "t": "true", "f": "false", "none": None, "empty": "",
         "list": '[1.10,{"a":"张","b":[]},null,true]', "of.the.person": "张三", "of.the.n": "7", "nothing": "{}", "text": " a\n"},
    ]  # fmt: skip


PLACES: list[tuple[str, Any]] = [
    ("", [{"a": "1"}]),
    ("data.rows", {"data": {"rows": [{"a": "1"}]}}),
    ("/data/0/a~1b", {"data": [{"a/b": [{"a": "1"}]}]}),
]


@pytest.mark.parametrize(("path", "body"), PLACES)
def test_where_the_rows_are(serve: Serve, rest: Rest, path: str, body: Any) -> None:
    assert taken(extract(rest, request(serve(lambda asked: Reply(body)), records=path))) == [{"a": "1"}]


def test_no_list_where_the_rows_should_be(serve: Serve, rest: Rest) -> None:
    for reply in (Reply({"rows": []}), Reply({"items": {"a": 1}}), Reply("text")):
        with pytest.raises(SourceError, match="the answer has no list at `records`; renamed there"):
            extract(rest, request(serve(failing(reply))))
    assert extract(rest, request(serve(lambda asked: Reply({"items": None})))) == []


ITEMS = [{"k": str(at)} for at in range(25)]


def listing(asked: Asked) -> Reply:
    """25 rows, however one counts."""
    if "offset" in asked.query:
        start = int(asked.query["offset"])
        return Reply({"items": ITEMS[start : start + min(7, int(asked.query["limit"]))], "total": 25})  # gives fewer than asked for
    if asked.path == "/api/rows/next" or "cursor" in asked.query:
        start = int(asked.query.get("cursor") or asked.query.get("from") or 0)
    elif "page" in asked.query:
        start = (int(asked.query["page"]) - 1) * 7
    else:
        start = 0
    link = {"Link": f'</api/rows/next?from={start + 7}>; rel="next"'} if start + 7 < 25 else {}
    following = {"next": str(start + 7) if start + 7 < 25 else None, "link": f"/api/rows/next?from={start + 7}" if start + 7 < 25 else ""}
    return Reply({"items": ITEMS[start : start + 7], "meta": following, "total": 25}, headers=link)


@pytest.mark.parametrize(
    "page",
    [
        {"style": "page"},
        {"style": "page", "total": "total"},
        {"style": "offset", "limit": 10},
        {"style": "offset", "limit": 10, "total": "total"},
        {"style": "cursor", "param": "cursor", "next": "meta.next"},
        {"style": "next_link", "next": "meta.link"},
        {"style": "next_link"},
    ],
)
def test_every_way_of_paging_gets_every_row_once(serve: Serve, rest: Rest, page: dict[str, Any]) -> None:
    assert taken(extract(rest, request(serve(listing), page=page))) == ITEMS


def test_a_page_sent_twice_is_passed_on(serve: Serve, rest: Rest) -> None:
    """As civil affairs does it: the listing is then one page longer, and nothing is lost."""

    def answer(asked: Asked) -> Reply:
        number = int(asked.query["page"])
        at = number - 1 if number <= 2 else number - 2
        return Reply({"items": ITEMS[at * 10 : at * 10 + 10], "hasNext": number < 4, "total": 25})

    rows = taken(extract(rest, request(serve(answer), page=PAGE)))
    assert rows == [*ITEMS[:20], *ITEMS[10:20], *ITEMS[20:]]


@pytest.mark.parametrize("page", [PAGE, {"style": "page"}, {"style": "cursor", "param": "c", "next": "next"}, {"style": "offset"}])
def test_an_endless_repetition_is_stopped(serve: Serve, rest: Rest, page: dict[str, Any]) -> None:
    web = serve(lambda asked: Reply({"items": ITEMS[:3], "hasNext": True, "next": "same", "total": 25}))
    with pytest.raises(SourceError, match="sent the same page 5 times"):
        extract(rest, request(web, page=page))
    assert len(web.asked) == 5


def test_fewer_rows_than_announced(serve: Serve, rest: Rest) -> None:
    web = serve(lambda asked: Reply({"items": ITEMS[:3], "hasNext": False, "total": 25}))
    with pytest.raises(RetryableError, match="announced 25 rows and gave 3; run again"):
        extract(rest, request(web, page=PAGE))


def test_the_next_page_is_never_asked_of_another_host(serve: Serve, rest: Rest) -> None:
    web = serve(lambda asked: Reply({"items": ITEMS[:3], "next": "http://elsewhere.example/x"}))
    with pytest.raises(SourceError, match="next page is on another host"):
        extract(rest, request(web, page={"style": "next_link", "next": "next"}))


def test_rows_since_a_watermark(serve: Serve, rest: Rest) -> None:
    web = serve(paged(ITEMS))
    asked = replace(request(web, page=PAGE, since_param="since", params={"area": "529002"}), key=("k",), cursor="k", since="2025-10-31T08:15:00")
    extract(rest, asked)
    assert {one.query["since"] for one in web.asked} == {"2025-10-31T08:15:00"}
    assert {one.query["area"] for one in web.asked} == {"529002"}
    web.asked.clear()
    assert sum(table.num_rows for table in rest.keys(asked)) == 25
    assert not any("since" in one.query for one in web.asked)


def test_rows_that_are_no_objects_are_refused_alone(serve: Serve, rest: Rest) -> None:
    (part,) = extract(rest, request(serve(lambda asked: Reply({"items": [{"a": 1}, [1.50], {"a": 2}]}))))
    assert [(reject.position, reject.reason, reject.raw) for reject in part.rejects] == [(2, "not_an_object", "[1.5]")]
    assert part.positions.to_pylist() == [1, 3]


def test_columns_that_come_later_stand_at_the_end(serve: Serve, rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.rest._ROWS_AT_ONCE", 1)
    web = serve(paged([{"b": "1"}, *[{"b": "2"}] * 9, {"b": "3", "a": "x"}]))
    first, second = extract(rest, replace(request(web, page=PAGE), known_columns=("b", "c"), options={**request(web, page=PAGE).options, "optional": ["c"]}))
    assert (first.table.column_names, second.table.column_names) == (["b", "c"], ["b", "c", "a"])


def test_a_known_column_no_row_has(serve: Serve, rest: Rest) -> None:
    web = serve(lambda asked: Reply({"items": [{"a": "1", "of": None}, {"b": SECRET, "of": None}]}))
    assert taken(extract(rest, replace(request(web), known_columns=("a", "b", "of.the.person"))))[0] == {"a": "1", "b": None, "of.the.person": None}
    with pytest.raises(SourceError, match="column phone missing at the source"):
        extract(rest, replace(request(web), known_columns=("a", "phone")))
    assert extract(rest, replace(request(web, optional=["phone"]), known_columns=("a", "phone")))


def tokens(lives: int, *, expires_in: Any = 3600) -> Callable[[Asked], Reply]:
    """A token service and a listing; a token serves so many requests."""
    given: dict[str, int] = {}

    def answer(asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            given[f"t{len(given)}"] = lives
            return Reply({"access_token": f"t{len(given) - 1}", "expires_in": expires_in})
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        given[token] = given.get(token, 0) - 1
        return paged(ITEMS)(asked) if given[token] >= 0 else Reply({"error": SECRET}, 401)

    return answer


LOGIN = {"type": "oauth2_client_credentials", "token_path": "/oauth/token"}


def secured(web: Web, connected: Callable[[str], str], auth: dict[str, Any] = LOGIN, login: str = f"client:{SECRET}@") -> Request:
    return request(web, connection=connected(web.url.replace("//", f"//{login}")), auth=auth, page={**PAGE, "size": 2})


@pytest.mark.parametrize("client_auth", ["basic", "form"])
def test_a_token_that_dies_on_the_way_is_replaced(serve: Serve, rest: Rest, connected: Callable[[str], str], client_auth: str) -> None:
    web = serve(tokens(5))
    assert taken(extract(rest, secured(web, connected, {**LOGIN, "client_auth": client_auth, "scope": "read"}))) == ITEMS
    posts = [one for one in web.asked if one.method == "POST"]
    assert len(posts) == 3
    assert all(one.form["grant_type"] == "client_credentials" and one.form["scope"] == "read" for one in posts)
    assert all(("client_secret" in one.form) == (client_auth == "form") for one in posts)


def test_a_token_is_replaced_before_it_runs_out(serve: Serve, connected: Callable[[str], str]) -> None:
    clock = iter(range(0, 10_000, 20))
    web = serve(tokens(1000, expires_in="60"))
    assert taken(extract(Rest(clock=lambda: next(clock)), secured(web, connected))) == ITEMS
    assert len([one for one in web.asked if one.method == "POST"]) > 2
    assert not [one for one in web.pages() if one.headers.get("Authorization") == "Bearer t0"][4:]


def test_a_token_that_is_never_taken(serve: Serve, rest: Rest, connected: Callable[[str], str]) -> None:
    web = serve(tokens(0))
    with pytest.raises(ConfigError, match="refused the login") as caught:
        extract(rest, secured(web, connected))
    assert len(web.asked) == 4
    assert SECRET not in str(caught.value)


def test_a_refused_secret(serve: Serve, rest: Rest, connected: Callable[[str], str]) -> None:
    web = serve(lambda asked: Reply({"error": "invalid_client"}, 401))
    with pytest.raises(ConfigError, match=r"token service refused login or secret \(status 401\); correct the connection") as caught:
        extract(rest, secured(web, connected))
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigError, match="no secret; put it into the connection"):
        extract(rest, secured(web, connected, login="client@"))
    with pytest.raises(SourceError, match="gave no access_token"):
        extract(rest, secured(serve(lambda asked: Reply({"token": 7})), connected))


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"type": "basic"}, "Authorization", "Basic dXM6cHc="),
        ({"type": "bearer"}, "Authorization", "Bearer pw"),
        ({"type": "header", "name": "X-Api-Key"}, "X-Api-Key", "pw"),
    ],
)
def test_other_logins(serve: Serve, rest: Rest, connected: Callable[[str], str], auth: dict[str, Any], header: str, value: str) -> None:
    web = serve(paged(ITEMS))
    extract(rest, secured(web, connected, auth, "us:pw@"))
    assert {one.headers[header] for one in web.asked} == {value}


def failing(*replies: Reply) -> Callable[[Asked], Reply]:
    """These answers first, then the listing."""
    left = iter(replies)
    return lambda asked: next(left, None) or paged(ITEMS)(asked)


def test_a_busy_service_is_asked_again_after_the_time_it_names(serve: Serve, rest: Rest, waits: list[float]) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    replies = [Reply({}, 503, {"Retry-After": "1"}), Reply({}, 429, {"Retry-After": date}), Reply({}, 502), Reply([], 200, cut=True)]
    assert taken(extract(rest, request(serve(failing(*replies)), page=PAGE))) == ITEMS
    assert waits[0] == 1.0
    assert 15 < waits[1] <= 20
    assert waits[2:] == [2.0, 4.0]


def test_a_service_that_is_out_of_order_for_good(serve: Serve, rest: Rest, waits: list[float]) -> None:
    web = serve(lambda asked: Reply({"error": SECRET}, 500, {"Retry-After": "9999"}))
    with pytest.raises(RetryableError, match=r"busy or out of order \(status 500\)") as caught:
        extract(rest, request(web, page=PAGE, params={"q": SECRET}))
    assert (len(web.asked), waits) == (5, [30.0] * 4)
    assert SECRET not in str(caught.value)


def test_a_service_that_is_not_there(serve: Serve, rest: Rest) -> None:
    with serving(paged(ITEMS)) as web:
        gone = request(web, page=PAGE, params={"q": SECRET})
    with pytest.raises(RetryableError, match=r"not reached or broke off \(ConnectError\)") as caught:
        extract(rest, gone)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


ANSWERS = [
    (Reply(f"<html>{SECRET}".encode(), headers={"Content-Type": "text/html"}), SourceError, "HTML or XML came instead of JSON"),
    (Reply(f"{SECRET}{{".encode()), SourceError, r"the answer is not JSON \(10 bytes\)"),
    (Reply(b""), SourceError, r"not JSON \(0 bytes\)"),
    (Reply({}, 403), ConfigError, r"refused the login \(status 403\)"),
    (Reply({}, 404), ConfigError, r"knows no such path \(status 404\)"),
    (Reply({}, 302, {"Location": "https://elsewhere.example"}), ConfigError, r"sends elsewhere \(status 302\)"),
    (Reply({}, 422), SourceError, r"refused the request \(status 422\)"),
]


@pytest.mark.parametrize(("reply", "error", "message"), ANSWERS)
def test_answers_that_are_no_rows(serve: Serve, rest: Rest, reply: Reply, error: type[HubError], message: str) -> None:
    web = serve(lambda asked: reply)
    with pytest.raises(error, match=message) as caught:
        extract(rest, request(web, page=PAGE, params={"q": SECRET}))
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(web.asked) == 1


def test_json_in_gb18030(serve: Serve, rest: Rest) -> None:
    content = json.dumps({"items": [{"name": "张𠮷"}]}, ensure_ascii=False).encode("gb18030")
    web = serve(lambda asked: Reply(content, headers={"Content-Type": "application/json; charset=GB18030"}))
    assert taken(extract(rest, request(web))) == [{"name": "张𠮷"}]


def test_no_address_reaches_a_log(serve: Serve, rest: Rest, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        extract(rest, request(serve(paged(ITEMS)), page=PAGE, params={"q": SECRET}))
    assert "api/rows" not in caplog.text
    assert SECRET not in caplog.text


def test_certificates_are_verified(certificate: Certificate, rest: Rest, connected: Callable[[str], str]) -> None:
    with serving(paged(ITEMS), certificate) as web:
        with pytest.raises(ConfigError, match="certificate could not be verified; set ca_file"):
            extract(rest, request(web, page=PAGE))
        assert taken(extract(rest, request(web, page=PAGE, connection=connected(f"{web.url}?ca_file={certificate.certificate}")))) == ITEMS


REFUSED = [
    ("http://client:pw@service.example", {"auth": LOGIN}, "the login would travel unencrypted"),
    ("http://client:pw@127.0.0.1?verify=false", {"auth": LOGIN}, "unknown option verify; known: ca_file"),
    ("http://client:pw@127.0.0.1?ca_file=/nowhere.pem", {}, "ca_file cannot be read"),
    ("mysql://client:pw@127.0.0.1/x", {}, "kind mysql is no web service"),
]


@pytest.mark.parametrize(("uri", "options", "message"), REFUSED)
def test_connections_that_are_refused(rest: Rest, connected: Callable[[str], str], uri: str, options: dict[str, Any], message: str) -> None:
    asked = Request("here", "rows", {"type": "rest", "connection": connected(uri), "path": "/x", **options})
    with pytest.raises(ConfigError, match=message):
        extract(rest, asked)


PROBLEMS = [
    ({}, "one of `connection` and `url` is required"),
    ({"url": "https://a", "connection": "b"}, "one of `connection` and `url`"),
    ({"url": "https://me:pw@a"}, "without login is expected"),
    ({"url": "https://a", "auth": LOGIN}, "auth: needs a connection"),
    ({"url": "https://a", "page": {"style": "pages"}}, "connector.page: "),
    ({"url": "https://a", "page": {"style": "page", "sise": 7}}, "connector.page.page.sise: unknown key"),
]


@pytest.mark.parametrize(("options", "problem"), PROBLEMS)
def test_options(rest: Rest, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        rest.check(Request("here", "rows", {"type": "rest", **options}))
    assert problem in str(caught.value)
    assert "pw" not in str(caught.value)
