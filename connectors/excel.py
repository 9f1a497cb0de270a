"""Excel workbooks (.xlsx, .xls): one sheet, its headings over one or more rows, cells as stable text.

A number is written without `.0` and without exponent, a date as 2025-10-31, a moment as 2025-10-31 08:15:00, a duration
as [h]:mm:ss; a serial number stays a number where the cell is not formatted as a date.  An empty cell is null.
Positions are the rows of the sheet; fully empty rows are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, Literal

import pyarrow as pa
from pydantic import Field, model_validator
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum, WorksheetNotFound

from connectors.base import Part
from connectors.files import FileOptions, SourceFile
from connectors.parts import text_table, unique_names
from connectors.reading import FileConnector, Reading
from connectors.transports import unreadable
from connectors.values import text_of
from hub.errors import SourceError

_ROWS_AT_ONCE = 20_000
Cell = Any
"""What calamine gives: str, float, bool, date, datetime, time, timedelta; an empty cell is ''."""


class ExcelOptions(FileOptions):
    """Which sheet, and where its headings stand."""

    type: Literal["excel"]
    sheet: str | int | None = None
    """name, or number counted from 1; default: the first visible one"""
    title_rows: int = Field(default=0, ge=0)
    """rows above the headings"""
    header_rows: int = Field(default=1, ge=0)
    joiner: str = "/"
    """stands between the headings of several rows: 受伤情况/日期"""
    columns: list[str] | None = Field(default=None, min_length=1)
    """names of the columns, in place of the headings"""

    @model_validator(mode="after")
    def _fits_together(self) -> ExcelOptions:
        if not self.header_rows and not self.columns:
            raise ValueError("columns: required when there are no headings (header_rows: 0)")
        if self.columns and len(set(self.columns)) != len(self.columns):
            raise ValueError("columns: each name once")
        return self


class Excel(FileConnector[ExcelOptions]):
    """One sheet of a workbook."""

    options = ExcelOptions

    def read(self, file: BinaryIO, source: SourceFile, options: ExcelOptions) -> Reading:
        """Open the workbook and read its headings; SourceError when it is cut short or has no such sheet."""
        sheet = _sheet(file, source.where, options)
        top = options.title_rows + options.header_rows
        headings = [[_text(cell) for cell in row] for row in islice(_all_rows(sheet), options.title_rows, top)]
        if len(headings) < options.header_rows:
            raise SourceError(f"{source.where}: no headings after {options.title_rows} rows; correct `sheet`, `title_rows` and `header_rows`")
        names = options.columns or _names(headings, sheet, options)
        width = len(next(_all_rows(sheet), []))
        if len(names) != width:
            raise SourceError(f"{source.where}: {width} columns there, {len(names)} declared; correct `columns` or `sheet`")
        filled = _nameless_but_filled(names, islice(_all_rows(sheet), top, None))
        kept = [at for at, name in enumerate(names) if name or at in filled]
        columns = unique_names(names)
        return Reading(tuple(columns[at] for at in kept), lambda first: _rows(sheet, top, kept, [columns[at] for at in kept], first - 1))


def _sheet(file: BinaryIO, where: str, options: ExcelOptions) -> CalamineSheet:
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        if isinstance(options.sheet, str):
            return workbook.get_sheet_by_name(options.sheet)
        visible = [at for at, found in enumerate(workbook.sheets_metadata) if found.visible == SheetVisibleEnum.Visible]
        return workbook.get_sheet_by_index(visible[0] if options.sheet is None else options.sheet - 1)
    except (WorksheetNotFound, IndexError):
        raise SourceError(f"{where}: no sheet {options.sheet or 1}; renamed there? correct `sheet`") from None
    except (CalamineError, OverflowError, ValueError) as error:
        raise unreadable(where, error) from None


def _all_rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    """Give every row from the sheet's first on, each from its first column on (calamine leaves empty columns at the left out)."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    return (left + row for row in sheet.iter_rows())


def _nameless_but_filled(names: Sequence[str], rows: Iterator[list[Cell]]) -> set[int]:
    """Find the columns without heading that hold something."""
    nameless = [at for at, name in enumerate(names) if not name]
    return {at for row in rows for at in nameless if row[at] != ""} if nameless else set()


def _names(headings: list[list[str | None]], sheet: CalamineSheet, options: ExcelOptions) -> list[str]:
    """Fill merged headings over the cells they cover and join the rows; equal ones above each other count once."""
    first, last = options.title_rows, options.title_rows + options.header_rows - 1
    merged = [area for area in sheet.merged_cell_ranges or [] if area[0][0] <= last and area[1][0] >= first]
    for (top, left), (bottom, right) in merged:
        for row in range(max(top, first), min(bottom, last) + 1):
            for column in range(left, min(right, len(headings[0]) - 1) + 1):
                headings[row - first][column] = headings[max(top, first) - first][left]
    if not merged:  # the format keeps no merged areas, or groups stand at the left of what they cover
        for group in headings[:-1]:
            for column in range(1, len(group)):
                group[column] = group[column] or group[column - 1]
    return [options.joiner.join(_distinct(column)) for column in zip(*headings, strict=True)]


def _distinct(parts: Sequence[str | None]) -> Iterator[str]:
    before = None
    for part in parts:
        if part and part != before:
            yield part
            before = part


def _rows(sheet: CalamineSheet, top: int, kept: list[int], names: Sequence[str], offset: int) -> Iterator[Part]:
    rows = enumerate(_all_rows(sheet), start=1)
    filled = ((number, row) for number, row in rows if number > top and any(cell != "" for cell in row))
    while piece := list(islice(filled, _ROWS_AT_ONCE)):
        columns = [pa.array([_text(row[at]) for _, row in piece], pa.large_string()) for at in kept]
        yield Part(text_table(names, columns), pa.array([number + offset for number, _ in piece], pa.int64()))


def _text(cell: Cell) -> str | None:
    if cell == "":
        return None
    return text_of(cell)
