"""Seals of the audit trail: the ends of its chains, signed with a key the database cannot read, in a file outside it.

Whoever owns the database can write every chain anew, but not the signatures (Ed25519, RFC 8032) that name the old
ends.  A seal is due after 60 seconds or 1,000 entries; entries after the last seal are chained and not yet sealed.
The key lies beside the keyring, wrapped; `public` is what an auditor needs to check the file elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub import crypto, settings
from hub.errors import ConfigError, HubError
from warehouse.db import connect, query

EVERY_SECONDS = 60
EVERY_ENTRIES = 1000
FILE, PUBLIC, SECRET = "seals.jsonl", "seals.public", "audit.key"
_CONTEXT = "audit seal key"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seal:
    """One line of the file: the chains that grew since the seal before, each with its length and last hash."""

    number: int
    at: datetime
    entries: int
    """in all chains together"""
    heads: dict[int, tuple[int, bytes]]


def seal(*, only_if_due: bool = False) -> Seal | None:
    """Sign the ends of the chains; None when nothing was written since the last seal, or it is not due."""
    folder = settings.load().audit
    with _locked(folder):
        lines = _lines(folder)
        before = json.loads(lines[-1]) if lines else None
        with connect() as connection:
            heads = {row[0]: (row[1], row[2]) for row in connection.execute(query("audit.heads"))}
        entries, now = sum(number for number, _ in heads.values()), datetime.now(UTC)
        new = entries - (before["entries"] if before else 0)
        waited = (now - datetime.fromisoformat(before["at"])).total_seconds() if before else EVERY_SECONDS
        if not new or (only_if_due and new < EVERY_ENTRIES and waited < EVERY_SECONDS):
            return None
        known = _known(lines)
        grown = {partition: head for partition, head in heads.items() if known.get(partition) != head}
        made = Seal(len(lines) + 1, now, entries, grown)
        _append(folder, made, lines[-1] if lines else "")
        return made


def keep(stop: threading.Event) -> None:
    """Seal whenever it is due, until `stop`; what the long-running parts of the hub do beside their work."""
    while not stop.wait(5):
        try:
            seal(only_if_due=True)
        except HubError as error:
            log.warning("audit trail not sealed, tried again in five seconds: %s", error)


def seals(public: Ed25519PublicKey | None = None) -> list[Seal]:
    """Read the file of seals, checked; ConfigError naming the first line that was altered, put in or taken out."""
    folder = settings.load().audit
    public = public or public_key()
    found, before = [], ""
    for number, line in enumerate(_lines(folder), 1):
        try:
            body = json.loads(line)
            signature = bytes.fromhex(body.pop("signature"))
            public.verify(signature, _canonical(body))
        except (ValueError, KeyError, AttributeError, InvalidSignature):
            raise ConfigError(f"{FILE}: seal {number} was altered, or signed by another key; compare it with the copy kept elsewhere") from None
        if body["seal"] != number or body["previous"] != _digest(before):
            raise ConfigError(f"{FILE}: seal {number} is missing or not in its place; compare it with the copy kept elsewhere")
        heads = {int(partition): (head[0], bytes.fromhex(head[1])) for partition, head in body["heads"].items()}
        found.append(Seal(number, datetime.fromisoformat(body["at"]), body["entries"], heads))
        before = line
    return found


def public_key() -> Ed25519PublicKey:
    """Give the key that seals are checked with."""
    return _private().public_key()


def _private() -> Ed25519PrivateKey:
    """Open the signing key; the first caller makes it."""
    where = settings.load()
    crypto.keyring()
    path = _secret_path()
    if not path.exists():
        if _lines(where.audit):
            raise ConfigError(f"{SECRET}: the key the seals were signed with is missing beside the keyring; restore it")
        made = Ed25519PrivateKey.generate()
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(crypto.wrap(made.private_bytes_raw(), _CONTEXT))
        except FileExistsError:
            return _private()
        where.audit.mkdir(parents=True, exist_ok=True)
        (where.audit / PUBLIC).write_text(made.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")
    return Ed25519PrivateKey.from_private_bytes(crypto.unwrap(path.read_text(encoding="ascii"), _CONTEXT))


def wrapped_by() -> int:
    """Give the id of the key the signing key is wrapped with."""
    _private()
    return crypto.token_key_id(_secret_path().read_text(encoding="ascii"))


def rewrap() -> None:
    """Wrap the signing key with the key now in force."""
    if wrapped_by() != crypto.keyring().active("wrap").id:
        path, secret = _secret_path(), _private().private_bytes_raw()
        new = path.with_name(f".{SECRET}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(crypto.wrap(secret, _CONTEXT))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)


def _secret_path() -> Path:
    return Path(settings.load().keys).parent / SECRET


def _append(folder: Path, made: Seal, before: str) -> None:
    heads = {str(partition): [number, link.hex()] for partition, (number, link) in made.heads.items()}
    body: dict[str, Any] = {"seal": made.number, "at": made.at.isoformat(), "entries": made.entries, "heads": heads, "previous": _digest(before)}
    body["signature"] = _private().sign(_canonical(body)).hex()
    with (folder / FILE).open("a", encoding="ascii") as file:
        file.write(json.dumps(body) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _known(lines: list[str]) -> dict[int, tuple[int, bytes]]:
    known: dict[int, tuple[int, bytes]] = {}
    for line in lines:
        known |= {int(partition): (head[0], bytes.fromhex(head[1])) for partition, head in json.loads(line)["heads"].items()}
    return known


def _canonical(body: dict[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def _lines(folder: Path) -> list[str]:
    path = folder / FILE
    return path.read_text(encoding="ascii").splitlines() if path.exists() else []


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
