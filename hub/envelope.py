"""The encrypted envelope around one file: chunked authenticated encryption under a key of its own.

Used by `hub.landing`.  The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk is its
index and a final flag, so a file that was cut, reordered or mixed with another does not open.  A nonce can repeat only
under the same key, and every file written has a fresh one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import thread_time

from cryptography.exceptions import InvalidTag

from hub import meter
from hub.errors import FatalError
from hub.schemes import KEY_BYTES, TAG_BYTES, Scheme, scheme_of

CHUNK = 1 << 20
"""Plaintext bytes of every chunk but the last."""
_MAGIC = b"GYE1"
_HEADER = len(_MAGIC) + 1


def new_key() -> bytes:
    """Give a fresh key for one file."""
    return os.urandom(KEY_BYTES)


def seal_chunks(key: bytes, data: memoryview, name: str, scheme: Scheme) -> Iterator[bytes]:
    """Give the sealed file piece by piece; `name` is bound to every chunk."""
    header = _MAGIC + bytes([scheme.code])
    yield header
    encrypt, bound = scheme.aead(key).encrypt, header + name.encode()
    last = max(len(data) - 1, 0) // CHUNK
    for index in range(last + 1):
        started = thread_time()
        chunk = encrypt(_nonce(index, index == last), data[index * CHUNK : (index + 1) * CHUNK], bound)
        meter.add(thread_time() - started)
        yield chunk


@meter.metered
def open_chunks(key: bytes, sealed: bytes | memoryview, name: str) -> bytearray:
    """Give the plaintext of a sealed file, each byte written once; FatalError naming the file when a single bit of it or its name differs."""
    header, scheme = bytes(sealed[:_HEADER]), scheme_of(sealed[_HEADER - 1]) if len(sealed) >= _HEADER else None
    if scheme is None or not header.startswith(_MAGIC):
        raise FatalError(f"{name}: not a file sealed by the hub; restore it or land the batch again")
    decrypt, bound, body = scheme.aead(key).decrypt_into, header + name.encode(), memoryview(sealed)[_HEADER:]
    step = CHUNK + TAG_BYTES
    last = max(len(body) - 1, 0) // step
    plain = bytearray(max(len(body) - (last + 1) * TAG_BYTES, 0))
    into = memoryview(plain)
    try:
        for i in range(last + 1):
            decrypt(_nonce(i, i == last), body[i * step : (i + 1) * step], bound, into[i * CHUNK : (i + 1) * CHUNK])
        return plain
    except (InvalidTag, ValueError):
        raise FatalError(f"{name}: altered, cut or exchanged since it was written; restore it or land the batch again") from None


def _nonce(index: int, final: bool) -> bytes:
    return index.to_bytes(11, "big") + bytes([final])
