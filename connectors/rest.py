"""REST services: paged JSON over HTTP, as flat rows of text."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import pyarrow as pa
from pydantic import Field, model_validator

from connectors.base import Part, Probe, Reject, Request
from connectors.connection import Connection, connect_to
from connectors.http.auth import AuthOptions, Login
from connectors.http.json_rows import compact, flat
from connectors.http.pages import PageOptions, Walk
from connectors.http.service import Answer, Service, open_service
from connectors.options import Options, parse
from connectors.parts import assemble, counted, key_tables, need_key, not_dated, require_columns, text_table
from connectors.retry import Retry
from hub.errors import ConfigError

_ROWS_AT_ONCE = 10_000


class RestOptions(Options):
    """Which listing of which service."""

    type: Literal["rest"]
    connection: str | None = None
    """name of the connection: the service's address, and its login"""
    url: str | None = None
    """the service's address where there is no connection"""
    path: str = ""
    """the listing, below the address"""
    params: dict[str, str] = Field(default_factory=dict)
    """sent with every request"""
    records: str = ""
    """where the answer holds the rows, dotted name or JSON pointer; default: the answer itself is the list"""
    page: PageOptions | None = None
    since_param: str | None = None
    """parameter that takes the watermark (rows equal to it must come too)"""
    auth: AuthOptions | None = None
    optional: list[str] = Field(default_factory=list)
    """columns that the service leaves out where they are empty: no row having them is no fault"""

    @model_validator(mode="after")
    def _fits_together(self) -> RestOptions:
        if (self.url is None) == (self.connection is None):
            raise ValueError("one of `connection` and `url` is required")
        if self.url is not None and (urlsplit(self.url).scheme not in ("http", "https") or "@" in urlsplit(self.url).netloc):
            raise ValueError("url: https://host/path without login is expected; use a connection for the login")
        if self.auth is not None and self.connection is None:
            raise ValueError("auth: needs a connection, which holds the login")
        return self


@dataclass(frozen=True)
class Rest:
    """The rows of one listing."""

    options: ClassVar[type[Any]] = RestOptions
    retry: Retry = field(default_factory=Retry)
    clock: Callable[[], float] = time.monotonic

    def check(self, request: Request) -> Probe:
        """Log in, ask for the first page and read the columns of its rows."""
        options = parse(RestOptions, request.options, request.where)
        service = self._service(request, options)
        try:
            walk = _walk(service, request, options)
            parts = list(parts_of(request, options.optional, iter([next(walk.pages(), [])])))
        finally:
            service.client.close()
        return Probe(tuple(parts[0].table.column_names) if parts else (), walk.announced)

    def look(self, request: Request) -> Any:
        """Give the listing's first answer as it is: for a draft of options that are not known yet."""
        options = parse(RestOptions, request.options, request.where)
        service = self._service(request, options)
        try:
            return service.get(options.path, dict(options.params)).body
        finally:
            service.client.close()

    def extract(self, request: Request) -> Iterator[Part]:
        """Stream the rows page by page, from `since` on where the service takes that; a page sent twice comes twice."""
        return assemble(self._pieces(request))

    def keys(self, request: Request) -> Iterator[pa.Table]:
        """Stream the key columns of all rows; a REST service sends whole rows."""
        need_key(request)
        whole = Request(request.source, request.stream, request.options, request.key, known_columns=request.known_columns)
        return key_tables(whole, self.extract(whole))

    def intervals(self, request: Request) -> list[date]:
        """Refuse: rows of a service have no files by day."""
        return not_dated(request)

    def _pieces(self, request: Request) -> Iterator[Part]:
        options = parse(RestOptions, request.options, request.where)
        service = self._service(request, options)
        try:
            yield from parts_of(request, options.optional, _walk(service, request, options).pages())
        finally:
            service.client.close()

    def _service(self, request: Request, options: RestOptions) -> Service:
        connection = connect_to(options.connection, request.where) if options.connection else None
        where = f"{request.where}: connection {connection.name}" if connection else request.where
        return open_service(
            _address(connection, where) if connection else options.url or "",
            connection,
            Login(options.auth, connection, where, self.clock),
            self.retry,
            request.where,
        )


def _address(connection: Connection, where: str) -> str:
    if connection.kind not in ("http", "https"):
        raise ConfigError(f"{where}: kind {connection.kind} is no web service; http or https is expected")
    host = f"[{connection.host}]" if ":" in connection.host else connection.host
    return f"{connection.kind}://{host}{f':{connection.port}' if connection.port else ''}{connection.path}"


def _walk(service: Service, request: Request, options: RestOptions) -> Walk:
    fixed = dict(options.params)
    if options.since_param and request.since is not None:
        fixed[options.since_param] = request.since

    def ask(address: str | None, params: dict[str, str]) -> Answer:
        return service.get(options.path, fixed | params) if address is None else service.get(address, {})

    return Walk(ask, options.records, options.page, request.where)


def parts_of(request: Request, optional: Sequence[str], pages: Iterator[list[Any]]) -> Iterator[Part]:
    """Turn pages into tables; at the end SourceError for a known column that no row had.

    Columns stand in the order they were first seen; those the mapping knows are always there.
    """
    names: dict[str, None] = {}
    present: set[str] = set()
    first = 1
    for records in _gathered(pages):
        rows, rejects = _rows(records, first, _groups(request), present)
        names |= dict.fromkeys([*(name for row in rows for name in row), *request.known_columns, *request.key])
        table = text_table(list(names), [pa.array([row.get(name) for row in rows], pa.large_string()) for name in names])
        yield Part(table, counted(first, len(rows), rejects), rejects)
        first += len(records)
    if present:
        within = [known for known in request.known_columns if any(known.startswith(f"{group}.") for group in present & _groups(request))]
        require_columns(request, [*present, *optional, *within])


def _gathered(pages: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """Join pages to pieces worth a table."""
    held: list[Any] = []
    for page in pages:
        held += page
        if len(held) >= _ROWS_AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _groups(request: Request) -> set[str]:
    """Give the names of the objects that known columns are parts of: `address` of `address.street`."""
    return {known[:at] for known in request.known_columns for at, sign in enumerate(known) if sign == "."}


def _rows(records: list[Any], first: int, groups: set[str], present: set[str]) -> tuple[list[dict[str, str | None]], tuple[Reject, ...]]:
    """Lay records out as rows and note the names they have; an object that is null stands for all its parts."""
    rows: list[dict[str, str | None]] = []
    rejects: list[Reject] = []
    for position, record in enumerate(records, start=first):
        if not isinstance(record, dict):
            rejects.append(Reject(position, "not_an_object", compact(record)))
            continue
        row = flat(record)
        present.update(row)
        rows.append({name: value for name, value in row.items() if value is not None or name not in groups})
    return rows, tuple(rejects)
