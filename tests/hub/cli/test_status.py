"""`hub status`: one line a source, what is wrong below it, and an exit code a script can trust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hub.cli.app import app
from hub.pipeline import incidents, run_source
from mappings.load import load_named
from tests.hub.airflow.conftest import REGISTER
from warehouse.db import connect


@pytest.fixture
def register(warehouse: str, home: Path) -> Path:
    (home / "sources" / "register.yml").write_text(REGISTER % home, encoding="utf-8")
    (home / "register.csv").write_text("编号,姓名,性别\n1,王芳,女\n2,王芳,女\n3,,女\n", encoding="utf-8")
    return home


def status(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["status", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    return done.exit_code, done.output


def as_json() -> Any:
    return json.loads(status("--json")[1])


def test_a_new_source_is_no_trouble(register: Path) -> None:
    code, text = status()
    assert (code, "register" in text, "new" in text) == (0, True, True)


def test_what_was_published_last_is_shown(register: Path) -> None:
    run_source(load_named(register / "sources", "register"))
    [line] = as_json()
    assert (line["state"], line["last batch"], line["extracted"], line["accepted"], line["quarantined"]) == ("ok", "register-000001", 3, 2, 1)


def test_trouble_ends_1_and_is_told_in_both_languages(register: Path) -> None:
    run_source(load_named(register / "sources", "register"))
    with connect() as connection:
        connection.execute("update ops.batch set published_at = published_at - interval '40 hours'")
    incidents.failed("register", "extract")
    code, text = status()
    assert code == 1
    assert "expected within 36h" in text
    assert "不再自动重试" in text
    [line] = as_json()
    assert (line["state"], [trouble["kind"] for trouble in line["troubles"]]) == ("failed", ["late", "failed"])


def test_a_broken_file_is_named(register: Path) -> None:
    (register / "sources" / "broken.yml").write_text("source: broken\n", encoding="utf-8")
    code, text = status()
    assert (code, "broken.yml:1: " in text) == (1, True)
