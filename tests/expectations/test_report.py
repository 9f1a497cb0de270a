"""The completeness report, read back with openpyxl."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from expectations import report
from expectations.report import completeness_report
from tests.expectations.stage import source

TEXTS = ("row_key", "entity", "field", "code", "raw")
SCHEMA = {"batch_id": pl.String, "stream": pl.String, "row_number": pl.Int64, **dict.fromkeys(TEXTS, pl.String)}
ROWS = pl.DataFrame(
    [
        ("b-1", "AC01", 7, "1001", "person_record", "name", "name_missing", "=cmd|' /C calc'!A0"),
        ("b-1", "AC01", 7, "1001", "person_record", "birth_date", "date_impossible", "=cmd|' /C calc'!A0"),
        ("b-1", "AC02", 9, "-2+3", "enrolment", "end_date", "end_before_start", "x\x07y"),
        ("b-1", "AC02", 12, None, None, None, "key_missing", None),
        ("b-2", "AC01", 7, "1002", "person_record", "birth_date", "value_missing", None),
    ],
    schema=SCHEMA,
    orient="row",
)
TOTALS = {"person_record": 200, "enrolment": 50}


def write(path: Path, rows: pl.DataFrame = ROWS, **more: Any) -> openpyxl.Workbook:
    of = source(entities=("person_record", "enrolment"), required={"person_record": ["birth_date"]})
    completeness_report(of, rows, path / "report.xlsx", totals=TOTALS, **more)
    return openpyxl.load_workbook(path / "report.xlsx")


def table(sheet: Any) -> list[tuple[Any, ...]]:
    return [row for row in sheet.iter_rows(values_only=True) if any(value is not None for value in row)]


def test_summary_counts_every_required_value(tmp_path: Path) -> None:
    summary = table(write(tmp_path)["汇总 Summary"])
    items = {row[1]: row[2:5] for row in summary if row[1] and "." in str(row[1])}
    assert items["person_record.name"] == (200, 1, 0.005)
    assert items["person_record.birth_date"] == (200, 1, 0.005)
    assert items["enrolment.start_date"] == (50, 0, 0)
    assert not any(name.startswith("contribution") for name in items)
    assert ("key_missing", "标识该记录的字段为空", "A column that identifies the record is blank.", 1, None) in summary


def test_one_line_a_row_with_every_reason(tmp_path: Path) -> None:
    rows = table(write(tmp_path)["待更正 Rows"])
    assert [row[:4] for row in rows[1:]] == [("b-1", "AC01", 7, "1001"), ("b-1", "AC02", 9, "-2+3"), ("b-1", "AC02", 12, None), ("b-2", "AC01", 7, "1002")]
    first = rows[1]
    assert first[4] == "姓名 name"
    assert first[5] == "person_record.name:name_missing\nperson_record.birth_date:date_impossible"
    assert "姓名为空" in first[6].replace("或名称", "")
    assert "does not exist in the calendar" in first[7]
    assert rows[3][4] == "记录标识 key"


def test_no_raw_value_unless_asked_for(tmp_path: Path) -> None:
    cells = [str(value) for sheet in write(tmp_path) for row in table(sheet) for value in row]
    assert not any("calc" in cell for cell in cells)
    assert any("calc" in str(value) for row in table(write(tmp_path, show=True)["待更正 Rows"]) for value in row)


def test_what_begins_like_a_formula_stays_text(tmp_path: Path) -> None:
    sheet = write(tmp_path, show=True)["待更正 Rows"]
    for place in ("I2", "D3"):
        assert sheet[place].data_type == "s"
        assert sheet[place].quotePrefix
    assert sheet["I3"].value == "xy"


def test_nothing_to_correct_is_a_report_too(tmp_path: Path) -> None:
    book = write(tmp_path, ROWS.clear())
    assert book.sheetnames == ["汇总 Summary", "待更正 Rows"]
    assert len(table(book["待更正 Rows"])) == 1


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "SHEET_ROWS", 3)
    book = write(tmp_path)
    assert book.sheetnames == ["汇总 Summary", "待更正 Rows", "待更正 Rows 2"]
    assert [len(table(book[name])) - 1 for name in book.sheetnames[1:]] == [3, 1]
