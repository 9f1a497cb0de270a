"""Stable 64-bit hashes: the same value gives the same key on every machine and in every version; 0 always means absent.

A secret key may be mixed in (`seed`), so that a stored model or index cannot be searched by hashing a list of names.
"""

from __future__ import annotations

import hashlib
from typing import Any, cast

import numba
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from matching.types import Keys, Rows

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)


def seed_of(key: bytes) -> int:
    """Turn a secret key (or nothing) into the seed of every hash of a model."""
    return int.from_bytes(hashlib.blake2b(b"guiyi matching 1", key=key[:64], digest_size=8).digest(), "little")


def scramble(values: Keys) -> Keys:
    """Spread the bits of 64-bit integers (finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    return cast(Keys, _scrambled(values.astype(np.uint64, copy=False)))


def mix(keys: list[Keys], salt: int = 0) -> Keys:
    """Combine several keys of one row into one; absent (0) as soon as one of them is."""
    return _combined(keys, salt, whole=True)


def mix_any(keys: list[NDArray[Any]]) -> Keys:
    """Combine several keys of one row into one; absent (0) only where all of them are."""
    return _combined(keys, 0, whole=False)


def _combined(keys: list[NDArray[Any]], salt: int, whole: bool) -> Keys:
    total = np.full(len(keys[0]), np.uint64(salt), dtype=np.uint64)
    absent = np.zeros(len(total), dtype=np.int64)
    for key in keys:
        _stir(total, absent, key.astype(np.uint64, copy=False))
    return cast(Keys, _present(total, absent, 0 if whole else len(keys) - 1))


@numba.njit(cache=True)
def _scrambled(values):  # type: ignore[no-untyped-def]
    out = np.empty(len(values), np.uint64)
    for i in range(len(values)):
        z = values[i]
        z = (z ^ (z >> np.uint64(30))) * _M1
        z = (z ^ (z >> np.uint64(27))) * _M2
        out[i] = z ^ (z >> np.uint64(31))
    return out


@numba.njit(cache=True)
def _stir(total, absent, key):  # type: ignore[no-untyped-def]
    """Mix one more key into the totals, and count where there is none."""
    for i in range(len(total)):
        z = total[i] * _GOLDEN + key[i]
        z = (z ^ (z >> np.uint64(30))) * _M1
        z = (z ^ (z >> np.uint64(27))) * _M2
        total[i] = z ^ (z >> np.uint64(31))
        absent[i] += key[i] == 0


@numba.njit(cache=True)
def _present(total, absent, most):  # type: ignore[no-untyped-def]
    """Give 0 where more keys are absent than may be."""
    for i in range(len(total)):
        total[i] = np.uint64(0) if absent[i] > most else max(total[i], np.uint64(1))
    return total


def hash_strings(values: pl.Series, seed: int) -> Keys:
    """Hash texts (FNV-1a over their UTF-8 bytes, then `scramble`); null and empty give 0."""
    array = cast(Any, values.cast(pl.String).fill_null("").to_arrow()).cast(pa.large_string())
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if len(array) == 0:
        return np.zeros(0, dtype=np.uint64)
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    return hash_bytes(np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.zeros(1, dtype=np.uint8), ends, seed)


def hash_bytes(octets: NDArray[np.uint8], ends: Rows, seed: int) -> Keys:
    """Hash texts that stand one after the other, the one at `i` from `ends[i]` to `ends[i + 1]`; empty ones give 0."""
    raw = scramble(_fnv(ends, octets, np.uint64(seed)))
    return np.where(ends[1:] > ends[:-1], np.maximum(raw, np.uint64(1)), np.uint64(0))


@numba.njit(cache=True)
def looked_up(table, values):  # type: ignore[no-untyped-def]
    """Position of every value in a table of distinct hashes; -1 for what is not in it."""
    slots = 16
    while slots < 4 * len(table):
        slots *= 2
    mask, places, out = np.uint64(slots - 1), np.full(slots, -1, np.int32), np.empty(len(values), np.int64)
    for i in range(len(table)):
        slot = table[i] & mask
        while places[slot] >= 0:
            slot = (slot + np.uint64(1)) & mask
        places[slot] = i
    for i in range(len(values)):
        slot = values[i] & mask
        while places[slot] >= 0 and table[places[slot]] != values[i]:
            slot = (slot + np.uint64(1)) & mask
        out[i] = places[slot]
    return out


@numba.njit(cache=True)
def _fnv(ends, octets, seed):  # type: ignore[no-untyped-def]
    out = np.empty(len(ends) - 1, np.uint64)
    for i in range(len(ends) - 1):
        h = np.uint64(14695981039346656037) ^ seed
        for j in range(ends[i], ends[i + 1]):
            h = (h ^ np.uint64(octets[j])) * np.uint64(1099511628211)
        out[i] = h
    return out
