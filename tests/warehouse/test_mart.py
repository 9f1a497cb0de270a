"""The mart over a county, 2,000 people unless `--mart-people` says more: findings, reports as known, totals, keys of projects, published figures."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import polars as pl
import psycopg
import pytest
from scipy.stats import binom

from hub.pipeline import audit_2021, mart, run_source
from hub.pipeline.resolve import resolve
from hub.pipeline.trace import trace
from hub.settings import REPO
from mappings.load import load_named
from tests import county_books
from tests.conftest import _admin
from tests.warehouse import changes, findings, shared
from warehouse import answers, grants, migrate, server
from warehouse.db import connect

pytestmark = pytest.mark.xdist_group("mart")
database = shared.database
SEED, LONG = 1, 20_000
RECALL = 0.97
ROLE, SECRET = f"mart_{secrets.token_hex(4)}", "secret-of-the-auditor"


@dataclass(frozen=True)
class Loaded:
    """The county in its warehouse, and who its records truly speak of."""

    home: Path
    url: str
    books: county_books.Books
    persons: pl.DataFrame
    people: int

    def reads(self, role: str, statement: str) -> list[tuple[Any, ...]]:
        address = self.url.rpartition("@")[2]
        with psycopg.connect(f"postgresql://{role}:{SECRET}@{address}") as connection:
            return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module")
def loaded(database: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Loaded]:
    people, kept = request.config.getoption("mart_people"), request.config.getoption("mart_home")
    home = Path(kept).resolve() if kept else tmp_path_factory.mktemp("mart")
    (home / "sources").mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("HUB_KEYS", "HUB_KEK", "HUB_STORE", "HUB_CRYPTO", "HUB_COUNTY"):
            patch.delenv(variable, raising=False)
        for name, value in {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": database}.items():
            patch.setenv(name, value)
        if kept:
            patch.setenv("DATABASE_URL", _copied(home, people, patch))
        else:
            county_books.load(home, people, SEED)
        books = county_books.known(people, SEED)
        roles = {ROLE: findings.PROJECT, f"{ROLE}_two": "other_project", f"{ROLE}_open": None}
        with connect() as connection:
            grants.apply(connection)
            for role, project in roles.items():
                if project:
                    grants.add_project(connection, project, "test", "test")
                grants.add_analyst(connection, role, SECRET, None, None, "test", project=project, published=project is None)
        yield Loaded(home, os.environ["DATABASE_URL"], books, county_books.true_persons(home, books.tables), people)
        with connect() as connection:
            for role in roles:
                grants.drop_analyst(connection, role)


def _copied(home: Path, people: int, patch: pytest.MonkeyPatch) -> str:
    """Load the county into a server of the folder, once, and give a copy of its database."""
    made = server.ensure(home / "pg", name="county")
    patch.setenv("DATABASE_URL", made.url)
    if not (home / "loaded").exists():
        migrate.upgrade()
        county_books.load(home, people, SEED)
        (home / "loaded").touch()
    name = f"t_{secrets.token_hex(6)}"
    _admin(made.url_of("postgres"), f"create database {name} template county")
    return made.url_of(name)


def all_answers(known_at: datetime | None = None) -> dict[str, list[tuple[Any, ...]]]:
    given = {"retirements": {"start": "2025-11-01"}, "insured": {"month": "2025-10-01"}, "coverage_gaps": {"month": "2025-10-01"}}
    return {name: answers.run(name, ROLE, SECRET, given.get(name), known_at=known_at, rows=100_000).result.rows for name in answers.answers()}


def test_every_answer_answers_and_says_what_it_gives(loaded: Loaded) -> None:
    for name, asked in answers.answers().items():
        found = answers.run(name, ROLE, SECRET)
        assert found.result.columns == list(asked.columns), name
        assert set(asked.chart) <= {*asked.columns, "count"}, name
        assert found.quality.oldest is not None
        assert 0 < found.quality.waiting_share < 1
    assert {name for name, rows in all_answers().items() if not rows} <= {"base_against_tax", "two_numbers"}  # the county's tax bureau agrees with its centre


def test_findings_of_the_machine_are_found_and_false_ones_are_link_errors(loaded: Loaded) -> None:
    found = findings.ask(ROLE, SECRET, loaded.books.findings, loaded.persons)
    print("the machine's crosswalk", loaded.people, *findings.lines(found), sep="\n")
    planted = sum(len(one.planted) for one in found.values())
    met = sum(len(one.planted & one.given) for one in found.values())
    least = RECALL if loaded.people >= LONG else binom.ppf(0.01, planted, RECALL) / planted  # what so few findings may miss by chance, once in a hundred
    assert met / planted >= least, {finding: one.recall for finding, one in found.items()}
    assert {finding: one.false - one.doubtful for finding, one in found.items() if one.false - one.doubtful} == {}
    unsaid = {finding: one.false - set(one.confidence) for finding, one in found.items() if finding != "employer_stopped" and one.false - set(one.confidence)}
    assert unsaid == {}


def test_on_the_true_crosswalk_every_finding_is_found_and_none_is_false(loaded: Loaded) -> None:
    county_books.place_truly(loaded.persons)
    mart.refresh()
    found = findings.ask(ROLE, SECRET, loaded.books.findings, loaded.persons)
    print("the true crosswalk", loaded.people, *findings.lines(found), sep="\n")
    resolve(full=True)  # the machine's again, for the tests that follow
    for finding in findings.ASKED:
        assert found[finding].planted, finding
        assert found[finding].given == found[finding].planted, finding


def test_people_insured_are_the_county_s(loaded: Loaded) -> None:
    """Held against the pension centre's own table: persons enrolled in line 110 in one month, by true person and division."""
    ac02 = loaded.books.tables["pension"]["ac02"].filter(pl.col("_fault") == "", pl.col("aae140") == "110")
    during = ac02.filter(pl.col("aae030") <= "20251031", pl.col("aae031").fill_null("").is_in([""]) | (pl.col("aae031") >= "20251001"))
    during = during.filter(~((pl.col("aac008") == "4") & (pl.col("aae031").fill_null("") == "")))
    truly = during.group_by("aab301").agg(pl.col("_person").n_unique()).sort("aab301").rows()
    given = loaded.reads(
        ROLE, "select area_code, sum(people)::int from mart.insured where month = '2025-10-01' and insurance_code = '110' group by 1 order by 1"
    )
    died = loaded.reads(ROLE, "select count(*) from mart.person where '110' = any(lines) and death_month < '2025-10'")[0][0]
    assert sum(n for _, n in given) == pytest.approx(sum(n for _, n in truly), abs=died + 3)
    assert [area for area, _ in given] == [area for area, _ in truly]


def test_totals_reconcile(loaded: Loaded) -> None:
    text = (REPO / "docs" / "reconcile.sql").read_text(encoding="utf-8")
    with connect() as connection:
        rows = connection.execute(text).fetchall()  # type: ignore[call-overload]
    assert len(rows) > 20
    assert [row for row in rows if not row[-1]] == []


def test_the_national_audit_files_read_back_and_their_totals_agree(loaded: Loaded, tmp_path: Path) -> None:
    with connect() as connection:
        totals = audit_2021.export(connection, "pension", date(2025, 1, 1), date(2025, 12, 31), tmp_path / "audit", "qi", "yearly audit")
        assert connection.execute("select purpose from audit.entry where action = 'export.audit_2021'").fetchall() == [("yearly audit",)]
    assert set(totals.rows) == {1, 2, 3, 4, 11, 12, 13}
    seen: dict[str, int] = {}
    paid = Decimal(0)
    for path in sorted((tmp_path / "audit").glob("*.xml")):
        assert path.read_bytes().startswith(b'<?xml version="1.0" encoding="GB18030"?>')
        for row in ElementTree.fromstring(path.read_bytes().decode("gb18030").partition("?>")[2]):  # noqa: S314 - our own file
            name = row.tag.rpartition("}")[2]
            seen[name] = seen.get(name, 0) + 1
            paid += Decimal(row.findtext(f"{{{audit_2021.SPACE}}}支付金额") or row.findtext(f"{{{audit_2021.SPACE}}}{audit_2021.labels()['AAE019'][0]}") or 0)
            order = [audit_2021.labels()[element][0] for element in next(t for t in audit_2021.tables().values() if t.name == name).elements]
            assert [order.index(field.tag.rpartition("}")[2]) for field in row] == sorted(order.index(field.tag.rpartition("}")[2]) for field in row)
    assert seen == {audit_2021.tables()[number].name: rows for number, rows in totals.rows.items()}
    assert paid == totals.amounts[13]


def test_a_report_repeats_to_the_last_digit_after_merges_splits_and_loads(loaded: Loaded) -> None:
    before, then = all_answers(), datetime.now().astimezone()
    time.sleep(0.01)
    changes.change_identity(*((200, 50) if loaded.people >= LONG else (10, 3)))
    for day in range(3):
        changes.change_books(loaded.home, day)
        run_source(load_named(loaded.home / "sources", "pension"))
        mart.refresh() if day else resolve()
    after = all_answers(then)
    assert {name for name in before if before[name] != after[name]} == set()
    assert {name for name, rows in all_answers().items() if rows != before[name]} >= {
        "insured",
        "coverage_gaps",
        "dead_but_paid",
        "base_against_tax",
        "data_quality",
    }
    [(persons,)] = loaded.reads(ROLE, "select count(*) from mart.person")
    with connect() as connection:
        connection.execute("select set_config('mart.known_at', %s, false)", [then.isoformat()])
        assert connection.execute("select count(*) from mart.person_as_known").fetchone() != (persons,)


def test_a_refresh_without_news_shows_nothing_new_and_a_whole_one_agrees(loaded: Loaded) -> None:
    counts = mart.refresh()
    assert {table: n for table, n in counts.items() if n} == {}
    changes.forget_and_place_an_employer()
    kept = {table: current(table) for table in TABLES}
    with connect() as connection:
        for table in ("refresh", "record", *TABLES):
            connection.execute(f"delete from star.{table}")  # type: ignore[call-overload]
    mart.refresh()
    assert {table for table in TABLES if current(table) != kept[table]} == set()


TABLES = ("person", "employer", "enrolment", "contribution", "benefit", "archive_item", "contribution_year", "benefit_year", "contribution_gap",
          "base_difference", "pair", "insured")  # fmt: skip


def current(table: str) -> tuple[Any, ...] | None:
    with connect() as connection:
        statement = f"select count(*), sum(hashtextextended((to_jsonb(t) - 'known_from')::text, 0)) from star.{table} t where known_to = 'infinity'"
        return connection.execute(statement).fetchone()  # type: ignore[call-overload,no-any-return]


def test_a_golden_value_is_traced_to_its_raw_row(loaded: Loaded) -> None:
    with connect() as connection:
        rows = connection.execute(
            "select person_id, sex_code, birth_date, area_code from identity.golden where sex_code is not null order by 1 limit 40"
        ).fetchall()
        for person_id, *golden in rows:
            for field, value in zip(("sex_code", "birth_date", "area_code"), golden, strict=True):
                if value is None:
                    continue
                found = trace(connection, person_id, field)
                assert found.value == value
                assert any(found.columns.values())
                assert found.batch_id.startswith(found.source)


def test_keys_of_two_projects_cannot_be_joined(loaded: Loaded) -> None:
    keys = [{row[0] for row in loaded.reads(role, "select person_key from mart.person")} for role in (ROLE, f"{ROLE}_two")]
    assert len(keys[0]) == len(keys[1]) > loaded.people * 3 // 4
    assert keys[0] & keys[1] == set()
    records = [{row[0] for row in loaded.reads(role, "select record_key from mart.record")} for role in (ROLE, f"{ROLE}_two")]
    assert records[0] & records[1] == set()
    again = {row[0] for row in loaded.reads(ROLE, "select distinct person_key from mart.enrolment")}
    assert again <= keys[0]


def test_published_figures_hold_no_small_cell_and_no_person(loaded: Loaded) -> None:
    names = {row[0] for row in loaded.reads(f"{ROLE}_open", "select relname from pg_class where relnamespace = 'mart'::regnamespace "
             "and has_table_privilege(oid, 'select')")}  # fmt: skip
    assert names == {"published_insured", "published_contribution", "calendar", "insurance_line", "code"}
    cells = loaded.reads(f"{ROLE}_open", "select month, insurance_code, area_code, people from mart.published_insured")
    assert min(people for *_, people in cells if people is not None) >= 10
    alone: dict[tuple[Any, ...], int] = {}
    for *cell, people in cells:
        alone[tuple(cell)] = alone.get(tuple(cell), 0) + (people is None)
    whole = loaded.reads(ROLE, "select month, insurance_code, area_code, count(distinct age_band) from mart.insured group by 1, 2, 3")
    assert {tuple(cell) for *cell, bands in whole if bands > 1 and alone[tuple(cell)] == 1} == set()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        loaded.reads(f"{ROLE}_open", "select * from mart.insured")
