"""DBF tables (dBase, FoxPro, Clipper): fixed records behind a header, read by slices of a byte matrix.

Format: header and field descriptors as in dBase III/IV and in Microsoft's "Table File Structure" (Visual FoxPro).
Text and numbers come with the padding the file holds; a blank number, date or logical is null, as in these programs.
A row with bytes that are not of the encoding is a reject, its bytes visible.  Positions are record numbers (RECNO).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa

from connectors.base import Part, Reject
from connectors.dbf_fields import Field, cells
from connectors.files import SourceFile, TextOptions
from connectors.memo import Memos
from connectors.parts import text_table, unique_names
from connectors.reading import FileConnector, Reading
from connectors.records import Bytes, raw_text, undecodable_rows
from connectors.text import BLOCK, Tally, codec
from hub.errors import SourceError

_VERSIONS = b"\x02\x03\x04\x05\x30\x31\x32\x43\x83\x8b\xcb\xf5\xfb"
_DELETED, _END_OF_FIELDS, _END_OF_FILE = ord("*"), 0x0D, 0x1A


class DbfOptions(TextOptions):
    """How the table is written."""

    type: Literal["dbf"]
    encoding: str = "gbk"
    memo: bool = True
    """read memo columns from the file beside the table; false: leave these columns out"""


@dataclass(frozen=True)
class _Header:
    """What the head of a table says: its version, rows, bytes of head and record, and its columns."""

    version: int
    rows: int
    size: int
    record: int
    fields: tuple[Field, ...]
    left_out: tuple[str, ...]


class Dbf(FileConnector[DbfOptions]):
    """One DBF table, with its memo file if it has one."""

    options = DbfOptions

    def read(self, file: BinaryIO, source: SourceFile, options: DbfOptions) -> Reading:
        """Read the header; SourceError when the file holds fewer or more records than it says."""
        header = _header(file, source.where, options)
        _complete(file, source, header)
        deleted = "rows include those marked as deleted, which are not extracted"
        notes = (deleted, *(f"column {name} left out (not text)" for name in header.left_out))
        return Reading(unique_names([field.name for field in header.fields]), lambda first: _rows(file, source, options, header, first), header.rows, notes)


def looks_like(head: bytes) -> bool:
    """Say whether a file begins as a DBF table does."""
    size = struct.unpack_from("<H", head, 8)[0] if len(head) > 32 else 0
    return size > 32 and head[0] in _VERSIONS and 1 <= head[2] <= 12 and 1 <= head[3] <= 31 and _END_OF_FIELDS in head[32:size]


def _header(file: BinaryIO, where: str, options: DbfOptions) -> _Header:
    head = file.read(32)
    if not head:
        raise SourceError(f"{where}: the file is empty (0 bytes); ask for it again")
    rows, size, record = struct.unpack_from("<IHH", head, 4) if len(head) == 32 else (0, 0, 0)
    descriptors = head + file.read(max(0, size - 32))
    if size < 33 or len(descriptors) < size or _END_OF_FIELDS not in descriptors[32:]:
        raise SourceError(f"{where}: not a DBF table, or cut short within its header; ask for it again")
    version, fields, start = head[0], [], 1
    for at in range(32, size - 1, 32):
        if descriptors[at] == _END_OF_FIELDS:
            break
        field = Field.read(descriptors[at : at + 32], start, codec(options.encoding))
        fields.append(field)
        start += field.width
    if start != record:
        raise SourceError(f"{where}: its columns take {start} bytes, its header says {record}; not a DBF table of a known kind")
    if unknown := [f"{field.name} ({field.kind})" for field in fields if not field.known]:
        raise SourceError(f"{where}: columns of unknown type: {', '.join(unknown)}; ask for another format")
    wanted = [field for field in fields if field.is_text and (options.memo or field.kind != "M")]
    left_out = tuple(field.name for field in fields if field not in wanted and field.kind != "0")
    return _Header(version, rows, size, record, tuple(_with_null_bits(wanted, fields)), left_out)


def _with_null_bits(wanted: list[Field], fields: list[Field]) -> Iterator[Field]:
    """Visual FoxPro keeps one bit for each nullable column, in order, in a hidden last column."""
    flags = next((field.start for field in fields if field.kind == "0"), None)
    nullable = [field.start for field in fields if field.nullable]
    for field in wanted:
        yield field.with_null_bit(flags, nullable.index(field.start)) if flags is not None and field.nullable else field


def _complete(file: BinaryIO, source: SourceFile, header: _Header) -> None:
    held = (source.size - header.size) // header.record
    if held < header.rows:
        raise SourceError(f"{source.where}: its header counts {header.rows} records, {held} are there; the file was cut short? ask for it again")
    file.seek(header.size + header.rows * header.record)
    if held > header.rows and file.read(1) != bytes([_END_OF_FILE]):
        raise SourceError(f"{source.where}: its header counts {header.rows} records, {held} are there; close it properly in its program and send it again")


def _rows(file: BinaryIO, source: SourceFile, options: DbfOptions, header: _Header, first: int) -> Iterator[Part]:
    tally = Tally(source.where, options.encoding)
    at_once = max(1, BLOCK // header.record)
    with ExitStack() as stack:
        memos = _memos(stack, source, header)
        for start in range(0, header.rows, at_once):
            file.seek(header.size + start * header.record)
            records = np.frombuffer(file.read(min(at_once, header.rows - start) * header.record), np.uint8).reshape(-1, header.record)
            yield _part(records, header, options, memos, tally, first, start)


def _memos(stack: ExitStack, source: SourceFile, header: _Header) -> Memos | None:
    if not any(field.kind == "M" for field in header.fields):
        return None
    beside = source.beside(".fpt", ".dbt")
    if beside is None:
        raise SourceError(f"{source.where}: its memo file (.fpt or .dbt) is missing; ask for it, or set `memo: false`")
    return Memos(stack.enter_context(beside.open()), header.version, beside.where)


def _part(records: Bytes, header: _Header, options: DbfOptions, memos: Memos | None, tally: Tally, first: int, start: int) -> Part:
    live = np.flatnonzero(records[:, 0] != _DELETED)
    records = records[live]
    columns = [cells(records, field, options.encoding, memos) for field in header.fields]
    table = text_table(unique_names([field.name for field in header.fields]), [column.values for column in columns])
    wrong = undecodable_rows(columns)
    positions = live + first + start
    rejects = tuple(Reject(int(positions[row]), "undecodable", raw_text(records[row].tobytes(), options.encoding)) for row in wrong)
    if len(wrong):
        tally.first = tally.first or (int(positions[wrong[0]]), header.size + int(live[wrong[0]] + start) * header.record)
        keep = np.ones(len(live), bool)
        keep[wrong] = False
        table, positions = table.filter(keep), positions[keep]
    tally.add(len(live), len(wrong))
    return Part(table, pa.array(positions), rejects)
