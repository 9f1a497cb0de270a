"""Reading a file of persons for `hub dedupe`: CSV in any usual encoding and separator, or Parquet; every value as text."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from hub.errors import SourceError

_ENCODINGS = ("utf-8-sig", "gb18030")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SEPARATORS = ",\t;|"
_HAN_UTF8 = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_TITLES = 5
"""Lines of titles that may stand above the header."""


@dataclass(frozen=True)
class Table:
    """A file's rows, all columns text, and how many lines of titles stand above its header."""

    frame: pl.DataFrame
    titles: int = 0


def read_table(path: Path) -> Table:
    """Read a table, all columns text, empty values null; lines of one cell above the header are titles.

    Raises SourceError naming file and line, never a value, when the file is missing, empty, not of a known form or in two encodings.
    """
    if path.is_dir():
        raise SourceError(f"{path.name}: is a folder; give the path of a CSV or Parquet file in it")
    if not path.is_file():
        raise SourceError(f"{path.name}: no such file; give the path of a CSV or Parquet file")
    with path.open("rb") as stream:
        head = stream.read(4)
    if not head:
        raise SourceError(f"{path.name}: the file is empty; expected a header line and rows")
    if head == b"PK\x03\x04":
        raise SourceError(f"{path.name}: a workbook, or another zip file; save its sheet as CSV (UTF-8) and give that")
    table = Table(_parquet(path)) if head == b"PAR1" else _delimited(path)
    frame = table.frame.rename({name: name.strip() for name in table.frame.columns})
    repeated = sorted({name for name in frame.columns if frame.columns.count(name) > 1})
    if repeated:
        raise SourceError(f"{path.name}: columns repeat: {', '.join(repeated)}; every column needs its own name")
    return Table(frame.with_columns(pl.col(pl.String).str.strip_chars().replace("", None)), table.titles)


def _parquet(path: Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
    except Exception:
        raise SourceError(f"{path.name}: begins as Parquet but cannot be read; it may be cut off") from None
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    if nested:
        raise SourceError(f"{path.name}: columns {', '.join(nested)} hold lists or records; expected plain values")
    return frame.with_columns(pl.all().cast(pl.String))


def _delimited(path: Path) -> Table:
    raw = path.read_bytes()
    if b"\0" in raw[:4096] and not any(raw.startswith(mark) for mark in _MARKS):
        raise SourceError(f"{path.name}: neither text nor Parquet; expected CSV or Parquet")
    text = _decoded(raw, path.name)
    lines = text.split("\n", _TITLES + 1)[: _TITLES + 1]
    separator = max(_SEPARATORS, key="\n".join(lines).count)
    titles = _titles(lines, separator)
    text = text.split("\n", titles)[titles]
    names = [name.strip().strip('"') for name in next(csv.reader(lines[titles:], delimiter=separator), [])]
    if len(names) != len(set(names)):
        repeated = ", ".join(sorted({name or "(empty)" for name in names if names.count(name) > 1}))
        raise SourceError(f"{path.name}: line {titles + 1}: columns repeat: {repeated}; every column needs its own name, in the first line of the table")
    try:
        frame = pl.read_csv(io.BytesIO(text.encode("utf-8")), separator=separator, infer_schema=False, truncate_ragged_lines=False)
    except Exception:
        raise SourceError(f"{path.name}: {_ragged(text, separator, titles)}") from None
    return Table(frame, titles)


def _titles(lines: list[str], separator: str) -> int:
    """Count the lines above the header: those of rows of at most one cell, where a row of several follows."""
    rows, above = csv.reader(lines, delimiter=separator), 0
    try:
        for row in rows:
            if sum(1 for cell in row if cell.strip()) > 1:
                return above
            above = rows.line_num
    except csv.Error:  # a field too long for a title: the table begins above it
        return 0
    return 0


def _decoded(raw: bytes, name: str) -> str:
    marked = next((encoding for mark, encoding in _MARKS.items() if raw.startswith(mark)), None)
    failed = []
    for encoding in (marked,) if marked else _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            failed.append((raw.count(b"\n", 0, error.start) + 1, encoding))
            continue
        if encoding != "gb18030" or not _mixed(raw):
            return text
    where = ", ".join(f"line {line} is not {encoding}" for line, encoding in failed)
    raise SourceError(f"{name}: {where}: the file is in several encodings or in another one; save it in UTF-8 or GB18030 throughout")


def _mixed(raw: bytes) -> bool:
    """Say whether a file that is not UTF-8 has lines that clearly are: read as GB18030 they would turn into other characters without an error."""
    lines = [line for line in raw.split(b"\n")[:100_000] if not line.isascii()]
    return sum(1 for line in lines if _HAN_UTF8.search(line) and _is_utf8(line)) > len(lines) / 100


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _ragged(text: str, separator: str, above: int) -> str:
    """Find the line that does not fit the header."""
    try:
        rows = csv.reader(io.StringIO(text), delimiter=separator)
        width = len(next(rows, []))
        for row in rows:
            if row and len(row) != width:
                return f"line {above + rows.line_num}: {len(row)} values, expected {width} as in the header line"
    except csv.Error:
        return f"line {above + rows.line_num}: quotes that do not close, or a field of more than {csv.field_size_limit()} characters"
    return "cannot be read as a table; expected one header line and rows of as many values"
