"""Keys: a key-encryption key (KEK) from `HUB_KEK` or a file, and data keys kept wrapped by it in `keyring.json`.

Envelope encryption (NIST SP 800-57 part 1, key wrapping): values are sealed with data keys, data keys with the KEK.
So a new KEK rewraps one small file and no value, and a data key can have several versions: the newest is the active
one, older ones stay to read what was written with them.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag

from hub import settings
from hub.errors import ConfigError
from hub.schemes import KEY_BYTES, NONCE_BYTES, SCHEMES, Scheme, scheme

FILE = "keyring.json"
ENCRYPTION = ("seal", "wrap")
"""Purposes whose values name their key, so that a new key (or another scheme) needs no change of old values."""
PURPOSES = (*ENCRYPTION, "blind", "surrogate", "hash")
"""The last three are compared for equality: their scheme is the one they were first made with."""


@dataclass(frozen=True)
class Key:
    """One version of a data key."""

    purpose: str
    id: int
    scheme: Scheme
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Keyring:
    """All data keys of an installation, oldest first."""

    keys: tuple[Key, ...]
    chosen: Scheme

    def active(self, purpose: str) -> Key:
        """Give the key new values of `purpose` are written with."""
        return next(key for key in reversed(self.keys) if key.purpose == purpose and self._fits(key))

    def find(self, key_id: int) -> Key | None:
        """Give the key with this id, or None."""
        return next((key for key in self.keys if key.id == key_id), None)

    def versions(self, purpose: str) -> list[Key]:
        """Give every key of a purpose, the newest first."""
        return [key for key in reversed(self.keys) if key.purpose == purpose]

    def missing(self) -> list[str]:
        """Give the purposes that have no key new values could be written with."""
        return [purpose for purpose in PURPOSES if not any(key.purpose == purpose and self._fits(key) for key in self.keys)]

    def _fits(self, key: Key) -> bool:
        return key.purpose not in ENCRYPTION or key.scheme == self.chosen


def keyring() -> Keyring:
    """Give the keyring of this installation, made on first use; the file is read again only when it has changed."""
    where = settings.load()
    path, given, chosen = Path(where.keys), settings.key_encryption_key(), scheme(where.crypto)
    ring = Keyring(_keys(path, given, _stamp(path)), chosen)
    if ring.missing():
        _complete(path, given, chosen)
        ring = Keyring(_keys(path, given, _stamp(path)), chosen)
    return ring


def add_key(purpose: str) -> int:
    """Add a version of the key for `purpose`, active from now on; give its id.

    A surrogate key has one version for ever: source keys are made with it (ConfigError).
    """
    return add_keys([purpose])[0]


def add_keys(purposes: Sequence[str]) -> list[int]:
    """Add a version of the key for each purpose in one step, so that no value is written with only one of them new; give their ids."""
    if strange := [purpose for purpose in purposes if purpose not in PURPOSES or purpose == "surrogate"]:
        raise ConfigError(f"key purpose {strange[0]!r}: a new version can be added for {', '.join(p for p in PURPOSES if p != 'surrogate')}")
    with _changing() as (path, kek):
        keys = _read(path.parent / FILE, kek)
        for purpose in purposes:
            keys = _with_new(keys, purpose, scheme(settings.load().crypto))
        _write_keyring(path.parent / FILE, keys, kek)
    return [key.id for key in keys[-len(purposes) :]]


def retire(ids: Sequence[int]) -> None:
    """Remove old versions for ever; the caller has made sure that nothing is written with them (ConfigError for one that is in use for new values)."""
    with _changing() as (path, kek):
        ring = Keyring(_read(path.parent / FILE, kek), scheme(settings.load().crypto))
        if kept := [key_id for key_id in ids if key_id in {ring.active(purpose).id for purpose in PURPOSES}]:
            raise ConfigError(f"key {kept[0]}: new values are written with it; `hub keys rotate` puts another in its place first")
        _write_keyring(path.parent / FILE, tuple(key for key in ring.keys if key.id not in ids), kek)


def rewrap(new: str | None = None) -> None:
    """Wrap every data key with another key-encryption key: `new` (base64 or hex), which the environment or the KMS must give from then on.

    Without `new` one is made and takes the place of the key file; killed at any moment, the old or the new file opens the ring.
    """
    with _changing() as (path, kek):
        keys = _read(path.parent / FILE, kek)
        if new is not None:
            _write_keyring(path.parent / FILE, keys, _decode_kek(new, "the new key-encryption key"))
            return
        if settings.key_encryption_key() is not None:
            raise ConfigError("the key-encryption key comes from the environment or a KMS; make the new one there and give it to `hub keys wrap`")
        made = os.urandom(KEY_BYTES)
        _write(_next(path), base64.b64encode(made))
        _write_keyring(path.parent / FILE, keys, made)
        with suppress(FileNotFoundError):  # a reader finished it already
            os.replace(_next(path), path)


@contextmanager
def _changing() -> Iterator[tuple[Path, bytes]]:
    keyring()
    path = Path(settings.load().keys)
    with _locked(path.parent):
        yield path, _kek(path, settings.key_encryption_key())


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = (path.parent / FILE).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


@lru_cache(maxsize=8)
def _keys(path: Path, given: str | None, stamp: tuple[int, int] | None) -> tuple[Key, ...]:
    return () if stamp is None else _read(path.parent / FILE, _kek(path, given))


def _complete(path: Path, given: str | None, chosen: Scheme) -> None:
    """Make the keys that are missing; of processes that start at once, the first makes them and the others find them."""
    with _locked(path.parent):
        kek = _kek(path, given)
        ring = Keyring(_read(path.parent / FILE, kek), chosen)
        missing = ring.missing()
        for purpose in missing:
            ring = Keyring(_with_new(ring.keys, purpose, chosen), chosen)
        if missing:
            _write_keyring(path.parent / FILE, ring.keys, kek)


def _with_new(keys: tuple[Key, ...], purpose: str, chosen: Scheme) -> tuple[Key, ...]:
    return (*keys, Key(purpose, max((key.id for key in keys), default=0) + 1, chosen, os.urandom(KEY_BYTES)))


def _kek(path: Path, given: str | None) -> bytes:
    if given is not None:
        return _decode_kek(given, "HUB_KEK")
    if path.exists():
        if _next(path).exists() and (after := _file_kek(_next(path))) and _mark(after) in _marks(path.parent / FILE):
            os.replace(_next(path), path)  # a change of the key was killed after its last step but one
        return _file_kek(path)
    if (path.parent / FILE).exists():
        raise ConfigError(f"{FILE}: its key-encryption key is missing; restore the file {path.name} beside it or set HUB_KEK")
    kek = os.urandom(KEY_BYTES)
    _write(path, base64.b64encode(kek))
    return kek


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _file_kek(path: Path) -> bytes:
    return _decode_kek(path.read_text(encoding="ascii", errors="replace"), f"key-encryption key file {path.name}")


def _marks(target: Path) -> set[str]:
    return {entry["kek"] for entry in json.loads(target.read_text(encoding="utf-8"))["keys"]} if target.exists() else set()


def _decode_kek(text: str, where: str) -> bytes:
    text = text.strip()
    try:
        kek = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        kek = b""
    if len(kek) != KEY_BYTES:
        raise ConfigError(f"{where}: expected {KEY_BYTES} bytes in base64 or hex; make one with `openssl rand -base64 {KEY_BYTES}`")
    return kek


def _read(target: Path, kek: bytes) -> tuple[Key, ...]:
    if not target.exists():
        return ()
    try:
        entries = json.loads(target.read_text(encoding="utf-8"))["keys"]
        return tuple(_unwrap_entry(entry, kek) for entry in entries)
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{FILE}: not a keyring as the hub writes it; restore it from a backup") from None


def _unwrap_entry(entry: dict[str, str | int], kek: bytes) -> Key:
    if entry["kek"] != _mark(kek):
        raise ConfigError(f"{FILE}: wrapped by key-encryption key {entry['kek']}, the one given is {_mark(kek)}; give the right one")
    key_id, purpose, cipher = int(entry["id"]), str(entry["purpose"]), SCHEMES[str(entry["scheme"])]
    wrapped = base64.b64decode(str(entry["wrapped"]))
    try:
        secret = cipher.aead(kek).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(purpose, key_id))
    except InvalidTag:
        raise ConfigError(f"{FILE}: key {key_id} was altered; restore the file from a backup") from None
    return Key(purpose, key_id, cipher, secret)


def _wrap_entry(key: Key, kek: bytes) -> dict[str, str | int]:
    nonce = os.urandom(NONCE_BYTES)
    wrapped = nonce + key.scheme.aead(kek).encrypt(nonce, key.secret, _bound(key.purpose, key.id))
    return {"purpose": key.purpose, "id": key.id, "scheme": key.scheme.name, "kek": _mark(kek), "wrapped": base64.b64encode(wrapped).decode()}


def _bound(purpose: str, key_id: int) -> bytes:
    return f"guiyi key {purpose} {key_id}".encode()


def _mark(kek: bytes) -> str:
    return hashlib.sha256(b"guiyi kek mark" + kek).hexdigest()[:8]  # of 256 random bits: names the key, tells nothing of it


def _write_keyring(target: Path, keys: tuple[Key, ...], kek: bytes) -> None:
    entries = [_wrap_entry(key, kek) for key in keys]
    _write(target, json.dumps({"keys": entries}, indent=1).encode())


def _write(target: Path, content: bytes) -> None:
    """Write a file of mode 0600 that is there whole or not at all, also after a power cut."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, making the folder (0700) first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
