"""`hub dedupe` as a command: needs no warehouse, prints what it recognised, says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.app import app
from hub.errors import ConfigErrors

NUMBER = "11010519491231002X"
ROWS = f"编号,称呼,证件号码,电话\n甲,王小明,{NUMBER},13812345678\n乙,王晓明,{NUMBER},13812345678\n丙,李大海,,15900001111\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    (tmp_path / "人员.csv").write_bytes(ROWS.encode("gb18030"))
    return tmp_path / "人员.csv"


def run(file: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["dedupe", str(file), "--out", str(file.parent / "out"), *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_finds_persons_in_a_file_and_says_how_columns_were_known(file: Path) -> None:
    printed = run(file, "--map", "name=称呼", "--id", "编号")
    assert [line.split()[:3] for line in printed.splitlines() if "称呼" in line or "证件号码" in line] == [
        ["name", "称呼", "given"],
        ["id_number", "证件号码", "header"],
    ]
    clusters = (file.parent / "out" / "clusters.csv").read_text(encoding="utf-8").splitlines()
    assert clusters == ["record_id,cluster_id,grade", "甲,甲,certain", "乙,甲,certain", "丙,丙,no"]
    assert not [value for value in (NUMBER, "13812345678", "王小明") if value in printed]


def test_json_for_scripts(file: Path) -> None:
    told = json.loads(run(file, "--map", "name=称呼", "--json"))
    assert (told["records"], told["persons"]) == (3, 2)
    assert told["columns"]["id_number"] == "证件号码"
    assert [Path(path).name for path in told["files"]] == ["clusters.csv", "cases.csv", "pairs.parquet", "report.html"]


def test_a_mapping_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        run(file, "--map", "name", "--map", "phone=电话,phone=编号")
    assert caught.value.problems == ["--map name: expected field=column, for example name=姓名", "--map phone=…: given twice; one column a field"]
