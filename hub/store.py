"""The fsspec store under `hub.landing`: a local folder or `s3://…`, by the same verbs.

Paths are relative to the store, so that neither messages nor names bound to ciphertext hold its address or its
credentials.  All verbs raise FatalError (not there), ConfigError (access refused) or RetryableError (not reached).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap

from botocore.exceptions import BotoCoreError, NoCredentialsError, PartialCredentialsError
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from hub import settings
from hub.errors import ConfigError, FatalError, HubError, RetryableError


def _store() -> tuple[AbstractFileSystem, str]:
    filesystem, root = url_to_fs(settings.load().store, use_listings_cache=False)
    return filesystem, str(root).rstrip("/")


@contextmanager
def _reaching(path: str) -> Iterator[None]:
    try:
        yield
    except HubError:
        raise
    except FileNotFoundError:
        raise FatalError(f"{path}: not in the store; restore it or land the batch again") from None
    except (PermissionError, NoCredentialsError, PartialCredentialsError) as error:
        raise ConfigError(f"{path}: the store refused access; correct its credentials or permissions") from error
    except (OSError, BotoCoreError) as error:
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise RetryableError(f"{path}: the store could not be reached ({cause}); try again") from error


def exists(path: str) -> bool:
    """Say whether a file is there."""
    filesystem, root = _store()
    with _reaching(path):
        return bool(filesystem.exists(f"{root}/{path}"))


def get(path: str) -> bytes:
    """Read a whole file."""
    filesystem, root = _store()
    with _reaching(path):
        return bytes(filesystem.cat_file(f"{root}/{path}"))


def view(path: str) -> memoryview:
    """Give what a whole file holds; of a local store its pages themselves, for the files of batches are large and never change."""
    filesystem, root = _store()
    if not isinstance(filesystem, LocalFileSystem):
        return memoryview(get(path))
    with _reaching(path), open(f"{root}/{path}", "rb") as file:
        return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ) if os.fstat(file.fileno()).st_size else b"")


def find(folder: str) -> list[str]:
    """List all files below a folder, also those of its subfolders; none when there is no such folder."""
    filesystem, root = _store()
    with _reaching(folder):
        return [str(path)[len(root) + 1 :] for path in filesystem.find(f"{root}/{folder}")]


def remove(path: str) -> None:
    """Remove a file."""
    filesystem, root = _store()
    with _reaching(path):
        filesystem.rm_file(f"{root}/{path}")


def remove_folder(folder: str) -> None:
    """Remove an empty folder where the store has folders; nothing to do when there is none."""
    filesystem, root = _store()
    if isinstance(filesystem, LocalFileSystem) and os.path.isdir(f"{root}/{folder}"):
        with _reaching(folder):
            os.rmdir(f"{root}/{folder}")


def put(path: str, chunks: Iterable[bytes]) -> int:
    """Write a file whole or not at all and give its size; on a local disk it then survives a power cut."""
    filesystem, root = _store()
    with _reaching(path):
        if isinstance(filesystem, LocalFileSystem):
            return _put_local(root, path, chunks)
        content = b"".join(chunks)
        filesystem.pipe_file(f"{root}/{path}", content)  # an object store shows an object only when it is whole
        return len(content)


def _put_local(root: str, path: str, chunks: Iterable[bytes]) -> int:
    target = f"{root}/{path}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    temporary = f"{target}.{os.getpid()}.part"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    os.replace(temporary, target)
    folder = target
    while len(folder) > len(root):  # the folders may be new: their entries must be on disk before the manifest is
        folder = os.path.dirname(folder)
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return size
