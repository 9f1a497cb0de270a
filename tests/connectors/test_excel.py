"""Excel workbooks: headings, kinds of cells, positions, files cut short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.base import Part, Request
from connectors.excel import Excel
from hub.errors import ConfigErrors, SourceError
from tests.connectors.contract import COLUMNS, SECRET, Contract, Row, taken
from tests.connectors.xls import write_xls


class TestXlsx(Contract):
    null_for_empty = True

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.append(list(columns))
        for row in rows:
            sheet.append([row[name] for name in columns])
        book.save(self.folder / "rows.xlsx")
        return Request("here", "rows", {"type": "excel", "path": str(self.folder / "rows.xlsx")}, ("key",))

    def missing(self) -> Request:
        return Request("here", "rows", {"type": "excel", "path": str(self.folder / "gone.xlsx")}, ("key",))


class TestXls(TestXlsx):
    def source(self, rows: Sequence[Row], columns: Sequence[str] = COLUMNS) -> Request:
        write_xls(self.folder / "rows.xls", [list(columns), *([row[name] for name in columns] for row in rows)])
        return Request("here", "rows", {"type": "excel", "path": str(self.folder / "rows.xls")}, ("key",))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Two sheets as in the field: a merged title, headings over two rows, a hidden sheet in front."""
    book = openpyxl.Workbook()
    hidden = book.worksheets[0]
    hidden.sheet_state = "hidden"
    hidden["A1"] = "not this"
    sheet = book.create_sheet("台账")
    rows: list[list[Any]] = [
        ["工伤台账"],
        ["编号", "受伤情况", None, "用人单位", None, "备注"],
        [None, "日期", "部位", "名称", "日期", None],
        ["GS-1", date(2020, 1, 2), "手", "甲", 29222, "合计不是"],
    ]
    for row in rows:
        sheet.append(row)
    for area in ("A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3"):
        sheet.merge_cells(area)
    sheet["A8"] = "GS-2"
    sheet["H9"] = "beside"
    path = tmp_path / "ledger.xlsx"
    book.save(path)
    return path


def request(path: Path, **options: Any) -> Request:
    return Request("here", "rows", {"type": "excel", "path": str(path), **options})


def extract(path: Path, **options: Any) -> list[Part]:
    return list(Excel().extract(request(path, **options)))


def test_merged_headings_are_filled_and_joined(ledger: Path) -> None:
    probe = Excel().check(request(ledger, title_rows=1, header_rows=2))
    assert probe.columns == ("编号", "受伤情况/日期", "受伤情况/部位", "用人单位/名称", "用人单位/日期", "备注", "column#8")
    joined = Excel().check(request(ledger, sheet="台账", title_rows=1, header_rows=2, joiner="-"))
    assert joined.columns[1] == "受伤情况-日期"


def test_groups_without_merged_areas_cover_what_stands_right_of_them(tmp_path: Path) -> None:
    write_xls(tmp_path / "a.xls", [["受伤情况", None, "单位"], ["日期", "部位", None]])
    assert Excel().check(request(tmp_path / "a.xls", header_rows=2)).columns == ("受伤情况/日期", "受伤情况/部位", "单位")


def test_positions_are_rows_of_the_sheet_and_empty_rows_are_none(ledger: Path) -> None:
    (part,) = extract(ledger, title_rows=1, header_rows=2)
    assert part.positions.to_pylist() == [4, 8, 9]
    assert [row["编号"] for row in taken([part])] == ["GS-1", "GS-2", None]
    assert taken([part])[2]["column#8"] == "beside"


def test_a_sheet_that_begins_elsewhere(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["C4"], sheet["D4"], sheet["C6"], sheet["D6"] = "key", "name", "1", "a"
    book.save(tmp_path / "a.xlsx")
    (part,) = extract(tmp_path / "a.xlsx", title_rows=3)
    assert taken([part]) == [{"key": "1", "name": "a"}]
    assert part.positions.to_pylist() == [6]


CELLS: list[tuple[Any, str | None, str]] = [
    (1.0, None, "1"),
    (110105194912310000.0, None, "110105194912310000"),
    (1e20, None, "100000000000000000000"),
    (0.00001, None, "0.00001"),
    (-1.5, None, "-1.5"),
    (29222, None, "29222"),
    (29222, "yyyy/m/d", "1980-01-02"),
    (29222, '[$-804]yyyy"年"m"月"d"日"', "1980-01-02"),
    (29222.5, "yyyy-mm-dd hh:mm:ss", "1980-01-02 12:00:00"),
    (date(2025, 10, 31), None, "2025-10-31"),
    (datetime(2025, 10, 31, 8, 15), None, "2025-10-31 08:15:00"),
    (time(8, 15), None, "08:15:00"),
    (timedelta(hours=30, seconds=1), None, "30:00:01"),
    (True, None, "true"),
    (" 王　伟\n ", None, " 王　伟\n "),
    ("00123", None, "00123"),
    ("1980.1.2", None, "1980.1.2"),
]


def test_every_kind_of_cell_has_one_stable_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "value"
    for at, (value, form, _) in enumerate(CELLS, start=2):
        cell = sheet.cell(at, 1, value)
        if form:
            cell.number_format = form
    book.save(tmp_path / "a.xlsx")
    assert [row["value"] for row in taken(extract(tmp_path / "a.xlsx"))] == [expected for _, _, expected in CELLS]


def test_numbers_and_dates_of_xls(tmp_path: Path) -> None:
    write_xls(tmp_path / "a.xls", [["n", "d"], [12.0, date(1980, 1, 2)]])
    assert taken(extract(tmp_path / "a.xls")) == [{"n": "12", "d": "1980-01-02"}]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_workbook_cut_short(ledger: Path, share: float) -> None:
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceError, match=r"ledger\.xlsx: cannot be read .*cut short, damaged") as caught:
        extract(ledger)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"<html><table>", SECRET.encode()])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        extract(tmp_path / "a.xlsx")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("sheet", ["目录", 7])
def test_a_sheet_that_is_not_there(ledger: Path, sheet: str | int) -> None:
    with pytest.raises(SourceError, match=f"no sheet {sheet}; renamed there"):
        extract(ledger, sheet=sheet)


def test_headings_of_ones_own(ledger: Path) -> None:
    names = [f"c{at}" for at in range(8)]
    assert taken(extract(ledger, title_rows=3, header_rows=0, columns=names))[0]["c0"] == "GS-1"
    for options, problem in (({"header_rows": 0}, "columns: required"), ({"columns": ["a", "a"]}, "each name once")):
        with pytest.raises(ConfigErrors, match=problem):
            extract(ledger, **options)
    with pytest.raises(SourceError, match="8 columns there, 2 declared"):
        extract(ledger, columns=["a", "b"])
    with pytest.raises(SourceError, match="no headings after 50 rows"):
        extract(ledger, title_rows=50)
