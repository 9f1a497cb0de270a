"""Bytes of a declared encoding to UTF-8, in blocks; what cannot be decoded stays visible and countable.

GBK, CP936 and GB2312 are read by the GB18030 decoder: it gives the same character for every code they have (a test
tries all of them) and also reads the rare characters such files hold in practice.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from hub.errors import SourceError

BLOCK = 8 << 20
"""Bytes read at a time."""
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "utf-8-sig": "utf-8"}
_UTF8_MARK = b"\xef\xbb\xbf"
_STRAY = re.compile("[\udc80-\udcff]")
_ENOUGH = 10
"""Characters beyond ASCII that, all valid as UTF-8, are no accident in a file said to be GB18030."""


def codec(encoding: str) -> str:
    """Give the decoder for a declared encoding; ValueError when there is none."""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except LookupError:
        raise ValueError("unknown encoding; gb18030, utf-8 and utf-16 are known, and every other text encoding of Python") from None
    return _WIDER.get(name, name)


@dataclass
class Tally:
    """How many rows were read and how many of them held bytes that are not of the declared encoding.

    A row cut within a character is refused alone; when several are, and more than one in ten, the declaration is wrong.
    """

    where: str
    encoding: str
    rows: int = 0
    undecodable: int = 0
    first: tuple[int, int] | None = None
    """line (from 1) and byte offset (from 0) of the first such byte"""

    def add(self, rows: int, undecodable: int) -> None:
        """Count rows; SourceError when too many of all so far could not be decoded."""
        self.rows, self.undecodable = self.rows + rows, self.undecodable + undecodable
        if self.undecodable > 1 and self.undecodable * 10 > self.rows:
            self.fail()

    def fail(self) -> None:
        """Raise SourceError naming the first place that is not of the declared encoding."""
        line, offset = self.first or (0, 0)
        raise SourceError(
            f"{self.where}: line {line}, byte offset {offset}: not {self.encoding} "
            f"({self.undecodable} of {self.rows} rows so far cannot be decoded); correct `encoding` or ask for the file again"
        )


@dataclass
class Transcoder:
    """Reads a file block by block as UTF-8; bytes that cannot be decoded become lone surrogates (U+DC80 to U+DCFF)."""

    file: BinaryIO
    tally: Tally
    block: int = BLOCK
    _decoder: codecs.IncrementalDecoder = field(init=False)
    _offset: int = field(default=0, init=False)
    _lines: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(codec(self.tally.encoding))("surrogateescape")

    def blocks(self) -> Iterator[bytes]:
        """Give the text as UTF-8 without byte order mark; SourceError for an empty file or one that is plainly UTF-8 but not said to be."""
        data = self.file.read(self.block)
        if not data:
            raise SourceError(f"{self.tally.where}: the file is empty (0 bytes); ask for it again")
        self._refuse_utf8(data)
        first = True
        while data:
            following = self.file.read(self.block)
            encoded = self._encoded(data, final=not following)
            if first and encoded:
                encoded, first = encoded.removeprefix(_UTF8_MARK), False
            yield encoded
            data = following

    def _encoded(self, data: bytes, final: bool) -> bytes:
        pending = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:  # an encoding whose wrong bytes are ASCII (UTF-16) cannot be escaped
            offset = self._offset - len(pending) + error.start
            raise SourceError(f"{self.tally.where}: byte offset {offset}: not {self.tally.encoding}; correct `encoding`") from None
        try:
            encoded = text.encode()
        except UnicodeEncodeError:
            self.tally.first = self.tally.first or self._place(pending + data, self._offset - len(pending))
            encoded = text.encode("utf-8", "surrogatepass")
        self._offset += len(data)
        self._lines += encoded.count(b"\n")
        return encoded

    def _place(self, data: bytes, offset: int) -> tuple[int, int]:
        """Find line and byte offset of the first byte that cannot be decoded."""
        try:
            codecs.getincrementaldecoder(codec(self.tally.encoding))("strict").decode(data, True)
        except UnicodeDecodeError as error:
            return self._lines + data[: error.start].count(b"\n") + 1, offset + error.start
        return self._lines + 1, offset

    def _refuse_utf8(self, data: bytes) -> None:
        """A UTF-8 file read as GB18030 gives wrong characters without any error, so it is looked for."""
        if codec(self.tally.encoding) != "gb18030":
            return
        try:
            whole = data[: data.rfind(b"\n") + 1] or data
            beyond = sum(byte > 0xC1 for byte in whole[:65536])
            if data.startswith(_UTF8_MARK) or (beyond >= _ENOUGH and whole.decode("utf-8")):
                raise SourceError(f"{self.tally.where}: line 1, byte offset 0: this file is UTF-8, declared {self.tally.encoding}; correct `encoding`")
        except UnicodeDecodeError:
            return


def is_undecodable(text: str) -> bool:
    """Say whether a text holds bytes that could not be decoded."""
    return bool(_STRAY.search(text))


def visible(text: str) -> str:
    """Show bytes that could not be decoded as `\\xd5`."""
    return _STRAY.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text)
