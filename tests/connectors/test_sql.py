"""SQL databases: real servers, every kind of value, one snapshot, logins refused without a word too many."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.base import Part, Request
from connectors.dialects import mysql, mysql_rows
from connectors.dialects import postgresql as pg
from connectors.sql import Sql
from hub.errors import ConfigError, HubError, RetryableError, SourceError
from tests.connectors.conftest import Maria
from tests.connectors.contract import COLUMNS, SECRET, Contract, Row, taken

Connected = Callable[[str], str]


def request(connection: str, **options: Any) -> Request:
    return Request("here", "rows", {"type": "sql", "connection": connection, **options}, ("key",))


def extract(asked: Request) -> list[Part]:
    return list(Sql().extract(asked))


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection
        connection.execute("drop schema public cascade; create schema public")


class TestPostgres(Contract):
    keeps_null = True

    @pytest.fixture(autouse=True)
    def _server(self, postgres: psycopg.Connection, postgres_url: str, connected: Connected) -> None:
        self.database, self.connection = postgres, connected(postgres_url)

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        self.database.execute(f"create table rows ({', '.join(f'{name} text' for name in columns)})")
        with self.database.cursor() as cursor:
            cursor.executemany(f"insert into rows values ({', '.join(['%s'] * len(columns))})", [[row[name] for name in columns] for row in rows])
        return request(self.connection, table="rows")

    def missing(self) -> Request:
        return request(self.connection, table="gone")


class TestOther(TestPostgres):
    """The same server through SQLAlchemy, the way of every database without a path of its own."""

    @pytest.fixture(autouse=True)
    def _other(self, _server: None, postgres_url: str, connected: Connected) -> None:
        self.connection = connected(postgres_url.replace("postgresql://", "postgresql+psycopg://"))


class TestMariaDb(Contract):
    keeps_null = True

    @pytest.fixture(autouse=True)
    def _server(self, maria: Maria, connected: Connected) -> None:
        self.maria, self.connection = maria, connected(maria.uri)

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        laid = ", ".join(f"`{name}` varchar(200)" for name in columns)
        self.maria.run("drop table if exists `rows`", f"create table `rows` ({laid}) default charset utf8mb4")
        with self.maria.open() as own:
            own.cursor().executemany(f"insert into `rows` values ({', '.join(['%s'] * len(columns))})", [[row[name] for name in columns] for row in rows])
            own.commit()
        return request(self.connection, table="rows")

    def missing(self) -> Request:
        return request(self.connection, table="gone")


class TestSqlite(Contract):
    keeps_null = True

    @pytest.fixture(autouse=True)
    def _file(self, tmp_path: Path, connected: Connected) -> None:
        self.path, self.connection = tmp_path / "rows.db", connected(f"sqlite:///{tmp_path}/rows.db")

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        with sqlite3.connect(self.path) as database:
            database.execute(f"create table rows ({', '.join(f'{name} text' for name in columns)})")
            database.executemany(f"insert into rows values ({', '.join('?' * len(columns))})", [[row[name] for name in columns] for row in rows])
        return request(self.connection, table="rows")

    def missing(self) -> Request:
        return request(self.connection, table="rows")


POSTGRES_VALUES = [
    ("bigint", "-9007199254740993", "-9007199254740993"),
    ("numeric(12,2)", "1.5", "1.50"),
    ("numeric", "100000000000000000000000.000000000001", "100000000000000000000000.000000000001"),
    ("float8", "1e20", "100000000000000000000"),
    ("float8", "1e-7", "0.0000001"),
    ("float8", "0.1", "0.1"),
    ("float8", "'NaN'", "NaN"),
    ("float8", "'-Infinity'", "-Infinity"),
    ("float4", "0.1", "0.1"),
    ("boolean", "true", "true"),
    ("boolean", "false", "false"),
    ("date", "'2025-10-31'", "2025-10-31"),
    ("timestamp", "'2025-10-31 08:15:00'", "2025-10-31 08:15:00"),
    ("timestamptz", "'2025-10-31 08:15:00+08'", "2025-10-31 00:15:00+00"),
    ("bytea", r"'\x00ff'", r"\x00ff"),
    ("char(5)", "'ab'", "ab"),
    ("varchar", "' a\t\r\n\"b\" '", ' a\t\r\n"b" '),
    ("text", "'\\N'", "\\N"),
    ("text", "'\\.'", "\\."),
    ("text[]", "'{a,NULL}'", "{a,NULL}"),
    ("jsonb", "'{\"a\": 1}'", '{"a": 1}'),
    ("text", "null", None),
]


def test_values_of_postgresql(postgres: psycopg.Connection, postgres_url: str, connected: Connected) -> None:
    laid = ", ".join(f"v{at} {kind}" for at, (kind, _, _) in enumerate(POSTGRES_VALUES))
    postgres.execute(f"create table v ({laid}); insert into v values ({', '.join(value for _, value, _ in POSTGRES_VALUES)})")
    here = f"alter database {postgres.info.dbname} set"
    postgres.execute(f"{here} datestyle to 'SQL, DMY'; {here} timezone to 'Asia/Shanghai'; {here} bytea_output to 'escape'")
    (row,) = taken(extract(replace(request(connected(postgres_url), table="v"), key=())))
    postgres.execute(f"alter database {postgres.info.dbname} reset all")
    assert list(row.values()) == [expected for _, _, expected in POSTGRES_VALUES]


OTHER_VALUES = [
    ("numeric(12,2)", "1.5", "1.50"),
    ("float8", "1e20", "100000000000000000000"),
    ("boolean", "true", "true"),
    ("date", "'2025-10-31'", "2025-10-31"),
    ("timestamp", "'2025-10-31 08:15:00'", "2025-10-31 08:15:00"),
    ("bytea", r"'\x00ff'", r"\x00ff"),
    ("time", "'08:15'", "08:15:00"),
    ("interval", "'30 hours'", "30:00:00"),
    ("bigint", "7", "7"),
    ("text", "null", None),
]


def test_values_of_other_databases(postgres: psycopg.Connection, postgres_url: str, connected: Connected) -> None:
    laid = ", ".join(f"v{at} {kind}" for at, (kind, _, _) in enumerate(OTHER_VALUES))
    postgres.execute(f"create table v ({laid}); insert into v values ({', '.join(value for _, value, _ in OTHER_VALUES)})")
    (row,) = taken(extract(replace(request(connected(postgres_url.replace("postgresql://", "postgresql+psycopg://")), table="v"), key=())))
    assert list(row.values()) == [expected for _, _, expected in OTHER_VALUES]


MARIA_VALUES = [
    ("bigint unsigned", "18446744073709551615", "18446744073709551615"),
    ("decimal(12,2)", "1.5", "1.50"),
    ("double", "1e20", "100000000000000000000"),
    ("double", "1e-7", "0.0000001"),
    ("double", "0.1", "0.1"),
    ("float", "0.1", "0.1"),
    ("float", "16777215", "16777215"),
    ("date", "'2025-10-31'", "2025-10-31"),
    ("datetime", "'2025-10-31 08:15:00'", "2025-10-31 08:15:00"),
    ("datetime(3)", "'2025-10-31 08:15:00.5'", "2025-10-31 08:15:00.500"),
    ("time", "'30:00:00'", "30:00:00"),
    ("year", "2025", "2025"),
    ("tinyint(1)", "1", "1"),
    ("bit(3)", "b'101'", "5"),
    ("blob", "x'00ff'", r"\x00ff"),
    ("varbinary(4)", "x'00ff'", r"\x00ff"),
    ("enum('a','b')", "'b'", "b"),
    ("varchar(20)", "' a\\t\\r\\n\"b\" '", ' a\t\r\n"b" '),
    ("longtext", "repeat('长', 100000)", "长" * 100_000),
    ("varchar(300)", "repeat('x', 251)", "x" * 251),
    ("json", "'{\"a\": 1}'", '{"a": 1}'),
    ("varchar(10) character set gbk", "'张三'", "张三"),
    ("text", "null", None),
    ("text", "''", ""),
]


def test_values_of_mariadb(maria: Maria, connected: Connected) -> None:
    laid = ", ".join(f"v{at} {kind}" for at, (kind, _, _) in enumerate(MARIA_VALUES))
    maria.run("drop table if exists v", f"create table v ({laid})", f"insert into v values ({', '.join(value for _, value, _ in MARIA_VALUES)})")
    maria.run("set sql_mode = ''", "drop table if exists z", "create table z (d date, t datetime)", "insert into z values ('0000-00-00', '0000-00-00')")
    name = connected(maria.uri)
    (row,) = taken(extract(replace(request(name, table="v"), key=())))
    assert list(row.values()) == [expected for _, _, expected in MARIA_VALUES]
    assert taken(extract(replace(request(name, query="select d, '' as e from z;"), key=()))) == [{"d": "0000-00-00", "e": ""}]


def test_values_of_sqlite(tmp_path: Path, connected: Connected) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("create table v (a, b)")
        database.executemany("insert into v values (?, ?)", [(1, "x"), (1e20, None), (0.1, b"\0\xff"), ("", " y"), (-0.5, "z")])
    found = taken(extract(replace(request(connected(f"sqlite:///{tmp_path}/a.db"), table="v"), key=())))
    assert [(row["a"], row["b"]) for row in found] == [("1", "x"), ("100000000000000000000", None), ("0.1", r"\x00ff"), ("", " y"), ("-0.5", "z")]


def test_rows_of_more_than_one_packet_and_many_blocks(maria: Maria, connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    maria.run("drop table if exists big", "create table big (id int, a longtext, b longtext)")
    maria.run("insert into big values (1, 'x', 'y'), (2, repeat('a', 10000000), repeat('b', 10000000)), (3, null, '')")
    asked = replace(request(connected(maria.uri), table="big"), key=())
    rows = taken(extract(asked))
    assert [(row["id"], len(row["a"] or ""), row["b"] and row["b"][-1:]) for row in rows] == [("1", 1, "y"), ("2", 10_000_000, "b"), ("3", 0, "")]
    maria.run("delete from big where id = 2")
    for size in (1, 20):
        monkeypatch.setattr(mysql_rows, "BLOCK", size)
        monkeypatch.setattr(mysql_rows, "_READ", size)
        assert taken(extract(asked)) == [rows[0], rows[2]]


@pytest.mark.parametrize("kind", ["postgresql", "postgresql+psycopg", "mysql", "sqlite"])
def test_rows_since_a_watermark(kind: str, postgres: psycopg.Connection, postgres_url: str, maria: Maria, tmp_path: Path, connected: Connected) -> None:
    uri = {"mysql": maria.uri, "sqlite": f"sqlite:///{tmp_path}/a.db"}.get(kind, postgres_url.replace("postgresql:", f"{kind}:"))
    statements = [
        "create table c (k int, at timestamp null)",
        "insert into c values (1, '2025-10-30 08:00:00'), (2, '2025-10-31 08:15:00'), (3, '2025-11-01 00:00:00'), (4, null)",
    ]
    if kind == "mysql":
        maria.run("drop table if exists c", "set time_zone = '+00:00'", *statements)
    elif kind == "sqlite":
        with sqlite3.connect(tmp_path / "a.db") as database:
            database.executescript(";".join(statements))
    else:
        postgres.execute(";".join(statements))
    asked = replace(request(connected(uri), table="c"), key=("k",), cursor="at")
    assert [row["k"] for row in taken(extract(replace(asked, since="2025-10-31 08:15:00")))] == ["2", "3", "4"]  # no watermark of its own: it comes each time
    assert len(taken(extract(asked))) == 4
    assert sum(table.num_rows for table in Sql().keys(replace(asked, since="2025-10-31 08:15:00"))) == 4
    with pytest.raises(SourceError, match="column updated missing"):
        extract(replace(asked, cursor="updated"))


def test_a_query_instead_of_a_table(postgres: psycopg.Connection, postgres_url: str, connected: Connected) -> None:
    postgres.execute("create schema other; create table other.t as select 1 as key, 'a' as name")
    name = connected(postgres_url)
    assert taken(extract(request(name, query="select key, name || 'b' as name from other.t where key >= 1 ; "))) == [{"key": "1", "name": "ab"}]
    assert taken(extract(request(name, table="t", schema="other"))) == [{"key": "1", "name": "a"}]
    with pytest.raises(ConfigError, match="two columns of the same name"):
        extract(request(name, query="select 1 as a, 2 as a"))
    with pytest.raises(ConfigError, match=r"the query was refused \(SQLSTATE 42601\)"):
        extract(request(name, query="select from where"))
    postgres.execute("drop schema other cascade")


def test_postgresql_is_read_as_of_one_moment(postgres: psycopg.Connection, postgres_url: str, connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres.execute("create table rows as select i::text as key, repeat('x', 100) as name from generate_series(1, 20000) i")
    monkeypatch.setattr(pg, "BLOCK", 10_000)
    stream = Sql()._pieces(request(connected(postgres_url), table="rows"))
    first = next(stream)
    postgres.execute("delete from rows where key::int % 2 = 0")
    assert first.table.num_rows + sum(part.table.num_rows for part in stream) == 20_000


def test_mariadb_is_read_as_of_one_moment(maria: Maria, connected: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    maria.run("drop table if exists many", "create table many (k int) engine innodb", "insert into many select seq from seq_1_to_20000")
    monkeypatch.setattr(mysql_rows, "BLOCK", 10_000)
    stream = Sql()._pieces(replace(request(connected(maria.uri), table="many"), key=()))
    first = next(stream)
    maria.run("delete from many where k % 2 = 0")
    assert first.table.num_rows + sum(part.table.num_rows for part in stream) == 20_000


def _kill(maria: Maria) -> None:
    with maria.open() as own, own.cursor() as cursor:
        cursor.execute("select id from information_schema.processlist where info like 'SELECT `k`%'")
        for (process,) in cursor.fetchall():
            cursor.execute(f"kill {process}")


def test_a_connection_lost_on_the_way_is_an_error_not_an_end(
    maria: Maria, postgres: psycopg.Connection, postgres_url: str, connected: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria.run("drop table if exists many", "create table many (k int, t text)", "insert into many select seq, repeat('x', 1000) from seq_1_to_20000")
    monkeypatch.setattr(mysql_rows, "BLOCK", 10_000)
    stream = Sql()._pieces(replace(request(connected(maria.uri), table="many"), key=()))
    next(stream)
    _kill(maria)
    with pytest.raises(RetryableError, match=r"connection was lost|stopped sending"):
        list(stream)
    postgres.execute("create table rows as select i::text as key, repeat('x', 1000) as name from generate_series(1, 20000) i")
    monkeypatch.setattr(pg, "BLOCK", 10_000)
    rows = Sql()._pieces(request(connected(postgres_url), table="rows"))
    next(rows)
    postgres.execute("select pg_terminate_backend(pid) from pg_stat_activity where query like 'COPY%' and pid <> pg_backend_pid()")
    with pytest.raises(RetryableError, match="the connection failed"):
        list(rows)


def test_an_extract_left_halfway_leaves_no_connection(maria: Maria, connected: Connected) -> None:
    maria.run("drop table if exists many", "create table many (k int, t text)", "insert into many select seq, repeat('x', 1000) from seq_1_to_20000")
    stream = Sql()._pieces(replace(request(connected(maria.uri), table="many"), key=()))
    next(stream)
    closed = threading.Thread(target=lambda: stream.close())  # type: ignore[attr-defined]
    closed.start()
    closed.join(5)
    assert not closed.is_alive()


REFUSED = [
    ("postgresql", "//{user}:wrong-" + SECRET + "@{host}:{port}/{database}", ConfigError, "refused user or password"),
    ("postgresql", "//{user}:{password}@{host}:{port}/gone", ConfigError, "no such database"),
    ("postgresql", "//{user}:{password}@{host}:1/{database}", RetryableError, "the connection failed"),
    ("postgresql", "//{user}:{password}@{host}:{port}/{database}?sslmode=verify-full&sslrootcert=system", ConfigError, "certificate could not be verified"),
    ("postgresql", "//{user}:{password}@{host}:{port}/{database}?sslmod=disable", ConfigError, "unknown option sslmod; known: sslmode"),
    ("postgresql+psycopg", "//{user}:wrong-" + SECRET + "@{host}:{port}/{database}", RetryableError, "refused the login"),
    ("martian", "//{user}:{password}@{host}:{port}/{database}", ConfigError, "no driver for this kind"),
    ("http", "//{user}:{password}@{host}:{port}/{database}", ConfigError, "of kind http, not a database"),
]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("kind", "uri", "error", "message"), REFUSED)
def test_logins_that_fail(postgres_url: str, connected: Connected, kind: str, uri: str, error: type[HubError], message: str) -> None:
    info = psycopg.conninfo.conninfo_to_dict(postgres_url)
    filled = uri.format(user=info["user"], password=info["password"], host=info["host"], port=info["port"], database=info["dbname"])
    with pytest.raises(error, match=message) as caught:
        extract(request(connected(f"{kind}:{filled}"), table="rows"))
    for hidden in (SECRET, str(info["password"]), str(info["host"])):
        assert hidden not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.usefixtures("impatient")
def test_logins_at_mariadb_that_fail(maria: Maria, connected: Connected) -> None:
    wrong = connected(f"mysql://{maria.user}:{SECRET}@{maria.host}:{maria.port}/hub")
    with pytest.raises(ConfigError, match="refused user or password") as caught:
        Sql().check(request(wrong, table="rows"))
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigError, match="no such database"):
        Sql().check(request(connected(maria.uri.replace("/hub", "/gone")), table="rows"))
    with pytest.raises(RetryableError, match="the connection failed"):
        extract(request(connected(maria.uri.replace(f":{maria.port}/", ":1/")), table="rows"))
    with pytest.raises(ConfigError, match=r"the query was refused \(error 1064\)"):
        extract(request(connected(maria.uri), query="select from"))


def test_mariadb_over_tls_is_verified(maria: Maria, connected: Connected) -> None:
    trusted = connected(f"{maria.uri}?sslmode=verify-full&ssl_ca={maria.ca}")
    statement = "select variable_value as cipher from information_schema.session_status where variable_name = 'Ssl_cipher'"
    assert (taken(extract(replace(request(trusted, query=statement), key=())))[0]["cipher"] or "").startswith("TLS")
    with pytest.raises(ConfigError, match="certificate could not be verified"):
        Sql().check(request(connected(f"{maria.uri}?sslmode=verify-full"), table="rows"))
    for wrong, message in (("sslmode=prefer", "verify-full or disable"), ("ssl_ca=/nowhere.pem&sslmode=verify-full", "cannot be read")):
        with pytest.raises(ConfigError, match=message):
            Sql().check(request(connected(f"{maria.uri}?{wrong}"), table="rows"))


def test_another_machine_is_never_spoken_to_without_verification() -> None:
    from connectors.connection import from_uri

    assert mysql._tls(from_uri("c", "mysql://u:p@db.example/x"), {}, "here") is not None
    assert mysql._tls(from_uri("c", "mysql://u:p@127.0.0.1/x"), {}, "here") is None


def test_sqlite_files_that_cannot_be_read(tmp_path: Path, connected: Connected) -> None:
    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(SourceError, match="SQLITE_NOTADB"):
        extract(request(connected(f"sqlite:///{tmp_path}/a.db"), table="rows"))
    with sqlite3.connect(tmp_path / "b.db") as database:
        database.execute("create table rows (key)")
        database.execute("insert into rows values (cast(x'ff' as text))")
    with pytest.raises(SourceError, match="not UTF-8"):
        extract(request(connected(f"sqlite:///{tmp_path}/b.db"), table="rows"))
    with pytest.raises(SourceError, match="table gone not found"):
        extract(request(connected(f"sqlite:///{tmp_path}/b.db"), table="gone"))


@pytest.mark.parametrize("options", [{}, {"table": "t", "query": "select 1"}, {"query": "select 1", "schema": "s"}])
def test_options(connected: Connected, options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"one of `table` and `query`|schema: goes with"):
        extract(request(connected("sqlite:////x"), **options))


def test_not_dated(connected: Connected) -> None:
    with pytest.raises(ConfigError, match="dated"):
        Sql().intervals(request(connected("sqlite:////x"), table="t"))


def test_many_rows_in_bounded_parts(postgres: psycopg.Connection, postgres_url: str, connected: Connected) -> None:
    postgres.execute("create table rows as select i::text as key, repeat('x', 10) as name from generate_series(1, 120000) i")
    parts = extract(request(connected(postgres_url), table="rows"))
    assert [part.rows for part in parts if part.rows > 100_000] == []
    assert sum(part.rows for part in parts) == 120_000
