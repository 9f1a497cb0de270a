"""Memo files beside a DBF table (.dbt of dBase III and IV, .fpt of FoxPro): long texts by block number."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from hub.errors import SourceError

_DBASE_3, _DBASE_4 = 0x83, 0x8B
_DBASE_4_TEXT = b"\xff\xff\x08\x00"
_LONGEST = 32 << 20


@dataclass(frozen=True)
class Memos:
    """An open memo file; `version` is the first byte of the table it belongs to."""

    file: BinaryIO
    version: int
    where: str

    def block_size(self) -> int:
        """Give the bytes of a block."""
        self.file.seek(0)
        head = self.file.read(24)
        if self.version == _DBASE_3:
            return 512
        size = struct.unpack_from("<H", head, 20)[0] if self.version == _DBASE_4 else struct.unpack_from(">H", head, 6)[0]
        return size or 512

    def read(self, block: int, size: int) -> bytes:
        """Give the text that begins at a block; SourceError when the memo file ends before it does."""
        self.file.seek(block * size)
        if self.version == _DBASE_3:
            return self._until_end()
        head = self.file.read(8)
        if len(head) == 8:
            if self.version == _DBASE_4:
                length = struct.unpack_from("<I", head, 4)[0] - 8 if head[:4] == _DBASE_4_TEXT else -1
            else:
                length = struct.unpack_from(">I", head, 4)[0]
            if 0 <= length <= _LONGEST:
                text = self.file.read(length)
                if len(text) == length:
                    return text
        raise SourceError(f"{self.where}: the memo file ends before block {block} does or is damaged; ask for it again")

    def _until_end(self) -> bytes:
        text = b""
        while len(text) <= _LONGEST and (piece := self.file.read(512)):
            text += piece
            if (end := text.find(b"\x1a")) >= 0:
                return text[:end]
        raise SourceError(f"{self.where}: the memo file ends within a text; ask for it again")
