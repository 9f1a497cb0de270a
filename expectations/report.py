"""The completeness report: what a department must fill or correct, as a workbook ready to be sent back.

Called by the command line and the console with the reasons of a source's quarantined rows.  It holds no personal value
unless the caller passes raw rows and `show=True`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from expectations.gate import MISSING
from expectations.suite import reasons
from mappings.canonical import ENTITIES, Field
from mappings.source import Source

SHEET_ROWS = 1_000_000
"""Lines of one sheet; Excel holds 1,048,576."""
CELL = 32_767
"""Characters Excel holds in a cell."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SUMMARY = (("数据项", 28), ("Item", 34), ("记录数 / Records", 16), ("缺失 / Missing", 16), ("缺失率 / Share", 16))
_CODES = (("代码 / Code", 28), ("说明", 40), ("Meaning", 60), ("行数 / Rows", 16))
_ROWS = (
    ("批次 / Batch", 26),
    ("数据流 / Stream", 18),
    ("行号 / Row", 12),
    ("记录标识 / Key", 24),
    ("缺失项 / Missing values", 40),
    ("原因代码 / Codes", 44),
    ("说明", 60),
    ("Reasons", 80),
)
_RAW = (("原始行 / Raw row", 80),)


def completeness_report(source: Source, rows: pl.DataFrame, path: Path, *, totals: Mapping[str, int], show: bool = False) -> None:
    """Write the workbook: a summary by required value and by reason, then the rows to correct.

    rows: one line per reason: batch_id, stream, row_number, row_key (never personal), entity, field, code; with `show` also
    `raw`, the row as text.  totals: records by entity, as `Verdict.observed["records"]`.
    """
    book = Workbook(write_only=True)
    _summarise(book, source, rows, totals)
    columns, lines = [*_ROWS, *(_RAW if show else ())], _lines(rows, show)
    for number in range(1, max(1, ceil(rows.select("batch_id", "row_number").n_unique() / SHEET_ROWS)) + 1):
        sheet = _sheet(book, "待更正 Rows" if number == 1 else f"待更正 Rows {number}", columns)
        _heading(sheet, columns)
        for line in islice(lines, SHEET_ROWS):
            sheet.append(_cells(sheet, line))
    book.save(path)


def _summarise(book: Workbook, source: Source, rows: pl.DataFrame, totals: Mapping[str, int]) -> None:
    sheet, by_row = _sheet(book, "汇总 Summary", _SUMMARY), pl.struct("batch_id", "row_number").n_unique()
    sheet.append(_cells(sheet, (f"{source.department.zh} {source.department.en}", source.source), bold=True))
    count = rows.select("batch_id", "row_number").n_unique()
    sheet.append(_cells(sheet, (f"待更正 {count} 行", f"{count} rows to correct")))
    sheet.append([])
    _heading(sheet, _SUMMARY)
    missing = rows.filter(pl.col("code").is_in(MISSING)).group_by("entity", "field").agg(by_row)
    empty = {(entity, field): count for entity, field, count in missing.iter_rows()}
    for entity, field in _required(source):
        records, gaps = totals.get(entity, 0), empty.get((entity, field.name), 0)
        label = f"{ENTITIES[entity].zh} · {field.zh}"
        sheet.append(_cells(sheet, (label, f"{entity}.{field.name}", records, gaps, round(gaps / records, 4) if records else 0)))
    sheet.append([])
    _heading(sheet, _CODES)
    sentences = reasons()
    counted = rows.group_by("code").agg(by_row.alias("rows")).sort("rows", "code", descending=[True, False])
    for code, count in counted.iter_rows():
        sheet.append(_cells(sheet, (code, *sentences.get(code, (code, code)), count)))


def _required(source: Source) -> Iterator[tuple[str, Field]]:
    """Values this source must fill, in the order of the canonical model."""
    given = {record.entity for stream in source.streams for record in stream.records}
    for name, entity in ENTITIES.items():
        own = source.expectations.required.get(name, ())
        yield from ((name, field) for field in entity.fields if name in given and (field.required or field.name in own))


def _lines(rows: pl.DataFrame, show: bool) -> Iterator[tuple[Any, ...]]:
    """One line per row to correct, with all its reasons."""
    sentences, by_row = reasons(), ["batch_id", "row_number"]
    said = pl.struct("entity", "field", "code").unique(maintain_order=True).alias("said")
    others = [pl.col("stream", "row_key").first(), said, *([pl.col("raw").first()] if show else [])]
    for row in rows.sort(by_row).group_by(by_row, maintain_order=True).agg(others).iter_rows(named=True):
        texts = [sentences.get(each["code"], (each["code"], each["code"])) for each in row["said"]]
        names = [_name(each["entity"], each["field"]) for each in row["said"]]
        gaps = "；".join(name for name, each in zip(names, row["said"], strict=True) if each["code"] in MISSING)
        codes = "\n".join(f"{each['entity'] or 'row'}.{each['field'] or 'key'}:{each['code']}" for each in row["said"])
        zh, en = ("\n".join(f"{name}: {text[at]}" for name, text in zip(names, texts, strict=True)) for at in (0, 1))
        yield row["batch_id"], row["stream"], row["row_number"], row["row_key"], gaps, codes, zh, en, *([row["raw"]] if show else [])


def _name(entity: str | None, field: str | None) -> str:
    known = ENTITIES[entity].by_name.get(field or "") if entity in ENTITIES else None
    return f"{known.zh} {field}" if known else "记录标识 key" if field is None else field


def _sheet(book: Workbook, title: str, columns: Iterable[tuple[str, int]]) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    for at, (_, width) in enumerate(columns):
        sheet.column_dimensions[chr(ord("A") + at)].width = width
    return sheet


def _heading(sheet: Worksheet, columns: Iterable[tuple[str, int]]) -> None:
    sheet.append(_cells(sheet, [name for name, _ in columns], bold=True))


def _cells(sheet: Worksheet, values: Iterable[Any], bold: bool = False) -> list[Any]:
    """Make cells whose text stays text: what begins like a formula is quoted, what a workbook cannot hold is left out."""
    cells = []
    for value in values:
        text = isinstance(value, str)
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:CELL] if text else value)
        if text:
            cell.data_type = "s"
            cell.quotePrefix = value.startswith(_FORMULA)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=bold)
        cells.append(cell)
    return cells
