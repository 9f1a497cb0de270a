"""Delimited text to rows: a fast columnar path for well-formed blocks, a careful one that loses nothing for the rest.

Quoting as in RFC 4180; beyond it, a quote inside an unquoted field is that field's text, and a quote that is opened
and not properly closed refuses its line alone.  Blank lines are no rows, except in a file of one column.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from connectors.base import Part, Reject
from connectors.parts import counted, text_schema, text_table
from connectors.text import BLOCK, is_undecodable, visible

LONGEST_CELL = 32 << 20
"""Bytes after which a quoted cell counts as never closed."""
_NEWLINE, _RETURN = 10, 13
_STRAYS = (b"\xed\xb2", b"\xed\xb3")
"""How every byte that could not be decoded begins (U+DC80 to U+DCFF, see connectors.text)."""


@dataclass(frozen=True)
class Shape:
    """How rows are written."""

    columns: tuple[str, ...]
    delimiter: str
    quote: str | None

    @property
    def plain(self) -> bool:
        """Whether the fast path knows this shape."""
        return len(self.delimiter.encode()) == 1


@dataclass(frozen=True)
class Taken:
    """Rows read from the head of a block, the bytes they took, and how many of them could not be decoded."""

    part: Part
    size: int
    undecodable: int = 0


def take(data: bytes, shape: Shape, start: int, final: bool) -> Taken:
    """Read complete rows from the head of UTF-8 text that begins at a row; `start` is the first row's position.

    With `final` nothing follows and the last line may lack its line end.  No bytes taken: more text is needed.
    """
    if final and data and not data.endswith(b"\n"):
        taken = take(data + b"\n", shape, start, final)
        return Taken(taken.part, min(taken.size, len(data)), taken.undecodable)
    cut = _well_formed(data, shape) if shape.plain else None
    if cut:
        return Taken(_fast(data[:cut], shape, start), cut)
    if cut == 0 and not final and len(data) < LONGEST_CELL:
        return Taken(Part(text_schema(shape.columns).empty_table(), counted(start, 0)), 0)
    return _careful(data, shape, start, final)


def _well_formed(data: bytes, shape: Shape) -> int | None:
    """Give the bytes up to the last line end outside quotes, or None when bytes, quotes or line ends up to there are irregular."""
    if any(stray in data for stray in _STRAYS):
        return None
    quote = shape.quote.encode() if shape.quote else b""
    cut = data.rfind(b"\n") + 1
    if not quote or quote not in data:
        return cut if _regular_ends(data, cut) else None
    text = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(text == quote[0])
    around = np.array([ord(shape.delimiter), _NEWLINE, quote[0], _RETURN], np.uint8)
    opening = quotes[0::2]
    if not np.isin(text[opening[opening > 0] - 1], around[:3]).all():
        return None
    while cut and (before := int(np.searchsorted(quotes, cut))) % 2:  # that line end is inside the cell opened last
        cut = data.rfind(b"\n", 0, int(quotes[before - 1])) + 1
    closing = quotes[1 : int(np.searchsorted(quotes, cut)) : 2]
    return cut if np.isin(text[closing + 1], around).all() and _regular_ends(data, cut) else None


def _regular_ends(data: bytes, cut: int) -> bool:
    """Whether every carriage return up to `cut` belongs to a line end (pyarrow would split at any other)."""
    return data.count(b"\r", 0, cut) == data.count(b"\r\n", 0, cut)


def _fast(data: bytes, shape: Shape, start: int) -> Part:
    names = [str(at) for at in range(len(shape.columns))]
    wrong: list[tuple[int, int, str]] = []

    def refuse(row: pc.InvalidRow) -> str:
        wrong.append((row.number - 1, row.actual_columns, row.text))
        return "skip"

    table = pc.read_csv(
        pa.BufferReader(data),
        pc.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
        pc.ParseOptions(
            delimiter=shape.delimiter,
            quote_char=shape.quote or False,
            newlines_in_values=True,
            ignore_empty_lines=len(names) > 1,
            invalid_row_handler=refuse,
        ),
        pc.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
    )
    rejects = tuple(Reject(start + at, _count_reason(found, shape), raw) for at, found, raw in wrong)
    return Part(table.rename_columns(list(shape.columns)), counted(start, table.num_rows, rejects), rejects)


def _count_reason(found: int, shape: Shape) -> str:
    return "too_few_columns" if found < len(shape.columns) else "too_many_columns"


def _careful(data: bytes, shape: Shape, start: int, final: bool) -> Taken:
    """Read row by row; the bytes of a row that is not complete are left unless `final` or too many."""
    text = data.decode("utf-8", "surrogatepass")
    read = _row_reader(shape)
    rows: list[list[str]] = []
    rejects: list[Reject] = []
    undecodable = at = 0
    while at < len(text) and at < BLOCK:
        fields, end = read(text, at)
        if end < 0:  # the row goes on beyond the end of the text
            if not final and len(text) - at < LONGEST_CELL:
                break
            end = _line_end(text, at)
        raw = text[at:end]
        at = end
        if raw in ("\n", "\r\n") and len(shape.columns) > 1:
            continue
        reason = _refusal(raw, fields, shape)
        undecodable += reason == "undecodable"
        if fields is None or reason:
            rejects.append(Reject(start + len(rows) + len(rejects), reason or "", visible(raw.removesuffix("\n").removesuffix("\r"))))
        else:
            rows.append(fields)
    columns = zip(*rows, strict=True) if rows else ([] for _ in shape.columns)
    table = text_table(shape.columns, [pa.array(column, pa.large_string()) for column in columns])
    part = Part(table, counted(start, len(rows), rejects), tuple(rejects))
    return Taken(part, len(data) if at == len(text) else len(text[:at].encode("utf-8", "surrogatepass")), undecodable)


def _refusal(raw: str, fields: list[str] | None, shape: Shape) -> str | None:
    if is_undecodable(raw):
        return "undecodable"
    if fields is None:
        return "unclosed_quote"
    return _count_reason(len(fields), shape) if len(fields) != len(shape.columns) else None


def first_row(text: str, delimiter: str, quote: str | None, final: bool) -> tuple[list[str], int] | None:
    """Read the first row (the headings) and give it with where it ends, or None while it is not complete."""
    if final and text and not text.endswith("\n"):
        found = first_row(text + "\n", delimiter, quote, final)
        return found and (found[0], min(found[1], len(text)))
    if "\n" not in text:
        return None
    fields, end = _row_reader(Shape((), delimiter, quote))(text, 0)
    if fields is None:
        return ([], _line_end(text, 0)) if final or end >= 0 else None
    return fields, end


Reader = Callable[[str, int], tuple[list[str] | None, int]]


def _row_reader(shape: Shape) -> Reader:
    """Give the function that reads the row at a place: its fields and where it ends.

    No fields: a quote is not properly closed in the line that ends there; -1: the row goes on beyond the end of the text.
    """
    field = _field_pattern(shape) if shape.quote else None

    def read(text: str, at: int) -> tuple[list[str] | None, int]:
        end = _line_end(text, at)
        line = text[at:end]
        if field is not None and shape.quote and shape.quote in line:
            return _quoted_row(text, at, shape, field)
        if not line.endswith("\n"):
            return None, -1
        return line[:-1].removesuffix("\r").split(shape.delimiter), end

    return read


def _field_pattern(shape: Shape) -> re.Pattern[str]:
    quote, delimiter = re.escape(shape.quote or ""), re.escape(shape.delimiter)
    quoted = rf"{quote}(?P<quoted>(?:[^{quote}]++|{quote}{quote})*+)(?:{quote}(?P<end>{delimiter}|\r?\n))?"
    plain = rf"(?P<plain>(?:(?!{delimiter}|\r?\n)[\s\S])*+)(?P<then>{delimiter}|\r?\n)"
    return re.compile(rf"{quoted}|{plain}")


def _quoted_row(text: str, at: int, shape: Shape, field: re.Pattern[str]) -> tuple[list[str] | None, int]:
    quote = shape.quote or ""
    fields: list[str] = []
    place = at
    while match := field.match(text, place):
        then = match["end"] or match["then"]
        if then is None:  # a closing quote followed by neither delimiter nor line end, or none at all
            return None, -1 if text.find("\n", match.end("quoted")) < 0 else _line_end(text, at)
        fields.append(match["plain"] if match["quoted"] is None else match["quoted"].replace(quote * 2, quote))
        place = match.end()
        if then != shape.delimiter:
            return fields, place
    return None, -1


def _line_end(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)
