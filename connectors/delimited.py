"""Delimited text (CSV and its relatives), in whatever encoding a department writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO, Literal

from pydantic import Field, model_validator

from connectors.base import Part
from connectors.files import SourceFile, TextOptions
from connectors.parts import unique_names
from connectors.reading import FileConnector, Reading
from connectors.rows import Shape, first_row, take
from connectors.text import Tally, Transcoder, is_undecodable
from connectors.trailer import Body, Trailer
from hub.errors import SourceError


class DelimitedOptions(TextOptions):
    """How the rows are written."""

    type: Literal["delimited"]
    delimiter: str = Field(default=",", min_length=1, max_length=8)
    quote: str | None = Field(default='"', min_length=1, max_length=1)
    """null: quotes have no meaning"""
    header: bool = True
    """the first row holds the headings"""
    columns: list[str] | None = Field(default=None, min_length=1)
    """names of the columns, in place of the headings"""
    skip_rows: int = Field(default=0, ge=0)
    """lines before the headings or the first row"""
    trailer: Trailer | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> DelimitedOptions:
        if self.quote and (not self.quote.isascii() or self.quote in self.delimiter or self.quote in "\r\n"):
            raise ValueError("quote: one ASCII character that is not in the delimiter is expected")
        if "\n" in self.delimiter or "\r" in self.delimiter:
            raise ValueError("delimiter: a line end cannot delimit columns")
        if not self.header and not self.columns:
            raise ValueError("columns: required when the file has no headings (header: false)")
        if self.columns and len(set(self.columns)) != len(self.columns):
            raise ValueError("columns: each name once")
        return self


class Delimited(FileConnector[DelimitedOptions]):
    """Rows of text with a delimiter between the columns."""

    options = DelimitedOptions

    def read(self, file: BinaryIO, source: SourceFile, options: DelimitedOptions) -> Reading:
        """Read the headings; rows follow on demand.

        Raises SourceError for an empty file, a wrong encoding (line and byte offset) and a missing closing line.
        """
        tally = Tally(source.where, options.encoding)
        body = Body(Transcoder(file, tally).blocks(), options.trailer, source.where)
        blocks = iter(body)
        columns, rest = _head(blocks, options, tally)
        shape = Shape(columns, options.delimiter, options.quote)
        return Reading(columns, lambda first: _rows(blocks, rest, shape, first, tally, body))


def _head(blocks: Iterator[bytes], options: DelimitedOptions, tally: Tally) -> tuple[tuple[str, ...], bytes]:
    """Read up to the first row: the columns, and what was read beyond."""
    data, final = b"", False
    while True:
        block = next(blocks, None)
        final = block is None
        data += block or b""
        lines = data.split(b"\n", options.skip_rows)
        if len(lines) <= options.skip_rows and not final:
            continue
        rest = lines[options.skip_rows] if len(lines) > options.skip_rows else b""
        if not options.header:
            return tuple(options.columns or ()), rest
        text = rest.decode("utf-8", "surrogatepass")
        if found := first_row(text, options.delimiter, options.quote, final):
            names, end = found
            return _names(names, options, tally), text[end:].encode("utf-8", "surrogatepass")
        if final:
            raise SourceError(f"{tally.where}: no headings after {options.skip_rows} lines; the file is cut short or `skip_rows` is too high")


def _names(found: list[str], options: DelimitedOptions, tally: Tally) -> tuple[str, ...]:
    if any(is_undecodable(name) for name in found):
        tally.undecodable, tally.rows = 1, 1
        tally.fail()
    if options.columns is None:
        return unique_names(found)
    if len(options.columns) != len(found):
        raise SourceError(f"{tally.where}: {len(found)} headings, {len(options.columns)} columns declared; correct `columns` or `delimiter`")
    return tuple(options.columns)


def _rows(blocks: Iterable[bytes], rest: bytes, shape: Shape, first: int, tally: Tally, body: Body) -> Iterator[Part]:
    position = first
    for block in chain(blocks, [None]):
        rest += block or b""
        while rest:
            taken = take(rest, shape, position, final=block is None)
            if not taken.size:
                break
            rest = rest[taken.size :]
            position += taken.part.rows
            tally.add(taken.part.rows, taken.undecodable)
            yield taken.part
    body.verify(position - first, "utf-8")
