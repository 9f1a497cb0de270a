"""Records of one length as columns: slices of a byte (or character) matrix, no loop over rows.

Shared by the fixed-width and the DBF connector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.text import codec, is_undecodable, visible

Bytes = npt.NDArray[np.uint8]
_NEWLINE = 10


@dataclass(frozen=True)
class Cells:
    """One column of a piece: its texts, and the rows whose bytes are not of the encoding (shown as `\\xd5` in their text)."""

    values: pa.Array
    undecodable: npt.NDArray[np.int64]


def column(records: Bytes, start: int, width: int, encoding: str) -> Cells:
    """Cut a column out of a matrix of records (rows by bytes) and decode it; nothing is trimmed."""
    cells = np.ascontiguousarray(records[:, start : start + width])
    if encoding_is_ascii_based(encoding) and not (cells & 0x80).any():
        return Cells(_even(cells), _none())
    terminated = np.full((len(cells), width + 1), _NEWLINE, np.uint8)
    terminated[:, :width] = cells
    if (cells == _NEWLINE).any():
        return _one_by_one(cells, encoding)
    try:
        return Cells(_lines(terminated.tobytes().decode(codec(encoding)).encode(), len(cells)), _none())
    except UnicodeDecodeError:
        return _one_by_one(cells, encoding)


def encoding_is_ascii_based(encoding: str) -> bool:
    """Whether the bytes below 0x80 stand for themselves."""
    return bytes(range(128)).decode(codec(encoding), "replace") == "".join(map(chr, range(128)))


def character_column(characters: npt.NDArray[np.uint32], start: int, width: int) -> pa.Array:
    """Cut a column out of a matrix of code points (rows by characters)."""
    cells = np.full((len(characters), width + 1), _NEWLINE, np.uint32)
    cells[:, :width] = characters[:, start : start + width]
    return _lines(cells.astype("<u4").tobytes().decode("utf-32-le").encode(), len(cells))


def _none() -> npt.NDArray[np.int64]:
    return np.empty(0, np.int64)


def _even(cells: Bytes) -> pa.Array:
    """Make a text array of cells of equal bytes."""
    rows, width = cells.shape
    offsets = np.arange(rows + 1, dtype=np.int64) * width
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(cells.tobytes()))


def _lines(text: bytes, rows: int) -> pa.Array:
    """Make a text array of UTF-8 cells that each end with a newline and hold none."""
    data = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    offsets = np.zeros(rows + 1, np.int64)
    offsets[1:] = ends - np.arange(rows)
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data[data != _NEWLINE].tobytes()))


def _one_by_one(cells: Bytes, encoding: str) -> Cells:
    """Decode the distinct cells one by one: some hold a newline or bytes that are not of the encoding."""
    rows, width = cells.shape
    distinct = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), rows, [None, pa.py_buffer(cells.tobytes())]).dictionary_encode()
    texts = [cell.decode(codec(encoding), "surrogateescape") for cell in distinct.dictionary.to_pylist()]
    wrong = np.array([is_undecodable(text) for text in texts])
    values = pa.array([visible(text) for text in texts], pa.large_string()).take(distinct.indices)
    return Cells(values, np.flatnonzero(wrong[distinct.indices.to_numpy()]))


def raw_text(record: bytes, encoding: str) -> str:
    """Give a whole record as far as it can be read."""
    return visible(record.decode(codec(encoding), "surrogateescape"))


def undecodable_rows(columns: Sequence[Cells]) -> npt.NDArray[np.int64]:
    """Give the rows in which any column could not be decoded."""
    return np.unique(np.concatenate([_none(), *(cells.undecodable for cells in columns)]))
