"""Downloads of analysts: Parquet, CSV or xlsx, with a purpose, a limit, a mark in every row and an entry in the trail."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow.parquet as pq
from openpyxl.cell import WriteOnlyCell

from hub.errors import ConfigError
from warehouse import audit
from warehouse.analysis import Result
from warehouse.db import connect

FORMATS = ("parquet", "csv", "xlsx")
ROWS = 100_000
"""Rows of one download, unless fewer are asked for."""
MARK = "_export"
"""Column that names the export in every row, so that a copied row still says whose download it was."""
QUALITY = "_quality"
"""Column of a downloaded answer: how far its numbers can be relied on, beside each of them."""


@dataclass(frozen=True)
class Export:
    """A download: its number in the trail, its bytes, how many rows, and whether there were more."""

    number: str
    content: bytes
    rows: int
    cut: bool


def export(result: Result, kind: str, role: str, purpose: str, what: str, quality: str | None = None) -> Export:
    """Turn what an analyst was answered into a file, and leave a trace that leads from the file back to them.

    what: the ready answer, or `query`; quality: what stands beside an answer's numbers.  ConfigError without a purpose, or for a format there is none of.
    """
    if len(purpose.strip()) < 5:
        raise ConfigError("export: a purpose is needed, in words; it is kept with the trace")
    if kind not in FORMATS:
        raise ConfigError(f"export: format {kind}; expected one of {', '.join(FORMATS)}")
    number = "x" + secrets.token_hex(6)
    said = f"{number} · {role} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {purpose.strip()}"
    beside = {MARK: number} if quality is None else {QUALITY: quality, MARK: number}
    columns, rows = [*result.columns, *beside], [(*map(_plain, row), *beside.values()) for row in result.rows]
    content = {"parquet": _parquet, "csv": _csv, "xlsx": _xlsx}[kind](columns, rows, said)
    with connect() as connection:
        detail: dict[str, Any] = {"what": what, "format": kind, "rows": len(rows), "cut": result.cut, "sha256": hashlib.sha256(content).hexdigest()}
        audit.record(connection, f"analyst:{role}"[:60], "export", number, purpose.strip(), **detail)
    return Export(number, content, len(rows), result.cut)


def kind_of(path: Path) -> str:
    """Give the format a file's name asks for."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ConfigError(f"{path.name}: expected a name that ends in .parquet, .csv or .xlsx")
    return kind


def _plain(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value


def _frame(columns: list[str], rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


def _parquet(columns: list[str], rows: list[tuple[Any, ...]], said: str) -> bytes:
    table = _frame(columns, rows).to_arrow()
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"export": said}), buffer, compression="zstd")
    return buffer.getvalue()


def _csv(columns: list[str], rows: list[tuple[Any, ...]], said: str) -> bytes:
    """UTF-8 with a mark of its encoding, as spreadsheets want it; a text that a spreadsheet would run is led by an apostrophe."""
    frame = _frame(columns, rows).with_columns(pl.col(pl.String).str.replace(r"^([=+@\t\r]|-[^0-9.])", "'$1"))
    return b"\xef\xbb\xbf" + frame.write_csv().encode()


def _xlsx(columns: list[str], rows: list[tuple[Any, ...]], said: str) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("data")
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = said
    book.properties.description = said
    sheet.append(columns)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"  # never a formula
        return cell
    return value


__all__ = ["FORMATS", "MARK", "ROWS", "Export", "export", "kind_of"]
