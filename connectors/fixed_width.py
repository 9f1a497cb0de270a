"""Fixed-width text, its columns counted in bytes of its encoding (GB18030 as the police write it) or in characters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from connectors.base import Part, Reject
from connectors.files import SourceFile, TextOptions
from connectors.options import Options
from connectors.parts import counted, text_table
from connectors.reading import FileConnector, Reading
from connectors.records import Cells, character_column, column, raw_text, undecodable_rows
from connectors.text import BLOCK, Tally, Transcoder, codec, visible
from connectors.trailer import Body, Trailer
from hub.errors import SourceError

_NEWLINE, _RETURN = 10, 13


class Column(Options):
    """Where a column stands in the line."""

    name: str = Field(min_length=1)
    start: int = Field(ge=1)
    """its first byte or character; the line's first is 1"""
    width: int = Field(ge=1)


class FixedWidthOptions(TextOptions):
    """How the lines are laid out."""

    type: Literal["fixed_width"]
    columns: list[Column] = Field(min_length=1)
    unit: Literal["bytes", "characters"] = "bytes"
    record_length: int | None = Field(default=None, ge=1)
    """bytes or characters of a line without its line end; default: to the end of the last column"""
    newline: bool = True
    """false: records follow one another without line ends"""
    header_lines: int = Field(default=0, ge=0)
    trailer: Trailer | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> FixedWidthOptions:
        if len({column.name for column in self.columns}) != len(self.columns):
            raise ValueError("columns: each name once")
        end = max(column.start + column.width - 1 for column in self.columns)
        if self.record_length is not None and self.record_length < end:
            raise ValueError(f"record_length: the columns end at {end}")
        if not self.newline and (self.trailer or self.record_length is None or self.unit == "characters"):
            raise ValueError("newline: records without line ends need record_length and unit bytes, and have no trailer")
        return self

    @property
    def length(self) -> int:
        """Bytes or characters of a line."""
        return self.record_length or max(column.start + column.width - 1 for column in self.columns)


class FixedWidth(FileConnector[FixedWidthOptions]):
    """Lines of one length."""

    options = FixedWidthOptions

    def read(self, file: BinaryIO, source: SourceFile, options: FixedWidthOptions) -> Reading:
        """Lay the columns over the lines; rows follow on demand.

        A line of another length is a reject; a last line that is cut, or a closing line that is missing or counts
        otherwise, is a SourceError.
        """
        tally = Tally(source.where, options.encoding)
        return Reading(tuple(column.name for column in options.columns), lambda first: _rows(file, options, tally, first))


@dataclass(frozen=True)
class _Lines:
    """Lines of the right length as a matrix, where each stands (from 0), and the others."""

    matrix: npt.NDArray[Any]
    good: npt.NDArray[np.int64]
    others: list[tuple[int, int, int]]
    """number, start and stop in the block"""
    starts: npt.NDArray[np.int64]


def _rows(file: BinaryIO, options: FixedWidthOptions, tally: Tally, first: int) -> Iterator[Part]:
    position, offset, skip = first, 0, options.header_lines
    in_bytes = options.unit == "bytes"
    blocks = _blocks(file, tally) if in_bytes else Transcoder(file, tally).blocks()
    body = Body(blocks, options.trailer, tally.where)
    for data in _whole_lines(iter(body), options, tally.where):
        while skip and data:
            skip, cut = skip - 1, _line_size(data, options)
            data, offset = data[cut:], offset + cut
        if not data:
            continue
        units = np.frombuffer(data, np.uint8) if in_bytes else np.frombuffer(data.decode("utf-8", "surrogatepass").encode("utf-32-le", "surrogatepass"), "<u4")
        lines = _split(units, options)
        part, undecodable = (_from_bytes if in_bytes else _from_characters)(units, lines, options, position)
        if len(undecodable) and in_bytes and tally.first is None:
            line = int(undecodable[0])
            tally.first = (position - first + line + 1 + options.header_lines, offset + int(lines.starts[line]))
        position += part.rows
        offset += len(data)
        tally.add(part.rows, len(undecodable))
        yield part
    body.verify(position - first, codec(options.encoding) if in_bytes else "utf-8")


def _blocks(file: BinaryIO, tally: Tally) -> Iterator[bytes]:
    block = file.read(BLOCK)
    if not block:
        raise SourceError(f"{tally.where}: the file is empty (0 bytes); ask for it again")
    while block:
        yield block
        block = file.read(BLOCK)


def _line_size(data: bytes, options: FixedWidthOptions) -> int:
    return data.find(b"\n") + 1 or len(data) if options.newline else options.length


def _whole_lines(blocks: Iterator[bytes], options: FixedWidthOptions, where: str) -> Iterator[bytes]:
    """Cut blocks at line ends; SourceError when the file ends within a line."""
    rest = b""
    for block in blocks:
        rest += block
        cut = rest.rfind(b"\n") + 1 if options.newline else len(rest) // options.length * options.length
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    if not rest.strip(b"\r\n"):
        return
    ending = rest.decode(codec(options.encoding), "replace") if options.unit == "characters" else rest
    if len(ending) < options.length:
        raise SourceError(f"{where}: the last line ends after {len(ending)} of {options.length} {options.unit}; the file was cut short? ask for it again")
    yield rest + b"\n" if options.newline else rest


def _split(units: npt.NDArray[Any], options: FixedWidthOptions) -> _Lines:
    """Find the lines in a block of whole lines (bytes or code points); blank lines are none."""
    length = options.length
    if not options.newline:
        matrix = units.reshape(-1, length)
        numbers = np.arange(len(matrix), dtype=np.int64)
        return _Lines(matrix, numbers, [], numbers * length)
    ends = np.flatnonzero(units == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    stops = ends - ((ends > starts) & (units[ends - 1] == _RETURN))
    filled = stops > starts
    starts, stops = starts[filled], stops[filled]
    fits = stops - starts == length
    good = np.flatnonzero(fits)
    matrix = np.lib.stride_tricks.sliding_window_view(units, length)[starts[good]] if len(good) else np.empty((0, length), units.dtype)
    others = [(int(number), int(starts[number]), int(stops[number])) for number in np.flatnonzero(~fits)]
    return _Lines(matrix, good, others, starts)


def _from_bytes(units: npt.NDArray[Any], lines: _Lines, options: FixedWidthOptions, position: int) -> tuple[Part, npt.NDArray[np.int64]]:
    columns = [column(lines.matrix, wanted.start - 1, wanted.width, options.encoding) for wanted in options.columns]
    wrong = undecodable_rows(columns)
    raws = [raw_text(lines.matrix[row].tobytes(), options.encoding) for row in wrong]
    others = [(number, stop - start, raw_text(units[start:stop].tobytes(), options.encoding)) for number, start, stop in lines.others]
    return _part(lines, options, position, columns, wrong, raws, others)


def _from_characters(units: npt.NDArray[Any], lines: _Lines, options: FixedWidthOptions, position: int) -> tuple[Part, npt.NDArray[np.int64]]:
    def shown(code_points: npt.NDArray[Any]) -> str:
        return visible(code_points.tobytes().decode("utf-32-le", "surrogatepass"))

    stray = (lines.matrix >= 0xDC80) & (lines.matrix <= 0xDCFF)
    wrong = np.flatnonzero(stray.any(axis=1))
    readable = np.where(stray, ord("?"), lines.matrix)  # in rows that are refused below
    columns = [Cells(character_column(readable, wanted.start - 1, wanted.width), np.empty(0, np.int64)) for wanted in options.columns]
    raws = [shown(lines.matrix[row]) for row in wrong]
    others = [(number, stop - start, shown(units[start:stop])) for number, start, stop in lines.others]
    return _part(lines, options, position, columns, wrong, raws, others)


def _part(
    lines: _Lines,
    options: FixedWidthOptions,
    position: int,
    columns: list[Cells],
    wrong: npt.NDArray[np.int64],
    raws: list[str],
    others: list[tuple[int, int, str]],
) -> tuple[Part, npt.NDArray[np.int64]]:
    """Put the columns together without the rows that could not be decoded; those and the lines of another length are rejects."""
    table = text_table([wanted.name for wanted in options.columns], [cells.values for cells in columns])
    good = lines.good
    if len(wrong):
        keep = np.ones(len(good), bool)
        keep[wrong] = False
        table, good = table.filter(keep), good[keep]
    refused = [Reject(position + int(lines.good[row]), "undecodable", raw) for row, raw in zip(wrong, raws, strict=True)]
    refused += [Reject(position + number, "too_short" if length < options.length else "too_long", raw) for number, length, raw in others]
    rejects = tuple(sorted(refused, key=lambda reject: reject.position))
    return Part(table, counted(position, table.num_rows, rejects), rejects), lines.good[wrong]
