"""The ciphers a sealed value can be written with: the registry under `hub.keyring` and `hub.crypto`.

A scheme is an authenticated cipher, a keyed hash and the byte that names it in every sealed value, so that values of
both schemes are readable side by side.  Every key is 256 random bits, whatever the scheme makes of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import ConfigError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16

Digests = Callable[[bytes, Iterable[bytes], int], list[bytes]]
"""(key, messages, bytes of each digest) -> digests."""


class Aead(Protocol):
    """An authenticated cipher under one key; `decrypt` raises InvalidTag when anything differs."""

    def encrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None) -> bytes:
        """Give ciphertext and tag."""

    def decrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None) -> bytes:
        """Give the plaintext."""

    def decrypt_into(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None, buf: memoryview) -> int:
        """Write the plaintext into a buffer of its size; give the size."""


@dataclass(frozen=True)
class Scheme:
    """One family of algorithms: its name in `HUB_CRYPTO` and the byte every value sealed with it starts with."""

    name: str
    code: int
    aead: Callable[[bytes], Aead]
    macs: Digests
    hashes: Digests


class Sm4Gcm:
    """SM4 (GB/T 32907) in GCM, with the interface of AESGCM; the 128-bit key is derived from 256 bits by HMAC-SM3."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(_sm3_macs(key, [b"guiyi SM4 key"], 16)[0])

    def encrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None) -> bytes:
        """Give ciphertext and tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data or b"")
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None) -> bytes:
        """Give the plaintext, or raise InvalidTag (ValueError when `data` is shorter than a tag)."""
        view = memoryview(data)
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, bytes(view[-TAG_BYTES:]))).decryptor()
        decryptor.authenticate_additional_data(associated_data or b"")
        return decryptor.update(view[:-TAG_BYTES]) + decryptor.finalize()

    def decrypt_into(self, nonce: bytes, data: bytes | memoryview, associated_data: bytes | None, buf: memoryview) -> int:
        """Write the plaintext into a buffer of its size; give the size."""
        plain = self.decrypt(nonce, data, associated_data)
        buf[:] = plain
        return len(plain)


def _hmacs(algorithm: hashes.HashAlgorithm) -> Digests:
    def macs(key: bytes, messages: Iterable[bytes], size: int) -> list[bytes]:
        copy = hmac.HMAC(key, algorithm).copy  # copying the keyed state is 3x as fast as hmac.digest on short messages
        out = []
        for message in messages:
            mac = copy()
            mac.update(message)
            out.append(mac.finalize()[:size])
        return out

    return macs


def _blake2b(key: bytes, messages: Iterable[bytes], size: int) -> list[bytes]:
    copy = hashlib.blake2b(key=key, digest_size=size).copy
    out = []
    for message in messages:
        digest = copy()
        digest.update(message)
        out.append(digest.digest())
    return out


_sm3_macs = _hmacs(hashes.SM3())

SCHEMES = {
    "aes": Scheme("aes", 1, AESGCM, _hmacs(hashes.SHA256()), _blake2b),
    "sm4": Scheme("sm4", 2, Sm4Gcm, _sm3_macs, _sm3_macs),
}


def scheme(name: str) -> Scheme:
    """Give the scheme called `name`; an unknown one is a ConfigError."""
    if name not in SCHEMES:
        raise ConfigError(f"HUB_CRYPTO: no scheme {name!r}; known: {', '.join(SCHEMES)}")
    return SCHEMES[name]


def scheme_of(code: int) -> Scheme | None:
    """Give the scheme a sealed value names with its first byte, or None."""
    return next((scheme for scheme in SCHEMES.values() if scheme.code == code), None)
