"""MySQL result rows from the bytes of the wire, by columns.

pymysql makes a Python object of every cell; here the cells of many rows become one
Arrow array over the bytes as they came, of which each column takes its own.  Format: MySQL internals manual, "Protocol
Basics" and "Text Resultset Row".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

BLOCK = 8 << 20
"""Bytes turned into columns at once."""
_READ = 1 << 20
_LONGEST = 0xFFFFFF
"""Payload of a packet that is continued in the next one."""
_NULL, _EOF, _ERROR = 0xFB, 0xFE, 0xFF
_WIDE = ((0xFC, 2), (0xFD, 3), (0xFE, 8))
"""First byte of a length that does not fit one byte, and the bytes it takes."""


class ConnectionLostError(Exception):
    """The server went away before the last row."""


class ServerError(Exception):
    """The server stopped the query; its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class _Rows:
    """Bytes of whole rows and where each row's payload begins; `rest` is the beginning of the next row."""

    data: bytes
    starts: list[int]
    rest: bytes
    ended: bool


def columns_of(read: Callable[[int], bytes], columns: int) -> Iterator[list[pa.Array]]:
    """Stream the columns of a text result set whose column definitions have been read, as large_string, null for NULL.

    `read(n)` gives up to n bytes, none when the connection is closed.  Raises ConnectionLostError and ServerError;
    pa.ArrowInvalid for bytes that are not UTF-8.
    """
    rest = b""
    ended = False
    while not ended:
        rows = _gather(read, rest)
        rest, ended = rows.rest, rows.ended
        if rows.starts:
            yield _split(rows.data, np.array(rows.starts, np.int64), columns)


def _gather(read: Callable[[int], bytes], rest: bytes) -> _Rows:
    """Read packets until there are BLOCK bytes of rows or the last row."""
    held = bytearray(rest)
    starts: list[int] = []
    at = 0
    while True:
        while at + 4 <= len(held):
            size = int.from_bytes(held[at : at + 3], "little")
            if size == _LONGEST and (joined := _join(held, at)) is None:
                break
            if size == _LONGEST:
                held, end = joined  # type: ignore[misc]
            else:
                end = at + 4 + size
            if end > len(held):
                break
            first = held[at + 4] if size else _NULL
            if first == _EOF and size < 9:
                return _Rows(bytes(held[:at]), starts, b"", True)
            if first == _ERROR:
                raise ServerError(int.from_bytes(held[at + 5 : at + 7], "little"))
            starts.append(at + 4)
            at = end
            if at >= BLOCK:
                return _Rows(bytes(held[:at]), starts, bytes(held[at:]), False)
        piece = read(_READ)
        if not piece:
            raise ConnectionLostError
        held += piece


def _join(held: bytearray, at: int) -> tuple[bytearray, int] | None:
    """Take the headers out of a row of several packets; give the bytes and the row's end, or None while it is not all there."""
    bounds: list[tuple[int, int]] = []
    size = _LONGEST
    place = at
    while size == _LONGEST:
        size = int.from_bytes(held[place : place + 3], "little")
        if place + 4 + size > len(held):
            return None
        bounds.append((place + 4, place + 4 + size))
        place += 4 + size
    payload = b"".join(held[start:stop] for start, stop in bounds)
    return held[: at + 4] + payload + held[place:], at + 4 + len(payload)


def _split(data: bytes, at: np.ndarray[tuple[int], np.dtype[np.int64]], columns: int) -> list[pa.Array]:
    """Find every cell, column by column over all rows at once, and cut them out of the bytes."""
    rows = len(at)
    units = np.frombuffer(data + bytes(9), np.uint8)  # a length may be looked for behind the last byte
    bounds = np.empty((rows, columns, 2), np.int64)
    nulls = np.empty((rows, columns), bool)
    for column in range(columns):
        first = units[at]
        nulls[:, column] = first == _NULL
        length = np.where(first == _NULL, 0, first).astype(np.int64)
        start = at + 1
        for sign, width in _WIDE:
            wide = np.flatnonzero(first == sign)
            if len(wide):
                length[wide] = sum(units[at[wide] + 1 + byte].astype(np.int64) << (8 * byte) for byte in range(width))
                start[wide] += width
        bounds[:, column, 0], bounds[:, column, 1] = start, start + length
        at = start + length
    # slots of the array: cell, gap (lengths and packet headers), cell, gap … in the order of the bytes
    cells = pa.LargeBinaryArray.from_buffers(pa.large_binary(), rows * columns * 2 - 1, [None, pa.py_buffer(bounds.tobytes()), pa.py_buffer(data)])
    places = np.arange(rows, dtype=np.int64) * (2 * columns)
    return [cells.take(pa.array(places + 2 * column, mask=nulls[:, column])).cast(pa.large_string()) for column in range(columns)]
