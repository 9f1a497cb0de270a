"""The address and credentials of a connection, read from the environment as a URI or in Airflow's JSON form.

They never appear in a message: errors name the connection, not what stands behind it.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hub.errors import ConfigError
from hub.settings import connection_uri

KINDS = {"postgres": "postgresql", "mariadb": "mysql", "aws": "s3", "ssh": "sftp", "sqlite3": "sqlite"}
"""Other spellings of a kind, Airflow's among them."""


@dataclass(frozen=True)
class Connection:
    """Where a source is and how to log in; `path` is its database, folder or base path as the URI spells it."""

    name: str
    kind: str
    driver: str | None = None
    host: str = field(default="", repr=False)
    port: int | None = field(default=None, repr=False)
    login: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    path: str = field(default="", repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def loopback(self) -> bool:
        """Whether what is said to it stays on this machine."""
        if self.host in ("", "localhost") or self.host.startswith("/"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def connect_to(name: str, where: str) -> Connection:
    """Look a connection up; ConfigError when it is not set or cannot be read."""
    value = connection_uri(name)
    if not value:
        raise ConfigError(f"{where}: connection {name} is not known; set HUB_CONN_{name.upper()} or AIRFLOW_CONN_{name.upper()}")
    try:
        return _from_json(name, value) if value.lstrip().startswith("{") else from_uri(name, value)
    except (ValueError, TypeError, KeyError, AttributeError):
        form = "a URI (kind://login:password@host:port/path) or Airflow's JSON form"
        raise ConfigError(f"{where}: connection {name} cannot be read; {form} is expected") from None


def from_uri(name: str, uri: str) -> Connection:
    """Read `kind://login:password@host:port/path?option=value`; ValueError when it is not of that form."""
    parts = urlsplit(uri.strip())
    if not parts.scheme:
        raise ValueError("no kind")
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if packed := extra.pop("__extra__", None):
        extra |= json.loads(packed)
    kind, _, driver = parts.scheme.lower().replace("-", "_").partition("+")
    kind, path = KINDS.get(kind, kind), unquote(parts.path)
    if kind == "sqlite":
        path = path.removeprefix("/")  # sqlite:///relative, sqlite:////absolute
    login, password = (None if value is None else unquote(value) for value in (parts.username, parts.password))
    host = unquote(parts.hostname or "") or str(extra.pop("host", ""))
    return Connection(name, kind, driver or None, host, parts.port, login, password, path, extra)


def _from_json(name: str, text: str) -> Connection:
    found = json.loads(text)
    extra = found.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else dict(extra)
    kind, _, driver = str(found["conn_type"]).lower().replace("-", "_").partition("+")
    kind = KINDS.get(kind, kind)
    host, path = str(found.get("host") or ""), str(found.get("schema") or "")
    if kind in ("sqlite", "file"):
        host, path = "", str(extra.pop("path", None) or host)
    elif kind in ("http", "https"):
        kind, path = ("https" if "https" in (kind, path) else "http"), ""
    port = found.get("port")
    return Connection(name, kind, driver or None, host, int(port) if port else None, found.get("login"), found.get("password"), path, extra)
