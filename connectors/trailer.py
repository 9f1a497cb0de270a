"""The last lines of a file that close it: how many rows it holds, proof that it was not cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import Field, field_validator

from connectors.options import Options
from hub.errors import SourceError

_END_OF_FILE = b"\x1a"
"""What DOS programs write behind the last line."""


class Trailer(Options):
    """The closing lines of a file."""

    lines: int = Field(default=1, ge=1, le=20)
    """how many"""
    pattern: str
    """regular expression the closing lines must match as a whole; its group `rows`, if any, is the number of rows"""

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression ({error.msg})") from None
        return pattern


@dataclass
class Body:
    """Passes the lines of a file on but for the closing ones, which it keeps in `closing` when the file has ended."""

    blocks: Iterator[bytes]
    trailer: Trailer | None
    where: str
    closing: list[bytes] = field(default_factory=list)

    def __iter__(self) -> Iterator[bytes]:
        """Give the blocks without the closing lines; a lone end-of-file sign at the very end is dropped."""
        held = b""
        lines = self.trailer.lines if self.trailer else 0
        for block in self.blocks:
            held += block
            cut = _before(held, lines) if lines else len(held) - held.endswith(_END_OF_FILE)
            if cut:
                yield held[:cut]
                held = held[cut:]
        held = held.removesuffix(_END_OF_FILE)
        if not lines:
            yield held
            return
        ends = [line.removesuffix(b"\r") for line in held.rstrip(b"\r\n").split(b"\n")]
        self.closing = ends[-lines:]
        yield b"".join(line + b"\n" for line in ends[:-lines])

    def verify(self, rows: int, encoding: str) -> None:
        """Check the closing lines against the rows read; SourceError when they are missing or count otherwise."""
        if self.trailer is None:
            return
        text = "\n".join(line.decode(encoding, "replace") for line in self.closing)
        match = re.fullmatch(self.trailer.pattern, text)
        if match is None:
            raise SourceError(f"{self.where}: the closing line is missing after {rows} rows; the file was cut short? ask for it again")
        said = match.groupdict().get("rows")
        if said is not None and int(said) != rows:
            raise SourceError(f"{self.where}: the closing line says {int(said)} rows, {rows} were read; the file was cut short? ask for it again")


def _before(text: bytes, lines: int) -> int:
    """Give where the last lines begin, one more than asked for: what follows may be an end-of-file sign alone."""
    cut = len(text)
    for _ in range(lines + 2):
        cut = text.rfind(b"\n", 0, cut)
        if cut < 0:
            return 0
    return cut + 1
