"""Sealing of values: nothing personal but name and birth date leaves the hub's memory unsealed.

Called by `hub.landing` (data keys of files), the load (columns before COPY) and whoever opens a value again.  All
functions take whole columns.  A sealed value is: scheme (1 byte), key id (4), nonce (12), ciphertext and tag (16).
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Callable, Sequence
from itertools import repeat

import numpy as np
from cryptography.exceptions import InvalidTag

from hub.errors import FatalError
from hub.keyring import Key, add_key, keyring
from hub.meter import metered
from hub.schemes import NONCE_BYTES, scheme_of

__all__ = ["add_key", "blind", "blinds", "key_id", "keyed_hash", "keyring", "seal", "surrogate", "token_key_id", "unseal", "unwrap", "wrap"]

_PREFIX = struct.Struct(">BI")
_BODY = _PREFIX.size + NONCE_BYTES
_BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_BITS = np.array([16, 8, 4, 2, 1], np.uint8)
_Aad = Sequence[bytes] | bytes


@metered
def seal(values: Sequence[str | bytes | None], aad: _Aad) -> list[bytes | None]:
    """Seal a column; a null stays null.

    `aad` (one for all, or one per value) is bound to the ciphertext and must be given again to open it: field name and
    record key, so that a value moved to another row or column does not open.  Nonces are random (NIST SP 800-38D
    8.2.2: at most 2**32 values under one key; add a key before).
    """
    return _seal(keyring().active("seal"), values, aad)


@metered
def unseal(values: Sequence[bytes | None], aad: _Aad) -> list[str | None]:
    """Open a sealed column, whatever key and scheme each value was sealed with.

    Raises FatalError naming only the position when a value was altered, moved, or its key is not in the keyring.
    """
    opened = _unseal("seal", values, aad)
    try:
        return [None if value is None else value.decode("utf-8", "surrogatepass") for value in opened]
    except UnicodeDecodeError:
        raise FatalError("sealed column: bytes were sealed that are not UTF-8 text; seal text") from None


@metered
def blind(values: Sequence[str | None], context: str, *, key_id: int | None = None) -> list[bytes | None]:
    """Give 16 bytes per value that are equal for equal values of one `context` (the field name) and tell nothing else.

    The blind index of exact search: HMAC truncated to 128 bits.  `key_id` asks for an older version of the key, to
    find what was written before a rotation; FatalError when the keyring does not hold it.
    """
    key = keyring().active("blind") if key_id is None else _find(key_id, "blind")
    return _context_macs(key, values, context)


@metered
def blinds(value: str, context: str) -> list[bytes]:
    """Give what `blind` gives for one value under every key of the ring: a search while keys rotate looks for each."""
    return [mac for key in keyring().versions("blind") for mac in _context_macs(key, [value], context) if mac is not None]


def key_id(sealed: bytes) -> int:
    """Give the id of the key a value was sealed with."""
    return int(_PREFIX.unpack_from(sealed)[1])


def token_key_id(token: str) -> int:
    """Give the id of the key a token of `wrap` was made with."""
    return key_id(base64.b64decode(token))


@metered
def surrogate(values: Sequence[str | None], context: str) -> list[str | None]:
    """Give a pseudonym per value for use as a source key: `s` and 26 lower-case base32 characters.

    Its key is never replaced and it depends on nothing stored, so a replay into an empty warehouse gives the same
    source keys, and judgements about them still hold.
    """
    macs = _context_macs(keyring().active("surrogate"), values, context)
    block = np.frombuffer(b"".join(mac + b"\0" for mac in macs if mac is not None), np.uint8).reshape(-1, 17)
    bits = np.unpackbits(block, axis=1)[:, :130].reshape(-1, 26, 5)  # 128 bits and two zeros: 26 digits of base32
    characters = _BASE32[bits @ _BITS]
    text = characters.tobytes().decode("ascii")
    texts = iter(text[at : at + 26] for at in range(0, len(text), 26))
    return [None if mac is None else "s" + next(texts) for mac in macs]


@metered
def keyed_hash(values: Sequence[bytes | str]) -> list[bytes]:
    """Give a 16-byte keyed hash per value, to see whether a row changed without telling what it holds (BLAKE2b, RFC 7693)."""
    key = keyring().active("hash")
    return key.scheme.hashes(key.secret, [v if isinstance(v, bytes) else v.encode("utf-8", "surrogatepass") for v in values], 16)


@metered
def wrap(key: bytes, context: str) -> str:
    """Wrap the data key of a file as printable text; `context` says what it opens and must be given to `unwrap`."""
    sealed = _seal(keyring().active("wrap"), [key], context.encode())
    return base64.b64encode(sealed[0] or b"").decode("ascii")


@metered
def unwrap(token: str, context: str) -> bytes:
    """Give the data key a token of `wrap` holds; FatalError when it was altered or belongs to another context."""
    try:
        sealed = base64.b64decode(token, validate=True)
    except ValueError:
        raise FatalError("wrapped key: not a token of the hub; restore the file it stands in") from None
    return _unseal("wrap", [sealed], context.encode())[0] or b""


def _seal(key: Key, values: Sequence[str | bytes | None], aad: _Aad) -> list[bytes | None]:
    encrypt = key.scheme.aead(key.secret).encrypt
    prefix = _PREFIX.pack(key.scheme.code, key.id)
    nonces = os.urandom(NONCE_BYTES * len(values))  # one system call for the batch
    starts = range(0, len(nonces), NONCE_BYTES)
    out: list[bytes | None] = []
    append = out.append
    for at, value, bound in zip(starts, values, _per_value(aad, values), strict=True):
        if value is None:
            append(None)
            continue
        nonce = nonces[at : at + NONCE_BYTES]
        append(prefix + nonce + encrypt(nonce, value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass"), bound))
    return out


def _unseal(purpose: str, values: Sequence[bytes | None], aad: _Aad) -> list[bytes | None]:
    decrypts: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}
    out: list[bytes | None] = []
    for position, (value, bound) in enumerate(zip(values, _per_value(aad, values), strict=True)):
        if value is None:
            out.append(None)
            continue
        prefix = value[: _PREFIX.size]
        decrypt = decrypts.get(prefix)
        try:
            if decrypt is None:
                decrypt = decrypts[prefix] = _decrypt(prefix, purpose)
            out.append(decrypt(value[_PREFIX.size : _BODY], value[_BODY:], bound))
        except FatalError as error:
            raise FatalError(f"sealed value at position {position}: {error}") from None
        except (InvalidTag, ValueError):
            raise FatalError(f"sealed value at position {position}: altered, or sealed for another place; restore it from a backup") from None
    return out


def _decrypt(prefix: bytes, purpose: str) -> Callable[[bytes, bytes, bytes], bytes]:
    if len(prefix) < _PREFIX.size:
        raise FatalError("too short to be a sealed value; restore it from a backup")
    code, key_id = _PREFIX.unpack(prefix)
    key, scheme = _find(key_id, purpose), scheme_of(code)
    if scheme != key.scheme:
        raise FatalError("altered: scheme and key do not belong together; restore it from a backup")
    return key.scheme.aead(key.secret).decrypt


def _find(key_id: int, purpose: str) -> Key:
    key = keyring().find(key_id)
    if key is None or key.purpose != purpose:
        raise FatalError(f"key {key_id} for purpose {purpose} is not in the keyring; restore keyring.json")
    return key


def _per_value(aad: _Aad, values: Sequence[object]) -> repeat[bytes] | Sequence[bytes]:
    return repeat(aad, len(values)) if isinstance(aad, bytes) else aad


def _context_macs(key: Key, values: Sequence[str | None], context: str) -> list[bytes | None]:
    macs = key.scheme.macs
    (secret,) = macs(key.secret, [context.encode()], 32)  # a key of its own per context, at no cost per value
    digests = iter(macs(secret, [value.encode("utf-8", "surrogatepass") for value in values if value is not None], 16))
    return [None if value is None else next(digests) for value in values]
