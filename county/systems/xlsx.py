"""Write a workbook as an office program would: merged titles, grouped headings, date cells, shared strings; the same bytes every time."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

EPOCH = date(1899, 12, 30)
ISO = re.compile(r"\d{4}-\d\d-\d\d$")
NUMBER = re.compile(r"-?\d+(\.\d+)?$")
STAMP = (2025, 10, 31, 18, 0, 0)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


TYPES = (
    '<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{book}"/>{sheets}'
    '<Override PartName="/xl/styles.xml" ContentType="{styles}"/><Override PartName="/xl/sharedStrings.xml" ContentType="{strings}"/></Types>'
)
ROOT = '<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
STYLES = (
    '<styleSheet {main}><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="常规" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, the frame below the headings, a title, the group above each heading (two heading rows) and the column kinds."""

    name: str
    frame: pl.DataFrame
    title: str = ""
    groups: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()
    """Columns whose ISO days become date cells, and bare serial numbers number cells."""
    numbers: tuple[str, ...] = ()


class Strings:
    """The shared strings of a workbook, numbered as they come."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}

    def items(self) -> str:
        """Give all of them, in order."""
        return "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self.at)

    def cell(self, where: str, text: str) -> str:
        """Give the cell of a text."""
        return f'<c r="{where}" t="s"><v>{self.at.setdefault(text, len(self.at))}</v></c>'


def write(path: Path, sheets: list[Sheet]) -> None:
    """Write a workbook."""
    strings = Strings()
    bodies = [_sheet(sheet, strings) for sheet in sheets]
    names = "".join(f'<sheet name="{escape(s.name)}" sheetId="{n}" r:id="rId{n}"/>' for n, s in enumerate(sheets, 1))
    links = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(sheets) + 1))
    other = "".join(f'<Relationship Id="rIdx{kind}" Type="{OFFICE}/{kind}" Target="{kind}.xml"/>' for kind in ("styles", "sharedStrings"))
    kinds = "".join(f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_kind("worksheet")}"/>' for n in range(1, len(sheets) + 1))
    parts = {
        "[Content_Types].xml": TYPES.format(package=PACKAGE, sheets=kinds, book=_kind("sheet.main"), styles=_kind("styles"), strings=_kind("sharedStrings")),
        "_rels/.rels": ROOT.format(package=PACKAGE, office=OFFICE),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}{other}</Relationships>',
        "xl/styles.xml": STYLES.format(main=MAIN),
        **{f"xl/worksheets/sheet{n}.xml": body for n, body in enumerate(bodies, 1)},
        "xl/sharedStrings.xml": f'<sst {MAIN} uniqueCount="{len(strings.at)}">{strings.items()}</sst>',
    }
    new = path.with_name(path.name + ".new")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), HEAD + text, compress_type=zipfile.ZIP_DEFLATED)
    new.replace(path)


def _kind(name: str) -> str:
    return f"application/vnd.openxmlformats-officedocument.spreadsheetml.{name}+xml"


def letters(column: int) -> str:
    """Give a column's letters, counted from 0."""
    return letters(column // 26 - 1) + chr(65 + column % 26) if column >= 26 else chr(65 + column)


def _sheet(sheet: Sheet, strings: Strings) -> str:
    headings = sheet.frame.columns
    rows: list[list[str]] = []
    merged: list[str] = []
    if sheet.title:
        rows.append([strings.cell("A1", sheet.title)])
        merged.append(f"A1:{letters(len(headings) - 1)}1")
    if sheet.groups:
        merged += _grouped(sheet, strings, rows)
    else:
        rows.append([strings.cell(f"{letters(c)}{len(rows) + 1}", text) for c, text in enumerate(headings)])
    first = len(rows) + 1
    columns = [_cells(sheet, name, c, first, strings) for c, name in enumerate(headings)]
    body = "".join(f'<row r="{n}">{"".join(cells)}</row>' for n, cells in enumerate(rows, 1))
    body += "".join(f'<row r="{first + n}">{"".join(cells)}</row>' for n, cells in enumerate(zip(*columns, strict=True)))
    merges = f'<mergeCells count="{len(merged)}">' + "".join(f'<mergeCell ref="{m}"/>' for m in merged) + "</mergeCells>" if merged else ""
    return (
        f'<worksheet {MAIN}><dimension ref="A1:{letters(len(headings) - 1)}{first + sheet.frame.height - 1}"/><sheetData>{body}</sheetData>{merges}</worksheet>'
    )


def _grouped(sheet: Sheet, strings: Strings, rows: list[list[str]]) -> list[str]:
    """Write two heading rows: groups merged over their headings, headings without a group merged over both rows."""
    top, merged, start = len(rows) + 1, [], 0
    above, below = [], []
    for column, (group, heading) in enumerate(zip(sheet.groups, sheet.frame.columns, strict=True)):
        if group == "":
            above.append(strings.cell(f"{letters(column)}{top}", heading))
            merged.append(f"{letters(column)}{top}:{letters(column)}{top + 1}")
            continue
        if column == 0 or sheet.groups[column - 1] != group:
            above.append(strings.cell(f"{letters(column)}{top}", group))
            start = column
        below.append(strings.cell(f"{letters(column)}{top + 1}", heading))
        last = column + 1 == len(sheet.groups) or sheet.groups[column + 1] != group
        if last and column > start:
            merged.append(f"{letters(start)}{top}:{letters(column)}{top}")
    rows += [above, below]
    return merged


def _cells(sheet: Sheet, name: str, column: int, first: int, strings: Strings) -> list[str]:
    values = sheet.frame[name]
    letter = letters(column)
    if values.dtype.is_numeric():
        return ["" if v is None else f'<c r="{letter}{first + n}"><v>{v}</v></c>' for n, v in enumerate(values.to_list())]
    dated, number = name in sheet.dated, name in sheet.numbers
    cells = []
    for n, text in enumerate(values.to_list()):
        where = f"{letter}{first + n}"
        if not text:
            cells.append("")
        elif dated and ISO.match(text) and (day := _day(text)):
            cells.append(f'<c r="{where}" s="1"><v>{day}</v></c>')
        elif (number and NUMBER.match(text)) or (dated and len(text) == 5 and text.isdigit()):
            cells.append(f'<c r="{where}"><v>{text}</v></c>')
        else:
            cells.append(strings.cell(where, text))
    return cells


def _day(text: str) -> int | None:
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:  # an impossible date stays text, as the office program leaves it
        return None
