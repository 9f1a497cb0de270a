"""The columns of a DBF table: how each type's bytes become text."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.memo import Memos
from connectors.records import Bytes, Cells, column
from connectors.text import codec, is_undecodable, visible
from connectors.values import plain

_TEXT, _BINARY, _OBJECTS = "CNFDL", "IBYTM", "GP0"
_JULIAN_OF_DAY_ONE = 1721426
"""Julian day number of 0001-01-01, which Python counts as day 1."""
_NULLABLE = 0x02
_BLANK = (0, ord(" "))


@dataclass(frozen=True)
class Field:
    """One column: where its bytes stand in the record, and its null bit (column start of the flags, number of the bit)."""

    name: str
    kind: str
    start: int
    width: int
    nullable: bool
    null_bit: tuple[int, int] | None = None

    @classmethod
    def read(cls, descriptor: bytes, start: int, encoding: str) -> Field:
        """Read a field descriptor of 32 bytes; its decimals are the high byte of a text column's width."""
        kind = chr(descriptor[11])
        width = descriptor[16] + (descriptor[17] << 8 if kind == "C" else 0)
        name = descriptor[:11].split(b"\0")[0].decode(encoding, "backslashreplace")
        return cls(name, kind, start, width, bool(descriptor[18] & _NULLABLE))

    @property
    def known(self) -> bool:
        """Whether its type can be read or is known to hold no text."""
        widths = {"I": 4, "B": 8, "Y": 8, "T": 8}
        return self.kind in _TEXT + _BINARY + _OBJECTS and widths.get(self.kind, self.width) == self.width

    @property
    def is_text(self) -> bool:
        """Whether it holds what can be shown as text."""
        return self.kind not in _OBJECTS

    def with_null_bit(self, flags: int, bit: int) -> Field:
        """Give the column with the place of its null bit."""
        return replace(self, null_bit=(flags, bit))


def cells(records: Bytes, field: Field, encoding: str, memos: Memos | None) -> Cells:
    """Read a column of a matrix of records as text."""
    found = _cells(records, field, encoding, memos)
    if field.null_bit is None:
        return found
    flags, bit = field.null_bit
    null = (records[:, flags + bit // 8] >> (bit % 8)) & 1
    return Cells(pc.if_else(pa.array(null.astype(bool)), pa.scalar(None, pa.large_string()), found.values), found.undecodable)


def _cells(records: Bytes, field: Field, encoding: str, memos: Memos | None) -> Cells:
    none = np.empty(0, np.int64)
    raw = np.ascontiguousarray(records[:, field.start : field.start + field.width])
    match field.kind:
        case "C":
            return column(records, field.start, field.width, encoding)
        case "N" | "F" | "D":
            return _blank_as_null(column(records, field.start, field.width, encoding), np.all(np.isin(raw, _BLANK), axis=1))
        case "L":
            return _blank_as_null(column(records, field.start, field.width, encoding), np.isin(raw[:, 0], (*_BLANK, ord("?"))))
        case "I":
            return Cells(pa.array(raw.view("<i4").ravel()).cast(pa.large_string()), none)
        case "B":
            return Cells(plain(pa.array(raw.view("<f8").ravel()).cast(pa.large_string())), none)
        case "Y":
            return Cells(pa.array([_currency(units) for units in raw.view("<i8").ravel().tolist()], pa.large_string()), none)
        case "T":
            return Cells(pa.array([_moment(day, ms) for day, ms in raw.view("<i4").tolist()], pa.large_string()), none)
        case _:
            return _memo(raw, encoding, memos)


def _blank_as_null(found: Cells, blank: npt.ArrayLike) -> Cells:
    return Cells(pc.if_else(pa.array(blank), pa.scalar(None, pa.large_string()), found.values), found.undecodable)


def _currency(units: int) -> str:
    """Write ten-thousandths out."""
    return f"{'-' if units < 0 else ''}{abs(units) // 10000}.{abs(units) % 10000:04d}"


def _moment(day: int, milliseconds: int) -> str | None:
    if day <= _JULIAN_OF_DAY_ONE:
        return None
    seconds = round(milliseconds / 1000)
    moment = date.fromordinal(day - _JULIAN_OF_DAY_ONE + 1) + timedelta(days=seconds // 86400)
    return f"{moment.isoformat()} {seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _memo(raw: Bytes, encoding: str, memos: Memos | None) -> Cells:
    """Look the texts up by block number: ten digits, or four bytes in Visual FoxPro; none is null."""
    if memos is None:
        raise ValueError("a memo column needs a memo file")
    size = memos.block_size()
    texts: list[str | None] = []
    wrong = []
    for at, cell in enumerate(raw):
        pointer = bytes(cell)
        digits = pointer.strip(b" \0")
        block = struct.unpack("<I", pointer)[0] if len(pointer) == 4 else int(digits) if digits.isdigit() else 0
        text = memos.read(block, size).decode(codec(encoding), "surrogateescape") if block else None
        if text is not None and is_undecodable(text):
            wrong.append(at)
            text = visible(text)
        texts.append(text)
    return Cells(pa.array(texts, pa.large_string()), np.array(wrong, np.int64))
