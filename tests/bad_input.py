"""Everything a source can do to the hub, each as a case: a good state, what breaks it, what is then said, and how it is mended.

`tests.test_bad_input` runs them one by one; `tests.test_leaks` runs them all in one installation and looks for values afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from hub.errors import ConfigError, ConfigErrors, HubError, RetryableError, SourceError, StoppedError
from tests import office
from tests.connectors.web import Asked, Reply, Web, serving
from tests.office import Insured, insured

COUNT = 120
PEOPLE = insured(COUNT)
HALF = 60
PAGE = 50


@dataclass
class Place:
    """Where a case runs: an installation, a database server for its source, a way to set the environment."""

    home: Path
    server_url: str
    setenv: Callable[[str, str], None]
    webs: list[Web] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)

    def declare(self, source: str, text: str) -> None:
        (self.home / "sources").mkdir(exist_ok=True)
        (self.home / "sources" / f"{source}.yml").write_text(text, encoding="utf-8")

    def file(self, name: str) -> Path:
        """A file at the source: beside the installation, for what a source holds is its own affair."""
        folder = self.home / "departments"
        folder.mkdir(exist_ok=True)
        return folder / name


@dataclass(frozen=True)
class Case:
    """A source in a good state, and what goes wrong with it."""

    source: str
    break_it: Callable[[], None]
    mend_it: Callable[[], None]
    error: type[HubError] | None = None
    """what `hub run` raises; None when the flow goes on and rows are refused or superseded"""
    says: tuple[str, ...] = ()
    """what the message must hold: where, and what to do"""
    ledger: dict[str, int] = field(default_factory=dict)
    """the ledger of the broken batch, where there is one"""
    reasons: tuple[str, ...] = ()
    """reasons in quarantine, where rows are refused"""


Make = Callable[[Place], Case]
CASES: dict[str, Make] = {}


def case(make: Make) -> Make:
    CASES[make.__name__] = make
    return make


def _csv(place: Place, source: str, encoding: str = "utf-8", declared: str | None = None) -> Path:
    """A source of one CSV file in a good state."""
    path = place.file(f"{source}.csv")
    path.write_text(office.csv(PEOPLE), encoding=encoding)
    place.declare(source, office.declaration(source, f'{{type: delimited, path: "{path}", encoding: {declared or encoding}}}'))
    return path


def _text(path: Path, text: str, encoding: str = "utf-8") -> Callable[[], None]:
    return lambda: path.write_bytes(text.encode(encoding)) and None


GOOD = office.csv(PEOPLE)


@case
def missing_file(place: Place) -> Case:
    path = _csv(place, "missing")
    return Case("missing", path.unlink, _text(path, GOOD), SourceError, ("missing.people", "missing.csv not found", "correct `path` or ask for the file"))


@case
def missing_day(place: Place) -> Case:
    """A day's file that has not come yet is tried again later: the day before stays."""
    folder = place.file("days")
    folder.mkdir(exist_ok=True)
    today, late = folder / "d_20250301.csv", folder / "d_20250302.csv"
    today.write_text(GOOD, encoding="utf-8")
    place.declare("days", office.declaration("days", f'{{type: delimited, path: "{folder}/d_{{date}}.csv"}}', mode="{mode: dated}"))

    def lose() -> None:
        today.rename(late)
        late.unlink()

    return Case("days", lose, _text(today, GOOD), RetryableError, ("days.people", "no file of any day found", "ask for the files"))


@case
def empty_file(place: Place) -> Case:
    path = _csv(place, "empty")
    return Case("empty", _text(path, ""), _text(path, GOOD), SourceError, ("empty.people", "empty.csv", "the file is empty (0 bytes)", "ask for it again"))


@case
def headings_only(place: Place) -> Case:
    """A file without rows would end everybody: it waits for a person."""
    path = _csv(place, "headings")
    return Case("headings", _text(path, office.csv([])), _text(path, GOOD), StoppedError, ("headings-", "yesterday's data stays", "hub gate reject"))


@case
def truncated_workbook(place: Place) -> Case:
    path = place.file("truncated.xlsx")
    office.xlsx(path, PEOPLE)
    place.declare("truncated", office.declaration("truncated", f'{{type: excel, path: "{path}"}}'))
    whole = path.read_bytes()
    return Case(
        "truncated",
        lambda: path.write_bytes(whole[: len(whole) // 2]) and None,
        lambda: path.write_bytes(whole) and None,
        SourceError,
        ("truncated.people", "truncated.xlsx", "ask for"),
    )


@case
def gb18030_said_to_be_utf8(place: Place) -> Case:
    path = _csv(place, "legacy")
    says = ("legacy.people", "legacy.csv", "not utf-8", "correct `encoding`")
    return Case("legacy", _text(path, GOOD, "gb18030"), _text(path, GOOD), SourceError, says)


@case
def utf8_said_to_be_gb18030(place: Place) -> Case:
    path = _csv(place, "modern", "gb18030")
    says = ("modern.people", "this file is UTF-8", "correct `encoding`")
    return Case("modern", _text(path, GOOD, "utf-8"), _text(path, GOOD, "gb18030"), SourceError, says)


@case
def one_row_with_wrong_bytes(place: Place) -> Case:
    """A name cut within a character refuses its row alone."""
    path = _csv(place, "cut_name")
    broken = GOOD.encode().replace(PEOPLE[0].name.encode(), PEOPLE[0].name.encode()[:-1])
    ledger = {"extracted": COUNT, "quarantined": 1, "unchanged": COUNT - 1}
    return Case("cut_name", lambda: path.write_bytes(broken) and None, _text(path, GOOD), ledger=ledger, reasons=("raw.row:undecodable",))


@case
def too_few_columns(place: Place) -> Case:
    path = _csv(place, "short_row")
    broken = GOOD.replace(f",{PEOPLE[3].phone},{PEOPLE[3].address}\n", "\n")
    ledger = {"extracted": COUNT, "quarantined": 1, "unchanged": COUNT - 1}
    return Case("short_row", _text(path, broken), _text(path, GOOD), ledger=ledger, reasons=("raw.row:too_few_columns",))


@case
def unclosed_quote(place: Place) -> Case:
    path = _csv(place, "quote")
    broken = GOOD.replace(PEOPLE[5].address, f'"{PEOPLE[5].address}')
    ledger = {"extracted": COUNT, "quarantined": 1, "unchanged": COUNT - 1}
    return Case("quote", _text(path, broken), _text(path, GOOD), ledger=ledger, reasons=("raw.row:unclosed_quote",))


@case
def renamed_column(place: Place) -> Case:
    path = _csv(place, "renamed")
    says = ("renamed.people", "column 证件号码 missing at the source", "not expected there: 身份证号", "correct the mapping or ask the department")
    return Case("renamed", _text(path, GOOD.replace("证件号码", "身份证号")), _text(path, GOOD), SourceError, says)


@case
def renamed_column_of_a_table(place: Place) -> Case:
    url = _table(place, "renamed_table")
    says = ("renamed_table.people", "column phone missing at the source", "correct the mapping or ask the department")
    return Case(
        "renamed_table",
        lambda: _execute(url, "alter table people rename column phone to mobile"),
        lambda: _execute(url, "alter table people rename column mobile to phone"),
        SourceError,
        says,
    )


@case
def refused_password(place: Place) -> Case:
    url = _table(place, "password")
    head, _, host = url.partition("@")
    wrong = f"{head.rpartition(':')[0]}:not-the-password@{host}"
    return Case(
        "password",
        lambda: place.setenv("HUB_CONN_PASSWORD", wrong),
        lambda: place.setenv("HUB_CONN_PASSWORD", url),
        ConfigError,
        ("password.people", "connection password", "refused user or password", "correct the connection"),
    )


def _table(place: Place, source: str) -> str:
    """A source of one PostgreSQL table, in a database of its own; gives its address."""
    with psycopg.connect(place.server_url, autocommit=True) as admin:
        name = f"src_{source}_{abs(hash(place.home)) % 10**8}"
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    place.databases.append(name)
    url = place.server_url.rpartition("/")[0] + f"/{name}"
    head = ("key", "name", "number", "born", "phone", "address")
    with psycopg.connect(url) as connection:
        connection.execute("create table people (key text, name text, number text, born text, phone text, address text)")
        with connection.cursor().copy("copy people from stdin") as copy:
            for person in PEOPLE:
                copy.write_row(person.row)
    place.setenv(f"HUB_CONN_{source.upper()}", url)
    place.declare(source, office.declaration(source, f"{{type: sql, connection: {source}}}", stream="from: {table: people}", head=head))
    return url


def drop_tables(place: Place) -> None:
    """Drop the databases `_table` made here; other workers have theirs on the same server."""
    with psycopg.connect(place.server_url, autocommit=True) as admin:
        for name in place.databases:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def page(asked: Asked) -> Reply:
    """A service in good order."""
    number = int(asked.query["page"])
    rows = office.objects(PEOPLE[(number - 1) * PAGE : number * PAGE])
    return Reply({"items": rows, "more": number * PAGE < COUNT})


def _service(place: Place, source: str) -> Web:
    [web] = [web for web in place.webs if not web.asked and web.answer is page][:1]
    web.answer = lambda asked: page(asked)
    connector = f'{{type: rest, url: "{web.url}", records: items, page: {{style: page, more: more}}}}'
    place.declare(source, office.declaration(source, connector))
    return web


def _answering(web: Web, answer: Callable[[Asked], Reply]) -> Callable[[], None]:
    return lambda: setattr(web, "answer", answer)


@case
def service_out_of_order(place: Place) -> Case:
    web = _service(place, "broken_service")
    down = Reply({"error": [PEOPLE[0].number]}, status=500, headers={"Retry-After": "0"})
    says = ("broken_service.people", "busy or out of order (status 500)", "try again")
    return Case("broken_service", _answering(web, lambda asked: down), _answering(web, page), RetryableError, says)


@case
def service_out_of_order_midway(place: Place) -> Case:
    """The first pages came: they are not published without the others."""
    web = _service(place, "half_service")
    down = Reply({}, status=503, headers={"Retry-After": "0"})
    says = ("half_service.people", "status 503", "try again")
    return Case("half_service", _answering(web, lambda asked: page(asked) if asked.query["page"] == "1" else down), _answering(web, page), RetryableError, says)


@case
def service_answers_html(place: Place) -> Case:
    web = _service(place, "html")
    answer = Reply(f"<html><body>Welcome {PEOPLE[0].name} {PEOPLE[0].number}</body></html>".encode(), headers={"Content-Type": "text/html"})
    return Case("html", _answering(web, lambda asked: answer), _answering(web, page), SourceError, ("html.people", "JSON"))


@case
def service_sends_a_page_twice(place: Place) -> Case:
    web = _service(place, "twice")

    def again(asked: Asked) -> Reply:
        sent = len(web.asked) - asked_before[0]
        number = sent if sent < 3 else sent - 1
        return page(Asked(asked.method, asked.path, {"page": str(number)}, {}, {}))

    asked_before = [0]

    def break_it() -> None:
        asked_before[0] = len(web.asked)
        web.answer = again

    ledger = {"extracted": COUNT + PAGE, "superseded": PAGE, "unchanged": COUNT}
    return Case("twice", break_it, _answering(web, page), ledger=ledger)


def _declared(place: Place, source: str, change: Callable[[str], str], *says: str) -> Case:
    """A source file with a fault."""
    _csv(place, source)
    path = place.home / "sources" / f"{source}.yml"
    good = path.read_text(encoding="utf-8")
    bad = change(good)
    assert bad != good
    return Case(source, _text(path, bad), _text(path, good), ConfigErrors, (f"{source}.yml:", *says))


@case
def unknown_key_in_the_file(place: Place) -> Case:
    return _declared(place, "unknown_key", lambda text: text.replace("    key: [", "    kye: ["), "kye: unknown key", "did you mean key")


@case
def wrong_type_in_the_file(place: Place) -> Case:
    return _declared(
        place,
        "wrong_type",
        lambda text: text.replace('steward: "', "").replace("steward: wrong_type@county.example", "steward: 12"),
        "steward",
        "expected text",
    )


@case
def key_twice_in_the_file(place: Place) -> Case:
    return _declared(place, "twice_key", lambda text: text.replace("          phone:", "          name: {name: 电话}\n          phone:"), "name", "twice")


@case
def lookup_that_is_not_there(place: Place) -> Case:
    change = {"birth_date: {date": "sex_code: {lookup: sexe, from: 编号}\n          birth_date: {date"}
    return _declared(place, "no_lookup", lambda text: text.replace(*next(iter(change.items()))), "sexe", "lookup")


@case
def thirtieth_of_february(place: Place) -> Case:
    path = _csv(place, "february")
    broken = office.csv([PEOPLE[0].but(born="19790230"), *PEOPLE[1:]])
    ledger = {"extracted": COUNT, "quarantined": 1, "unchanged": COUNT - 1}
    return Case("february", _text(path, broken), _text(path, GOOD), ledger=ledger, reasons=("person_record.birth_date:date_impossible",))


@case
def cell_of_ten_megabytes(place: Place) -> Case:
    path = _csv(place, "huge")
    broken = office.csv([PEOPLE[0].but(address=PEOPLE[0].address + "长" * (10 << 20)), *PEOPLE[1:]])
    ledger = {"extracted": COUNT, "quarantined": 1, "unchanged": COUNT - 1}
    return Case("huge", _text(path, broken), _text(path, GOOD), ledger=ledger, reasons=("person_record.address:value_too_long",))


@case
def snapshot_cut_in_half(place: Place) -> Case:
    path = _csv(place, "half")
    whole = GOOD.encode()
    return Case(
        "half",
        lambda: path.write_bytes(whole[: len(whole) // 2]) and None,
        _text(path, GOOD),
        StoppedError,
        ("half-", "yesterday's data stays", "hub gate reject"),
    )


@contextmanager
def services() -> Iterator[list[Web]]:
    """The services the cases need, each in good order at first."""
    webs: list[Web] = []
    from contextlib import ExitStack

    with ExitStack() as stack:
        for _ in range(sum("service" in name for name in CASES)):
            webs.append(stack.enter_context(serving(page)))
        yield webs


def values(people: list[Insured] | None = None) -> list[str]:
    """Every number and phone of the office."""
    return [value for person in people or PEOPLE for value in (person.number, person.phone)]
