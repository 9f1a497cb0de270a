"""The embedded PostgreSQL of a trial: found, made, started and stopped without a service or an administrator.

`database_url()` is what everything above asks for: `DATABASE_URL`, else a server of our own on 127.0.0.1 whose data
folder is `settings.database`.  The county runs a second one in a folder of its own.  A server outlives the process
that started it; the next one attaches.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from hub import settings
from hub.errors import ConfigError, RetryableError
from warehouse import server_cluster as cluster
from warehouse.server_account import account_of, reachable
from warehouse.server_binaries import choose

HOST = "127.0.0.1"
_ATTACH_SECONDS = 60.0


@dataclass(frozen=True)
class Server:
    """A running server: TCP on 127.0.0.1, one superuser, a random password."""

    data: Path
    name: str
    """The database `url` points at."""
    postmaster: cluster.Postmaster
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """Address of the database `name`, with the password in it: never for a log."""
        return self.url_of(self.name)

    def url_of(self, database: str) -> str:
        """Address of another database of this server."""
        return f"postgresql://{cluster.USER}:{self.password}@{HOST}:{self.postmaster.port}/{database}"


_attached: dict[tuple[Path, str], Server] = {}


def database_url() -> str:
    """Give the address of the warehouse: `DATABASE_URL`, or the embedded server, started when it is not running."""
    where = settings.load()
    return where.database_url or ensure(where.database).url


def ensure(data: Path, *, name: str = "guiyi") -> Server:
    """Give the server of a data folder with database `name` in it: made, started or only attached to, as need be.

    Of processes that call at once one does the work.  Raises ConfigError (no fitting binaries, a folder that is not
    ours, a lost password) or RetryableError (it does not start or answer).
    """
    data = Path(os.path.abspath(data))  # not resolved: the folder itself may be our link to elsewhere
    known = _attached.get((data, name))
    if known and known.postmaster == cluster.postmaster(data):
        return known
    if not os.path.exists("/proc/self/cwd"):
        raise ConfigError("the embedded PostgreSQL needs Linux; set DATABASE_URL to a server of your own")
    with _locked(data):
        account_of(data)  # a folder of another account is named as that, before something in it is refused
        fresh = not (data / "PG_VERSION").exists()
        if fresh and data.exists() and (not data.is_dir() or any(data.iterdir())):
            raise ConfigError(f"data folder {data.name}: in use, but not by PostgreSQL; empty it, or choose another HUB_HOME")
        password = _password(data, fresh)
        if fresh:
            cluster.create(data, password)
        server = _answering(data, name, password)
    _attached[data, name] = server
    return server


def down(data: Path) -> bool:
    """Stop the server of a data folder cleanly and wait for it; say whether one was running."""
    data = Path(os.path.abspath(data))
    if not data.exists():
        return False
    with _locked(data):
        return cluster.stop(data)


def remove(data: Path) -> None:
    """Stop the server and delete its data folder, wherever that lies, with its password; nothing to do when there is none."""
    data = Path(os.path.abspath(data))
    if not data.exists():
        return
    with _locked(data):
        cluster.stop(data)
        shutil.rmtree(data.resolve())
        if data.is_symlink():
            data.unlink()
        _beside(data, "password").unlink(missing_ok=True)


def create_database(server: Server, name: str) -> None:
    """Create a database unless it is there; RetryableError when the server does not answer."""
    try:
        _create_database(server, name)
    except psycopg.OperationalError:
        raise RetryableError(f"data folder {server.data.name}: its PostgreSQL does not answer; try again") from None


def bindir(data: Path) -> Path:
    """Give the folder of the programs that fit a data folder: pg_dump of another version refuses."""
    data = Path(os.path.abspath(data))
    return reachable(choose(data), data, account_of(data)).bindir


def _answering(data: Path, name: str, password: str) -> Server:
    """A pid file that says ready is not enough: its server may have been killed a moment ago."""
    deadline = time.monotonic() + _ATTACH_SECONDS
    while True:
        alive = cluster.postmaster(data)
        server = Server(data, name, alive if alive and alive.ready else cluster.start(data), password)
        try:
            _create_database(server, name)
            return server
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ConfigError(f"{_beside(data, 'password').name}: not the password of this data folder; restore it") from None
            if time.monotonic() > deadline:
                raise RetryableError(f"data folder {data.name}: its PostgreSQL runs and does not answer; try again") from None
        time.sleep(0.1)


def _create_database(server: Server, name: str) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True, connect_timeout=10) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # another process was faster
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _password(data: Path, fresh: bool) -> str:
    """Read the password beside the data folder, or make one for a fresh folder."""
    path = _beside(data, "password")
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    if not fresh:
        raise ConfigError(f"data folder {data.name}: its password file {path.name} is missing; restore it, or choose another HUB_HOME")
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    return path.read_text(encoding="ascii")


def _beside(data: Path, what: str) -> Path:
    return data.with_name(f"{data.name}.{what}")


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    data.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_beside(data, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
