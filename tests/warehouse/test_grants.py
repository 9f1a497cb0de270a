"""Rights in the database, over real connections on every PostgreSQL found here: an analyst reaches the mart and nobody in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from benchmarks.search import plan, scans, searches
from hub.errors import ConfigError
from tests.warehouse.enumeration import everything, people_in, reachable
from tests.warehouse.town import Inhabitant, fill
from warehouse import answers, dictionary, grants, migrate, server
from warehouse.db import connect
from warehouse.server_binaries import candidates

MAJORS = sorted({binaries.major for binaries in candidates() if binaries.major >= 15})


@dataclass(frozen=True)
class Town:
    """A loaded warehouse of its own server, with analysts of every area, of one area, of one line."""

    owner: str
    people: list[Inhabitant]

    def url(self, role: str) -> str:
        return "postgresql://" + f"{role}:secret-{role}@" + self.owner.partition("@")[2]

    def read(self, role: str, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(role)) as connection:
            return connection.execute(statement).fetchall()  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="module", params=MAJORS)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("PG_BINDIR", "HUB_KEYS", "HUB_KEK", "HUB_STORE", "HUB_CRYPTO", "DATABASE_URL"):
            patch.delenv(variable, raising=False)
        patch.setenv("HUB_PG_MAJOR", str(request.param))
        patch.setenv("HUB_HOME", str(home))
        patch.setenv("HUB_SOURCES", str(home / "sources"))
        (home / "sources").mkdir()
        made = server.ensure(home / "pg")
        migrate.upgrade()
        people = fill(home)
        with connect() as connection:
            grants.add_analyst(connection, "anna", "secret-anna", None, None, "test")
            grants.add_analyst(connection, "west", "secret-west", ["330106"], None, "test")
            grants.add_analyst(connection, "medical", "secret-medical", ["33"], ["310"], "test")
            connection.execute("create role steward_a login password 'secret-steward_a' in role hub_steward")
            connection.execute("create role console login password 'secret-console' in role hub_console, hub_steward")
            connection.execute("analyze")
        yield Town(made.url, people)
        server.remove(home / "pg")


def test_an_analyst_reads_everything_they_reach_and_finds_nobody(town: Town) -> None:
    relations = reachable(town.url("anna"))
    known = {relation.name for relation in dictionary.relations().values()} | {f"{name}_as_known" for name in answers.known_views()}
    assert {name for name in relations if not name.startswith(("pg_", "information_schema."))} == known
    texts = list(everything(town.url("anna")))
    assert len(texts) > 1000
    assert any(town.people[0].area in text for text in texts)
    assert people_in(texts, [value for one in town.people for value in (one.number, one.phone)], [one.name for one in town.people]) == []
    whole = "\n".join(texts)
    assert [one.key for one in town.people if one.address in whole or one.born in whole] == []


def test_the_search_finds_whoever_shows(town: Town) -> None:
    one = town.people[4]
    for text in (f"x{one.number}x", one.phone[::-1], one.number.encode().hex(), f"员工{one.name}等"):
        assert people_in(["", text], [one.number, one.phone], [one.name]), "the search is not blind"


def test_everybody_has_only_what_they_were_given(town: Town) -> None:
    outside = town.read("anna", "select nspname from pg_namespace where has_schema_privilege(oid, 'usage') and nspname !~ '^(pg_|information_schema)'")
    assert outside == [("mart",)]
    assert town.read("anna", "select count(*) from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = current_user") == [(0,)]
    functions = "select p.oid::regproc::text from pg_proc p where p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) " \
        "and has_function_privilege(p.oid, 'execute') order by 1"  # fmt: skip
    assert town.read("anna", functions) == [("access.mart_areas",), ("access.mart_lines",)]


TRICKS = {
    "core": "select * from core.person_record",
    "golden": "select * from identity.golden",
    "a view's table": "select sealed from core.enrolment",
    "statistics": "select * from pg_statistic",
    "statistics of expressions": "select stxdmcv from pg_statistic_ext_data",
    "copy to a program": "copy mart.person to program 'cat'",
    "copy to a file": "copy mart.person to '/tmp/person'",
    "copy from a file": "copy mart.person from '/etc/passwd'",
    "read a file": "select pg_read_file('postgresql.conf')",
    "list files": "select pg_ls_dir('.')",
    "a function": "create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001 as $f$ begin raise notice '%', $1; return true; end $f$",
    "a function in public": "create function public.leak(text) returns bool language sql as 'select true'",
    "a temporary table": "create temporary table t (x text)",
    "a table": "create table mart.t (x text)",
    "a foreign key": "create table public.t (x text references identity.golden (person_id))",
    "a large object": "select lo_from_bytea(0, 'x')",
    "a large object of a file": "select lo_import('/etc/passwd')",
    "dblink": "create extension dblink",
    "a file wrapper": "create extension file_fdw",
    "another role": "set role hub_steward",
    "the owner": "set session authorization guiyi",
    "a setting in a block": "do $$ begin perform set_config('role', 'hub_steward', false); perform * from core.person_record; end $$",
    "an owner's setting": "set session_replication_role = replica",
    "row security off": "set row_security = off; select * from core.person_record",
    "acting for another": "select access.act('anna', null, null)",
    "the console's table": "select * from access.account",
    "giving oneself more": "update access.analyst set areas = null",
    "the trail": "select * from audit.entry",
    "an entry": "select audit.record('x', 'x', 'x', null, '{}')",
    "granting": "grant hub_steward to anna",
    "a role": "create role more",
    "writing": "delete from mart.person",
    "a lock the hub waits for": "select pg_advisory_lock(1735752057)",
    "a lock on a table": "begin; lock table core.person_record",
    "words into the log of changes": "select pg_logical_emit_message(false, 'a', 'b')",
    "whole schemas as xml": "select schema_to_xml('core', true, true, '')",
    "passwords": "select rolpassword from pg_authid",
    "another session": "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'guiyi'",
    "reload": "select pg_reload_conf()",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_known_trick_is_refused(town: Town, trick: str) -> None:
    with psycopg.connect(town.url("anna"), autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")  # a person can; it is no defence
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(TRICKS[trick])  # type: ignore[call-overload]
    assert refused.value.sqlstate in ("42501", "0LP01", "3F000", "42704", "55000"), (
        refused.value.sqlstate
    )  # privilege, grant, no schema, no such object, no view to write


@pytest.mark.parametrize(
    "statement",
    [
        "select row_to_json(s)::text from pg_stats s",
        "select row_to_json(s)::text from pg_stats_ext s",
        "select row_to_json(s)::text from pg_stat_activity s where usename <> current_user",
        "select row_to_json(s)::text from pg_settings s",
        "select table_to_xml('mart.person', true, true, '')::text",
        "select query_to_xml('select * from mart.person', true, true, '')::text",
        "explain (analyze, verbose, buffers) select * from mart.person where birth_month = '1950-01'",
        "explain (verbose, settings) select * from mart.enrolment",
    ],
)
def test_what_is_open_to_everybody_shows_nobody(town: Town, statement: str) -> None:
    with connect_owner(town) as owner:
        owner.execute("select name from identity.golden where name = %s", [town.people[3].name])
        try:
            whole = str(town.read("anna", statement))
        except psycopg.errors.FeatureNotSupported:  # the wheel's server has no XML
            whole = ""
    needles = {value for one in town.people for value in (one.name, one.number, one.phone, one.address)}
    assert [needle for needle in needles if needle in whole] == []


def connect_owner(town: Town) -> psycopg.Connection[Any]:
    return psycopg.connect(town.owner)


@pytest.mark.parametrize("expression", ["1 / (length(person_key) - length(person_key))", "person_key::int", "area_code::int / 0"])
def test_errors_of_a_predicate_tell_nothing_of_rows_out_of_sight(town: Town, expression: str) -> None:
    """`west` asks for rows of the other area: the predicate never meets them, so no error speaks of them."""
    statement = f"select * from mart.person where case when area_code = '330201' then ({expression}) > 0 else false end"
    assert town.read("west", statement) == []


def test_rows_of_areas_and_lines(town: Town) -> None:
    west = sum(one.area == "330106" for one in town.people)
    medical = sum(one.line == "310" for one in town.people)
    assert town.read("anna", "select count(*) from mart.person") == [(len(town.people),)]
    assert town.read("west", "select count(*), min(area_code), max(area_code) from mart.person") == [(west, "330106", "330106")]
    assert town.read("west", "select count(distinct area_code) from mart.enrolment") == [(1,)]
    assert town.read("medical", "select count(*), min(insurance_code), max(insurance_code) from mart.enrolment") == [(medical, "310", "310")]
    with psycopg.connect(town.url("west")) as connection:
        connection.execute("do $$ begin perform set_config('access.areas', '33', false); perform set_config('session_authorization', 'anna', false); exception "
                           "when others then null; end $$")  # fmt: skip
        assert connection.execute("select count(*) from mart.person").fetchone() == (west,)


def test_a_stewards_connection_sees_rows_only_for_whom_the_console_acts(town: Town) -> None:
    assert town.read("steward_a", "select count(*) from identity.golden") == [(0,)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        town.read("steward_a", "select access.act('steward_a', null, null)")
    with psycopg.connect(town.url("console")) as connection:
        connection.execute("set role hub_console")
        connection.execute("select access.act('li', '{330201}', null)")
        connection.execute("set role hub_steward")
        for table in ("identity.golden", "core.person_record", "core.enrolment"):
            counted = connection.execute(sql.SQL("select count(*), min(area_code), max(area_code) from {}").format(sql.SQL(table))).fetchone()
            assert counted == (30, "330201", "330201"), table
        assert connection.execute("select count(*) from identity.crosswalk").fetchone() == (30,)


def test_a_claimed_case_brings_its_records_into_sight_for_the_lease(town: Town) -> None:
    with connect_owner(town) as owner:
        owner.execute("insert into access.account (name, password_hash, created_by) values ('li', 'x', 'test') on conflict do nothing")
        owner.execute(
            "insert into identity.pair values ('c1', 'person_record', 'register', 'r0', 'register', 'r1', 'possible', 1, 0.5, '{}', 1) on conflict do nothing"
        )
        owner.execute("insert into access.claim values ('c1', 'li', now(), now() + interval '1 hour')")
    look = "select source_key from core.person_record where area_code = '330106'"
    with psycopg.connect(town.url("console")) as connection:
        connection.execute("set role hub_console; select access.act('li', '{330201}', null); set role hub_steward")
        assert connection.execute(look).fetchall() == [("r0",)]
        assert connection.execute("select case_id from identity.pair").fetchall() == [("c1",)]
        connection.execute("set role hub_console; update access.claim set expires_at = now() - interval '1 second'; set role hub_steward")
        assert connection.execute(look).fetchall() == []
    with connect_owner(town) as owner:
        owner.execute("delete from access.claim")


def test_searches_keep_their_indexes_under_row_security(town: Town) -> None:
    with psycopg.connect(town.url("console")) as connection:
        connection.execute("set enable_seqscan = off; set role hub_console; select access.act('li', '{330201}', null); set role hub_steward")
        for table, condition in (
            ("identity.golden", "id_number_blind = '\\x01'"),
            ("identity.golden", "name = '王伟'"),
            ("core.person_record", "id_number_blind = '\\x01'"),
            ("core.person_record", "phone_blind = '\\x01'"),
            ("core.enrolment", "source = 'register' and person_key = 'r1'"),
        ):
            [[plan]] = connection.execute(sql.SQL("explain (format json) select * from {} where {}").format(sql.SQL(table), sql.SQL(condition))).fetchall()
            assert "Index Cond" in json.dumps(plan[0]["Plan"]), (table, condition)


def test_searches_of_the_console_read_no_large_table_whole(town: Town) -> None:
    with psycopg.connect(town.url("console")) as connection:
        connection.execute("set enable_seqscan = off; set role hub_console; select access.act('li', '{330201}', null); set role hub_steward")
        for what, (statement, values) in searches(1000, "王伟").items():
            assert scans(plan(connection, statement, values)["Plan"]) == set(), what


def test_grants_may_run_any_number_of_times_and_views_keep_their_words(town: Town) -> None:
    with connect_owner(town) as owner:
        before = owner.execute("select pg_get_viewdef('mart.person'::regclass), col_description('mart.person'::regclass, 1)").fetchone()
        grants.apply(owner)
        grants.apply(owner)
        assert owner.execute("select pg_get_viewdef('mart.person'::regclass), col_description('mart.person'::regclass, 1)").fetchone() == before
        assert before is not None
        assert before[1]
        assert owner.execute("select count(*) from mart.person").fetchone() == (len(town.people),)


def test_nobody_can_both_grant_and_erase(town: Town) -> None:
    who = "select coalesce(array_agg(rolname::text order by rolname), '{}') from pg_roles where rolname like 'hub\\_%%' and has_table_privilege(oid, %s, %s)"
    with connect_owner(town) as owner:
        for table in ("audit.entry", "audit.head"):
            assert owner.execute(who, [table, "insert, update, delete, truncate"]).fetchone() == ([],)
        assert owner.execute(who, ["access.role_grant", "insert"]).fetchone() == (["hub_admin", "hub_console"],)


def test_an_analyst_is_changed_and_removed(town: Town) -> None:
    with connect_owner(town) as owner:
        grants.add_analyst(owner, "gone", "secret-gone", ["330106"], None, "test")
        grants.add_analyst(owner, "gone", "secret-gone", None, None, "test")
    assert town.read("gone", "select count(*) from mart.person") == [(len(town.people),)]
    with connect_owner(town) as owner:
        grants.drop_analyst(owner, "gone")
    with pytest.raises(psycopg.OperationalError):
        town.read("gone", "select 1")
    with connect_owner(town) as owner:
        for bad in ("Anna", "a;b", "hub_steward"):
            with pytest.raises(ConfigError):
                grants.add_analyst(owner, bad, "x", None, None, "test")
        with pytest.raises(ConfigError, match="not known"):
            grants.drop_analyst(owner, "nobody")
