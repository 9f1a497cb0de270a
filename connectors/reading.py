"""What the formats that come as files share: find the files, read them one after the other as one stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, ClassVar, Generic, TypeVar

import pyarrow as pa

from connectors.base import Part, Probe, Request
from connectors.files import FileOptions, SourceFile, days_present, source_files
from connectors.options import parse
from connectors.parts import assemble, key_tables, need_key, require_columns
from hub.errors import SourceError

O = TypeVar("O", bound=FileOptions)  # noqa: E741


@dataclass(frozen=True)
class Reading:
    """An opened file: its columns, its rows where that is cheap to know, and its rows as parts of any size.

    `parts(first)` numbers the rows from `first` on; it is called once, while the file is open.
    """

    columns: tuple[str, ...]
    parts: Callable[[int], Iterator[Part]]
    rows: int | None = None
    notes: tuple[str, ...] = ()


class FileConnector(ABC, Generic[O]):
    """A format that comes as files; a format says how one open file is read."""

    options: ClassVar[type[Any]]

    @abstractmethod
    def read(self, file: BinaryIO, source: SourceFile, options: O) -> Reading:
        """Look at the head of a source file, open as `file`; SourceError when it is not of the format."""

    def check(self, request: Request) -> Probe:
        """Find the files and read the columns of the first (of a dated source: the latest)."""
        options: O = parse(self.options, request.options, request.where)
        with source_files(request, options) as files, files[0].open() as file:
            reading = self.read(file, files[0], options)
            require_columns(request, reading.columns, f"{files[0].name}: ")
            return Probe(reading.columns, reading.rows if len(files) == 1 else None, reading.notes)

    def extract(self, request: Request) -> Iterator[Part]:
        """Stream the rows of all files in the order of their names."""
        return assemble(self._pieces(request))

    def keys(self, request: Request) -> Iterator[pa.Table]:
        """Stream the key columns of every row."""
        need_key(request)
        return key_tables(request, self.extract(request))

    def intervals(self, request: Request) -> list[date]:
        """Give the days there are files for."""
        return days_present(request, parse(self.options, request.options, request.where))

    def _pieces(self, request: Request) -> Iterator[Part]:
        options: O = parse(self.options, request.options, request.where)
        columns: tuple[str, ...] | None = None
        first = 1
        with source_files(request, options) as files:
            for source_file in files:
                with source_file.open() as file:
                    reading = self.read(file, source_file, options)
                    if columns is None:
                        require_columns(request, reading.columns, f"{source_file.name}: ")
                        columns = reading.columns
                    elif set(reading.columns) != set(columns):
                        raise SourceError(f"{source_file.where}: its columns are not those of {files[0].name}; one stream needs the same in every file")
                    for part in reading.parts(first):
                        first = max(first, _last(part) + 1)
                        yield part if reading.columns == columns else Part(part.table.select(list(columns)), part.positions, part.rejects)


def _last(part: Part) -> int:
    """Give the highest position of a part."""
    last = int(part.positions[-1].as_py()) if len(part.positions) else 0
    return max(last, part.rejects[-1].position if part.rejects else 0)
