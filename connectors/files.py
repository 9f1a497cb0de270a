"""The files of a stream: found by path, pattern or date, opened wherever they are kept."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import BinaryIO

from fsspec import AbstractFileSystem
from pydantic import field_validator

from connectors import paths
from connectors.base import Request
from connectors.connection import Connection, connect_to
from connectors.options import Options
from connectors.text import codec
from connectors.transports import is_file, opened, reaching
from hub.errors import ConfigError, RetryableError, SourceError


class FileOptions(Options):
    """Where the files of a stream are."""

    path: str
    """a path, a URL (file, sftp, s3), or with `connection` a path below its folder; may hold * ? {date} {date:%Y%m%d}"""
    connection: str | None = None
    """name of a connection of kind file, sftp or s3"""

    @field_validator("path")
    @classmethod
    def _path_is_sound(cls, path: str) -> str:
        if found := paths.problem(path):
            raise ValueError(found)
        if "@" in path.partition("://")[2].partition("/")[0]:
            raise ValueError("no login or password in a path; use a connection")
        return path


class TextOptions(FileOptions):
    """Files of text."""

    encoding: str = "utf-8"
    """gb18030, utf-8, gbk, cp936, utf-16 …"""

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, encoding: str) -> str:
        codec(encoding)
        return encoding


@dataclass(frozen=True)
class SourceFile:
    """One file of a stream; `where` is how messages name it."""

    name: str
    where: str
    path: str = field(repr=False)
    filesystem: AbstractFileSystem = field(repr=False)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Read the file from its start; RetryableError when it grew or shrank meanwhile (it was still being written)."""
        before = self.size
        with reaching(self.where), self.filesystem.open(self.path, "rb") as file:
            yield file
        if self.size != before:
            raise RetryableError(f"{self.where}: the file changed while it was read; run again when it is complete")

    def beside(self, *suffixes: str) -> SourceFile | None:
        """Find the file of the same name with one of these suffixes, in whatever case."""
        stem = posixpath.splitext(self.path)[0]
        spellings = [stem + spelling for suffix in suffixes for spelling in (suffix, suffix.upper())]
        with reaching(self.where):
            path = next((spelling for spelling in spellings if is_file(self.filesystem, spelling)), None)
        return None if path is None else replace(self, name=posixpath.basename(path), where=f"{self.where} ({posixpath.basename(path)})", path=path)

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        with reaching(self.where):
            return int(self.filesystem.info(self.path)["size"])


@contextmanager
def source_files(request: Request, options: FileOptions) -> Iterator[list[SourceFile]]:
    """Give the files a request means, by name, open for the time of a `with`; a dated path without interval means its latest file.

    Raises SourceError when a file is not there, RetryableError when the file of a day is not there yet.
    """
    connection, template = _target(request, options)
    with opened(connection, _place(request, options)) as filesystem:
        dated = paths.is_dated(template)
        wanted = paths.between(template, request.start, request.end) if dated and request.start and request.end else [paths.any_day(template)]
        found = [match for path in wanted for match in _present(request, filesystem, path, dated)]
        if dated and not request.start:
            found = found[-1:]
        yield [SourceFile(posixpath.basename(path), f"{request.where}: {posixpath.basename(path)}", path, filesystem) for path in found]


def days_present(request: Request, options: FileOptions) -> list[date]:
    """Give the days a dated source holds files for, ascending; ConfigError when its path has no date."""
    if not paths.is_dated(options.path):
        raise ConfigError(f"{request.where}: extract mode `dated` needs a path with {{date}}")
    connection, template = _target(request, options)
    with opened(connection, _place(request, options)) as filesystem:
        return paths.days_of(template, _matching(request, filesystem, paths.any_day(template)))


def _present(request: Request, filesystem: AbstractFileSystem, path: str, dated: bool) -> list[str]:
    if matches := _matching(request, filesystem, path):
        return matches
    name = posixpath.basename(path)
    if dated:
        raise RetryableError(f"{request.where}: file {name} not found; run again when it has come")
    raise SourceError(f"{request.where}: file {name} not found; correct `path` or ask for the file")


def _matching(request: Request, filesystem: AbstractFileSystem, path: str) -> list[str]:
    with reaching(request.where):
        found = filesystem.glob(path) if paths.is_pattern(path) else [path]
        return sorted(str(match) for match in found if is_file(filesystem, match))


def _place(request: Request, options: FileOptions) -> str:
    return f"{request.where}: connection {options.connection}" if options.connection else request.where


def _target(request: Request, options: FileOptions) -> tuple[Connection, str]:
    """Give the connection of a request and the path template in the terms of its filesystem (S3: bucket first)."""
    connection = connect_to(options.connection, request.where) if options.connection else None
    scheme, separator, rest = options.path.rpartition("://")
    if not separator:
        if connection is None:
            return Connection("path", "file"), options.path
        root = "/".join(part.strip("/") for part in (connection.host, connection.path)) if connection.kind == "s3" else connection.path
        return connection, posixpath.join(root, options.path).lstrip("/" if connection.kind == "s3" else "")
    host, _, path = rest.partition("/")
    if connection is not None and connection.kind != scheme:
        raise ConfigError(f"{request.where}: connector.path: {scheme}:// with connection {connection.name} of kind {connection.kind}; both must be the same")
    name, _, port = host.partition(":")
    connection = connection or Connection("path", scheme)
    connection = replace(connection, host=name, port=int(port) if port.isdigit() else connection.port)
    return connection, f"{host}/{path}" if scheme == "s3" else f"/{path}"
