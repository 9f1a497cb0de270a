"""What the docs say is so: commands, options, make targets, files and queries they name are there and do what is said."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from benchmarks import render
from hub.cli import app
from hub.pipeline import run_source
from hub.settings import REPO
from mappings.load import load_named
from tests import office
from warehouse.db import Connection, connect

PAGES = sorted([*REPO.glob("*.md"), *(REPO / "docs").glob("*.md"), *REPO.glob("[a-z]*/README.md")])
FOLDERS = "benchmarks|connectors|console|county|dags|deploy|docs|expectations|hub|mappings|matching|tests|warehouse"
MADE = {"deploy/secrets", "deploy/secrets/hub_kek", "deploy/secrets/airflow_password", "deploy/hub.env", "mappings/sources/clinic.yml"}
"""Files that a reader makes by what the page tells them to do."""


def codes(page: Path) -> Iterator[str]:
    """Every piece of code of a page: spans, and lines of blocks without their comments."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh|bash)?\n(.*?)```", text, re.DOTALL):
        yield from (line.partition(" #")[0].strip() for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@cache
def root() -> Any:
    return typer.main.get_command(app)


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and those that are left: its arguments and options."""
    command = root()
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        alternatives = words[0].split("|")
        missing = [word for word in alternatives if word not in command.commands]
        assert not missing, f"hub has no command {missing[0]}"
        command, words = command.commands[alternatives[0]], words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_every_command_and_option_named_exists(page: Path) -> None:
    for code in codes(page):
        for said in re.findall(r"(?:^|(?<=[;&] )|(?<=bin/))hub ([a-z][^;&]*)", code):
            words = re.sub(r"[…·]", "", said).split()
            command, left = command_of(words)
            known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)} | {"--help"}
            strange = [word for word in left if word.startswith("-") and word != "-" and word.partition("=")[0] not in known]
            assert not strange or getattr(command, "ignore_unknown_options", False), f"hub {said}: no option {strange[0]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for code in codes(page):
        named = re.match(r"(?:[A-Z]+=\S+ )*make ([a-z-]+)", code)
        assert named is None or named[1] in targets, code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_every_file_named_exists(page: Path) -> None:
    named = {
        path.rstrip("/.")
        for code in codes(page)
        for path in re.findall(rf"(?<![\w/.-])((?:{FOLDERS})/[\w./*-]+)", code)
        if not re.search(r"[A-Z]{3,}", path.replace("README", "").replace("CHANGELOG", ""))
    }
    links = set(re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")))
    assert sorted(link for link in links if not (page.parent / link).exists()) == []
    assert sorted(path for path in named - MADE if not list(REPO.glob(path)) and not list(REPO.glob(f"{path.rpartition('.')[0]}.py"))) == []


def test_rendered_pages_are_as_measured() -> None:
    stale = [str(path.relative_to(REPO)) for path, text in render.pages() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


def test_every_make_target_is_documented() -> None:
    [phony] = re.findall(r"^\.PHONY: (demo .*)$", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    page = (REPO / "docs" / "commands.md").read_text(encoding="utf-8")
    assert [target for target in phony.split() if f"`make {target}`" not in page] == []


# Pages that are followed


@pytest.fixture
def loaded(warehouse: str, home: Path) -> Iterator[Connection]:
    """A warehouse with one batch, of which one row was refused."""
    people = office.insured(4)
    (home / "office.csv").write_text(office.csv([*people[:3], people[3].but(born="19790230")]), encoding="utf-8")
    (home / "sources" / "office.yml").write_text(office.declaration("office", f'{{type: delimited, path: "{home}/office.csv"}}'), encoding="utf-8")
    run_source(load_named(home / "sources", "office"))
    with connect() as connection:
        yield connection


def test_the_query_of_the_ledger_page_finds_what_does_not_balance(loaded: Connection) -> None:
    [statement] = re.findall(r"```sql\n(.*?)```", (REPO / "docs" / "ledger.md").read_text(encoding="utf-8"), re.DOTALL)
    assert loaded.execute(statement).fetchall() == []
    loaded.execute("delete from ops.quarantine")
    assert [(stream, what) for _, stream, what in loaded.execute(statement)] == [("people", "quarantine")]
    loaded.rollback()
    loaded.execute("alter table ops.ledger drop constraint ledger_balance_check")
    loaded.execute("update ops.ledger set accepted = accepted - 1")
    assert [(stream, what) for _, stream, what in loaded.execute(statement)] == [("people", "rows")]
    loaded.rollback()


def test_a_department_is_added_by_what_the_page_says(warehouse: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of docs/add-a-source.md, in its order, on a file nobody has seen: it loads, and nothing but one file was added."""
    clinic = home / "clinic"
    clinic.mkdir()
    (clinic / "patients.csv").write_text(office.csv(office.insured(30)), encoding="utf-8")
    page = (REPO / "docs" / "add-a-source.md").read_text(encoding="utf-8")
    said = [code for code in codes(REPO / "docs" / "add-a-source.md") if code.startswith("hub ")]
    assert [" ".join(code.split()[:2]) for code in said] == ["hub source", "hub check", "hub preview", "hub run", "hub ledger", "hub quarantine"]
    assert "HUB_CONN_CLINIC=file:///data/clinic" in page
    monkeypatch.setenv("HUB_CONN_CLINIC", clinic.as_uri())
    for code in said:
        words = shlex.split(code.replace("/data/clinic", str(clinic)).replace("mappings/sources", str(home / "sources")))
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, f"{code}: {done.exception!r}\n{done.output}"
    assert [path.name for path in (home / "sources").iterdir()] == ["clinic.yml"]
    with connect() as connection:
        assert connection.execute("select count(*), count(id_number_blind), count(phone_blind) from core.person_record").fetchone() == (30, 30, 30)
