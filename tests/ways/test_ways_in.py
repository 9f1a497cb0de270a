"""As an analyst by psql, SQLAlchemy's inspector, a JDBC driver and downloads: everything visible with its comment, nobody identified, nothing written."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import openpyxl
import polars as pl
import psycopg
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from nbclient import NotebookClient

from hub.errors import ConfigError
from hub.settings import REPO
from tests.warehouse import shared
from tests.warehouse.town import Inhabitant, fill
from warehouse import analysis, answers, dictionary, exports, grants
from warehouse.db import connect

pytestmark = pytest.mark.xdist_group("ways")
database = shared.database
ROLE, WORD = f"ways_{secrets.token_hex(4)}", "secret-of-ways"
JDBC = Path("/usr/share/java/postgresql.jar")


@dataclass(frozen=True)
class Way:
    """A small town in the mart, and the address of an analyst."""

    people: list[Inhabitant]
    place: str

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{WORD}@{self.place}"

    def names_nobody(self, text: str) -> bool:
        return not any(value in text for one in self.people for value in (one.name, one.number, one.phone, one.address, one.born))


@pytest.fixture(scope="module")
def way(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    home = tmp_path_factory.mktemp("ways")
    (home / "sources").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("HUB_KEYS", "HUB_KEK", "HUB_STORE", "HUB_CRYPTO"):
            patch.delenv(variable, raising=False)
        for name, value in {"HUB_HOME": str(home), "HUB_SOURCES": str(home / "sources"), "DATABASE_URL": database}.items():
            patch.setenv(name, value)
        people = fill(home, 60)
        with connect() as connection:
            grants.apply(connection)
            grants.add_analyst(connection, ROLE, WORD, None, None, "test")
        yield Way(people, database.rpartition("@")[2])
        with connect() as connection:
            grants.drop_analyst(connection, ROLE)


def visible() -> set[str]:
    return set(dictionary.relations()) | {f"{name}_as_known" for name in answers.known_views()}


def test_sqlalchemy_s_inspector_lists_everything_with_its_comment(way: Way) -> None:
    engine = sa.create_engine(way.url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)
    inspector = sa.inspect(engine)
    assert set(inspector.get_view_names("mart")) == visible()
    for name in visible():
        assert inspector.get_table_comment(name, "mart")["text"], name
        for column in inspector.get_columns(name, "mart"):
            assert column["comment"], (name, column["name"])
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("delete from mart.person"))


def test_psql_lists_everything_with_its_comment_and_writes_nothing(way: Way) -> None:
    def psql(*commands: str) -> subprocess.CompletedProcess[str]:
        arguments = [part for command in commands for part in ("-c", command)]
        return subprocess.run(["psql", way.url, "-X", "-A", "-t", *arguments], capture_output=True, text=True, check=False)

    listed = psql("\\dv+ mart.*").stdout
    for name in visible():
        assert f"mart|{name}|view|" in listed, name
    described = psql("\\d+ mart.person").stdout
    assert "birth_month|text" in described
    assert "permission denied" in psql("select * from core.person_record").stderr
    assert psql("create table mart.t (x int)", "update mart.person set sex_code = '1'").returncode == 1
    assert "statement timeout" in psql("set statement_timeout = '1s'", "select count(*) from generate_series(1, 1000000000000)").stderr
    assert psql("show statement_timeout").stdout.strip() == "1min"
    assert way.names_nobody(listed + described + psql("table mart.person").stdout)


def test_a_jdbc_driver_meets_the_same(way: Way) -> None:
    environment = {**os.environ, "PROBE_URL": f"jdbc:postgresql://{way.place}", "PROBE_USER": ROLE, "PROBE_WORD": WORD}
    probe = Path(__file__).with_name("Probe.java")
    ran = subprocess.run(["java", "-cp", str(JDBC), str(probe)], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    assert {name for what, name, *_ in lines if what == "relation"} == visible()
    assert [line for line in lines if line[0] in ("relation", "column") and line[2] in ("", "null")] == []
    assert [line[1] for line in lines if line[0] == "persons"] == ["60"]
    assert [line[1] for line in lines if line[0] == "refused"] == ["55000", "42501", "25006", "57014"]
    assert [line for line in lines if line[0] == "done"] == []
    assert way.names_nobody(ran.stdout)


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_a_download_carries_its_mark_and_leaves_a_trace(way: Way, kind: str) -> None:
    result = analysis.run(
        "select person_key, sex_code, birth_month, lines, records, '=1+1' as trap, agreement from mart.person order by 1", ROLE, WORD, rows=50
    )
    made = exports.export(result, kind, ROLE, "monthly report", "query")
    if kind == "parquet":
        frame = pl.read_parquet(io.BytesIO(made.content))
        assert made.number in pq.read_metadata(io.BytesIO(made.content)).metadata[b"export"].decode()
    elif kind == "csv":
        frame = pl.read_csv(made.content, infer_schema=False)
        assert frame["trap"].unique().to_list() == ["'=1+1"]
    else:
        book = openpyxl.load_workbook(io.BytesIO(made.content))
        rows = list(book["data"].iter_rows(values_only=True))
        frame = pl.DataFrame(rows[1:], schema=[str(name) for name in rows[0]], orient="row")
        assert book["data"].cell(2, 6).data_type == "s"
        assert made.number in str(book["data"].oddHeader.center.text)
    assert (len(frame), made.cut) == (50, True)
    assert frame[exports.MARK].unique().to_list() == [made.number]
    assert [str(key) for key in frame["person_key"]] == [row[0] for row in result.rows]
    with connect() as connection:
        [(actor, purpose, detail)] = connection.execute("select actor, purpose, detail from audit.entry where object = %s", [made.number]).fetchall()
    assert (actor, purpose, detail["rows"], detail["format"]) == (f"analyst:{ROLE}", "monthly report", 50, kind)


def test_no_download_without_a_purpose(way: Way) -> None:
    result = analysis.run("select 1", ROLE, WORD)
    with pytest.raises(ConfigError, match="purpose"):
        exports.export(result, "csv", ROLE, " ", "query")
    with pytest.raises(ConfigError, match="format"):
        exports.export(result, "pdf", ROLE, "monthly report", "query")


def test_a_project_s_keys_come_back_only_through_the_project(way: Way) -> None:
    with psycopg.connect(way.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select secret from access.project")


def test_the_notebook_runs(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MART_URL", way.url.replace("postgresql://", "postgresql+psycopg://"))
    notebook = nbformat.read(REPO / "notebooks" / "mart.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert "employee pension" in shown
    assert way.names_nobody(shown)
