"""Looks for numbers and phones in files, in eight disguises: text, reversed, hex, base64 at each of its three alignments, UTF-16 at both
ends, 64-bit integer at both ends, and packed decimal (BCD).

A number of eleven digits turns up by chance in gigabytes of random bytes.  What chance alone makes is told apart, never by guess: digits within a
longer run of hexadecimal digits are sealed bytes written out; digits read backwards within a longer number are that number; and packed decimal,
six bytes for a phone, may be met as often as its patterns are expected among so many random bytes, and no oftener.

Compressed files (gzip, zstd, zip and what is a zip, Parquet) are opened first.  Every eight-byte window of the data is hashed by NumPy
into a table of the patterns' last eight bytes, so hundreds of megabytes against tens of thousands of values take seconds.  What is
found is told by place and disguise, never by value.
"""

from __future__ import annotations

import base64
import gzip
import io
import math
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

BLOCK = 8 << 20
LONGEST = 64
"""No pattern is longer; blocks overlap by as much."""
PACKED = "bcd"
_HEX, _DIGITS = frozenset(b"0123456789abcdef"), frozenset(b"0123456789")
_RUN = 32
"""Hexadecimal digits in a row that are sealed bytes or a digest, never a number with something beside it."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Hit:
    """A value found: where, at which byte, in which disguise, and which of the values given (by its position)."""

    place: str
    offset: int
    disguise: str
    value: int
    within: str = ""
    """What the digits are a part of by chance: `sealed bytes`, `a longer number`; empty where they stand for themselves."""


@dataclass(frozen=True)
class Found:
    """Everything found in some files, and how many bytes were searched."""

    hits: list[Hit]
    size: int
    expected: float
    """Values met in packed decimal if the bytes were random."""

    @property
    def leaks(self) -> list[Hit]:
        """What chance does not explain: packed decimal counts as soon as it is met more often than once in a thousand searches of random bytes."""
        packed = {hit.value for hit in self.hits if hit.disguise == PACKED}
        likely = len(packed) <= most(self.expected)
        return [hit for hit in self.hits if not hit.within and not (likely and hit.disguise == PACKED)]


def most(expected: float) -> int:
    """The number of chance hits that is exceeded once in a thousand times (Poisson)."""
    count, term, total = 0, math.exp(-expected), math.exp(-expected)
    while total < 0.999:
        count += 1
        term *= expected / count
        total += term
    return count


def disguises(value: str) -> Iterator[tuple[str, bytes]]:
    """Give the forms of one number: name of the disguise and bytes."""
    plain = value.encode("ascii")
    digits = value if value.isdigit() else value[:-1]
    yield "text", plain
    yield "reversed", plain[::-1]
    yield "hex", plain.hex().encode()
    yield "hex", plain.hex().upper().encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        yield "base64", encoded[-(-8 * shift // 6) : 8 * (shift + len(plain)) // 6]  # only the characters the value alone decides
    yield "utf-16-le", value.encode("utf-16-le")
    yield "utf-16-be", value.encode("utf-16-be")
    yield "int64-le", int(digits).to_bytes(8, "little")
    yield "int64-be", int(digits).to_bytes(8, "big")
    whole = digits if len(digits) >= 16 or len(digits) % 2 == 0 else "0" + digits
    yield PACKED, bytes.fromhex(whole[: len(whole) // 2 * 2])
    if len(digits) < 16 and len(digits) % 2:
        yield PACKED, bytes.fromhex(digits + "f")


class Needles:
    """The patterns of all values, ready to be looked for."""

    def __init__(self, values: Iterable[str]) -> None:
        patterns: dict[bytes, tuple[str, int]] = {}
        for at, value in enumerate(values):
            for name, pattern in disguises(value):
                patterns.setdefault(pattern, (name, at))
        self.chance = sum(256.0 ** -len(pattern) for pattern, (name, _) in patterns.items() if name == PACKED)
        """Hits in packed decimal to be expected of one random byte."""
        self.tables = [_Table(size, {p: said for p, said in patterns.items() if min(8, len(p)) == size}) for size in range(6, 9)]

    def scan(self, data: bytes | memoryview, place: str) -> Iterator[Hit]:
        """Give every value found in some bytes."""
        for start in range(0, len(data), BLOCK):
            block = bytes(data[max(0, start - LONGEST) : start + BLOCK])
            for table in self.tables:
                for begin, end, (name, at) in table.find(block):
                    if end > min(start, LONGEST):  # what ends in the overlap was found in the block before
                        offset = start - min(start, LONGEST)
                        yield Hit(place, offset + end, name, at, _within(data, offset + begin, offset + end, name))


def _within(data: bytes | memoryview, begin: int, end: int, disguise: str) -> str:
    """What digits are a part of by chance."""
    if disguise not in ("text", "reversed"):
        return ""
    first, last = _run(data, begin, end, _HEX)
    run = bytes(data[first:last])
    if len(run) >= max(_RUN, 2 * (end - begin)) and not run.isdigit():
        return "sealed bytes"
    return "a longer number" if disguise == "reversed" and _run(data, begin, end, _DIGITS) != (begin, end) else ""


def _run(data: bytes | memoryview, begin: int, end: int, kind: frozenset[int]) -> tuple[int, int]:
    """Where the run of bytes of a kind around a place begins and ends."""
    least, largest = max(0, begin - LONGEST), min(len(data), end + LONGEST)
    while begin > least and data[begin - 1] in kind:
        begin -= 1
    while end < largest and data[end] in kind:
        end += 1
    return begin, end


class _Table:
    """Patterns by their last `size` bytes, read as one integer."""

    def __init__(self, size: int, patterns: dict[bytes, tuple[str, int]]) -> None:
        self.size, self.patterns = size, patterns
        self.mask = np.uint64((1 << 8 * size) - 1)
        self.by_tail: dict[int, list[bytes]] = defaultdict(list)
        for pattern in patterns:
            self.by_tail[int.from_bytes(pattern[-size:], "little")].append(pattern)
        self.tails = np.array(sorted(self.by_tail), np.uint64)
        bits = min(24, max(16, len(patterns).bit_length() + 6))
        self.shift = np.uint64(64 - bits)
        self.seen = np.zeros(1 << bits, np.bool_)
        self.seen[self._slots(self.tails)] = True

    def _slots(self, windows: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        return (windows * _MIX) >> self.shift

    def find(self, block: bytes) -> Iterator[tuple[int, int, tuple[str, int]]]:
        """Give where a pattern begins and ends, and what it is."""
        if not self.patterns:
            return
        padded = block + b"\0" * 16
        for offset in range(8):
            windows = np.frombuffer(padded, "<u8", (len(block) - offset) // 8 + 1, offset) & self.mask
            likely = np.flatnonzero(self.seen[self._slots(windows)])
            if not len(likely):
                continue
            tails = windows[likely]
            exact = self.tails[np.minimum(np.searchsorted(self.tails, tails), len(self.tails) - 1)] == tails
            for window, tail in zip(likely[exact].tolist(), tails[exact].tolist(), strict=True):
                end = window * 8 + offset + self.size
                for pattern in self.by_tail[tail]:
                    if end <= len(block) and block[max(0, end - len(pattern)) : end] == pattern:
                        yield end - len(pattern), end, self.patterns[pattern]


def contents(path: Path) -> Iterator[tuple[str, bytes | memoryview]]:
    """Give what is to be searched of a file: its name, its bytes, and what is inside it when it is compressed."""
    data = path.read_bytes()
    yield f"{path} (name)", path.name.encode()
    yield str(path), data
    yield from opened(data, str(path))


BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, OSError, pa.ArrowException)


def opened(data: bytes, place: str) -> Iterator[tuple[str, bytes | memoryview]]:
    """Give what compressed bytes hold, at any depth; bytes that only begin like a compressed file hold what they show."""
    try:
        found = list(_inside(data, place))
    except BROKEN:
        return
    for inner_place, inner in found:
        yield inner_place, inner
        if isinstance(inner, bytes):
            yield from opened(inner, inner_place)


def _inside(data: bytes, place: str) -> Iterator[tuple[str, bytes | memoryview]]:
    if data.startswith(b"\x1f\x8b"):
        yield f"{place} (gzip)", gzip.decompress(data)
    elif data.startswith(b"\x28\xb5\x2f\xfd"):
        yield f"{place} (zstd)", pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"{place}/{name}", archive.read(name)
    elif data.startswith(b"PAR1"):
        for name, column in zip((table := pq.read_table(pa.BufferReader(data))).column_names, table.columns, strict=True):
            for chunk in column.chunks:
                yield from ((f"{place} column {name}", memoryview(buffer)) for buffer in _buffers(chunk))


def _buffers(array: Any) -> Iterator[pa.Buffer]:
    return (buffer for buffer in array.buffers() if buffer is not None)


def scan(paths: Iterable[Path], values: Iterable[str]) -> Found:
    """Search files, and folders with all they hold, for values; give what was found."""
    needles, hits, size = Needles(values), list[Hit](), 0
    files = (file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*"))) if file.is_file() and not file.is_symlink())
    for file in files:
        for place, data in contents(file):
            size += len(data)
            hits += needles.scan(data, place)
    return Found(hits, size, size * needles.chance)
