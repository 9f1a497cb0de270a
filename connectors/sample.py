"""A first look at a sample (a file, or CONNECTION:WHAT): its format and options are guessed, its rows read by the connector itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from connectors import CONNECTORS
from connectors.base import Request
from connectors.connection import Connection, connect_to
from connectors.dbf import looks_like as looks_like_dbf
from connectors.files import FileOptions, source_files
from connectors.guesses.layout import fixed_width
from connectors.guesses.service import listing
from connectors.guesses.sheets import sheets
from connectors.guesses.text import delimited, encoding_of
from connectors.http.json_rows import at, parsed
from connectors.parts import text_schema
from connectors.rest import Rest, parts_of
from connectors.text import codec
from hub.errors import ConfigError, SourceError
from hub.settings import connection_uri

ROWS = 5_000
"""Rows of a sample that are given at most."""
_HEAD = 1 << 20
_DAY = re.compile(r"(?<!\d)(19|20)\d{2}(?P<sep>[-_.]?)(0[1-9]|1[0-2])(?P=sep)(0[1-9]|[12]\d|3[01])(?!\d)")
_LOGINS: tuple[dict[str, Any] | None, ...] = (
    None,
    *({"type": "oauth2_client_credentials", "token_path": path} for path in ("/oauth/token", "/oauth2/token", "/token")),
    {"type": "basic"},
    {"type": "bearer"},
)


_ALL_TABLES = {
    "postgresql": "select table_name from information_schema.tables where table_schema = current_schema()",
    "mysql": "select table_name from information_schema.tables where table_schema = database()",
    "sqlite": "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'",
}


@dataclass(frozen=True)
class Look:
    """One stream seen in a sample: a name, its own connector options, and some of its rows as text."""

    stream: str
    options: Mapping[str, Any]
    table: pa.Table = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """What a sample is: a name for the source, the connector options its streams share, and the streams."""

    name: str
    connector: Mapping[str, Any]
    streams: tuple[Look, ...]


def sniff(sample: str) -> Seen:
    """Guess what a sample is and read some of its rows.

    `sample` is a path or URL of a file, or CONNECTION:WHAT: a table (`*` for all) of a database, a listing of a service, a
    file below a folder.  Raises ConfigError, RetryableError or SourceError when it is not reached or nothing known fits.
    """
    name, separator, what = sample.partition(":")
    if separator and not what.startswith("//") and not Path(sample).exists() and connection_uri(name):
        connection = connect_to(name, sample)
        if connection.kind in ("http", "https"):
            return _service(connection, what)
        if connection.kind not in ("file", "sftp", "s3"):
            return _database(connection, what)
        return _file(_named(name), {"connection": name, "path": what})
    return _file(_named(Path(sample).name.partition(".")[0]), {"path": sample})


def _named(text: str) -> str:
    """Make a name for a source: small letters, digits and underscores, no day."""
    name = re.sub(r"[^a-z0-9]+", "_", _DAY.sub("", text).lower()).strip("_")
    return name if re.match(r"[a-z][a-z0-9_]", name) else f"source_{name}".rstrip("_")


def _seen(name: str, shared: dict[str, Any], own: Sequence[tuple[str, dict[str, Any]]]) -> Seen:
    """Read rows of every stream with the options guessed for it; a day in the path of the file becomes {date}."""
    streams = []
    for stream, options in own:
        request = Request(name, stream, {**shared, **options})
        part = next(CONNECTORS[shared["type"]]().extract(request), None)
        table = text_schema(CONNECTORS[shared["type"]]().check(request).columns).empty_table() if part is None else part.table.slice(0, ROWS)
        streams.append(Look(stream, options, table))
    if "path" in shared and shared["type"] != "rest":
        shared = {**shared, "path": _dated(shared["path"])}
    if len(streams) == 1:
        return Seen(name, {**shared, **streams[0].options}, (Look("rows", {}, streams[0].table),))
    return Seen(name, shared, tuple(streams))


def _dated(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return folder + slash + _DAY.sub(lambda day: "{date:%Y" + day["sep"] + "%m" + day["sep"] + "%d}", name, count=1)


def _file(name: str, place: dict[str, Any]) -> Seen:
    with source_files(Request(name, "sample", {}), FileOptions(**place)) as files, files[-1].open() as file:
        head = file.read(_HEAD)
        file.seek(0)
        if not head:
            raise SourceError(f"{files[-1].where}: the file is empty (0 bytes)")
        if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            found = sheets(file, files[-1].where)
            own = [(f"sheet_{at}", options) for at, options in enumerate(found, start=1)]
            return _seen(name, {"type": "excel", **place}, own if len(own) != 1 else [("rows", found[0])])
        if looks_like_dbf(head):
            return _seen(name, {"type": "dbf", **place}, [("rows", {})])
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
            return _answers(name, parsed(file.read(), None, files[-1].where), files[-1].where)
        return _seen(name, {**_text(files[-1].where, head, file), **place}, [("rows", {})])


def _text(where: str, head: bytes, file: BinaryIO) -> dict[str, Any]:
    encoding = encoding_of(head)
    if options := delimited(head.decode(codec(encoding), "replace").removeprefix("\ufeff")):
        return {"type": "delimited", "encoding": encoding, **options}
    ends, tail = 0, b""
    while block := file.read(_HEAD):
        ends, tail = ends + block.count(b"\n"), (tail + block)[-4096:]
    if options := fixed_width(head, tail, ends):
        return {"type": "fixed_width", "encoding": encoding, **options}
    raise SourceError(f"{where}: no known format; delimited text, fixed-width lines, Excel, DBF, JSON and databases are known")


def _answers(name: str, body: Any, where: str) -> Seen:
    """A file that a service's answer was saved to."""
    found = listing(body)
    if found is None:
        raise SourceError(f"{where}: JSON without a list of objects; save an answer of the service that has rows")
    rows = at(body, found.get("records", ""))
    part = next(parts_of(Request(name, "rows", {}), [], iter([rows[:ROWS]])))
    return Seen(name, {"type": "rest", "connection": name, "path": "/", **found}, (Look("rows", {}, part.table),))


def _service(connection: Connection, path: str) -> Seen:
    """Try the usual logins, then read the first rows."""
    refused: ConfigError | None = None
    for auth in _LOGINS:
        options = {"type": "rest", "connection": connection.name, "path": path, **({"auth": auth} if auth else {})}
        try:
            found = listing(Rest().look(Request(connection.name, "sample", options)))
        except ConfigError as error:
            refused = error
            continue
        if found is None:
            raise SourceError(f"{connection.name}: the answer has no list of objects")
        return _seen(_named(connection.name), {**options, **found}, [("rows", {})])
    raise refused or ConfigError(f"{connection.name}: no login known")


def _database(connection: Connection, table: str) -> Seen:
    shared = {"type": "sql", "connection": connection.name}
    tables = [table] if table != "*" else _tables(connection, shared)
    own = [(re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or f"table_{at}", _table(name)) for at, name in enumerate(tables, start=1)]
    return _seen(_named(connection.name), shared, own)


def _table(name: str) -> dict[str, str]:
    schema, _, table = name.rpartition(".")
    return {"table": table, **({"schema": schema} if schema else {})}


def _tables(connection: Connection, shared: dict[str, Any]) -> list[str]:
    if connection.kind not in _ALL_TABLES:
        raise ConfigError(f"{connection.name}: name the table, as in {connection.name}:TABLE")
    asked = Request(connection.name, "tables", {**shared, "query": _ALL_TABLES[connection.kind]})
    return sorted(str(name) for part in CONNECTORS["sql"]().extract(asked) for name in part.table.column(0).to_pylist())
