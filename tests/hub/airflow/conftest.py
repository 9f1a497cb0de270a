"""Airflow wants a home when it is imported; the tests give it one that is not the user's."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub import settings

os.environ.setdefault("AIRFLOW_HOME", str(settings.REPO / "var" / "test" / "airflow"))

REGISTER = """\
source: register
department: {zh: 登记处, en: Register}
steward: register@county.example
connector: {type: delimited, path: "%s/register.csv"}
extract: {mode: snapshot}
streams:
  - stream: person
    key: [编号]
    records:
      - entity: person_record
        fields:
          name: {name: 姓名}
          sex_code: {lookup: sex, from: 性别}
lookups: {sex: {"男": "1", "女": "2"}}
expectations: {row_count: {person: {min: 2}}}
examples:
  - stream: person
    given: {编号: "1", 姓名: 王芳, 性别: 女}
    expect: {person_record: {name: 王芳, sex_code: "2"}}
"""


@pytest.fixture
def register(warehouse: str, home: Path) -> Callable[[int], None]:
    """A small register whose batches need two rows; call it with the number of rows the department sends."""
    (home / "sources" / "register.yml").write_text(REGISTER % home, encoding="utf-8")

    def send(rows: int) -> None:
        lines = ["编号,姓名,性别", *(f"{number},王芳,女" for number in range(rows))]
        (home / "register.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    send(2)
    return send


def context(run_type: str = "manual", *, start: Any = None, **params: Any) -> dict[str, Any]:
    """What Airflow hands to a task, as far as the stages look at it."""
    return {"dag_run": SimpleNamespace(run_type=run_type, data_interval_start=start), "params": params}
