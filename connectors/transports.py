"""Where files are kept: this machine, an SFTP server or an S3-compatible store, opened from a connection.

Host keys and certificates are always verified: an SFTP server's key must stand in the user's known hosts, in the file
`known_hosts` or as `host_key` (`ssh-ed25519 AAAA…`) in the connection's extras.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import paramiko
from botocore.exceptions import BotoCoreError, NoCredentialsError, PartialCredentialsError
from fsspec import AbstractFileSystem
from fsspec.implementations.sftp import SFTPFileSystem

from connectors.connection import Connection
from connectors.retry import Retry
from hub.errors import ConfigError, HubError, RetryableError, SourceError

_PIECE = 32_768
"""Bytes one SFTP request may ask for at every server."""
TIMEOUT = 30
"""Seconds to reach a server."""


@contextmanager
def opened(connection: Connection, where: str) -> Iterator[AbstractFileSystem]:
    """Open the filesystem of a connection for the time of a `with`; what may pass is tried three times."""
    filesystem = Retry(attempts=3).call(lambda: _open(connection, where))
    try:
        yield filesystem
    finally:
        if isinstance(filesystem, _VerifiedSftp):
            filesystem.client.close()


def _open(connection: Connection, where: str) -> AbstractFileSystem:
    with reaching(where):
        match connection.kind:
            case "file":
                return fsspec.filesystem("file")
            case "sftp":
                return _VerifiedSftp(connection.host, skip_instance_cache=True, **_sftp(connection))
            case "s3":
                return fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False, **_s3(connection))
            case kind:
                raise ConfigError(f"{where}: kind {kind} does not hold files; known: file, sftp, s3")


@contextmanager
def reaching(where: str) -> Iterator[None]:
    """Turn what a filesystem raises into the hub's errors; their own texts may quote addresses and values, so none is passed on."""
    try:
        yield
    except HubError:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{where}: file not found; correct `path` or ask for the file") from None
    except (PermissionError, NoCredentialsError, PartialCredentialsError):
        raise ConfigError(f"{where}: access refused; correct the connection's credentials or the file's permissions") from None
    except (paramiko.BadHostKeyException, _UnknownHostKeyError):
        raise ConfigError(f"{where}: the server's host key is not the known one; verify it and put it into known_hosts or the connection's host_key") from None
    except paramiko.AuthenticationException:
        raise ConfigError(f"{where}: the server refused login or key; correct the connection") from None
    except (OSError, EOFError, paramiko.SSHException, BotoCoreError) as error:
        raise RetryableError(f"{where}: not reached ({type(error).__name__}); try again") from None


def is_file(filesystem: AbstractFileSystem, path: str) -> bool:
    """Say whether a file is there; unlike fsspec's own question, a store that is not reached is an error and not a no."""
    try:
        return bool(filesystem.info(path)["type"] == "file")
    except (FileNotFoundError, NotADirectoryError):
        return False


class _UnknownHostKeyError(Exception):
    """The server's key is not among the known ones."""


class _OnlyKnown(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        raise _UnknownHostKeyError


class _VerifiedSftp(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's SFTP, which by itself would accept any host key."""

    def _connect(self) -> None:
        known = self.ssh_kwargs.pop("known")
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        if known["file"]:
            self.client.load_host_keys(str(Path(known["file"]).expanduser()))
        if known["key"]:
            kind, blob = known["key"].split()[:2]
            port = self.ssh_kwargs.get("port", 22)
            name = self.host if port == 22 else f"[{self.host}]:{port}"
            self.client.get_host_keys().add(name, kind, paramiko.PKey.from_type_string(kind, base64.b64decode(blob)))
        self.client.set_missing_host_key_policy(_OnlyKnown())
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = self.client.open_sftp()

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        return _Ahead(self.ftp.open(path, mode), self.info(path)["size"])


class _Ahead(io.RawIOBase):
    """A remote file whose reads ask for all their pieces at once: one by one each would wait a round trip."""

    def __init__(self, file: paramiko.SFTPFile, size: int) -> None:
        self.file, self.size, self.at = file, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        wanted = max(0, min(len(buffer), self.size - self.at))
        data = b"".join(self.file.readv([(self.at + start, min(_PIECE, wanted - start)) for start in range(0, wanted, _PIECE)]))
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)

    def readall(self) -> bytes:
        return self.read(max(0, self.size - self.at)) or b""

    def close(self) -> None:
        self.file.close()
        super().close()


def _sftp(connection: Connection) -> dict[str, Any]:
    extra = connection.extra
    key_file = extra.get("key_file")
    return {
        "port": connection.port or 22,
        "username": connection.login,
        "password": connection.password,
        "key_filename": key_file,
        "passphrase": extra.get("private_key_passphrase"),
        "allow_agent": not (connection.password or key_file),
        "look_for_keys": not (connection.password or key_file),
        "timeout": TIMEOUT,
        "known": {"file": extra.get("known_hosts"), "key": extra.get("host_key")},
    }


def _s3(connection: Connection) -> dict[str, Any]:
    extra = connection.extra
    client = {"endpoint_url": extra.get("endpoint_url"), "region_name": extra.get("region_name"), "verify": extra.get("ca_file")}
    return {
        "key": connection.login,
        "secret": connection.password,
        "client_kwargs": {name: value for name, value in client.items() if value is not None},
        "config_kwargs": {"connect_timeout": TIMEOUT, "retries": {"max_attempts": 2, "mode": "standard"}},
    }


def unreadable(where: str, error: BaseException) -> SourceError:
    """Say that a library could not read a file, without its own words."""
    return SourceError(f"{where}: cannot be read ({type(error).__name__}); cut short, damaged or of another format? ask for the file again")
