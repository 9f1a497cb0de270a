"""Writes a small .xls (BIFF8 in a compound file), as nothing installed can: texts, numbers and dates on one sheet."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

_SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def write_xls(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows of str, float, date or None."""
    path.write_bytes(_compound(_workbook(rows)))


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    formats = b"".join(_record(0x00E0, struct.pack("<HHHBBBBIIH", 0, form, 0, 0, 0, 0, 0, 0, 0, 0)) for form in (0, 14))  # general, date
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    sheet += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    sheet += b"".join(_cell(at, column, value) for at, row in enumerate(rows) for column, value in enumerate(row) if value not in (None, ""))
    sheet += _record(0x000A)
    name = b"Sheet1"
    bound = struct.pack("<BB", len(name), 0) + name
    offset = len(begin) + len(formats) + 4 + 6 + len(bound) + 4
    return begin + formats + _record(0x0085, struct.pack("<IH", offset, 0) + bound) + _record(0x000A) + sheet


def _cell(row: int, column: int, value: Any) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text) // 2, 1) + text)
    form = 1 if isinstance(value, date) else 0
    number = float((value - date(1899, 12, 30)).days) if isinstance(value, date) else float(value)
    return _record(0x0203, struct.pack("<HHHd", row, column, form, number))


def _compound(stream: bytes) -> bytes:
    """One stream `Workbook` in a compound file: header, FAT, directory, stream (of at least 4096 bytes, so never in the small one)."""
    stream = stream.ljust(max(4096, -(-len(stream) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(stream) // _SECTOR
    fats = -(-(sectors + 2) // 128)
    while fats * 128 < sectors + 1 + fats:
        fats += 1
    chain = [_FAT] * fats + [_END] + [*range(fats + 2, fats + 1 + sectors), _END]
    fat = struct.pack(f"<{fats * 128}I", *chain, *[_FREE] * (fats * 128 - len(chain)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", fats, fats, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(fats), *[_FREE] * (109 - fats))
    directory = _entry("Root Entry", 5, _FREE, 1, _END, 0) + _entry("Workbook", 2, _FREE, _FREE, fats + 1, len(stream))
    return head + fat + directory.ljust(_SECTOR, b"\0") + stream


def _entry(name: str, kind: int, _sibling: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    data = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + struct.pack("<III", _FREE, _FREE, child)
    return data + bytes(36) + struct.pack("<IQ", start, size)
