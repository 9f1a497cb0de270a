"""Which sheets of a workbook hold rows, and where their headings are."""

from __future__ import annotations

from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from connectors.transports import unreadable

_LOOKED_AT = 20
"""Rows in which titles and headings are looked for."""


def sheets(file: BinaryIO, where: str) -> list[dict[str, Any]]:
    """Give the options of every visible sheet that holds headings and rows below them; SourceError for no workbook."""
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        visible = [found.name for found in workbook.sheets_metadata if found.visible == SheetVisibleEnum.Visible]
        found = [(name, _headings(workbook.get_sheet_by_name(name))) for name in visible]
    except CalamineError as error:
        raise unreadable(where, error) from None
    return [{"sheet": name, **headings} for name, headings in found if headings]


def _headings(sheet: CalamineSheet) -> dict[str, Any] | None:
    """A title is a row with one text; headings merged downwards or over several columns go on in the next row."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    rows = [left + row for row, _ in zip(sheet.iter_rows(), range(_LOOKED_AT), strict=False)]
    top = next((at for at, row in enumerate(rows) if sum(cell != "" for cell in row) > 1), None)
    if top is None:
        return None
    merged = [area for area in sheet.merged_cell_ranges or [] if area[0][0] == top]
    bottom = max([top, *(area[1][0] for area in merged), *(top + 1 for area in merged if area[1][1] > area[0][1])])
    if sheet.height + (sheet.start[0] if sheet.start else 0) <= bottom + 1:
        return None
    return {**({"title_rows": top} if top else {}), **({"header_rows": bottom - top + 1} if bottom > top else {})} or {"header_rows": 1}
